"""How sure a candidate is once all readings are heard."""

from __future__ import annotations

import math

import numpy as np
import pytest

from aiser_jupyter.ask.learned.referee import KINDS, Heard, evidence, judged, log_odds
from aiser_jupyter.ask.learned.trees import Trees
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Plan, Star
from aiser_jupyter.ask.question import read
from aiser_jupyter.ask.scored import Scored

SQL = "create table singer (id integer primary key, name varchar, age integer); insert into singer values (1, 'Ann', 41), (2, 'Bo', 30);"
COUNT = Plan((Item(Star("singer"), "count"),))
NAMES = Plan((Item(ColumnRef("singer", "name")),), (), (Condition(Item(ColumnRef("singer", "age")), ">", (40,)),))
FOUND = [Scored(COUNT, "count", 0.9), Scored(NAMES, "names", 0.6, ("old",))]
HEARD = Heard(learned={"names": 0.6}, reader={"count": 0.9}, kinds={"count": "count filter"})


def same(left: Plan, right: Plan) -> bool:
    return left == right


def trees(feature: int, threshold: float, low: float, high: float) -> Trees:
    """One question asked of one feature: what is added to the log-odds at or below the threshold, and above it."""
    return Trees(
        np.array([feature, 0, 0], np.int16), np.array([threshold, 0, 0], np.float32), np.array([1, 1, 2], np.int32), np.array([2, 1, 2], np.int32),
        np.array([0, low, high], np.float32), np.array([True, True, True]), np.array([0], np.int32), base=0.0, depth=1,
    )  # fmt: skip


@pytest.fixture
def linked(schema):
    return Linked(read("How many old singers?"), schema, {})


@pytest.mark.parametrize("chance", [0.0, 1e-9, 0.2, 0.5, 0.999999, 1.0])
def test_log_odds_stay_finite_and_in_order(chance):
    assert math.isfinite(log_odds(chance))
    assert log_odds(min(chance + 0.1, 1.0)) >= log_odds(chance)


def test_without_a_referee_the_candidates_are_as_they_were(linked):
    assert judged(linked, FOUND, HEARD, None, same) is FOUND


def test_what_is_learned_is_added_to_the_log_odds_and_may_change_the_order(linked):
    rows = evidence(linked, FOUND, HEARD, same)
    differs = [i for i in range(rows.shape[1]) if not np.isnan(rows[:, i]).any() and rows[0, i] < rows[1, i]]
    missing = differs[[rows[1, i] - rows[0, i] for i in differs].index(1.0)]
    told = judged(linked, FOUND, HEARD, trees(missing, float(rows[0, missing]), -3.0, 1.0), same)
    assert [s.sql for s in told] == ["names", "count"]
    assert told[0].confidence == pytest.approx(1 / (1 + math.exp(-(math.log(0.6 / 0.4) + 1))))
    assert told[1].confidence == pytest.approx(1 / (1 + math.exp(-(math.log(0.9 / 0.1) - 3))))


def test_evidence_tells_who_said_what(linked):
    rows = evidence(linked, FOUND, HEARD, same)
    assert rows.shape[0] == 2
    assert KINDS.index("count") in rows[0]
    assert (np.isnan(rows[0]) != np.isnan(rows[1])).any()  # one was said by the reader, the other by what was learned
    assert rows.tobytes() == evidence(linked, FOUND, HEARD, same).tobytes()


def test_what_grammar_and_reader_are_both_sure_of_is_not_taken_down(linked):
    doubting = trees(0, 100.0, -3.0, -3.0)
    both = Heard(grammar={"count": 0.9}, reader={"count": 0.9})
    told = {s.sql: s.confidence for s in judged(linked, FOUND, both, doubting, same)}
    assert told["count"] == 0.9
    assert told["names"] < 0.1
    alone = Heard(grammar={"count": 0.5}, reader={"count": 0.9})
    assert judged(linked, FOUND, alone, doubting, same)[0].confidence < 0.5

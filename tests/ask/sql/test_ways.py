import sqlite3

import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask import question
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Plan, Star
from aiser_jupyter.ask.schema import Schema
from aiser_jupyter.ask.sql import render, ways
from aiser_jupyter.query.profile import profile

SCRIPT = """
CREATE TABLE port (code INTEGER PRIMARY KEY, town TEXT);
CREATE TABLE voyage (id INTEGER PRIMARY KEY, origin_port INTEGER REFERENCES port(code), destination_port INTEGER REFERENCES port(code));
INSERT INTO port VALUES (1,'Kiel'),(2,'Oslo'),(3,'Riga');
INSERT INTO voyage VALUES (1,1,2),(2,1,3),(3,2,1);
"""
FROM_KIEL = Plan((Item(Star("voyage"), "count"),), where=(Condition(Item(ColumnRef("port", "town")), "=", ("Kiel",)),))


@pytest.fixture(scope="module")
def harbour(tmp_path_factory):
    path = tmp_path_factory.mktemp("harbour") / "harbour.sqlite"
    with sqlite3.connect(path) as connection:
        connection.executescript(SCRIPT)
    workspace = aiser.Workspace(tmp_path_factory.mktemp("work"))
    workspace.connect(str(path), name="harbour")
    return path, Schema(profile(workspace.context))


def linked(schema, text):
    return Linked(question.read(text), schema)


def test_each_of_two_keys_gives_its_own_rows(harbour):
    path, schema = harbour
    plans = [FROM_KIEL, *(plan for _, plan in ways.others(linked(schema, "voyages of Kiel"), FROM_KIEL))]
    with sqlite3.connect(path) as connection:
        counts = {plan.via: connection.execute(render.sql(plan, schema.graph)).fetchone()[0] for plan in plans}
    assert sorted(counts.values()) == [1, 2]


@pytest.mark.parametrize(
    ("text", "column"),
    [("how many voyages have origin Kiel", "origin_port"), ("how many voyages with destination Kiel", "destination_port")],
)
def test_the_words_choose_the_key(harbour, text, column):
    _, schema = harbour
    asked = linked(schema, text)
    best = max([(0.0, FROM_KIEL), *ways.others(asked, FROM_KIEL)], key=lambda option: option[0])[1]
    assert column in render.sql(best, schema.graph)
    assert ways.fit(asked, best)[0] == 1.0
    assert ways.fit(asked, best)[1] > 0


def test_a_plan_with_one_key_has_no_other_way(harbour):
    _, schema = harbour
    assert ways.others(linked(schema, "towns"), Plan((Item(ColumnRef("port", "town")),))) == []

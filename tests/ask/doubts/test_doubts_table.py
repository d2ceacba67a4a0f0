"""The table of doubts: each has a case, each says what is wrong, and what is believed of a plan is the product of what it breaks."""

import importlib
import math

import pytest
from yard import looked_at

from aiser_jupyter.ask.doubts import (
    counts,
    denials,
    faithful,
    groups,
    happened,
    keys,
    money,
    periods,
    ranks,
    shapes,
    shares,
    shown,
    states,
    table,
    trained,
    views,
)
from aiser_jupyter.ask.doubts.doubt import LOST, Doubt, called_for
from aiser_jupyter.ask.doubts.early import EARLY

PARTS = (*faithful.DOUBTS, *trained.DOUBTS)
TOPICS = (counts, denials, groups, happened, keys, money, periods, ranks, shapes, shares, shown, states, views)


def cases(topic):
    """The cases of a topic's test: name, question, a plan that keeps it and one that breaks it."""
    return importlib.import_module(f"test_doubts_{topic.__name__.rpartition('.')[2]}").CASES


@pytest.mark.parametrize("topic", TOPICS)
def test_each_doubt_has_a_plan_that_breaks_it_and_one_that_keeps_it(topic):
    assert {name for name, _, _, breaks in cases(topic) if breaks is not None} == {doubt.name for doubt in topic.DOUBTS}


def test_the_table_holds_the_doubts_of_every_topic_once():
    assert sorted(doubt.name for doubt in table.TABLE) == sorted(doubt.name for topic in TOPICS for doubt in topic.DOUBTS)
    names = [doubt.name for doubt in (*table.TABLE, *PARTS)]
    assert len(names) == len(set(names))


def test_each_doubt_says_in_a_plain_sentence_what_is_wrong():
    for doubt in (*table.TABLE, *PARTS):
        assert doubt.says == doubt.says.strip(" ."), doubt.name
        assert len(doubt.says.split()) > 4, doubt.name
        assert 0.0 <= doubt.weight < 1.0


def test_what_the_reader_drops_answers_another_question():
    assert EARLY
    assert all(not doubt.weight for doubt in EARLY)


@pytest.mark.parametrize("topic", TOPICS)
def test_what_is_left_is_the_product_of_what_is_broken(yard, topic):
    for _, asked, keeps, breaks in cases(topic):
        for plan in (keeps, breaks) if breaks is not None else (keeps,):
            seen = looked_at(yard, asked, plan)
            broken = [doubt for doubt in table.broken(seen) if doubt not in PARTS]
            assert table.lacking(seen) is any(not doubt.weight for doubt in broken)
            assert table.belief(seen) == pytest.approx(math.prod(doubt.weight for doubt in broken if doubt.weight))


def test_a_question_without_the_cue_is_not_asked():
    cued = Doubt("cued", "a word is in the way of the answer", LOST, lambda seen: True, cue=ranks.FIRST)
    free = Doubt("free", "whatever was asked stands in the way", LOST, lambda seen: True)
    assert called_for((cued, free), "boats by make") == (free,)
    assert called_for((cued, free), "first boat by make") == (cued, free)

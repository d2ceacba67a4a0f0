"""A plan that loses a number, a group, a ranked thing or a denial of the question is believed less; one that keeps them is not."""

from datetime import date

import pytest

from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask.doubts.doubt import HALF, LOST, PARTLY
from aiser_jupyter.ask.doubts.seen import Seen
from aiser_jupyter.ask.doubts.table import fidelity
from aiser_jupyter.ask.grammar import frame as frames
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Order, Plan, Star

SQL = """
create table clinic (clinic_id integer primary key, name varchar, region varchar);
create table visit (visit_id integer primary key, clinic_id integer references clinic(clinic_id), visit_kind varchar, status varchar, fee double, rating integer);
insert into clinic values (1, 'Alder', 'North'), (2, 'Birch', 'South'), (3, 'Cedar', 'South');
insert into visit select i, 1 + i % 3, ['first', 'again'][1 + i % 2], ['done', 'missed'][1 + (i % 5 = 0)::int], 10.0 * i, i % 6 from range(60) r(i);
"""
FEE, NAME, KIND, STATUS, RATING = (
    ColumnRef("visit", "fee"), ColumnRef("clinic", "name"), ColumnRef("visit", "visit_kind"), ColumnRef("visit", "status"), ColumnRef("visit", "rating"),
)  # fmt: skip
ROWS = Item(Star("visit"), "count")
MEAN = Item(FEE, "avg")
DONE = Condition(Item(STATUS), "=", ("done",))
NOT_DONE = Condition(Item(STATUS), "!=", ("done",))
BY_CLINIC = Plan((Item(NAME), ROWS), group=(NAME,), order=(Order(ROWS, descending=True),))


def kept(schema, asked, plan, missing=()):
    linked = Linked(tokens.read(asked), schema)
    return fidelity(Seen(linked, plan, frames.read(linked, date(2026, 1, 1)), asked, missing))


@pytest.mark.parametrize(
    ("asked", "keeps", "loses"),
    [
        ("how many visits are there per clinic", BY_CLINIC, Plan((ROWS,))),
        ("average fee by status", Plan((Item(STATUS), MEAN), group=(STATUS,)), Plan((MEAN,))),
        ("visits with a rating above 4", Plan((ROWS,), where=(Condition(Item(RATING), ">", (4,)),)), Plan((ROWS,))),
        ("clinics with at least 5 visits", Plan((Item(NAME),), group=(NAME,), having=(Condition(ROWS, ">=", (5,)),)), Plan((Item(NAME),), group=(NAME,))),
        ("top 2 clinics by fee", Plan((Item(NAME), MEAN), group=(NAME,), order=(Order(MEAN, descending=True),), limit=2), Plan((Item(KIND), MEAN), group=(KIND,), limit=2)),
        ("how many visits are not done", Plan((ROWS,), where=(NOT_DONE,)), Plan((ROWS,), where=(DONE,))),
        ("how many visits are there", Plan((ROWS,)), Plan((Item(KIND, "count", distinct=True),))),
    ],
)  # fmt: skip
def test_what_is_lost_costs(schema, asked, keeps, loses):
    assert kept(schema, asked, keeps) == 1.0
    assert kept(schema, asked, loses) <= max(LOST, HALF)


def test_what_was_done_but_not_undone_needs_both_tests(schema):
    asked = "clinics that were done but not missed"
    assert kept(schema, asked, Plan((Item(NAME),), where=(DONE, Condition(Item(STATUS), "!=", ("missed",))))) == 1.0
    assert kept(schema, asked, Plan((Item(NAME),), where=(NOT_DONE,))) == LOST


def test_different_values_are_counted_where_they_are_asked_for(schema):
    plan = Plan((Item(KIND, "count", distinct=True),))
    assert kept(schema, "how many different visit types are there", plan) == 1.0


def test_a_doer_is_no_group(schema):
    assert kept(schema, "visits that were missed by clinic staff", Plan((ROWS,))) == 1.0


def test_a_word_that_the_data_knows_and_the_query_does_not_touch_costs(schema):
    assert kept(schema, "visits and their fee", Plan((ROWS,)), ("fee",)) == PARTLY
    assert kept(schema, "visits and their colour", Plan((ROWS,)), ("colour",)) == 1.0


def test_a_number_of_a_name_is_none(schema):
    assert kept(schema, "how many visits", Plan((ROWS,)), ()) == 1.0
    assert kept(schema, "one visit per clinic", BY_CLINIC) == 1.0

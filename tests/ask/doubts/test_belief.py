"""A unit, a first, the base of a share, a total, a class or a whole column's name that was asked for: a plan without it is believed less."""

from datetime import date

import pytest

from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask.doubts.doubt import LOST, PARTLY
from aiser_jupyter.ask.doubts.seen import Seen
from aiser_jupyter.ask.doubts.table import belief
from aiser_jupyter.ask.grammar import frame as frames
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.plan import Band, ColumnRef, Condition, Item, Order, Plan, Star

SQL = """
create table attempt (attempt_id integer primary key, student varchar, attempt_no integer, passed boolean, taken_on date, millis integer, list_price double, price_paid double, sales_amount_quota double);
insert into attempt select i, 'S' || (i % 9), 1 + i % 3, i % 4 > 0, date '2025-01-01' + i::int, 1000 * i, 10.0 * i, 9.0 * i, 5.0 * i from range(90) r(i);
"""
ROWS = Item(Star("attempt"), "count")
PASSED = Condition(Item(ColumnRef("attempt", "passed")), "=", (1,))
FIRST = Condition(Item(ColumnRef("attempt", "attempt_no")), "=", (1,))
RATE = Item(Star("attempt"), "count", among=(PASSED,))
MILLIS, LIST, PAID = ColumnRef("attempt", "millis"), ColumnRef("attempt", "list_price"), ColumnRef("attempt", "price_paid")
QUOTA, TAKEN = ColumnRef("attempt", "sales_amount_quota"), ColumnRef("attempt", "taken_on")


def met(schema, asked, plan):
    linked = Linked(tokens.read(asked), schema)
    return belief(Seen(linked, plan, frames.read(linked, date(2026, 1, 1))))


@pytest.mark.parametrize(
    ("asked", "meets", "fails"),
    [
        ("average millis in minutes", Plan((Item(MILLIS, "avg", scale=60_000.0),)), Plan((Item(MILLIS, "avg"),))),
        ("pass rate on the first attempt", Plan((RATE,), where=(FIRST,)), Plan((RATE,))),
        ("the latest attempt", Plan((Item(TAKEN, "max"),)), Plan((Item(TAKEN),))),
        ("last student by date", Plan((Item(TAKEN),), order=(Order(Item(TAKEN), descending=True),), limit=1), Plan((Item(TAKEN),), order=(Order(Item(TAKEN)),))),
        ("of the attempts that were first ones, what percentage passed", Plan((RATE,), where=(FIRST,)), Plan((RATE,))),
        ("total sales quota", Plan((Item(QUOTA, "sum"),)), Plan((ROWS,))),
        ("attempts by millis band", Plan((Item(Band(MILLIS, 100.0)), ROWS), group=(Band(MILLIS, 100.0),)), Plan((Item(MILLIS), ROWS), group=(MILLIS,))),
    ],
)  # fmt: skip
def test_what_was_demanded(schema, asked, meets, fails):
    assert met(schema, asked, meets) == 1.0
    assert met(schema, asked, fails) <= LOST


def test_a_column_named_word_by_word_is_in_the_plan(schema):
    assert met(schema, "list price minus what was paid", Plan((Item(PAID, "avg"),))) == PARTLY
    assert met(schema, "list price", Plan((Item(LIST, "avg"),))) == 1.0


@pytest.mark.parametrize(
    "asked", ["attempts in the first half of 2025", "attempts last month", "total number of attempts", "attempts of the last 3 months"]
)
def test_what_demands_nothing(schema, asked):
    assert met(schema, asked, Plan((ROWS,), where=(Condition(Item(TAKEN), ">=", ("2025-01-01",)),))) == 1.0

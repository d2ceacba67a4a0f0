"""Short turns after an answer: another month, the money, which of them have so many, how long they have been open, the same with another figure."""

from __future__ import annotations

from datetime import date

import pytest

from aiser_jupyter.ask.engine import read

TODAY = date(2025, 7, 10)
SCRIPT = """
create table depot (depot_id integer primary key, depot_name varchar, city varchar);
create table ticket (ticket_id integer primary key, depot_id integer references depot(depot_id), topic varchar, opened_on date, closed_on date, refund double);
insert into depot values (1,'North','Ulm'),(2,'South','Bonn');
create table visit (visit_id integer primary key, seen_on date);
insert into visit select i, date '2024-01-01' + cast(i % 500 as integer) from range(1200) t(i);
insert into ticket values (1,1,'damage','2025-06-01',null,10),(2,1,'delay','2025-06-20','2025-06-21',20),(3,1,'damage','2025-05-05','2025-05-07',5),
 (4,2,'delay','2025-06-30',null,40),(5,2,'damage','2024-12-15','2024-12-20',7),(6,1,'delay','2025-05-09',null,1);
"""


@pytest.fixture(scope="module")
def chain(opened):
    workspace = opened(depots=SCRIPT)

    def rows(*turns: str) -> list[tuple] | str:
        reading = None
        for turn in turns:
            reading = read(workspace.context, turn, on="depots", today=TODAY, follows=reading)
            if not reading.answered:
                return reading.reason
        return [tuple(row.values()) for row in workspace.sql(reading.sql).rows()] if reading is not None else ""

    return rows


def test_another_month_is_of_the_year_of_the_one_before(chain):
    assert sorted(chain("number of tickets last month by topic", "and in May?")) == [("damage", 1), ("delay", 1)]
    assert chain("number of tickets in May 2025", "what about December?") == [(1,)]  # December 2025 has not begun


def test_the_money_is_the_one_amount_of_what_was_counted(chain):
    assert sorted(chain("number of tickets by topic", "and the money?")) == [("damage", 22.0), ("delay", 61.0)]
    assert isinstance(chain("number of depots by city", "and the money?"), str)  # a depot has none


def test_which_of_them_have_so_many_are_shown_by_name(chain):
    assert chain("number of tickets per depot", "which of them have more than 2?") == [("North",)]


def test_how_long_they_have_been_open_counts_from_when_they_were_opened(chain):
    assert sorted(chain("open tickets", "which of these have been open for more than two weeks?")) == [(1,), (6,)]
    assert sorted(chain("open tickets", "which of these have been open for more than 5 days?")) == [(1,), (4,), (6,)]


def test_the_same_with_another_figure(chain):
    assert sorted(chain("total refund by topic", "same breakdown but number of tickets")) == [("damage", 3), ("delay", 3)]


@pytest.mark.parametrize(
    "turn", ["only the ones that actually took place, in 2025", "which of these have been closed for more than two weeks?"]
)
def test_a_turn_whose_test_has_no_place_is_refused(chain, turn):
    assert isinstance(chain("number of tickets by topic", turn), str)

"""Shapes of a query that its nouns do not tell: a test's share inside groups, kinds of what belongs to a thing, ages, columns set against each other by a factor."""

from __future__ import annotations

from datetime import date

import pytest

from aiser_jupyter.ask.around import ages, portion
from aiser_jupyter.ask.engine import read

TODAY = date(2025, 7, 10)
# A hire shop: members book bikes of a kind; a repair goes with a bike, a review with a booking.
SCRIPT = """
create table member (member_id integer primary key, member_name varchar, town varchar, birth_date date);
create table bike (bike_id integer primary key, bike_name varchar, kind varchar, stock integer, reorder_level integer, list_price double, guide_price double);
create table booking (booking_id integer primary key, member_id integer references member(member_id), bike_id integer references bike(bike_id),
  booked_on date, due_on date, returned_on date, status varchar, voucher varchar, km_driven integer, km_planned integer, fee double);
create table review (review_id integer primary key, booking_id integer references booking(booking_id), stars integer);
insert into member values (1,'Ada','Ulm','1980-07-10'),(2,'Ben','Ulm','2000-01-01'),(3,'Cy','Bonn','2010-03-03'),(4,'Di','Bonn','1955-12-31'),(5,'Eve','Bonn',null);
insert into bike values (1,'Arrow','Racer',3,5,900,1000),(2,'Bolt','Racer',5,5,1200,1000),(3,'Cargo','Freight',9,2,850,1000),(4,'Dutch','City',0,1,400,390);
insert into booking values
 (1,1,1,'2025-01-10','2025-01-12','2025-01-11','done','SPRING',40,50,30),(2,1,3,'2025-01-20','2025-01-22','2025-01-25','done',null,90,100,40),
 (3,2,1,'2025-02-03','2025-02-05','2025-02-05','done',null,10,50,20),(4,2,2,'2025-02-10','2025-02-12',null,'cancelled','SPRING',0,60,0),
 (5,3,1,'2025-02-11','2025-02-13',null,'cancelled',null,0,20,0),(6,4,3,'2025-02-15','2025-02-16','2025-02-20','done','SPRING',75,80,35);
create table visit (visit_id integer primary key, seen_on date);
insert into visit select i, date '2024-01-01' + cast(i % 500 as integer) from range(1200) t(i);
insert into review values (1,1,5),(2,6,3);
"""


@pytest.fixture(scope="module")
def ask(opened):
    workspace = opened(hire=SCRIPT)

    def rows(question: str) -> list[tuple] | str:
        reading = read(workspace.context, question, on="hire", today=TODAY)
        if not reading.answered:
            return reading.reason
        return [tuple(round(v, 3) if isinstance(v, float) else v for v in row.values()) for row in workspace.sql(reading.sql).rows()]

    return rows


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("share of bookings made with a voucher by month", {(date(2025, 1, 1), 50.0), (date(2025, 2, 1), 50.0)}),
        ("cancelled bookings as % of all bookings, per kind", {("Racer", 50.0), ("Freight", 0.0)}),
        ("percentage of bookings that were cancelled for each kind", {("Racer", 50.0), ("Freight", 0.0)}),
        ("share of bookings returned after the due date, by kind", {("Racer", 0.0), ("Freight", 100.0)}),
        ("share of bookings whose km driven was under 80% of km planned by town", {("Ulm", 50.0), ("Bonn", 50.0)}),
    ],
)
def test_the_share_of_a_test_inside_groups_is_none_of_the_whole(ask, question, expected):
    assert set(ask(question)) == expected


def test_a_share_without_a_test_stays_that_of_each_group(ask):
    assert set(ask("share of bookings by kind")) == {("Racer", 66.667), ("Freight", 33.333)}
    assert not portion.called_for("share of bookings made by each member")
    assert not portion.called_for("share of orders shipped by carrier")
    assert portion.called_for("share of orders shipped late by carrier")
    assert portion.called_for("closed deals as a share of all deals per rep")
    assert not portion.called_for("deals by rep as a share of all deals")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("which members have only cancelled bookings", [("Cy",)]),
        ("how many members have only cancelled bookings", [(1,)]),
        ("number of members who booked both Racer and Freight", [(1,)]),
        ("how many members booked Racer as well as Freight", [(1,)]),
        ("members with a booking but no review", [("Ben",), ("Cy",)]),
        ("how many members have never written a review for any booking", [(3,)]),
    ],
)
def test_kinds_of_what_belongs_to_a_thing(ask, question, expected):
    assert ask(question) == expected or sorted(ask(question)) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("how many members are younger than 30", [(2,)]),
        ("number of members over 60 years old", [(1,)]),
        ("members aged between 18 and 45", [("Ada",), ("Ben",)]),
        ("how many members are 45 or older", [(2,)]),
        ("how many members are older than 45", [(1,)]),
    ],
)
def test_ages_go_by_the_date_of_birth(ask, question, expected):
    found = ask(question)
    assert sorted(found) == expected


def test_a_day_of_age_begins_on_the_birthday():
    assert ages.before(date(2024, 2, 29), 1) == date(2023, 2, 28)
    assert ages.said("customers older than 30 days") is None
    assert ages.said("orders over 50") is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("bikes at or below their reorder level", ["Arrow", "Bolt", "Dutch"]),
        ("bikes with a list price more than 10% below the guide price", ["Cargo"]),
        ("bikes with a list price at least 10% below the guide price", ["Arrow", "Cargo"]),
        ("bikes whose list price is more than 10% above the guide price", ["Bolt"]),
        ("which bikes have a list price under 90% of the guide price", ["Cargo"]),
    ],
)
def test_columns_are_set_against_each_other_by_a_factor(ask, question, expected):
    assert sorted(name for (name,) in ask(question)) == expected


@pytest.mark.parametrize(
    "question",
    [
        "how many bikes are younger than 30",  # a bike has no date of birth
        "bikes more than 10% below their weight",  # no such column
        "share of bookings with insurance by month",  # nothing tells which had one
    ],
)
def test_what_the_data_does_not_tell_is_refused(ask, question):
    assert isinstance(ask(question), str)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("fee per km driven by kind", [("Freight", 0.455), ("Racer", 1.0)]),
        ("fee per km planned by town", [("Bonn", 0.35), ("Ulm", 0.346)]),
    ],
)
def test_a_total_per_unit_is_a_ratio_of_totals(ask, question, expected):
    assert sorted(ask(question)) == expected


def test_a_running_total_is_told_before_what_is_added_up(ask):
    assert ask("running total of fees by month in 2025") == [(date(2025, 1, 1), 70.0), (date(2025, 2, 1), 125.0)]
    assert ask("running total of bookings by month") == [(date(2025, 1, 1), 2), (date(2025, 2, 1), 6)]


def test_the_days_to_come_are_of_the_date_that_the_verb_names(opened):
    workspace = opened(hall=HALL)

    def count(question: str) -> object:
        reading = read(workspace.context, question, on="hall", today=TODAY)
        return next(iter(workspace.sql(reading.sql).rows()[0].values())) if reading.answered else reading.reason

    assert count("how many contracts run out in the next 30 days") == 2
    assert count("how many contracts start in the next 2 weeks") == 1
    assert isinstance(count("how many contracts are shipped in the next 30 days"), str)


HALL = """
create table contract (contract_id integer primary key, party varchar, start_date date, end_date date);
create table entry (entry_id integer primary key, seen_on date);
insert into entry select i, date '2024-01-01' + cast(i % 500 as integer) from range(1200) t(i);
insert into contract values (1,'A','2025-01-01','2025-07-10'),(2,'B','2025-07-20','2025-07-11'),(3,'C','2025-02-01','2025-08-09'),(4,'D','2025-02-01','2025-09-30');
"""


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("were there more Freight bookings than Racer bookings?", False),
        ("were there fewer Freight bookings than Racer bookings?", True),
        ("did Ulm have more Racer bookings than Freight bookings in 2025?", True),
        ("are there more members in Bonn than in Ulm?", True),
    ],
)
def test_two_sides_are_one_yes_or_no(ask, question, expected):
    assert ask(question) == [(expected,)]


def test_newest_goes_by_the_day_it_came_to_be_and_never_by_a_birth(ask):
    found = ask("latest booking of each member")
    assert not isinstance(found, str)
    assert {row[0] for row in found} == {"Ada", "Ben", "Cy", "Di"}
    assert isinstance(ask("newest member"), str) or "1955-12-31" not in str(ask("newest member"))


def test_the_kind_that_is_used_most_is_never_none(ask):
    assert ask("most common voucher")[0][0] == "SPRING"
    assert ask("which voucher has the most bookings")[0][0] == "SPRING"


def test_the_best_period_is_the_one_with_most(ask):
    assert ask("best month for bookings in 2025") == [(date(2025, 2, 1), 4)]
    assert ask("worst month for fees in 2025") == [(date(2025, 2, 1), 55.0)]


def test_in_percent_is_the_share_of_each_group(ask):
    assert set(ask("bookings by kind in percent")) == {("Racer", 66.667), ("Freight", 33.333)}


def test_days_to_do_something_run_to_the_date_that_the_verb_names(ask):
    assert sorted(ask("average days to return a booking by kind")) == [("Freight", 5.0), ("Racer", 1.5)]
    assert isinstance(ask("average days to approve a booking by kind"), str)  # nothing was ever approved


@pytest.mark.parametrize("size", ["fee", "size"])
def test_ranges_may_end_below_the_next(opened, size):
    workspace = opened(bills=BILLS)
    reading = read(workspace.context, f"number of bills by {size}: under 25, 25 to under 100, 100 and up", on="bills", today=TODAY)
    assert reading.answered
    assert [tuple(row.values()) for row in workspace.sql(reading.sql).rows()] == [
        ("under 25", 1),
        ("25 to under 100", 2),
        ("100 and up", 597),
    ]


BILLS = """
create table bill (bill_id integer primary key, billed_on date, fee double);
insert into bill select i, date '2024-01-01' + cast(i % 300 as integer), case i when 0 then 24.5 when 1 then 25 when 2 then 99 else 100 + i end from range(600) t(i);
"""

"""What stands around the core of a question: comparisons of periods, shares of a test, ranks inside groups, one more column; and chatter."""

from __future__ import annotations

from datetime import date

import duckdb
import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read, schema_of
from aiser_jupyter.ask.grammar import periods
from aiser_jupyter.ask.wording.chatter import tailed, unwrapped
from aiser_jupyter.query.profile import profile

TODAY = date(2025, 7, 10)
# A workshop whose calendar is a table of its own that customers and jobs both point to.
SCRIPT = """
create table cal (day_key integer primary key, full_date date);
create table client (client_id integer primary key, client_name varchar, region varchar, joined_key integer references cal(day_key));
create table bay (bay_id integer primary key, bay_name varchar, hall varchar);
create table job (job_id integer primary key, client_id integer references client(client_id), bay_id integer references bay(bay_id),
  done_key integer references cal(day_key), price double, contract varchar, status varchar);
create table visit (visit_id integer primary key, client_id integer references client(client_id), arrived_at timestamp, left_at timestamp, paid_on date, due_on date);
insert into cal select cast(strftime(d, '%Y%m%d') as integer), cast(d as date) from range(date '2023-01-01', date '2025-12-31', interval 1 day) t(d);
insert into client values (1,'Ada','North',20230110),(2,'Ben','North',20240310),(3,'Cy','South',20240401),(4,'Di','South',20250105);
insert into bay values (1,'Red','East hall'),(2,'Blue','East hall'),(3,'Green','West hall');
insert into job values (1,1,1,20240115,100,'Two year','closed'),(2,1,2,20240220,50,'Monthly','closed'),(3,2,1,20240512,70,'Two year','open'),
  (4,3,3,20250105,200,'Monthly','closed'),(5,1,1,20250210,40,'Two year','closed'),(6,2,2,20250512,90,'Monthly','closed'),(7,3,3,20250620,30,'Monthly','open'),
  (8,1,1,20250415,10,'Monthly','closed');
insert into visit values (1,1,'2025-05-01 09:10','2025-05-01 10:40','2025-05-10','2025-05-05'),(2,1,'2025-05-02 09:50','2025-05-02 10:20','2025-05-03','2025-05-05'),
  (3,2,'2025-06-03 14:00','2025-06-03 16:00',null,'2025-06-10'),(4,3,'2025-06-04 09:30','2025-06-04 10:00','2025-06-20','2025-06-10');
"""


@pytest.fixture(scope="module")
def shopfloor(tmp_path_factory):
    folder = tmp_path_factory.mktemp("floor")
    with duckdb.connect(str(folder / "floor.duckdb")) as connection:
        connection.execute(SCRIPT)
    workspace = aiser.Workspace(str(folder))
    name = workspace.connect(str(folder / "floor.duckdb"), name="floor").name

    def ask(question: str) -> list[tuple] | str:
        reading = read(workspace.context, question, on=name, today=TODAY)
        return [tuple(row.values()) for row in workspace.sql(reading.sql).rows()] if reading.answered else reading.reason

    return ask, schema_of(profile(workspace.context, name))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        # Two periods, the second told by the first; as columns or as rows.
        ("jobs last quarter vs the quarter before it", {3, 2}),
        ("number of jobs this year compared with last year", {5, 3}),
        ("total job price in Q1 2025 against the same quarter of 2024", {240.0, 150.0}),
    ],
)
def test_two_periods_stand_side_by_side(shopfloor, question, expected):
    rows = shopfloor[0](question)
    figures = {value for row in rows for value in row if isinstance(value, (int, float))} if isinstance(rows, list) else rows
    assert isinstance(rows, list)
    assert expected <= figures


def test_change_in_percent_is_of_the_earlier_period(shopfloor):
    rows = shopfloor[0]("by how much did total job price grow last year over the year before, in %?")
    assert rows == [(None,)], "nothing was done in 2023: there is no change on nothing"
    rows = shopfloor[0]("by what percentage did the total job price grow from 2024 to 2025?")
    assert [round(row[-1], 4) for row in rows] == [round(100 * (370 / 220 - 1), 4)]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("what percentage of jobs were in the East hall?", 75.0),
        ("of the visits that were paid, what percentage was paid after the due date?", 200 / 3),
        ("what portion of clients has never had a visit", 25.0),
        ("share of the total job price that comes from two-year contracts", 100 * 210 / 590),
    ],
)
def test_share_is_of_the_rows_that_are_its_whole(shopfloor, question, expected):
    rows = shopfloor[0](question)
    assert isinstance(rows, list), rows
    assert [round(float(value), 4) for value in rows[0]] == [round(expected, 4)]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("for every year, which client had the highest total job price?", {(2024, "Ada", 150.0), (2025, "Cy", 230.0)}),
        ("top 1 bay by number of jobs within every hall", {("East hall", "Red", 4), ("West hall", "Green", 2)}),
    ],
)
def test_ranking_is_inside_each_group(shopfloor, question, expected):
    assert set(shopfloor[0](question)) == expected


def test_share_beside_the_figure_goes_by_the_date_of_the_jobs(shopfloor):
    """The calendar is reached from the job, not from the client that joined on some day of it too."""
    rows = shopfloor[0]("Top 2 regions by total job price this year and what share of the total each has")
    assert rows == [("South", 230.0, pytest.approx(100 * 230 / 370)), ("North", 140.0, pytest.approx(100 * 140 / 370))]


def test_hours_of_the_day_need_a_time_of_day(shopfloor):
    assert shopfloor[0]("number of visits by hour of the day") == [(9, 3), (14, 1)]
    assert isinstance(shopfloor[0]("number of jobs by hour of the day"), str), "a day has no hours"


def test_denied_value_before_its_noun_is_of_what_is_denied(shop):
    """A customer of other categories has never bought from this one: the value tests what was bought, not who is counted."""
    reading = read(shop.context, "How many customers have never bought a single Seafood product?", today=TODAY)
    assert reading.answered
    assert [tuple(row.values()) for row in shop.sql(reading.sql).rows()] == [(2,)]  # Dora bought tea alone, Ed nothing


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Hi, could you tell me how many jobs there are? thx", "how many jobs there are?"),
        ("hey can you show me the top 3 clients pls", "top 3 clients"),
        ("just curious, how many bays do we have", "how many bays do we have"),
        ("for the board: jobs by month", "jobs by month"),
        ("number of jobs by month, to see which month is busiest", "number of jobs by month"),
        ("which bay has the most jobs and how many is that?", "which bay has the most jobs?"),
        ("bay with the highest price, and the price", "bay with the highest price"),
        ("out of all jobs done, what percentage was late?", "what percentage of jobs done was late?"),
        # Nothing of these may go.
        ("please", "please"),
        ("The most expensive bay and its hall", "The most expensive bay and its hall"),
        ("top 3 bays with the number of jobs", "top 3 bays with the number of jobs"),
        ("clients and their total", "clients and their total"),
        ("revenue net of discounts", "revenue net of discounts"),
        ("What is our revenue?", "What is our revenue?"),
    ],
)
def test_chatter_goes_and_the_question_stays(shopfloor, text, plain):
    assert unwrapped(text, shopfloor[1]) == plain


def test_discounts_go_where_revenue_is_less_them(schema_of_shop):
    assert unwrapped("revenue by month, net of discounts please", schema_of_shop) == "revenue by month"
    assert unwrapped("revenue before discounts", schema_of_shop) == "revenue before discounts"


@pytest.fixture(scope="module")
def schema_of_shop(shop):
    return schema_of(profile(shop.context, "shop"))


def test_tail_is_the_figure_of_a_ranking_alone():
    assert tailed("best bay and how much did it make?")
    assert not tailed("the oldest bay and its hall")
    assert not tailed("jobs by bay and how many clients")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("last quarter vs the quarter before", ["2025-04-01 to 2025-06-30", "2025-01-01 to 2025-03-31"]),
        ("last month against the same month last year", ["2025-06-01 to 2025-06-30", "2024-06-01 to 2024-06-30"]),
        ("first half of 2025 vs the same months of 2023", ["2025-01-01 to 2025-06-30", "2023-01-01 to 2023-06-30"]),
        ("May 2024 compared with the previous month", ["2024-05-01 to 2024-05-31", "2024-04-01 to 2024-04-30"]),
        ("the year before 2020", ["2020-01-01 to 2020-12-31"]),
        ("jobs in the previous month", ["2025-06-01 to 2025-06-30"]),
    ],
)
def test_period_is_told_by_the_one_before_it(text, expected):
    assert [period.text() for period in periods.find(text, TODAY, apart=True)] == expected


@pytest.fixture(scope="module")
def turns(shopfloor, tmp_path_factory):
    """A function that asks one question after the other and gives the rows of the last, or its reason."""
    folder = tmp_path_factory.mktemp("turns")
    with duckdb.connect(str(folder / "turns.duckdb")) as connection:
        connection.execute(SCRIPT)
    workspace = aiser.Workspace(str(folder))
    name = workspace.connect(str(folder / "turns.duckdb"), name="turns").name

    def ask(*questions: str) -> list[tuple] | str:
        reading = None
        for question in questions:
            reading = read(workspace.context, question, on=name, today=TODAY, follows=reading)
            if not reading.answered:
                return reading.reason
        return [tuple(row.values()) for row in workspace.sql(reading.sql).rows()] if reading else ""

    return ask


@pytest.mark.parametrize(
    ("chain", "expected"),
    [
        (("number of jobs by hall", "how many of those are open?"), {("East hall", 1), ("West hall", 1)}),
        (("number of jobs by hall", "only the closed ones"), {("East hall", 5), ("West hall", 1)}),
        (("number of jobs in 2025", "which region has the most of them?"), {("North", 3)}),
        (("number of open jobs by hall", "what about the closed ones"), {("East hall", 5), ("West hall", 1)}),
        (("number of jobs by hall", "which of those halls is the strongest?"), {("East hall", 6)}),
        (("how many jobs were there in May 2025?", "and the same month one year earlier?"), {(1,)}),
    ],
)
def test_follow_up_reads_a_whole_condition(turns, chain, expected):
    assert set(turns(*chain)) == expected


def test_follow_up_asks_for_the_change_between_two_periods(turns):
    rows = turns("total job price by year", "growth from 2024 to 2025?")
    assert [round(row[-1], 4) for row in rows] == [round(100 * (370 / 220 - 1), 4)]


@pytest.mark.parametrize("follow", ["and what is the weather?", "only the purple ones", "which planet has the most of them?"])
def test_follow_up_without_a_place_is_refused(turns, follow):
    assert isinstance(turns("number of jobs by hall", follow), str)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        # From the moment a visit begins to the one when it is over.
        ("average visit duration in minutes", [(67.5,)]),
        ("what is the median duration of visits in hours", [(1.0,)]),
        ("open jobs and their price", [("Two year", 70.0), ("Monthly", 30.0)]),
        ("halls with their number of jobs", [("East hall", 6), ("West hall", 2)]),
        ("closed jobs: how many, and total price", [(6, 490.0)]),
    ],
)
def test_lists_durations_and_two_ends(shopfloor, question, expected):
    rows = shopfloor[0](question)
    assert isinstance(rows, list), rows
    if question.startswith("open"):
        assert {value for row in rows for value in row if isinstance(value, float)} == {value for _, value in expected}
    else:
        assert sorted(rows) == sorted(expected)


def test_first_and_last_are_both_told(shop):
    reading = read(shop.context, "first and last order date for customers in Berlin", today=TODAY)
    assert reading.answered
    assert [tuple(row.values()) for row in shop.sql(reading.sql).rows()] == [(date(2023, 1, 15), date(2024, 2, 20))]


def test_days_hold_no_hours(shopfloor):
    assert isinstance(shopfloor[0]("average hours from due date to payment of visits"), str)

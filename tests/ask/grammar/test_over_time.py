"""Periods set against each other, on Chinook and Northwind: the figures are those of SQL written by hand."""

from datetime import date
from pathlib import Path

import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read
from aiser_jupyter.ask.grammar import moves, periods
from aiser_jupyter.ask.restate import restate

DATABASES = Path(__file__).parents[4] / "shared" / "data" / "business_qa" / "db"
needs_data = pytest.mark.skipif(not DATABASES.is_dir(), reason="the sample databases are not beside the repository")
TODAY = date(2026, 1, 15)
MONTHLY = "SELECT date_trunc('month', InvoiceDate)::DATE AS m, sum(Total) AS s, count(*) AS n FROM Invoice GROUP BY 1"
FACTS = [
    (
        "how much more revenue did we have in 2024 than in 2023",
        "SELECT sum(Total) FILTER (year(InvoiceDate) = 2024) - sum(Total) FILTER (year(InvoiceDate) = 2023) FROM Invoice",
    ),
    (
        "how many fewer invoices were there in 2023 than in 2022",
        "SELECT count(*) FILTER (year(InvoiceDate) = 2022) - count(*) FILTER (year(InvoiceDate) = 2023) FROM Invoice",
    ),
    (
        "by how many percent did revenue change from Q1 2022 to Q1 2023?",
        (
            "SELECT 100.0 * (sum(Total) FILTER (year(InvoiceDate) = 2023) / sum(Total) FILTER (year(InvoiceDate) = 2022) - 1) FROM Invoice "
            "WHERE quarter(InvoiceDate) = 1"
        ),
    ),
    (
        "difference in revenue between 2022 and 2023 by billing country",
        (
            "SELECT BillingCountry, coalesce(sum(Total) FILTER (year(InvoiceDate) = 2023), 0) - coalesce(sum(Total) FILTER (year(InvoiceDate) = 2022), 0) "
            "FROM Invoice GROUP BY 1"
        ),
    ),
    ("3-month moving average of revenue", f"SELECT m, avg(s) OVER (ORDER BY m ROWS 2 PRECEDING) FROM ({MONTHLY})"),
    ("rolling 6 month average of invoices", f"SELECT m, avg(n) OVER (ORDER BY m ROWS 5 PRECEDING) FROM ({MONTHLY})"),
    (
        "how many of the customers of January 2022 bought again in the next month",
        (
            "SELECT count(*) FROM Customer WHERE CustomerId IN (SELECT CustomerId FROM Invoice WHERE date_trunc('month', InvoiceDate) = '2022-01-01') "
            "AND CustomerId IN (SELECT CustomerId FROM Invoice WHERE date_trunc('month', InvoiceDate) = '2022-02-01')"
        ),
    ),
    (
        "customer retention by quarter of first purchase",
        (
            "WITH e AS (SELECT CustomerId AS c, date_trunc('quarter', InvoiceDate)::DATE AS q FROM Invoice), f AS (SELECT c, min(q) AS f FROM e GROUP BY c) "
            "SELECT f, q, count(DISTINCT e.c), 100.0 * count(DISTINCT e.c) / max(count(DISTINCT e.c)) OVER (PARTITION BY f) FROM e JOIN f USING (c) GROUP BY f, q"
        ),
    ),
    (
        "revenue Q2 vs Q3 2022",
        "SELECT date_trunc('quarter', InvoiceDate)::DATE, sum(Total) FROM Invoice WHERE year(InvoiceDate) = 2022 AND quarter(InvoiceDate) IN (2, 3) GROUP BY 1",
    ),
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = aiser.Workspace(str(tmp_path_factory.mktemp("over_time")))
    if DATABASES.is_dir():
        made.connect(str(DATABASES / "chinook.duckdb"), name="chinook")
    yield made
    made.close()


def rounded(found):
    return sorted(
        tuple(round(float(v), 4) if not isinstance(v, (str, date)) and v is not None else str(v) for v in row.values()) for row in found
    )


@needs_data
@pytest.mark.parametrize(("question", "gold"), FACTS)
def test_the_figures_are_those_of_sql_written_by_hand(workspace, question, gold):
    reading = read(workspace.context, question, on="chinook", today=TODAY)
    assert reading.answered, reading.reason
    assert rounded(workspace.sql(reading.sql, on="chinook").rows()) == rounded(workspace.sql(gold, on="chinook").rows())


@needs_data
@pytest.mark.parametrize(
    "question",
    [
        "moving average of revenue",  # over how many periods?
        "3-month moving average of the average unit price of tracks by genre",
        "how much more did we sell in 2024",  # than when?
        "by how many percent did revenue change",
        "customer retention",  # by what period?
        "difference in revenue and invoices between 2022 and 2023",
    ],
)
def test_what_is_not_said_whole_is_refused(workspace, question):
    assert not read(workspace.context, question, on="chinook", today=TODAY).answered


@needs_data
def test_a_period_without_data_makes_no_difference_of_zero(workspace):
    reading = read(workspace.context, "how much more revenue did we have in 2011 than in 2010", on="chinook", today=TODAY)
    assert list(workspace.sql(reading.sql, on="chinook").rows()[0].values()) == [None]


@needs_data
def test_the_direction_and_the_window_are_said(workspace):
    change = read(workspace.context, "how much less revenue did we have in 2023 than in 2022", on="chinook", today=TODAY)
    assert "the change is that of 2022-01-01 to 2022-12-31 against 2023-01-01 to 2023-12-31" in change.assumptions
    mean = read(workspace.context, "3-month moving average of revenue", on="chinook", today=TODAY)
    assert "moving average of total of all invoices over the row and the 2 before it" in restate(mean.sql, "duckdb")


@needs_data
def test_a_follow_up_puts_no_period_round_a_change(workspace):
    first = read(workspace.context, "how much more revenue did we have in 2024 than in 2023", on="chinook", today=TODAY)
    assert not read(workspace.context, "only 2024", on="chinook", today=TODAY, follows=first).answered
    rest = read(workspace.context, "just for Canada", on="chinook", today=TODAY, follows=first)
    assert rest.answered
    assert "'Canada'" in rest.sql


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("revenue Q2 vs Q3 2011", [(date(2011, 4, 1), date(2011, 7, 1)), (date(2011, 7, 1), date(2011, 10, 1))]),
        ("January and February 2012", [(date(2012, 1, 1), date(2012, 2, 1)), (date(2012, 2, 1), date(2012, 3, 1))]),
        ("between January and March 2012", [(date(2012, 1, 1), date(2012, 4, 1))]),
    ],
)
def test_a_year_said_once_holds_for_both_parts(text, expected):
    assert [(p.start, p.end) for p in periods.find(text, TODAY)] == expected


def test_a_change_has_two_periods_and_a_range_one():
    assert len(periods.find("change from 2012 to 2013", TODAY, apart=True)) == 2
    assert len(periods.find("revenue from 2012 to 2013", TODAY)) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 day moving average of orders", moves.Moves(moving=7, unit="day", smooth=True, spans=((0, 23),))),
        ("moving average over the last three months", moves.Moves(moving=3, unit="month", smooth=True, spans=((0, 41),))),
        ("moving average of sales", moves.Moves(smooth=True)),
        ("total revenue by month", moves.Moves()),
    ],
)
def test_the_phrases(text, expected):
    assert moves.read(text) == expected

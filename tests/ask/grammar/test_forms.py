"""Business forms on the small shop, with figures worked out by hand."""

from datetime import date

import pytest
import sqlglot

from aiser_jupyter.ask.engine import read
from aiser_jupyter.ask.plan import BASE, Band, Bucket, ColumnRef, Condition, Days, Formula, Item, Plan, Star, Upper
from aiser_jupyter.ask.restate import restate
from aiser_jupyter.ask.sql.joins import JoinGraph
from aiser_jupyter.ask.sql.render import sql
from aiser_jupyter.catalog import Catalog, Column, Key, Table

TODAY = date(2024, 3, 15)


def rows(workspace, question, follows=None):
    reading = read(workspace.context, question, today=TODAY, follows=follows)
    return [tuple(row.values()) for row in workspace.sql(reading.sql).rows()] if reading.answered else [reading.reason]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is the average order value?", [(pytest.approx(242 / 7),)]),
        ("average revenue per customer", [(pytest.approx(60.5),)]),
        ("How many products does an order contain on average?", [(pytest.approx(9 / 7),)]),
        ("75th percentile of freight", [(10.0,)]),
        ("standard deviation of freight", [(pytest.approx(3.415650),)]),
        ("Which orders had freight above the 80th percentile?", [(5, 13.0), (4, 11.0)]),
        ("Customers who ordered both in 2023 and in 2024", [("Anna Berg",), ("Bob Stone",)]),
        ("customers who bought both Cola and Salmon", [("Anna Berg",), ("Bob Stone",)]),
        ("customers who never bought any Salmon", [("Carla Diaz",), ("Dora Klein",), ("Ed Lonely",)]),
        ("customers without any order in 2023", [("Dora Klein",), ("Ed Lonely",)]),
        ("How many customers ordered more than once?", [(2,)]),
        ("How many customers bought something in 2024?", [(3,)]),
        ("average days between two orders of the same customer", [(pytest.approx(713 / 3),)]),
        ("Is there any customer in Spain?", [(True,)]),
        ("heaviest product in each category", [("Beverages", "Cola", 2.0), ("Seafood", "Salmon", 0.5)]),
        ("On which weekday do we get the most orders?", [("Sunday", 2), ("Tuesday", 2)]),
        ("Revenue in Q1 2024 compared with Q1 2023", [(date(2023, 1, 1), 60.0), (date(2024, 1, 1), 146.0)]),
        ("products with more than 50 in revenue", [("Salmon", 100.0), ("Cola", 60.0)]),
        ("What share of orders has freight above 10?", [(pytest.approx(200 / 7),)]),
        ("number of new customers per year, by their first order", [(2023, 3), (2024, 1)]),
        ("number of orders on weekends", [(2,)]),
        ("revnue by contry", [("Germany", 166.0), ("USA", 60.0), ("Spain", 16.0)]),
        ("products whose name starts with 'Sh'", [("Shrimp",)]),
        ("Which order had the highest value?", [(7, 76.0)]),
    ],
)
def test_a_form_gets_its_figures(shop, question, expected):
    found = rows(shop, question)
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_sqlite_gets_the_same_figures(sqlite_shop):
    assert rows(sqlite_shop, "What is the average order value?") == [(pytest.approx(242 / 7),)]
    assert rows(sqlite_shop, "average days between two orders of the same customer") == [(pytest.approx(713 / 3),)]
    assert rows(sqlite_shop, "number of orders on weekends") == [(2,)]


@pytest.mark.parametrize(
    "question",
    [
        "number of employees per shop",
        "average salary by country",
        "Which product is the best ever?",
        "complaints per customer",
        "profit by product",
    ],
)
def test_what_has_no_place_is_refused(shop, question):
    assert not read(shop.context, question, today=TODAY).answered


WORKERS = Table(
    "workers",
    (
        Column("id", "integer", "INTEGER", primary=True),
        Column("name", "text", "VARCHAR"),
        Column("boss_id", "integer", "INTEGER"),
        Column("hired", "date", "DATE"),
        Column("left_on", "date", "DATE"),
        Column("pay", "number", "DOUBLE"),
        Column("cost", "number", "DOUBLE"),
    ),
)
PAY, HIRED, LEFT = ColumnRef("workers", "pay"), ColumnRef("workers", "hired"), ColumnRef("workers", "left_on")
PLANS = {
    "ratio": (Plan((Item(PAY, "sum", over=Item(Star("workers"), "count")),)), "Total pay ÷ count of workers (missing where 0)"),
    "quantile": (Plan((Item(PAY, "quantile", fraction=0.9),)), "90 % quantile of pay"),
    "spread": (Plan((Item(PAY, "stddev"),)), "Standard deviation of pay"),
    "days": (Plan((Item(Days(HIRED, LEFT), "avg"),)), "Average days from hired to left on"),
    "less": (Plan((Item(Formula("profit", (PAY,), less=ColumnRef("workers", "cost")), "sum"),)), "Profit (pay − cost)"),
    "columns": (
        Plan((Item(Star("workers"), "count"),), (), (Condition(Item(LEFT), "<", other=Item(HIRED)),)),
        "Count of workers where left on is before hired",
    ),
    "upper": (
        Plan(
            (
                Item(ColumnRef("workers", "name")),
                Item(Upper(ColumnRef("workers", "name"), ColumnRef("workers", "boss_id"), ColumnRef("workers", "id"))),
            )
        ),
        "Name and boss id: name of workers",
    ),
    "exists": (
        Plan((Item(Star("workers"), "count", window="exists"),), (), (Condition(Item(PAY), ">", (5,)),)),
        "Whether count of workers is more than 0 with pay above 5",
    ),
    "weekday": (
        Plan((Item(Bucket(HIRED, "weekday")), Item(Star("workers"), "count")), group=(Bucket(HIRED, "weekday"),)),
        "Count of workers per name of the weekday of hired",
    ),
    "text": (
        Plan((Item(Star("workers"), "count"),), (), (Condition(Item(ColumnRef("workers", "name")), "ilike", ("an%",)),)),
        "Count of workers where name starts with an, in any case",
    ),
    "source": (
        Plan((Item(Star(BASE), "count"),), source=Plan((Item(ColumnRef("workers", "boss_id")),), group=(ColumnRef("workers", "boss_id"),))),
        "Count of rows of [boss id of workers, one row each]",
    ),
}
DIALECTS = ("duckdb", "sqlite", "postgres", "mysql", "tsql", "snowflake", "bigquery")


def written(plan, dialect):
    key = Key("workers", ("boss_id",), "workers", ("id",))
    return sql(plan, JoinGraph(Catalog("s", dialect, (WORKERS,), (key,))))


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("form", [*PLANS, "gap", "band", "weekend"])
def test_each_form_is_sql_of_each_dialect(form, dialect):
    more = {
        "gap": Plan((Item(PAY), Item(HIRED, window="gap", within=(ColumnRef("workers", "boss_id"),)))),
        "band": Plan((Item(Band(PAY, 12)), Item(Star("workers"), "count")), group=(Band(PAY, 12),)),
        "weekend": Plan((Item(Bucket(HIRED, "weekend")), Item(Star("workers"), "count")), group=(Bucket(HIRED, "weekend"),)),
    }
    text = written(PLANS[form][0] if form in PLANS else more[form], dialect)
    assert sqlglot.parse_one(text, read=dialect).find(sqlglot.exp.Select)


@pytest.mark.parametrize("form", PLANS)
def test_each_form_reads_as_english(form):
    plan, english = PLANS[form]
    assert restate(written(plan, "duckdb"), "duckdb", Catalog("s", "duckdb", (WORKERS,))) == english

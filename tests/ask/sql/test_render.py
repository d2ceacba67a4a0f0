import pytest

from aiser_jupyter.ask.plan import Bucket, ColumnRef, Condition, Formula, Item, Order, Plan, Star
from aiser_jupyter.ask.sql.joins import JoinGraph
from aiser_jupyter.ask.sql.render import NoJoinError, sql
from aiser_jupyter.catalog import Catalog, Column, Key, Table

DAY = ColumnRef("Order", "day")
TOTAL = ColumnRef("Order", "total amount")


def graph(dialect="duckdb"):
    orders = Table(
        "Order",
        (
            Column("id", "integer", "INTEGER", primary=True),
            Column("person_id", "integer", "INTEGER"),
            Column("day", "date", "DATE"),
            Column("total amount", "number", "DOUBLE"),
        ),
    )
    people = Table("people", (Column("id", "integer", "INTEGER", primary=True), Column("name", "text", "VARCHAR")))
    apart = Table("apart", (Column("x", "integer", "INTEGER"),))
    return JoinGraph(Catalog("s", dialect, (orders, people, apart), (Key("Order", ("person_id",), "people", ("id",)),)))


def test_names_are_quoted_where_they_must_be():
    assert sql(Plan((Item(TOTAL, "sum"),)), graph()) == 'SELECT SUM("total amount") AS total_amount FROM "Order"'


def test_tables_are_joined_along_their_key():
    plan = Plan((Item(ColumnRef("people", "name")), Item(Star("Order"), "count")), group=(ColumnRef("people", "name"),))
    assert sql(plan, graph()) == (
        'SELECT people.name, COUNT(*) AS order_count FROM "Order" JOIN people ON "Order".person_id = people.id GROUP BY people.name'
    )


@pytest.mark.parametrize(
    ("dialect", "grain", "expected"),
    [
        ("duckdb", "month", "CAST(DATE_TRUNC('MONTH', day) AS DATE)"),
        ("duckdb", "year", "EXTRACT(YEAR FROM day)"),
        ("sqlite", "month", "STRFTIME('%Y-%m-01', day)"),
        ("sqlite", "year", "CAST(STRFTIME('%Y', day) AS INTEGER)"),
        ("sqlite", "week", "DATE(day, 'weekday 0', '-6 days')"),
    ],
)
def test_a_period_is_cut_the_way_of_each_dialect(dialect, grain, expected):
    assert expected in sql(Plan((Item(Bucket(DAY, grain)), Item(Star("Order"), "count")), group=(Bucket(DAY, grain),)), graph(dialect))


def test_a_date_is_a_date_in_duckdb_and_text_in_sqlite():
    plan = Plan((Item(Star("Order"), "count"),), where=(Condition(Item(DAY), ">=", ("2024-01-01",)),))
    assert "day >= CAST('2024-01-01' AS DATE)" in sql(plan, graph())
    assert "day >= '2024-01-01'" in sql(plan, graph("sqlite"))


def test_a_quote_in_a_value_stays_a_value():
    plan = Plan((Item(ColumnRef("people", "id")),), where=(Condition(Item(ColumnRef("people", "name")), "=", ("O'Hara' OR 1=1 --",)),))
    assert sql(plan, graph()).endswith("WHERE name = 'O''Hara'' OR 1=1 --'")


def test_a_formula_takes_the_discount_off():
    price, quantity, discount = (ColumnRef("apart", name) for name in ("price", "quantity", "discount"))
    plan = Plan((Item(Formula("revenue", (price, quantity), discount), "sum"),))
    assert sql(plan, graph()) == "SELECT SUM(price * quantity * (1 - discount)) AS revenue FROM apart"


def test_tables_that_do_not_hang_together_make_no_query():
    with pytest.raises(NoJoinError):
        sql(Plan((Item(ColumnRef("people", "name")), Item(ColumnRef("apart", "x")))), graph())


def test_order_repeats_the_name_of_what_is_shown():
    count = Item(Star("Order"), "count")
    plan = Plan((Item(DAY), count), group=(DAY,), order=(Order(count, descending=True),), limit=3)
    assert sql(plan, graph()).endswith("ORDER BY order_count DESC LIMIT 3")

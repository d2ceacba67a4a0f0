"""Figures of a part of the rows, and rows that have others or lack them: said as people say them, and apart where they differ."""

import pytest

from aiser_jupyter.ask.restate import restate
from aiser_jupyter.catalog import Catalog, Column, Key, Table


def table(name, *columns):
    return Table(
        name,
        tuple(Column(column, kind, kind.upper(), primary=place == 0) for place, (column, kind) in enumerate((*columns,))),
    )


SHOP = Catalog(
    "shop",
    "duckdb",
    (
        table("orders", ("order_id", "integer"), ("customer_id", "integer"), ("ordered_on", "date"), ("shipped_on", "date"), ("due_on", "date"), ("country", "text"), ("channel", "text"), ("freight", "number")),
        table("customers", ("customer_id", "integer"), ("name", "text")),
        table("lines", ("line_id", "integer"), ("order_id", "integer"), ("product_id", "integer")),
        table("products", ("product_id", "integer"), ("product_name", "text")),
        table("staff", ("staff_id", "integer"), ("boss_id", "integer"), ("last_name", "text")),
    ),
    (
        Key("orders", ("customer_id",), "customers", ("customer_id",)),
        Key("lines", ("order_id",), "orders", ("order_id",)),
        Key("lines", ("product_id",), "products", ("product_id",)),
        Key("staff", ("boss_id",), "staff", ("staff_id",)),
    ),
)  # fmt: skip
LATE = "CASE WHEN shipped_on > due_on THEN 1 END"
THEN = "CASE WHEN country = 'Peru' THEN freight END"
NOW = "CASE WHEN country = 'Chile' THEN freight END"
BOUGHT = (
    "SELECT orders.customer_id FROM orders JOIN lines ON lines.order_id = orders.order_id JOIN products ON products.product_id = lines.product_id"
    " WHERE product_name = '{}' AND NOT orders.customer_id IS NULL"
)


def said(sql):
    return restate(sql, "duckdb", SHOP)


@pytest.mark.parametrize(
    ("sql", "english"),
    [
        (f"SELECT 100.0 * COUNT({LATE}) / COUNT(*) FROM orders", "Percent of orders where shipped on is after due on"),
        (f"SELECT 100.0 * COUNT({LATE}) / NULLIF(COUNT(*), 0) FROM orders", "Percent of orders where shipped on is after due on"),
        (f"SELECT channel, 100.0 * COUNT({LATE}) / COUNT(*) FROM orders GROUP BY 1", "Percent of orders where shipped on is after due on per channel"),
        (f"SELECT 100.0 * (SUM({NOW}) / NULLIF(SUM({THEN}), 0) - 1) FROM orders", "Percent change of total freight from Peru to Chile of orders"),
        (f"SELECT SUM({NOW}) - SUM({THEN}) FROM orders", "Total freight in Chile less that in Peru of orders"),
        (f"SELECT COUNT({LATE}) - COUNT(CASE WHEN channel = 'web' THEN 1 END) FROM orders", "Count of orders where shipped on is after due on less that with channel web"),
        (f"SELECT SUM({NOW}) FROM orders", "Total freight (only in Chile) of orders"),
        ("SELECT SUM(freight) FILTER (WHERE country = 'Chile') FROM orders", "Total freight (only in Chile) of orders"),
        (f"SELECT name FROM customers WHERE NOT customer_id IN ({BOUGHT.format('Tea')})", "Name of customers without orders for product Tea"),
        (f"SELECT name FROM customers WHERE customer_id IN ({BOUGHT.format('Tea')}) AND NOT customer_id IN ({BOUGHT.format('Milk')})", "Name of customers with orders for product Tea without orders for product Milk"),
        ("SELECT last_name FROM staff WHERE boss_id IN (SELECT staff_id FROM staff WHERE last_name = 'King')", "Last name of staff where boss id is one of the staff with last name King"),
        ("SELECT last_name FROM staff WHERE NOT staff_id IN (SELECT boss_id FROM staff WHERE NOT boss_id IS NULL)", "Last name of staff where staff id is not the boss id of any of the staff"),
    ],
)  # fmt: skip
def test_parts_and_belongings(sql, english):
    assert said(sql) == english


def test_a_cast_that_only_makes_a_fraction_says_nothing():
    share = f"SELECT CAST(100.0 * COUNT({LATE}) AS {{}}) / COUNT(*) FROM orders"
    assert restate(share.format("REAL"), "sqlite", SHOP) == "Percent of orders where shipped on is after due on"
    assert restate(share.format("INTEGER"), "sqlite", SHOP) != restate(share.format("REAL"), "sqlite", SHOP)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"SELECT 100.0 * COUNT({LATE}) / COUNT(*) FROM orders", f"SELECT 100.0 * COUNT({LATE}) / COUNT(shipped_on) FROM orders"),
        (f"SELECT 100.0 * COUNT({LATE}) / COUNT(*) FROM orders", f"SELECT COUNT({LATE}) / COUNT(*) FROM orders"),
        (f"SELECT 100.0 * COUNT({LATE}) / NULLIF(COUNT(*), 0) FROM orders", f"SELECT 100.0 * COUNT({LATE}) / NULLIF(COUNT(*), 7) FROM orders"),
        (f"SELECT SUM({NOW}) - SUM({THEN}) FROM orders", f"SELECT SUM({THEN}) - SUM({NOW}) FROM orders"),
        (f"SELECT SUM({NOW}) - SUM({THEN}) FROM orders", f"SELECT SUM({NOW}) - AVG({THEN}) FROM orders"),
        (f"SELECT 100.0 * (SUM({NOW}) / SUM({THEN}) - 1) FROM orders", f"SELECT 100.0 * (SUM({NOW}) / SUM({THEN}) - 2) FROM orders"),
        (f"SELECT 100.0 * SUM({NOW}) / SUM(freight) FROM orders", f"SELECT 100.0 * SUM({NOW}) / SUM(order_id) FROM orders"),
        (f"SELECT name FROM customers WHERE customer_id IN ({BOUGHT.format('Tea')})", f"SELECT name FROM customers WHERE NOT customer_id IN ({BOUGHT.format('Tea')})"),
        ("SELECT last_name FROM staff WHERE boss_id IN (SELECT staff_id FROM staff)", "SELECT last_name FROM staff WHERE staff_id IN (SELECT boss_id FROM staff)"),
        ("SELECT SUM(CASE WHEN country = 'Chile' THEN freight ELSE 0 END) FROM orders", "SELECT SUM(CASE WHEN country = 'Chile' THEN freight ELSE 1 END) FROM orders"),
    ],
)  # fmt: skip
def test_what_differs_reads_differently(one, other):
    assert said(one) != said(other)

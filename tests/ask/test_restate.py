import json
from pathlib import Path

import pytest

from aiser_jupyter.ask.restate import outline, restate
from aiser_jupyter.catalog import Catalog, Column, Key, Table

SHARED = Path(__file__).parents[3] / "shared/data"
SHOP = Catalog(
    "shop",
    "duckdb",
    (
        Table(
            "orders",
            (
                Column("order_id", "integer", "INTEGER", primary=True),
                Column("customer_id", "integer", "INTEGER"),
                Column("order_date", "date", "DATE"),
                Column("country", "text", "VARCHAR"),
                Column("freight", "number", "DOUBLE"),
                Column("items", "integer", "INTEGER"),
            ),
        ),
        Table(
            "customers",
            (
                Column("customer_id", "integer", "INTEGER", primary=True),
                Column("name", "text", "VARCHAR"),
                Column("city", "text", "VARCHAR"),
            ),
        ),
        Table("airports", (Column("code", "text", "VARCHAR"), Column("city", "text", "VARCHAR"))),
        Table("flights", (Column("source", "text", "VARCHAR"), Column("target", "text", "VARCHAR"), Column("no", "integer", "INTEGER"))),
    ),
    (
        Key("orders", ("customer_id",), "customers", ("customer_id",)),
        Key("flights", ("source",), "airports", ("code",)),
        Key("flights", ("target",), "airports", ("code",)),
    ),
)


def said(sql, dialect="duckdb"):
    return restate(sql, dialect, SHOP)


@pytest.mark.parametrize(
    ("sql", "english"),
    [
        (
            "SELECT date_trunc('month', order_date), count(*) FROM orders WHERE country = 'Brazil' GROUP BY 1 ORDER BY 2 DESC LIMIT 5",
            "Count of orders in Brazil per month, largest first, top 5",
        ),
        ("SELECT avg(freight) FROM orders", "Average freight of orders"),
        ("SELECT max(order_date) FROM orders", "Latest order date of orders"),
        (
            "SELECT sum(freight) FROM orders WHERE order_date >= DATE '2026-07-01' AND order_date < DATE '2026-10-01'",
            "Total freight of orders in Q3 2026",
        ),
        ("SELECT name FROM customers ORDER BY name", "Name of customers, A to Z"),
        (
            "SELECT c.name, sum(o.freight) FROM orders o JOIN customers c USING (customer_id) GROUP BY c.name ORDER BY 2 DESC",
            "Total freight of orders per customer name, largest first",
        ),
        (
            "SELECT count(*) FROM orders o JOIN customers c ON c.customer_id = o.customer_id WHERE c.city = 'Bath'",
            "Count of orders in the city of Bath",
        ),
        (
            "SELECT name FROM customers WHERE customer_id NOT IN (SELECT customer_id FROM orders)",
            "Name of customers without orders",
        ),
        (
            "SELECT name FROM customers c WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.customer_id)",
            "Name of customers where there is no order",
        ),
        (
            "SELECT order_id FROM orders WHERE freight > (SELECT avg(freight) FROM orders)",
            "Order id of orders with freight above the average freight of orders",
        ),
        (
            "SELECT country, 100.0 * sum(freight) / sum(sum(freight)) OVER () FROM orders GROUP BY country",
            "Percent share of total freight of orders per country",
        ),
        (
            "SELECT country FROM orders GROUP BY country HAVING count(*) > 5",
            "Country of orders, one row each, keeping only those with more than 5 orders",
        ),
        ("SELECT country FROM orders WHERE country ILIKE '%land'", "Country of orders where country ends with land, in any case"),
        (
            "SELECT count(DISTINCT country) FROM orders WHERE freight IS NOT NULL",
            "Count of distinct countries of orders where freight is not missing",
        ),
        (
            "SELECT f.no FROM flights f JOIN airports a ON f.source = a.code WHERE a.city = 'Rome'",
            "Flight no, matched by flight source is airport code, in the city of Rome",
        ),
        ("SELECT items / 7 FROM orders", "Items ÷ 7 of orders"),
        ("SELECT count(*) FROM orders WHERE dayname(order_date) IN ('Saturday', 'Sunday')", "Count of orders on Saturday or Sunday"),
        (
            "SELECT sum(freight) FROM orders WHERE CAST(date_trunc('quarter', order_date) AS DATE) IN (DATE '2024-01-01', DATE '2023-01-01')",
            "Total freight of orders in Q1 2024 or Q1 2023",
        ),
        (
            (
                "SELECT country, n FROM (SELECT country, count(*) AS n, rank() OVER (ORDER BY count(*) DESC) AS place FROM orders GROUP BY country) AS ranked "
                "WHERE place <= 3 ORDER BY place"
            ),
            "Count of orders per country, largest first, top 3, ties included",
        ),
        (
            "SELECT country, items FROM (SELECT country, items, rank() OVER (PARTITION BY country ORDER BY items DESC) AS place FROM orders) AS ranked WHERE place <= 1",
            "Country and items of orders, by items, largest first, top 1 within each country, ties included",
        ),
        (
            "SELECT country, n FROM (SELECT country, count(*) AS n, dense_rank() OVER (ORDER BY count(*) DESC) AS place FROM orders GROUP BY country) AS ranked WHERE place = 2 ORDER BY place",
            "Count of orders per country, largest first, only place 2, ties included",
        ),
        ("SELECT country, 1.0 * sum(freight) / count(*) FROM orders GROUP BY country", "Total freight ÷ count of orders per country"),
    ],
)
def test_a_query_reads_as_business_english(sql, english):
    assert said(sql) == english


def test_sqlite_divides_integers_whole_and_reads_double_quotes_as_text():
    assert said("SELECT items / 7 FROM orders", "sqlite") == "Whole part of (items ÷ 7) of orders"
    assert said('SELECT freight FROM orders WHERE country = "Brazil"', "sqlite") == "Freight of orders where country is Brazil"
    quarter = "SELECT DATE(order_date, 'start of month', '-' || ((CAST(STRFTIME('%m', order_date) AS INTEGER) - 1) % 3) || ' months'), COUNT(*) FROM orders GROUP BY 1"
    assert said(quarter, "sqlite") == "Count of orders per quarter"


BASE = "SELECT country, sum(freight) FROM orders WHERE items > 5 AND country = 'Brazil' GROUP BY country ORDER BY 2 DESC LIMIT 5"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("> 5", ">= 5"),
        ("> 5", "< 5"),
        ("> 5", "= 5"),
        ("> 5", "<> 5"),
        ("> 5", "> 6"),
        ("AND", "OR"),
        ("sum", "avg"),
        ("sum", "min"),
        ("sum", "count"),
        ("sum(", "sum(DISTINCT "),
        ("DESC", "ASC"),
        ("'Brazil'", "'brazil'"),
        ("'Brazil'", "'Chile'"),
        ("= 'Brazil'", "LIKE 'Brazil%'"),
        ("= 'Brazil'", "LIKE '%Brazil'"),
        ("= 'Brazil'", "IS NULL"),
        ("= 'Brazil'", "IN ('Brazil', 'Chile')"),
        ("= 'Brazil'", "NOT IN ('Brazil', 'Chile')"),
        (" AND country = 'Brazil'", ""),
        ("WHERE items > 5 AND country = 'Brazil' ", ""),
        ("LIMIT 5", "LIMIT 6"),
        (" LIMIT 5", ""),
        ("LIMIT 5", "LIMIT 5 OFFSET 5"),
        ("SELECT country", "SELECT DISTINCT country"),
        (" ORDER BY 2 DESC", ""),
        ("ORDER BY 2 DESC", "ORDER BY 1 DESC"),
        ("GROUP BY country", "GROUP BY country HAVING count(*) > 3"),
        ("sum(freight)", "sum(freight) FILTER (WHERE items > 2)"),
        ("sum(freight)", "sum(items)"),
        ("sum(freight)", "sum(freight) / count(*)"),
        ("sum(freight)", "round(sum(freight))"),
        ("FROM orders", "FROM orders JOIN customers USING (customer_id)"),
        ("FROM orders", "FROM orders LEFT JOIN customers USING (customer_id)"),
    ],
)
def test_another_meaning_has_another_text(old, new):
    assert old in BASE
    assert said(BASE.replace(old, new, 1)) != said(BASE)


@pytest.mark.parametrize(
    ("where", "english"),
    [
        ("country = 'Brazil'", "Total freight of orders in Brazil"),
        ("country <> 'Brazil'", "Total freight of orders outside Brazil"),
        ("country IN ('Brazil', 'Peru') AND items > 5", "Total freight of orders in Brazil or Peru with items above 5"),
        ("items > 5 OR freight > 3", "Total freight of orders where items is more than 5 or freight is more than 3"),
        ("items >= 5 AND freight IS NULL", "Total freight of orders with items of at least 5 without freight"),
        ("year(order_date) = 2026", "Total freight of orders in 2026"),
        ("order_date >= DATE '2026-07-01'", "Total freight of orders since 1 Jul 2026"),
        ("order_date > DATE '2026-07-01'", "Total freight of orders after 1 Jul 2026"),
        ("items = (SELECT max(items) FROM orders)", "Total freight of orders with the largest items of orders"),
        ("country = 'for genre Rock'", "Total freight of orders in “for genre Rock”"),
    ],
)
def test_a_filter_is_a_phrase_where_it_can_be(where, english):
    assert said(f"SELECT sum(freight) FROM orders WHERE {where}") == english


def test_a_column_is_named_where_another_could_be_meant():
    dated = Table("orders", (*SHOP.tables[0].columns, Column("shipped", "date", "DATE"), Column("ship_country", "text", "VARCHAR")))
    catalog = Catalog("shop", "duckdb", (dated,))
    start = "SELECT count(*) FROM orders WHERE"
    year = ">= DATE '2026-01-01' AND {0} < DATE '2027-01-01'"
    assert restate(f"{start} order_date {year.format('order_date')}", "duckdb", catalog) == "Count of orders in 2026"
    assert restate(f"{start} shipped {year.format('shipped')}", "duckdb", catalog) == "Count of orders with shipped in 2026"
    assert restate(f"{start} country = 'Peru'", "duckdb", catalog) == "Count of orders with country Peru"
    assert restate(f"{start} ship_country = 'Peru'", "duckdb", catalog) == "Count of orders with ship country Peru"
    assert restate(f"{start} shipped {year.format('shipped')}", "duckdb") != restate(
        f"{start} order_date {year.format('order_date')}", "duckdb"
    )


PAIRS = [
    (
        "SELECT 1 FROM orders WHERE items = 1 AND (items = 2 OR items = 3)",
        "SELECT 1 FROM orders WHERE (items = 1 AND items = 2) OR items = 3",
    ),
    ("SELECT 1 FROM orders WHERE NOT (items = 1 AND items = 2)", "SELECT 1 FROM orders WHERE NOT items = 1 AND items = 2"),
    ("SELECT year(order_date) FROM orders", "SELECT date_trunc('year', order_date) FROM orders WHERE items = 1"),
    ("SELECT month(order_date) FROM orders", "SELECT date_trunc('month', order_date) FROM orders"),
    ("SELECT name FROM customers UNION SELECT city FROM customers", "SELECT name FROM customers UNION ALL SELECT city FROM customers"),
    ("SELECT name FROM customers INTERSECT SELECT city FROM customers", "SELECT name FROM customers EXCEPT SELECT city FROM customers"),
    ("SELECT f.no FROM flights f JOIN airports a ON f.source = a.code", "SELECT f.no FROM flights f JOIN airports a ON f.target = a.code"),
    ("SELECT rank() OVER (ORDER BY freight) FROM orders", "SELECT row_number() OVER (ORDER BY freight) FROM orders"),
    (
        "SELECT sum(freight) OVER (ORDER BY order_date) FROM orders",
        "SELECT sum(freight) OVER (PARTITION BY country ORDER BY order_date) FROM orders",
    ),
    ("SELECT lag(freight) OVER (ORDER BY order_date) FROM orders", "SELECT lead(freight) OVER (ORDER BY order_date) FROM orders"),
    ("SELECT country = 'A' FROM orders", "SELECT country = 'a' FROM orders"),
    ("SELECT 1 FROM orders WHERE country = '5'", "SELECT 1 FROM orders WHERE items = 5"),
    ("SELECT 1 FROM orders WHERE country = 'a and items is 5'", "SELECT 1 FROM orders WHERE country = 'a' AND items = 5"),
    (
        "SELECT 1 FROM orders WHERE order_date BETWEEN '2026-07-01' AND '2026-10-01'",
        "SELECT 1 FROM orders WHERE order_date >= '2026-07-01' AND order_date < '2026-10-01'",
    ),
    ("SELECT count(*) FROM orders, customers", "SELECT count(*) FROM orders, customers WHERE orders.customer_id = customers.customer_id"),
    ("SELECT (1 + items) * 2 FROM orders", "SELECT 1 + items * 2 FROM orders"),
    ("SELECT freight FROM orders ORDER BY freight NULLS FIRST LIMIT 1", "SELECT freight FROM orders ORDER BY freight NULLS LAST LIMIT 1"),
    ("SELECT * FROM orders USING SAMPLE 10 ROWS", "SELECT * FROM orders"),
]


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_pairs_that_differ_in_one_thing_read_differently(one, two):
    assert said(one) != said(two)


def test_no_filter_is_claimed_that_is_not_there():
    assert "where" not in said("SELECT country, count(*) FROM orders GROUP BY country ORDER BY 2 DESC LIMIT 3")


def test_what_has_no_words_is_shown_as_sql():
    assert "«" in said("SELECT list_transform([items], x -> x + 1) FROM orders")
    assert said("SELECT FROM WHERE") == "The SQL as written: SELECT FROM WHERE"
    assert said("DELETE FROM orders") == "The statement: DELETE FROM orders"
    assert said("show all") == "The SQL as written: show all"
    assert outline("show all", "duckdb") is None


def test_an_outline_tells_measures_from_names():
    found = outline("SELECT country, count(*) AS n FROM orders WHERE items > 5 GROUP BY 1 ORDER BY 2 DESC LIMIT 5", "duckdb", SHOP)
    assert [(v.text, v.aggregate, v.additive, v.counts, v.alias) for v in found.values] == [
        ("country", False, False, "", ""),
        ("count of orders", True, True, "orders", "n"),
    ]
    assert (found.only, found.order, found.descending, found.limited) == (" with items above 5", "count of orders", True, True)
    assert outline("SELECT * FROM orders", "duckdb") is None


def test_the_training_queries_are_all_restated_at_a_readable_length():
    bench = SHARED / "nl2sql/spider_train.jsonl"
    if not bench.exists():
        pytest.skip("the shared data are not beside this checkout")
    with bench.open(encoding="utf-8") as lines:
        texts = [restate(json.loads(line)["query"], "sqlite") for line in lines]
    assert all(5 < len(text) < 600 for text in texts)
    assert sum("«" in text or text.startswith("The SQL") for text in texts) <= 0.01 * len(texts)


def test_hostile_text_never_raises():
    attacks = SHARED / "security/attacks.jsonl"
    if not attacks.exists():
        pytest.skip("the shared data are not beside this checkout")
    with attacks.open(encoding="utf-8") as lines:
        for line in lines:
            item = json.loads(line)
            assert restate(item["payload"], item["dialect"] if item["dialect"] in {"duckdb", "sqlite", "postgres", "mysql"} else "duckdb")

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiser_jupyter.catalog import Column, Key, Table
from aiser_jupyter.query.complete import Known, complete, quoted


def table(name, schema="", /, **columns):
    return Table(name, tuple(Column(column, kind, kind) for column, kind in columns.items()), schema)


SHOP = Known(
    dialect="duckdb",
    tables=(
        table("orders", id="integer", customer_id="integer", day="date", total="number"),
        table("customers", id="integer", name="text", **{"Home Town": "text"}),
        table("items", order_id="integer", sku="text", day="date"),
        table("stock", "depot", sku="text", pieces="integer"),
    ),
    keys=(Key("orders", ("customer_id",), "customers", ("id",)), Key("items", ("order_id",), "orders", ("id",), declared=False)),
    frames={"prices": ("sku", "price")},
    values=("since", "top_n"),
    others={"web": (table("visits", visitor="text", day="date"),)},
    snippets=("large_orders",),
)


def at(text, known=SHOP):
    """The suggestions where the bar stands."""
    place = text.index("|")
    return complete(text.replace("|", "", 1), place, known)


def texts(text, known=SHOP, kind=None):
    return [item.text for item in at(text, known).items if kind is None or item.kind == kind]


@pytest.mark.parametrize(
    ("sql", "first"),
    [
        ("|", ["SELECT", "WITH", "EXPLAIN"]),
        ("sel|", ["select"]),
        ("select * from |", ["orders", "customers", "items", "depot.stock", "prices"]),
        ("select * from cust|", ["customers"]),
        ("select * from orders, |", ["orders", "customers"]),
        ("SELECT | FROM orders", ["id", "customer_id", "day", "total"]),
        ("select o.| from orders as o", ["id", "customer_id", "day", "total"]),
        ("select o.cu| from orders o join customers c on true", ["customer_id"]),
        ("select * from orders where |", ["id", "customer_id", "day", "total"]),
        ("select * from orders o where o.day > 1 and to|", ["total"]),
        ("from orders select |", ["id", "customer_id", "day", "total"]),
        ("select sum(| ) from orders", ["id", "customer_id", "day", "total"]),
        ("select * from depot.|", ["stock"]),
        ("select * from web.|", ["visits"]),
        ("select visits.| from web.visits", ["visitor", "day"]),
        ("select p.| from prices p", ["sku", "price"]),
        ('select "Ho| from customers', ['"Home Town"']),
        ("select ho| from customers", ['"Home Town"', "hour("]),
        ("select * from orders where total |", ["and", "or", "in"]),
        ("select * from orders |", ["where", "join", "left join"]),
        ("select * from orders o join customers c |", ["on", "using"]),
        ("select * from orders group |", ["by"]),
        ("select cast(day as da|) from orders", ["date"]),
        ("select day::ti|", ["timestamp", "time"]),
        ("select * from orders union select | from customers", ["id", "name"]),
        ("select 1; select | from customers", ["id", "name"]),
        ("insert into |", ["orders"]),
    ],
)
def test_what_can_stand_there_comes_first(sql, first):
    assert texts(sql)[: len(first)] == first


@pytest.mark.parametrize(
    ("sql", "condition"),
    [
        ("select * from orders o join customers c on |", "c.id = o.customer_id"),
        ("select * from customers c join orders o on |", "o.customer_id = c.id"),
        ("select * from customers c join orders o on | join items i on true", "o.customer_id = c.id"),
        ("select * from customers c join orders o on o.customer_id = c.id join items i on |", "i.order_id = o.id"),
        ("select * from orders join customers on |", "customers.id = orders.customer_id"),
        ("select * from items i join prices p on |", "p.sku = i.sku"),
    ],
)
def test_a_join_is_completed_from_the_keys(sql, condition):
    found = [item for item in at(sql).items if item.kind == "join"]
    assert found[0].text == condition


def test_after_join_the_tables_with_a_key_come_first():
    assert texts("select * from items join |")[0] == "orders"


def test_names_of_with_and_of_subqueries_are_known():
    assert texts("with big as (select id, total * 2 as twice, o.day from orders o) select | from big")[:3] == ["id", "twice", "day"]
    assert texts("with a as (select 1 as one), b as (select | from a) select * from b")[0] == "one"
    assert texts("with a as (select 1 as one) select * from |")[0] == "a"
    assert texts("with a(x, y) as (select 1, 2) select a.| from a") == ["x", "y"]
    assert texts("select q.| from (select day, count(*) as n from orders group by day) q") == ["day", "n"]
    assert texts("select q.| from (select * from orders join customers using (id)) q")[:4] == ["id", "customer_id", "day", "total"]
    assert "o.customer_id" in texts("select * from orders o where exists (select 1 from customers c where |)")


def test_a_column_of_two_tables_is_written_with_its_table():
    found = texts("select | from orders o join items i on true", kind="column")
    assert {"o.day", "i.day", "total", "sku"} <= set(found)
    assert "day" not in found


def test_parameters_are_completed_after_a_colon_alone():
    assert texts("select * from orders where day >= :|") == [":since", ":top_n"]
    assert texts("select * from orders where day >= :si|") == [":since"]
    assert texts("select day::|", kind="parameter") == []
    assert texts("select name[1:|] from customers", kind="parameter") == []


@pytest.mark.parametrize(
    "sql",
    [
        "select 'ab|",
        "select 1 -- no|",
        "select /* or| */ 1",
        "select day as |",
        "select * from orders limit |",
        "select 1.|",
        "select 'x|' from t",
    ],
)
def test_nothing_is_offered_within_texts_comments_and_new_names(sql):
    assert texts(sql) == []


def test_functions_are_those_of_the_dialect():
    assert "strptime(" in texts("select strp|")
    assert "strptime(" not in texts("select strp|", Known(dialect="sqlite"))
    assert "STRFTIME(" in texts("SELECT STRF|", Known(dialect="sqlite"))


def test_types_are_shown():
    kinds = {item.text: (item.kind, item.detail) for item in at("select | from orders").items}
    assert kinds["day"] == ("column", "date")
    assert kinds["orders"][0] == "table"


def test_no_value_of_a_table_is_ever_offered():
    # Nothing that is known here holds values; this pins that no such thing is added without thought.
    assert set(Known.__dataclass_fields__) == {"dialect", "tables", "keys", "frames", "values", "others", "snippets"}


@pytest.mark.parametrize(
    ("name", "dialect", "written"),
    [
        ("plain_1", "duckdb", "plain_1"),
        ("Home Town", "mysql", "`Home Town`"),
        ("order", "tsql", "[order]"),
        ("Total", "postgres", '"Total"'),
        ("total", "snowflake", '"total"'),
        ('a"b', "duckdb", '"a""b"'),
    ],
)
def test_names_are_quoted_where_they_must_be(name, dialect, written):
    assert quoted(name, dialect) == written


PIECES = [
    "select ",
    "from ",
    "orders ",
    "o",
    ".",
    "(",
    ")",
    ",",
    "'",
    '"',
    "with a as ",
    "join ",
    "on ",
    ":",
    "::",
    "[",
    "]",
    " ",
    "\n",
    "--",
    "/*",
    "$$",
    "where ",
    "1",
    "union ",
    "é",
]


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), max_size=25),
    st.integers(0, 60),
    st.sampled_from(["duckdb", "postgres", "mysql", "tsql", "sqlite", "bigquery"]),
)
def test_any_text_is_completed_without_an_error(pieces, place, dialect):
    sql = "".join(pieces)
    cursor = min(place, len(sql))
    known = Known(dialect, SHOP.tables, SHOP.keys, SHOP.frames, SHOP.values, SHOP.others)
    found = complete(sql, cursor, known)
    assert 0 <= found.start <= cursor
    assert len({item.text for item in found.items}) == len(found.items)


def test_five_hundred_tables_take_little_time(capsys):
    tables = tuple(table(f"table_{n}", **{f"column_{n}_{k}": "integer" for k in range(20)}) for n in range(500))
    known = Known(
        tables=tables, keys=tuple(Key(f"table_{n}", (f"column_{n}_1",), f"table_{n + 1}", (f"column_{n + 1}_0",)) for n in range(499))
    )
    sql = "select a.column_7_1, | from table_7 a join table_8 b on a.column_7_1 = b.column_8_0 where a.column_7_2 > :n"
    texts(sql, known)
    for text in (sql, "select col|", "select * from tab|", "select * from table_7 a join |"):
        time.process_time()
        assert texts(text, known)
        with capsys.disabled():
            pass

from __future__ import annotations

import random

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiser_jupyter.catalog import Column, Table
from aiser_jupyter.query import guard, run
from aiser_jupyter.query.lineage import lineage


def table(name, columns, schema=""):
    return Table(name, tuple(Column(column, "integer", "INTEGER") for column in columns.split()), schema)


SHOP = (table("orders", "id customer_id amount day"), table("customers", "id name region"), table("Odd Name", "Äpfel id"))


def told(sql, columns, dialect="duckdb", tables=SHOP):
    verdict = guard.check(sql, dialect)
    assert verdict.allowed, verdict.reason
    return {name: " ".join(leaves) for name, leaves in lineage(verdict.sql, dialect, tables, columns.split()).items()}


@pytest.mark.parametrize(
    ("sql", "columns", "found"),
    [
        ("SELECT amount FROM orders", "amount", {"amount": "orders.amount"}),
        ("SELECT Amount AS a, 1 AS one FROM Orders o", "a one", {"a": "orders.amount", "one": ""}),
        ("SELECT * FROM customers", "id name region", {"id": "customers.id", "name": "customers.name", "region": "customers.region"}),
        ("FROM customers", "id name region", {"id": "customers.id", "name": "customers.name", "region": "customers.region"}),
        ("SELECT sum(amount) * 2 / count(*) AS m FROM orders GROUP BY day", "m", {"m": "orders.amount"}),
        ("SELECT sum(amount) FROM orders", "sum(amount)", {"sum(amount)": "orders.amount"}),
        ("SELECT count(*) AS n FROM orders WHERE amount > 3", "n", {"n": ""}),
        (
            "SELECT c.name, o.amount + c.id AS x FROM orders o JOIN customers c ON c.id = o.customer_id",
            "name x",
            {"name": "customers.name", "x": "customers.id orders.amount"},
        ),
        ("WITH t AS (SELECT amount AS a, * FROM orders) SELECT t.a, t.day FROM t", "a day", {"a": "orders.amount", "day": "orders.day"}),
        ("WITH a AS (SELECT id AS x FROM orders), b AS (SELECT x AS y FROM a) SELECT y AS z FROM b", "z", {"z": "orders.id"}),
        ("SELECT id AS x FROM orders UNION ALL SELECT id FROM customers", "x", {"x": "customers.id orders.id"}),
        ("SELECT x.n FROM (SELECT name || region AS n FROM customers) AS x", "n", {"n": "customers.name customers.region"}),
        ("SELECT CASE WHEN amount > 1 THEN id END AS c FROM orders", "c", {"c": "orders.amount orders.id"}),
        ("SELECT row_number() OVER (PARTITION BY day ORDER BY amount) AS r FROM orders", "r", {"r": "orders.amount orders.day"}),
        ("SELECT (SELECT max(id) FROM customers) AS m, id FROM orders", "m id", {"m": "customers.id", "id": "orders.id"}),
        ("SELECT id, id FROM orders", "id id", {"id": "orders.id"}),
        ('SELECT "Äpfel" FROM "Odd Name"', "Äpfel", {"Äpfel": "Odd Name.Äpfel"}),
        ("SELECT amount FROM orders WHERE id IN (SELECT id FROM customers)", "amount", {"amount": "orders.amount"}),
    ],
)
def test_names_the_source_columns(sql, columns, found):
    assert told(sql, columns) == found


@pytest.mark.parametrize("dialect", ["sqlite", "postgres", "mysql", "tsql"])
def test_holds_in_every_dialect(dialect):
    sql = "WITH t AS (SELECT customer_id AS c, sum(amount) AS s FROM orders GROUP BY customer_id) SELECT name, s FROM t JOIN customers ON id = c"
    assert told(sql, "name s", dialect) == {"name": "customers.name", "s": "orders.amount"}


def test_tables_of_two_schemas_are_told_apart():
    tables = (table("orders", "id amount"), table("orders", "id price", "old"))
    assert told("SELECT o.amount, p.price FROM orders o JOIN old.orders p ON o.id = p.id", "amount price", "postgres", tables) == {
        "amount": "orders.amount",
        "price": "old.orders.price",
    }


def test_says_nothing_rather_than_something_wrong():
    assert told("SELECT * FROM unknown_table", "a b") == {}
    assert told("SELECT id FROM orders", "a b") == {}


def test_a_result_tells_its_lineage(context):
    result = run(context, "SELECT name, sum(amount) AS s FROM orders JOIN customers c ON c.id = customer_id GROUP BY ALL", on="duck")
    assert result.lineage == {"name": ("customers.name",), "s": ("orders.amount",)}


# Generated statements, whose lineage is known because they were made of it.


class Maker:
    """Statements and their columns: each column by name with the table columns behind it."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = (f"n{i}" for i in range(10_000))
        self.withs = []

    def relation(self, depth):
        """What may stand in FROM, and its columns."""
        if depth == 0 or self.random.random() < 0.25:
            chosen = self.random.choice(SHOP[:2])
            return chosen.name, {c.name: frozenset({f"{chosen.name}.{c.name}"}) for c in chosen.columns}
        sql, columns = self.query(depth - 1)
        if self.random.random() < 0.4:
            name = next(self.names)
            self.withs.append(f"{name} AS ({sql})")
            return name, columns
        return f"({sql})", columns

    def query(self, depth):
        kind = self.random.choice(["project", "project", "star", "join", "union", "group"])
        one, left = self.relation(depth)
        a = next(self.names)
        if kind == "star":
            extra = next(self.names)
            source = self.random.choice(list(left))
            return f"SELECT *, {source} AS {extra} FROM {one} AS {a}", {**left, extra: left[source]}
        if kind == "join":
            two, right = self.relation(depth)
            b = next(self.names)
            both = {f"{a}.{name}": leaves for name, leaves in left.items()} | {f"{b}.{name}": leaves for name, leaves in right.items()}
            items, columns = self.items(both)
            return f"SELECT {items} FROM {one} AS {a} LEFT JOIN {two} AS {b} ON {self.random.choice(list(both))} = 1", columns
        if kind == "union":
            two, right = self.relation(depth)
            count = min(len(left), len(right), 3)
            first, second = self.random.sample(list(left), count), self.random.sample(list(right), count)
            names = [next(self.names) for _ in range(count)]
            head = ", ".join(f"{name} AS {new}" for name, new in zip(first, names, strict=True))
            sql = f"SELECT {head} FROM {one} AS {a} UNION ALL SELECT {', '.join(second)} FROM {two} AS {next(self.names)}"
            return sql, {new: left[x] | right[y] for new, x, y in zip(names, first, second, strict=True)}
        if kind == "group":
            key, value = self.random.choice(list(left)), self.random.choice(list(left))
            k, s, n = (next(self.names) for _ in range(3))
            sql = f"SELECT {key} AS {k}, max({value}) AS {s}, count(*) AS {n} FROM {one} AS {a} GROUP BY {key}"
            return sql, {k: left[key], s: left[value], n: frozenset()}
        items, columns = self.items(left)
        return f"SELECT {items} FROM {one} AS {a} WHERE {self.random.choice(list(left))} IS NOT NULL", columns

    def items(self, columns):
        items, made = [], {}
        for _ in range(self.random.randint(1, 3)):
            x, y = self.random.choice(list(columns)), self.random.choice(list(columns))
            name = next(self.names)
            text, leaves = self.random.choice(
                [
                    (x, columns[x]),
                    (f"coalesce({x}, {y})", columns[x] | columns[y]),
                    (f"CASE WHEN {x} = 1 THEN {y} ELSE 0 END", columns[x] | columns[y]),
                    (f"max({x}) OVER (PARTITION BY {y})", columns[x] | columns[y]),
                    (f"CAST({x} AS VARCHAR) || '!'", columns[x]),
                    ("1", frozenset()),
                ]
            )
            items.append(f"{text} AS {name}")
            made[name] = leaves
        return ", ".join(items), made

    def statement(self, depth):
        sql, columns = self.query(depth)
        return (f"WITH {', '.join(self.withs)} {sql}" if self.withs else sql), columns


@given(st.integers(0, 2**32), st.integers(0, 3))
@settings(max_examples=150, deadline=None)
def test_generated_statements_are_traced_to_the_columns_they_were_made_of(seed, depth):
    sql, columns = Maker(seed).statement(depth)
    verdict = guard.check(sql, "duckdb")
    assert verdict.allowed, (verdict.reason, sql)
    found = lineage(verdict.sql, "duckdb", SHOP, list(columns))
    assert found == {name: tuple(sorted(leaves)) for name, leaves in columns.items()}, sql


def test_generated_statements_are_statements():
    with duckdb.connect() as connection:
        for one in SHOP[:2]:
            connection.execute(f"CREATE TABLE {one.name} ({', '.join(f'{c.name} INTEGER' for c in one.columns)})")
        names = [
            [item[0] for item in connection.execute(sql).description] == list(columns)
            for sql, columns in (Maker(seed).statement(seed % 4) for seed in range(60))
        ]
    assert all(names)


def test_a_table_without_columns_beside_it_does_no_harm():
    # PostgreSQL has such tables.
    tables = [Table("t", (Column("region", "text", "text"),)), Table("bare", ())]
    assert lineage('SELECT "region" FROM "t"', "postgres", tables, ["region"]) == {"region": ("t.region",)}

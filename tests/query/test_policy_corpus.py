"""Under each role a query gives what it gives on a copy of the data from which all that the role may not see was taken out: no row more, none less."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
from decimal import Decimal
from functools import cache
from pathlib import Path

import duckdb
import pytest
from servers import mariadb, postgres

from aiser_jupyter import Workspace
from aiser_jupyter.errors import AiserError

SALT = "a pinch of it"
CLAIMS = {"region": "N", "shops": ["2", "3", "5"]}
ROLES = ("north", "finance", "clerk", "boss")
CUSTOMERS = [(i, f"n{i}", f"s{i}", f"e{i}@x.org" if i % 4 else None, f"555-{i:04d}", "NSNW"[i % 4]) for i in range(1, 21)]
ORDERS = [(i, (i * 7) % 23, (i * 37) % 500) for i in range(1, 61)]
STAFF = [(i, "ab"[i % 2], i * 100) for i in range(1, 9)]
SECRETS = [(1, "crown jewels")]
ODD = [(i, f"x{i}", f"y{i}") for i in range(1, 7)]
POLICY = """
v = 1
salt = "env:MASK_SALT"

[roles.north]
members = ["north"]
[roles.north.tables.customers]
hide = ["ssn"]
rows = "region = :region"
mask = {{ email = {hash}, phone = {{ partial = 2 }} }}
[roles.north.tables.orders]
rows = "customer_id IN (SELECT id FROM customers WHERE region = :region)"
[roles.north.tables.staff]
columns = ["id", "dept"]
[roles.north.tables."odd \\"t's"]
rows = "id > 2"
hide = ['se;cret']
mask = {{ 'ö`d [d]' = {{ constant = "it's" }} }}

[roles.finance]
members = ["group:finance"]
default = "allow"
deny = ["secrets"]
[roles.finance.tables.customers]
hide = ["email"]
mask = {{ name = {{ generalise = 1 }}, ssn = {{ constant = "-" }} }}
[roles.finance.tables.orders]
mask = {{ total = {{ bucket = 50 }} }}

[roles.clerk]
members = ["claim:desk=front"]
[roles.clerk.tables.customers]
columns = ["id", "name", "region"]
rows = "CAST(id AS {text}) IN (:shops) AND :user <> ''"
[roles.clerk.tables.orders]
mask = {{ total = "null" }}

[roles.boss]
members = ["boss"]
default = "allow"
"""
WHO = {
    "north": {"AISER_USER": "north"},
    "finance": {"AISER_USER": "fay", "AISER_GROUPS": "staff, finance"},
    "clerk": {"AISER_USER": "carl", "AISER_CLAIMS": json.dumps({**CLAIMS, "desk": "front"})},
    "boss": {"AISER_USER": "boss"},
}
TYPES = {
    "customers": "id INTEGER PRIMARY KEY, name VARCHAR, ssn VARCHAR, email VARCHAR, phone VARCHAR, region VARCHAR",
    "orders": "id INTEGER PRIMARY KEY, customer_id INTEGER, total INTEGER",
    "staff": "id INTEGER PRIMARY KEY, dept VARCHAR, salary INTEGER",
    "secrets": "id INTEGER PRIMARY KEY, label VARCHAR",
}
TYPES = {name: dict(part.split(" ", 1) for part in told.split(", ")) for name, told in TYPES.items()}
# What a policy makes impossible though a copy would give it, and why that is right.
NEEDLESS = {
    "rowid": "the row numbers of the table itself would tell of rows between",
    "SELECT oid": "the same, by SQLite's other name for it",
    "ctid": "where a row lies tells of rows between",
    "xmin": "which statement wrote a row tells of rows that were written with it",
    "tableoid": "names the table itself, of which what is seen is a query",
    "customers AS (SELECT 2 AS id": "a WITH of that name would answer in the place of the table by which orders are shown",
    'tomers" AS (SELECT 1': "a WITH that some engine could take for the table",
    "pg_typeof(NULL": "the type of a whole row names the columns that are not seen",
    "ON region USING": "where rows are shown by who asks, DuckDB takes no parameters; the values of the column have to be named",
}
# What a governed connection understands and the engine does not: a table's name in another case. It shows what the role sees, and no more.
KINDER = {("mysql", "SELECT ID, NAME FROM CUSTOMERS")}
# Names that no statement may have unquoted: of a table, and of its columns.
ODD_NAME, ODD_COLUMNS = "odd \"t's", ("id", "se;cret", "ö`d [d]")
TYPES |= {ODD_NAME: dict.fromkeys(ODD_COLUMNS, "VARCHAR") | {"id": "INTEGER PRIMARY KEY"}}
COLUMNS = {name: list(kinds) for name, kinds in TYPES.items()}


def quoted(name, engine):
    mark = "`" if engine == "mysql" else '"'
    return mark + name.replace(mark, mark * 2) + mark


def digest(text):
    return None if text is None else hashlib.sha256((SALT + text).encode()).hexdigest()


def tail(text):
    return None if text is None else "***" + text[-2:] if len(text) >= 4 else "***"


def seen_by(role, *, hashed):
    """The tables as the role sees them, each as (columns, rows), worked out in Python."""
    whole = {"customers": CUSTOMERS, "orders": ORDERS, "staff": STAFF, "secrets": SECRETS, ODD_NAME: ODD}
    columns = COLUMNS
    if role == "boss":
        return {name: (columns[name], rows) for name, rows in whole.items()}
    if role == "north":
        ours = [row for row in CUSTOMERS if row[5] == "N"]
        ids = {row[0] for row in ours}
        return {
            "customers": (
                ["id", "name", "email", "phone", "region"],
                [(i, n, digest(e) if hashed else None, tail(p), r) for i, n, _, e, p, r in ours],
            ),
            "orders": (columns["orders"], [row for row in ORDERS if row[1] in ids]),
            "staff": (["id", "dept"], [row[:2] for row in STAFF]),
            ODD_NAME: (["id", ODD_COLUMNS[2]], [(i, "it's") for i, _, _ in ODD if i > 2]),
        }
    if role == "finance":
        return {
            "customers": (
                ["id", "name", "ssn", "phone", "region"],
                [(i, n[0] + "***" if len(n) >= 2 else "***", "-", p, r) for i, n, _, _, p, r in CUSTOMERS],
            ),
            "orders": (columns["orders"], [(i, c, math.floor(t / 50) * 50) for i, c, t in ORDERS]),
            "staff": (columns["staff"], STAFF),
            ODD_NAME: (columns[ODD_NAME], ODD),
        }
    return {
        "customers": (["id", "name", "region"], [(row[0], row[1], row[5]) for row in CUSTOMERS if str(row[0]) in CLAIMS["shops"]]),
        "orders": (columns["orders"], [(i, c, None) for i, c, _ in ORDERS]),
    }


def literal(value):
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return "NULL" if value is None else str(value)


def script(tables, engine, *, view):
    """The statements that make these tables, and the views that show all customers, by way of one another, where the role has them."""
    made = []
    for name, (columns, rows) in tables.items():
        kinds = {column: kind.replace("VARCHAR", "VARCHAR(70)") for column, kind in TYPES[name].items()}
        table = quoted(name, engine)
        made.append(f"CREATE TABLE {table} ({', '.join(f'{quoted(column, engine)} {kinds[column]}' for column in columns)})")
        made.append(f"INSERT INTO {table} VALUES {', '.join('(' + ', '.join(map(literal, row)) + ')' for row in rows)}")
    views = ["CREATE VIEW everyone AS SELECT * FROM customers", "CREATE VIEW nested AS SELECT * FROM everyone"]
    return [*made, *(views if view else [])]


def queries(engine):
    """The queries of the corpus for an engine: those of every engine, and its own."""
    found, part = [], ""
    for line in (Path(__file__).parent / "policy_corpus.sql").read_text(encoding="utf-8").splitlines():
        if line.startswith("-- "):
            part = line[3:].partition(":")[0]
        elif part in ("common", engine):
            found.append(line)
    return found


@cache
def server():
    if reason := postgres.missing():
        pytest.skip(reason)
    return postgres.Postgres()


@cache
def maria():
    if reason := mariadb.missing():
        pytest.skip(reason)
    return mariadb.MariaDB()


@pytest.fixture(scope="module", autouse=True)
def stopped():
    yield
    for made in (server, maria):
        if made.cache_info().currsize:
            made().stop()
            made().remove()
            made.cache_clear()


def fill(engine, folder, name, statements):
    """A database of ``engine`` with the statements run; its address."""
    if engine == "duckdb":
        with duckdb.connect(str(folder / f"{name}.duckdb")) as connection:
            for statement in statements:
                connection.execute(statement)
        return folder / f"{name}.duckdb"
    if engine == "sqlite":
        connection = sqlite3.connect(folder / f"{name}.sqlite")
        connection.executescript(";".join(statements))
        connection.close()
        return folder / f"{name}.sqlite"
    if engine == "mysql":
        maria().execute(f"CREATE DATABASE {name}")
        maria().execute(";\n".join(statements) + ";", name)
        return f"{maria().url.removesuffix('/test')}/{name}"
    server().execute(f"CREATE DATABASE {name}")
    server().execute(f"\\c {name}\n" + ";\n".join(statements) + ";")
    return server().url.replace("/postgres", f"/{name}")


def outcome(ws, sql):
    """The rows in no order, numbers of one kind, or the name of the error."""
    try:
        rows = ws.sql(sql, on="shop").rows(10_000)
    except AiserError as error:
        return type(error).__name__, error
    return sorted(repr([plain(value) for value in row.values()]) for row in rows), None


def plain(value):
    """A value with numbers of one kind."""
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    return float(value) if isinstance(value, int | float | Decimal) else value


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("engine", ["duckdb", "sqlite", "postgres", "mysql"])
def test_a_role_sees_what_a_copy_without_the_rest_would_show(engine, role, tmp_path, monkeypatch):
    hashed = engine != "sqlite"  # which has no function for it
    for name, value in {"MASK_SALT": SALT, "AISER_CLAIMS": json.dumps(CLAIMS), **WHO[role]}.items():
        monkeypatch.setenv(name, value)
    everything = seen_by("boss", hashed=hashed)
    (tmp_path / "policed" / ".aiser").mkdir(parents=True)
    (tmp_path / "policed" / ".aiser" / "policy.toml").write_text(
        POLICY.format(hash='"hash"' if hashed else '"null"', text="CHAR" if engine == "mysql" else "VARCHAR"), encoding="utf-8"
    )
    (tmp_path / "copied").mkdir()
    policed, copied = Workspace(tmp_path / "policed"), Workspace(tmp_path / "copied")
    policed.connect(fill(engine, tmp_path, f"whole_{role}", script(everything, engine, view=True)), "shop")
    copied.connect(fill(engine, tmp_path, f"copy_{role}", script(seen_by(role, hashed=hashed), engine, view=role == "boss")), "shop")
    leaks, wrong, needless = [], [], []
    for sql in queries(engine):
        (got, why), (wanted, _) = outcome(policed, sql), outcome(copied, sql)
        if isinstance(got, str):
            if not isinstance(wanted, str) and not any(known in sql for known in NEEDLESS):
                needless.append((sql, str(why)))
        elif isinstance(wanted, str) and (engine, sql) not in KINDER:
            leaks.append((sql, wanted, got[:3]))
        elif not isinstance(wanted, str) and got != wanted:
            wrong.append((sql, got[:3], wanted[:3]))
    policed.close()
    copied.close()
    assert (leaks, wrong, needless) == ([], [], [])

"""Under each role a query gives what it gives on a copy of the data from which all that the role may not see was taken out: no row more, none less."""

from __future__ import annotations

import hashlib
import json
import math
import sqlite3
from functools import cache
from pathlib import Path

import duckdb
import pytest
from servers import postgres

from aiser_jupyter import Workspace
from aiser_jupyter.errors import AiserError

SALT = "a pinch of it"
CLAIMS = {"region": "N", "shops": ["2", "3", "5"]}
ROLES = ("north", "finance", "clerk", "boss")
CUSTOMERS = [(i, f"n{i}", f"s{i}", f"e{i}@x.org" if i % 4 else None, f"555-{i:04d}", "NSNW"[i % 4]) for i in range(1, 21)]
ORDERS = [(i, (i * 7) % 23, (i * 37) % 500) for i in range(1, 61)]
STAFF = [(i, "ab"[i % 2], i * 100) for i in range(1, 9)]
SECRETS = [(1, "crown jewels")]
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
rows = "CAST(id AS VARCHAR) IN (:shops) AND :user <> ''"
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
TYPES = {"customers": "id INTEGER PRIMARY KEY, name VARCHAR, ssn VARCHAR, email VARCHAR, phone VARCHAR, region VARCHAR", "orders": "id INTEGER PRIMARY KEY, customer_id INTEGER, total INTEGER", "staff": "id INTEGER PRIMARY KEY, dept VARCHAR, salary INTEGER", "secrets": "id INTEGER PRIMARY KEY, label VARCHAR"}  # fmt: skip
# What a policy makes impossible though a copy would give it, and why that is right.
NEEDLESS = {
    "rowid": "the row numbers of the table itself would tell of rows between",
    "SELECT id FROM customers USING SAMPLE": "",
}


def digest(text):
    return None if text is None else hashlib.sha256((SALT + text).encode()).hexdigest()


def tail(text):
    return None if text is None else "***" + text[-2:] if len(text) >= 4 else "***"


def seen_by(role, *, hashed):
    """The tables as the role sees them, each as (columns, rows), worked out in Python."""
    whole = {"customers": CUSTOMERS, "orders": ORDERS, "staff": STAFF, "secrets": SECRETS}
    columns = {name: [part.split()[0] for part in TYPES[name].split(", ")] for name in whole}
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
        }
    if role == "finance":
        return {
            "customers": (
                ["id", "name", "ssn", "phone", "region"],
                [(i, n[0] + "***" if len(n) >= 2 else "***", "-", p, r) for i, n, _, _, p, r in CUSTOMERS],
            ),
            "orders": (columns["orders"], [(i, c, math.floor(t / 50) * 50) for i, c, t in ORDERS]),
            "staff": (columns["staff"], STAFF),
        }
    return {
        "customers": (["id", "name", "region"], [(row[0], row[1], row[5]) for row in CUSTOMERS if str(row[0]) in CLAIMS["shops"]]),
        "orders": (columns["orders"], [(i, c, None) for i, c, _ in ORDERS]),
    }


def script(tables, *, view):
    """The statements that make these tables, and the view that shows all customers where the role has it."""
    made = []
    for name, (columns, rows) in tables.items():
        kinds = dict(part.split(" ", 1) for part in TYPES[name].split(", "))
        made.append(f"CREATE TABLE {name} ({', '.join(f'{column} {kinds[column]}' for column in columns)})")
        values = ", ".join(
            "(" + ", ".join("NULL" if v is None else str(v) if isinstance(v, int) else f"'{v}'" for v in row) + ")" for row in rows
        )
        made.append(f"INSERT INTO {name} VALUES {values}")
    return [*made, *(["CREATE VIEW everyone AS SELECT * FROM customers"] if view else [])]


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


@pytest.fixture(scope="module", autouse=True)
def stopped():
    yield
    if server.cache_info().currsize:
        server().stop()
        server().remove()
        server.cache_clear()


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
    server().execute(f"CREATE DATABASE {name}")
    server().execute(f"\\c {name}\n" + ";\n".join(statements) + ";")
    return server().url.replace("/postgres", f"/{name}")


def outcome(ws, sql):
    """The rows in no order, numbers of one kind, or the name of the error."""
    try:
        rows = ws.sql(sql, on="shop").rows(10_000)
    except AiserError as error:
        return type(error).__name__, error
    return sorted(
        repr([float(v) if isinstance(v, int | float) or type(v).__name__ == "Decimal" else v for v in row.values()]) for row in rows
    ), None


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("engine", ["duckdb", "sqlite", "postgres"])
def test_a_role_sees_what_a_copy_without_the_rest_would_show(engine, role, tmp_path, monkeypatch):
    hashed = engine != "sqlite"  # which has no function for it
    for name, value in {"MASK_SALT": SALT, "AISER_CLAIMS": json.dumps(CLAIMS), **WHO[role]}.items():
        monkeypatch.setenv(name, value)
    everything = {name: ([part.split()[0] for part in TYPES[name].split(", ")], rows) for name, rows in (("customers", CUSTOMERS), ("orders", ORDERS), ("staff", STAFF), ("secrets", SECRETS))}  # fmt: skip
    (tmp_path / "policed" / ".aiser").mkdir(parents=True)
    (tmp_path / "policed" / ".aiser" / "policy.toml").write_text(POLICY.format(hash='"hash"' if hashed else '"null"'), encoding="utf-8")
    (tmp_path / "copied").mkdir()
    policed, copied = Workspace(tmp_path / "policed"), Workspace(tmp_path / "copied")
    policed.connect(fill(engine, tmp_path, f"whole_{role}", script(everything, view=True)), "shop")
    copied.connect(fill(engine, tmp_path, f"copy_{role}", script(seen_by(role, hashed=hashed), view=role == "boss")), "shop")
    leaks, wrong, needless = [], [], []
    for sql in queries(engine):
        (got, why), (wanted, _) = outcome(policed, sql), outcome(copied, sql)
        if isinstance(got, str):
            if not isinstance(wanted, str) and not any(sql.startswith(known) or known in sql for known in NEEDLESS):
                needless.append((sql, str(why)))
        elif isinstance(wanted, str):
            leaks.append((sql, wanted, got[:3]))
        elif got != wanted:
            wrong.append((sql, got[:3], wanted[:3]))
    policed.close()
    copied.close()
    assert (leaks, wrong, needless) == ([], [], [])

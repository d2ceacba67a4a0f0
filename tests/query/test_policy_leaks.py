"""Ways around a policy that were once open: no row, value, salt or name that the role may not see comes of them, on real engines."""

from __future__ import annotations

import sqlite3

import duckdb
import pytest
from servers import mariadb, postgres

from aiser_jupyter import Workspace
from aiser_jupyter.errors import AiserError, RefusedError

SALT = "pepper-canary-9911"
POLICY = """
v = 1
salt = "env:MASK_SALT"
[roles.north]
members = ["north"]
write = true
[roles.north.tables.customers]
hide = ["ssn"]
rows = "region = 'N'"
mask = { email = MASK }
[roles.north.tables.orders]
rows = "customer_id IN (SELECT id FROM customers WHERE region = 'N')"
[roles.north.tables.notes]
[roles.north.tables.staff]
aggregate = { columns = ["salary", "bonus"], at_least = 5, of = "id" }
"""
MADE = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(40), ssn VARCHAR(40), email VARCHAR(40), region VARCHAR(10));
INSERT INTO customers VALUES (1, 'n1', 'ssn-canary1', 'em-canary1', 'N'), (2, 'name-canary2', 'ssn-canary2', 'em-canary2', 'S'),
    (3, 'n3', 'ssn-canary3', 'em-canary3', 'N'), (4, 'name-canary4', 'ssn-canary4', 'em-canary4', 'S');
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, total INTEGER);
INSERT INTO orders VALUES (1, 1, 10), (2, 2, 777777), (3, 3, 30), (4, 4, 888888);
CREATE TABLE staff (id INTEGER PRIMARY KEY, dept VARCHAR(10), salary INTEGER, bonus INTEGER);
INSERT INTO staff VALUES (1, 'a', 100, NULL), (2, 'a', 200, NULL), (3, 'a', 300, NULL), (4, 'a', 400, NULL), (5, 'a', 99999, 31337),
    (6, 'b', 600, NULL), (7, 'b', 700, NULL);
CREATE TABLE secrets (id INTEGER PRIMARY KEY, label VARCHAR(40));
INSERT INTO secrets VALUES (1, 'label-canary');
CREATE TABLE notes (id INTEGER PRIMARY KEY, text VARCHAR(40));
INSERT INTO notes VALUES (1, 'a note');
"""
CANARIES = ("canary", "777777", "888888", "99999", "31337", "label")
# A WITH that has the name, or nearly the name, of a table.
NAMED = [
    "WITH customers AS (SELECT 2 AS id, 'N' AS region UNION ALL SELECT 4, 'N') SELECT * FROM orders",
    "WITH o AS (SELECT * FROM orders), customers AS (SELECT 2 AS id, 'N' AS region) SELECT * FROM o",
    "WITH RECURSIVE o AS (SELECT * FROM orders), customers AS (SELECT 2 AS id, 'N' AS region) SELECT * FROM o",
    "SELECT * FROM (WITH customers AS (SELECT 2 AS id, 'N' AS region) SELECT * FROM orders) x",
    "WITH Customers AS (SELECT 2 AS id, 'N' AS region) SELECT * FROM orders",
    'WITH "cu\u017ftomers" AS (SELECT 1 AS x) SELECT * FROM customers',
    'WITH "\u017fecrets" AS (SELECT 1 AS x) SELECT * FROM secrets',
    'WITH "Customers" AS (SELECT 1 AS x) SELECT * FROM customers',
    'WITH "SECRETS" AS (SELECT 1 AS x) SELECT * FROM secrets',
    'WITH secrets AS (SELECT 1 AS x) SELECT * FROM "Secrets"',
    # A recursive one sees its own name in the last part of its UNION alone.
    "WITH RECURSIVE customers AS (SELECT * FROM customers) SELECT * FROM customers",
    "WITH RECURSIVE secrets AS (SELECT * FROM secrets) SELECT * FROM secrets",
    "WITH RECURSIVE secrets AS (SELECT * FROM secrets UNION ALL SELECT id + 1, label FROM secrets WHERE id < 3) SELECT * FROM secrets",
    "WITH RECURSIVE secrets AS (SELECT 0 AS id, 'x' AS label EXCEPT SELECT * FROM secrets) SELECT * FROM secrets",
    "WITH RECURSIVE secrets AS (SELECT * FROM secrets EXCEPT SELECT 0 AS id, 'x' AS label) SELECT * FROM secrets",
    "WITH RECURSIVE secrets AS (SELECT 0 AS id UNION ALL BY NAME SELECT * FROM secrets) SELECT * FROM secrets",
    "WITH RECURSIVE secrets AS MATERIALIZED (SELECT * FROM secrets) SELECT * FROM secrets",
]
# What a plan tells: the salt that is bound, and how many and how great the values are of rows that are not seen.
PLANS = [
    "EXPLAIN SELECT email FROM customers WHERE email = 'x'",
    "EXPLAIN (VERBOSE) SELECT email FROM customers WHERE email = 'x'",
    "EXPLAIN FORMAT=JSON SELECT email FROM customers WHERE email = 'x'",
    "EXPLAIN (FORMAT JSON) SELECT email FROM customers WHERE email = 'x'",
    "EXPLAIN QUERY PLAN SELECT email FROM customers WHERE email = 'x'",
    "EXPLAIN SELECT * FROM orders WHERE total > 5",
]
# Single values by way of aggregates.
TOTALS = [
    "SELECT sum(salary / 50000) AS n FROM staff",
    "SELECT sum(salary * salary * salary) AS n FROM staff",
    "SELECT count(salary / (salary - 300)) AS n FROM staff",
    "SELECT sum(salary + 1e19 - 1e19) AS n FROM staff",
    "SELECT avg(salary) AS a, max(#3) AS n FROM staff s",
    "SELECT avg(s.salary) AS n FROM staff s WHERE (s.*)::text LIKE '%99%'",
    "SELECT dept, avg(salary) AS n FROM staff s GROUP BY dept HAVING max(row_to_json(s.*)::text) LIKE '%99%'",
    "SELECT avg(a.salary) AS n FROM staff a NATURAL JOIN staff b WHERE a.id = b.id",
]
WRITES = [
    "UPDATE customers SET name = ssn WHERE id = 1",
    "UPDATE customers SET name = name RETURNING *",
    "DELETE FROM orders WHERE id = 2 RETURNING *",
    "INSERT INTO customers (id, region) VALUES (2, 'N') ON CONFLICT (id) DO UPDATE SET name = customers.ssn RETURNING *",
    "DELETE FROM customers WHERE ssn = 'ssn-canary2'",
]
TYPES = [
    "SELECT (NULL::secrets).*",
    "SELECT * FROM json_populate_record(NULL::secrets, '{}')",
    "SELECT '{}'::secrets[]",
    "SELECT CAST(NULL AS customers)",
]
# A cast that fails on a value that the role does not see; a cheap test is done before a dear one.
CASTS = [
    "SELECT CAST(total || 'x' AS INTEGER) AS n FROM orders",
    "SELECT id FROM orders WHERE CAST(total || 'x' AS INTEGER) > 0",
    "SELECT id FROM customers WHERE CAST(name AS INTEGER) > 0",
    "SELECT CAST(email AS DATE) AS d FROM customers",
]


@pytest.fixture(scope="module", params=["duckdb", "sqlite", "postgres", "mysql"])
def governed(request, tmp_path_factory):
    """A workspace whose user has the role, and the engine; it may write."""
    folder, engine, server = tmp_path_factory.mktemp(request.param), request.param, None
    if engine == "duckdb":
        target = folder / "shop.duckdb"
        duckdb.connect(str(target)).execute(MADE).close()
    elif engine == "sqlite":
        target = folder / "shop.sqlite"
        with sqlite3.connect(target) as made:
            made.executescript(MADE)
        made.close()
    elif engine == "postgres":
        if reason := postgres.missing():
            pytest.skip(reason)
        server = postgres.Postgres()
        server.execute(f"CREATE DATABASE shop\\g\n\\c shop\n{MADE}")
        target = server.url.replace("/postgres", "/shop")
    else:
        if reason := mariadb.missing():
            pytest.skip(reason)
        server = mariadb.MariaDB()
        server.execute(MADE, "test")
        target = server.url
    (folder / ".aiser").mkdir()
    mask = '"null"' if engine == "sqlite" else '"hash"'
    (folder / ".aiser" / "policy.toml").write_text(POLICY.replace("= MASK", f"= {mask}"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MASK_SALT", SALT)
        patch.setenv("AISER_USER", "north")
        ws = Workspace(folder)
        ws.connect(target, "shop", write=True)
        yield ws, engine
        ws.close()
        if server is not None:
            server.stop()
            server.remove()


def told(ws, sql, **more):
    """All that comes of a statement: its rows, or the words of its error."""
    try:
        return repr(ws.sql(sql, on="shop", **more).rows())
    except AiserError as error:
        return str(error)


def leaks(ws, statements, **more):
    """The statements of which something comes that was not in them."""
    found = {}
    for sql in statements:
        text = told(ws, sql, **more)
        if shown := [canary for canary in CANARIES if canary in text.replace(sql, "")]:
            found[sql] = shown
    return found


@pytest.mark.parametrize("statements", [NAMED, PLANS, TOTALS, TYPES, CASTS], ids=["with", "plan", "total", "type", "cast"])
def test_nothing_comes_of_them(governed, statements):
    assert leaks(governed[0], statements) == {}


def test_a_with_of_another_name_says_the_same_as_ever(governed):
    ws, engine = governed
    assert ws.sql(
        "WITH c AS (SELECT id, region FROM customers) SELECT c.id FROM c JOIN orders o ON o.customer_id = c.id ORDER BY 1", on="shop"
    ).rows() == [
        {"id": 1},
        {"id": 3},
    ]
    if engine != "sqlite":  # where that is a circle
        assert ws.sql("WITH customers AS (SELECT id FROM customers WHERE id > 1) SELECT id FROM customers", on="shop").rows() == [{"id": 3}]
        counted = "WITH RECURSIVE n AS (SELECT 1 AS id UNION ALL SELECT id + 1 FROM n WHERE id < 3) SELECT customers.id FROM n JOIN customers ON customers.id = n.id ORDER BY 1"
        assert ws.sql(counted, on="shop").rows() == [{"id": 1}, {"id": 3}]


def test_a_plan_is_given_of_what_is_seen_whole(governed):
    ws, engine = governed
    assert ws.sql("EXPLAIN SELECT * FROM notes" if engine != "sqlite" else "EXPLAIN QUERY PLAN SELECT * FROM notes", on="shop").rows()
    with pytest.raises(RefusedError, match="of customers you see a part"):
        ws.sql("EXPLAIN SELECT id FROM customers", on="shop").rows()


def test_totals_of_the_bare_column_are_given(governed):
    ws, _ = governed
    (row,) = ws.sql("SELECT 2 * sum(salary) AS n, count(salary) AS c FROM staff", on="shop").rows()
    assert (int(row["n"]), row["c"]) == (2 * 102299, 7)
    assert [row["dept"] for row in ws.sql("SELECT dept, avg(salary) AS a FROM staff GROUP BY dept", on="shop").rows()] == ["a"]


def test_rows_without_a_value_make_no_group_large(governed):
    ws, _ = governed
    for sql in (
        "SELECT sum(bonus) AS n FROM staff",
        "SELECT dept, avg(bonus) AS n FROM staff GROUP BY dept",
        "SELECT avg(salary) AS s, max(id) AS i, sum(bonus) AS n FROM staff",
    ):
        assert ws.sql(sql, on="shop").rows() == []


def test_what_is_seen_in_part_is_not_written_to(governed):
    ws, _ = governed
    assert leaks(ws, WRITES, write=True) == {}
    for sql in ("UPDATE customers SET name = ssn WHERE id = 1", "DELETE FROM customers WHERE ssn = 'ssn-canary2'"):
        with pytest.raises(RefusedError, match="would reach the rest"):
            ws.sql(sql, on="shop", write=True).rows()
    ws.sql("INSERT INTO notes VALUES (2, 'another')", on="shop", write=True).rows()
    assert ws.sql("SELECT count(*) AS n FROM notes", on="shop").rows() == [{"n": 2}]
    assert ws.sql("SELECT name FROM customers ORDER BY id", on="shop").rows() == [{"name": "n1"}, {"name": "n3"}]


def test_an_engine_s_words_are_kept_back_and_a_slip_is_still_named(governed):
    ws, engine = governed
    if engine in ("duckdb", "postgres"):  # the others make a number of any text
        text = told(ws, CASTS[1])
        assert "The engine did not accept the statement" in text
    assert "There is no column 'nme'" in told(ws, "SELECT nme FROM customers")


def test_nothing_of_it_is_on_disk(governed):
    ws, _ = governed
    for statements in (NAMED, PLANS, TOTALS, TYPES, CASTS):
        leaks(ws, statements)
    ws.context.state.close()
    kept = b"".join(path.read_bytes() for path in (ws.root / ".aiser").rglob("*") if path.is_file() and path.name != "policy.toml")
    for canary in (b"name-canary2", b"em-canary1", b"777777", SALT.encode()):
        assert canary not in kept

"""A governed connection shows a role its own part of the data, whoever asks and by whichever way."""

from dataclasses import replace

import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.errors import AiserError, QueryError, RefusedError, UnknownNameError
from aiser_jupyter.identity import Identity
from aiser_jupyter.policy import Aggregated, Mask, Policy, Role, TableRule
from aiser_jupyter.query import listing, run
from aiser_jupyter.query.governed import GovernedSource, own, under
from aiser_jupyter.query.profile import profile
from aiser_jupyter.sources.source import Progress, Reusable, Versioned

CANARY = "canary-7f3a"
READER = Role(
    "reader", frozenset({"*"}),
    tables=(
        ("customers", TableRule(hide=frozenset({"ssn"}), rows="region = 'N'", masks=(("email", Mask("null")),))),
        ("orders", TableRule(rows="customer_id IN (SELECT id FROM customers WHERE region = 'N')")),
        ("staff", TableRule(aggregated=Aggregated(frozenset({"salary"}), 3, "id"))),
    ),
)  # fmt: skip
ROWS = f"""
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR, ssn VARCHAR, email VARCHAR, region VARCHAR);
INSERT INTO customers SELECT i, 'n' || i, '{CANARY}', '{CANARY}@x.org', CASE WHEN i % 2 = 0 THEN 'N' ELSE '{CANARY}' END FROM range(1, 11) t(i);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), total INTEGER);
INSERT INTO orders SELECT i, 1 + i % 10, i * 10 FROM range(1, 41) t(i);
CREATE TABLE staff (id INTEGER PRIMARY KEY, dept VARCHAR, salary INTEGER);
INSERT INTO staff SELECT i, CASE WHEN i < 3 THEN 'a' ELSE 'b' END, 917000 + i FROM range(1, 9) t(i);
CREATE TABLE vault (code VARCHAR);
INSERT INTO vault VALUES ('{CANARY}');
"""


@pytest.fixture
def shop(tmp_path):
    import duckdb

    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute(ROWS)
    ws = Workspace(tmp_path)
    ws.connect(tmp_path / "shop.duckdb", "shop")
    yield under(ws.context, Policy((READER,)), Identity("ada"))
    ws.close()


def test_only_what_the_role_sees_is_listed(shop):
    source = shop.sources.get("shop")
    assert {table.name: [column.name for column in table.columns] for table in listing.tables(source)} == {
        "customers": ["id", "name", "email", "region"],
        "orders": ["id", "customer_id", "total"],
        "staff": ["id", "dept", "salary"],
    }
    assert listing.find(source, "vault") is None
    assert {key.table for key in source.keys()} == {"orders"}  # noqa: SIM118  # a source is no dictionary
    assert set(source.sizes()) <= {"staff"}


def test_it_can_do_all_that_the_connection_can(shop):
    source = shop.sources.get("shop")
    assert isinstance(source, GovernedSource)
    assert isinstance(own(source), Versioned) == isinstance(source, Versioned)
    cursor, plain = source.cursor(), own(source).cursor()
    assert (isinstance(cursor, Reusable), isinstance(cursor, Progress)) == (isinstance(plain, Reusable), isinstance(plain, Progress))
    cursor.close()
    plain.close()
    assert shop.sources.get("shop") is source


def test_a_profile_knows_nothing_of_the_rest(shop):
    catalog = profile(shop, "shop")
    assert CANARY not in repr(catalog)
    assert "917" not in repr(catalog)
    customers = catalog.table("customers")
    assert customers.row_count == 5
    assert customers.column("email").statistics.nulls == 5


def test_a_statement_over_two_connections_is_governed_too(shop, tmp_path):
    import sqlite3

    sqlite3.connect(tmp_path / "desk.db").executescript(
        "CREATE TABLE goals (customer_id INTEGER, goal INTEGER); INSERT INTO goals VALUES (1, 5), (2, 6);"
    ).close()
    from aiser_jupyter.sources.sqlite import SQLiteSource

    shop.sources.add(SQLiteSource("desk", tmp_path / "desk.db"))
    policy = replace(shop.policy, connections=frozenset({"shop"}))
    both = under(shop, policy, shop.identity)
    result = run(both, "SELECT c.id, c.email, g.goal FROM shop.customers c JOIN desk.goals g ON g.customer_id = c.id")
    assert (result.rows(), result.route["engine"]) == ([{"id": 2, "email": None, "goal": 6}], "federated")
    with pytest.raises(UnknownNameError):
        run(both, "SELECT * FROM shop.vault v JOIN desk.goals g ON true").rows()


def test_a_worker_process_is_governed_too(shop):
    assert run(shop, "SELECT count(*) AS n FROM customers", on="shop", origin="model").rows() == [{"n": 5}]
    apart = replace(shop, settings=shop.settings.model_copy(update={"worker": "always", "cache": False}))
    assert run(apart, "SELECT sum(total) AS t FROM orders", on="shop").rows() == [
        {"t": sum(i * 10 for i in range(1, 41) if (1 + i % 10) % 2 == 0)}
    ]


def test_frames_can_be_joined_with_what_is_seen(shop):
    import pandas as pd

    frame = pd.DataFrame({"id": [1, 2]})
    rows = run(shop, "SELECT c.id, c.name FROM df JOIN customers c ON c.id = df.id", on="shop", frames={"df": frame}).rows()
    assert rows == [{"id": 2, "name": "n2"}]
    with pytest.raises(RefusedError, match="name of its own"):
        run(shop, "SELECT * FROM orders", on="shop", frames={"orders": frame}).rows()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT CAST(region AS INTEGER) FROM customers",
        "SELECT 1 / (id - id) FROM customers WHERE CAST(ssn AS INTEGER) > 0",
        "SELECT CAST(name AS DATE) FROM customers",
    ],
)
def test_an_engine_s_error_quotes_no_value(shop, sql):
    with pytest.raises(AiserError) as caught:
        run(shop, sql, on="shop").rows()
    assert CANARY not in str(caught.value)
    assert "'n2'" not in str(caught.value)


def test_an_error_that_the_engine_raises_later_quotes_none_either(shop):
    with pytest.raises(QueryError, match="did not accept the statement") as caught:
        run(shop, "SELECT CAST(name AS INTEGER) AS x FROM customers ORDER BY id", on="shop").rows()
    assert "it may quote values" in caught.value.hint


@pytest.mark.parametrize("name", ["aiser_salt", "AISER_SALT", "aiser_region"])
def test_what_the_policy_binds_is_given_to_nobody(shop, monkeypatch, name):
    monkeypatch.setenv("MASK_SALT", CANARY)
    role = Role("hashed", frozenset({"*"}), tables=(("customers", TableRule(rows="region = :region", masks=(("name", Mask("hash")),))),))
    ada = under(shop, Policy((role,), salt="env:MASK_SALT"), Identity("ada", claims=(("region", "N"),)))
    assert len(run(ada, "SELECT name FROM customers WHERE id > :least", on="shop", params={"least": 0}).rows()[0]["name"]) == 64
    with pytest.raises(RefusedError, match="policy's own"):
        run(ada, f"SELECT :{name} AS given, name FROM customers", on="shop", params={name: "x"}).rows()


def test_two_users_share_no_result(shop):
    ben = under(shop, Policy((replace(READER, tables=(("customers", TableRule(rows="id < 3")),)),)), Identity("ben"))
    sql = "SELECT count(*) AS n FROM customers"
    for _ in range(2):
        assert run(shop, sql, on="shop").rows() == [{"n": 5}]
        assert run(ben, sql, on="shop").rows() == [{"n": 2}]
    assert run(shop, sql, on="shop").cached


def test_a_context_with_a_policy_is_never_ungoverned(shop):
    bare = replace(shop, sources=shop.sources.governed(own))
    careless = replace(bare, policy=Policy((replace(READER, tables=()),)), sources=replace_governor(shop.sources))
    with pytest.raises(RefusedError, match="no table customers"):
        run(careless, "SELECT * FROM customers", on="shop").rows()


def replace_governor(registry):
    """The registry as it was before a policy."""
    import copy

    made = copy.copy(registry)
    made._govern = None
    return made


def test_users_share_the_listing_of_a_connection_and_not_what_they_see_of_it(shop, monkeypatch):
    reads = []
    inner = own(shop.sources.get("shop"))
    real = inner.tables
    monkeypatch.setattr(inner, "tables", lambda: reads.append(1) or real())
    listing.forget(inner)
    for number in range(20):
        mine = replace(READER, tables=(("orders", TableRule(hide=frozenset({"total"}) if number % 2 else frozenset())),))
        seen = under(shop, Policy((mine,)), Identity(f"u{number}")).sources.get("shop")
        assert {table.name: len(table.columns) for table in listing.tables(seen)} == {"orders": 2 if number % 2 else 3}
    assert len(reads) < 10


def test_a_value_that_reads_like_an_error_is_no_name(shop):
    from aiser_jupyter.query.failures import explain

    quoted = ValueError(f"Could not convert string 'Table with name {CANARY} does not exist' to INT32")
    told = explain(quoted, "SELECT CAST(name AS INTEGER) FROM customers", shop.sources.get("shop"), ["customers"], [])
    assert CANARY not in str(told)

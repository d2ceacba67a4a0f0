from __future__ import annotations

import sqlite3

import pytest

from aiser_jupyter.errors import SecretTypedError, SourceError, UsageError
from aiser_jupyter.magics import urls
from aiser_jupyter.magics.sql import read


def connections(shell):
    from aiser_jupyter import workspace

    return workspace().connections


def test_a_url_connects_and_becomes_the_default(cell, shell, shop, tmp_path):
    sqlite3.connect(tmp_path / "a.db").execute("CREATE TABLE notes (text TEXT)").connection.close()
    cell(f"%sql duckdb:///{shop} --alias shop")
    shown = cell("%sql sqlite:///a.db")
    assert "a           sqlite" in shown[-1]["text/plain"]
    assert connections(shell) == ("shop", "a")
    cell("%sql shop")
    cell("%sql n << select count(*) as n from orders")
    assert shell.user_ns["n"].rows() == [{"n": 5}]


def test_the_same_url_opens_no_second_connection(cell, shell, shop):
    for _ in range(2):
        cell(f"%sql duckdb:///{shop}")
    assert len(connections(shell)) == 1


def test_a_url_before_the_sql_runs_it_there(cell, shell, shop):
    cell(f"%%sql duckdb:///{shop}\nselect count(*) as n from orders")
    assert len(connections(shell)) == 1


def test_database_url_is_used_where_there_is_no_other(cell, shell, shop, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"duckdb:///{shop}")
    cell("%sql n << select count(*) as n from orders")
    assert shell.user_ns["n"].rows() == [{"n": 5}]
    assert connections(shell) == ("database",)


def test_closing_by_name_and_by_address(cell, shell, shop):
    cell(f"%sql duckdb:///{shop} --alias shop")
    cell("%sql --close shop")
    assert connections(shell) == ()
    cell(f"%sql duckdb:///{shop} --alias shop")
    cell(f"%sql -x duckdb:///{shop}")
    assert connections(shell) == ()
    with pytest.raises(UsageError, match="no open connection"):
        cell("%sql --close shop")


def test_a_typed_password_is_refused_and_not_repeated(cell):
    with pytest.raises(SecretTypedError) as caught:
        cell("%sql postgresql://me:hunter2@db/shop")
    assert "hunter2" not in str(caught.value)


def test_write_is_asked_for(cell, shell, tmp_path):
    cell("%sql duckdb:///new.duckdb --write --alias new")
    cell("%sql --write create table t as select 1 as x")
    cell("%sql n << select x from t")
    assert shell.user_ns["n"].rows() == [{"x": 1}]


def test_a_section_of_a_connections_file(tmp_path):
    (tmp_path / "c.ini").write_text(
        "[pg]\ndrivername = postgresql+psycopg2\nusername = me\nhost = db\nport = 5433\ndatabase = shop\nsslmode = require\n"
    )
    address = urls._address(
        "pg",
        {"drivername": "postgresql+psycopg2", "username": "me", "host": "db", "port": "5433", "database": "shop", "sslmode": "require"},
        "",
    )
    assert address == "postgresql://me@db:5433/shop?sslmode=require"
    with pytest.raises(SourceError, match="names no driver"):
        urls._address("x", {}, "")


@pytest.mark.parametrize(
    ("line", "address", "on", "sql"),
    [
        ("sqlite:///a.db", "sqlite:///a.db", None, ""),
        ("sqlite:///a.db select 1", "sqlite:///a.db", None, "select 1"),
        ("env:SHOP_URL select 1", "env:SHOP_URL", None, "select 1"),
        ("shop select 1", "", "shop", "select 1"),
        ("select 'sqlite:///a.db'", "", None, "select 'sqlite:///a.db'"),
        ("x << shop select 1", "", "shop", "select 1"),
        ("shop x << select 1", "", "shop", "select 1"),
        ("x= << select 1", "", None, "select 1"),
    ],
)
def test_addresses_and_names_are_told_from_sql(line, address, on, sql):
    statement = read(line, None, ("shop",))
    assert (statement.address, statement.on, statement.sql) == (address, on, sql)

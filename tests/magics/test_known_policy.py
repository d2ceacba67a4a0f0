"""Completion in a cell offers what the user's role sees, and no name of the rest."""

from __future__ import annotations

import duckdb
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.magics.known import Metadata, known
from aiser_jupyter.query.complete import complete

POLICY = """
v = 1
[roles.north]
members = ["north"]
[roles.north.tables.customers]
hide = ["ssn"]
rows = "name <> 'hidden-canary'"
[roles.boss]
members = ["boss"]
default = "allow"
"""
PLACES = [
    "SELECT * FROM |",
    "SELECT s| FROM customers",
    "SELECT c.| FROM customers c",
    "SELECT * FROM customers WHERE name = '|",
    "SELECT v.| FROM vault v",
    "SELECT * FROM customers JOIN |",
]


@pytest.fixture
def offered(shell, tmp_path, monkeypatch):
    """All that is offered to a user at each place."""
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as made:
        made.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR, ssn VARCHAR)")
        made.execute("CREATE TABLE vault (customer_id INTEGER REFERENCES customers (id), code VARCHAR)")
        made.execute("INSERT INTO customers VALUES (1, 'hidden-canary', 's')")
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "policy.toml").write_text(POLICY, encoding="utf-8")

    def to(user):
        monkeypatch.setenv("AISER_USER", user)
        ws = Workspace(tmp_path)
        ws.connect(tmp_path / "shop.duckdb", "shop")
        there = known(shell, ws, Metadata(), "shop")
        found = [repr(complete(text.replace("|", ""), text.index("|"), there)) for text in PLACES]
        ws.close()
        return "\n".join(found)

    return to


def test_names_of_what_a_role_sees_alone(offered):
    told = offered("north")
    assert "customers" in told
    assert "name" in told
    assert [word for word in ("ssn", "'vault", "code", "canary") if word in told] == []


def test_who_sees_all_is_offered_all(offered):
    told = offered("boss")
    assert [word for word in ("ssn", "vault", "code") if word not in told] == []
    assert "canary" not in told

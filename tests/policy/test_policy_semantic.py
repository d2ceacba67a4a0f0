"""One semantic file serves every role: what speaks of tables and columns that a role does not see is left out for it, and named nowhere."""

from __future__ import annotations

import re

import duckdb
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.errors import SemanticError

POLICY = """
v = 1
[roles.north]
members = ["north"]
[roles.north.tables.customers]
hide = ["ssn"]
[roles.north.tables.orders]
[roles.boss]
members = ["boss"]
default = "allow"
"""
MODEL = """
v: 1
tables:
  customers: {synonyms: [clients], label: [name, ssn]}
  orders: {synonyms: [purchases], time: day}
  vault: {synonyms: [treasure]}
metrics:
  turnover: {sql: sum(orders.total)}
  hoard: {sql: sum(vault.worth)}
  hoards: {formula: hoard * 2}
dimensions:
  client: customers.name
  number: customers.ssn
filters:
  rich: vault.worth > 7
joins:
  - orders.customer_id = customers.id
  - vault.order_id = orders.id
queries:
  - question: what lies in the vault
    sql: SELECT sum(worth) AS worth FROM vault
"""
HIDDEN = ("vault", "ssn", "hoard", "treasure", "worth")


@pytest.fixture
def open_as(tmp_path, monkeypatch):
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as made:
        made.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR, ssn VARCHAR)")
        made.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, total INTEGER, day DATE)")
        made.execute("CREATE TABLE vault (id INTEGER, order_id INTEGER, worth INTEGER)")
        made.execute("INSERT INTO customers VALUES (1, 'Ada', 's1'), (2, 'Ben', 's2')")
        made.execute("INSERT INTO orders VALUES (1, 1, 10, DATE '2026-01-02'), (2, 2, 20, DATE '2026-01-03')")
        made.execute("INSERT INTO vault VALUES (1, 1, 5)")
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "policy.toml").write_text(POLICY, encoding="utf-8")
    (tmp_path / ".aiser" / "semantic.yaml").write_text(MODEL, encoding="utf-8")
    opened = []

    def as_user(name):
        monkeypatch.setenv("AISER_USER", name)
        ws = Workspace(tmp_path)
        ws.connect(tmp_path / "shop.duckdb", "shop")
        opened.append(ws)
        return ws

    yield as_user
    for ws in opened:
        ws.close()


def test_what_a_role_sees_is_defined_for_it(open_as):
    ws = open_as("north")
    assert ws.ask("turnover by client", on="shop").result.rows() == [{"name": "Ben", "turnover": 20}, {"name": "Ada", "turnover": 10}]
    assert ws.ask("how many purchases", on="shop").result.arrow().column(0).to_pylist() == [2]
    model = ws.semantic("shop").model
    assert [one.name for one in model.metrics] == ["turnover"]
    assert [(one.name, one.label) for one in model.tables] == [("customers", ("name",)), ("orders", ())]


def test_what_it_does_not_see_is_named_nowhere(open_as):
    ws = open_as("north")
    semantics = ws.semantic("shop")
    told = "".join(map(repr, (semantics.show(), semantics.check(), semantics.as_json(), ws.suggest())))
    assert "definitions" in repr(semantics.check())
    for question in ("what lies in the vault", "the hoard", "treasure by client", "rich clients"):
        answer = ws.ask(question, on="shop")
        assert not answer.answered or answer.result.rows() != [{"worth": 5}]
        told += re.sub("|".join(question.split()), "", repr(answer))
    assert [word for word in HIDDEN if word in told] == []


def test_who_sees_all_has_all_and_hears_of_mistakes(open_as, tmp_path):
    ws = open_as("boss")
    assert ws.ask("hoard", on="shop").result.rows() == [{"hoard": 5}]
    assert ws.ask("what lies in the vault", on="shop").result.rows() == [{"worth": 5}]
    path = tmp_path / ".aiser" / "semantic.yaml"
    path.write_text(MODEL.replace("sum(vault.worth)", "sum(vault.wort)"), encoding="utf-8")
    with pytest.raises(SemanticError, match="wort"):
        ws.ask("hoard", on="shop")

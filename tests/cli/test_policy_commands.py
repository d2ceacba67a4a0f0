"""`aiser policy` and `aiser audit` as they are typed."""

import json

import duckdb
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.cli.app import run

POLICY = """
v = 1
[roles.reader]
members = ["ada"]
[roles.reader.tables.orders]
rows = "region = :region"
mask = { note = "null" }
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "policy.toml").write_text(POLICY, encoding="utf-8")
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE orders AS SELECT i AS id, CASE WHEN i % 3 = 0 THEN 'N' ELSE 'S' END AS region, 'canary' AS note FROM range(9) t(i)"
        )
        connection.execute("CREATE TABLE vault AS SELECT 'canary' AS code")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AISER_USER", "ada")
    monkeypatch.setenv("AISER_CLAIMS", '{"region": "N"}')
    return tmp_path


def told(capsys, *words):
    status = run([*words, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_check(folder, capsys):
    status, found = told(capsys, "policy", "check")
    assert (status, found["active"], found["sealed"]) == (0, True, False)
    assert found["roles"] == [{"name": "reader", "members": "ada", "default": "deny", "tables": 1, "model": "none"}]
    (folder / ".aiser" / "policy.toml").write_text("v = 1\n[roles.a]\n", encoding="utf-8")
    status, found = told(capsys, "policy", "check")
    assert (status, found["error"]["where"].endswith("policy.toml, line 2")) == (1, True)


def test_show(folder, capsys):
    status, found = told(capsys, "policy", "show", "--on", "shop.duckdb")
    assert status == 0
    assert found["sees"] == [{"connection": "data", "table": "orders", "columns": "id, region, note (null)", "rows": "region = :region"}]
    assert found["about"].startswith("ada (by AISER_USER) asks as reader")


def test_explain(folder, capsys):
    status, found = told(capsys, "policy", "explain", "SELECT * FROM orders", "--on", "shop.duckdb")
    assert (status, found["allowed"]) == (0, True)
    assert found["changes"] == [{"table": "orders", "what": "only rows where region = :region; note as null"}]
    status, found = told(capsys, "policy", "explain", "SELECT * FROM vault", "--on", "shop.duckdb")
    assert (status, found["allowed"], found["reason"]) == (4, False, "There is no table vault that you may read.")


def test_explain_shows_the_changes_and_the_statement(folder, capsys):
    assert run(["policy", "explain", "SELECT id FROM orders WHERE note < '<b>'", "--on", "shop.duckdb"]) == 0
    shown = capsys.readouterr().out
    assert "orders  only rows where region = :region; note as null" in shown
    assert shown.rstrip().splitlines()[-1].startswith('SELECT "id" FROM (SELECT "id", "region", CASE')
    ws = Workspace(folder)
    ws.connect(folder / "shop.duckdb", "shop")
    html = ws.policy("SELECT id FROM orders WHERE note < '<b>'", on="shop")._repr_html_()
    ws.close()
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def test_sql_ask_and_discover_show_what_the_role_sees(folder, capsys):
    status, found = told(capsys, "sql", "SELECT count(*) AS n, max(note) AS m FROM orders", "--on", "shop.duckdb")
    assert (status, found["rows"]) == (0, [[3, None]])
    status, found = told(capsys, "ask", "How many orders are there?", "--on", "shop.duckdb")
    assert (status, found["rows"]) == (0, [[3]])
    status, found = told(capsys, "ask", "How many codes are in the vault?", "--on", "shop.duckdb")
    assert "canary" not in json.dumps(found)
    assert status in (3, 4)
    run(["discover", "orders", "--on", "shop.duckdb", "--json"])
    assert "canary" not in capsys.readouterr().out


def test_somebody_without_a_role_sees_nothing(folder, capsys, monkeypatch):
    monkeypatch.setenv("AISER_USER", "eve")
    status, found = told(capsys, "sql", "SELECT * FROM orders", "--on", "shop.duckdb")
    assert (status, found["error"]["type"]) == (4, "RefusedError")
    status, found = told(capsys, "policy", "show", "--on", "shop.duckdb")
    assert found["sees"] == []


def test_audit(folder, capsys):
    told(capsys, "sql", "SELECT count(*) AS n FROM orders", "--on", "shop.duckdb")
    told(capsys, "sql", "SELECT * FROM vault", "--on", "shop.duckdb")
    status, found = told(capsys, "audit", "verify")
    assert (status, found["ok"], found["lines"]) == (0, True, 3)
    status, report = told(capsys, "audit", "report")
    assert report["accesses"] == [
        {"user": "ada", "role": "reader", "connection": "data", "table": "", "accesses": 1, "refused": 1, "rows": 0},
        {"user": "ada", "role": "reader", "connection": "data", "table": "orders", "accesses": 1, "refused": 0, "rows": 1},
    ]
    log = folder / ".aiser" / "audit.jsonl"
    log.write_text(log.read_text(encoding="utf-8").replace('"user":"ada"', '"user":"eve"', 1), encoding="utf-8")
    status, found = told(capsys, "audit", "verify")
    assert (status, found["ok"], found["problem"]) == (1, False, "Line 1 was changed.")
    assert told(capsys, "audit", "verify", "--until", "f" * 64)[0] == 1

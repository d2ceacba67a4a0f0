"""Rows of a governed connection leave in the formats that the policy names, by every way out, and a refusal leaves a line."""

import json
import sqlite3

import duckdb
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.answer.tools.export import TOOL
from aiser_jupyter.cli.app import run as cli
from aiser_jupyter.errors import RefusedError

POLICY = """
v = 1
connections = ["shop", "data"]
[roles.reader]
members = ["*"]
default = "allow"
export = ["csv", "md"]
"""


@pytest.fixture
def ws(tmp_path):
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "policy.toml").write_text(POLICY, encoding="utf-8")
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT i AS id, 'n' || i AS name FROM range(3) x(i)")
    with sqlite3.connect(tmp_path / "desk.db") as connection:
        connection.execute("CREATE TABLE goals AS SELECT 1 AS id, 5 AS goal")
    made = Workspace(tmp_path)
    made.connect(tmp_path / "desk.db", "desk")
    made.connect(tmp_path / "shop.duckdb", "shop")
    yield made
    made.close()


def refusals(ws):
    lines = (ws.root / ".aiser" / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    return [(line["origin"], line["why"]) for line in map(json.loads, lines) if line["event"] == "refused"]


def test_a_result_is_written_in_the_formats_named(ws, tmp_path):
    result = ws.sql("SELECT * FROM t", on="shop")
    assert result.save(tmp_path / "t.csv.gz") == 3
    assert result.csv(tmp_path / "t") == 3
    for name in ("t.xlsx", "t.parquet", "t.arrow", "t.json", "t.ndjson.gz"):
        with pytest.raises(RefusedError, match=r"The role reader may not write rows of shop as"):
            result.save(tmp_path / name)
        assert not (tmp_path / name).exists()
    assert refusals(ws)[0] == ("export", "The role reader may not write rows of shop as xlsx.")
    assert len(refusals(ws)) == 5
    assert result.row_count == 3


def test_rows_from_the_cache_and_of_several_connections_too(ws, tmp_path):
    for _ in range(2):
        with pytest.raises(RefusedError):
            ws.sql("SELECT count(*) AS n FROM t", on="shop").save(tmp_path / "n.json")
    joined = ws.sql("SELECT * FROM shop.t JOIN desk.goals USING (id)")
    with pytest.raises(RefusedError):
        joined.save(tmp_path / "j.json")
    assert ws.sql("SELECT * FROM goals", on="desk").save(tmp_path / "g.json") == 1


def test_a_named_result_stays_governed(ws, tmp_path):
    named = ws.sql("SELECT * FROM t", on="shop")
    again = ws.sql("SELECT max(name) AS m FROM named", on="desk", frames={"named": named})
    with pytest.raises(RefusedError):
        again.save(tmp_path / "m.json")
    with pytest.raises(RefusedError, match="every user of this workspace"):
        ws.add(named, name="copied")
    with pytest.raises(RefusedError, match="every user of this workspace"):
        ws.materialize("kept", "SELECT * FROM t")


def test_the_tool_gives_text_in_the_formats_named(ws):
    ask = {"sql": "SELECT * FROM t", "on": "shop"}
    assert TOOL.run(ws.context, {**ask, "format": "csv"}).row_count == 3
    assert TOOL.run(ws.context, {**ask, "format": "markdown"}).row_count == 3
    with pytest.raises(RefusedError, match="as json"):
        TOOL.run(ws.context, {**ask, "format": "json"})


def test_an_assistant_outside_is_a_model(ws):
    from dataclasses import replace

    outside = replace(ws.context, caller="mcp")
    with pytest.raises(RefusedError, match="tell a model no values of shop"):
        TOOL.run(outside, {"sql": "SELECT * FROM t", "on": "shop", "format": "csv"})
    assert refusals(ws)[-1][0] == "mcp"
    assert TOOL.run(outside, {"sql": "SELECT * FROM goals", "on": "desk", "format": "json"}).row_count == 1


def test_the_command_line(ws, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    sql = ["sql", "SELECT * FROM t", "--on", str(tmp_path / "shop.duckdb"), "--to"]
    ws.close()
    assert cli([*sql, "out.xlsx"]) == 4
    assert "may not write rows of data as xlsx" in capsys.readouterr().err
    assert not (tmp_path / "out.xlsx").exists()
    assert cli([*sql, "out.csv"]) == 0
    assert (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(("access", "tables", "ranges", "rows"), [("none", 0, 0, 0), ("schema", 1, 0, 0), ("values", 1, 1, 1)])
def test_a_tool_tells_an_assistant_outside_what_a_model_may_hear(ws, access, tables, ranges, rows):
    from dataclasses import replace

    from aiser_jupyter.answer.tools.registry import registry
    from aiser_jupyter.policy import file
    from aiser_jupyter.query.governed import under

    policy = file.load(ws.root)
    policy = replace(policy, roles=(replace(policy.roles[0], model=access),))
    outside = replace(under(ws.context, policy, ws.context.identity), caller="mcp")

    def told(name, **arguments):
        try:
            return json.dumps(registry(outside).call(outside, name, {**arguments, "on": "shop"}).as_json(), default=str)
        except RefusedError:
            return ""

    assert bool(told("describe")) == bool(tables)
    assert ("n2" in told("describe", table="t")) == bool(ranges)
    assert ("n2" in told("query", sql="SELECT * FROM t")) == bool(rows)
    assert bool(told("ask", question="how many t are there?")) == bool(rows)

"""Every JSON that leaves is of the form that its schema says, and the schemas are those that were promised."""

from __future__ import annotations

import json
import re
from datetime import datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from freeze import FROZEN, bare
from jsonschema import Draft202012Validator

from aiser_jupyter import Workspace, contract
from aiser_jupyter.answer.tools import registry
from aiser_jupyter.audit import Audit
from aiser_jupyter.cli.app import Commands, run
from aiser_jupyter.errors import AiserError, UsageError
from aiser_jupyter.state.state import _end_all

HOW = """
The form of what leaves has changed: {what}.
 - If a field was only added, or a word of a description changed: run `python tests/contract/freeze.py`, and say the new field in CHANGELOG.md.
 - If a field was taken away, renamed, made optional, or got another type or meaning: programs that read it break. Put the old one back, or make version 2: give the
   reply "v": 2, add its schema as NAME.v2 beside this one, keep `--json` printing version 1 for a release with a switch for 2, and say so in CHANGELOG.md.
"""
POLICY = 'v = 1\n[roles.reader]\nmembers = ["*"]\n[roles.reader.tables.orders]\nrows = "total < 90"\nhide = ["note"]\n'


def closed(node):
    """The schema that lets nothing through that it does not name, to find what nobody promised."""
    if isinstance(node, list):
        return [closed(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {
        key: {name: closed(one) for name, one in value.items()} if key == "properties" else closed(value) for key, value in node.items()
    }
    return {"additionalProperties": False, **made} if "properties" in node else made


def fits(name, value):
    """Raise where ``value`` is not of that schema, or has a field that it does not name."""
    errors = sorted(Draft202012Validator(closed(contract.schema(name))).iter_errors(value), key=str)
    assert not errors, f"{name}: {errors[0].message[:400]} at {list(errors[0].path)}; aiser_jupyter/contract/ names the fields"
    return value


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A database with a trend, a difference and names, and a workspace of it."""
    root = tmp_path_factory.mktemp("shop")
    with duckdb.connect(str(root / "shop.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE orders AS SELECT i AS id, DATE '2025-01-01' + i::INTEGER AS day, ['north', 'south'][i % 2 + 1] AS region, "
            "i % 100 + (i % 2) * 60 AS total, 'n' || i AS note FROM range(1, 401) t(i)"
        )
        connection.execute("CREATE TABLE vault AS SELECT 1 AS code")
    return root


@pytest.fixture
def aiser(shop, tmp_path, monkeypatch, capsys):
    """Run a command in a workspace beside the database; its exit status and what it printed, read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.duckdb").write_bytes((shop / "shop.duckdb").read_bytes())

    def call(*words, status=0, lines=False):
        capsys.readouterr()
        assert run(words) == status
        out = capsys.readouterr().out
        return [json.loads(line) for line in out.splitlines()] if lines else json.loads(out)

    return call


ON = ("--on", "shop.duckdb", "--json")


# What was promised


def test_the_schemas_are_those_that_were_frozen():
    frozen = json.loads(FROZEN.read_text("utf-8"))
    made = {name: bare(one) for name, one in contract.schemas().items()}
    changed = sorted(name for name in frozen.keys() | made.keys() if frozen.get(name) != made.get(name))
    assert not changed, HOW.format(what=", ".join(changed))


def test_nothing_that_was_promised_is_gone():
    """Even a copy that was frozen anew keeps what version 1 had when it was first frozen."""
    for name, required in FIRST.items():
        made = contract.schema(name)
        there = made if "required" in made else made["items"]
        assert set(required.split()) <= set(there["required"]), HOW.format(what=name)


FIRST = {
    "answer": "v question answered intent sql dialect columns rows row_count restated sentence confidence assumptions alternatives reason engine elapsed_ms",
    "sql": "v sql dialect columns rows row_count truncated route elapsed_ms",
    "discover": "v kind title statement columns where direction effect unit p_value q_value support confidence impact score recommendation sql chart",
    "facts": "id value unit text sql source as_of",
    "error": "v error",
    "status": "v ok checks",
}


@pytest.mark.parametrize("name", sorted(contract.schemas()))
def test_each_schema_is_one_and_says_its_version(name):
    made = contract.schema(name)
    Draft202012Validator.check_schema(made)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["$id"] == f"aiser:{name}:v1"
    objects = [made, made.get("items", {}), *made.get("anyOf", [])]
    assert any(one.get("properties", {}).get("v", {}).get("const") == 1 for one in objects)


def test_a_reader_may_skip_what_a_later_version_adds():
    Draft202012Validator(contract.schema("status")).validate({"v": 1, "ok": True, "checks": [], "later": 1})
    assert not Draft202012Validator(contract.schema("status")).is_valid({"v": 2, "ok": True, "checks": []})
    assert not Draft202012Validator(contract.schema("status")).is_valid({"v": 1, "ok": True})


def test_the_command_prints_them(aiser):
    assert aiser("schema", "answer") == contract.schema("answer")
    assert aiser("schema", "--json") == {"v": 1, "schemas": contract.schemas()}
    assert fits("error", aiser("schema", "anser", "--json", status=2))["error"]["hint"] == "Did you mean 'answer'?"
    with pytest.raises(UsageError):
        contract.schema("nothing")


def test_every_command_has_a_schema_of_its_own():
    """A command that is added brings its schema, or is said here to print no JSON."""
    known = {name.partition(".")[0] for name in contract.schemas()}
    others = {
        "mcp",
        "broker",
        "schema",
        "demo",
        "why",
        "forecast",
        "ask",
    }  # the first two print no JSON, the last four `report` and `answer`
    assert set(Commands.modules) - known - others == set()


# What the commands print


@pytest.mark.parametrize(
    ("question", "status"),
    [("total by region", 0), ("how many orders are there", 0), ("who is the king of France", 3), ("average total per month", 0)],
)
def test_ask(aiser, question, status):
    found = fits("answer", aiser("ask", question, *ON, status=status))
    assert found["answered"] == (status == 0)
    assert all(datetime.fromisoformat(fact["as_of"]) for fact in found["facts"])


@pytest.mark.parametrize("assistant", ["analyst", "sql", "designer", "advisor"])
def test_ask_of_each_assistant(aiser, capsys, assistant):
    assert run(("ask", "total by region", "--assistant", assistant, *ON)) in {0, 3}
    fits("answer", json.loads(capsys.readouterr().out))


def test_exhibits(shop):
    ws = Workspace(shop)
    ws.connect(shop / "shop.duckdb", "shop")
    for assistant, question in (
        ("designer", "a dashboard of orders"),
        ("advisor", "what should we do about orders"),
        ("analyst", "describe orders"),
        ("sql", "SELECT * FROM orders"),
    ):
        fits("answer", ws.ask(question, assistant=assistant).as_json())
    ws.close()


def test_batch(aiser):
    questions = [
        {"id": 1, "question": "total by region"},
        {"id": "b", "question": "orders", "on": "missing.duckdb"},
        {"question": "the king of France"},
        {"nothing": 1},
    ]
    Path("in.jsonl").write_text("\n".join(map(json.dumps, questions)) + "\nno json\n", "utf-8")
    lines = aiser("ask", "--batch", "in.jsonl", "--on", "shop.duckdb", lines=True)
    assert len(lines) == 5
    for line in lines:
        fits("batch", line)
    assert [line["answered"] for line in lines] == [True, False, False, False, False]
    assert [line.get("id") for line in lines] == [1, "b", None, None, None]


def test_sql(aiser):
    odd = "SELECT 1 AS a, 2.5::DECIMAL(38, 20) AS b, DATE '2026-01-01' AS c, NULL AS d, 'x'::BLOB AS e, [1, 2] AS f, {'g': 1} AS g, 9007199254740993 AS h, 'nan'::DOUBLE AS i"
    assert fits("sql", aiser("sql", odd, *ON))["row_count"] == 1
    assert fits("sql.file", aiser("sql", "SELECT 1 AS a", "--to", "out.csv", *ON))["row_count"] == 1


def test_discover(aiser):
    assert fits("discover", aiser("discover", "orders", *ON))
    pd.DataFrame({"x": range(30)}).to_csv("plain.csv", index=False)
    fits("discover", aiser("discover", "plain.csv", "--json"))


@pytest.mark.parametrize(
    ("words", "statuses"),
    [(("why", "total", "--between", "2025-02", "2025-03"), {0, 3}), (("forecast", "total", "--periods", "2"), {0, 3})],
)
def test_why_and_forecast(aiser, capsys, words, statuses):
    assert run((*words, *ON)) in statuses
    fits("answer", json.loads(capsys.readouterr().out))


def test_status_and_trust(aiser):
    assert fits("status", aiser("status", *ON))["ok"]
    assert not fits("trust", aiser("trust", "--revoke", "--json"))["trusted"]


def test_errors(aiser):
    for words, status in (
        (("sql", "DELETE FROM orders", *ON), 4),
        (("sql", "SELECT nothing FROM orders", *ON), 1),
        (("ask", "--json"), 2),
        (("nonsense", "--json"), 2),
        (("sql", "SELECT 1", "--on", "gone.duckdb", "--json"), 1),
    ):
        fits("error", aiser(*words, status=status))


def test_memory(aiser):
    taught = fits("memory.teach", aiser("memory", "teach", "turnover", "--means", "total", *ON))
    fits("memory.teach", aiser("memory", "teach", "how much", "--sql", "SELECT sum(total) FROM orders", *ON))
    assert len(fits("memory", aiser("memory", "show", *ON))["entries"]) == 2
    fits("memory", aiser("memory", "search", "turnover", *ON))
    assert fits("memory.file", aiser("memory", "export", "memory.json", "--json"))["entries"] == 2
    fits("memory", json.loads(Path("memory.json").read_text("utf-8")))
    assert fits("memory.forget", aiser("memory", "forget", str(taught["entry"]["id"]), "--json"))["forgotten"] == 1
    fits("memory.file", aiser("memory", "import", "memory.json", "--json"))


def test_semantic(aiser):
    fits("semantic.write", aiser("semantic", "write", *ON))
    fits("semantic", aiser("semantic", "show", *ON))
    assert fits("semantic.check", aiser("semantic", "check", *ON))["ok"]


def test_policy_and_audit(aiser):
    assert not fits("policy.check", aiser("policy", "check", "--json"))["active"]
    Path(".aiser").mkdir()
    Path(".aiser/policy.toml").write_text(POLICY, "utf-8")
    assert fits("policy.check", aiser("policy", "check", "--json"))["roles"]
    assert fits("policy.show", aiser("policy", "show", *ON))["sees"]
    assert fits("policy.explain", aiser("policy", "explain", "SELECT * FROM orders", *ON))["changes"]
    assert not fits("policy.explain", aiser("policy", "explain", "SELECT * FROM vault", *ON, status=4))["allowed"]
    fits("sql", aiser("sql", "SELECT count(*) AS n FROM orders", *ON))
    assert fits("audit.verify", aiser("audit", "verify", "--json"))["lines"] >= 2
    assert fits("audit.report", aiser("audit", "report", "--json"))["accesses"]
    assert fits("audit.retire", aiser("audit", "retire", "--days", "30", "--json"))["lines"] == 0
    Audit(Path(".aiser/audit.jsonl")).append("refused", user="ada", why="no")
    validator = Draft202012Validator(contract.schema("audit.line"))
    for line in Audit(Path(".aiser/audit.jsonl")).lines():
        validator.validate(line)


def test_state(aiser):
    aiser("memory", "teach", "turnover", "--means", "total", "--json")
    made = fits("state.backup", aiser("state", "backup", "--to", "all.zip", "--json"))
    fits("state.manifest", made["manifest"])
    assert fits("state.check", aiser("state", "check", "--json"))["ok"]
    _end_all()  # each command is a process of its own elsewhere
    assert fits("state.restore", aiser("state", "restore", "all.zip", "--json"))["aside"]
    fits("error", aiser("state", "aside", "--json", status=2))
    _end_all()
    Path(".aiser/state.db").write_bytes(b"nonsense" * 999)
    assert not fits("state.check", aiser("state", "check", "--json", status=1))["ok"]
    assert len(fits("state.aside", aiser("state", "aside", "--json"))["aside"]) == 1


def test_privacy(aiser, monkeypatch):
    monkeypatch.setenv("AISER_USER", "ada")
    aiser("memory", "teach", "turnover", "--means", "total", "--json")
    fits("privacy.report", aiser("privacy", "report", "--json"))
    fits("privacy.export", aiser("privacy", "export", "ada", "--to", "ada.json", "--json"))
    _end_all()
    fits("privacy.erase", aiser("privacy", "erase", "ada", "--yes", "--json"))


def test_a_report_and_its_facts(aiser, shop, tmp_path):
    ws = Workspace(shop)
    ws.connect(shop / "shop.duckdb", "shop")
    page = ws.report("Analyse orders").save(tmp_path / "q4.html").read_text("utf-8")
    ws.close()
    facts = json.loads(re.search(r'id="aiser-facts"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    assert fits("facts", facts)
    import nbformat

    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")]), "book.ipynb")
    assert fits("report", aiser("report", "run", "book.ipynb", "--to", "out", "--formats", "html", "--json"))["files"]


def test_what_tools_give(shop):
    ws = Workspace(shop)
    ws.connect(shop / "shop.duckdb", "shop")
    called = [
        ("query", {"sql": "SELECT * FROM orders", "limit": 5}),
        ("query", {"sql": "SELECT 1 AS a"}),
        ("chart", {"table": "orders"}),
        ("chart", {"sql": "SELECT region, sum(total) AS t FROM orders GROUP BY 1", "svg": True}),
        ("analyse", {"table": "orders"}),
        ("describe", {}),
        ("describe", {"table": "orders"}),
        ("export", {"sql": "SELECT 1 AS a"}),
        ("dashboard", {}),
        ("ask", {"question": "total by region"}),
        ("ask", {"question": "who is the king of France"}),
    ]
    for name, arguments in called:
        known = next(tool for tool in registry(ws.context).tools() if tool.name == name)
        given = {key: value for key, value in arguments.items() if key in known.schema["properties"]}
        fits(f"tool.{name}", json.loads(json.dumps(ws.call_tool(name, given))))
    names = {f"tool.{tool.name}" for tool in registry(ws.context).tools()}
    assert names <= contract.schemas().keys()
    with pytest.raises(AiserError) as caught:
        ws.call_tool("query", {"sql": "DELETE FROM orders"})
    fits("error", {"v": 1, "error": caught.value.as_json()})
    ws.close()

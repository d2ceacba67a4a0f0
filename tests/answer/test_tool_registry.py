"""The tools by name: arguments, counts, packages that bring more, and what is switched off."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from typing import ClassVar

import pytest

from aiser_jupyter.answer.tools import registry
from aiser_jupyter.answer.tools.registry import OWN, Registry
from aiser_jupyter.answer.tools.usage import Usage
from aiser_jupyter.errors import CannotAnswerError, RefusedError, ToolError, UnknownNameError, UsageError


@dataclass(frozen=True)
class Said:
    text: str

    def as_json(self):
        return {"text": self.text}


class Echo:
    name = "echo"
    description = "Says it back."
    read_only = True
    local = frozenset({"to"})
    schema: ClassVar = {"type": "object", "properties": {"text": {"type": "string"}, "to": {"type": "string"}}, "required": ["text"]}

    def run(self, context, arguments):
        if arguments["text"] == "boom":
            raise ZeroDivisionError("as planned")
        return Said(arguments["text"])


def call(ws, name, **arguments):
    return registry(ws.context).call(ws.context, name, arguments).as_json()


def test_our_own_tools_are_there_with_a_schema_each(ws):
    found = {tool.name: tool for tool in registry(ws.context).tools()}
    assert set(OWN) <= set(found)
    for name in OWN:
        assert found[name].schema["type"] == "object"
        assert found[name].schema["additionalProperties"] is False
        assert found[name].read_only


def test_query_gives_rows_and_what_ran(ws):
    found = call(ws, "query", sql="select channel, count(*) as n from orders group by 1 order by 1", on="shop")
    assert (found["columns"], found["rows"]) == (["channel", "n"], [["shop", 50], ["web", 50]])
    assert "next_cursor" not in found
    assert found["source"] == "shop"


def test_pages_follow_one_another_and_each_cursor_leads_on_once(ws):
    seen, cursor = [], None
    while True:
        found = (
            call(ws, "query", cursor=cursor, limit=30)
            if cursor
            else call(ws, "query", sql="select order_id from orders order by 1", on="shop", limit=30)
        )
        assert found["first_row"] == len(seen)
        seen += [row[0] for row in found["rows"]]
        last, cursor = cursor, found.get("next_cursor")
        if not cursor:
            break
    assert seen == list(range(100))
    with pytest.raises(UsageError, match="no rows behind this cursor"):
        call(ws, "query", cursor=last)


def test_a_page_is_bounded_in_bytes_and_cells(ws):
    found = call(ws, "query", sql="select repeat('x', 9000) as long, i from range(5000) t(i)", on="shop", limit=1000)
    assert len(str(found["rows"])) < 250_000
    assert len(found["rows"]) < 1000
    assert found["cells_cut"] is True
    assert found["rows"][0][0].endswith("…")
    assert found["next_cursor"]


@pytest.mark.parametrize(
    ("name", "arguments", "error"),
    [
        ("query", {"sql": "delete from orders", "on": "shop"}, RefusedError),
        ("query", {"sql": "select * from read_csv('/etc/passwd')", "on": "shop"}, RefusedError),
        ("query", {}, UsageError),
        ("query", {"sql": 1}, UsageError),
        ("query", {"sql": "select 1", "limit": 0}, UsageError),
        ("chart", {"sql": "select 1", "table": "orders"}, UsageError),
        ("analyse", {"table": "nothing", "on": "shop"}, UnknownNameError),
        ("dashboard", {"about": "weather", "on": "shop"}, CannotAnswerError),
        ("ask", {"question": "how many orders", "today": "soon"}, UsageError),
        ("nothing", {}, UsageError),
    ],
)
def test_errors_are_typed(ws, name, arguments, error):
    with pytest.raises(error):
        call(ws, name, **arguments)


def test_an_argument_that_is_not_there_names_the_nearest(ws):
    with pytest.raises(UsageError) as caught:
        call(ws, "query", sqll="select 1")
    assert "Did you mean 'sql'" in caught.value.hint


def test_the_tools_answer_for_the_same_data(ws):
    described = call(ws, "describe", on="shop", table="orders")
    assert {c["name"]: c.get("points_to") for c in described["columns"]}["customer_id"] == "customers.customer_id"
    chart = call(ws, "chart", on="shop", sql="select channel, sum(amount_usd) as revenue from orders group by 1", svg=True)
    assert chart["spec"]["x"] == "channel"
    assert chart["svg"].startswith("<svg")
    exported = call(ws, "export", on="shop", sql="select name, '=1+1' as formula from customers order by 1 limit 1", format="csv")
    assert exported["text"].splitlines()[1].startswith("Bistro,")
    assert "'=1+1" in exported["text"]
    markdown = call(ws, "export", on="shop", sql="select 'a|b' as x", format="markdown")
    assert markdown["text"].splitlines()[-1] == "| a\\|b |"
    asked = call(ws, "ask", on="shop", question="How many orders are there?")
    assert (asked["answered"], asked["rows"]) == (True, [[100]])
    board = call(ws, "dashboard", on="shop", about="orders")
    for tile in board["tiles"]:
        assert ws.sql(tile["sql"], on="shop").row_count == tile["row_count"]


def test_a_file_is_written_for_the_user_alone(ws, tmp_path):
    target = tmp_path / "orders.csv"
    found = call(ws, "export", on="shop", sql="select order_id from orders", to=str(target))
    assert (found["row_count"], len(target.read_text().splitlines())) == (100, 101)
    other = replace(ws.context, caller="mcp")
    with pytest.raises(UsageError, match="no argument 'to'"):
        registry(other).call(other, "export", {"sql": "select 1", "to": str(tmp_path / "no.csv")})
    assert not (tmp_path / "no.csv").exists()


def test_a_caller_is_named_in_the_history_and_runs_apart(ws):
    other = replace(ws.context, caller="mcp")
    registry(other).call(other, "query", {"sql": "select 41 + 1 as a", "on": "shop"})
    run = next(run for run in ws.context.state.history(5) if "41" in run.sql)
    assert run.origin == "mcp"


def test_calls_are_counted_and_told(ws):
    known, heard = Registry(), []
    known.add(Echo())
    stop = ws.context.events.listen(lambda event: heard.append((event.kind, event.data.get("tool"))))
    for text in ("a", "b", "boom"):
        try:
            known.call(ws.context, "echo", {"text": text})
        except ToolError as error:
            assert "ZeroDivisionError" in error.message
    stop()
    use = known.usage.of("echo")
    assert (use.calls, use.failed, use.error) == (3, 1, "ToolError")
    assert use.share == pytest.approx(2 / 3)
    assert use.p50_ms > 0
    assert [kind for kind, tool in heard if tool == "echo"] == ["tool.done", "tool.done", "tool.failed"]


def test_the_median_is_of_the_latest_calls():
    usage = Usage()
    for ms in (1.0, 9.0, 2.0):
        usage.add("t", ms)
    assert usage.of("t").p50_ms == 2.0
    assert usage.of("never").share is None


def test_a_name_is_had_once():
    known = Registry()
    known.add(Echo())
    with pytest.raises(UsageError, match="already"):
        known.add(Echo())


def test_an_installed_package_brings_tools_and_a_broken_one_costs_nothing(tmp_path, monkeypatch, ws):
    (tmp_path / "tides.py").write_text(
        "class Tides:\n    name = 'tides'\n    description = 'High water.'\n    read_only = True\n    local = frozenset()\n"
        "    schema = {'type': 'object', 'properties': {}}\n\n    def run(self, context, arguments):\n        return self\n\n    def as_json(self):\n        return {'m': 2}\n"
    )
    info = tmp_path / "tides-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tides\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[aiser.tools]\ntides = tides:Tides\nsunk = tides:Nothing\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    known = Registry()
    assert known.call(ws.context, "tides").as_json() == {"m": 2}
    assert "AttributeError" in known.left_out["sunk"]
    assert {tool.name for tool in known.tools()} >= set(OWN)
    sys.modules.pop("tides", None)


@pytest.mark.parametrize(
    ("variable", "gone"), [("AISER_ENABLE_CHART", {"chart"}), ("AISER_ENABLE_TOOL_QUERY", {"query"}), ("AISER_ENABLE_TOOLS", set(OWN))]
)
def test_a_tool_can_be_switched_off(variable, gone, monkeypatch):
    monkeypatch.setenv(variable, "false")
    known = Registry()
    assert {tool.name for tool in known.tools()} & set(OWN) == set(OWN) - gone
    with pytest.raises(UsageError):
        known.get(min(gone))

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from aiser_jupyter.answer.answer import Answer
from aiser_jupyter.answer.intent import Intent
from aiser_jupyter.errors import ReportError
from aiser_jupyter.report.payload import MAX_BARS, MAX_ROWS, from_json, leading, payload, plain
from aiser_jupyter.spec import ChartSpec


def test_an_answer_comes_back_from_its_json(answered):
    answer = answered()
    back = from_json(json.loads(json.dumps(payload(answer))))
    assert back.type == "answer"
    assert back.question == "top products by revenue"
    assert back.table is not None
    assert back.table.rows[0] == ("Chair", 310.25)
    assert back.table.types == ("text", "number")
    assert back.facts[0]["value"] == 310.25
    assert back.chart is not None
    assert back.chart.figure["data"][0]["type"] == "bar"
    assert back.chart.figure["data"] != back.chart.dark["data"]


def test_a_refusal_carries_what_is_missing():
    refused = Answer(
        "rain?",
        answered=False,
        intent=Intent("refuse"),
        reason="No table holds weather.",
        missing=("rain",),
        suggestions=("Total revenue?",),
    )
    back = from_json(payload(refused))
    assert (back.type, back.reason, back.missing, back.suggestions) == (
        "refusal",
        "No table holds weather.",
        ("rain",),
        ("Total revenue?",),
    )


def test_a_long_result_keeps_its_count_and_its_first_rows(ws):
    back = from_json(payload(ws.sql("SELECT range AS n FROM range(1000)")))
    assert back.table is not None
    assert back.table.row_count == 1000
    assert len(back.table.rows) == MAX_ROWS


def test_findings_carry_charts_drawn_from_their_own_queries(ws):
    rows = "SELECT DATE '2026-01-01' + CAST(range AS INTEGER) AS day, range * 2.0 + random_part AS sales FROM (SELECT range, (range * 37 % 11) AS random_part FROM range(200))"
    found = ws.discover(ws.sql(rows))
    back = from_json(payload(found))
    assert back.findings
    for item in back.findings:
        if item.chart is not None:
            assert item.table is not None
            assert item.table.rows
            assert {*item.table.columns} >= {item.chart.spec["x"]}


def test_a_newer_version_is_named():
    with pytest.raises(ReportError, match="version 2"):
        from_json({"v": 2, "type": "result"})


def test_values_become_json():
    assert plain([Decimal("2.50"), Decimal(3), float("nan"), date(2026, 1, 2), timedelta(minutes=1), b"a", None, True]) == [
        2.5,
        3,
        None,
        "2026-01-02",
        60.0,
        "YQ==",
        None,
        True,
    ]


def test_leading_keeps_the_bar_it_is_about(ws):
    table = ws.sql("SELECT 'g' || range AS level, 100 - range AS value FROM range(20)").arrow()
    kept = leading(table, ChartSpec("horizontal_bar", x="level", y=("value",), highlight=("g15",))).column("level").to_pylist()
    assert kept == [*(f"g{i}" for i in range(MAX_BARS - 1)), "g15"]

"""`aiser ask --json`, `aiser why --json`, `aiser forecast --json`, a line of a batch, and the tool `ask`."""

from __future__ import annotations

from aiser_jupyter.contract.parts import (
    CHART,
    COUNT,
    ERROR,
    FACT_FIELDS,
    FLAG,
    NUMBER,
    ROWS,
    SHARE,
    TEXT,
    maybe,
    one_of,
    record,
    reply,
    some,
)

INTENT = record(
    {
        "dispatch": one_of("answer", "why", "forecast", "profile", "board", "report", "schema", "help", "refuse", "smalltalk", "followup"),
        "business": one_of(
            "financial_analysis", "operational_analysis", "customer_analysis", "market_analysis", "strategic_planning", "none"
        ),
        "confidence": SHARE,
        "objectives": some(TEXT),
    }
)
USAGE = record(
    {
        "model": TEXT,
        "calls": COUNT,
        "prompt_tokens": maybe(COUNT),
        "completion_tokens": maybe(COUNT),
        "cost": maybe(NUMBER),
        "elapsed_ms": NUMBER,
    }
)
EXHIBIT = record(
    {"kind": TEXT, "title": TEXT},
    {
        "text": TEXT,
        "place": TEXT,
        "advice": some(TEXT),
        "sql": TEXT,
        "dialect": TEXT,
        "source": TEXT,
        "chart": CHART,
        "columns": some(TEXT),
        "rows": ROWS,
        "row_count": COUNT,
    },
)
FIELDS = {
    "question": TEXT,
    "answered": FLAG,
    "state": one_of("answered", "refused", "ambiguous", "error"),
    "intent": INTENT,
    "sql": maybe(TEXT),
    "dialect": TEXT,
    "columns": some(TEXT),
    "rows": ROWS,
    "row_count": COUNT,
    "restated": TEXT,
    "sentence": TEXT,
    "confidence": SHARE,
    "assumptions": some(TEXT),
    "alternatives": some(record({"restated": TEXT, "sql": TEXT, "confidence": SHARE})),
    "facts": some(record(FACT_FIELDS)),
    "reason": TEXT,
    "missing": some(TEXT),
    "suggestions": some(TEXT),
    "followups": some(TEXT),
    "exhibits": some(EXHIBIT),
    "engine": TEXT,
    "elapsed_ms": NUMBER,
}
MORE = {"explanation": TEXT, "model": record({"notes": some(TEXT), "usage": maybe(USAGE)})}
FAILED = reply(
    "A line of a batch that failed", {"answered": {"const": False}, "error": ERROR, "elapsed_ms": NUMBER}, {"id": {}, "question": TEXT}
)

SCHEMAS = {
    "answer": reply("A reply to a question", FIELDS, MORE),
    "batch": {"title": "A line of `aiser ask --batch`", "anyOf": [reply("An answer", FIELDS, {"id": {}, **MORE}), FAILED]},
    "tool.ask": reply("The tool ask: an answer, at most 200 rows of it", FIELDS, {**MORE, "rows_cut": FLAG}),
}

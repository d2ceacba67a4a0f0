"""`aiser discover --json`, and the findings of the tool `analyse`."""

from __future__ import annotations

from aiser_jupyter.contract.parts import CHART, COUNT, FREE, NUMBER, SHARE, TEXT, maybe, one_of, record, reply, some

KINDS = one_of(
    "trend",
    "seasonality",
    "change_point",
    "anomaly",
    "correlation",
    "segment",
    "driver",
    "difference",
    "concentration",
    "forecast",
    "cohort",
    "funnel",
    "experiment",
    "model",
    "quality",
)
SHORT = {
    "kind": KINDS,
    "title": TEXT,
    "statement": TEXT,
    "columns": some(TEXT),
    "where": FREE,
    "direction": maybe({"enum": [-1, 0, 1]}),
    "effect": NUMBER,
    "unit": TEXT,
    "p_value": maybe(SHARE),
    "q_value": maybe(SHARE),
    "support": COUNT,
    "recommendation": TEXT,
    "sql": TEXT,
}
FINDING = reply("One tested claim", {**SHORT, "confidence": SHARE, "impact": SHARE, "score": SHARE, "chart": maybe(CHART)})

SCHEMAS = {
    "discover": {"title": "What stands out; empty where nothing does", **some(FINDING)},
    "tool.analyse": reply("The tool analyse", {"reason": TEXT, "tested": COUNT, "found": COUNT, "findings": some(record(SHORT))}),
}

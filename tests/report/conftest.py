from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbformat import v4

from aiser_jupyter.answer.answer import Answer, Part
from aiser_jupyter.answer.intent import Intent
from aiser_jupyter.facts import Fact
from aiser_jupyter.report.payload import MIME, payload
from aiser_jupyter.workspaces import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nbformat import NotebookNode

MOMENT = datetime(2026, 10, 5, 6, tzinfo=UTC)
HOSTILE = '</script><img src=x onerror=alert(1)> "quoted" [[f1.n0]]'
SALES = f"""
SELECT * FROM (VALUES
  (DATE '2026-07-01', 'Tent', 120.5), (DATE '2026-08-01', 'Tent', 80.0), (DATE '2026-09-01', 'Chair', 310.25),
  (DATE '2026-09-01', '{HOSTILE}', 7.0), (DATE '2026-07-01', 'Lamp 3', 55.0)
) AS sales(day, product, revenue)
"""


@pytest.fixture
def ws(tmp_path) -> Iterator[Workspace]:
    workspace = Workspace(tmp_path)
    yield workspace
    workspace.close()


@pytest.fixture
def answered(ws) -> Callable[..., Answer]:
    """An answer over the small sales table; its sentence states the first row's last value."""

    def make(
        sql: str = f"SELECT product, sum(revenue) AS revenue FROM ({SALES}) GROUP BY product ORDER BY revenue DESC", **fields: Any
    ) -> Answer:
        from aiser_jupyter.chart.choose import choose

        result = ws.sql(sql)
        first = result.rows(1)[0]
        name, value = str(next(iter(first.values()))), float(list(first.values())[-1])
        fact = Fact("a", value, f"${value:,.0f}", "$", sql, result.source, MOMENT)
        parts = (Part(f"{name} led with "), Part(fact.text, "a", strong=True), Part(" in revenue."))
        given = {
            "question": "top products by revenue",
            "answered": True,
            "intent": Intent("answer"),
            "restated": "revenue per product, largest first",
            "sql": sql,
        }
        given |= {
            "sentence": "".join(p.text for p in parts),
            "sentence_parts": parts,
            "facts": (fact,),
            "dialect": result.dialect,
            "source": result.source,
        }
        given |= {
            "result": result,
            "chart": choose(result) if result.row_count > 1 else None,
            "confidence": 0.9,
            "assumptions": ("'revenue' is sales.revenue",),
        }
        return Answer(**(given | fields))

    return make


@pytest.fixture
def notebook() -> Callable[..., NotebookNode]:
    """A notebook as executed: text is Markdown, anything else what one cell left; a pair carries tags."""

    def make(*cells: Any, metadata: dict[str, Any] | None = None) -> NotebookNode:
        made = []
        for given in cells:
            item, tags = given if isinstance(given, tuple) else (given, [])
            if isinstance(item, str):
                made.append(v4.new_markdown_cell(item, metadata={"tags": tags}))
                continue
            data = item if isinstance(item, dict) else {MIME: payload(item), "text/plain": "shown"}
            made.append(v4.new_code_cell("cell", outputs=[v4.new_output("display_data", data=data)], metadata={"tags": tags}))
        found = v4.new_notebook(cells=made, metadata={"aiser": metadata or {}})
        nbformat.validate(found)
        return found

    return make

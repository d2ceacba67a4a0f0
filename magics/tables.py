"""A result or a chart in a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiser_jupyter.workspaces import Workspace


def result_bundle(ws: Workspace, result: Any, *, rows: int | None = None, chart: str | None = None) -> dict[str, Any]:
    """The MIME bundle of a result: its first rows, or its chart where ``chart`` is a kind (empty: the best one)."""
    from aiser_jupyter.report.payload import MIME, payload

    if chart is None:
        return {"text/plain": result.text(rows), "text/html": result.html(rows), MIME: payload(result)}
    from aiser_jupyter.chart.choose import choose
    from aiser_jupyter.chart.svg import svg

    figure = ws.chart(result, kind=chart or None)
    spec = choose(result)
    return {
        "text/plain": f"[{spec.kind} chart: {spec.title or ', '.join(spec.y)}]",
        "text/html": svg(spec, result),
        "application/vnd.plotly.v1+json": figure.to_plotly_json(),
    }

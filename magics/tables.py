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
    from aiser_jupyter.chart.svg import svg
    from aiser_jupyter.query.result import Result
    from aiser_jupyter.report.payload import of_result

    spec = ws.chart_spec(result, chart or None)
    # A frame has no query, so a report shows its figure as the notebook's own.
    traced = {MIME: of_result(result, chart=spec).to_json()} if isinstance(result, Result) else {}
    return {
        "text/plain": f"[{spec.kind} chart: {spec.title or ', '.join(spec.y)}]",
        "text/html": svg(spec, result),
        "application/vnd.plotly.v1+json": ws.chart(result, kind=chart or None).to_plotly_json(),
        **traced,
    }

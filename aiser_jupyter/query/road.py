"""The one road to data: guard, policy, deadline, cancel and history for every statement of every part."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import AiserError, RefusedError
from aiser_jupyter.events import Event
from aiser_jupyter.query import parameters, route
from aiser_jupyter.query.execute import Execution
from aiser_jupyter.query.result import Origin, Result
from aiser_jupyter.state import Run

if TYPE_CHECKING:
    from aiser_jupyter.context import Context


def run(
    context: Context,
    sql: str,
    *,
    on: str | None = None,
    params: Mapping[str, object] | None = None,
    timeout: float | None = None,
    frames: Mapping[str, object] | None = None,
    origin: str = "user",
    write: bool = False,
) -> Result:
    """Run one read-only statement on a connection, once, to a lazy `Result`."""
    import sqlglot

    source = context.sources.get(on)
    text = parameters.to_engine(sql, source.dialect)
    tree = sqlglot.parse(text, read=source.dialect)[0]
    assert tree is not None
    values = parameters.bind(parameters.names(tree), params or {})
    executed = tree.sql(source.dialect, identify=True, comments=False)
    execution = Execution(source.cursor(), timeout or context.settings.timeout_s)
    status, error = "done", ""
    try:
        schema = execution.start(executed, values, dict(frames or {}))
    except AiserError as failure:
        status, error = "failed", failure.message
        raise
    finally:
        moment = context.clock.now()
        context.state.record(Run(moment, context.identity.user, source.name, origin, sql, None, execution.elapsed * 1000, status, error))
        context.events.emit(Event("query.done", moment, {"source": source.name, "origin": origin, "status": status}))
    return Result(
        schema, execution, Origin(executed, source.dialect, source.name, route.choose(source)), preview=context.settings.preview_rows
    )

"""What a workspace keeps of its own work, as lists to look at: its history, its saved queries, its extracts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.errors import UsageError
from aiser_jupyter.format.listing import Listing
from aiser_jupyter.query.history import one, seen

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aiser_jupyter.context import Context
    from aiser_jupyter.query.result import Result

# Statements that no user wrote.
OWN = ("profile", "status", "discover", "materialize", "model")


def history(
    context: Context, limit: int = 50, *, search: str = "", on: str | None = None, status: str | None = None, favourites: bool = False
) -> Listing:
    """What was run by hand or for a question, newest first, with the number that `star` and `rerun` take."""
    runs = seen(context, limit, without=OWN, search=search, on=on, status=status, favourites=favourites)
    rows = [
        (
            f"{run.at.astimezone():%d %b %H:%M:%S}",
            run.connection,
            "cached" if run.cached else run.status,
            run.rows,
            round(run.elapsed_ms),
            run.sql,
            run.id,
            "★" if run.favourite else "",
        )
        for run in runs
    ]
    trouble = context.state.trouble
    title = "History" if trouble is None else f"History of this session alone. {trouble.message} {trouble.hint}"
    return Listing(title, ("When", "Connection", "Status", "Rows", "ms", "SQL", "No.", "★"), rows)


def star(context: Context, number: int, *, favourite: bool = True) -> None:
    """Make a run of the history a favourite, or no longer one."""
    context.state.star(one(context, number).id, favourite=favourite)


def rerun(context: Context, number: int, params: Mapping[str, object] | None = None) -> Result:
    """Run a statement of the history again, on its connection; raises `UsageError` where it was kept without its values."""
    from aiser_jupyter import query

    run = one(context, number)
    if context.copy_for(run.connection) != "results" or not run.sql:
        raise UsageError(
            f"Of what runs on {run.connection} the history keeps no values, so run {number} cannot be repeated.",
            hint='Save the query with ws.save_query, or let values be kept: copy = "results" for the connection in .aiser/settings.toml.',
        )
    several = " + " in run.connection
    return query.run(context, run.sql, on=None if several or not run.connection else run.connection, params=params)


def save_query(context: Context, name: str, sql: str, *, on: str | None = None, description: str = "", replace: bool = False) -> Path:
    """Save a query as `.aiser/queries/NAME.sql`; the parameters it names are noted in the file."""
    from aiser_jupyter.query import parameters
    from aiser_jupyter.query.saved import SavedQueries, SavedQuery

    dialect = context.sources.get(on).dialect if on is not None or context.sources.default else "duckdb"
    names = parameters.names(parameters.to_engine(sql, dialect), dialect)
    return SavedQueries(context.state).save(SavedQuery(name, sql, on, description, names), replace=replace)


def queries(context: Context) -> Listing:
    """The saved queries."""
    from aiser_jupyter.query.saved import SavedQueries

    rows = [(query.name, query.on, query.description, ", ".join(query.params), query.sql) for query in SavedQueries(context.state).all()]
    return Listing("Queries", ("Name", "On", "What", "Parameters", "SQL"), rows)


def run_query(context: Context, name: str, params: Mapping[str, object] | None = None, *, fresh: bool = False) -> Result:
    """Run a saved query on the connection it is for."""
    from aiser_jupyter import query
    from aiser_jupyter.query.saved import SavedQueries

    saved = SavedQueries(context.state).get(name)
    return query.run(context, saved.sql, on=saved.on, params=params, fresh=fresh)


def materialized(context: Context) -> Listing:
    """The extracts with how fresh each is."""
    from aiser_jupyter.query.extracts import Extracts

    now = context.clock.now()
    rows = [
        (extract.name, extract.rows, extract.freshness(now), extract.cron, extract.connection, extract.error)
        for extract in Extracts(context.state).all()
    ]
    return Listing("Extracts", ("Table", "Rows", "Freshness", "Schedule", "Connection", "Error"), rows)

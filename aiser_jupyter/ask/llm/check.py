"""A proposed query put to the guard and to the database, by the same road as every other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from aiser_jupyter.ask.sql import render
from aiser_jupyter.errors import AiserError, CancelledError, ModelReplyError, RefusedError, UnknownNameError
from aiser_jupyter.query import guard, record, run

if TYPE_CHECKING:
    import pyarrow as pa

    from aiser_jupyter.ask.llm.deadline import Deadline
    from aiser_jupyter.ask.llm.reply import Proposal
    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.context import Context

LOOKED_AT = 5_000  # rows that two readings are compared by
HOME = frozenset({"", "main", "public", "dbo"})  # the schemas that a table without one may be said to be in


@dataclass(frozen=True)
class Ran:
    """A query that ran: its first rows, and whether these are all."""

    sql: str
    table: pa.Table
    whole: bool


def ran(context: Context, proposal: Proposal, schema: Schema, deadline: Deadline) -> Ran:
    """What the proposal yields.

    Raises `ModelReplyError` with why it cannot be used: ``two_statements``, ``refused``, ``unknown_name``, ``no_join``, ``form``, ``failed``.
    """
    sql = _rendered(proposal, schema) if proposal.plan is not None else _allowed(context, proposal.sql, schema)
    return executed(context, sql, schema, deadline)


def executed(context: Context, sql: str, schema: Schema, deadline: Deadline) -> Ran:
    """The first rows of ``sql``, run as what nobody typed: guarded, read-only, in a worker process."""
    try:
        deadline.check()
        timeout = min(context.settings.timeout_s, deadline.left())
        result = run(context, sql, on=schema.catalog.source, origin="ask", timeout=timeout)
        try:
            table = result.head(LOOKED_AT + 1)
        finally:
            result.close()
    except CancelledError:
        raise
    except UnknownNameError as error:
        raise ModelReplyError(error.message, kind="unknown_name", hint=error.hint) from None
    except RefusedError as error:
        raise ModelReplyError(f"The guard refuses it: {error.message}", kind="refused", hint=error.hint) from None
    except AiserError as error:
        deadline.check()
        raise ModelReplyError(f"The database does not run it: {error.message}", kind="failed", hint=error.hint) from None
    return Ran(sql, table.slice(0, LOOKED_AT), table.num_rows <= LOOKED_AT)


def _rendered(proposal: Proposal, schema: Schema) -> str:
    assert proposal.plan is not None
    try:
        return render.sql(proposal.plan, schema.graph)
    except render.NoJoinError as error:
        tables = ", ".join(error.args[0]) if error.args else ""
        raise ModelReplyError(f"No keys join the tables of the plan: {tables}.", kind="no_join") from None
    except (ValueError, TypeError, AttributeError, KeyError, IndexError, SqlglotError):
        # The types fit, but not together: a share of a column that is no number, an order without an item.
        raise ModelReplyError("The parts of the plan do not make a query.", kind="form") from None


def _allowed(context: Context, sql: str, schema: Schema) -> str:
    """``sql`` written anew without comments, where it is one SELECT over tables of the catalog."""
    catalog = schema.catalog
    verdict = guard.check(sql, catalog.dialect)
    if not verdict.allowed or verdict.kind != "select":
        reason = verdict.reason or f"it is no SELECT but {verdict.kind}"
        record.refused(context, sql, catalog.source, "ask", RefusedError(reason))
        kind = "two_statements" if _statements(sql, catalog.dialect) > 1 else "refused"
        raise ModelReplyError(f"The guard refuses it: {reason}", kind=kind, hint="One SELECT statement is run, nothing else.")
    for name in verdict.tables:
        if not _is_table(name, schema):
            record.refused(context, sql, catalog.source, "ask", RefusedError(f"It names {name}, which is no table of the catalog."))
            raise ModelReplyError(f"The reply names a table {name!r} that is not there.", kind="unknown_name")
    return sqlglot.parse_one(sql, read=catalog.dialect).sql(dialect=catalog.dialect, comments=False)


def _is_table(name: str, schema: Schema) -> bool:
    """Whether ``name``, as written, is a table that the user sees, and no frame, file or system table."""
    parts = exp.to_table(name, dialect=schema.catalog.dialect) if name else exp.Table()
    table = schema.catalog.table(parts.name)
    if table is None or parts.catalog:
        return False
    return not parts.db or parts.db.casefold() == table.schema.casefold() or (not table.schema and parts.db.casefold() in HOME)


def _statements(sql: str, dialect: str) -> int:
    try:
        return sum(statement is not None for statement in sqlglot.parse(sql, read=dialect))
    except SqlglotError:
        return 1

"""Connections under a policy: they list what a role sees, and whatever is sent to them goes through `enforce`.

It stands at the connection, below the route: a statement of a user, a model, a chart, a profile or a join of ours all come by here.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from aiser_jupyter.policy import Grant, Policy, TableRule, grant
from aiser_jupyter.query import listing
from aiser_jupyter.query.enforce import Enforced, enforce

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pyarrow as pa

    from aiser_jupyter.catalog import Column, Key, Table
    from aiser_jupyter.context import Context
    from aiser_jupyter.identity import Identity
    from aiser_jupyter.sources.source import Cursor, Source


class GovernedSource:
    """A connection as a role sees it; what is not said here is the connection's own."""

    def __init__(self, source: Source, granted: Grant) -> None:
        self.inner = source
        self.grant = granted

    def tables(self) -> tuple[Table, ...]:
        """The tables that the role sees, with the columns that it sees."""
        return tuple(shown for table in self.inner.tables() if (shown := visible(table, self.grant)) is not None)

    def keys(self) -> tuple[Key, ...]:
        """The declared keys between tables and columns that the role sees."""
        there = {table.name.casefold(): table for table in self.tables()}

        def all_seen(name: str, columns: tuple[str, ...]) -> bool:
            table = there.get(name.rpartition(".")[2].casefold())
            return table is not None and all(table.column(column) for column in columns)

        return tuple(key for key in self.inner.keys() if all_seen(key.table, key.columns) and all_seen(key.ref_table, key.ref_columns))  # noqa: SIM118  # a source is no dictionary

    def sizes(self) -> Mapping[str, int]:
        """About how many rows those tables have that the role sees whole."""
        whole = {
            table.name for table in self.tables() if (rule := self.grant.role.rule(table.schema, table.name)) is not None and not rule.rows
        }
        return {name: rows for name, rows in self.inner.sizes().items() if name.rpartition(".")[2] in whole}

    def cursor(self) -> Cursor:
        """A place to run one query, as the role may run it."""
        return self.governed(self.inner.cursor())

    def governed(self, cursor: Cursor) -> Cursor:
        """A cursor on the connection, wherever it was opened, under the policy."""
        return _like(GovernedCursor, cursor)(cursor, self)

    def enforced(self, sql: str, frames: Collection[str] = ()) -> Enforced:
        """The statement as the role may run it; ``frames`` are names of the user's own data in it."""
        return enforce(sql, self.inner.dialect, self.grant, lambda name: listing.find(self.inner, name), frames)


class GovernedCursor:
    """A cursor that runs what the role may run in place of what it is given."""

    def __init__(self, cursor: Cursor, source: GovernedSource) -> None:
        self.inner = cursor
        self.source = source

    def run(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Start the statement as the role may run it, and stream its rows."""
        made = self.source.enforced(sql, frames or ())
        return self.inner.run(made.sql, {**params, **made.params}, frames)


def own(source: Source) -> Source:
    """The connection itself, for what opens it in another process."""
    return source.inner if isinstance(source, GovernedSource) else source


def cursor(source: Source, opened: Cursor) -> Cursor:
    """A cursor that another process has on ``source``, under the policy where there is one."""
    return source.governed(opened) if isinstance(source, GovernedSource) else opened


def _like(kind: type, inner: object) -> Any:
    """A kind of wrapper that has all that ``inner`` has, so that what is asked by protocol is answered as by ``inner`` itself."""
    return _kind(kind, frozenset(name for name in dir(inner) if not name.startswith("_")))


@cache
def _kind(kind: type, names: frozenset[str]) -> type:
    return type(kind.__name__, (kind,), {name: _through(name) for name in sorted(names) if not hasattr(kind, name)})


def _through(name: str) -> property:
    return property(lambda self: getattr(self.inner, name), lambda self, value: setattr(self.inner, name, value))


def visible(table: Table, granted: Grant) -> Table | None:
    """A table as a role sees it, None where it does not."""
    rule = granted.role.rule(table.schema, table.name)
    if rule is None:
        return None
    columns = tuple(_shown(column, rule) for column in table.columns if rule.shows(column.name))
    return replace(table, columns=columns, row_count=table.row_count if not rule.rows else None) if columns else None


def _shown(column: Column, rule: TableRule) -> Column:
    """A column as it is listed: one that is masked or shows in aggregates alone says so, and tells nothing of its values."""
    mask = rule.mask(column.name)
    if mask is not None:
        kind = "text" if mask.kind in ("hash", "partial", "generalise", "constant") else column.type
        said = f"masked ({mask.kind})"
        return replace(
            column, type=kind, primary=False, unique=False, statistics=None, comment="; ".join(filter(None, (column.comment, said)))
        )
    if rule.only_aggregated(column.name):
        return replace(
            column, statistics=None, summed_only=True, comment="; ".join(filter(None, (column.comment, "shows in aggregates alone")))
        )
    return column


def under(context: Context, policy: Policy, identity: Identity) -> Context:
    """The context in which ``identity`` asks under ``policy``."""
    if not policy.active:
        return replace(context, policy=policy, identity=identity)
    settings = context.settings
    made: dict[int, GovernedSource] = {}

    def govern(source: Source) -> Source:
        granted = grant(policy, identity, source.name, role=settings.policy_role, tenant=settings.tenant)
        if granted is None:
            return source
        if id(source) not in made or made[id(source)].inner is not source:
            made[id(source)] = _like(GovernedSource, source)(source, granted)
        return made[id(source)]  # pyright: ignore[reportReturnType]  # what it does not say itself is the source's own

    return replace(context, policy=policy, identity=identity, sources=context.sources.governed(govern))

"""Connections under a policy: they list what a role sees, and whatever is sent to them goes through `enforce`.

It stands at the connection, below the route: a statement of a user, a model, a chart, a profile or a join of ours all come by here.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiser_jupyter.audit import Audit
from aiser_jupyter.errors import AiserError, RefusedError
from aiser_jupyter.policy import Grant, Policy, TableRule, grant, uses
from aiser_jupyter.query import listing, quota
from aiser_jupyter.query.enforce import Enforced, enforce, rule_of
from aiser_jupyter.query.history import masked
from aiser_jupyter.settings import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    import pyarrow as pa

    from aiser_jupyter.catalog import Column, Key, Table
    from aiser_jupyter.context import Context
    from aiser_jupyter.identity import Identity
    from aiser_jupyter.policy.role import ModelAccess
    from aiser_jupyter.sources.source import Cursor, Source


class GovernedSource:
    """A connection as a role sees it; what is not said here is the connection's own."""

    def __init__(self, source: Source, granted: Grant, audit: Audit | None, counted: uses.Uses, *, keeps_values: bool) -> None:
        self.inner = source
        self.grant = granted
        self.audit = audit
        self.uses = counted
        self.keeps_values = keeps_values
        self._memo: Any = {}

    def tables(self) -> tuple[Table, ...]:
        """The tables that the role sees, with the columns that it sees."""
        # The listing of the connection itself is shared by all who ask.
        return tuple(shown for table in listing.tables(self.inner) if (shown := visible(table, self.grant)) is not None)

    def lists_all(self) -> bool:
        """Whether the role sees every table and column there is, though perhaps not every row and value."""
        whole, seen = ([(table.name, len(table.columns)) for table in tables] for tables in (listing.tables(self.inner), self.tables()))
        return whole == seen

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
        return {name: rows for name, rows in listing.sizes(self.inner).items() if name.rpartition(".")[2] in whole}

    def forget_tables(self) -> None:
        """Have the connection's tables read anew."""
        listing.forget(self.inner)

    def cursor(self) -> Cursor:
        """A place to run one query, as the role may run it."""
        return self.governed(self.inner.cursor(), "engine")

    def governed(self, cursor: Cursor, origin: str) -> Cursor:
        """A cursor on the connection, wherever it was opened, under the policy; ``origin`` is the part that asks."""
        return _like(GovernedCursor, cursor)(cursor, self, origin)

    def enforced(self, sql: str, frames: Collection[str] = ()) -> Enforced:
        """The statement as the role may run it; ``frames`` are names of the user's own data in it."""
        return enforce(sql, self.inner.dialect, self.grant, listing.finder(self.inner), frames, self._memo, self.tables)

    def account(self, event: str, origin: str, **about: object) -> int:
        """Write a line into the audit log, and give its number; raises AuditError where that cannot be done."""
        granted = self.grant
        who = {
            "user": granted.identity.user,
            "by": granted.identity.told_by,
            "role": granted.role.name,
            "origin": origin,
            "policy": granted.digest[:16],
        }
        return self.audit.append(event, **who, connection=self.inner.name, **about) if self.audit is not None else 0

    def told(self, sql: str) -> str:
        """A statement as it may be kept: its values only where results may be."""
        return sql if self.keeps_values else masked(sql, self.inner.dialect)


class GovernedCursor:
    """A cursor that runs what the role may run in place of what it is given, within the role's bounds, and keeps account of it."""

    def __init__(self, cursor: Cursor, source: GovernedSource, origin: str) -> None:
        self.inner = cursor
        self.source = source
        self.origin = origin
        self._use = quota.Use(source.grant, source.uses)
        self._about = (
            {"question": said} if (said := _question.get()) and source.keeps_values and origin != "profile" else {}
        )  # here, as it runs on another thread
        self._ended = lambda _status, _rows: None

    def run(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Start the statement as the role may run it, and stream its rows; raises RefusedError, and AuditError where no account can be kept."""
        try:
            made = self.source.enforced(sql, frames or ())
            self._use.begin()
        except RefusedError as error:
            self.source.account("refused", self.origin, sql=self.source.told(sql), why=error.message)
            raise
        changes = [f"{change.table}: {change.what}" for change in made.changes]
        number = self.source.account(
            "access", self.origin, sql=self.source.told(made.sql), tables=list(made.tables), applied=changes, **self._about
        )
        self._ended = partial(self._account_end, number)
        try:
            return self._counted(self.inner.run(made.sql, {**params, **made.params}, frames))
        except Exception:
            self._finish("failed")
            raise

    def close(self) -> None:
        """Give the cursor back; what was read of it so far is what was given."""
        try:
            self.inner.close()
        finally:
            self._finish("closed")

    def _counted(self, reader: pa.RecordBatchReader) -> pa.RecordBatchReader:
        import pyarrow as pa

        def batches() -> Iterator[pa.RecordBatch]:
            try:
                for batch in reader:
                    self._use.count(batch.num_rows)
                    yield batch
            except Exception:
                self._finish("failed")
                raise
            self._finish("done")

        return pa.RecordBatchReader.from_batches(reader.schema, batches())

    def _finish(self, status: str) -> None:
        ended, self._ended = self._ended, lambda _status, _rows: None
        try:
            ended(status, self._use.rows)
        finally:
            self._use.end()  # last: who takes the place is put down after who had it

    def _account_end(self, number: int, status: str, rows: int) -> None:
        if self.source.audit is not None:
            self.source.audit.append("outcome", of=number, status=status, rows=rows)


def own(source: Source) -> Source:
    """The connection itself, for what opens it in another process."""
    return source.inner if isinstance(source, GovernedSource) else source


def cursor(source: Source, opened: Cursor, origin: str) -> Cursor:
    """A cursor that was opened on ``source`` here or in another process, under the policy where there is one."""
    return source.governed(opened, origin) if isinstance(source, GovernedSource) else opened


def bound(sources: Iterable[Source], seconds: float) -> float:
    """The seconds that a statement over ``sources`` may take where ``seconds`` are asked for."""
    return min(
        [
            seconds,
            *(
                granted.role.quota.seconds
                for source in sources
                if (granted := getattr(source, "grant", None)) and granted.role.quota.seconds
            ),
        ]
    )


def given(sources: Iterable[Source], origin: str, sql: str, rows: int) -> None:
    """Keep account of rows that were given from the cache."""
    for source in sources:
        if isinstance(source, GovernedSource):
            source.account("cached", origin, sql=source.told(sql), rows=rows)


def may_tell(sources: Iterable[Source], what: ModelAccess = "values") -> None:
    """Raise RefusedError, and keep account of it, where an assistant outside may not be told values, or the schema, of ``sources``: it is a model like any other."""
    for source in sources:
        if isinstance(source, GovernedSource) and source.grant.role.model not in (what, "values"):
            told = "no values" if what == "values" else "nothing"
            refused = RefusedError(
                f"The policy lets the role {source.grant.role.name} tell a model {told} of {source.name}.",
                hint=f'Whoever governs this workspace can allow it: model = "{what}".',
            )
            source.account("refused", "mcp", why=refused.message)
            raise refused


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
    rule = rule_of(table, granted)
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


def _log(context: Context, policy: Policy) -> Path | None:
    """Where account is kept: whether history is kept is the user's choice, whether account is kept of a governed connection is not."""
    root = context.sources.root
    return Path(policy.audit) if policy.audit else root / FOLDER / "audit.jsonl" if root is not None else None


def model_use(context: Context) -> quota.ModelUse | None:
    """A call of a language model in the bounds of the user's role; None where there is no policy. What is counted lies beside the audit log."""
    policy, settings = context.policy, context.settings
    if not policy.active:
        return None
    role = policy.role(context.identity, settings.policy_role)
    place = _log(context, policy)
    return quota.ModelUse(Grant(role, context.identity, settings.tenant), uses.at(place.parent if place is not None else None))


_question: ContextVar[str] = ContextVar("question", default="")


@contextmanager
def asking(question: str) -> Iterator[None]:
    """What is run meanwhile is run for that question; the log says so, of connections whose values may be kept."""
    token = _question.set(question)
    try:
        yield
    finally:
        _question.reset(token)


def model_asked(context: Context, connection: str, model: str, prompt: str) -> Callable[..., object]:
    """Keep account of a call of a model about a governed connection before it is made, and give what to say when it ended; raises AuditError where that cannot be done."""
    source = context.sources.get(connection) if connection in context.sources else None
    if not isinstance(source, GovernedSource) or source.audit is None:
        return lambda **_: None
    number = source.account("model", "model", model=model, prompt=prompt)
    return partial(source.audit.append, "outcome", of=number)


def refused_model(context: Context, connection: str, why: str) -> None:
    """Keep account of a model that was not asked; only of a governed connection is account kept."""
    source = context.sources.get(connection) if connection in context.sources else None
    if isinstance(source, GovernedSource):
        source.account("refused", "model", why=why)


def current(context: Context) -> Context:
    """The context under the policy as it is now; where that cannot be told, its governed connections raise why, and the others go on."""
    policy = context.policy
    if context.held is not None:
        try:
            policy = context.held()
        except AiserError as error:
            return replace(context, sources=context.sources.governed(partial(_withheld, context.policy, error)))
    apart = policy.active and not context.sources.is_governed
    return under(context, policy, context.identity) if apart or policy.digest != context.policy.digest else context


def _withheld(policy: Policy, error: AiserError, source: Source) -> Source:
    if policy.governs(source.name):
        raise error
    return source


def under(context: Context, policy: Policy, identity: Identity) -> Context:
    """The context in which ``identity`` asks under ``policy``."""
    if not policy.active:
        return replace(context, policy=policy, identity=identity)
    settings = context.settings
    made: dict[int, GovernedSource] = {}
    place = _log(context, policy)
    audit = Audit(place) if place is not None else None
    counted = uses.at(place.parent if place is not None else None)

    def govern(source: Source) -> Source:
        granted = grant(policy, identity, source.name, role=settings.policy_role, tenant=settings.tenant)
        if granted is None:
            return source
        if id(source) not in made or made[id(source)].inner is not source:
            keeps = context.copy_for(source.name) == "results" if source.name in context.sources else False
            made[id(source)] = _like(GovernedSource, source)(source, granted, audit, counted, keeps_values=keeps)
        return made[id(source)]  # pyright: ignore[reportReturnType]  # what it does not say itself is the source's own

    made_for = replace(context, policy=policy, identity=identity, sources=context.sources.governed(govern))
    return replace(made_for, catalogs=context.catalogs.of(made_for.viewer))

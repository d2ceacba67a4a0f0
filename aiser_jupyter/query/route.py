"""Which connection and engine run a statement, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import RefusedError, UsageError
from aiser_jupyter.query import cost, locate, performance, pushdown, syntax
from aiser_jupyter.query.federation import Federation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlglot import exp

    from aiser_jupyter.context import Context
    from aiser_jupyter.query.locate import Located
    from aiser_jupyter.query.verdict import Verdict
    from aiser_jupyter.sources.source import Cursor, Source

    Check = Callable[[str, str], Verdict]
    Frames = Callable[[Verdict, str | None], dict[str, object]]


@dataclass(frozen=True)
class Route:
    """Where a statement runs, why, and what else would do.

    ``sources`` are the connections whose tables it reads; ``kind`` is ``direct`` or ``federated``; ``pushed`` are the statements that other
    engines run for it, filled while they run.
    """

    source: Source
    reason: str
    alternatives: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    kind: str = "direct"
    pushed: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, object]:
        """The route as a `Result` shows it."""
        plain: dict[str, object] = {"engine": self.engine, "reason": self.reason, "alternatives": list(self.alternatives)}
        return {**plain, "pushed": self.pushed} if isinstance(self.source, Federation) else plain

    @property
    def engine(self) -> str:
        """The dialect of the engine that does it all, or ``federated``."""
        made = self.source.made.plan if isinstance(self.source, Federation) else None
        if made is None:
            return self.source.dialect
        return made.fetches[0].source.dialect if made.direct else "federated"


@dataclass(frozen=True)
class Reading:
    """A statement that was read: its route, what the guard says of it, and the frames it names."""

    route: Route
    verdict: Verdict
    frames: Mapping[str, object]


class Router:
    """Reads one statement for one run: in which dialect it is meant, where its tables are, and who runs it.

    ``check`` is the guard and the policy, ``frames`` gives the tables of a checked statement that are data frames or files, ``open`` a cursor on a connection.
    """

    def __init__(self, context: Context, check: Check, frames: Frames, open_: Callable[[Source], Cursor]) -> None:
        self._context = context
        self._check = check
        self._frames = frames
        self._open = open_
        self._verdicts: dict[str, Verdict | RefusedError] = {}

    def read(self, sql: str, on: str | None, values: Mapping[str, object], *, given: bool) -> Reading:
        """How ``sql`` runs, on the connection ``on`` or where its tables are; ``given`` says that frames came with it.

        Raises `RefusedError` from the guard, `UsageError` where a table is on several connections or may not be joined, `UnknownNameError`.
        """
        self._sql, self._values = sql, values
        sources = self._context.sources
        if on is not None:
            return self._asked(sources.get(on))
        default = sources.get() if sources.default else None
        own = self._tried(default.dialect) if default is not None and not given else None
        if default is not None and own is not None:
            found = locate.within(default, own.tables)
            if not found.unknown and not own.files:
                others = len(sources.names()) > 1
                return self._direct(default, own, found, {}, "the default connection" if others else "the only connection")
        return self._anywhere(default, own)

    # --- one connection -----------------------------------------------------------------------------------------------------------------

    def _asked(self, source: Source) -> Reading:
        verdict = self._sure(source.dialect)
        frames = self._frames(verdict, source.name)
        found = locate.within(source, verdict.tables, frames)
        if frames and not source.capabilities.frames:
            return self._federated(self._sure("duckdb"), locate.within(source, self._sure("duckdb").tables, frames), frames)
        return self._direct(source, verdict, found, frames, "asked for")

    def _direct(
        self,
        source: Source,
        verdict: Verdict,
        found: Located,
        frames: Mapping[str, object],
        reason: str,
        alternatives: tuple[str, ...] = (),
    ) -> Reading:
        """On the connection itself, in its own dialect; its name is taken off the tables it stands before."""
        if found.prefixed and verdict.kind in {"select", "write"}:
            tree = _tree(verdict.sql, source.dialect)
            if pushdown.shadowed(tree, found):
                if source.dialect == "duckdb" and verdict.kind == "select":
                    return self._federated(verdict, found, frames, "a WITH has the name of a table")
                raise UsageError(f"A WITH has the name of a table of {source.name}.", hint="Give the WITH a name of its own.")
            tree = pushdown.marked(tree, found, source.dialect)
            verdict = self._check(syntax.render(tree, source.dialect), source.dialect)
        return Reading(Route(source, reason, alternatives, (source,)), verdict, frames)

    # --- any connection -----------------------------------------------------------------------------------------------------------------

    def _anywhere(self, default: Source | None, own: Verdict | None) -> Reading:
        verdict = self._tried("duckdb") or own
        if verdict is None:
            verdict = self._sure(default.dialect if default is not None else "duckdb")
        frames = self._frames(verdict, None)
        found = locate.anywhere(self._context.sources, verdict.tables, frames)
        if not found.places:
            return self._without_tables(default, found, frames)
        source, *others = found.sources
        if others or (frames and not source.capabilities.frames):
            return self._federated(self._common_words(), found, frames)
        if found.unknown and found.prefixed:
            raise locate.missing(self._context.sources, found.unknown[0])
        if found.prefixed and not self._tried("duckdb"):
            return self._direct(source, self._own_words(source), found, frames, f"all its tables are on {source.name}")
        if not found.prefixed:
            # As ever: a statement all of whose tables are on one connection is in that connection's own words.
            verdict = self._sure(source.dialect) if self._tried(source.dialect) or not self._tried("duckdb") else verdict
            if self._tried(source.dialect):
                reason = "the default connection" if source is default else "its tables are there"
                return self._direct(source, verdict, locate.within(source, verdict.tables, frames), frames, reason)
        if source.dialect == "duckdb":
            return self._direct(source, verdict, found, frames, f"all its tables are on {source.name}")
        return self._translated(verdict, found, frames)

    def _own_words(self, source: Source) -> Verdict:
        """The statement in the dialect of the one connection it is about."""
        return self._sure(source.dialect) if self._tried(source.dialect) else self._common_words()

    def _common_words(self) -> Verdict:
        """The statement in DuckDB's dialect, in which those over several connections are written."""
        try:
            return self._sure("duckdb")
        except RefusedError as error:
            if error.hint:
                raise
            hint = "A statement about other connections is read as DuckDB's SQL: names in double quotes, not in backticks or brackets."
            raise RefusedError(error.message, where=error.where, hint=hint) from None

    def _without_tables(self, default: Source | None, found: Located, frames: Mapping[str, object]) -> Reading:
        """Nothing of it is on a connection: the engine that runs it knows its own books, or says what is unknown."""
        engine = self._context.sources.engine
        if frames and not found.unknown:
            usable = default if default is not None and default.capabilities.frames else engine()
            return self._direct(usable, self._sure(usable.dialect), found, frames, "data frames live on the workspace's own engine")
        if default is None and not found.unknown:
            return self._direct(engine(), self._sure("duckdb"), found, frames, "no table is named")
        source = default if default is not None else self._context.sources.get()
        if frames and not source.capabilities.frames:
            raise locate.missing(self._context.sources, found.unknown[0])
        reason = "the default connection" if len(self._context.sources.names()) > 1 else "the only connection"
        return self._direct(source, self._sure(source.dialect), found, frames, reason)

    def _translated(self, verdict: Verdict, found: Located, frames: Mapping[str, object]) -> Reading:
        """A statement of DuckDB's dialect over one connection that speaks another: as a whole where every part means the same, else by parts."""
        if frames or verdict.kind != "select" or found.unknown:
            return self._federated(verdict, found, frames)
        tree = _tree(verdict.sql, "duckdb")
        if not self._context.settings.pushdown:
            return self._federated(verdict, found, frames, "pushing down is switched off")
        whole, odd = pushdown.direct(tree, found, self._values)
        if whole is not None and whole.columns:
            whole = pushdown.titled(whole, tree, found, self._values, self._context.sources.engine())
        if whole is None:
            return self._federated(verdict, found, frames, odd or "its columns' names cannot be told")
        source = found.sources[0]
        recent = performance.recent(self._context)
        told = f"fetch every table whole: {cost.words(cost.naive(found, recent), pushdown.naive_rows(found))}"
        instead = partial(pushdown.plan, tree, found, self._values, push=self._context.settings.pushdown)
        federation = Federation(found.sources, whole, self._open, None if self._context.settings.route == "direct" else instead)
        reason = f"all its tables are on {source.name}, and every part means the same there ({cost.words(cost.of(whole, recent), cost.moved(whole))})"
        return Reading(Route(federation, reason, (told,), found.sources, "direct", federation.made.pushed), verdict, frames)

    def _federated(self, verdict: Verdict, found: Located, frames: Mapping[str, object], odd: str = "") -> Reading:
        """By parts from each connection, joined in a DuckDB of our own."""
        settings = self._context.settings
        names = [source.name for source in found.sources]
        if settings.route == "direct":
            raise _not_joined(names, frames, odd)
        if verdict.kind != "select":
            raise UsageError(
                f"{verdict.kind.upper()} works on one connection, and this statement is about {' and '.join([*names, *frames])}.",
                hint=_alone(verdict.kind, names),
            )
        if found.unknown:
            raise locate.missing(self._context.sources, found.unknown[0])
        tree = _tree(verdict.sql, "duckdb")
        recent = performance.recent(self._context)
        chosen = pushdown.plan(tree, found, self._values, push=settings.pushdown)
        alternatives: tuple[str, ...] = ()
        if settings.pushdown:
            alternatives = (f"fetch every table whole: {cost.words(cost.naive(found, recent), pushdown.naive_rows(found))}",)
        federation = Federation(found.sources, chosen, self._open)
        about = cost.words(cost.of(chosen, recent), cost.moved(chosen))
        where = (
            f"its tables are on {' and '.join([*names, *(['data frames'] if frames else [])])}"
            if not odd
            else f"{odd}, so {names[0]} gives the rows"
        )
        route = Route(federation, f"{where}; joined here ({about})", alternatives, found.sources, "federated", federation.made.pushed)
        return Reading(route, verdict, frames)

    # --- dialects -----------------------------------------------------------------------------------------------------------------------

    def _tried(self, dialect: str) -> Verdict | None:
        """The verdict on the statement as one of ``dialect``, None where that is refused."""
        if dialect not in self._verdicts:
            try:
                self._verdicts[dialect] = self._check(self._sql, dialect)
            except RefusedError as error:
                self._verdicts[dialect] = error
        found = self._verdicts[dialect]
        return None if isinstance(found, RefusedError) else found

    def _sure(self, dialect: str) -> Verdict:
        verdict = self._tried(dialect)
        if verdict is None:
            error = self._verdicts[dialect]
            assert isinstance(error, RefusedError)
            raise error
        return verdict


def _tree(sql: str, dialect: str) -> exp.Expr:
    return syntax.parse(syntax.tokens(sql, dialect), sql, dialect)[0]


def _alone(kind: str, names: Sequence[str]) -> str:
    """The next step where a statement that is no query needs a connection of its own."""
    if len(names) == 1:
        return f'Name the connection, and write it in its own words: on="{names[0]}", or %%sql {names[0]}.'
    if kind == "write":
        return "Read with one statement, then write its rows with one that names a single connection."
    return "Run the statement itself: its route says what each connection does."


def _not_joined(names: Sequence[str], frames: Mapping[str, object], odd: str) -> UsageError:
    if frames and len(names) == 1:
        return UsageError(
            f"{', '.join(frames)} is a data frame, and {names[0]} is another engine: they cannot be joined in one statement.",
            hint='Read the table first (r = ws.sql(…)), then join r with the frame: a result is a table too; or set route = "auto".',
        )
    if odd:
        return UsageError(
            f"{odd[:1].upper()}{odd[1:]}.", hint=f'Write it in the words of {names[0]} with on="{names[0]}", or set route = "auto".'
        )
    return UsageError(
        f"The tables are on {' and '.join(names)}, and joining connections is switched off.", hint='Set route = "auto" in the settings.'
    )

"""A statement over several connections: its parts are fetched at once, each from its own, and joined in a private DuckDB."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from threading import Lock, Semaphore, Thread
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from aiser_jupyter.errors import AiserError, CancelledError, DeadlineError, QueryError
from aiser_jupyter.query import failures, private_engine, pushdown
from aiser_jupyter.query.alike import Unlike
from aiser_jupyter.sources.source import Fetching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from aiser_jupyter.query.pushdown import Fetch, Keys, Plan
    from aiser_jupyter.sources.duckdb import DuckDBCursor, DuckDBSource
    from aiser_jupyter.sources.source import Cursor, Source

MOST_KEYS = 1_000  # a longer list costs the server more than it spares
AT_ONCE = 8  # parts fetched at the same time


class FederatedCursor:
    """One statement over several connections; ``cursor`` opens a place on one of them.

    ``pushed`` tells what ran where: ``{source, sql, rows}``, the rows counted as they come, and what was ``asked`` of a server without SQL, which may take
    ``limit_s`` seconds. Where a server does not take a part that we wrote for it, its
    table is fetched whole, or ``instead`` says what else to do for a whole statement; ``pushed`` says so under ``fallback``.
    """

    def __init__(self, plan: Plan, cursor: Callable[[Source], Cursor], instead: Callable[[], Plan] | None = None) -> None:
        self.plan = plan
        self._instead = instead
        self.pushed: list[dict[str, Any]] = []
        self.limit_s: float | None = None
        self._cursor = cursor
        self._open: list[Cursor] = []
        self._engine: DuckDBSource | None = None
        self._own: DuckDBCursor | None = None
        self._lock = Lock()
        self._stopped = False
        self._clean = False

    def run(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object] | None = None) -> pa.RecordBatchReader:  # noqa: ARG002  # the plan was made for it
        """Fetch the parts of the plan, which was made for ``sql``, and stream the rows of what is left of it."""
        if self.plan.direct:
            part = self.plan.fetches[0]
            try:
                return _renamed(self._fetched(part, params), self.plan.columns)
            except Exception as error:  # noqa: BLE001  # each driver has its own
                explained = failures.explain(error, part.sql, part.source, (), ())
                if self._instead is None or self._stopped or not _refused(explained):
                    raise explained from None
                self._fell_back(part, explained)
                self.plan = self._instead()
        with self._lock:
            self._engine = engine = private_engine.take()
        self._load(engine, params)
        with self._lock:
            self._checked()
            self._own = own = engine.cursor()
        reader = own.run(self.plan.sql, pushdown.bound(self.plan.sql, "duckdb", params), frames)
        self._clean = not frames
        return reader

    def cancel(self) -> None:
        """Stop every fetch, each on its server, and the join."""
        with self._lock:
            self._stopped = True
            running = [*self._open, *([self._own] if self._own is not None else [])]
            engine = self._engine
        for cursor in running:
            cursor.cancel()
        if engine is not None:
            engine.cancel()

    def close(self) -> None:
        """Give every connection back."""
        with self._lock:
            clean = self._clean and not self._stopped
            self._stopped = True
            opened, self._open = self._open, []
            engine, self._engine, own, self._own = self._engine, None, self._own, None
        for cursor in opened:
            cursor.close()
        if own is not None:
            own.close()
        if engine is not None and clean:
            private_engine.give_back(engine, {part.table for part in self.plan.fetches})
        elif engine is not None:
            engine.close()

    def _checked(self) -> None:
        if self._stopped:
            raise CancelledError("The query was cancelled.")

    def _load(self, engine: DuckDBSource, params: Mapping[str, object]) -> None:
        """Fetch the parts, those whose keys spare rows of others first."""
        for parts in _rounds(self.plan.fetches):
            failed = at_once([partial(self._into, engine, part, params) for part in parts], failed=self.cancel)
            if failed is not None:
                raise failed

    def _into(self, engine: DuckDBSource, part: Fetch, params: Mapping[str, object]) -> None:
        if part.keys is not None:
            part = self._spared(engine, part, part.keys)
        try:
            engine.load(part.table, self._fetched(part, params))
        except Exception as error:  # noqa: BLE001  # each driver has its own
            if self._stopped:
                raise CancelledError("The query was cancelled.") from None
            explained = failures.explain(error, part.sql, part.source, (), ())
            if part.whole is None or not _refused(explained):
                raise explained from None
            self._fell_back(part, explained)
            engine.load(part.table, self._fetched(replace(part, sql=pushdown.checked(part.whole, part.source.dialect)), params))

    def _fell_back(self, part: Fetch, error: BaseException) -> None:
        reason = error.message if isinstance(error, AiserError) else str(error)
        self.pushed.append({"source": part.source.name, "sql": part.sql, "rows": None, "fallback": reason})

    def _fetched(self, part: Fetch, params: Mapping[str, object]) -> pa.RecordBatchReader:
        """The rows of a part as they come, counted."""
        import pyarrow as pa

        told: dict[str, Any] = {"source": part.source.name, "sql": part.sql, "rows": 0}
        with self._lock:
            self._checked()
            cursor = self._cursor(part.source)
            self._open.append(cursor)
        if isinstance(cursor, Fetching):
            cursor.timeout_s = self.limit_s
        reader = cursor.run(part.sql, pushdown.bound(part.sql, part.source.dialect, params))
        if isinstance(cursor, Fetching):
            told["asked"] = list(cursor.pushed)
        self.pushed.append(told)

        def counted() -> Iterator[pa.RecordBatch]:
            for batch in reader:
                told["rows"] += batch.num_rows
                yield batch
            self._done(cursor)

        return pa.RecordBatchReader.from_batches(reader.schema, counted())

    def _done(self, cursor: Cursor) -> None:
        """Give a connection back as soon as it was read to the end."""
        with self._lock:
            if cursor not in self._open:
                return
            self._open.remove(cursor)
        cursor.close()

    def _spared(self, engine: DuckDBSource, part: Fetch, keys: Keys) -> Fetch:
        """The fetch with a list of the keys that the other part has; as it was where they are too many or of another kind."""
        listed = _literals(_values(engine, keys), keys.kind, part.source.dialect)
        if listed is None or part.query is None:
            return part
        own = exp.column(exp.to_identifier(_real(part, keys.column), quoted=True))
        narrowed = exp.In(this=own, expressions=listed) if listed else exp.EQ(this=exp.Literal.number(1), expression=exp.Literal.number(0))
        try:
            return replace(part, sql=pushdown.checked(part.query.copy().where(narrowed), part.source.dialect))
        except Unlike:
            return part


def at_once(tasks: Sequence[Callable[[], None]], *, failed: Callable[[], None]) -> BaseException | None:
    """Do the ``tasks`` at the same time, a few at once, and wait for all; the first error, after which ``failed`` was called to end the others.

    Their threads are daemons: one that hangs on a server must not keep the process alive.
    """
    errors: list[BaseException] = []
    room = Semaphore(AT_ONCE)

    def work(task: Callable[[], None]) -> None:
        with room:
            try:
                if not errors:
                    task()
            except BaseException as error:  # noqa: BLE001  # raised again by the one who waits
                errors.append(error)
                if len(errors) == 1:
                    failed()

    threads = [Thread(target=work, args=(task,), name="aiser-fetch", daemon=True) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors[0] if errors else None


def _rounds(parts: Sequence[Fetch]) -> Iterator[list[Fetch]]:
    """The parts that wait for none, then those that wait for another's keys."""
    yield [part for part in parts if part.keys is None]
    yield [part for part in parts if part.keys is not None]


def _refused(error: BaseException) -> bool:
    """Whether an engine did not take a statement, rather than broke, was stopped, or ran out of time."""
    return isinstance(error, QueryError) and not isinstance(error, CancelledError | DeadlineError)


def _real(part: Fetch, name: str) -> str:
    """The column as the source writes it."""
    from aiser_jupyter.query import listing

    table = part.query.find(exp.Table) if part.query is not None else None
    known = listing.find(part.source, f"{table.db}.{table.name}" if table.db else table.name) if table is not None else None
    column = known.column(name) if known is not None else None
    return column.name if column is not None else name


def _values(engine: DuckDBSource, keys: Keys) -> list[Any]:
    """The distinct values of the other part's column, one more than may be listed at most."""
    cursor = engine.cursor()
    try:
        names = cursor.run(f'SELECT * FROM "{keys.part}" LIMIT 0', {}).schema.names  # noqa: S608  # a name of our own
        column = next((name for name in names if name.casefold() == keys.other.casefold()), None) if keys.other else names[0]
        if column is None:
            return [keys]  # no value of any kind: nothing is spared
        quoted = column.replace('"', '""')
        query = f'SELECT DISTINCT "{quoted}" FROM "{keys.part}" LIMIT {MOST_KEYS + 1}'  # noqa: S608  # quoted
        return cursor.run(query, {}).read_all().column(0).to_pylist()
    finally:
        cursor.close()


def _literals(values: list[Any], kind: str, dialect: str) -> list[exp.Expr] | None:  # noqa: PLR0911  # each reason not to, then one return a kind
    """The distinct values as literals; None where they cannot be written alike, or are too many."""
    from datetime import date, datetime

    present = [value for value in values if value is not None]
    if len(present) > MOST_KEYS:
        return None
    wanted = {"integer": int, "text": str, "date": date}[kind]
    if any(not isinstance(value, wanted) or isinstance(value, bool | datetime) for value in present):
        return None
    if kind == "text":
        foreign = dialect not in {"duckdb", "postgres"}
        if any("\0" in value or (foreign and ("\\" in value or not value.isascii())) for value in present):
            return None
        if sum(map(len, present)) > 50_000:
            return None
        return [exp.Literal.string(value) for value in present]
    if kind == "date":
        return [exp.Cast(this=exp.Literal.string(value.isoformat()), to=exp.DataType.build("date")) for value in present]
    return [exp.Literal.number(str(value)) if value >= 0 else exp.Neg(this=exp.Literal.number(str(-value))) for value in present]


def _renamed(reader: pa.RecordBatchReader, columns: Sequence[str]) -> pa.RecordBatchReader:
    """The same rows with the ``columns``' names, where there are any."""
    import pyarrow as pa

    if not columns or list(columns) == reader.schema.names:
        return reader
    schema = pa.schema([field.with_name(name) for field, name in zip(reader.schema, columns, strict=True)])
    return pa.RecordBatchReader.from_batches(schema, (pa.RecordBatch.from_arrays(batch.columns, schema=schema) for batch in reader))

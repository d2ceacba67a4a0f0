"""Sources whose server does not speak SQL: what a statement needs is fetched, and the statement runs here, in a DuckDB of its own."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from aiser_jupyter.errors import CancelledError, QueryError, RefusedError, SourceError, UsageError
from aiser_jupyter.sources.nested import MisfitError
from aiser_jupyter.sources.source import Capabilities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import duckdb
    import pyarrow as pa
    from sqlglot import exp

    from aiser_jupyter.catalog import Key, Table
    from aiser_jupyter.sources.conditions import Condition
    from aiser_jupyter.sources.grouping import Grouping
    from aiser_jupyter.sources.needs import Need
    from aiser_jupyter.sources.recipe import Recipe

BATCH = 1 << 16
_WIDENINGS = 50  # how often one statement may find that a column is of another kind than it seemed
_EXPLAIN = re.compile(r"\s*EXPLAIN\s+(?:ANALYZE\s+)?", re.IGNORECASE)


class Stop:
    """What tells a running scan to end, from any thread."""

    def __init__(self) -> None:
        self._told = Event()
        self._lock = Lock()
        self._calls: list[Callable[[], None]] = []

    def check(self) -> None:
        """Raise `CancelledError` where the scan was told to end."""
        if self._told.is_set():
            raise CancelledError("The query was cancelled.")

    def wait(self, seconds: float) -> None:
        """Sleep, but no longer than until the scan is told to end; raises `CancelledError` then."""
        self._told.wait(seconds)
        self.check()

    def tell(self) -> None:
        """End the scan: whatever registered itself is called, now and each time this is repeated."""
        self._told.set()
        with self._lock:
            calls = tuple(self._calls)
        for call in calls:
            # It is told while the other side may end by itself.
            with suppress(Exception):
                call()

    @contextmanager
    def calling(self, call: Callable[[], None]) -> Iterator[None]:
        """Have ``call`` called where the scan is told to end within this block."""
        with self._lock:
            self._calls.append(call)
        try:
            self.check()
            yield
        finally:
            with self._lock:
                self._calls.remove(call)


@dataclass(frozen=True)
class Scan:
    """Which rows and columns of a table are wanted.

    ``conditions`` must all hold; a source may apply those it likes, for they are applied again afterwards. ``limit`` is how many rows are
    enough where every condition is applied (None: all). What a source did it says in ``pushed``.
    """

    table: str
    columns: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    limit: int | None = None
    stop: Stop = field(default_factory=Stop)
    timeout_s: float | None = None
    pushed: list[str] = field(default_factory=list)


class ScannedCursor:
    """One statement: what it needs is fetched into an engine that can reach no file and no network, and forgotten with it."""

    # What the road gives it as the time that is left, for a server that can keep a deadline itself.
    timeout_s: float | None = None

    def __init__(self, owner: ScannedSource) -> None:
        self._owner = owner
        self._stop = Stop()
        self._lock = Lock()
        self._engine: duckdb.DuckDBPyConnection | None = None
        self.pushed: list[str] = []

    def run(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Fetch what ``sql`` needs, and run it over that; a statement that takes its rows one by one streams."""
        self._owner.ready()
        tree = read_only_tree(sql, self._owner.name)
        engine = self._engine = engine_of_its_own()
        for name, frame in (frames or {}).items():
            engine.register(name, frame)
        return _Statement(self._owner, self, engine, sql, tree, dict(params), frozenset(map(str.casefold, frames or ()))).run(self._stop)

    def cancel(self) -> None:
        """Stop the scan, on the server too, and the engine."""
        self._stop.tell()
        with self._lock:
            if self._engine is not None:
                self._engine.interrupt()

    def close(self) -> None:
        """Stop what still runs, and forget what was fetched."""
        self._stop.tell()
        self._owner.forget(self)
        with self._lock:
            if self._engine is not None:
                with suppress(Exception):
                    self._engine.close()
                self._engine = None


class ScannedSource(ABC):
    """The common part of such sources; theirs are ``tables``, ``scan`` and, where their server can group, ``aggregate``."""

    dialect = "duckdb"
    capabilities = Capabilities(local=False, frames=True, remote_sql=False)
    name: str
    place: str
    read_only: bool = True
    recipe: Recipe | None = None

    def __init__(self) -> None:
        self._cursors: WeakSet[ScannedCursor] = WeakSet()
        self._closed = False

    @abstractmethod
    def tables(self) -> tuple[Table, ...]:
        """What the server has, as tables."""

    def table(self, name: str) -> Table | None:
        """The table of that name; a source that can tell it without asking for all overrides this."""
        found = [table for table in self.tables() if table.name.casefold() == name.casefold()]
        return next((table for table in found if table.name == name), found[0] if found else None)

    def keys(self) -> tuple[Key, ...]:
        """None: such servers declare no keys between tables."""
        return ()

    def sizes(self) -> Mapping[str, int]:
        """Not known."""
        return {}

    @abstractmethod
    def scan(self, scan: Scan) -> pa.RecordBatchReader:
        """The rows; raises `MisfitError` where one does not fit what its column was found to hold."""

    def aggregate(self, grouping: Grouping, scan: Scan) -> pa.Table | None:  # noqa: ARG002  # what a source may take over
        """The groups as the server counts them, exactly as SQL would; None where it cannot."""
        return None

    def learn(self, table: str, documents: Sequence[Mapping[str, Any]]) -> None:  # noqa: B027  # most sources have nothing to learn
        """Take note of documents that do not fit what is known of ``table``."""

    def ready(self) -> None:
        """Raise `SourceError` where the connection was closed."""
        if self._closed:
            raise SourceError(f"The connection {self.name} is closed.", hint="Connect again: ws.connect(…).")

    def cursor(self) -> ScannedCursor:
        """A place to run one query."""
        cursor = ScannedCursor(self)
        self._cursors.add(cursor)
        return cursor

    def forget(self, cursor: ScannedCursor) -> None:
        """Drop a closed cursor from those that ``cancel`` reaches."""
        self._cursors.discard(cursor)

    def cancel(self) -> None:
        """Stop every cursor."""
        for cursor in tuple(self._cursors):
            cursor.cancel()

    def close(self) -> None:
        """Close the cursors; a later statement is refused."""
        for cursor in tuple(self._cursors):
            cursor.close()
        self._closed = True


@dataclass
class _Statement:
    """One statement on its way: what it names, what it needs, and how it is run."""

    owner: ScannedSource
    cursor: ScannedCursor
    engine: duckdb.DuckDBPyConnection
    sql: str
    tree: exp.Expr | None
    params: dict[str, Any]
    frames: frozenset[str]

    def run(self, stop: Stop) -> pa.RecordBatchReader:
        from sqlglot import exp

        tables = self._tables()
        for table in tables.values():
            self._create(table)
        if not isinstance(self.tree, exp.Query | exp.Summarize):
            return self._rows(self.sql, self.params)  # DESCRIBE, SHOW and EXPLAIN look at no rows
        # What the engine has to say against it is said before anything is fetched.
        schema = self._rows(self.sql, self.params).schema
        if not tables:
            return self._rows(self.sql, self.params)
        needed = self._needs(tables)
        if len(tables) == 1:
            (name,) = tables
            grouped = self._grouped(tables[name], needed[name], schema, stop)
            if grouped is not None:
                return grouped
            if streams(self.tree):
                return self._streamed(self._scan(name, needed[name], stop), schema)
        for name in tables:
            self._fetch(self._scan(name, needed[name], stop))
        return self._rows(self.sql, self.params)

    def _tables(self) -> dict[str, Table]:
        """The source's tables that the statement names."""
        from sqlglot import exp

        if isinstance(self.tree, exp.Show):
            return {table.name: table for table in self.owner.tables()}
        found = {}
        for node in self.tree.find_all(exp.Table) if self.tree is not None else ():
            table = self.owner.table(node.name) if node.name and node.name.casefold() not in self.frames else None
            if table is not None:
                found.setdefault(table.name, table)
        return found

    def _needs(self, tables: Mapping[str, Table]) -> dict[str, Need]:
        from aiser_jupyter.sources.needs import Need, needs

        columns = {name: [column.name for column in table.columns] for name, table in tables.items()}
        found = needs(self.tree, columns) if self.tree is not None else {}
        return {name: found.get(name, Need(tuple(columns[name]))) for name in tables}

    def _scan(self, name: str, need: Need, stop: Stop) -> Scan:
        from aiser_jupyter.sources.conditions import conditions

        wanted, whole = conditions(need.filter, self.params)
        return Scan(name, need.columns, wanted, need.limit if whole else None, stop, self.cursor.timeout_s, self.cursor.pushed)

    def _grouped(self, table: Table, need: Need, schema: pa.Schema, stop: Stop) -> pa.RecordBatchReader | None:
        """The rows where the server makes the groups; None where it does not."""
        from aiser_jupyter.sources.grouping import grouping

        plan = grouping(self.tree, table, schema.names, self.params)
        if plan is None:
            return None
        scan = Scan(table.name, need.columns, plan.conditions, None, stop, self.cursor.timeout_s, [])
        groups = self.owner.aggregate(plan, scan)
        if groups is None:
            return None
        self.engine.register("aiser_incoming", groups)
        self.engine.execute(f"DROP TABLE {quoted(table.name)}")
        self.engine.execute(f"CREATE TABLE {quoted(table.name)} AS SELECT {', '.join(plan.casts)} FROM aiser_incoming")  # noqa: S608  # quoted
        self.engine.unregister("aiser_incoming")
        reader = self._rows(plan.sql, {name: value for name, value in self.params.items() if name in plan.params})
        if reader.schema != schema:
            self.engine.execute(f"DROP TABLE {quoted(table.name)}")
            self._create(table)
            return None
        self.cursor.pushed.extend(scan.pushed)
        return reader

    def _fetch(self, scan: Scan) -> None:
        """Load what the scan yields in the table's place; once more from the start where a column turns out to be of another kind."""
        for _ in range(_WIDENINGS):
            before = len(scan.pushed)
            try:
                self._load(scan.table, self.owner.scan(scan))
            except MisfitError as misfit:
                del scan.pushed[before:]
                self.owner.learn(scan.table, misfit.documents)
            else:
                return
        raise _unsettled(scan.table)

    def _load(self, table: str, reader: pa.RecordBatchReader) -> None:
        import pyarrow as pa

        name = quoted(table)
        self.engine.execute(f"DROP TABLE IF EXISTS {name}")
        self.engine.register("aiser_incoming", pa.Table.from_batches([], schema=reader.schema))
        self.engine.execute(f"CREATE TABLE {name} AS SELECT * FROM aiser_incoming")  # noqa: S608  # the name is quoted
        for batch in reader:
            self.engine.register("aiser_incoming", pa.Table.from_batches([batch]))
            self.engine.execute(f"INSERT INTO {name} SELECT * FROM aiser_incoming")  # noqa: S608
        self.engine.unregister("aiser_incoming")

    def _streamed(self, scan: Scan, schema: pa.Schema) -> pa.RecordBatchReader:
        """The rows of a statement that takes each row by itself, batch by batch as they come."""
        import pyarrow as pa

        generator = self._batches(scan)
        first = next(generator, None)
        # A column found to be of another kind than it seemed changes the schema, until the first rows are out.
        known = first.schema if first is not None else schema

        def batches() -> Iterator[pa.RecordBatch]:
            if first is not None:
                yield first
            yield from generator

        return pa.RecordBatchReader.from_batches(known, batches())

    def _batches(self, scan: Scan) -> Iterator[pa.RecordBatch]:
        left = row_limit(self.tree)
        out = False
        for _ in range(_WIDENINGS):
            try:
                for incoming in self.owner.scan(scan):
                    scan.stop.check()
                    self._load(scan.table, _one(incoming))
                    for batch in self._rows(self.sql, self.params):
                        rows = batch if left is None else batch.slice(0, left)
                        left = None if left is None else left - rows.num_rows
                        if rows.num_rows:
                            out = True
                            yield rows
                    if left == 0:
                        return
            except MisfitError as misfit:
                self.owner.learn(scan.table, misfit.documents)
                if out:
                    raise QueryError(
                        f"Column {misfit.column!r} of {scan.table} holds another kind of value than its first rows, which were read already.",
                        hint="Run the statement again: the column is known as what it is now.",
                    ) from None
                del scan.pushed[:]
            else:
                return
        raise _unsettled(scan.table)

    def _create(self, table: Table) -> None:
        columns = ", ".join(f"{quoted(column.name)} {column.db_type}" for column in table.columns)
        self.engine.execute(f"CREATE TABLE {quoted(table.name)} ({columns})")

    def _rows(self, sql: str, params: Mapping[str, Any]) -> pa.RecordBatchReader:
        import pyarrow as pa

        relation = self.engine.sql(sql, params=dict(params)) if params else self.engine.sql(sql)
        return pa.schema([]).empty_table().to_reader() if relation is None else relation.to_arrow_reader(BATCH)


def quoted(name: str) -> str:
    """``name`` as an identifier."""
    return '"' + name.replace('"', '""') + '"'


def streams(tree: exp.Expr | None) -> bool:
    """Whether each row of the only table gives at most one row by itself, so that rows can be taken as they come."""
    from sqlglot import exp

    if not isinstance(tree, exp.Select) or {key for key, value in tree.args.items() if value} - {"expressions", "from_", "where", "limit"}:
        return False
    if tree.args.get("limit") is not None and row_limit(tree) is None:
        return False
    plain = (
        exp.Column, exp.Identifier, exp.Star, exp.Literal, exp.Null, exp.Boolean, exp.Alias, exp.Paren, exp.And, exp.Or, exp.Not,
        exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Is, exp.In, exp.Between, exp.Like, exp.ILike, exp.Neg, exp.Add, exp.Sub,
        exp.Mul, exp.Div, exp.Mod, exp.IntDiv, exp.DPipe, exp.Cast, exp.TryCast, exp.DataType, exp.DataTypeParam, exp.Case, exp.If,
        exp.Coalesce, exp.Nullif, exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Round, exp.Abs, exp.Placeholder,
    )  # fmt: skip
    parts = [*tree.expressions, *([tree.args["where"].this] if tree.args.get("where") else [])]
    source = tree.args["from_"].this if tree.args.get("from_") else None
    return (
        isinstance(source, exp.Table)
        and not {key for key, value in source.args.items() if value} - {"this", "alias", "db", "catalog"}
        and bool(parts)
        and all(isinstance(node, plain) for part in parts for node in part.walk())
    )


def row_limit(tree: exp.Expr | None) -> int | None:
    """The number that a LIMIT writes; None where there is none, or no plain number."""
    from sqlglot import exp

    limit = tree.args.get("limit") if tree is not None else None
    if not isinstance(limit, exp.Limit) or any(value for key, value in limit.args.items() if key not in {"expression", "this"}):
        return None
    count = limit.expression
    return int(count.name) if isinstance(count, exp.Literal) and count.is_int else None


def _one(batch: pa.RecordBatch) -> pa.RecordBatchReader:
    import pyarrow as pa

    return pa.RecordBatchReader.from_batches(batch.schema, [batch])


def engine_of_its_own() -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that reaches nothing outside and writes nothing to disk; days begin at midnight UTC."""
    import duckdb

    from aiser_jupyter.sources.duckdb import LOCKED

    settings: dict[str, Any] = {key: value for key, value in LOCKED.items() if key != "lock_configuration"}
    engine = duckdb.connect(":memory:", config={**settings, "temp_directory": ""})
    for statement in ("SET TimeZone = 'UTC'", "SET lock_configuration = true"):
        engine.execute(statement)
    return engine


def _tree(sql: str) -> exp.Expr | None:
    """The statement's tree, of an EXPLAIN that of what it explains, as a description of no rows."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    explained = _EXPLAIN.match(sql)
    try:
        tree = sqlglot.parse_one(sql[explained.end() :] if explained else sql, read="duckdb")
    except SqlglotError:
        raise UsageError(
            "The statement has a part that I cannot read, so I cannot tell what to fetch for it.", hint="Write it more simply."
        ) from None
    return exp.Describe(this=tree) if explained else tree


def read_only_tree(sql: str, name: str) -> exp.Expr:
    """The statement's tree; raises `RefusedError` where it does anything but read."""
    from sqlglot import exp

    tree = _tree(sql)
    reads = exp.Query | exp.Describe | exp.Show | exp.Summarize
    writes = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter, exp.Copy, exp.Command, exp.Into)
    if tree is None or not isinstance(tree, reads) or tree.find(*writes):
        first = sql.split(maxsplit=1)[0].upper() if sql.strip() else "This"
        raise RefusedError(
            f"{first} is refused: the connection {name} is read-only.", hint="It only ever reads; write with the server's own tools."
        )
    return tree


def _unsettled(table: str) -> QueryError:
    return QueryError(f"The columns of {table} change their kinds while they are read.", hint="Raise the sample size of the connection.")

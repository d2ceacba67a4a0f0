"""Any other database by its SQLAlchemy dialect: Trino, ClickHouse, Redshift, Databricks, DB2 and whatever else is installed."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy
from sqlalchemy import exc
from sqlalchemy.engine import make_url
from sqlalchemy.engine.reflection import ObjectKind
from sqlalchemy.pool import NullPool

from aiser_jupyter.catalog import Column, Key, Table
from aiser_jupyter.catalog.types import logical
from aiser_jupyter.errors import SourceError
from aiser_jupyter.sources import dbapi, knobs
from aiser_jupyter.sources.dbapi import EngineError, within
from aiser_jupyter.sources.server import ServerSource
from aiser_jupyter.sources.source import Capabilities

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from aiser_jupyter.sources.options import Options
    from aiser_jupyter.sources.server import Ended

T = TypeVar("T")

# SQLAlchemy's name of a dialect -> sqlglot's; a dialect that sqlglot has no grammar for is read as PostgreSQL, the nearest to the standard.
GRAMMARS = {
    "postgresql": "postgres", "cockroachdb": "postgres", "mssql": "tsql", "mariadb": "mysql", "awsathena": "athena", "clickhousedb": "clickhouse",
    "teradatasql": "teradata", "impala": "hive", "sparksql": "spark", "singlestoredb": "singlestore", "presto": "presto",
}  # fmt: skip
# What makes a session read-only where the dialect has a way: an execution option of SQLAlchemy's, or a statement.
OPTIONS = {"postgresql": "postgresql_readonly", "cockroachdb": "postgresql_readonly"}
STATEMENTS = {
    "mysql": "SET SESSION TRANSACTION READ ONLY",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}
# Methods by which drivers stop a query from another thread, on their connection or on their cursor.
STOPS = ("cancel_safe", "cancel", "interrupt")
ANSWER_S = 3.0

# The SQL standard's own book of columns, which most engines have.
STANDARD = """
SELECT c.table_schema AS place, c.table_name AS tab, c.column_name AS col, c.data_type AS kind, c.is_nullable AS nullable
FROM information_schema.columns c WHERE lower(c.table_schema) NOT IN ('information_schema', 'pg_catalog', 'sys')
ORDER BY c.table_schema, c.table_name, c.ordinal_position
"""

Connection = sqlalchemy.Connection


def has_dialect(scheme: str) -> bool:
    """Whether SQLAlchemy knows a dialect for ``scheme``."""
    try:
        make_url(f"{scheme}://").get_dialect()
    except (exc.ArgumentError, ImportError):
        return False
    return True


class SQLAlchemySource(ServerSource[Connection]):
    """A database behind SQLAlchemy; its session is read-only where the dialect has a way (``enforced``), else the guard alone keeps it so."""

    def __init__(self, address: str, name: str, options: Options) -> None:
        knobs.check_generic(address)
        super().__init__(address, name, options)
        try:
            self._url = make_url(address)
            self._engine = sqlalchemy.create_engine(
                self._url, hide_parameters=True, poolclass=NullPool, connect_args=self._arguments(options)
            )
        except ImportError as error:
            raise SourceError(
                f"The driver for {address.partition(':')[0]} is not installed ({error.name}).",
                hint=f"Install it: pip install {error.name}.",
            ) from None
        except (exc.ArgumentError, exc.NoSuchModuleError) as error:
            raise SourceError(
                f"The address cannot be read: {type(error).__name__}.", where=self.place, hint="See SQLAlchemy's database URLs."
            ) from None
        self.sql_name = self._engine.dialect.name
        self.dialect = grammar(self.sql_name)
        self.enforced = (
            not self.read_only or self.sql_name in OPTIONS or self.sql_name in STATEMENTS or "read_only" in self._arguments(options)
        )
        self.note = "" if self.enforced else "read-only by the guard alone; use an account that may only read"
        self._results: dict[Connection, Any] = {}

    def _arguments(self, options: Options) -> dict[str, Any]:
        extra = dict(options.extra)
        if self._url.get_backend_name() == "sqlite":
            return {"check_same_thread": False, **extra}
        if self._url.get_backend_name() == "duckdb" and not options.write and (self._url.database or ":memory:") != ":memory:":
            return {"read_only": True, **extra}
        return extra

    def open(self) -> Connection:
        """A session, read-only where the dialect has a way."""
        seconds = self.options.connect_timeout_s
        try:
            connection = within(seconds, self._engine.connect)
        except TimeoutError:
            raise SourceError(
                f"{self.name} cannot be reached.",
                where=f"{self.place}: it did not answer within {seconds:g} s",
                hint="Check host and port, and that the server runs.",
            ) from None
        except Exception as error:  # noqa: BLE001  # each driver has errors of its own
            raise self._refused(error) from None
        driver = connection.connection.driver_connection
        self.capabilities = Capabilities(local=self.sql_name in {"sqlite", "duckdb"}, interrupts=_stopper(driver, None) is not None)
        return self._pinned(connection)

    def _pinned(self, connection: Connection) -> Connection:
        if self.read_only:
            if option := OPTIONS.get(self.sql_name):
                connection = connection.execution_options(**{option: True})
            if statement := STATEMENTS.get(self.sql_name):
                connection.exec_driver_sql(statement)
                connection.rollback()
        return connection

    def answers(self, connection: Connection) -> bool:
        """Whether the session answers in three seconds."""
        try:
            raw: Any = connection.connection.dbapi_connection
            return bool(within(ANSWER_S, lambda: self._engine.dialect.do_ping(raw)))
        except Exception:  # noqa: BLE001  # whatever it is, it does not answer
            return False

    def start(self, connection: Connection, sql: str, params: Mapping[str, object], ended: Ended) -> pa.RecordBatchReader:
        """Start ``sql`` with a server-side cursor where the driver has one; types come from what the first rows hold."""
        import pyarrow as pa

        values = {name: self._bindable(value) for name, value in params.items()}
        text, given = dbapi.bound(sql, self.dialect, values, self._engine.dialect.paramstyle)
        wanted = {"stream_results": True, "max_row_buffer": dbapi.BATCH, "no_parameters": given is None}
        try:
            result = connection.exec_driver_sql(text, given, execution_options=wanted)
        except exc.DBAPIError:
            with suppress(Exception):
                connection.rollback()
            raise

        def end() -> None:
            self._results.pop(connection, None)
            result.close()
            (connection.rollback if self.read_only else connection.commit)()
            ended()

        if not result.returns_rows:
            end()
            return pa.schema([]).empty_table().to_reader()
        self._results[connection] = result
        told = result.cursor.description if result.cursor is not None else ()
        scales = [column[5] if len(column) > 5 and isinstance(column[5], int) else None for column in told]
        return dbapi.inferred(list(result.keys()), result.fetchmany, end, scales)

    def _bindable(self, value: object) -> object:
        if self.sql_name != "sqlite":
            return value
        return str(value) if isinstance(value, date) else float(value) if isinstance(value, Decimal) else value

    def stop(self, connection: Connection, running: Callable[[], bool]) -> None:  # noqa: ARG002  # there is no way to cut a driver that is not known
        """The driver's own way, where it has one."""
        result = self._results.get(connection)
        with suppress(Exception):
            halt = _stopper(connection.connection.driver_connection, result.cursor if result is not None else None)
            if halt is not None:
                threading.Thread(target=_quietly, args=(halt,), name="aiser-cancel", daemon=True).start()

    def shut(self, connection: Connection) -> None:
        """Close the session; one that does not let go is left to its thread."""
        self._results.pop(connection, None)

        def close() -> None:
            connection.invalidate()
            connection.close()

        with suppress(Exception):
            within(1.0, close)

    def lost(self, error: Exception) -> bool:
        """Whether SQLAlchemy takes the error for a broken connection."""
        return isinstance(error, OSError) or (isinstance(error, exc.DBAPIError) and error.connection_invalidated)

    def complained(self, error: Exception) -> bool:
        """Whether the engine refused the statement."""
        return isinstance(error, exc.DBAPIError) and not error.connection_invalidated

    def explained(self, error: Exception) -> Exception:
        """The engine's own words, without SQLAlchemy's."""
        self.forget_tables()
        return EngineError(str(error.orig)) if isinstance(error, exc.DBAPIError) else EngineError(dbapi.first_line(error))

    def read_tables(self) -> tuple[Table, ...]:
        """Tables and views of the default schema by SQLAlchemy's inspector; by information_schema where the dialect's inspector fails."""
        try:
            return self._inspected(self._tables)
        except SourceError as told:
            try:
                return _standard(self.rows(STANDARD))
            except (EngineError, SourceError):
                raise told from None

    def read_keys(self) -> tuple[Key, ...]:
        """Declared foreign keys by SQLAlchemy's inspector; none where the dialect has none."""
        try:
            return self._inspected(_keys)
        except SourceError:  # the dialect's inspector cannot tell: keys are then inferred from names and values
            return ()

    def read_sizes(self) -> dict[str, int]:
        """Nothing: there is no way that all dialects share."""
        return {}

    def _inspected(self, read: Callable[[sqlalchemy.Inspector], T]) -> T:
        with self.pool.checkout() as connection:
            try:
                found = read(sqlalchemy.inspect(connection))
            except exc.SQLAlchemyError as error:
                raise SourceError(
                    f"The tables of {self.name} cannot be read: {dbapi.first_line(error)}.",
                    where=self.place,
                    hint="Check the account's rights.",
                ) from None
            connection.rollback()
            return found

    def _tables(self, inspector: sqlalchemy.Inspector) -> tuple[Table, ...]:
        views = set(_either(inspector.get_view_names, []))
        main = _either(inspector.get_multi_pk_constraint, {})
        unique = _either(inspector.get_multi_unique_constraints, {})
        found = []
        for place, columns in inspector.get_multi_columns(kind=ObjectKind.ANY).items():
            keys = (main.get(place) or {}).get("constrained_columns") or []
            sole = {one["column_names"][0] for one in unique.get(place) or [] if len(one["column_names"]) == 1}
            sole |= set(keys) if len(keys) == 1 else set()
            cells = tuple(self._column(column, keys, sole) for column in columns)
            found.append(Table(place[1], cells, place[0] or "", "view" if place[1] in views else "table"))
        return tuple(sorted(found, key=lambda table: table.name))

    def _column(self, column: Any, keys: list[str], sole: set[str]) -> Column:
        try:
            kind = column["type"].compile(dialect=self._engine.dialect)
        except exc.CompileError:
            kind = str(column["type"])
        name = column["name"]
        return Column(
            name,
            logical(kind),
            kind,
            bool(column.get("nullable", True)),
            primary=name in keys,
            unique=name in sole,
            comment=column.get("comment") or "",
        )

    def _refused(self, error: Exception) -> SourceError:
        said = dbapi.first_line(error.orig if isinstance(error, exc.DBAPIError) and error.orig is not None else error)
        if self._url.password:
            said = said.replace(str(self._url.password), "***")
        return SourceError(
            f"{self.name} cannot be reached.",
            where=f"{self.place}: {said}",
            hint="Check the address, the account, and that the server runs.",
        )


def connect(address: str, name: str, options: Options) -> SQLAlchemySource:
    """The database at ``address``, any URL of SQLAlchemy's; raises `SourceError` where it cannot be reached or its driver is missing."""
    source = SQLAlchemySource(address, name, options)
    source.ping()
    return source


def grammar(dialect: str) -> str:
    """The sqlglot name for SQLAlchemy's ``dialect``."""
    from sqlglot.dialects.dialect import Dialect

    name = GRAMMARS.get(dialect, dialect)
    return name if Dialect.get(name) is not None else "postgres"


def _standard(rows: list[dict[str, Any]]) -> tuple[Table, ...]:
    """Tables from the rows of ``STANDARD``, the schemas named where there are several."""
    several = len({row["place"] for row in rows}) > 1
    found = []
    for (place, table), group in groupby(rows, key=lambda row: (row["place"], row["tab"])):
        columns = tuple(Column(row["col"], logical(row["kind"]), row["kind"], str(row["nullable"]).upper() != "NO") for row in group)
        found.append(Table(table, columns, place if several else ""))
    return tuple(found)


def _keys(inspector: sqlalchemy.Inspector) -> tuple[Key, ...]:
    found = []
    for (_, table), keys in sorted(_either(inspector.get_multi_foreign_keys, {}).items(), key=lambda item: item[0][1]):
        found += [Key(table, tuple(key["constrained_columns"]), key["referred_table"], tuple(key["referred_columns"])) for key in keys]
    return tuple(found)


def _either(read: Callable[[], T], default: T) -> T:
    """What a dialect tells, or ``default`` where it does not know the question."""
    try:
        return read()
    except NotImplementedError:
        return default


def _stopper(driver: Any, cursor: Any) -> Callable[[], object] | None:
    for owner in (driver, cursor):
        for method in STOPS:
            if callable(found := getattr(owner, method, None)):
                return found
    return None


def _quietly(halt: Callable[[], object]) -> None:
    with suppress(Exception):  # a query that ended meanwhile
        halt()

"""Snowflake, by its own driver: Arrow results, bound parameters, a tag and a time limit on every query."""

from __future__ import annotations

import logging
import threading
import warnings
from collections import defaultdict
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import snowflake.connector as driver
from snowflake.connector import errors

from aiser_jupyter.catalog import Column, Key, Table
from aiser_jupyter.catalog.types import logical
from aiser_jupyter.errors import QueryError, SourceError
from aiser_jupyter.sources import dbapi
from aiser_jupyter.sources.server import Ended, ServerSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa

    from aiser_jupyter.sources.options import Options

TAG = "aiser-jupyter"
# The server's own limit, should the deadline here not reach it.
STATEMENT_S = 3600
# Roles that may do anything to an account: no connection for questions should hold one.
ADMINISTRATORS = frozenset({"ACCOUNTADMIN", "ORGADMIN", "SECURITYADMIN", "SYSADMIN", "USERADMIN"})
_UTILITY = ("SHOW", "DESCRIBE", "DESC", "EXPLAIN")
# FIXED is the driver's name of every whole or decimal number.
_FIXED = 0
_COLUMNS = """
SELECT c.table_schema AS "schema", c.table_name AS "name", c.column_name AS "column", c.data_type AS "type", c.is_nullable AS "nullable",
       c.numeric_precision AS "precision", c.numeric_scale AS "scale", c.comment AS "comment", t.table_type AS "kind", t.comment AS "about"
FROM information_schema.columns c
JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name
WHERE c.table_schema <> 'INFORMATION_SCHEMA'
ORDER BY c.table_schema, c.table_name, c.ordinal_position
"""
_SIZES = 'SELECT table_name AS "name", row_count AS "n" FROM information_schema.tables WHERE row_count IS NOT NULL'


def connect(address: str, name: str, options: Options) -> SnowflakeSource:
    """The database behind ``snowflake://USER@ACCOUNT/DATABASE/SCHEMA?warehouse=…&role=…``; opened at once, so that a wrong address is said here."""
    source = SnowflakeSource(address, name, options)
    source.ping()
    return source


class SnowflakeSource(ServerSource[driver.SnowflakeConnection]):
    """A Snowflake database and schema.

    Snowflake knows no read-only session: give the role of the connection SELECT alone. Here each statement is first described by the server as
    a subquery, which nothing that writes can be; ``check_reads = false`` among the connection's knobs saves that round trip.
    """

    dialect = "snowflake"

    def __init__(self, address: str, name: str, options: Options) -> None:
        super().__init__(address, name, options)
        self._arguments = arguments(address, options)
        self._schema = str(self._arguments.get("schema", "PUBLIC")).upper()
        self._checks = self.read_only and bool(options.extra.get("check_reads", True))

    def open(self) -> driver.SnowflakeConnection:
        """A session with its tag, its limit, and decimals kept exact."""
        with _quiet():
            try:
                connection = driver.connect(**self._arguments)
            except errors.Error as error:
                raise self._refused(error) from None
        self._warn_of_rights(connection)
        return connection

    def _warn_of_rights(self, connection: driver.SnowflakeConnection) -> None:
        role = str(connection.role or "").upper()
        if role in ADMINISTRATORS:
            warnings.warn(
                f"The connection {self.name} holds the role {role}, which may change the whole account: give it one that may only SELECT.",
                UserWarning,
                stacklevel=2,
            )

    def answers(self, connection: driver.SnowflakeConnection) -> bool:
        """Whether the session is still good."""
        try:
            connection.cursor().execute("SELECT 1", timeout=5).fetchone()
        except (errors.Error, OSError, TimeoutError):
            return False
        return True

    def shut(self, connection: driver.SnowflakeConnection) -> None:
        """End the session in a thread of its own, for the driver waits for the network."""

        def end() -> None:
            with suppress(Exception), _quiet():
                connection.close()

        threading.Thread(target=end, name="aiser-snowflake-end", daemon=True).start()

    def start(self, connection: driver.SnowflakeConnection, sql: str, params: Mapping[str, object], ended: Ended) -> pa.RecordBatchReader:
        """Start ``sql`` with its values bound on the server, and stream the driver's Arrow tables."""
        import pyarrow as pa

        text, values = dbapi.bound(sql, "snowflake", params, "qmark")
        cursor = connection.cursor()
        first = sql.split(None, 1)[0].upper() if sql.split() else ""
        if self._checks and first not in _UTILITY:
            self._check(connection, text, values)
        cursor.execute(text, values)
        fields = [_declared(column) for column in cursor.description or ()]
        if first in _UTILITY:  # the driver gives these as rows alone
            rows = cursor.fetchall()
            ended()
            names = [column.name for column in cursor.description or ()]
            left = [rows]
            return dbapi.inferred(names, lambda _n: left.pop() if left else [], lambda: None)
        tables = cursor.fetch_arrow_batches(force_microsecond_precision=True)
        head = next(tables, None)
        if head is None:
            empty = cursor.fetch_arrow_all(force_return_table=True)
            ended()
            schema = _typed(empty.schema if empty is not None else pa.schema([]), fields)
            return schema.empty_table().to_reader()
        schema = _typed(head.schema, fields)

        def read() -> Iterator[pa.RecordBatch]:
            yield from head.cast(schema).to_batches()
            for table in tables:
                yield from table.cast(schema).to_batches()
            ended()

        return pa.RecordBatchReader.from_batches(schema, read())

    def _check(self, connection: driver.SnowflakeConnection, sql: str, values: Any) -> None:
        """Let the server compile the statement as a subquery; what it cannot read as one is refused, other errors come when it runs."""
        try:
            connection.cursor().describe(f"SELECT * FROM (\n{sql}\n)", values)  # noqa: S608  # compiled, never run
        except errors.ProgrammingError as error:
            if error.errno == 1003:  # SQL compilation: syntax
                raise QueryError(
                    "This connection is read-only, and Snowflake cannot read the statement as a query.", where=dbapi.first_line(error)[:200]
                ) from None

    def stop(self, connection: driver.SnowflakeConnection, running: Callable[[], bool]) -> None:
        """Cancel all that runs in this session from a second one."""
        session = connection.session_id

        def cancel() -> None:
            with suppress(Exception), _quiet():  # what cannot be cancelled so ends by the session's own time limit
                second = driver.connect(**self._arguments)
                try:
                    if running():
                        second.cursor().execute("SELECT SYSTEM$CANCEL_ALL_QUERIES(?)", (session,), timeout=5)
                finally:
                    second.close()

        threading.Thread(target=cancel, name="aiser-cancel", daemon=True).start()

    def lost(self, error: Exception) -> bool:
        """Whether the session or the network is gone."""
        return isinstance(error, OSError) or (
            isinstance(error, errors.Error) and error.errno in {390111, 390112, 390114, 250001, 250003, 250005}
        )

    def complained(self, error: Exception) -> bool:
        """Whether the server refused the statement itself."""
        return isinstance(error, errors.ProgrammingError | QueryError)

    def explained(self, error: Exception) -> Exception:
        """The server's own sentence; a name it does not know makes the tables be read anew."""
        if not isinstance(error, errors.Error):
            return error
        if error.errno in {904, 2003, 2043}:
            self.forget_tables()
        return dbapi.EngineError(str(error.raw_msg or error.msg or error))

    def read_tables(self) -> tuple[Table, ...]:
        """Tables and views of the database, in two round trips."""
        primary = defaultdict(set)
        for row in self._shown("SHOW PRIMARY KEYS IN SCHEMA"):
            primary[row["schema_name"], row["table_name"]].add(row["column_name"])
        found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
        for row in self.rows(_COLUMNS):
            found[row["schema"], row["name"]].append(row)
        return tuple(self._table(schema, name, rows, primary[schema, name]) for (schema, name), rows in found.items())

    def _table(self, schema: str, name: str, rows: list[dict[str, Any]], primary: set[str]) -> Table:
        columns = tuple(
            Column(
                row["column"], logical(kind := _type_name(row)), kind, row["nullable"] != "NO", row["column"] in primary,
                unique=primary == {row["column"]}, comment=row["comment"] or "",
            )
            for row in rows
        )  # fmt: skip
        kind = "view" if "VIEW" in str(rows[0]["kind"]).upper() else "table"
        return Table(name, columns, "" if schema == self._schema else schema, kind, comment=rows[0]["about"] or "")

    def read_keys(self) -> tuple[Key, ...]:
        """Declared foreign keys of the schema; Snowflake does not enforce them."""
        parts: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self._shown("SHOW IMPORTED KEYS IN SCHEMA"):
            parts[row["fk_name"]].append(row)
        return tuple(
            Key(
                rows[0]["fk_table_name"], tuple(row["fk_column_name"] for row in ordered), rows[0]["pk_table_name"],
                tuple(row["pk_column_name"] for row in ordered),
            )
            for rows in parts.values()
            for ordered in [sorted(rows, key=lambda row: row["key_sequence"])]
        )  # fmt: skip

    def read_sizes(self) -> dict[str, int]:
        """Exact row counts, which Snowflake keeps."""
        return {row["name"]: int(row["n"]) for row in self.rows(_SIZES)}

    def _shown(self, statement: str) -> list[dict[str, Any]]:
        """The rows of a SHOW; none where the role may not see them."""
        with self.pool.checkout() as connection:
            cursor = connection.cursor(driver.DictCursor)
            try:
                return [dict(row) for row in cursor.execute(statement).fetchall()]
            except errors.ProgrammingError:
                return []

    def _refused(self, error: errors.Error) -> SourceError:
        """Why there is no session, and what to do; never with a password."""
        said = dbapi.first_line(error)[:300]
        password = str(self._arguments.get("password") or "")
        said = said.replace(password, "***") if password else said
        hint = (
            "Check the user, the password behind the reference, and the role."
            if error.errno in {250001, 390100, 390144, 390201}
            else "Check the account name (ORGANIZATION-ACCOUNT) and the network."
        )
        return SourceError(f"Snowflake gives no session: {said.rstrip('.')}.", where=self.place, hint=hint)


def arguments(address: str, options: Options) -> dict[str, Any]:
    """What the driver is told: the parts of the address, its query, and knobs of the profile; `SourceError` where no account is named."""
    parts = urlsplit(address)
    if not parts.hostname:
        raise SourceError("The address names no account.", hint="Write snowflake://USER@ACCOUNT/DATABASE/SCHEMA?warehouse=WAREHOUSE.")
    database, _, schema = unquote(parts.path).strip("/").partition("/")
    given: dict[str, Any] = {**{key: value for key, value in options.extra.items() if key != "check_reads"}, **dict(parse_qsl(parts.query))}
    limit = int(float(given.pop("statement_timeout_s", STATEMENT_S)))
    if "port" in given:
        given["port"] = int(given["port"])
    known = {"user": unquote(parts.username or ""), "password": unquote(parts.password or ""), "database": database, "schema": schema}
    return {
        **{key: value for key, value in known.items() if value},
        "account": parts.hostname,
        "paramstyle": "qmark",
        "arrow_number_to_decimal": True,
        "login_timeout": max(1, round(options.connect_timeout_s)),
        "enable_server_session_keep_alive_auto_detection": False,
        "application": TAG.replace("-", "_"),
        "session_parameters": {
            "QUERY_TAG": TAG,
            "STATEMENT_TIMEOUT_IN_SECONDS": limit,
            "MULTI_STATEMENT_COUNT": 1,
            "CLIENT_OUT_OF_BAND_TELEMETRY_ENABLED": False,
        },
        **given,
    }


def _type_name(row: Mapping[str, Any]) -> str:
    kind = str(row["type"]).upper()
    return f"NUMBER({row['precision']},{row['scale'] or 0})" if kind == "NUMBER" and row["precision"] else kind


def _declared(column: Any) -> tuple[int, int | None, int | None]:
    return column.type_code, column.precision, column.scale


def _typed(schema: pa.Schema, fields: list[tuple[int, int | None, int | None]]) -> pa.Schema:
    """``schema`` with decimals where the server declares a scale: the driver takes the type of a batch from its values."""
    import pyarrow as pa

    for index, (code, precision, scale) in enumerate(fields[: len(schema)]):
        if code == _FIXED and scale:
            schema = schema.set(index, pa.field(schema.field(index).name, pa.decimal128(precision or 38, scale)))
    return schema.remove_metadata()


class _quiet:  # noqa: N801  # a context manager used as a word
    """Without the driver's own log lines, which may repeat an address."""

    def __enter__(self) -> None:
        self._level = logging.getLogger("snowflake").level
        logging.getLogger("snowflake").setLevel(logging.CRITICAL)

    def __exit__(self, *_: object) -> None:
        logging.getLogger("snowflake").setLevel(self._level)

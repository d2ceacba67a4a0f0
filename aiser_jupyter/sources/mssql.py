"""SQL Server, Azure SQL and Fabric by Microsoft's mssql-python: bound parameters, Arrow batches from the driver, nothing ever committed."""

from __future__ import annotations

import threading
from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import mssql_python
from mssql_python.exceptions import ConnectionStringParseError

from aiser_jupyter.catalog import Column, Key, Table
from aiser_jupyter.catalog.types import logical
from aiser_jupyter.errors import SourceError
from aiser_jupyter.sources import dbapi
from aiser_jupyter.sources.dbapi import EngineError, within
from aiser_jupyter.sources.server import ServerSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from aiser_jupyter.catalog.column import LogicalType
    from aiser_jupyter.sources.options import Options
    from aiser_jupyter.sources.server import Ended

Connection = Any  # the driver's classes are typed only in part
Row = dict[str, Any]

PORT = 1433
BATCH = 8192
ANSWER_S = 3.0
STATEMENT_S = 3600
# Knobs of an address (?encrypt=strict) and of a profile, as the driver spells them.
KNOBS = {
    "encrypt": "Encrypt", "trust_server_certificate": "TrustServerCertificate", "authentication": "Authentication", "trusted_connection": "Trusted_Connection",
    "hostname_in_certificate": "HostnameInCertificate", "server_certificate": "ServerCertificate", "multi_subnet_failover": "MultiSubnetFailover",
}  # fmt: skip
LOST = (
    "communication link failure",
    "connection is broken",
    "connection does not exist",
    "not connected",
    "tcp provider",
    "connection failure",
)

COLUMNS = """
SELECT s.name AS place, CASE WHEN s.name = SCHEMA_NAME() THEN 1 ELSE 0 END AS here, o.name AS tab, RTRIM(o.type) AS sort, c.name AS col,
       t.name AS kind, c.precision AS digits, c.scale AS places, c.is_nullable AS nullable, COALESCE(k.main, 0) AS main, COALESCE(k.sole, 0) AS sole,
       CAST(e.value AS NVARCHAR(4000)) AS told
FROM sys.objects AS o
JOIN sys.schemas AS s ON s.schema_id = o.schema_id
JOIN sys.columns AS c ON c.object_id = o.object_id
JOIN sys.types AS t ON t.user_type_id = c.user_type_id
LEFT JOIN (
    SELECT ic.object_id, ic.column_id, MAX(CASE WHEN i.is_primary_key = 1 THEN 1 ELSE 0 END) AS main,
           MAX(CASE WHEN i.is_unique = 1 AND i.has_filter = 0 AND w.width = 1 THEN 1 ELSE 0 END) AS sole
    FROM sys.index_columns AS ic
    JOIN sys.indexes AS i ON i.object_id = ic.object_id AND i.index_id = ic.index_id
    JOIN (SELECT object_id, index_id, COUNT(*) AS width FROM sys.index_columns WHERE is_included_column = 0 GROUP BY object_id, index_id) AS w
      ON w.object_id = ic.object_id AND w.index_id = ic.index_id
    WHERE ic.is_included_column = 0
    GROUP BY ic.object_id, ic.column_id
) AS k ON k.object_id = c.object_id AND k.column_id = c.column_id
LEFT JOIN sys.extended_properties AS e ON e.class = 1 AND e.major_id = c.object_id AND e.minor_id = c.column_id AND e.name = 'MS_Description'
WHERE o.type IN ('U', 'V') AND o.is_ms_shipped = 0
ORDER BY s.name, o.name, c.column_id
"""
KEYS = """
SELECT f.name AS name, OBJECT_NAME(f.parent_object_id) AS tab, pc.name AS col, OBJECT_NAME(f.referenced_object_id) AS ref_tab, rc.name AS ref_col
FROM sys.foreign_keys AS f
JOIN sys.foreign_key_columns AS k ON k.constraint_object_id = f.object_id
JOIN sys.columns AS pc ON pc.object_id = k.parent_object_id AND pc.column_id = k.parent_column_id
JOIN sys.columns AS rc ON rc.object_id = k.referenced_object_id AND rc.column_id = k.referenced_column_id
ORDER BY f.parent_object_id, f.object_id, k.constraint_column_id
"""
SIZES = """
SELECT o.name AS name, SUM(p.rows) AS n
FROM sys.partitions AS p
JOIN sys.objects AS o ON o.object_id = p.object_id
WHERE o.type = 'U' AND o.is_ms_shipped = 0 AND p.index_id IN (0, 1)
GROUP BY o.name
"""
RIGHTS = """
SELECT IS_SRVROLEMEMBER('sysadmin') AS sysadmin, IS_MEMBER('db_owner') AS db_owner, IS_MEMBER('db_datawriter') AS db_datawriter,
       HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'INSERT') AS may_insert, HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'DELETE') AS may_delete,
       HAS_PERMS_BY_NAME(DB_NAME(), 'DATABASE', 'CREATE TABLE') AS may_create
"""


class MSSQLSource(ServerSource[Connection]):
    """A SQL Server database.

    It has no read-only sessions: a read-only connection asks for a read-only replica, rolls every transaction back, and tells in ``note`` which
    rights to write its login has.
    """

    dialect = "tsql"

    def __init__(self, address: str, name: str, options: Options) -> None:
        super().__init__(address, name, options)
        self._string, self._password = connection_string(address, options)
        self._running: dict[int, Any] = {}
        self.note = ""

    def open(self) -> Connection:
        """A session whose transactions are ended by us."""
        seconds = self.options.connect_timeout_s
        try:
            connection = within(seconds + 0.5, lambda: mssql_python.connect(self._string, autocommit=False, timeout=max(1, round(seconds))))
        except TimeoutError:
            raise self._refused(f"it did not answer within {seconds:g} s") from None
        except (mssql_python.Error, ConnectionStringParseError, OSError, RuntimeError) as error:
            raise self._refused(_said(error)) from None
        connection.timeout = STATEMENT_S
        return connection

    def answers(self, connection: Connection) -> bool:
        """Whether the session answers in three seconds."""

        def ask() -> bool:
            cursor = connection.cursor()
            cursor.execute("SELECT 1")
            cursor.fetchall()
            cursor.close()
            connection.rollback()
            return True

        try:
            return within(ANSWER_S, ask)
        except Exception:  # noqa: BLE001  # whatever it is, it does not answer
            return False

    def start(self, connection: Connection, sql: str, params: Mapping[str, object], ended: Ended) -> pa.RecordBatchReader:
        """Start ``sql`` with its values bound as ``?``; the driver makes the Arrow batches."""
        import pyarrow as pa

        text, values = dbapi.bound(sql, "tsql", params, "qmark")
        cursor = connection.cursor()
        self._running[id(connection)] = cursor
        try:
            cursor.execute(text, *([values] if values else []))
            inner: Any = cursor.arrow_reader(BATCH) if cursor.description else None
        except mssql_python.Error:
            self._finish(connection, cursor, keep=False)
            raise

        def read() -> Iterator[pa.RecordBatch]:
            batch = next(inner, None)
            while batch is not None:
                # The next is asked for before this one is given, so that a short result gives its connection back at once.
                after = next(inner, None) if batch.num_rows < BATCH else None
                if batch.num_rows < BATCH and after is None:
                    end()
                    yield batch
                    return
                yield batch
                batch = after if after is not None else next(inner, None)
            end()

        def end() -> None:
            self._finish(connection, cursor, keep=not self.read_only)
            ended()

        if inner is None:
            end()
            return pa.schema([]).empty_table().to_reader()
        return pa.RecordBatchReader.from_batches(inner.schema, read())

    def _finish(self, connection: Connection, cursor: Any, *, keep: bool) -> None:
        self._running.pop(id(connection), None)
        with suppress(mssql_python.Error):
            cursor.close()
        (connection.commit if keep else connection.rollback)()

    def stop(self, connection: Connection, running: Callable[[], bool]) -> None:  # noqa: ARG002  # the driver owns the socket
        """ODBC's SQLCancel, which may be called from any thread; KILL would need a right that analysts do not have."""
        cursor = self._running.get(id(connection))
        halt = getattr(getattr(cursor, "hstmt", None), "_cancel", None)
        if halt is not None:
            threading.Thread(target=_quietly, args=(halt,), name="aiser-cancel", daemon=True).start()

    def shut(self, connection: Connection) -> None:
        """Close the session; its open transaction is rolled back."""
        self._running.pop(id(connection), None)
        with suppress(Exception):  # broken connections complain of anything
            within(1.0, connection.close)

    def lost(self, error: Exception) -> bool:
        """Whether the session is gone."""
        return isinstance(error, OSError) or (isinstance(error, mssql_python.Error) and any(words in str(error).lower() for words in LOST))

    def complained(self, error: Exception) -> bool:
        """Whether the server refused the statement."""
        return isinstance(error, mssql_python.Error) and not self.lost(error)

    def explained(self, error: Exception) -> Exception:
        """The server's own sentence."""
        said = _said(error)
        if "Invalid object name" in said or "Invalid column name" in said:
            self.forget_tables()
        return EngineError(said)

    def read_tables(self) -> tuple[Table, ...]:
        """Tables and views in one round trip; those of another schema than the login's carry its name."""
        return tables(self.rows(COLUMNS))

    def read_keys(self) -> tuple[Key, ...]:
        """Declared foreign keys in one round trip."""
        return keys(self.rows(KEYS))

    def read_sizes(self) -> dict[str, int]:
        """Rows by the books of the partitions."""
        return {row["name"]: int(row["n"]) for row in self.rows(SIZES)}

    def check_rights(self) -> None:
        """Note which rights to write the login has, for the status."""
        if self.read_only:
            held = [right for right, has in self.rows(RIGHTS)[0].items() if has]
            self.note = f"the login may write ({', '.join(held)}): use one with db_datareader alone" if held else ""

    def _refused(self, said: str) -> SourceError:
        if self._password:
            said = said.replace(self._password, "***")
        if "login failed" in said.lower():
            return SourceError(
                "The server refused the login.",
                where=said,
                hint="Check user, password and database; it is not tried again, for some servers lock accounts.",
            )
        if "certificate" in said.lower() or "ssl" in said.lower():
            return SourceError(
                "The server's certificate is not trusted.",
                where=said,
                hint="Add ?hostname_in_certificate=… or, on a network you trust, ?trust_server_certificate=yes.",
            )
        return SourceError(
            f"{self.name} cannot be reached.",
            where=f"{self.place}: {said}",
            hint="Check host and port, that the server runs, and that a firewall lets you through.",
        )


def connect(address: str, name: str, options: Options) -> MSSQLSource:
    """The database at ``address`` (``mssql://user@host:1433/database``); raises `SourceError` where it cannot be reached."""
    source = MSSQLSource(address, name, options)
    source.ping()
    source.check_rights()
    return source


def connection_string(address: str, options: Options) -> tuple[str, str]:
    """The driver's connection string for ``address``, each value in braces, and the password in it."""
    parts = urlsplit(address)
    try:
        port = parts.port or PORT
    except ValueError:
        raise SourceError("The port of the address is no number.", hint="mssql://user@host:1433/database") from None
    pairs = {"Server": f"{parts.hostname or 'localhost'},{port}", "Database": unquote(parts.path.lstrip("/")) or "master"}
    password = unquote(parts.password or "")
    if parts.username:
        pairs |= {"UID": unquote(parts.username), "PWD": password}
    pairs |= {"Encrypt": "yes", "TrustServerCertificate": "no"}
    if not options.write:
        pairs["ApplicationIntent"] = "ReadOnly"
    for knob, value in {**dict(parse_qsl(parts.query)), **options.extra}.items():
        if knob not in KNOBS:
            raise SourceError(f"SQL Server connections have no knob {knob!r}.", hint=f"Knobs: {', '.join(sorted(KNOBS))}.")
        pairs[KNOBS[knob]] = str(value)
    return ";".join(f"{key}={{{value.replace('}', '}}')}}}" for key, value in pairs.items() if value), password


def tables(rows: Sequence[Row]) -> tuple[Table, ...]:
    """Tables and views from the rows of ``COLUMNS``."""
    found = []
    for (place, name), group in groupby(rows, key=lambda row: (row["place"], row["tab"])):
        members = list(group)
        columns = tuple(
            Column(
                row["col"],
                meaning(row),
                _written(row),
                bool(row["nullable"]),
                primary=bool(row["main"]),
                unique=bool(row["sole"]),
                comment=row["told"] or "",
            )
            for row in members
        )
        found.append(Table(name, columns, "" if members[0]["here"] else place, "view" if members[0]["sort"] == "V" else "table"))
    return tuple(found)


def keys(rows: Sequence[Row]) -> tuple[Key, ...]:
    """Foreign keys from the rows of ``KEYS``."""
    found = []
    for _, group in groupby(rows, key=lambda row: (row["tab"], row["name"])):
        members = list(group)
        found.append(Key(members[0]["tab"], tuple(r["col"] for r in members), members[0]["ref_tab"], tuple(r["ref_col"] for r in members)))
    return tuple(found)


def meaning(row: Row) -> LogicalType:
    """The logical type of a T-SQL column: ``bit`` is a truth value, ``timestamp`` and ``rowversion`` are no moments."""
    kind = row["kind"].lower()
    special: dict[str, LogicalType] = {
        "bit": "boolean", "timestamp": "other", "rowversion": "other", "uniqueidentifier": "text", "xml": "other", "image": "other", "sql_variant": "other",
    }  # fmt: skip
    return special.get(kind) or logical(_written(row))


def _written(row: Row) -> str:
    kind = row["kind"]
    return f"{kind}({row['digits']},{row['places']})" if kind in {"decimal", "numeric"} else kind


def _said(error: BaseException) -> str:
    """The server's sentence without the driver's headings."""
    text = str(error.args[1]) if len(error.args) > 1 else str(error)
    return text.rpartition("]")[2].strip().partition("\n")[0] or str(error)


def _quietly(halt: Callable[[], object]) -> None:
    with suppress(Exception):  # the query ended meanwhile
        halt()

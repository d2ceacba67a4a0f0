"""Oracle by python-oracledb in thin mode: Arrow batches from the driver, each statement in a read-only transaction."""

from __future__ import annotations

import threading
from contextlib import suppress
from itertools import groupby
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import oracledb

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

Row = dict[str, Any]

PORT = 1521
BATCH = 10_000
ANSWER_S = 3.0
STATEMENT_S = 3600
KNOBS = frozenset(
    {"sid", "protocol", "wallet_location", "wallet_password", "config_dir", "ssl_server_dn_match", "ssl_server_cert_dn", "edition", "mode"}
)
LOST = frozenset(
    {
        "DPY-1001",
        "DPY-4011",
        "DPY-4024",
        "ORA-00028",
        "ORA-01012",
        "ORA-02396",
        "ORA-03113",
        "ORA-03114",
        "ORA-03135",
        "ORA-12537",
        "ORA-12570",
    }
)
NO_RIGHTS = frozenset({"ORA-01017", "ORA-01005", "ORA-28000", "ORA-28001"})

COLUMNS = """
SELECT c.table_name AS tab, CASE WHEN v.view_name IS NULL THEN 'T' ELSE 'V' END AS sort, c.column_name AS col, c.data_type AS kind,
       c.data_precision AS digits, c.data_scale AS places, c.nullable AS nullable, k.main AS main, k.sole AS sole, m.comments AS told, a.comments AS about
FROM all_tab_columns c
LEFT JOIN all_views v ON v.owner = c.owner AND v.view_name = c.table_name
LEFT JOIN (
    SELECT cc.owner, cc.table_name, cc.column_name, MAX(CASE WHEN n.constraint_type = 'P' THEN 1 ELSE 0 END) AS main,
           MAX(CASE WHEN w.width = 1 THEN 1 ELSE 0 END) AS sole
    FROM all_constraints n
    JOIN all_cons_columns cc ON cc.owner = n.owner AND cc.constraint_name = n.constraint_name
    JOIN (SELECT owner, constraint_name, COUNT(*) AS width FROM all_cons_columns GROUP BY owner, constraint_name) w
      ON w.owner = n.owner AND w.constraint_name = n.constraint_name
    WHERE n.constraint_type IN ('P', 'U')
    GROUP BY cc.owner, cc.table_name, cc.column_name
) k ON k.owner = c.owner AND k.table_name = c.table_name AND k.column_name = c.column_name
LEFT JOIN all_col_comments m ON m.owner = c.owner AND m.table_name = c.table_name AND m.column_name = c.column_name
LEFT JOIN all_tab_comments a ON a.owner = c.owner AND a.table_name = c.table_name
WHERE c.owner = SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') AND c.table_name NOT LIKE 'BIN$%'
ORDER BY c.table_name, c.column_id
"""
KEYS = """
SELECT n.constraint_name AS name, n.table_name AS tab, c.column_name AS col, r.table_name AS ref_tab, r.column_name AS ref_col
FROM all_constraints n
JOIN all_cons_columns c ON c.owner = n.owner AND c.constraint_name = n.constraint_name
JOIN all_cons_columns r ON r.owner = n.r_owner AND r.constraint_name = n.r_constraint_name AND r.position = c.position
WHERE n.constraint_type = 'R' AND n.owner = SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA')
ORDER BY n.table_name, n.constraint_name, c.position
"""
SIZES = """
SELECT table_name AS name, num_rows AS n FROM all_tables
WHERE owner = SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') AND num_rows IS NOT NULL AND table_name NOT LIKE 'BIN$%'
"""
# A read-only transaction stops INSERT, UPDATE, DELETE and MERGE; these rights let a statement end it and write.
RIGHTS = """
SELECT privilege AS held FROM session_privs
WHERE privilege LIKE 'CREATE%' AND privilege <> 'CREATE SESSION' OR privilege LIKE 'DROP ANY%' OR privilege LIKE 'ALTER%' ORDER BY privilege
"""


class OracleSource(ServerSource[oracledb.Connection]):
    """An Oracle database; each statement runs in a transaction that is read-only and rolled back, and ``note`` tells of rights beyond that."""

    dialect = "oracle"

    def __init__(self, address: str, name: str, options: Options) -> None:
        super().__init__(address, name, options)
        self._arguments = arguments(address, options)
        self.note = ""

    def open(self) -> oracledb.Connection:
        """A session in thin mode."""
        seconds = self.options.connect_timeout_s
        try:
            # The driver bounds the TCP handshake alone; a server that accepts and never speaks would be waited for without end.
            connection = within(seconds, lambda: oracledb.connect(**self._arguments, tcp_connect_timeout=seconds, retry_count=0))
        except TimeoutError:
            raise self._refused(f"it did not answer within {seconds:g} s", "") from None
        except (oracledb.Error, OSError) as error:
            raise self._refused(_said(error), _code(error)) from None
        connection.call_timeout = STATEMENT_S * 1000
        return connection

    def answers(self, connection: oracledb.Connection) -> bool:
        """Whether the session answers in three seconds."""
        try:
            within(ANSWER_S, connection.ping)
        except (oracledb.Error, OSError, TimeoutError):
            return False
        return True

    def start(self, connection: oracledb.Connection, sql: str, params: Mapping[str, object], ended: Ended) -> pa.RecordBatchReader:
        """Start ``sql`` with its values bound by name; the driver makes the Arrow batches, decimals exact where the column tells its digits."""
        import pyarrow as pa

        # Oracle does not take words such as DATE or SIZE as names of binds.
        text = dbapi.rewritten(sql, "oracle", params, lambda name: f":v_{name}")
        values = {f"v_{name}": value for name, value in params.items()}
        if not self.read_only and not text.lstrip().upper().startswith(("SELECT", "WITH")):
            with connection.cursor() as cursor:
                cursor.execute(text, values)
            connection.commit()
            ended()
            return pa.schema([]).empty_table().to_reader()
        if self.read_only:
            connection.rollback()
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
        frames = iter(connection.fetch_df_batches(text, values or None, BATCH, fetch_decimals=True))
        first = pa.table(next(frames))

        def end() -> None:
            connection.rollback()
            ended()

        def read() -> Iterator[pa.RecordBatch]:
            table, last = first, short
            while True:
                yield from table.to_batches()
                frame = None if last else next(frames, None)
                if frame is None:
                    break
                table = pa.table(frame)
                last = table.num_rows < BATCH
                if last:
                    end()
            if not last:
                end()

        short = first.num_rows < BATCH
        if short:
            end()
        return pa.RecordBatchReader.from_batches(first.schema, read())

    def stop(self, connection: oracledb.Connection, running: Callable[[], bool]) -> None:  # noqa: ARG002  # the driver owns the socket
        """The driver's break, which ends the call on the server."""

        def halt() -> None:
            with suppress(oracledb.Error, OSError):
                connection.cancel()

        threading.Thread(target=halt, name="aiser-cancel", daemon=True).start()

    def shut(self, connection: oracledb.Connection) -> None:
        """Close the session."""
        with suppress(Exception):  # broken connections complain of anything
            within(1.0, connection.close)

    def lost(self, error: Exception) -> bool:
        """Whether the session is gone."""
        return isinstance(error, OSError) or _code(error) in LOST

    def complained(self, error: Exception) -> bool:
        """Whether the server refused the statement."""
        return isinstance(error, oracledb.Error) and _code(error).startswith("ORA-") and not self.lost(error)

    def explained(self, error: Exception) -> Exception:
        """The server's own sentence, with its number, by which Oracle's manuals are searched."""
        if _code(error) in {"ORA-00904", "ORA-00942"}:
            self.forget_tables()
        return EngineError(_said(error))

    def rows(self, sql: str, params: Mapping[str, object] | None = None) -> list[Row]:
        """The rows of a statement of our own, with the names of columns in small letters."""
        return [{name.lower(): value for name, value in row.items()} for row in super().rows(sql, params)]

    def read_tables(self) -> tuple[Table, ...]:
        """Tables and views of the session's schema in one round trip."""
        return tables(self.rows(COLUMNS))

    def read_keys(self) -> tuple[Key, ...]:
        """Declared foreign keys in one round trip."""
        return keys(self.rows(KEYS))

    def read_sizes(self) -> dict[str, int]:
        """Rows by the statistics last gathered."""
        return {row["name"]: int(row["n"]) for row in self.rows(SIZES)}

    def check_rights(self) -> None:
        """Note which rights a read-only transaction does not hold back, for the status."""
        if self.read_only:
            held = [row["held"] for row in self.rows(RIGHTS)]
            more = f" and {len(held) - 3} more" if len(held) > 3 else ""
            self.note = f"the account may change the schema ({', '.join(held[:3])}{more}): use one that may only read" if held else ""

    def _refused(self, said: str, code: str) -> SourceError:
        if password := str(self._arguments.get("password") or ""):
            said = said.replace(password, "***")
        if code in NO_RIGHTS:
            return SourceError(
                "The server refused the login.",
                where=said,
                hint="Check user and password; it is not tried again, for Oracle locks accounts.",
            )
        return SourceError(
            f"{self.name} cannot be reached.",
            where=f"{self.place}: {said}",
            hint="Check host, port and service name (oracle://user@host:1521/service), and that a firewall lets you through.",
        )


def connect(address: str, name: str, options: Options) -> OracleSource:
    """The database at ``address`` (``oracle://user@host:1521/service``); raises `SourceError` where it cannot be reached."""
    source = OracleSource(address, name, options)
    source.ping()
    source.check_rights()
    return source


def arguments(address: str, options: Options) -> dict[str, Any]:
    """The driver's arguments for ``address``."""
    parts = urlsplit(address)
    try:
        port = parts.port or PORT
    except ValueError:
        raise SourceError("The port of the address is no number.", hint="oracle://user@host:1521/service") from None
    knobs = {**dict(parse_qsl(parts.query)), **options.extra}
    for knob in knobs:
        if knob not in KNOBS:
            raise SourceError(f"Oracle connections have no knob {knob!r}.", hint=f"Knobs: {', '.join(sorted(KNOBS))}.")
    service = unquote(parts.path.lstrip("/"))
    place = {"service_name": service} if service and "sid" not in knobs else {}
    return {
        "user": unquote(parts.username or ""), "password": unquote(parts.password or ""), "host": parts.hostname or "localhost", "port": port, **place, **knobs,
    }  # fmt: skip


def tables(rows: Sequence[Row]) -> tuple[Table, ...]:
    """Tables and views from the rows of ``COLUMNS``."""
    found = []
    for name, group in groupby(rows, key=lambda row: row["tab"]):
        members = list(group)
        columns = tuple(
            Column(
                row["col"],
                meaning(row),
                _written(row),
                row["nullable"] == "Y",
                primary=bool(row["main"]),
                unique=bool(row["sole"]),
                comment=row["told"] or "",
            )
            for row in members
        )
        found.append(Table(name, columns, "", "view" if members[0]["sort"] == "V" else "table", comment=members[0]["about"] or ""))
    return tuple(found)


def keys(rows: Sequence[Row]) -> tuple[Key, ...]:
    """Foreign keys from the rows of ``KEYS``."""
    found = []
    for _, group in groupby(rows, key=lambda row: (row["tab"], row["name"])):
        members = list(group)
        found.append(Key(members[0]["tab"], tuple(r["col"] for r in members), members[0]["ref_tab"], tuple(r["ref_col"] for r in members)))
    return tuple(found)


def meaning(row: Row) -> LogicalType:
    """The logical type of an Oracle column: DATE holds a time of day too, NUMBER without digits may hold fractions."""
    kind = str(row["kind"]).upper()
    if kind == "DATE":
        return "timestamp"
    if kind == "NUMBER":
        return "integer" if row["places"] is not None and row["places"] <= 0 else "number"
    if kind.startswith("BINARY_"):
        return "number"
    return "other" if kind in {"RAW", "LONG RAW", "BFILE", "XMLTYPE", "LONG"} or kind.startswith("INTERVAL") else logical(kind)


def _written(row: Row) -> str:
    return f"NUMBER({row['digits']},{row['places']})" if row["kind"] == "NUMBER" and row["digits"] is not None else str(row["kind"])


def _code(error: BaseException) -> str:
    return str(getattr(error.args[0], "full_code", "")) if error.args else ""


def _said(error: BaseException) -> str:
    text = getattr(error.args[0], "message", "") if error.args else ""
    return str(text or error).partition("\n")[0]

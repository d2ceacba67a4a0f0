"""MySQL and MariaDB by PyMySQL: rows as they come, typed by the server's own column descriptions."""

from __future__ import annotations

import math
import re
import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pymysql
from pymysql.cursors import SSCursor

from aiser_jupyter.errors import SourceError
from aiser_jupyter.sources import dbapi, mysql_books, mysql_types
from aiser_jupyter.sources.dbapi import EngineError
from aiser_jupyter.sources.mysql_literals import literal
from aiser_jupyter.sources.server import ServerSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa

    from aiser_jupyter.catalog import Key, Table
    from aiser_jupyter.sources.options import Options
    from aiser_jupyter.sources.server import Ended

PORT = 3306
CUT_S = 0.5  # a query that was told to stop gets this long before its connection is cut
ANSWER_S = 2.0  # a connection that does not answer a ping by then is no connection
STATEMENT_S = 3600  # the server itself ends what runs longer: nobody waits for it any more
UNREAD_S = 86400  # how long the server waits for a reader between two pages; its own 60 s would break a result left open over lunch

# Modes that change how a text is read or what an operator means: the guard reads statements without them.
LEXICAL = frozenset(
    {"ANSI", "ANSI_QUOTES", "PIPES_AS_CONCAT", "NO_BACKSLASH_ESCAPES", "IGNORE_SPACE", "HIGH_NOT_PRECEDENCE", "REAL_AS_FLOAT"}
    | {"ORACLE", "MSSQL", "DB2", "POSTGRESQL", "MAXDB", "EMPTY_STRING_IS_NULL", "SIMULTANEOUS_ASSIGNMENT"}
)
LOST = frozenset({1053, 1152, 1927, 2003, 2006, 2013, 2014, 2055, 4031})
TLS = ("ssl_ca", "ssl_cert", "ssl_key", "ssl_key_password")
KNOBS = frozenset({*TLS, "ssl_mode", "unix_socket", "charset", "statement_timeout_s"})


@dataclass(frozen=True)
class Address:
    """Where a server is and how to log in, from ``mysql://user:password@host:port/database?ssl_mode=…``."""

    host: str
    port: int
    user: str
    password: str
    database: str
    knobs: Mapping[str, str]

    @classmethod
    def read(cls, address: str, extra: Mapping[str, object]) -> Address:
        """The parts of ``address``; ``extra`` are further knobs. Raises `SourceError` for one that does not exist."""
        parts = urlsplit(address)
        knobs = {**dict(parse_qsl(parts.query)), **{key: str(value) for key, value in extra.items()}}
        for knob in knobs:
            if knob not in KNOBS:
                raise SourceError(f"MySQL connections have no knob {knob!r}.", hint=f"Knobs: {', '.join(sorted(KNOBS))}.")
        try:
            port = parts.port or PORT
        except ValueError:
            raise SourceError("The port of the address is no number.", hint="mysql://user@host:3306/database") from None
        return cls(
            parts.hostname or "localhost",
            port,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            unquote(parts.path.lstrip("/")),
            knobs,
        )

    def tls(self) -> dict[str, Any]:
        """PyMySQL's arguments for the wanted ``ssl_mode``; by default TLS where the server has it, checked where a CA is given."""
        mode = self.knobs.get("ssl_mode", "VERIFY_CA" if "ssl_ca" in self.knobs else "PREFERRED").upper().replace("-", "_")
        files = {key: self.knobs[key] for key in TLS if key in self.knobs}
        match mode:
            case "DISABLED":
                return {"ssl_disabled": True}
            case "PREFERRED" if not files:
                return {}
            case "PREFERRED" | "REQUIRED":
                return {**files, "ssl_verify_cert": False, "ssl_verify_identity": False} if files else {"ssl": {"verify_mode": "none"}}
            case "VERIFY_CA" | "VERIFY_IDENTITY":
                return {**files, "ssl_verify_cert": True, "ssl_verify_identity": mode == "VERIFY_IDENTITY"}
        raise SourceError(
            f"There is no ssl_mode {mode!r}.", hint="One of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY (with ssl_ca=FILE)."
        )


@dataclass(eq=False)
class Link:
    """A session: the driver's connection, the server's number for it, and a second handle on its socket by which it is cut."""

    connection: pymysql.Connection[Any]
    number: int
    tap: socket.socket | None

    def cut(self) -> None:
        """End the connection at once, also under a thread that waits for it."""
        if self.tap is not None:
            with suppress(OSError):
                self.tap.shutdown(socket.SHUT_RDWR)


class Stream(SSCursor):
    """An unbuffered cursor that tells its columns' types and can be left before its end."""

    _result: Any

    def fields(self) -> list[Any]:
        """The server's description of each column; empty for a statement without rows."""
        return list(getattr(self._result, "fields", None) or ())

    def leave(self) -> None:
        """Forget the rows that were not read: the driver would read them all, and the connection is about to be cut."""
        if self._result is not None:
            self._result.unbuffered_active = False


class MySQLSource(ServerSource[Link]):
    """A MySQL or MariaDB database; sessions are read-only unless opened for writing."""

    dialect = "mysql"

    def __init__(self, address: str, name: str, options: Options) -> None:
        super().__init__(address, name, options)
        self.address = Address.read(address, options.extra)
        self._arguments = self.address.tls()
        self._streams: dict[Link, Stream] = {}

    def open(self) -> Link:
        """A session in UTF-8, read-only where asked, with the server's modes less those that change how SQL is read."""
        link = self._connected(self.options.connect_timeout_s)
        try:
            with self._within(link, self.options.connect_timeout_s):
                self._prepare(link)
        except (pymysql.Error, OSError) as error:
            self.shut(link)
            raise self._refused(error) from None
        return link

    def _connected(self, seconds: float) -> Link:
        there = self.address
        connection = pymysql.Connection(
            user=there.user,
            password=there.password,
            host=there.host,
            port=there.port,
            database=there.database or None,
            charset=there.knobs.get("charset", "utf8mb4"),
            use_unicode=False,
            conv={},
            autocommit=True,
            local_infile=False,
            connect_timeout=max(1, math.ceil(seconds)),
            unix_socket=there.knobs.get("unix_socket"),
            defer_connect=True,
            program_name="aiser-jupyter",
            cursorclass=Stream,
            **self._arguments,
        )
        link = Link(connection, 0, None)
        try:
            # A socket of our own, for the driver waits without end for a server that accepts and never speaks.
            plug = None if "unix_socket" in there.knobs else _plug(there.host, there.port, seconds)
            link.tap = plug.dup() if plug is not None else None
            with self._within(link, seconds):
                connection.connect(plug)
        except (pymysql.Error, OSError, RuntimeError) as error:
            self.shut(link)
            raise self._refused(error) from None
        return link

    def _prepare(self, link: Link) -> None:
        number, modes, version = _row(link, "SELECT CONNECTION_ID(), @@sql_mode, VERSION()")
        link.number = int(number)
        kept = ",".join(mode for mode in modes.decode().split(",") if mode and mode not in LEXICAL)
        seconds = float(self.address.knobs.get("statement_timeout_s", STATEMENT_S))
        limit = f"max_statement_time = {seconds}" if b"MariaDB" in version else f"max_execution_time = {math.ceil(seconds * 1000)}"
        _do(link, f"SET SESSION sql_mode = '{kept}', net_write_timeout = {UNREAD_S}, {limit}")
        self._pin(link)

    def _pin(self, link: Link) -> None:
        if self.read_only:
            _do(link, "SET SESSION TRANSACTION READ ONLY")

    def answers(self, connection: Link) -> bool:
        """Whether the session answers in two seconds."""
        try:
            with self._within(connection, ANSWER_S):
                connection.connection.ping(reconnect=False)
        except (pymysql.Error, OSError):
            return False
        return True

    def start(self, connection: Link, sql: str, params: Mapping[str, object], ended: Ended) -> pa.RecordBatchReader:
        """Start ``sql``; values stand in it as literals of which no letter is theirs (`literal`)."""
        import pyarrow as pa

        text = dbapi.rewritten(sql, "mysql", params, lambda name: literal(params[name]))
        # Set anew before each statement: another one may have undone it where the guard was off.
        self._pin(connection)
        stream = connection.connection.cursor(Stream)
        self._streams[connection] = stream
        stream.execute(text)

        def end() -> None:
            self._streams.pop(connection, None)
            ended()

        described = stream.fields()
        if not described:
            end()
            return pa.schema([]).empty_table().to_reader()
        first = stream.fetchmany(dbapi.FIRST)
        return dbapi.batches(mysql_types.fields(described, first), stream.fetchmany, first, dbapi.FIRST, end)

    def stop(self, connection: Link, running: Callable[[], bool]) -> None:
        """KILL QUERY from a second session, and the socket cut where that does not help."""
        threading.Thread(target=self._kill, args=(connection,), name="aiser-cancel", daemon=True).start()

        def cut() -> None:
            if running():
                connection.cut()

        timer = threading.Timer(CUT_S, cut)
        timer.daemon = True
        timer.start()

    def _kill(self, link: Link) -> None:
        # What cannot be killed for want of a connection ends by its socket here and by max_statement_time there.
        with suppress(SourceError, pymysql.Error, OSError):
            second = self._connected(min(ANSWER_S, self.options.connect_timeout_s))
            try:
                with self._within(second, ANSWER_S):
                    _do(second, f"KILL QUERY {link.number}")
            finally:
                self.shut(second)

    def shut(self, connection: Link) -> None:
        """Close a session; rows that were not read are dropped."""
        stream = self._streams.pop(connection, None)
        if stream is not None:
            stream.leave()
            connection.cut()
        with suppress(pymysql.Error, OSError):
            connection.connection.close()
        if connection.tap is not None:
            connection.tap.close()

    def lost(self, error: Exception) -> bool:
        """Whether the server or the network went away."""
        return isinstance(error, OSError | pymysql.err.InterfaceError) or (isinstance(error, pymysql.Error) and _code(error) in LOST)

    def complained(self, error: Exception) -> bool:
        """Whether the server itself refused the statement."""
        return isinstance(error, pymysql.Error) and not isinstance(error, pymysql.err.InterfaceError) and 1000 <= _code(error) < 2000

    def explained(self, error: Exception) -> Exception:
        """The server's own sentence; a name it does not know makes the tables be read anew."""
        if not isinstance(error, pymysql.Error):
            return error
        if _code(error) in {1054, 1109, 1146}:
            self.forget_tables()
        return EngineError(_said(error))

    def read_tables(self) -> tuple[Table, ...]:
        """Tables and views of the database, or of all databases where the address names none, in one round trip."""
        return mysql_books.tables(self.rows(mysql_books.COLUMNS))

    def read_keys(self) -> tuple[Key, ...]:
        """Declared foreign keys, in one round trip."""
        return mysql_books.keys(self.rows(mysql_books.KEYS))

    def read_sizes(self) -> dict[str, int]:
        """InnoDB's estimates of the rows."""
        return {row["name"]: int(row["n"]) for row in self.rows(mysql_books.SIZES)}

    @contextmanager
    def _within(self, link: Link, seconds: float) -> Iterator[None]:
        """Cut the connection where the block takes longer."""
        timer = threading.Timer(seconds, link.cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _refused(self, error: Exception) -> SourceError:
        """Why there is no session, and what to do; never with a password."""
        code = _code(error)
        said = (
            _said(error)
            if code not in LOST or code == 2003
            else f"it did not answer within {self.options.connect_timeout_s:g} s, or hung up"
        )
        if self.address.password:
            said = said.replace(self.address.password, "***")
        match code:
            case 1045 | 1698:
                return SourceError(
                    "The server refused the login.",
                    where=said,
                    hint="Check user and password; it is not tried again, for some servers lock accounts.",
                )
            case 1049:
                return SourceError(said + ".", where=self.place, hint="Check the database's name at the end of the address.")
            case 1040 | 1203:
                return SourceError(
                    "The server takes no more connections.", where=said, hint="Close others, or lower pool_size in the profile."
                )
            case 2026:
                return SourceError(
                    "The server does not speak TLS, and ssl_mode asks for it.",
                    where=self.place,
                    hint="Ask its administrator, or use ssl_mode=PREFERRED.",
                )
            case _:
                return SourceError(
                    f"{self.name} cannot be reached.",
                    where=f"{self.place}: {said}",
                    hint="Check host and port, that the server runs, and that a firewall lets you through.",
                )


def connect(address: str, name: str, options: Options) -> MySQLSource:
    """The database at ``address`` (``mysql://user@host/database``); raises `SourceError` where it cannot be reached."""
    source = MySQLSource(address, name, options)
    source.ping()
    return source


def _plug(host: str, port: int, seconds: float) -> socket.socket:
    plug = socket.create_connection((host, port), seconds)
    plug.settimeout(None)
    plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    plug.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return plug


def _do(link: Link, sql: str) -> None:
    link.connection.query(sql)


def _row(link: Link, sql: str) -> tuple[bytes, ...]:
    with link.connection.cursor(pymysql.cursors.Cursor) as cursor:
        cursor.execute(sql)
        row = cursor.fetchone()
    assert row is not None
    return row


def _code(error: BaseException) -> int:
    return error.args[0] if error.args and isinstance(error.args[0], int) else 0


def _said(error: BaseException) -> str:
    text = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], str) else str(error)
    return re.sub(r"^\(\d+, [\"']|[\"']\)$", "", text).partition("\n")[0]

"""A connection that a broker holds: its credentials stay there, and the broker decides what its clients see (`aiser broker`)."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from aiser_jupyter import pipe
from aiser_jupyter.errors import CancelledError, SourceError, UsageError
from aiser_jupyter.sources import broker_words as words
from aiser_jupyter.sources.closing import unread
from aiser_jupyter.sources.recipe import Recipe
from aiser_jupyter.sources.reference import is_reference, secret
from aiser_jupyter.sources.source import Capabilities

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from aiser_jupyter.catalog import Key, Table
    from aiser_jupyter.sources.options import Options

# A token that the hub gave this kernel; read at each connection, so that a newer one is used.
TOKEN = "AISER_BROKER_TOKEN"  # noqa: S105  # the name of a variable
BOOKS_S = 30.0  # how long the broker may take to list its tables
_HINT = "Ask whoever runs the broker (docs/governed.md)."


def connect(address: str, name: str, options: Options) -> BrokerSource:
    """The connection behind ``broker:///run/aiser.sock?connection=shop``; tried at once, so that a wrong address is said here."""
    if options.write:
        raise SourceError("A broker's connections are read-only.", where=address, hint="Connect it without write=True.")
    return BrokerSource(address, name, options)


class BrokerSource:
    """What a broker lets this user see of one of its connections, over its Unix domain socket.

    The broker knows by the kernel who asks; it checks, rewrites, bounds and keeps account of each statement on its side.
    """

    capabilities = Capabilities(local=False)
    read_only = True

    def __init__(self, address: str, name: str, options: Options) -> None:
        parts = urlsplit(address)
        asked = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        self.name = name
        self.place = address
        self.options = options
        self.recipe: Recipe | None = Recipe(address, name, options)
        self._path = unquote(parts.path)
        self._connection = asked.pop("connection", "")
        self._role = asked.pop("role", "")
        if parts.netloc or not self._path.strip("/") or not self._connection or asked:
            raise SourceError(
                "A broker's address names its socket and one of its connections.",
                where=address,
                hint="For example broker:///run/aiser/broker.sock?connection=shop (and &role=NAME for another of your roles).",
            )
        if unknown := sorted(set(options.extra) - {"token", "memory_limit", "temp_directory"}):
            raise SourceError(f"There is no knob {unknown[0]!r} of this connection.", where=name, hint='A broker has "token" alone.')
        self._lines: set[Line] = set()
        self._lock = threading.Lock()
        self._closed = False
        with self.line() as line:
            self.dialect = str(line.ready["dialect"])
            self.user = str(line.ready.get("user", ""))
            self.role = str(line.ready.get("role", ""))

    def tables(self) -> tuple[Table, ...]:
        """The tables that the broker shows this user."""
        return self._books()[0]

    def keys(self) -> tuple[Key, ...]:
        """The declared keys between them."""
        return self._books()[1]

    def sizes(self) -> Mapping[str, int]:
        """About how many rows each of them has, where the broker tells."""
        return self._books()[2]

    def cursor(self) -> BrokerCursor:
        """A place to run one query."""
        return BrokerCursor(self)

    def ping(self) -> None:
        """Be greeted by the broker once; raises SourceError where it does not answer."""
        self.line().close()

    def cancel(self) -> None:
        """Stop everything that runs on this connection."""
        with self._lock:
            lines = tuple(self._lines)
        for line in lines:
            line.say_cancel()

    def close(self) -> None:
        """Leave the broker; it frees what still ran."""
        self._closed = True
        with self._lock:
            lines = tuple(self._lines)
        for line in lines:
            line.close()

    def line(self) -> Line:
        """A line to the broker on which one thing is asked at a time."""
        if self._closed:
            raise unread(self.name)
        line = Line(self._path, self.options.connect_timeout_s, self._lines.discard)
        with self._lock:
            self._lines.add(line)
        try:
            line.greet({"v": words.VERSION, "connection": self._connection, "role": self._role, "token": self._token()})
        except BaseException:
            line.close()
            raise
        return line

    def _token(self) -> str:
        given = str(self.options.extra.get("token", ""))
        if given and not is_reference(given):
            raise SourceError("A token is given by reference.", where=self.name, hint='token = "env:NAME" or "keyring:NAME".')
        return secret(given) if given else os.environ.get(TOKEN, "")

    def _books(self) -> tuple[tuple[Table, ...], tuple[Key, ...], Mapping[str, int]]:
        with self.line() as line:
            line.wait(BOOKS_S)
            line.say(words.TABLES, {})
            return words.told_of(line.hear(words.LISTED))


class Line:
    """One connection to the broker's socket, greeted; raises SourceError where the broker is not there or lets nobody in."""

    def __init__(self, path: str, timeout_s: float, gone: Any) -> None:
        self.ready: Mapping[str, Any] = {}
        self._path = path
        self._gone = gone
        self._speaking = threading.Lock()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(timeout_s)
        self._file = pipe.Wired(self._socket)
        try:
            self._socket.connect(path)
        except OSError as error:
            self._socket.close()
            raise SourceError("The broker does not answer.", where=f"{path}: {error.strerror or error}", hint=_HINT) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def greet(self, hello: Mapping[str, object]) -> None:
        """Say who is wanted, and hear what it is."""
        self.say(words.HELLO, hello)
        self.ready = self.hear(words.READY)
        self._socket.settimeout(None)

    def wait(self, seconds: float) -> None:
        """Give the broker so long for what is asked next."""
        self._socket.settimeout(seconds)

    def say(self, kind: bytes, message: Mapping[str, object]) -> None:
        """Send a message; raises SourceError where the broker is gone, UsageError where it is too long."""
        payload = words.written(message)
        if len(payload) > words.MOST_BYTES:
            raise UsageError(
                f"The statement and its values take {len(payload):,} bytes, and a broker takes {words.MOST_BYTES:,}.",
                hint="Ask for less at once, e.g. a range in place of a list.",
            )
        try:
            with self._speaking:
                pipe.send(self._file, kind, payload)
        except pipe.Closed:
            raise self.lost() from None

    def say_cancel(self) -> None:
        """Ask the broker to stop what runs on this line; from any thread."""
        with suppress(SourceError):
            self.say(words.CANCEL, {})

    def hear(self, wanted: bytes) -> Mapping[str, Any]:
        """The message of that kind; raises what the broker says instead."""
        try:
            kind, payload = pipe.receive(self._file, words.MOST_ANSWER)
        except pipe.Closed:
            raise self.lost() from None
        message = words.read(payload)
        if kind != wanted:
            raise words.raised(message) if kind == words.ERROR else self.lost()
        return message

    def next_length(self, progressed: Any) -> int:
        """The length of the next piece of rows; 0 at their end; raises what the broker ended them with."""
        while True:
            try:
                kind, length = pipe.head(self._file)
                if kind == words.STREAM:
                    return length
                payload = bytearray(min(length, words.MOST_ANSWER))
                pipe.fill(self._file, memoryview(payload))
            except pipe.Closed:
                raise self.lost() from None
            message = words.read(payload)
            if kind == words.PROGRESS:
                progressed(float(message["share"]))
            elif kind == words.DONE:
                return 0
            else:
                raise words.raised(message)

    def take(self, place: memoryview) -> None:
        """Fill ``place`` with rows."""
        try:
            pipe.fill(self._file, place)
        except pipe.Closed:
            raise self.lost() from None

    def lost(self) -> SourceError:
        """The error of a broker that went in the middle."""
        return SourceError("The broker ended the connection.", where=self._path, hint=f"Try again; if it stays so: {_HINT}")

    def close(self) -> None:
        """Leave, whatever is waited for in another thread."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._gone(self)


class BrokerCursor:
    """One statement at the broker; its line is closed with it, and then the broker frees what it took."""

    def __init__(self, source: BrokerSource) -> None:
        self.timeout_s: float | None = None
        self.pushed: list[str] = []
        self._source = source
        self._line: Line | None = None
        self._lock = threading.Lock()
        self._share: float | None = None
        self._stopped = False
        self._open = False

    def run(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Start the statement and stream its rows; raises what the broker says, as its own errors."""
        import pyarrow as pa

        if frames:
            raise UsageError(
                "A broker takes no data frames.", hint="Name the connection and the frame in one statement: they are joined here."
            )
        line = self._source.line()
        with self._lock:
            self._line = line
            stopped = self._stopped
        if stopped:
            line.close()
            raise CancelledError("The query was cancelled.")
        self.pushed = [sql]
        given = {name: words.packed(value) for name, value in params.items()}
        line.say(words.QUERY, {"sql": sql, "params": given, "timeout_s": self.timeout_s})
        self._open = True
        stream = pa.ipc.open_stream(pa.PythonFile(pipe.Feed(self._next_length, line.take), "r"))
        return pa.RecordBatchReader.from_batches(stream.schema, self._batches(stream))

    def cancel(self) -> None:
        """Ask the broker to stop it, from any thread."""
        with self._lock:
            self._stopped = True
            line = self._line
        if line is not None:
            line.say_cancel()

    def close(self) -> None:
        """Leave the line."""
        with self._lock:
            self._stopped = True
            line = self._line
        if line is not None:
            line.close()

    def progress(self) -> float | None:
        """The share of the statement that is done, as the broker last said."""
        return self._share

    def _batches(self, stream: Any) -> Iterator[pa.RecordBatch]:
        yield from stream
        while self._open and self._next_length():
            pass

    def _next_length(self) -> int:
        assert self._line is not None
        length = self._line.next_length(self._told)
        self._open = bool(length)
        return length

    def _told(self, share: float) -> None:
        self._share = share

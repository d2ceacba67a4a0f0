"""One client of a broker: greeted as who the operating system says it is, then one thing asked at a time."""

from __future__ import annotations

import logging
import socket
import struct
import threading
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

from aiser_jupyter import pipe, redact
from aiser_jupyter.broker.people import peer
from aiser_jupyter.errors import AiserError, CancelledError, QueryError, UsageError
from aiser_jupyter.query import listing, run
from aiser_jupyter.sources import broker_words as words

if TYPE_CHECKING:
    from aiser_jupyter.broker.broker import Broker
    from aiser_jupyter.identity import Identity
    from aiser_jupyter.query.execute import Execution
    from aiser_jupyter.query.result import Result

ORIGIN = "broker"
_log = logging.getLogger(__name__)
_TIME = struct.Struct("ll")  # of a socket's bounds: seconds and microseconds


class Session:
    """A client on ``line``; `serve` returns when it has gone, and whatever it ran has been stopped."""

    def __init__(self, broker: Broker, line: socket.socket) -> None:
        self._broker = broker
        self._line = line
        self._file = pipe.Wired(line)
        self._speaking = threading.Lock()
        self._switch = threading.Lock()
        self._busy = False
        self._stopped = False
        self._execution: Execution | None = None
        self._runner: threading.Thread | None = None
        self._identity: Identity | None = None
        self._connection = ""
        self._role = ""

    def serve(self) -> None:
        """Hear the client until it goes."""
        with ExitStack() as stack:
            stack.callback(self._line.close)
            stack.callback(self._end)
            with suppress(pipe.Closed):
                try:
                    self._greet(stack)
                except AiserError as error:
                    self._say(words.ERROR, _told(error))
                    return
                except ValueError:
                    return  # no client of ours
                while True:
                    kind, payload = pipe.receive(self._file, words.MOST_BYTES)
                    if kind == words.CANCEL:
                        self._stop()
                    elif kind in (words.QUERY, words.TABLES) and not self._busy:
                        self._start(kind, payload)
                    else:
                        return

    def stop(self) -> None:
        """End the session, from any thread: the broker ends."""
        with suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)

    def _greet(self, stack: ExitStack) -> None:
        limits = self._broker.limits
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _seconds(limits.hello_s))
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _seconds(limits.stall_s))
        kind, payload = pipe.receive(self._file, words.MOST_BYTES)
        hello = words.read(payload)
        if kind != words.HELLO or hello.get("v") != words.VERSION:
            raise UsageError("The broker speaks another version.", hint="Install the same version of aiser-jupyter on both sides.")
        connection, role, token = (str(hello.get(name) or "") for name in ("connection", "role", "token"))
        self._identity = self._broker.identify(peer(self._line), token)
        self._connection, self._role = connection, role
        _, source, granted = self._broker.context(self._identity, connection, role)
        stack.enter_context(self._broker.session(self._identity.user))
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _seconds(0))
        self._say(
            words.READY,
            {"v": words.VERSION, "dialect": source.dialect, "user": self._identity.user, "role": granted.role.name},
        )

    def _start(self, kind: bytes, payload: bytearray) -> None:
        with self._switch:
            self._busy, self._stopped, self._execution = True, False, None
        work = self._query if kind == words.QUERY else self._list
        self._runner = threading.Thread(target=self._work, args=(work, payload), name="aiser-broker-query", daemon=True)
        self._runner.start()

    def _work(self, work: Any, payload: bytearray) -> None:
        """Do what was asked and say how it ended; nothing that is raised here ends the broker."""
        try:
            try:
                kind, reply = work(words.read(payload))
            except AiserError as error:
                kind, reply = words.ERROR, _told(error)
            except (ValueError, TypeError, KeyError):
                kind, reply = words.ERROR, _told(UsageError("The broker was asked for something that it does not know."))
            except pipe.Closed:
                raise
            except Exception:  # noqa: BLE001  # whatever it is, it ends this statement alone
                _log.exception("a statement of %s failed in the broker", self._identity)
                kind, reply = words.ERROR, _told(QueryError("The broker could not run it.", hint="Its log says why."))
            with self._switch:
                self._busy, self._execution = False, None
            self._say(kind, reply)
        except pipe.Closed:
            self.stop()

    def _list(self, asked: dict[str, Any]) -> tuple[bytes, dict[str, object]]:  # noqa: ARG002  # as of a query
        assert self._identity is not None
        _, source, _ = self._broker.context(self._identity, self._connection, self._role)
        tables = listing.tables(source)
        return words.LISTED, words.listed(tables, source.keys(), listing.sizes(source))

    def _query(self, asked: dict[str, Any]) -> tuple[bytes, dict[str, object]]:
        assert self._identity is not None
        sql, given, wanted = asked["sql"], asked["params"], asked.get("timeout_s")
        if not isinstance(sql, str) or not isinstance(given, dict):
            raise ValueError("no statement")  # noqa: TRY004  # whoever reads catches one error
        params = {str(name): words.unpacked(value) for name, value in given.items()}
        longest = self._broker.limits.timeout_s
        seconds = min(float(wanted), longest) if isinstance(wanted, int | float) and wanted > 0 else longest
        with self._broker.place(self._identity.user, self._connection, seconds, lambda: self._stopped):
            # By the policy as it is now, not as it was when the client came.
            context, _, _ = self._broker.context(self._identity, self._connection, self._role)
            result = run(
                context, sql, on=self._connection, params=params, timeout=seconds, origin=ORIGIN, begun=self._begun, progress=self._progress
            )  # fmt: skip
            try:
                self._stream(result)
            finally:
                result.close()
        return words.DONE, {}

    def _stream(self, result: Result) -> None:
        import pyarrow as pa

        sink = pipe.Sink(self._send_rows)
        with pa.ipc.new_stream(pa.PythonFile(sink, "w"), result.schema) as writer:
            sink.flush()
            for batch in result.stream():
                writer.write_batch(batch)
                sink.flush()
        sink.flush()

    def _send_rows(self, data: bytes | memoryview) -> None:
        with self._speaking:
            pipe.send(self._file, words.STREAM, data)

    def _progress(self, share: float) -> None:
        with suppress(pipe.Closed):  # the reader of the line hears of it
            self._say(words.PROGRESS, {"share": share})

    def _say(self, kind: bytes, message: dict[str, object]) -> None:
        with self._speaking:
            pipe.send(self._file, kind, words.written(message))

    def _begun(self, execution: Execution) -> None:
        with self._switch:
            self._execution = execution
            stopped = self._stopped
        if stopped:
            raise CancelledError("The query was cancelled.")

    def _stop(self) -> None:
        with self._switch:
            self._stopped = True
            execution = self._execution
        if execution is not None:
            execution.cancel()

    def _end(self) -> None:
        """The client went: stop what it ran, and wait until it has let go."""
        self.stop()
        runner = self._runner
        while runner is not None and runner.is_alive():
            self._stop()
            runner.join(0.5)


def _told(error: AiserError) -> dict[str, object]:
    """An error as the client hears it, without any secret of this side."""
    told = redact.plain(words.error(error))
    assert isinstance(told, dict)
    return told


def _seconds(value: float) -> bytes:
    return _TIME.pack(int(value), int(value % 1 * 1_000_000))

"""The worker process: opens one source, runs one statement at a time, and sends its rows back.

    python -P -m aiser_jupyter.query.worker_main

Started by `aiser_jupyter.query.worker` alone, which talks to it through its standard input and output. It ends when that pipe does.
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import signal
import sys
import threading
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import CancelledError
from aiser_jupyter.query import worker_limits, worker_wire
from aiser_jupyter.query.worker_errors import told
from aiser_jupyter.sources import spill
from aiser_jupyter.sources.source import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    import pyarrow as pa

    from aiser_jupyter.sources.kept_file import KeptFile
    from aiser_jupyter.sources.recipe import Recipe
    from aiser_jupyter.sources.source import Cursor, Source

_WAITING = 4  # frames of added tables that wait to be read
_TELL_AFTER_S, _TELL_EVERY_S = 0.5, 0.2


class Worker:
    """One source, and the statement that runs on it."""

    def __init__(self, inward: BinaryIO, outward: BinaryIO) -> None:
        self._in = inward
        self._out = outward
        self._inbox: queue.Queue[tuple[bytes, bytearray]] = queue.Queue(_WAITING)
        self._speaking = threading.Lock()
        self._switch = threading.Lock()
        self._cursor: Cursor | None = None
        self._cancelled = -1  # the number of the statement that is to stop
        self._source: Source | None = None
        self._types: dict[str, Mapping[str, str]] = {}

    def serve(self) -> None:
        """Open what is asked for, then run statements until the pipe ends."""
        threading.Thread(target=self._listen, name="aiser-listen", daemon=True).start()
        kind, payload = self._inbox.get()
        assert kind == worker_wire.OPEN
        opening = pickle.loads(payload)  # noqa: S301  # from the process that started this one
        if opening["encrypt"]:
            spill.encrypt()
        try:
            self._source = _open(opening["recipe"], opening["name"], opening["config"], opening["reach"])
            missing = worker_limits.bound(opening["memory_mb"])
        except BaseException as error:  # noqa: BLE001  # told to the one that asked
            self._say(worker_wire.ERROR, told(error))
            return
        self._say(worker_wire.READY, {"pid": os.getpid(), "missing": missing, "resident": worker_limits.resident()})
        frames: dict[str, pa.Table] = {}
        while True:
            kind, payload = self._inbox.get()
            if kind == worker_wire.QUERY:
                self._run(pickle.loads(payload), frames)  # noqa: S301
                frames = {}
                continue
            try:
                self._keep(kind, payload, frames)
            except BaseException as error:  # noqa: BLE001
                self._say(worker_wire.ERROR, told(error))
                return  # half a table is no table: the next statement gets a new process

    def _listen(self) -> None:
        """Take what comes in, a cancel at once; end with the pipe, whatever runs."""
        try:
            while True:
                kind, payload = worker_wire.receive(self._in)
                if kind == worker_wire.CANCEL:
                    self._cancel(int(payload))
                else:
                    self._inbox.put((kind, payload))
        except worker_wire.Closed:
            os._exit(0)

    def _cancel(self, number: int) -> None:
        with self._switch:
            self._cancelled = max(self._cancelled, number)
            if self._cursor is not None:
                self._cursor.cancel()

    def _keep(self, kind: bytes, payload: bytearray, frames: dict[str, pa.Table]) -> None:
        """Take a table for good, or a frame for the next statement, or drop a table."""
        from aiser_jupyter.sources.duckdb import DuckDBSource

        described = pickle.loads(payload)  # noqa: S301
        if kind == worker_wire.FRAME:
            frames[described["name"]] = self._rows().read_all()
            return
        engine = self._source
        assert isinstance(engine, DuckDBSource)
        name = described["name"]
        quoted = _quoted(name)
        if kind == worker_wire.DROP:
            engine.drop(name)
            return
        if kind == worker_wire.VIEW:
            engine.show(name, described["select"], described["rows"], _locked(described["encrypted"]))
            return
        engine.load(name, self._rows())
        # Arrow has no word for some types of DuckDB: such a column gets its own back.
        made = {column.name: column.db_type for table in engine.tables() if table.name == name for column in table.columns}
        for column, wanted in described["types"].items():
            if made.get(column) != wanted:
                _execute(engine, f"ALTER TABLE {quoted} ALTER COLUMN {_quoted(column)} SET DATA TYPE {wanted}")

    def _rows(self) -> pa.RecordBatchReader:
        """The stream of rows that comes in."""
        import pyarrow as pa

        waiting = memoryview(b"")

        def more() -> int:
            nonlocal waiting
            kind, payload = self._inbox.get()
            waiting = memoryview(payload)
            return len(payload) if kind == worker_wire.ROWS else 0

        def take(place: memoryview) -> None:
            nonlocal waiting
            place[:] = waiting[: len(place)]
            waiting = waiting[len(place) :]

        stream = pa.ipc.open_stream(pa.PythonFile(worker_wire.Feed(more, take), "r"))
        return pa.RecordBatchReader.from_batches(stream.schema, _to_the_end(stream, more))

    def _run(self, asked: dict[str, Any], frames: dict[str, pa.Table]) -> None:
        """Run one statement and send its rows, then how it ended."""
        assert self._source is not None
        began = worker_limits.cpu()
        measured = worker_limits.reset_peak()
        over = threading.Event()
        reply: dict[str, Any] = {}
        kind = worker_wire.DONE
        cursor = None
        try:
            cursor = self._source.cursor()
            with self._switch:
                self._cursor = cursor
                stop = self._cancelled >= asked["number"]
            if not stop:
                if isinstance(cursor, Progress):
                    threading.Thread(target=self._tell, args=(cursor, over), name="aiser-progress", daemon=True).start()
                self._stream(cursor.run(asked["sql"], asked["params"], frames or None))
            else:
                kind, reply = worker_wire.ERROR, told(CancelledError("The query was cancelled."))
        except worker_wire.Closed:
            os._exit(0)
        except BaseException as error:  # noqa: BLE001
            kind, reply = worker_wire.ERROR, told(error)
        finally:
            over.set()
            with self._switch:
                self._cursor = None
            if cursor is not None:
                cursor.close()
        reply["cpu_s"] = worker_limits.cpu() - began
        reply["peak"] = worker_limits.peak() if measured else None
        reply["resident"] = worker_limits.resident()
        self._say(kind, reply)

    def _stream(self, reader: pa.RecordBatchReader) -> None:
        """Send rows as they come."""
        import pyarrow as pa

        sink = worker_wire.Sink(self._send_rows)
        with pa.ipc.new_stream(pa.PythonFile(sink, "w"), reader.schema) as writer:
            sink.flush()
            for batch in reader:
                writer.write_batch(batch)
                sink.flush()
        sink.flush()

    def _send_rows(self, data: bytes | memoryview) -> None:
        with self._speaking:
            worker_wire.send(self._out, worker_wire.STREAM, data)

    def _tell(self, cursor: Progress, over: threading.Event) -> None:
        """Send how far the statement is, now and then."""
        pause = _TELL_AFTER_S
        while not over.wait(pause):
            pause = _TELL_EVERY_S
            with self._switch:
                share = cursor.progress() if self._cursor is cursor else None
            if share is not None:
                self._say(worker_wire.PROGRESS, share)

    def _say(self, kind: bytes, data: object) -> None:
        try:
            with self._speaking:
                worker_wire.send(self._out, kind, json.dumps(data).encode())
        except worker_wire.Closed:
            os._exit(0)


def _open(recipe: Recipe | None, name: str, config: Mapping[str, object], reach: Sequence[Path]) -> Source:
    """The source of ``recipe``, or an empty engine in memory where there is none, which reads the files within ``reach``."""
    import pyarrow as pa  # so that what it maps counts before the limit is set

    from aiser_jupyter.sources.duckdb import DuckDBSource
    from aiser_jupyter.sources.open import reopen

    pa.array([1]).to_pylist()
    return DuckDBSource(name, config=config, reach=reach) if recipe is None else reopen(recipe)


def _locked(told: tuple[str, str] | None) -> KeptFile | None:
    """The encrypted file that a view reads."""
    from pathlib import Path

    from aiser_jupyter.sources.kept_file import KeptFile
    from aiser_jupyter.sources.workspace_key import Key

    return KeptFile(Path(told[0]), Key.read(told[1], "worker")) if told is not None else None


def _to_the_end(stream: Any, more: Any) -> Iterator[pa.RecordBatch]:
    """The batches, and the frame behind them that says there are no more."""
    yield from stream
    while more():
        pass


def _execute(engine: Source, sql: str) -> None:
    cursor = engine.cursor()
    try:
        cursor.run(sql, {}).read_all()
    finally:
        cursor.close()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def main() -> None:
    """Take the two pipes, so that nothing a driver prints gets into them, and serve."""
    worker_limits.die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    inward = os.fdopen(os.dup(0), "rb", buffering=0)
    outward = os.fdopen(os.dup(1), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    os.close(nothing)
    try:
        Worker(inward, outward).serve()
    finally:
        sys.stderr.flush()
        os._exit(0)  # a driver's threads do not keep it


if __name__ == "__main__":
    main()

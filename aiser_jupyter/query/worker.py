"""One worker process, as the process that started it sees it."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import subprocess
import threading
import time
import warnings
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import CancelledError, WorkerError
from aiser_jupyter.query import worker_errors, worker_spawn, worker_tables, worker_wire
from aiser_jupyter.query.worker_wire import Closed
from aiser_jupyter.sources import spill
from aiser_jupyter.sources.duckdb import DuckDBSource
from aiser_jupyter.sources.scanned import ScannedSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from aiser_jupyter.query.worker_spawn import Keeper
    from aiser_jupyter.sources.recipe import Recipe
    from aiser_jupyter.sources.source import Source

# A worker is replaced after so many statements, or when it keeps more than this share of what it may take.
MOST_QUERIES = 500
KEPT_SHARE = 0.5
# DuckDB spills before the limit of the process is reached.
_ENGINE_SHARE = 0.75
_START_S = 30.0


class Worker:
    """A process with one source open; one statement at a time.

    Not for two threads at once, but for `cancel` and `kill`, which any thread may call at any time.
    """

    def __init__(self, keeper: Keeper, source: Source, memory_mb: int, *, write: bool = False) -> None:
        self.memory_mb = memory_mb
        self.idle_since = time.monotonic()
        self.missing: list[str] = []
        self.share: float | None = None
        self.usage: tuple[float | None, int | None] = (None, None)
        self._recipe = recipe = source.recipe
        self._secrets = worker_errors.secrets_of(recipe)
        self._name = source.name
        self._write = write
        self._number = 0
        self._heavy = 0
        self._held: dict[str, int] = {}
        self._stream: pa.RecordBatchReader | None = None
        self._feed: worker_wire.Feed | None = None
        self._running = False
        self._stopped = False  # by us
        self._speaking = threading.Lock()
        self._folder = worker_spawn.scratch()
        try:
            self.process = keeper.start(worker_spawn.environment(_scheme(recipe)))
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        self._send(worker_wire.OPEN, pickle.dumps(self._opening(recipe, source)))
        self._ready = False

    @property
    def pid(self) -> int:
        """The process."""
        return self.process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs, and was not told to end."""
        return not self._stopped and self.process.poll() is None

    @property
    def fit(self) -> bool:
        """Whether it may run another statement."""
        return self.alive and not self._running and self._number < MOST_QUERIES and self._heavy < 2

    def query(self, source: Source, sql: str, params: Mapping[str, object], frames: Mapping[str, object] | None) -> pa.RecordBatchReader:
        """Start ``sql`` and stream its rows; raises what the engine raised, `WorkerError` where the process ended."""
        import pyarrow as pa

        self._running = True
        self._number += 1
        self.share = None
        self.usage = (None, None)
        try:
            if not self._ready:
                self._expect_ready()
            if self._recipe is None:
                assert isinstance(source, DuckDBSource)
                worker_tables.ship(source, sql, self._held, self._send)
            for name, value in (frames or {}).items():
                worker_tables.frame(name, value, self._send)
            asked = {"sql": sql, "params": dict(params), "number": self._number}
            self._send(worker_wire.QUERY, pickle.dumps(asked))
        except Closed:
            self._read_the_end()
        self._feed = worker_wire.Feed(self._next_length, self._take)
        stream = pa.ipc.open_stream(pa.PythonFile(self._feed, "r"))
        return pa.RecordBatchReader.from_batches(stream.schema, self._batches(stream))

    def _batches(self, stream: Any) -> Any:
        yield from stream
        while self._running and self._next_length():
            pass

    def cancel(self) -> None:
        """Ask it to stop what runs."""
        # Its pipe may be full while it is told of a table: then killing it is all that helps.
        if self._speaking.acquire(timeout=0.05):
            try:
                worker_wire.send(self._pipe_in, worker_wire.CANCEL, str(self._number).encode())
            except Closed:
                pass  # whoever reads from it hears of it
            finally:
                self._speaking.release()

    def drain(self, seconds: float) -> bool:
        """Stop a half-read statement, so that the next can run; whether it ended within ``seconds``, else the process is killed."""
        if not self._running:
            return True
        self.cancel()
        timer = threading.Timer(seconds, self.kill)
        timer.daemon = True
        timer.start()
        try:
            if self._feed is not None:
                self._feed.skip()
            while self._running:
                length = self._next_length()
                while length:
                    step = min(length, 1 << 16)
                    self._take(memoryview(bytearray(step)))
                    length -= step
        except Exception:  # noqa: BLE001  # how a dropped statement ended is no one's business
            return self.alive
        finally:
            timer.cancel()
        return self.alive

    def kill(self) -> None:
        """End the process at once, with all it started."""
        self._stopped = True
        if self.process.poll() is not None:
            return
        with suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg"):
                # Its own session, so the group is its own too.
                os.killpg(self.process.pid, signal.SIGKILL)
            else:
                self.process.kill()

    def close(self) -> None:
        """End the process and take away what it left."""
        if self.process.returncode is None:
            self.kill()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def abandon(self) -> None:
        """In a process that was forked: close the pipes and forget the process, which belongs to the one before."""
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        self.process.returncode = 0
        self._stopped = True

    def _opening(self, recipe: Recipe | None, source: Source) -> dict[str, Any]:
        config: dict[str, object] = {}
        # A source without SQL has an engine of its own, and takes no settings of one.
        if source.dialect == "duckdb" and not isinstance(source, ScannedSource):
            config = {"memory_limit": f"{int(self.memory_mb * _ENGINE_SHARE)}MB", "temp_directory": str(self._folder)}
        if recipe is not None:
            options = replace(recipe.options, write=self._write, extra={**config, **recipe.options.extra})
            recipe = replace(recipe, options=options)
        reach = getattr(source, "reach", ())
        return {
            "recipe": recipe,
            "name": source.name,
            "config": config,
            "reach": reach,
            "memory_mb": self.memory_mb,
            "encrypt": spill.encrypted(),
        }

    @property
    def _pipe_in(self) -> Any:
        return self.process.stdin

    @property
    def _pipe_out(self) -> Any:
        return self.process.stdout

    def _send(self, kind: bytes, payload: bytes | memoryview) -> None:
        with self._speaking:
            worker_wire.send(self._pipe_in, kind, payload)

    def _expect_ready(self) -> None:
        kind, payload = worker_wire.receive(self._pipe_out)
        data = json.loads(payload)
        if kind != worker_wire.READY:
            self._fail(data)
        if self.missing != data["missing"]:
            self.missing = list(data["missing"])
            # Python shows one text once, however many processes say it.
            warnings.warn(f"Worker processes are not bounded as they should be: {'; '.join(self.missing)}.", UserWarning, stacklevel=2)
        self._ready = True

    def _read_the_end(self) -> None:
        """The pipe to it broke: what it said last, or that it is gone."""
        while self._next_length():
            self._take(memoryview(bytearray(1)))
        raise self._gone()

    def _next_length(self) -> int:
        """The length of the next piece of the stream; 0 at its end; raises what it was ended by."""
        while True:
            try:
                kind, length = worker_wire.head(self._pipe_out)
                if kind == worker_wire.STREAM:
                    return length
                payload = bytearray(length)
                worker_wire.fill(self._pipe_out, memoryview(payload))
            except Closed:
                raise self._gone() from None
            data = json.loads(payload)
            if kind == worker_wire.PROGRESS:
                self.share = float(data)
                continue
            self._ended(data)
            if kind == worker_wire.DONE:
                return 0
            self._fail(data)

    def _take(self, place: memoryview) -> None:
        try:
            worker_wire.fill(self._pipe_out, place)
        except Closed:
            raise self._gone() from None

    def _ended(self, data: dict[str, Any]) -> None:
        self._running = False
        self._feed = None
        self.idle_since = time.monotonic()
        self.usage = (data.get("cpu_s"), data.get("peak"))
        heavy = (data.get("resident") or 0) > self.memory_mb * KEPT_SHARE * 1024 * 1024
        self._heavy = self._heavy + 1 if heavy else 0

    def _fail(self, data: dict[str, Any]) -> None:
        self._running = False
        if data.get("broken") or not self._ready:
            self.kill()  # what an allocation that failed left behind is not known
        raise worker_errors.raised(data, self._secrets, self.memory_mb)

    def _gone(self) -> Exception:
        """The error of a process that ended in the middle."""
        self._running = False
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
        code = self.process.returncode
        if self._stopped:
            return CancelledError("The query was cancelled.")
        self._stopped = True
        how = f"signal {-code} ({signal.Signals(-code).name})" if code is not None and code < 0 else f"status {code}"
        return WorkerError(
            f"The worker process that ran the query ended before it was done: {how}.",
            where=self._name,
            hint=f"Run it again: a new process starts by itself. If it happens again, the query may need more than {self.memory_mb:,} MB (worker_memory_mb).",
        )


def _scheme(recipe: Recipe | None) -> str:
    return "" if recipe is None else recipe.address.partition("://")[0].partition("+")[0].lower()

"""One statement on one cursor: told once how it ended, stopped in time, and nothing left behind."""

import threading
import time
from itertools import pairwise
from types import SimpleNamespace

import duckdb
import pyarrow as pa
import pytest

from aiser_jupyter.errors import CancelledError, DeadlineError, QueryError
from aiser_jupyter.query import workers
from aiser_jupyter.query.execute import Ending, Execution
from aiser_jupyter.settings import Settings
from aiser_jupyter.sources import closing
from aiser_jupyter.sources.duckdb import DuckDBSource
from aiser_jupyter.sources.sqlite import SQLiteSource

# About two seconds on two cores; the other takes minutes.
TWO_SECONDS = "SELECT sum(hash(range)) AS s FROM range(700000000)"
SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000000) SELECT max(i) FROM n"
SETTINGS = Settings(worker_memory_mb=512)


@pytest.fixture(params=["duckdb", "sqlite", "duckdb in a worker", "sqlite in a worker"])
def opened(request, tmp_path):
    """A function that gives cursors on a database."""
    if request.param.startswith("duckdb"):
        path = tmp_path / "shop.duckdb"
        duckdb.connect(str(path)).close()
        source = DuckDBSource("shop", path)
    else:
        path = tmp_path / "shop.db"
        path.touch()
        source = SQLiteSource("shop", path)
    yield (lambda: workers.cursor(source, SETTINGS)) if "worker" in request.param else source.cursor
    closing.close(source)


def execution(cursor, timeout=60.0, progress=None):
    endings: list[Ending] = []
    made = Execution(cursor, timeout, explain=_explained, ended=endings.append, progress=progress)
    return made, endings


def _explained(error):
    return CancelledError("The query was cancelled.") if "interrupt" in str(error).lower() else error


def busy():
    """Threads, without the few that wait for the next query."""
    return sum(thread.name != "aiser-idle" for thread in threading.enumerate())


def left():
    """Threads of queries that still run, after a moment to end."""
    until = time.monotonic() + 2
    while time.monotonic() < until:
        found = [thread for thread in threading.enumerate() if thread.name == "aiser-query"]
        if not found:
            break
        time.sleep(0.05)
    return found


def test_tells_once_how_it_ended(opened):
    made, endings = execution(opened())
    assert made.start("SELECT 1 AS a, 'xy' AS b", {}, {}).names == ["a", "b"]
    batch = made.next()
    assert batch is not None
    assert batch.to_pylist() == [{"a": 1, "b": "xy"}]
    assert endings == []
    assert made.next() is None
    made.close()
    (ending,) = endings
    assert (ending.status, ending.rows, ending.error, ending.bytes) == ("done", 1, "", batch.nbytes)
    assert 0 < ending.elapsed_s < 10
    assert ending.cpu_s is not None
    assert 0 < ending.cpu_s < 10
    assert left() == []


def test_a_deadline_stops_the_engine(opened):
    made, endings = execution(opened(), timeout=0.5)
    began = time.monotonic()
    with pytest.raises(DeadlineError, match=r"after 0\.5 s"):
        made.start(SLOW, {}, {})
    assert time.monotonic() - began < 2.5
    assert [ending.status for ending in endings] == ["deadline"]
    assert left() == []
    again, _ = execution(opened())
    again.start("SELECT 1 AS a", {}, {})
    assert again.rest()[0].to_pylist() == [{"a": 1}]


def test_another_thread_cancels(opened):
    made, endings = execution(opened())
    threading.Timer(0.5, made.cancel).start()
    began = time.monotonic()
    with pytest.raises(CancelledError):
        made.start(SLOW, {}, {})
    assert time.monotonic() - began < 2.5
    assert [ending.status for ending in endings] == ["cancelled"]
    assert left() == []


def test_many_stopped_queries_leave_no_thread(opened):
    before = busy()
    for _ in range(5):
        made, _ = execution(opened(), timeout=0.15)
        with pytest.raises(DeadlineError):
            made.start(SLOW, {}, {})
    assert left() == []
    assert busy() <= before + 1  # the workers' keeper
    assert sum(thread.name == "aiser-idle" for thread in threading.enumerate()) <= 4


@pytest.mark.parametrize("apart", [False, True])
def test_progress_is_told_at_most_five_times_a_second(tmp_path, apart):
    path = tmp_path / "shop.duckdb"
    duckdb.connect(str(path)).close()
    source = DuckDBSource("shop", path)
    told: list[tuple[float, float]] = []
    began = time.monotonic()
    cursor = workers.cursor(source, SETTINGS) if apart else source.cursor()
    made, _ = execution(cursor, progress=lambda share: told.append((time.monotonic() - began, share)))
    made.start(TWO_SECONDS, {}, {})
    made.rest()
    closing.close(source)
    times, shares = zip(*told, strict=True)
    assert times[0] >= 0.5
    assert all(later - earlier > 0.15 for earlier, later in pairwise(times))
    assert list(shares) == sorted(set(shares))
    assert all(0 < share <= 1 for share in shares)
    assert len(shares) >= 3


def test_a_listener_that_fails_stops_the_engine(tmp_path):
    path = tmp_path / "shop.duckdb"
    duckdb.connect(str(path)).close()
    source = DuckDBSource("shop", path)

    def fails(share):
        raise QueryError(f"no bar for {share}")

    made, endings = execution(source.cursor(), progress=fails)
    began = time.monotonic()
    with pytest.raises(QueryError, match="no bar"):
        made.start(TWO_SECONDS.replace("700000000", "90000000000"), {}, {})
    assert time.monotonic() - began < 4
    assert endings[0].status == "failed"
    assert left() == []
    closing.close(source)


def test_an_engine_that_refuses_to_stop_is_left_behind_and_said_so():
    held = threading.Event()
    cursor = SimpleNamespace(run=lambda *_: held.wait(5), cancel=lambda: None, close=lambda: None)
    made, endings = execution(cursor, timeout=0.1)
    began = time.monotonic()
    with pytest.raises(DeadlineError):
        made.start("SELECT 1", {}, {})
    assert time.monotonic() - began < 1.5
    assert endings[0].status == "deadline"
    assert [thread.name for thread in threading.enumerate() if thread.name == "aiser-query"] == ["aiser-query"]
    held.set()
    assert left() == []


def test_cpu_is_not_told_where_two_ran_at_once():
    def cursor(seconds):
        reader = pa.table({"a": [1]}).to_reader
        return SimpleNamespace(run=lambda *_: (time.sleep(seconds), reader())[1], cancel=lambda: None, close=lambda: None)

    alone, endings = execution(cursor(0.05))
    alone.start("SELECT 1", {}, {})
    alone.rest()
    assert endings[0].cpu_s is not None
    first, one = execution(cursor(0.6))
    second, two = execution(cursor(0.1))
    thread = threading.Thread(target=lambda: (first.start("SELECT 1", {}, {}), first.rest()))
    thread.start()
    time.sleep(0.2)
    second.start("SELECT 1", {}, {})
    second.rest()
    thread.join()
    assert (one[0].cpu_s, two[0].cpu_s) == (None, None)

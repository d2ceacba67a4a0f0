"""What goes wrong in a worker stays there: an error comes back in time, and the next statement runs."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
import worker_probe

from aiser_jupyter.errors import CancelledError, DeadlineError, QueryError, WorkerError
from aiser_jupyter.query import workers
from aiser_jupyter.query.execute import Execution
from aiser_jupyter.settings import Settings
from aiser_jupyter.sources import closing
from aiser_jupyter.sources.duckdb import DuckDBSource

SETTINGS = Settings(worker_memory_mb=512)
# Heeds no interrupt: one call of a function that works for minutes.
DEAF = "SELECT levenshtein(repeat('a', 200000), repeat('b', 200000)) AS d"
ONE = [{"a": 1}]


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t AS SELECT range AS id FROM range(1000000)")
    made = DuckDBSource("shop", path)
    yield made
    closing.close(made)


def execution(source, timeout, ended=lambda ending: None, settings=SETTINGS):
    return Execution(workers.cursor(source, settings), timeout, explain=lambda error: error, ended=ended)


def rows(source, sql, settings=SETTINGS):
    made = execution(source, 60.0, settings=settings)
    schema = made.start(sql, {}, {})
    return pa.Table.from_batches(made.rest(), schema).to_pylist()


def processes(source):
    return {pid for (owner, *_), pool in workers._pools.items() if owner == id(source) for pid in pool.pids()}


def query_threads():
    return [thread for thread in threading.enumerate() if thread.name == "aiser-query"]


@pytest.mark.parametrize("sql", [DEAF, "SELECT length(lpad('x', 2000000000, 'y')) AS n"])
def test_what_cannot_be_interrupted_is_killed_at_its_deadline(source, sql):
    settings = Settings(worker_memory_mb=4096)
    rows(source, "SELECT 1 AS a", settings)
    (pid,) = processes(source)
    endings = []
    made = execution(source, 1.0, endings.append, settings)
    began = time.monotonic()
    with pytest.raises(DeadlineError):
        made.start(sql, {}, {})
    assert time.monotonic() - began < 3.5
    assert endings[0].status == "deadline"
    assert rows(source, "SELECT 1 AS a") == ONE
    assert worker_probe.gone(pid, 1)
    time.sleep(0.3)
    assert query_threads() == []


def test_a_cancel_that_is_not_heeded_kills(source):
    rows(source, "SELECT 1 AS a")
    made = execution(source, None)
    threading.Timer(0.5, made.cancel).start()
    began = time.monotonic()
    with pytest.raises(CancelledError):
        made.start(DEAF, {}, {})
    assert time.monotonic() - began < 2.5
    assert rows(source, "SELECT 1 AS a") == ONE


def test_a_cancel_that_is_heeded_keeps_the_process(source):
    rows(source, "SELECT 1 AS a")
    before = processes(source)
    made = execution(source, 0.5)
    with pytest.raises(DeadlineError):
        made.start("SELECT sum(hash(a.id) % (b.id + 1)) FROM t a, t b", {}, {})
    assert rows(source, "SELECT 1 AS a") == ONE
    assert processes(source) == before


def test_too_much_memory_is_a_typed_error_and_a_new_process(source):
    rows(source, "SELECT 1 AS a")
    before = processes(source)
    with pytest.raises(QueryError, match="more memory than the 512 MB"):
        rows(source, "SELECT length(repeat('x', 4000000000)) AS n")
    assert rows(source, "SELECT 1 AS a") == ONE
    assert processes(source).isdisjoint(before)


@pytest.mark.parametrize("streaming", [False, True])
def test_a_process_that_is_killed_is_a_typed_error(source, streaming):
    rows(source, "SELECT 1 AS a")
    (pid,) = processes(source)
    made = execution(source, 30)
    if streaming:
        made.start("SELECT * FROM range(3000000000)", {}, {})
        made.next()
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(WorkerError, match="SIGKILL"):
            made.rest()
    else:
        threading.Timer(0.4, os.kill, (pid, signal.SIGKILL)).start()
        with pytest.raises(WorkerError, match="SIGKILL"):
            made.start(DEAF, {}, {})
    assert rows(source, "SELECT 1 AS a") == ONE
    assert not Path(f"/proc/{pid}").exists()


def test_a_process_that_was_killed_while_it_waited_is_replaced(source):
    rows(source, "SELECT 1 AS a")
    (pid,) = processes(source)
    os.kill(pid, signal.SIGKILL)
    assert worker_probe.gone(pid, 2)
    assert rows(source, "SELECT 1 AS a") == ONE


@pytest.mark.parametrize("how", ["busy", "idle", "fork"])
def test_ends_with_the_process_that_started_it(source, how):
    path = source.place.removeprefix("duckdb:///")
    closing.close(source)
    sql = "SELECT 1" if how == "idle" else DEAF
    parent = subprocess.Popen([sys.executable, worker_probe.__file__, path, how, sql], stdout=subprocess.PIPE, text=True)
    pid = int(parent.stdout.readline())
    forked = int(parent.stdout.readline()) if how == "fork" else 0
    time.sleep(0.5)
    assert Path(f"/proc/{pid}").exists()
    parent.kill()
    parent.wait(5)
    assert worker_probe.gone(pid, 2)
    if forked:
        os.kill(forked, signal.SIGKILL)
    parent.stdout.close()


def test_a_forked_process_starts_its_own(source):
    rows(source, "SELECT 1 AS a")
    before = processes(source)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            text = repr((processes(source), rows(source, "SELECT 1 AS a"), bool(processes(source) - before)))
        except BaseException as error:  # noqa: BLE001 - told to the test
            text = repr(error)
        os.write(write, text.encode())
        workers._close_all()
        os._exit(0)
    os.close(write)
    assert os.read(read, 1000).decode() == repr((set(), ONE, True))
    os.close(read)
    os.waitpid(child, 0)
    assert rows(source, "SELECT 1 AS a") == ONE
    assert processes(source) == before


# Sorts 200 MB of text, and looks at the last row.
HEAVY = "SELECT m FROM (SELECT md5(range::VARCHAR) AS m, hash(range) AS h FROM range(5000000)) ORDER BY h OFFSET 4999999"


@pytest.mark.parametrize("room", ["5MB", "2GB"])
def test_no_room_to_spill_fails_the_query_alone(tmp_path, room):
    path = tmp_path / "spill.duckdb"
    duckdb.connect(str(path)).close()
    source = DuckDBSource(
        "spill", path, config={"memory_limit": "100MB", "max_temp_directory_size": room, "temp_directory": tmp_path / "s"}
    )
    there = workers.cursor(source, SETTINGS)
    for cursor, error in ((there, QueryError), (source.cursor(), duckdb.OutOfMemoryException)):
        if room == "2GB":
            assert cursor.run(HEAVY, {}).read_all().num_rows == 1
        else:
            with pytest.raises(error, match=r"failed to offload data block"):
                cursor.run(HEAVY, {}).read_all()
        cursor.close()
    assert rows(source, "SELECT 1 AS a") == ONE
    again = source.cursor()
    assert again.run("SELECT 1 AS a", {}).read_all().to_pylist() == ONE
    with pytest.raises(duckdb.InvalidInputException, match="locked"):
        again.run("SET max_temp_directory_size = '9GB'", {})
    again.close()
    closing.close(source)


def test_a_query_that_spills_fits_into_a_small_process(source):
    made = execution(source, 60)
    made.start(HEAVY, {}, {})
    assert sum(batch.num_rows for batch in made.rest()) == 1

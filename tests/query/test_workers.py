"""A worker process gives what the source gives here, and is kept, replaced and ended as it should be."""

import gc
import os
import sqlite3
import threading
import time
import uuid
import weakref
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
import worker_probe

from aiser_jupyter.errors import CancelledError, FileFormatError, QueryError, SourceError
from aiser_jupyter.query import worker_spawn, worker_tables, workers
from aiser_jupyter.query.worker_errors import EngineError, raised, secrets_of, told
from aiser_jupyter.settings import Settings
from aiser_jupyter.sources import closing
from aiser_jupyter.sources.duckdb import DuckDBSource
from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.recipe import Recipe
from aiser_jupyter.sources.source import Metered, Progress
from aiser_jupyter.sources.sqlite import SQLiteSource

SETTINGS = Settings(worker_memory_mb=512)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    path = tmp_path_factory.mktemp("shop") / "shop.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TYPE mood AS ENUM ('sad', 'happy')")
        connection.execute(
            "CREATE TABLE kinds AS SELECT 1::TINYINT AS a, 'happy'::mood AS m, DATE '2026-01-05' AS d, 12.50::DECIMAL(10,2) AS x, [1, 2] AS l, "
            "{'k': 'v'} AS s, INTERVAL 3 DAY AS i, TIMESTAMPTZ '2026-01-05 10:00:00+00' AS t, 'Zoë 李'::VARCHAR AS n, NULL::INTEGER AS e"
        )
        connection.execute("CREATE TABLE many AS SELECT range AS id, 'row ' || range AS name FROM range(300000)")
    source = DuckDBSource("shop", path)
    yield source
    closing.close(source)


@pytest.fixture
def memory():
    source = DuckDBSource("files")
    yield source
    closing.close(source)


def run(source, sql, params=None, frames=None, settings=SETTINGS, **more):
    cursor = workers.cursor(source, settings, **more)
    try:
        return cursor.run(sql, params or {}, frames).read_all()
    finally:
        cursor.close()


def here(source, sql, params=None, frames=None):
    cursor = source.cursor()
    try:
        return cursor.run(sql, params or {}, frames).read_all()
    finally:
        cursor.close()


def processes(source):
    return {pid for (owner, *_), pool in workers._pools.items() if owner == id(source) for pid in pool.pids()}


def fds():
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM kinds",
        "SELECT * FROM many ORDER BY id",
        "SELECT m, count(*) AS n FROM kinds GROUP BY m",
        "SELECT * FROM many WHERE false",
        "DESCRIBE kinds",
        "EXPLAIN SELECT 1",
    ],
)
def test_gives_what_the_source_gives(shop, sql):
    there = run(shop, sql)
    assert there.equals(here(shop, sql))
    assert there.schema == here(shop, sql).schema


@pytest.mark.parametrize(
    "value", [5, 2**62, 1.5, "it's; -- :x", date(2026, 1, 5), Decimal("12.50"), True, b"\0\1", None, timedelta(days=3)]
)
def test_binds_parameters_of_any_kind(shop, value):
    assert run(shop, "SELECT $v AS v", {"v": value}).to_pylist() == here(shop, "SELECT $v AS v", {"v": value}).to_pylist()


def test_sqlite_too(tmp_path):
    path = tmp_path / "lite.db"
    with sqlite3.connect(path) as connection:
        connection.executescript("CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, NULL)")
    connection.close()
    source = SQLiteSource("lite", path)
    assert run(source, "SELECT a, b FROM t WHERE a >= :least", {"least": 1}).to_pylist() == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    closing.close(source)


def test_tables_in_memory_are_sent_once_for_each_version(memory, monkeypatch):
    sent = []
    table = worker_tables._table
    monkeypatch.setattr(worker_tables, "_table", lambda source, made, send: (sent.append(made.name), table(source, made, send)))
    memory.load("orders", pa.table({"id": [1, 2], "total": [1.5, 2.5]}))
    memory.load("other", pa.table({"id": [7]}))
    assert run(memory, 'SELECT sum("total") AS s FROM "orders"').to_pylist() == [{"s": 4.0}]
    assert run(memory, 'SELECT count(*) AS n FROM "Orders"').to_pylist() == [{"n": 2}]
    assert sent == ["orders"]
    memory.load("orders", pa.table({"id": [1, 2, 3], "total": [1.0, 1.0, 1.0]}))
    assert run(memory, 'SELECT sum("total") AS s FROM "orders"').to_pylist() == [{"s": 3.0}]
    assert sent == ["orders", "orders"]
    assert run(memory, "SHOW TABLES").num_rows == 2
    memory.drop("orders")
    with pytest.raises(EngineError, match="orders does not exist"):
        run(memory, 'SELECT * FROM "orders"')


def test_tables_in_memory_keep_their_types(memory):
    memory.load("odd", here(memory, "SELECT 1 AS a").to_reader())
    for name, sql in {
        "kinds": "SELECT uuid() AS u, 170141183460469231731687303715884105727::HUGEINT AS h, '{\"k\": 1}'::JSON AS j, INTERVAL 1 MONTH AS i, "
        "TIME '10:00' AS t, '\\x00'::BLOB AS b, 'a'::ENUM('a', 'b') AS e, MAP {'k': 1} AS m, 3::UTINYINT AS n",
        "odd name": 'SELECT 1 AS "a b", 2 AS "select"',
    }.items():
        cursor = memory._connection.cursor()
        cursor.execute(f'CREATE TABLE "{name}" AS {sql}')
        cursor.close()
        memory.versions[name] = 1
        assert run(memory, f'DESCRIBE "{name}"').equals(here(memory, f'DESCRIBE "{name}"'))
        assert run(memory, f'SELECT * FROM "{name}"').equals(here(memory, f'SELECT * FROM "{name}"'))


def test_frames_are_tables_of_one_statement(memory):
    frame = pd.DataFrame(
        {"id": [1, 2], "who": ["Ann", None], "day": pd.to_datetime(["2026-01-05", None]), "u": [uuid.UUID(int=1), uuid.UUID(int=2)]}
    )
    arrow = pa.table({"id": [2, 3]})
    sql = "SELECT f.* FROM f JOIN a ON a.id = f.id"
    given = {"f": frame, "a": arrow}
    assert run(memory, sql, frames=given).to_pylist() == here(memory, sql, frames=given).to_pylist()
    assert run(memory, "SELECT typeof(u) AS t FROM f LIMIT 1", frames={"f": frame}).to_pylist() == [{"t": "UUID"}]
    with pytest.raises(EngineError, match="f does not exist"):
        run(memory, "SELECT * FROM f")


def test_a_process_serves_one_after_the_other_and_two_wait(shop):
    run(shop, "SELECT 1")
    first = processes(shop)
    for _ in range(20):
        run(shop, "SELECT 1")
    assert processes(shop) == first
    cursors = [workers.cursor(shop, SETTINGS) for _ in range(4)]
    readers = [cursor.run("SELECT * FROM many ORDER BY id", {}) for cursor in cursors]
    assert len(processes(shop)) == 4
    assert [reader.read_next_batch().column(0)[0].as_py() for reader in readers] == [0, 0, 0, 0]
    for cursor in cursors:
        cursor.close()
    assert len(processes(shop)) == workers.KEPT
    assert run(shop, "SELECT count(*) AS n FROM many").to_pylist() == [{"n": 300000}]


def test_too_many_at_once_is_said(shop, monkeypatch):
    monkeypatch.setattr(workers, "MOST", 2)
    held = [workers.cursor(shop, SETTINGS) for _ in range(2)]
    for cursor in held:
        cursor.run("SELECT * FROM many", {}).read_next_batch()
    with pytest.raises(QueryError, match="2 results of shop are still being read"):
        run(shop, "SELECT 1")
    for cursor in held:
        cursor.close()
    assert run(shop, "SELECT 1 AS a").to_pylist() == [{"a": 1}]


def test_a_process_is_replaced_after_its_share_of_statements(shop, monkeypatch):
    monkeypatch.setattr("aiser_jupyter.query.worker.MOST_QUERIES", 3)
    seen = set()
    for _ in range(9):
        run(shop, "SELECT 1")
        seen |= processes(shop)
    assert len(seen) >= 3


def test_a_process_that_keeps_much_memory_is_replaced(shop, monkeypatch):
    run(shop, "SELECT 1")
    monkeypatch.setattr("aiser_jupyter.query.worker.KEPT_SHARE", 0.0)
    before = processes(shop)
    for _ in range(3):
        run(shop, "SELECT 1")
    assert processes(shop) != before


def test_idle_processes_end(shop):
    run(shop, "SELECT 1")
    (pool,) = (pool for (owner, *_), pool in workers._pools.items() if owner == id(shop))
    pids = pool.pids()
    pool.tidy(idle_s=-1)
    assert pool.pids() == set()
    assert all(worker_probe.gone(pid, 2) for pid in pids)


def test_ends_with_its_source_and_leaves_nothing(tmp_path):
    path = tmp_path / "x.duckdb"
    duckdb.connect(str(path)).close()
    run(first := DuckDBSource("first", path), "SELECT 1")  # the keeper's own things are there from now on
    closing.close(first)
    open_before, threads = fds(), sum(thread.name != "aiser-idle" for thread in threading.enumerate())
    for _ in range(3):
        source = DuckDBSource("x", path)
        run(source, "SELECT 1")
        (pid,) = processes(source)
        closing.close(source)
        assert not Path(f"/proc/{pid}").exists()  # reaped, not only dead
    assert fds() <= open_before
    assert sum(thread.name != "aiser-idle" for thread in threading.enumerate()) <= threads
    assert set(Path(worker_spawn.tempfile.gettempdir()).glob(f"{worker_spawn._PREFIX}{os.getpid()}-*")) == {
        worker._folder for pool in workers._pools.values() for worker in pool._all
    }


def test_a_forgotten_source_ends_its_processes(tmp_path):
    path = tmp_path / "x.duckdb"
    duckdb.connect(str(path)).close()
    source = DuckDBSource("x", path)
    run(source, "SELECT 1")
    (pid,) = processes(source)
    there = weakref.ref(source)
    del source
    gc.collect()
    assert there() is None
    assert worker_probe.gone(pid, 2)


def test_reads_forward_as_rows_are_wanted(shop):
    cursor = workers.cursor(shop, SETTINGS)
    began = time.process_time()
    reader = cursor.run("SELECT * FROM range(2000000000)", {})
    assert reader.read_next_batch().num_rows == 8192
    cursor.close()
    assert time.process_time() - began < 1
    assert run(shop, "SELECT 1 AS a").to_pylist() == [{"a": 1}]


def test_tells_progress_and_what_it_took(shop):
    cursor = workers.cursor(shop, SETTINGS)
    assert isinstance(cursor, Progress)
    assert isinstance(cursor, Metered)
    assert cursor.progress() is None
    seen = []
    done = threading.Event()

    def watch():
        while not done.wait(0.05):
            seen.append(cursor.progress())

    thread = threading.Thread(target=watch)
    thread.start()
    cursor.run("SELECT sum(hash(range)) FROM range(1500000000)", {}).read_all()
    done.set()
    thread.join()
    shares = [share for share in seen if share is not None]
    assert shares == sorted(shares)
    assert len(set(shares)) > 2
    assert 0 < shares[0] < shares[-1] <= 1
    cpu, memory = cursor.usage()
    assert cpu > 0.5
    assert 50e6 < memory < 2e9
    cursor.close()


def test_a_cancel_before_it_runs_stops_it(shop):
    cursor = workers.cursor(shop, SETTINGS)
    cursor.cancel()
    with pytest.raises(CancelledError):
        cursor.run("SELECT 1", {})
    cursor.close()


def test_is_read_only_where_the_source_could_write(tmp_path):
    path = tmp_path / "lite.db"
    sqlite3.connect(path).execute("CREATE TABLE t (a)").connection.close()
    source = SQLiteSource("lite", path, write=True)
    with pytest.raises(EngineError, match=r"not authorized|readonly|read.?only"):
        run(source, "INSERT INTO t VALUES (1)")
    run(source, "INSERT INTO t VALUES (1)", write=True)
    assert here(source, "SELECT count(*) AS n FROM t").to_pylist() == [{"n": 1}]
    closing.close(source)


def test_what_only_this_process_has_gives_no_cursor(tmp_path):
    assert workers.cursor(DuckDBSource("scratch", write=True), SETTINGS) is None
    assert "in this process alone" in workers.here(DuckDBSource("scratch", write=True))
    written = DuckDBSource("shop", tmp_path / "w.duckdb", write=True)
    assert workers.cursor(written, SETTINGS) is None
    assert "open for writing" in workers.here(written)


def test_views_over_files_are_read_there_and_nothing_else_is(tmp_path):
    import pyarrow.parquet as pq

    data = tmp_path / "data"
    data.mkdir()
    pq.write_table(pa.table({"id": list(range(1000))}), data / "a.parquet")
    pq.write_table(pa.table({"id": [7]}), data / "b.parquet")
    pq.write_table(pa.table({"id": [1]}), tmp_path / "secret.parquet")
    source = DuckDBSource("files", reach=[data])
    source.load("here", pa.table({"id": [7, 8]}))
    source.show("there", f"SELECT * FROM read_parquet('{data / 'a.parquet'}')", 1000)
    assert workers.here(source) == ""
    joined = "SELECT count(*) AS n FROM there JOIN here USING (id)"
    assert run(source, joined).to_pylist() == [{"n": 2}]
    with pytest.raises(EngineError, match=r"(?i)permission|disabled"):
        run(source, f"SELECT * FROM read_parquet('{tmp_path / 'secret.parquet'}')")
    source.show("there", f"SELECT * FROM read_parquet('{data / 'b.parquet'}')", 1)
    assert run(source, joined).to_pylist() == [{"n": 1}]
    source.load("there", pa.table({"id": [8, 8, 8]}))
    assert run(source, joined).to_pylist() == [{"n": 3}]
    source.show("there", f"SELECT * FROM read_parquet('{data / 'b.parquet'}')", 1)
    assert run(source, joined).to_pylist() == [{"n": 1}]
    source.drop("there")
    with pytest.raises(EngineError, match="there"):
        run(source, joined)
    closing.close(source)


@pytest.mark.parametrize("kinds", [("parquet",), ("parquet", "csv"), ("csv",)])
def test_a_folder_can_be_had_in_a_worker(tmp_path, kinds):
    import pyarrow.parquet as pq

    from aiser_jupyter.sources.open import open_source

    if "parquet" in kinds:
        pq.write_table(pa.table({"id": list(range(50))}), tmp_path / "orders.parquet")
    if "csv" in kinds:
        (tmp_path / "people.csv").write_text("id,name\n1,Ann\n2,Bob\n")
    source = open_source(tmp_path, "folder")
    names = {table.name for table in source.tables()}
    assert names == {{"parquet": "orders", "csv": "people"}[kind] for kind in kinds}
    for name in names:
        assert run(source, f"SELECT count(*) AS n FROM {name}").to_pylist() == [{"n": 50 if name == "orders" else 2}]
    closing.close(source)


@pytest.mark.parametrize(
    ("worker", "origin", "interrupts", "expected"),
    [
        ("auto", "user", True, False),
        ("auto", "ask", True, True),
        ("auto", "user", False, True),
        ("never", "ask", False, False),
        ("always", "user", True, True),
    ],
)
def test_says_which_statements_belong_into_a_worker(shop, monkeypatch, worker, origin, interrupts, expected):
    monkeypatch.setattr(shop, "capabilities", replace(shop.capabilities, interrupts=interrupts))
    assert workers.wanted(shop, Settings(worker=worker), origin) is expected


def test_a_source_that_cannot_be_opened_there_says_so(tmp_path):
    path = tmp_path / "x.duckdb"
    duckdb.connect(str(path)).close()
    source = DuckDBSource("x", path)
    path.unlink()
    with pytest.raises(SourceError):
        run(source, "SELECT 1")
    closing.close(source)


def test_is_given_what_drivers_need_and_no_secret_of_the_notebook():
    given = {
        "PATH": "/bin",
        "HOME": "/h",
        "AISER_MODEL_KEY": "k",
        "SHOP_URL": "postgresql://u:p@h",
        "AWS_SECRET_ACCESS_KEY": "s",
        "PGSSLMODE": "require",
        "LC_ALL": "C",
    }
    plain = worker_spawn.environment("sqlite", given)
    assert {"PATH", "HOME", "PGSSLMODE", "LC_ALL"} <= set(plain)
    assert not {"AISER_MODEL_KEY", "SHOP_URL", "AWS_SECRET_ACCESS_KEY"} & set(plain)
    assert worker_spawn.environment("s3", given)["AWS_SECRET_ACCESS_KEY"] == "s"


def test_its_command_line_and_environment_hold_no_address(shop):
    run(shop, "SELECT 1")
    for pid in processes(shop):
        assert b"shop" not in Path(f"/proc/{pid}/cmdline").read_bytes()
        assert b"shop.duckdb" not in Path(f"/proc/{pid}/environ").read_bytes()


def test_is_bounded_and_in_a_session_of_its_own(shop):
    run(shop, "SELECT 1")
    for pid in processes(shop):
        limits = Path(f"/proc/{pid}/limits").read_text().splitlines()
        space = next(line for line in limits if line.startswith("Max address space"))
        assert 512 * 2**20 < int(space.split()[3]) < 8 * 2**30
        assert next(line for line in limits if line.startswith("Max core file size")).split()[4:6] == ["0", "0"]
        assert os.getsid(pid) == pid != os.getsid(0)


def test_errors_come_typed_and_without_secrets():
    recipe = Recipe("postgresql://ann:hunt%40er2@db/shop?token=tok-123", "shop", Options(extra={"password": "other-pw", "sslmode": "x"}))
    secrets = secrets_of(recipe)
    error = raised(told(ValueError("hunt@er2 hunt%40er2 tok-123 other-pw failed")), secrets, 512)
    assert isinstance(error, EngineError)
    assert str(error) == "*** *** *** *** failed"
    assert error.engine_type == "builtins.ValueError"
    again = raised(told(FileFormatError("a tok-123", where="b", hint="c")), secrets, 512)
    assert (type(again), again.message, again.where, again.hint) == (FileFormatError, "a ***", "b", "c")
    assert "512 MB" in str(raised(told(MemoryError()), [], 512))
    assert "failed to pin block" in str(raised(told(duckdb.OutOfMemoryException("Out of Memory Error: failed to pin block\nx")), [], 512))
    # What says it is an error of ours and is none must not become any class by name.
    assert type(raised({"aiser": "ClassVar", "message": "m", "where": "", "hint": "", "candidates": []}, [], 1)) is QueryError


class Forgotten:
    """Something that can be waited for to go."""


def test_a_result_forgotten_inside_a_locked_part_does_not_hang(shop):
    (pool,) = (pool for (owner, *_), pool in workers._pools.items() if owner == id(shop))
    cursor = workers.cursor(shop, SETTINGS)
    cursor.run("SELECT * FROM many", {}).read_next_batch()
    held = Forgotten()
    weakref.finalize(held, cursor.close)
    done = []

    def forget():
        nonlocal held
        with pool._lock, workers._lock:
            held = None
            gc.collect()
        done.append(1)

    thread = threading.Thread(target=forget, daemon=True)
    thread.start()
    thread.join(10)
    assert done

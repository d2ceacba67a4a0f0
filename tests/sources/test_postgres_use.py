"""What many threads, kernels, forks and long use do to a PostgreSQL connection; numbers as in docs/reliability.md."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from jupyter_client.manager import start_new_kernel
from postgres_trouble import MANY, SLOW, active, in_thread, one, settles, troubled, workspaces
from servers.postgres import missing

from aiser_jupyter.errors import DeadlineError, QueryError, SourceError, UnknownNameError

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture(scope="module")
def server():
    with troubled() as server:
        yield server


@pytest.fixture
def make(tmp_path):
    with workspaces(tmp_path) as make:
        yield make


def test_12_fifty_threads_queue_for_five_connections(server, make):
    ws, source = make(server.port)
    with ThreadPoolExecutor(50) as threads:
        rows = list(threads.map(lambda _: one(ws), range(150)))
    assert rows == [[{"name": "Ada"}]] * 150
    assert source.pool.use.open <= 5
    assert source.pool.use.busy == 0


def test_12_a_full_pool_is_a_typed_error_after_the_wait(server, make):
    ws, source = make(server.port, pool_size=2, extra={"pool_timeout_s": 0.4})
    busy = [in_thread(lambda: ws.sql(SLOW, timeout=20).rows()) for _ in range(2)]
    assert settles(lambda: active(server) == 2)
    began = time.monotonic()
    with pytest.raises(SourceError, match="all 2 connections are in use"):
        ws.sql("SELECT 1")
    assert time.monotonic() - began < 2
    source.cancel()
    for thread, _ in busy:
        thread.join(5)
    assert settles(lambda: active(server) == 0)
    assert one(ws) == [{"name": "Ada"}]


def test_12_a_deadline_holds_in_the_queue_too(server, make):
    ws, source = make(server.port, pool_size=1)
    thread, _ = in_thread(lambda: ws.sql(SLOW, timeout=20).rows())
    assert settles(lambda: active(server) == 1)
    began = time.monotonic()
    with pytest.raises(DeadlineError):
        ws.sql("SELECT 1", timeout=0.5)
    assert time.monotonic() - began < 1.5
    source.cancel()
    thread.join(5)
    assert one(ws) == [{"name": "Ada"}]


def test_12_a_query_that_only_waited_long_does_not_make_way_in_its_beginning(server, make):
    ws, source = make(server.port, pool_size=2, extra={"pool_timeout_s": 60})
    sql = "SELECT count(*) AS n FROM generate_series(1, 200000) a WHERE a > :low"
    with ThreadPoolExecutor(40) as threads:
        rows = list(threads.map(lambda low: ws.sql(sql, params={"low": low}).rows(), range(160)))
    assert rows == [[{"n": 200000 - low}] for low in range(160)]
    assert source.pool.use.busy == 0


def test_12_results_that_nobody_reads_on_make_way_for_another_query(server, make):
    ws, source = make(server.port, pool_size=2)
    small, large = ws.sql(MANY), ws.sql("SELECT i, repeat('x', 1000) AS x FROM generate_series(1, 200000) i")
    assert len(small.rows(3)) == len(large.rows(3)) == 3
    time.sleep(1.1)
    assert one(ws) == [{"name": "Ada"}]
    assert [row["i"] for row in small.rows(300000)] == list(range(1, 300001))
    held = [ws.sql(MANY), ws.sql(MANY)]
    time.sleep(1.1)
    assert one(ws) == [{"name": "Ada"}]
    with pytest.raises(QueryError, match="its connection was needed for another query"):
        large.arrow()
    assert len(large.rows(3)) == 3
    assert [result.row_count for result in held] == [300000, 300000]
    assert source.pool.use.busy == 0


CLIENT = """
import sys
from aiser_jupyter import Workspace
ws = Workspace(sys.argv[2])
ws.connect(sys.argv[1], name="shop")
print("ready", flush=True)
ws.sql(sys.argv[3]).rows()
"""


def test_14_a_query_of_a_killed_client_is_gone_within_five_seconds(server, tmp_path):
    client = subprocess.Popen([sys.executable, "-c", CLIENT, server.url, str(tmp_path), SLOW], stdout=subprocess.PIPE)
    assert client.stdout.readline() == b"ready\n"
    assert settles(lambda: active(server) == 1, 15)
    client.send_signal(signal.SIGKILL)
    client.wait(5)
    assert settles(lambda: active(server) == 0, 5)


def run_cell(client, code, timeout=60):
    outputs = []
    reply = client.execute_interactive(code, output_hook=lambda m: outputs.append(m["content"]), timeout=timeout)
    return reply["content"], str(outputs)


def test_15_an_interrupt_of_the_kernel_stops_the_query_on_the_server(server, tmp_path):
    manager, client = start_new_kernel(cwd=str(tmp_path))
    try:
        run_cell(client, f"%load_ext aiser_jupyter\n%aiser connect {server.url} --as shop")
        assert run_cell(client, "%sql select name from t where id = 1")[0]["status"] == "ok"
        message = client.execute(f"%sql {SLOW}")
        assert settles(lambda: active(server) == 1, 15)
        stopped = time.monotonic()
        manager.interrupt_kernel()
        while (reply := client.get_shell_msg(timeout=20))["parent_header"]["msg_id"] != message:
            pass
        assert time.monotonic() - stopped < 2
        assert reply["content"]["ename"] in {"KeyboardInterrupt", "CancelledError"}
        assert settles(lambda: active(server) == 0, 1)
        reply, shown = run_cell(client, "%sql select name from t where id = 1")
        assert reply["status"] == "ok"
        assert "Ada" in shown
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_18_a_restarted_kernel_connects_again_by_itself_and_no_secret_is_on_disk(server, tmp_path):
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "settings.toml").write_text('[connections.shop]\nurl = "env:SHOP_URL"\n')
    secret = f"postgresql://keyed:right-secret@127.0.0.1:{server.port}/postgres"
    manager, client = start_new_kernel(cwd=str(tmp_path), env={**os.environ, "SHOP_URL": secret})
    try:
        for _ in range(2):
            reply, shown = run_cell(client, "%load_ext aiser_jupyter\n%sql shop select name from t where id = 1")
            assert (reply["status"], "Ada" in shown) == ("ok", True), shown
            manager.restart_kernel(now=True)
            client.wait_for_ready(timeout=60)
        kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert b"right-secret" not in kept
        assert b"select name from t" in kept.lower().replace(b'"', b"")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


FORKS = """
import os, sys
from aiser_jupyter import Workspace
ws = Workspace(sys.argv[2])
source = ws.connect(sys.argv[1], name="shop")
half = ws.sql("SELECT i FROM generate_series(1, 300000) i")
half.rows(5)
ws.sql("SELECT 1 AS one").rows()
before = source.pool.use.open
child = os.fork()
if child == 0:
    empty = source.pool.use.open == 0
    good = ws.sql("SELECT 2 AS two").rows() == [{"two": 2}] and source.pool.use.open == 1
    ws.close()
    sys.stdout.flush()
    sys.exit(0 if empty and good else 3)  # with all destructors
_, status = os.waitpid(child, 0)
print(before, os.waitstatus_to_exitcode(status), ws.sql("SELECT 3 AS three").rows(), half.row_count, source.pool.use.open)
"""


def test_54_a_forked_child_has_connections_of_its_own_and_leaves_the_parents_alone(server, tmp_path):
    ran = subprocess.run([sys.executable, "-c", FORKS, server.url, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout == "2 0 [{'three': 3}] 300000 2\n", ran.stderr


def test_52_a_changed_schema_is_read_anew(server, make):
    ws, source = make(server.port)
    server.execute("CREATE TABLE changing (a INT, b INT)")
    assert {c.name for t in source.tables() if t.name == "changing" for c in t.columns} == {"a", "b"}
    server.execute("ALTER TABLE changing RENAME COLUMN b TO better")
    with pytest.raises(UnknownNameError) as caught:
        ws.sql("SELECT b FROM changing")
    assert "better" in caught.value.hint
    assert {c.name for t in source.tables() if t.name == "changing" for c in t.columns} == {"a", "better"}
    assert ws.sql("SELECT better FROM changing").rows() == []
    server.execute("DROP TABLE changing")


def used():
    me = psutil.Process()
    gc.collect()
    return me.num_fds(), sum(thread.name != "aiser-idle" for thread in threading.enumerate()), me.memory_info().rss / 1e6


def soak(ws, server, rounds):
    def turn(i):
        one(ws)
        ws.sql(MANY).rows(3)  # dropped half read
        with pytest.raises(QueryError):
            ws.sql("SELECT 1 / (id - id) AS x FROM t").rows()
        if i % 10 == 0:
            with pytest.raises(DeadlineError):
                ws.sql(SLOW, timeout=0.05).rows()
        ws.sql("SELECT i FROM generate_series(1, 2000) i").arrow()

    for i in range(30):
        turn(i)
    settles(lambda: sum(thread.name != "aiser-idle" for thread in threading.enumerate()) < 12)
    before = used()
    for i in range(rounds):
        turn(i)
    assert settles(lambda: active(server) == 0)
    assert settles(lambda: used()[1] <= before[1] + 1)
    after = used()
    assert after[0] <= before[0] + 3
    assert after[2] - before[2] < 25, (before, after)
    assert int(server.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'aiser-jupyter'")) <= 5


def test_55_many_queries_leave_nothing_behind(server, make):
    ws, _ = make(server.port)
    soak(ws, server, 25)


@pytest.mark.slow
def test_55_a_thousand_queries_leave_nothing_behind(server, make):
    ws, _ = make(server.port)
    soak(ws, server, 250)


def test_a_closed_connection_leaves_no_session_on_the_server(server, make):
    ws, source = make(server.port)
    results = [ws.sql(MANY) for _ in range(3)]
    one(ws)
    source.close()
    assert settles(lambda: int(server.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'aiser-jupyter'")) == 0)
    for result in results:
        with pytest.raises((SourceError, QueryError)):
            result.rows()

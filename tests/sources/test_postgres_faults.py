"""What a network, a server or a user can do to a PostgreSQL connection, and what it then does; numbers as in docs/reliability.md."""

from __future__ import annotations

import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from jupyter_client.manager import start_new_kernel
from servers.daemon import free_port
from servers.postgres import Postgres, missing
from servers.proxy import Proxy

from aiser_jupyter import Workspace
from aiser_jupyter.errors import DeadlineError, QueryError, SourceError, UnknownNameError
from aiser_jupyter.sources.breaker import Breaker
from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.postgres import PostgresSource

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

SLOW = "SELECT count(*) AS n FROM generate_series(1, 100000000) a, generate_series(1, 100000000) b"
MANY = "SELECT i, md5(i::text) AS m FROM generate_series(1, 300000) i"


@pytest.fixture(scope="module")
def server():
    server = Postgres()
    server.execute("CREATE TABLE t (id INT PRIMARY KEY, name TEXT); INSERT INTO t VALUES (1, 'Ada'), (2, 'Zoë')")
    hba = server.folder / "data" / "pg_hba.conf"
    server.execute("CREATE ROLE keyed LOGIN PASSWORD 'right-secret'; GRANT SELECT ON t TO keyed")
    hba.write_text("host all keyed 127.0.0.1/32 scram-sha-256\n" + hba.read_text())
    server.execute("SELECT pg_reload_conf()")
    yield server
    server.remove()


@pytest.fixture
def proxy(server):
    proxy = Proxy(server.port)
    yield proxy
    proxy.close()


@pytest.fixture
def make(tmp_path):
    """Makes a workspace with one PostgreSQL connection at a port."""
    made = []

    def make(port, user="test", host="127.0.0.1", query="", **knobs):
        ws = Workspace(tmp_path)
        source = PostgresSource(f"postgresql://{user}@{host}:{port}/postgres{query}", "shop", Options(**knobs))
        ws.context.sources.add(source)
        made.append(ws)
        return ws, source

    yield make
    for ws in made:
        ws.close()


def active(server, like="generate_series"):
    return int(
        server.execute(
            f"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%{like}%' AND pid <> pg_backend_pid()"
        )
    )


def settles(true, seconds=5.0):
    until = time.monotonic() + seconds
    while not true():
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def one(ws):
    return ws.sql("SELECT name FROM t WHERE id = :id", params={"id": 1}).rows()


def in_thread(work):
    caught = []

    def run():
        try:
            caught.append(work())
        except BaseException as error:  # noqa: BLE001  # whatever it is, the test looks at it
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, caught


def test_1_a_server_killed_in_the_middle_of_a_query_is_a_typed_error(tmp_path, make):
    own = Postgres()
    try:
        ws, source = make(own.port)
        thread, caught = in_thread(lambda: ws.sql(SLOW).rows())
        assert settles(lambda: active(own) == 1)
        backends = psutil.Process(own.process.pid).children(recursive=True)
        own.kill()
        for backend in backends:  # each in a group of its own
            backend.kill()
        began = time.monotonic()
        thread.join(10)
        assert time.monotonic() - began < 2
        assert isinstance(caught[0], SourceError)
        assert source.breaker.failures == 1
        own.start()
        assert ws.sql("SELECT 1 AS one").rows() == [{"one": 1}]
        assert source.breaker.failures == 0
    finally:
        own.remove()


def test_1_a_query_whose_connection_was_ended_before_its_first_row_is_run_once_more(server, make):
    ws, _ = make(server.port)
    thread, caught = in_thread(lambda: ws.sql("SELECT count(*) AS n FROM generate_series(1, 6000000) a").rows())
    assert settles(lambda: active(server, "6000000") == 1)
    server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%6000000%' AND pid <> pg_backend_pid()")
    thread.join(30)
    assert caught == [[{"n": 6000000}]]


def test_1_one_that_gave_rows_already_is_not_run_again(server, make):
    ws, _ = make(server.port)
    result = ws.sql(MANY)
    assert len(result.rows(5)) == 5
    server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%300000%' AND pid <> pg_backend_pid()")
    for _ in range(2):  # what failed once is never taken for the end
        with pytest.raises(SourceError, match="closed the connection"):
            result.rows()
    assert one(ws) == [{"name": "Ada"}]


def test_2_a_restart_between_cells_is_not_noticed(make):
    own = Postgres()
    try:
        ws, _ = make(own.port)
        assert ws.sql("SELECT 1 AS one").rows() == [{"one": 1}]
        own.stop()
        own.start()
        assert ws.sql("SELECT 2 AS two").rows() == [{"two": 2}]
        own.stop()
        own.start()
        assert ws.context.sources.get("shop").tables() == ()
    finally:
        own.remove()


def test_3_idle_connections_that_were_reset_are_replaced(server, proxy, make):
    ws, source = make(proxy.port)
    results = [ws.sql(MANY) for _ in range(3)]
    for result in results:
        result.arrow()
    assert source.pool.use.open == 3
    proxy.reset()
    for _ in range(4):
        assert one(ws) == [{"name": "Ada"}]
    proxy.reset()
    assert [table.name for table in source.tables()] == ["t"]


def test_4_a_stall_before_the_first_byte_ends_at_the_deadline(server, proxy, make):
    ws, source = make(proxy.port)
    assert one(ws) == [{"name": "Ada"}]
    proxy.stall()
    began = time.monotonic()
    with pytest.raises(DeadlineError):
        ws.sql("SELECT name FROM t", timeout=1).rows()
    assert time.monotonic() - began < 2
    proxy.flow()
    assert one(ws) == [{"name": "Ada"}]
    assert settles(lambda: source.pool.use.busy == 0)


def test_4_a_stall_while_connecting_ends_at_the_connect_timeout(server, proxy, make):
    ws, source = make(proxy.port, connect_timeout_s=1)
    proxy.stall()
    began = time.monotonic()
    with pytest.raises((SourceError, DeadlineError)):
        ws.sql("SELECT name FROM t", timeout=1).rows()
    assert time.monotonic() - began < 2.5
    proxy.flow()
    assert one(ws) == [{"name": "Ada"}]
    assert settles(lambda: source.pool.use.busy == 0)


def test_4_a_query_on_the_server_is_stopped_though_the_network_stalls(server, proxy, make):
    ws, _ = make(proxy.port)
    assert one(ws) == [{"name": "Ada"}]
    thread, caught = in_thread(lambda: ws.sql(SLOW, timeout=1.5).rows())
    assert settles(lambda: active(server) == 1)
    proxy.stall()
    thread.join(5)
    assert isinstance(caught[0], DeadlineError)
    proxy.flow()
    proxy.reset()
    assert settles(lambda: active(server) == 0, 6)


def test_5_a_stall_in_the_middle_of_a_result_ends_at_the_deadline(server, proxy, make):
    ws, source = make(proxy.port)
    assert one(ws) == [{"name": "Ada"}]
    proxy.stall(after_bytes=3_000_000)
    began = time.monotonic()
    result = ws.sql(MANY, timeout=1.5)
    with pytest.raises(DeadlineError):
        result.arrow()
    assert time.monotonic() - began < 2.5 + 1
    proxy.flow()
    assert one(ws) == [{"name": "Ada"}]
    assert settles(lambda: source.pool.use.busy == 0 and active(server, "300000") == 0)


def test_6_a_trickle_ends_at_the_deadline(server, proxy, make):
    ws, _ = make(proxy.port)
    assert one(ws) == [{"name": "Ada"}]
    proxy.delay_per_kb = 1.0
    began = time.monotonic()
    with pytest.raises(DeadlineError):
        ws.sql(MANY, timeout=1).arrow()
    assert time.monotonic() - began < 2
    proxy.flow()
    assert settles(lambda: active(server, "300000") == 0)


def test_7_a_listener_that_never_speaks_is_left_after_the_connect_timeout(make):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        ws, _ = make(silent.getsockname()[1], connect_timeout_s=1)
        began = time.monotonic()
        with pytest.raises(SourceError, match="did not answer within 1 s"):
            ws.sql("SELECT 1")
        assert time.monotonic() - began < 2


def test_8_a_closed_port_fails_at_once_and_after_five_times_is_left_alone(make):
    ws, source = make(free_port(), user="test:hunter2")
    for _ in range(5):
        began = time.monotonic()
        with pytest.raises(SourceError, match="Nothing listens") as caught:
            ws.sql("SELECT 1")
        assert time.monotonic() - began < 1
        assert "hunter2" not in str(caught.value)
        assert "***" in str(caught.value)
    with pytest.raises(SourceError, match="left alone for a while"):
        ws.sql("SELECT 1")
    with pytest.raises(SourceError, match="left alone for a while"):
        source.tables()
    assert source.breaker.state == "open"


def test_9_an_unknown_host_is_told(make):
    ws, _ = make(5432, host="shop.invalid")
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"not known here|did not answer"):
        ws.sql("SELECT 1")
    assert time.monotonic() - began < 6


def test_10_a_connection_that_must_be_encrypted_is_not_downgraded(server, make):
    for mode in ("require", "verify-full"):
        ws, _ = make(server.port, query=f"?sslmode={mode}")
        with pytest.raises(SourceError, match="No encrypted connection") as caught:
            ws.sql("SELECT 1")
        assert "not downgraded" in caught.value.hint


def test_10_a_certificate_of_another_authority_is_refused(tmp_path, make):
    own = Postgres()
    try:
        data = own.folder / "data"
        subprocess.run(
            ["openssl", "req", "-new", "-x509", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", data / "server.key", "-out", data / "server.crt"],
            check=True, capture_output=True,
        )  # fmt: skip
        (data / "server.key").chmod(0o600)
        if os.getuid() == 0:
            for name in ("server.key", "server.crt"):
                os.chown(data / name, data.stat().st_uid, data.stat().st_gid)
        own.execute("ALTER SYSTEM SET ssl = on")
        own.execute("SELECT pg_reload_conf()")
        ws, _ = make(own.port, query="?sslmode=require")
        assert ws.sql("SELECT count(*) AS n FROM pg_catalog.pg_type WHERE typname = 'int4'").rows() == [{"n": 1}]
        other = tmp_path / "other.crt"
        subprocess.run(
            ["openssl", "req", "-new", "-x509", "-nodes", "-days", "2", "-subj", "/CN=other", "-keyout", tmp_path / "other.key", "-out", other],
            check=True, capture_output=True,
        )  # fmt: skip
        ws, _ = make(own.port, query=f"?sslmode=verify-ca&sslrootcert={other}")
        with pytest.raises(SourceError, match="No encrypted connection"):
            ws.sql("SELECT 1")
        ws, _ = make(own.port, host="127.0.0.1", query=f"?sslmode=verify-full&sslrootcert={data / 'server.crt'}")
        with pytest.raises(SourceError, match="No encrypted connection"):  # its name is localhost
            ws.sql("SELECT 1")
    finally:
        own.remove()


def test_11_a_wrong_password_is_tried_once_and_never_shown(server, proxy, make):
    ws, source = make(proxy.port, user="keyed:wr%23ng%40hunter2")
    with pytest.raises(SourceError, match="did not accept the user or the password") as caught:
        ws.sql("SELECT 1")
    shown = str(caught.value) + repr(caught.value.as_json()) + repr(source.recipe) + source.place + repr(source._address)
    assert "hunter2" not in shown
    assert source.breaker.failures == 1
    ws, _ = make(proxy.port, user="keyed:right-secret")
    assert one(ws) == [{"name": "Ada"}]


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


def test_13_after_cooling_one_probe_closes_the_breaker(tmp_path, make):
    now = [0.0]
    own = Postgres()
    try:
        ws, source = make(own.port)
        source.breaker = Breaker("shop", clock=lambda: now[0])
        own.stop()
        for _ in range(5):
            with pytest.raises(SourceError):
                ws.sql("SELECT 1")
        own.start()
        with pytest.raises(SourceError, match="left alone"):
            ws.sql("SELECT 1")
        now[0] = 15.0
        assert source.breaker.state == "half-open"
        assert ws.sql("SELECT 1 AS one").rows() == [{"one": 1}]
        assert source.breaker.state == "closed"
    finally:
        own.remove()


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

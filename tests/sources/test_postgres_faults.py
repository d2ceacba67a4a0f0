"""What a network or a server can do to a PostgreSQL connection, and what it then does; numbers as in docs/reliability.md."""

from __future__ import annotations

import os
import socket
import subprocess
import time

import psutil
import pytest
from postgres_trouble import MANY, SLOW, active, in_thread, one, settles, troubled, workspaces
from servers.daemon import free_port
from servers.postgres import Postgres, missing
from servers.proxy import Proxy

from aiser_jupyter.errors import DeadlineError, SourceError
from aiser_jupyter.sources.breaker import Breaker

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture(scope="module")
def server():
    with troubled() as server:
        yield server


@pytest.fixture
def proxy(server):
    proxy = Proxy(server.port)
    yield proxy
    proxy.close()


@pytest.fixture
def make(tmp_path):
    with workspaces(tmp_path) as make:
        yield make


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

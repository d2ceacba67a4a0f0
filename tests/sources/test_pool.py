from __future__ import annotations

import gc
import os
import signal
import socket
import threading
import time

import pytest

from aiser_jupyter.errors import CancelledError, SourceError
from aiser_jupyter.sources.pool import Pool


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Server:
    """Counts what is open on it; a connection is a list with one number."""

    def __init__(self):
        self.made, self.closed, self.checked, self.broken = [], [], [], set()

    def connect(self):
        self.made.append([len(self.made)])
        return self.made[-1]

    def check(self, connection):
        self.checked.append(connection[0])
        return connection[0] not in self.broken

    def close(self, connection):
        self.closed.append(connection[0])

    @property
    def open(self):
        return len(self.made) - len(self.closed)


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def pool(server):
    made = Pool(
        server.connect, check=server.check, close=server.close, size=2, timeout_s=0.3, recycle=60, name="shop", clock=time.monotonic
    )
    yield made
    made.dispose()


def test_a_connection_is_used_again(pool, server):
    for _ in range(5):
        with pool.checkout() as connection:
            assert connection == [0]
    assert (len(server.made), server.checked, pool.use.open, pool.use.busy) == (1, [], 1, 0)


def test_never_more_than_its_size_and_a_typed_error_after_the_wait(pool, server):
    leases = [pool.acquire(), pool.acquire()]
    began = time.monotonic()
    with pytest.raises(SourceError) as caught:
        pool.acquire()
    assert 0.3 <= time.monotonic() - began < 0.8
    assert "shop is busy: all 2 connections" in caught.value.message
    assert "pool_size" in caught.value.hint
    leases[0].release()
    assert pool.acquire().connection == [0]
    assert len(server.made) == 2


def test_fifty_threads_share_two_connections_without_loss(server):
    pool = Pool(server.connect, check=server.check, close=server.close, size=2, timeout_s=20)
    busiest, done = [], []

    def work():
        for _ in range(20):
            with pool.checkout():
                busiest.append(pool.use.busy)
                time.sleep(0.0005)
        done.append(1)

    threads = [threading.Thread(target=work) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert (len(done), max(busiest), len(server.made)) == (50, 2, 2)
    assert (pool.use.open, pool.use.busy, pool.use.waiting) == (2, 0, 0)
    pool.dispose()
    assert server.open == 0


def test_one_that_lay_idle_is_tried_before_it_is_lent(server):
    clock = Clock()
    pool = Pool(server.connect, check=server.check, close=server.close, size=2, idle_s=3, clock=clock)
    with pool.checkout():
        pass
    clock.now = 2.9
    with pool.checkout():
        pass
    assert server.checked == []
    clock.now = 6
    server.broken = {0}
    with pool.checkout() as connection:
        assert connection == [1]
    assert (server.checked, server.closed, pool.use.open) == ([0], [0], 1)


def test_an_old_one_is_replaced(server):
    clock = Clock()
    pool = Pool(server.connect, check=server.check, close=server.close, recycle=60, clock=clock)
    with pool.checkout():
        clock.now = 61
    assert server.closed == [0]
    lease = pool.acquire()
    assert lease.connection == [1]


def test_a_block_that_raises_closes_its_connection(pool, server):
    with pytest.raises(ZeroDivisionError), pool.checkout():
        1 / 0  # noqa: B018
    assert (server.closed, pool.use.open) == ([0], 0)


def test_a_discarded_one_frees_its_place_and_counts_once(pool, server):
    lease = pool.acquire()
    lease.discard()
    lease.discard()
    lease.release()
    assert (server.closed, pool.use.open) == ([0], 0)
    assert [pool.acquire().connection, pool.acquire().connection] == [[1], [2]]


def test_a_failed_connect_frees_its_place(server):
    def refuses():
        raise SourceError("no")

    pool = Pool(refuses, check=server.check, close=server.close, size=1, timeout_s=0.2)
    for _ in range(3):
        with pytest.raises(SourceError, match="no"):
            pool.acquire()
    assert pool.use.open == 0


def test_one_that_was_forgotten_is_closed_and_its_place_free(pool, server):
    leases = [pool.acquire(), pool.acquire()]
    del leases
    gc.collect()
    assert pool.acquire().connection == [2]
    assert sorted(server.closed) == [0, 1]


def test_a_waiting_borrower_can_give_up(server):
    pool = Pool(server.connect, check=server.check, close=server.close, size=1, timeout_s=30)
    held = pool.acquire()
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    with pytest.raises(CancelledError):
        pool.acquire(stop.is_set)
    assert time.monotonic() - began < 1
    held.release()
    assert pool.use.busy == 0


def test_clear_closes_the_idle_now_and_the_busy_when_they_come_back(pool, server):
    one, two = pool.acquire(), pool.acquire()
    one.release()
    pool.clear()
    assert server.closed == [0]
    two.release()
    assert server.closed == [0, 1]
    assert pool.acquire().connection == [2]


def test_a_disposed_pool_lends_no_more(pool, server):
    lease = pool.acquire()
    pool.dispose()
    with pytest.raises(SourceError, match="is closed"):
        pool.acquire()
    lease.release()
    assert server.open == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_forked_child_begins_empty_and_leaves_the_parents_sockets_alone():
    here, there = socket.socketpair()
    made = iter([here, "the child's own"])

    def farewell(connection):
        connection.send(b"X")

    def abandon(connection):
        os.close(connection.detach())

    pool = Pool(lambda: next(made), check=lambda _: True, close=farewell, abandon=abandon, size=1, timeout_s=1)
    busy = pool.acquire()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover  # in the child
        signal.alarm(10)
        try:
            busy.release()  # the parent's: nothing happens
            os.write(write, str((pool.use.open, pool.acquire().connection)).encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    assert os.read(read, 100).decode() == '(0, "the child\'s own")'
    os.close(read)
    there.settimeout(0)
    with pytest.raises(BlockingIOError):
        there.recv(1)
    busy.release()
    assert pool.use.open == 1
    pool.dispose()
    assert there.recv(1) == b"X"
    there.close()
    here.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_fork_while_another_thread_holds_the_lock_does_not_hang_the_child(server):
    pool = Pool(server.connect, check=server.check, close=server.close, size=1)
    held, go = threading.Event(), threading.Event()

    def hold():
        with pool._changed:
            held.set()
            go.wait(10)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(5)
    child = os.fork()
    if child == 0:  # pragma: no cover  # in the child
        signal.alarm(5)  # its default ends a child that hangs
        pool.acquire()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    go.set()
    thread.join(5)
    assert status == 0

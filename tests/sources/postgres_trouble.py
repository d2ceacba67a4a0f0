"""A PostgreSQL that troubles befall, workspaces on it, and what the tests ask of them."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager

from servers.postgres import Postgres

from aiser_jupyter import Workspace
from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.postgres import PostgresSource

SLOW = "SELECT count(*) AS n FROM generate_series(1, 100000000) a, generate_series(1, 100000000) b"
MANY = "SELECT i, md5(i::text) AS m FROM generate_series(1, 300000) i"


@contextmanager
def troubled():
    """A server with the table ``t`` and a user ``keyed`` who needs a password."""
    server = Postgres()
    try:
        server.execute("CREATE TABLE t (id INT PRIMARY KEY, name TEXT); INSERT INTO t VALUES (1, 'Ada'), (2, 'Zoë')")
        hba = server.folder / "data" / "pg_hba.conf"
        server.execute("CREATE ROLE keyed LOGIN PASSWORD 'right-secret'; GRANT SELECT ON t TO keyed")
        hba.write_text("host all keyed 127.0.0.1/32 scram-sha-256\n" + hba.read_text())
        server.execute("SELECT pg_reload_conf()")
        yield server
    finally:
        server.remove()


@contextmanager
def workspaces(folder):
    """A function that makes a workspace with one PostgreSQL connection at a port."""
    made = []

    def make(port, user="test", host="127.0.0.1", query="", **knobs):
        ws = Workspace(folder)
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

"""Small databases in which the sample statements of the guard's tests run."""

import os
import shutil
import socket
import sqlite3
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

import duckdb

COMMON = """
CREATE TABLE customers (id INTEGER, name VARCHAR, city VARCHAR, email VARCHAR);
INSERT INTO customers VALUES (1, 'Ada', 'Berlin', 'a@x.org'), (2, 'Bob', 'Paris', NULL), (3, 'Cyd', 'Rome', 'c@x.org');
CREATE TABLE monthly (product VARCHAR, jan INTEGER, feb INTEGER, mar INTEGER);
INSERT INTO monthly VALUES ('p', 1, 2, 3), ('q', 4, 5, 6), ('r', 7, 8, 9);
CREATE TABLE words ("delete" VARCHAR, "drop" VARCHAR, "update" VARCHAR);
INSERT INTO words VALUES ('a', 'b', 'c'), ('d', 'e', 'f');
CREATE TABLE prices (sym VARCHAR, ts INTEGER, price DOUBLE);
INSERT INTO prices VALUES ('a', 1, 10.5), ('a', 2, 11.0), ('b', 1, 3.5);
"""
DUCKDB = """
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE orders (id INTEGER, customer_id INTEGER, region VARCHAR, status VARCHAR, total DECIMAL(10, 2), quantity INTEGER, discount DOUBLE,
                     created_at TIMESTAMP, note VARCHAR, tags VARCHAR[], payload JSON);
INSERT INTO orders VALUES
  (1, 1, 'north', 'paid', 10.00, 1, NULL, '2024-01-02 10:00:00', 'x', ['a', 'b'], '{"k": 1, "list": [1, 2]}'),
  (2, 1, 'south', 'open', 20.50, 2, 0.1, '2024-02-03 11:30:00', NULL, ['b'], '{"k": "v"}'),
  (3, 2, 'north', 'paid', 30.25, 3, 0.2, '2024-02-10 12:00:00', 'it''s; drop table x', [], '{}'),
  (4, 9, 'east', 'open', 5.75, 4, NULL, '2024-03-05 09:00:00', '7', NULL, NULL);
"""
SQLITE = """
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER, region TEXT, status TEXT, total REAL, quantity INTEGER, discount REAL,
                     created_at TEXT, note TEXT, payload TEXT);
INSERT INTO orders VALUES
  (1, 1, 'north', 'paid', 10.00, 1, NULL, '2024-01-02 10:00:00', 'x', '{"k": 1, "list": [1, 2]}'),
  (2, 1, 'south', 'open', 20.50, 2, 0.1, '2024-02-03 11:30:00', NULL, '{"k": "v"}'),
  (3, 2, 'north', 'paid', 30.25, 3, 0.2, '2024-02-10 12:00:00', 'it''s; drop table x', '{}'),
  (4, 9, 'east', 'open', 5.75, 4, NULL, '2024-03-05 09:00:00', '7', NULL);
"""


def in_duckdb() -> duckdb.DuckDBPyConnection:
    """A fresh database in memory, one thread so that rows come in one order."""
    connection = duckdb.connect(config={"threads": 1})
    connection.execute(COMMON + DUCKDB)
    return connection


def in_sqlite() -> sqlite3.Connection:
    """A fresh database in memory."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(COMMON + SQLITE)
    return connection


POSTGRES = (
    (COMMON + SQLITE)
    .replace("DOUBLE", "DOUBLE PRECISION")
    .replace("created_at TEXT", "created_at TIMESTAMP")
    .replace("total REAL", "total NUMERIC")
    + """
CREATE TABLE docs (id INTEGER, data JSONB);
INSERT INTO docs VALUES (1, '{"k": 1, "list": [1, 2], "a.b": 5}'), (2, '{"k": "v", "x y": 3}');
CREATE TABLE "Mixed" ("Col A" INTEGER);
INSERT INTO "Mixed" VALUES (1);
"""
)


def has_postgres():
    """Whether a private server can be started: Debian's binaries, and a way to be no root."""
    return bool(_binaries()) and (os.getuid() != 0 or shutil.which("setpriv") is not None)


@contextmanager
def in_postgres():
    """A function that runs statements through psql on a fresh server and gives the output of each, its lines sorted."""
    binaries = _binaries()[-1]
    folder = Path(subprocess.check_output(["mktemp", "-d", "/tmp/aiser-pg-XXXXXX"], text=True).strip())
    as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
    if as_nobody:
        shutil.chown(folder, "nobody", "nogroup")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    make = [binaries / "initdb", "-D", folder / "data", "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run([*as_nobody, *make], check=True, capture_output=True, cwd=folder)
    start = [
        binaries / "postgres",
        "-D",
        folder / "data",
        "-p",
        port,
        "-h",
        "127.0.0.1",
        "-k",
        folder,
        "-c",
        "fsync=off",
        "-c",
        "shared_buffers=32MB",
    ]
    server = subprocess.Popen([*as_nobody, *start], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder)

    def run(statements):
        script = "".join(f"\\echo @@@\n{sql}\n;\n" for sql in statements)
        command = [binaries / "psql", "-X", "-A", "-t", "-h", "127.0.0.1", "-p", port, "-U", "test", "postgres"]
        done = subprocess.run(command, input=script, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60)
        return [sorted(part.splitlines()) for part in done.stdout.split("@@@\n")[1:]]

    try:
        for _ in range(100):
            if run(["select 1"]) == [["1"]]:
                break
            time.sleep(0.1)
        run([POSTGRES])
        yield run
    finally:
        server.terminate()
        server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _binaries():
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"))

"""Many sessions at once on one PostgreSQL, each a workspace of its own with one connection; then how soon a cancelled query is gone.

The server takes 100 connections unless told otherwise: here it is started with as many as there are sessions and ten to spare. Then the same
sessions share one workspace, whose pool of five connections they queue for.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import adbc_driver_postgresql
from servers.postgres import Postgres

from aiser_jupyter import Workspace
from aiser_jupyter.errors import AiserError
from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.postgres import PostgresSource

MAKE = """
CREATE TABLE sales AS SELECT i AS id, i % 50 AS shop, (i * 0.01)::numeric(12, 2) AS amount FROM generate_series(1, 20000) i;
CREATE INDEX ON sales (shop); ANALYZE sales;
"""
SQL = "SELECT shop, count(*) AS n, sum(amount) AS total FROM sales WHERE shop = :shop GROUP BY shop"
SLOW = "SELECT count(*) FROM generate_series(1, 100000000) a, generate_series(1, 100000000) b"
OURS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'aiser-jupyter'"


def main() -> None:
    """Print a line for each number of sessions, and one for cancelling."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, nargs="+", default=[10, 50, 100, 500])
    parser.add_argument("--queries", type=int, default=10, help="queries of each session")
    parser.add_argument("--cancels", type=int, default=10)
    options = parser.parse_args()
    most = max(*options.sessions, 90) + 10
    server = Postgres(f"max_connections={most}")
    try:
        server.execute(MAKE)
        version = server.execute("SHOW server_version").split()[0]
        print(
            f"PostgreSQL {version} with max_connections={most}, ADBC {adbc_driver_postgresql.__version__}, Python {platform.python_version()}; "
            f"{options.queries} queries a session"
        )
        with tempfile.TemporaryDirectory(prefix="aiser-bench-") as folder:
            for shared in (False, True):
                for count in options.sessions:
                    report(server, folder, count, options.queries, shared=shared)
            cancels(server, folder, options.cancels)
    finally:
        server.remove()


def report(server: Postgres, folder: str, count: int, queries: int, *, shared: bool) -> None:  # noqa: C901  # one story
    """``count`` threads run at once, begun by a barrier."""
    together = workspace(server, folder, 5) if shared else None
    barrier = threading.Barrier(count)
    taken: list[float] = []
    errors: list[str] = []
    most = [0]

    def session(number: int) -> None:
        mine = together or workspace(server, folder, 1)
        barrier.wait()
        try:
            for turn in range(queries):
                began = time.perf_counter()
                rows = mine.sql(SQL, params={"shop": (number + turn) % 50}).rows()
                if [(row["shop"], row["n"]) for row in rows] != [((number + turn) % 50, 400)]:
                    errors.append(f"wrong rows: {rows}")
                taken.append(time.perf_counter() - began)
            barrier.wait()  # all connections stay open until the last is done
        except AiserError as error:
            errors.append(error.message)
            barrier.abort()
        except threading.BrokenBarrierError:
            pass
        finally:
            if mine is not together:
                mine.close()

    threads = [threading.Thread(target=session, args=(number,)) for number in range(count)]
    began, cpu = time.perf_counter(), time.process_time()
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        most[0] = max(most[0], int(server.execute(OURS)))
        time.sleep(0.2)
    for thread in threads:
        thread.join()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    if together is not None:
        together.close()
    left = until_none(server, OURS)
    ordered = sorted(taken) or [float("nan")]
    p50, p95 = (1000 * ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.95))
    print(
        f"{count:>4} sessions, {'one pool of 5' if shared else 'a connection each':<18} p50 {p50:>7.0f} ms, p95 {p95:>7.0f} ms, "
        f"{len(taken) / seconds:>5.0f} queries/s, {1000 * cpu / max(len(taken), 1):.1f} ms CPU each, errors {len(errors)}, "
        f"connections at most {most[0]}, left {left}",
        flush=True,
    )
    for message in sorted(set(errors)):
        print(f"     {errors.count(message)} x {message}")


def cancels(server: Postgres, folder: str, rounds: int) -> None:
    """From the call of cancel to the last trace of the query on the server."""
    mine = workspace(server, folder, 5)
    source = mine.context.sources.get("shop")
    running = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_series%' AND pid <> pg_backend_pid()"
    told, gone = [], []
    for _ in range(rounds):
        ended: list[float] = []

        def work(ended: list[float] = ended) -> None:
            try:
                mine.sql(SLOW).rows()
            except AiserError:
                ended.append(time.perf_counter())

        thread = threading.Thread(target=work)
        thread.start()
        while int(server.execute(running)) == 0:
            time.sleep(0.02)
        began = time.perf_counter()
        source.cancel()
        thread.join()
        told.append(ended[0] - began)
        until_none(server, running)
        gone.append(time.perf_counter() - began)
    print(
        f"cancel, {rounds} times: the caller is told after {statistics.median(told) * 1000:.0f} ms (at most {max(told) * 1000:.0f}), "
        f"the server rid of it within {max(gone) * 1000:.0f} ms (goal <= 1000), queries left {int(server.execute(running))}"
    )
    mine.close()


def until_none(server: Postgres, sql: str, seconds: float = 5.0) -> int:
    """How many are left, after a while."""
    until = time.monotonic() + seconds
    while (left := int(server.execute(sql))) and time.monotonic() < until:
        time.sleep(0.05)
    return left


def workspace(server: Postgres, folder: str, size: int) -> Workspace:
    """A workspace with one connection whose pool holds ``size``; history in memory."""
    made = Workspace(folder)
    knobs = Options(pool_size=size, connect_timeout_s=60, extra={"pool_timeout_s": 120})
    made.context.sources.add(PostgresSource(server.url, "shop", knobs))
    return made


if __name__ == "__main__":
    main()

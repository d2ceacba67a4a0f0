"""A query in a worker process beside the same query in this process: pairs by turns, medians of wall time, means of CPU.

CPU is that of this process and of the worker together. Also how long a worker takes to start, and what a table in memory costs to send.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

import duckdb
import psutil
import pyarrow as pa

from aiser_jupyter.query import workers
from aiser_jupyter.settings import Settings
from aiser_jupyter.sources import closing
from aiser_jupyter.sources.duckdb import DuckDBSource

if TYPE_CHECKING:
    from collections.abc import Callable

SETTINGS = Settings()
QUERIES = {
    "SELECT 1": ("SELECT 1 AS one", 60),
    "aggregate of 10M rows": ("SELECT g, count(*) AS n, sum(x) AS s, max(y) AS m FROM big GROUP BY g ORDER BY g", 15),
    "fetch of 1M x 10": ("SELECT * FROM wide", 15),
}


def main() -> None:
    """Print a line for each query: here and there, wall and CPU in milliseconds, and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, help="pairs of each query")
    options = parser.parse_args()
    print(
        f"Python {platform.python_version()}, duckdb {duckdb.__version__}, pyarrow {pa.__version__}, {platform.system()} {platform.machine()}"
    )
    with tempfile.TemporaryDirectory(prefix="aiser-bench-") as folder:
        path = Path(folder) / "big.duckdb"
        make(path, options.rows)
        source = DuckDBSource("big", path)
        print(f"start of a worker, to its first row: {starts(source):.0f} ms")
        print(
            f"{'query':<24} {'pairs':>5} {'here ms':>9} {'there ms':>9} {'ratio':>6} {'here CPU':>9} {'there CPU':>9} {'ratio':>6} {'allowed':>8}"
        )
        for name, (sql, repeat) in QUERIES.items():
            report(source, name, sql, options.repeat or repeat)
        closing.close(source)
    sent()


def make(path: Path, rows: int) -> None:
    """A long table of four columns and a wide one of a million rows: integers, doubles, days and texts."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE big AS SELECT range % 1000 AS g, (range * 7919) % 1000 AS x, ((range * 104729) % 1000003) / 1000003.0 AS y, "
            f"'v' || (range % 100) AS z FROM range({rows})"
        )
        connection.execute(
            "CREATE TABLE wide AS SELECT range AS a, range * 2 AS b, range % 7 AS c, range / 3.0 AS d, sqrt(range) AS e, range % 2 = 0 AS f, "
            "DATE '2026-01-01' + CAST(range % 365 AS INTEGER) AS g, 'name ' || (range % 5000) AS h, md5(range::VARCHAR) AS i, range % 100 AS j "
            "FROM range(1000000)"
        )


def starts(source: DuckDBSource) -> float:
    """Milliseconds from nothing to the first row, median of five."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        there(source, "SELECT 1")
        times.append((time.perf_counter() - began) * 1000)
        workers.close(source)
    return statistics.median(times)


def here(source: DuckDBSource, sql: str) -> pa.Table:
    """The rows, by this process."""
    cursor = source.cursor()
    try:
        return cursor.run(sql, {}).read_all()
    finally:
        cursor.close()


def there(source: DuckDBSource, sql: str) -> pa.Table:
    """The rows, by a worker."""
    cursor = workers.cursor(source, SETTINGS)
    assert cursor is not None
    try:
        return cursor.run(sql, {}).read_all()
    finally:
        cursor.close()


def report(source: DuckDBSource, name: str, sql: str, repeat: int) -> None:
    """Run ``sql`` both ways by turns and print the line."""
    assert here(source, sql).equals(there(source, sql))
    ways: dict[str, Callable[[DuckDBSource, str], pa.Table]] = {"here": here, "there": there}
    wall: dict[str, list[float]] = {"here": [], "there": []}
    cpu: dict[str, list[float]] = {"here": [], "there": []}
    for turn in range(repeat):
        for which in ("here", "there") if turn % 2 == 0 else ("there", "here"):
            used, began = seconds(), time.perf_counter()
            ways[which](source, sql)
            wall[which].append((time.perf_counter() - began) * 1000)
            cpu[which].append((seconds() - used) * 1000)
    # The system counts another process's CPU in hundredths of a second, so that only the sum of all pairs says something.
    both = {
        "wall": {which: statistics.median(times) for which, times in wall.items()},
        "cpu": {which: statistics.mean(times) for which, times in cpu.items()},
    }
    ratios = [
        statistics.median(b / a for a, b in zip(wall["here"], wall["there"], strict=True)),
        both["cpu"]["there"] / both["cpu"]["here"],
    ]
    allowed = all(both[kind]["there"] <= 1.25 * both[kind]["here"] + 30 for kind in both)
    print(
        f"{name:<24} {repeat:>5} {both['wall']['here']:>9.2f} {both['wall']['there']:>9.2f} {ratios[0]:>6.2f} "
        f"{both['cpu']['here']:>9.2f} {both['cpu']['there']:>9.2f} {ratios[1]:>6.2f} {'yes' if allowed else 'NO':>8}"
    )


def seconds() -> float:
    """CPU seconds of this process and of its workers so far."""
    total = time.process_time()
    for pool in tuple(workers._pools.values()):  # noqa: SLF001
        for pid in pool.pids():
            times = psutil.Process(pid).cpu_times()
            total += times.user + times.system
    return total


def sent() -> None:
    """Print what it costs to send a table in memory, once."""
    source = DuckDBSource("files")
    rows = 5_000_000
    source.load(
        "big",
        duckdb.sql(
            f"SELECT range AS a, range % 1000 AS b, sqrt(range) AS c, 'v' || (range % 100) AS d FROM range({rows})"
        ).to_arrow_table(),
    )
    there(source, "SELECT 1")
    size = here(source, "SELECT * FROM big").nbytes / 1e6
    for label in ("first statement, sends it", "second statement"):
        used, began = seconds(), time.perf_counter()
        there(source, "SELECT sum(a) FROM big")
        print(
            f"table in memory, {rows:,} rows, {size:.0f} MB, {label}: {(time.perf_counter() - began) * 1000:.0f} ms, CPU {(seconds() - used) * 1000:.0f} ms"
        )
    closing.close(source)


if __name__ == "__main__":
    main()

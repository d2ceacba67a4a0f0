"""CPU of `SELECT 1` on the road beside raw DuckDB, and what each part of the road adds: pairs in one process, by turns, medians.

Raw is `sql(…).to_arrow_table()` on a connection with the same settings. The road reads all rows as Arrow, with guard, history in a file, record, counts,
and the cache on; `kept` is the same answered from the cache.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

import duckdb

from aiser_jupyter import Workspace
from aiser_jupyter.query import guard

if TYPE_CHECKING:
    from collections.abc import Callable

SQL = "SELECT 1 AS one"


def main() -> None:
    """Print the medians in milliseconds of CPU, what the road adds to raw, and with --profile where it goes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--profile", action="store_true", help="print the functions that take the most")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aiser-bench-") as folder:
        ways, close = made(Path(folder))
        times: dict[str, list[float]] = {name: [] for name in ways}
        for way in ways.values():
            for _ in range(20):
                way()
        for turn in range(options.pairs):
            for name in list(ways) if turn % 2 else reversed(list(ways)):
                times[name].append(cpu(ways[name]))
        raw = times["raw"]
        print(f"duckdb {duckdb.__version__}, {options.pairs} rounds by turns, CPU of all threads")
        for name, taken in times.items():
            added = statistics.median(one - base for one, base in zip(taken, raw, strict=True))
            print(f"{name:<22} {statistics.median(taken) * 1000:7.3f} ms   raw + {added * 1000:6.3f} ms")
        if options.profile:
            profile(ways["road"])
        close()


def made(folder: Path) -> tuple[dict[str, Callable[[], object]], Callable[[], None]]:
    """The ways to run the statement, and what closes them."""
    from aiser_jupyter.sources.duckdb import LOCKED
    from aiser_jupyter.sources.spill import spill_folder

    path = folder / "shop.duckdb"
    duckdb.connect(str(path)).close()
    workspace = Workspace(folder)
    workspace.context.state.create()
    source = workspace.connect(path, "shop")
    raw = duckdb.connect(str(path), read_only=True, config={**LOCKED, "temp_directory": spill_folder()})

    def cursor() -> object:
        one = source.cursor()
        rows = one.run(SQL, {}).read_all()
        one.close()
        return rows

    def close() -> None:
        raw.close()
        workspace.close()
        workspace.context.state.close()

    ways: dict[str, Callable[[], object]] = {
        "raw": lambda: raw.sql(SQL).to_arrow_table(),
        "guard alone": lambda: guard.check(SQL, "duckdb"),
        "cursor alone": cursor,
        "road": lambda: workspace.sql(SQL, on="shop", fresh=True).arrow(),
        "road, kept": lambda: workspace.sql(SQL, on="shop").arrow(),
    }
    return ways, close


def profile(work: Callable[[], object]) -> None:
    """Print where the time of 300 runs goes."""
    profiler = cProfile.Profile()
    profiler.enable()
    for _ in range(300):
        work()
    profiler.disable()
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(45)


def cpu(work: Callable[[], object]) -> float:
    """Seconds of CPU of all threads of this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


if __name__ == "__main__":
    main()

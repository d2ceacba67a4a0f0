"""CPU of a query on the road beside the same query in raw DuckDB: pairs in one process, by turns, medians.

The road's side is all that `%%sql` does with a statement: guard, route, thread, Arrow stream, history, and the first rows as HTML.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa
import sqlglot

from aiser_jupyter import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

AGGREGATE = "SELECT g, count(*) AS n, sum(x) AS s, avg(y) AS m, max(z) AS hi FROM big GROUP BY g ORDER BY g"
QUERIES = {
    "aggregate": (AGGREGATE, 9),
    "filter and sort": ("SELECT g, x, z FROM big WHERE x > 990 AND y < 0.01 ORDER BY x DESC, z LIMIT 1000", 9),
    "SELECT 1": ("SELECT 1 AS one", 100),
}


def main() -> None:
    """Print a line for each query: raw and road CPU in milliseconds, the ratio of medians, the median of paired ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, help="pairs of each query")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aiser-bench-") as folder:
        path = Path(folder) / "big.duckdb"
        make(path, options.rows)
        versions = (
            f"Python {platform.python_version()}, duckdb {duckdb.__version__}, pyarrow {pa.__version__}, sqlglot {sqlglot.__version__}"
        )
        print(f"{options.rows:,} rows; {versions}")
        print(f"{'query':<16} {'pairs':>5} {'raw ms':>9} {'road ms':>9} {'ratio':>7} {'paired':>7} {'runs':>5}")
        for name, (sql, repeat) in QUERIES.items():
            report(path, name, sql, options.repeat or repeat)


def make(path: Path, rows: int) -> None:
    """A table of ``rows`` rows: 1,000 groups, two measures, a text."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE big AS SELECT range % 1000 AS g, (range * 7919) % 1000 AS x, ((range * 104729) % 1000003) / 1000003.0 AS y, "
            f"'v' || (range % 100) AS z FROM range({rows})"
        )


def report(path: Path, name: str, sql: str, repeat: int) -> None:
    """Run ``sql`` both ways by turns, first one, then the other way round, and print the line."""
    workspace = Workspace(path.parent)
    workspace.connect(path, "big")
    counted = count_runs(workspace)
    raw = duckdb.connect(str(path), read_only=True, config=locked())
    ways = {"raw": lambda: raw.sql(sql).to_arrow_table(), "road": lambda: shown(workspace, sql)}
    for way in ways.values():
        way()
    counted.clear()
    times: dict[str, list[float]] = {"raw": [], "road": []}
    for turn in range(repeat):
        for which in ("raw", "road") if turn % 2 == 0 else ("road", "raw"):
            times[which].append(cpu(ways[which]))
    paired = statistics.median(road / base for base, road in zip(times["raw"], times["road"], strict=True))
    base, road = (statistics.median(times[which]) * 1000 for which in ("raw", "road"))
    print(f"{name:<16} {repeat:>5} {base:>9.2f} {road:>9.2f} {road / base:>7.3f} {paired:>7.3f} {len(counted) / repeat:>5.2f}")
    raw.close()
    workspace.close()


def shown(workspace: Workspace, sql: str) -> None:
    """What a cell does with a statement: run it, show it."""
    workspace.sql(sql, fresh=True)._repr_html_()  # what the notebook calls; fresh, for the cache is not what is measured


def cpu(work: Callable[[], object]) -> float:
    """Seconds of CPU of all threads of this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def count_runs(workspace: Workspace) -> list[str]:
    """The statements that reach the engine from now on."""
    source = workspace.context.sources.get()
    opened, runs = source.cursor, []

    def cursor() -> object:
        made = opened()
        begin = made.run

        def run(*args: object) -> object:
            runs.append(str(args[0]))
            return begin(*args)

        made.run = run  # type: ignore[method-assign]
        return made

    source.cursor = cursor  # type: ignore[method-assign]
    return runs


def locked() -> dict[str, str]:
    """The settings of the road's own connection: DuckDB shares one file only between connections of the same settings."""
    from aiser_jupyter.sources.duckdb import LOCKED
    from aiser_jupyter.sources.spill import spill_folder

    return {**LOCKED, "temp_directory": spill_folder()}


if __name__ == "__main__":
    main()

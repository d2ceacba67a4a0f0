"""A `%%sql` cell beside raw DuckDB and beside jupysql, in one process: CPU seconds, by turns, and the answers compared.

Each contender runs the magic a user of it would write and gives the same DataFrame. The cache is off: every cell runs its query.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import tempfile
import time
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import duckdb
import numpy as np
import pandas as pd
from IPython.core.interactiveshell import InteractiveShell

if TYPE_CHECKING:
    from collections.abc import Callable

GROUPED = "SELECT g, count(*) AS n, sum(x) AS s, avg(y) AS m, max(z) AS hi FROM {} GROUP BY g ORDER BY g"
WIDE = ", ".join(f"x + {i} AS c{i}" for i in range(8))
# What is measured, and how often.
CELLS: dict[str, tuple[str, int]] = {
    "aggregate, 10M-row table": (GROUPED.format("big"), 7),
    "1M x 10 to pandas": (f"SELECT g, y, {WIDE} FROM big LIMIT 1000000", 7),
    "SELECT 1": ("SELECT 1 AS one", 100),
}


def main() -> None:
    """Print a line for each cell and contender."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print(
        f"Python {platform.python_version()}, "
        + ", ".join(f"{name} {_version(name)}" for name in ("duckdb", "pandas", "jupysql", "IPython"))
    )
    with tempfile.TemporaryDirectory(prefix="aiser-bench-") as folder:
        path = Path(folder) / "big.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute(
                "CREATE TABLE big AS SELECT range % 1000 AS g, (range * 7919) % 1000 AS x, ((range * 104729) % 1000003) / 1000003.0 AS y, "
                f"'v' || (range % 100) AS z FROM range({options.rows})"
            )
        contenders = made(path)
        print(f"{'cell':<26} {'contender':<9} {'median ms':>10} {'over raw':>9} {'paired':>7} {'+ms':>7}")
        for name, (sql, repeat) in CELLS.items():
            measure(name, sql, options.repeat or repeat, contenders)


def made(path: Path) -> dict[str, Callable[[str], pd.DataFrame]]:
    """The contenders, each a function from SQL to a DataFrame."""
    from aiser_jupyter.sources.duckdb import LOCKED
    from aiser_jupyter.sources.spill import spill_folder

    # DuckDB shares a file within a process only between connections of the same settings.
    config = {**LOCKED, "temp_directory": spill_folder()}
    raw = duckdb.connect(str(path), read_only=True, config=config)
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "aiser_jupyter")
    shell.run_line_magic("aiser", f"connect {path} --as big")

    def ours(sql: str) -> pd.DataFrame:
        shell.run_cell_magic("sql", "big --no-cache --as ours", sql)
        return shell.user_ns["ours"].df()

    contenders: dict[str, Callable[[str], pd.DataFrame]] = {"raw": lambda sql: raw.sql(sql).df(), "aiser": ours}
    if _version("jupysql") != "not installed":
        contenders["jupysql"] = jupysql(raw)
    return contenders


def jupysql(connection: duckdb.DuckDBPyConnection) -> Callable[[str], pd.DataFrame]:
    """A jupysql cell on its native DuckDB connection; called as its magic is, since both packages register the name."""
    from sql.magic import SqlMagic

    shell = InteractiveShell.instance()
    magic = SqlMagic(shell)
    magic.autopandas, magic.feedback, magic.displaycon = True, 0, False
    shell.user_ns["peer"] = connection
    magic.execute("peer --alias peer")

    def theirs(sql: str) -> pd.DataFrame:
        found: Any = magic.execute("", sql)
        return found if isinstance(found, pd.DataFrame) else found.DataFrame()

    return theirs


def measure(name: str, sql: str, repeat: int, contenders: dict[str, Callable[[str], pd.DataFrame]]) -> None:
    """Run ``sql`` through each contender by turns, see that they agree, and print their lines."""
    frames = {who: run(sql) for who, run in contenders.items()}
    for who, frame in frames.items():
        same(frames["raw"], frame, who)
    del frames
    times: dict[str, list[float]] = {who: [] for who in contenders}
    order = list(contenders)
    for turn in range(repeat):
        for who in order[turn % len(order) :] + order[: turn % len(order)]:
            times[who].append(cpu(lambda who=who: contenders[who](sql)))
    base = statistics.median(times["raw"])
    for who, taken in times.items():
        paired = statistics.median(mine / raw for mine, raw in zip(taken, times["raw"], strict=True))
        median = statistics.median(taken)
        print(f"{name:<26} {who:<9} {median * 1000:>10.2f} {median / base:>9.3f} {paired:>7.3f} {(median - base) * 1000:>7.2f}")


def same(expected: pd.DataFrame, found: pd.DataFrame, who: str) -> None:
    """Exit where the contender's rows are not those of raw DuckDB; whole sums may come as integers or as floats."""
    if list(expected.columns) != list(found.columns) or len(expected) != len(found):
        sys.exit(f"{who} gives other columns or rows than raw DuckDB")
    for column in expected.columns:
        left, right = expected[column].reset_index(drop=True), found[column].reset_index(drop=True)
        if pd.api.types.is_numeric_dtype(left):
            # Threads add fractions in another order each time.
            alike = np.allclose(left.astype(float), right.astype(float), rtol=1e-9)
        else:
            alike = left.equals(right)
        if not alike:
            sys.exit(f"{who} gives other values in {column}")


def cpu(work: Callable[[], object]) -> float:
    """Seconds of CPU of all threads of this process."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


if __name__ == "__main__":
    main()

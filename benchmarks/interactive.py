"""Seconds a person waits: 1M rows paged, filtered and grouped, a chart, and the first insight from a CSV never seen before."""

from __future__ import annotations

import csv
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import numpy as np

from aiser_jupyter import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7
ROWS = 1_000_000


def median_s(work: Callable[[], object]) -> float:
    """Median wall seconds of ``work``."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def make_database(path: Path) -> None:
    """A million orders in four regions."""
    with duckdb.connect(str(path)) as con:
        con.execute(
            f"CREATE TABLE orders AS SELECT i AS id, date '2025-01-01' + (i % 600)::INTEGER AS day, "
            f"['north', 'south', 'east', 'west'][1 + i % 4] AS region, (hash(i) % 10000) / 100.0 AS amount FROM range({ROWS}) t(i)"
        )


def make_csv(path: Path) -> None:
    """Two years of daily sales with a rise, by region."""
    random = np.random.default_rng(7)
    days = np.arange(np.datetime64("2024-01-01"), np.datetime64("2026-01-01"))
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(("day", "region", "sales"))
        for place, day in enumerate(days):
            out.writerows((day, region, round(100 + 0.1 * place + random.normal(0, 10), 2)) for region in ("north", "south", "east"))


def main() -> None:
    """Print one line a figure."""
    with tempfile.TemporaryDirectory() as folder:
        make_database(Path(folder, "million.duckdb"))
        make_csv(Path(folder, "sales.csv"))
        ws = Workspace(folder)
        ws.connect(Path(folder, "million.duckdb"), name="million")
        print(f"duckdb {duckdb.__version__}, {ROWS:,} rows, median of {ROUNDS}, wall seconds")
        print(f"page {median_s(lambda: ws.sql('select * from orders', fresh=True).rows(100)):.3f} s")
        filtered = "select * from orders where region = 'north' and amount > 90"
        print(f"filter {median_s(lambda: ws.sql(filtered, fresh=True).rows(100)):.3f} s")
        grouped = "select region, date_trunc('month', day) as month, sum(amount) as amount from orders group by 1, 2 order by 2"
        print(f"group {median_s(lambda: ws.sql(grouped, fresh=True).rows()):.3f} s")
        result = ws.sql(grouped)
        print(f"chart {median_s(lambda: ws.chart(result)):.3f} s")
        started = time.perf_counter()
        fresh = Workspace(folder)
        found = fresh.discover(fresh.add(Path(folder, "sales.csv"))[0])
        print(f"insight {time.perf_counter() - started:.2f} s ({len(found)} findings, from opening the file)")


if __name__ == "__main__":
    main()

"""The first hundred rows of a large table: the road beside psycopg's server-side cursor, CPU of this process in pairs."""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from typing import TYPE_CHECKING, Any

import psycopg
from postgres_arrow import MAKE
from servers.postgres import Postgres

from aiser_jupyter import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

SQL = "SELECT * FROM big WHERE id > {least} ORDER BY id"
PAGE = 100


def main() -> None:
    """Print median CPU and wall milliseconds of both sides, without and with a bound parameter."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=41)
    options = parser.parse_args()
    server = Postgres()
    try:
        server.execute(MAKE.format(rows=options.rows))
        print(
            f"first {PAGE} of {options.rows:,} rows; psycopg {psycopg.__version__}, Python {platform.python_version()}, {options.pairs} pairs"
        )
        with tempfile.TemporaryDirectory(prefix="aiser-bench-") as folder:
            compare(server.url, folder, options.pairs)
    finally:
        server.remove()


def compare(url: str, folder: str, pairs: int) -> None:
    """Both sides by turns, giving equal rows."""
    workspace = Workspace(folder)
    workspace.connect(url, "pg")
    connection = psycopg.connect(url)

    def cursor(sql: str, given: list[int] | None) -> list[dict[str, Any]]:
        with connection.transaction(), connection.cursor("page", row_factory=psycopg.rows.dict_row) as page:
            page.execute(sql, given)
            return page.fetchmany(PAGE)

    def road(sql: str, params: dict[str, Any] | None) -> list[dict[str, Any]]:
        result = workspace.sql(sql, params=params)
        rows = result.rows(PAGE)
        result.close()
        return rows

    for label, base, mine in (
        ("plain", lambda: cursor(SQL.format(least=0), None), lambda: road(SQL.format(least=0), None)),
        ("parameter", lambda: cursor(SQL.format(least="%s"), [0]), lambda: road(SQL.format(least=":least"), {"least": 0})),
    ):
        assert base() == mine()
        times: dict[str, list[tuple[float, float]]] = {"cursor": [], "road": []}
        for turn in range(pairs):
            ways = (("cursor", base), ("road", mine))
            for name, way in ways if turn % 2 == 0 else ways[::-1]:
                times[name].append(measured(way))
        shown = {name: [1000 * statistics.median(column) for column in zip(*found, strict=True)] for name, found in times.items()}
        (base_cpu, base_wall), (cpu, wall) = shown["cursor"], shown["road"]
        print(
            f"{label:<10} cursor {base_cpu:.2f} ms CPU ({base_wall:.1f} wall), road {cpu:.2f} ms CPU ({wall:.1f} wall), "
            f"difference {cpu - base_cpu:+.2f} ms CPU (goal <= +10)"
        )
    connection.close()
    workspace.close()


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """CPU and wall seconds."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


if __name__ == "__main__":
    main()

"""CPU seconds to profile a database: Chinook, and 150 small tables on SQLite and DuckDB, against a bare count of every table in the same run."""

from __future__ import annotations

import sqlite3
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from aiser_jupyter import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

CHINOOK = Path(__file__).parent.parent / "examples" / "data" / "chinook.sqlite"
ROUNDS = 5
TABLES = 150


def wide(path: Path) -> Path:
    """A database of many small tables, each pointing to the one before."""
    connection = sqlite3.connect(path) if path.suffix == ".sqlite" else duckdb.connect(str(path))
    for i in range(TABLES):
        before = max(i - 1, 0)
        connection.execute(f"CREATE TABLE thing_{i} (thing_{i}_id INTEGER PRIMARY KEY, name VARCHAR, thing_{before}_ref INTEGER, day DATE)")
        connection.execute(f"INSERT INTO thing_{i} VALUES (1, 'a{i}', 1, '2026-01-01'), (2, 'b', 2, '2026-01-02')")
    connection.commit()
    connection.close()
    return path


def cpu(work: Callable[[], object]) -> float:
    """Median CPU seconds of ``work``."""
    times = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return statistics.median(times)


def main() -> None:
    """Print a line a database."""
    with tempfile.TemporaryDirectory() as folder:
        places = {"Chinook": CHINOOK, "150 on SQLite": wide(Path(folder, "w.sqlite")), "150 on DuckDB": wide(Path(folder, "w.duckdb"))}
        for name, place in places.items():
            ws = Workspace(folder)
            source = ws.connect(place, name="data")
            tables = [table.name for table in source.tables()]
            counted = cpu(lambda ws=ws, tables=tables: [ws.sql(f'select count(*) from "{t}"').rows() for t in tables])

            def profiled(ws: Workspace = ws) -> None:
                ws.context.catalogs.drop("data")
                ws.catalog("data")

            spent = cpu(profiled)
            print(
                f"{name:14} profile {spent:.2f} s CPU, counting each table through the same road {counted:.2f} s, ratio {spent / counted:.1f}"
            )


if __name__ == "__main__":
    main()

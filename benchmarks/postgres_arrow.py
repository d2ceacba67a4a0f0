"""A million rows of ten columns from PostgreSQL to Arrow, on the road beside the raw ADBC driver: CPU in pairs, peak memory in processes apart.

Both sides must give equal rows: the driver gives numeric as text, which is cast outside the measured time; the road gives decimals.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import adbc_driver_postgresql
import pyarrow as pa
from adbc_driver_postgresql import dbapi
from servers.postgres import Postgres

from aiser_jupyter import Workspace

MAKE = """
CREATE TABLE big AS SELECT i AS id, (i % 1000)::int AS g, i * 7.5::float8 AS x, 'name ' || i AS name, i % 2 = 0 AS flag, date '2020-01-01' + i % 1000 AS day,
  timestamp '2020-01-01' + i * interval '1 second' AS placed, 'category ' || i % 50 AS category, (i * 0.01)::numeric(12, 2) AS amount, i::bigint * 3 AS k
FROM generate_series(1, {rows}) i; ANALYZE big;
"""
# Ten columns as the driver gives them, and ten of which one is numeric: text to the driver, a decimal to us.
TABLES = {
    "without numeric": "SELECT id, g, x, name, flag, day, placed, category, k, k + 1 AS k1 FROM big",
    "with numeric": "SELECT * FROM big",
}
# Each side in a process of its own: peak memory above what was there before the query.
PEAK = """
import sys
sys.path.insert(0, sys.argv[3])
kind, url = sys.argv[1:3]
import pyarrow
from aiser_jupyter import Workspace
from adbc_driver_postgresql import dbapi
if kind == "raw":
    connection = dbapi.connect(url, autocommit=True)
    def run(sql):
        with connection.cursor() as cursor:
            return cursor.execute(sql).fetch_arrow_table()
else:
    ws = Workspace(sys.argv[4])
    ws.connect(url, "pg")
    def run(sql):
        return ws.sql(sql).arrow()
run("SELECT * FROM big LIMIT 1000")
def memory(kind):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(kind))
open("/proc/self/clear_refs", "w").write("5")  # the peak begins anew: the one of getrusage is the parent's at first
before = memory("VmRSS")
table = run(sys.argv[5])
print(memory("VmHWM") - before, table.num_rows)
"""


def main() -> None:
    """Print CPU of both sides, the ratio of medians and of pairs, and peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pairs", type=int, default=11)
    options = parser.parse_args()
    server = Postgres()
    try:
        server.execute(MAKE.format(rows=options.rows))
        version = server.execute("SHOW server_version").split()[0]
        print(
            f"{options.rows:,} rows x 10; PostgreSQL {version}, ADBC {adbc_driver_postgresql.__version__}, pyarrow {pa.__version__}, "
            f"Python {platform.python_version()}"
        )
        with tempfile.TemporaryDirectory(prefix="aiser-bench-") as folder:
            for label, sql in TABLES.items():
                cpu(server.url, folder, options.pairs, label, sql)
                memory(server.url, folder, label, sql)
    finally:
        server.remove()


def cpu(url: str, folder: str, pairs: int, label: str, sql: str) -> None:
    """CPU seconds of this process, by turns."""
    workspace = Workspace(folder)
    workspace.connect(url, "pg")
    connection = dbapi.connect(url, autocommit=True)

    def raw() -> pa.Table:
        with connection.cursor() as cursor:
            return cursor.execute(sql).fetch_arrow_table()

    def road() -> pa.Table:
        return workspace.sql(sql).arrow()

    same(raw(), road())
    times: dict[str, list[float]] = {"raw": [], "road": []}
    for turn in range(pairs):
        for name, way in (("raw", raw), ("road", road)) if turn % 2 == 0 else (("road", road), ("raw", raw)):
            began = time.process_time()
            table = way()
            times[name].append(time.process_time() - began)
            del table
    paired = statistics.median(road / base for base, road in zip(times["raw"], times["road"], strict=True))
    base, mine = (statistics.median(times[name]) for name in ("raw", "road"))
    print(
        f"{label}: CPU raw {base:.3f} s, road {mine:.3f} s, ratio of medians {mine / base:.3f}, median of {pairs} paired ratios {paired:.3f} (goal <= 1.1)"
    )
    connection.close()
    workspace.close()


def memory(url: str, folder: str, label: str, sql: str, rounds: int = 3) -> None:
    """Peak resident memory that the query adds, each side in processes of its own."""
    peaks: dict[str, list[int]] = {"raw": [], "road": []}
    for _ in range(rounds):
        for kind, found in peaks.items():
            command = [sys.executable, "-c", PEAK, kind, url, str(Path(__file__).parents[1]), folder, sql]
            found.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0]))
    base, mine = (statistics.median(peaks[kind]) / 1024 for kind in ("raw", "road"))
    print(f"{label}: peak memory added raw {base:.0f} MB, road {mine:.0f} MB, ratio {mine / base:.3f} (goal <= 1.1)")


def same(raw: pa.Table, road: pa.Table) -> None:
    """Both tables hold the same values; raises where not."""
    assert raw.column_names == road.column_names
    for name in raw.column_names:
        mine, base = road.column(name), raw.column(name)
        if isinstance(base.type, pa.BaseExtensionType):
            base = pa.chunked_array([chunk.storage for chunk in base.chunks], base.type.storage_type)
        assert base.cast(mine.type).equals(mine), name


if __name__ == "__main__":
    main()

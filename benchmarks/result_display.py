"""What it takes to show the first rows of a million: CPU, wall time, bytes sent and memory, beside raw DuckDB to pandas and jupysql.

Each way runs in a process of its own, by turns; a way whose package is not there is left out. A line is the median of the rounds.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

QUERY = "SELECT * FROM wide"
ROWS = 1_000_000


def main() -> None:
    """Print a line for each way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--way", choices=tuple(WAYS), help="measure one way in this process; used by the benchmark itself")
    parser.add_argument("--file")
    options = parser.parse_args()
    if options.way:
        print(json.dumps(WAYS[options.way](options.file)))
        return
    with tempfile.TemporaryDirectory(prefix="aiser-bench-") as folder:
        path = Path(folder) / "wide.duckdb"
        make(path)
        found: dict[str, list[dict[str, float]]] = {}
        for turn in range(options.rounds):
            for way in list(WAYS) if turn % 2 else reversed(list(WAYS)):
                command = [sys.executable, __file__, "--way", way, "--file", str(path)]
                done = subprocess.run(command, capture_output=True, text=True, check=False)
                if done.returncode:
                    print(f"{way}: left out: {done.stderr.strip().splitlines()[-1][:120] if done.stderr else 'no output'}")
                    continue
                found.setdefault(way, []).append(json.loads(next(line for line in done.stdout.splitlines() if line.startswith("{"))))
    print(f"{ROWS:,} rows x 10 columns, {options.rounds} rounds")
    print(f"{'way':<16} {'CPU ms':>9} {'wall ms':>9} {'bytes':>9} {'MB':>7} {'rows shown':>10}")
    for way, seen in found.items():
        cpu, wall, size, memory, shown = (
            statistics.median(one[name] for one in seen) for name in ("cpu", "wall", "bytes", "memory", "shown")
        )
        print(f"{way:<16} {cpu * 1000:>9.1f} {wall * 1000:>9.1f} {size:>9,.0f} {memory:>7.1f} {shown:>10.0f}")


def make(path: Path) -> None:
    """A table of ten columns of all kinds."""
    import duckdb

    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE wide AS SELECT range AS id, range % 97 AS g, range * 1.5 AS x, (range * 7919) % 100000 / 100 AS y, 'name ' || range AS name, "
            "DATE '2020-01-01' + CAST(range % 2000 AS INTEGER) AS day, range % 2 = 0 AS flag, (range / 3)::DECIMAL(18, 4) AS amount, "
            f"md5(range::VARCHAR) AS code, TIMESTAMP '2020-01-01' + to_seconds(range) AS at FROM range({ROWS})"
        )


def measured(show: object) -> dict[str, float]:
    """CPU and wall seconds, bytes of HTML, and megabytes more at the peak than before."""
    assert callable(show)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    html = show()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    memory = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {"cpu": cpu, "wall": wall, "bytes": len(html.encode()), "memory": memory, "shown": html.count("<tr") - 1}


def road(path: str) -> dict[str, float]:
    """`ws.sql(…)` as a cell shows it."""
    from aiser_jupyter import Workspace

    workspace = Workspace(Path(path).parent)
    workspace.connect(path, "wide")
    workspace.sql("SELECT 1 AS one")._repr_html_()
    found = measured(lambda: workspace.sql(QUERY)._repr_html_())
    workspace.close()
    return found


def pandas(path: str) -> dict[str, float]:
    """`con.sql(…).df()` as a cell shows it."""
    import duckdb

    connection = duckdb.connect(path, read_only=True)
    connection.sql("SELECT 1 AS one").df()._repr_html_()
    return measured(lambda: connection.sql(QUERY).df()._repr_html_())


def jupysql(path: str) -> dict[str, float]:
    """`%sql …` of jupysql on the same connection."""
    import duckdb
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "sql")
    shell.user_ns["connection"] = duckdb.connect(path, read_only=True)
    shell.run_line_magic("sql", "connection --alias wide")
    shell.run_line_magic("config", "SqlMagic.feedback = 0")
    shell.run_line_magic("sql", "SELECT 1 AS one")._repr_html_()
    return measured(lambda: shell.run_line_magic("sql", QUERY)._repr_html_())


WAYS = {"aiser": road, "duckdb to pandas": pandas, "jupysql": jupysql}

if __name__ == "__main__":
    main()

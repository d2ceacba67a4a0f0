"""The router against fetching every table whole: twenty queries over PostgreSQL, a folder of Parquet, a CSV and MariaDB.

    python benchmarks/routing.py [--rounds 3] [--copies 4] [--only q01,q02] [--statements FILE]

The first run of a round is alternately ours and the naive one. Both read the same servers; nothing is cached. Prints a line for each query: seconds (median), their
ratio, the CPU seconds of this process, the engine, and the rows that were moved; then the median gain and how long routing takes.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tests"))
SHARED = HERE.parent.parent / "shared"
RETAIL = SHARED / "data" / "business" / "online_retail" / "online_retail.parquet"
CHINOOK = SHARED / "data" / "business" / "chinook" / "Chinook_Sqlite.sqlite"


def statements(path: Path) -> dict[str, str]:
    """The queries of a file by their label, each behind a line that begins with ``-- q``."""
    found: dict[str, str] = {}
    for part in re.split(r"(?m)^-- (?=q\d)", path.read_text("utf-8"))[1:]:
        head, _, body = part.partition("\n")
        found[head.split()[0]] = body.strip().rstrip(";")
    return found


def fill_postgres(server: Any, copies: int, folder: Path) -> None:
    """``retail`` with the rows of the sample ``copies`` times over, and an index on its day."""
    import duckdb

    path = folder / "retail.csv"
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT * FROM '{RETAIL}') TO '{path}' (FORMAT csv)")
        columns = connection.execute(f"DESCRIBE SELECT * FROM '{RETAIL}'").fetchall()
    path.chmod(0o644)
    kinds = {"DOUBLE": "double precision", "VARCHAR": "text"}
    made = ", ".join(f'"{row[0]}" {kinds.get(row[1], row[1].lower().replace("_ns", ""))}' for row in columns)
    copy = f"COPY retail FROM '{path}' (FORMAT csv, HEADER true);\n" * copies
    server.execute(f'CREATE TABLE retail ({made});\n{copy}CREATE INDEX ON retail ("InvoiceDate"); VACUUM ANALYZE retail;')


def fill_mariadb(server: Any) -> None:
    """The chinook database, its tables as they are named there."""
    import sqlite3

    source = sqlite3.connect(f"file:{CHINOOK}?mode=ro", uri=True)
    tables = [row[0] for row in source.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
    for table in tables:
        columns = source.execute(f'PRAGMA table_info("{table}")').fetchall()
        kinds = [re.sub("(?i)nvarchar", "VARCHAR", kind).replace("NUMERIC", "DECIMAL") for _, _, kind, *_ in columns]
        made = ", ".join(f"`{column[1]}` {kind}" for column, kind in zip(columns, kinds, strict=True))
        rows = source.execute(f'SELECT * FROM "{table}"').fetchall()
        values = ",\n".join("(" + ", ".join(map(_literal, row)) + ")" for row in rows)
        key = ", ".join(f"`{column[1]}`" for column in columns if column[5])
        primary = f", PRIMARY KEY ({key})" if key else ""
        server.execute(
            f"CREATE TABLE `{table}` ({made}{primary}) CHARSET utf8mb4;\n" + (f"INSERT INTO `{table}` VALUES {values};" if rows else ""),
            "test",
        )
    server.execute("ANALYZE TABLE " + ", ".join(f"`{table}`" for table in tables) + ";", "test")
    source.close()


def make_files(folder: Path) -> None:
    """The lake, one file a month, and the targets."""
    import duckdb

    lake = folder / "lake" / "retail"
    lake.mkdir(parents=True)
    with duckdb.connect() as connection:
        months = connection.execute(f"SELECT DISTINCT strftime(\"InvoiceDate\", '%Y-%m') FROM '{RETAIL}' ORDER BY 1").fetchall()
        for (month,) in months:
            connection.execute(
                f"COPY (SELECT * FROM '{RETAIL}' WHERE strftime(\"InvoiceDate\", '%Y-%m') = '{month}') TO '{lake}/{month}.parquet' (FORMAT parquet)"
            )
        countries = [row[0] for row in connection.execute(f"SELECT DISTINCT \"Country\" FROM '{RETAIL}' ORDER BY 1").fetchall()]
    with (folder / "targets.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["country", "target"])
        writer.writerows((country, 1000 * len(country)) for country in countries)


def workspace(folder: Path, postgres: Any, mariadb: Any) -> Any:
    """The four connections of the queries."""
    from aiser_jupyter import Workspace

    ws = Workspace(folder)
    ws.connect(folder / "lake", "lake")
    ws.connect(mariadb.url, "music")
    ws.connect(postgres.url, "shop")
    # The last one is the default, so that statements about one server are in DuckDB's dialect too.
    ws.connect(folder / "targets.csv", "desk")
    return ws


def same(one: Any, other: Any, keys: list[int]) -> str:
    """How two results differ; empty where they do not. Floats are equal to 1e-9 of the larger; rows that the order's ``keys`` leave open may come in any."""
    if one.dialect == other.dialect and one.columns != other.columns:
        return f"columns {one.columns} and {other.columns}"
    rows = [
        list(zip(*([_plain(value) for value in column.to_pylist()] for column in result.arrow().columns), strict=True))
        for result in (one, other)
    ]
    if len(rows[0]) != len(rows[1]):
        return f"{len(rows[0])} rows and {len(rows[1])}"
    ordered = [[tuple(row[key] for key in keys) for row in part] for part in rows]
    loose = [sorted(part, key=lambda row: [_rounded(value) for value in row]) for part in rows]
    for left, right in (*zip(*ordered, strict=True), *zip(*loose, strict=True)):
        if not all(_equal(a, b) for a, b in zip(left, right, strict=True)):
            return f"{left} and {right}"
    return ""


def whole(ws: Any, sql: str) -> Any:
    """The same as anybody would do it by hand: each named table read whole into a DuckDB of its own, and the statement run there."""
    import duckdb

    from aiser_jupyter.query.result import Origin, Result

    rows = 0
    with duckdb.connect() as connection:
        for name in dict.fromkeys(re.findall(r'(?i)\b(?:from|join) +(\w+\."?\w+"?)', sql)):
            label, table = name.replace('"', "").split(".")
            source = ws.context.sources.get(label)
            quote = "`" if source.dialect == "mysql" else '"'
            cursor = source.cursor()
            incoming = cursor.run(f"SELECT * FROM {quote}{table}{quote}", {})
            connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{label}"; CREATE TABLE "{label}"."{table}" AS SELECT * FROM incoming')
            rows += connection.execute(f'SELECT count(*) FROM "{label}"."{table}"').fetchall()[0][0]
            del incoming
            cursor.close()
        table = connection.sql(sql).to_arrow_table()
    return Result.of(table, Origin(sql, "duckdb", "all", {"pushed": [{"rows": rows}]}))


def routing(ws: Any, queries: list[str]) -> tuple[list[float], list[float]]:
    """Milliseconds to read and route each query, without running it, ten times each: on the clock and of this thread's CPU, both sorted."""
    from aiser_jupyter.query import pushdown, road

    clock, cpu = [], []
    for sql in queries * 10:
        pushdown._guarded.cache_clear()  # noqa: SLF001  # as if each were seen for the first time
        began, worked = time.perf_counter(), time.thread_time()
        road._read(ws.context, sql, None, {}, {}, "user", write=False)  # noqa: SLF001  # what the road does before anything runs
        clock.append((time.perf_counter() - began) * 1000)
        cpu.append((time.thread_time() - worked) * 1000)
    return sorted(clock), sorted(cpu)


def main() -> int:
    """Start the servers, run the queries, print the table."""
    from servers import mariadb, postgres

    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--copies", type=int, default=4)
    arguments.add_argument("--only", default="")
    arguments.add_argument("--statements", type=Path, default=SHARED / "score" / "routing.sql")
    given = arguments.parse_args()
    if reason := postgres.missing() or mariadb.missing():
        sys.exit(reason)
    queries = {label: sql for label, sql in statements(given.statements).items() if not given.only or label in given.only.split(",")}
    servers = [postgres.Postgres(), mariadb.MariaDB()]
    try:
        with tempfile.TemporaryDirectory(dir="/tmp") as made:
            folder = Path(made)
            folder.chmod(0o755)
            fill_postgres(servers[0], given.copies, folder)
            fill_mariadb(servers[1])
            make_files(folder)
            ws = workspace(folder, *servers)
            try:
                return report(ws, queries, given.rounds)
            finally:
                ws.close()
    finally:
        for server in servers:
            server.remove()


def report(ws: Any, queries: dict[str, str], rounds: int) -> int:
    """The table of all queries; 1 where a promise is not kept."""
    context = dataclasses.replace(ws.context, settings=ws.context.settings.model_copy(update={"cache": False}))
    from aiser_jupyter.query import run

    wrong, gains, slowest = [], [], 0.0
    print(
        f"{'':4} {'naive s':>8} {'ours s':>8} {'ratio':>6} {'naive cpu':>9} {'our cpu':>8} {'engine':10} {'rows moved':>12} {'naive rows':>12}"
    )
    for label, sql in queries.items():
        taken: dict[str, list[tuple[float, float]]] = {"ours": [], "naive": []}
        last: dict[str, Any] = {}
        moved: dict[str, int] = {}
        for turn in range(rounds):
            for name in ("ours", "naive") if turn % 2 else ("naive", "ours"):
                began, worked = time.perf_counter(), time.process_time()
                last[name] = whole(ws, sql) if name == "naive" else run(context, sql)
                last[name].arrow()
                moved[name] = sum(part["rows"] or 0 for part in last[name].route.get("pushed") or [{"rows": last[name].row_count}])
                taken[name].append((time.perf_counter() - began, time.process_time() - worked))
        wall = {name: statistics.median(part[0] for part in parts) for name, parts in taken.items()}
        cpu = {name: statistics.median(part[1] for part in parts) for name, parts in taken.items()}
        ratio = statistics.median(ours[0] / naive[0] for ours, naive in zip(taken["ours"], taken["naive"], strict=True))
        if difference := _any_rows(sql, last) or same(last["ours"], last["naive"], _keys(sql, last["ours"].columns)):
            wrong.append(f"{label}: {difference}")
        gains.append(1 - ratio)
        slowest = max(slowest, ratio)
        print(
            f"{label:4} {wall['naive']:8.3f} {wall['ours']:8.3f} {ratio:6.3f} {cpu['naive']:9.3f} {cpu['ours']:8.3f} "
            f"{last['ours'].route['engine']:10} {moved['ours']:12,} {moved['naive']:12,}"
        )
    clock, worked = routing(ws, list(queries.values()))
    p95, p95_cpu = (values[int(len(values) * 0.95)] for values in (clock, worked))
    print(f"\nmedian gain {statistics.median(gains):.1%}, slowest {slowest:.3f} x naive, different results: {len(wrong)} of {len(queries)}")
    print(
        f"routing: median {statistics.median(clock):.1f} ms, p95 {p95:.1f} ms; of CPU {statistics.median(worked):.1f} and {p95_cpu:.1f} ms"
    )
    for line in wrong:
        print("DIFFERENT", line)
    return int(bool(wrong) or slowest > 1.1 or statistics.median(gains) <= 0.2 or p95 > 20)


def _any_rows(sql: str, last: dict[str, Any]) -> str:
    """For a LIMIT without an order any rows are right: as many, and of the same columns."""
    if " limit " not in sql.casefold() or "order by" in sql.casefold():
        return ""
    ours, naive = last["ours"], last["naive"]
    if (ours.columns, ours.row_count) != (naive.columns, naive.row_count):
        return f"{ours.row_count} rows of {ours.columns}"
    last["naive"] = ours
    return ""


def _plain(value: Any) -> Any:
    from decimal import Decimal

    return float(value) if isinstance(value, Decimal) else value


def _rounded(value: Any) -> str:
    return f"{value:.6e}" if isinstance(value, float) else repr(value)


def _keys(sql: str, columns: list[str]) -> list[int]:
    """The places of the columns that a statement orders by, at its end."""
    tail = re.search(r"(?is)order by ([^()]+?)(?: limit \d+)?$", sql)
    words = [part.split()[0].strip('"') for part in tail[1].split(",")] if tail else []
    return [int(word) - 1 if word.isdigit() else columns.index(word) for word in words]


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, float) or isinstance(other, float):
        if one is None or other is None:
            return one is other
        return abs(one - other) <= 1e-9 * max(abs(one), abs(other), 1e-300) or one == other
    return one == other


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("\\", "\\\\").replace("'", "''") + "'"


if __name__ == "__main__":
    sys.exit(main())

"""Write the function snapshots anew from live engines.

    python -m aiser_jupyter.query.snapshots.refresh duckdb|sqlite|spark
    python -m aiser_jupyter.query.snapshots.refresh postgres postgresql://…

A snapshot holds what the catalogue lists, harmful functions too: what may be called is decided in `aiser_jupyter.query.review`.
MySQL, SQL Server and Oracle have no catalogue of their built-in functions; their snapshots are kept by hand from the manuals. MySQL's also has what
MariaDB's help tables list; Oracle's is the chapter "Functions" of the SQL Language Reference 23ai, without those that read the session's settings,
fetch documents by XQuery, make addresses, or score models.
"""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).parent
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

DUCKDB = "SELECT DISTINCT function_name, function_type IN ('table', 'table_macro') FROM duckdb_functions() WHERE function_type <> 'pragma'"
# System-owned functions that cannot write, less those no query calls by name: operators, type input and output, steps of aggregates.
POSTGRES = """
SELECT DISTINCT p.proname, p.proretset
FROM pg_proc p JOIN pg_roles o ON o.oid = p.proowner AND o.oid = 10
WHERE p.prokind IN ('f', 'a', 'w')
  AND p.provolatile IN ('i', 's')
  AND p.pronamespace = 'pg_catalog'::regnamespace
  AND NOT ('internal'::regtype = ANY (p.proargtypes::oid[]) OR 'cstring'::regtype = ANY (p.proargtypes::oid[]))
  AND p.prorettype NOT IN ('internal'::regtype, 'cstring'::regtype, 'trigger'::regtype)
  AND (p.proname ~ '^(array|json|jsonb|range|starts|multirange)_' OR NOT EXISTS (SELECT FROM pg_operator WHERE oprcode = p.oid))
  AND NOT EXISTS (SELECT FROM pg_type WHERE p.oid IN (typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze))
  AND NOT EXISTS (SELECT FROM pg_aggregate WHERE p.oid IN (aggtransfn, aggfinalfn, aggcombinefn, aggmtransfn, aggminvtransfn, aggmfinalfn))
  AND NOT EXISTS (SELECT FROM pg_amproc WHERE amproc = p.oid)
"""


def duckdb() -> tuple[str, list[tuple[str, bool]]]:
    """Version, and each function with whether it gives a table."""
    import duckdb as engine

    with closing(engine.connect()) as connection:
        return _short(engine.__version__), connection.execute(DUCKDB).fetchall()


def sqlite() -> tuple[str, list[tuple[str, bool]]]:
    """Version, and each function with whether it gives a table."""
    with closing(sqlite3.connect(":memory:")) as connection:
        scalar = connection.execute("SELECT DISTINCT name, 0 FROM pragma_function_list").fetchall()
        table = connection.execute("SELECT DISTINCT name, 1 FROM pragma_module_list").fetchall()
    return _short(sqlite3.sqlite_version), scalar + table


def postgres(url: str) -> tuple[str, list[tuple[str, bool]]]:
    """Version, and each function with whether it gives a table."""

    def rows(sql: str) -> list[list[str]]:
        done = subprocess.run(["psql", url, "-XAt", "-F", "\t", "-c", sql], capture_output=True, text=True, check=True)  # noqa: S603, S607 - PostgreSQL's own client, on the developer's PATH
        return [line.split("\t") for line in done.stdout.splitlines()]

    version = rows("SHOW server_version")[0][0]
    return version.split(".")[0], [(name, table == "t") for name, table in rows(POSTGRES)]


def spark() -> tuple[str, list[tuple[str, bool]]]:
    """Version, and each function; Spark does not tell those that give a table."""
    import pyspark
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        return _short(pyspark.__version__), [(row[0], False) for row in session.sql("SHOW SYSTEM FUNCTIONS").collect()]
    finally:
        session.stop()


def main(arguments: list[str]) -> None:
    """Write one snapshot beside this file."""
    name, *url = arguments
    version, functions = {"duckdb": duckdb, "sqlite": sqlite, "postgres": postgres, "spark": spark}[name](*url)
    snapshot = {
        "dialect": name,
        "version": version,
        "scalar": sorted({function.lower() for function, table in functions if not table and NAME.fullmatch(function)}),
        "table": sorted({function.lower() for function, table in functions if table and NAME.fullmatch(function)}),
    }
    target = HERE / f"{name}-{version}.json"
    target.write_text(json.dumps(snapshot, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{target.name}: {len(snapshot['scalar'])} functions, {len(snapshot['table'])} table functions\n")


def _short(version: str) -> str:
    return ".".join(version.split(".")[:2])


if __name__ == "__main__":
    main(sys.argv[1:])

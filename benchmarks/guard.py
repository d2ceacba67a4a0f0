"""How many of analysts' real queries the guard lets through, and whether they mean the same afterwards.

    python benchmarks/guard.py

Reads the question sets in ../shared/data. A query counts where its engine accepts it; it is run as typed and as rewritten, and the
rows are compared without regard to order.
"""

from __future__ import annotations

import json
import sqlite3
import time
from functools import cache
from pathlib import Path

import duckdb

from aiser_jupyter.query.guard import check

DATA = Path(__file__).parents[2] / "shared" / "data"
SETS = {
    "nl2sql/spider_train.jsonl": "sqlite",
    "nl2sql/spider_gate.jsonl": "sqlite",
    "nl2sql/geoquery_train.jsonl": "sqlite",
    "business_qa/examples.jsonl": "duckdb",
    "nl2sql/defog_questions_gen.jsonl": "duckdb",
    "nl2sql/defog_instruct_basic.jsonl": "duckdb",
    "nl2sql/defog_instruct_advanced.jsonl": "duckdb",
}


def queries(name: str) -> list[tuple[str, str]]:
    """Each database and query of a set."""
    found = []
    for line in (DATA / name).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        texts = [row["query"]] if isinstance(row["query"], str) else row["query"] or []
        found += [(str(DATA / name.split("/", maxsplit=1)[0] / row["db"]), text) for text in texts]
    return found


@cache
def connection(path: str, dialect: str) -> duckdb.DuckDBPyConnection | sqlite3.Connection:
    """The database, open to read."""
    if dialect == "duckdb":
        return duckdb.connect(path, read_only=True, config={"threads": 1})
    opened = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
    opened.text_factory = bytes
    return opened


def rows(path: str, dialect: str, sql: str) -> list[str] | None:
    """The rows in no order; None where the engine does not accept the query."""
    try:
        return sorted(map(repr, connection(path, dialect).execute(sql).fetchmany(5_000)))
    except (sqlite3.Error, duckdb.Error):
        return None


def main() -> None:
    """Print a line for each set."""
    for name, dialect in SETS.items():
        accepted = allowed = changed = 0
        seconds = 0.0
        for path, sql in queries(name):
            started = time.perf_counter()
            verdict = check(sql, dialect)
            seconds += time.perf_counter() - started
            expected = rows(path, dialect, sql)
            if expected is None:
                continue
            accepted += 1
            allowed += verdict.allowed
            changed += verdict.allowed and rows(path, dialect, verdict.sql) != expected
        print(
            f"{name:40} queries {len(queries(name)):5} accepted {accepted:5} allowed {allowed / accepted:.4f} changed {changed} ms {1000 * seconds / len(queries(name)):.2f}"
        )


if __name__ == "__main__":
    main()

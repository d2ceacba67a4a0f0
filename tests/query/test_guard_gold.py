"""Analysts' real queries pass, and give the same rows as they were typed."""

import json
import sqlite3
from functools import cache
from pathlib import Path

import duckdb
import pytest

from aiser_jupyter.query.guard import check

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="needs the question sets beside the repository")
SETS = (
    ("nl2sql/spider_train.jsonl", "sqlite"),
    ("nl2sql/geoquery_train.jsonl", "sqlite"),
    ("business_qa/examples.jsonl", "duckdb"),
    ("nl2sql/defog_questions_gen.jsonl", "duckdb"),
    ("nl2sql/defog_instruct_basic.jsonl", "duckdb"),
    ("nl2sql/defog_instruct_advanced.jsonl", "duckdb"),
)
OPENED = []


def queries(name):
    for line in (DATA / name).read_text().splitlines():
        row = json.loads(line)
        for sql in [row["query"]] if isinstance(row["query"], str) else row["query"] or []:
            yield DATA / name.split("/")[0] / row["db"], sql


@cache
def connection(path, dialect):
    if dialect == "duckdb":
        opened = duckdb.connect(path, read_only=True, config={"threads": 1})
    else:
        opened = sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)
        opened.text_factory = bytes
    OPENED.append(opened)
    return opened


@pytest.fixture(scope="module", autouse=True)
def closed():
    """A DuckDB file left open here could not be opened with other settings by the tests that follow in this process."""
    yield
    connection.cache_clear()
    while OPENED:
        OPENED.pop().close()


def rows(path, dialect, sql):
    """The rows in no order, or None where the engine does not accept the query."""
    try:
        return sorted(map(repr, connection(path, dialect).execute(sql).fetchmany(5_000)))
    except (sqlite3.Error, duckdb.Error):
        return None


@pytest.mark.parametrize(("name", "dialect"), SETS)
def test_queries_that_the_engine_accepts_pass(name, dialect):
    found = list(queries(name))[:: 5 if "spider" in name else 1]
    refused = [(path, sql) for path, sql in found if not check(sql, dialect).allowed]
    wrongly = [sql for path, sql in refused if rows(path, dialect, sql) is not None]
    assert wrongly == []
    assert len(found) > 15


@pytest.mark.parametrize(("name", "dialect"), SETS)
def test_queries_give_the_same_rows_when_rewritten(name, dialect):
    every = 7 if "spider" in name else 1
    changed = []
    for path, sql in list(queries(name))[::every]:
        verdict = check(sql, dialect)
        expected = rows(path, dialect, sql)
        if verdict.allowed and expected is not None and rows(path, dialect, verdict.sql) != expected:
            changed.append((sql, verdict.sql))
    assert changed == []

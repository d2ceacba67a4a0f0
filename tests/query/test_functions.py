"""The functions that may be called are the engine's own, less the reviewed ones."""

import json
import re

import duckdb
import pytest

from aiser_jupyter.query.functions import functions_of
from aiser_jupyter.query.review import DENIED, TABLES, denied
from aiser_jupyter.query.snapshots import refresh

DIALECTS = ("duckdb", "mysql", "postgres", "sqlite", "tsql")


def test_the_snapshot_is_what_the_installed_duckdb_lists():
    version, functions = refresh.duckdb()
    path = refresh.HERE / f"duckdb-{version}.json"
    if not path.exists():
        pytest.skip(f"no snapshot of DuckDB {version}")
    snapshot = json.loads(path.read_text())
    assert set(snapshot["scalar"]) | set(snapshot["table"]) == {name.lower() for name, _ in functions if refresh.NAME.fullmatch(name)}


def test_no_function_of_duckdb_with_side_effects_is_allowed_but_harmless_ones():
    listed = duckdb.connect().sql("SELECT DISTINCT function_name FROM duckdb_functions() WHERE has_side_effects").fetchall()
    harmless = {
        "uuid",
        "uuidv4",
        "uuidv7",
        "gen_random_uuid",
        "random",
        "error",
        "current_query",
        "current_query_id",
        "current_connection_id",
        "current_transaction_id",
    }
    assert {name for (name,) in listed} & functions_of("duckdb").scalar <= harmless


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_allowed_function_reads_files_or_runs_sql(dialect):
    functions = functions_of(dialect)
    doubtful = re.compile(r"read_|_scan$|^glob$|load_|file|^query|exec|sleep|lock|secret|setting|dblink|extension|write_|_to_xml")
    fine = {
        "glob",
        "getpgusername",
        "parse_filename",
        "hive_partition_component",
        "starts_with",
        "pg_blocking_pids",
        "has_parameter_privilege",
    }
    assert {name for name in functions.scalar | functions.table if doubtful.search(name)} <= fine | {
        "get_block_size",
        "block_size",
        "clock_timestamp",
        "current_query",
        "current_query_id",
        "pg_conf_load_time",
        "ps_thread_id",
        "querytree",
    } | {name for name in functions.scalar if name.startswith(("json_", "has_"))}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_the_review_denies_is_never_allowed(dialect):
    functions = functions_of(dialect)
    assert [name for name in functions.scalar | functions.table if denied(name, dialect)] == []
    assert TABLES[dialect] == functions.table
    assert DENIED[dialect]


def test_a_refusal_says_why_and_what_instead():
    functions = functions_of("duckdb")
    assert functions.refusal("sum", as_table=False) == ""
    assert functions.refusal("range", as_table=True) == ""
    assert "ws.add" in functions.refusal("read_csv", as_table=True)
    assert "value, not a table" in functions.refusal("lower", as_table=True)
    assert "Did you mean median" in functions.refusal("medain", as_table=False)

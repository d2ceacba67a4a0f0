"""A second set of statements, written down before the guard was tried on any of them, over every dialect."""

from pathlib import Path

import pytest
from sqlglot import parse_one

from aiser_jupyter.query.functions import functions_of
from aiser_jupyter.query.guard import check
from aiser_jupyter.query.review import denied

STATEMENTS = Path(__file__).parent / "statements"
# What our grammar cannot read.
UNREADABLE = {"redshift": ("approximate count",)}


def lines(kind):
    return [line.split("\t") for line in (STATEMENTS / f"held_out_{kind}.tsv").read_text().splitlines()]


@pytest.mark.parametrize(("dialect", "sql"), lines("attacks"))
def test_attacks_are_refused(dialect, sql):
    verdict = check(sql, dialect)
    assert not verdict.allowed
    assert verdict.reason


@pytest.mark.parametrize(("dialect", "sql"), lines("benign"))
def test_reading_statements_pass_and_stay_themselves(dialect, sql):
    verdict = check(sql, dialect)
    if any(part in sql for part in UNREADABLE.get(dialect, ())):
        assert "cannot be read" in verdict.reason
        return
    assert verdict.reason == ""
    assert check(verdict.sql, dialect).sql == verdict.sql
    parse_one(verdict.sql, read=dialect) if verdict.kind == "select" else None


@pytest.mark.parametrize("dialect", ["spark", "snowflake", "bigquery", "clickhouse", "trino", "redshift", "databricks"])
@pytest.mark.parametrize("name", ["no_such_function", "sleep", "system$wait", "load_extension", "ai_generate", "aes_encrypt", "read_files"])
def test_what_is_unknown_or_harmful_is_refused_everywhere(dialect, name):
    assert functions_of(dialect).refusal(name, as_table=False)
    assert functions_of(dialect).refusal(name, as_table=True)


@pytest.mark.parametrize(
    ("dialect", "name"),
    [
        ("spark", "reflect"), ("spark", "java_method"), ("spark", "try_reflect"), ("spark", "input_file_name"), ("spark", "raise_error"), ("snowflake", "get_ddl"),
        ("snowflake", "system$cancel_query"), ("snowflake", "get_presigned_url"), ("bigquery", "external_query"), ("bigquery", "keys.new_keyset"), ("clickhouse", "file"),
        ("clickhouse", "sleepeachrow"), ("clickhouse", "dictget"), ("clickhouse", "url"), ("clickhouse", "getsetting"), ("trino", "query"), ("trino", "fail"),
        ("redshift", "pg_terminate_backend"), ("redshift", "set_config"), ("redshift", "lambda_invoke"),
    ],
)  # fmt: skip
def test_names_with_side_effects_are_held_against(dialect, name):
    assert denied(name, dialect) or functions_of(dialect).refusal(name, as_table=False)
    assert name not in functions_of(dialect).scalar


def test_spark_is_held_to_its_own_catalogue():
    spark = functions_of("spark")
    assert {"percentile_approx", "collect_set", "date_format", "explode"} <= spark.scalar
    assert len(spark.scalar) > 450
    assert not any("json_to_record" in name for name in spark.scalar)  # PostgreSQL's, which sqlglot lists for all

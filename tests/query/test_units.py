"""Units of time that are words of the language stay bare, and everything else in such a call stays a column."""

from __future__ import annotations

import pytest
from sqlglot import exp

from aiser_jupyter.query import syntax


def tree(call, dialect):
    sql = f"SELECT {call} FROM t"
    (found,) = syntax.parse(syntax.tokens(sql, dialect), sql, dialect)
    return found


@pytest.mark.parametrize(
    ("dialect", "call", "rendered"),
    [
        ("snowflake", "date_trunc(month, x)", 'date_trunc(MONTH, "X")'),
        ("snowflake", "date_trunc('month', x)", """date_trunc('month', "X")"""),
        ("snowflake", "DATEADD(day, n, x)", 'DATEADD(DAY, "N", "X")'),
        ("snowflake", "datediff(month, x, y)", 'datediff(MONTH, "X", "Y")'),
        ("snowflake", "timestampdiff(hour, x, y)", 'timestampdiff(HOUR, "X", "Y")'),
        ("snowflake", "last_day(x)", 'last_day("X")'),
        ("snowflake", "last_day(x, quarter)", 'last_day("X", QUARTER)'),
        ("snowflake", "date_part(year, x)", 'date_part(YEAR, "X")'),
        ("snowflake", "extract(year FROM x)", 'DATE_PART(YEAR, "X")'),
        ("snowflake", "time_slice(x, 4, month)", 'time_slice("X", 4, MONTH)'),
        ("bigquery", "date_trunc(x, MONTH)", "date_trunc(`x`, MONTH)"),
        ("bigquery", "DATE_TRUNC(x, WEEK(MONDAY))", "DATE_TRUNC(`x`, WEEK(MONDAY))"),
        ("bigquery", "timestamp_trunc(x, DAY, 'UTC')", "timestamp_trunc(`x`, DAY, 'UTC')"),
        ("bigquery", "timestamp_trunc(x, DAY, zone)", "timestamp_trunc(`x`, DAY, `zone`)"),
        ("bigquery", "date_diff(x, y, ISOWEEK)", "date_diff(`x`, `y`, ISOWEEK)"),
        ("bigquery", "datetime_diff(x, y, WEEK(SUNDAY))", "datetime_diff(`x`, `y`, WEEK(SUNDAY))"),
        ("bigquery", "last_day(x, ISOYEAR)", "last_day(`x`, ISOYEAR)"),
        ("bigquery", "date_add(x, INTERVAL n DAY)", "date_add(`x`, INTERVAL `n` DAY)"),
        ("bigquery", "extract(WEEK(MONDAY) FROM x)", "EXTRACT(WEEK(MONDAY) FROM `x`)"),
        ("tsql", "dateadd(month, datediff(month, 0, x), 0)", "dateadd(month, datediff(month, 0, [x]), 0)"),
        ("mssql", "datetrunc(iso_week, x)", "datetrunc(iso_week, [x])"),
        ("tsql", "date_bucket(week, 1, x, y)", "date_bucket(week, 1, [x], [y])"),
        ("tsql", "datename(dw, x)", "datename(dw, [x])"),
        ("redshift", "dateadd(month, n, x)", 'dateadd(month, "n", "x")'),
        ("redshift", "datediff(qtr, x, y)", 'datediff(qtr, "x", "y")'),
        ("redshift", "date_part(dow, x)", 'date_part(dow, "x")'),
        ("redshift", "date_trunc('month', x)", """date_trunc('month', "x")"""),
        ("redshift", "last_day(x)", 'last_day("x")'),
        ("spark", "dateadd(DAY, n, x)", "dateadd(DAY, `n`, `x`)"),
        ("spark", "date_add(x, n)", "date_add(`x`, `n`)"),
        ("spark", "datediff(x, y)", "datediff(`x`, `y`)"),
        ("databricks", "datediff(MONTH, x, y)", "datediff(MONTH, `x`, `y`)"),
        ("spark", "date_trunc('month', x)", "date_trunc('month', `x`)"),
        ("spark", "trunc(x, 'MM')", "trunc(`x`, 'MM')"),
        ("spark", "extract(year FROM x)", "EXTRACT(YEAR FROM `x`)"),
        ("mysql", "timestampdiff(DAY, x, y)", "timestampdiff(DAY, `x`, `y`) AS `timestampdiff(DAY, x, y)`"),
        ("mysql", "datediff(x, y)", "datediff(`x`, `y`) AS `datediff(x, y)`"),
        ("clickhouse", "dateDiff(day, x, y)", 'dateDiff(day, "x", "y")'),
        ("postgres", "date_trunc('month', x)", """date_trunc('month', "x")"""),
        ("duckdb", "date_diff('day', x, y)", """date_diff('day', "x", "y")"""),
    ],
)
def test_units_stay_as_they_were_typed(dialect, call, rendered):
    text = syntax.render(tree(call, dialect), dialect).partition("SELECT ")[2].rpartition(" FROM ")[0]
    assert text == rendered
    # What is rendered is read as the same once more.
    assert (
        syntax.render(tree(rendered.partition(" AS ")[0], dialect), dialect)
        .partition("SELECT ")[2]
        .startswith(rendered.partition(" AS ")[0])
    )


@pytest.mark.parametrize(
    ("dialect", "call", "columns"),
    [
        ("duckdb", "date_trunc('month', secret)", {"secret"}),
        ("postgres", "date_trunc('month', secret)", {"secret"}),
        ("duckdb", "date_diff('day', x, secret)", {"x", "secret"}),
        ("spark", "datediff(secret, y)", {"secret", "y"}),
        ("mysql", "datediff(secret, y)", {"secret", "y"}),
        ("snowflake", "date_trunc(month, secret)", {"SECRET"}),
        ("bigquery", "date_trunc(secret, MONTH)", {"secret"}),
        ("tsql", "datediff(day, secret, y)", {"secret", "y"}),
    ],
)
def test_no_column_is_taken_for_a_unit(dialect, call, columns):
    assert {column.name for column in tree(call, dialect).find_all(exp.Column)} == columns

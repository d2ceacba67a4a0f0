"""What the guard lets through means the same; what it stops, it stops with a reason."""

import doctest
from pathlib import Path

import databases
import duckdb
import pytest
from sqlglot import exp, parse_one

from aiser_jupyter.query.guard import MAX_DEPTH, MAX_LENGTH, check

STATEMENTS = Path(__file__).parent / "statements"
DIALECTS = ("duckdb", "mysql", "postgres", "sqlite", "tsql")
PER_RUN = ("explain", "random", "uuid", "now")


def lines(kind, *dialects):
    return [
        (dialect, line)
        for dialect in dialects or DIALECTS
        for line in (STATEMENTS / f"{kind}_{dialect}.sql").read_text().splitlines()
        if line
    ]


@pytest.fixture(scope="module")
def in_duckdb():
    return databases.in_duckdb()


@pytest.fixture(scope="module")
def in_sqlite():
    return databases.in_sqlite()


def rows(connection, sql):
    cursor = connection.execute(sql)
    return sorted(map(repr, cursor.fetchall()))


def names(connection, sql):
    return [column[0] for column in connection.execute(sql).description]


@pytest.mark.parametrize(("dialect", "sql"), lines("benign"))
def test_reading_statements_pass_and_read_back_as_themselves(dialect, sql):
    verdict = check(sql, dialect)
    assert verdict.reason == ""
    assert verdict.allowed
    again = check(verdict.sql, dialect)
    assert (again.sql, again.tables, again.kind) == (verdict.sql, verdict.tables, verdict.kind)


@pytest.mark.parametrize(("dialect", "sql"), lines("attacks"))
def test_attacks_are_refused_with_a_sentence(dialect, sql):
    verdict = check(sql, dialect, files=False)
    assert not verdict.allowed
    assert verdict.sql == ""
    assert verdict.reason.endswith((".", "?"))
    assert "\n" not in verdict.reason


@pytest.mark.parametrize("sql", [sql for _, sql in lines("benign", "duckdb")])
def test_rewritten_statements_give_the_same_rows_in_duckdb(sql, in_duckdb):
    connection = in_duckdb
    rewritten = check(sql, "duckdb").sql
    if sql.startswith(PER_RUN):
        assert len(rows(connection, rewritten)) > 0
    else:
        assert rows(connection, rewritten) == rows(connection, sql)


@pytest.mark.parametrize("sql", [sql for _, sql in lines("benign", "sqlite")])
def test_rewritten_statements_give_the_same_rows_and_names_in_sqlite(sql, in_sqlite):
    connection = in_sqlite
    rewritten = check(sql, "sqlite").sql
    assert rows(connection, rewritten) == rows(connection, sql)
    assert names(connection, rewritten) == names(connection, sql)


@pytest.mark.skipif(not databases.has_postgres(), reason="needs Debian's postgresql")
def test_rewritten_statements_give_the_same_rows_in_postgres():
    statements = [sql for _, sql in lines("benign", "postgres") if not sql.startswith("explain")]
    rewritten = [check(sql, "postgres").sql for sql in statements]
    with databases.in_postgres() as run:
        before, after = run(statements), run(rewritten)
    for sql, expected, got in zip(statements, before, after, strict=True):
        assert not any("ERROR" in line for line in expected), sql
        assert got == expected, sql


def test_a_misspelt_column_is_an_error_in_sqlite_and_no_text():
    with pytest.raises(Exception, match="no such column"):
        databases.in_sqlite().execute(check("select totl from orders", "sqlite").sql)


def test_a_text_in_double_quotes_stays_one_in_sqlite():
    assert len(rows(databases.in_sqlite(), check('select id from orders where region = "north"', "sqlite").sql)) == 2


def test_a_comma_join_is_left_to_the_planner_of_sqlite():
    assert "CROSS" not in check("select * from orders, customers", "sqlite").sql


def test_postgres_names_are_folded_before_they_are_quoted():
    assert check('select Id, "Id" as Total from Orders', "postgres").sql == 'SELECT "id", "Id" AS "total" FROM "orders"'


@pytest.mark.parametrize(
    ("dialect", "expected"), [("duckdb", "$since"), ("sqlite", ":since"), ("postgres", ":since"), ("mysql", ":since"), ("tsql", ":since")]
)
def test_named_parameters_survive(dialect, expected):
    assert check("select * from orders where total > :since and id = ?", dialect).sql.count(expected) == 1


def test_dollar_parameters_survive_in_duckdb():
    sql = check("select $a, $a + 1 as b from orders where region = $b order by 1 limit 1", "duckdb").sql
    assert databases.in_duckdb().execute(sql, {"a": 1, "b": "north"}).fetchall() == [(1, 2)]


def test_comments_are_dropped():
    assert check("select /* a */ 1 -- b", "duckdb").sql == "SELECT 1"


@pytest.mark.parametrize(
    ("dialect", "sql", "tables"),
    [
        ("duckdb", "select * from Orders o join main.customers c using (id)", ("Orders", "main.customers")),
        ("duckdb", "with t as (select * from t) select * from t", ("t",)),
        ("duckdb", "with recursive t as (select 1 as x union all select x + 1 from t) select * from t", ()),
        ("duckdb", "with a as (select * from b), b as (select 1) select * from a, b", ("b",)),
        ("duckdb", "with customers as (select * from main.customers) select * from customers", ("main.customers",)),
        ("duckdb", "select * from (with x as (select 1) select * from x) join x on true", ("x",)),
        ("sqlite", "with r(x) as (select 1 union all select x + 1 from r) select * from r", ()),
        ("postgres", 'select * from Public.Orders, "Mixed"', ("public.orders", "Mixed")),
        ("duckdb", "select (select max(a) from x) from y where exists (from z)", ("x", "y", "z")),
        ("duckdb", "pivot orders on region using sum(total)", ("orders",)),
        ("duckdb", "select * from range(3)", ()),
        ("duckdb", "describe orders", ("orders",)),
        ("duckdb", "explain select * from orders", ("orders",)),
        ("duckdb", "select * from orders, orders o2", ("orders",)),
    ],
)
def test_the_tables_are_the_real_ones(dialect, sql, tables):
    assert sorted(check(sql, dialect).tables) == sorted(tables)


def test_the_functions_are_those_called():
    assert check("select Sum(x), lower(y), sum(z) from t", "duckdb").functions == ("sum", "lower")


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("select 1", "select"), ("from orders", "select"), ("values (1)", "select"), ("explain select 1", "explain"), ("describe orders", "describe"),
        ("show tables", "show"), ("summarize orders", "summarize"), ("delete from orders", "write"), ("attach 'x'", "unknown"),
    ],
)  # fmt: skip
def test_each_statement_has_its_kind(sql, kind):
    assert check(sql, "duckdb").kind == kind


@pytest.mark.parametrize(
    ("dialect", "sql", "words"),
    [
        ("duckdb", "selct 1", "did you mean SELECT?"),
        ("duckdb", "select a form t", "Line 1, column 10: form is not understood here; did you mean FROM?"),
        ("duckdb", "select a\nfrom t\nwhere where", "Line 3, column 7"),
        ("duckdb", "select coutn(*) from t", "Did you mean count"),
        ("duckdb", "select 'abc", "no end"),
        ("duckdb", "select 1; select 2", "one statement"),
        ("duckdb", "delete from t", "write=True"),
        ("duckdb", "from '../x.csv'", "ws.add"),
        ("duckdb", "from read_parquet('x')", "ws.add"),
        ("postgres", "select * from t for update", "FOR UPDATE"),
        ("mysql", "select @a", ":name"),
        ("tsql", "select 1 delete from t", "begins another statement"),
        ("klingon", "select 1", "no SQL dialect"),
        ("duckdb", "", "no statement"),
        ("duckdb", "select '\0'", "NUL"),
    ],
)
def test_refusals_teach(dialect, sql, words):
    assert words in check(sql, dialect).reason


def test_known_tables_are_suggested():
    verdict = check("select * from ordrs", "duckdb", tables=("orders", "customers"))
    assert verdict.reason == "There is no table ordrs. Did you mean orders?"
    assert check("select * from main.Orders", "duckdb", tables=("orders",)).allowed
    assert check("select * from information_schema.tables", "duckdb", tables=("orders",)).allowed


def test_a_table_that_is_there_may_be_called_like_a_file():
    assert check('select * from "sales.csv"', "duckdb", tables=("sales.csv",)).allowed
    assert check('select * from "orders 2024"', "duckdb").allowed


def test_further_functions_may_be_named():
    assert not check("select my_udf(1)", "duckdb").allowed
    assert check("select My_Udf(1)", "duckdb", functions=("my_udf",)).allowed


@pytest.mark.parametrize(
    ("dialect", "sql"),
    [
        ("duckdb", "insert into customers select id, region, 'x', null from orders"), ("duckdb", "update orders set total = 0 where id = 1"), ("duckdb", "delete from orders where id = 1"),
        ("duckdb", "create table x as select * from orders"), ("duckdb", "create or replace view v as select 1"), ("duckdb", "drop table if exists orders"),
        ("duckdb", "alter table orders add column x int"), ("duckdb", "truncate orders"), ("sqlite", "insert or replace into words values (1, 2, 3)"),
        ("sqlite", "create table x (a integer primary key, b text not null default 'x', unique (b))"), ("postgres", "insert into t (a) values (1) on conflict (a) do update set b = 2 returning a"),
    ],
)  # fmt: skip
def test_writing_needs_leave(dialect, sql):
    assert not check(sql, dialect).allowed
    verdict = check(sql, dialect, write=True)
    assert (verdict.allowed, verdict.kind) == (True, "write")
    if dialect != "postgres":
        connection = {"duckdb": databases.in_duckdb, "sqlite": databases.in_sqlite}[dialect]()
        connection.execute(verdict.sql)


NEVER = (
    "copy orders to '/tmp/x'", "attach 'x'", "install httpfs", "load httpfs", "set threads = 1", "pragma threads = 1", "create table x as from 'f.csv'", "insert into orders select * from read_csv('x')",
    "delete from orders; drop table orders", "with d as (delete from orders returning *) select * from d", "create macro f(x) as x", "drop database x", "insert into t select getenv('x')", "call f()",
    "export database 'x'", "create secret s (type s3)", "explain delete from orders", "use x",
)  # fmt: skip


@pytest.mark.parametrize("sql", NEVER)
def test_leave_to_write_is_no_leave_for_more(sql):
    assert not check(sql, "duckdb", write=True).allowed


def test_leave_to_write_opens_no_attack_that_is_not_a_plain_write():
    plain = {exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Alter, exp.TruncateTable}
    for dialect, sql in lines("attacks"):
        verdict = check(sql, dialect, write=True, files=False)
        if verdict.allowed:
            assert verdict.kind == "write"
            assert type(parse_one(verdict.sql, read=dialect)) in plain


def test_where_files_may_be_named_an_attack_names_at_most_a_table_that_is_not_there():
    for dialect, sql in lines("attacks"):
        verdict = check(sql, dialect)
        if verdict.allowed:
            assert dialect == "duckdb"
            assert verdict.files
            with pytest.raises((duckdb.CatalogException, duckdb.PermissionException), match=r"does not exist|Cannot access file"):
                databases.in_duckdb().execute("SET enable_external_access = false").execute(verdict.sql)


def test_long_and_deep_statements_are_refused():
    assert "characters" in check(f"select {'1,' * MAX_LENGTH} 1", "duckdb").reason
    assert "deep" in check(f"select {'(' * MAX_DEPTH * 2}1{')' * MAX_DEPTH * 2}", "duckdb").reason
    assert check(f"select {'(' * 20}1{')' * 20}", "duckdb").allowed
    assert not check("select " + "not " * 20_000 + "true", "duckdb").allowed


@pytest.mark.parametrize("dialect", ["snowflake", "bigquery", "oracle", "trino", "databricks", "redshift"])
def test_other_dialects_are_held_to_the_functions_sqlglot_knows(dialect):
    assert check("select region, sum(total) as s from orders group by region order by s desc", dialect).allowed
    for sql in ("delete from orders", "select unheard_of(1)", "select system$abort_session(1)", "select 1; select 2", "call p()"):
        assert not check(sql, dialect).allowed


def test_the_examples_of_the_manual_are_true():
    manual = Path(__file__).parents[2] / "docs" / "guard.md"
    assert doctest.testfile(str(manual), module_relative=False) == (0, 9)


@pytest.mark.parametrize(
    ("sql", "dialect", "says"),
    [
        ('WITH "PG_AUTHID" AS (SELECT 1 AS x) SELECT * FROM pg_authid', "postgres", "belongs to the database itself"),
        ('WITH "pg_\u017fhadow" AS (SELECT 1 AS x) SELECT * FROM pg_shadow', "postgres", "belongs to the database itself"),
        ('WITH "x.c\u017fv" AS (SELECT 1 AS x) SELECT * FROM "x.csv"', "duckdb", "names a file"),
        ("WITH t AS (SELECT 1 AS x) SELECT * FROM T", "duckdb", ""),
        ("WITH t AS (SELECT 1 AS x) SELECT * FROM T", "postgres", ""),
        ("WITH t AS (SELECT 1 AS x) SELECT * FROM T", "tsql", ""),
    ],
)
def test_a_with_of_nearly_the_name_lets_nothing_be_read(sql, dialect, says):
    verdict = check(sql, dialect, tables=("orders",))
    assert verdict.allowed == (not says)
    assert says in verdict.reason

from __future__ import annotations

import re

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiser_jupyter.errors import UsageError
from aiser_jupyter.query.guard import check
from aiser_jupyter.query.parameters import bind, inlined, names, spread, to_engine


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("SELECT :a", "SELECT $a"),
        ("SELECT ':a', \":b\", x -- :c\n/* :d */", "SELECT ':a', \":b\", x -- :c\n/* :d */"),
        ("SELECT x::INT, :a::INT, (:a)::date", "SELECT x::INT, $a::INT, ($a)::date"),
        ("SELECT x[1:2], x[1:n], x[:n], x[a:], [:p, :q]", "SELECT x[1:2], x[1:n], x[:n], x[a:], [$p, $q]"),
        ("SELECT x[1: :n], {'k':v, 'j': :p}", "SELECT x[1: $n], {'k':v, 'j': $p}"),
        ("SELECT j->'$.a:b', m: v FROM t", "SELECT j->'$.a:b', m: v FROM t"),
        ("SELECT CASE WHEN a THEN :x ELSE :y END", "SELECT CASE WHEN a THEN $x ELSE $y END"),
        ("SELECT a FROM t WHERE d BETWEEN :date AND :end LIMIT :limit", "SELECT a FROM t WHERE d BETWEEN $date AND $end LIMIT $limit"),
        ("SELECT 'never closed :a", "SELECT 'never closed :a"),
        ("SELECT a FROM t WHERE a IN (:a,:b)", "SELECT a FROM t WHERE a IN ($a,$b)"),
        ("SELECT date:day, {date:day}, lambda x: x + :k", "SELECT date:day, {date:day}, lambda x: x + $k"),
        ("SELECT $$ :a $$, $tag$ :b $tag$, :c", "SELECT $$ :a $$, $tag$ :b $tag$, $c"),
        ("SELECT /* a /* :b */ :c */ :d", "SELECT /* a /* :b */ :c */ $d"),
        ("SELECT TIME '12:30', j @> '{\"a\": :b}', :p", "SELECT TIME '12:30', j @> '{\"a\": :b}', $p"),
    ],
)
def test_writes_a_parameter_only_where_one_is(sql, written):
    assert to_engine(sql, "duckdb") == written


@pytest.mark.parametrize(
    ("dialect", "sql", "found"),
    [
        ("sqlite", "SELECT :a, :b, :a", ("a", "b")),
        ("sqlite", 'SELECT [a:b], `c:d`, "e:f", :g', ("g",)),
        ("postgres", "SELECT x[1:2], x[:n], x[1: :n], ARRAY[:a], :b::int[]", ("n", "a", "b")),
        ("postgres", r"SELECT E'\':a', U&'d:b', $$ :c $$, $t$ :d $t$, :e", ("e",)),
        ("postgres", "SELECT j->>'a:b', j #> '{a:b}' FROM t WHERE j @> :x AND t.d > :since", ("x", "since")),
        ("postgres", "SELECT '{\"a\": :b}'::json -> 'x', '10:30'::time, timestamp '2026-01-01 10:00:00' + :gap", ("gap",)),
        ("postgres", "EXPLAIN (FORMAT JSON) SELECT * FROM t WHERE a = :a", ("a",)),
        ("mysql", "SELECT \"a:b\", 'a\\':b', `c:d`, :x -- :y\n# :z", ("x",)),
        ("tsql", "SELECT [a:b], N'x:y' FROM t WHERE a BETWEEN :low AND :high", ("low", "high")),
        ("oracle", "SELECT q'[it's :a]', :x FROM dual", ("x",)),
        ("snowflake", "SELECT v:a.b::int, $$ :c $$ FROM t WHERE v:k = :x // :y", ("x",)),
        ("bigquery", "SELECT r'a:b', \"c:d\", `e:f` FROM t LIMIT :n", ("n",)),
        ("duckdb", "SELECT $a,$b, :c", ("a", "b", "c")),
    ],
)
def test_names_are_found_in_every_dialect(dialect, sql, found):
    assert names(sql, dialect) == found


@pytest.mark.parametrize("dialect", ["duckdb", "sqlite", "postgres", "mysql", "tsql", "oracle", "snowflake", "bigquery"])
def test_a_checked_statement_keeps_its_parameters(dialect):
    verdict = check("SELECT a FROM t WHERE a IN (:a,:b) AND b = :select OR NOT c LIKE :c", dialect)
    assert (verdict.reason, names(verdict.sql, dialect)) == ("", ("a", "b", "select", "c"))


@pytest.mark.parametrize("sql", ["SELECT x[1:n], x[:n], x[n:], x[:] FROM (SELECT [1, 2, 3] AS x, 2 AS n)", "SELECT [1, 2, 3][:2]"])
def test_a_slice_is_no_parameter_and_runs(sql):
    verdict = check(sql, "duckdb")
    assert names(verdict.sql, "duckdb") == ()
    assert duckdb.execute(verdict.sql).fetchone() == duckdb.execute(sql).fetchone()


def test_a_parameter_may_be_the_end_of_a_slice():
    verdict = check("SELECT [1, 2, 3][1: :n]", "duckdb")
    assert duckdb.execute(verdict.sql, {"n": 2}).fetchone() == ([1, 2],)


def test_a_parameter_that_the_engine_would_read_as_text_is_refused():
    assert "INTERVAL '1 day' * :n" in check("SELECT day - interval :n day FROM t", "postgres").reason


quoted = st.text(alphabet="ab:$'-/* \n", max_size=12).map(lambda text: "'" + text.replace("'", "''") + "'")
commented = st.text(alphabet="ab:$' ", max_size=12).map(lambda text: f"/* {text} */ 0")
cast = st.sampled_from(["1::INT", "[1,2,3][1:2]", "[1,2,3][2:]", "{'k': 1}", "'1':: INT"])
parameter = st.sampled_from([":a", ":b", "(:a)", ":a::INT", "[:a, :b]"])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(quoted, commented, cast, parameter), min_size=1, max_size=6))
def test_what_is_rewritten_means_the_same_to_the_engine(parts):
    sql = f"SELECT {', '.join(parts)}"
    written = to_engine(sql, "duckdb")
    assert len(written) == len(sql)
    given_values = {"a": 1, "b": 2}
    used = {name for part in parts for name in given_values if f":{name}" in part and not part.startswith(("'", "/*"))}
    row = duckdb.execute(written, {name: given_values[name] for name in used} or None).fetchone()
    for value, part in zip(row, parts, strict=True):
        if part.startswith("'") and not part.endswith("INT"):
            assert value == part[1:-1].replace("''", "'")


def test_a_dollar_name_is_a_parameter_too():
    assert to_engine("SELECT $a, '$b', x$c, $1", "postgres") == "SELECT :a, '$b', x$c, $1"
    assert names("SELECT $a, $$ $b $$", "postgres") == ("a",)
    assert to_engine("SELECT $a", "sqlite") == "SELECT :a"


def test_binds_only_what_is_named():
    assert bind(("b", "a"), {"a": 1, "b": 2}) == {"b": 2, "a": 1}
    with pytest.raises(UsageError, match=":c has no value"):
        bind(("c",), {})
    with pytest.raises(UsageError, match="names no parameter :d"):
        bind((), {"d": 1})


TEXTS = {
    "duckdb": ["'{}'", '"{}"', "$${}$$", "$x${}$x$", "/* {} */ 1", "E'{}'"],
    "postgres": ["'{}'", '"{}"', "$${}$$", "$x${}$x$", "/* {} */ 1", "E'{}'"],
    "mysql": ["'{}'", '"{}"', "`{}`", "/* {} */ 1"],
    "sqlite": ["'{}'", '"{}"', "`{}`", "[{}]", "/* {} */ 1"],
    "tsql": ["'{}'", '"{}"', "[{}]", "/* {} */ 1"],
    "bigquery": ["'{}'", '"{}"', "`{}`", "/* {} */ 1"],
}
inside = st.text(alphabet="ab: ,(", max_size=10)
outside = st.sampled_from([":one", "(:two)", ":three::int", "f(:four)", "a + :five", "CASE WHEN :six THEN :seven END"])


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(TEXTS)), st.data())
def test_no_text_name_or_comment_ever_holds_a_parameter(dialect, data):
    hidden = st.builds(str.format, st.sampled_from(TEXTS[dialect]), inside)
    parts = data.draw(st.lists(st.one_of(hidden, outside), min_size=1, max_size=6))
    wanted = [
        name for part in parts for name in re.findall(r":([a-z]+)", part) if name in ("one", "two", "three", "four", "five", "six", "seven")
    ]
    assert names(f"SELECT {', '.join(parts)} FROM t", dialect) == tuple(dict.fromkeys(wanted))


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("SELECT 1 WHERE x IN :ids", "SELECT 1 WHERE x IN (:ids_1, :ids_2)"),
        ("SELECT 1 WHERE x not in (:ids) AND y > :n", "SELECT 1 WHERE x not in (:ids_1, :ids_2) AND y > :n"),
        (
            "SELECT 1 WHERE x IN (:ids, 7) OR z IN ( /* all */ :ids )",
            "SELECT 1 WHERE x IN (:ids_1, :ids_2, 7) OR z IN ( /* all */ :ids_1, :ids_2 )",
        ),
        ("SELECT ':ids', x FROM t -- in :ids", "SELECT ':ids', x FROM t -- in :ids"),
    ],
)
def test_a_list_behind_in_gets_a_parameter_an_entry(sql, written):
    text, values = spread(sql, "postgres", {"ids": [3, 4], "n": 1})
    assert text == written
    assert values == ({"ids_1": 3, "ids_2": 4, "n": 1} if ":ids_1" in written else {"ids": [3, 4], "n": 1})


def test_a_list_elsewhere_stays_one_value_and_names_do_not_clash():
    assert spread("SELECT :ids = ANY(:ids)", "postgres", {"ids": [1]}) == ("SELECT :ids = ANY(:ids)", {"ids": [1]})
    text, values = spread("SELECT 1 IN :a, 2 = ANY(:a), :a_1", "postgres", {"a": (5,), "a_1": 9})
    assert (text, values) == ("SELECT 1 IN (:a_1_), 2 = ANY(:a), :a_1", {"a": (5,), "a_1": 9, "a_1_": 5})


def test_an_empty_list_is_no_condition():
    with pytest.raises(UsageError, match=r"The list :a is empty"):
        spread("SELECT 1 WHERE 1 IN :a", "sqlite", {"a": []})


def test_a_value_without_a_literal_in_the_dialect_stays_a_parameter():
    assert inlined("SELECT :a AS a", "mysql", {"a": [1, 2]}) == "SELECT :a AS a"


def test_a_column_is_a_list_too():
    numpy, pandas, polars = (pytest.importorskip(name) for name in ("numpy", "pandas", "polars"))
    for column in (numpy.array([1, 2]), pandas.Series([1, 2]), pandas.Index([1, 2]), polars.Series([1, 2]), range(1, 3), (1, 2)):
        text, values = spread("SELECT 1 WHERE 1 IN :a", "duckdb", {"a": column})
        assert (text, values) == ("SELECT 1 WHERE 1 IN (:a_1, :a_2)", {"a_1": 1, "a_2": 2})
    assert spread("SELECT 1 IN (:a)", "duckdb", {"a": numpy.int64(1)})[0] == "SELECT 1 IN (:a)"

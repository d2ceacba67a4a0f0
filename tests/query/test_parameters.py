from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiser_jupyter.errors import UsageError
from aiser_jupyter.query.parameters import bind, names, to_engine


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
    ],
)
def test_writes_a_parameter_only_where_one_is(sql, written):
    assert to_engine(sql, "duckdb") == written


def test_other_engines_read_the_colon_themselves():
    assert to_engine("SELECT :a", "sqlite") == "SELECT :a"
    assert names("SELECT :a, :b, :a", "sqlite") == ("a", "b")


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


def test_binds_only_what_is_named():
    assert bind(("b", "a"), {"a": 1, "b": 2}) == {"b": 2, "a": 1}
    with pytest.raises(UsageError, match=":c has no value"):
        bind(("c",), {})
    with pytest.raises(UsageError, match="names no parameter :d"):
        bind((), {"d": 1})

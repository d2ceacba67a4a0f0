from __future__ import annotations

import duckdb
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aiser_jupyter.query.format_sql import format_sql
from aiser_jupyter.query.tokens import words


def test_one_clause_a_line_and_long_lists_one_entry_a_line():
    sql = (
        "with a as (select id, sum(x) as total from t group by id) select a.id, b.total, case when a.id=1 and b.total>2 then 'x' else 'y' end as kind, "
        "coalesce(a.name, 'none') as name from a left join b on a.id=b.id where b.y between 1 and 2 and b.z is not distinct from 3 order by 1 desc limit 5"
    )
    assert format_sql(sql, "duckdb") == (
        "WITH a AS (\n    SELECT id, sum(x) AS total\n    FROM t\n    GROUP BY id\n)\nSELECT\n    a.id,\n    b.total,\n"
        "    CASE WHEN a.id = 1 AND b.total > 2 THEN 'x' ELSE 'y' END AS kind,\n    coalesce(a.name, 'none') AS name\nFROM a\n"
        "LEFT JOIN b ON a.id = b.id\nWHERE b.y BETWEEN 1 AND 2\n    AND b.z IS NOT DISTINCT FROM 3\nORDER BY 1 DESC\nLIMIT 5"
    )


def test_comments_texts_and_names_stay_as_they_are():
    sql = "select a, -- the first, select\n 'From  x' as \"Where y\" /* and or */ from t -- end"
    laid = format_sql(sql, "postgres")
    for kept in ("-- the first, select\n", "'From  x'", '"Where y"', "/* and or */", "-- end"):
        assert kept in laid


def test_templates_stay_as_they_are():
    assert (
        format_sql("select * from t where a = {{ x in y }} {% if z and w %} and b=1 {% endif %}", "duckdb").count("{% if z and w %}") == 1
    )


@pytest.mark.parametrize("sql", ["select 'open", 'select "open', "", "   "])
def test_what_is_not_closed_is_left_alone(sql):
    assert format_sql(sql, "duckdb") == sql


@pytest.mark.parametrize(
    ("dialect", "sql", "kept"),
    [
        ("mysql", 'select `a b`, "From" from t # note', ["`a b`", '"From"', "# note"]),
        ("tsql", "select [order by], N'x' from t", ["[order by]", "N'x'"]),
        ("postgres", "select x::int, a->>'k', $$ from $$, b #>> '{a}' from t", ["x::int", "a->>'k'", "$$ from $$", "b #>> '{a}'"]),
        ("oracle", "select q'[it's from]' from dual", ["q'[it's from]'"]),
    ],
)
def test_each_dialect_keeps_its_own_words(dialect, sql, kept):
    laid = format_sql(sql, dialect)
    assert all(text in laid for text in kept)


def meaning(sql, dialect):
    """The words without what may change: blanks, those at the end of a comment too, and the case of bare words."""
    return [
        (word.upper or word.text).rstrip() if word.kind == "comment" else word.upper or word.text
        for word in words(sql, dialect, comments=True)
    ]


PIECES = st.sampled_from(
    [
        "select",
        "from",
        "where",
        "and",
        "or",
        "between",
        "case",
        "when",
        "then",
        "else",
        "end",
        "a",
        "b",
        "t.from",
        "x1",
        ",",
        ",",
        "(",
        ")",
        "=",
        "<>",
        "<",
        ">=",
        "-",
        "-1",
        "+",
        "*",
        "/",
        "||",
        "::",
        "->",
        "->>",
        "'it''s'",
        '"Q',
        'n"',
        "/*c*/",
        "[1:2]",
        "1",
        "2.5",
        "group",
        "by",
        "order",
        "limit",
        "join",
        "left",
        "on",
        "using",
        "with",
        "as",
        "union",
        "all",
        "in",
        "not",
        "is",
        "null",
        "distinct",
        ":p",
        "$1",
        "@>",
        "values",
    ]
)


@settings(max_examples=400, deadline=None)
@given(
    st.lists(st.tuples(PIECES, st.sampled_from(["", " ", "\n", "  ", " -- n\n"])), max_size=30),
    st.sampled_from(["duckdb", "postgres", "mysql", "sqlite"]),
)
def test_no_word_changes_and_a_second_time_changes_nothing(pieces, dialect):
    sql = "".join(f"{piece}{gap}" for piece, gap in pieces)
    laid = format_sql(sql, dialect)
    assert meaning(laid, dialect) == meaning(sql, dialect)
    assert format_sql(laid, dialect) == laid


QUERIES = st.sampled_from(
    [
        "select a,b from t where a>1 and b between 1 and 3 or b is null order by a,b",
        "with q as (select a, count(*) as n from t group by a having count(*)>0) select q.a, t.b from q join t on q.a=t.a where exists(select 1 from t u where u.a=q.a) order by 1,2",
        "select case when a=1 and b=2 then 'x' else 'from' end as k, a-(-1) as m from (select * from t) s order by 1,2",
        "select distinct a from t union all select b from t order by 1",
        "select a, sum(b) over (partition by a order by b rows between 1 preceding and current row) as s from t order by 1,2",
    ]
)


@settings(max_examples=60, deadline=None)
@given(QUERIES, st.data())
def test_it_gives_the_same_rows(sql, data):
    blanks = data.draw(
        st.lists(st.sampled_from([" ", "\n", "\t ", " /* c */ ", " -- c\n"]), min_size=sql.count(" "), max_size=sql.count(" "))
    )
    parts = sql.split(" ")
    spaced = parts[0] + "".join(gap + part for gap, part in zip(blanks, parts[1:], strict=True))
    assume("'" not in spaced or spaced.count("'") == sql.count("'"))
    with duckdb.connect() as con:
        con.execute("create table t as select * from (values (1, 2), (1, 5), (2, 3), (3, null)) v(a, b)")
        assert con.execute(format_sql(spaced, "duckdb")).fetchall() == con.execute(spaced).fetchall()

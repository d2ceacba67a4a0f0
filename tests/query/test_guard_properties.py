"""What holds for any text: the guard answers, agrees with itself, and lets nothing through that writes."""

import sqlite3
from pathlib import Path

import databases
import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlglot import exp, parse
from sqlglot.errors import ErrorLevel

from aiser_jupyter.query.guard import check

STATEMENTS = Path(__file__).parent / "statements"
DIALECTS = ("duckdb", "mysql", "postgres", "sqlite", "tsql")
WRITES = (
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
    exp.Create,
    exp.Drop,
    exp.Alter,
    exp.TruncateTable,
    exp.Into,
    exp.Lock,
    exp.Command,
    exp.Copy,
    exp.Set,
    exp.Attach,
    exp.Pragma,
)


def lines(kind, dialect):
    return [line for line in (STATEMENTS / f"{kind}_{dialect}.sql").read_text().splitlines() if line]


BENIGN = [(dialect, line) for dialect in DIALECTS for line in lines("benign", dialect)]
ATTACKS = [(dialect, line) for dialect in DIALECTS for line in lines("attacks", dialect)]
WORDS = (
    "select from where group by order limit with as union all values table join on using insert into update delete set drop create copy to attach pragma explain describe show summarize pivot for in and or not "
    "null case when then end cast over partition ( ) ( ) , , ; ' \" ` [ ] { } -- /* */ /*! :: : = < > + - * / % || -> $$ $ @ @@ ? . .. a b t u orders 1 2.5 'x' 'x.csv' read_csv count(*) sum(a) sleep(1) pg_sleep(1) "
    "load_file('x') u&\"x\" x'41' e'\\n' \\ \x00 \u200b \u00a0 é 😀"
)
DIALECT = st.sampled_from(DIALECTS)
OPEN = {}
WORD_SALAD = st.lists(st.sampled_from(WORDS.split(" ")), max_size=25).map(" ".join)
SPLICED = st.tuples(st.sampled_from(BENIGN), st.sampled_from(ATTACKS), st.integers(0, 200), st.integers(0, 200)).map(
    lambda v: v[0][1][: v[2]] + " " + v[1][1][v[3] :]
)
SPACES = st.sampled_from([" ", "\t", "\n", "  ", " /**/ ", " /* x */ ", " -- x\n", "\r\n", "\f"])


def assert_sound(sql, dialect):
    verdict = check(sql, dialect)
    if not verdict.allowed:
        assert verdict.reason
        assert verdict.sql == ""
        return
    assert verdict.reason == ""
    again = check(verdict.sql, dialect)
    assert (again.allowed, again.sql, again.tables) == (True, verdict.sql, verdict.tables)
    if verdict.kind == "select":
        (tree,) = parse(verdict.sql, read=dialect, error_level=ErrorLevel.IGNORE)
        assert isinstance(tree, exp.Query | exp.Pivot | exp.Values)
        assert not [node for node in tree.walk() if isinstance(node, WRITES)]


@given(st.text(max_size=200), DIALECT)
@settings(max_examples=300, deadline=None)
def test_any_text_gets_a_sound_verdict(sql, dialect):
    assert_sound(sql, dialect)


@given(WORD_SALAD, DIALECT)
@settings(max_examples=1000, deadline=None)
def test_any_salad_of_words_gets_a_sound_verdict(sql, dialect):
    assert_sound(sql, dialect)


@given(SPLICED, DIALECT)
@settings(max_examples=700, deadline=None)
def test_any_splice_of_query_and_attack_gets_a_sound_verdict(sql, dialect):
    assert_sound(sql, dialect)


@given(st.sampled_from(ATTACKS), st.data())
@settings(max_examples=700, deadline=None)
def test_no_dress_of_an_attack_lets_it_through(attack, data):
    dialect, sql = attack
    if any(quote in sql for quote in "'\"`[$"):
        dressed = data.draw(SPACES) + sql + data.draw(SPACES)
    else:
        dressed = "".join(
            data.draw(SPACES) if letter == " " else data.draw(st.sampled_from([letter.lower(), letter.upper()])) for letter in sql
        )
    assert not check(dressed, dialect, files=False).allowed


@given(st.sampled_from(BENIGN), SPACES, SPACES)
@settings(max_examples=300, deadline=None)
def test_no_dress_of_a_query_changes_it(query, before, after):
    dialect, sql = query
    if not sql.lower().startswith(("show", "desc", "pragma", "explain", "summarize")):
        assert check(before + sql + after, dialect).sql == check(sql, dialect).sql


@pytest.mark.parametrize("second", ["delete from orders", "drop table orders", "select 2"])
@given(st.sampled_from(BENIGN))
@settings(max_examples=100, deadline=None)
def test_nothing_may_follow_a_query(second, query):
    dialect, sql = query
    if "--" not in sql and "#" not in sql:
        assert not check(f"{sql}; {second}", dialect).allowed


@given(st.text(min_size=1, max_size=30), DIALECT)
@settings(max_examples=300, deadline=None)
def test_a_text_stays_a_text(text, dialect):
    """What stands between quotes cannot leave them, whatever it is made of."""
    if "\0" in text or "\\" in text:
        return
    quoted = text.replace("'", "''")
    verdict = check(f"select '{quoted}' as a from t", dialect)
    assert verdict.allowed
    (tree,) = parse(verdict.sql, read=dialect)
    assert [node.this for node in tree.find_all(exp.Literal)] == [text]


OPERANDS = (
    "1",
    "2",
    "0",
    "null",
    "'1'",
    "a",
    "b",
    "-1",
    "(1)",
    "not a",
    "-a",
    "~1",
    "case when a then 1 else 2 end",
    "abs(a)",
    "(a + b)",
    "cast(a as text)",
)
OPERATORS = (
    "+", "-", "*", "/", "%", "||", "=", "<>", "<", ">", "and", "or", "is distinct from", "like", "&", "|", "<<", ">>", "in (1, 2) =", "not in (2, 3) and", "between 1 and",
    "is null =", "is not null =", "not between 0 and 2 or",
)  # fmt: skip
FORMULA = st.tuples(st.sampled_from(OPERANDS), st.lists(st.tuples(st.sampled_from(OPERATORS), st.sampled_from(OPERANDS)), max_size=4)).map(
    lambda parts: " ".join([parts[0], *(word for pair in parts[1] for word in pair)])
)


@pytest.mark.parametrize(("dialect", "connect"), [("sqlite", databases.in_sqlite), ("duckdb", databases.in_duckdb)])
@given(formula=FORMULA)
@example(formula="1 || 1 << 1 & 1")  # DuckDB 2 joins texts last, our grammar from left to right
@settings(max_examples=400, deadline=None)
def test_a_formula_keeps_its_value(dialect, connect, formula):
    """Which operator binds tighter is the engine's matter, and rewriting must not change it."""
    connection = OPEN[dialect] = OPEN.get(dialect) or connect()
    sql = f"select {formula} as x from (select 1 as a, 2 as b) as t"
    verdict = check(sql, dialect)
    try:
        expected = connection.execute(sql).fetchall()
    except (sqlite3.Error, duckdb.Error):
        return
    if verdict.allowed:
        assert repr(connection.execute(verdict.sql).fetchall()) == repr(expected)

from __future__ import annotations

import datetime as dt

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiser_jupyter.errors import UsageError
from aiser_jupyter.magics.jinja import bound, fill, has_marks, identifier, substitute
from aiser_jupyter.query import guard, parameters

NAMES = {
    "day": dt.date(2026, 1, 2),
    "ids": [1, 2],
    "who": "Ada",
    "flag": True,
    "columns": ["id", "who"],
    "empty": [],
    "os": __import__("os"),
    "_hidden": 1,
}


@pytest.mark.parametrize(
    ("template", "sql", "values"),
    [
        ("select * from t where d = {{ day }}", "select * from t where d = :aiser_1", [dt.date(2026, 1, 2)]),
        ("where id in {{ ids }}", "where id in (:aiser_1, :aiser_2)", [1, 2]),
        ("where id in ({{ ids }})", "where id in (:aiser_1, :aiser_2)", [1, 2]),
        ("where who = '{{ who }}'", "where who = :aiser_1", ["Ada"]),
        ("where who like '%{{ who }}_'", "where who like :aiser_1", ["%Ada_"]),
        (
            "select {% for c in columns %}{{ c | identifier }}{% if not loop.last %}, {% endif %}{% endfor %} from t",
            'select "id", "who" from t',
            [],
        ),
        ("select 1 {% if flag %}+ {{ ids[0] }}{% endif %}", "select 1 + :aiser_1", [1]),
        ("select 1 -- {{ who }}", "select 1 -- …", []),
        ("select * from {{ who }}", 'select * from "Ada"', []),
        ("select {{ 'a' ~ who }}", "select :aiser_1", ["aAda"]),
        ("select {{ columns | identifier }} from {{ 'main.t' | identifier }}", 'select "id", "who" from "main"."t"', []),
    ],
)
def test_values_are_bound_and_names_are_quoted(template, sql, values):
    filled = fill(template, NAMES, "duckdb")
    assert (filled.sql, list(filled.values.values())) == (sql, values)


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("select {{ whom }}", "Did you mean who?"),
        ("select {{ os }}", "os is a module"),
        ("select {{ who.__class__.__mro__ }}", "template"),
        ("select {{ ''.__class__ }}", "template"),
        ("select {{ _hidden }}", "_hidden"),
        ("select * from t where id in {{ empty }}", "empty list"),
        ("select x{{ ids[0] }}", "part of a name"),
        ('select "{{ who }}"', "quoted name"),
        ("select {% for %}", "cannot be read"),
        ("select {{ ids.append(3) }}", "template"),
        ("{% for i in range(99999) %}{% for j in range(999) %}xxxxxxxxxx{% endfor %}{% endfor %}", "longer than may run"),
        ("{% include '/etc/passwd' %}", "template"),
        ("select {{ 1 / 0 }}", "filled in"),
        ("select \ue0000\ue001", "private use"),
        ("select {{ '' | identifier }}", "cannot be a name"),
        ("select {{ 'a\nb' | identifier }}", "cannot be a name"),
        ("select {{ columns }} from t where x = {{ {'a': 1} }}", "dict"),
    ],
)
def test_what_a_template_may_not_is_said(template, says):
    with pytest.raises(UsageError, match=says.replace("?", r"\?")):
        fill(template, NAMES, "duckdb")


def test_without_jinja_bare_text_is_refused_and_not_pasted():
    with pytest.raises(UsageError, match="stands bare"):
        substitute("select {{ who }} from t", NAMES, "duckdb")
    assert substitute("select * from {{ who }} where d = {{ day }}", NAMES, "duckdb").sql == 'select * from "Ada" where d = :aiser_1'
    with pytest.raises(UsageError, match="needs --jinja"):
        substitute("select {{ day }} {% if x %}{% endif %}", NAMES, "duckdb")


def test_braces_in_a_text_are_left_alone_where_they_name_nothing():
    assert not has_marks("select '{{ nothing }}'", NAMES, "duckdb")
    assert has_marks("select '{{ who }}'", NAMES, "duckdb")
    assert has_marks("select {{ nothing }}", NAMES, "duckdb")


hostile = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "' OR 1=1 --",
            "'; DROP TABLE t; --",
            '"',
            "\\'",
            "*/ select 2 /*",
            "{{ who }}",
            "{% raw %}",
            "$$",
            ":aiser_1",
            "\ue0000\ue001",
            "x'||(select 2)||'",
        ]
    ),
)
PLACES = st.sampled_from(
    [
        "select {{ v }} as v",
        "select '{{ v }}' as v",
        "select 'a{{ v }}b' as v",
        "select v from (select {{ v }} as v) where 1 in {{ [1, 2] }}",
        "select {% if v %}{{ v }}{% else %}{{ v }}{% endif %} as v",
        "select /* {{ v }} */ {{ v }} as v -- {{ v }}",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(PLACES, hostile)
def test_no_value_ever_becomes_sql(template, value):
    filled = fill(template, {"v": value}, "duckdb")
    plain = fill(template, {"v": "x"}, "duckdb")
    assert filled.sql == plain.sql  # the text does not depend on the value
    verdict = guard.check(parameters.to_engine(filled.sql, "duckdb"), "duckdb")
    assert verdict.allowed
    row = duckdb.execute(verdict.sql, {name: filled.values[name] for name in parameters.names(verdict.sql, "duckdb")}).fetchone()
    assert row[0] == (f"a{value}b" if "a{{" in template else value)


@settings(max_examples=200, deadline=None)
@given(hostile, st.sampled_from(["duckdb", "postgres", "mysql", "tsql", "sqlite", "bigquery"]))
def test_a_name_stays_one_name(value, dialect):
    try:
        written = identifier(value, dialect)
    except UsageError:
        return
    tokens = guard.syntax.tokens(f"select {written}", dialect)
    parts = [token.text for token in tokens[1:] if token.token_type.name != "DOT"]
    assert ".".join(parts) == value


def test_several_marks_in_one_text_are_one_value():
    marked = "select '\ue0000\ue001-\ue0001\ue001'"
    assert list(bound(marked, ["a", 2], "duckdb", prefix="p").values.values()) == ["a-2"]


def test_a_cell_with_jinja_runs_with_bound_values(cell, shell, shop):
    cell(f"%sql duckdb:///{shop} --alias shop")
    cell("ids = [1, 2]\nwanted = ['id', 'quantity']")
    cell("%%sql --jinja --as found\nselect {{ wanted | identifier }} from orders\n{% if ids %}where id in {{ ids }}{% endif %} order by id")
    assert shell.user_ns["found"].rows() == [{"id": 1, "quantity": 2}, {"id": 2, "quantity": 1}]
    with pytest.raises(UsageError, match="Did you mean wanted"):
        cell("%%sql --jinja\nselect {{ wantd }}")

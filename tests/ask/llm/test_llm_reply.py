"""Whatever a model says is a plan over names that are there, one SQL text, or a typed refusal."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aiser_jupyter.ask.learned import form
from aiser_jupyter.ask.llm import plan_json, reply
from aiser_jupyter.ask.llm.mask import Values
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Condition, Defined, Formula, Item, Order, Plan, Star
from aiser_jupyter.catalog import Catalog, Column, Table
from aiser_jupyter.errors import ModelReplyError

CATALOG = Catalog(
    "shop",
    "duckdb",
    (
        Table("orders", (Column("id", "integer", "INTEGER"), Column("Day", "date", "DATE"), Column("city", "text", "VARCHAR"))),
        Table("lines", (Column("price", "number", "DOUBLE"), Column("units", "integer", "INTEGER"))),
    ),
)
REF = {"is": "ColumnRef", "table": "orders", "column": "city"}


def read(text, values=None):
    return reply.read(text, CATALOG, values or Values(shown=False, question=""))


def said(**parts):
    return json.dumps({"plan": None, "sql": None, "cannot": None, "assumptions": [], **parts})


def kind(text):
    with pytest.raises(ModelReplyError) as caught:
        read(text)
    return caught.value.kind


def test_sql_is_taken_as_text():
    found = read(said(sql=" SELECT 1 ", assumptions=["none"]))
    assert (found.plan, found.sql, found.assumptions) == (None, "SELECT 1", ("none",))


def test_a_fence_around_the_whole_is_no_prose():
    assert read(f"```json\n{said(sql='SELECT 1')}\n```").sql == "SELECT 1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "not_json"),
        ("DROP TABLE orders", "not_json"),
        ("{'sql': 'SELECT 1'}", "not_json"),
        ('{"sql": "SELECT 1"', "not_json"),
        ("```json\n" + said(sql="SELECT 1"), "prose"),
        ("Sure: " + said(sql="SELECT 1"), "prose"),
        (said(sql="SELECT 1") + said(sql="SELECT 2"), "prose"),
        ("[1]", "form"),
        ("null", "form"),
        ("NaN", "form"),
        ("{}", "form"),
        (said(), "form"),
        (said(sql="SELECT 1", cannot="no"), "form"),
        (said(sql=["SELECT 1"]), "form"),
        (said(sql=" "), "form"),
        (said(sql="SELECT 1", assumptions="many"), "form"),
        (said(sql="SELECT 1", code="import os"), "form"),
        ('{"sql": "SELECT 1", "sql": "DROP TABLE orders"}', "form"),
        ("[" * 20_000, "form"),
        (said(cannot="there are no salaries"), "declined"),
        (said(plan="SELECT 1"), "form"),
        (said(plan={"select": []}), "form"),
        (said(plan={"select": [{"expression": REF}], "exec": "import os"}), "form"),
        (said(plan={"is": "Order", "select": [{"expression": REF}]}), "form"),
        (said(plan={"select": [{"expression": REF, "aggregate": "stdev"}]}), "form"),
        (said(plan={"select": [{"expression": REF, "distinct": 1}]}), "form"),
        (said(plan={"select": [{"expression": REF}], "limit": True}), "form"),
        (said(plan={"select": [{"expression": REF}], "limit": -1}), "form"),
        (said(plan={"select": [{"expression": REF}], "limit": 1.5}), "form"),
        (said(plan={"select": [{"expression": REF, "scale": 0}]}), "form"),
        (said(plan={"select": [{"expression": {"is": "Star", "table": "orders"}, "aggregate": "sum"}]}), "form"),
        (said(plan={"select": [{"expression": REF}], "where": [{"item": {"expression": REF}, "operator": "=", "values": []}]}), "form"),
        (said(plan={"select": [{"expression": REF}], "where": [{"item": {"expression": REF}, "operator": "=", "values": [None]}]}), "form"),
        (said(plan={"select": [{"expression": {**REF, "table": "salaries"}}]}), "unknown_name"),
        (said(plan={"select": [{"expression": {**REF, "column": "salary"}}]}), "unknown_name"),
        (said(plan={"select": [{"expression": REF}], "tables": ["salaries"]}), "unknown_name"),
    ],
)
def test_each_thing_that_is_wrong_has_its_kind(text, expected):
    assert kind(text) == expected


def test_a_plan_within_a_plan_is_enough():
    inner = {"select": [{"expression": REF}]}
    once = {"select": [{"expression": REF}], "where": [{"item": {"expression": REF}, "operator": "in", "plan": inner}]}
    twice = {"select": [{"expression": REF}], "where": [{"item": {"expression": REF}, "operator": "in", "plan": once}]}
    assert read(said(plan=once)).plan.where[0].plan is not None
    assert kind(said(plan=twice)) == "form"


def test_names_are_spelled_as_the_catalog_does():
    found = read(said(plan={"select": [{"expression": {"is": "ColumnRef", "table": "ORDERS", "column": "day"}}], "tables": ["LINES"]}))
    assert found.plan == Plan((Item(ColumnRef("orders", "Day")),), tables=("lines",))


def test_marks_become_the_values_they_stand_for():
    values = Values(shown=False, question="")
    assert values.mark("O'Hara City") == "@value1"
    assert values.mark("O'Hara City") == "@value1"
    test = {"item": {"expression": REF}, "operator": "like", "values": ["%@value1%"]}
    assert read(said(plan={"select": [{"expression": REF}], "where": [test]}), values).plan.where[0].values == ("%O'Hara City%",)
    found = read(said(sql="SELECT id FROM orders WHERE city = '@value1' OR city = '@value9'"), values)
    assert found.sql == "SELECT id FROM orders WHERE city = 'O''Hara City' OR city = '@value9'"


def test_a_value_that_is_sql_stays_a_value():
    values = Values(shown=False, question="")
    values.mark("x'; DROP TABLE orders; --")
    found = read(said(sql="SELECT id FROM orders WHERE city = '@value1'"), values)
    assert found.sql == "SELECT id FROM orders WHERE city = 'x''; DROP TABLE orders; --'"


def test_assumptions_with_figures_of_their_own_are_left_out():
    assert reply.grounded(("Of 2024.", "Growth was 12%.", "None."), "orders in 2024") == ("Of 2024.", "None.")


COLUMNS = st.sampled_from([ColumnRef("orders", "id"), ColumnRef("orders", "Day"), ColumnRef("orders", "city"), ColumnRef("lines", "price")])
EXPRESSIONS = st.one_of(
    COLUMNS,
    st.builds(Star, st.sampled_from(["orders", "lines"])),
    st.builds(Bucket, COLUMNS, st.sampled_from(["day", "month", "quarter_of_year"])),
    st.builds(Formula, st.just("revenue"), st.tuples(COLUMNS, COLUMNS), st.none() | COLUMNS),
)
ITEMS = st.builds(
    lambda e, a, d, w: Item(e, "count" if isinstance(e, Star) and a else a, d, w),
    EXPRESSIONS, st.sampled_from(["", "count", "sum", "median"]), st.booleans(), st.sampled_from(["", "share", "growth"]),
)  # fmt: skip
SCALARS = st.one_of(st.integers(-(2**53), 2**53), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8))
TESTS = st.one_of(
    st.builds(Condition, ITEMS, st.sampled_from(["=", ">", "like"]), st.tuples(SCALARS)),
    st.builds(Condition, ITEMS, st.just("between"), st.tuples(SCALARS, SCALARS)),
    st.builds(Condition, ITEMS, st.just("is null")),
    st.builds(Condition, ITEMS, st.just("in"), st.just(()), st.builds(Plan, st.tuples(ITEMS))),
)
PLANS = st.builds(
    Plan, st.lists(ITEMS, min_size=1, max_size=3).map(tuple), where=st.lists(TESTS, max_size=2).map(tuple), either=st.booleans(),
    group=st.lists(EXPRESSIONS, max_size=2).map(tuple), having=st.lists(TESTS, max_size=1).map(tuple),
    order=st.lists(st.builds(Order, ITEMS, st.booleans()), max_size=2).map(tuple), limit=st.none() | st.integers(1, 1000),
    tables=st.sampled_from([(), ("orders",)]), compound=st.none() | st.tuples(st.sampled_from(["union", "except"]), st.builds(Plan, st.tuples(ITEMS))),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(PLANS)
def test_every_plan_comes_back_from_its_json(plan):
    assert plan_json.read(json.loads(json.dumps(form.dump(plan))), CATALOG) == plan


NAMES = st.sampled_from(
    ["is", "select", "where", "expression", "table", "column", "operator", "values", "plan", "limit", "order", "item", "compound", "x"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["Plan", "Item", "ColumnRef", "orders", "city", "=", "in"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_any_json_is_a_plan_or_a_typed_refusal(value):
    try:
        assert isinstance(plan_json.read(value, CATALOG), Plan)
    except ModelReplyError as error:
        assert error.kind in {"form", "unknown_name"}


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80) | JSON.map(json.dumps))
def test_any_text_is_a_proposal_or_a_typed_refusal(text):
    try:
        read(text)
    except ModelReplyError as error:
        assert error.kind in {"not_json", "prose", "form", "unknown_name", "declined"}


def test_a_plan_of_a_model_holds_no_sql():
    defined = Defined("paid", "city = 'x'", "orders", (ColumnRef("orders", "city"),))
    plan = Plan((Item(ColumnRef("orders", "city")),), where=(Condition(Item(defined), "holds"),))
    assert not plan_json.sayable(plan)
    assert plan_json.sayable(replace(plan, where=()))
    assert kind(said(plan=form.dump(plan))) == "form"
    assert "Defined" not in json.dumps(plan_json.schema())


def test_the_schema_describes_what_the_reader_takes():
    jsonschema = pytest.importorskip("jsonschema", reason="jsonschema is not installed")
    plan = Plan((Item(ColumnRef("orders", "city")), Item(Star("orders"), "count")), group=(ColumnRef("orders", "city"),), limit=3)
    good = {"plan": form.dump(plan), "sql": None, "cannot": None, "assumptions": []}
    checker = jsonschema.Draft202012Validator(reply.SCHEMA)
    assert list(checker.iter_errors(json.loads(json.dumps(good)))) == []
    assert list(checker.iter_errors({**good, "code": "x"}))
    assert list(checker.iter_errors({**good, "plan": {"is": "Plan", "select": [{"is": "Item"}]}}))

"""A plan keeps to the definitions that a question names, in itself or in a query inside it."""

from datetime import date

import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read, schema_of
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.plan import BASE, ColumnRef, Condition, Defined, Item, Plan, Star
from aiser_jupyter.ask.question import read as tokens
from aiser_jupyter.ask.semantic.heed import heeds, parts
from aiser_jupyter.ask.semantic.rewording import in_own_words
from aiser_jupyter.ask.wording.normal import normalise
from aiser_jupyter.catalog.semantic import file
from aiser_jupyter.query.profile import profile
from aiser_jupyter.query.semantics import model_of

MODEL = """\
v: 1
tables:
  customers: {synonyms: [accounts, key clients]}
  orders: {columns: {freight: {synonyms: [shipping bill]}}}
metrics:
  revenue: sum(order_lines.unit_price * order_lines.quantity)
  order volume: count(orders)
  headcount: count(distinct customers.city)
filters:
  small orders: orders.freight < 8
"""
FREIGHT = ColumnRef("orders", "freight")


@pytest.fixture(scope="module")
def defined(shop_file, tmp_path_factory):
    workspace = aiser.Workspace(tmp_path_factory.mktemp("heed"))
    workspace.connect(str(shop_file), name="shop")
    path = file.path_in(workspace.root)
    path.parent.mkdir()
    path.write_text(MODEL)
    yield workspace
    workspace.close()


@pytest.fixture(scope="module")
def schema(defined):
    catalog = profile(defined.context, None)
    return schema_of(catalog, model_of(defined.context, catalog))


def linked(schema, text):
    return Linked(tokens(text), schema)


def test_a_metric_must_be_in_the_plan_or_inside_it(schema):
    spoken = linked(schema, "revenue by city").spoken
    revenue = Item(Defined("revenue", "…", "order_lines", (), (), "sum"), "sum")
    guess = Plan((Item(FREIGHT, "sum"),))
    assert heeds(Plan((revenue,)), spoken, schema)
    assert heeds(Plan((Item(ColumnRef(BASE, "revenue"), "avg"),), source=Plan((revenue,))), spoken, schema)
    assert not heeds(guess, spoken, schema)
    assert heeds(guess, linked(schema, "freight by city").spoken, schema)


def test_rows_count_by_their_key_too(schema):
    spoken = linked(schema, "order volume").spoken
    assert heeds(Plan((Item(Star("orders"), "count"),)), spoken, schema)
    assert heeds(Plan((Item(ColumnRef("orders", "order_id"), "count", distinct=True),)), spoken, schema)
    assert not heeds(Plan((Item(Star("customers"), "count"),)), spoken, schema)


def test_a_filter_must_be_in_the_plan(schema):
    spoken = linked(schema, "how many small orders").spoken
    count = (Item(Star("orders"), "count"),)
    assert heeds(Plan(count, where=(Condition(Item(FREIGHT), "<", (8,)),)), spoken, schema)
    assert not heeds(Plan(count), spoken, schema)


def test_parts_are_every_node():
    plan = Plan((Item(FREIGHT, "sum"),), source=Plan((Item(Star("orders"), "count"),)))
    assert {FREIGHT, Star("orders"), Item(FREIGHT, "sum")} < set(parts(plan))


@pytest.mark.parametrize(
    ("asked", "own"),
    [
        ("how many accounts are there", "how many customers are there"),
        ("Key clients and their shipping bill", "customers and their freight"),
        ("revenue of accounts", "revenue of customers"),
        ("how many small orders", "how many small orders"),
    ],
)
def test_other_names_become_the_catalogs(schema, asked, own):
    assert in_own_words(linked(schema, asked)).question.text == own


def test_a_question_without_other_names_stays_the_same(schema):
    heard = linked(schema, "customers in Germany")
    assert in_own_words(heard) is heard


@pytest.mark.parametrize("text", ["headcount by city", "revenue of acounts", "Headcount, that is, by city"])
def test_names_of_the_model_are_not_corrected(schema, text):
    first, *_ = text.split(",")
    assert normalise(text, schema) == first


def test_signs_of_private_use_say_nothing(schema):
    assert normalise("headcount \ue005 by \ue063 city", schema) == "headcount   by   city"


def test_the_words_behind_another_name_are_those_asked(defined):
    found = read(defined.context, "how many acounts are there", today=date(2024, 3, 15))
    assert found.sql == "SELECT COUNT(*) AS customers_count FROM customers"
    assert found.confidence >= 0.9
    assert ("acounts", "customers") in [(one.words, one.fragment) for one in found.trace]

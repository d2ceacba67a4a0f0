import numpy as np
import pytest

from aiser_jupyter.ask import question
from aiser_jupyter.ask.learned import nodes
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.schema import Schema
from aiser_jupyter.query.profile import profile


@pytest.fixture(scope="module")
def schema(shop):
    return Schema(profile(shop.context))


def seen(schema, text):
    linked = Linked(question.read(text), schema)
    return linked, nodes.nodes(linked)


def test_an_example_has_a_node_for_each_word_column_and_table(schema):
    linked, made = seen(schema, "How many customers live in Berlin?")
    n, c, t = len(linked.question.tokens), len(schema.columns), len(schema.tables)
    assert made.relations.shape == (n + c + t, n + c + t, nodes.RELATIONS)
    assert len(made.tokens), len(made.columns) == (n, c)
    assert made.kept.tolist() == list(range(c))
    assert made.kept_tables.tolist() == list(range(t))


def test_relations_tell_names_values_and_keys(schema):
    linked, made = seen(schema, "How many customers live in Berlin?")
    n, c = len(linked.question.tokens), len(schema.columns)
    place = {(v.ref.table, v.ref.column): n + i for i, v in enumerate(schema.columns)}
    table = {v.name: n + c + i for i, v in enumerate(schema.tables)}
    word = {t.text: i for i, t in enumerate(linked.question.tokens)}
    assert made.relations[word["customers"], table["customers"], 4] == 1.0
    assert made.relations[word["Berlin"], place["customers", "city"], 2] == 1.0
    assert made.relations[word["Berlin"], place["customers", "name"], 2] == 0.0
    assert made.relations[table["orders"], table["customers"], 7] == 1.0
    assert made.relations[table["orders"], table["categories"], 7] == 0.0
    assert made.relations[place["customers", "city"], table["customers"], 6] == 1.0
    assert np.array_equal(made.relations[:n, n:, :5], made.relations[n:, :n, :5].transpose(1, 0, 2))


def test_a_word_is_near_to_a_column_of_like_meaning(schema):
    linked, _ = seen(schema, "clients and the nation they are in")
    near, place = linked.nearness, {(v.ref.table, v.ref.column): i for i, v in enumerate(schema.columns)}
    nation = [t.text for t in linked.question.tokens].index("nation")
    assert near.columns[nation].argmax() == place["customers", "country"]
    assert near.columns[nation, place["customers", "country"]] > 0.6
    assert not near.columns[[t.text for t in linked.question.tokens].index("the")].any()

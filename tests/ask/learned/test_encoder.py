import numpy as np
import pytest

from aiser_jupyter.ask import question
from aiser_jupyter.ask.learned import nodes
from aiser_jupyter.ask.learned.encoder import Encoder, Encoders, softmax
from aiser_jupyter.ask.learned.traits import PLACES, TABLE_PLACES, TRAITS
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.schema import Schema
from aiser_jupyter.ask.vocabulary import vectors
from aiser_jupyter.query.profile import profile

WIDTH, HEADS = 8, 2


def weights(seed):
    generator = np.random.default_rng(seed)
    shapes = {
        "word.weight": (3, WIDTH), "pos.weight": (nodes.TOKENS, WIDTH), "tok.weight": (WIDTH, vectors.SIZE + nodes.TOKEN_FLAGS), "col.weight": (WIDTH, 2 * vectors.SIZE + nodes.COLUMN_FLAGS),
        "tab.weight": (WIDTH, vectors.SIZE + nodes.TABLE_FLAGS), "L.0.qkv.weight": (3 * WIDTH, WIDTH), "L.0.rb.weight": (HEADS, nodes.RELATIONS), "L.0.rp.weight": (2 * nodes.REACH + 2, HEADS),
        "L.0.rv.weight": (WIDTH, HEADS * nodes.RELATIONS), "L.0.o.weight": (WIDTH, WIDTH), "L.0.f1.weight": (16, WIDTH), "L.0.f2.weight": (WIDTH, 16), "pq.weight": (1, WIDTH),
        "p1.weight": (WIDTH, 2 * WIDTH), "sk.weight": (2, WIDTH), "tr.weight": (len(TRAITS), WIDTH), "c1.weight": (WIDTH, WIDTH), "cp.weight": (WIDTH, WIDTH), "c2.weight": (len(PLACES), WIDTH),
        "t1.weight": (WIDTH, WIDTH), "tp.weight": (WIDTH, WIDTH), "t2.weight": (len(TABLE_PLACES), WIDTH),
        "n.weight": (WIDTH,), "n.bias": (WIDTH,), "L.0.n1.weight": (WIDTH,), "L.0.n1.bias": (WIDTH,), "L.0.n2.weight": (WIDTH,), "L.0.n2.bias": (WIDTH,),
    }  # fmt: skip
    return {name: generator.normal(scale=0.3, size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture(scope="module")
def linked(shop):
    return Linked(question.read("names of customers in Berlin"), Schema(profile(shop.context)))


def test_an_encoder_tells_of_every_column_table_trait_and_skeleton(linked):
    told = Encoder(weights(1), {"name": 1, "customer": 2}, ("a", "b")).foretell(linked)
    assert told.columns.shape == (len(linked.schema.columns), len(PLACES))
    assert told.tables.shape == (len(linked.schema.tables), len(TABLE_PLACES))
    assert told.traits.shape == (len(TRAITS),)
    assert sum(np.exp(list(told.skeletons.values()))) == pytest.approx(1.0, abs=1e-5)


def test_several_encoders_tell_their_mean(linked):
    one, two = Encoder(weights(1), {}, ("a", "b")), Encoder(weights(2), {"name": 1}, ("b", "c"))
    both, first, second = Encoders((one, two)).foretell(linked), one.foretell(linked), two.foretell(linked)
    assert np.allclose(both.columns, (first.columns + second.columns) / 2, atol=1e-6)
    assert both.skeletons["b"] == pytest.approx((first.skeletons["b"] + second.skeletons["b"]) / 2)
    assert both.skeletons["a"] < first.skeletons["a"]


def test_shares_add_up_to_one():
    assert softmax(np.array([[0.0, 0.0], [1000.0, 0.0]], np.float32)).tolist() == [[0.5, 0.5], [1.0, 0.0]]

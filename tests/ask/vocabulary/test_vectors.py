import numpy as np
import pytest

from aiser_jupyter.ask.vocabulary import vectors


@pytest.fixture(scope="module")
def words():
    return vectors.load()


@pytest.mark.parametrize(
    ("word", "nearer", "farther"),
    [("salary", "wage", "stadium"), ("singer", "vocalist", "invoice"), ("teacher", "instructor", "price"), ("country", "nation", "weight")],
)
def test_words_of_like_meaning_lie_nearer(words, word, nearer, farther):
    assert words.one(word) @ words.one(nearer) > 0.5 > words.one(word) @ words.one(farther)


def test_vectors_are_of_length_one_and_unknown_words_have_none(words):
    known = words.all(["customer", "orders", "name"])
    assert known.shape == (3, vectors.SIZE)
    assert np.allclose(np.linalg.norm(known, axis=1), 1.0, atol=1e-6)
    assert not words.one("xqzjw").any()


def test_a_form_that_is_not_listed_is_found_by_its_stem():
    table = np.eye(2, dtype=np.int8) * 100
    words = vectors.Words({"ship": 0, "carry": 1}, table, {"ship": 0, "carry": 1})
    assert words.one("ships").tolist() == [1.0, 0.0]
    assert words.name(("ship", "carry")) == pytest.approx([0.5**0.5, 0.5**0.5])
    assert words.name(()).tolist() == [0.0, 0.0]

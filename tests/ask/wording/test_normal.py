import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.ask.engine import schema_of
from aiser_jupyter.ask.grammar import cues
from aiser_jupyter.ask.wording.normal import normalise
from aiser_jupyter.query.profile import profile


@pytest.fixture(scope="module")
def schema(shop):
    return schema_of(profile(shop.context, None))


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("revnue by contry", "revenue by country"),
        ("avrage freigt in Germny", "average freight in Germany"),
        ("prodcuts over 1.5 million dollars", "products over 1500000"),
        ("orders above two hundred and fifty euros", "orders above 250"),
        ("more than a dozen orders", "more than 12 orders"),
        ("between one and four", "between one and four"),
        ("top-selling products", "top selling products"),
        ("headcount by city", "number of employees by city"),
        ("products called 'Slamon'", "products called 'Slamon'"),
        ("profit per region, that is sales minus cost", "profit per region"),
    ],
)
def test_slips_and_numbers_become_plain(schema, written, plain):
    assert normalise(written, schema) == plain


@given(st.text(max_size=60))
def test_any_text_is_taken(schema, text):
    assert isinstance(normalise(text, schema), str)
    assert all(0 <= a <= b <= len(text) for a, b in cues.read(text).spans)


def test_cues_say_what_they_saw():
    assert cues.read("orders above the 99th percentile of freight").quantile == 0.99
    assert cues.read("orders above the 99th percentile of freight").beyond == "above"
    assert cues.read("p90 of totals").quantile == 0.9
    assert cues.read("customers who bought in more than two months").repeated is None
    assert cues.read("customers who bought in more than 2 months").repeated == ("month", 2)
    assert cues.read("who bought only once").repeated == ("", 0)
    assert cues.read("units on weekends vs weekdays").weekend
    assert cues.read("first names of each customer").last_each == ""

import pytest

from aiser_jupyter.format.meaning import Meaning, meaning
from aiser_jupyter.format.noun import plural, singular
from aiser_jupyter.format.parts import rounded


@pytest.mark.parametrize(
    ("name", "kind", "values", "expected"),
    [
        ("UnitPrice", "DECIMAL(10,2)", [0.99], Meaning("money")),
        ("revenue_usd", "double", [3.5], Meaning("money", "$")),
        ("order_id", "integer", [1, 2], Meaning("id")),
        ("CustomerKey", "BIGINT", [1], Meaning("id")),
        ("order_count", "integer", [3], Meaning("count")),
        ("margin_pct", "number", [12.5], Meaning("percent", "%")),
        ("discount", "number", [0.05, 0.25], Meaning("share", "share")),
        ("discount", "number", [5, 25], Meaning("number")),
        ("year", "integer", [1997, 1998], Meaning("year")),
        ("zip", "integer", [10115], Meaning("code")),
        ("postal_code", "text", ["10115"], Meaning("code")),
        ("country", "text", ["Brazil"], Meaning("text")),
        ("shipped_at", "timestamp", [], Meaning("date")),
        ("active", "boolean", [True], Meaning("boolean")),
    ],
)
def test_a_column_means_what_its_name_type_and_values_say(name, kind, values, expected):
    assert meaning(name, kind, values) == expected


@pytest.mark.parametrize(
    ("one", "many"),
    [("order", "orders"), ("category", "categories"), ("box", "boxes"), ("class", "classes"), ("movie", "movies"), ("staff", "staff")],
)
def test_nouns_have_one_and_many(one, many):
    assert plural(one) == many
    assert singular(many) == one


def test_parts_add_up_to_the_total_shown():
    assert [str(p) for p in rounded([33.333, 33.333, 33.334])] == ["33", "33", "34"]
    assert sum(rounded([14.5, 28.5, 57.0])) == 100
    assert [str(p) for p in rounded([0.25, 0.25, 0.5], 1)] == ["0.3", "0.2", "0.5"]

"""Ordinary ways to ask for the same figures: the last of two nouns, things and a number for each, money that was spent; figures by hand."""

from datetime import date

import pytest

from aiser_jupyter.ask.engine import read

TODAY = date(2024, 3, 15)


def rows(workspace, question, follows=None):
    reading = read(workspace.context, question, today=TODAY, follows=follows)
    return sorted((tuple(row.values()) for row in workspace.sql(reading.sql).rows(1000)), key=str) if reading.answered else reading.reason


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("revenue by product category", [("Beverages", 110.0), ("Seafood", 132.0)]),
        ("customer orders by country", [("Germany", 4), ("Spain", 1), ("USA", 2)]),
        ("categories and number of products in each", [("Beverages", 3), ("Seafood", 2)]),
        ("customers and how many orders they placed", [("Anna Berg", 3), ("Bob Stone", 2), ("Carla Diaz", 1), ("Dora Klein", 1)]),
        ("distribution of customers by country", [("Germany", 2), ("Spain", 1), ("USA", 2)]),
        ("what % of customers are from Germany", [(40.0,)]),
        ("orders with above-average freight", [(3, 9.0), (4, 11.0), (5, 13.0)]),
        ("which customer spent the most", [("Anna Berg", 136.0)]),
    ],
)
def test_ordinary_questions(shop, question, expected):
    assert rows(shop, question) == [pytest.approx(row) if isinstance(row[0], float) else row for row in expected]


@pytest.mark.parametrize("question", ["revenue by product city", "products and number of trucks in each"])
def test_what_the_data_lacks_is_not_made_up(shop, question):
    assert isinstance(rows(shop, question), str)

"""What an answer is to show, said apart from the question."""

from __future__ import annotations

from datetime import date

import pytest

from aiser_jupyter.ask.engine import read
from aiser_jupyter.ask.grammar import output

TODAY = date(2024, 3, 15)


def asked(workspace, question):
    reading = read(workspace.context, question, on="shop", today=TODAY)
    assert reading.answered, (reading.reason, reading.missing)
    return reading, [tuple(row.values()) for row in workspace.sql(reading.sql, on="shop").rows(20)]


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        (
            "What are the top 2 countries by number of customers? Return the country name and number of customers.",
            [("Germany", 2), ("USA", 2)],
        ),
        (
            "Top 2 products by units sold. Show the product name, the category name and total quantity.",
            [("Cola", "Beverages", 15), ("Salmon", "Seafood", 7)],
        ),
        (
            "Which are the top 2 cities by number of orders? Return the city, number of distinct customers, and total freight.",
            [("Berlin", 1, 20.0), ("Boston", 1, 12.0)],
        ),
        ("What are the top 2 countries by number of orders and their respective counts?", [("Germany", 4), ("USA", 2)]),
    ],
)
def test_it_shows_what_it_is_told_to(shop, question, rows):
    _, found = asked(shop, question)
    assert sorted(found) == sorted(rows)


@pytest.mark.parametrize(
    ("question", "rows"),
    [
        ("Return the customer ID and name of customers who have never placed an order.", [(5, "Ed Lonely")]),
        ("Return customers (customer ID and city) who have no orders.", [(5, "Boston")]),
        ("Return the distinct list of customer IDs that placed orders in 2024.", [(1,), (2,), (4,)]),
    ],
)
def test_the_columns_of_those_that_are_asked_for(shop, question, rows):
    _, found = asked(shop, question)
    assert sorted(found) == rows


@pytest.mark.parametrize(
    "question",
    [
        "Top 2 countries by number of customers. Return the country and the shoe size.",
        "What are the top 2 countries by number of orders? Return the country, number of orders and the product name.",  # has many of them
    ],
)
def test_what_has_no_place_is_not_left_out_in_silence(shop, question):
    reading = read(shop.context, question, on="shop", today=TODAY)
    assert not reading.answered or "product_name" in reading.sql


def test_another_figure_than_the_ranking_is_less_sure(shop):
    same, _ = asked(shop, "Top 2 customers by number of orders. Return the name and number of orders.")
    other = read(shop.context, "Top 2 customers by units sold. Return the name and number of orders.", on="shop", today=TODAY)
    assert other.confidence < same.confidence


@pytest.mark.parametrize(
    ("text", "question", "phrases"),
    [
        ("Top 3 cities by sales. Return the city, sales and count.", "Top 3 cities by sales?", ("city", "sales", "count")),
        ("cities with most shops and their counts", "cities with most shops", ("", "count")),
        ("users (id and name) who left", "users who left", ("id", "name")),
    ],
)
def test_the_clause_is_cut_off(text, question, phrases):
    assert output.told(text) == output.Told(question, phrases)


@pytest.mark.parametrize("text", ["revenue by month", "How many orders? 12 in all", "show the number of orders", "orders of Anna and Bob"])
def test_a_question_without_one_stays_whole(text):
    assert output.told(text) is None
    assert output.opened(text) is None

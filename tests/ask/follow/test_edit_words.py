"""Other ways to say a follow-up, on a shop whose figures can be worked out by hand, and what none of them is."""

from datetime import date

import pytest

from aiser_jupyter.ask.follow.edit_words import ways

TODAY = date(2024, 3, 15)
REVENUE, MONTHS, ORDERS = "revenue by country in 2023", "revenue by month in 2023", "number of orders by country"


def rows_of(shop, before, words):
    first = shop.ask(before, today=TODAY)
    then = shop.ask(words, today=TODAY, follows=first)
    assert then.answered, then.reason
    return sorted(tuple(round(v, 4) if isinstance(v, float) else str(v) for v in row.values()) for row in shop.sql(then.sql).rows())


# Revenue of 2023: Germany 40 + 20, USA 20, Spain 16; of 2024: Germany 30 + 60 + 16, USA 40.
@pytest.mark.parametrize(
    ("before", "words", "rows"),
    [
        (REVENUE, "only the Germany-based ones", [("Germany", 60.0)]),
        (REVENUE, "only the Germany-based ones, 2024", [("Germany", 106.0)]),
        (REVENUE, "Germany only", [("Germany", 60.0)]),
        (REVENUE, "now by city within Germany", [("Berlin", 60.0)]),
        (REVENUE, "which country was the strongest?", [("Germany", 60.0)]),
        (REVENUE, "and what country is the weakest?", [("Spain", 16.0)]),
        (REVENUE, "and within Germany, which city has the most?", [("Berlin", 60.0)]),
        (MONTHS, "which month was the strongest?", [("2023-01-01", 40.0)]),
        (MONTHS, "and cumulated?", [("2023-01-01", 40.0), ("2023-02-01", 60.0), ("2023-04-01", 80.0), ("2023-07-01", 96.0)]),
        (MONTHS, "growth in percent?", [("2023-01-01", "None"), ("2023-02-01", -50.0), ("2023-04-01", 0.0), ("2023-07-01", -20.0)]),
        (ORDERS, "only those with two or more", [("Germany", "4"), ("USA", "2")]),
        (ORDERS, "only countries with 1 or less", [("Spain", "1")]),
        ("number of orders in 2023", "what share of all orders is that?", [(57.1429,)]),
        ("number of orders from Germany", "and what percentage of our orders do they make up?", [(57.1429,)]),
    ],
)  # fmt: skip
def test_other_ways_to_say_it(shop, before, words, rows):
    assert rows_of(shop, before, words) == sorted(rows)


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (REVENUE, "which supplier was the strongest?"),
        ("revenue by country and month in 2023", "which month was the strongest?"),
        ("number of orders", "what share of all customers is that?"),
        (REVENUE, "pensioners only"),
        (REVENUE, "only the Atlantis-based ones"),
        (REVENUE, "now by city within Atlantis"),
    ],
)
def test_what_has_no_place_in_the_answer_before_is_refused(shop, before, words):
    assert not shop.ask(words, today=TODAY, follows=shop.ask(before, today=TODAY)).answered


@pytest.mark.parametrize(
    "words",
    ["top 3", "revenue by country", "by city", "compare with the year after", "only Germany", "average revenue growth of customers"],
)
def test_forms_that_are_read_already_are_left_alone(words):
    assert ways(words) == []

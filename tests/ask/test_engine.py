import os
import subprocess
import sys
from datetime import date

import pytest

from aiser_jupyter.ask.engine import read
from aiser_jupyter.ask.reading import Reading

TODAY = date(2024, 3, 15)


def rows(workspace, question, follows=None):
    reading = read(workspace.context, question, today=TODAY, follows=follows)
    assert reading.answered, reading.reason
    return [tuple(row.values()) for row in workspace.sql(reading.sql).rows()]


@pytest.mark.parametrize("source", ["shop", "sqlite_shop"])
@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many customers are there?", [(5,)]),
        ("top 2 products by revenue", [("Salmon", 100.0), ("Cola", 60.0)]),
        ("Revenue by category in 2023", [("Seafood", 56.0), ("Beverages", 40.0)]),
        ("revenue year to date", [(146.0,)]),
        ("Customers without orders", [("Ed Lonely",)]),
        ("products never sold", [("Old Tea",)]),
        ("customers with more than 1 order", [("Anna Berg", 3), ("Bob Stone", 2)]),
        ("Average freight per country", [("Spain", 11.0), ("Germany", 8.25), ("USA", 6.0)]),
        ("products above average price", [("Salmon", 20.0), ("Shrimp", 16.0)]),
        ("number of orders from Berlin since 2023", [(3,)]),
        ("average price of seafood products", [(18.0,)]),
        ("total freight for Germany", [(33.0,)]),
        ("cities with more than one customer", [("Boston", 2)]),
        ("list products cheaper than 10", [("Cola",), ("Old Tea",)]),
        ("frieght by country", [("Germany", 33.0), ("USA", 12.0), ("Spain", 11.0)]),
    ],
)
def test_a_question_gets_its_figures(source, question, expected, request):
    assert rows(request.getfixturevalue(source), question) == expected


def test_months_come_in_order_as_dates(shop):
    assert rows(shop, "monthly revenue in 2024") == [(date(2024, 1, 1), 30.0), (date(2024, 2, 1), 116.0)]


def test_months_in_sqlite_are_iso_text(sqlite_shop):
    assert rows(sqlite_shop, "monthly revenue in 2024") == [("2024-01-01", 30.0), ("2024-02-01", 116.0)]


def test_quarters_in_sqlite_start_on_their_first_day(sqlite_shop):
    found = rows(sqlite_shop, "running revenue by quarter")
    assert found == [("2023-01-01", 60.0), ("2023-04-01", 80.0), ("2023-07-01", 96.0), ("2024-01-01", 242.0)]


def test_shares_are_of_the_whole(shop):
    shares = dict(rows(shop, "share of revenue by country"))
    assert shares == pytest.approx({"Germany": 100 * 166 / 242, "USA": 100 * 60 / 242, "Spain": 100 * 16 / 242})


def test_the_share_of_one_value_is_of_all_rows_joined(shop):
    assert rows(shop, "what share of orders comes from Germany?") == [(pytest.approx(100 * 4 / 7),)]
    assert rows(shop, "what percentage of Beverages revenue is due to Cola?") == [(pytest.approx(100 * 60 / 110),)]


def test_growth_is_the_change_on_the_period_before(shop):
    found = rows(shop, "month over month growth of revenue")
    assert found[0] == (date(2023, 1, 1), None)
    assert [round(value, 1) for _, value in found[1:]] == [-50.0, 0.0, -20.0, 87.5, 286.7]


def test_the_best_of_each_group_is_found_in_each_group(shop):
    assert rows(shop, "best selling product in each category") == [("Beverages", "Cola", 15), ("Seafood", "Salmon", 7)]


def test_equal_last_places_are_all_shown(shop):
    assert rows(shop, "top 3 customers by number of orders") == [("Anna Berg", 3), ("Bob Stone", 2), ("Carla Diaz", 1), ("Dora Klein", 1)]


def test_amounts_repeated_by_a_join_are_not_added_up(shop):
    reading = read(shop.context, "total freight by product", today=TODAY)
    assert "SUM(orders.freight)" not in reading.sql or not reading.answered


def test_what_is_taken_for_granted_is_said(shop):
    reading = read(shop.context, "revenue last quarter", today=TODAY)
    assert reading.assumptions == (
        "revenue is unit_price × quantity × (1 − discount) of order_lines",
        "the period is 2023-10-01 to 2023-12-31",
    )


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("What is the weather in Berlin?", "weather"),
        ("customer complaints by product", "complaints"),
        ("Delete all orders", "change something"),
        ("please update the price of Chai to 12", "change something"),
        ("Wie viele Kunden gibt es in Berlin und wie viele in Madrid?", "English"),
        ("What will revenue be next year?", "future"),
        ("Should we open a shop in Paris?", "opinion"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_reason(shop, question, words):
    reading = read(shop.context, question, today=TODAY)
    assert not reading.answered
    assert reading.sql == ""
    assert words in reading.reason


def test_every_suggestion_is_a_question_that_is_answered(shop):
    reading = read(shop.context, "What is the weather in Berlin?", today=TODAY)
    assert reading.suggestions
    for suggestion in reading.suggestions:
        assert read(shop.context, suggestion, today=TODAY).answered, suggestion


def test_follow_ups_change_the_query_before(shop):
    first = read(shop.context, "revenue by country", today=TODAY)
    only = read(shop.context, "just for Germany", today=TODAY, follows=first)
    assert [tuple(row.values()) for row in shop.sql(only.sql).rows()] == [("Germany", 166.0)]
    assert rows(shop, "and by year", follows=first)[0] == (2023, "Germany", 60.0)
    assert rows(shop, "only 2024", follows=first) == [("Germany", 106.0), ("USA", 40.0)]
    shares = rows(shop, "in percent?", follows=first)
    assert sum(value for _, value in shares) == pytest.approx(100)


def test_a_question_of_its_own_does_not_follow(shop):
    first = read(shop.context, "revenue by country", today=TODAY)
    assert rows(shop, "How many customers are there?", follows=first) == [(5,)]


def test_the_trace_leads_from_words_to_fragments(shop):
    reading = read(shop.context, "show me customers in Germany", today=TODAY)
    assert any("Germany" in step.words and "Germany" in step.fragment for step in reading.trace)


PROGRAM = """
import sys
from datetime import date
import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read
workspace = aiser.Workspace(sys.argv[2])
workspace.connect(sys.argv[1], name="shop")
for question in ("top 2 products by revenue", "names of customers in Germany", "share of revenue by country", "What is the weather?"):
    print(read(workspace.context, question, today=date(2024, 3, 15)))
"""


def test_two_processes_read_alike(shop_file, tmp_path):
    said = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(shop_file), str(tmp_path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert said[0] == said[1]
    assert b"revenue" in said[0]


def test_a_refusal_is_a_reading_without_a_plan(shop):
    reading = read(shop.context, "", today=TODAY)
    assert reading == Reading("", answered=False, reason="There is no question here.", suggestions=reading.suggestions)

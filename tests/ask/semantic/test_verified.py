"""Verified queries are reused where a question is theirs in other words, or differs in a literal of the same column; else not."""

from datetime import date

import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read
from aiser_jupyter.catalog.semantic import file

TODAY = date(2024, 3, 15)
MODEL = """\
v: 1
tables:
  orders: {synonyms: [deals]}
  customers: {columns: {city: {synonyms: [town]}}}
queries:
  - question: How many customers in Germany placed no order in 2023?
    sql: >-
      SELECT count(*) AS n FROM customers c WHERE c.country = 'Germany' AND NOT EXISTS (SELECT 1 FROM orders o WHERE
      o.customer_id = c.customer_id AND o.order_date >= '2023-01-01' AND o.order_date < '2024-01-01')
    verified_by: Ada
    date: 2024-03-01
  - question: Which 2 products weigh most?
    sql: SELECT product_name FROM products ORDER BY weight DESC LIMIT 2
  - question: Days between the first and last order of Anna Berg
    sql: SELECT count(DISTINCT order_date) AS days FROM orders JOIN customers USING (customer_id) WHERE customers.name = 'Anna Berg'
  - question: Loyal customers last month
    sql: SELECT customer_id FROM orders WHERE order_date >= '2024-02-01' AND order_date < '2024-03-01' GROUP BY customer_id ORDER BY 1
    date: 2024-03-01
  - question: Order days of 2023
    sql: SELECT count(*) AS n FROM orders WHERE CAST(substr(CAST(order_date AS VARCHAR), 1, 4) AS INTEGER) = 2023
"""


@pytest.fixture(scope="module")
def ws(shop_file, tmp_path_factory):
    workspace = aiser.Workspace(tmp_path_factory.mktemp("verified"))
    workspace.connect(str(shop_file), name="shop")
    path = file.path_in(workspace.root)
    path.parent.mkdir()
    path.write_text(MODEL)
    return workspace


def reading(ws, question, today=TODAY):
    return read(ws.context, question, today=today)


def rows(ws, found):
    return [tuple(row.values()) for row in ws.sql(found.sql).rows()]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many customers in Germany placed no order in 2023?", [(1,)]),
        ("number of clients from Germany that placed no order in 2023", [(1,)]),
        ("in 2023, how many customers in Germany placed no deal", [(1,)]),
        ("How many customers in the USA placed no order in 2023?", [(1,)]),
        ("How many customers in Germany placed no order in 2024?", [(0,)]),
        ("How many customers in Spain placed no order in 2024?", [(1,)]),
        ("Which 2 products weigh most?", [("Cola",), ("Chai",)]),
        ("Which 3 products weigh most?", [("Cola",), ("Chai",), ("Salmon",)]),
        ("days between the first and last order of Anna Berg", [(3,)]),
        ("Days between the first and last order of Bob Stone", [(2,)]),
        ("loyal customers last month", [(1,), (2,)]),
        ("order days of 2024", [(3,)]),
    ],
)
def test_it_is_reused(ws, question, expected):
    found = reading(ws, question)
    assert found.answered
    assert found.verified
    assert rows(ws, found) == expected


def test_a_relative_period_moves_on(ws):
    found = reading(ws, "loyal customers last month", date(2024, 2, 15))
    assert (found.verified, rows(ws, found)) == ("Loyal customers last month", [(4,)])


def test_it_says_so(ws):
    same = reading(ws, "How many customers in Germany placed no order in 2023?")
    assert same.assumptions == (
        "a verified query was used: “How many customers in Germany placed no order in 2023?”, verified by Ada on 2024-03-01 (semantic.yaml line 6)",
    )
    assert (same.engine, same.confidence, same.trace[0].fragment) == ("offline", 0.98, "verified query, semantic.yaml line 6")
    assert same.sql.startswith("SELECT count(*) AS n FROM customers c WHERE")
    other = reading(ws, "How many customers in Spain placed no order in 2024?")
    assert other.confidence == 0.95
    assert other.assumptions[1:] == (
        "Germany was replaced by Spain",
        "2023-01-01 was replaced by 2024-01-01, 2024-01-01 was replaced by 2025-01-01",
    )
    answer = ws.ask("How many customers in Germany placed no order in 2023?", today=TODAY)
    assert (answer.answered, answer.confidence) == (True, 0.98)


@pytest.mark.parametrize(
    "question",
    [
        "How many customers in Berlin placed no order in 2023?",  # a city, not a country
        "How many customers in Atlantis placed no order in 2023?",  # nowhere stored
        "How many customers in Germany placed an order in 2023?",  # the negation is gone
        "How many customers in Germany placed no order in 2023 by city?",  # more is asked
        "How many customers placed no order in 2023?",  # less is asked
        "How many customers in Germany and Spain placed no order in 2023?",
        "How many orders in Germany placed no customer in 2023?",  # the words in another order
        "How many customers in Germany placed no order in 2023 and 2024?",
        "How many customers in Germany placed no order since 2023?",  # open where the SQL has two ends
        "Which 2 products weigh least?",
        "Which two and a half products weigh most?",
        "Days between the first and last order of Berlin",
        "order days of March 2023",  # a month where the SQL has a year
    ],
)
def test_it_is_not_used_for_another_question(ws, question):
    assert reading(ws, question).verified == ""


def test_a_question_without_verified_queries_reads_as_before(shop):
    assert read(shop.context, "How many customers are there?", today=TODAY).verified == ""


def test_two_that_claim_a_question_are_not_guessed_between(shop_file, tmp_path):
    workspace = aiser.Workspace(tmp_path)
    workspace.connect(str(shop_file), name="shop")
    path = file.path_in(tmp_path)
    path.parent.mkdir()
    path.write_text(
        "v: 1\nqueries:\n  - {question: good customers, sql: SELECT name FROM customers}\n  - {question: good clients, sql: SELECT city FROM customers}\n"
    )
    assert reading(workspace, "good customers").verified == ""


def test_a_query_for_another_connection_is_not_used(shop_file, tmp_path):
    workspace = aiser.Workspace(tmp_path)
    workspace.connect(str(shop_file), name="shop")
    path = file.path_in(tmp_path)
    path.parent.mkdir()
    path.write_text("v: 1\nqueries:\n  - {question: good customers, sql: SELECT name FROM customers, on: till}\n")
    assert reading(workspace, "good customers").verified == ""
    path.write_text("v: 1\nqueries:\n  - {question: good customers, sql: SELECT name FROM customers, on: Shop}\n")
    assert reading(workspace, "good customers").verified == "good customers"

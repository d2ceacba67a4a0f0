import math
from dataclasses import replace

import pytest

from aiser_jupyter.answer.answer import Answer
from aiser_jupyter.answer.build import from_reading
from aiser_jupyter.answer.intent import Intent
from aiser_jupyter.ask.reading import Alternative, Reading
from aiser_jupyter.facts import check


def asked(ws, sql, on="shop", **more):
    reading = replace(Reading("a question", answered=True, sql=sql, confidence=0.9), **more)
    return from_reading(ws.context, Answer("a question", answered=False, intent=Intent("answer")), reading, ws.catalog(on))


CASES = {
    "count": ("SELECT count(*) FROM orders", "There are 100 orders."),
    "count of one": ("SELECT count(*) FROM customers WHERE name = 'Solo'", "There is 1 customer with name Solo."),
    "count of none": ("SELECT count(*) FROM orders WHERE channel = 'fax'", "There are no orders with channel fax."),
    "distinct": ("SELECT count(DISTINCT country) FROM customers", "There are 2 different countries in customers."),
    "one amount": ("SELECT sum(amount_usd) AS sales_usd FROM orders", "Total amount of orders is $30.1k."),
    "one date": ("SELECT max(order_date) FROM orders", "The latest order date of orders is 25 Nov 2026."),
    "one name, first by something": (
        "SELECT name FROM customers ORDER BY customer_id DESC LIMIT 1",
        "Solo has the largest customer id.",
    ),
    "missing": (
        "SELECT avg(amount_usd) FROM orders WHERE channel = 'fax'",
        "There is no value for average amount of orders for channel fax: it is missing.",
    ),
    "empty": ("SELECT name FROM customers WHERE country = 'Peru'", "There are no customers in Peru."),
    "yes": ("SELECT count(*) > 3 FROM customers", "Yes: the number of customers is more than 3."),
    "no": ("SELECT count(*) > 30 FROM customers", "No: it is not so that the number of customers is more than 30."),
    "share": (
        "SELECT 100.0 * sum(CASE WHEN channel = 'web' THEN amount_usd ELSE 0 END) / sum(amount_usd) FROM orders",
        "The share of total amount usd (only with channel web) of orders is 50\u202f%.",
    ),
    "ranking": (
        "SELECT c.name, sum(o.amount_usd) AS sales_usd FROM orders o JOIN customers c ON c.customer_id = o.customer_id GROUP BY c.name ORDER BY 2 DESC",
        "Route 66 Diner has the largest total amount of orders: $10.2k, ahead of Bistro with $10.0k; that is 34\u202f% of $30.1k in all.",
    ),
    "top of a cut ranking claims no share": (
        "SELECT c.name, count(*) FROM orders o JOIN customers c ON c.customer_id = o.customer_id GROUP BY c.name ORDER BY 2 DESC, 1 LIMIT 2",
        "Route 66 Diner has the most orders: 34, ahead of Bistro with 33.",
    ),
    "smallest first": (
        "SELECT channel, max(order_id) FROM orders GROUP BY 1 ORDER BY 2 ASC",
        "Web has the lowest largest order id of orders: 98, before shop with 99.",
    ),
    "two tie": (
        "SELECT channel, count(*) FROM orders GROUP BY 1 ORDER BY 2 DESC, 1",
        "Shop and web tie for the most orders: 50 each.",
    ),
    "many tie": (
        "SELECT order_id, amount_usd FROM orders WHERE amount_usd > 500 ORDER BY amount_usd DESC, order_id",
        "Order 4 and 19 others tie for the largest amount of orders with amount usd above 500: $501 each.",
    ),
    "missing name": (
        "SELECT country, count(*) FROM customers WHERE country IS NULL GROUP BY 1 ORDER BY 2 DESC LIMIT 1",
        "(missing) has the most customers without country: 1.",
    ),
    "series": (
        "SELECT date_trunc('year', order_date)::DATE AS y, count(*) FROM orders GROUP BY 1 ORDER BY 1",
        "The number of orders was 53 in 2025 and 47 in 2026; the data do not hold 2026 in full.",
    ),
    "series with extremes": (
        "SELECT date_trunc('quarter', order_date)::DATE AS q, count(*) FROM orders WHERE order_date < DATE '2026-01-01' GROUP BY 1 ORDER BY 1",
        None,
    ),
    "list": ("SELECT name FROM customers ORDER BY name", "There are 4 customers: Bistro, Kantine, Route 66 Diner and Solo."),
    "long list": ("SELECT order_id FROM orders ORDER BY order_id", "There are 100 orders: 0, 1, 2 and 97 more."),
    "record": ("SELECT min(order_id), max(order_id) FROM orders", "Smallest order id is 0 and largest order id is 99."),
    "bare numbers": (
        "SELECT amount_usd FROM orders WHERE channel = 'web' ORDER BY 1",
        "There are 50 orders with channel web: amount from $100 to $501.",
    ),
    "a number that comes first by another": (
        "SELECT amount_usd FROM orders ORDER BY order_date DESC LIMIT 1",
        "The amount of orders that comes first by order date, newest first, is $501.",
    ),
    "two columns of one name": (
        "SELECT a.name, b.name FROM customers a JOIN customers b ON a.country = b.country AND a.customer_id < b.customer_id",
        "There is 1 row of first customer name and second customer name: Route 66 Diner, Solo.",
    ),
    "numbers in names are no claims": (
        "SELECT name FROM customers WHERE name LIKE 'Route%'",
        "There is 1 customer with name starting with Route: Route 66 Diner.",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_each_shape_has_its_sentence_and_each_number_its_query(ws, case):
    sql, sentence = CASES[case]
    answer = asked(ws, sql)
    assert answer.answered
    if sentence is not None:
        assert answer.sentence == sentence
    assert "".join(part.text for part in answer.sentence_parts) == answer.sentence
    assert {part.fact for part in answer.sentence_parts if part.fact} == {fact.id for fact in answer.facts}
    for fact in answer.facts:
        assert alike(ws.sql(fact.sql, on="shop").arrow(), fact.value), fact


def alike(table, value):
    assert table.shape == (1, 1)
    got = table.column(0)[0].as_py()
    return got == value or (isinstance(value, int | float) and math.isclose(float(got), value, rel_tol=1e-12))


def test_the_sentence_would_not_pass_with_another_number(ws):
    answer = asked(ws, CASES["ranking"][0])
    names = ("Route 66 Diner", "Bistro")
    assert check(answer.sentence, answer.facts, names) == ()
    assert check(answer.sentence.replace("34", "35"), answer.facts, names) != ()
    assert check(answer.sentence, answer.facts[1:], names) != ()


def test_an_answer_says_how_it_came_about(ws):
    other = Alternative("SELECT count(*) FROM customers", 0.2)
    answer = asked(ws, CASES["ranking"][0], alternatives=(other,), assumptions=("all channels",))
    assert answer.restated == "Total amount usd of orders per customer name, largest first"
    assert [a.restated for a in answer.alternatives] == ["Count of customers"]
    assert answer.assumptions == ("all channels",)
    assert answer.chart.kind in {"bar", "horizontal_bar"}
    assert [str(step) for step in answer.steps] == [
        "Ran the query",
        "Checked the rows: nothing wrong",
        "Checked each number of the sentence against its query",
        "Compared with the other readings",
    ]
    assert [step.inputs for step in answer.steps] == [(), (0,), (0,), (0,)]
    assert answer.followups == (
        "Total amount usd of orders per month",
        "Total amount usd of orders per channel",
        "Total amount usd of orders per country",
    )
    assert answer.dialect == "duckdb"
    assert answer.source == "shop"


def test_a_query_that_fails_is_an_error_with_its_reason(ws):
    answer = asked(ws, "SELECT nothing_like_it FROM orders")
    assert (answer.state, answer.answered, answer.result) == ("error", False, None)
    assert "nothing_like_it" in answer.reason


def test_no_extra_query_runs_for_the_sentence(ws):
    before = len(ws.context.state.history(1000))
    asked(ws, CASES["ranking"][0])
    assert len(ws.context.state.history(1000)) == before + 1


@pytest.mark.parametrize(
    ("question", "sql", "sentence"),
    [
        (
            "Are there any customers in France?",
            "SELECT count(*) FROM customers WHERE country = 'France'",
            "Yes: there is 1 customer in France.",
        ),
        ("are there customers in Peru", "SELECT count(*) FROM customers WHERE country = 'Peru'", "No: there are no customers in Peru."),
        ("do we have any customers in Peru", "SELECT name FROM customers WHERE country = 'Peru'", "No: there are no customers in Peru."),
        (
            "Is there a customer called Solo?",
            "SELECT name FROM customers WHERE name = 'Solo'",
            "Yes: there is 1 customer with name Solo: Solo.",
        ),
        ("are there sales", "SELECT sum(amount_usd) FROM orders", "Total amount of orders is $30.1k."),
        ("how many customers in France", "SELECT count(*) FROM customers WHERE country = 'France'", "There is 1 customer in France."),
    ],
)
def test_a_question_whether_there_is_any_gets_yes_or_no(ws, question, sql, sentence):
    reading = Reading(question, answered=True, sql=sql, confidence=0.9)
    found = from_reading(ws.context, Answer(question, answered=False, intent=Intent("answer")), reading, ws.catalog("shop"))
    assert found.sentence == sentence
    assert "".join(part.text for part in found.sentence_parts) == sentence

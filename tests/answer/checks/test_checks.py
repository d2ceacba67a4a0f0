from datetime import date

import pytest

from aiser_jupyter.answer.checks.checked import noticed, passed
from aiser_jupyter.answer.checks.emptiness import emptiness
from aiser_jupyter.answer.checks.nulls import nulls
from aiser_jupyter.answer.checks.period import period
from aiser_jupyter.answer.checks.ratio import ratio
from aiser_jupyter.answer.checks.rows import rows
from aiser_jupyter.answer.checks.unit import MIXED, unit
from aiser_jupyter.answer.checks.verify import Looker, certain, verify


@pytest.mark.parametrize(
    ("check", "sql", "text"),
    [
        (emptiness, "SELECT name FROM customers WHERE country = 'Italy'", "There is no row at all in Italy."),
        (
            emptiness,
            "SELECT count(*) FROM customers WHERE country = 'Germany' AND name = 'Ben'",
            "The conditions leave nothing together; there would be 1 row without “in Germany” or 1 row without “with name Ben”.",
        ),
        (
            emptiness,
            "SELECT sum(amount) FROM orders WHERE amount > 99 AND currency = 'GBP'",
            "There is no row at all with amount above 99, and none with currency GBP.",
        ),
        (
            emptiness,
            "SELECT country FROM customers GROUP BY country HAVING count(*) > 9",
            "No group passes the condition on groups.",
        ),
        (
            rows,
            "SELECT name FROM customers ORDER BY name LIMIT 10",
            "There are only 3, fewer than the 10 asked for.",
        ),
        (
            rows,
            "SELECT order_id FROM orders ORDER BY amount DESC LIMIT 5",
            "Place 5 is shared: the row after it has the same value and is not shown.",
        ),
        (
            rows,
            "SELECT customer_id FROM orders ORDER BY amount DESC LIMIT 1",
            "The first place is shared: the row after it has the same value and is not shown.",
        ),
        (nulls, "SELECT avg(freight) FROM orders", "12 of 120 rows have no freight, and the figure leaves them out."),
        (
            nulls,
            "SELECT country, count(*) AS n FROM customers GROUP BY country",
            "1 of 3 rows have no country: they stand in a group without a name.",
        ),
        (
            period,
            "SELECT sum(amount) FROM orders WHERE day >= DATE '2031-01-01' AND day < DATE '2032-01-01'",
            "The data end on 24 Dec 2025, before 2031.",
        ),
        (
            period,
            "SELECT sum(amount) FROM orders WHERE day >= DATE '2020-01-01' AND day < DATE '2021-01-01'",
            "The data begin on 1 Jan 2025, after 2020.",
        ),
        (
            period,
            "SELECT sum(amount) FROM orders WHERE day >= DATE '2025-07-01' AND day < DATE '2026-07-01'",
            "The data end on 24 Dec 2025 and hold only a part of Jul 2025 to Jun 2026.",
        ),
        (
            unit,
            "SELECT sum(amount) FROM orders",
            "Amount is in several currencies (EUR and USD), and the figure adds them as they are.",
        ),
        (
            unit,
            "SELECT count(*) FROM orders WHERE discount > 10",
            "Discount is kept as a fraction, at most 0.2; 10 may have meant 0.1.",
        ),
        (
            ratio,
            "SELECT customer_id, sum(freight) / nullif(0, 0) AS r FROM orders GROUP BY customer_id",
            "3 of 3 rows have no value: what they are divided by is zero or missing.",
        ),
        (ratio, "SELECT max(day) > NULL AS later FROM orders", "Neither yes nor no: one side of the comparison has no value."),
    ],
)
def test_trouble_is_said(at, check, sql, text):
    found = check(at.case(sql), at.look)
    assert found is not None
    assert (found.text, found.ok) == (text, False)
    assert not found.sql or at.look(found.sql).num_rows >= 0


@pytest.mark.parametrize(
    ("check", "sql"),
    [
        (rows, "SELECT order_id FROM orders ORDER BY day DESC LIMIT 5"),
        (nulls, "SELECT avg(amount) FROM orders"),
        (nulls, "SELECT avg(freight) FROM orders WHERE order_id % 10 <> 0"),
        (period, "SELECT sum(amount) FROM orders WHERE day >= DATE '2025-04-01' AND day < DATE '2025-07-01'"),
        (unit, "SELECT sum(amount) FROM orders WHERE order_id % 2 = 0"),
        (ratio, "SELECT customer_id, sum(freight) / count(*) AS r FROM orders GROUP BY customer_id"),
    ],
)
def test_what_is_sound_passes(at, check, sql):
    found = check(at.case(sql), at.look)
    assert found is not None
    assert (found.ok, found.effect) == (True, 1.0)


@pytest.mark.parametrize(
    ("check", "sql"),
    [
        (emptiness, "SELECT count(*) FROM orders"),
        (emptiness, "SELECT sum(amount) FROM orders WHERE day >= DATE '2031-01-01' AND day < DATE '2032-01-01'"),
        (nulls, "SELECT avg(freight) FROM orders WHERE currency = 'GBP'"),
        (rows, "SELECT name FROM customers"),
        (period, "SELECT sum(amount) FROM orders"),
        (unit, "SELECT currency, sum(amount) FROM orders GROUP BY currency"),
        (unit, "SELECT sum(amount) FROM orders WHERE currency = 'EUR'"),
        (unit, "SELECT count(*) FROM orders WHERE discount > 0.1"),
        (ratio, "SELECT count(*) FROM orders"),
    ],
)
def test_where_there_is_nothing_to_check_nothing_is_said_and_nothing_runs(at, check, sql):
    assert check(at.case(sql), at.look) is None
    assert at.ran == []


def test_mixed_currencies_are_told_apart_instead(at):
    found = unit(at.case("SELECT sum(amount) AS total FROM orders"), at.look)
    assert found is not None
    assert at.look(found.instead).sort_by("currency").to_pylist() == [
        {"currency": "EUR", "total": at.look("SELECT sum(amount) FROM orders WHERE currency = 'EUR'").column(0)[0].as_py()},
        {"currency": "USD", "total": at.look("SELECT sum(amount) FROM orders WHERE currency = 'USD'").column(0)[0].as_py()},
    ]


def test_a_period_that_is_not_over_is_named(at):
    sql = "SELECT sum(amount) FROM orders WHERE day >= DATE '2025-10-01' AND day < DATE '2026-01-01'"
    found = period(at.case(sql, today=date(2025, 12, 24)), at.look)
    assert found is not None
    assert found.text == "Q4 2025 is not over: the data end on 24 Dec 2025."


def test_the_last_month_of_a_series_is_said_not_to_be_whole(at):
    sql = "SELECT date_trunc('month', day) AS month, sum(amount) AS amount FROM orders GROUP BY 1 ORDER BY 1"
    found = period(at.case(sql, today=date(2025, 12, 24)), at.look)
    assert found is not None
    assert found.text == "The last month, Dec 2025, is not whole: the data end on 24 Dec 2025."


def test_only_proven_trouble_lowers_confidence():
    assert certain((passed("rows", "a"), noticed("period", "b")), 0.9) == 0.9
    assert certain((noticed("unit", "a", "SELECT 1", effect=MIXED),), 0.9) == 0.45


def test_the_bound_on_queries_holds(desk):
    context = desk.context
    look = Looker.of(context, "desk", query_ms=20_000.0)
    assert look.left == context.settings.checks == 2
    assert [look("SELECT 1 AS a") is not None for _ in range(3)] == [True, True, False]
    assert look.ran == ["SELECT 1 AS a"] * 2


def test_a_query_that_fails_or_has_no_time_left_costs_nothing_but_itself(desk):
    look = Looker.of(desk.context, "desk", query_ms=5.0)
    assert look("SELECT no_such_column FROM orders") is None
    look.until = 0.0
    assert look("SELECT 1") is None
    assert look.left == 1


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM orders",
        "SELECT 1 AS a",
        "WITH x AS (SELECT 1 AS a) SELECT a FROM x",
        "SELECT name FROM customers UNION SELECT country FROM customers",
        "SELECT a FROM (SELECT 1 AS a) t",
    ],
)
def test_no_shape_of_query_breaks_the_checks(at, sql):
    assert all(found.text for found in verify(at.case(sql), at.look))

import pytest

from aiser_jupyter.answer.checks.double_count import TWICE, double_count

FAN = "SELECT sum(o.freight) AS freight FROM orders o JOIN lines l ON l.order_id = o.order_id"


def test_a_sum_over_repeated_rows_is_proven_and_its_mend_counts_each_once(at):
    found = double_count(at.case(FAN), at.look)
    assert found is not None
    assert (found.ok, found.effect) == (False, TWICE)
    assert found.text == "The joins give 240 rows for 120 orders, so some are counted more than once."
    once = at.look("SELECT sum(freight) FROM orders").column(0)[0].as_py()
    assert at.look(FAN).column(0)[0].as_py() == 2 * once
    assert at.look(found.instead).column(0)[0].as_py() == once


def test_a_group_and_its_order_are_mended_too(at):
    sql = (
        "SELECT c.country, avg(o.amount) AS mean, count(o.order_id) AS n FROM customers c JOIN orders o ON o.customer_id = c.customer_id "
        "JOIN lines l ON l.order_id = o.order_id WHERE l.quantity > 0 GROUP BY c.country HAVING count(o.order_id) > 5 ORDER BY n DESC, c.country LIMIT 2"
    )
    found = double_count(at.case(sql), at.look)
    assert found is not None
    assert not found.ok
    right = at.look(
        "SELECT c.country, avg(o.amount) AS mean, count(o.order_id) AS n FROM customers c JOIN orders o ON o.customer_id = c.customer_id "
        "GROUP BY c.country HAVING count(o.order_id) > 5 ORDER BY n DESC, c.country LIMIT 2"
    )
    mended = at.look(found.instead)
    assert mended.column_names == right.column_names
    assert mended.to_pylist() == right.to_pylist()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(l.quantity) FROM orders o JOIN lines l ON l.order_id = o.order_id",
        "SELECT c.country, sum(o.amount) FROM orders o JOIN customers c USING (customer_id) GROUP BY c.country",
        "SELECT sum(l.quantity) FROM lines l, orders o, customers c WHERE l.order_id = o.order_id AND c.customer_id = o.customer_id",
    ],
)
def test_a_join_to_the_one_side_repeats_nothing_and_costs_no_query(at, sql):
    found = double_count(at.case(sql), at.look)
    assert found is not None
    assert found.ok
    assert at.ran == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(amount) FROM orders",
        "SELECT count(*) FROM orders o JOIN lines l ON l.order_id = o.order_id",
        "SELECT max(o.amount) FROM orders o JOIN lines l ON l.order_id = o.order_id",
        "SELECT count(DISTINCT o.order_id) FROM orders o JOIN lines l ON l.order_id = o.order_id",
        "SELECT sum(o.amount * l.quantity) FROM orders o JOIN lines l ON l.order_id = o.order_id",
        "SELECT 100.0 * sum(CASE WHEN c.country = 'Norway' THEN 1 ELSE 0 END) / count(*) FROM orders o JOIN customers c USING (customer_id)",
    ],
)
def test_what_repeated_rows_do_not_change_is_left_alone(at, sql):
    assert double_count(at.case(sql), at.look) is None


def test_an_amount_in_a_case_is_counted_twice_all_the_same(at):
    sql = "SELECT sum(CASE WHEN l.quantity > 0 THEN o.freight ELSE 0 END) FROM orders o JOIN lines l ON l.order_id = o.order_id"
    found = double_count(at.case(sql), at.look)
    assert found is not None
    assert not found.ok
    assert "orders" in found.text


def test_a_filter_to_one_line_an_order_is_seen_to_repeat_nothing(at):
    found = double_count(at.case(FAN + " WHERE l.line_id % 2 = 0"), at.look)
    assert found is not None
    assert (found.ok, found.effect) == (True, 1.0)
    assert len(at.ran) == 1


def test_without_time_nothing_is_claimed(at):
    found = double_count(at.case(FAN), lambda _: None)
    assert found is not None
    assert (found.ok, found.effect, found.instead) == (True, 1.0, "")


def test_two_tables_without_a_condition_repeat_everything(at):
    found = double_count(at.case("SELECT sum(o.amount) FROM orders o CROSS JOIN customers c"), at.look)
    assert found is not None
    assert not found.ok

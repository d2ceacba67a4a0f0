"""Values named in part or with slips, columns of the same name, and queries that drop a cue, on Chinook and Northwind."""

from pathlib import Path

import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read

DATABASES = Path(__file__).parents[4] / "shared" / "data" / "business_qa" / "db"
pytestmark = pytest.mark.skipif(not DATABASES.is_dir(), reason="the sample databases are not beside the repository")
LINE = "sum(od.unit_price * od.quantity * (1 - od.discount))"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = aiser.Workspace(str(tmp_path_factory.mktemp("almost")))
    for name in ("chinook", "northwind"):
        made.connect(str(DATABASES / f"{name}.duckdb"), name=name)
    yield made
    made.close()  # a file that stays open here cannot be opened by the scorer


def rows(workspace, sql, on):
    return sorted(
        tuple(round(float(v), 2) if not isinstance(v, str) else v for v in row.values()) for row in workspace.sql(sql, on=on).rows()
    )


@pytest.mark.parametrize(
    ("on", "question", "gold", "said"),
    [
        (
            "northwind",
            "how much did save-a-lot buy from us in 1997",
            f"SELECT {LINE} FROM orders o JOIN order_details od USING (order_id) JOIN customers c USING (customer_id) WHERE c.company_name = 'Save-a-lot Markets' AND year(o.order_date) = 1997",
            "“save-a-lot” is read as Save-a-lot Markets, a value of customers.company_name",
        ),
        (
            "northwind",
            "number of customers from germny",
            "SELECT count(*) FROM customers WHERE country = 'Germany'",
            "“germny” is read as Germany",
        ),
    ],
)
def test_a_value_is_found_by_its_beginning_or_past_a_slip_and_said(workspace, on, question, gold, said):
    reading = read(workspace.context, question, on=on)
    assert reading.answered, reading.reason
    assert rows(workspace, reading.sql, on) == rows(workspace, gold, on)
    assert said in reading.assumptions


def test_words_of_the_language_are_no_slips_of_a_value(workspace):
    assert "Compadre" not in read(workspace.context, "Compare revenue in 2022 with 2023", on="chinook").sql


def test_columns_of_one_name_are_told_and_offered(workspace):
    reading = read(workspace.context, "revenue by country", on="northwind")
    assert "country is customers.country, not orders.ship_country, employees.country or suppliers.country" in reading.assumptions
    ship = next(other for other in reading.alternatives if "ship_country" in other.sql)
    gold = f"SELECT o.ship_country, {LINE} FROM orders o JOIN order_details od USING (order_id) GROUP BY 1"
    assert rows(workspace, ship.sql, "northwind") == rows(workspace, gold, "northwind")


def test_a_column_named_whole_has_no_rivals(workspace):
    reading = read(workspace.context, "revenue by ship country", on="northwind")
    assert not any(" not " in one for one in reading.assumptions)


@pytest.mark.parametrize(
    ("on", "question", "gold"),
    [
        ("chinook", "Median and 90th percentile of the invoice total", "SELECT median(Total), quantile_cont(Total, 0.9) FROM Invoice"),
        (
            "northwind",
            "how many orders contain 5 or more different products?",
            "SELECT count(*) FROM (SELECT order_id FROM order_details GROUP BY 1 HAVING count(DISTINCT product_id) >= 5)",
        ),
        (
            "northwind",
            "how many customers have more than 10 orders",
            "SELECT count(*) FROM (SELECT customer_id FROM orders GROUP BY 1 HAVING count(*) > 10)",
        ),
        ("northwind", "What share of orders went out after the required date?", "SELECT 100.0 * avg((shipped_date > required_date)::INT) FROM (SELECT required_date, coalesce(shipped_date, '1900-01-01') AS shipped_date FROM orders)"),
        (
            "northwind",
            "Return the top 3 customers by revenue. Show the name and the total.",
            f"SELECT c.company_name, {LINE} FROM customers c JOIN orders o USING (customer_id) JOIN order_details od USING (order_id) GROUP BY c.customer_id, 1 ORDER BY 2 DESC LIMIT 3",
        ),
    ],
)  # fmt: skip
def test_no_part_of_the_question_is_dropped(workspace, on, question, gold):
    reading = read(workspace.context, question, on=on)
    assert reading.answered, reading.reason
    assert rows(workspace, reading.sql, on) == rows(workspace, gold, on)


def test_an_order_that_was_asked_for_is_kept(workspace):
    found = [list(row.values())[1] for row in workspace.sql(read(workspace.context, "revenue by category, smallest first", on="northwind").sql, on="northwind").rows()]  # fmt: skip
    assert len(found) > 2
    assert found == sorted(found)


@pytest.mark.parametrize("question", ["same thing by city", "and how many albums does each of those have?"])
def test_what_refers_to_nothing_is_refused(workspace, question):
    assert not read(workspace.context, question, on="chinook").answered

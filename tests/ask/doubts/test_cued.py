"""A query that leaves out what a question asks for is no answer: it is refused, or the right one is given."""

from datetime import date
from pathlib import Path

import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.doubts import cued
from aiser_jupyter.ask.engine import read

DATABASES = Path(__file__).parents[4] / "shared" / "data" / "business_qa" / "db"
needs_data = pytest.mark.skipif(not DATABASES.is_dir(), reason="the sample databases are not beside the repository")
ORDERS = "FROM customers c JOIN orders o USING (customer_id) GROUP BY c.company_name"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (cued.LATEST, "customers by freight of their latest order"),
        (cued.LATEST, "the most recent invoice of each customer"),
        (cued.BESIDE_MEAN, "customers who pay more than that contract's average"),
        (cued.BESIDE_MEAN, "agents whose score is below the overall average score"),
        (cued.AND_COUNT, "Which weekday brings the fewest orders, and how many?"),
        (cued.ONE_OF_EACH, "For each country, which customer has spent the most?"),
    ],
)
def test_what_is_heard(pattern, said):
    assert pattern.search(said)


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (cued.LATEST, "revenue last year"),
        (cued.LATEST, "orders of the last 3 months"),
        (cued.LATEST, "customers by last name"),
        (cued.LATEST, "revenue last fiscal quarter"),
        (cued.LATEST, "orders of the last full two months"),
        (cued.BESIDE_MEAN, "orders over 100 dollars on average"),
        (cued.BESIDE_MEAN, "average freight above 50"),
        (cued.AND_COUNT, "how many orders are there and how many customers"),
        (cued.ONE_OF_EACH, "for each country, what is the revenue?"),
    ],
)
def test_what_is_not(pattern, said):
    assert not pattern.search(said)


@pytest.fixture(scope="module")
def northwind(tmp_path_factory):
    ws = aiser.Workspace(tmp_path_factory.mktemp("work"))
    ws.connect(DATABASES / "northwind.duckdb", "data")
    yield ws
    ws.close()


@needs_data
@pytest.mark.parametrize(
    ("question", "gold"),
    [
        ("which customers have 20 orders or more?", f"SELECT c.company_name {ORDERS} HAVING count(*) >= 20"),
        ("For each country, which customer has the most orders?", None),
        ("Which shipper carried the fewest orders, and how many?", None),
        ("top 5 customers by freight of their latest order", None),
        ("employees whose average freight is below the overall average freight", None),
        ("orders over the days of the week", "SELECT dayname(order_date), count(*) FROM orders GROUP BY 1"),
    ],
)
def test_a_part_of_a_question_is_not_left_out(northwind, question, gold):
    found = read(northwind.context, question, on="data", today=date(1998, 5, 6))
    if not found.answered:
        assert found.alternatives or found.reason
        return
    rows = {tuple(map(str, row.values())) for row in northwind.sql(found.sql, on="data").rows(1000)}
    wanted = gold or RIGHT[question]
    assert rows == {tuple(map(str, row.values())) for row in northwind.sql(wanted, on="data").rows(1000)}


RIGHT = {
    "For each country, which customer has the most orders?": (
        "SELECT country, company_name, n FROM (SELECT c.country, c.company_name, count(*) AS n, rank() OVER (PARTITION BY c.country ORDER BY count(*) DESC) AS r "
        "FROM customers c JOIN orders o USING (customer_id) GROUP BY 1, 2) WHERE r = 1"
    ),
    "Which shipper carried the fewest orders, and how many?": (
        "SELECT s.company_name, count(*) FROM orders o JOIN shippers s ON s.shipper_id = o.ship_via GROUP BY 1 ORDER BY 2 LIMIT 1"
    ),
    "top 5 customers by freight of their latest order": (
        "SELECT c.company_name FROM customers c JOIN (SELECT customer_id, arg_max(freight, (order_date, order_id)) AS f FROM orders GROUP BY 1) USING (customer_id) ORDER BY f DESC LIMIT 5"
    ),
    "employees whose average freight is below the overall average freight": (
        "SELECT e.first_name, e.last_name, avg(o.freight) FROM employees e JOIN orders o USING (employee_id) GROUP BY 1, 2 HAVING avg(o.freight) < (SELECT avg(freight) FROM orders)"
    ),
}

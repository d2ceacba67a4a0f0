"""Shapes of answers: places in a ranking, means of one's own group, ranges, last rows, several figures; figures by hand and by SQL of our own."""

from datetime import date
from pathlib import Path

import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read
from aiser_jupyter.ask.grammar.bands import listed

TODAY = date(2024, 3, 15)
DATABASES = Path(__file__).resolve().parents[3] / "shared" / "data" / "business_qa" / "db"
needs_data = pytest.mark.skipif(not DATABASES.exists(), reason="the shared databases are not on this machine")


def rows(workspace, question, on=None):
    reading = read(workspace.context, question, on=on, today=TODAY)
    return [tuple(row.values()) for row in workspace.sql(reading.sql, on=on).rows(1000)] if reading.answered else [reading.reason]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("most expensive product in each category, with its price", [("Beverages", "Chai", 10.0), ("Seafood", "Salmon", 20.0)]),
        (
            "For each country, which customer has the most orders?",
            [("Germany", "Anna Berg", 3), ("Spain", "Carla Diaz", 1), ("USA", "Bob Stone", 2)],
        ),
        (
            "Which customer placed the most orders in each country?",
            [("Germany", "Anna Berg", 3), ("Spain", "Carla Diaz", 1), ("USA", "Bob Stone", 2)],
        ),
        ("second most expensive product", [("Shrimp", 16.0)]),
        ("3rd most expensive product", [("Chai", 10.0)]),
        (
            "products whose price is above the average of their own category",
            [("Chai", "Beverages", 10.0, pytest.approx(17 / 3)), ("Salmon", "Seafood", 20.0, 18.0)],
        ),
        ("How many products are cheaper than the average in their category?", [(3,)]),
        ("customers who ordered in 2023 but not in 2024", [("Carla Diaz",)]),
        ("number of orders with freight up to 5, 6 to 10 and over 10", [("up to 5", 2), ("6 to 10", 3), ("over 10", 2)]),
        (
            "latest order of each customer with its freight",
            [
                ("Anna Berg", date(2024, 2, 20), 8.0),
                ("Bob Stone", date(2024, 2, 11), 3.0),
                ("Carla Diaz", date(2023, 7, 20), 11.0),
                ("Dora Klein", date(2024, 1, 2), 13.0),
            ],
        ),
        ("number of customers in each country and how many of those are in Berlin", [("Germany", 2, 1), ("USA", 2, 0), ("Spain", 1, 0)]),
        ("which customers have 2 orders or more?", [("Anna Berg",), ("Bob Stone",)]),
        ("price of Salmon?", [(20.0,)]),
    ],
)
def test_a_shape_gets_its_rows(shop, question, expected):
    assert sorted(rows(shop, question), key=str) == sorted(expected, key=str)


@pytest.mark.parametrize("question", ["and by country?", "by category?", "just the big ones please", "Is our Chai too expensive?"])
def test_what_is_no_question_of_its_own_is_refused(shop, question):
    assert not read(shop.context, question, today=TODAY).answered


@pytest.mark.parametrize(
    ("text", "bounds"),
    [
        ("tenure up to 12 months, 13-24 and above 24", ((12.0, True), (24.0, True))),
        ("under 100 kg, 100 to 500 kg, over 500 kg", ((100.0, False), (500.0, True))),
        ("below 50, 50-100 or at least 100", ((50.0, False), (100.0, False))),
        ("0-12, 13-24, 25+", ((12.0, True), (24.0, True))),
    ],
)
def test_ranges_meet_at_the_border_that_was_said(text, bounds):
    assert listed(text).bounds == bounds


@pytest.mark.parametrize(
    "text",
    ["orders between 5 and 10 in 2024", "revenue from 2019 to 2020", "more than 5 orders and less than 10 returns", "10-20 and 40-50"],
)
def test_what_lists_no_ranges(text):
    assert listed(text) is None


@pytest.fixture(scope="module")
def traded(tmp_path_factory):
    ws = aiser.Workspace(tmp_path_factory.mktemp("work"))
    for name in ("northwind", "chinook"):
        ws.connect(DATABASES / f"{name}.duckdb", name)
    yield ws
    ws.close()


PAID = "SELECT c.Country, c.FirstName, c.LastName, sum(i.Total) AS paid FROM Customer c JOIN Invoice i USING (CustomerId) GROUP BY c.CustomerId, 1, 2, 3"
ORDERED = "SELECT e.first_name, e.last_name, count(*) AS n FROM employees e JOIN orders o USING (employee_id) GROUP BY e.employee_id, 1, 2"


@needs_data
@pytest.mark.parametrize(
    ("on", "question", "gold"),
    [
        ("chinook", "For each country, which customer has spent the most?", f"SELECT * FROM ({PAID}) QUALIFY rank() OVER (PARTITION BY Country ORDER BY paid DESC) = 1"),
        ("chinook", "When did each Canadian customer last buy something?", "SELECT c.FirstName, c.LastName, max(i.InvoiceDate) FROM Customer c JOIN Invoice i USING (CustomerId) WHERE c.Country = 'Canada' GROUP BY c.CustomerId, 1, 2"),
        ("northwind", "which employees handled more orders than the average employee?", f"SELECT *, (SELECT avg(n) FROM ({ORDERED})) FROM ({ORDERED}) WHERE n > (SELECT avg(n) FROM ({ORDERED}))"),
        ("northwind", "last order date per brazilian customer", "SELECT c.company_name, max(o.order_date) FROM customers c JOIN orders o USING (customer_id) WHERE c.country = 'Brazil' GROUP BY c.customer_id, 1"),
        ("northwind", "Median freight per ship country, only those with 30 orders or more", "SELECT ship_country, median(freight) FROM orders GROUP BY 1 HAVING count(*) >= 30"),
        ("northwind", "orders to France: how many and what total freight", "SELECT count(*), sum(freight) FROM orders WHERE ship_country = 'France'"),
    ],
)  # fmt: skip
def test_figures_are_those_of_the_data(traded, on, question, gold):
    wanted = [tuple(row.values()) for row in traded.sql(gold, on=on).rows(1000)]
    assert sorted(map(rounded, rows(traded, question, on)), key=str) == sorted(map(rounded, wanted), key=str)


def rounded(row):
    return tuple(round(float(v), 6) if isinstance(v, (int, float)) or type(v).__name__ == "Decimal" else v for v in row)

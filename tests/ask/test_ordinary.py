"""Ordinary ways to ask for the same figures: the last of two nouns, things and a number for each, money that was spent; figures by hand."""

from datetime import date

import pytest

from aiser_jupyter.ask.engine import read

TODAY = date(2024, 3, 15)


def rows(workspace, question, follows=None):
    reading = read(workspace.context, question, today=TODAY, follows=follows)
    return sorted((tuple(row.values()) for row in workspace.sql(reading.sql).rows(1000)), key=str) if reading.answered else reading.reason


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("revenue by product category", [("Beverages", 110.0), ("Seafood", 132.0)]),
        ("customer orders by country", [("Germany", 4), ("Spain", 1), ("USA", 2)]),
        ("categories and number of products in each", [("Beverages", 3), ("Seafood", 2)]),
        ("customers and how many orders they placed", [("Anna Berg", 3), ("Bob Stone", 2), ("Carla Diaz", 1), ("Dora Klein", 1)]),
        ("distribution of customers by country", [("Germany", 2), ("Spain", 1), ("USA", 2)]),
        ("what % of customers are from Germany", [(40.0,)]),
        ("orders with above-average freight", [(3, 9.0), (4, 11.0), (5, 13.0)]),
        ("which customer spent the most", [("Anna Berg", 136.0)]),
        ("biggest order of 2023", [(1, 40.0)]),
        ("customer with the biggest order", [("Anna Berg", 7, 76.0)]),
        ("number and share of customers by country", [("Germany", 2, 40.0), ("Spain", 1, 20.0), ("USA", 2, 40.0)]),
        ("revenue by category, total and share", [("Beverages", 110.0, 45.4545), ("Seafood", 132.0, 54.5455)]),
        ("share of seafood products among products with a price above 5", [(66.6667,)]),
        ("what share of revenue came from Anna Berg", [(56.1983,)]),
        ("orders placed by German customers in 2024", [(5, date(2024, 1, 2), 13.0), (7, date(2024, 2, 20), 8.0)]),
        ("customers by country", [("Germany", 2), ("Spain", 1), ("USA", 2)]),
        ("number of products sold by category", [("Beverages", 20), ("Seafood", 9)]),
        ("how many products did we sell in 2024", [(18,)]),
        ("What did Bob Stone buy?", [("Cola",), ("Salmon",)]),
        ("number of order lines with a discount", [(2,)]),
        ("number of customers per country, at least 2", [("Germany", 2), ("USA", 2)]),
        ("revenue minus freight", [(186.0,)]),
        ("orders and revenue by country", [("Germany", 4, 166.0), ("Spain", 1, 16.0), ("USA", 2, 60.0)]),
        ("products bought by customers from Spain", [("Shrimp",)]),
        ("month with the most orders", [(date(2024, 2, 1), 2)]),
        ("revenue plus freight by year", [(2023, 128.0), (2024, 170.0)]),
        ("orders to Germany: average freight", [(8.25,)]),
        ("number of orders January to March 2023", [(2,)]),
        ("which category grew the most from 2023 to 2024", [("Beverages", 75.0)]),
    ],
)
def test_ordinary_questions(shop, question, expected):
    assert rows(shop, question) == [tuple(pytest.approx(v, abs=0.001) if isinstance(v, float) else v for v in row) for row in expected]


@pytest.mark.parametrize(
    "question",
    [
        "revenue by product city",
        "products and number of trucks in each",
        "share of trucks among products",
        "number and share of trucks by country",
    ],
)
def test_what_the_data_lacks_is_not_made_up(shop, question):
    assert isinstance(rows(shop, question), str)


CLUB = """
CREATE TABLE members (MemberID VARCHAR, Plan VARCHAR, Partner VARCHAR, Coach VARCHAR, MonthlyFee DOUBLE, Churn BOOLEAN);
INSERT INTO members SELECT 'M' || i, CASE i % 3 WHEN 0 THEN 'Gold' ELSE 'Basic' END, CASE i % 2 WHEN 0 THEN 'Yes' ELSE 'No' END,
  CASE i % 5 WHEN 0 THEN 'Yes' ELSE 'No' END, 20 + i % 4, i % 4 = 0 FROM range(0, 240) t(i);
"""
SALES = """
CREATE TABLE shop_sales (InvoiceNo VARCHAR, InvoiceDate TIMESTAMP, Description VARCHAR, Quantity INTEGER, UnitPrice DOUBLE, CustomerID INTEGER, Country VARCHAR);
INSERT INTO shop_sales SELECT CAST(1000 + i // 3 AS VARCHAR), TIMESTAMP '2024-01-01 08:00:00' + to_hours(CAST(i AS INTEGER)), 'Mug ' || (i % 7), 1 + i % 4, 2.0 + i % 3,
  CASE WHEN i % 6 = 0 THEN NULL ELSE 100 + i % 10 END, CASE i % 4 WHEN 0 THEN 'Spain' ELSE 'Norway' END FROM range(0, 720) t(i);
"""


@pytest.mark.parametrize(
    ("name", "question", "expected"),
    [
        ("club", "number of members with and without a partner", [("No", 120), ("Yes", 120)]),
        ("club", "churn rate of members with a monthly fee above 21", [(0.0,)]),
        ("club", "how many members churned, in percent", [(25.0,)]),
        ("club", "share of gold members among churners", [(33.3333,)]),
        ("sales", "average quantity per line", [(2.5,)]),
        ("sales", "number of lines by country", [("Norway", 540), ("Spain", 180)]),
        ("sales", "products with 'Mug 1' in the description: units sold in total", [(257,)]),
        ("sales", "number of lines without customer", [(120,)]),
    ],
)
def test_ordinary_questions_of_flat_files(opened, name, question, expected):
    workspace = opened(club=CLUB, sales=SALES)
    reading = read(workspace.context, question, on=name, today=TODAY)
    assert reading.answered, reading.reason
    found = sorted((tuple(row.values()) for row in workspace.sql(reading.sql, on=name).rows(100)), key=str)
    assert found == [tuple(pytest.approx(v, abs=0.001) if isinstance(v, float) else v for v in row) for row in expected]


@pytest.mark.parametrize(
    ("questions", "expected"),
    [
        (("number of customers", "how many of those are from Germany", "as a percentage"), [(40.0,)]),
        (
            ("customers from Germany by city", "as a share of all customers"),
            [("Berlin", 100.0), ("Boston", 0.0), ("Madrid", 0.0), ("Munich", 100.0)],
        ),
        (("top 2 products by revenue", "same but number of products sold"), [("Cola", 15), ("Salmon", 7)]),
    ],
)
def test_follow_ups_share_and_count(shop, questions, expected):
    before = None
    for question in questions:
        before = read(shop.context, question, today=TODAY, follows=before)
        assert before.answered, before.reason
    assert sorted((tuple(row.values()) for row in shop.sql(before.sql).rows(100)), key=str) == expected

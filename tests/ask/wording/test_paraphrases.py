"""Other ways of asking for the same, on a warehouse of bikes and on one flat file of members."""

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask.doubts.seen import Seen
from aiser_jupyter.ask.doubts.table import belief, fidelity
from aiser_jupyter.ask.engine import read, schema_of
from aiser_jupyter.ask.grammar import frame as frames
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Plan, Star
from aiser_jupyter.ask.wording.paraphrases import canonical
from aiser_jupyter.query.profile import profile

TODAY = date(2025, 1, 10)
BIKES = """
CREATE TABLE product (product_id INTEGER PRIMARY KEY, product_name VARCHAR, category VARCHAR, description VARCHAR);
CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, customer_name VARCHAR, country VARCHAR);
CREATE TABLE sale (sale_id INTEGER PRIMARY KEY, order_number VARCHAR, sold_on DATE, product_id INTEGER REFERENCES product(product_id),
  customer_id INTEGER REFERENCES customer(customer_id), quantity INTEGER, unit_price DOUBLE, sales_amount DOUBLE, cost_amount DOUBLE);
INSERT INTO product SELECT i, 'Bike ' || i, CASE i % 2 WHEN 0 THEN 'Road' ELSE 'City' END, CASE WHEN i % 3 = 0 THEN 'a light frame' ELSE 'steel' END FROM range(1, 13) t(i);
INSERT INTO customer SELECT i, 'Customer ' || i, CASE i % 3 WHEN 0 THEN 'Norway' WHEN 1 THEN 'Spain' ELSE 'Italy' END FROM range(1, 41) t(i);
INSERT INTO sale SELECT i, 'O' || (i // 2), DATE '2023-01-01' + CAST(i % 700 AS INTEGER), 1 + i % 12, 1 + (i * 7) % 35, 1 + i % 3, 50 + i % 9,
  (1 + i % 3) * (50 + i % 9) * 0.9, (1 + i % 3) * 30 FROM range(0, 1400) t(i);
"""
CLUB = """
CREATE TABLE members (memberID VARCHAR, gender VARCHAR, SeniorCitizen INTEGER, Plan VARCHAR, MonthlyFee DOUBLE, Churn BOOLEAN);
INSERT INTO members SELECT 'M' || i, CASE i % 2 WHEN 0 THEN 'Male' ELSE 'Female' END, CAST(i % 5 = 0 AS INTEGER), CASE i % 3 WHEN 0 THEN 'Gold' ELSE 'Basic' END,
  20 + i % 40, i % 4 = 0 FROM range(1, 301) t(i);
CREATE TABLE receipts (ReceiptNo VARCHAR, memberID VARCHAR, PaidAt TIMESTAMP, Quantity INTEGER, UnitPrice DOUBLE);
INSERT INTO receipts SELECT 'R' || (i // 2), 'M' || (1 + i % 90), TIMESTAMP '2024-01-01' + to_hours(CAST(i AS INTEGER)), 1 + i % 4, 2.5 FROM range(0, 1500) t(i);
"""
REWRITTEN = [
    ("How are our customers spread over the different countries?", "number of customers by countries?"),
    ("customers as well as products", "customers and products"),
    ("top 3 customers in terms of money spent", "top 3 customers by revenue"),
    ("biggest spender in Norway", "biggest customer by revenue in Norway"),
    ("best seller per category", "best selling product per category"),
    ("By how much did sales grow from Q1 2023 to Q1 2024, in percent?", "by how many percent did sales change from Q1 2023 to Q1 2024"),
    ("sales growth Q2 2024 vs Q2 2023 in %", "by how many percent did sales change from Q2 2023 to Q2 2024"),
    ("revenue change November vs October 2024 in %", "by how many percent did revenue change from October 2024 to November 2024"),
    ("number of products with 'light' in the description", "number of products whose description contains 'light'"),
    ("which period does the data cover?", "first and last sold on"),
    ("what percentage of sales is made by Norway", "what percentage of sales comes from Norway"),
    ("YoY sales growth, all years", "YoY sales growth"),
    ("lowest, average and highest unit price", "minimum, average and maximum unit price"),
    ("the cheapest and the most expensive", "the cheapest and the most expensive"),
    ("sales by calendar year", "sales by year"),
    ("highest unit price per category", "maximum unit price by category"),
]
KEPT = [
    "how much did sales grow in 2024",
    "highest order per customer",
    "how are things",
    "going to the shop",
    "customers spread thin",
    "sales in percent",
]
ASKED = [
    ("bikes", "How are our clients spread over the different countries?", "SELECT country, count(*) FROM customer GROUP BY 1"),
    ("bikes", "profit margin in % of sales for each category", "SELECT category, 100.0 * sum(sales_amount - cost_amount) / sum(sales_amount) FROM sale JOIN product USING (product_id) GROUP BY 1"),
    ("bikes", "what was our margin in 2024", "SELECT 100.0 * sum(sales_amount - cost_amount) / sum(sales_amount) FROM sale WHERE year(sold_on) = 2024"),
    ("bikes", "average order value by country", "SELECT country, sum(sales_amount) / count(DISTINCT order_number) FROM sale JOIN customer USING (customer_id) GROUP BY 1"),
    ("bikes", "number of products with 'light' in the description", "SELECT count(*) FROM product WHERE description ILIKE '%light%'"),
    ("bikes", "By how much did sales grow from 2023 to 2024, in percent?", "SELECT 100.0 * (sum(sales_amount) FILTER (year(sold_on) = 2024) / sum(sales_amount) FILTER (year(sold_on) = 2023) - 1) FROM sale"),
    ("bikes", "What did we invoice in 2024?", "SELECT sum(sales_amount) FROM sale WHERE year(sold_on) = 2024"),
    ("bikes", "customers with more than 39 orders", "SELECT customer_name, count(DISTINCT order_number) FROM sale JOIN customer USING (customer_id) GROUP BY ALL HAVING count(DISTINCT order_number) > 39"),
    ("bikes", "average monthly sales", "SELECT sum(sales_amount) / count(DISTINCT date_trunc('month', sold_on)) FROM sale"),
    ("bikes", "average number of orders per month", "SELECT count(DISTINCT order_number) / count(DISTINCT date_trunc('month', sold_on)) FROM sale"),
    ("bikes", "sales per month on average by category", "SELECT category, sum(sales_amount) / count(DISTINCT date_trunc('month', sold_on)) FROM sale JOIN product USING (product_id) GROUP BY 1"),
    ("bikes", "average unit price per month in 2023", "SELECT date_trunc('month', sold_on)::DATE, avg(unit_price) FROM sale WHERE year(sold_on) = 2023 GROUP BY 1"),
    ("bikes", "median order value", "SELECT median(v) FROM (SELECT sum(sales_amount) AS v FROM sale GROUP BY order_number)"),
    ("club", "median monthly fee for men and women", "SELECT gender, median(MonthlyFee) FROM members GROUP BY 1"),
    ("club", "what do our gold members pay per month on average", "SELECT avg(MonthlyFee) FROM members WHERE Plan = 'Gold'"),
    ("bikes", "lowest, average and highest unit price by category", "SELECT category, min(unit_price), avg(unit_price), max(unit_price) FROM sale JOIN product USING (product_id) GROUP BY 1"),
    ("bikes", "lowest, average and highest unit price", "SELECT min(unit_price), avg(unit_price), max(unit_price) FROM sale"),
    ("club", "which period does the data cover?", "SELECT min(PaidAt), max(PaidAt) FROM receipts"),
    ("club", "What share of senior members churned?", "SELECT 100.0 * avg(CAST(Churn AS INTEGER)) FROM members WHERE SeniorCitizen = 1"),
]  # fmt: skip


@pytest.fixture(scope="module")
def workspace(opened):
    return opened(bikes=BIKES, club=CLUB)


@pytest.fixture(scope="module")
def bikes(workspace):
    return schema_of(profile(workspace.context, "bikes"))


@pytest.mark.parametrize(("said", "plain"), REWRITTEN)
def test_other_words_for_the_same_are_brought_to_one(bikes, said, plain):
    assert canonical(said, bikes) == plain
    assert canonical(plain, bikes) == plain


def test_what_is_paid_a_month_is_a_monthly_amount(workspace, bikes):
    club = schema_of(profile(workspace.context, "club"))
    assert canonical("who pays more than 55 a month", club) == "members with monthly fee more than 55"
    assert canonical("who pays more than 55 a year", club) == "who pays more than 55 a year"
    assert canonical("who pays more than 55 a month", bikes) == "who pays more than 55 a month"


@pytest.mark.parametrize("said", KEPT)
def test_what_means_something_else_stays(bikes, said):
    assert canonical(said, bikes) == said


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "how",
                "much",
                "did",
                "sales",
                "grow",
                "in",
                "percent",
                "from",
                "2023",
                "to",
                "2024",
                "vs",
                "all",
                "years",
                "best",
                "seller",
                "spread",
                "over",
                "customers",
                "by",
                "the",
                "as",
                "well",
            ]
        ),
        max_size=9,
    )
)
def test_no_question_is_emptied(bikes, words):
    said = " ".join(words)
    assert bool(canonical(said, bikes)) == bool(said)
    assert canonical(canonical(said, bikes), bikes) == canonical(said, bikes)


@pytest.mark.parametrize(("name", "question", "gold"), ASKED)
def test_the_answer_is_that_of_the_plain_question(workspace, name, question, gold):
    reading = read(workspace.context, question, on=name, today=TODAY)
    assert reading.answered, reading.reason
    told, wanted = ([tuple(row.values()) for row in workspace.sql(sql, on=name).rows()] for sql in (reading.sql, gold))
    assert sorted(map(rounded, told)) == sorted(map(rounded, wanted))


def test_the_share_of_those_who_churned_is_no_share_of_seniors_among_them(workspace):
    schema = schema_of(profile(workspace.context, "club"))
    linked = Linked(tokens.read("What share of churned members are seniors?"), schema, {})
    churned = Condition(Item(ColumnRef("members", "Churn")), "=", (True,))
    senior = Condition(Item(ColumnRef("members", "SeniorCitizen")), "=", (1,))
    frame = frames.read(linked, TODAY)
    turned = Plan((Item(Star("members"), "count", among=(churned,)),))
    meant = Plan((Item(Star("members"), "count", among=(senior,)),), (), (churned,))
    assert belief(Seen(linked, turned, frame)) < belief(Seen(linked, meant, frame)) == 1.0


def test_a_second_group_is_not_lost(workspace, bikes):
    linked = Linked(tokens.read("sales by category and country"), bikes, {})
    category, country = ColumnRef("product", "category"), ColumnRef("customer", "country")
    amount = Item(ColumnRef("sale", "sales_amount"), "sum")
    one = Plan((Item(category), amount), group=(category,))
    both = Plan((Item(category), Item(country), amount), group=(category, country))
    frame = frames.read(linked, TODAY)
    assert fidelity(Seen(linked, one, frame)) < fidelity(Seen(linked, both, frame)) == 1.0


def rounded(row: tuple) -> tuple:
    return tuple(f"{value:.6g}" if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value) for value in row)

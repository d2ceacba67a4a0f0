"""Questions made of others: one total against another of other rows, one thing but never another, two kinds in one order, and how many of them."""

from datetime import date

import duckdb
import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read

TODAY = date(2025, 1, 10)
SCRIPT = """
CREATE TABLE course (course_id INTEGER PRIMARY KEY, course_name VARCHAR, subject VARCHAR, units_in_stock INTEGER, list_price DOUBLE, standard_cost DOUBLE);
CREATE TABLE member (member_id INTEGER PRIMARY KEY, member_name VARCHAR, city VARCHAR, Newsletter BOOLEAN);
CREATE TABLE orders (order_id INTEGER PRIMARY KEY, member_id INTEGER REFERENCES member(member_id), ordered_on DATE, shipping_fee DOUBLE);
CREATE TABLE order_line (line_id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders(order_id), course_id INTEGER REFERENCES course(course_id), quantity INTEGER, unit_price DOUBLE, rebate_amount DOUBLE);
CREATE TABLE returns (return_id INTEGER PRIMARY KEY, course_id INTEGER REFERENCES course(course_id), returned_on DATE, quantity INTEGER, refund_amount DOUBLE);
INSERT INTO course VALUES (1,'Welding','Metal',4,10,6),(2,'Turning','Metal',3,12,8),(3,'Baking','Food',7,5,2),(4,'Brewing','Food',2,9,4),(5,'Juggling','Fun',1,3,1);
INSERT INTO member SELECT i, 'Member ' || i, CASE i % 3 WHEN 0 THEN 'Oslo' ELSE 'Bergen' END, i % 4 = 0 FROM range(1, 61) t(i);
INSERT INTO orders SELECT i, 1 + i % 50, DATE '2023-01-01' + CAST(i * 2 % 700 AS INTEGER), 2 + i % 3 FROM range(1, 601) t(i);
INSERT INTO order_line SELECT 2 * i + l, i, 1 + (i % 50 + l * (i % 3)) % 5, 1 + (i + l) % 3, 10 + (i * (l + 1)) % 5, i % 4 FROM range(1, 601) t(i), range(2) u(l);
INSERT INTO returns SELECT i, 1 + i % 4, DATE '2023-01-05' + CAST(i * 5 % 700 AS INTEGER), 1 + i % 2, 8.5 FROM range(1, 90) t(i);
"""
SOLD = "SELECT {group} AS g, sum(quantity) AS q FROM order_line JOIN course USING (course_id) GROUP BY 1"
BACK = "SELECT {group} AS g, sum(quantity) AS q FROM returns JOIN course USING (course_id) GROUP BY 1"
RATE = f"SELECT s.g, 100.0 * coalesce(r.q, 0) / s.q FROM ({SOLD}) s LEFT JOIN ({BACK}) r USING (g)"


def bought(name, how="IN"):
    return f"member_id {how} (SELECT member_id FROM orders JOIN order_line USING (order_id) JOIN course USING (course_id) WHERE course_name = '{name}')"


def holds(name):
    return f"order_id IN (SELECT order_id FROM order_line JOIN course USING (course_id) WHERE course_name = '{name}')"


EARNED = "sum(quantity * unit_price)"
ASKED = [
    ("return rate by subject (units)", RATE.format(group="subject")),
    ("What is the return rate per course?", RATE.format(group="course_name")),
    ("retrun rate by subject", RATE.format(group="subject")),
    ("what share of the units sold came back, by subject?", RATE.format(group="subject")),
    ("returned units as a percentage of units sold by subject", RATE.format(group="subject")),
    ("Return rate per subject: units returned as % of units sold", RATE.format(group="subject")),
    ("return rate", "SELECT 100.0 * (SELECT sum(quantity) FROM returns) / (SELECT sum(quantity) FROM order_line)"),
    ("return rate in 2024", "SELECT 100.0 * (SELECT sum(quantity) FROM returns WHERE year(returned_on) = 2024) / (SELECT sum(quantity) FROM order_line JOIN orders USING (order_id) WHERE year(ordered_on) = 2024)"),
    ("refund amount as a percentage of revenue by subject", f"SELECT s.g, 100.0 * coalesce(r.q, 0) / s.q FROM (SELECT subject AS g, {EARNED} AS q FROM order_line JOIN course USING (course_id) GROUP BY 1) s LEFT JOIN (SELECT subject AS g, sum(refund_amount) AS q FROM returns JOIN course USING (course_id) GROUP BY 1) r USING (g)"),
    ("shipping fee as a percentage of revenue by city", f"SELECT g, 100.0 * f / q FROM (SELECT city AS g, sum(shipping_fee) AS f FROM orders JOIN member USING (member_id) GROUP BY 1) JOIN (SELECT city AS g, {EARNED} AS q FROM order_line JOIN orders USING (order_id) JOIN member USING (member_id) GROUP BY 1) USING (g)"),
    ("rebate amount as a share of revenue by subject", f"SELECT subject, 100.0 * sum(rebate_amount) / {EARNED} FROM order_line JOIN course USING (course_id) GROUP BY 1"),
    ("members who bought Welding but never Baking", f"SELECT member_name FROM member WHERE {bought('Welding')} AND {bought('Baking', 'NOT IN')}"),
    ("how many members ordered Brewing but not Juggling?", f"SELECT count(*) FROM member WHERE {bought('Brewing')} AND {bought('Juggling', 'NOT IN')}"),
    ("In how many orders was Welding bought together with Baking?", f"SELECT count(*) FROM orders WHERE {holds('Welding')} AND {holds('Baking')}"),
    ("how many orders contain both Brewing and Turning", f"SELECT count(*) FROM orders WHERE {holds('Brewing')} AND {holds('Turning')}"),
    ("stock value at list price, by subject", "SELECT subject, sum(units_in_stock * list_price) FROM course GROUP BY 1"),
    ("what is our inventory worth at cost?", "SELECT sum(units_in_stock * standard_cost) FROM course"),
    ("median number of orders per member", "SELECT median(n) FROM (SELECT count(*) AS n FROM orders GROUP BY member_id)"),
    ("What is the median number of different courses per member?", "SELECT median(n) FROM (SELECT count(DISTINCT course_id) AS n FROM orders JOIN order_line USING (order_id) GROUP BY member_id)"),
    ("latest shipping fee of Member 7", "SELECT shipping_fee FROM orders WHERE member_id = 7 ORDER BY ordered_on DESC LIMIT 1"),
    ("Members from Oslo: how many, and how many of them have newsletter?", "SELECT count(*), count(*) FILTER (Newsletter) FROM member WHERE city = 'Oslo'"),
]  # fmt: skip
# Two totals that have no group in common, one event that cannot be in two places, times that are no things, and parts that are not in the data.
SILENT = [
    "return rate by city",
    "how many orders contain both Oslo and Bergen",
    "members who bought Welding but never Knitting",
    "in how many orders was Welding bought together with Knitting",
    "shipping fee as a percentage of happiness by city",
    "latest happiness of Member 7",
    "median number of robots per member",
    "stock value at wholesale price",
]


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outer")
    with duckdb.connect(str(folder / "school.duckdb")) as connection:
        connection.execute(SCRIPT)
    workspace = aiser.Workspace(str(folder))
    workspace.connect(str(folder / "school.duckdb"), name="school")
    return workspace


def plain(row):
    return tuple(round(float(v), 6) if isinstance(v, (int, float)) else str(v) for v in row)


@pytest.mark.parametrize(("question", "sql"), ASKED)
def test_the_parts_are_put_together(school, question, sql):
    reading = read(school.context, question, on="school", today=TODAY)
    assert reading.answered, reading.reason
    given, wanted = ([plain(row.values()) for row in school.sql(text, on="school").rows()] for text in (reading.sql, sql))
    assert sorted(given) == sorted(wanted)
    assert given


@pytest.mark.parametrize("question", SILENT)
def test_what_cannot_be_put_together_is_refused(school, question):
    assert not read(school.context, question, on="school", today=TODAY).answered


def test_a_rate_that_is_stored_is_no_ratio_of_two_totals(tmp_path):
    with duckdb.connect(str(tmp_path / "rates.duckdb")) as connection:
        connection.execute(SCRIPT + "ALTER TABLE course ADD COLUMN return_rate DOUBLE; UPDATE course SET return_rate = course_id / 10.0;")
    workspace = aiser.Workspace(str(tmp_path))
    workspace.connect(str(tmp_path / "rates.duckdb"), name="rates")
    reading = read(workspace.context, "return rate by subject", on="rates", today=TODAY)
    assert "returns" not in reading.sql


def test_a_rate_of_two_totals_is_told_in_words_and_edited_by_nothing(school):
    answer = school.ask("return rate by subject", on="school", today=TODAY)
    assert answer.answered
    assert "return" in answer.restated.lower()
    then = school.ask("only Metal", on="school", today=TODAY, follows=answer)
    assert not then.answered or "Metal" in then.sql

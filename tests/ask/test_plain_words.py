"""What goes without saying in plain words: verbs of coming to be, who left and who is there, what is lacking, countries nobody is from, numbered things."""

from datetime import date

import pytest

from aiser_jupyter.ask.engine import read, schema_of
from aiser_jupyter.ask.grammar import flags
from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.vocabulary import codes, countries
from aiser_jupyter.ask.vocabulary.nouns import renamed
from aiser_jupyter.ask.wording.wording import plainly
from aiser_jupyter.catalog.shortened import written_out
from aiser_jupyter.query.profile import profile

TODAY = date(2025, 6, 15)
# Abbreviated, with hires that applications have too.
HR = """
CREATE TABLE dept (dept_cd VARCHAR PRIMARY KEY, dept_nm VARCHAR);
CREATE TABLE emp (emp_no INTEGER PRIMARY KEY, fname VARCHAR, lname VARCHAR, dept_cd VARCHAR REFERENCES dept(dept_cd), hire_dt DATE, term_dt DATE, term_rsn VARCHAR, ann_sal INTEGER);
CREATE TABLE appl (appl_id INTEGER PRIMARY KEY, dept_cd VARCHAR REFERENCES dept(dept_cd), appl_dt DATE, stage VARCHAR);
INSERT INTO dept VALUES ('FIN', 'Finance'), ('OPS', 'Operations');
INSERT INTO emp SELECT i, 'F' || i, 'L' || i, CASE WHEN i % 3 = 0 THEN 'FIN' ELSE 'OPS' END, DATE '2021-01-01' + CAST(i * 2 AS INTEGER),
  CASE WHEN i % 5 = 0 THEN DATE '2024-01-01' + CAST(i AS INTEGER) END, CASE WHEN i % 5 = 0 THEN CASE WHEN i % 2 = 0 THEN 'moved' ELSE 'retired' END END, 30000 + i FROM range(1, 601) t(i);
INSERT INTO appl SELECT i, CASE WHEN i % 2 = 0 THEN 'FIN' ELSE 'OPS' END, DATE '2024-01-01' + CAST(i % 300 AS INTEGER), CASE WHEN i % 7 = 0 THEN 'Hired' ELSE 'Rejected' END FROM range(1, 701) t(i);
"""
# One flat file whose bills have several rows each.
TILL = """
CREATE TABLE sales (InvoiceNo VARCHAR, SoldAt TIMESTAMP, Country VARCHAR, Internet VARCHAR, Children INTEGER, Quantity INTEGER, UnitPrice DOUBLE);
INSERT INTO sales SELECT 'I' || (i // 3), TIMESTAMP '2024-01-01' + to_hours(CAST(i AS INTEGER)), CASE i % 4 WHEN 0 THEN 'Norway' WHEN 1 THEN 'France' WHEN 2 THEN 'Spain' ELSE 'Italy' END,
  CASE WHEN i % 5 = 0 THEN 'No' ELSE 'DSL' END, i % 3, 1 + i % 4, 2.5 FROM range(0, 1500) t(i);
"""
ASKED = [
    ("hr", "current headcount per department", "SELECT dept_nm, count(*) FROM emp JOIN dept USING (dept_cd) WHERE term_dt IS NULL GROUP BY 1"),
    ("hr", "leavers in 2024 by reason", "SELECT term_rsn, count(*) FROM emp WHERE year(term_dt) = 2024 GROUP BY 1"),
    ("hr", "how many people left the company last year", "SELECT count(*) FROM emp WHERE year(term_dt) = 2024"),
    ("hr", "how many former employees are there", "SELECT 120"),
    ("hr", "new hires per department in 2022", "SELECT dept_nm, count(*) FROM emp JOIN dept USING (dept_cd) WHERE year(hire_dt) = 2022 GROUP BY 1"),
    ("hr", "total payroll by department", "SELECT dept_nm, sum(ann_sal) FROM emp JOIN dept USING (dept_cd) GROUP BY 1"),
    ("hr", "how many people work in Finance", "SELECT 200"),
    ("hr", "how many applications did we receive in March 2024", "SELECT count(*) FROM appl WHERE appl_dt >= '2024-03-01' AND appl_dt < '2024-04-01'"),
    ("till", "invoices by country", "SELECT Country, count(DISTINCT InvoiceNo) FROM sales GROUP BY 1"),
    ("till", "how many orders did we get in January 2024", "SELECT count(DISTINCT InvoiceNo) FROM sales WHERE SoldAt < '2024-02-01'"),
]  # fmt: skip


@pytest.fixture(scope="module")
def workspace(opened):
    return opened(hr=HR, till=TILL)


def rows(workspace, sql, on):
    return sorted(tuple(row.values()) for row in workspace.sql(sql, on=on).rows())


@pytest.mark.parametrize(("db", "question", "gold"), ASKED, ids=[q for _, q, _ in ASKED])
def test_it_is_read(workspace, db, question, gold):
    reading = read(workspace.context, question, on=db, today=TODAY)
    assert reading.answered, (reading.reason, reading.alternatives[:2])
    assert rows(workspace, reading.sql, db) == rows(workspace, gold, db)


def test_a_verb_that_says_more_than_that_it_came_to_be_stays(workspace):
    schema = schema_of(profile(workspace.context, "hr"))
    assert plainly("how many applications did we receive in May", schema) == "how many applications did we have in May"
    for said in ("how many applications did we cancel in May", "how many people did we hire in May"):
        assert plainly(said, schema) == said
    assert not read(workspace.context, "how many applications did we cancel in March 2024", on="hr", today=TODAY).answered


def test_what_is_lacking_is_what_is_stored_for_it(workspace):
    schema = schema_of(profile(workspace.context, "till"))
    no, none = flags.lacks(schema, ColumnRef("sales", "Internet")), flags.lacks(schema, ColumnRef("sales", "Children"))
    assert no is not None
    assert (no.operator, no.values) == ("=", ("No",))
    assert none is not None
    assert (none.operator, none.values) == ("=", (0,))
    assert flags.lacks(schema, ColumnRef("sales", "Country")) is None  # each row has one
    empty = flags.lacks(schema_of(profile(workspace.context, "hr")), ColumnRef("emp", "term_rsn"))
    assert empty is not None
    assert empty.operator == "is null"


def test_a_country_that_nobody_is_from_is_counted_as_none_and_nothing_else_is_said_of_it(workspace):
    schema = schema_of(profile(workspace.context, "till"))
    assert schema.homelands == (ColumnRef("sales", "Country"),)
    counted = read(workspace.context, "how many invoices were there in Japan", on="till", today=TODAY)
    assert counted.answered
    assert rows(workspace, counted.sql, "till") == [(0,)]
    assert not read(workspace.context, "revenue from Japan", on="till", today=TODAY).answered
    assert not read(workspace.context, "how many invoices were there in Gondor", on="till", today=TODAY).answered
    assert (countries.plain("Deutschland"), countries.plain("UK"), countries.plain("Gondor")) == ("Germany", "United Kingdom", "")


def test_only_things_with_several_rows_each_are_counted_by_their_number(workspace):
    till, hr = (schema_of(profile(workspace.context, name)) for name in ("till", "hr"))
    assert renamed("invoices by country", till)[0] == "number of invoices by country"
    assert renamed("quantity by country", till)[0] == "quantity by country"
    assert renamed("applications by stage", hr)[0] == "applications by stage"


def test_a_term_is_an_end_beside_a_date_alone():
    assert written_out(("term", "dt")) == ("termination", "date")
    assert written_out(("loan", "term")) == ("loan", "term")
    assert written_out(("term", "months")) == ("term", "months")


SHOP = """
CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, company_name VARCHAR);
CREATE TABLE employees (employee_id INTEGER PRIMARY KEY, full_name VARCHAR, city VARCHAR);
CREATE TABLE tracks (track_id INTEGER PRIMARY KEY, title VARCHAR, milliseconds INTEGER);
CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(customer_id), employee_id INTEGER REFERENCES employees(employee_id), order_date DATE);
CREATE TABLE order_lines (line_id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders(order_id), track_id INTEGER REFERENCES tracks(track_id), unit_price DOUBLE, quantity INTEGER);
INSERT INTO customers SELECT i, 'Firm ' || i FROM range(1, 8) t(i);
INSERT INTO employees VALUES (1, 'Ada Low', 'Leeds'), (2, 'Bo Ray', 'York'), (3, 'Cy Dale', 'York');
INSERT INTO tracks SELECT i, 'T' || i, i * 20000 FROM range(1, 41) t(i);
INSERT INTO orders SELECT i, 1 + (i * i) % 7, 1 + (i * 5) % 3, DATE '2023-06-01' + CAST(i AS INTEGER) FROM range(0, 700) t(i);
INSERT INTO order_lines SELECT i, i % 700, 1 + i % 40, 1 + i % 9, 1 + i % 3 FROM range(0, 2000) t(i);
"""
SOLD = "order_lines JOIN orders USING (order_id) JOIN customers USING (customer_id) JOIN employees USING (employee_id)"
WHO = [
    ("who spent the most in 2024", f"SELECT company_name, sum(unit_price * quantity) AS n FROM {SOLD} WHERE year(order_date) = 2024 GROUP BY 1 ORDER BY n DESC LIMIT 1"),
    ("who sold the most", f"SELECT full_name, sum(unit_price * quantity) AS n FROM {SOLD} GROUP BY 1 ORDER BY n DESC LIMIT 1"),
    ("who placed the most orders in 2024", "SELECT company_name, count(*) AS n FROM orders JOIN customers USING (customer_id) WHERE year(order_date) = 2024 GROUP BY 1 QUALIFY rank() OVER (ORDER BY count(*) DESC) = 1"),
    ("who is our best customer", f"SELECT company_name, sum(unit_price * quantity) AS n FROM {SOLD} GROUP BY 1 ORDER BY n DESC LIMIT 1"),
    ("how many tracks are longer than 5 minutes", "SELECT count(*) FROM tracks WHERE milliseconds > 300000"),
    ("how many tracks are between 2 and 4 minutes long", "SELECT count(*) FROM tracks WHERE milliseconds BETWEEN 120000 AND 240000"),
]  # fmt: skip


@pytest.fixture(scope="module")
def records(opened):
    return opened(records=SHOP)


@pytest.mark.parametrize(("question", "gold"), WHO, ids=[q for q, _ in WHO])
def test_who_is_told_by_what_was_done_and_how_long_by_the_unit_of_the_data(records, question, gold):
    reading = read(records.context, question, on="records", today=TODAY)
    assert reading.answered, (reading.reason, reading.alternatives[:2])
    assert rows(records, reading.sql, "records") == rows(records, gold, "records")


def test_who_without_anybody_is_no_total(workspace):
    reading = read(workspace.context, "who spent the most in January 2024", on="till", today=TODAY)
    assert not reading.answered


def test_a_unit_that_the_data_has_itself_or_nothing_of_is_left_as_it_is(workspace, records):
    shop, hr = schema_of(profile(records.context, "records")), schema_of(profile(workspace.context, "hr"))
    assert plainly("tracks over 3 minutes", shop) == "tracks with milliseconds over 180000"
    assert plainly("tracks over 2,500 milliseconds", shop) == "tracks over 2,500 milliseconds"
    assert plainly("orders in the last 30 minutes", shop) == "orders in the last 30 minutes"
    assert plainly("calls over 3 minutes", hr) == "calls over 3 minutes"


COLUMNS = """
CREATE TABLE FactRegionBudget (BudgetKey INTEGER PRIMARY KEY, RegionKey INTEGER, RegionAmountBudget DOUBLE, SetOn DATE);
CREATE TABLE members (member_id INTEGER PRIMARY KEY, marital_status VARCHAR, gender VARCHAR, contract VARCHAR, partner BOOLEAN, dependents BOOLEAN, spent DOUBLE);
INSERT INTO FactRegionBudget SELECT i, i % 4, 100 + i, DATE '2022-01-01' + CAST(i AS INTEGER) FROM range(0, 900) t(i);
INSERT INTO members SELECT i, CASE WHEN i % 3 = 0 THEN 'M' ELSE 'S' END, CASE WHEN i % 2 = 0 THEN 'F' ELSE 'M' END, CASE WHEN i % 4 = 0 THEN 'Two year' ELSE 'Monthly' END,
  i % 5 = 0, i % 7 = 0, i FROM range(0, 1100) t(i);
"""
TOLD = [
    ("region budget per year", "SELECT year(SetOn), sum(RegionAmountBudget) FROM FactRegionBudget GROUP BY 1"),
    ("how many married members do we have", "SELECT count(*) FROM members WHERE marital_status = 'M'"),
    ("how many single women are among the members", "SELECT count(*) FROM members WHERE marital_status = 'S' AND gender = 'F'"),
    ("average spent by contract type", "SELECT contract, avg(spent) FROM members GROUP BY 1"),
    ("how many members without a partner or dependents", "SELECT count(*) FROM members WHERE NOT partner AND NOT dependents"),
]


@pytest.fixture(scope="module")
def club(opened):
    return opened(club=COLUMNS)


@pytest.mark.parametrize(("question", "gold"), TOLD, ids=[q for q, _ in TOLD])
def test_letters_kinds_and_amounts_are_told_by_the_names_of_their_columns(club, question, gold):
    reading = read(club.context, question, on="club", today=TODAY)
    assert reading.answered, (reading.reason, reading.alternatives[:2])
    assert rows(club, reading.sql, "club") == rows(club, gold, "club")


def test_a_letter_stands_for_a_word_only_in_a_column_of_that_name(club):
    schema = schema_of(profile(club.context, "club"))
    assert {(hit.column, hit.value) for hit in codes.meant(schema, "married")} == {("marital_status", "M")}
    assert {(hit.column, hit.value) for hit in codes.meant(schema, "women")} == {("gender", "F")}
    assert codes.meant(schema, "high") == []
    assert plainly("how many region budget rows", schema) != "how many region amount budget rows"

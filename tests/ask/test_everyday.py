"""Everyday words of business on two small databases of other naming, with figures worked out by hand."""

from datetime import date

import duckdb
import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read
from aiser_jupyter.ask.grammar.spans import places
from aiser_jupyter.ask.vocabulary.countries import called
from aiser_jupyter.ask.words import split

TODAY = date(2024, 6, 15)
# Abbreviated names, no declared keys.
CLINIC = """
CREATE TABLE pt (pt_id INTEGER, f_nm VARCHAR, l_nm VARCHAR, nat VARCHAR, reg_dt DATE);
CREATE TABLE dept (dept_cd VARCHAR, dept_nm VARCHAR, bldg VARCHAR);
CREATE TABLE appt (appt_id INTEGER, pt_id INTEGER, dept_cd VARCHAR, appt_dt TIMESTAMP, done_dt TIMESTAMP, wait_min INTEGER, stat VARCHAR, tele_flg VARCHAR);
INSERT INTO pt SELECT i, 'F' || i, 'L' || i, CASE WHEN i % 3 = 0 THEN 'German' ELSE 'British' END, DATE '2023-12-01' + CAST(i * 20 AS INTEGER) FROM range(1, 13) t(i);
INSERT INTO dept VALUES ('CARD','Cardiology','A'),('DERM','Dermatology','B');
INSERT INTO appt SELECT i, 1 + i % 10, CASE WHEN i % 2 = 0 THEN 'CARD' ELSE 'DERM' END, TIMESTAMP '2024-01-01 09:00:00' + to_hours(CAST(i * 6 AS INTEGER)),
  CASE WHEN i % 5 = 0 THEN NULL ELSE TIMESTAMP '2024-01-01 09:00:00' + to_hours(CAST(i * 6 + 3 AS INTEGER)) END, i % 30,
  CASE i % 4 WHEN 0 THEN 'cancelled' WHEN 1 THEN 'no-show' ELSE 'completed' END, CASE WHEN i % 8 = 0 THEN 'Y' ELSE 'N' END FROM range(1, 601) t(i);
"""
# Accounts for customers, invoices with days of their own.
SAAS = """
CREATE TABLE sales_reps (rep_id INTEGER PRIMARY KEY, full_name VARCHAR);
CREATE TABLE accounts (account_id INTEGER PRIMARY KEY, company_name VARCHAR, country VARCHAR, created_at TIMESTAMP, rep_id INTEGER REFERENCES sales_reps(rep_id));
CREATE TABLE invoices (invoice_id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts(account_id), issued_on DATE, due_on DATE, paid_on DATE, amount DOUBLE, status VARCHAR);
CREATE TABLE support_tickets (ticket_id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts(account_id), opened_at TIMESTAMP, resolved_at TIMESTAMP, priority VARCHAR);
CREATE TABLE users (user_id INTEGER PRIMARY KEY, account_id INTEGER REFERENCES accounts(account_id), email VARCHAR, last_login_at TIMESTAMP);
INSERT INTO sales_reps VALUES (1,'Ada Low'),(2,'Bo Ray');
INSERT INTO accounts SELECT i, 'Firm ' || i, CASE WHEN i % 4 = 0 THEN 'United States' ELSE 'Germany' END, TIMESTAMP '2023-01-05' + to_days(CAST(i * 20 AS INTEGER)),
  CASE WHEN i % 5 = 0 THEN NULL ELSE 1 + i % 2 END FROM range(1, 21) t(i);
INSERT INTO invoices SELECT i, 1 + i % 20, DATE '2023-01-01' + CAST(i AS INTEGER), DATE '2023-01-31' + CAST(i AS INTEGER),
  CASE WHEN i % 10 = 0 THEN NULL ELSE DATE '2023-01-11' + CAST(i AS INTEGER) END, 10.0, CASE WHEN i % 10 = 0 THEN 'open' ELSE 'paid' END FROM range(1, 521) t(i);
INSERT INTO support_tickets SELECT i, 1 + i % 20, TIMESTAMP '2024-01-01' + to_hours(CAST(i AS INTEGER)), CASE WHEN i % 6 = 0 THEN NULL ELSE TIMESTAMP '2024-01-01' + to_hours(CAST(i + 12 AS INTEGER)) END,
  CASE WHEN i % 2 = 0 THEN 'high' ELSE 'low' END FROM range(1, 121) t(i);
INSERT INTO users SELECT i, 1 + i % 20, 'u' || i || '@x.example', CASE WHEN i % 7 = 0 THEN NULL ELSE TIMESTAMP '2024-02-01' END FROM range(1, 71) t(i);
"""
ASKED = [
    ("clinic", "How many patients do we have?", "SELECT 12"),
    ("clinic", "number of visits per department", "SELECT 'Cardiology', 300 UNION ALL SELECT 'Dermatology', 300"),
    ("clinic", "no-show rate by department", "SELECT dept_nm, 100.0 * avg((stat = 'no-show')::INT) FROM appt JOIN dept USING (dept_cd) GROUP BY 1"),
    ("clinic", "cancellation rate by department", "SELECT dept_nm, 100.0 * avg((stat = 'cancelled')::INT) FROM appt JOIN dept USING (dept_cd) GROUP BY 1"),
    ("clinic", "average waiting time by department", "SELECT dept_nm, avg(wait_min) FROM appt JOIN dept USING (dept_cd) GROUP BY 1"),
    ("clinic", "Which building is Dermatology in?", "SELECT 'B'"),
    ("clinic", "cancelled appointments in March 2024", "SELECT count(*) FROM appt WHERE stat = 'cancelled' AND appt_dt >= '2024-03-01' AND appt_dt < '2024-04-01'"),
    ("clinic", "patients registered since April 2024, how many?", "SELECT count(*) FROM pt WHERE reg_dt >= '2024-04-01'"),
    ("saas", "How many customers signed up last year?", "SELECT count(*) FROM accounts WHERE year(created_at) = 2023"),
    ("saas", "signups by country", "SELECT country, count(*) FROM accounts GROUP BY 1"),
    ("saas", "How many US customers do we have?", "SELECT 5"),
    ("saas", "How many American clients do we have?", "SELECT 5"),
    ("saas", "how much money did we make in 2023?", "SELECT sum(amount) FROM invoices WHERE year(issued_on) = 2023"),
    ("saas", "How many invoices are still unpaid?", "SELECT 52"),
    ("saas", "how many invoices are overdue", "SELECT count(*) FROM invoices WHERE status = 'open' AND due_on < DATE '2024-06-15'"),
    ("saas", "total amount of invoices paid in March 2023", "SELECT sum(amount) FROM invoices WHERE status = 'paid' AND paid_on >= '2023-03-01' AND paid_on < '2023-04-01'"),
    ("saas", "how many tickets are still open by priority", "SELECT priority, count(*) FROM support_tickets WHERE resolved_at IS NULL GROUP BY 1"),
    ("saas", "average ticket resolution time in hours by priority", "SELECT 'high', 12.0 UNION ALL SELECT 'low', 12.0"),
    ("saas", "how many users have never logged in", "SELECT 10"),
    ("saas", "accounts without a sales rep, count per country", "SELECT country, count(*) FROM accounts WHERE rep_id IS NULL GROUP BY 1"),
    ("saas", "busiest weekday for support tickets", "SELECT dayname(opened_at), count(*) FROM support_tickets GROUP BY 1 QUALIFY rank() OVER (ORDER BY count(*) DESC) = 1"),
    ("saas", "how long do customers take to pay invoices on average", "SELECT 10.0"),
]  # fmt: skip


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = aiser.Workspace(tmp_path_factory.mktemp("everyday"))
    for name, script in (("clinic", CLINIC), ("saas", SAAS)):
        path = tmp_path_factory.mktemp(name) / f"{name}.duckdb"
        with duckdb.connect(str(path)) as connection:
            connection.execute(script)
        made.connect(str(path), name=name)
    return made


def plain(rows):
    return sorted(
        tuple(round(float(v), 6) if isinstance(v, (int, float)) or hasattr(v, "as_tuple") else v for v in row.values()) for row in rows
    )


@pytest.mark.parametrize(("source", "question", "sql"), ASKED)
def test_everyday_words_get_their_figures(workspace, source, question, sql):
    reading = read(workspace.context, question, on=source, today=TODAY)
    assert reading.answered, reading.reason
    assert plain(workspace.sql(reading.sql, on=source).rows()) == plain(workspace.sql(sql, on=source).rows())


@pytest.mark.parametrize(
    ("source", "question"),
    [
        ("saas", "How much did we spend on paid search per new signup?"),
        ("saas", "Is the price too high?"),
        ("saas", "customer acquisition cost per country"),
        ("clinic", "average nurse salary per department"),
    ],
)
def test_what_is_not_there_stays_refused(workspace, source, question):
    assert not read(workspace.context, question, on=source, today=TODAY).answered


def test_a_word_taken_in_a_sense_is_said(workspace):
    reading = read(workspace.context, "How many customers signed up last year?", on="saas", today=TODAY)
    assert "“customers” are the accounts" in reading.assumptions


def test_a_country_is_known_by_its_people_and_codes():
    assert "United States" in called("American")
    assert "United States" in called("US")
    assert called("us") == ()
    assert called("it") == called("in") == ()
    assert "German" in called("Germany")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("f_nm", ("first", "name")),
        ("wait_min", ("wait", "minutes")),
        ("min_qty", ("minimum", "quantity")),
        ("OrderDt", ("order", "date")),
        ("custname", ("customer", "name")),
    ],
)
def test_short_names_are_written_out(name, words):
    assert split(name) == words


def test_how_long_something_took_is_found_in_the_text():
    assert places("average length of stay by hotel") == [(8, 22)]
    assert places("revenue by hotel") == []

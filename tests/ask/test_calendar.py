"""Days kept in a table of their own: each event goes by its own day, and two kinds of events are never joined by the day of both."""

from datetime import date

import pytest

from aiser_jupyter.ask.engine import read

TODAY = date(2025, 4, 10)
# The members come before the visits by name, and have days of their own.
GYM = """
CREATE TABLE dim_date (date_key INTEGER PRIMARY KEY, full_date DATE);
CREATE TABLE dim_member (member_key INTEGER PRIMARY KEY, member_name VARCHAR, town VARCHAR, joined_date_key INTEGER REFERENCES dim_date(date_key));
CREATE TABLE fact_visit (visit_id INTEGER PRIMARY KEY, member_key INTEGER REFERENCES dim_member(member_key), entered_date_key INTEGER REFERENCES dim_date(date_key),
  left_date_key INTEGER REFERENCES dim_date(date_key), minutes INTEGER);
CREATE TABLE fact_payment (payment_id INTEGER PRIMARY KEY, member_key INTEGER REFERENCES dim_member(member_key), paid_date_key INTEGER REFERENCES dim_date(date_key), net_amount DOUBLE);
INSERT INTO dim_date SELECT CAST(strftime(d, '%Y%m%d') AS INTEGER), d FROM (SELECT DATE '2023-01-01' + CAST(i AS INTEGER) AS d FROM range(0, 800) t(i));
INSERT INTO dim_member SELECT i, 'M' || i, CASE WHEN i % 3 = 0 THEN 'Hull' ELSE 'Bath' END, CAST(strftime(DATE '2023-01-01' + CAST(i * 9 AS INTEGER), '%Y%m%d') AS INTEGER) FROM range(1, 61) t(i);
INSERT INTO fact_visit SELECT i, 1 + i % 60, CAST(strftime(DATE '2023-06-01' + CAST(i % 550 AS INTEGER), '%Y%m%d') AS INTEGER),
  CAST(strftime(DATE '2023-06-02' + CAST(i % 550 AS INTEGER), '%Y%m%d') AS INTEGER), 30 + i % 40 FROM range(0, 900) t(i);
INSERT INTO fact_payment SELECT i, 1 + i % 60, CAST(strftime(DATE '2023-03-01' + CAST(i % 600 AS INTEGER), '%Y%m%d') AS INTEGER), 10 + i % 5 FROM range(0, 700) t(i);
"""
VISITS = "fact_visit v JOIN dim_member m USING (member_key) WHERE v.entered_date_key"
PAID = "fact_payment p JOIN dim_member m USING (member_key) WHERE p.paid_date_key"
ASKED = [
    ("visits by town in 2024", f"SELECT town, count(*) FROM {VISITS} >= 20240101 AND v.entered_date_key < 20250101 GROUP BY 1"),
    ("average minutes by town in March 2024", f"SELECT town, avg(minutes) FROM {VISITS} BETWEEN 20240301 AND 20240331 GROUP BY 1"),
    ("revenue by town last year", f"SELECT town, sum(net_amount) FROM {PAID} >= 20240101 AND p.paid_date_key < 20250101 GROUP BY 1"),
    ("how many members joined in 2024", "SELECT count(*) FROM dim_member WHERE joined_date_key >= 20240101"),
]


@pytest.fixture(scope="module")
def workspace(opened):
    return opened(gym=GYM)


def rows(workspace, sql):
    return sorted(tuple(round(v, 6) if isinstance(v, float) else v for v in row.values()) for row in workspace.sql(sql, on="gym").rows())


@pytest.mark.parametrize(("question", "gold"), ASKED, ids=[q for q, _ in ASKED])
def test_an_event_goes_by_its_own_day(workspace, question, gold):
    reading = read(workspace.context, question, on="gym", today=TODAY)
    assert reading.answered, (reading.reason, reading.alternatives[:2])
    assert rows(workspace, reading.sql) == rows(workspace, gold)


def test_two_kinds_of_events_are_joined_by_whom_they_share_and_not_by_the_day(workspace):
    from aiser_jupyter.ask.engine import schema_of
    from aiser_jupyter.query.profile import profile

    graph = schema_of(profile(workspace.context, "gym")).graph
    path = graph.path(("fact_payment", "fact_visit"))
    assert graph.calendars == {"dim_date"}
    assert path is not None
    assert path.tables == ("fact_payment", "dim_member", "fact_visit")

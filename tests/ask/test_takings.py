"""Which column is revenue where none is called so: net of a warehouse's bills, what was paid for each of a course, a total in euros; and where there is none."""

from datetime import date

import pytest

from aiser_jupyter.ask.engine import read, schema_of
from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.plan import ColumnRef, Formula
from aiser_jupyter.query.profile import profile

TODAY = date(2025, 6, 15)
WAREHOUSE = """
CREATE TABLE dim_date (date_key INTEGER PRIMARY KEY, full_date DATE);
CREATE TABLE dim_shop (shop_key INTEGER PRIMARY KEY, shop_name VARCHAR);
CREATE TABLE fact_bill (bill_id INTEGER PRIMARY KEY, bill_date_key INTEGER REFERENCES dim_date(date_key), shop_key INTEGER REFERENCES dim_shop(shop_key),
  gross_amount DOUBLE, discount_amount DOUBLE, net_amount DOUBLE, tax_amount DOUBLE);
INSERT INTO dim_date SELECT CAST(strftime(d, '%Y%m%d') AS INTEGER), d FROM (SELECT DATE '2024-01-01' + CAST(i AS INTEGER) AS d FROM range(0, 600) t(i));
INSERT INTO dim_shop VALUES (1, 'Mill Lane'), (2, 'Quay');
INSERT INTO fact_bill SELECT i, CAST(strftime(DATE '2024-01-01' + CAST(i % 500 AS INTEGER), '%Y%m%d') AS INTEGER), 1 + i % 2, 20, i % 5, 20 - i % 5, 2 FROM range(0, 700) t(i);
"""
SCHOOL = """
CREATE TABLE classes (class_id INTEGER PRIMARY KEY, title VARCHAR, list_price DOUBLE);
CREATE TABLE bookings (booking_id INTEGER PRIMARY KEY, class_id INTEGER REFERENCES classes(class_id), booked_at TIMESTAMP, price_paid DOUBLE);
INSERT INTO classes VALUES (1, 'Pottery', 50), (2, 'Weaving', 70);
INSERT INTO bookings SELECT i, 1 + i % 2, TIMESTAMP '2024-01-01' + to_hours(CAST(i AS INTEGER)), 40 + i % 7 FROM range(0, 600) t(i);
"""
POWER = """
CREATE TABLE bills (bill_no VARCHAR PRIMARY KEY, issued_on DATE, town VARCHAR, energy_eur DOUBLE, vat_eur DOUBLE, total_eur DOUBLE);
INSERT INTO bills SELECT 'B' || i, DATE '2024-01-01' + CAST(i % 300 AS INTEGER), CASE WHEN i % 3 = 0 THEN 'Ost' ELSE 'West' END, i, i * 0.2, i * 1.2 FROM range(0, 700) t(i);
"""
NONE = """
CREATE TABLE rooms (room_id INTEGER PRIMARY KEY, label VARCHAR);
CREATE TABLE stays (stay_id INTEGER PRIMARY KEY, room_id INTEGER REFERENCES rooms(room_id), begun DATE, deposit_amount DOUBLE, discount_amount DOUBLE);
INSERT INTO rooms VALUES (1, 'A'), (2, 'B');
INSERT INTO stays SELECT i, 1 + i % 2, DATE '2024-01-01' + CAST(i % 300 AS INTEGER), 5, 1 FROM range(0, 700) t(i);
"""
SCRIPTS = {"warehouse": WAREHOUSE, "school": SCHOOL, "power": POWER, "none": NONE}
ASKED = [
    ("warehouse", "revenue by shop", "SELECT shop_name, sum(net_amount) FROM fact_bill JOIN dim_shop USING (shop_key) GROUP BY 1"),
    ("warehouse", "total revenue in 2024", "SELECT sum(net_amount) FROM fact_bill WHERE bill_date_key < 20250101"),
    ("warehouse", "how much money did we make in March 2024", "SELECT sum(net_amount) FROM fact_bill WHERE bill_date_key BETWEEN 20240301 AND 20240331"),
    ("school", "revenue per class", "SELECT title, sum(price_paid) FROM bookings JOIN classes USING (class_id) GROUP BY 1"),
    ("power", "turnover by town", "SELECT town, sum(total_eur) FROM bills GROUP BY 1"),
]  # fmt: skip


@pytest.fixture(scope="module")
def workspace(opened):
    return opened(**SCRIPTS)


def rows(workspace, sql, on):
    return sorted(tuple(round(v, 6) if isinstance(v, float) else v for v in row.values()) for row in workspace.sql(sql, on=on).rows())


@pytest.mark.parametrize(("db", "question", "gold"), ASKED, ids=[q for _, q, _ in ASKED])
def test_revenue_is_found(workspace, db, question, gold):
    reading = read(workspace.context, question, on=db, today=TODAY)
    assert reading.answered, (reading.reason, reading.alternatives[:2])
    assert rows(workspace, reading.sql, db) == rows(workspace, gold, db)
    assert any(note.startswith("revenue is the sum of") for note in reading.assumptions), reading.assumptions


def test_a_deposit_and_a_discount_are_no_revenue(workspace):
    assert measures.revenue(schema_of(profile(workspace.context, "none"))) is None
    assert not read(workspace.context, "revenue by room", on="none", today=TODAY).answered


def test_the_lines_of_an_order_still_stand_where_no_bill_has_a_total(shop):
    found = measures.revenue(schema_of(profile(shop.context, "shop")))
    assert found is not None
    assert isinstance(found.expression, Formula)
    assert found.expression.factors == (ColumnRef("order_lines", "unit_price"), ColumnRef("order_lines", "quantity"))

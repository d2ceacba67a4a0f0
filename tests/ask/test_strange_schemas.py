"""Schemas that nobody made for this engine: bare consonants for names, several kinds of income, rows that are called by a code."""

from datetime import date

import pytest

from aiser_jupyter.ask.engine import read, schema_of
from aiser_jupyter.ask.grammar import measures, streams
from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.words import split
from aiser_jupyter.query.profile import profile

TODAY = date(2025, 6, 30)
# A timber merchant whose returns have an amount too, and whose lines have their net.
TIMBER = """
CREATE TABLE dlr_mst (dlr_no INTEGER PRIMARY KEY, dlr_nm VARCHAR, dlr_typ VARCHAR, act_fl VARCHAR, cr_lmt DOUBLE);
CREATE TABLE itm_mst (itm_no INTEGER PRIMARY KEY, itm_desc VARCHAR, lst_prc DOUBLE, std_cst DOUBLE);
CREATE TABLE rtn (rtn_no INTEGER PRIMARY KEY, itm_no INTEGER REFERENCES itm_mst(itm_no), rtn_dt DATE, qty INTEGER, rsn VARCHAR, crd_amt DOUBLE);
CREATE TABLE ord_hdr (ord_no INTEGER PRIMARY KEY, dlr_no INTEGER REFERENCES dlr_mst(dlr_no), ord_dt DATE);
CREATE TABLE ord_ln (ord_no INTEGER REFERENCES ord_hdr(ord_no), itm_no INTEGER REFERENCES itm_mst(itm_no), qty INTEGER, unt_prc DOUBLE, net_amt DOUBLE);
INSERT INTO dlr_mst SELECT i, 'House ' || i, CASE WHEN i % 3 = 0 THEN 'ONLINE' ELSE 'SHOP' END, CASE WHEN i % 4 = 0 THEN 'N' ELSE 'Y' END, 1000 FROM range(1, 41) t(i);
INSERT INTO itm_mst SELECT i, 'Board ' || i, 10 + i, 5 FROM range(1, 21) t(i);
INSERT INTO ord_hdr SELECT i, 1 + i % 35, DATE '2023-01-01' + CAST(i AS INTEGER) FROM range(1, 801) t(i);
INSERT INTO ord_ln SELECT 1 + i % 800, 1 + i % 20, 1 + i % 5, 10, (1 + i % 5) * 9.5 FROM range(0, 1600) t(i);
INSERT INTO rtn SELECT i, 1 + i % 20, DATE '2023-02-01' + CAST(i AS INTEGER), 1 + i % 3, CASE WHEN i % 2 = 0 THEN 'Defect' ELSE 'Wrong' END, 7 FROM range(1, 301) t(i);
"""
# A club that sells tickets and fan goods, and takes fees; and a publisher that lives from payments and from advertisements.
CLUB = """
CREATE TABLE dim_guest (guest_key INTEGER PRIMARY KEY, guest_name VARCHAR);
CREATE TABLE dim_match (match_key INTEGER PRIMARY KEY, season VARCHAR, opponent VARCHAR);
CREATE TABLE fact_goods_sale (goods_key INTEGER PRIMARY KEY, guest_key INTEGER REFERENCES dim_guest(guest_key), sale_date DATE, outlet VARCHAR, goods_revenue DOUBLE);
CREATE TABLE fact_ticket_sale (ticket_key INTEGER PRIMARY KEY, match_key INTEGER REFERENCES dim_match(match_key), sale_date DATE, channel VARCHAR, ticket_revenue DOUBLE);
INSERT INTO dim_guest SELECT i, 'Guest ' || i FROM range(1, 31) t(i);
INSERT INTO dim_match SELECT i, CASE WHEN i < 10 THEN '2023/24' ELSE '2024/25' END, 'Side ' || i FROM range(1, 21) t(i);
INSERT INTO fact_goods_sale SELECT i, 1 + i % 30, DATE '2024-01-01' + CAST(i % 500 AS INTEGER), CASE WHEN i % 3 = 0 THEN 'Stadium' ELSE 'Web' END, 1 + i % 9 FROM range(1, 701) t(i);
INSERT INTO fact_ticket_sale SELECT i, 1 + i % 20, DATE '2024-01-01' + CAST(i % 500 AS INTEGER), CASE WHEN i % 2 = 0 THEN 'Phone' ELSE 'Desk' END, 10 + i % 7 FROM range(1, 801) t(i);
"""
PRESS = """
CREATE TABLE sponsors (id INTEGER PRIMARY KEY, company VARCHAR, industry VARCHAR);
CREATE TABLE readers (id INTEGER PRIMARY KEY, full_name VARCHAR, city VARCHAR);
CREATE TABLE ad_bookings (id INTEGER PRIMARY KEY, sponsor_id INTEGER REFERENCES sponsors(id), placement VARCHAR, booked_on DATE, price DOUBLE);
CREATE TABLE payments (id INTEGER PRIMARY KEY, reader_id INTEGER REFERENCES readers(id), paid_on DATE, amount DOUBLE);
INSERT INTO sponsors SELECT i, 'Firm ' || i, CASE WHEN i % 2 = 0 THEN 'Food' ELSE 'Travel' END FROM range(1, 13) t(i);
INSERT INTO readers SELECT i, 'Reader ' || i, CASE WHEN i % 2 = 0 THEN 'Leeds' ELSE 'York' END FROM range(1, 101) t(i);
INSERT INTO ad_bookings SELECT i, 1 + i % 12, CASE WHEN i % 3 = 0 THEN 'cover' ELSE 'inside' END, DATE '2024-01-01' + CAST(i % 500 AS INTEGER), 100 + i % 11 FROM range(1, 601) t(i);
INSERT INTO payments SELECT i, 1 + i % 100, DATE '2024-01-01' + CAST(i % 500 AS INTEGER), 5 + i % 3 FROM range(1, 701) t(i);
"""
# Machines that are called by their code, and what they gave in units of energy.
PLANT = """
CREATE TABLE Sites (SiteId INTEGER PRIMARY KEY, SiteName VARCHAR);
CREATE TABLE Boilers (BoilerId INTEGER PRIMARY KEY, SiteId INTEGER REFERENCES Sites(SiteId), BoilerCode VARCHAR, Maker VARCHAR, InstalledOn DATE);
CREATE TABLE Readings (ReadingId INTEGER PRIMARY KEY, BoilerId INTEGER REFERENCES Boilers(BoilerId), ReadOn DATE, HeatKwh DOUBLE);
INSERT INTO Sites VALUES (1, 'Moor'), (2, 'Fen');
INSERT INTO Boilers SELECT i, 1 + i % 2, 'BO-' || i, CASE WHEN i % 2 = 0 THEN 'Alfa' ELSE 'Beta' END, DATE '2010-01-01' + CAST(i * 30 AS INTEGER) FROM range(1, 25) t(i);
INSERT INTO Readings SELECT i, 1 + i % 20, DATE '2024-01-01' + CAST(i % 500 AS INTEGER), i % 97 + i / 1000.0 FROM range(1, 901) t(i);
"""
SCRIPTS = {"timber": TIMBER, "club": CLUB, "press": PRESS, "plant": PLANT}
ASKED = [
    ("timber", "How many active dealers do we have?", "SELECT count(*) FROM dlr_mst WHERE act_fl = 'Y'"),
    ("timber", "number of dealers per dealer type", "SELECT dlr_typ, count(*) FROM dlr_mst GROUP BY 1"),
    ("timber", "which dealers have never placed an order", "SELECT dlr_nm FROM dlr_mst WHERE dlr_no NOT IN (SELECT dlr_no FROM ord_hdr)"),
    ("timber", "sales by dealer type in 2024", "SELECT dlr_typ, sum(net_amt) FROM ord_ln JOIN ord_hdr USING (ord_no) JOIN dlr_mst USING (dlr_no) WHERE year(ord_dt) = 2024 GROUP BY 1"),
    ("timber", "returned units by reason", "SELECT rsn, sum(qty) FROM rtn GROUP BY 1"),
    ("timber", "average list price of our items", "SELECT avg(lst_prc) FROM itm_mst"),
    ("club", "ticket sales by season", "SELECT season, sum(ticket_revenue) FROM fact_ticket_sale JOIN dim_match USING (match_key) GROUP BY 1"),
    ("club", "goods sales by outlet in 2024", "SELECT outlet, sum(goods_revenue) FROM fact_goods_sale WHERE year(sale_date) = 2024 GROUP BY 1"),
    ("press", "advertising revenue by industry", "SELECT industry, sum(price) FROM ad_bookings a JOIN sponsors s ON s.id = a.sponsor_id GROUP BY 1"),
    ("press", "ad revenue by placement in 2024", "SELECT placement, sum(price) FROM ad_bookings WHERE year(booked_on) = 2024 GROUP BY 1"),
    ("press", "revenue by city", "SELECT city, sum(amount) FROM payments p JOIN readers r ON r.id = p.reader_id GROUP BY 1"),
    ("plant", "boilers with more than 44 readings", "SELECT BoilerCode FROM Readings JOIN Boilers USING (BoilerId) GROUP BY 1 HAVING count(*) > 44"),
    ("plant", "top 3 boilers by heat", "SELECT BoilerCode FROM Readings JOIN Boilers USING (BoilerId) GROUP BY 1 ORDER BY sum(HeatKwh) DESC LIMIT 3"),
    ("plant", "Alfa boilers and their sites", "SELECT BoilerCode, SiteName FROM Boilers JOIN Sites USING (SiteId) WHERE Maker = 'Alfa'"),
]  # fmt: skip


@pytest.fixture(scope="module")
def workspace(opened):
    return opened(**SCRIPTS)


@pytest.fixture(scope="module")
def schemas(workspace):
    return {name: schema_of(profile(workspace.context, name)) for name in SCRIPTS}


def rows(workspace, sql, on):
    return sorted(tuple(str(round(v, 6) if isinstance(v, float) else v) for v in row.values()) for row in workspace.sql(sql, on=on).rows())


@pytest.mark.parametrize(("db", "question", "gold"), ASKED, ids=[q for _, q, _ in ASKED])
def test_the_question_is_answered(workspace, db, question, gold):
    reading = read(workspace.context, question, on=db, today=TODAY)
    assert reading.answered, (reading.reason, reading.missing, reading.alternatives[:2])
    wanted = rows(workspace, gold, db)
    width = len(wanted[0])
    assert sorted(row[:width] for row in rows(workspace, reading.sql, db)) == wanted, reading.sql


def test_revenue_of_two_kinds_is_none_of_them(workspace):
    assert not read(workspace.context, "total revenue in 2024", on="club", today=TODAY).answered
    assert not read(workspace.context, "revenue by month", on="club", today=TODAY).answered


def test_a_key_is_shown_where_it_is_asked_for(workspace):
    reading = read(workspace.context, "boilers and their site id", on="plant", today=TODAY)
    assert "SiteName" not in (reading.sql or "")


def money(measure):
    """The expression of a measure that must be there."""
    assert measure is not None
    return measure.expression


def test_what_came_back_was_not_earned(schemas):
    assert money(measures.recorded(schemas["timber"])) == ColumnRef("ord_ln", "net_amt")
    assert money(measures.units(schemas["timber"])) == ColumnRef("ord_ln", "qty")


def test_each_kind_of_thing_has_its_own_money(schemas):
    assert money(streams.told(schemas["press"], ("ad",))) == ColumnRef("ad_bookings", "price")
    assert money(streams.told(schemas["press"], ("sponsor",))) == ColumnRef("ad_bookings", "price")
    assert money(streams.told(schemas["press"], ("reader",))) == ColumnRef("payments", "amount")
    assert streams.told(schemas["timber"], ("return",)) is None
    assert streams.told(schemas["press"], ("weather",)) is None


def test_flags_and_limits_are_written_out():
    assert split("act_fl") == ("active", "flag")
    assert split("cr_lmt") == ("credit", "limit")
    assert split("std_cst") == ("standard", "cost")
    assert split("act") == ("act",)
    assert split("std") == ("std",)
    assert split("ln_no") == ("ln", "number")


# People who leave, machines that are taken out, things that some rows have none of.
WORKS = """
CREATE TABLE DEPTS (DEPT_ID INTEGER PRIMARY KEY, DEPT_NAME VARCHAR);
CREATE TABLE EMPLOYEES (EMP_ID INTEGER PRIMARY KEY, FULL_NAME VARCHAR, HIRE_DATE DATE, EXIT_DATE DATE, DEPT_ID INTEGER REFERENCES DEPTS(DEPT_ID));
CREATE TABLE MACHINES (MACHINE_ID INTEGER PRIMARY KEY, MACHINE_NAME VARCHAR, INSTALLED_ON DATE, DECOMMISSIONED_ON DATE, BUFFER_KWH DOUBLE, WARRANTY_CODE VARCHAR);
CREATE TABLE REPAIRS (REPAIR_ID INTEGER PRIMARY KEY, MACHINE_ID INTEGER REFERENCES MACHINES(MACHINE_ID), EMP_ID INTEGER REFERENCES EMPLOYEES(EMP_ID), REPAIRED_ON DATE);
INSERT INTO DEPTS VALUES (1, 'Foundry'), (2, 'Office');
INSERT INTO EMPLOYEES SELECT i, 'Worker ' || i, DATE '2015-01-01' + CAST(i * 30 AS INTEGER), CASE WHEN i % 4 = 0 THEN DATE '2024-05-01' END, 1 + i % 2 FROM range(1, 41) t(i);
INSERT INTO MACHINES SELECT i, 'Lathe ' || i, DATE '2010-01-01' + CAST(i AS INTEGER), CASE WHEN i % 5 = 0 THEN DATE '2023-01-01' END, CASE WHEN i % 3 = 0 THEN 8 ELSE 0 END, CASE WHEN i % 2 = 0 THEN 'W' || i END FROM range(1, 31) t(i);
INSERT INTO REPAIRS SELECT i, 1 + i % 30, 1 + i % 17, DATE '2024-01-01' + CAST(i % 540 AS INTEGER) FROM range(1, 801) t(i);
"""
PRESENT = [
    ("current headcount by department", "SELECT DEPT_NAME, count(*) FROM EMPLOYEES JOIN DEPTS USING (DEPT_ID) WHERE EXIT_DATE IS NULL GROUP BY 1"),
    ("How many people do we currently employ?", "SELECT count(*) FROM EMPLOYEES WHERE EXIT_DATE IS NULL"),
    ("how many machines are still in operation", "SELECT count(*) FROM MACHINES WHERE DECOMMISSIONED_ON IS NULL"),
    ("what share of machines includes a buffer", "SELECT 100.0 * count(*) FILTER (BUFFER_KWH > 0) / count(*) FROM MACHINES"),
    ("share of machines with a warranty code", "SELECT 100.0 * count(WARRANTY_CODE) / count(*) FROM MACHINES"),
    ("How many repairs did we do in February?", "SELECT count(*) FROM REPAIRS WHERE REPAIRED_ON BETWEEN '2025-02-01' AND '2025-02-28'"),
    ("repairs in March last year", "SELECT count(*) FROM REPAIRS WHERE REPAIRED_ON BETWEEN '2024-03-01' AND '2024-03-31'"),
    ("number of repairs since May", "SELECT count(*) FROM REPAIRS WHERE REPAIRED_ON >= '2025-05-01'"),
    ("How many employees did a repair this year?", "SELECT count(DISTINCT EMP_ID) FROM REPAIRS WHERE year(REPAIRED_ON) = 2025"),
]  # fmt: skip


@pytest.fixture(scope="module")
def works(opened):
    return opened(works=WORKS)


@pytest.mark.parametrize(("question", "gold"), PRESENT, ids=[q for q, _ in PRESENT])
def test_the_present_is_read(works, question, gold):
    reading = read(works.context, question, on="works", today=TODAY)
    assert reading.answered, (reading.reason, reading.missing, reading.alternatives[:2])
    assert rows(works, reading.sql, "works") == rows(works, gold, "works"), reading.sql


@pytest.mark.parametrize(
    "question",
    [
        "share of machines that include a name",  # each has one
        "repairs in December of each year",
        "repairs in January and February",
    ],
)
def test_what_is_no_part_of_the_rows_is_not_made_up(works, question):
    reading = read(works.context, question, on="works", today=TODAY)
    assert not reading.answered, reading.sql


# A courier whose orders have five moments, and a depot whose dispatches have a day of their own.
PARCELS = """
CREATE TABLE riders (id INTEGER PRIMARY KEY, name VARCHAR, vehicle VARCHAR);
CREATE TABLE orders (id INTEGER PRIMARY KEY, rider_id INTEGER REFERENCES riders(id), city VARCHAR, placed_at TIMESTAMP, accepted_at TIMESTAMP, picked_at TIMESTAMP, delivered_at TIMESTAMP, decided_on DATE);
CREATE TABLE shipments (id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders(id), carrier VARCHAR, shipped_on DATE);
INSERT INTO riders SELECT i, 'Rider ' || i, CASE WHEN i % 2 = 0 THEN 'bike' ELSE 'van' END FROM range(1, 21) t(i);
INSERT INTO orders SELECT i, 1 + i % 20, CASE WHEN i % 3 = 0 THEN 'Ghent' ELSE 'Liege' END, d, d + INTERVAL 5 MINUTE, d + INTERVAL 15 MINUTE, d + to_minutes(CAST(30 + i % 9 AS INTEGER)), CAST(d AS DATE) + CAST(1 + i % 4 AS INTEGER)
  FROM (SELECT i, TIMESTAMP '2024-01-01 08:00:00' + to_hours(CAST(i * 5 AS INTEGER)) AS d FROM range(1, 801) t(i));
INSERT INTO shipments SELECT i, 1 + i % 800, CASE WHEN i % 2 = 0 THEN 'Nord' ELSE 'Sud' END, DATE '2024-01-10' + CAST(i % 200 AS INTEGER) FROM range(1, 701) t(i);
"""
SPANS = [
    ("average minutes from placing the order to delivery by vehicle", "SELECT vehicle, avg(date_diff('second', placed_at, delivered_at)) / 60 FROM orders JOIN riders r ON r.id = rider_id GROUP BY 1"),
    ("average minutes between acceptance and delivery by city", "SELECT city, avg(date_diff('second', accepted_at, delivered_at)) / 60 FROM orders GROUP BY 1"),
    ("average days between placement and shipment by carrier", "SELECT carrier, avg(date_diff('day', placed_at::DATE, shipped_on)) FROM shipments s JOIN orders o ON o.id = order_id GROUP BY 1"),
    ("median minutes from acceptance to delivery in Ghent", "SELECT median(date_diff('second', accepted_at, delivered_at)) / 60 FROM orders WHERE city = 'Ghent'"),
]  # fmt: skip


@pytest.fixture(scope="module")
def parcels(opened):
    return opened(parcels=PARCELS)


@pytest.mark.parametrize(("question", "gold"), SPANS, ids=[q for q, _ in SPANS])
def test_the_time_between_two_moments_is_between_those_that_are_named(parcels, question, gold):
    reading = read(parcels.context, question, on="parcels", today=TODAY)
    assert reading.answered, (reading.reason, reading.missing, reading.alternatives[:2])
    assert rows(parcels, reading.sql, "parcels") == rows(parcels, gold, "parcels"), reading.sql


@pytest.mark.parametrize("question", ["average hours from decision to shipment by carrier", "average days from harvest to sowing by city"])
def test_no_time_is_made_up_between_days_or_unknown_things(parcels, question):
    assert not read(parcels.context, question, on="parcels", today=TODAY).answered


MONEYED = [
    ("press", "top 3 sponsors by spend", "SELECT company FROM ad_bookings a JOIN sponsors s ON s.id = a.sponsor_id GROUP BY s.id, 1 ORDER BY sum(price) DESC LIMIT 3"),
    ("press", "payment amount by city", "SELECT city, sum(amount) FROM payments p JOIN readers r ON r.id = p.reader_id GROUP BY 1"),
    ("plant", "Heat production by site", "SELECT SiteName, sum(HeatKwh) FROM Readings JOIN Boilers USING (BoilerId) JOIN Sites USING (SiteId) GROUP BY 1"),
    ("club", "number of ticket sales by season", "SELECT season, count(*) FROM fact_ticket_sale JOIN dim_match USING (match_key) GROUP BY 1"),
]  # fmt: skip


@pytest.mark.parametrize(("db", "question", "gold"), MONEYED, ids=[q for _, q, _ in MONEYED])
def test_amounts_are_of_what_they_are_said_of(workspace, db, question, gold):
    reading = read(workspace.context, question, on=db, today=TODAY)
    assert reading.answered, (reading.reason, reading.missing, reading.alternatives[:2])
    wanted = rows(workspace, gold, db)
    assert sorted(row[: len(wanted[0])] for row in rows(workspace, reading.sql, db)) == wanted, reading.sql


def test_an_amount_of_several_is_none(schemas):
    assert money(streams.amount(schemas["press"], ("payment",))) == ColumnRef("payments", "amount")
    assert streams.amount(schemas["timber"], ("line",)) is None
    assert streams.amount(schemas["press"], ("weather",)) is None


# A box office whose sales are of several tickets each, and a shop that knows what lies in store.
KIOSK = """
CREATE TABLE shows (show_id INTEGER PRIMARY KEY, title VARCHAR, season VARCHAR);
CREATE TABLE ticket_sale (sale_id INTEGER PRIMARY KEY, show_id INTEGER REFERENCES shows(show_id), sold_on DATE, channel VARCHAR, ticket_qty INTEGER, unit_price DOUBLE);
CREATE TABLE goods (goods_id INTEGER PRIMARY KEY, goods_name VARCHAR, units_in_stock INTEGER, reorder_level INTEGER);
INSERT INTO shows SELECT i, 'Show ' || i, CASE WHEN i < 5 THEN 'spring' ELSE 'autumn' END FROM range(1, 11) t(i);
INSERT INTO ticket_sale SELECT i, 1 + i % 10, DATE '2024-01-01' + CAST(i % 500 AS INTEGER), CASE WHEN i % 3 = 0 THEN 'Online' ELSE 'Desk' END, 1 + i % 4, 20 FROM range(1, 901) t(i);
INSERT INTO goods SELECT i, 'Mug ' || i, CASE WHEN i % 4 = 0 THEN 0 ELSE i END, 5 FROM range(1, 41) t(i);
"""
KEPT = [
    ("which goods are out of stock", "SELECT goods_name FROM goods WHERE units_in_stock = 0"),
    ("how many goods are in stock", "SELECT count(*) FROM goods WHERE units_in_stock > 0"),
    ("tickets sold by season", "SELECT season, sum(ticket_qty) FROM ticket_sale JOIN shows USING (show_id) GROUP BY 1"),
]


@pytest.fixture(scope="module")
def kiosk(opened):
    return opened(kiosk=KIOSK)


@pytest.mark.parametrize(("question", "gold"), KEPT, ids=[q for q, _ in KEPT])
def test_what_is_in_store_and_pieces_are_read(kiosk, question, gold):
    reading = read(kiosk.context, question, on="kiosk", today=TODAY)
    assert reading.answered, (reading.reason, reading.missing, reading.alternatives[:2])
    assert rows(kiosk, reading.sql, "kiosk") == rows(kiosk, gold, "kiosk"), reading.sql


def test_rows_are_not_taken_for_pieces(kiosk):
    reading = read(kiosk.context, "share of tickets sold online by season", on="kiosk", today=TODAY)
    assert not reading.answered or "ticket_qty" in reading.sql, reading.sql
    assert not read(kiosk.context, "how many shows are out of stock", on="kiosk", today=TODAY).answered

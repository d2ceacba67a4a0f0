"""What holds between any question and its query: a plan that breaks it is doubted, one that keeps it is not; what is meant so is answered."""

from datetime import date

import pytest

from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask import refuse
from aiser_jupyter.ask.doubts import demands, invariants
from aiser_jupyter.ask.engine import read
from aiser_jupyter.ask.grammar import frame as frames
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Condition, Item, Order, Plan, Star
from aiser_jupyter.ask.semantic.heed import parts

TODAY = date(2025, 7, 8)
SQL = """
CREATE TABLE branch (branch_id INTEGER PRIMARY KEY, branch_name VARCHAR, region VARCHAR, service_bays INTEGER);
CREATE TABLE agent (agent_id INTEGER PRIMARY KEY, branch_id INTEGER REFERENCES branch(branch_id), full_name VARCHAR, job_title VARCHAR, hired_on DATE, left_on DATE, monthly_salary DOUBLE);
CREATE TABLE boat (boat_id INTEGER PRIMARY KEY, branch_id INTEGER REFERENCES branch(branch_id), make VARCHAR, fuel VARCHAR, condition VARCHAR, arrived_on DATE, rating DOUBLE, quantity INTEGER);
CREATE TABLE boat_sale (sale_id INTEGER PRIMARY KEY, agent_id INTEGER REFERENCES agent(agent_id), boat_id INTEGER REFERENCES boat(boat_id), sale_date DATE, sale_price DOUBLE);
CREATE TABLE contract (contract_id INTEGER PRIMARY KEY, branch_id INTEGER REFERENCES branch(branch_id), begun_on DATE, termination_date DATE, contract_state VARCHAR, school_year VARCHAR);
INSERT INTO branch VALUES (1, 'Hafen', 'North', 4), (2, 'Lagune', 'South', 7);
INSERT INTO agent SELECT i, 1 + i % 2, 'Seller ' || i, CASE WHEN i % 3 = 0 THEN 'Advisor' ELSE 'Clerk' END, DATE '2020-01-01', CASE WHEN i % 4 = 0 THEN DATE '2024-05-01' END, 1000.0 + i FROM range(1, 21) t(i);
INSERT INTO boat SELECT i, 1 + i % 2, ['Kiel', 'Baltic', 'Adria'][1 + i % 3], ['Petrol', 'Electric'][1 + i % 2], ['New', 'Used', 'Demo'][1 + i % 3], DATE '2022-01-01' + i::INT, (i % 5)::DOUBLE, 1 + i % 40 FROM range(1, 701) t(i);
INSERT INTO boat_sale SELECT i, 1 + i % 20, i, DATE '2023-01-01' + (3 * i)::INT, 100.0 * i FROM range(1, 651) t(i);
INSERT INTO contract SELECT i, 1 + i % 2, DATE '2023-01-01' + i::INT, CASE WHEN i % 3 = 0 THEN DATE '2024-01-01' + i::INT END, CASE WHEN i % 3 = 0 THEN 'terminated' ELSE 'running' END, ['2023/24', '2024/25'][1 + i % 2] FROM range(1, 301) t(i);
"""
BOATS, SALES, CONTRACTS, AGENTS = (Item(Star(name), "count") for name in ("boat", "boat_sale", "contract", "agent"))
PRICE, MAKE, FUEL = ColumnRef("boat_sale", "sale_price"), ColumnRef("boat", "make"), ColumnRef("boat", "fuel")
CONDITION, REGION = ColumnRef("boat", "condition"), ColumnRef("branch", "region")
SALE, BOAT = ColumnRef("boat_sale", "sale_id"), ColumnRef("boat", "boat_id")
SOLD_ON, ARRIVED = Bucket(ColumnRef("boat_sale", "sale_date"), "month"), Bucket(ColumnRef("boat", "arrived_on"), "month")
BEGUN, ENDED = Bucket(ColumnRef("contract", "begun_on"), "month"), Bucket(ColumnRef("contract", "termination_date"), "month")
GONE = Condition(Item(ColumnRef("contract", "contract_state")), "=", ("terminated",))
REVENUE = Item(PRICE, "sum")
RATING = ColumnRef("boat", "rating")
MADE, BAYS = Item(MAKE), ColumnRef("branch", "service_bays")
MOST = (Order(REVENUE, descending=True),)


def kept(schema, asked, plan):
    linked = Linked(tokens.read(asked), schema)
    return invariants.kept(linked, plan, list(parts(plan)))


def met(schema, asked, plan):
    linked = Linked(tokens.read(asked), schema)
    return demands.met(linked, frames.read(linked, TODAY), plan)


def among(*values):
    return Condition(Item(CONDITION), "in", values)


@pytest.mark.parametrize(
    ("asked", "keeps", "breaks"),
    [
        ("revenue by make", Plan((MADE, REVENUE), group=(MAKE,)), Plan((MADE, SALES), group=(MAKE,))),
        ("boats sold per month", Plan((Item(SOLD_ON), SALES), group=(SOLD_ON,)), Plan((Item(ARRIVED), BOATS), group=(ARRIVED,))),
        ("boats sold per month", Plan((Item(SOLD_ON), SALES), group=(SOLD_ON,)), Plan((Item(ARRIVED), SALES), ("boat",), group=(ARRIVED,))),
        ("new, used and demo boats by make", Plan((MADE, BOATS), where=(among("New", "Used", "Demo"),), group=(MAKE,)), Plan((MADE, BOATS), where=(among("New", "Demo"),), group=(MAKE,))),
        ("how many agents currently work here", Plan((AGENTS,), where=(Condition(Item(ColumnRef("agent", "left_on")), "is null"),)), Plan((AGENTS,))),
        ("average rating per make, highest first", Plan((MADE, Item(RATING, "avg")), group=(MAKE,)), Plan((Item(RATING, "avg"),))),
        ("boats by make, most frequent first", Plan((MADE, BOATS), group=(MAKE,)), Plan((MADE, BOATS), group=(MAKE,), limit=1)),
        ("contracts per contract begun", Plan((Item(Star("contract"), "count", over=Item(ColumnRef("contract", "branch_id"), "count", distinct=True)),)), Plan((Item(Star("contract"), "count", over=Item(BEGUN.column, "count", distinct=True)),))),
        ("which two makes have the highest revenue", Plan((MADE, REVENUE), group=(MAKE,), order=MOST, limit=2), Plan((MADE, REVENUE), group=(MAKE,), order=MOST, limit=1)),
        ("number and total sale price of the boats", Plan((SALES, REVENUE)), Plan((REVENUE,))),
        ("number of contracts, boats and agents per branch", Plan((Item(REGION), CONTRACTS, BOATS, AGENTS), group=(REGION,)), Plan((Item(REGION), CONTRACTS, BOATS), group=(REGION,))),
        ("terminated contracts per month", Plan((Item(ENDED), CONTRACTS), where=(GONE,), group=(ENDED,)), Plan((Item(BEGUN), CONTRACTS), where=(GONE,), group=(BEGUN,))),
        ("quantity by service", Plan((Item(REGION), BOATS), group=(REGION,)), Plan((Item(ColumnRef("branch", "service_bays")), BOATS), group=(ColumnRef("branch", "service_bays"),))),
        ("boats by make and service bays", Plan((MADE, Item(BAYS), BOATS), group=(MAKE, BAYS)), Plan((MADE, BOATS), ("branch",), group=(MAKE,))),
        ("boats by make and fuel", Plan((MADE, Item(FUEL), BOATS), group=(MAKE, FUEL)), Plan((MADE, BOATS), group=(MAKE,))),
        ("best make for new, used and demo each", Plan((Item(CONDITION), MADE, REVENUE), where=(among("New", "Used", "Demo"),), group=(CONDITION, MAKE), order=MOST, limit=1, rank_within=(CONDITION,)), Plan((MADE, REVENUE), where=(among("New", "Used", "Demo"),), group=(MAKE,), order=MOST, limit=1)),
        ("on how many days did we sell nothing", Plan((Item(ColumnRef("boat_sale", "sale_date"), "count", distinct=True),)), Plan((BOATS,))),
        ("revenue by region of the sales", Plan((MADE, REVENUE), group=(MAKE,)), Plan((Item(REGION), REVENUE), group=(REGION,))),
    ],
)  # fmt: skip
def test_what_breaks_an_invariant_is_doubted(schema, asked, keeps, breaks):
    assert kept(schema, asked, keeps) == 1.0
    assert kept(schema, asked, breaks) <= invariants.BROKEN


@pytest.mark.parametrize(
    ("asked", "meets", "fails"),
    [
        ("number of boats by sale", Plan((MADE, BOATS), group=(MAKE,)), Plan((Item(SALE), Item(BOAT, "count", distinct=True)), group=(SALE,))),
        ("rating per make", Plan((MADE, Item(RATING, "avg")), group=(MAKE,)), Plan((Item(RATING, "sum", over=Item(MAKE, "count", distinct=True)),))),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_doubted(schema, asked, meets, fails):
    assert met(schema, asked, meets) == 1.0
    assert met(schema, asked, fails) <= demands.LOST


def test_what_is_deducted_is_in_the_plan(schema):
    asked, less = "sale price minus rating by make", Item(PRICE, "sum", less=Item(RATING, "sum"))
    assert not invariants.undeducted(asked, list(parts(Plan((MADE, less), group=(MAKE,)))), [less])
    assert invariants.undeducted(asked, list(parts(Plan((MADE, REVENUE), group=(MAKE,)))), [REVENUE])


def test_a_road_that_is_named_is_no_doubt(schema):
    plan = Plan((Item(REGION), REVENUE), group=(REGION,))
    assert kept(schema, "revenue by region of the boat", plan) == 1.0


def test_the_whole_of_a_share_is_not_cut_to_its_part(schema):
    share = Item(PRICE, "sum", window="share")
    used = Condition(Item(CONDITION), "=", ("Used",))
    cut = Plan((MADE, share), where=(used,), group=(MAKE,))
    whole = Plan((MADE, Item(PRICE, "sum", among=(used,))), group=(MAKE,))
    assert kept(schema, "used boats as a share of the revenue, by make", cut) <= invariants.BROKEN
    assert kept(schema, "used boats as a share of the revenue, by make", whole) == 1.0


def test_a_year_within_a_value_is_no_period(schema):
    linked = Linked(tokens.read("number of contracts in 2023/24"), schema)
    assert not frames.read(linked, TODAY).periods
    assert frames.read(Linked(tokens.read("number of contracts in 2023"), schema), TODAY).periods


@pytest.fixture(scope="module")
def lot(opened):
    return opened(lot=SQL)


@pytest.mark.parametrize(
    ("question", "gold"),
    [
        ("boats sold per month in 2024", "SELECT date_trunc('month', sale_date)::DATE, count(*) FROM boat_sale WHERE year(sale_date) = 2024 GROUP BY 1"),
        ("number of electric boats sold in the South region", "SELECT count(*) FROM boat_sale JOIN boat USING (boat_id) JOIN branch USING (branch_id) WHERE fuel = 'Electric' AND region = 'South'"),
        ("how many boats were sold since the start of 2024", "SELECT count(*) FROM boat_sale WHERE sale_date >= DATE '2024-01-01'"),
        ("monthly salary bill by job title, current staff only", "SELECT job_title, sum(monthly_salary) FROM agent WHERE left_on IS NULL GROUP BY 1"),
        ("number of boats by fuel, most common first", "SELECT fuel, count(*) FROM boat GROUP BY 1"),
        ("boat count by make and fuel", "SELECT make, fuel, count(*) FROM boat GROUP BY 1, 2"),
        ("terminated contracts per month in 2024", "SELECT date_trunc('month', termination_date)::DATE, count(*) FROM contract WHERE year(termination_date) = 2024 GROUP BY 1"),
    ],
)  # fmt: skip
def test_what_is_meant_so_is_answered(lot, question, gold):
    reading = read(lot.context, question, on="lot", today=TODAY)
    assert reading.answered, (reading.reason, reading.alternatives[:2])
    found, wanted = (sorted(tuple(row.values()) for row in lot.sql(sql, on="lot").rows()) for sql in (reading.sql, gold))
    assert found == wanted


@pytest.mark.parametrize(
    "question",
    [
        "revenue by region of the sales",
        "what did each make cost us, i.e. sale price minus rating",
        "new, used and fast boats as a share of the revenue, by make",
    ],
)
def test_nothing_is_said_rather_than_something_else(lot, question):
    assert not read(lot.context, question, on="lot", today=TODAY).answered


def test_a_follow_up_tells_nothing_apart_by_a_figure(lot):
    first = read(lot.context, "revenue by fuel", on="lot", today=TODAY)
    assert first.answered
    assert not read(lot.context, "and by quantity", on="lot", today=TODAY, follows=first).answered


@pytest.mark.parametrize("asked", ["split that by region", "now break it down by month", "group those by make"])
def test_a_split_of_something_needs_an_answer_before(asked):
    assert refuse.REFERRING.search(asked)


def test_a_split_of_what_is_named_is_a_question():
    assert not refuse.REFERRING.search("split the revenue by region")

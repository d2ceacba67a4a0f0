"""A boat yard with branches, agents, boats, sales, contracts, customers and expenses, and what the doubts have of a plan over it."""

from datetime import date

from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask.doubts.seen import Seen
from aiser_jupyter.ask.doubts.table import broken
from aiser_jupyter.ask.grammar import frame as frames
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Condition, Item, Order, Plan, Star

TODAY = date(2025, 7, 8)
SQL = """
CREATE TABLE branch (branch_id INTEGER PRIMARY KEY, branch_name VARCHAR, region VARCHAR, service_bays INTEGER);
CREATE TABLE agent (agent_id INTEGER PRIMARY KEY, branch_id INTEGER REFERENCES branch(branch_id), full_name VARCHAR, job_title VARCHAR, born_on DATE, age INTEGER, hired_on DATE, left_on DATE, terminated_on DATE, monthly_salary DOUBLE);
CREATE TABLE boat (boat_id INTEGER PRIMARY KEY, branch_id INTEGER REFERENCES branch(branch_id), make VARCHAR, fuel VARCHAR, condition VARCHAR, boat_stage VARCHAR, arrived_on DATE, rating DOUBLE, quantity INTEGER, discount DOUBLE, stock_value DOUBLE, refit_millis INTEGER);
CREATE TABLE boat_sale (sale_id INTEGER PRIMARY KEY, agent_id INTEGER REFERENCES agent(agent_id), boat_id INTEGER REFERENCES boat(boat_id), sale_date DATE, sale_price DOUBLE, list_price DOUBLE);
CREATE TABLE contract (contract_id INTEGER PRIMARY KEY, branch_id INTEGER REFERENCES branch(branch_id), signing_agent_id INTEGER, begun_on DATE, termination_date DATE, contract_state VARCHAR, contract_kind VARCHAR, priority VARCHAR, school_year VARCHAR);
CREATE TABLE customer (customer_id INTEGER PRIMARY KEY, customer_name VARCHAR, signed_up_on DATE);
CREATE TABLE visit (visit_id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer(customer_id), visited_on DATE, pier VARCHAR);
CREATE TABLE expense (expense_id INTEGER PRIMARY KEY, branch_id INTEGER REFERENCES branch(branch_id), category VARCHAR, cost DOUBLE);
CREATE TABLE leaflet_order (leaflet_order_id INTEGER PRIMARY KEY, branch_id INTEGER REFERENCES branch(branch_id), leaflet_qty INTEGER);
INSERT INTO branch VALUES (1, 'Hafen', 'North', 4), (2, 'Lagune', 'South', 7);
INSERT INTO agent SELECT i, 1 + i % 2, 'Seller ' || i, CASE WHEN i % 3 = 0 THEN 'Advisor' ELSE 'Clerk' END, DATE '1980-01-01' + (100 * i)::INT, 45 - i // 4, DATE '2020-01-01', CASE WHEN i % 4 = 0 THEN DATE '2024-05-01' END, NULL, 1000.0 + i FROM range(1, 21) t(i);
INSERT INTO boat SELECT i, 1 + i % 2, ['Kiel', 'Baltic', 'Adria'][1 + i % 3], ['Petrol', 'Electric'][1 + i % 2], ['New', 'Used', 'Demo'][1 + i % 3], ['arrived', 'docked'][1 + i % 2], DATE '2022-01-01' + i::INT, (i % 5)::DOUBLE, 1 + i % 40, (i % 4) / 10.0, 50.0 * i, 1000 * i FROM range(1, 701) t(i);
INSERT INTO boat_sale SELECT i, 1 + i % 20, i, DATE '2023-01-01' + (3 * i)::INT, 100.0 * i, 110.0 * i FROM range(1, 651) t(i);
INSERT INTO contract SELECT i, 1 + i % 2, 1 + i % 20, DATE '2023-01-01' + i::INT, CASE WHEN i % 3 = 0 THEN DATE '2024-01-01' + i::INT END, CASE WHEN i % 3 = 0 THEN 'terminated' ELSE 'running' END, ['Lease', 'Used'][1 + i % 2], 'P' || (1 + i % 4), ['2023/24', '2024/25'][1 + i % 2] FROM range(1, 301) t(i);
INSERT INTO customer SELECT i, 'Guest ' || i, DATE '2023-01-01' + i::INT FROM range(1, 101) t(i);
INSERT INTO visit SELECT i, 1 + i % 100, DATE '2024-01-01' + (i % 300)::INT, ['Hafen', 'Lagune'][1 + i % 2] FROM range(1, 301) t(i);
INSERT INTO leaflet_order SELECT i, 1 + i % 2, 100 * i FROM range(1, 41) t(i);
INSERT INTO expense SELECT i, 1 + i % 2, ['Rent', 'Paint'][1 + i % 2], 5.0 * i FROM range(1, 101) t(i);
"""  # one table a line
BOATS, SALES, CONTRACTS, AGENTS, CUSTOMERS, VISITS, EXPENSES = (
    Item(Star(name), "count") for name in ("boat", "boat_sale", "contract", "agent", "customer", "visit", "expense")
)
PRICE, SALE, SALE_DATE = (ColumnRef("boat_sale", name) for name in ("sale_price", "sale_id", "sale_date"))
BOAT, MAKE, FUEL, CONDITION, ARRIVED_ON, RATING, QUANTITY = (
    ColumnRef("boat", name) for name in ("boat_id", "make", "fuel", "condition", "arrived_on", "rating", "quantity")
)
BRANCH, BRANCH_NAME, REGION, BAYS = (ColumnRef("branch", name) for name in ("branch_id", "branch_name", "region", "service_bays"))
AGENT, FULL_NAME, TITLE, LEFT_ON, SALARY = (
    ColumnRef("agent", name) for name in ("agent_id", "full_name", "job_title", "left_on", "monthly_salary")
)
CONTRACT, STATE, BEGUN_ON, TERMINATED_ON = (
    ColumnRef("contract", name) for name in ("contract_id", "contract_state", "begun_on", "termination_date")
)
COST, CATEGORY = ColumnRef("expense", "cost"), ColumnRef("expense", "category")
SOLD_ON, ARRIVED, BEGUN, ENDED = (Bucket(ref, "month") for ref in (SALE_DATE, ARRIVED_ON, BEGUN_ON, TERMINATED_ON))
REVENUE, MEAN = Item(PRICE, "sum"), Item(RATING, "avg")
USED, NEW, ELECTRIC = (Condition(Item(ref), "=", (value,)) for ref, value in ((CONDITION, "Used"), (CONDITION, "New"), (FUEL, "Electric")))
GONE = Condition(Item(STATE), "=", ("terminated",))
MOST = (Order(REVENUE, descending=True),)


def by(group, *figures, **more):
    """Figures by one or several columns, which are shown first."""
    groups = group if isinstance(group, tuple) else (group,)
    return Plan((*map(Item, groups), *figures), group=groups, **more)


def just(*items, **more):
    """What is shown without a group; columns are shown as they are."""
    return Plan(tuple(one if isinstance(one, Item) else Item(one) for one in items), **more)


def among(*values):
    """A test that a boat is in one of several conditions."""
    return Condition(Item(CONDITION), "in", values)


def looked_at(schema, asked, plan, missing=(), *, learned=False):
    """A plan beside its question, of training where it is ``learned``."""
    linked = Linked(tokens.read(asked), schema)
    return Seen(linked, plan, frames.read(linked, TODAY), asked, missing, learned)


def doubts_of(schema, asked, plan, missing=(), *, learned=False):
    """The names of the doubts that a plan breaks."""
    return {doubt.name for doubt in broken(looked_at(schema, asked, plan, missing, learned=learned))}

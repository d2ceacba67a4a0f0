"""Plans that take a word for something else than it says are not offered: ages counted, rates added up, a priority that nothing tests."""

from datetime import date

import pytest

from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask import refuse
from aiser_jupyter.ask.doubts import amiss
from aiser_jupyter.ask.engine import read, schema_of
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Order, Plan, Star
from aiser_jupyter.ask.semantic.heed import parts
from aiser_jupyter.query.profile import profile

TODAY = date(2025, 6, 15)
DESK = """
CREATE TABLE agents (agent_id INTEGER PRIMARY KEY, agent_name VARCHAR, birth_date DATE);
CREATE TABLE items (item_id INTEGER PRIMARY KEY, item_name VARCHAR, section VARCHAR, price DOUBLE, units_in_stock INTEGER);
CREATE TABLE tickets (ticket_id INTEGER PRIMARY KEY, agent_id INTEGER REFERENCES agents(agent_id), opened_at TIMESTAMP, priority VARCHAR, discount DOUBLE);
INSERT INTO agents VALUES (1, 'Ada Low', '1980-02-01'), (2, 'Bo Ray', '1991-05-09');
INSERT INTO items VALUES (1, 'Soup', 'Starters', 4, 10), (2, 'Pie', 'Mains', 9, 3), (3, 'Salad', 'Starters', 6, 8);
INSERT INTO tickets SELECT i, 1 + i % 2, TIMESTAMP '2024-01-01' + to_hours(CAST(i AS INTEGER)), 'P' || (1 + i % 4), (i % 5) / 10.0 FROM range(0, 700) t(i);
"""


@pytest.fixture(scope="module")
def workspace(opened):
    return opened(desk=DESK)


@pytest.mark.parametrize(
    "question", ["age of each agent", "total discount given in 2024", "high priority tickets by agent", "stock value by agent"]
)
def test_nothing_is_said_rather_than_something_else(workspace, question):
    reading = read(workspace.context, question, on="desk", today=TODAY)
    assert not reading.answered, reading.sql


@pytest.mark.parametrize(
    ("question", "gold"),
    [
        ("oldest agent", "SELECT 'Ada Low', DATE '1980-02-01'"),
        ("average discount by agent", "SELECT agent_name, avg(discount) FROM tickets JOIN agents USING (agent_id) GROUP BY 1"),
        ("tickets by priority", "SELECT priority, count(*) FROM tickets GROUP BY 1"),
        ("units in stock by section", "SELECT section, sum(units_in_stock) FROM items GROUP BY 1"),
        ("what does Soup cost", "SELECT 4.0"),
    ],
)
def test_what_is_meant_so_is_answered(workspace, question, gold):
    reading = read(workspace.context, question, on="desk", today=TODAY)
    assert reading.answered, (reading.reason, reading.alternatives[:2])
    found, wanted = (
        sorted(tuple(round(v, 6) if isinstance(v, float) else v for v in row.values()) for row in workspace.sql(sql, on="desk").rows())
        for sql in (reading.sql, gold)
    )
    assert found == wanted


def test_a_plan_is_looked_at_with_its_question(workspace):
    schema = schema_of(profile(workspace.context, "desk"))
    priority = ColumnRef("tickets", "priority")
    counted = Plan((Item(priority, "count", distinct=True),))
    tested = Plan((Item(Star("tickets"), "count"),), where=(Condition(Item(priority), "=", ("P1",)),))

    def wrong(text: str, plan: Plan) -> bool:
        held = list(parts(plan))
        named = {word for one in held if isinstance(one, ColumnRef) for word in schema.view(one).stems}
        return amiss.said(plan, Linked(tokens.read(text), schema, {}), held, named)

    assert wrong("high priority tickets", counted)
    assert not wrong("high priority tickets", tested)
    assert not wrong("how many priorities are there", counted)
    longest = Plan(
        (Item(priority), Item(Star("tickets"), "count")), group=(priority,), order=(Order(Item(Star("tickets"), "count"), descending=True),)
    )
    assert wrong("which tickets have been open longest", longest)
    assert not wrong("which priority has the most tickets that took longest", longest)
    daily = Plan((Item(ColumnRef("tickets", "opened_at")), Item(Star("tickets"), "count")), group=(ColumnRef("tickets", "opened_at"),))
    assert wrong("P1 tickets last month, by opening date", daily)
    assert not wrong("P1 tickets by opening date", daily)
    assert wrong("starters and their price", Plan((Item(ColumnRef("items", "price"), "avg"),)))
    assert not wrong("average of starters and their price", Plan((Item(ColumnRef("items", "price"), "avg"),)))


PRIORITY = ColumnRef("tickets", "priority")
ANY = Plan((Item(Star("tickets"), "count", window="exists"),), (), (Condition(Item(PRIORITY), "in", ("P1", "P2")),))
ROWS = Plan((Item(PRIORITY), Item(Star("tickets"), "count")), group=(PRIORITY,))
LISTED = Plan((Item(PRIORITY),))
ENDS = Plan(
    (Item(PRIORITY), Item(ColumnRef("tickets", "discount"), "min"), Item(ColumnRef("tickets", "discount"), "max")),
    group=(PRIORITY,),
    limit=1,
)
SHARES = Plan((Item(PRIORITY), Item(Star("tickets"), "count", window="share")), group=(PRIORITY,))


@pytest.mark.parametrize(
    ("question", "plan", "amiss_there"),
    [
        ("did we have more P1 than P2 tickets", ANY, True),  # both sides are asked for, and only whether there are any is told
        ("are there any P1 or P2 tickets", ANY, False),
        ("tickets by priority as a percentage", ROWS, True),
        ("tickets by priority as a percentage", SHARES, False),
        ("tickets by priority", ROWS, False),
        ("do we have tickets with a priority", LISTED, True),  # yes or no, and no list of columns
        ("which priorities do we have", LISTED, False),
        ("minimum and maximum discount by priority", ENDS, True),
        ("priority with the lowest discount", ENDS, False),
    ],
)
def test_what_a_word_asks_for_is_in_the_plan(workspace, question, plan, amiss_there):
    schema = schema_of(profile(workspace.context, "desk"))
    linked = Linked(tokens.read(question), schema, {})
    held = list(parts(plan))
    named = {word for part in held if isinstance(part, ColumnRef) for word in schema.view(part).stems}
    assert amiss.said(plan, linked, held, named) is amiss_there


SPENT = """
CREATE TABLE expense (expense_id INTEGER PRIMARY KEY, category VARCHAR, amount DOUBLE, spent_on DATE);
INSERT INTO expense SELECT i, 'K' || (i % 4), 5.0 + i % 9, DATE '2024-01-01' + CAST(i AS INTEGER) FROM range(1, 300) t(i);
"""


def test_a_share_of_expenses_is_none_of_their_number(opened):
    schema = schema_of(profile(opened(spent=SPENT).context, "spent"))
    category = ColumnRef("expense", "category")
    counted = Plan((Item(category), Item(Star("expense"), "count", window="share")), group=(category,))
    added = Plan((Item(category), Item(ColumnRef("expense", "amount"), "sum", window="share")), group=(category,))

    def wrong(text: str, plan: Plan) -> bool:
        held = list(parts(plan))
        named = {word for one in held if isinstance(one, ColumnRef) for word in schema.view(one).stems}
        return amiss.said(plan, Linked(tokens.read(text), schema, {}), held, named)

    assert wrong("share of expenses by category", counted)
    assert not wrong("share of expenses by category", added)
    assert not wrong("share of the number of expenses by category", counted)


@pytest.mark.parametrize("question", ["how many students used that one this year?", "who bought the same one"])
def test_that_one_refers_to_something_before_it(question):
    assert refuse.REFERRING.search(question)


def test_one_of_a_kind_refers_to_nothing():
    assert not refuse.REFERRING.search("which one of the agents has most tickets")


def test_the_number_of_a_ranking_is_not_what_a_count_is_compared_with(workspace):
    """The first 3 agents are not those with 3 tickets."""
    catalog = profile(workspace.context, "desk")
    linked = Linked(tokens.read("top 3 agents by number of tickets"), schema_of(catalog))
    name, count = ColumnRef("agents", "agent_name"), Item(Star("tickets"), "count")
    plan = Plan((Item(name),), ("tickets",), group=(name,), having=(Condition(count, "=", (3,)),))
    assert amiss.said(plan, linked, list(parts(plan)), set())
    ranked = Plan((Item(name),), ("tickets",), group=(name,), order=(Order(count, descending=True),), limit=3)
    assert not amiss.said(ranked, linked, list(parts(ranked)), set())

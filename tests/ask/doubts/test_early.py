"""The reader drops a plan of its own that takes a word for something else than it says."""

import pytest

from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask.doubts.early import misread
from aiser_jupyter.ask.doubts.seen import Seen
from aiser_jupyter.ask.engine import schema_of
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Order, Plan, Star
from aiser_jupyter.query.profile import profile

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


def test_a_plan_is_looked_at_with_its_question(workspace):
    schema = schema_of(profile(workspace.context, "desk"))
    priority = ColumnRef("tickets", "priority")
    counted = Plan((Item(priority, "count", distinct=True),))
    tested = Plan((Item(Star("tickets"), "count"),), where=(Condition(Item(priority), "=", ("P1",)),))

    def wrong(text: str, plan: Plan) -> bool:
        return misread(Seen(Linked(tokens.read(text), schema, {}), plan))

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
    ("question", "plan", "wrong"),
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
def test_what_a_word_asks_for_is_in_the_plan(workspace, question, plan, wrong):
    schema = schema_of(profile(workspace.context, "desk"))
    assert misread(Seen(Linked(tokens.read(question), schema, {}), plan)) is wrong


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
        return misread(Seen(Linked(tokens.read(text), schema, {}), plan))

    assert wrong("share of expenses by category", counted)
    assert not wrong("share of expenses by category", added)
    assert not wrong("share of the number of expenses by category", counted)


def test_the_number_of_a_ranking_is_not_what_a_count_is_compared_with(workspace):
    """The first 3 agents are not those with 3 tickets."""
    catalog = profile(workspace.context, "desk")
    linked = Linked(tokens.read("top 3 agents by number of tickets"), schema_of(catalog))
    name, count = ColumnRef("agents", "agent_name"), Item(Star("tickets"), "count")
    plan = Plan((Item(name),), ("tickets",), group=(name,), having=(Condition(count, "=", (3,)),))
    assert misread(Seen(linked, plan))
    ranked = Plan((Item(name),), ("tickets",), group=(name,), order=(Order(count, descending=True),), limit=3)
    assert not misread(Seen(linked, ranked))

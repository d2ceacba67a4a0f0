from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.ask.learned import form
from aiser_jupyter.ask.learned.close import close, open_literals
from aiser_jupyter.ask.learned.skeleton import Opener, slot_uses
from aiser_jupyter.ask.learned.variants import merged
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Order, Plan, Star
from aiser_jupyter.ask.schema import Schema
from aiser_jupyter.query.profile import profile

CITY, COUNTRY, NAME, CUSTOMER = (ColumnRef("customers", c) for c in ("city", "country", "name", "customer_id"))
PRICE = ColumnRef("products", "price")
ITEMS = st.builds(Item, st.sampled_from([CITY, COUNTRY, PRICE]), st.sampled_from(["", "max", "min"]))
PLANS = st.builds(
    Plan,
    select=st.lists(ITEMS, min_size=1, max_size=3).map(tuple),
    where=st.lists(
        st.builds(Condition, ITEMS, st.sampled_from(["=", ">", "like"]), st.sampled_from(["%x%", "y"]).map(lambda v: (v,))), max_size=2
    ).map(tuple),
    order=st.lists(st.builds(Order, ITEMS, st.booleans()), max_size=1).map(tuple),
    limit=st.sampled_from([None, 1, 5]),
)


@given(PLANS)
def test_a_plan_survives_json(plan):
    assert form.parse(form.dump(plan)) == plan


def test_opening_and_closing_gives_the_plan_back(shop):
    schema = Schema(profile(shop.context))
    orders = ColumnRef("orders", "customer_id")
    inner = Plan((Item(orders),))
    plans = [
        Plan((Item(NAME),), where=(Condition(Item(CITY), "=", ("Berlin",)), Condition(Item(COUNTRY), "like", ("%G%",)))),
        Plan(
            (Item(NAME), Item(Star("orders"), "count")),
            group=(CUSTOMER, NAME),
            order=(Order(Item(Star("orders"), "count"), descending=True),),
            limit=3,
        ),
        Plan((Item(NAME),), where=(Condition(Item(CUSTOMER), "not in", (), inner),)),
        Plan((Item(NAME),), compound=("except", Plan((Item(NAME),), ("orders",)))),
    ]
    for plan in plans:
        opener = Opener(schema.graph)
        skeleton = opener.open(plan)
        columns = {slot: ref for ref, slot in opener.columns.items()}
        tables = {slot: name for name, slot in opener.tables.items()}
        literals = {name: opener.values[int(name[1:].split(":")[0])][1] for name in open_literals(skeleton)}
        assert close(skeleton, schema, columns, tables, literals) == plan
        assert "customers" not in repr(skeleton)


def test_the_same_column_stands_in_one_slot(shop):
    schema = Schema(profile(shop.context))
    skeleton = Opener(schema.graph).open(Plan((Item(CITY), Item(Star("customers"), "count")), group=(CITY,)))
    assert {name: [use.clause for use in uses] for name, uses in slot_uses(skeleton).items()} == {
        "C0": ["select", "group"],
        "T0": ["select"],
    }


def test_merging_forgets_operator_aggregate_and_direction():
    def plan(operator, aggregate, *, down):
        return Plan((Item(PRICE, aggregate),), where=(Condition(Item(PRICE), operator, (3,)),), order=(Order(Item(PRICE), down),))

    assert merged(plan(">", "max", down=True)) == merged(plan("!=", "sum", down=False))

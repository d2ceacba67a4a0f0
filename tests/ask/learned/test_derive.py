from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.ask.learned.derive import numbered, steps, whole
from aiser_jupyter.ask.learned.model import load
from aiser_jupyter.ask.learned.skeleton import KEY, OPEN, Skeleton, slot_uses
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Plan, Star

KNOWN = load().shapes.skeletons
A, B = ColumnRef(OPEN, "C0"), ColumnRef(OPEN, "C1")


def skeleton(plan):
    return Skeleton(plan, 0.1, slot_uses(plan))


def test_one_step_adds_a_column_or_a_test():
    near = steps(skeleton(Plan((Item(A),))))
    assert Plan((Item(A), Item(B))) in near
    assert Plan((Item(A),), where=(Condition(Item(B), "=", ("$V0:s",)),)) in near


def test_one_step_takes_a_column_or_a_test_away_and_numbers_what_is_left():
    plan = Plan((Item(A), Item(B)), where=(Condition(Item(A), "=", ("$V0:s",)), Condition(Item(B), "=", ("$V1:s",))))
    near = steps(skeleton(plan))
    assert Plan((Item(A),), where=(Condition(Item(A), "=", ("$V0:s",)), Condition(Item(B), "=", ("$V1:s",)))) in near
    assert Plan((Item(A), Item(B)), where=(Condition(Item(B), "=", ("$V0:s",)),)) in near


def test_a_group_by_the_key_of_a_column_no_longer_there_is_not_made():
    counted = Plan((Item(A), Item(Star("$T0"), "count")), group=(ColumnRef(KEY, "C0"),))
    assert whole(counted)
    assert all(whole(plan) for plan in steps(skeleton(counted)))
    assert Plan((Item(Star("$T0"), "count"),), group=(ColumnRef(KEY, "C0"),)) not in steps(skeleton(counted))


@given(st.integers(min_value=0, max_value=10_000))
def test_shipped_skeletons_and_all_near_them_are_numbered_as_they_appear(n):
    one = KNOWN[n % len(KNOWN)]
    assert numbered(one.plan) == one.plan
    assert all(numbered(plan) == plan for plan in steps(one))

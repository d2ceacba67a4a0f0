"""Whose a role is, and which holds."""

import pytest

from aiser_jupyter.errors import RefusedError
from aiser_jupyter.identity import Identity
from aiser_jupyter.policy import NOBODY, Policy, Role, TableRule, grant

ADA = Identity("ada", ("analysts",), (("abroad", True), ("level", 3), ("shops", ("1", "2"))))
FIRST = Role("first", frozenset({"group:analysts"}))
SECOND = Role("second", frozenset({"ada"}))
OTHER = Role("other", frozenset({"ben"}))


@pytest.mark.parametrize("member", ["ada", "*", "group:analysts", "claim:level=3", "claim:shops=2", "claim:abroad=true"])
def test_members(member):
    assert Role("r", frozenset({member})).has(ADA)


@pytest.mark.parametrize(
    "member",
    ["Ada", "analysts", "group:ada", "claim:level=4", "claim:level", "claim:nothing=", "claim:shops=12", "claim:abroad=false", "group:"],
)
def test_not_members(member):
    assert not Role("r", frozenset({member})).has(ADA)


def test_the_first_of_one_s_roles_holds_unless_another_is_wanted():
    policy = Policy((OTHER, FIRST, SECOND))
    assert policy.role(ADA) is FIRST
    assert policy.role(ADA, "second") is SECOND
    assert policy.role(Identity("carl")) is NOBODY


@pytest.mark.parametrize("wanted", ["other", "nothing"])
def test_a_role_of_others_cannot_be_taken(wanted):
    with pytest.raises(RefusedError, match=f"The role {wanted} is not yours") as caught:
        Policy((OTHER, FIRST, SECOND)).role(ADA, wanted)
    assert caught.value.hint == "Your roles: first, second."


def test_rules_by_name():
    narrow, wide = TableRule(rows="1 = 0"), TableRule(rows="1 = 1")
    role = Role("r", tables=(("customers", wide), ("hr.customers", narrow)), deny=frozenset({"pay"}))
    assert role.rule("HR", "Customers") is narrow
    assert role.rule("main", "CUSTOMERS") is wide
    assert (role.rule("", "other"), role.rule("hr", "pay")) == (None, None)
    assert Role("r", default="allow", deny=frozenset({"hr.pay"})).rule("", "pay") == TableRule()
    assert Role("r", default="allow", deny=frozenset({"hr.pay"})).rule("hr", "pay") is None


def test_what_is_not_governed_has_no_grant():
    policy = Policy((FIRST,), frozenset({"shop"}))
    assert grant(policy, ADA, "files") is None
    assert grant(policy, ADA, "shop").role is FIRST
    assert grant(Policy(), ADA, "shop") is None
    assert grant(policy, Identity("carl"), "shop").role is NOBODY

"""A policy decides whether a model hears of a connection at all, and whether of its values."""

from dataclasses import replace

import pytest

from aiser_jupyter.ask.engine import read
from aiser_jupyter.errors import RefusedError
from aiser_jupyter.identity import Identity
from aiser_jupyter.policy import Policy, Role
from aiser_jupyter.query.governed import under

QUESTION = "Which products are the odd ones out?"


def asked(space, access, engine="llm"):
    """The reading of a question that only a model could answer, by somebody whose role has that access."""
    policy = Policy((Role("reader", frozenset({"*"}), default="allow", model=access),))
    return read(under(space.context, policy, Identity("ada")), QUESTION, on="shop", engine=engine)


def test_a_role_without_access_sends_nothing(server, space):
    with pytest.raises(RefusedError, match="tell a model nothing of shop"):
        asked(space, "none")
    found = asked(space, "none", engine="auto")
    assert any("The policy lets your role tell a model nothing of shop" in note for note in found.notes)
    assert server.hits == 0


@pytest.mark.parametrize("access", ["schema", "values"])
def test_a_role_with_access_asks(server, space, access):
    asked(space, access)
    assert server.hits > 0


@pytest.mark.parametrize(("access", "consent"), [("none", "no"), ("schema", "no"), ("values", "given")])
def test_values_need_both_the_policy_and_consent(space, monkeypatch, access, consent):
    from aiser_jupyter.settings import Profile

    monkeypatch.setenv("AISER_CONNECTIONS__shop__VALUES_TO_MODEL", "true")
    profile = Profile(url="shop.duckdb", values_to_model=True)
    context = replace(space.context, settings=space.context.settings.model_copy(update={"connections": {"shop": profile}}))
    policy = Policy((Role("reader", frozenset({"*"}), default="allow", model=access),))
    assert under(context, policy, Identity("ada")).values_to_model("shop") == consent

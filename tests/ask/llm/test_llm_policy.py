"""A policy decides whether a model hears of a connection at all, and whether of its values."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest

from aiser_jupyter.ask.engine import read
from aiser_jupyter.audit import Audit
from aiser_jupyter.errors import AiserError, RefusedError
from aiser_jupyter.identity import Identity
from aiser_jupyter.policy import Policy, Quota, Role
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


def bounded(space, **quota):
    role = Role("reader", frozenset({"*"}), default="allow", model="schema", quota=Quota(**quota))
    return under(space.context, Policy((role,)), Identity("ada"))


def lines(space):
    return [json.loads(line) for line in (space.root / ".aiser" / "audit.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_role_asks_a_model_so_often_a_minute(server, space):
    context = bounded(space, model_per_minute=1)
    read(context, QUESTION, on="shop", engine="llm")
    hits = server.hits
    assert hits >= 1
    found = read(context, "Which products are odd?", on="shop", engine="llm")
    assert any("may run 1 model calls a minute" in note for note in found.notes)
    assert server.hits == hits
    assert [line["why"] for line in lines(space) if line["event"] == "refused"][-1] == "The role reader may run 1 model calls a minute."


def test_a_role_spends_so_much_a_day(server, space, monkeypatch):
    # The price of this model is known; its address is the test's own server.
    monkeypatch.setenv("AISER_MODEL", "openai/gpt-4o-mini")
    monkeypatch.delenv("AISER_MODEL_BASE")
    monkeypatch.setenv("OPENAI_API_BASE", server.base)
    context = bounded(space, model_cost=0.00002)  # a call of 100 tokens in and 20 out takes $0.000027
    read(context, QUESTION, on="shop", engine="llm")
    hits = server.hits
    assert hits >= 1
    found = read(context, "Which products are odd?", on="shop", engine="llm")
    assert any("may spend $2e-05 a day on models" in note for note in found.notes)
    assert server.hits == hits


def test_a_model_without_a_price_is_not_asked_where_money_is_bounded(server, space, monkeypatch):
    monkeypatch.setenv("AISER_MODEL", "openai/nobody-knows-it")
    monkeypatch.delenv("AISER_MODEL_BASE")
    monkeypatch.setenv("OPENAI_API_BASE", server.base)
    found = read(bounded(space, model_cost=5), QUESTION, on="shop", engine="llm")
    assert any("nobody knows the price of openai/nobody-knows-it" in note for note in found.notes)
    assert server.hits == 0


def test_account_is_kept_of_each_call(server, space):
    context = bounded(space)
    read(context, QUESTION, on="shop", engine="llm")
    calls = [line for line in lines(space) if line["event"] == "model"]
    assert len(calls) == server.hits >= 1
    assert (calls[0]["user"], calls[0]["role"], calls[0]["connection"]) == ("ada", "reader", "shop")
    ends = {line["of"]: line for line in lines(space) if line["event"] == "outcome"}
    assert [(ends[call["seq"]]["status"], ends[call["seq"]]["prompt_tokens"]) for call in calls] == [("done", 100)] * len(calls)
    ((user, role, connection, model, count, failed, told, said, _),) = Audit(space.root / ".aiser" / "audit.jsonl").models()
    assert (user, role, connection, model) == ("ada", "reader", "shop", calls[0]["model"])
    assert (count, failed, told, said) == (len(calls), 0, 100 * len(calls), 20 * len(calls))


def test_no_model_hears_what_cannot_be_put_down(server, space):
    (space.root / ".aiser").mkdir(exist_ok=True)
    (space.root / ".aiser" / "audit.jsonl").mkdir()
    with suppress(AiserError):
        read(bounded(space), QUESTION, on="shop", engine="llm")
    assert server.hits == 0

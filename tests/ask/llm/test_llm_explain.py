"""An answer in a model's words: only where it is wanted, only where values may be sent, only sentences whose numbers are facts."""

import json
from datetime import date

import pytest
from servers.model import Fail, Say

import aiser_jupyter as aiser
from aiser_jupyter import trust
from aiser_jupyter.facts import check

TODAY = date(2024, 3, 15)
QUESTION = "Average freight per country"


@pytest.fixture
def open_space(shop_file, tmp_path):
    """A workspace that wants explanations, over a connection whose values may be sent."""
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "settings.toml").write_text(
        f'model_explains = true\n[connections.shop]\nurl = "{shop_file}"\nvalues_to_model = true\n', "utf-8"
    )
    trust.trust(tmp_path)
    workspace = aiser.Workspace(tmp_path)
    yield workspace
    workspace.close()


def test_each_sentence_is_checked_as_it_comes(server, open_space):
    server.script = [Say("Spain pays most, 11.00 an order. Germany pays 8.25. Freight will rise by 40% next year. The USA pays least.")]
    heard = []
    open_space.context.events.listen(lambda event: heard.append(event.data["sentence"]) if event.kind == "answer.explanation" else None)
    found = open_space.ask(QUESTION, on="shop", today=TODAY)
    assert found.engine == "offline"  # the query is the built-in engine's, the words are the model's
    assert found.explanation == "Spain pays most, 11.00 an order. Germany pays 8.25. The USA pays least."
    assert heard == ["Spain pays most, 11.00 an order.", "Germany pays 8.25.", "The USA pays least."]
    assert "Refused a sentence of the model: nothing here yields its 40%" in [str(step) for step in found.steps]
    assert check(found.explanation, found.facts, ["USA"]) == ()
    for fact in found.facts:
        value = open_space.sql(fact.sql, on="shop").arrow().column(0)[0].as_py()
        assert value == pytest.approx(fact.value)
    assert found.explanation in repr(found)
    assert found.as_json()["explanation"] == found.explanation
    assert server.hits == 1


def test_where_no_sentence_holds_the_generated_one_stands_alone(server, open_space):
    server.script = [Say("Revenue was 5 million. It grew by 12%.")]
    found = open_space.ask(QUESTION, on="shop", today=TODAY)
    assert found.answered
    assert found.explanation == ""
    assert found.sentence


def test_a_model_that_fails_costs_nothing_but_the_explanation(server, open_space):
    server.default = Fail(401)
    found = open_space.ask(QUESTION, on="shop", today=TODAY)
    assert found.answered
    assert found.explanation == ""
    assert any("No explanation by a model: The model's provider did not accept the key." in str(step) for step in found.steps)


def test_without_consent_nothing_is_sent(server, shop_file, tmp_path, monkeypatch):
    monkeypatch.setenv("AISER_MODEL_EXPLAINS", "true")
    space = aiser.Workspace(tmp_path)
    space.connect(str(shop_file), name="shop")
    found = space.ask(QUESTION, today=TODAY)
    assert server.hits == 0
    assert found.explanation == ""
    assert any("values_to_model" in str(step) for step in found.steps)
    space.close()


def test_a_folder_that_nobody_trusts_has_nothing_sent(server, open_space, tmp_path):
    trust.revoke(tmp_path)
    found = open_space.ask(QUESTION, on="shop", today=TODAY)
    assert server.hits == 0
    assert found.explanation == ""
    assert any("aiser trust" in str(step) for step in found.steps)


def test_offline_means_offline(server, open_space):
    assert open_space.ask(QUESTION, on="shop", today=TODAY, engine="offline").explanation == ""
    assert server.hits == 0


def test_it_is_not_asked_for_unless_wanted(server, space):
    assert space.ask(QUESTION, today=TODAY).explanation == ""
    assert server.hits == 0


def test_what_is_sent_is_fenced(server, open_space):
    server.script = [Say("Fine.")]
    open_space.ask(QUESTION, on="shop", today=TODAY)
    text = server.asked[0].text
    assert "=== figures ===" in text
    assert json.dumps(QUESTION) in text
    assert "Spain" in text

import json
from pathlib import Path

import pytest

from aiser_jupyter.answer.intent import classify

OWN = [json.loads(line) for line in Path(__file__).with_name("intents.jsonl").read_text(encoding="utf-8").splitlines()]
LABELS = Path(__file__).parents[3] / "shared/data/labels/intents_examples.jsonl"
NL2SQL = Path(__file__).parents[3] / "shared/data/nl2sql"


@pytest.mark.parametrize("field", ["dispatch", "business"])
def test_varied_short_and_misspelt_questions_are_told_apart(field):
    right = [getattr(classify(item["question"]), field) == item[field] for item in OWN]
    assert sum(right) >= 0.95 * len(right)


def test_the_labelled_examples_are_right_nine_times_in_ten():
    if not LABELS.exists():
        pytest.skip("the shared data are not beside this checkout")
    items = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines()]
    for field in ("dispatch", "business"):
        right = [getattr(classify(i["question"]), field) in i.get("accept", {}).get(field, [i[field]]) for i in items]
        assert sum(right) >= 0.9 * len(right)


def test_questions_to_the_data_are_hardly_ever_taken_for_something_else():
    if not NL2SQL.exists():
        pytest.skip("the shared data are not beside this checkout")
    lines = [
        line
        for name in ("spider_gate", "geoquery_train", "defog_questions_gen")
        for line in (NL2SQL / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    wanted = [classify(json.loads(line)["question"]).dispatch for line in lines]
    assert sum(w not in {"answer", "followup"} for w in wanted) <= 0.005 * len(wanted)
    assert "refuse" not in wanted


def test_objectives_name_what_is_aimed_at():
    assert classify("revenue per truck per month, this yr").objectives == ("comparison", "trend")
    assert "projection" in classify("how many calls should we plan for in January?").objectives
    assert classify("hello").objectives == ()


def test_confidence_is_a_probability_and_lower_where_words_disagree():
    sure, torn = classify("delete all orders"), classify("give me summary statistics for all columns")
    assert 0 < torn.confidence < sure.confidence < 1


def test_long_text_is_no_trouble():
    assert classify("why " * 5000).dispatch == "why"

from types import SimpleNamespace

import pytest

from aiser_jupyter.answer import Step, step
from aiser_jupyter.answer.step import deduced, done, explained_by, matched, reused, surest, then


def test_a_step_is_its_text():
    assert str(Step("Read the question", 1.5)) == "Read the question"
    assert Step("Read the question", 1.5).as_json() == {"text": "Read the question", "kind": "plain", "elapsed_ms": 1.5}


def test_each_way_of_reasoning_says_what_it_rests_on():
    finding = SimpleNamespace(statement="Sales rise by 3 a month.", title="Sales rise", q_value=0.04)
    steps = [
        matched("Took “revenue” for orders.amount", "revenue: orders.amount", 0.93),
        deduced("Computed revenue", "SELECT 1"),
        step.tested(finding),
        explained_by("Outdoor fell", "SELECT 2", 0.7),
        reused("Took over monthly_revenue", "monthly_revenue", 0.9),
    ]
    assert [(s.kind, s.ground) for s in steps] == [
        ("plain", "trace"),
        ("deductive", "sql"),
        ("inductive", "finding"),
        ("abductive", "sql"),
        ("analogical", "verified"),
    ]
    assert steps[2].text == "Sales rise by 3 a month."
    assert steps[2].confidence == pytest.approx(0.96)
    assert steps[1].confidence == 1.0
    assert all(s.evidence and s.what for s in steps)


def test_a_record_is_a_graph_of_what_builds_on_what():
    record = then(
        (), done("Read"), matched("Matched", "a: b", 0.8), deduced("Ran", "SELECT 1"), deduced("Checked", "SELECT 2", inputs=(1, 2))
    )
    assert [s.inputs for s in record] == [(), (0,), (1,), (1, 2)]
    assert surest(record, 3) == 0.8
    assert surest(record, 0) is None
    assert record[3].as_json()["inputs"] == [1, 2]


def test_a_record_that_names_itself_still_ends():
    assert surest((deduced("a", "SELECT 1", inputs=(1,)), deduced("b", "SELECT 1", confidence=0.5, inputs=(0, 7))), 0) == 0.5

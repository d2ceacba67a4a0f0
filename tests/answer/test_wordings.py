"""The words of an answer, pinned: a query on the shipped data, the sentence it gives and how it is restated."""

import json
import math
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.answer.answer import Answer
from aiser_jupyter.answer.build import from_reading
from aiser_jupyter.answer.intent import Intent
from aiser_jupyter.ask.reading import Reading
from aiser_jupyter.clock import Clock

DATA = Path(__file__).parents[2] / "examples/data"
CASES = [json.loads(line) for line in Path(__file__).with_name("wordings.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def examples(tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("examples"), clock=Clock(datetime(2026, 12, 1, 6, tzinfo=UTC)))
    workspace.connect(DATA / "chinook.sqlite", name="chinook")
    workspace.connect(DATA / "retail", name="retail")
    yield workspace
    workspace.close()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["restated"])
def test_a_query_has_its_sentence_and_its_restatement(examples, case):
    reading = Reading("a question", answered=True, sql=case["sql"], confidence=0.9)
    answer = from_reading(
        examples.context, Answer("a question", answered=False, intent=Intent("answer")), reading, examples.catalog(case["on"])
    )
    assert (answer.sentence, answer.restated) == (case["sentence"], case["restated"])
    for fact in answer.facts:
        table = examples.sql(fact.sql, on=case["on"]).arrow()
        assert table.shape == (1, 1)
        got = table.column(0)[0].as_py()
        assert got == fact.value or math.isclose(float(got), fact.value, rel_tol=1e-12)
    for check in answer.checks:
        assert not check.sql or examples.sql(check.sql, on=case["on"]).row_count


def test_no_two_of_these_queries_read_alike():
    assert len({(case["on"], case["restated"]) for case in CASES}) == len(CASES)

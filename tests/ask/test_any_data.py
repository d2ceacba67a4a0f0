"""Any question may be put to any data: it is answered or refused, and never breaks."""

import json
import sys
from datetime import date
from pathlib import Path

import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read

HERE = Path(__file__).parent / "business"
ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "benchmarks" / "ask")]

pytestmark = pytest.mark.skipif(not (ROOT.parent / "shared").exists(), reason="the shared data is not on this machine")
TODAY = date(2025, 6, 30)
EACH = 7  # every so manieth question goes to a given database


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    import business

    business.prepare(HERE / "develop.jsonl")
    workspace = aiser.Workspace(str(tmp_path_factory.mktemp("any")))
    for name in ("chinook", "northwind", "retail", "star", "telco"):
        workspace.connect(str(HERE / "db" / f"{name}.duckdb"), name)
    yield workspace
    workspace.close()


def test_a_thing_without_a_table_is_not_there(workspace):
    assert not read(workspace.context, "is there any customer in Norway", on="telco", today=TODAY).answered


@pytest.mark.slow
@pytest.mark.parametrize("name", ["chinook", "northwind", "retail", "star", "telco"])
def test_questions_that_were_meant_for_other_data(workspace, name):
    items = [json.loads(line) for line in (HERE / "develop.jsonl").read_text(encoding="utf-8").splitlines()]
    foreign = [item["question"] for item in items if Path(item["db"]).stem != name][len(name) % EACH :: EACH]
    for question in foreign:
        reading = read(workspace.context, question, on=name, today=TODAY)
        assert reading.answered == bool(reading.sql), question
        assert reading.answered or reading.reason, question
        if reading.answered:
            workspace.sql(reading.sql, on=name).rows()

"""The business questions against their floors: a little under what was measured, so that a fall is seen."""

import json
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent / "business"
ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared"
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "benchmarks" / "ask")]

pytestmark = pytest.mark.skipif(not (SHARED / "score" / "nl2sql.py").exists(), reason="the shared data and scorer are not on this machine")


def lines(part):
    return [json.loads(line) for line in (HERE / f"{part}.jsonl").read_text(encoding="utf-8").splitlines()]


def test_the_set_is_what_it_says():
    items = [*lines("develop"), *lines("measure")]
    refused = [item for item in items if not item["answerable"]]
    assert len(items) >= 200
    assert len({item["id"] for item in items}) == len(items)
    assert 0.18 <= len(refused) / len(items) <= 0.22
    assert len({item["db"] for item in items}) == 5
    assert {"telco", "retail"}.isdisjoint(Path(item["db"]).stem for item in lines("develop"))
    assert all(bool(item["query"]) == item["answerable"] for item in items)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "floors"),
    [
        ("develop", {"strict": 0.93, "refused": 0.92, "offered": 0.95, "runs": 0.99}),
        ("measure", {"strict": 0.70, "refused": 0.90, "offered": 0.83, "runs": 0.99}),
    ],
)
def test_business_questions_keep_their_floors(part, floors):
    import ask_accuracy
    import business

    bench = HERE / f"{part}.jsonl"
    business.prepare(bench)
    reached = business.summary(bench, ask_accuracy.answers(bench))
    assert {name: reached[name] >= floor for name, floor in floors.items()} == dict.fromkeys(floors, True), reached


@pytest.mark.parametrize("model", sorted((HERE / "models").glob("*.yaml")), ids=lambda path: path.stem)
def test_each_database_has_a_model_without_a_mistake(model, tmp_path):
    import ask_accuracy
    import business

    import aiser_jupyter as aiser

    business.prepare(HERE / "develop.jsonl")
    workspace = aiser.Workspace(str(tmp_path))
    name = workspace.connect(str((HERE / "db" / f"{model.stem}.duckdb").resolve())).name
    ask_accuracy.give(model, tmp_path, name)
    assert workspace.semantic(name).problems == ()
    assert len(model.read_text(encoding="utf-8").splitlines()) <= 50

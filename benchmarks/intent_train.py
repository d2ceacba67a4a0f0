"""Train the model that tells intents apart: `python benchmarks/intent_train.py`, the same bytes each time.

It learns from the written questions under tests/answer (all parts but the last, or `--part develop`), with questions to databases from the training parts of Spider
(Yu et al. 2018, CC BY-SA 4.0) and GeoQuery (Zelle and Mooney 1996), where they are beside this checkout, as further examples of what is asked of data. Confidence is calibrated by
temperature (Guo et al. 2017) on questions of trades that were left out of training.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from aiser_jupyter.answer.intent import NO_BUSINESS
from aiser_jupyter.answer.judgement import FILE, Linear, write
from aiser_jupyter.answer.traits import plain, traits

HERE = Path(__file__).parent
TESTS = HERE.parent / "tests/answer"
SHARED = HERE.parents[1] / "shared/data/nl2sql"
OUT = HERE.parent / "aiser_jupyter/answer" / FILE
# How hard weights are held back (scikit-learn's C), and the least questions a trait must be in.
FREEDOM = 20.0
LEAST = 2
FOLDS = 8
# Questions to databases and every how many of them is learned from.
ASKED = {"spider_train": 12, "geoquery_train": 2}
ASKED_WEIGHT = 0.25
# Trades that nothing was ever learned from.
LAST = "last"
# Questions of no trade of their own always teach.
GENERAL = {"requests", "measures"}
Item = dict[str, Any]


@dataclass(frozen=True)
class Table:
    """Questions as rows of traits."""

    items: list[Item]
    names: list[str]
    matrix: csr_matrix


def main() -> None:
    """Train on the parts asked for, calibrate, write, and say what came out."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--part", action="append", help="a part of the written set to learn from; all but the last where none is named")
    options.add_argument("--to", type=Path, default=OUT)
    chosen = options.parse_args()
    own = [i for i in read(TESTS / "intent_set.jsonl") if (i["part"] in chosen.part if chosen.part else i["part"] != LAST)]
    extra = [{**i, "industry": "mixed"} for i in read(TESTS / "intents.jsonl")] + asked()
    table = tabled([*own, *extra])
    scores = left_out(table)
    linear = {field: trained(table, field, range(len(table.items)), temperature=scores[field][1]) for field in ("dispatch", "business")}
    write(chosen.to, table.names, linear["dispatch"], linear["business"])
    shares = ", ".join(f"{field} {100 * share:.1f} %" for field, (share, _) in scores.items())
    print(f"{len(own)} written questions; of trades left out {shares}; {chosen.to.stat().st_size / 1e6:.2f} MB")


def read(path: Path) -> list[Item]:
    """The lines of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def asked() -> list[Item]:
    """Questions to databases of many kinds: `answer`, of no telling field of business."""
    lines = [i for name, step in ASKED.items() if (path := SHARED / f"{name}.jsonl").exists() for i in read(path)[::step]]
    return [{"question": i["question"], "dispatch": "answer", "business": "none", "industry": "", "weight": ASKED_WEIGHT} for i in lines]


def tabled(items: list[Item]) -> Table:
    """The traits of all questions, those that are in one question alone left out."""
    rows = [traits(plain(i["question"])) for i in items]
    count = Counter(name for row in rows for name in row)
    names = sorted(name for name, n in count.items() if n >= LEAST)
    index = {name: i for i, name in enumerate(names)}
    cells = [(r, index[name], value) for r, row in enumerate(rows) for name, value in row.items() if name in index]
    at, where, values = zip(*cells, strict=True)
    return Table(items, names, csr_matrix((values, (at, where)), shape=(len(items), len(names))))


def usable(item: Item, field: str) -> bool:
    """Whether a question can teach a field: business only where there is one."""
    return field == "dispatch" or (item["dispatch"] not in NO_BUSINESS and item["business"] != "none")


def trained(table: Table, field: str, rows: Any, *, temperature: float = 1.0) -> Linear:
    """A model of one field from some of the rows."""
    taught = [r for r in rows if usable(table.items[r], field)]
    weight = [table.items[r].get("weight", 1.0) for r in taught]
    fitted = LogisticRegression(C=FREEDOM, max_iter=3000)
    fitted.fit(table.matrix[taught], [table.items[r][field] for r in taught], sample_weight=weight)
    return Linear(
        tuple(map(str, fitted.classes_)),
        np.asarray(fitted.coef_.T, dtype=np.float32),
        np.asarray(fitted.intercept_, dtype=np.float32),
        temperature,
    )


def left_out(table: Table) -> dict[str, tuple[float, float]]:
    """By field the share told right of trades that were left out, and the temperature that makes their probabilities true."""
    trades = sorted({i["industry"] for i in table.items if i.get("part")} - GENERAL)
    shares, temperatures = {}, {}
    for field in ("dispatch", "business"):
        logits, truth, right = [], [], []
        for fold in range(FOLDS):
            out = set(trades[fold::FOLDS])
            model = trained(table, field, [r for r, i in enumerate(table.items) if i["industry"] not in out])
            for r in (r for r, i in enumerate(table.items) if i["industry"] in out and usable(i, field)):
                item, scores = table.items[r], table.matrix[r] @ model.weights + model.bias
                logits.append(np.ravel(scores))
                truth.append(model.labels.index(item[field]))
                right.append(model.labels[int(np.argmax(scores))] in item.get("accept", {}).get(field, [item[field]]))
        shares[field] = float(np.mean(right))
        temperatures[field] = warmth(np.array(logits), np.array(truth))
    return {field: (shares[field], temperatures[field]) for field in shares}


def warmth(logits: np.ndarray, truth: np.ndarray) -> float:
    """The temperature with the highest likelihood of the true labels."""

    def surprise(log_temperature: float) -> float:
        scaled = logits / np.exp(log_temperature)
        scaled = scaled - scaled.max(axis=1, keepdims=True)
        return float(np.mean(np.log(np.exp(scaled).sum(axis=1)) - scaled[np.arange(len(truth)), truth]))

    return float(np.exp(minimize_scalar(surprise, bounds=(-2, 2), method="bounded").x))  # pyright: ignore[reportAttributeAccessIssue] - scipy's stubs lack the result's x


if __name__ == "__main__":
    main()

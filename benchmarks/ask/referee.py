"""Learn how sure a candidate is once all readings are heard: ``python benchmarks/ask/referee.py gather SET.jsonl KEPT.pkl`` and ``… learn KEPT.pkl[:WEIGHT]… --to DIR``.

A set is a JSON-lines file of the scorer ``../shared/score/nl2sql.py``. Gathering reads each question (no follow-ups) and judges every candidate;
``--strangers N`` also puts every N-th question to another database, where nothing is right. Learning leaves out whole databases in turn to report
what the referee reaches on others, then learns from all. Needs LightGBM.
"""

from __future__ import annotations

import argparse
import pickle
import random
import sys
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT.parent / "shared" / "score"))

import lightgbm  # noqa: E402  # the paths above come first
import nl2sql  # noqa: E402
import numpy as np  # noqa: E402
from ask.ranking import from_lightgbm  # noqa: E402
from ask.train import HELD_OUT  # noqa: E402

import aiser_jupyter as aiser  # noqa: E402
from aiser_jupyter.ask import interpret, refuse  # noqa: E402
from aiser_jupyter.ask.engine import schema_of  # noqa: E402
from aiser_jupyter.ask.learned import referee  # noqa: E402
from aiser_jupyter.ask.learned.model import load  # noqa: E402
from aiser_jupyter.query.profile import profile  # noqa: E402

FOLDS = 5
GROWN: dict[str, Any] = {
    "learning_rate": 0.05, "reg_lambda": 20.0, "colsample_bytree": 0.5, "subsample": 0.8, "subsample_freq": 1, "random_state": 0, "n_jobs": 1,
    "deterministic": True, "force_row_wise": True, "verbose": -1, "num_leaves": 8, "min_child_samples": 30, "n_estimators": 150,
}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """One question's candidates: what is known of each, how sure it was, and whether it is right."""

    db: str
    rows: np.ndarray
    before: np.ndarray
    right: np.ndarray
    answerable: bool


def gathered(bench: Path, every: int, part: tuple[int, int] = (0, 1), *, held_out: bool = False) -> list[Seen]:
    """What the readings make of a set's questions; with ``held_out`` of those alone whose databases `train` leaves out."""
    items = [item for item in nl2sql.read(bench) if not item.get("followup_of")]
    dbs = sorted({item["db"] for item in items})
    if held_out:
        dbs = sorted(random.Random(7).sample(dbs, HELD_OUT))
        items = [item for item in items if item["db"] in dbs]
    workspace = aiser.Workspace(tempfile.mkdtemp(prefix="aiser-referee-"))
    names = {db: workspace.connect(str((bench.parent / db).resolve())).name for db in dbs}
    schemas = {db: schema_of_db(workspace, name) for db, name in names.items()}
    workspace.close()
    made: list[Seen] = []
    for number, item in enumerate(items):
        if number % part[1] != part[0]:
            continue
        today = date.fromisoformat(item["today"]) if item.get("today") else date(2026, 1, 1)
        if refuse.on_sight(item["question"]):
            continue
        asked = [(item["db"], bool(item.get("answerable", True)))]
        if every and number % every == 0 and len(dbs) > 1:
            asked.append((dbs[(dbs.index(item["db"]) + 1 + number % (len(dbs) - 1)) % len(dbs)], False))
        for db, answerable in asked:
            found = interpret.gathered(schemas[db], item["question"], load(), today)
            if not found.found or found.heard.timed or referee.earns(schemas[db]):
                continue  # there the readings keep their own confidence
            rows = referee.evidence(found.linked, found.found, found.heard, interpret.same)
            right = [answerable and db == item["db"] and bool(nl2sql.judge(item, s.sql, bench.parent)[0]) for s in found.found]
            made.append(Seen(f"{bench.stem}/{db}", rows, np.array([s.confidence for s in found.found]), np.array(right), answerable))
    return made


def schema_of_db(workspace: aiser.Workspace, name: str) -> Any:
    """The prepared schema of a connection."""
    return schema_of(profile(workspace.context, name))


def fitted(seen: list[Seen], weights: list[float]) -> Any:
    """The trees that correct the readings' own confidence."""
    x, y = np.concatenate([s.rows for s in seen]), np.concatenate([s.right for s in seen])
    start = np.array([referee.log_odds(c) for s in seen for c in s.before])
    weight = np.concatenate([np.full(len(s.right), w) for s, w in zip(seen, weights, strict=True)])
    model = lightgbm.LGBMClassifier(**GROWN)
    model.fit(x, y, init_score=start, sample_weight=weight)
    return from_lightgbm(model.booster_.dump_model())


def told(trees: Any, one: Seen) -> tuple[float, bool]:
    """How sure the first candidate is, and whether it is right."""
    scores = trees.score(one.rows) + np.array([referee.log_odds(c) for c in one.before])
    first = int(np.argmax(scores))
    return float(1 / (1 + np.exp(-scores[first]))), bool(one.right[first])


def line(name: str, found: list[tuple[float, bool]], answerable: int) -> str:
    """Strict accuracy, coverage and precision at the threshold, and the calibration error in tenths."""
    answered = [ok for sure, ok in found if sure >= refuse.THRESHOLD]
    ordered = sorted(found)
    tenth = max(1, len(ordered) // 10)
    groups = [ordered[i : i + tenth] for i in range(0, len(ordered), tenth)]
    error = np.mean([abs(np.mean([sure for sure, _ in g]) - np.mean([ok for _, ok in g])) for g in groups])
    high = [ok for sure, ok in found if sure >= 0.9]
    return (
        f"{name:28} n {answerable:5} strict {sum(answered) / max(1, answerable):.3f} coverage {len(answered) / max(1, answerable):.3f} "
        f"precision {sum(answered) / max(1, len(answered)):.3f} calibration error {error:.3f}, of {len(high)} at 0.9 wrong {1 - sum(high) / max(1, len(high)):.3f}"
    )


def main() -> None:
    """Gather or learn."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    gather = commands.add_parser("gather")
    gather.add_argument("bench", type=Path)
    gather.add_argument("kept", type=Path)
    gather.add_argument("--strangers", type=int, default=0)
    gather.add_argument("--held-out", action="store_true", help="of a training file the databases that train.py leaves out")
    gather.add_argument("--part", default="0/1", help="the K-th of N parts, to run several at once")
    learn = commands.add_parser("learn")
    learn.add_argument("kept", nargs="+", help="what was gathered, with the weight of its questions behind a colon")
    learn.add_argument("--to", type=Path)
    args = parser.parse_args()
    if args.command == "gather":
        part, parts = map(int, args.part.split("/"))
        args.kept.write_bytes(pickle.dumps(gathered(args.bench, args.strangers, (part, parts), held_out=args.held_out)))
        return
    seen, weights, sets = [], [], []
    for given in args.kept:
        path, _, weight = given.partition(":")
        found = pickle.loads(Path(path).read_bytes())  # this script wrote it
        seen, weights = seen + found, weights + [float(weight or 1)] * len(found)
        sets += [Path(path).stem.rstrip("0123456789.")] * len(found)
    dbs = sorted({s.db.split("/", 1)[1] for s in seen})
    apart: list[tuple[float, bool]] = [(0.0, False)] * len(seen)
    for fold in range(FOLDS):
        own = set(dbs[fold::FOLDS])
        rest = [i for i, s in enumerate(seen) if s.db.split("/", 1)[1] not in own]
        trees = fitted([seen[i] for i in rest], [weights[i] for i in rest])
        for i, s in enumerate(seen):
            if s.db.split("/", 1)[1] in own:
                apart[i] = told(trees, s)
    for name in dict.fromkeys(sets):
        mine = [i for i, one in enumerate(sets) if one == name]
        before = [(float(seen[i].before.max()), bool(seen[i].right[int(np.argmax(seen[i].before))])) for i in mine]
        count = sum(seen[i].answerable for i in mine)
        print(line(f"{name} before", before, count))
        print(line(f"{name} after", [apart[i] for i in mine], count))
    if args.to:
        np.savez_compressed(args.to / "referee.npz", **fitted(seen, weights).arrays("referee"))


if __name__ == "__main__":
    main()

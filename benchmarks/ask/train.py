"""Learn the offline engine's weights from Spider's training set: ``python benchmarks/ask/train.py DATA [--to DIR]``.

DATA is the folder with ``spider_train.jsonl`` and ``db/``. 25 whole databases are held out for development: what the engine reaches on
them is printed. Slot scorers learn from what encoders of other databases foretold, the ranker from candidates that models of other databases
made (out of fold), how sure it is from rankers of other databases. Needs torch and LightGBM, which the engine itself does not.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("OMP_NUM_THREADS", "1")  # spinning threads on a shared machine cost more than they bring

import numpy as np  # the line above must come first

sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

from ask import catalogs, encode, gold, learn, ranking  # noqa: E402  # the path above comes first
from ask.augment import Sayer  # noqa: E402
from ask.judge import Judge  # noqa: E402

from aiser_jupyter.ask import question  # noqa: E402
from aiser_jupyter.ask.learned import form, rank  # noqa: E402
from aiser_jupyter.ask.learned.encoder import Encoder, Encoders  # noqa: E402
from aiser_jupyter.ask.learned.generate import candidates  # noqa: E402
from aiser_jupyter.ask.learned.model import VERSION, Model  # noqa: E402
from aiser_jupyter.ask.link import Linked  # noqa: E402
from aiser_jupyter.ask.schema import Schema  # noqa: E402
from aiser_jupyter.ask.sql import render  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable

HELD_OUT, FOLDS, STRANGERS, DEVELOPED, OTHERS = 25, 3, 4, 2, 4


def examples(data: Path, name: str) -> list[learn.Example]:
    """The questions of a training file with their schemas and gold plans."""
    schemas: dict[str, Schema] = {}
    made = []
    for line in (data / name).read_text(encoding="utf-8").splitlines():
        item = json.loads(line)
        if item["db"] not in schemas:
            schemas[item["db"]] = Schema(catalogs.load(data / item["db"]))
        schema = schemas[item["db"]]
        plan = gold.plan(item["query"], schema.graph)
        skeleton, opener = learn.opened(plan, schema) if plan else (None, None)
        made.append(learn.Example(item["id"], item["db"], question.read(item["question"]), schema, item["query"], skeleton, opener))
    return made


def taught(
    fold: set[str], train: list[learn.Example], lessons: list[encode.Lesson], again: list[encode.Lesson], say: Callable[[str], None]
) -> Encoder:
    """The encoder that has seen all databases but those of ``fold``."""
    seen = {e.id for e in train if e.db not in fold}
    encoder = encode.learned([x for x in lessons if x.id in seen], [x for x in again if x.id in seen], say)
    say("encoder learned")
    return encoder


@dataclass(frozen=True)
class Learned:
    """What the parts of a model are learned from: the questions, the same in other words, lexicons and encoders that have not seen their databases."""

    lexicons: dict[str, dict[str, dict[str, float]]]
    encoders: list[Encoder]
    folds: list[set[str]]

    def unseen(self, db: str) -> Encoder:
        """The encoder that has not seen ``db``."""
        return self.encoders[next(i for i, fold in enumerate(self.folds) if db in fold)]

    def link(self, e: learn.Example) -> Linked:
        """A training question linked as an unseen one would be."""
        linked = Linked(e.question, e.schema, self.lexicons[e.db])
        linked.foretold = self.unseen(e.db).foretell(linked)
        return linked


def base(part: list[learn.Example], others: list[learn.Example], source: Learned, trees: int) -> Model:
    """All but the ranker, learned on ``part``; the slot scorers also on some of the same questions in other words."""
    linked = {e.id: source.link(e) for e in part}
    shapes = learn.shapes(part, linked)
    again = [replace(e, id=("other words", e.id)) for e in others[::OTHERS]]
    columns, tables = learn.slots([*part, *again], linked | {e.id: source.link(e) for e in again}, trees=trees)
    return Model(shapes, columns, tables, None, source.lexicons[""])


def rows(part: list[learn.Example], model: Model, judge: Judge, lexicons: dict) -> tuple[list[np.ndarray], list[np.ndarray], list[str]]:
    """The ranker's features and labels of each question's candidates, and the question's database."""
    features, labels, databases = [], [], []
    for e in part:
        linked = Linked(e.question, e.schema, lexicons.get(e.db, model.lexicon))
        found, places = candidates(linked, model)
        if found:
            features.append(rank.features(linked, found, places))
            labels.append(np.array([judge.right(e.db, e.gold, written(f.plan, e.schema)) for f in found]))
            databases.append(e.db)
    return features, labels, databases


def strangers(part: list[learn.Example], model: Model) -> tuple[list[np.ndarray], list[np.ndarray], list[str]]:
    """Features and labels (all wrong) of questions put to a database they are not about, so that confidence falls where nothing fits."""
    schemas = {e.db: e.schema for e in part}
    names = sorted(schemas)
    features, labels = [], []
    for i, e in enumerate(part[::STRANGERS]):
        other = names[(names.index(e.db) + 1 + i % (len(names) - 1)) % len(names)]
        linked = Linked(e.question, schemas[other], model.lexicon)
        found, places = candidates(linked, model)
        if found and other != e.db:
            features.append(rank.features(linked, found, places))
            labels.append(np.zeros(len(found), dtype=bool))
    return features, labels, [""] * len(labels)


def lesson(e: learn.Example, lexicons: dict[str, dict[str, dict[str, float]]]) -> encode.Lesson:
    """What the encoder is to learn of a question."""
    return encode.lesson(e, Linked(e.question, e.schema, lexicons[e.db]), gold.plan(e.gold, e.schema.graph))


def written(plan: object, schema: Schema) -> str:
    """The SQL of a plan, empty where it has none."""
    try:
        return render.sql(plan, schema.graph)
    except render.NoJoinError:
        return ""


def save(model: Model, to: Path) -> None:
    """Write the weights: small numbers dropped, the rest in half precision."""
    to.mkdir(parents=True, exist_ok=True)
    weights = model.shapes.weights
    strong = np.abs(weights) > 0.03
    r, c = np.nonzero(strong)
    arrays = {
        "shape.rows": r.astype(np.int32),
        "shape.columns": c.astype(np.int16),
        "shape.values": weights[r, c].astype(np.float16),
        "shape.bias": model.shapes.bias,
    }
    for name, trees in (("columns", model.columns), ("tables", model.tables), ("ranker", model.ranker), ("judge", model.judge)):
        arrays |= trees.arrays(name) if trees else {}
    number = {skeleton.key: i for i, skeleton in enumerate(model.shapes.skeletons)}
    members = model.encoder.members if model.encoder else ()
    for i, member in enumerate(members):
        arrays |= {f"encoder.{i}.{name}": value.astype(np.float16) for name, value in member.weights.items()}
    np.savez_compressed(to / "model.npz", **arrays)
    grams = sorted(model.shapes.vocabulary, key=model.shapes.vocabulary.__getitem__)
    about = {
        "v": VERSION,
        "grams": grams,
        "skeletons": [[form.dump(s.plan), s.weight] for s in model.shapes.skeletons],
        "lexicon": model.lexicon,
        "encoders": [[sorted(m.vocabulary, key=m.vocabulary.__getitem__), [number[key] for key in m.skeletons]] for m in members],
    }
    (to / "model.json").write_text(json.dumps(about, separators=(",", ":"), sort_keys=True), encoding="utf-8")


def sure(model: Model, features: np.ndarray) -> tuple[float, int]:
    """How sure the first of a question's candidates is, and which it is."""
    scores = model.ranker.score(features)
    return float(1 / (1 + np.exp(-model.judge.score(rank.standing(features, scores)[None])[0]))), int(np.argmax(scores))


def report(features: list[np.ndarray], labels: list[np.ndarray], n: int, model: Model) -> None:
    """Strict accuracy, precision by coverage and calibration error of the first-ranked candidates."""
    tops = []
    for f, y in zip(features, labels, strict=True):
        confidence, best = sure(model, f)
        tops.append((confidence, bool(y[best])))
    tops.sort(key=lambda t: -t[0])
    oracle = sum(bool(y.any()) for y in labels) / n
    hand = sum(bool(y[0]) for y in labels) / n
    print(f"n {n} oracle {oracle:.3f} hand {hand:.3f} ranked {sum(ok for _, ok in tops) / n:.3f}")
    for share in (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1.0):
        part = tops[: int(share * n)]
        print(f"  coverage {share:.1f} precision {sum(ok for _, ok in part) / max(1, len(part)):.3f} at confidence >= {part[-1][0]:.2f}")
    groups = [tops[i : i + max(1, len(tops) // 10)] for i in range(0, len(tops), max(1, len(tops) // 10))]
    print(f"  calibration error {np.mean([abs(np.mean([c for c, _ in g]) - np.mean([ok for _, ok in g])) for g in groups]):.3f}")


def main() -> None:
    """Train, report, save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--to", type=Path)
    parser.add_argument("--trees", type=int, default=80)
    parser.add_argument("--share", type=int, default=1, help="use every n-th question, for a quick try")
    args = parser.parse_args()
    started = time.time()

    def say(text: str) -> None:
        print(f"{time.time() - started:6.0f} s  {text}", flush=True)

    everything = examples(args.data, "spider_train.jsonl")[:: args.share]
    databases = sorted({e.db for e in everything})
    held = set(random.Random(7).sample(databases, HELD_OUT))
    train, dev = [e for e in everything if e.db not in held], [e for e in everything if e.db in held]
    judge = Judge(args.data)
    say(f"{len(train)} questions to learn from, {len(dev)} held out")
    names = [d for d in databases if d not in held]
    random.Random(8).shuffle(names)
    folds = [set(names[fold::FOLDS]) for fold in range(FOLDS)]
    sayer = Sayer()
    others = [said for e in train if (said := sayer.say(e))]
    lexicons = learn.lexicons(train)
    lessons, again = ([lesson(e, lexicons) for e in part if e.skeleton] for part in (train, others))
    say(f"{len(again)} said in other words")
    encoders = [taught(fold, train, lessons, again, say) for fold in folds]
    source = Learned(lexicons, encoders, folds)
    gathered_x, gathered_y, gathered_db = [], [], []
    for number, fold in enumerate(folds):
        model = base([e for e in train if e.db not in fold], [e for e in others if e.db not in fold], source, args.trees)
        model = replace(model, encoder=encoders[number])
        say(f"fold {number} learned")
        apart, said = [e for e in train if e.db in fold], [e for e in others if e.db in fold][::OTHERS]
        for x, y, db in (rows(apart, model, judge, lexicons), rows(said, model, judge, lexicons), strangers(apart, model)):
            gathered_x += x
            gathered_y += y
            gathered_db += db
        say(f"fold {number} ranked")
    model = replace(base(train, others, source, args.trees), encoder=Encoders(tuple(encoders)))
    say("base learned on all")
    dev = dev[::DEVELOPED]
    x, y, _ = rows(dev, model, judge, lexicons)
    say("held-out candidates made")
    line, sureness = ranking.judge(gathered_x, gathered_y, gathered_db)
    model = replace(model, ranker=line.along(ranking.ranker(gathered_x, gathered_y)), judge=sureness)
    report(x, y, len(dev), model)
    stranger_x, _, _ = strangers(dev, model)
    tops = np.array([sure(model, f)[0] for f in stranger_x])
    print(f"  about another database: {len(tops)}; refused at 0.5 {np.mean(tops < 0.5):.3f} at 0.6 {np.mean(tops < 0.6):.3f}")
    if args.to:
        save(model, args.to)
        say(f"written to {args.to}")


if __name__ == "__main__":
    main()

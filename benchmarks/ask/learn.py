"""The learned parts from (question, plan) pairs: lexicon, skeleton classifier, slot scorers."""

from __future__ import annotations

import collections
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from aiser_jupyter.ask.learned.features import column_features, role, table_features
from aiser_jupyter.ask.learned.shape import Shapes, grams
from aiser_jupyter.ask.learned.skeleton import Opener, Skeleton, slot_uses
from aiser_jupyter.ask.learned.trees import Trees
from aiser_jupyter.ask.learned.variants import merged
from aiser_jupyter.ask.link import Linked

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.question import Question
    from aiser_jupyter.ask.schema import Schema

MIN_DATABASES, MIN_SKELETON, MIN_GRAM = 3, 2, 3


@dataclass(frozen=True)
class Example:
    """A question with its gold query; ``skeleton`` and the fillings are None where the gold has no place in a Plan."""

    id: object
    db: str
    question: Question
    schema: Schema
    gold: str
    skeleton: Skeleton | None
    opener: Opener | None


def opened(plan: Plan, schema: Schema) -> tuple[Skeleton, Opener]:
    """The skeleton of a gold plan with its own filling."""
    opener = Opener(schema.graph)
    skeleton = merged(opener.open(plan))
    return Skeleton(skeleton, 0.0, slot_uses(skeleton)), opener


def lexicons(examples: list[Example]) -> dict[str, dict[str, dict[str, float]]]:
    """For each database the association of question stems with schema stems learned on all others; under "" on all."""
    pairs: dict[tuple[str, str], collections.Counter] = collections.defaultdict(collections.Counter)
    words: collections.Counter = collections.Counter()
    for example in examples:
        if example.opener is None:
            continue
        bare = Linked(example.question, example.schema, {})
        named = {p for match in (*bare.columns, *bare.tables) if match.exact == 1.0 for p in match.positions}
        valued = {i for m in bare.mentions for i in range(m.start, m.end)}
        free = {t.stem for i, t in enumerate(example.question.tokens) if t.kind == "word" and i not in named and i not in valued}
        missed = {
            w
            for ref in example.opener.columns
            if (_m := bare.columns[example.schema.index[ref]]).exact < 1.0
            for w in example.schema.view(ref).stems
            if w not in bare.question.stems
        }
        for word in free:
            words[word] += 1
            for target in missed:
                pairs[word, target][example.db] += 1
    targets: collections.Counter = collections.Counter()
    for (_, target), seen in pairs.items():
        targets[target] += sum(seen.values())
    whole = sum(targets.values())
    made: dict[str, dict[str, dict[str, float]]] = {}
    for db in ["", *sorted({e.db for e in examples})]:
        lexicon: dict[str, dict[str, float]] = {}
        for (word, target), seen in pairs.items():
            homes = [name for name in seen if name != db]
            count = sum(seen[name] for name in homes)
            if len(homes) >= MIN_DATABASES:
                share = count / words[word]
                lift = math.log(share * whole / targets[target])
                strength = min(1.0, share * 2) * min(1.0, max(0.0, lift + 2) / 3)
                if strength > 0.05:
                    lexicon.setdefault(word, {})[target] = round(strength, 3)
        made[db] = lexicon
    return made


def shapes(examples: list[Example], linked: dict[object, Linked]) -> Shapes:
    """The skeleton classifier."""
    known = [e for e in examples if e.skeleton]
    counts = collections.Counter(e.skeleton.key for e in known)
    kept = sorted(key for key, n in counts.items() if n >= MIN_SKELETON)
    number = {key: i for i, key in enumerate(kept)}
    used = [e for e in known if e.skeleton.key in number]
    bags = [grams(linked[e.id]) for e in used]
    seen = collections.Counter(g for bag in bags for g in bag)
    vocabulary = {g: i for i, g in enumerate(sorted(g for g, n in seen.items() if n >= MIN_GRAM))}
    rows, columns, values = [], [], []
    for r, bag in enumerate(bags):
        ids = [vocabulary[g] for g in bag if g in vocabulary]
        rows += [r] * len(ids)
        columns += ids
        values += [1.0 / max(1.0, len(ids)) ** 0.5] * len(ids)
    matrix = csr_matrix((values, (rows, columns)), shape=(len(used), len(vocabulary)), dtype=np.float32)
    model = LogisticRegression(C=12.0, max_iter=60, tol=1e-3)
    model.fit(matrix, [number[e.skeleton.key] for e in used])
    example_of = {e.skeleton.key: e.skeleton for e in reversed(used)}
    skeletons = tuple(Skeleton(example_of[k].plan, round(counts[k] / len(known), 5), example_of[k].uses) for k in kept)
    return Shapes(vocabulary, model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32), skeletons)


def boosted(
    rows: np.ndarray, labels: np.ndarray, *, trees: int, leaves: int, rate: float = 0.1, smooth: float = 5.0, seen: float = 1.0
) -> Trees:
    """Gradient-boosted trees as arrays; each split looks at a share ``seen`` of the features."""
    model = HistGradientBoostingClassifier(
        max_iter=trees,
        max_leaf_nodes=leaves,
        max_depth=7,
        learning_rate=rate,
        min_samples_leaf=40,
        l2_regularization=smooth,
        max_features=seen,
        random_state=0,
        early_stopping=False,
    )
    rows = np.where(np.isnan(rows).all(axis=0), 0.0, rows)  # the binning cannot see a column that is missing everywhere
    model.fit(rows, labels)
    return exported(model)


def exported(model: HistGradientBoostingClassifier) -> Trees:
    """The trees of a fitted model; a leaf points to itself so that a walk may overrun it."""
    parts, roots, offset, depth = collections.defaultdict(list), [], 0, 1
    for (predictor,) in model._predictors:  # noqa: SLF001  # the only place scikit-learn keeps the fitted trees
        nodes = predictor.nodes
        own = np.arange(len(nodes)) + offset
        leaf = nodes["is_leaf"].astype(bool)
        roots.append(offset)
        parts["feature"].append(np.where(leaf, 0, nodes["feature_idx"]).astype(np.int16))
        parts["threshold"].append(np.where(leaf, 0, nodes["num_threshold"]).astype(np.float32))
        parts["left"].append(np.where(leaf, own, nodes["left"].astype(np.int64) + offset).astype(np.int32))
        parts["right"].append(np.where(leaf, own, nodes["right"].astype(np.int64) + offset).astype(np.int32))
        parts["value"].append(np.where(leaf, nodes["value"], 0).astype(np.float32))
        parts["missing_left"].append(nodes["missing_go_to_left"].astype(bool))
        depth = max(depth, int(nodes["depth"].max()))
        offset += len(nodes)
    joined = {name: np.concatenate(arrays) for name, arrays in parts.items()}
    return Trees(**joined, roots=np.array(roots, np.int32), base=float(model._baseline_prediction[0, 0]), depth=depth)  # noqa: SLF001


def slots(examples: list[Example], linked: dict[object, Linked], *, trees: int) -> tuple[Trees, Trees]:
    """The scorers of columns and of tables for slots."""
    generator = np.random.default_rng(0)
    gathered: dict[str, tuple[list, list]] = {"C": ([], []), "T": ([], [])}
    for example in examples:
        if example.skeleton is None or example.opener is None:
            continue
        link = linked[example.id]
        held = {"C": column_features(link), "T": table_features(link)}
        names = {name: example.schema.index[ref] for ref, name in example.opener.columns.items()}
        names |= {name: example.schema.table_index[table] for table, name in example.opener.tables.items()}
        for name in example.skeleton.slots:
            letter = name[0]
            right = names[name]
            rows = held[letter]
            others = np.delete(np.arange(len(rows)), right)
            if len(others) > 20:
                quick = rows[others, 0] + rows[others, 12]
                first = others[np.argsort(-quick, kind="stable")[:12]]
                others = np.concatenate([first, generator.choice(np.setdiff1d(others, first), 8, replace=False)])
            chosen = np.concatenate([[right], others])
            what = np.tile(np.array(role(example.skeleton, name), np.float32), (len(chosen), 1))
            gathered[letter][0].append(np.concatenate([what, rows[chosen]], axis=1))
            gathered[letter][1].append(np.arange(len(chosen)) == 0)
    made = []
    for letter in "CT":
        rows, labels = np.concatenate(gathered[letter][0]), np.concatenate(gathered[letter][1])
        made.append(boosted(rows, labels, trees=trees if letter == "C" else trees // 2, leaves=31))
    return made[0], made[1]

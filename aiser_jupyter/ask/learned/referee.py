"""How sure a candidate is once all three readings are heard: the learned one, the grammar and the reader know different kinds of question.

Gradient-boosted trees (Friedman 2001) correct the confidence that the readings give themselves; they start from it and add to its log-odds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.learned.traits import nested
from aiser_jupyter.ask.sql import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from aiser_jupyter.ask.learned.trees import Trees
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.ask.scored import Scored

NAN = float("nan")
SURE = 0.85  # how sure grammar and reader must each be of what they both read
LEAST = 1e-3  # no candidate is surer than its complement, or less sure than this
KINDS = ("count", "sum", "avg", "rank", "list", "lookup", "extreme", "having", "exists", "rate", "days", "distinct")


@dataclass(frozen=True)
class Heard:
    """What each reading said at first, by SQL: its confidence, and the kind of question that the reader took it for.

    ``timed`` says that the question has a period, a grain or a window over time, which the training set knows nothing of.
    """

    grammar: dict[str, float] = field(default_factory=dict)
    learned: dict[str, float] = field(default_factory=dict)
    reader: dict[str, float] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    timed: bool = False


def judged(linked: Linked, found: list[Scored], heard: Heard, trees: Trees | None, same: Callable[[Plan, Plan], bool]) -> list[Scored]:
    """The candidates, likeliest first, as sure as such candidates turned out to be right.

    They stay as they are where nothing was learned, for questions about time, and on data of a business: those of the training set are others. One that grammar and
    reader are both sure of is not taken down: among what was learned from there are hardly any such.
    """
    if trees is None or not found or heard.timed or linked.spoken.found or earns(linked.schema):
        return found
    scores = trees.score(evidence(linked, found, heard, same)) + np.array([log_odds(s.confidence) for s in found])
    sure = 1 / (1 + np.exp(-scores))
    held = [min(heard.grammar.get(s.sql, 0.0), heard.reader.get(s.sql, 0.0)) >= SURE for s in found]
    told = [replace(s, confidence=max(float(c), s.confidence if both else 0.0)) for s, c, both in zip(found, sure, held, strict=True)]
    return sorted(told, key=lambda s: -s.confidence)


def earns(schema: Schema) -> bool:
    """Whether this is data of a business: many dated events, or something that is its revenue."""
    return schema.trade or measures.revenue(schema) is not None


def log_odds(chance: float) -> float:
    """The log-odds of a probability, kept finite."""
    held = min(max(chance, LEAST), 1 - LEAST)
    return math.log(held / (1 - held))


def evidence(linked: Linked, found: list[Scored], heard: Heard, same: Callable[[Plan, Plan], bool]) -> NDArray[np.float32]:
    """One row a candidate: what each reading says of it and of its rivals, whether they agree, and what sort of query it is."""
    said = (heard.grammar, heard.learned, heard.reader)
    plans = {s.sql: s.plan for s in found}
    tops = [max(one, key=lambda sql: (one[sql], sql)) if one else "" for one in said]
    best = max(s.confidence for s in found)
    question = [
        float(len(linked.question.tokens)),
        float(sum(bool(m.stored) for m in linked.mentions)),
        float(len(found)),
        *(one.get(top, NAN) for one, top in zip(said, tops, strict=True)),
        float(len(heard.reader)),
    ]
    rows = []
    for place, scored in enumerate(found):
        agreed = [float(same(plans[top], scored.plan)) if top in plans else NAN for top in tops]
        learned = plans.get(tops[1])
        wider = float(len(scored.plan.select) - len(learned.select)) if learned is not None and agreed[1] else NAN
        kind = heard.kinds.get(scored.sql, "")
        rows.append(
            [
                *question,
                log_odds(scored.confidence),
                best - scored.confidence,
                float(place),
                *(one.get(scored.sql, NAN) for one in said),
                *(float(scored.sql == top) for top in tops),
                *agreed,
                wider,
                float(len(scored.missing)),
                float(KINDS.index(kind.split()[0]) if kind and kind.split()[0] in KINDS else -1),
                float("group" in kind),
                *shape(scored.plan),
            ]
        )
    return np.array(rows, np.float32)


def shape(plan: Plan) -> list[float]:
    """What sort of query a plan is, in numbers."""
    return [
        float(len(plan.select)),
        float(sum(bool(item.aggregate) for item in plan.select)),
        float(len(plan.group)),
        float(len(render.tables_of(plan))),
        float(len(plan.where)),
        float(len(plan.having)),
        float(len(plan.order)),
        float(plan.limit or 0),
        float(bool(plan.rank_within)),
        float(len(list(nested(plan)))),
        float(plan.distinct),
        float(any(item.over is not None or item.among for item in plan.select)),
        float(any(item.window for item in plan.select)),
    ]

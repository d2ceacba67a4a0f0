"""What the ranker sees of a candidate: its scores, which words it leaves unexplained, whether clauses and cue words agree."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from aiser_jupyter.ask.grammar import relations
from aiser_jupyter.ask.learned.agree import agreement
from aiser_jupyter.ask.learned.features import NAN, cue_positions
from aiser_jupyter.ask.learned.traits import nested
from aiser_jupyter.ask.plan import ColumnRef, Plan, Star
from aiser_jupyter.ask.question import NUMBERS
from aiser_jupyter.ask.vocabulary.lexicon import CUE_WORDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aiser_jupyter.ask.learned.fill import Filled
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Condition, Item

CLAUSE_CUES = (
    "avg",
    "sum",
    "max",
    "min",
    "count",
    "order",
    "descending",
    "group",
    "distinct",
    "more",
    "less",
    "between",
    "not",
    "both",
    "or",
    "all",
    "like",
)
CUE_STEMS = frozenset(word for cue, words in CUE_WORDS.items() if cue != "like" for word in words)


def parts(plan: Plan) -> tuple[list[Item], list[Condition]]:
    """All items and all conditions of a plan, nested ones included."""
    plans = nested(plan)
    conditions = [c for p in plans for c in (*p.where, *p.having)]
    items = [i for p in plans for i in p.select] + [c.item for c in conditions] + [o.item for p in plans for o in p.order]
    return items, conditions


def explained(linked: Linked, filled: Filled) -> set[int]:
    """The tokens that the candidate gives a meaning: names, literals and cue words of its clauses."""
    schema = linked.schema
    found: set[int] = set()
    scores, places = linked.synonym_scores
    tables = {name for _, names in filled.plans for name in names} | set(filled.state.tables.values())
    for ref in filled.state.columns.values():
        found |= set(linked.columns[schema.index[ref]].positions)
        if scores[schema.index[ref]] > 0 and places[schema.index[ref]] >= 0:
            found.add(places[schema.index[ref]])
    for name in tables:
        found |= set(linked.tables[schema.table_index[name]].positions)
    for mention, _ in filled.values.values():
        found |= set(range(mention.start, mention.end))
    return found


def unexplained(linked: Linked, filled: Filled) -> list[int]:
    """The content words that the candidate has no place for."""
    known = explained(linked, filled)
    known |= relations.explained(linked, filled.plan) if linked.schema.trade else set()
    likened = any(c.operator in ("like", "not like") for c in parts(filled.plan)[1])
    return [
        i for i, token in enumerate(linked.question.tokens)
        if token.content and i not in known and token.text.lower() not in CUE_STEMS and token.stem not in CUE_STEMS and not (token.kind == "number" and token.value == 1)
        and not (likened and token.text.lower() in CUE_WORDS["like"])
    ]  # fmt: skip


def features(linked: Linked, candidates: list[Filled], shapes: dict[str, int]) -> NDArray[np.float32]:
    """One row per candidate; ``shapes`` gives each skeleton's place in the list of likely ones."""
    best = max((c.total for c in candidates), default=0.0)
    ordered = sorted((c.total for c in candidates), reverse=True)
    cues = [float(bool(cue_positions(linked)[cue])) for cue in CLAUSE_CUES]
    agreed = _agreement(candidates, best)
    rows = np.array(
        [[*_row(linked, c, best, ordered, shapes, cues), *agreed[i], *_places(linked, c)] for i, c in enumerate(candidates)],
        dtype=np.float32,
    )
    return np.concatenate([rows, agreement(linked, candidates)], axis=1)


def standing(rows: NDArray[np.float32], scores: NDArray[np.float64]) -> NDArray[np.float32]:
    """What tells how sure the first of the ranked candidates is: its features, its score, how far the others are behind, how spread they are."""
    first = int(np.argmax(scores))
    falling = np.sort(scores)[::-1]
    behind = [falling[0] - (falling[i] if i < len(falling) else -9.0) for i in (1, 2, 4)]
    shares = np.exp(scores - falling[0])
    shares = shares / shares.sum()
    spread = -float((shares * np.log(shares + 1e-9)).sum())
    chances = 1 / (1 + np.exp(-scores))
    return np.array([*rows[first], falling[0], *behind, chances.sum(), shares[first], spread, len(scores)], np.float32)


def _places(linked: Linked, filled: Filled) -> list[float]:
    """Where the words of each clause stand, how near each literal is to the words of its column, and how many names are left over."""
    schema, plan, size = linked.schema, filled.plan, max(1, len(linked.question.tokens))

    def mean(refs: list[ColumnRef]) -> float:
        starts = [linked.columns[schema.index[ref]].start for ref in refs if linked.columns[schema.index[ref]].positions]
        return sum(starts) / len(starts) / size if starts else NAN

    def named(items: list[Item]) -> list[ColumnRef]:
        return [item.expression for item in items if isinstance(item.expression, ColumnRef)]

    conditions = [c for p in nested(plan) for c in p.where]
    literals = {str(value): mention for mention, value in filled.values.values()}
    gaps = []
    for condition in conditions:
        for ref in named([condition.item]):
            match = linked.columns[schema.index[ref]]
            mention = next((literals[str(v)] for v in condition.values if str(v) in literals), None)
            if mention is not None and match.positions:
                gaps.append(float(mention.start - match.positions[-1]))
    spans = {linked.columns[i].positions for i in linked.whole}
    refs = set(filled.state.columns.values())
    used = {linked.columns[schema.index[ref]].positions for ref in refs}
    said = {p for span in spans for p in span}
    covered = {p for span in used for p in span}
    shown, tested = mean(named(list(plan.select))), mean(named([c.item for c in conditions]))
    return [
        shown, tested, shown - tested, mean([e for e in plan.group if isinstance(e, ColumnRef)]), mean(named([o.item for o in plan.order])),
        min(gaps, default=NAN), max(gaps, default=NAN), float(len(spans)), float(len(spans) - len(refs)), float(len(said - covered)), float(len(said)), float(len(refs)),
        float(sum(linked.columns[schema.index[ref]].exact for ref in refs)), float(min((linked.columns[schema.index[ref]].exact for ref in refs), default=1.0)),
        filled.state.total - filled.state.chance,
    ]  # fmt: skip


def _agreement(candidates: list[Filled], best: float) -> list[list[float]]:
    """For each candidate the weight of those that share its select list, its tests, its grouping and order, its tables, its skeleton."""
    weights = [math.exp(c.total - best) for c in candidates]
    whole = sum(weights)
    views = [
        (frozenset(c.plan.select), (frozenset(c.plan.where), c.plan.either), (frozenset(c.plan.group), c.plan.order, c.plan.limit), c.state.using, c.state.skeleton.key)
        for c in candidates
    ]  # fmt: skip
    shares: list[list[float]] = [[] for _ in candidates]
    for part in range(len(views[0]) if views else 0):
        sums: dict[object, float] = {}
        for view, weight in zip(views, weights, strict=True):
            sums[view[part]] = sums.get(view[part], 0.0) + weight
        for share, view in zip(shares, views, strict=True):
            share.append(sums[view[part]] / whole)
    return shares


def _row(linked: Linked, filled: Filled, best: float, ordered: list[float], shapes: dict[str, int], cues: list[float]) -> list[float]:
    schema, plan = linked.schema, filled.plan
    items, conditions = parts(plan)
    plans = nested(plan)
    left = unexplained(linked, filled)
    content = sum(1 for token in linked.question.tokens if token.content)
    slots = filled.state.slot_scores or (0.0,)
    values = filled.state.value_scores or (0.0,)
    used = {mention for mention, _ in filled.values.values()}
    unused = [m for m in linked.mentions if m not in used and not any(m.start < u.end and u.start < m.end for u in used)]
    tables = {name for _, names in filled.plans for name in names}
    strong = linked.strong
    shown = [item.expression for item in plan.select if isinstance(item.expression, ColumnRef)]
    covers = [linked.columns[schema.index[ref]].cover for ref in shown] or [NAN]
    filters = [linked.columns[schema.index[c.item.expression]].cover for c in conditions if isinstance(c.item.expression, ColumnRef)] or [
        NAN
    ]
    refs = set(filled.state.columns.values())
    used_positions = {p for ref in refs for p in linked.columns[schema.index[ref]].positions}
    ignored = [i for i in linked.whole if schema.columns[i].ref not in refs and not set(linked.columns[i].positions) <= used_positions]
    first = plan.select[0]
    chance = filled.state.chance
    return [
        chance, filled.variant, shapes.get(filled.state.skeleton.key, 99), filled.state.skeleton.weight, sum(slots), min(slots), sum(slots) / len(slots), len(filled.state.slot_scores),
        sum(values), min(values), len(filled.state.value_scores), filled.state.joins, len(tables), filled.total - best, ordered.index(filled.total), filled.total,
        len(left), len(left) / max(1, content), content, len(linked.question.tokens), sum(1 for m in unused if m.kind == "number"),
        sum(1 for m in unused if m.kind == "quoted"), sum(1 for m in unused if m.stored), max((m.width for m in unused if m.stored), default=0), sum(1 for m in unused if m.kind == "name"),
        sum(1 for m, _ in filled.values.values() if not m.stored and m.kind != "number"), sum(covers) / len(covers), min(covers), sum(filters) / len(filters), min(filters),
        len(ignored), len(strong - tables), len(tables - strong), len(plan.select), float(sum(1 for i in plan.select if i.aggregate)),
        float(isinstance(first.expression, Star)), float(bool(first.aggregate)), float(plan.distinct), float(plan.limit or 0), float(bool(plan.order)), float(any(o.descending for p in plans for o in p.order)),
        float(bool(plan.group)), float(bool(plan.having)), float(plan.compound is not None), float(["intersect", "union", "except"].index(plan.compound[0]) if plan.compound else -1), float(len(plans)),
        float(len(conditions)), float(plan.either), *(float(any(i.aggregate == a for i in items)) for a in ("count", "sum", "avg", "min", "max")),
        float(any(isinstance(i.expression, Star) and i.aggregate for i in items)), float(any(i.distinct for i in items)),
        *(float(any(c.operator in ops for c in conditions)) for ops in (("=",), ("!=",), (">", ">="), ("<", "<="), ("like",), ("not in", "not like"), ("in",), ("between",))),
        float(sum(1 for i in plan.order if isinstance(i.item.expression, ColumnRef))), float(sum(schema.view(ref).primary for ref in shown)), float(sum(schema.view(ref).foreign for ref in shown)),
        float(sum(ref in schema.table(ref.table).display for ref in shown)), float(sum(schema.namesakes[schema.view(ref).stems] for ref in refs)), float(len({ref.table for ref in shown})),
        float(any(word in NUMBERS for word in linked.question.lower)), *cues, float(linked.question.lower[0] == "how") if linked.question.lower else 0.0,
        float(_first(linked, "which")), float(_first(linked, "who")), float("many" in linked.question.lower), len(schema.columns), len(schema.tables),
    ]  # fmt: skip


def _first(linked: Linked, word: str) -> bool:
    return word in linked.question.lower[:3]

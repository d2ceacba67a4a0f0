"""What a learned scorer sees of a column or table that might fill a slot, and of the slot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from aiser_jupyter.ask.learned.traits import PLACES, TABLE_PLACES
from aiser_jupyter.ask.vocabulary.lexicon import CUE_WORDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aiser_jupyter.ask.learned.skeleton import Skeleton, Use
    from aiser_jupyter.ask.link import Linked

NAN = float("nan")
NEAR = 8
AGGREGATES = ("", "count", "sum", "avg", "min", "max", "median")
OPERATORS = ("", "=", "!=", ">", "<", ">=", "<=", "like", "not like", "in", "not in", "between", "is null", "is not null")
SLOT_CUES = ("avg", "sum", "max", "min", "count", "order", "group", "more", "less", "where", "distinct", "not", "both")


def cue_positions(linked: Linked) -> dict[str, list[int]]:
    """Where the cue words of each clause stand."""
    return {
        cue: [i for i, word in enumerate(linked.question.lower) if word in words or linked.question.stems[i] in words]
        for cue, words in CUE_WORDS.items()
    }


def _apart(start: int, places: list[int]) -> float:
    if start < 0 or not places:
        return NAN
    gap = min((start - place for place in places), key=lambda g: (abs(g), g))
    return float(max(-NEAR, min(NEAR, gap)))


def column_features(linked: Linked) -> NDArray[np.float32]:
    """One row per column of the schema: how the question names it, what it is, which cues and values stand near."""
    schema, question = linked.schema, linked.question
    cues = cue_positions(linked)
    scores, places = linked.synonym_scores
    size = max(1, len(question.tokens))
    held: dict[object, list[tuple[int, int]]] = {}
    for mention in linked.mentions:
        for ref, stored in mention.stored:
            held.setdefault(ref, []).append((mention.width, len(stored)))
    numbers = [m.value for m in linked.mentions if m.kind == "number" and isinstance(m.value, (int, float))]
    best_at: dict[int, float] = {}
    for match in (*linked.columns, *linked.tables):
        for i in match.positions:
            best_at[i] = max(best_at.get(i, 0.0), match.cover * len(match.positions))
    starts = sorted({m.start for m in linked.columns if m.cover >= 0.6})
    apart: dict[int, list[float]] = {}
    rows = []
    for i, (view, match) in enumerate(zip(schema.columns, linked.columns, strict=True)):
        table = schema.tables[view.table]
        owner = linked.tables[view.table]
        hits = held.get(view.ref, [])
        rival = max((best_at[p] for p in match.positions), default=0.0)
        own = match.cover * len(match.positions)
        start = match.start if match.start >= 0 else places[i]
        if start not in apart:  # most columns stand nowhere
            apart[start] = [_apart(start, cues[cue]) for cue in SLOT_CUES]
        rows.append([
            match.cover, match.exact, len(match.positions), len(view.stems), own - rival, match.start / size if match.start >= 0 else NAN,
            starts.index(match.start) if match.start in starts else NAN, len(starts), owner.cover, owner.exact,
            abs(match.start - owner.start) if match.positions and owner.positions else NAN, (match.start - owner.start) if match.positions and owner.positions else NAN,
            scores[i], places[i] / size if places[i] >= 0 else NAN, len(hits), max((w for w, _ in hits), default=0), max((n for _, n in hits), default=0),
            float(view.numeric), float(view.type == "text"), float(view.temporal), float(view.primary), float(view.foreign), float(view.naming),
            float(view.ref in table.display), view.position, view.distinct / max(1, view.rows), min(view.rows, 1_000_000), schema.namesakes[view.stems], len(schema.columns), len(schema.tables),
            sum(1 for n in numbers if _inside(n, view.low, view.high)), len(numbers), len(table.columns), table.children, table.parents,
            float("id" in view.stems or "code" in view.stems), float(any(question.stems[p] in ("id", "cod", "code") for p in range(len(question.stems)))),
            *apart[start],
        ])  # fmt: skip
    near = linked.nearness
    more = np.stack(
        [near.column_cover, near.columns.max(axis=0, initial=0.0), near.table_cover[[view.table for view in schema.columns]]], axis=1
    )
    return np.concatenate([np.array(rows, dtype=np.float32), more, _foretold(linked, "columns", len(PLACES))], axis=1, dtype=np.float32)


def _foretold(linked: Linked, what: str, width: int) -> NDArray[np.float32]:
    """The encoder's log-odds of each column or table, and how many of its kind it puts above it in any place; missing without an encoder."""
    if linked.foretold is None:
        return np.full((len(getattr(linked.schema, what)), width + 1), NAN, np.float32)
    odds = getattr(linked.foretold, what)
    above = np.argsort(np.argsort(-odds[:, -1], kind="stable"), kind="stable")
    return np.concatenate([odds, above[:, None].astype(np.float32)], axis=1)


def _inside(number: float, low: object, high: object) -> bool:
    return isinstance(low, (int, float)) and isinstance(high, (int, float)) and low <= number <= high


def table_features(linked: Linked) -> NDArray[np.float32]:
    """One row per table: how the question names it and its columns, what stands near."""
    schema, size = linked.schema, max(1, len(linked.question.tokens))
    cues = cue_positions(linked)
    held: dict[str, int] = {}
    for mention in linked.mentions:
        for name in sorted({ref.table for ref, _ in mention.stored}):
            held[name] = max(held.get(name, 0), mention.width)
    best_at: dict[int, float] = {}
    for match in linked.tables:
        for i in match.positions:
            best_at[i] = max(best_at.get(i, 0.0), match.cover)
    rows = []
    for view, match in zip(schema.tables, linked.tables, strict=True):
        covers = [linked.columns[i].cover for i in view.columns] or [0.0]
        rows.append([
            match.cover, match.exact, len(match.positions), len(view.stems), match.start / size if match.start >= 0 else NAN,
            match.cover - max((best_at[p] for p in match.positions), default=0.0), max(covers), sum(1 for c in covers if c >= 0.99), held.get(view.name, 0),
            len(view.columns), min(view.rows, 1_000_000), view.children, view.parents, len(schema.tables), float(view.key is None),
            sum(1 for m in linked.tables if m.cover >= 0.99), *(_apart(match.start, cues[cue]) for cue in SLOT_CUES),
        ])  # fmt: skip
    near = linked.nearness
    more = np.stack([near.table_cover, near.tables.max(axis=0, initial=0.0)], axis=1)
    return np.concatenate(
        [np.array(rows, dtype=np.float32), more, _foretold(linked, "tables", len(TABLE_PLACES))], axis=1, dtype=np.float32
    )


def role(skeleton: Skeleton, name: str) -> tuple[float, ...]:
    """What the slot ``name`` is used for, worked out once a skeleton."""
    if name not in skeleton.roles:
        skeleton.roles[name] = _role(skeleton, name)
    return skeleton.roles[name]


def _role(skeleton: Skeleton, name: str) -> tuple[float, ...]:
    """What the slot ``name`` is used for: clauses, aggregate, operator, order, nesting, and the size of the whole."""
    uses = skeleton.uses[name]
    plan = skeleton.plan

    def first(clause: str) -> Use | None:
        return next((use for use in uses if use.clause == clause), None)

    def place(clause: str) -> float:
        use = first(clause)
        return -1.0 if use is None else float(use.index)

    select, where, order = first("select"), first("where"), first("order")
    return (
        place("select"), float(AGGREGATES.index(select.aggregate)) if select else -1.0, float(bool(select and select.distinct)),
        place("where"), float(OPERATORS.index(where.operator)) if where else -1.0, float(AGGREGATES.index(where.aggregate)) if where else -1.0,
        place("group"), place("order"), float(AGGREGATES.index(order.aggregate)) if order else -1.0, float(bool(order and order.descending)),
        place("having"), place("join"), float(max(use.depth for use in uses)), float(min(use.depth for use in uses)), float(len(uses)),
        float(len(plan.select)), float(len(plan.where)), float(len(plan.group)), float(plan.limit is not None), float(len(plan.order)), float(len(plan.having)),
        float(plan.compound is not None), float(any(c.plan for c in plan.where)), float(int(name[1:])),
        float(sum(1 for item in plan.select if item.aggregate)), float(len(skeleton.slots)),
    )  # fmt: skip

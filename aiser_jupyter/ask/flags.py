"""Yes-or-no columns in a question: "churned customers", "discontinued", "with paperless billing", "no dependents"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.plan import Condition, Item
from aiser_jupyter.ask.segments import Option, Segment
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.frame import Frame
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import ColumnRef, Scalar
    from aiser_jupyter.ask.schema import Schema

NEGATIONS = frozenset({"not", "non", "no", "without", "never", "neither", "nor", "isn't", "aren't", "don't", "didn't", "hasn't", "haven't"})
STAYED = frozenset({"retained", "stayed", "staying", "remaining", "kept", "active", "loyal"})
LEFT = frozenset(map(stem, ("churn", "churned", "left", "cancelled", "canceled", "attrition")))
CLOSE = 0.8


@dataclass(frozen=True)
class Flags:
    """Tests that flag words stand for, where each stands, and the frame without their words."""

    frame: Frame
    tests: tuple[tuple[int, Condition], ...] = ()


def value(schema: Schema, ref: ColumnRef, *, yes: bool) -> Scalar | None:
    """What a flag column holds for yes, or no; None for a column that is no flag."""
    view = schema.view(ref)
    if view.type == "boolean":
        return yes
    if view.type == "integer" and view.distinct <= 2 and view.low == 0 and view.high == 1 and not view.foreign:
        return int(yes)
    if view.type == "text" and view.distinct <= 4:
        for word in ("yes", "y", "true") if yes else ("no", "n", "false"):
            hits = [hit for hit in schema.values.get((stem(word),), []) if (hit.table, hit.column) == (ref.table, ref.column)]
            if hits and schema.values.get((stem("no" if yes else "yes"),)):
                return hits[0].value
    return None


def read(linked: Linked, frame: Frame) -> Flags:
    """The flags named in nouns that are neither grouped by nor compared."""
    compared = {test.noun for test in frame.tests}
    kept, places, tests = [], {}, []
    without = frame.without
    for i, noun in enumerate(frame.nouns):
        option = next((o for o in noun.segment.options if o.column and o.strength >= CLOSE), None)
        best = noun.segment.best
        plain = noun.role in ("noun", "measure", "count", "test") and not noun.aggregate and i not in compared
        plain = plain and best.measure is None and best.value is None
        usable = plain and option is not None and option.column is not None and (best.table == "" or best.strength <= option.strength)
        negated = _negated(linked, noun.segment)
        test = value(linked.schema, option.column, yes=not negated) if usable and option and option.column else None
        if test is None or option is None or option.column is None:
            places[i] = len(kept)
            kept.append(noun)
            continue
        tests.append((noun.segment.start, Condition(Item(option.column), "=", (test,))))
        if without == i:
            without = None
        if noun.role == "count":
            places[i] = len(kept)
            kept.append(replace(noun, segment=Segment(noun.segment.start, noun.segment.end, (Option(1.0, table=option.column.table),))))
    if not tests:
        return Flags(frame)
    if without is not None and without >= 0:
        without = places.get(without)
    renumbered = tuple(replace(t, noun=places[t.noun]) for t in frame.tests if t.noun in places)
    if frame.without == -1 or (frame.without is not None and without is None):
        without = None
    return Flags(replace(frame, nouns=tuple(kept), tests=renumbered, without=without), tuple(tests))


def _negated(linked: Linked, segment: Segment) -> bool:
    before = linked.question.lower[max(0, segment.start - 3) : segment.start]
    for word in reversed(before):
        if word in NEGATIONS:
            return True
        if word in ("with", "and", "but", ",", "who", "that"):
            return False
    return False

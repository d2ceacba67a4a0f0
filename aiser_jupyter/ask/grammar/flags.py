"""Yes-or-no columns in a question: "churned customers", "discontinued", "with paperless billing", "no dependents"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar.frame import Noun
from aiser_jupyter.ask.grammar.segments import Option, Segment
from aiser_jupyter.ask.plan import Condition, Item
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.frame import Frame
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import ColumnRef, Scalar
    from aiser_jupyter.ask.schema import Schema

NEGATIONS = frozenset({"not", "non", "no", "without", "never", "neither", "nor", "isn't", "aren't", "don't", "didn't", "hasn't", "haven't"})
STAYED = re.compile(
    r"\b(?:(?:who|that|which) )?(?:(?:are|is|were|have|has) )?(?:still (?:with us|here|subscribed)|stayed(?: with us)?|staying|retained|remain(?:ed|ing)?(?: with us)?)\b",
    re.IGNORECASE,
)
GONE = re.compile(
    r"\b(?:(?:who|that|which) )?(?:(?:are|were|have|has|had) )?(?:left(?: us)?|leaving|gone|quit|lost|los(?:e|es|ing)(?: us)?)\b",
    re.IGNORECASE,
)
LEFT = frozenset(map(stem, ("churn", "churned", "attrition", "left")))
AGAINST = re.compile(r"\b(?:vs\.?|versus|against|compared (?:to|with)|and)\b", re.IGNORECASE)
CLOSE = 0.8
NOTHING = frozenset({"no", "none", "n/a", "na", "not applicable", "nothing", "-", "--"})
PAIRS = (("yes", "no"), ("y", "n"), ("true", "false"), ("t", "f"), ("1", "0"))


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
        held = {kind.casefold(): kind for kind in schema.kinds.get(ref, ())}
        for said in PAIRS:
            if set(said) <= set(held):
                return held[said[0] if yes else said[1]]
    return None


def lacks(schema: Schema, ref: ColumnRef) -> Condition | None:
    """The test that a row has nothing of what a column tells: the stored "No", none of a number, else an empty value; None where each row has one."""
    view = schema.view(ref)
    held = next((kind for kind in schema.kinds.get(ref, ()) if kind.strip().casefold() in NOTHING), None)
    if held is not None:
        return Condition(Item(ref), "=", (held,))
    table = schema.catalog.table(ref.table)
    column = table.column(ref.column) if table else None
    if column is None or column.statistics is None or column.statistics.nulls or ref in schema.graph.numbers:
        return Condition(Item(ref), "is null")
    return Condition(Item(ref), "=", (0,)) if view.type == "integer" and view.low == 0 else None


def has(schema: Schema, ref: ColumnRef) -> Condition | None:
    """The test that a row has some of what a column tells: a value, more than none of a number; None where each row has."""
    lacking = lacks(schema, ref)
    if lacking is None:
        low = schema.view(ref).low
        return Condition(Item(ref), ">", (0,)) if schema.view(ref).numeric and low == 0 else None
    if lacking.operator == "is null":
        return (
            Condition(Item(ref), "is not null")
            if not schema.view(ref).numeric or schema.view(ref).low != 0
            else Condition(Item(ref), ">", (0,))
        )
    return replace(lacking, operator=">" if lacking.values == (0,) else "!=")


def read(linked: Linked, frame: Frame) -> Flags:
    """The flags named in nouns that are neither grouped by nor compared, and those that verbs tell of who left and who stayed."""
    column = next(
        (v.ref for v in linked.schema.columns if set(v.stems) <= LEFT and value(linked.schema, v.ref, yes=True) is not None), None
    )
    found = _told(linked, frame, column) if column else None
    return found or _named(linked, frame)


def _told(linked: Linked, frame: Frame, column: ColumnRef) -> Flags | None:
    """Those who left and those who stayed, told by a verb: "still with us", "who left"; one against the other is a group of each."""
    text = linked.spoken.masked(linked.question)
    stayed, gone = STAYED.search(text), GONE.search(text)
    said = stayed or gone
    if said is None:
        return None
    spans = [match.span() for match in (stayed, gone) if match]
    words = {i for i, t in enumerate(linked.question.tokens) for a, b in spans if a <= t.start < b}
    named = next((n for n in frame.nouns if any(o.column == column and o.strength >= CLOSE for o in n.segment.options)), None)
    taken = replace(frame, used=frame.used | words)
    if stayed and (gone or named):
        if not AGAINST.search(text):
            return None
        place = named.segment if named else Segment(min(words), max(words) + 1, (Option(1.0, column=column),))
        group = Noun(replace(place, options=(Option(1.0, column=column),)), "group")
        return Flags(replace(taken, nouns=(*(n for n in frame.nouns if n is not named), group)))
    if named is not None:
        return None
    test = Condition(Item(column), "=", (value(linked.schema, column, yes=stayed is None),))  # type: ignore[arg-type]  # a flag has both
    plain = _named(linked, taken)
    return Flags(plain.frame, (*plain.tests, (min(words), test)))


def _named(linked: Linked, frame: Frame) -> Flags:
    """The flags named in nouns."""
    compared = {test.noun for test in frame.tests}
    kept, places, tests, denied = [], {}, [], -1
    without = frame.without
    for i, noun in enumerate(frame.nouns):
        option = next((o for o in noun.segment.options if o.column and o.strength >= CLOSE), None)
        best = noun.segment.best
        plain = noun.role in ("noun", "measure", "count", "test") and not noun.aggregate and i not in compared
        plain = plain and best.measure is None and best.value is None
        usable = plain and option is not None and option.column is not None and (best.table == "" or best.strength <= option.strength)
        negated = _negated(linked, noun.segment) or (denied == noun.segment.start - 1 and linked.question.lower[denied] in ("or", "nor"))
        test = value(linked.schema, option.column, yes=not negated) if usable and option and option.column else None
        if test is None or option is None or option.column is None:
            places[i] = len(kept)
            kept.append(noun)
            continue
        tests.append((noun.segment.start, Condition(Item(option.column), "=", (test,))))
        denied = noun.segment.end if negated else -1  # without a partner or dependents
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

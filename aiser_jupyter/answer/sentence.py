"""The one line that answers: a template by the shape of the result, every number a fact."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.answer.answer import Part
from aiser_jupyter.answer.line import Line, upper_first
from aiser_jupyter.answer.names import called, counted, over, parts, superlative
from aiser_jupyter.answer.ranking import listed, ranking
from aiser_jupyter.answer.series import series
from aiser_jupyter.answer.shape import different
from aiser_jupyter.ask.restate.phrase import listing
from aiser_jupyter.facts.build import wording

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.answer.evidence import Evidence
    from aiser_jupyter.answer.shape import Field, Shape

SHOWN = 3
THERE = re.compile(r"count of (.+) is (?:more than|above) 0")
ALL = 5
EXISTS = re.compile(r"\s*(?:(?:is|are|was|were) there\b|(?:do|does|did|has|have|had)\b.*\bany\b)", re.IGNORECASE)
# What reads as a title without an article before it.
BARE = ("total ", "average ", "median ", "sum ")


def sentence(evidence: Evidence, shape: Shape, restated: str, question: str = "") -> Line:
    """The first template that fits and whose every number has its fact; the plainest says only how many rows there are.

    Where ``question`` asks whether there is any, the sentence says yes or no before it.
    """
    line = fitting(evidence, shape, restated)
    return whether(line, evidence, shape) if EXISTS.match(question) else line


def whether(line: Line, evidence: Evidence, shape: Shape) -> Line:
    """``Yes`` or ``No`` before how many there are; a sentence that says no such thing stays."""
    there = evidence.table.num_rows > 0
    if there and evidence.table.num_rows == 1 and len(shape.fields) == 1 and shape.fields[0].value.counts:
        there = bool(evidence.cells[shape.fields[0].index][0])
    if not line.parts or not line.parts[0].text.startswith("There "):
        return line
    line.parts[0] = replace(line.parts[0], text=lower_first(line.parts[0].text))
    line.parts.insert(0, Part("Yes: " if there else "No: "))
    return line


def fitting(evidence: Evidence, shape: Shape, restated: str) -> Line:
    """The first template that fits."""
    templates: tuple[Callable[[Evidence, Shape], Line | None], ...] = (single, first, series, ranking, record, several, spread)
    if not evidence.table.num_rows:
        return upper_first(nothing(evidence, shape, restated))
    for template in templates:
        line = template(evidence, shape)
        if line is not None and upper_first(line).holds():
            return line
    rows = evidence.rows()
    return Line().state(rows).say(f" {'row' if rows.value == 1 else 'rows'}: ").name(lower_first(restated)).say(".")


def nothing(evidence: Evidence, shape: Shape, restated: str) -> Line:
    """No rows at all."""
    outline = shape.outline
    if outline.things and not outline.limited:
        return (
            Line()
            .say(f"There {'were' if over(evidence, shape) else 'are'} no ")
            .name(f"{outline.things}{outline.only}{outline.held}")
            .say(".")
        )
    return Line().say("No rows match: ").name(lower_first(restated)).say(".")


def single(evidence: Evidence, shape: Shape) -> Line | None:  # noqa: PLR0911  # one return a kind of figure is the clearest table
    """One row of one column."""
    outline, past = shape.outline, over(evidence, shape)
    listed_alone = not shape.measures and outline.things and not outline.limited
    if evidence.table.num_rows != 1 or len(shape.fields) != 1 or listed_alone:
        return None
    field = shape.fields[0]
    value, fact = evidence.cells[field.index][0], evidence.cell(0, field.index, unit=field.unit, grain=field.grain)
    if value is None:
        return Line().say("There is no value for ").name(f"{field.label}{outline.subject}{outline.only}").say(": it is missing.")
    there = THERE.fullmatch(field.value.text) if field.value.predicate else None
    if there:
        line = Line().state(fact, "Yes" if value else "No").say(": there are " if value else ": there are no ")
        return line.name(f"{there[1]}{outline.only}").say(".")
    if field.value.predicate:
        line = Line().state(fact, "Yes" if value else "No").say(": " if value else ": it is not so that ")
        return line.name(f"{field.value.text.replace('count of ', 'the number of ', 1)}{outline.only}").say(".")
    if field.value.counts and not isinstance(value, float):
        return amount(evidence, shape, field)
    if not shape.measures and outline.topped and outline.order:
        line = called(Line(), evidence, (field,), 0, strong=True)
        best = superlative(shape)
        line.say((" had the " if past else " has the ") if best else " comes first ").name(best or outline.ordering)
        return line.name(f"{outline.only}{outline.held}").say(".")
    line = title(Line(), field).name(f"{outline.subject if field.label == named(field) else ''}{outline.only}{outline.held}")
    if outline.topped and outline.order:
        line.say(" that comes first ").name(outline.ordering).say(",")
    return line.say(" was " if past else " is ").state(fact).say(".")


def title(line: Line, field: Field) -> Line:
    """What a single figure is, with its article where it takes one: ``total revenue``, ``the latest order date``."""
    name = named(field)
    bare = name.startswith(BARE) or (name == field.value.short and " of " not in name)
    return line.say("" if bare and not name.startswith("total of ") else "the ").name(name)


def named(field: Field) -> str:
    """What a figure on its own is called: in full where its short name only leaves out that it is a total."""
    return field.value.short if field.value.short and field.label != f"total {field.value.short}" else field.label


def amount(evidence: Evidence, shape: Shape, field: Field) -> Line:
    """How many there are."""
    value, past = evidence.cells[field.index][0], over(evidence, shape)
    things = counted(field.value.counts, value)
    inside = shape.outline.subject.replace(" of ", " in ", 1)
    line = Line().say("there " + {(True, True): "was ", (True, False): "is ", (False, True): "were "}.get((value == 1, past), "are "))
    fact = evidence.cell(0, field.index, unit=field.unit)
    return line.state(fact, None if value else "no").say(" ").name(f"{different(things)}{inside}{shape.outline.only}").say(".")


def first(evidence: Evidence, shape: Shape) -> Line | None:
    """The one row that comes first by a value that is shown beside its name."""
    fields, best = shape.fields, superlative(shape)
    ordered = next((f for f in fields if f.value.text == shape.outline.order), None)
    names = tuple(f for f in shape.keys if f is not ordered)
    if (
        evidence.table.num_rows != 1
        or not best
        or ordered is None
        or not names
        or len(names) + 1 != len(fields)
        or ordered in shape.measures
    ):
        return None
    value = evidence.cells[ordered.index][0]
    if value is None:
        return None
    line = called(Line(), evidence, names, 0, strong=True).say(" had the " if over(evidence, shape) else " has the ")
    return line.name(f"{best}{shape.outline.only}").say(": ").name(wording(value, grain=ordered.grain), strong=True).say(".")


def record(evidence: Evidence, shape: Shape) -> Line | None:
    """One row of a few columns, each with what it is."""
    if evidence.table.num_rows != 1 or len(shape.fields) > ALL or not shape.measures:
        return None
    line, verb = Line(), " was " if over(evidence, shape) else " is "
    for index, field in enumerate(shape.fields):
        line.say("" if index == 0 else " and " if index == len(shape.fields) - 1 else ", ")
        line.name(field.figure if field in shape.measures else field.label).say(verb)
        value = evidence.cells[field.index][0]
        if value is None:
            line.say("missing")
        elif field in shape.measures:
            line.state(evidence.cell(0, field.index, unit=field.unit))
        else:
            line.name(wording(value, grain=field.grain), strong=True)
    return line.name(shape.outline.only).say(".")


def several(evidence: Evidence, shape: Shape) -> Line | None:
    """Rows in a list: how many there are, and the first names."""
    fields = (*shape.keys, *shape.times)[:SHOWN]
    if not fields or (shape.measures and not listed(shape)):
        return None
    outline, count = shape.outline, evidence.table.num_rows
    shown = count if count <= ALL else SHOWN
    if outline.topped and outline.order:
        line = Line().say("first ").name(f"{outline.ordering}{outline.only}{outline.held}").say(": ")
    else:
        line = Line().say(
            f"there {'was' if over(evidence, shape) else 'is'} " if count == 1 else f"there {'were' if over(evidence, shape) else 'are'} "
        )
        line.state(evidence.rows()).say(" ").name(things(shape, count))
        seen = {tuple(evidence.cells[f.index][r] for f in fields) for r in range(shown)}
        if len(seen) < shown:
            return line.say(".")
        line.say(": ")
    mark = "; " if parts(fields) > 1 else ", "
    for row in range(shown):
        last = row == count - 1 and mark == ", "
        called(line.say("" if row == 0 else " and " if last else mark), evidence, fields, row, bare=True)
    if shown < count:
        line.say(f"{mark if mark == '; ' else ' '}and ").state(evidence.beyond(shown), strong=False).say(" more")
    return line.say(".")


def things(shape: Shape, count: int) -> str:
    """What rows are: the table's own where each is one, else the values of the one column, else rows of columns."""
    outline = shape.outline
    if outline.things:
        return f"{counted(outline.things, count)}{outline.only}{outline.held}"
    if len(shape.fields) == 1:
        unlike = "different " if outline.limited or outline.grouped else ""
        return f"{unlike}{counted(shape.fields[0].label, count)}{outline.subject}{outline.only}{outline.held}"
    return f"{'row' if count == 1 else 'rows'} of {listing([f.label for f in shape.fields[:SHOWN]])}{outline.only}{outline.held}"


def spread(evidence: Evidence, shape: Shape) -> Line | None:
    """Rows of bare numbers: how many, and from where to where."""
    if shape.keys or shape.times:
        return None
    count = evidence.table.num_rows
    line = Line().say("there is " if count == 1 else "there are ").state(evidence.rows()).say(" ")
    line.name(f"{counted(shape.outline.things or 'rows', count)}{shape.outline.only}")
    for index, field in enumerate(shape.measures[:SHOWN]):
        ends = evidence.ends(field.index, unit=field.unit)
        if ends is None:
            return None
        line.say("; " if index else ": ").name(field.figure).say(" from ").state(ends[0], strong=False)
        line.say(" to ").state(ends[1], strong=False)
    return line.say(".")


def lower_first(text: str) -> str:
    """``text`` as it reads after a colon."""
    return text[:1].lower() + text[1:]

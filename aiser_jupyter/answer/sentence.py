"""The one line that answers: a template by the shape of the result, every number a fact."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from aiser_jupyter.answer.line import Line, upper_first
from aiser_jupyter.ask.restate.phrase import listing
from aiser_jupyter.facts.build import wording
from aiser_jupyter.format import noun

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.answer.evidence import Evidence
    from aiser_jupyter.answer.shape import Field, Shape

SHOWN = 3
ALL = 5


def sentence(evidence: Evidence, shape: Shape, restated: str) -> Line:
    """The first template that fits and whose every number has its fact; the plainest says only how many rows there are."""
    templates: tuple[Callable[[Evidence, Shape], Line | None], ...] = (single, series, ranking, record, several, spread)
    if not evidence.table.num_rows:
        return Line().say("No rows match: ").name(lower_first(restated)).say(".")
    for template in templates:
        line = template(evidence, shape)
        if line is not None and upper_first(line).holds():
            return line
    rows = evidence.rows()
    return Line().state(rows).say(f" {'row' if rows.value == 1 else 'rows'}: ").name(lower_first(restated)).say(".")


def single(evidence: Evidence, shape: Shape) -> Line | None:
    """One row of one column."""
    if evidence.table.num_rows != 1 or len(shape.fields) != 1:
        return None
    field, outline = shape.fields[0], shape.outline
    value, fact = evidence.cells[0][0], evidence.cell(0, 0, unit=shape.fields[0].unit, grain=shape.fields[0].grain)
    what = f"{field.label}{outline.subject}"
    if value is None:
        return where(Line().say("There is no value for ").name(what), shape).say(": it is missing.")
    if field.value.predicate:
        return where(
            Line().state(fact, "Yes" if value else "No").say(": " if value else ": it is not so that ").name(field.value.text), shape
        ).say(".")
    if field.value.counts and not isinstance(value, float):
        things = field.value.counts
        is_one = value == 1
        line = Line().say("there is " if is_one else "there are ").state(fact, None if value else "no")
        return where(line.say(" ").name(f"{noun.singular(things) if is_one else noun.plural(things)}{outline.subject}"), shape).say(".")
    if not shape.measures and outline.limited and outline.order:
        first = called(Line(), evidence, (field,), 0, strong=True).say(" comes first ").name(outline.ordering)
        return where(first, shape).say(".")
    line = where(Line().say("the ").name(what), shape)
    if outline.limited and outline.order:
        line.say(" that comes first ").name(outline.ordering).say(",")
    return line.say(" is ").state(fact).say(".")


def series(evidence: Evidence, shape: Shape) -> Line | None:
    """One measure over one time: from first to last, and the extremes."""
    if len(shape.times) != 1 or shape.keys or not shape.measures or evidence.table.num_rows < 2:
        return None
    time, measure = shape.times[0], shape.measures[0]
    when, values = evidence.cells[time.index], evidence.cells[measure.index]
    rows = [r for r in range(len(when)) if when[r] is not None and values[r] is not None]
    if len(rows) < 2 or len({when[r] for r in rows}) != len(rows):
        return None
    rows.sort(key=lambda r: when[r])
    first, last = rows[0], rows[-1]
    line = Line().say("the ").name(f"{measure.label}{shape.outline.subject}")
    where(line, shape)
    verb = "rose" if values[last] > values[first] else "fell" if values[last] < values[first] else "was the same at both ends:"
    line.say(f" {verb} {'from ' if values[last] != values[first] else ''}").state(
        evidence.cell(first, measure.index, unit=measure.unit), strong=False
    )
    line.say(at(time)).name(wording(when[first], grain=time.grain))
    line.say(" to " if values[last] != values[first] else " and ").state(evidence.cell(last, measure.index, unit=measure.unit))
    line.say(at(time)).name(wording(when[last], grain=time.grain))
    if values[first] > 0 and values[last] >= 0 and values[last] != values[first] and measure.unit not in {"%", "share"}:
        change = evidence.change(first, last, measure.index, time.index)
        if change is not None:
            line.say(", ").state(change).say(" more" if values[last] > values[first] else " less")
    high, low = max(rows, key=lambda r: values[r]), min(rows, key=lambda r: values[r])
    for extreme, row in (("highest", high), ("lowest", low)):
        if row not in {first, last} and [values[r] for r in rows].count(values[row]) == 1:
            line.say("; " if extreme == "highest" or high in {first, last} else ", ").say(f"{extreme} ")
            line.state(evidence.cell(row, measure.index, unit=measure.unit), strong=False).say(" in ").name(
                wording(when[row], grain=time.grain)
            )
    return line.say(".")


def ranking(evidence: Evidence, shape: Shape) -> Line | None:
    """Names with a measure: who is first, who follows, and the share of the total where the rows make one."""
    names = tuple(sorted((*shape.keys, *shape.times), key=lambda f: f.index))
    if not names or not shape.measures or len(names) + len(shape.measures) > 6:
        return None
    outline = shape.outline
    measure = next((m for m in shape.measures if m.value.text == outline.order), shape.measures[0])
    if evidence.table.num_rows == 1 and not (outline.limited and outline.order == measure.value.text):
        return None
    values = evidence.cells[measure.index]
    rows = [r for r in range(len(values)) if values[r] is not None]
    if not rows:
        return None
    largest = not (outline.order == measure.value.text and not outline.descending)
    rows.sort(key=lambda r: values[r], reverse=largest)
    top, superlative = rows[0], "largest" if largest else "smallest"
    alike = [r for r in rows if values[r] == values[top]]
    line = called(Line(), evidence, names, top, strong=True)
    if len(alike) == 1:
        line.say(f" has the {superlative} ")
    elif len(alike) == 2:
        called(line.say(" and "), evidence, names, alike[1], strong=True).say(f" share the {superlative} ")
    else:
        line.say(" and ").state(evidence.tied(measure.index, top, largest=largest), strong=False).say(f" others share the {superlative} ")
    where(line.name(f"{measure.label}{outline.subject}"), shape).say(": ").state(evidence.cell(top, measure.index, unit=measure.unit))
    if len(alike) == 1 and len(rows) > 1:
        after = rows[1]
        called(line.say(", ahead of " if largest else ", before "), evidence, names, after).say(" with ")
        line.state(evidence.cell(after, measure.index, unit=measure.unit), strong=False)
        whole = (
            largest
            and measure.value.additive
            and not outline.limited
            and len(rows) > 2
            and len(rows) == len(values)
            and values[rows[-1]] >= 0
        )
        share = evidence.share(top, measure.index, [n.index for n in names]) if whole and sum(values) else None
        if share is not None:
            line.say("; that is ").state(share, strong=False).say(" of ").state(
                evidence.total(measure.index, unit=measure.unit), strong=False
            ).say(" in all")
    return line.say(".")


def record(evidence: Evidence, shape: Shape) -> Line | None:
    """One row of a few columns, each with what it is."""
    if evidence.table.num_rows != 1 or len(shape.fields) > ALL or not shape.measures:
        return None
    line = Line()
    for index, field in enumerate(shape.fields):
        line.say("" if index == 0 else " and " if index == len(shape.fields) - 1 else ", ").name(field.label).say(" is ")
        value = evidence.cells[field.index][0]
        if value is None:
            line.say("missing")
        elif field in shape.measures:
            line.state(evidence.cell(0, field.index, unit=field.unit))
        else:
            line.name(wording(value, grain=field.grain), strong=True)
    return where(line, shape).say(".")


def several(evidence: Evidence, shape: Shape) -> Line | None:
    """Rows without a measure: the first names, and how many there are."""
    if shape.measures:
        return None
    count = evidence.table.num_rows
    shown = count if count <= ALL else SHOWN
    outline, fields = shape.outline, (*shape.keys, *shape.times)
    what = listing([f.label for f in fields[:SHOWN]])
    line = where(Line().name(f"{what}{outline.subject}"), shape)
    line = line.say(", ").name(outline.ordering).say(": ") if outline.limited and outline.order else line.say(": ")
    for row in range(shown):
        called(line.say("" if row == 0 else " and " if row == count - 1 else ", "), evidence, fields[:SHOWN], row, bare=True)
    if shown < count:
        line.say(" and ").state(evidence.beyond(shown), strong=False).say(" more, ").state(evidence.rows()).say(" in all")
    return line.say(".")


def spread(evidence: Evidence, shape: Shape) -> Line | None:
    """Rows of bare numbers: how many, and from where to where."""
    if shape.keys or shape.times:
        return None
    line = Line().state(evidence.rows()).say(" rows: ")
    for index, field in enumerate(shape.measures[:SHOWN]):
        ends = evidence.ends(field.index, unit=field.unit)
        if ends is None:
            return None
        line.say("; " if index else "").name(field.label).say(" from ").state(ends[0], strong=False).say(" to ").state(
            ends[1], strong=False
        )
    return where(line, shape).say(".")


def called(line: Line, evidence: Evidence, names: tuple[Field, ...], row: int, *, strong: bool = False, bare: bool = False) -> Line:
    """The names of a row; a number is said with what it is, unless ``bare``."""
    for index, field in enumerate(names):
        value = evidence.cells[field.index][row]
        text = "(missing)" if value is None else wording(value, grain=field.grain)
        if isinstance(value, int | float | Decimal) and field.grain is None:
            text = str(value) if bare else f"{field.value.text.partition(' number of ')[0]} {value}"
        line.say("" if index == 0 else ", ").name(text, strong=strong)
    return line


def at(time: Field) -> str:
    """The preposition before a period of that grain."""
    return {"day": " on ", "hour": " on ", "minute": " on ", "week": " in the "}.get(time.grain or "", " in ")


def where(line: Line, shape: Shape) -> Line:
    """The filter, in the words of the query."""
    return line.say(" where ").name(shape.outline.where) if shape.outline.where else line


def lower_first(text: str) -> str:
    """``text`` as it reads after a colon."""
    return text[:1].lower() + text[1:]

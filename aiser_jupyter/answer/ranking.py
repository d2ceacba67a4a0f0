"""The sentence of names with a measure: who is first, who follows, and the share of the whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.answer.line import Line
from aiser_jupyter.answer.names import called, counted, over
from aiser_jupyter.answer.series import owner
from aiser_jupyter.answer.shape import different
from aiser_jupyter.format import noun

if TYPE_CHECKING:
    from aiser_jupyter.answer.evidence import Evidence
    from aiser_jupyter.answer.shape import Field, Shape

MOST_COLUMNS = 6


def ranking(evidence: Evidence, shape: Shape) -> Line | None:
    """Who is first by the measure, who follows, and the share of the total where the rows make one."""
    names = tuple(sorted((*shape.keys, *shape.times), key=lambda f: f.index))
    if not names or not shape.measures or len(names) + len(shape.measures) > MOST_COLUMNS or listed(shape):
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
    top = rows[0]
    alike = [r for r in rows if values[r] == values[top]]
    line = called(kept(evidence, shape, names), evidence, names, top, strong=True)
    if len(alike) == 1:
        line.say(" had " if over(evidence, shape) else " has ")
    else:
        if len(alike) == 2:
            called(line.say(" and "), evidence, names, alike[1], strong=True)
        else:
            line.say(" and ").state(evidence.tied(measure.index, top, largest=largest), strong=False).say(" others")
        line.say(" tied for " if over(evidence, shape) else " tie for ")
    line.name(f"{extreme(measure, largest=largest)}{owner(measure, shape)}{outline.only}")
    line.say(": ").state(evidence.cell(top, measure.index, unit=measure.unit))
    if len(alike) > 1:
        return line.say(" each.")
    if len(rows) > 1:
        called(line.say(", ahead of " if largest else ", before "), evidence, names, rows[1]).say(" with ")
        line.state(evidence.cell(rows[1], measure.index, unit=measure.unit), strong=False)
        if largest and measure.value.additive and not outline.limited and 2 < len(rows) == len(values) and values[rows[-1]] >= 0:
            part(line, evidence, measure, top, names)
    return line.say(".")


def kept(evidence: Evidence, shape: Shape, names: tuple[Field, ...]) -> Line:
    """How many groups passed the filter on groups; nothing where there is none."""
    outline, line = shape.outline, Line()
    things = outline.things or (noun.plural(names[0].label) if len(names) == 1 else "")
    if not outline.held or outline.topped or not things:
        return line
    count = evidence.table.num_rows
    line.say("there is " if count == 1 else "there are ").state(evidence.rows(), strong=False).say(" ")
    return line.name(f"{counted(things, count)}{outline.held}").say("; ")


def listed(shape: Shape) -> bool:
    """Whether the rows are things in no order of interest, so that none of them leads."""
    outline = shape.outline
    return bool(outline.things) and not outline.order and not any(f.value.aggregate for f in shape.fields)


def extreme(measure: Field, *, largest: bool) -> str:
    """``the most orders``, ``the largest revenue``, ``the highest average freight``."""
    if measure.value.counts:
        return f"the {'most' if largest else 'fewest'} {different(measure.value.counts)}"
    words = ("largest", "smallest") if measure.value.additive or not measure.value.aggregate or measure.unit else ("highest", "lowest")
    return f"the {words[0] if largest else words[1]} {measure.figure}"


def part(line: Line, evidence: Evidence, measure: Field, top: int, names: tuple[Field, ...]) -> None:
    """The first row's share of the whole."""
    share = evidence.share(top, measure.index, [n.index for n in names]) if sum(evidence.cells[measure.index]) else None
    if share is not None:
        line.say("; that is ").state(share, strong=False).say(" of ")
        line.state(evidence.total(measure.index, unit=measure.unit), strong=False).say(" in all")

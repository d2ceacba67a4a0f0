"""The words for a change that was taken apart: what moved, where, and what stands out, each number with its query."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.answer import parts
from aiser_jupyter.answer.evidence import Evidence
from aiser_jupyter.answer.line import Line, upper_first
from aiser_jupyter.answer.measured import said
from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.restate.phrase import words
from aiser_jupyter.format import number
from aiser_jupyter.format.meaning import meaning
from aiser_jupyter.spec import ChartSpec

if TYPE_CHECKING:
    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.answer.measured import Measured, Span
    from aiser_jupyter.context import Context
    from aiser_jupyter.discover.decompose import Part

NAMED = 3
UP = re.compile(
    r"\b(?:r[io]se|rising|risen|increas\w*|grow\w*|grew|jump\w*|spik\w*|surg\w*|climb\w*|higher|up|more|explod\w*|doubled?)\b",
    re.IGNORECASE,
)
DOWN = re.compile(
    r"\b(?:f[ae]ll\w*|drop\w*|declin\w*|decreas\w*|dip\w*|shr[aiu]nk\w*|slump\w*|plung\w*|lower|down|less|fewer|collaps\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Driver:
    """A part of the change that is sure and large enough to be named."""

    by: ColumnRef
    part: Part
    q: float


@dataclass(frozen=True)
class Change:
    """A measure's change between two periods after its tests.

    ``whole`` is one row: before, after, change and relative change. ``real`` says whether the change is beyond the usual variation; ``drivers``
    are the parts that stand out, the largest first; ``by`` is the dimension to show, None where there is none.
    """

    found: Measured
    before: Span
    after: Span
    whole: Evidence
    real: bool
    drivers: tuple[Driver, ...]
    by: ColumnRef | None

    @property
    def amount(self) -> float:
        """After less before."""
        return float(self.whole.cells[2][0])

    @property
    def what(self) -> str:
        """The measure in words."""
        words_ = self.found.words
        return f"average {words_}" if self.found.mean and not words_.startswith("average") else words_

    @property
    def shown(self) -> tuple[Driver, ...]:
        """The drivers of the dimension that is shown."""
        return tuple(d for d in self.drivers if d.by == self.by)


def told(context: Context, blank: Answer, change: Change) -> Answer:
    """The reply in words, with the table and chart of the dimension where the change stands out most."""
    from aiser_jupyter.query import run

    line, found, by = moved(change, blank.question), change.found, change.by
    sql, result, chart = change.whole.sql, None, None
    if by is not None:
        template = parts.MEANS if found.mean else parts.TOTALS
        level = parts.called(by, template)
        sql = parts.over(found, template, parts.both(found, change.before, change.after, by), level)
        result = run(context, sql, on=found.catalog.source, origin="ask")
        chart = drawn(change, by, level)
        if change.shown:
            evidence = Evidence(result.arrow(), sql, found.catalog.dialect, found.catalog.source, context.clock.now())
            naming(line, found, evidence, change.shown, unit_of(found))
    closing(line, change)
    upper_first(line)
    assert line.holds(), line.text
    return replace(
        blank,
        answered=True,
        state="answered",
        sql=sql,
        result=result,
        chart=chart,
        restated=f"Change of {change.what} from {said(change.before)} to {said(change.after)}" + (f", by {words(by.column)}" if by else ""),
        sentence=line.text,
        sentence_parts=tuple(p for p in line.parts if p.text),
        facts=tuple(line.facts),
    )


def moved(change: Change, question: str) -> Line:
    """From what to what; first of all that it did not, where the question says the opposite."""
    line, unit, whole = Line(), unit_of(change.found), change.whole
    down, up = bool(DOWN.search(question)), bool(UP.search(question))
    if down != up and change.amount and (change.amount > 0) == down:
        line.say("it did not: ")
    line.name(change.what).say(" rose from " if change.amount > 0 else " fell from " if change.amount else " stayed the same: from ")
    line.state(whole.cell(0, 0, unit=unit)).say(" in ").name(said(change.before))
    line.say(" to ").state(whole.cell(0, 1, unit=unit)).say(" in ").name(said(change.after))
    if whole.cells[3][0] is not None:
        relative = whole.cell(0, 3, unit="share")
        line.say(" (").state(relative, number.text(float(whole.cells[3][0]), unit="share", signed=True), strong=False).say(")")
    return line.say(".")


def closing(line: Line, change: Change) -> None:
    """What the tests say of the change."""
    if not change.real:
        line.say(" That is within its usual variation from period to period, so I call nothing a cause.")
    elif change.drivers:
        others = list(dict.fromkeys(words(d.by.column) for d in change.drivers if d.by != change.by))
        if others:
            line.say(" It also stands out by ").listing(others[:NAMED]).say(".")
        line.say(" That is where the change happened; the data do not show what caused it.")
    elif change.by is not None:
        line.say(" No group I could test moved apart from the rest: the change is spread over all of them.")
    else:
        line.say(" There is no group here to take it apart by.")


def naming(line: Line, found: Measured, evidence: Evidence, drivers: tuple[Driver, ...], unit: str) -> None:
    """The levels that stand out, each with its part of the change."""
    names = evidence.cells[0]
    line.say(" By ").name(words(drivers[0].by.column)).say(", what stands out is ")
    for place, driver in enumerate(drivers[:NAMED]):
        row = names.index(driver.part.level)
        line.say("" if place == 0 else "; ").name(
            str(driver.part.level) if driver.part.level is not None else "rows without a value", strong=True
        ).say(": ")
        if not found.mean:
            line.state(evidence.cell(row, 3, unit=unit)).say(", ").state(evidence.cell(row, 4, unit="share"), strong=False).say(
                " of the change"
            )
        elif driver.part.effect == "mix":
            line.say("its share of the rows went from ").state(evidence.cell(row, 3, unit="share"), strong=False).say(" to ").state(
                evidence.cell(row, 4, unit="share"), strong=False
            )
            line.say(", which moves the average by ").state(evidence.cell(row, 6, unit=unit))
        else:
            line.say("its own average went from ").state(evidence.cell(row, 1, unit=unit), strong=False).say(" to ").state(
                evidence.cell(row, 2, unit=unit), strong=False
            )
            line.say(", which moves the whole by ").state(evidence.cell(row, 5, unit=unit))
    line.say(".")
    if found.mean:
        effect(line, evidence, unit)


def effect(line: Line, evidence: Evidence, unit: str) -> None:
    """Over all levels, how much is their own move and how much the mix."""
    line.say(" Over all its values, their own moves make ").state(evidence.total(5, unit=unit), strong=False)
    line.say(" of the change and the shift between them ").state(evidence.total(6, unit=unit), strong=False).say(".")


def drawn(change: Change, by: ColumnRef, level: str) -> ChartSpec:
    """The contributions as bars, over the column of the levels."""
    named = [d.part for d in change.shown[:NAMED]]
    value = "change" if not change.found.mean else "by_the_mix" if named and named[0].effect == "mix" else "by_its_own_move"
    return ChartSpec(
        kind="horizontal_bar",
        x=level,
        y=(value,),
        title=f"Change of {change.what} from {said(change.before)} to {said(change.after)}, by {words(by.column)}",
        unit=unit_of(change.found),
        highlight=tuple(str(part.level) for part in named),
        reason="Contributions compare best as sorted bars.",
        alternatives=("waterfall", "table"),
    )


def unit_of(found: Measured) -> str:
    """The unit of the measure, where its column's name has one."""
    expression = found.item.expression
    if isinstance(expression, ColumnRef) and found.item.aggregate != "count":
        return meaning(expression.column, "number", []).unit
    return ""

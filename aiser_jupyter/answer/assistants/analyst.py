"""The analyst: answers from the data, and says what stands out in them, tested."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.answer import refusal, topic
from aiser_jupyter.answer.answer import Part
from aiser_jupyter.answer.assistants import patterns
from aiser_jupyter.answer.evidence import Evidence, name, ratio
from aiser_jupyter.answer.line import Line
from aiser_jupyter.answer.step import Step
from aiser_jupyter.answer.suggestions import of_catalog
from aiser_jupyter.ask.restate.phrase import words

if TYPE_CHECKING:
    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.answer.assistants.assistant import Request
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.context import Context
    from aiser_jupyter.discover.findings import Findings

ODD = r"(?:stands? out|standing out|unusual|odd|strange|surprising|remarkable|notable|out of the ordinary|anomal(?:y|ies|ous)|outliers?)"
ASKED = re.compile(
    rf"\b(?:what|anything|something|is there|are there|where)\b[^?.]*\b{ODD}\b|\b(?:is|are|was|were|looks?) (?:this|that|it|these|those|they)\b[^?.]*\b(?:{ODD}|normal|significant|by chance)\b"
    r"|\b(?:any|what|which|find|show(?: me)?|look for) (?:\w+ )?(?:patterns?|insights?)\b|\bwhat do (?:the|these|those) (?:numbers|figures|rows|data) (?:say|tell)\b",
    re.IGNORECASE,
)
THIS = re.compile(r"\b(?:this|that|it|these|those|they|here|the (?:result|answer|numbers|figures|rows|chart))\b", re.IGNORECASE)


class Analyst:
    """What the data say."""

    name = "analyst"
    description = "Answers questions from the data with checked numbers, and says what stands out, tested."

    def reply(self, context: Context, request: Request) -> Answer | None:
        """What stands out, where that is asked of a table or of the answer before; None for every other question."""
        if not ASKED.search(request.question) or request.blank.intent.dispatch == "refuse":
            return None
        before = request.follows
        if before is not None and before.result is not None and THIS.search(request.question):
            return of_answer(context, request, before)
        from aiser_jupyter.query.profile import profile

        catalog = profile(context, request.on)
        found = topic.topic(catalog, request.question)
        return None if found is None or found.missing else of_table(context, request, catalog, found.star.table.name)


def of_table(context: Context, request: Request, catalog: Catalog, table: str) -> Answer:
    """What stands out in a table."""
    from aiser_jupyter.discover import discover

    started = time.perf_counter()
    own = catalog.table(table)
    assert own is not None
    named = f"{own.schema}.{own.name}" if own.schema else own.name
    found = discover(context, named, on=catalog.source)
    blank = replace(request.blank, source=catalog.source, dialect=catalog.dialect, suggestions=of_catalog(catalog))
    return said(blank, found, patterns.exhibits(found, source=catalog.source, dialect=catalog.dialect), words(own.name), since(started))


def of_answer(context: Context, request: Request, before: Answer) -> Answer:
    """What stands out in the rows of the answer before."""
    assert before.result is not None
    started = time.perf_counter()
    found = patterns.within(context, before)
    blank = replace(
        request.blank,
        source=before.source,
        dialect=before.dialect,
        sql=before.sql,
        result=before.result,
        chart=before.chart,
        restated=before.restated,
    )
    shown = patterns.exhibits(found, source=before.source, dialect=before.dialect, over=before)
    if found.tested or shown:
        return said(blank, found, shown, "these rows", since(started))
    return few(context, blank) or said(blank, found, shown, "these rows", since(started))


def said(blank: Answer, found: Findings, shown: tuple, called: str, elapsed_ms: float) -> Answer:
    """The answer that the findings make: the first one, or that there is none."""
    step = Step(f"Tested what could stand out in {called}; false discoveries held down over all tests together", elapsed_ms)
    if not shown:
        text = f"Nothing in {called} stands out beyond chance." if found.tested else found.reason
        parts = (Part(text),)
        return replace(blank, answered=True, sentence=text, sentence_parts=parts, confidence=1.0, steps=(step,))
    first = shown[0]
    return replace(
        blank,
        answered=True,
        sentence=first.text,
        sentence_parts=(Part(first.text),),
        facts=tuple(dict.fromkeys(fact for exhibit in shown for fact in exhibit.facts)),
        confidence=found[0].confidence,
        exhibits=shown,
        steps=(step,),
    )


def few(context: Context, blank: Answer) -> Answer | None:
    """How far the largest row stands from the mean: a comparison, where the rows allow no test; None without one measure."""
    import pyarrow as pa

    assert blank.result is not None
    table = blank.result.arrow()
    numbers = [
        i
        for i, column in enumerate(table.schema)
        if pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)
    ]
    if len(numbers) != 1 or table.num_rows < 3 or not blank.sql:
        return None
    from sqlglot import exp

    evidence = Evidence(table, blank.sql, blank.dialect, blank.source, context.clock.now())
    place = numbers[0]
    cells = [float(cell) for cell in evidence.cells[place] if cell is not None]
    mean = sum(cells) / len(cells) if cells else 0.0
    if mean <= 0 or min(cells) < 0:
        return None
    times = evidence.fact(max(cells) / mean, evidence.over(ratio(exp.Max(this=name(place)), exp.Avg(this=name(place)))))
    average = evidence.fact(mean, evidence.over(exp.Avg(this=name(place))))
    line = (
        Line()
        .say("Whether that is chance cannot be tested on these rows. The largest is ")
        .state(times)
        .say(" times their average of ")
        .state(average, strong=False)
        .say(".")
    )
    if not line.holds():
        return None
    step = Step("Compared the rows; they allow no test")
    return replace(
        blank, answered=True, sentence=line.text, sentence_parts=tuple(line.parts), facts=tuple(line.facts), confidence=0.5, steps=(step,)
    )


def since(started: float) -> float:
    """Milliseconds since ``started``."""
    return round((time.perf_counter() - started) * 1000, 3)


def nothing(request: Request, catalog: Catalog, missing: tuple[str, ...]) -> Answer:
    """The refusal of a wish for what is not in the data."""
    listed = " and ".join(f"“{word}”" for word in missing) or "that"
    return refusal.refused(
        replace(request.blank, source=catalog.source, dialect=catalog.dialect),
        f"nothing in these tables is about {listed}.",
        suggestions=of_catalog(catalog),
        missing=missing,
    )


ASSISTANT = Analyst()

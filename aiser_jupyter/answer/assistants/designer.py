"""The designer: which charts show a result or a topic best, why, how they should look and stand."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.answer import tiles as dashboards
from aiser_jupyter.answer import topic
from aiser_jupyter.answer.assistants import ask_assistant
from aiser_jupyter.answer.assistants.advice import advice
from aiser_jupyter.answer.assistants.analyst import THIS, nothing, since
from aiser_jupyter.answer.evidence import Evidence
from aiser_jupyter.answer.exhibit import Exhibit
from aiser_jupyter.answer.line import Line
from aiser_jupyter.answer.step import Step
from aiser_jupyter.ask.restate.phrase import words
from aiser_jupyter.errors import AiserError
from aiser_jupyter.format import noun

if TYPE_CHECKING:
    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.answer.assistants.assistant import Request
    from aiser_jupyter.answer.tiles import Tile
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.context import Context
    from aiser_jupyter.query.result import Result
    from aiser_jupyter.spec import ChartSpec

BOARD = re.compile(r"\b(?:dash ?boards?|boards?|layout|overview|cockpit|scorecards?)\b", re.IGNORECASE)
WISH = re.compile(
    r"^\W*(?:please )?(?:how (?:should|can|do|would|could|might) (?:i|we|you|one) (?:best )?(?:show|display|draw|plot|chart|visuali[sz]e|present)|(?:what|which) (?:chart|graph|plot|picture|visuali[sz]ation)"
    r"(?: type| kind)? (?:should (?:i|we) use |is best |fits |suits |works )?(?:for|to show)?|(?:show|draw|plot|chart|visuali[sz]e|present|display)(?: me)?|(?:best|good|right) (?:chart|way to show) (?:for)?)\b",
    re.IGNORECASE,
)
OTHERS = 3
WORDS = {"third": "a third of the width", "half": "half the width", "full": "the full width"}


class Designer:
    """How to show it."""

    name = "designer"
    description = "Proposes charts and dashboards: which, why, in what order, and how they should look; as real charts of the real data."

    def reply(self, context: Context, request: Request) -> Answer | None:
        """Charts for the answer before, for what a question asks, or a dashboard on a topic."""
        if request.blank.intent.dispatch == "refuse":
            return None
        wish = WISH.sub("", request.question).strip(" ?.!:")
        board = bool(BOARD.search(request.question))
        before = request.follows
        if before is not None and before.result is not None and not board and (not wish or THIS.search(request.question)):
            return shown(request, before, before.result, ())
        from aiser_jupyter.query.profile import profile

        catalog = profile(context, request.on)
        if not board and wish and catalog.table(wish) is None:
            started = time.perf_counter()
            found = ask_assistant(context, request, "analyst", wish)
            if found.answered and found.result is not None and found.sql:
                return shown(request, found, found.result, (Step(f"Asked the analyst: {wish}", since(started)), *found.steps))
            if wish == request.question.strip(" ?.!:"):
                return found  # a question of its own, which the analyst does not answer either
        about = topic.topic(catalog, request.question)
        if about is None:
            return nothing(request, catalog, topic.missing(catalog, topic.said(request.question)))
        return dashboard(context, request, catalog, about)


def shown(request: Request, before: Answer, result: Result, steps: tuple[Step, ...]) -> Answer:
    """The chart that fits a result, and the next best, each with why and how."""
    from aiser_jupyter.chart.choose import choose, of_kind

    started = time.perf_counter()
    table = result.arrow()
    first = choose(table, before.question)
    specs: list[ChartSpec] = [first]
    for kind in first.alternatives[:OTHERS]:
        try:
            specs.append(of_kind(table, kind, before.question))
        except AiserError:  # what these rows do not make after all
            continue
    best = exhibit(f"{called(first)}: the one to take", first.reason, first, table, before, result)
    others = [
        exhibit(f"Or {called(spec, small=True)}", instead(spec), spec, table, before, result, columns=6)
        for spec in specs[1:]
        if spec.kind != "table"
    ]
    line = Line().say("Show it as ").name(called(first, small=True), strong=True).say(". ").name(first.reason)
    return replace(
        request.blank,
        answered=True,
        sentence=line.text,
        sentence_parts=tuple(line.parts),
        restated=before.restated,
        sql=before.sql,
        dialect=before.dialect,
        source=before.source,
        result=result,
        chart=first,
        confidence=1.0,
        exhibits=once((best, *others)),
        steps=(*steps, Step("Chose among the charts that these columns make", since(started))),
    )


def instead(spec: ChartSpec) -> str:
    """What another kind is better for."""
    return {
        "line": "Better where the course over time matters more than each value.",
        "area": "Better where the amount under the line is the point.",
        "bar": "Better where names are short and each value matters.",
        "horizontal_bar": "Better where names are long.",
        "pareto": "Better where the question is how few make most of the whole.",
        "doughnut": "Better where a part of the whole is the point and the parts are few.",
        "pie": "Better where a part of the whole is the point and the parts are few.",
        "heatmap": "Better where two groupings cross and the pattern matters more than the numbers.",
        "stacked_bar": "Better where the total of each group matters too.",
        "percent_bar": "Better where only the mix of each group matters.",
        "grouped_bar": "Better where single values are compared across groups.",
        "scatter": "Better where the relation of two measures is the question.",
        "box": "Better where the spread in each group is the question.",
        "histogram": "Better where the distribution is the question.",
    }.get(spec.kind, "It shows the same rows in another way.")


def called(spec: ChartSpec, *, small: bool = False) -> str:
    """The kind with its article: ``A horizontal bar chart``."""
    name = spec.kind.replace("_", " ")
    name = "key figure" if name == "kpi" else name if name in {"table", "heatmap", "histogram", "pareto"} else f"{name} chart"
    text = f"a{'n' if name[0] in 'aeiou' else ''} {name}"
    return text if small else text[0].upper() + text[1:]


def exhibit(title: str, why: str, spec: ChartSpec, table: object, before: Answer, result: Result, columns: int = 12) -> Exhibit:
    """A chart of a result as a part of the answer."""
    return Exhibit(
        "chart", title, why, "", advice(spec, table), before.sql or "", before.dialect, before.source, result, spec, columns=columns
    )


def dashboard(context: Context, request: Request, catalog: Catalog, about: topic.Topic) -> Answer:
    """The proposed parts of a dashboard, in the order of reading."""
    started = time.perf_counter()
    parts = dashboards.tiles(context, about)
    blank = replace(request.blank, source=catalog.source, dialect=catalog.dialect)
    if not parts:
        return nothing(request, catalog, about.missing)
    line, facts = opening(context, catalog, about, parts)
    notes = [f"Nothing here is about {word}." for word in about.missing]
    return replace(
        blank,
        answered=True,
        sentence=line.text,
        sentence_parts=tuple(part for part in line.parts if part.text),
        facts=facts,
        confidence=1.0,
        assumptions=(f"{words(about.star.table.name)} is the table that is meant", *notes),
        exhibits=once(tuple(tiled(tile, catalog) for tile in parts)),
        steps=(Step("Ran the query of each part and chose its chart", since(started)),),
    )


def opening(context: Context, catalog: Catalog, about: topic.Topic, parts: tuple[Tile, ...]) -> tuple[Line, tuple]:
    """The sentence over a dashboard, with its main figure."""
    line = Line().say("A dashboard on ").name(noun.plural(words(about.star.table.name)), strong=True).say(": ")
    figures = [tile for tile in parts if tile.spec.kind == "kpi"]
    if figures:
        tile = figures[0]
        evidence = Evidence(tile.result.arrow(), tile.sql, catalog.dialect, catalog.source, context.clock.now())
        line.say("the figures on top, ").name(tile.title.lower()).say(" (").state(evidence.cell(0, 0)).say(") first; then ")
    charts = [tile.title[:1].lower() + tile.title[1:] for tile in parts if tile.spec.kind != "kpi"]
    line.listing(charts[:4]).say(" and more." if len(charts) > 4 else ".")
    return line, tuple(line.facts)


def once(parts: tuple[Exhibit, ...]) -> tuple[Exhibit, ...]:
    """The parts with each piece of advice where it stands first."""
    told: set[str] = set()
    found = []
    for part in parts:
        found.append(replace(part, advice=tuple(line for line in part.advice if line not in told)))
        told.update(part.advice)
    return tuple(found)


def tiled(tile: Tile, catalog: Catalog) -> Exhibit:
    """A tile as a part of the answer; its place is the row and the width it should have."""
    place = f"row {tile.row + 1}, {WORDS[tile.width]}"
    kind = "kpi" if tile.spec.kind == "kpi" else "chart"
    why = tile.reason if kind == "kpi" else f"{tile.reason} {tile.spec.reason}".strip()
    return Exhibit(
        kind,
        tile.title,
        why,
        place,
        advice(tile.spec, tile.result.arrow()),
        tile.sql,
        catalog.dialect,
        catalog.source,
        tile.result,
        tile.spec,
        columns=tile.columns,
    )


ASSISTANT = Designer()

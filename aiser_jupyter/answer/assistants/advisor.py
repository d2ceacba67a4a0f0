"""The advisor: the key figures of a topic, and what to do, as far as a tested finding supports it."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.answer import kpis, topic
from aiser_jupyter.answer.answer import Part
from aiser_jupyter.answer.assistants import ask_assistant
from aiser_jupyter.answer.assistants.analyst import nothing, since
from aiser_jupyter.answer.exhibit import Exhibit
from aiser_jupyter.answer.step import Step
from aiser_jupyter.ask.restate.phrase import words
from aiser_jupyter.format import noun

if TYPE_CHECKING:
    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.answer.assistants.assistant import Request
    from aiser_jupyter.answer.topic import Topic
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.context import Context

ASKED = re.compile(
    r"\b(?:recommend\w*|advi[cs]e|advise|suggest\w*|should|kpis?|key figures?|indicators?|improve|next steps?|what to do|what can (?:we|i) do|focus|priorit\w+|watch|actions?|opportunit\w+"
    r"|doing|look after|care about|matters?)\b",
    re.IGNORECASE,
)
FIGURES = 4
TABLES = 3  # of a topic that are looked through
MOST = 5  # recommendations that a reader keeps in mind


class Advisor:
    """What to watch and what to do."""

    name = "advisor"
    description = "Picks key figures, computes them, and recommends only what a tested finding supports, each with its number and its SQL."

    def reply(self, context: Context, request: Request) -> Answer | None:
        """Figures and recommendations on a topic; None for a request that is refused, and for a question that asks for neither."""
        if request.blank.intent.dispatch == "refuse" or not ASKED.search(request.question):
            return None
        from aiser_jupyter.query.profile import profile

        catalog = profile(context, request.on)
        about = topic.topic(catalog, request.question)
        if about is None:
            return nothing(request, catalog, topic.missing(catalog, topic.said(request.question)))
        started = time.perf_counter()
        figures = measured(context, about)
        steps = [Step(f"Computed the key figures of {words(about.star.table.name)}", since(started))]
        findings: list[Exhibit] = []
        reasons: list[str] = []
        for table in looked_at(about):
            started = time.perf_counter()
            asked = f"What stands out in {table}?"
            said = ask_assistant(context, request, "analyst", asked)
            steps.append(Step(f"Asked the analyst: {asked}", since(started)))
            findings += [exhibit for exhibit in said.exhibits if exhibit.kind == "finding"]
            reasons += [] if said.exhibits else [said.sentence]
        return advised(request, catalog, about, figures, findings, reasons, tuple(steps))


def looked_at(about: Topic) -> tuple[str, ...]:
    """The topic's own table, and those it points to that hold numbers or moments of their own."""
    found = [about.star.table.name]
    for table, path in about.star.reach:
        telling = any(column.type in {"date", "timestamp"} for column in table.columns) and any(
            column.type == "number" for column in table.columns
        )
        if path and telling:
            found.append(table.name)
    return tuple(found[:TABLES])


def measured(context: Context, about: Topic) -> list[Exhibit]:
    """The topic's key figures."""
    found = []
    for metric in about.metrics[:FIGURES]:
        one = kpis.kpi(context, about.star, metric)
        if one is not None:
            title = one.name[:1].upper() + one.name[1:]
            shown, sql = (one.series, one.series_sql) if one.series is not None else (one.result, one.sql)
            catalog = about.star.catalog
            found.append(
                Exhibit("kpi", title, one.line.text, "", (), sql, catalog.dialect, catalog.source, shown, one.chart, one.facts, columns=6)
            )
    return found


def advised(
    request: Request,
    catalog: Catalog,
    about: Topic,
    figures: list[Exhibit],
    findings: list[Exhibit],
    reasons: list[str],
    steps: tuple[Step, ...],
) -> Answer:
    """The answer: the recommendation of the strongest finding first, or that there is none."""
    supported = [finding for finding in findings if finding.advice]
    recommendations = tuple(
        replace(
            finding,
            kind="recommendation",
            title=finding.advice[0],
            text=f"{finding.title}. {finding.text}" if finding.title not in finding.text else finding.text,
            advice=(),
        )
        for finding in supported[:MOST]
    )
    called = noun.plural(words(about.star.table.name))
    if recommendations:
        first = recommendations[0]
        parts = (Part(first.title, strong=True), Part(" Why: "), Part(supported[0].text))
    elif figures:
        head = figures[0]
        why = "nothing stands out beyond chance" if not findings else "what stands out suggests no step"
        parts = (Part(f"Nothing to recommend on {called}: {why}. {head.title}: {head.text}"),)
    else:
        parts = (Part(f"Nothing to recommend on {called}: {' '.join(reasons) or 'nothing stands out beyond chance.'}"),)
    shown = (
        (*figures, *recommendations, *(finding for finding in findings if not finding.advice)) if recommendations else (*figures, *findings)
    )
    return replace(
        request.blank,
        answered=True,
        sentence="".join(part.text for part in parts),
        sentence_parts=parts,
        facts=tuple(dict.fromkeys(fact for exhibit in shown for fact in exhibit.facts)),
        source=catalog.source,
        dialect=catalog.dialect,
        confidence=1.0,
        assumptions=(f"{called} is the table that is meant", *(f"Nothing here is about {word}." for word in about.missing)),
        exhibits=tuple(shown),
        steps=steps,
    )


ASSISTANT = Advisor()

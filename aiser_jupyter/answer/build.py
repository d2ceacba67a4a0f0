"""A question to its reply: what is wanted, what the query says, what it yields, in words that were checked."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from aiser_jupyter.answer import about, forecast, refusal, why
from aiser_jupyter.answer.answer import Answer, Step
from aiser_jupyter.answer.evidence import Evidence
from aiser_jupyter.answer.followups import followups
from aiser_jupyter.answer.intent import classify
from aiser_jupyter.answer.sentence import sentence
from aiser_jupyter.answer.shape import shape
from aiser_jupyter.answer.suggestions import of_catalog
from aiser_jupyter.ask.restate import restate
from aiser_jupyter.errors import CancelledError, DeadlineError, NotYetError, QueryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import pyarrow as pa

    from aiser_jupyter.ask.reading import Reading
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.context import Context
    from aiser_jupyter.spec import ChartSpec

ENGINES = ("auto", "offline", "llm")
ASSISTANTS = ("analyst", "sql", "designer", "advisor")
# Below this the words do not surely ask for something else than data, so the data are tried first.
SURE = 0.8
# Longer results are not read through for a sentence about their extremes.
MAX_ROWS = 50_000

REPLIES: dict[str, Callable[[Context, Answer, Catalog], Answer]] = {
    "schema": about.schema,
    "profile": about.profile,
    "help": about.help_,
    "smalltalk": about.smalltalk,
    "report": about.report,
    "board": refusal.not_yet,
}


def answer(
    context: Context,
    question: str,
    *,
    on: str | None = None,
    engine: str = "auto",
    assistant: str = "analyst",
    today: date | None = None,
    follows: Answer | None = None,
) -> Answer:
    """The reply to ``question`` on the connection ``on``.

    ``today`` is what relative periods count from (the context's day where None), ``follows`` the answer that a short follow-up builds on.
    A question that cannot be answered comes back with its reason, not as an error. Raises UsageError for an empty question or an unknown
    option, NotYetError for ``engine="llm"``, DeadlineError and CancelledError from the query.
    """
    check_options(question, engine, assistant)
    from aiser_jupyter.query.profile import profile

    started = time.perf_counter()
    intent = classify(question)
    blank = Answer(question, answered=False, intent=intent)
    if intent.dispatch == "refuse":
        return timed(refusal.write(context, blank), started)
    day = today or context.clock.today()
    reply = {**REPLIES, "why": partial(why.reply, today=day), "forecast": partial(forecast.reply, today=day)}.get(intent.dispatch)
    if reply is None or intent.confidence < SURE:
        _warm(context, on)
    catalog = profile(context, on)
    blank = replace(blank, source=catalog.source, dialect=catalog.dialect)
    if reply is not None and intent.confidence >= SURE:
        return timed(reply(context, blank, catalog), started)
    found = from_data(context, blank, catalog, day, follows)
    if found.answered or reply is None or intent.dispatch == "why":
        # Words that only may ask for reasons are no ground for an analysis that was not asked for.
        return timed(found, started)
    return timed(reply(context, blank, catalog), started)


def _warm(context: Context, on: str | None) -> None:
    """Start the process that the question's query will run in, while the connection is profiled."""
    from aiser_jupyter.query import workers

    source = context.sources.get(on)
    if workers.wanted(source, context.settings, "ask"):
        workers.warm(source, context.settings)


def check_options(question: str, engine: str, assistant: str) -> None:
    """Raise for what cannot be asked at all."""
    if not question.strip():
        raise UsageError("The question is empty.", hint='Ask something: ws.ask("How many orders are there?").')
    if engine not in ENGINES:
        raise UsageError(f"There is no engine {engine!r}.", hint=f"Engines: {', '.join(ENGINES)}.")
    if engine == "llm":
        raise NotYetError("A language model cannot be asked yet.", hint='Leave engine="auto": the built-in engine answers without a key.')
    if assistant not in ASSISTANTS:
        raise UsageError(f"There is no assistant {assistant!r}.", hint=f"Assistants: {', '.join(ASSISTANTS)}.")


def from_data(context: Context, blank: Answer, catalog: Catalog, today: date, follows: Answer | None) -> Answer:
    """The reply that a query gives, or why there is no query."""
    from aiser_jupyter.ask.engine import read

    started = time.perf_counter()
    earlier = follows.reading if follows is not None else None
    reading = read(context, blank.question, on=catalog.source, today=today, follows=earlier)
    blank = replace(blank, reading=reading, engine=reading.engine, steps=(Step("Read the question", since(started)),))
    if not reading.answered:
        return refusal.of_reading(blank, reading, catalog)
    return from_reading(context, blank, reading, catalog)


def from_reading(context: Context, blank: Answer, reading: Reading, catalog: Catalog) -> Answer:
    """Run what the question was read as, and word what it yields."""
    from aiser_jupyter.query import run

    restated = restate(reading.sql, catalog.dialect, catalog)
    common = replace(
        blank,
        sql=reading.sql,
        dialect=catalog.dialect,
        source=catalog.source,
        restated=restated,
        confidence=reading.confidence,
        assumptions=reading.assumptions,
        alternatives=tuple(replace(a, restated=restate(a.sql, catalog.dialect, catalog)) for a in reading.alternatives),
        trace=reading.trace,
    )
    started = time.perf_counter()
    try:
        result = run(context, reading.sql, on=catalog.source, origin="ask")
        table = result.arrow()
    except (DeadlineError, CancelledError):
        raise
    except QueryError as error:
        return replace(common, state="error", reason=f"the query did not run. {error}", suggestions=of_catalog(catalog))
    ran = Step("Ran the query", since(started))
    started = time.perf_counter()
    evidence = Evidence(table, reading.sql, catalog.dialect, catalog.source, context.clock.now())
    seen = shape(table.slice(0, MAX_ROWS), reading.sql, catalog.dialect, catalog)
    line = sentence(evidence, seen, restated, blank.question)
    return replace(
        common,
        answered=True,
        result=result,
        sentence=line.text,
        sentence_parts=tuple(p for p in line.parts if p.text),
        facts=tuple(line.facts),
        chart=chart(table, blank.question),
        followups=followups(seen, reading.sql, catalog),
        steps=(*common.steps, ran, Step("Checked each number of the sentence against its query", since(started))),
    )


def chart(table: pa.Table, question: str) -> ChartSpec | None:
    """The chart that fits the result; none where a column is missing throughout or two share a name: a spec could not say which to draw."""
    import pyarrow as pa

    from aiser_jupyter.chart.choose import choose

    unclear = len(set(table.column_names)) < table.num_columns or any(pa.types.is_null(f.type) for f in table.schema)
    return None if unclear else choose(table, question)


def since(started: float) -> float:
    """Milliseconds since ``started``."""
    return round((time.perf_counter() - started) * 1000, 3)


def timed(found: Answer, started: float) -> Answer:
    """``found`` with how long it took in all."""
    return replace(found, elapsed_ms=since(started))

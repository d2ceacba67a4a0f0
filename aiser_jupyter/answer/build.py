"""A question to its reply: what is wanted, what the query says, what it yields, in words that were checked."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from aiser_jupyter import features
from aiser_jupyter.answer import about, assistants, audience, choices, forecast, refusal, teach, why
from aiser_jupyter.answer.answer import Answer
from aiser_jupyter.answer.checks.case import Case
from aiser_jupyter.answer.checks.verify import Looker, certain, verify
from aiser_jupyter.answer.evidence import Evidence
from aiser_jupyter.answer.explain import explained
from aiser_jupyter.answer.followups import followups
from aiser_jupyter.answer.intent import classify
from aiser_jupyter.answer.readings import offered
from aiser_jupyter.answer.sentence import sentence
from aiser_jupyter.answer.shape import shape
from aiser_jupyter.answer.step import deduced, done, matched, reused, then
from aiser_jupyter.answer.suggestions import of_catalog
from aiser_jupyter.ask.reading import Alternative, Reading
from aiser_jupyter.ask.refuse import THRESHOLD, foreign
from aiser_jupyter.ask.restate import restate
from aiser_jupyter.errors import CancelledError, DeadlineError, QueryError, UsageError
from aiser_jupyter.query.governed import asking

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    import pyarrow as pa

    from aiser_jupyter.answer.checks.checked import Checked
    from aiser_jupyter.answer.step import Step
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.context import Context
    from aiser_jupyter.spec import ChartSpec

ENGINES = ("auto", "offline", "llm")
# Below this the words do not surely ask for something else than data, so the data are tried first.
SURE = 0.8
# From here on other readings are offered without being run.
SURE_ENOUGH = 0.9
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
# What a question may ask for that can be switched off by itself.
GATED = {"why": "why", "forecast": "forecast", "report": "report"}


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
    option and for ``engine="llm"`` where no model is set up, DeadlineError and CancelledError from the query.
    """
    check_options(question, engine, assistant)
    started = time.perf_counter()
    day = today or context.clock.today()
    with asking(question):
        own = assistants.reply(context, assistant, assistants.Request(question, on, today, follows, engine))
        found = own or replied(context, Answer(question, answered=False, intent=classify(question)), on, day, follows, engine)
    return timed(found, started)


def replied(context: Context, blank: Answer, on: str | None, day: date, follows: Answer | None, engine: str) -> Answer:
    """The reply to a question that no assistant of its own takes."""
    from aiser_jupyter.ask.engine import settled
    from aiser_jupyter.query.profile import profile

    turn = told(context, blank, on, day, follows) or (edit(context, blank, on, day, follows, engine) if follows is not None else None)
    if turn is not None:
        return turn
    intent = blank.intent
    if intent.dispatch == "refuse":
        return refusal.write(context, blank)
    reply = {**REPLIES, "why": partial(why.reply, today=day), "forecast": partial(forecast.reply, today=day)}.get(intent.dispatch)
    if (feature := GATED.get(intent.dispatch)) and not features.enabled(feature):
        reply = partial(_switched_off, feature)
    if foreign(blank.question):
        reply = None  # what it is for was judged by English words
    if reply is None or intent.confidence < SURE:
        _warm(context, on)
    catalog = profile(context, on)
    blank = replace(blank, source=catalog.source, dialect=catalog.dialect)
    if reply is not None and intent.confidence >= SURE and not settled(context, blank.question, catalog, day):
        return reply(context, blank, catalog)
    before = follows.reading if follows is not None and follows.source == catalog.source else None
    found = from_data(context, blank, catalog, day, engine, before)
    # Words that only may ask for reasons are no ground for an analysis that was not asked for.
    return found if found.answered or reply is None or intent.dispatch == "why" else reply(context, blank, catalog)


def _switched_off(feature: str, _context: Context, blank: Answer, _catalog: Catalog) -> Answer:
    return replace(blank, reason=f"This is switched off here: {features.FEATURES[feature]} ({features.variable(feature)}).")


def told(context: Context, blank: Answer, on: str | None, today: date, follows: Answer | None) -> Answer | None:
    """The reply to a sentence that teaches: the answer before read in the word's new meaning where it had the word, else what would be kept."""
    from aiser_jupyter.query.profile import profile

    learned = teach.lesson(blank.question)
    if learned is None:
        return None
    catalog = profile(context, on or (follows.source if follows is not None else None) or None)
    if follows is not None and learned.phrase and learned.sure and learned.phrase.casefold() in follows.question.casefold():
        said = replace(blank, question=f"{learned.means} instead of {learned.phrase}")
        edited = edit(context, said, on, today, follows) if teach.known(catalog, learned.means) else None
        if edited is not None and edited.answered and edited.reading is not None:
            offered = teach.offer(context, learned.phrase, learned.means, catalog.source)
            return replace(
                edited,
                question=blank.question,
                reading=replace(edited.reading, question=blank.question),
                assumptions=(*(a for a in edited.assumptions if teach.OFFER not in a), offered),
            )
    return teach.reply(context, blank, catalog, learned, follows)


def edit(context: Context, blank: Answer, on: str | None, today: date, follows: Answer, engine: str = "offline") -> Answer | None:
    """The reply that the answer before gives once a follow-up has edited it; None where the words are a question of their own."""
    from aiser_jupyter.ask.engine import followed_up
    from aiser_jupyter.query.profile import profile

    if follows.reading is None or (on is not None and on != follows.source):
        return None
    started = time.perf_counter()
    catalog = profile(context, follows.source)
    reading = followed_up(context, blank.question, catalog, today, follows.reading, engine)
    if reading is None:
        return None
    intent = replace(blank.intent, dispatch="followup", business=follows.intent.business)
    steps = (done("Edited the question before", since(started)),)
    reading = replace(reading, assumptions=(*reading.assumptions, *teach.of_correction(context, follows.reading, reading, catalog.source)))
    return from_reading(
        context, replace(blank, intent=intent, reading=reading, engine=reading.engine, steps=steps), reading, catalog, today
    )


def _warm(context: Context, on: str | None) -> None:
    """Start the process that the question's query will run in, while the connection is profiled."""
    from aiser_jupyter.query import workers

    source = context.sources.get(on)
    if workers.wanted(source, context.settings, "ask"):
        workers.warm(source, context.settings)
    if context.settings.model_explains:
        from aiser_jupyter.ask.llm import transport

        transport.warm()


def check_options(question: str, engine: str, assistant: str) -> None:
    """Raise for what cannot be asked at all."""
    if not question.strip():
        raise UsageError("The question is empty.", hint='Ask something: ws.ask("How many orders are there?").')
    if engine not in ENGINES:
        raise UsageError(f"There is no engine {engine!r}.", hint=f"Engines: {', '.join(ENGINES)}.")
    if assistant not in assistants.NAMES:
        raise UsageError(f"There is no assistant {assistant!r}.", hint=f"Assistants: {', '.join(assistants.NAMES)}.")


def from_data(
    context: Context, blank: Answer, catalog: Catalog, today: date, engine: str = "auto", before: Reading | None = None
) -> Answer:
    """The reply that a query gives, or why there is no query; ``before`` is the reading that the question comes after and does not edit."""
    from aiser_jupyter.ask.engine import read

    started = time.perf_counter()
    reading = read(context, blank.question, on=catalog.source, today=today, engine=engine, before=before)
    steps = (read_as(reading, since(started)), *(done(note) for note in reading.notes))
    blank = replace(blank, reading=reading, engine=reading.engine, steps=steps)
    if not reading.answered:
        found = refusal.of_reading(blank, reading, catalog, Looker.previews(context, catalog.source))
        return replace(
            found,
            steps=then(found.steps, done("Found no reading sure enough to run")),
            choose=partial(chosen, context, found, catalog, today),
        )
    found = from_reading(context, blank, reading, catalog, today)
    return found if engine == "offline" else explained(context, found, catalog)


def from_reading(context: Context, blank: Answer, reading: Reading, catalog: Catalog, today: date | None = None) -> Answer:
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
    ran = deduced("Ran the query", reading.sql, since(started))
    started = time.perf_counter()
    evidence = Evidence(table, reading.sql, catalog.dialect, catalog.source, context.clock.now())
    seen = shape(table.slice(0, MAX_ROWS), reading.sql, catalog.dialect, catalog, dict(reading.units))
    checks = verify(
        Case(blank.question, evidence, seen, catalog, today or context.clock.today()),
        Looker.of(context, catalog.source, query_ms=ran.elapsed_ms or 0.0),
    )
    steps = then(common.steps, ran, checked(checks, since(started)))
    started = time.perf_counter()
    line = sentence(evidence, seen, restated, blank.question)
    said = deduced(
        "Checked each number of the sentence against its query",
        "; ".join(f.sql for f in line.facts),
        since(started),
        inputs=(len(steps) - 2,),
    )
    started = time.perf_counter()
    confidence = certain(checks, common.confidence)
    # A sure answer is not kept waiting for what the others would yield: they are run when someone chooses them.
    look = Looker.previews(context, catalog.source, sure=confidence >= SURE_ENOUGH)
    others = offered(blank.question, doubted(checks, reading, restated), catalog, look, own=evidence)
    compared = done("Compared with the other readings", since(started), inputs=tuple(sorted({0, len(steps) - 2})))
    found = replace(
        common,
        answered=True,
        result=result,
        checks=checks,
        confidence=confidence,
        sentence=line.text,
        sentence_parts=tuple(p for p in line.parts if p.text),
        facts=tuple(line.facts),
        chart=chart(table, blank.question),
        followups=followups(seen, reading.sql, catalog),
        alternatives=others,
        steps=(*steps, said, *((compared,) if reading.alternatives else ())),
    )
    if confidence < min(THRESHOLD, reading.confidence):
        found = refusal.of_checks(found, reading)
    return audience.to(replace(found, choose=partial(chosen, context, found, catalog, today)), context)


def chosen(context: Context, before: Answer, catalog: Catalog, today: date | None, number: int) -> Answer:
    """The answer that another reading of the question gives, counted from 1 as they are shown; it is as sure as who chose it."""
    if not 1 <= number <= len(before.alternatives):
        raise UsageError(f"There is no reading {number}.", hint=f"Readings: 1 to {len(before.alternatives)}.")
    started, picked = time.perf_counter(), before.alternatives[number - 1]
    others = tuple(a for a in before.alternatives if a is not picked)
    if before.sql is not None and before.reading is not None:
        others = (Alternative(before.sql, before.confidence, plan=before.reading.plan), *others)
    reading = Reading(before.question, True, picked.sql, picked.plan, 1.0, ("you chose this reading",), others)  # noqa: FBT003  # it is answered
    blank = Answer(before.question, answered=False, intent=before.intent, reading=reading, engine=before.engine)
    blank = replace(blank, steps=(done("You chose this reading"),))
    found = timed(from_reading(context, blank, reading, catalog, today), started)
    return replace(found, remember=partial(choices.remember, context, found)) if choices.keeper(context) is not None else found


def doubted(checks: tuple[Checked, ...], reading: Reading, restated: str) -> tuple[Alternative, ...]:
    """The other readings, before them the query without the trouble that a check proved."""
    mended = tuple(
        Alternative(c.instead, round(reading.confidence * (1 - c.effect), 4), f"{restated}, {c.instead_said}") for c in checks if c.instead
    )
    return (*mended, *reading.alternatives)


def read_as(reading: Reading, elapsed_ms: float) -> Step:
    """The step that took words of the question for parts of the data."""
    # Who reuses a verified query says so in the reading.
    if known := str(getattr(reading, "verified", "")):
        return reused("Took over a verified query", known, reading.confidence, elapsed_ms)
    pairs = "; ".join(f"{t.words}: {t.fragment}" for t in reading.trace)
    return matched("Read the question", pairs, reading.confidence, elapsed_ms)


def checked(checks: tuple[Checked, ...], elapsed_ms: float) -> Step:
    """The step that looked for trouble in the rows."""
    heard = [c for c in checks if not c.ok]
    said = f"{len(heard)} {'thing' if len(heard) == 1 else 'things'} to know" if heard else "nothing wrong"
    return deduced(f"Checked the rows: {said}", "; ".join(c.sql for c in checks if c.sql), elapsed_ms)


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

"""The engines: an English question against one source's catalog, deterministically, and with a model's help where one is wanted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask import refuse, remembered
from aiser_jupyter.ask.interpret import doubts, followed, interpret
from aiser_jupyter.ask.learned.model import Model, load
from aiser_jupyter.ask.plan import ColumnRef, Defined
from aiser_jupyter.ask.reading import Alternative, Reading
from aiser_jupyter.ask.schema import Schema
from aiser_jupyter.ask.semantic import verified
from aiser_jupyter.ask.sql.aliases import aliases
from aiser_jupyter.errors import AiserError

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.scored import Scored
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.catalog.semantic import SemanticModel
    from aiser_jupyter.context import Context

KEPT = 8
# Other readings handed on: who shows them leaves out those that yield the same rows.
OTHERS = 7
# Beside an answer, a reading less likely than this is noise.
CLOSE = 0.25
_SCHEMAS: dict[int, Schema] = {}


def read(
    context: Context,
    question: str,
    *,
    on: str | None = None,
    today: date | None = None,
    follows: Reading | None = None,
    engine: str = "offline",
    before: Reading | None = None,
) -> Reading:
    """Read ``question`` against the source named ``on`` (the default one where None).

    ``today`` is what relative periods count from, ``follows`` the reading that a short follow-up may modify. ``engine`` is ``offline``, ``llm``
    (a model is asked) or ``auto`` (one is asked where it is set up and the offline reading is unsure). A model is also told of ``before``, the
    reading that the question comes after where it edits none. Raises `UsageError` for ``llm`` where no model is set up.
    """
    from aiser_jupyter.query import run
    from aiser_jupyter.query.profile import profile
    from aiser_jupyter.query.semantics import model_of

    catalog = profile(context, on)
    schema = schema_of(catalog, model_of(context, catalog))

    def runs(sql: str) -> bool:
        try:
            run(context, sql, on=catalog.source, origin="ask").rows(1)
        except AiserError:
            return False
        return True

    heard, day = remembered.hear(context, question, catalog.source), today or context.clock.today()
    reading = understand(schema, heard.text, day, load(), follows)
    reading = remembered.told(context, question, heard, reading, catalog.source)
    if reading.answered and not runs(reading.sql):
        reading = refuse.because(question, schema, "The query I made for this does not run here.", ())
    if engine == "offline":
        return reading
    from aiser_jupyter.ask.llm.engine import read_with_model

    return read_with_model(
        context, question, offline=reading, schema=schema, weights=load(), today=day, engine=engine, follows=follows or before
    )


def settled(context: Context, question: str, catalog: Catalog, today: date) -> bool:
    """Whether somebody verified a query for ``question``, so that nothing has to be guessed of it."""
    from aiser_jupyter.query.semantics import model_of

    heard = remembered.hear(context, question, catalog.source)
    schema = schema_of(catalog, model_of(context, catalog))
    return remembered.confirmed(context, question, catalog.source) is not None or verified.read(schema, heard.text, today) is not None


def followed_up(
    context: Context, question: str, catalog: Catalog, today: date, follows: Reading, engine: str = "offline"
) -> Reading | None:
    """The reading before, edited by a follow-up that runs; None where ``question`` is one of its own.

    ``engine`` is that of `read`: to a model the edited reading is what the offline engine makes of the question.
    """
    from aiser_jupyter.query import run
    from aiser_jupyter.query.semantics import model_of

    heard = remembered.hear(context, question, catalog.source)
    schema = schema_of(catalog, model_of(context, catalog))
    reading = followed(schema, heard.text, load(), today, follows)
    if reading is not None:
        reading = remembered.worded(context, question, heard, reading)
        try:
            run(context, reading.sql, on=catalog.source, origin="ask").rows(1)
        except AiserError:
            return None
    if reading is None or engine == "offline" or not reading.answered:
        return reading
    from aiser_jupyter.ask.llm.engine import read_with_model

    found = read_with_model(context, question, offline=reading, schema=schema, weights=load(), today=today, engine=engine, follows=follows)
    return replace(found, before=reading.before)  # the next follow-up may go back


def schema_of(catalog: Catalog, semantic: SemanticModel | None = None) -> Schema:
    """The prepared schema of a catalog and its semantic model, made once."""
    kept = _SCHEMAS.get(id(catalog))
    if kept is None or kept.given is not catalog or (kept.model or None) is not (semantic or None):
        while len(_SCHEMAS) >= KEPT:
            _SCHEMAS.pop(next(iter(_SCHEMAS)))
        kept = _SCHEMAS[id(catalog)] = Schema(catalog, semantic or None)
    return kept


def understand(schema: Schema, question: str, today: date, model: Model, follows: Reading | None = None) -> Reading:
    """The reading of ``question``, from what is known of the data alone."""
    if (edited := followed(schema, question, model, today, follows)) is not None:
        return replace(edited, units=units(schema, edited.plan)) if edited.plan else edited
    if known := verified.read(schema, question, today):
        return known
    if reason := refuse.on_sight(question):
        return refuse.because(question, schema, reason, ())
    if refuse.REFERRING.search(question) or (follows is not None and refuse.FOLLOWING.search(question)):
        return refuse.because(question, schema, "This refers to an answer before it, and I can't carry it over.", ())
    ranked = interpret(schema, question, model, today)
    if not ranked or ranked[0].confidence < refuse.THRESHOLD:
        wrong = doubts(schema, question, ranked[0], model, today) if ranked else ()
        return refuse.unsure(question, schema, ranked, wrong)
    return replace(answered(question, ranked), units=units(schema, ranked[0].plan))


def units(schema: Schema, plan: Plan) -> tuple[tuple[str, str], ...]:
    """The units that the semantic model gives the plan's figures, by the names of their columns; a share or a change has its own.

    A metric is named though it has none: that it is a figure cannot always be seen in its SQL.
    """
    if schema.definitions is None:
        return ()
    kept = [
        (name or item.expression.column if isinstance(item.expression, ColumnRef) else name, schema.definitions.unit(item.expression))
        for item, name in zip(plan.select, aliases(plan), strict=True)
        if item.aggregate != "count" and item.window in ("", "running") and not item.among
    ]
    defined = {
        name for item, name in zip(plan.select, aliases(plan), strict=True) if isinstance(item.expression, Defined) and item.aggregate
    }
    return tuple((name, unit) for name, unit in kept if unit or name in defined)


def answered(question: str, ranked: list[Scored]) -> Reading:
    """The reading that the best candidate makes, the others beside it."""
    best, *others = ranked
    return Reading(
        question=question,
        answered=True,
        sql=best.sql,
        plan=best.plan,
        confidence=round(best.confidence, 4),
        assumptions=best.assumptions,
        alternatives=tuple(
            Alternative(other.sql, round(other.confidence, 4), plan=other.plan) for other in others[:OTHERS] if other.confidence >= CLOSE
        ),
        missing=best.missing,
        trace=best.trace,
    )

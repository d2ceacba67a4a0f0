"""The engines: an English question against one source's catalog, deterministically, and with a model's help where one is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask import refuse
from aiser_jupyter.ask.interpret import Scored, followed, interpret
from aiser_jupyter.ask.model import Model, load
from aiser_jupyter.ask.reading import Alternative, Reading
from aiser_jupyter.ask.schema import Schema
from aiser_jupyter.errors import AiserError

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.context import Context

KEPT = 8
_SCHEMAS: dict[int, Schema] = {}


def read(
    context: Context,
    question: str,
    *,
    on: str | None = None,
    today: date | None = None,
    follows: Reading | None = None,
    engine: str = "offline",
) -> Reading:
    """Read ``question`` against the source named ``on`` (the default one where None).

    ``today`` is what relative periods count from, ``follows`` the reading that a short follow-up may modify. ``engine`` is ``offline``, ``llm``
    (a model is asked) or ``auto`` (one is asked where it is set up and the offline reading is unsure). Raises `UsageError` for ``llm`` where
    no model is set up.
    """
    from aiser_jupyter.query import run
    from aiser_jupyter.query.profile import profile

    catalog = profile(context, on)

    def runs(sql: str) -> bool:
        try:
            run(context, sql, on=catalog.source, origin="ask").rows(1)
        except AiserError:
            return False
        return True

    schema, day = schema_of(catalog), today or context.clock.today()
    reading = understand(schema, question, day, load(), follows)
    if reading.answered and not runs(reading.sql):
        reading = refuse.because(question, schema, "The query I made for this does not run here.", ())
    if engine == "offline":
        return reading
    from aiser_jupyter.ask.llm.engine import read_with_model

    return read_with_model(context, question, offline=reading, schema=schema, weights=load(), today=day, engine=engine, follows=follows)


def schema_of(catalog: Catalog) -> Schema:
    """The prepared schema of a catalog, made once."""
    kept = _SCHEMAS.get(id(catalog))
    if kept is None or kept.catalog is not catalog:
        while len(_SCHEMAS) >= KEPT:
            _SCHEMAS.pop(next(iter(_SCHEMAS)))
        kept = _SCHEMAS[id(catalog)] = Schema(catalog)
    return kept


def understand(schema: Schema, question: str, today: date, model: Model, follows: Reading | None = None) -> Reading:
    """The reading of ``question``, from what is known of the data alone."""
    if reason := refuse.on_sight(question):
        return refuse.because(question, schema, reason, ())
    ranked = followed(schema, question, model, today, follows) or interpret(schema, question, model, today)
    if not ranked or ranked[0].confidence < refuse.THRESHOLD:
        return refuse.unsure(question, schema, ranked)
    return answered(question, ranked)


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
        alternatives=tuple(Alternative(other.sql, round(other.confidence, 4)) for other in others[:3]),
        trace=best.trace,
    )

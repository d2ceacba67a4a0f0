"""A reply that says why there is no answer, and what can be answered instead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.answer.answer import Answer, Part
from aiser_jupyter.answer.readings import OFFERED, offered
from aiser_jupyter.answer.suggestions import of_catalog
from aiser_jupyter.ask.reading import Alternative

if TYPE_CHECKING:
    from aiser_jupyter.answer.checks.verify import Looker
    from aiser_jupyter.ask.reading import Reading
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.context import Context

PREFIX = "I can't answer this: "
LATER = {
    "board": ("dashboards are not there yet.", "A report from this notebook: %aiser report."),
}


def refused(blank: Answer, reason: str, *, suggestions: tuple[str, ...] = (), missing: tuple[str, ...] = ()) -> Answer:
    """``blank`` as a refusal; ``reason`` is what follows "I can't answer this:"."""
    sentence = PREFIX + reason
    parts = (Part(sentence),)
    return replace(
        blank,
        answered=False,
        state="refused",
        reason=reason,
        sentence=sentence,
        sentence_parts=parts,
        suggestions=suggestions,
        missing=missing,
    )


def of_reading(blank: Answer, reading: Reading, catalog: Catalog, look: Looker) -> Answer:
    """The refusal of the engine; ambiguous where it has readings to choose from. With words that have no place in the data the closest readings are kept too."""
    reason = reading.reason.removeprefix(PREFIX) or "I don't find what it asks for in these tables."
    reason = reason if reason.startswith("I ") else reason[:1].lower() + reason[1:]
    found = refused(blank, reason, suggestions=reading.suggestions or of_catalog(catalog), missing=reading.missing)
    others = offered(blank.question, reading.alternatives, catalog, look)
    return replace(found, state="refused" if reading.missing or len(others) < 2 else "ambiguous", alternatives=others)


def of_checks(found: Answer, reading: Reading) -> Answer:
    """An answer that a check proved wrong, as readings to choose from: without the trouble, and as it was read first."""
    trouble = next(c for c in found.checks if c.effect < 1)
    own = Alternative(reading.sql, found.confidence, found.restated, found.sentence, reading.plan)
    mended = tuple(a for a in found.alternatives if a.sql == trouble.instead)
    others = (*mended, own, *(a for a in found.alternatives if a not in mended))
    plain = replace(
        found, sql=None, result=None, chart=None, restated="", facts=(), followups=(), alternatives=others[:OFFERED], trace=found.trace
    )
    reason = f"its number would be wrong. {trouble.text}"
    return replace(refused(plain, reason, suggestions=found.suggestions), state="ambiguous")


def write(context: Context, blank: Answer) -> Answer:
    """The reply to a request to change data, or to step around the rules."""
    suggestions = ()
    if context.sources.default is not None:
        known = context.catalogs.get(context.sources.get(None).name)
        suggestions = of_catalog(known) if known is not None else ()
    return refused(blank, "I only read data. Nothing was run and nothing changed.", suggestions=suggestions)


def not_yet(_: Context, blank: Answer, catalog: Catalog) -> Answer:
    """The reply to a kind of question that has no part of its own yet: so said, with what there is instead."""
    reason, instead = LATER[blank.intent.dispatch]
    return refused(blank, f"{reason} {instead}", suggestions=of_catalog(catalog))

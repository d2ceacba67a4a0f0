"""A model's explanation beside an answer, where the user wants one and the connection's values may be sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from aiser_jupyter import trust
from aiser_jupyter.answer.evidence import Evidence
from aiser_jupyter.answer.shape import shape
from aiser_jupyter.answer.step import Step
from aiser_jupyter.errors import AiserError, CancelledError
from aiser_jupyter.events import Event
from aiser_jupyter.facts.check import stated, supports

if TYPE_CHECKING:
    from aiser_jupyter.answer.answer import Answer
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.context import Context
    from aiser_jupyter.facts import Fact

ROWS, COLUMNS = 12, 6


def explained(context: Context, found: Answer, catalog: Catalog) -> Answer:
    """``found`` with the explanation of a model, each number of it a fact; without one where none is wanted or none holds, and a step says why."""
    if not context.settings.model_explains or not found.answered or found.result is None:
        return found
    consent = context.values_to_model(catalog.source)
    if consent == "untrusted":
        return _told(found, f"No explanation by a model: {trust.NOT_SENT.format(name=catalog.source)}")
    if consent == "no":
        return _told(found, f"No explanation by a model: the values of {catalog.source} are not sent to one (values_to_model).")
    from aiser_jupyter.ask.llm import callers
    from aiser_jupyter.ask.llm.deadline import Deadline
    from aiser_jupyter.ask.llm.explain import explain

    def say(sentence: str) -> None:
        context.events.emit(Event("answer.explanation", context.clock.now(), {"question": found.question, "sentence": sentence}))

    facts, figures, names = _material(context, found, catalog)
    try:
        caller = callers.of(context)
        if caller is None:
            return _told(found, "No explanation by a model: none is set up.")
        said = explain(
            callers.Counted(caller, context, catalog.source),
            Deadline(context.settings.model_timeout_s),
            question=found.question,
            restated=found.restated,
            sentence=found.sentence,
            figures=figures,
            facts=[*found.facts, *facts],
            names=names,
            say=say,
        )
    except CancelledError:
        raise
    except AiserError as error:
        return _told(found, f"No explanation by a model: {error.message}")
    numbers = stated(said.text)
    known = {fact.id for fact in found.facts}
    used = tuple({f.id: f for f in facts if f.id not in known and any(supports(f, number) for number in numbers)}.values())
    notes = [f"Refused a sentence of the model: nothing here yields its {number}" for _, number in said.refused if number]
    notes += ["Checked each number of the explanation against its query"] if said.sentences else []
    told = replace(found, explanation=said.text, facts=(*found.facts, *used))
    return _told(told, *notes)


def _material(context: Context, found: Answer, catalog: Catalog) -> tuple[list[Fact], list[str], list[str]]:
    """Facts of the first rows, the lines that tell them to the model, and texts whose digits are no claim of its own."""
    assert found.result is not None
    assert found.sql is not None
    table = found.result.head(ROWS)
    seen = shape(table, found.sql, catalog.dialect, catalog)
    evidence = Evidence(table, found.sql, catalog.dialect, catalog.source, context.clock.now())
    fields = seen.fields[:COLUMNS]
    facts: list[Fact] = []
    lines: list[str] = []
    for row in range(table.num_rows):
        cells = [evidence.cell(row, f.index, unit=f.unit, grain=f.grain) for f in fields]
        facts += [fact for fact in cells if isinstance(fact.value, int | float) and not isinstance(fact.value, bool)]
        lines.append("; ".join(f"{field.label}: {fact.text}" for field, fact in zip(fields, cells, strict=True)))
    texts = [str(value) for column in evidence.cells for value in column if isinstance(value, str)]
    literals = [one.this for one in sqlglot.parse_one(found.sql, read=catalog.dialect).find_all(exp.Literal) if one.is_string]
    return facts, lines, [*texts, *literals]


def _told(found: Answer, *notes: str) -> Answer:
    return replace(found, steps=(*found.steps, *(Step(note) for note in notes)))

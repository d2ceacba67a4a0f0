"""What a question, its data and a query for it are like, in numbers: what the referee of business questions weighs beside what the readings say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask import frame as frames
from aiser_jupyter.ask.heed import parts
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Condition, Formula, Item, Star
from aiser_jupyter.ask.render import tables_of

if TYPE_CHECKING:
    from aiser_jupyter.ask.frame import Frame
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.scored import Scored

NAN = float("nan")
CLEAR = 0.9  # from this strength on a phrase names what it means
RIVALS = 0.1  # by how much another meaning may be weaker and still be one
ROLES = ("count", "measure", "group", "noun")
WINDOWS = ("share", "running", "growth")
AGGREGATES = ("count", "sum", "avg", "median", "max")


def of_question(linked: Linked, frame: Frame) -> list[float]:
    """What is in a question and how clearly, and how large the data is."""
    schema, content = linked.schema, [i for i, token in enumerate(linked.question.tokens) if token.content]
    strengths = [noun.segment.best.strength for noun in frame.nouns]
    rivals = [sum(o.strength >= n.segment.best.strength - RIVALS for o in n.segment.options) for n in frame.nouns]
    return [
        float(len(content)),
        float(len(frames.unused(linked, frame))),
        float(sum(i not in frame.used for i in content)),
        float(len(frame.nouns)),
        min(strengths, default=NAN),
        float(sum(strength < CLEAR for strength in strengths)),
        float(max(rivals, default=0)),
        *(float(sum(noun.role == role for noun in frame.nouns)) for role in ROLES),
        float(len(frame.values)),
        float(sum(mention.kind == "almost" for mention in frame.values)),
        float(max((len({ref for ref, _ in mention.stored}) for mention in frame.values), default=0)),
        float(len(frame.periods)),
        float(frame.grain is not None),
        float(WINDOWS.index(frame.window) if frame.window in WINDOWS else -1),
        float(frame.limit or 0),
        float(frame.extreme),
        float(len(frame.tests)),
        float(frame.without is not None),
        float(bool(frame.average)),
        float(bool(frame.adjective)),
        float(frame.counting),
        float(frame.business),
        float(frame.cues.shaped),
        float(len(schema.tables)),
        float(len(schema.columns)),
        float(schema.sells),
        float(schema.trade),
    ]


def of_query(linked: Linked, frame: Frame, scored: Scored) -> list[float]:
    """How a query stands to the parts of its question."""
    schema, held = linked.schema, parts(scored.plan)
    tables = set(_tables(scored.plan))
    columns = {part for part in held if isinstance(part, ColumnRef) and part in schema.index}
    conditions = [part for part in held if isinstance(part, Condition)]
    tested = {str(value).casefold() for one in conditions for value in one.values}
    items = [part for part in held if isinstance(part, Item)]
    covers = [linked.columns[schema.index[ref]].cover for ref in columns if not _silent(linked, ref)]
    temporal = {ref for ref in columns if schema.view(ref).temporal}
    return [
        float(sum(n.segment.best.table not in tables for n in frame.nouns if n.segment.best.table in schema.table_index)),
        float(sum(n.segment.best.column not in columns for n in frame.nouns if n.segment.best.column)),
        float(sum(not any(str(v).casefold() in tested for _, v in m.stored) for m in frame.values if m.stored)),
        float(
            bool(frame.periods)
            and not any(one.item.expression in temporal or isinstance(one.item.expression, Bucket) for one in conditions)
        ),
        float(frame.grain is not None and not any(isinstance(part, Bucket) for part in held)),
        min(covers, default=NAN),
        float(sum(cover < 0.5 for cover in covers)),
        float(len(tables - {n.segment.best.home for n in frame.nouns})),
        float(len(temporal)),
        *(float(any(item.aggregate == name for item in items)) for name in AGGREGATES),
        float(any(isinstance(item.expression, Formula) for item in items)),
        float(any(item.aggregate in ("sum", "avg") and _number_of(linked, item) for item in items)),
        float(any(isinstance(part, Star) for part in held)),
        float(any(item.distinct for item in items)),
        float(any(one.plan is not None for one in conditions)),
        float(scored.plan.source is not None),
        float(len(scored.assumptions)),
        float(sum("is read as" in note for note in scored.assumptions)),
        float(scored.business),
        float(scored.summed),
        float(len(scored.rivals)),
    ]


def _tables(plan: Plan) -> tuple[str, ...]:
    return (*tables_of(plan), *(_tables(plan.source) if plan.source else ()))


def _silent(linked: Linked, ref: ColumnRef) -> bool:
    """Whether a column may well stand in a query unnamed: keys, names of rows, dates."""
    view = linked.schema.view(ref)
    return view.primary or view.foreign or view.temporal or ref in linked.schema.table(ref.table).display


def _number_of(linked: Linked, item: Item) -> bool:
    """Whether a figure adds up what numbers things."""
    ref = item.expression
    return (
        isinstance(ref, ColumnRef) and ref in linked.schema.index and (linked.schema.view(ref).primary or linked.schema.view(ref).foreign)
    )

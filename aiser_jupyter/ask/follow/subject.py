"""What an answer was about, for the question after it: "why did it fall?", "will that go on?"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.ask.follow import edit_periods
from aiser_jupyter.ask.follow.edits import labels, values
from aiser_jupyter.ask.plan import Bucket, ColumnRef

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.plan import Condition, Grain, Item, Plan
    from aiser_jupyter.ask.schema import Schema


@dataclass(frozen=True)
class Subject:
    """The figure that an answer gave, on which date column and by which grain, in which periods, of what, and under which tests.

    ``periods`` are half-open (start, end) ranges of days, None for an open end; two where they were compared, none where it was of all time.
    ``where`` are the tests on anything else than the date.
    """

    figure: Item
    date: ColumnRef | None = None
    grain: Grain | None = None
    periods: tuple[tuple[date | None, date | None], ...] = ()
    groups: tuple[ColumnRef, ...] = ()
    where: tuple[Condition, ...] = ()


def of(schema: Schema, plan: Plan | None) -> Subject | None:
    """The subject of a plan; None where it has no figure."""
    if plan is None or not values(plan):
        return None
    column = edit_periods.date_of(schema, plan)
    bucket = next((e for e in plan.group if isinstance(e, Bucket)), None)
    return Subject(
        figure=values(plan)[0],
        date=column,
        grain=bucket.grain if bucket is not None else None,
        periods=(edit_periods.spans(plan, column) or ()) if column is not None else (),
        groups=tuple(i.expression for i in labels(plan) if isinstance(i.expression, ColumnRef)),
        where=tuple(c for c in plan.where if column is None or not edit_periods.about(c, column)),
    )

"""Whether two queries yield the same, judged by their rows."""

from __future__ import annotations

import math
from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiser_jupyter.ask.llm.check import Ran

MODEL = 0.75  # how often a model's query is taken to be right before anything speaks for or against it: a prior, measured on no model
MOST = 0.98


def same(left: Ran, right: Ran) -> bool | None:
    """Whether the rows are equal as a multiset, columns matched by their values; one may have columns beside.

    None where that cannot be told: one has rows that were not read, or neither has any.
    """
    if not (left.whole and right.whole) or (not left.table.num_rows and not right.table.num_rows):
        return None
    if left.table.num_rows != right.table.num_rows:
        return False
    fewer, more = sorted((_columns(left), _columns(right)), key=len)
    places: list[int] = []
    for column in fewer:
        alike = [i for i, other in enumerate(more) if i not in places and Counter(other) == Counter(column)]
        if not alike:
            return False
        places.append(alike[0])
    return Counter(zip(*fewer, strict=True)) == Counter(zip(*(more[i] for i in places), strict=True))


def agreed(offline: float) -> float:
    """The confidence in what two independent readers found."""
    return max(offline, min(MOST, 1.0 - (1.0 - MODEL) * (1.0 - offline)))


def disputed(offline: float) -> tuple[float, float]:
    """The confidence in the model's and in the offline reading where they differ, and at most one is right (Bayes' rule on independent readers)."""
    one, other, none = MODEL * (1.0 - offline), offline * (1.0 - MODEL), (1.0 - MODEL) * (1.0 - offline)
    whole = one + other + none
    return one / whole, other / whole


def _columns(ran: Ran) -> list[list[Any]]:
    return [[_plain(value) for value in column.to_pylist()] for column in ran.table.columns]


def _plain(value: Any) -> Any:
    """A value as it is compared: numbers to six digits, a midnight as its day, text as it is."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float | Decimal):
        number = float(value)
        return None if math.isnan(number) else float(f"{number:.6g}")
    if isinstance(value, datetime):
        return (
            value.date().isoformat() if (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0) else value.isoformat()
        )
    return value.isoformat() if isinstance(value, date) else str(value)

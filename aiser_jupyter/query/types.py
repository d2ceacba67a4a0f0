"""What the values of a column mean, where that differs from how they are stored."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from aiser_jupyter.catalog import Column, LogicalType

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
# Seconds since 1970 between 1973 and 2096: below and above, a number in a column declared as a date is something else.
_EPOCH = (100_000_000, 4_000_000_000)


def meant(column: Column, stored: Collection[str], low: Any, high: Any) -> tuple[LogicalType, str]:
    """Type and storage of a column from SQLite's storage classes (empty for other engines) and its bounds.

    A column of text is a date only once `dated` has seen its values.
    """
    kinds = frozenset(stored)
    if not kinds:
        return column.type, column.stored
    if kinds == {"integer"}:
        if column.type in {"date", "timestamp"} and _EPOCH[0] <= low and high <= _EPOCH[1]:
            return "timestamp", "epoch"
        return ("integer" if column.type in {"text", "other", "date", "timestamp", "time", "integer"} else column.type), ""
    if kinds <= {"integer", "real"}:
        return "number", ""
    if kinds == {"blob"}:
        return "other", ""
    return "text", ""


def dated(column: Column, values: Iterable[str]) -> Column:
    """``column`` as a date or timestamp in ISO text where each of its ``values`` is one; bounds become dates."""
    statistics = column.statistics
    assert statistics is not None
    if not (_iso(statistics.minimum) and _iso(statistics.maximum)):
        return column
    lengths = set()
    for value in values:
        if not _iso(value):
            return column
        lengths.add(len(value) == 10)
    if len(lengths) > 1:  # days and moments side by side: how they compare is the engine's secret
        return column
    low, high = str(statistics.minimum), str(statistics.maximum)
    if len(low) == 10:
        days = date.fromisoformat(low), date.fromisoformat(high)
        return replace(column, type="date", stored="iso_text", statistics=replace(statistics, minimum=days[0], maximum=days[1]))
    moments = datetime.fromisoformat(low), datetime.fromisoformat(high)
    return replace(column, type="timestamp", stored="iso_text", statistics=replace(statistics, minimum=moments[0], maximum=moments[1]))


def _iso(value: Any) -> bool:
    if not isinstance(value, str) or not (_DAY.fullmatch(value) or _MOMENT.fullmatch(value)):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True

"""Facts from values: worded by their unit, named by what they are."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aiser_jupyter.facts.fact import Fact
from aiser_jupyter.format import date as dates
from aiser_jupyter.format import number

if TYPE_CHECKING:
    from aiser_jupyter.format.date import Grain


def fact(value: Any, *, unit: str = "", sql: str, source: str, as_of: datetime, grain: Grain | None = None, signed: bool = False) -> Fact:
    """The fact that ``sql`` yields ``value`` on ``source``.

    ``unit`` is one of :func:`format.number.text`. The id is the same for the same value, unit and query, in every process.
    """
    exact = plain(value)
    digest = hashlib.sha256("\0".join((source, sql, unit, repr(exact))).encode()).hexdigest()
    return Fact(f"f{digest[:10]}", exact, wording(exact, unit, grain, signed=signed), unit, sql, source, as_of)


def plain(value: Any) -> int | float | str | bool | date | datetime | None:
    """A driver's value as the Python value a fact holds: a decimal becomes an integer where it is whole, else a float."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if value is None or isinstance(value, bool | int | float | str | date | datetime) else str(value)


def wording(value: Any, unit: str = "", grain: Grain | None = None, *, signed: bool = False) -> str:
    """How a value is printed in a sentence."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or isinstance(value, int | float | Decimal):
        return (
            dates.text(date(value, 1, 1), "year")
            if grain == "year" and isinstance(value, int) and 0 < value < 10_000
            else number.text(value, unit=unit, signed=signed)
        )
    return dates.text(value, grain)

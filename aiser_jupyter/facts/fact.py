"""One number that may be printed, with the query behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date, datetime


@dataclass(frozen=True)
class Fact:
    """A value that a query yielded.

    ``value`` is exact, ``text`` is how it is printed, ``unit`` its unit (``$``, ``%``, ``orders``, or empty). ``sql`` runs unchanged on ``source``;
    ``as_of`` is the moment it ran.
    """

    id: str
    value: int | float | str | bool | date | datetime | None
    text: str
    unit: str
    sql: str
    source: str
    as_of: datetime

"""Plain words for what was found: names, numbers with their facts, and sentences that start with a capital."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiser_jupyter.facts import Fact
from aiser_jupyter.format import date as dates
from aiser_jupyter.format import number
from aiser_jupyter.format.meaning import SPLIT

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from aiser_jupyter.discover.roles import Field
    from aiser_jupyter.discover.table import Relation


def label(name: str) -> str:
    """A column's name as words: ``MonthlyCharges`` is monthly charges, an acronym stays one."""
    parts = [part for part in SPLIT.split(name) if part]
    return " ".join(part if part.isupper() and len(part) > 1 else part.lower() for part in parts) or name


def capital(sentence: str) -> str:
    """The sentence with its first letter large."""
    return sentence[:1].upper() + sentence[1:]


def subject(measure: Field | None, statistic: str) -> str:
    """What a series or a mean is of: ``average price``, ``total sales``, ``the share with churn = Yes``, ``the number of rows``."""
    if measure is None:
        return "the number of rows"
    if measure.values is not None:
        return f"the share with {label(measure.name)} = {measure.values[0]}"
    name = label(measure.name)
    return f"average {name}" if statistic == "avg" else name if "total" in name.split() else f"total {name}"


def at_moment(text: str, grain: str) -> str:
    """A moment with its preposition: on a day, in a month, in the week of, at an hour."""
    return f"{'on' if grain == 'day' else 'at' if grain in {'hour', 'minute'} else 'in the' if grain == 'week' else 'in'} {text}"


def unit(measure: Field | None) -> str:
    """The unit to print with a measure's numbers."""
    if measure is None:
        return "rows"
    if measure.values is not None:
        return "share"
    return measure.meaning.unit


def difference_unit(printed: str) -> str:
    """The unit of a difference of two numbers: percents differ by percentage points."""
    return "pp" if printed in {"share", "%"} else printed


@dataclass
class Numbers:
    """Values of one query, each printed once as a fact."""

    relation: Relation
    sql: str
    row: Mapping[str, Any]
    prefix: str
    facts: list[Fact] = field(default_factory=list)

    def text(self, name: str, printed_unit: str = "", *, signed: bool = False, size: bool = False) -> str:
        """The value in column ``name`` as text, kept as a fact; ``size`` prints it without its sign."""
        value = self.row[name]
        value = float(value) if value is not None and not isinstance(value, int) else value
        shown = abs(value) if size and value is not None else value
        scaled = shown * 100 if printed_unit == "pp" and shown is not None else shown
        return self._keep(name, value, number.text(scaled, unit=printed_unit, signed=signed), printed_unit)

    def day(self, name: str, grain: str) -> str:
        """The moment in column ``name`` as text of that grain."""
        value: datetime | str = self.row[name]
        return self._keep(name, value, dates.text(value, grain), "")  # pyright: ignore[reportArgumentType] - grains of series are grains of dates

    def _keep(self, name: str, value: Any, text: str, printed_unit: str) -> str:
        fact = Fact(f"{self.prefix}.{name}", value, text, printed_unit, self.sql, self.relation.source, self.relation.as_of)
        if fact not in self.facts:
            self.facts.append(fact)
        return text

"""Plain words for what was found: names, numbers with their facts, and sentences that start with a capital."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiser_jupyter.facts import Fact
from aiser_jupyter.format import date as dates
from aiser_jupyter.format import number
from aiser_jupyter.format.meaning import SPLIT
from aiser_jupyter.format.noun import plural, singular

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from aiser_jupyter.discover.roles import Field
    from aiser_jupyter.discover.series import Series
    from aiser_jupyter.discover.table import Relation

# The last word of a column that names rows.
KEYS = frozenset(("id", "key", "no", "nr", "number", "code"))


def label(name: str) -> str:
    """A column's name as words: ``MonthlyCharges`` is monthly charges, an acronym stays one."""
    parts = [part for part in SPLIT.split(name) if part]
    return " ".join(part if part.isupper() and len(part) > 1 else part.lower() for part in parts) or name


def capital(sentence: str) -> str:
    """The sentence with its first letter large."""
    return sentence[:1].upper() + sentence[1:]


def rows(called: str, keys: Iterable[str]) -> str:
    """What a table's rows are: ``orders`` where it is called so, ``customers`` where ``customer_id`` is its key, else ``rows``."""
    name = label(called.rpartition(".")[2])
    if name.replace(" ", "").isalpha() and singular(name) != name:
        return name
    for key in keys:
        noun, _, end = label(key).rpartition(" ")
        if noun and end.lower() in KEYS:
            return plural(noun)
    return "rows"


def subject(series: Series) -> str:
    """What a series is of: ``average price``, ``total sales``, ``the share with churn``, ``the number of orders``."""
    measure = series.measure
    if measure is None:
        return f"the number of {series.rows_are}"
    if measure.values is not None:
        return share(measure)
    name = label(measure.name)
    return f"average {name}" if series.statistic == "avg" else name if "total" in name.split() else f"total {name}"


def share(outcome: Field) -> str:
    """A yes/no column as the share of rows in which it is the case: ``the share with churn``."""
    return f"the share with {label(outcome.name)}"


def pace(series: Series) -> str:
    """`` a day`` after a number that adds up over a day; nothing after an average, which is of no length of time."""
    return "" if series.statistic == "avg" else f" {each(series.calendar.grain)}"


def each(grain: str) -> str:
    """``a day``, ``an hour``."""
    return f"{'an' if grain == 'hour' else 'a'} {grain}"


def be(what: str) -> str:
    """``is`` or ``are``: average price is, average charges are, the number of orders is."""
    return "are" if many(what) else "is"


def many(what: str) -> bool:
    """Whether what is spoken of is many; the share or number of many is one."""
    return not what.lower().startswith("the ") and singular(what) != what


def at_moment(text: str, grain: str) -> str:
    """A moment with its preposition: on a day, in a month, in the week of, at an hour."""
    return f"{'on' if grain == 'day' else 'at' if grain in {'hour', 'minute'} else 'in the' if grain == 'week' else 'in'} {text}"


def unit(measure: Field | None) -> str:
    """The unit to print with a measure's numbers; a noun stands in the sentence already and is not said again."""
    if measure is None:
        return ""
    if measure.values is not None:
        return "share"
    return measure.meaning.unit


def difference_unit(printed: str) -> str:
    """The unit of a difference of two numbers: percents differ by percentage points."""
    return "pp" if printed in {"share", "%"} else printed


def effect_unit(series: Series) -> str:
    """The unit of a change of a series: points of a share, the measure's own, or what is counted."""
    return difference_unit(unit(series.measure)) if series.measure else series.rows_are


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

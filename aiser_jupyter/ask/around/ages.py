"""How old people, animals or things are, from the date of their birth: younger than 30, over 15 years old, between 20 and 30 years of age."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.things import held, shown, things
from aiser_jupyter.ask.plan import Condition, Item
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.around.core import Asked
    from aiser_jupyter.ask.plan import ColumnRef
    from aiser_jupyter.ask.reader.read import Read

YEARS = r"(?: ?(?:years?(?:[ -]olds?| of age)?|y/?o))"
OLD = r"(?: ?(?:years?[ -]olds?|years? of age|y/?o))"
VERB = r"(?:(?:who|that|which) )?(?:(?:is|are|was|were) )?"
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(rf"(?:^|(?<=\s)){VERB}{pattern}(?!\w)(?! ?(?:%|days?|weeks?|months?|hours?|minutes?)\b)", re.IGNORECASE))
    for kind, pattern in (
        ("between", rf"(?:aged )?between (?P<low>\d{{1,3}}) and (?P<high>\d{{1,3}}){OLD}"),
        ("between", r"(?:aged|age) (?:between |from )?(?P<low>\d{1,3}) ?(?:and|to|-|–) ?(?P<high>\d{1,3})"),
        ("least", rf"(?:aged )?(?P<low>\d{{1,3}}){YEARS}? (?:or|and) (?:older|over|above){OLD}?"),
        ("most", rf"(?:aged )?(?P<low>\d{{1,3}}){YEARS}? (?:or|and) (?:younger|under|below){OLD}?"),
        ("least", rf"at least (?P<low>\d{{1,3}}){OLD}"),
        ("most", rf"at most (?P<low>\d{{1,3}}){OLD}"),
        ("over", rf"older than (?P<low>\d{{1,3}}){YEARS}?"),
        ("under", rf"younger than (?P<low>\d{{1,3}}){YEARS}?"),
        ("over", rf"(?:over|above|more than) (?P<low>\d{{1,3}}){OLD}"),
        ("under", rf"(?:under|below|less than) (?P<low>\d{{1,3}}){OLD}"),
        ("over", r"(?:aged (?:over|above)|over the age of|above the age of) (?P<low>\d{1,3})"),
        ("under", r"(?:aged (?:under|below)|under the age of|below the age of) (?P<low>\d{1,3})"),
    )
)
TOLD = re.compile(r"\b(?:older|younger|old|olds|aged?|y/?o|years?)\b", re.IGNORECASE)
BORN = frozenset(map(stem, ("birth", "born", "dob", "birthday", "birthdate")))
AGE = stem("age")


@dataclass(frozen=True)
class Aged:
    """The bounds of an age in years and where they stand in the question."""

    kind: str
    low: int
    high: int
    span: tuple[int, int]


def said(text: str) -> Aged | None:
    """The age that ``text`` tells."""
    if not TOLD.search(text):
        return None
    for kind, pattern in PATTERNS:
        found = pattern.search(text)
        if found is not None:
            return Aged(kind, int(found["low"]), int(found.groupdict().get("high") or found["low"]), found.span())
    return None


def ages(asked: Asked) -> list[Read]:
    """The things of such an age, counted or listed; none where the data has no one date of their birth, or has their age."""
    told = said(asked.text)
    if told is None:
        return []
    one = things(asked, f"{asked.text[: told.span[0]]} {asked.text[told.span[1] :]}")
    ref = born(asked, one.table) if one is not None else None
    if one is None or ref is None:
        return []
    tests = _tests(ref, told, asked.today)
    words = " and ".join(
        f"{'after' if t.operator == '>' else 'on or before' if t.operator == '<=' else 'before'} {t.values[0]}" for t in tests
    )
    made = shown(
        asked, one, (*held(asked, one), *tests), "age", (f"the age is that on {asked.today.isoformat()}: {ref.column} is {words}",)
    )
    return [made] if made else []


def born(asked: Asked, table: str) -> ColumnRef | None:
    """The one date of birth in a table that has no age."""
    views = [asked.schema.columns[i] for i in asked.schema.table(table).columns]
    found = [v.ref for v in views if v.temporal and set(v.stems) & BORN]
    return found[0] if len(found) == 1 and not any(AGE in v.stems for v in views) else None


def _tests(ref: ColumnRef, told: Aged, today: date) -> tuple[Condition, ...]:
    def test(operator: str, years: int) -> Condition:
        return Condition(Item(ref), operator, (before(today, years).isoformat(),))  # type: ignore[arg-type]  # one of the comparisons

    if told.kind == "between":
        return (test("<=", told.low), test(">", told.high + 1))
    if told.kind == "least":
        return (test("<=", told.low),)
    if told.kind == "most":
        return (test(">", told.low + 1),)
    return (test("<", told.low),) if told.kind == "over" else (test(">", told.low),)


def before(day: date, years: int) -> date:
    """The same day so many years earlier, 28 February for a 29th that is not there."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)

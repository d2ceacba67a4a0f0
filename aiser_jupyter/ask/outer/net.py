"""One total less another of other rows, or both together: sales after refunds by year, revenue minus returns, charges plus fees."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.outer.against import TAIL, told, total
from aiser_jupyter.ask.outer.core import figure

if TYPE_CHECKING:
    from aiser_jupyter.ask.outer.core import Outer
    from aiser_jupyter.ask.plan import Told
    from aiser_jupyter.ask.scored import Scored

LEAD = r"^\W*(?:(?:what (?:is|are|was|were)|show(?: me)?|give me|compute) )?(?:the |total |our )*"
LESS = r"(?:minus|less|after(?: deducting| subtracting)?|net of)"
PART = r"(?:the |our |all )?(?P<part>[a-z]+(?: [a-z]+){0,2}?)"
WHOLE = r"(?P<whole>(?:(?!\b(?:by|per|each|share|number|count|average|how|rate)\b)[^,:?()])+?)"
FORMS: tuple[tuple[Told, re.Pattern[str]], ...] = (
    ("less", re.compile(rf"{LEAD}(?:net )?(?:sales|revenue|turnover|income)?,? ?[(:=] ?(?:that is |i\.e\.? )?{WHOLE} (?:minus|less|-|–) {PART}\){TAIL}\W*$", re.IGNORECASE)),
    ("less", re.compile(rf"{LEAD}(?:net )?{WHOLE},? {LESS} {PART}{TAIL}\W*$", re.IGNORECASE)),
    ("plus", re.compile(rf"{LEAD}(?:sum of )?{WHOLE} plus {PART}{TAIL}\W*$", re.IGNORECASE)),
)  # fmt: skip
MONEY = {"refunds": "total refund amount", "returns": "total refund amount", "refund": "total refund amount"}
NOTES: dict[Told, str] = {
    "less": "each of the two is added up by itself, then the one is taken from the other",
    "plus": "each of the two is added up by itself, then both are added",
}


def net(outer: Outer) -> list[Scored]:
    """The two totals as one figure; none where one of them is no total, or both are of the same rows."""
    for how, pattern in FORMS:
        said = pattern.match(outer.text)
        if said is None:
            continue
        tail = said["tail"] or ""
        below = total(outer, said["whole"].strip(), tail)
        above = _part(outer, said["part"].strip().lower(), tail) if below is not None else None
        if any(one is not None and (figure(one.plan) is None or figure(one.plan).aggregate != "sum") for one in (above, below)):  # type: ignore[union-attr]  # it has a figure, as was seen
            continue  # things are not taken from money
        if made := told(outer, above, below, how):
            return [_noted(one, NOTES[how]) for one in made]
    return []


def _part(outer: Outer, what: str, tail: str) -> Scored | None:
    """The total of what is taken or added, of refunds the money."""
    if what in MONEY and (found := total(outer, MONEY[what].removeprefix("total "), tail)) is not None:
        return found
    return total(outer, what, tail)


def _noted(one: Scored, note: str) -> Scored:
    return replace(one, assumptions=(*one.assumptions, note))

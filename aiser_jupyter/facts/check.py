"""The check that prose says no number of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from aiser_jupyter.format.number import CURRENCIES, EXACT_DIGITS, MINUS, decimal, significant

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiser_jupyter.facts.fact import Fact

# Doubles reach from 1e-308 to 1e308.
PRECISE = Context(prec=700)
WORDS = {w: n for n, w in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())}  # noqa: SIM905  # a count is clearest in order
MULTIPLES = {"k": 3, "thousand": 3, "m": 6, "mn": 6, "million": 6, "bn": 9, "b": 9, "billion": 9, "tn": 12, "trillion": 12}
SIGN = f"[-+{MINUS}]"
MONEY = f"[{re.escape(''.join(sorted(c for c in CURRENCIES if not c.isalpha())))}]"
SPACE = "[ \u00a0\u202f]"
NUMBER = re.compile(
    rf"(?<![\w.])(?P<sign>{SIGN})?(?P<money>{MONEY})?(?P<digits>\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    rf"(?:{SPACE}?(?P<scale>thousand|million|billion|trillion|mn|bn|tn|[kKmMbB])\b)?"
    rf"(?:{SPACE}?(?P<unit>%|percent\b|per cent\b|pp\b|percentage points?\b))?"
)
SPELLED = re.compile(rf"\b(?:{'|'.join(WORDS)})\b", re.IGNORECASE)


@dataclass(frozen=True)
class Stated:
    """A number that prose states: where, its value, how many decimals of it are shown, and its unit (``%``, ``pp``, a currency sign, empty)."""

    text: str
    start: int
    value: Decimal
    places: int
    unit: str


def check(prose: str, facts: Iterable[Fact], names: Iterable[str] = ()) -> tuple[Stated, ...]:
    """The numbers of ``prose`` that no fact supports; empty where every one has its fact.

    A number is supported by a fact whose value, rounded half up to the digits shown, is that number in the same unit and with the same sign.
    ``names`` are texts that may hold digits of their own: dates and values of the question, names of things.
    """
    known = list(facts)
    said = [f.text for f in known if isinstance(f.value, bool) or not isinstance(f.value, int | float)]
    bare = without(prose, [*names, *said])
    return tuple(s for s in stated(bare) if not any(supports(f, s) for f in known))


def stated(prose: str) -> list[Stated]:
    """Every number in ``prose``, in digits or as a word up to twelve, in order."""
    found = [parse(match) for match in NUMBER.finditer(prose)]
    found += [Stated(m[0], m.start(), Decimal(WORDS[m[0].lower()]), 0, "") for m in SPELLED.finditer(prose)]
    return sorted(found, key=lambda s: s.start)


def parse(match: re.Match[str]) -> Stated:
    """The number that a match of ``NUMBER`` states."""
    digits = match["digits"].replace(",", "")
    power = MULTIPLES[match["scale"].lower()] if match["scale"] else 0
    places = len(digits.partition(".")[2]) - power
    value = Decimal(digits).scaleb(power)
    unit = match["unit"] or ""
    unit = "%" if unit in {"%", "percent", "per cent"} else "pp" if unit else match["money"] or ""
    return Stated(match[0], match.start(), -value if match["sign"] in {"-", MINUS} else value, places, unit)


def supports(fact: Fact, number: Stated) -> bool:
    """Whether ``fact`` says ``number``."""
    if isinstance(fact.value, bool) or not isinstance(fact.value, int | float) or fact.value != fact.value:  # NaN alone differs from itself
        return False
    value = significant(decimal(fact.value), EXACT_DIGITS) if isinstance(fact.value, float) else decimal(fact.value)
    unit = "%" if fact.unit == "share" else fact.unit
    value = value * 100 if fact.unit == "share" else value
    measured = {"%", "pp"}
    if (number.unit in measured or unit in measured) and number.unit != unit:
        return False
    if number.unit and number.unit not in measured and number.unit != unit:
        return False
    return value.quantize(Decimal(1).scaleb(-number.places), ROUND_HALF_UP, PRECISE) == number.value


def without(prose: str, names: Iterable[str]) -> str:
    """``prose`` with each name blanked out where it stands as whole words, longest first."""
    for name in sorted({n for n in names if n}, key=lambda n: (-len(n), n)):
        prose = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", lambda m: " " * len(m[0]), prose)
    return prose

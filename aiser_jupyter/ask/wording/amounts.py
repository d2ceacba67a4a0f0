"""Amounts in plain words: numbers in the unit of the data, the amount that a table is named after, and a kind without the word for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.words import LAYERS, split, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import Schema

KINDS, AMOUNTS = 30, 3
OF_KIND = re.compile(r"\b(?P<noun>[a-z]{4,}) (?P<kind>types?|kinds?|categor(?:y|ies))\b", re.IGNORECASE)
UNITS = (  # what is measured, and how many of the first each unit is
    {"millisecond": 1, "second": 1_000, "minute": 60_000, "hour": 3_600_000},
    {"kwh": 1, "mwh": 1_000, "gwh": 1_000_000},
    {"gram": 1, "kg": 1_000, "tonne": 1_000_000},
    {"metre": 1, "km": 1_000},
)
SPELLED = {
    "ms": "millisecond",
    "sec": "second",
    "min": "minute",
    "hr": "hour",
    "kilogram": "kg",
    "kilo": "kg",
    "ton": "tonne",
    "meter": "metre",
    "kilometre": "km",
    "kilometer": "km",
}
UNIT = "ms|milliseconds?|secs?|seconds?|mins?|minutes?|hrs?|hours?|kwh|mwh|gwh|grams?|kgs?|kilograms?|kilos?|tons?|tonnes?|metres?|meters?|km|kilomet(?:er|re)s?"
AMOUNT = re.compile(
    rf"(?P<before>\b(?:than|over|under|above|below|least|most|exceed(?:s|ing)?|within|between|from) )(?P<low>\d[\d,]*(?:\.\d+)?(?P<to> and | to | ?- ?))?(?P<number>\d[\d,]*(?:\.\d+)?)[ -]?(?P<unit>{UNIT})\b",
    re.IGNORECASE,
)


def plainly(text: str, schema: Schema) -> str:
    """``text`` with its amounts as the data names and measures them."""
    text = OF_KIND.sub(lambda match: _kind(match, schema), _amounts(text, schema))
    return AMOUNT.sub(lambda match: _converted(match, schema), text)


def _converted(match: re.Match[str], schema: Schema) -> str:
    """A number in the unit that the data has, where it has one of its kind and not the one that was said: 5 minutes are 300000 of its milliseconds."""
    said = match["unit"].lower()
    said = SPELLED.get(said.removesuffix("s") if len(said) > 2 else said, said.removesuffix("s") if len(said) > 2 else said)
    for family in UNITS:
        if said in family:
            held = {unit for unit in family for view in schema.columns if view.numeric and set(view.stems) & {stem(unit), stem(unit + "s")}}
            if len(held) == 1 and said not in held:
                times = family[said] / family[next(iter(held))]
                low, high = (match[name].removesuffix(match["to"] or "\0") if match[name] else "" for name in ("low", "number"))
                first = f"{float(low.replace(',', '')) * times:.10g}{match['to']}" if low else ""
                return f"{_of_what(match, schema, held)}{match['before']}{first}{float(high.replace(',', '')) * times:.10g}"
    return match.group()


def _of_what(match: re.Match[str], schema: Schema, held: set[str]) -> str:
    """The column of that unit, where the amount is told of a thing that has one and nothing says of what: tracks over 5 minutes."""
    before = re.search(r"([a-z]+)\W*$", match.string[: match.start()], re.IGNORECASE)
    if before is None or match["before"].strip().lower() not in ("over", "under", "above", "below", "between"):
        return ""
    thing = (stem(before[1].lower()),)
    units = {stem(word) for unit in held for word in (unit, f"{unit}s")}
    found = [view for view in schema.columns if view.numeric and set(view.stems) & units and schema.tables[view.table].stems == thing]
    return f"with {' '.join(split(found[0].ref.column))} " if len(found) == 1 else ""


def _amounts(text: str, schema: Schema) -> str:
    """``text`` with the name of the amount for that of its table, where one says the other and no rows are meant: sales quota is the sales amount quota."""
    lower = text.lower()
    for table in schema.tables:
        words = " ".join(w for w in split(table.name) if w not in LAYERS)
        if words not in lower or words.endswith("s") or len(table.stems) < 2:
            continue
        own = [schema.columns[i] for i in table.columns]
        amounts = [v for v in own if measures.amount(v)]
        named = [v for v in amounts if set(table.stems) < set(v.stems)]
        if len(named) == 1 and len(amounts) <= AMOUNTS:
            text = re.sub(
                rf"(?<!many )(?<!number of )\b{re.escape(words)}\b", " ".join(split(named[0].ref.column)), text, flags=re.IGNORECASE
            )
    return text


def _kind(match: re.Match[str], schema: Schema) -> str:
    """The name of a column of few kinds without the word for that, which the data does not use: contract type is the contract."""
    noun, kind = stem(match["noun"]), stem(match["kind"])
    held = [v for v in schema.columns if v.stems == (noun,)]
    if (
        len(held) == 1
        and held[0].type == "text"
        and 1 < held[0].distinct <= KINDS
        and not any({noun, kind} <= set(v.stems) for v in schema.columns)
    ):
        return match["noun"] if (noun,) not in {t.stems for t in schema.tables} else match.group()
    return match.group()

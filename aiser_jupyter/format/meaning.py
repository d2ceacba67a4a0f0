"""What a column's values mean, from its name, type and values."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind = Literal["money", "percent", "share", "count", "quantity", "number", "id", "code", "year", "date", "boolean", "text"]

SPLIT = re.compile(r"[^A-Za-z0-9%$€£]+|(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
NUMERIC = re.compile(r"int|num|dec|real|float|double|money|serial", re.IGNORECASE)
TEMPORAL = re.compile(r"date|time", re.IGNORECASE)

MONEY = frozenset(
    (
        "revenue",
        "sales",
        "price",
        "cost",
        "amount",
        "total",
        "freight",
        "salary",
        "budget",
        "profit",
        "income",
        "spend",
        "spending",
        "expense",
        "expenses",
        "turnover",
        "payment",
        "fee",
        "fees",
        "tax",
        "value",
        "charge",
        "charges",
        "margin",
        "balance",
        "wage",
        "debt",
        "credit",
        "gdp",
        "usd",
        "eur",
        "gbp",
    )
)
COUNT = frozenset(("count", "n", "num", "number", "quantity", "qty", "units", "orders", "customers", "employees", "rows", "items"))
PERCENT = frozenset(("percent", "percentage", "pct", "%"))
SHARE = frozenset(("share", "proportion", "fraction", "ratio", "discount", "rate"))
ID = frozenset(("id", "key", "uuid", "guid", "pk", "fk"))
CODE = frozenset(("code", "zip", "postcode", "postal", "phone", "fax", "sku", "isbn", "iban", "ssn", "number"))
ISO_CURRENCY = {"usd": "$", "$": "$", "eur": "€", "€": "€", "gbp": "£", "£": "£", "jpy": "¥", "inr": "₹"}


@dataclass(frozen=True)
class Meaning:
    """What values are (``money``, ``share``, ``count`` …) and the unit to write with them, empty where the data do not say it."""

    kind: Kind
    unit: str = ""


def meaning(name: str, type: str, values: Iterable[object] | None = None) -> Meaning:  # noqa: A002  # the word the contract uses
    """What a column called ``name`` of that logical or database type holds; a few ``values`` settle shares and years.

    Conservative: a currency sign is given only where the name carries the currency.
    """
    words = [w.lower() for w in SPLIT.split(name) if w]
    sample = [v for v in values or () if v is not None][:1000]
    if TEMPORAL.search(type):
        return Meaning("date")
    if type.lower().startswith("bool"):
        return Meaning("boolean")
    if not NUMERIC.search(type):
        return Meaning("code" if words and words[-1] in CODE else "text")
    return of_number(words, [v for v in sample if isinstance(v, int | float | Decimal) and not isinstance(v, bool)])


def of_number(words: list[str], sample: list[int | float | Decimal]) -> Meaning:  # noqa: PLR0911  # the first rule that fits, in order
    """What numbers under a name of those words mean."""
    said = set(words)
    last = words[-1] if words else ""
    whole = all(v == int(v) for v in sample if v == v)  # noqa: PLR0124  # NaN alone differs from itself
    if last in ID:
        return Meaning("id")
    if last in CODE - COUNT:
        return Meaning("code")
    if last == "year" and whole and all(1000 <= v <= 2999 for v in sample):
        return Meaning("year")
    if said & PERCENT:
        return Meaning("percent", "%")
    if said & SHARE and sample and all(0 <= v <= 1 for v in sample) and not whole:
        return Meaning("share", "share")
    if said & MONEY:
        return Meaning("money", next((ISO_CURRENCY[w] for w in words if w in ISO_CURRENCY), ""))
    if said & COUNT and whole:
        return Meaning("count")
    return Meaning("number")

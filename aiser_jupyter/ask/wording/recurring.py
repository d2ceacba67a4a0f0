"""Words of businesses with monthly charges: the recurring revenue, the bill, those who are still there and those who left."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.wording.persons import BUYERS
from aiser_jupyter.ask.words import split, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import ColumnView, Schema

RECURRING = re.compile(
    r"\b(?:monthly recurring revenue|recurring (?:monthly )?revenue|mrr|monthly revenue)(?P<of> (?:from|of|by|per|we)\b|(?=\W*$| lost\b))",
    re.IGNORECASE,
)
BILL = re.compile(r"\b(?:monthly )?bills?\b", re.IGNORECASE)
CHARGE = frozenset(map(stem, ("charge", "fee", "price", "payment")))
STAY = re.compile(
    r"\b(?P<who>[a-z]+s) (?:(?:who|that) )?(?:are |is )?(?:still (?:with us|here|there|active|customers|subscribed)|not (?:yet )?(?:lost|gone)|(?:have |has )?(?:stayed|remained)(?: with us)?)\b",
    re.IGNORECASE,
)
ACTIVE = re.compile(r"\b(?:active|current|existing) (?P<who>[a-z]+s)\b", re.IGNORECASE)
LOST = re.compile(
    r"(?:,? (?:that )?(?:we |was |were |is )?lost (?:to|through|due to|because of) churn|,? lost (?:from|to) (?:churned customers|churners))\b",
    re.IGNORECASE,
)
HOW = r"(?P<how>more than|over|at least|less than|under|at most|up to|longer than|shorter than|below|above)"
LASTING = (
    re.compile(rf"\b(?:with |having )?(?:a )?tenure (?:is |of |was )?{HOW} (?P<count>\d+) (?P<unit>month|year)s?\b", re.IGNORECASE),
    re.compile(rf"\b(?:with |having )?{HOW} (?P<count>\d+) (?P<unit>month|year)s?(?: of)? tenure\b", re.IGNORECASE),
)
IN_MONTHS = re.compile(r"(?<=tenure)(?P<between>[^,.?]*?) in months\b", re.IGNORECASE)
LONGEST = 600  # months of a tenure
CHURNED = re.compile(r"\b(?P<way>highest|lowest|biggest|smallest|worst|best) churn\b(?! rate)", re.IGNORECASE)
LEFT = ("churn", "churned")


def plainly(text: str, schema: Schema) -> str:
    """``text`` by the one monthly charge and the one flag of those who left, as far as the data has them in a table without dates."""
    charges = [v for v in schema.columns if v.numeric and stem("monthly") in v.stems and CHARGE & set(v.stems)]
    if len(charges) == 1:
        name = " ".join(split(charges[0].ref.column))
        if not {stem("recurring"), stem("revenue"), stem("mrr")} & schema.vocabulary:
            text = RECURRING.sub(rf"total {name}\g<of>", text)
        if not any(v.numeric and stem("bill") in v.stems for v in schema.columns) and not any(
            stem("bill") in t.stems for t in schema.tables
        ):
            text = BILL.sub(name, text)
        if any(
            v.numeric and v.stems == (stem("tenure"),) and isinstance(v.high, (int, float)) and v.high <= LONGEST for v in schema.columns
        ):
            text = _tenure(text)
    flag = _left(schema)
    who = next((one for one in BUYERS if (stem(one),) in schema.things), "") if flag is not None else ""
    if flag is None or not who:
        return text
    text = CHURNED.sub(r"\g<way> churn rate", text)
    text = LOST.sub(f" of {who}s who churned", text)
    if stem("active") in schema.vocabulary or stem("status") in schema.vocabulary:
        return text

    def stayed(match: re.Match[str]) -> str:
        return f"{match['who']} who did not churn" if (stem(match["who"].lower()),) in schema.things else match.group()

    return ACTIVE.sub(stayed, STAY.sub(stayed, text))


def _tenure(text: str) -> str:
    """``text`` with a tenure in months, which is what it is told in beside charges by the month."""
    text = IN_MONTHS.sub(r"\g<between>", text)
    for pattern in LASTING:
        text = pattern.sub(
            lambda said: f"with tenure {said['how']} {int(said['count']) * (12 if said['unit'].lower() == 'year' else 1)}", text
        )
    return text


def _left(schema: Schema) -> ColumnView | None:
    """The one column that says who left."""
    found = [v for v in schema.columns if v.stems in ((stem(LEFT[0]),), (stem(LEFT[1]),)) and v.distinct == 2]
    return found[0] if len(found) == 1 else None

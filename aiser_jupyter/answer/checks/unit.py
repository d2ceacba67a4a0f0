"""Whether a figure mixes units, or a condition is in another unit than its column."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.answer.checks.checked import noticed, passed
from aiser_jupyter.ask.restate import phrase
from aiser_jupyter.ask.restate.say import say
from aiser_jupyter.format import noun
from aiser_jupyter.format.meaning import meaning
from aiser_jupyter.format.number import text

if TYPE_CHECKING:
    from aiser_jupyter.answer.checks.case import Case, Look
    from aiser_jupyter.answer.checks.checked import Checked

CURRENCY = re.compile(r"(?:^|_)(?:currency(?:_?(?:code|iso|id))?|ccy)$", re.IGNORECASE)
MEASURED = re.compile(r"(?:^|_)(?:uom|unit_of_measure(?:ment)?|unit)$", re.IGNORECASE)
COMPARED = (exp.EQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
SHARES = re.compile(r"(?:^|_)(?:share|rate|ratio|discount|percent|percentage|pct|fraction|margin)(?:_|$)", re.IGNORECASE)
# What a figure that is proven to be in no one unit does to the chance that it is what was asked for.
MIXED = 0.5
FEW = 6


def unit(case: Case, look: Look) -> Checked | None:
    """Amounts of several currencies or measures added up, and percent compared with a fraction; None where neither can be."""
    return mixed(case, look) or fraction(case)


def mixed(case: Case, look: Look) -> Checked | None:
    """A sum or mean over rows whose unit stands in a column of its own, which neither a group nor a condition fixes."""
    if case.select is None:
        return None
    fixed = {c.name.casefold() for node in (*case.groups, *case.tests) for c in node.find_all(exp.Column)}
    for figure in (a for i in case.select.selects for a in i.find_all(exp.Sum, exp.Avg, exp.Median)):
        for column in figure.find_all(exp.Column):
            place = case.place(column)
            table = place.table if place is not None else None
            kind = meaning(column.name, "number").kind
            wanted = (CURRENCY, "currencies") if kind == "money" else (MEASURED, "units")
            beside = next((c for c in table.columns if wanted[0].search(c.name) and c.type == "text"), None) if table is not None else None
            seen = beside.statistics if beside is not None else None
            if place is None or beside is None or seen is None or seen.distinct < 2 or beside.name.casefold() in fixed:
                continue
            name = exp.column(beside.name, table=place.alias, quoted=True)
            query = case.sql(case.base().select(name).distinct().order_by(name.copy()).limit(FEW))
            found = look(query)
            units = [str(v) for v in found.column(0).to_pylist() if v is not None] if found is not None else []
            if len(units) > 1:
                told = (
                    f"{say(column, case.scope)} is in several {wanted[1]} ({phrase.listing(units)}), and the figure adds them as they are."
                )
                return noticed(
                    "unit",
                    told[:1].upper() + told[1:],
                    query,
                    effect=MIXED,
                    instead=apart(case, name),
                    instead_said=f"each {noun.singular(phrase.words(beside.name))} apart",
                )
            if units:
                return passed("unit", f"All amounts are in {units[0]}.", query)
    return None


def apart(case: Case, unit: exp.Column) -> str:
    """The query with a row for each unit; empty where its SELECT is not the outermost."""
    if case.select is not case.evidence.tree or case.select is None:
        return ""
    parted = case.select.copy()
    parted.set("expressions", [unit.copy(), *parted.selects])
    return case.sql(parted.group_by(unit.copy()))


def fraction(case: Case) -> Checked | None:
    """A share kept as a fraction compared with a number of percent."""
    for test in case.tests:
        if not isinstance(test, COMPARED) or not isinstance(test.left, exp.Column) or not isinstance(test.right, exp.Literal):
            continue
        known = case.column(test.left)
        seen = known.statistics if known is not None else None
        if known is None or seen is None or test.right.is_string or not SHARES.search(known.name):
            continue
        value, high = float(test.right.name), seen.maximum
        if isinstance(high, int | float) and 0 < high <= 1 < value <= 100:
            sql = case.sql(
                exp.select(exp.Max(this=exp.column(known.name, quoted=True))).from_(exp.table_(owner(case, test.left), quoted=True))
            )
            told = (
                f"{phrase.words(known.name)} is kept as a fraction, at most {text(high)}; {text(value)} may have meant {text(value / 100)}."
            )
            return noticed("unit", told[:1].upper() + told[1:], sql)
    return None


def owner(case: Case, column: exp.Column) -> str:
    """The name of a column's table."""
    place = case.place(column)
    return place.name if place is not None else ""

"""What a selected figure is called: by the query's own name where that is a word of business, with what it is made of beside it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.ask.restate import phrase
from aiser_jupyter.ask.restate.expression import of_one
from aiser_jupyter.ask.restate.say import say

if TYPE_CHECKING:
    from aiser_jupyter.ask.restate.scope import Scope

BUSINESS = frozenset(
    ("revenue", "sales", "turnover", "profit", "margin", "income", "earnings", "spending", "spend", "cost", "costs", "units", "basket")
)

AGGREGATES = frozenset(("total", "sum", "average", "avg", "mean", "median", "max", "min", "maximum", "minimum", "count", "share"))
CHANGE = re.compile(r"(?:percent|relative) change of (.+) from the row before \(.*")


def business(name: str) -> bool:
    """Whether a name of a figure is one that a reader knows without its formula: ``revenue``, ``net revenue``."""
    said = name.split()
    return 0 < len(said) <= 2 and said[-1] in BUSINESS


def called(item: exp.Expr) -> str:
    """The query's own name for a figure where it is a word of business; else empty."""
    name = phrase.words(item.alias) if isinstance(item, exp.Alias) else ""
    made = name.partition(" ")[0] in AGGREGATES
    return name if item.find(exp.AggFunc) and not item.find(exp.Window) and business(name) and not made else ""


def measure(item: exp.Expr, scope: Scope) -> str:
    """A selected value: ``revenue (unit price × quantity of invoice lines)``, or its words where it has no such name."""
    node, name = item.unalias(), called(item)
    said = say(node, scope)
    if not name or said == f"total {name}":
        return said
    operand = node.this.unnest() if isinstance(node, exp.Sum) else None
    if isinstance(operand, exp.Binary):
        said = of_one(operand, scope, bracket=False) or say(operand, scope)
    return f"{name} ({said})"


def short(item: exp.Expr, scope: Scope) -> str:
    """What a sentence calls a figure that adds up: ``revenue`` for ``total revenue``; empty where it has no such name."""
    node = item.unalias()
    if name := called(item):
        return name
    said = say(node, scope)
    summed = said.removeprefix("total ")
    if changed := CHANGE.fullmatch(said):
        return f"growth of the {changed[1].replace('total of all ', 'total of ', 1)}"
    if isinstance(node, exp.Window) and node.args.get("order") and isinstance(node.this, exp.Sum):
        return f"running {say(node.this.this if node.this.find(exp.Count) else node.this, scope)}"
    if said.startswith("total of all "):
        return said.replace("total of all ", "total of ", 1)
    return summed if isinstance(node, exp.Sum) and summed != said and business(summed) else ""

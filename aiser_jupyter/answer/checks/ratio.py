"""Ratios and yes-or-no answers that have no value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.answer.checks.checked import noticed, passed
from aiser_jupyter.format.number import text

if TYPE_CHECKING:
    from aiser_jupyter.answer.checks.case import Case, Look
    from aiser_jupyter.answer.checks.checked import Checked


def ratio(case: Case, _: Look) -> Checked | None:
    """Rows whose ratio is missing or without bound because what it divides by is nothing; None where nothing is divided or compared."""
    tree = case.evidence.tree
    items = tree.selects if isinstance(tree, exp.Select) else []
    for index, item in enumerate(items[: len(case.cells)]):
        node = item.unalias()
        empty = sum(v is None or (isinstance(v, float) and not math.isfinite(v)) for v in case.cells[index])
        if isinstance(node.unnest(), exp.Predicate):
            if empty:
                return noticed("ratio", "Neither yes nor no: one side of the comparison has no value.", case.evidence.sql)
            return None
        if not node.find(exp.Div):
            continue
        if not empty:
            return passed("ratio", "No ratio divides by nothing.", case.evidence.sql)
        if node.find(exp.Window) and empty == 1:
            return passed("ratio", "The first row has none before it, so its change is missing.", case.evidence.sql)
        told = "It has no value" if case.rows == 1 else f"{text(empty)} of {text(case.rows)} rows have no value"
        return noticed("ratio", f"{told}: what they are divided by is zero or missing.", case.evidence.sql)
    return None

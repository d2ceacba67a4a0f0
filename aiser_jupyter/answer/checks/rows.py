"""Whether the number of rows is what the query asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.answer.checks.checked import noticed, passed
from aiser_jupyter.ask.restate.statement import resolve
from aiser_jupyter.format.number import text

if TYPE_CHECKING:
    from aiser_jupyter.answer.checks.case import Case, Look
    from aiser_jupyter.answer.checks.checked import Checked

MANY = re.compile(r"\b(?:by|per|each|every|which .*s\b|compare|versus|vs)\b", re.IGNORECASE)


def rows(case: Case, look: Look) -> Checked | None:
    """A list cut at its limit, one shorter than its limit, or a single group where several were asked for."""
    tree = case.evidence.tree
    limit = tree.args.get("limit")
    wanted = limit.expression if isinstance(limit, exp.Limit) else None
    if wanted is not None and isinstance(wanted, exp.Literal) and wanted.name.isdigit():
        return cut(case, int(wanted.name), look)
    if case.rows == 1 and case.groups and MANY.search(case.question):
        return noticed("rows", "All rows fall into one group; there is nothing to compare it with.", case.evidence.sql)
    return None


def cut(case: Case, wanted: int, look: Look) -> Checked | None:  # noqa: PLR0911  # one return a finding is the clearest table
    """Whether the row after the last one shown would be its equal."""
    if 0 < case.rows < wanted:
        return noticed("rows", f"There are only {text(case.rows)}, fewer than the {text(wanted)} asked for.", case.evidence.rows().sql)
    tree = case.evidence.tree
    order = tree.args.get("order")
    if case.rows < wanted or not isinstance(tree, exp.Select):
        return None
    if order is None:
        return noticed("rows", f"The first {text(wanted)} rows in no order; there may be more.", case.evidence.sql)
    longer = tree.copy().limit(wanted + 1)
    keys = [exp.alias_(resolve(k.this, tree).copy(), f"o{i + 1}") for i, k in enumerate(order.expressions) if isinstance(k, exp.Ordered)]
    if tree.args.get("distinct"):
        return None
    query = case.sql(longer.select(*keys))
    found = look(query)
    if found is None:
        return None
    if found.num_rows <= wanted:
        return passed("rows", "No row was cut off.", query)
    last, after = ([found.column(found.num_columns - len(keys) + i)[r].as_py() for i in range(len(keys))] for r in (wanted - 1, wanted))
    if last != after:
        return passed("rows", "The row after the last one shown is smaller or larger, not equal.", query)
    place = "The first place is shared" if wanted == 1 else f"Place {text(wanted)} is shared"
    return noticed("rows", f"{place}: the row after it has the same value and is not shown.", query)

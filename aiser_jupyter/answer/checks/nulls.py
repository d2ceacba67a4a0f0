"""Missing values: rows in a group without a name, and rows that a sum or mean leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.answer.checks.case import number
from aiser_jupyter.answer.checks.checked import noticed, passed
from aiser_jupyter.answer.checks.emptiness import nothing
from aiser_jupyter.ask.restate.say import say
from aiser_jupyter.format.number import text

if TYPE_CHECKING:
    from aiser_jupyter.answer.checks.case import Case, Look
    from aiser_jupyter.answer.checks.checked import Checked

COUNTING = (exp.Count, exp.Min, exp.Max)


def nulls(case: Case, look: Look) -> Checked | None:
    """Missing group keys and measures, counted among the rows that the query keeps; None where the catalog knows that none is missing."""
    if case.select is None or nothing(case):
        return None
    keys = [c for g in case.groups for c in g.find_all(exp.Column) if missing_in(case, c)]
    keys = keys if any(None in case.cells[f.index] for f in (*case.shape.keys, *case.shape.times)) else []
    figures = [a for i in case.select.selects for a in i.find_all(exp.AggFunc) if not isinstance(a, COUNTING)]
    measured = [c for a in figures if a.parent_select is case.select for c in a.find_all(exp.Column) if missing_in(case, c)]
    columns = list(dict.fromkeys([*keys, *measured]))
    if not columns:
        return passed("nulls", "No value of the columns used is missing.") if figures or case.groups else None
    there = [exp.alias_(exp.Count(this=c.copy()), f"n{i + 1}") for i, c in enumerate(columns)]
    query = case.sql(case.base().select(exp.alias_(exp.Count(this=exp.Star()), "n"), *there))
    found = look(query)
    if found is None or not found.num_rows:
        return None
    total, *filled = (number(c[0].as_py()) for c in found.columns)
    gaps = [(c, total - n) for c, n in zip(columns, filled, strict=True) if n < total]
    if not gaps:
        return passed("nulls", "No value of the columns used is missing in these rows.", query)
    told = [
        f"{text(gap)} of {text(total)} rows have no {say(column, case.scope)}"
        + (": they stand in a group without a name" if column in keys else ", and the figure leaves them out")
        for column, gap in gaps
    ]
    return noticed("nulls", "; ".join(told) + ".", query)


def missing_in(case: Case, column: exp.Column) -> bool:
    """Whether some row of the column's table has no value, by the catalog, or may have come without a partner from an outer join."""
    known = case.column(column)
    seen = known.statistics if known is not None else None
    assert case.select is not None
    outer = any(join.side for join in case.select.args.get("joins") or [])
    return seen is not None and (seen.nulls > 0 or outer)

"""Why nothing came back: which condition keeps everything out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.answer.checks.case import number
from aiser_jupyter.answer.checks.checked import noticed, passed
from aiser_jupyter.answer.checks.period import asked
from aiser_jupyter.ask.restate import phrase
from aiser_jupyter.ask.restate.filter import kept_periods, merged
from aiser_jupyter.format.number import text

if TYPE_CHECKING:
    from aiser_jupyter.answer.checks.case import Case, Look
    from aiser_jupyter.answer.checks.checked import Checked

# More conditions than these are not taken away one by one.
MOST = 6
OUTSIDE = ("The data end on", "The data begin on")


def emptiness(case: Case, look: Look) -> Checked | None:  # noqa: PLR0911  # one return a finding is the clearest table
    """What is there without each condition, counted in one query; None where something came back."""
    if case.select is None or not nothing(case) or outside(case):
        return None
    if case.select.args.get("having") and case.rows == 0:
        return noticed("emptiness", "No group passes the condition on groups.")
    parts = [list(t) if isinstance(t, tuple) else [t] for t in merged(case.tests)]
    if not parts:
        return noticed("emptiness", "The tables hold no such rows at all, with no condition on them.")
    if len(parts) > MOST or any(t.find(exp.Query) for p in parts for t in p):
        return None
    query = counting(case, parts)
    found = look(query)
    if found is None or not found.num_rows:
        return None
    counts = [number(c[0].as_py()) for c in found.columns]
    alone, without, together = counts[: len(parts)], counts[len(parts) : -1], counts[-1]
    if together:
        return passed(
            "emptiness",
            f"{text(together)} {'row holds' if together == 1 else 'rows hold'} all conditions; what they add up to is nothing.",
            query,
        )
    never = [case.said(p).strip() for p, n in zip(parts, alone, strict=True) if not n]
    if never:
        return noticed("emptiness", f"There is no row at all {', and none '.join(never)}.", query)
    freed = [(case.said(p).strip(), n) for p, n in zip(parts, without, strict=True) if n]
    if not freed:
        return noticed("emptiness", "Each condition holds for some rows, but no two of them together.", query)
    told = phrase.listing([f"{text(n)} {'row' if n == 1 else 'rows'} without “{said}”" for said, n in freed], "or")
    return noticed("emptiness", f"The conditions leave nothing together; there would be {told}.", query)


def outside(case: Case) -> bool:
    """Whether a period is asked for that the data do not reach, which then is reason enough."""
    return any(not c.ok and c.text.startswith(OUTSIDE) for k in kept_periods(case.tests, case.scope) if (c := asked(case, k)) is not None)


def nothing(case: Case) -> bool:
    """Whether there are no rows, or one whose every figure is missing or a count of none."""
    if case.rows == 0:
        return True
    items = case.select.selects if case.select is not None else []
    if case.rows > 1 or case.groups or not all(item.find(exp.AggFunc) for item in items):
        return False
    return all(column[0] in (None, 0) for column in case.cells)


def counting(case: Case, parts: list[list[exp.Expr]]) -> str:
    """How many rows hold each condition, then how many hold all but each, and how many hold all."""
    base = case.base()
    base.set("where", None)
    base = base.where(*(j.copy() for j in case.joining))
    others = [[t for j, p in enumerate(parts) if j != i for t in p] for i in range(len(parts))]
    chosen = []
    for i, tests in enumerate([*parts, *others, case.tests]):
        one = exp.Literal.number(1)
        value = (
            exp.Sum(this=exp.Case(ifs=[exp.If(this=exp.and_(*(t.copy() for t in tests)), true=one)]))
            if tests
            else exp.Count(this=exp.Star())
        )
        chosen.append(exp.alias_(value, f"n{i + 1}"))
    return case.sql(base.select(*chosen))

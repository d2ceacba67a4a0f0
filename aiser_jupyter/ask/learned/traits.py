"""What the encoder foretells of a query: its traits as a whole, and in which places each column and table stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.plan import Plan, Star

if TYPE_CHECKING:
    from aiser_jupyter.ask.learned.skeleton import Use

AGGREGATED = ("count", "sum", "avg", "min", "max")
TESTED = ("=", "!=", ">", "<", ">=", "<=", "like", "not like", "in", "not in", "between")
COMPOUNDS = ("intersect", "union", "except")
TRAITS = (
    *AGGREGATED, *TESTED, "descending", "ascending", "distinct", "count distinct", "either", "first", "limit", "group", "having", "nested",
    *COMPOUNDS, "star", "where", "two tests", "one shown", "two shown", "more shown",
)  # fmt: skip
SUMMED = frozenset({"sum", "avg", "min", "max"})
COMPARED = frozenset({"=", "!=", ">", "<", ">=", "<="})
PLACES = (
    "select", "select count", "select summed", "where compared", "where other", "group", "order", "order aggregated", "having",
    "inner select", "inner where", "inner other", "any",
)  # fmt: skip
TABLE_PLACES = ("join", "star", "inner", "used", "used inside")


def nested(plan: Plan) -> list[Plan]:
    """A plan and all plans inside it, outermost first."""
    inner = [c.plan for c in (*plan.where, *plan.having) if c.plan] + ([plan.compound[1]] if plan.compound else [])
    return [plan, *(deep for one in inner for deep in nested(one))]


def traits(plan: Plan) -> list[bool]:
    """Which of TRAITS a plan has."""
    plans = nested(plan)
    conditions = [c for p in plans for c in (*p.where, *p.having)]
    items = [i for p in plans for i in p.select] + [c.item for c in conditions] + [o.item for p in plans for o in p.order]
    orders = [o for p in plans for o in p.order]
    operators, aggregates = {c.operator for c in conditions}, {i.aggregate for i in items}
    shown = len(plan.select)
    return [
        *(name in aggregates for name in AGGREGATED), *(name in operators for name in TESTED),
        any(o.descending for o in orders), any(not o.descending for o in orders), any(p.distinct for p in plans), any(i.distinct for i in items),
        any(p.either for p in plans), any(p.limit == 1 for p in plans), any(p.limit not in (None, 1) for p in plans), any(p.group for p in plans), any(p.having for p in plans),
        any(c.plan for c in conditions), *(bool(plan.compound and plan.compound[0] == kind) for kind in COMPOUNDS),
        any(isinstance(i.expression, Star) for i in items), any(p.where for p in plans), any(len(p.where) > 1 for p in plans), shown == 1, shown == 2, shown > 2,
    ]  # fmt: skip


def places(uses: tuple[Use, ...]) -> set[int]:
    """The PLACES of a column that is used so."""
    found = {PLACES.index("any")}
    for use in uses:
        if use.clause == "select":
            name = (
                "inner select"
                if use.depth
                else "select count"
                if use.aggregate == "count"
                else "select summed"
                if use.aggregate in SUMMED
                else "select"
            )
        elif use.clause == "where":
            name = "inner where" if use.depth else "where compared" if use.operator in COMPARED else "where other"
        elif use.depth:
            name = "inner other"
        elif use.clause == "order":
            name = "order aggregated" if use.aggregate else "order"
        else:
            name = use.clause if use.clause in PLACES else "inner other"
        found.add(PLACES.index(name))
    return found


def table_places(uses: tuple[Use, ...]) -> set[int]:
    """The TABLE_PLACES of a table in a slot of its own."""
    return {2 if use.depth else 0 if use.clause == "join" else 1 for use in uses}

"""The SQL that takes a change apart: a measure before and after, whole and by the levels of a dimension."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import sqlglot
from sqlglot import exp

from aiser_jupyter.ask.plan import ColumnRef, Item
from aiser_jupyter.ask.words import stem
from aiser_jupyter.discover.decompose import Level

if TYPE_CHECKING:
    import pyarrow as pa

    from aiser_jupyter.answer.measured import Measured, Span

MOST_DIMENSIONS = 10
MOST_LEVELS = 200
# Words that make a column of a few integers a grouping, not an amount.
CODES = frozenset(
    map(stem, ("type", "status", "class", "category", "group", "grade", "tier", "segment", "code", "plan", "channel", "rating"))
)
LEVEL = "level"
FIGURES = ("total", "size", "square")
TOTALS = (
    "SELECT level, SUM(total_before) AS before, SUM(total_after) AS after, SUM(total_after) - SUM(total_before) AS change, "
    "1.0 * (SUM(total_after) - SUM(total_before)) / NULLIF(SUM(SUM(total_after) - SUM(total_before)) OVER (), 0) AS share_of_change "
    "FROM parts GROUP BY level ORDER BY ABS(SUM(total_after) - SUM(total_before)) DESC, level"
)
MEANS = (
    "SELECT level, 1.0 * t0 / NULLIF(n0, 0) AS before, 1.0 * t1 / NULLIF(n1, 0) AS after, 1.0 * n0 / w0 AS share_before, 1.0 * n1 / w1 AS share_after, "
    "(1.0 * n0 / w0 + 1.0 * n1 / w1) / 2 * (COALESCE(1.0 * t1 / NULLIF(n1, 0), 1.0 * t0 / NULLIF(n0, 0)) - COALESCE(1.0 * t0 / NULLIF(n0, 0), 1.0 * t1 / NULLIF(n1, 0))) AS by_its_own_move, "
    "(1.0 * n1 / w1 - 1.0 * n0 / w0) * ((COALESCE(1.0 * t0 / NULLIF(n0, 0), 1.0 * t1 / NULLIF(n1, 0)) + COALESCE(1.0 * t1 / NULLIF(n1, 0), 1.0 * t0 / NULLIF(n0, 0))) / 2 - centre) AS by_the_mix "
    "FROM (SELECT level, SUM(size_before) AS n0, SUM(size_after) AS n1, SUM(total_before) AS t0, SUM(total_after) AS t1, "
    "SUM(SUM(size_before)) OVER () AS w0, SUM(SUM(size_after)) OVER () AS w1, "
    "(1.0 * SUM(SUM(total_before)) OVER () / SUM(SUM(size_before)) OVER () + 1.0 * SUM(SUM(total_after)) OVER () / SUM(SUM(size_after)) OVER ()) / 2 AS centre "
    "FROM parts GROUP BY level) AS levels ORDER BY ABS(1.0 * n1 / w1 - 1.0 * n0 / w0) DESC, level"
)
WHOLE_TOTAL = "SELECT before, after, after - before AS change, 1.0 * (after - before) / NULLIF(before, 0) AS relative FROM (SELECT SUM(total_before) AS before, SUM(total_after) AS after FROM parts) AS whole"
WHOLE_MEAN = "SELECT before, after, after - before AS change, 1.0 * (after - before) / NULLIF(before, 0) AS relative FROM (SELECT 1.0 * SUM(total_before) / NULLIF(SUM(size_before), 0) AS before, 1.0 * SUM(total_after) / NULLIF(SUM(size_after), 0) AS after FROM parts) AS whole"
TESTED = (
    "SELECT level, SUM(size_before) AS n0, SUM(size_after) AS n1, SUM(total_before) AS t0, SUM(total_after) AS t1, SUM(square_before) AS q0, SUM(square_after) AS q1 "
    "FROM parts GROUP BY level"
)
TESTED_WHOLE = TESTED.replace("level", "1 AS level", 1).removesuffix(" GROUP BY level")


@dataclass(frozen=True)
class Dimensions:
    """The columns a measure can be taken apart by, and those that have too many values to test, with how many."""

    tested: tuple[ColumnRef, ...]
    left_out: tuple[tuple[ColumnRef, int], ...]


def dimensions(found: Measured) -> Dimensions:
    """Columns of few values on the measure's own rows, or on rows they belong to (no join multiplies them)."""
    graph, fixed = found.schema.graph, {c.item.expression for c in found.where if c.operator == "="}
    tested: list[tuple[tuple[float, int, str], ColumnRef]] = []
    left_out: list[tuple[ColumnRef, int]] = []
    for place, view in enumerate(found.schema.columns):
        path = graph.path((found.table, view.ref.table))
        if view.temporal or view.primary or view.foreign or view.ref in fixed or path is None or graph.multiplies(path, found.table):
            continue
        coded = view.type == "integer" and (view.distinct == 2 or (2 < view.distinct <= 12 and bool(CODES & set(view.stems))))
        if view.type not in {"text", "boolean"} and not coded:
            continue
        if view.distinct > MOST_LEVELS:
            if view.distinct < view.rows / 2:
                left_out.append((view.ref, view.distinct))
        elif view.distinct >= 2:
            tested.append(((path.cost, place, view.ref.column), view.ref))
    return Dimensions(tuple(ref for _, ref in sorted(tested, key=lambda t: t[0])[:MOST_DIMENSIONS]), tuple(left_out))


def sums(found: Measured, span: Span, by: ColumnRef | None) -> exp.Select:
    """Count, sum and sum of squares of the measure's rows in one period, by level where there is a dimension."""
    item = replace(found.item, aggregate="sum") if found.item.aggregate == "avg" else found.item
    select = (*((Item(by),) if by else ()), item)
    tree = sqlglot.parse_one(
        found.sql(found.plan(select=select, start=span[0], end=span[1], by=(by,) if by else ())), read=found.catalog.dialect
    )
    assert isinstance(tree, exp.Select)
    figure = tree.expressions[-1].unalias()
    if isinstance(figure, exp.Count):
        total, size, square = figure, figure.copy(), figure.copy()
    else:
        value = figure.this
        real = exp.Mul(this=exp.Mul(this=exp.Literal.number("1.0"), expression=exp.paren(value.copy())), expression=exp.paren(value.copy()))
        total, size, square = figure, exp.Count(this=value.copy()), exp.Sum(this=real)
    level = tree.expressions[0].unalias() if by else None
    tree.set(
        "expressions",
        [
            exp.alias_(part, name)
            for part, name in ((level, "level"), (total, "total"), (size, "size"), (square, "square"))
            if part is not None
        ],
    )
    return tree


def both(found: Measured, before: Span, after: Span, by: ColumnRef | None) -> exp.Query:
    """The rows of both periods, one under the other, each with its figures in columns of its own."""
    halves = []
    for place, span in (("before", before), ("after", after)):
        tree = sums(found, span, by)
        figures = {f"{e.alias}_{place}": e.unalias() for e in tree.expressions if e.alias != "level"}
        names = [f"{name}_{p}" for p in ("before", "after") for name in FIGURES]
        level = [e for e in tree.expressions if e.alias == "level"]
        tree.set("expressions", [*level, *(exp.alias_(figures.get(n, exp.Literal.number(0)), n) for n in names)])
        halves.append(tree)
    return exp.union(halves[0], halves[1], distinct=False)


def called(by: ColumnRef, template: str) -> str:
    """What the column of the levels is called in the result: as the dimension, unless a figure beside it has that name."""
    figures = {figure.alias_or_name.casefold() for figure in sqlglot.parse_one(template, read="duckdb").expressions}
    return LEVEL if by.column.casefold() in figures else by.column


def over(found: Measured, template: str, inner: exp.Query, level: str = LEVEL) -> str:
    """A query over the figures of both periods, in the source's dialect; ``level`` is what the column of the levels is called in its result."""
    outer = sqlglot.parse_one(template, read="duckdb")
    if level != LEVEL:
        first, *figures = outer.expressions
        outer.set("expressions", [exp.alias_(first, level, quoted=True), *figures])
    outer.set("with_", exp.With(expressions=[exp.CTE(this=inner, alias=exp.TableAlias(this=exp.to_identifier("parts")))]))
    return outer.sql(dialect=found.catalog.dialect)


def levels(table: pa.Table) -> list[Level]:
    """The levels in the result of a TESTED query, or the one level of a whole."""
    rows = table.to_pylist()
    return [Level(row["level"], *((float(row[f"{f}0"] or 0), float(row[f"{f}1"] or 0)) for f in ("n", "t", "q"))) for row in rows]


def history(found: Measured, spans: list[Span]) -> str:
    """Count, sum and sum of squares of earlier periods, one row each."""
    trees: list[exp.Query] = []
    for number, span in enumerate(spans):
        tree = sums(found, span, None)
        tree.set("expressions", [exp.alias_(exp.Literal.number(number), "place"), *tree.expressions])
        trees.append(tree)
    query: Any = trees[0]
    for other in trees[1:]:
        query = exp.union(query, other, distinct=False)
    return query.sql(dialect=found.catalog.dialect)

"""A statement that groups one table, split in two: partial groups that any server can make, and the same statement over these.

Sums, counts, least and greatest values of parts add up to those of the whole (Gray et al. 1997, distributive and algebraic aggregates), so
what stands around them (HAVING, ORDER BY, LIMIT, expressions) stays with the engine that knows SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlglot import exp

from aiser_jupyter.sources.conditions import conditions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from aiser_jupyter.catalog import Column, Table
    from aiser_jupyter.sources.conditions import Condition

How = Literal["rows", "count", "sum", "min", "max"]

_CLAUSES = frozenset({"expressions", "from_", "where", "group", "having", "order", "limit", "offset", "distinct"})
# What may stand around the aggregates: sqlglot writes these as it read them.
_PLAIN = (
    exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Alias, exp.Paren, exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ,
    exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Is, exp.In, exp.Between, exp.Like, exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Case, exp.If,
    exp.Coalesce, exp.Nullif, exp.Lower, exp.Upper, exp.Round, exp.Abs, exp.Cast, exp.DataType, exp.DataTypeParam, exp.Placeholder,
    exp.TimestampTrunc, exp.DateTrunc, exp.Year, exp.Month, exp.Quarter, exp.Extract, exp.Var, exp.Ordered, exp.Tuple,
)  # fmt: skip
_SUMMED = {"integer": "HUGEINT", "number": "DOUBLE"}


@dataclass(frozen=True)
class Part:
    """What is wanted of each group: its ``rows``, or of a column how many values it has, their sum, the least or the greatest."""

    how: How
    column: str = ""

    @property
    def name(self) -> str:
        """What its column is called among the groups."""
        return f"aiser {self.how} {self.column}".rstrip()


@dataclass(frozen=True)
class Grouping:
    """Groups by ``keys`` of the rows that meet all ``conditions``, with ``parts`` of each; ``sql`` makes the statement's rows of them.

    ``casts`` bring the groups' columns to the types they have in SQL; ``params`` are the parameters that ``sql`` still names. A missing
    value is a key like any other; a sum, least or greatest of no values is missing.
    """

    keys: tuple[str, ...]
    parts: tuple[Part, ...]
    conditions: tuple[Condition, ...]
    casts: tuple[str, ...]
    sql: str
    params: frozenset[str]


def grouping(tree: exp.Expr | None, table: Table, names: Sequence[str], params: Mapping[str, object]) -> Grouping | None:
    """How ``tree`` over ``table`` is split, where that gives exactly its rows, with the column ``names`` it has; None where it does not."""
    if not isinstance(tree, exp.Select) or {key for key, value in tree.args.items() if value} - _CLAUSES or not _alone(tree, table):
        return None
    found, whole = _conditions(tree, table, params)
    rest = tree.copy()
    rest.set("where", None)
    called = {part.alias.casefold() for part in rest.expressions if isinstance(part, exp.Alias)}
    parts: dict[Part, None] = {}
    keys: dict[str, None] = {}
    if (
        not whole
        or not (tree.find(exp.AggFunc) or tree.args.get("distinct") or tree.args.get("group"))
        or len(rest.expressions) != len(names)
    ):
        return None
    for i, item in enumerate(rest.expressions):
        if not isinstance(item, exp.Alias):
            item.replace(exp.alias_(item.copy(), exp.to_identifier(names[i], quoted=True)))
    for node in list(rest.find_all(exp.AggFunc)):
        written = _rewritten(node, table, parts, keys)
        if written is None:
            return None
        node.replace(written)
    if not _keys(rest, table, keys, called) or not (keys or parts):
        return None
    casts = [*map(_quoted, keys), *(_cast(part, table) for part in parts)]
    left = frozenset(node.name for node in rest.find_all(exp.Placeholder))
    return Grouping(tuple(keys), tuple(parts), found, tuple(casts), rest.sql(dialect="duckdb"), left)


def _alone(tree: exp.Select, table: Table) -> bool:
    clause = tree.args.get("from_")
    source = clause.this if clause is not None else None
    return (
        isinstance(source, exp.Table)
        and not _given(tree.args.get("distinct"), {"on"})
        and not _given(tree.args.get("group"), {"rollup", "cube", "grouping_sets", "totals"})
        and source.name.casefold() == table.name.casefold()
        and not {key for key, value in source.args.items() if value} - {"this", "alias"}
        and len(list(tree.find_all(exp.Table))) == 1
    )


def _given(node: exp.Expr | None, arguments: set[str]) -> bool:
    return node is not None and any(node.args.get(argument) for argument in arguments)


def _conditions(tree: exp.Select, table: Table, params: Mapping[str, object]) -> tuple[tuple[Condition, ...], bool]:
    where = tree.args.get("where")
    if where is None:
        return (), True
    bare = where.this.copy()
    for column in list(bare.find_all(exp.Column)):
        known = table.column(column.name)
        if known is None:
            return (), False
        plain = exp.column(exp.to_identifier(known.name, quoted=True))
        if column is bare:
            bare = plain
        else:
            column.replace(plain)
    return conditions(bare, params)


def _rewritten(node: exp.Expr, table: Table, parts: dict[Part, None], keys: dict[str, None]) -> exp.Expr | None:
    """An aggregate over the groups that gives what ``node`` gives over the rows; None where there is none."""
    if isinstance(node.parent, exp.Filter | exp.Window | exp.WithinGroup | exp.IgnoreNulls | exp.RespectNulls | exp.AggFunc):
        return None
    inner = node.this
    if isinstance(node, exp.Count) and not node.expressions:
        if isinstance(inner, exp.Star) or inner is None:
            return _count(Part("rows"), parts)
        if isinstance(inner, exp.Distinct):
            return _distinct(inner, table, keys)
    column = table.column(inner.name) if isinstance(inner, exp.Column) else None
    if column is None or {key for key, value in node.args.items() if value} - {"this", "big_int"}:
        return None
    return _of_column(node, column, parts)


def _of_column(node: exp.Expr, column: Column, parts: dict[Part, None]) -> exp.Expr | None:
    if isinstance(node, exp.Count):
        return _count(Part("count", column.name), parts)
    if isinstance(node, exp.Min):
        return exp.Min(this=_noted(Part("min", column.name), parts))
    if isinstance(node, exp.Max):
        return exp.Max(this=_noted(Part("max", column.name), parts))
    if column.type not in {"integer", "number"} or not isinstance(node, exp.Sum | exp.Avg):
        return None
    total = exp.Sum(this=_noted(Part("sum", column.name), parts))
    if isinstance(node, exp.Sum):
        return total
    count = exp.Sum(this=_noted(Part("count", column.name), parts))
    return exp.Paren(this=exp.Div(this=exp.cast(total, "DOUBLE"), expression=exp.Nullif(this=count, expression=exp.Literal.number(0))))


def _distinct(inner: exp.Distinct, table: Table, keys: dict[str, None]) -> exp.Expr | None:
    """A count of distinct values: they become a key of the groups; a second such column would multiply them."""
    values = inner.expressions
    column = table.column(values[0].name) if len(values) == 1 and isinstance(values[0], exp.Column) else None
    if column is None or (keys and column.name not in keys):
        return None
    keys[column.name] = None
    return exp.Count(this=exp.Distinct(expressions=[exp.column(exp.to_identifier(column.name, quoted=True))]))


def _count(part: Part, parts: dict[Part, None]) -> exp.Expr:
    total = exp.Coalesce(this=exp.Sum(this=_noted(part, parts)), expressions=[exp.Literal.number(0)])
    return exp.cast(total, "BIGINT")


def _noted(part: Part, parts: dict[Part, None]) -> exp.Column:
    parts[part] = None
    return exp.column(exp.to_identifier(part.name, quoted=True))


def _keys(rest: exp.Select, table: Table, keys: dict[str, None], called: set[str]) -> bool:
    """Add to ``keys`` every column that stands outside the aggregates; False where something there cannot be kept as it is."""
    for node in _outside(rest):
        if isinstance(node, exp.Star | exp.Subquery | exp.Window) or not isinstance(node, _PLAIN):
            return False
        if isinstance(node, exp.Column):
            # A sorted name is an alias before it is a column.
            if isinstance(node.parent, exp.Ordered) and node.name.casefold() in called and not node.table:
                continue
            column = table.column(node.name)
            if column is None and node.name.casefold() not in called:
                return False
            if column is not None:
                keys[column.name] = None
    return True


def _outside(rest: exp.Select) -> Iterator[exp.Expr]:
    heads = [*rest.expressions]
    for clause in ("group", "having", "order"):
        node = rest.args.get(clause)
        if node is not None:
            heads.extend(node.expressions or ([node.this] if node.this is not None else []))
    for clause in ("limit", "offset"):
        node = rest.args.get(clause)
        if node is not None:
            heads.append(node.expression)
    for head in heads:
        yield from _walk(head)


def _walk(head: exp.Expr) -> Iterator[exp.Expr]:
    """The nodes of ``head`` outside its aggregates."""
    if not isinstance(head, exp.AggFunc):
        yield head
        for child in head.iter_expressions():
            yield from _walk(child)


def _cast(part: Part, table: Table) -> str:
    name = _quoted(part.name)
    if part.how in {"rows", "count"}:
        return f"CAST({name} AS BIGINT) AS {name}"
    column = table.column(part.column)
    if part.how == "sum" and column is not None and not column.db_type.startswith("DECIMAL"):
        return f"CAST({name} AS {_SUMMED[column.type]}) AS {name}"
    return name


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'

"""A plan as SQL of one dialect: joins along keys, literals inlined, names quoted where they must be."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from sqlglot import exp, parse_one
from sqlglot.dialects.dialect import Dialect

from aiser_jupyter.ask.plan import (
    BASE,
    PERCENT,
    Band,
    Bucket,
    ColumnRef,
    Condition,
    Days,
    Defined,
    Expression,
    Item,
    Plan,
    Ranges,
    Star,
    Upper,
    leaves,
)
from aiser_jupyter.ask.sql.against import told_against
from aiser_jupyter.ask.sql.aliases import aliases
from aiser_jupyter.ask.sql.cases import by_range
from aiser_jupyter.ask.sql.dates import bucket, date_value, days_between, moved, seconds_between, weekday_value

if TYPE_CHECKING:
    from aiser_jupyter.ask.sql.joins import JoinGraph, Path

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
FOLDING = frozenset({"postgres", "redshift", "snowflake", "oracle"})  # these fold unquoted names, so mixed case must be quoted
NULLS_SMALL = frozenset({"sqlite", "mysql", "tsql"})  # these sort missing values first and cannot be told otherwise
AGGREGATES = {
    "count": exp.Count,
    "sum": exp.Sum,
    "avg": exp.Avg,
    "min": exp.Min,
    "max": exp.Max,
    "median": exp.Median,
    "stddev": exp.Stddev,
}
COMPARISONS = {"=": exp.EQ, "!=": exp.NEQ, ">": exp.GT, "<": exp.LT, ">=": exp.GTE, "<=": exp.LTE}
SET_OPERATIONS = {"intersect": exp.Intersect, "union": exp.Union, "except": exp.Except}


class NoJoinError(ValueError):
    """The plan's tables do not hang together."""


def sql(plan: Plan, graph: JoinGraph) -> str:
    """The SQL of ``plan`` in the catalog's dialect; raises NoJoinError where its tables cannot be joined."""
    return Renderer(graph).query(plan).sql(dialect=graph.catalog.dialect, copy=False)


@cache
def _parsed(sql: str, dialect: str) -> exp.Expr:
    """The tree of a definition, which is copied before it is changed."""
    return parse_one(sql, dialect=dialect)


@cache
def _reserved(dialect: str) -> frozenset[str]:
    """Words that a name of the dialect must be quoted to be."""
    return frozenset(word.upper() for word in Dialect.get_or_raise(dialect).tokenizer_class.KEYWORDS)


def tables_of(plan: Plan) -> tuple[str, ...]:
    """The tables a plan names, nested plans apart, sorted."""
    found: set[str] = set(plan.tables)
    items = [*plan.select, *(c.item for c in (*plan.where, *plan.having)), *(o.item for o in plan.order)]
    items += [c.other for c in (*plan.where, *plan.having) if c.other]
    items += [item.less for item in items if item.less]
    items += [item.over for item in items if item.over]
    items += [part for item in items if isinstance(item.expression, Defined) for part in item.expression.parts]
    inner = [c for item in items for c in (*item.among, *item.only)]
    items += [c.item for c in inner] + [c.other for c in inner if c.other]
    for expression in (*(item.expression for item in items), *plan.group, *plan.rank_within):
        found |= {ref.table for ref in leaves(expression)}
    return tuple(sorted(found - {BASE}))


class Renderer:
    """Builds the SQL tree of plans over one catalog."""

    def __init__(self, graph: JoinGraph) -> None:
        self.graph = graph
        self.dialect = graph.catalog.dialect
        self._moment: exp.Expr = exp.Null()
        self._grouped = self._sides = False
        self.reserved = _reserved(self.dialect)

    def query(self, plan: Plan) -> exp.Query:
        """The tree of a plan with its set operation."""
        if plan.compound is not None:
            how, other = plan.compound
            if how in ("against", "less", "plus"):
                return told_against(plan, how, other, self.query, self._name)
        first: exp.Query = (
            self._ranked(plan) if plan.rank_within or plan.place or (plan.ties and plan.limit and plan.group) else self._select(plan)
        )
        if plan.compound is None:
            return first
        kind, second = plan.compound
        return SET_OPERATIONS[kind](this=first, expression=self.query(second), distinct=True)

    def _select(self, plan: Plan) -> exp.Select:
        path = self.graph.path(tables_of(plan), plan.via) if plan.source is None else None
        if path is None and plan.source is None:
            raise NoJoinError(tables_of(plan))
        bare = path is None or not path.steps
        names = aliases(plan)
        bucket_asked = next((e for e in plan.group if isinstance(e, Bucket)), None)
        self._grouped = bool(plan.group)
        self._moment = self._expression(bucket_asked, bare=bare) if bucket_asked else exp.Null()
        query = exp.Select().select(*(self._named(item, name, bare=bare) for item, name in zip(plan.select, names, strict=True)))
        query = self._from(query, path) if path else query.from_(self.query(plan.source).subquery(BASE)) if plan.source else query
        for clause, conditions in (("where", plan.where), ("having", plan.having)):
            tests = [self._condition(condition, bare=bare) for condition in conditions]
            if tests:
                query = getattr(query, clause)((exp.or_ if plan.either and clause == "where" else exp.and_)(*tests, copy=False), copy=False)
        if plan.group:
            query = query.group_by(
                *(self._column(e, bare=bare) if isinstance(e, ColumnRef) else self._expression(e, bare=bare) for e in plan.group),
                copy=False,
            )
        if plan.order:
            query = query.order_by(
                *(
                    exp.Ordered(
                        this=self._order(plan, o.item, names, bare=bare),
                        desc=o.descending,
                        nulls_first=self.dialect in NULLS_SMALL and not o.descending,
                    )
                    for o in plan.order
                ),
                copy=False,
            )
        if plan.limit is not None:
            query = query.limit(plan.limit, copy=False)
        return query.distinct(copy=False) if plan.distinct else query

    def _order(self, plan: Plan, item: Item, names: tuple[str, ...], *, bare: bool) -> exp.Expr:
        for chosen, name in zip(plan.select, names, strict=True):
            if chosen == item and name:
                return self._name(name)
        return self._item(item, bare=bare)

    def _ranked(self, plan: Plan) -> exp.Query:
        names = aliases(plan)
        shown: list[str] = []
        for name, item in zip(names, plan.select, strict=True):
            shown += [name] if name else [item.expression.column] if isinstance(item.expression, ColumnRef) else []
        inner = replace(plan, rank_within=(), order=(), limit=None, ties=False, place=False)
        query = self._select(inner)
        bare = len(tables_of(plan)) == 1
        window = exp.Window(
            this=exp.Anonymous(this="DENSE_RANK" if plan.place else "RANK", expressions=[]),
            partition_by=[self._expression(e, bare=bare) for e in plan.rank_within],
            order=exp.Order(
                expressions=[
                    exp.Ordered(this=self._item(replace(o.item, window=""), bare=bare), desc=o.descending, nulls_first=False)
                    for o in plan.order
                ]
            ),
        )
        query = query.select(exp.alias_(window, "place"))
        outer = exp.Select().select(*(exp.column(self._name(name)) for name in shown)).from_(query.subquery("ranked"))
        first = () if not plan.rank_within else tuple(exp.column(self._name(name)) for name in shown[:1])
        kept = (exp.EQ if plan.place else exp.LTE)(this=exp.column("place"), expression=exp.Literal.number(plan.limit or 1))
        return outer.where(kept).order_by(*first, exp.column("place"))

    def _from(self, query: exp.Select, path: Path) -> exp.Select:
        query = query.from_(self._table(path.base), copy=False)
        for step in path.steps:
            key = step.key
            pairs = zip(key.columns, key.ref_columns, strict=True)
            on = exp.and_(
                *(
                    exp.EQ(
                        this=self._column(ColumnRef(key.table, a), bare=False),
                        expression=self._column(ColumnRef(key.ref_table, b), bare=False),
                    )
                    for a, b in pairs
                ),
                copy=False,
            )
            query = query.join(self._table(step.table), on=on, copy=False)
        return query

    def _named(self, item: Item, name: str, *, bare: bool) -> exp.Expr:
        plain = item.expression if item == Item(item.expression) and isinstance(item.expression, ColumnRef) else None
        built = self._column(plain, bare=bare) if plain else self._item(item, bare=bare)
        return exp.alias_(built, self._name(name)) if name else built

    def _item(self, item: Item, *, bare: bool) -> exp.Expr:  # noqa: C901, PLR0911  # one return a kind of value is the clearest table
        if item.less is not None and item.window == "exists":
            return self._more(item, item.less, bare=bare)
        built = self._expression(item.expression, bare=bare)
        if item.among:
            return self._part(item, built, bare=bare)
        item, built = self._limited(item, built, bare=bare) if item.only else (item, built)
        if item.aggregate == "quantile":
            built = self._quantile(built, item.fraction)
        elif item.aggregate and item.aggregate != "defined":
            inner = exp.Distinct(expressions=[built]) if item.distinct else built
            built = AGGREGATES[item.aggregate](this=inner)
        if item.scale != 1.0:
            built = self._scaled(built, item.scale)
        if item.over is not None:
            below = exp.Nullif(this=self._item(item.over, bare=bare), expression=exp.Literal.number(0))
            built = exp.Div(this=exp.Mul(this=exp.Literal.number("1.0"), expression=built), expression=below, typed=False, safe=False)
        if item.less is not None:
            return self._changed(built, self._item(item.less, bare=bare), relative=item.window == "change")
        if item.window in ("moving", "first", "retained", "peers"):
            return self._framed(item, built, bare=bare)
        if item.window == "exists":
            return self._whether(exp.GT(this=built, expression=exp.Literal.number(0)))
        if item.window == "gap":
            return self._gap(item, built, bare=bare)
        return self._seen(built, item.window) if item.window else built

    def _more(self, item: Item, other: Item, *, bare: bool) -> exp.Expr:
        """Whether one value is above another; where neither has any rows both are 0."""
        self._sides = True
        left, right = (self._item(replace(each, window="", less=None), bare=bare) for each in (item, other))
        self._sides = False
        return self._whether(exp.GT(this=left, expression=right))

    def _scaled(self, built: exp.Expr, scale: float) -> exp.Expr:
        """A value in another unit, or in percent."""
        if scale == PERCENT:
            return exp.Mul(this=exp.Literal.number("100.0"), expression=built)
        factor = round(1.0 / scale, 9)
        if len(f"{factor:g}") < len(f"{scale:g}"):  # a share of another column: 0.9 of the market rent
            return exp.Mul(this=exp.Literal.number(f"{factor:g}"), expression=built)
        return exp.Div(this=built, expression=exp.Literal.number(str(scale)), typed=False, safe=False)

    def _limited(self, item: Item, built: exp.Expr, *, bare: bool) -> tuple[Item, exp.Expr]:
        """An item and its expression for the rows alone that pass its tests; those are counted as ones that are added up."""
        passes = exp.and_(*(self._condition(condition, bare=bare) for condition in item.only))
        counted = item.aggregate == "count" and isinstance(item.expression, Star)
        # A group may have none in a period; where the period as a whole has none, nothing is known of it, and that is no 0.
        rest = exp.Literal.number(0) if (self._grouped or self._sides) and (counted or item.aggregate == "sum") else None
        case = exp.Case(ifs=[exp.If(this=passes, true=exp.Literal.number(1) if counted else built)], default=rest)
        return (replace(item, aggregate="sum") if counted else item), case

    def _changed(self, built: exp.Expr, before: exp.Expr, *, relative: bool) -> exp.Expr:
        """A value less an earlier one, or the change in percent of that one."""
        if not relative:
            return exp.Sub(this=built, expression=exp.paren(before) if isinstance(before, exp.Binary) else before)
        below = exp.Nullif(this=before, expression=exp.Literal.number(0))
        whole = exp.Mul(this=exp.Literal.number("1.0"), expression=exp.paren(built) if isinstance(built, exp.Binary) else built)
        change = exp.Sub(this=exp.Div(this=whole, expression=below, typed=False, safe=False), expression=exp.Literal.number(1))
        return exp.Mul(this=exp.Literal.number("100.0"), expression=exp.paren(change))

    def _framed(self, item: Item, built: exp.Expr, *, bare: bool) -> exp.Expr:
        """A value seen against rows near by: the mean of the last few, the least or the share of the greatest of its kind."""
        parts = [self._expression(e, bare=bare) for e in item.within]
        if item.window == "first":
            return exp.Window(this=exp.Min(this=built), partition_by=parts)
        if item.window == "peers":
            return exp.Window(this=exp.Avg(this=built), partition_by=parts)
        if item.window == "retained":
            whole = exp.Window(this=exp.Max(this=built.copy()), partition_by=parts)
            return exp.Div(this=exp.Mul(this=exp.Literal.number("100.0"), expression=built), expression=whole, typed=False, safe=False)
        order = exp.Order(expressions=[exp.Ordered(this=self._moment.copy(), nulls_first=self.dialect in NULLS_SMALL)])
        spec = exp.WindowSpec(kind="ROWS", start=exp.Literal.number(item.rows - 1), start_side="PRECEDING", end="CURRENT ROW")
        return exp.Window(this=exp.Avg(this=built), order=order, spec=spec)

    def _whether(self, test: exp.Expr) -> exp.Expr:
        """A test as a value: where the dialect has no booleans to select, 1 or 0."""
        if self.dialect not in ("tsql", "oracle"):
            return test
        return exp.Case(ifs=[exp.If(this=test, true=exp.Literal.number(1))], default=exp.Literal.number(0))

    def _quantile(self, built: exp.Expr, fraction: float) -> exp.Expr:
        """The interpolated quantile of a column."""
        part = exp.Literal.number(f"{fraction:g}")
        if self.dialect == "duckdb":
            return exp.Anonymous(this="QUANTILE_CONT", expressions=[built, part])
        order = exp.Order(expressions=[exp.Ordered(this=built, nulls_first=self.dialect in NULLS_SMALL)])
        return exp.WithinGroup(this=exp.PercentileCont(this=part), expression=order)

    def _gap(self, item: Item, built: exp.Expr, *, bare: bool) -> exp.Expr:
        """The days since the row before, within what the item says."""
        order = exp.Order(expressions=[exp.Ordered(this=built.copy(), nulls_first=self.dialect in NULLS_SMALL)])
        parts = [self._expression(e, bare=bare) for e in item.within]
        before = exp.Window(this=exp.Lag(this=built.copy()), partition_by=parts, order=order)
        return days_between(before, built, self.dialect)

    def _part(self, item: Item, built: exp.Expr, *, bare: bool) -> exp.Expr:
        """What the rows that pass the item's tests have in the whole, in percent."""
        passes = exp.and_(*(self._condition(condition, bare=bare) for condition in item.among))
        if item.distinct:
            each = exp.Case(ifs=[exp.If(this=passes, true=built.copy())])
            some, all_ = (exp.Count(this=exp.Distinct(expressions=[one])) for one in (each, built))
            return exp.Div(this=exp.Mul(this=exp.Literal.number("100.0"), expression=some), expression=all_, typed=False, safe=False)
        counted: exp.Expr = exp.Literal.number(1) if isinstance(item.expression, Star) else built
        part = exp.Sum(this=exp.Case(ifs=[exp.If(this=passes, true=counted)], default=exp.Literal.number(0)))
        whole = AGGREGATES[item.aggregate](this=built.copy())
        return exp.Div(this=exp.Mul(this=exp.Literal.number("100.0"), expression=part), expression=whole, typed=False, safe=False)

    def _seen(self, built: exp.Expr, window: str) -> exp.Expr:
        """A value seen against the other rows: its share of all, the running total, or the change on the row before; in percent where it is a ratio."""
        if window == "share":
            whole: exp.Expr = exp.Window(this=exp.Sum(this=built.copy()))
            return exp.Div(this=exp.Mul(this=exp.Literal.number("100.0"), expression=built), expression=whole, typed=False, safe=False)
        order = exp.Order(expressions=[exp.Ordered(this=self._moment.copy(), nulls_first=self.dialect in NULLS_SMALL)])
        if window == "running":
            return exp.Window(this=exp.Sum(this=built), order=order)
        before = exp.Window(this=exp.Lag(this=built.copy()), order=order)
        change = exp.paren(
            exp.Sub(
                this=exp.Div(this=exp.Mul(this=exp.Literal.number("1.0"), expression=built), expression=before, typed=False, safe=False),
                expression=exp.Literal.number(1),
            )
        )
        return exp.Mul(this=exp.Literal.number("100.0"), expression=change)

    def _expression(self, expression: Expression, *, bare: bool) -> exp.Expr:  # noqa: C901, PLR0911  # one return a kind is the clearest table
        if isinstance(expression, Star):
            return exp.Star()
        if isinstance(expression, ColumnRef):
            return self._value(expression, bare=bare)
        if isinstance(expression, Bucket):
            stored = self._stored(expression.column)
            column: exp.Expr = self._column(expression.column, bare=bare)
            if not expression.shift:
                return bucket(column, expression.grain, self.dialect, stored)
            cut = bucket(moved(column, expression.shift, self.dialect, stored), expression.grain, self.dialect, "")
            return cut if expression.grain == "year" else moved(cut, -expression.shift, self.dialect, "")
        if isinstance(expression, Defined):
            return self._defined(expression, bare=bare)
        if isinstance(expression, Days):
            between = seconds_between if expression.unit else days_between
            return between(self._column(expression.start, bare=bare), self._column(expression.end, bare=bare), self.dialect)
        if isinstance(expression, Band):
            wide = exp.Literal.number(f"{expression.width:g}")
            return exp.cast(
                exp.Floor(this=exp.Div(this=self._value(expression.column, bare=bare), expression=wide, typed=False, safe=False)), "int"
            )
        if isinstance(expression, Ranges):
            return by_range(expression, self._value(expression.column, bare=bare))
        if isinstance(expression, Upper):
            return self._upper(expression)
        built: exp.Expr = self._value(expression.factors[0], bare=bare)
        for factor in expression.factors[1:]:
            built = exp.Mul(this=built, expression=self._value(factor, bare=bare))
        if expression.discount:
            left = exp.Sub(this=exp.Literal.number(1), expression=self._value(expression.discount, bare=bare))
            built = exp.Mul(this=built, expression=exp.paren(left))
        if expression.less:
            built = exp.Sub(this=built, expression=self._value(expression.less, bare=bare))
        return built

    def _upper(self, expression: Upper) -> exp.Expr:
        """A column of the row above in the same table, by a nested query, NULL where there is none."""
        above = f"{expression.column.table}_above"
        own = exp.EQ(
            this=exp.column(self._name(expression.target.column), table=self._name(above)),
            expression=self._column(expression.key, bare=False),
        )
        column = exp.column(self._name(expression.column.column), table=self._name(above))
        return exp.Select().select(column).from_(exp.alias_(self._table(expression.column.table), above, table=True)).where(own).subquery()

    def _defined(self, expression: Defined, *, bare: bool) -> exp.Expr:
        """The SQL of a definition, its columns named as everywhere else and its parts put in."""
        holder = exp.Paren(this=_parsed(expression.sql, self.dialect).copy())
        for node in list(holder.find_all(exp.Column)):
            if isinstance(node.this, exp.Star):
                node.replace(exp.Star())
            elif node.table:
                node.replace(self._column(ColumnRef(node.table, node.name), bare=bare))
            else:
                part = self._item(expression.parts[int(node.name[1:])], bare=bare)
                node.replace(exp.paren(part) if isinstance(part, exp.Binary) else part)
        if expression.parts:  # one metric by another is no division of whole numbers
            for node in holder.find_all(exp.Div):
                node.set("typed", False)  # noqa: FBT003  # sqlglot's own
                node.set("safe", False)  # noqa: FBT003
        inner = holder.this
        return inner if isinstance(inner, (exp.Func, exp.Column, exp.Literal)) or expression.aggregate else exp.paren(inner)

    def _condition(self, condition: Condition, *, bare: bool) -> exp.Expr:  # noqa: PLR0911  # one return an operator is the clearest table
        left = self._item(condition.item, bare=bare)
        if condition.operator == "holds":
            return left
        operator, values = condition.operator, [self._literal(value, condition.item.expression) for value in condition.values]
        if condition.plan is not None:
            inner = self.query(condition.plan).subquery()
            if operator in ("in", "not in"):
                test: exp.Expr = exp.In(this=left, query=inner)
                return exp.not_(test) if operator == "not in" else test
            return COMPARISONS[operator](this=left, expression=inner)
        if condition.other is not None:
            return COMPARISONS[operator](this=left, expression=self._item(condition.other, bare=bare))
        if operator in COMPARISONS:
            return COMPARISONS[operator](this=left, expression=values[0])
        if operator == "ilike":
            return exp.ILike(this=left, expression=values[0])
        if operator in ("like", "not like"):
            test = exp.Like(this=left, expression=values[0])
        elif operator in ("in", "not in"):
            test = exp.In(this=left, expressions=values)
        elif operator == "between":
            return exp.Between(this=left, low=values[0], high=values[1])
        else:
            test = exp.Is(this=left, expression=exp.Null())
        return exp.not_(test) if operator in ("not like", "not in", "is not null") else test

    def _literal(self, value: float | str, expression: Expression) -> exp.Expr:
        if isinstance(expression, (ColumnRef, Bucket)) and isinstance(value, str):
            column = expression.column if isinstance(expression, Bucket) else expression
            if isinstance(expression, Bucket) and expression.grain == "weekday":
                return weekday_value(value, self.dialect)
            if (dated := date_value(value, self._type(column), self._stored(column), self.dialect)) is not None:
                return dated
        return exp.Literal.string(value) if isinstance(value, str) else exp.convert(value)

    def _type(self, ref: ColumnRef) -> str:
        table = self.graph.catalog.table(ref.table)
        column = table.column(ref.column) if table else None
        return column.type if column else "other"

    def _stored(self, ref: ColumnRef) -> str:
        table = self.graph.catalog.table(ref.table)
        column = table.column(ref.column) if table else None
        return column.stored if column else ""

    def _value(self, ref: ColumnRef, *, bare: bool) -> exp.Expr:
        """A column as it is reckoned with: a number that is kept as text is read, NULL where it is blank."""
        column = self._column(ref, bare=bare)
        return exp.TryCast(this=column, to=exp.DataType.build("double"), safe=True) if ref in self.graph.numbers else column

    def _column(self, ref: ColumnRef, *, bare: bool) -> exp.Column:
        return exp.Column(this=self._name(ref.column), table=None if bare else self._name(ref.table))

    def _table(self, name: str) -> exp.Table:
        """The table with its schema, where it is not in the first one of the search path."""
        table = self.graph.catalog.table(name)
        return exp.Table(this=self._name(name), db=self._name(table.schema) if table is not None and table.schema else None)

    def _name(self, name: str) -> exp.Identifier:
        plain = PLAIN.fullmatch(name) and name.upper() not in self.reserved and (name == name.lower() or self.dialect not in FOLDING)
        return exp.to_identifier(name, quoted=not plain)

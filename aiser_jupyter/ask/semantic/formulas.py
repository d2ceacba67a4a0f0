"""What a semantic model defines, as parts of a plan: aggregates become items, so that a join which repeats rows is seen in each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from sqlglot import exp, parse_one

from aiser_jupyter.ask.plan import Aggregate, ColumnRef, Condition, Defined, Item, Star

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import Expression, Scalar
    from aiser_jupyter.ask.sql.joins import JoinGraph
    from aiser_jupyter.catalog.semantic import Metric, SemanticModel

SIMPLE: dict[type[exp.Expr], Aggregate] = {
    exp.Count: "count", exp.Sum: "sum", exp.Avg: "avg", exp.Min: "min", exp.Max: "max", exp.Median: "median",
}  # fmt: skip
COMPARED = {exp.EQ: "=", exp.NEQ: "!=", exp.GT: ">", exp.LT: "<", exp.GTE: ">=", exp.LTE: "<="}
assert set(SIMPLE.values()) <= set(get_args(Aggregate))


class RepeatedError(ValueError):
    """The tables of a definition do not hang together, or their join repeats the rows that it adds up."""


@dataclass(frozen=True)
class Formulas:
    """Reads checked definitions: SQL in the catalog's dialect, each column with its table."""

    graph: JoinGraph

    def metric(self, one: Metric, model: SemanticModel) -> Item:
        """A metric as an item; raises RepeatedError with what stands in the way."""
        if one.ratio or one.formula:
            names = one.ratio or _names(one.formula)
            parts = tuple(self.metric(metric, model) for name in names if (metric := model.metric(name)))
            sql = "p0 / NULLIF(p1, 0)" if one.ratio else _numbered(one.formula, names)
            return Item(Defined(one.name, sql, _home(parts[0]), (), parts, "defined"), "defined")
        tree = self._parsed(one.sql)
        if one.whole:
            return Item(Defined(one.name, one.sql, one.table, columns_of(tree), (), "defined"), "defined")
        if one.filter:
            tree = self._only(tree, self._parsed(one.filter))
        if isinstance(tree, tuple(SIMPLE)):
            item = self._item(one.name, tree)
            if not item.distinct:
                return item
        return self._made_of(one.name, tree)

    def _made_of(self, name: str, tree: exp.Expr) -> Item:
        """An expression of several aggregates: each is a part, the rest is arithmetic on them."""
        holder = exp.Paren(this=tree.copy())
        parts: list[Item] = []
        for node in [found for found in holder.find_all(exp.AggFunc) if not found.find_ancestor(exp.AggFunc)]:
            parts.append(self._item("", node))
            node.replace(exp.column(f"p{len(parts) - 1}"))
        sql = holder.this.sql(dialect=self.graph.catalog.dialect)
        return Item(Defined(name, sql, _home(parts[0]), (), tuple(parts), "defined"), "defined")

    def _item(self, name: str, node: exp.Expr) -> Item:
        """One aggregate: of the rows of a table, of a column, or of an expression over a row."""
        kind = SIMPLE.get(type(node))
        inner = node.this
        distinct = isinstance(inner, exp.Distinct) and len(inner.expressions) == 1
        if distinct:
            inner = inner.expressions[0]
        columns = columns_of(inner if kind else node)
        if kind == "count" and isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star):
            return Item(Star(inner.table), "count")
        home = self.home(tuple(dict.fromkeys(column.table for column in columns)))
        if kind is None or (isinstance(node.this, exp.Distinct) and not distinct):
            return Item(Defined(name, node.sql(dialect=self.graph.catalog.dialect), home, _first(columns, home), (), "defined"), "defined")
        if isinstance(inner, exp.Column) and (distinct or not name):
            return Item(columns[0], kind, distinct=distinct)
        sql = inner.sql(dialect=self.graph.catalog.dialect)
        return Item(Defined(name, sql, home, _first(columns, home), (), kind), kind, distinct=distinct)

    def _only(self, tree: exp.Expr, condition: exp.Expr) -> exp.Expr:
        """A metric's expression over the rows alone that pass ``condition``: each aggregate takes them only."""
        holder = exp.Paren(this=tree.copy())
        for node in [found for found in holder.find_all(exp.AggFunc) if not found.find_ancestor(exp.AggFunc)]:
            inner = node.this
            if isinstance(inner, exp.Distinct):
                inner.set("expressions", [_case(condition, part) for part in inner.expressions])
            elif isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star):
                key = self.graph.catalog.table(inner.table)
                name = key.primary_key[0] if key is not None and len(key.primary_key) == 1 else ""
                if name:  # rows by their key, so that a join may repeat them
                    column = exp.column(exp.to_identifier(name, quoted=True), table=inner.args["table"].copy())
                    node.set("this", exp.Distinct(expressions=[_case(condition, column)]))
                else:
                    node.set("this", _case(condition, exp.Literal.number(1)))
            else:
                node.set("this", _case(condition, inner))
        return holder.this

    def value(self, name: str, sql: str) -> Defined | ColumnRef:
        """An expression over a row, to group by; raises RepeatedError."""
        tree = self._parsed(sql)
        columns = columns_of(tree)
        if isinstance(tree, exp.Column):
            return columns[0]
        home = self.home(tuple(dict.fromkeys(column.table for column in columns)))
        return Defined(name, sql, home, _first(columns, home))

    def condition(self, name: str, sql: str) -> Condition:
        """A condition on a row: a plain comparison where it is one, else the SQL as it stands; raises RepeatedError."""
        tree = self._parsed(sql).unnest()
        operator = COMPARED.get(type(tree))
        if operator and isinstance(tree, exp.Binary) and isinstance(tree.left, exp.Column) and isinstance(tree.right, exp.Literal):
            return Condition(Item(columns_of(tree.left)[0]), operator, (literal(tree.right),))  # pyright: ignore[reportArgumentType]  # an Operator
        columns = columns_of(tree)
        home = self.home(tuple(dict.fromkeys(column.table for column in columns)))
        return Condition(Item(Defined(name, sql, home, _first(columns, home))), "holds")

    def home(self, tables: tuple[str, ...]) -> str:
        """The table whose rows an expression over ``tables`` is of: the one that the join of all repeats no row of; raises RepeatedError."""
        path = self.graph.path(tables)
        if path is None:
            raise RepeatedError(f"no key joins {' and '.join(tables)}: say which columns do under joins.")
        found = next((table for table in tables if not self.graph.multiplies(path, table)), None)
        if found is None:
            raise RepeatedError(f"joining {' and '.join(tables)} repeats rows of each, so that they would be counted more than once.")
        return found

    def checked(self, item: Item) -> None:
        """Raise RepeatedError where the tables of a metric alone repeat rows that a part of it adds up."""
        tables = tuple(dict.fromkeys(leaf.table for leaf in _leaves(item.expression)))
        path = self.graph.path(tables)
        if path is None:
            raise RepeatedError(f"no key joins {' and '.join(tables)}: say which columns do under joins.")
        for part in _parts(item):
            home = _home(part)
            if part.distinct or part.aggregate in ("min", "max") or not self.graph.multiplies(path, home):
                continue
            key = self.graph.catalog.table(home)
            if isinstance(part.expression, Star) and key is not None and len(key.primary_key) == 1:
                continue
            raise RepeatedError(f"joining {' and '.join(tables)} repeats rows of {home}, which would be added up more than once.")

    def _parsed(self, sql: str) -> exp.Expr:
        return parse_one(sql, dialect=self.graph.catalog.dialect)


def columns_of(tree: exp.Expr) -> tuple[ColumnRef, ...]:
    """The columns of an expression, each once, in their order; the rows of a table are none."""
    found = [ColumnRef(node.table, node.name) for node in tree.find_all(exp.Column, bfs=False) if not isinstance(node.this, exp.Star)]
    return tuple(dict.fromkeys(found))


def literal(node: exp.Literal) -> Scalar:
    """A literal as a Python value."""
    if node.is_string:
        return node.name
    return int(node.name) if node.name.isdigit() else float(node.name)


def _case(condition: exp.Expr, value: exp.Expr) -> exp.Case:
    return exp.Case(ifs=[exp.If(this=condition.copy(), true=value.copy())])


def _first(columns: tuple[ColumnRef, ...], home: str) -> tuple[ColumnRef, ...]:
    """``columns`` with those of the home table before the others."""
    return tuple(sorted(columns, key=lambda column: column.table != home))


def _names(formula: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(node.name for node in parse_one(formula, dialect="duckdb").find_all(exp.Column)))


def _numbered(formula: str, names: tuple[str, ...]) -> str:
    """A formula with its metrics numbered, and nothing where it would divide by zero."""
    holder = exp.Paren(this=parse_one(formula, dialect="duckdb"))
    for node in list(holder.find_all(exp.Column)):
        node.replace(exp.column(f"p{names.index(node.name)}"))
    for node in list(holder.find_all(exp.Div)):
        if not isinstance(node.expression, exp.Literal):
            node.set("expression", exp.Nullif(this=node.expression.copy(), expression=exp.Literal.number(0)))
    return holder.this.sql(dialect="duckdb")


def _parts(item: Item) -> tuple[Item, ...]:
    if isinstance(item.expression, Defined) and item.expression.parts:
        return tuple(part for one in item.expression.parts for part in _parts(one))
    return (item,)


def _leaves(expression: Expression) -> tuple[ColumnRef | Star, ...]:
    from aiser_jupyter.ask.sql.render import leaves

    return leaves(expression)


def _home(item: Item) -> str:
    return _leaves(item.expression)[0].table

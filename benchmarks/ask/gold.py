"""Gold SQL of a training set as a Plan, so that it can be learned from; None where the form has no place in a Plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp

from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Order, Plan, Star
from aiser_jupyter.ask.sql.render import tables_of

if TYPE_CHECKING:
    from aiser_jupyter.ask.sql.joins import JoinGraph

AGGREGATES = {exp.Count: "count", exp.Sum: "sum", exp.Avg: "avg", exp.Min: "min", exp.Max: "max"}
COMPARISONS = {exp.EQ: "=", exp.NEQ: "!=", exp.GT: ">", exp.LT: "<", exp.GTE: ">=", exp.LTE: "<="}
MIRROR = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "=": "=", "!=": "!="}
COMPOUNDS = {exp.Intersect: "intersect", exp.Union: "union", exp.Except: "except"}


class UnsupportedError(ValueError):
    """A form of SQL that a Plan does not hold."""


def plan(sql: str, graph: JoinGraph) -> Plan | None:
    """The Plan of ``sql`` (SQLite) over the graph's catalog."""
    try:
        return _query(sqlglot.parse_one(sql.rstrip("; \n"), dialect="sqlite"), graph)
    except (UnsupportedError, sqlglot.ParseError, AttributeError, KeyError, ValueError):
        return None


def _query(tree: exp.Expr, graph: JoinGraph) -> Plan:
    tree = tree.unnest() if isinstance(tree, (exp.Subquery, exp.Paren)) else tree
    for kind, name in COMPOUNDS.items():
        if isinstance(tree, kind):
            first, second = _query(tree.this, graph), _query(tree.expression, graph)
            if first.compound or second.compound or tree.args.get("order"):
                raise UnsupportedError
            return Plan(**{**first.__dict__, "compound": (name, second)})
    if not isinstance(tree, exp.Select):
        raise UnsupportedError
    return _Select(tree, graph).plan()


class _Select:
    def __init__(self, tree: exp.Select, graph: JoinGraph) -> None:
        self.tree, self.graph, self.catalog = tree, graph, graph.catalog
        sources = [tree.args.get("from_") or tree.args.get("from"), *(tree.args.get("joins") or [])]
        self.tables: dict[str, str] = {}
        self.filters: list[exp.Expr] = []
        for source in sources:
            table = source.this if source is not None else None
            if not isinstance(table, exp.Table):
                raise UnsupportedError
            found = self.catalog.table(table.name)
            if found is None or found.name in self.tables.values():
                raise UnsupportedError  # a self-join
            self.tables[table.alias_or_name.casefold()] = found.name

    def plan(self) -> Plan:
        tree = self.tree
        select = tuple(self._item(e) for e in tree.expressions)
        where, either = self._conditions(tree.args.get("where"))
        having, either_having = self._conditions(tree.args.get("having"))
        if either_having:
            raise UnsupportedError
        group = tuple(self._column(e) for e in (tree.args["group"].expressions if tree.args.get("group") else ()))
        orders = tuple(
            Order(self._item(o.this), bool(o.args.get("desc"))) for o in (tree.args["order"].expressions if tree.args.get("order") else ())
        )
        limit = int(tree.args["limit"].expression.name) if tree.args.get("limit") else None
        plan = Plan(select, (), where, either, group, having, orders, limit, bool(tree.args.get("distinct")))
        return self._with_tables(plan)

    def _with_tables(self, plan: Plan) -> Plan:
        """Name the counted table of ``count(*)`` and the tables that no column names."""
        named = set(tables_of(plan)) - {""}
        path = self.graph.path(tuple(named)) if named else None
        covered = set(path.tables) if path else named
        bare = sorted(set(self.tables.values()) - covered)
        stars = any(isinstance(e, Star) for e in self._expressions(plan))
        if stars:
            counted = self._finest(bare or sorted(self.tables.values()))
            plan = _renamed(plan, counted)
            bare = [name for name in bare if name != counted]
            path = self.graph.path((*named, counted))
            bare = [name for name in bare if not path or name not in path.tables]
        return Plan(**{**plan.__dict__, "tables": tuple(bare)})

    def _expressions(self, plan: Plan) -> list:
        return [
            i.expression
            for i in (*plan.select, *(c.item for c in plan.having), *(o.item for o in plan.order), *(c.item for c in plan.where))
        ]

    def _finest(self, names: list[str]) -> str:
        children = {key.table for key in self.catalog.keys if key.table in names and key.ref_table in names}
        parents = {key.ref_table for key in self.catalog.keys if key.table in names and key.ref_table in names}
        return min(children - parents or children or set(names))

    def _column(self, node: exp.Expr) -> ColumnRef:
        if not isinstance(node, exp.Column):
            raise UnsupportedError
        if node.table:
            table = self.catalog.table(self.tables[node.table.casefold()])
            found = table.column(node.name) if table else None
            if found is None:
                raise UnsupportedError
            return ColumnRef(table.name, found.name)
        for name in self.tables.values():
            found = self.catalog.table(name).column(node.name)
            if found:
                return ColumnRef(name, found.name)
        raise UnsupportedError

    def _item(self, node: exp.Expr) -> Item:
        node = node.unalias() if isinstance(node, exp.Alias) else node
        if isinstance(node, exp.Star):
            return Item(Star(""))
        for kind, name in AGGREGATES.items():
            if isinstance(node, kind):
                inner = node.this
                if isinstance(inner, exp.Distinct):
                    if len(inner.expressions) != 1:
                        raise UnsupportedError
                    return Item(self._column(inner.expressions[0]), name, distinct=True)
                return Item(Star("") if isinstance(inner, exp.Star) else self._column(inner), name)
        return Item(self._column(node))

    def _conditions(self, clause: exp.Expr | None) -> tuple[tuple[Condition, ...], bool]:
        if clause is None:
            return (), False
        top = clause.this
        while isinstance(top, exp.Paren):
            top = top.this
        if isinstance(top, exp.Or):
            return tuple(self._condition(c) for c in top.flatten()), True
        parts = list(top.flatten()) if isinstance(top, exp.And) else [top]
        return tuple(self._condition(c) for c in parts), False

    def _value(self, node: exp.Expr) -> int | float | str:
        if isinstance(node, exp.Literal):
            return node.name if node.is_string else (float(node.name) if "." in node.name else int(node.name))
        if isinstance(node, exp.Neg):
            return -self._value(node.this)
        if isinstance(node, exp.Column) and not node.table and node.this.quoted:
            return node.name
        raise UnsupportedError

    def _condition(self, node: exp.Expr) -> Condition:  # noqa: C901, PLR0911  # one return a kind of test is the clearest table
        while isinstance(node, exp.Paren):
            node = node.this
        negative = isinstance(node, exp.Not)
        node = node.this if negative else node
        while isinstance(node, exp.Paren):
            node = node.this
        for kind, sign in COMPARISONS.items():
            if isinstance(node, kind) and not negative:
                left, right, operator = node.this, node.expression, sign
                if isinstance(left, (exp.Subquery, exp.Literal)):
                    left, right, operator = right, left, MIRROR[operator]
                if isinstance(right, exp.Subquery):
                    return Condition(self._item(left), operator, (), _query(right, self.graph))
                return Condition(self._item(left), operator, (self._value(right),))
        if isinstance(node, exp.Like):
            return Condition(self._item(node.this), "not like" if negative else "like", (self._value(node.expression),))
        if isinstance(node, exp.Between):
            if negative:
                raise UnsupportedError
            return Condition(self._item(node.this), "between", (self._value(node.args["low"]), self._value(node.args["high"])))
        if isinstance(node, exp.In):
            operator = "not in" if negative else "in"
            if node.args.get("query"):
                return Condition(self._item(node.this), operator, (), _query(node.args["query"], self.graph))
            return Condition(self._item(node.this), operator, tuple(self._value(v) for v in node.expressions))
        if isinstance(node, exp.Is):
            return Condition(self._item(node.this), "is not null" if negative else "is null")
        raise UnsupportedError


def _renamed(plan: Plan, table: str) -> Plan:
    def item(old: Item) -> Item:
        return Item(Star(table), old.aggregate) if isinstance(old.expression, Star) and not old.expression.table else old

    return Plan(
        **{
            **plan.__dict__,
            "select": tuple(map(item, plan.select)),
            "having": tuple(Condition(item(c.item), c.operator, c.values, c.plan) for c in plan.having),
            "order": tuple(Order(item(o.item), o.descending) for o in plan.order),
        }
    )

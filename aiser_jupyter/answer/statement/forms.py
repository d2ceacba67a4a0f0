"""Changes of a qualified query's form, one function each: the changed tree, or None where there is nothing to change."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.answer.statement import ranges
from aiser_jupyter.answer.statement.look import Block, Look, keyed, never_null
from aiser_jupyter.catalog import Catalog

if TYPE_CHECKING:
    from collections.abc import Sequence

Rule = Callable[[exp.Query, Catalog], exp.Query | None]


def blocks(tree: exp.Query, catalog: Catalog) -> list[Block]:
    """The SELECTs of a query."""
    return Look(tree, "", catalog).blocks


def spans(tree: exp.Query, catalog: Catalog) -> exp.Query | None:
    """Functions over a date column as ranges of the bare column."""
    done = False
    for block in blocks(tree, catalog):
        for part in block.conditions:
            found = ranges.span(part, block)
            if found is not None:
                part.replace(exp.paren(ranges.condition(found, block, catalog.dialect)))
                done = True
    return tree if done else None


def early(tree: exp.Query, catalog: Catalog) -> exp.Query | None:  # noqa: ARG001  # every rule is given both
    """Conditions of HAVING without an aggregate, on columns that are grouped by, in WHERE."""
    done = False
    for select in tree.find_all(exp.Select):
        having, group = select.args.get("having"), select.args.get("group")
        if having is None or group is None or any(group.args.get(kind) for kind in ("rollup", "cube", "grouping_sets")):
            continue
        keys = {key.sql() for key in group.expressions}
        parts = list(having.this.flatten()) if isinstance(having.this, exp.And) else [having.this]
        sooner = [part for part in parts if on_keys(part, keys)]
        if sooner:
            later = [part.copy() for part in parts if part not in sooner]
            select.set("having", exp.Having(this=exp.and_(*later)) if later else None)
            select.where(*(part.copy() for part in sooner), copy=False)
            done = True
    return tree if done else None


def on_keys(part: exp.Expr, keys: set[str]) -> bool:
    """Whether a condition tests nothing but columns that are grouped by."""
    columns = {column.sql() for column in part.find_all(exp.Column)}
    return part.find(exp.AggFunc, exp.Window, exp.Query) is None and bool(columns) and columns <= keys


def unsorted(tree: exp.Query, catalog: Catalog) -> exp.Query | None:  # noqa: ARG001  # every rule is given both
    """ORDER BY within a query whose order is lost, left out."""
    done = False
    for select in tree.find_all(exp.Select):
        distinct = select.args.get("distinct")
        if (
            select is tree
            or select.parent is None
            or select.args.get("order") is None
            or (distinct is not None and distinct.args.get("on"))
        ):
            continue
        if not select.args.get("limit") and not select.args.get("offset"):
            select.set("order", None)
            done = True
    return tree if done else None


def undoubled(tree: exp.Query, catalog: Catalog) -> exp.Query | None:
    """DISTINCT left out where no row can come twice, or where nobody counts them."""
    done = False
    for block in blocks(tree, catalog):
        distinct = block.select.args.get("distinct")
        if distinct is None or distinct.args.get("on"):
            continue
        if tested(block.select) or alone(block):
            block.select.set("distinct", None)
            done = True
    return tree if done else None


def tested(select: exp.Select) -> bool:
    """Whether the query stands within IN or EXISTS."""
    above = select.parent.parent if isinstance(select.parent, exp.Subquery) else select.parent
    return isinstance(above, exp.In | exp.Exists)


def alone(block: Block) -> bool:
    """Whether the shown columns tell the rows apart: the group's keys, or a key of a table whose rows no join repeats."""
    shown = [e.unalias() for e in block.select.expressions]
    group = block.select.args.get("group")
    if group is not None:
        return bool(group.expressions) and {key.sql() for key in group.expressions} <= {e.sql() for e in shown}
    if any(e.find(exp.AggFunc) for e in shown) or any(table is None for table in block.tables.values()):
        return False
    columns = [e for e in shown if isinstance(e, exp.Column)]
    for alias, table in block.tables.items():
        names = tuple(column.name for column in columns if block.alias(column) == alias)
        if table is not None and names and keyed(table, names):
            return reached(block, alias) and not block.multiplied_by(alias)
    return False


def reached(block: Block, alias: str) -> bool:
    """Whether every table is tied to ``alias``, so that none multiplies it."""
    seen = {alias}
    while more := {side for edge in block.edges for side in (edge.left, edge.right) if {edge.left, edge.right} & seen} - seen:
        seen |= more
    return seen >= set(block.tables)


def listed(tree: exp.Query, catalog: Catalog) -> exp.Query | None:  # noqa: ARG001  # every rule is given both
    """``a = 1 OR a = 2`` as ``a IN (1, 2)``."""
    done = False
    for node in list(tree.find_all(exp.Or)):
        parts = [part.unnest() for part in node.flatten()] if not isinstance(node.parent, exp.Or) else []
        plain = all(isinstance(p, exp.EQ) and isinstance(p.this, exp.Column) and isinstance(p.expression, exp.Literal) for p in parts)
        if len(parts) > 1 and plain and len({part.this.sql() for part in parts}) == 1:
            node.replace(exp.In(this=parts[0].this.copy(), expressions=[part.expression.copy() for part in parts]))
            done = True
    return tree if done else None


def absent(tree: exp.Query, catalog: Catalog) -> exp.Query | None:
    """``NOT IN (SELECT …)`` of columns without NULL as ``NOT EXISTS``."""
    done = False
    for block in blocks(tree, catalog):
        for node in list(block.own(exp.Not)):
            test = node.this.unnest()
            query = test.args.get("query") if isinstance(test, exp.In) else None
            select = query.this if isinstance(query, exp.Subquery) else query
            if not isinstance(select, exp.Select) or select.args.get("group") or select.args.get("limit") or len(select.expressions) != 1:
                continue
            shown = select.expressions[0].unalias()
            if not (never_null(Block(select, catalog, frozenset()).column(shown)) and never_null(block.column(test.this))):
                continue
            probe = select.copy()
            for part in ("distinct", "order"):
                probe.set(part, None)
            probe.set("expressions", [exp.Literal.number(1)])
            probe.where(exp.EQ(this=shown.copy(), expression=test.this.copy()), copy=False)
            node.replace(exp.Not(this=exp.Exists(this=probe)))
            done = True
    return tree if done else None


def split(tree: exp.Query, catalog: Catalog) -> exp.Query | None:
    """A join of two tables by one of several equalities as the union of the joins by each; a pair that meets two is kept once."""
    done = False
    for block in blocks(tree, catalog):
        parts = either(block)
        if not parts:
            continue
        select, join = block.select, block.joins[0]
        used = [
            column
            for column in block.own(exp.Column)
            if isinstance(column, exp.Column) and column.table and column.find_ancestor(exp.Join) is None
        ]
        columns = sorted({(column.table, column.name) for column in used})
        inner: Sequence[exp.Expr] = [exp.alias_(exp.column(name, table=table), f"{table}__{name}") for table, name in columns]
        arms = [
            exp.select(*(e.copy() for e in inner or [exp.alias_(exp.Literal.number(1), "one")]))
            .from_(select.args["from_"].this.copy())
            .join(join.this.copy(), on=exp.and_(part.copy(), *(unmet(before) for before in parts[:place])))
            for place, part in enumerate(parts)
        ]
        union: exp.Query = arms[0]
        for arm in arms[1:]:
            union = exp.union(union, arm, distinct=False)
        for column in used:
            column.replace(exp.column(f"{column.table}__{column.name}", table="joined"))
        select.set("joins", None)
        select.set("from_", exp.From(this=exp.Subquery(this=union, alias=exp.TableAlias(this=exp.to_identifier("joined")))))
        done = True
    return tree if done else None


def either(block: Block) -> list[exp.EQ]:
    """The equalities of a join by OR of two plain tables, at most four; empty where the block is no such join."""
    if len(block.joins) != 1 or len(block.nodes) != 2 or not all(isinstance(node, exp.Table) for node in block.nodes.values()):
        return []
    on = block.joins[0].args.get("on")
    on = on.unnest() if on is not None else None
    if block.joins[0].args.get("side") or not isinstance(on, exp.Or):
        return []
    parts = [part.unnest() for part in on.flatten()]
    equal = [p for p in parts if isinstance(p, exp.EQ) and len({c.table for c in p.find_all(exp.Column)}) == 2]
    return equal if len(equal) == len(parts) <= 4 else []


def unmet(part: exp.EQ) -> exp.Expr:
    """That an equality is not true: it is false, or NULL."""
    sides = (exp.Is(this=side.copy(), expression=exp.Null()) for side in (part.left, part.right))
    return exp.paren(exp.or_(exp.NEQ(this=part.left.copy(), expression=part.right.copy()), *sides))


OWN: tuple[tuple[str, Rule], ...] = (
    ("dates are compared as ranges of the bare column", spans),
    ("rows are dropped before they are grouped", early),
    ("an order that is lost is not made", unsorted),
    ("DISTINCT is left out where nothing comes twice", undoubled),
    ("alternatives of one column are a list", listed),
    ("NOT IN is NOT EXISTS", absent),
    ("a join by OR is a union of joins", split),
)

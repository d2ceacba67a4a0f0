"""Rules on what a query says: where its rows or numbers may be others than meant."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.answer.statement.look import keyed
from aiser_jupyter.answer.statement.review import Point

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aiser_jupyter.answer.statement.look import Block, Look

CROSS = re.compile(r"\bcross\s+join\b[\s(]*(?:select\b\s*)?$", re.IGNORECASE)
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
TRUNCATING = frozenset({"sqlite", "postgres", "tsql", "redshift", "trino"})
REPEATED = (exp.Sum, exp.Avg, exp.Count)
NUMBERS = frozenset({"integer", "number"})


def products(look: Look) -> Iterator[Point]:
    """Tables that no condition ties to the others."""
    for block in look.blocks:
        aliases = [alias for alias, node in block.nodes.items() if isinstance(node, exp.Table | exp.Subquery)]
        if len(aliases) < 2 or block.select.args.get("laterals"):
            continue
        reached = {aliases[0]}
        natural = {join.this.alias_or_name.casefold() for join in block.joins if join.args.get("using") or join.args.get("method")}
        reached |= natural
        ties = [tied(block, part) for part in block.conditions]
        while more := {alias for tie in ties if tie & reached for alias in tie} - reached:
            reached |= more
        if any("" in tie for tie in ties):  # a name that may be of any of them
            continue
        for alias in aliases:
            if alias not in reached:
                name = block.nodes[alias].alias_or_name
                yield (
                    Point(
                        "cartesian",
                        "wrong",
                        f"Nothing says how {name} belongs to the other tables, so each of its rows meets every row of theirs.",
                        f"Tie it: JOIN {name} ON …. Where every pair is meant, write CROSS JOIN.",
                        block.nodes[alias],
                    )
                    if not crossed(look, block, alias)
                    else Point(
                        "cross_join",
                        "style",
                        f"CROSS JOIN with {name} pairs every row with every other.",
                        "Keep it only where every pair is meant.",
                        block.nodes[alias],
                    )
                )


def crossed(look: Look, block: Block, alias: str) -> bool:
    """Whether the table is joined by the words CROSS JOIN, so that every pair is meant."""
    place = look.place(block.nodes[alias])
    return place is not None and CROSS.search(look.sql[: place[0]]) is not None


def tied(block: Block, part: exp.Expr) -> set[str]:
    """The aliases whose columns a condition has."""
    return {block.alias(column) for column in part.find_all(exp.Column)}


def fan_out(look: Look) -> Iterator[Point]:
    """Sums over rows that a join repeats: the double count of a one-to-many join."""
    for block in look.blocks:
        for node in block.own(*REPEATED):
            inner = node.this.expressions[0] if isinstance(node.this, exp.Distinct) and node.this.expressions else node.this
            if isinstance(node.this, exp.Distinct) or (isinstance(node, exp.Count) and not isinstance(inner, exp.Column)):
                continue
            aliases = {block.alias(column) for column in inner.find_all(exp.Column)} if isinstance(inner, exp.Expr) else set()
            if not aliases or "" in aliases:
                continue
            many = [block.multiplied_by(alias) for alias in sorted(aliases)]
            # A product of columns of several tables counts each row of the finest of them once.
            if all(many) and many:
                owner, other = block.called(min(aliases)), block.called(many[0])
                yield Point(
                    "fan_out",
                    "wrong",
                    f"{node.sql()[:60]} counts rows of {owner} more than once: the join has one row for each row of {other}.",
                    f"Add up {owner} before the join, in a subquery or a WITH, or leave {other} out and test it by EXISTS.",
                    node,
                )


def not_in_null(look: Look) -> Iterator[Point]:
    """NOT IN a list that may hold NULL, which is then true of nothing."""
    for block in look.blocks:
        for node in block.own(exp.Not):
            test = node.this.this if isinstance(node.this, exp.Paren) else node.this
            query = test.args.get("query") if isinstance(test, exp.In) else None
            select = query.this if isinstance(query, exp.Subquery) else query
            if not isinstance(select, exp.Select) or len(select.expressions) != 1:
                continue
            inner = next((b for b in look.blocks if b.select is select), None)
            shown = select.expressions[0].unalias()
            known = inner.column(shown) if inner is not None else None
            filtered = inner is not None and any(is_not_null(part, shown) for part in inner.where)
            if known is None or known.primary or not known.nullable or filtered:
                continue
            has = known.statistics is not None and known.statistics.nulls > 0 and inner is not None and not inner.where
            said = (
                "has missing values now, so NOT IN gives no row at all"
                if has
                else "may be missing; with one missing value NOT IN gives no row at all"
            )
            yield Point(
                "not_in_null",
                "wrong" if has else "risk",
                f"{known.name} {said}.",
                f"Use NOT EXISTS, or add WHERE {known.name} IS NOT NULL within.",
                select,
            )


def is_not_null(part: exp.Expr, column: exp.Expr) -> bool:
    """Whether a condition is ``column IS NOT NULL``."""
    inner = part.this if isinstance(part, exp.Not) else None
    return isinstance(inner, exp.Is) and isinstance(inner.expression, exp.Null) and inner.this.name.casefold() == column.name.casefold()


def equals_null(look: Look) -> Iterator[Point]:
    """A comparison with NULL, which is never true."""
    for node in look.tree.find_all(exp.EQ, exp.NEQ):
        if isinstance(node.expression, exp.Null) or isinstance(node.this, exp.Null):
            word = "IS NULL" if isinstance(node, exp.EQ) else "IS NOT NULL"
            yield Point("equals_null", "wrong", "A comparison with NULL is never true, so no row passes.", f"Write {word}.", node)


def undone_outer(look: Look) -> Iterator[Point]:
    """A LEFT JOIN whose WHERE drops the rows that it kept."""
    for block in look.blocks:
        kept = {join.this.alias_or_name.casefold(): join for join in block.joins if str(join.args.get("side") or "").upper() == "LEFT"}
        for part in block.where if kept else ():
            if isinstance(part, exp.Is) or any(
                isinstance(node, exp.Is | exp.Coalesce | exp.Or | exp.Subquery | exp.Exists) for node in part.walk()
            ):
                continue
            for alias in sorted(tied(block, part) & set(kept)):
                name = block.nodes[alias].alias_or_name
                yield Point(
                    "undone_outer",
                    "risk",
                    f"The condition on {name} in WHERE drops the rows that its LEFT JOIN keeps, so it is an inner join.",
                    "Move the condition into ON, or write JOIN if that is meant.",
                    part,
                )


def last_day(look: Look) -> Iterator[Point]:
    """BETWEEN two days on a moment, which leaves the hours of the last day out."""
    for block in look.blocks:
        for node in block.own(exp.Between):
            known = block.column(node.this)
            high = node.args["high"]
            text = high.this if isinstance(high, exp.Cast) else high
            if known is None or known.type != "timestamp" or not (isinstance(text, exp.Literal) and DAY.fullmatch(text.name)):
                continue
            seen = known.statistics
            moments = seen is None or any(getattr(edge, "hour", 0) or getattr(edge, "minute", 0) for edge in (seen.minimum, seen.maximum))
            said = "BETWEEN ends at the first moment of the last day, so the rest of that day is left out"
            yield Point(
                "last_day",
                "wrong" if moments else "risk",
                f"{known.name} has a time of day, and {said}.",
                f"Write {known.name} >= … AND {known.name} < the day after.",
                node,
            )


def whole_division(look: Look) -> Iterator[Point]:
    """A ratio of whole numbers, which these engines cut."""
    if look.catalog.dialect not in TRUNCATING:
        return
    for block in look.blocks:
        for node in block.own(exp.Div):
            if all(whole(block, side) for side in (node.left, node.right)):
                yield Point(
                    "whole_division",
                    "wrong",
                    "Whole numbers are divided without the part behind the point here: 1 / 2 is 0.",
                    "Multiply by 1.0 first.",
                    node,
                )


def whole(block: Block, node: exp.Expr) -> bool:
    """Whether an expression is surely a whole number."""
    node = node.unnest()
    if isinstance(node, exp.Literal):
        return node.is_int
    if isinstance(node, exp.Subquery | exp.Select):
        select = node.this if isinstance(node, exp.Subquery) else node
        return isinstance(select, exp.Select) and len(select.expressions) == 1 and isinstance(select.expressions[0].unalias(), exp.Count)
    if isinstance(node, exp.Count):
        return True
    if isinstance(node, exp.Sum | exp.Max | exp.Min) and isinstance(node.this, exp.Column):
        known = block.column(node.this)
        return known is not None and known.type == "integer"
    known = block.column(node)
    return known is not None and known.type == "integer"


def unordered_limit(look: Look) -> Iterator[Point]:
    """A LIMIT without an order: which rows come is up to the engine."""
    for block in look.blocks:
        limit = block.select.args.get("limit")
        if limit is None or block.select.args.get("order") is not None or not block.tables:
            continue
        if single(block):
            continue
        yield Point(
            "unordered_limit",
            "risk",
            "LIMIT without ORDER BY: which rows come is up to the engine, and may change.",
            "Say by ORDER BY which rows are meant.",
            limit,
        )


def single(block: Block) -> bool:
    """Whether the query gives one row whatever the limit."""
    return block.select.args.get("group") is None and any(
        isinstance(node, exp.AggFunc) for e in block.select.expressions for node in e.find_all(exp.AggFunc)
    )


def join_types(look: Look) -> Iterator[Point]:
    """Columns of different types compared, and a literal of another type than its column."""
    for block in look.blocks:
        for part in block.own(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE):
            for one, other in ((part.this, part.expression), (part.expression, part.this)):
                known = block.column(one)
                if known is None:
                    continue
                if isinstance(other, exp.Literal):
                    if known.type == "text" and not other.is_string:
                        yield implied(known.name, "text", "a number", part, f"'{other.name}'")
                    elif known.type in NUMBERS and other.is_string and not known.stored:
                        yield implied(known.name, "a number", "a text", part, other.name)
                mate = block.column(other)
                if mate is not None and one is part.this and {known.type, mate.type} >= {"text"} and {known.type, mate.type} & NUMBERS:
                    yield Point(
                        "implicit_cast",
                        "risk",
                        f"{known.name} is {known.type} and {mate.name} is {mate.type}: the engine converts each value, and no index helps.",
                        "Convert one side on purpose with CAST, or give both columns one type.",
                        part,
                    )


def implied(name: str, kind: str, other: str, node: exp.Expr, better: str) -> Point:
    """The remark on a literal of another type."""
    return Point(
        "implicit_cast",
        "risk",
        f"{name} is {kind} and is compared with {other}: the engine converts it, or finds nothing.",
        f"Write {better}.",
        node,
    )


def repeated_rows(look: Look) -> Iterator[Point]:
    """DISTINCT that hides a join which repeats rows."""
    for block in look.blocks:
        distinct = block.select.args.get("distinct")
        if distinct is None or distinct.args.get("on") or len(block.tables) < 2 or block.select.args.get("group") is not None:
            continue
        shown = {block.alias(column) for e in block.select.expressions for column in e.find_all(exp.Column)}
        for join in block.joins:
            alias = join.this.alias_or_name.casefold()
            table = block.tables.get(alias)
            columns = tuple(
                name
                for edge in block.edges
                for side, names in ((edge.left, edge.left_columns), (edge.right, edge.right_columns))
                if side == alias
                for name in names
            )
            if alias not in shown and table is not None and columns and not keyed(table, columns):
                name = join.this.alias_or_name
                yield Point(
                    "distinct_hides_join",
                    "slow",
                    f"{name} only filters: its join repeats rows, and DISTINCT takes them out again.",
                    f"Test {name} by EXISTS in WHERE, without DISTINCT.",
                    join.this,
                )


RULES: tuple[Callable[[Look], Iterator[Point]], ...] = (
    products, fan_out, not_in_null, equals_null, undone_outer, last_day, whole_division, unordered_limit, join_types, repeated_rows,
)  # fmt: skip

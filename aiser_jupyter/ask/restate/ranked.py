"""The first few by rank, or one place alone, written as a nested query, read as the plain query it ranks."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot import exp


@dataclass(frozen=True)
class Top:
    """How many ranks are kept, and within each value of what; ``alone`` where it is that place and none before it."""

    count: str
    within: tuple[exp.Expr, ...] = ()
    alone: bool = False


def unranked(node: exp.Select) -> tuple[exp.Select, Top | None]:
    """``SELECT … FROM (SELECT …, RANK() OVER (ORDER BY x) AS place …) WHERE place <= 5`` as the inner query ordered by x, and the cut at 5.

    ``DENSE_RANK()`` and ``place = 2`` keep the second place alone. Any other query comes back as it is, without a cut.
    """
    source = node.args.get("from_")
    inner = source.this.this if source is not None and isinstance(source.this, exp.Subquery) else None
    if (
        not isinstance(inner, exp.Select)
        or has(node, {"expressions", "from_", "where", "order"})
        or has(inner, {"expressions", "from_", "joins", "where", "group", "having"})
    ):
        return node, None
    rank = next((i for i in inner.selects if isinstance(i, exp.Alias) and is_rank(i.this)), None)
    alone = rank is not None and is_dense(rank.this)
    count = kept(node, rank.alias, within=bool(rank.this.args.get("partition_by")), alone=alone) if rank is not None else None
    named = {i.alias_or_name.casefold(): i for i in inner.selects if i is not rank}
    wanted = [named.get(c.name.casefold()) if isinstance(c, exp.Column) else None for c in node.selects]
    if rank is None or count is None or not all(wanted):
        return node, None
    plain = inner.copy()
    plain.set("expressions", [w.copy() for w in wanted if w is not None])
    plain.set("order", rank.this.args["order"].copy())
    return plain, Top(count, tuple(e.copy() for e in rank.this.args.get("partition_by") or []), alone=alone)


def has(node: exp.Select, known: set[str]) -> bool:
    """Whether ``node`` has any other clause than those."""
    return any(value for clause, value in node.args.items() if clause not in known)


def is_rank(node: exp.Expr) -> bool:
    """Whether a value is ``RANK() OVER (… ORDER BY …)`` or ``DENSE_RANK() OVER (… ORDER BY …)``."""
    if not isinstance(node, exp.Window) or node.args.get("order") is None or node.args.get("spec") is not None:
        return False
    ranks = isinstance(node.this, exp.Rank) or (isinstance(node.this, exp.Anonymous) and node.this.name.upper() == "RANK")
    return ranks or is_dense(node)


def is_dense(node: exp.Window) -> bool:
    """Whether a window numbers places without gaps."""
    return isinstance(node.this, exp.DenseRank) or (isinstance(node.this, exp.Anonymous) and node.this.name.upper() == "DENSE_RANK")


def kept(node: exp.Select, place: str, *, within: bool = False, alone: bool = False) -> str | None:
    """The N of ``WHERE place <= N``, or of ``place = N`` for one ``alone``, where nothing else is filtered and rows are in no other order, but for the first column where ranks are ``within`` it."""
    where, order = node.args.get("where"), node.args.get("order")
    test = where.this if where is not None else None
    if not isinstance(test, exp.EQ if alone else exp.LTE) or not isinstance(test.right, exp.Literal) or not is_column(test.left, place):
        return None
    if order is not None and (any(o.args.get("desc") for o in order.expressions) or not is_column(order.expressions[-1].this, place)):
        return None
    if (
        order is not None
        and len(order.expressions) > 1
        and not (within and is_column(order.expressions[0].this, node.selects[0].alias_or_name))
    ):
        return None
    return test.right.name


def is_column(node: exp.Expr, name: str) -> bool:
    """Whether ``node`` is the column of that name."""
    return isinstance(node, exp.Column) and node.name.casefold() == name.casefold()

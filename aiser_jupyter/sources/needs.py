"""What a statement needs of each table: which columns, which rows, and how many, so that no more is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

# A filter made of these alone gives the same on every run, raises nothing on a row that a join would have dropped, and asks no other table.
PLAIN = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between, exp.Like,
    exp.ILike, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Boolean, exp.Neg, exp.Cast,
    exp.DataType, exp.DataTypeParam, exp.Placeholder,
)  # fmt: skip
# What a SELECT may have beside its columns and still take any rows of its one table.
_FIRST_ROWS = frozenset({"expressions", "from_", "where", "limit", "offset"})
_ROWWISE = (exp.Column, exp.Literal, exp.Null, exp.Boolean, exp.Star)

Columns = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Need:
    """What a statement needs of one table.

    ``columns`` are in the table's own order, one at least; ``filter`` names this table's columns alone, quoted and without qualifier, in the
    statement's dialect (None: every row); ``limit`` is how many of the rows that pass the ``filter`` are enough (None: all of them).
    An engine may leave the filter out where it means another thing there; then it must leave the limit out too.
    """

    columns: tuple[str, ...]
    filter: exp.Expr | None = None
    limit: int | None = None


@dataclass(frozen=True)
class _Use:
    """One place where the statement names a table: its node, the SELECT it stands in (None: somewhere else), and its key."""

    node: exp.Table
    select: exp.Select | None
    key: str


def needs(tree: exp.Expr, columns: Columns) -> dict[str, Need]:
    """What the query ``tree`` needs of each table in ``columns`` (a table's name, with its schema where it has one, to its columns).

    Run over copies that hold these columns and rows alone, the statement gives the rows it gives over the whole tables. Tables the
    statement does not name are left out. What is not plain keeps every row or column: an outer join's other side, a name that a WITH defines
    too, a sample, a pivot, columns renamed in FROM.
    """
    uses = list(_uses(tree, columns))
    found: dict[str, list[_Use]] = {}
    for use in uses:
        found.setdefault(use.key, []).append(use)
    shadowed = {_fold(cte.alias) for cte in tree.find_all(exp.CTE)}
    needed = {}
    for key, places in found.items():
        own = tuple(columns[key])
        if shadowed & {_fold(key), _fold(key.rpartition(".")[2])} or len({_fold(name) for name in own}) < len(own):
            needed[key] = Need(own)
            continue
        kept = _columns(tree, places, own)
        wanted = [_filter(place, columns) for place in places]
        limit = _limit(places[0], wanted[0], own) if len(places) == 1 else None
        needed[key] = Need(kept, _either(wanted), limit)
    return needed


def conjuncts(condition: exp.Expr | None) -> Iterator[exp.Expr]:
    """The parts of a condition that must all hold."""
    if isinstance(condition, exp.And):
        yield from conjuncts(condition.left)
        yield from conjuncts(condition.right)
    elif isinstance(condition, exp.Paren) and isinstance(condition.this, exp.And | exp.Paren):
        yield from conjuncts(condition.this)
    elif condition is not None:
        yield condition


def joined(parts: Sequence[exp.Expr]) -> exp.Expr | None:
    """One condition that holds where all ``parts`` do; None where there are none."""
    return _chain(exp.And, parts) if parts else None


def _uses(tree: exp.Expr, columns: Columns) -> Iterator[_Use]:
    keys = {_fold(key): key for key in columns}
    for node in tree.find_all(exp.Table):
        key = keys.get(_fold(".".join(part.name for part in node.parts))) or keys.get(_fold(node.name))
        if key is not None and isinstance(node.this, exp.Identifier):
            yield _Use(node, _select(node), key)


def _select(node: exp.Table) -> exp.Select | None:
    """The SELECT in whose FROM or JOIN the table stands by itself."""
    clause = node.parent
    if not isinstance(clause, exp.From | exp.Join) or not isinstance(clause.parent, exp.Select):
        return None
    return clause.parent


def _columns(tree: exp.Expr, places: Sequence[_Use], own: tuple[str, ...]) -> tuple[str, ...]:
    """Those of ``own`` whose names the statement writes anywhere, unless by a qualifier that is another table's."""
    if any(place.select is None or _whole(place.select, place.node) for place in places):
        return own
    called = {_fold(place.node.alias_or_name) for place in places} | {_fold(place.node.name) for place in places}
    written: set[str] = set()
    for column in tree.find_all(exp.Column):
        parts = [_fold(part.name) for part in column.parts]
        if isinstance(column.this, exp.Star):
            if parts[-2] in called:
                return own
        # `t` alone is a row of t as a whole, and in `a.b` the a may be a column with fields.
        elif len(parts) == 1 or called & set(parts[:-1]):
            written.update(parts)
        else:
            written.update(parts[:-1])
    if written & called - {_fold(name) for name in own} and _row_as_value(tree, called):
        return own
    # What may be a unit of time, as in `date_trunc('month', day)`, may be a column too.
    for name in tree.find_all(exp.Identifier, exp.Var):
        if not isinstance(name.parent, exp.Column | exp.Table | exp.TableAlias | exp.Alias):
            written.add(_fold(name.name))
    kept = tuple(name for name in own if _fold(name) in written)
    return kept or own[:1]


def _whole(select: exp.Select, node: exp.Table) -> bool:
    """Whether the SELECT takes every column of the table, or names them by their places."""
    alias = node.args.get("alias")
    if (alias is not None and alias.args.get("columns")) or node.args.get("pivots") or select.args.get("pivots") or not select.expressions:
        return True
    if any(join.args.get("method") for join in select.args.get("joins") or ()):  # NATURAL, POSITIONAL
        return True
    stars = (star for part in select.expressions for star in part.find_all(exp.Star) if _owner(star) is select)
    return any(not _counts(star) and not (isinstance(star.parent, exp.Column) and star.parent.table) for star in stars) or any(
        isinstance(call, exp.Columns) or (isinstance(call, exp.Anonymous) and call.name.upper() in {"COLUMNS", "UNPACK"})
        for call in select.find_all(exp.Columns, exp.Anonymous)
    )


def _owner(node: exp.Expr) -> exp.Expr | None:
    return node.find_ancestor(exp.Select)


def _counts(star: exp.Star) -> bool:
    """Whether it is the star of ``count(*)``, which takes no column."""
    call = star.parent
    return isinstance(call, exp.Count) or (isinstance(call, exp.Anonymous) and call.name.lower() == "count")


def _row_as_value(tree: exp.Expr, called: set[str]) -> bool:
    return any(len(column.parts) == 1 and _fold(column.name) in called for column in tree.find_all(exp.Column))


def _filter(use: _Use, columns: Columns) -> exp.Expr | None:
    """What the SELECT asks of this table alone, before it does anything else with its rows."""
    select, node = use.select, use.node
    if select is None or node.args.get("sample") or node.args.get("pivots") or select.args.get("laterals") or select.args.get("sample"):
        return None
    alias = node.args.get("alias")
    if alias is not None and alias.args.get("columns"):
        return None
    resolve = _Resolver(use, select, columns)
    parts = [part for condition in conditions(select, node) for part in conjuncts(condition)]
    return joined([resolve.moved(part) for part in parts if resolve.concerns(part)])


def conditions(select: exp.Select, node: exp.Table) -> Iterator[exp.Expr]:
    """The conditions that a row of the table must meet whatever it is joined with."""
    joins: list[exp.Join] = select.args.get("joins") or []
    own = next((join for join in joins if join.this is node), None)
    if any(
        _kind(join) not in {"inner", "left", "semi", "anti"} or join.args.get("method") or join.this.args.get("joins") for join in joins
    ):
        return
    if select.args["from_"].this.args.get("joins"):
        return
    if own is None or _kind(own) == "inner":
        where = select.args.get("where")
        if where is not None:
            yield where.this
        # An ON is only as sure as a WHERE where no row is made up for want of a partner.
        yield from (join.args["on"] for join in joins if _kind(join) == "inner" and join.args.get("on") is not None)
    elif own.args.get("on") is not None:
        yield own.args["on"]


def _kind(join: exp.Join) -> str:
    side, kind = str(join.args.get("side") or "").lower(), str(join.args.get("kind") or "").lower()
    if side in {"", "left"} and kind in {"semi", "anti"}:
        return kind
    if side == "left" and kind in {"", "outer"}:
        return "left"
    return "inner" if not side and kind in {"", "inner", "cross"} else "other"


class _Resolver:
    """Which columns of a SELECT's own conditions are certainly those of one of its tables."""

    def __init__(self, use: _Use, select: exp.Select, columns: Columns) -> None:
        self._own = {_fold(name): name for name in columns[use.key]}
        self._name = _fold(use.node.alias_or_name)
        sources = [select.args["from_"].this, *(join.this for join in select.args.get("joins") or ())]
        others = [source for source in sources if source is not use.node]
        self._single = all(_fold(other.alias_or_name) != self._name for other in others)
        known = {_fold(key): names for key, names in columns.items()}
        self._taken: set[str] | None = {_fold(part.alias) for part in select.expressions if isinstance(part, exp.Alias)}
        for other in others:
            names = None
            if isinstance(other, exp.Table):
                names = known.get(_fold(".".join(part.name for part in other.parts)))
            if names is None:
                self._taken = None
                break
            self._taken |= {_fold(name) for name in names}

    def concerns(self, part: exp.Expr) -> bool:
        """Whether ``part`` is plain and names this table's columns alone, one at least."""
        nodes = list(part.walk())
        if not all(isinstance(node, PLAIN) for node in nodes) or any(_doubtful(node) for node in nodes):
            return False
        found = [node for node in nodes if isinstance(node, exp.Column)]
        return bool(found) and all(self._is_own(column) for column in found)

    def _is_own(self, column: exp.Column) -> bool:
        name, table = _fold(column.name), _fold(column.table)
        if name not in self._own or len(column.parts) > 2:
            return False
        # A column elsewhere may hold a struct that is called as the table is.
        if table:
            return table == self._name and self._single
        return self._taken is not None and name not in self._taken

    def moved(self, part: exp.Expr) -> exp.Expr:
        """``part`` with its columns bare, as the table itself calls them."""
        return part.copy().transform(
            lambda node: exp.column(exp.to_identifier(self._own[_fold(node.name)], quoted=True)) if isinstance(node, exp.Column) else node
        )


def _doubtful(node: exp.Expr) -> bool:
    if isinstance(node, exp.In):
        return bool(node.args.get("query") or node.args.get("unnest") or node.args.get("field"))
    # A cast of a column may fail on a row that the statement would never have reached.
    return isinstance(node, exp.Cast) and not isinstance(node.this, exp.Literal)


def _limit(use: _Use, wanted: exp.Expr | None, own: tuple[str, ...]) -> int | None:
    """How many rows are enough, where the SELECT takes any rows of its only table as they come."""
    select = use.select
    if select is None or {key for key, value in select.args.items() if value} - _FIRST_ROWS or not _rowwise(select, use.node):
        return None
    limit, offset = select.args.get("limit"), select.args.get("offset")
    if not isinstance(limit, exp.Limit) or any(value for key, value in limit.args.items() if key not in {"expression", "this"}):
        return None
    counts = [part.expression for part in (limit, offset) if part is not None]
    if not all(isinstance(count, exp.Literal) and count.is_int for count in counts):
        return None
    where = select.args.get("where")
    if where is not None:
        resolve = _Resolver(use, select, {use.key: own})
        if wanted is None or not all(resolve.concerns(part) for part in conjuncts(where.this)):
            return None
    return sum(int(count.name) for count in counts)


def _rowwise(select: exp.Select, node: exp.Table) -> bool:
    """Whether each row of the table gives a row of the SELECT."""
    return (
        not node.args.get("sample")
        and not node.args.get("pivots")
        and all(isinstance(part.unalias(), _ROWWISE) for part in select.expressions)
    )


def _either(wanted: Sequence[exp.Expr | None]) -> exp.Expr | None:
    """The rows that one of several places wants; None where one wants all."""
    parts = [part for part in wanted if part is not None]
    if len(parts) < len(wanted):
        return None
    unique = list({part.sql(): part for part in parts}.values())
    if len(unique) == 1:
        return unique[0]
    return _chain(exp.Or, unique)


def _chain(connector: type[exp.Connector], parts: Sequence[exp.Expr]) -> exp.Expr:
    whole, *others = map(_bracketed, parts)
    for part in others:
        whole = connector(this=whole, expression=part)
    return whole


def _bracketed(part: exp.Expr) -> exp.Expr:
    return exp.Paren(this=part) if isinstance(part, exp.Connector) else part


def _fold(name: str) -> str:
    return name.casefold()

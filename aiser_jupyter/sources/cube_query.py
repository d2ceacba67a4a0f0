"""SQL over one cube as a query of Cube's own: groups by dimensions with measures of each, and what is left to do with them.

A cube has no rows to look at, only groups: what cannot be said as one set of groups is refused, never approximated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from sqlglot import exp

from aiser_jupyter.errors import QueryError, UnknownNameError
from aiser_jupyter.sources.conditions import AllOf, Filter, conditions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiser_jupyter.sources.conditions import Condition

GRANULARITIES = frozenset({"second", "minute", "hour", "day", "week", "month", "quarter", "year"})
_CLAUSES = frozenset({"expressions", "from_", "where", "group", "having", "order", "limit", "offset", "distinct"})
_HOW = "Write SELECT dimensions, measures FROM a cube [WHERE …] GROUP BY the dimensions [HAVING …] [ORDER BY …] [LIMIT …]; a measure by its name."
_ORDER = {">": "gt", ">=": "gte", "<": "lt", "<=": "lte"}
_MS = timedelta(milliseconds=1)
# Which call a measure may be wrapped in without meaning something else.
_CALLS: dict[type[exp.Expr], frozenset[str]] = {
    exp.Sum: frozenset({"sum", "count", "runningTotal"}),
    exp.Count: frozenset({"count", "countDistinct", "countDistinctApprox"}),
    exp.Min: frozenset({"min"}),
    exp.Max: frozenset({"max"}),
    exp.Avg: frozenset({"avg"}),
}


@dataclass(frozen=True)
class Member:
    """A measure or dimension: its full name, its short one, Cube's type, and for a measure how it is made."""

    path: str
    name: str
    role: Literal["measure", "dimension"]
    type: str
    aggregate: str = ""
    title: str = ""
    description: str = ""
    format: str = ""


@dataclass(frozen=True)
class Wanted:
    """One column of the groups: a member, and for a moment the granularity it is cut to."""

    member: Member
    granularity: str = ""

    @property
    def column(self) -> str:
        """What it is called among the groups."""
        return f"{self.member.name}.{self.granularity}" if self.granularity else self.member.name

    @property
    def key(self) -> str:
        """What Cube calls it in a row."""
        return f"{self.member.path}.{self.granularity}" if self.granularity else self.member.path


@dataclass(frozen=True)
class CubeQuery:
    """A query for Cube, the columns it yields, and the statement over these (a table called ``groups``) that gives the rows."""

    body: Mapping[str, Any]
    columns: tuple[Wanted, ...]
    sql: str
    params: frozenset[str] = field(default_factory=frozenset)


def translated(tree: exp.Expr, members: Mapping[str, Member], params: Mapping[str, object]) -> CubeQuery:
    """``tree`` over the cube with these ``members`` (by short name in lower case).

    Raises `QueryError` for a statement that is no one set of groups, `UnknownNameError` for a member that is not there.
    """
    if (
        not isinstance(tree, exp.Select)
        or {key for key, value in tree.args.items() if value} - _CLAUSES
        or len(list(tree.find_all(exp.Table))) != 1
    ):
        raise QueryError("A cube is asked by one plain SELECT, without joins, subqueries or windows.", hint=_HOW)
    if tree.find(exp.Star) or tree.find(exp.Subquery, exp.Window, exp.Filter):
        raise QueryError("A cube has no rows to count or to take all columns of, only measures by dimensions.", hint=_HOW)
    return _Translation(tree, members, params).query()


class _Translation:
    def __init__(self, tree: exp.Select, members: Mapping[str, Member], params: Mapping[str, object]) -> None:
        self.tree = tree
        self.members = members
        self.params = params
        self.called = {item.alias.casefold() for item in tree.expressions if isinstance(item, exp.Alias)}
        self.found: dict[Wanted, None] = {}

    def query(self) -> CubeQuery:
        rest = self.tree.copy()
        filters = self._filters()
        names = [item.alias or (item.name if isinstance(item, exp.Column) else item.sql(dialect="duckdb")) for item in rest.expressions]
        grouped = self._grouped(rest)
        items = [self._replaced(item, grouped) for item in rest.expressions]
        rest.set(
            "expressions",
            [exp.alias_(item.unalias(), exp.to_identifier(name, quoted=True)) for item, name in zip(items, names, strict=True)],
        )
        selected = dict(self.found)
        for clause in ("having", "order"):
            node = rest.args.get(clause)
            if node is not None:
                rest.set(clause, self._replaced(node, grouped))
        dimensions = [one for one in self.found if one.member.role == "dimension"]
        measures = [one for one in self.found if one.member.role == "measure"]
        asked = {*grouped, *(one for one in selected if one.member.role == "dimension")}
        if set(dimensions) - asked:
            raise QueryError("HAVING and ORDER BY may name only the dimensions that are grouped by.", hint=_HOW)
        if not measures and not self.tree.args.get("group") and not self.tree.args.get("distinct"):
            raise QueryError("A cube has no rows, only groups: name a measure, or GROUP BY the dimensions.", hint=_HOW)
        having = rest.args.get("having")
        rest.set("where", exp.Where(this=having.this) if having is not None else None)
        for clause in ("having", "group"):
            rest.set(clause, None)
        rest.set("from_", exp.From(this=exp.to_table("groups")))
        left = frozenset(node.name for node in rest.find_all(exp.Placeholder))
        return CubeQuery(self._body(dimensions, measures, filters), (*dimensions, *measures), rest.sql(dialect="duckdb"), left)

    def _body(self, dimensions: list[Wanted], measures: list[Wanted], filters: list[dict[str, Any]]) -> dict[str, Any]:
        body: dict[str, Any] = {
            "measures": [one.member.path for one in measures],
            "dimensions": [one.member.path for one in dimensions if not one.granularity],
            "timeDimensions": [{"dimension": one.member.path, "granularity": one.granularity} for one in dimensions if one.granularity],
            "filters": filters,
            "timezone": "UTC",
        }
        return {key: value for key, value in body.items() if value}

    def _grouped(self, rest: exp.Select) -> set[Wanted]:
        """The dimensions of GROUP BY; numbers and aliases there stand for columns of the SELECT, which are looked at by themselves."""
        group = rest.args.get("group")
        if group is None:
            return set()
        if any(group.args.get(key) for key in ("rollup", "cube", "grouping_sets")):
            raise QueryError("A cube groups by one set of dimensions at a time.", hint=_HOW)
        found: set[Wanted] = set()
        for item in group.expressions:
            if isinstance(item, exp.Literal) or (isinstance(item, exp.Column) and item.name.casefold() in self.called - set(self.members)):
                continue
            wanted = self._wanted(item)
            if wanted is None or wanted.member.role != "dimension":
                raise QueryError(
                    "GROUP BY takes dimensions of the cube, by name or by date_trunc.", where=item.sql(dialect="duckdb"), hint=_HOW
                )
            found.add(wanted)
            self.found[wanted] = None
        return found

    def _replaced(self, node: exp.Expr, grouped: set[Wanted]) -> exp.Expr:
        """``node`` with each member as a column of the groups."""
        whole = node.unalias()
        wanted = self._wanted(whole)
        if wanted is not None:
            self.found[wanted] = None
            return _column(wanted)
        for part in list(_parts(whole)):
            inner = self._wanted(part)
            if inner is None:
                continue
            # Only a dimension that is grouped by has one value in each group.
            if inner.member.role == "dimension" and inner not in grouped and not isinstance(node, exp.Order):
                raise QueryError(
                    f"The dimension {inner.member.name} stands within an expression, so it must be grouped by.",
                    where=whole.sql(dialect="duckdb"),
                    hint=_HOW,
                )
            self.found[inner] = None
            part.replace(_column(inner))
        if left := next((call for call in whole.find_all(exp.AggFunc)), None):
            raise QueryError(
                "A cube's numbers are its measures; it has no rows to make others from.", where=left.sql(dialect="duckdb"), hint=_HOW
            )
        return whole

    def _wanted(self, node: exp.Expr) -> Wanted | None:  # noqa: PLR0911  # one return a kind of node
        """The member that ``node`` names; None where it is something else."""
        if isinstance(node, exp.Column):
            member = self.members.get(node.name.casefold())
            if member is None and node.name.casefold() in self.called:
                return None
            return Wanted(member or self._unknown(node.name))
        if isinstance(node, exp.TimestampTrunc | exp.DateTrunc) and isinstance(node.this, exp.Column):
            member = self.members.get(node.this.name.casefold()) or self._unknown(node.this.name)
            unit = node.unit.name.lower() if node.unit is not None else ""
            if member.type != "time" or unit not in GRANULARITIES:
                raise QueryError(
                    f"{member.name} cannot be cut to {unit or 'that'}.",
                    hint=f"Granularities of a time: {', '.join(sorted(GRANULARITIES))}.",
                )
            return Wanted(member, unit)
        if type(node) in _CALLS and isinstance(node.this, exp.Column):
            member = self.members.get(node.this.name.casefold()) or self._unknown(node.this.name)
            if member.role != "measure" or member.aggregate not in _CALLS[type(node)]:
                return None
            return Wanted(member)
        if (
            isinstance(node, exp.Anonymous)
            and node.name.lower() == "measure"
            and len(node.expressions) == 1
            and isinstance(node.expressions[0], exp.Column)
        ):
            return self._wanted(node.expressions[0])
        return None

    def _unknown(self, name: str) -> Member:
        from difflib import get_close_matches

        names = [member.name for member in self.members.values()]
        near = tuple(get_close_matches(name, names, n=3))
        hint = f"Did you mean {near[0]}?" if near else f"It has: {', '.join(names[:12])}."
        raise UnknownNameError(f"There is no column {name!r}.", hint=hint, candidates=near)

    def _filters(self) -> list[dict[str, Any]]:
        where = self.tree.args.get("where")
        if where is None:
            return []
        for column in where.find_all(exp.Column):
            if (self.members.get(column.name.casefold()) or self._unknown(column.name)).role == "measure":
                raise QueryError(f"{column.name} is a measure, made of the rows that WHERE lets through.", hint="Filter it with HAVING.")
        found, whole = conditions(where.this, self.params)
        if not whole:
            raise QueryError(
                "Cube has no filter for a part of the WHERE.",
                where=where.this.sql(dialect="duckdb"),
                hint="Compare a dimension with constants.",
            )
        return [filtered for condition in found for filtered in self._filtered(condition)]

    def _filtered(self, condition: Condition) -> list[dict[str, Any]]:
        if not isinstance(condition, Filter):
            inner = [parts[0] if len(parts) == 1 else {"and": parts} for part in condition.parts if (parts := self._filtered(part))]
            return [{"and" if isinstance(condition, AllOf) else "or": inner}]
        member = self.members[condition.column.casefold()]
        path, op, value = member.path, condition.op, condition.value
        if op in {"null", "not null"}:
            return [{"member": path, "operator": "notSet" if op == "null" else "set"}]
        values = [_text(one, member) for one in (value if isinstance(value, tuple) else (value,))]
        if op in {"=", "in"} and member.type != "time":
            return [{"member": path, "operator": "equals", "values": values}]
        if op in {"<>", "not in"} and member.type != "time":
            # Cube counts a missing value as different; SQL does not.
            return [{"member": path, "operator": "notEquals", "values": values}, {"member": path, "operator": "set"}]
        if member.type == "number" and op in _ORDER:
            return [{"member": path, "operator": _ORDER[op], "values": values}]
        if member.type == "time" and op in {"=", *_ORDER}:
            return [{"member": path, "operator": operator, "values": [moment]} for operator, moment in _moments(op, value)]
        raise QueryError(
            f"Cube has no filter that means {member.name} {op} the same as SQL does.", hint="Filter the result: HAVING, or an outer query."
        )


def _parts(node: exp.Expr) -> Iterator[exp.Expr]:
    """The nodes of ``node`` that may name a member, outermost first."""
    if isinstance(node, exp.Column | exp.TimestampTrunc | exp.DateTrunc | exp.AggFunc) or (
        isinstance(node, exp.Anonymous) and node.name.lower() == "measure"
    ):
        yield node
        return
    for child in node.iter_expressions():
        yield from _parts(child)


def _column(wanted: Wanted) -> exp.Column:
    return exp.column(exp.to_identifier(wanted.column, quoted=True))


def _text(value: object, member: Member) -> str:
    fits = {"string": str, "boolean": bool, "time": str | date}.get(member.type, object)
    if not isinstance(value, fits) or (member.type == "number" and isinstance(value, str | bool | date)):
        raise QueryError(f"{member.name} is a {member.type}, and is compared with something else.", where=repr(value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _moments(op: str, value: object) -> list[tuple[str, str]]:
    """Cube's filters of a time, said by the two whose bounds are sharp: from a moment on, and before a moment (in milliseconds)."""
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        parsed = None
    if isinstance(parsed, date) and not isinstance(parsed, datetime):
        parsed = datetime(parsed.year, parsed.month, parsed.day, tzinfo=UTC)
    if not isinstance(parsed, datetime) or parsed.microsecond % 1000:
        raise QueryError("A time is compared with a day or a moment, no finer than milliseconds.", where=repr(value))
    at = parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    begin, after = _iso(at), _iso(at + _MS)
    found = {"=": [("afterOrOnDate", begin), ("beforeDate", after)], ">=": [("afterOrOnDate", begin)], ">": [("afterOrOnDate", after)]}
    return found.get(op) or [("beforeDate", begin if op == "<" else after)]


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}"

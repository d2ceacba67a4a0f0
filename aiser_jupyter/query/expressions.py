"""What stands in an expression of DuckDB: the kind of its values, how sure a condition keeps the same rows, and how both are written there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.query import alike, kinds
from aiser_jupyter.query.alike import Unlike

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aiser_jupyter.query.kinds import Kind

_UNITS = frozenset({"year", "quarter", "month", "week", "day", "hour", "minute", "second"})
_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)

Outputs = list[tuple[str, "Kind | None"]]  # the columns of a query
Scope = dict[str, dict[str, tuple[str, "Kind | None"]]]  # the columns in sight: by the alias of a table, by name in lower case


class Expressions:
    """Reads the expressions of a statement, and makes of each in place what ``engine`` runs.

    Raises `Unlike` where a part is not on the list. ``values`` are those of the parameters; ``query`` reads a query within an expression.
    """

    def __init__(self, engine: str, values: Mapping[str, object], query: Callable[[exp.Expr, Scope], Outputs]) -> None:
        self._engine = engine
        self._values = values
        self._query = query

    def sure(self, part: exp.Expr, scope: Scope) -> None:
        """Raises `Unlike` where the condition may keep other rows."""
        if self.predicate(part, scope) != alike.EXACT:
            raise Unlike("a condition")

    def predicate(self, part: exp.Expr, scope: Scope) -> int:  # noqa: C901, PLR0911  # one return a kind of condition is the clearest table
        """How sure the condition keeps the same rows."""
        if part.args.get("negate"):
            raise Unlike("a condition written with NOT inside")
        match part:
            case exp.And() | exp.Or():
                return min(self.predicate(part.left, scope), self.predicate(part.right, scope))
            case exp.Paren():
                return self.predicate(part.this, scope)
            case exp.Not():
                return alike.EXACT if self.predicate(part.this, scope) == alike.EXACT else alike.NO
            case exp.Boolean():
                return alike.EXACT if self._engine == "postgres" else alike.NO
            case exp.Is() if isinstance(part.expression, exp.Null):
                return alike.null_told(self.kind(part.this, scope), self._engine)
            case exp.In() if part.expressions and not part.args.get("query"):
                return min(self._compared(part, part.this, other, scope) for other in part.expressions)
            case exp.In() if part.args.get("query"):
                return self._within(part, scope)
            case exp.Between() if not part.args.get("symmetric"):
                return min(self._compared(part, part.this, part.args[end], scope) for end in ("low", "high"))
            case exp.Like() if isinstance(part.expression, exp.Literal) and part.expression.is_string:
                return alike.liked(part, self.kind(part.this, scope), self._engine)
        if isinstance(part, _COMPARED):
            return self._compared(part, part.left, part.right, scope)
        if isinstance(part, exp.Exists) and alike.groups_on(self._engine):
            self._query(part.this, scope)
            return alike.EXACT
        raise Unlike(part.key)

    def _compared(self, part: exp.Expr, left: exp.Expr, right: exp.Expr, scope: Scope) -> int:
        return alike.compared(part, (left, right), (self.kind(left, scope), self.kind(right, scope)), self._engine)

    def _within(self, part: exp.In, scope: Scope) -> int:
        if not alike.groups_on(self._engine):
            raise Unlike("IN with a query")
        query = part.args["query"]
        outputs = self._query(query, scope)
        one, other = self.kind(part.this, scope), outputs[0][1]
        same = one is not None and other is not None and (one == other or (kinds.is_number(one) and kinds.is_number(other)))
        return alike.EXACT if len(outputs) == 1 and same and alike.groupable(one, self._engine) else alike.NO

    def kind(self, part: exp.Expr, scope: Scope) -> Kind | None:  # noqa: C901, PLR0911, PLR0912  # one return a kind of formula is the clearest table
        """The kind of an expression's values; None for a plain column of another kind. Raises `Unlike` for what is not listed."""
        match part:
            case exp.Column():
                return self._resolved(part, scope)
            case exp.Paren():
                return self.kind(part.this, scope)
            case exp.Literal():
                return "literal" if part.is_string else "integer" if part.is_int else f"decimal {len(part.name.partition('.')[2])}"
            case exp.Placeholder():
                return kinds.of_value(self._values.get(part.name))
            case exp.Neg():
                return self._number(part.this, scope)
            case exp.Add() | exp.Sub() | exp.Mul():
                return kinds.combined(part, self._number(part.left, scope), self._number(part.right, scope))
            case exp.Cast():
                return self._cast(part, scope)
            case exp.Case():
                return self._case(part, scope)
            case exp.Filter() if self._engine == "postgres":
                self.sure(part.expression.this, scope)
                return self.kind(part.this, scope)
            case exp.WithinGroup() if self._engine == "postgres":
                return self._percentile(part, scope)
            case exp.Subquery() if alike.groups_on(self._engine):
                outputs = self._query(part, scope)
                return outputs[0][1] if len(outputs) == 1 else None
            case exp.Coalesce():
                return self._same([part.this, *part.expressions], scope)
            case exp.Anonymous():
                return self._call(part, scope)
        raise Unlike(part.key)

    def _resolved(self, column: exp.Column, scope: Scope) -> Kind | None:
        if len(column.parts) > 2:
            raise Unlike("a name of three parts")
        name, table = column.name.casefold(), column.table.casefold()
        found = [(alias, columns[name]) for alias, columns in scope.items() if name in columns and table in {"", alias}]
        if len(found) != 1:
            raise Unlike(f"the column {column.name}")
        alias, (real, kind) = found[0]
        column.set("this", exp.to_identifier(real, quoted=True))
        column.set("table", exp.to_identifier(alias, quoted=True) if alias else None)
        column.meta["kind"] = kind
        return kind

    def _number(self, part: exp.Expr, scope: Scope) -> Kind:
        kind = self.kind(part, scope)
        if kind is None or not kinds.is_number(kind):
            raise Unlike("arithmetic on what is no number")
        return kind

    def _same(self, parts: list[exp.Expr], scope: Scope) -> Kind:
        found = {self.kind(part, scope) for part in parts}
        kind = found.pop()
        if found or kind is None or kind == "literal":
            raise Unlike("values of several kinds")
        return kind

    def _case(self, part: exp.Case, scope: Scope) -> Kind:
        if part.this is not None or not alike.groups_on(self._engine):
            raise Unlike("CASE")
        for branch in part.args["ifs"]:
            self.sure(branch.this, scope)
        default = part.args.get("default")
        return self._same([branch.args["true"] for branch in part.args["ifs"]] + ([default] if default is not None else []), scope)

    def _cast(self, part: exp.Cast, scope: Scope) -> Kind:
        if type(part) is not exp.Cast:
            raise Unlike("TRY_CAST")
        to = part.to.this
        if isinstance(part.this, exp.Literal) and part.this.is_string:
            if to in {exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ} and alike.is_moment(part.this):
                return "date" if to == exp.DType.DATE else "timestamp"
            raise Unlike("a CAST")
        kind = self.kind(part.this, scope)
        if to == exp.DType.DATE and kind in {"date", "timestamp"}:
            return "date"
        if to == exp.DType.DOUBLE and kind is not None and kinds.is_number(kind) and self._engine == "postgres":
            return "double"
        if to == exp.DType.BIGINT and kind == "integer" and self._engine == "postgres":
            return "integer"
        raise Unlike("a CAST")

    def _percentile(self, part: exp.WithinGroup, scope: Scope) -> Kind:
        call = part.this
        keys = part.expression.expressions
        if not isinstance(call, exp.Anonymous) or call.name.lower() != "percentile_cont" or len(keys) != 1 or keys[0].args.get("desc"):
            raise Unlike("WITHIN GROUP")
        if not all(isinstance(share, exp.Literal) and not share.is_string for share in call.expressions):
            raise Unlike("WITHIN GROUP")
        if self.kind(keys[0].this, scope) != "double":
            raise Unlike("a percentile of what is no double")
        return "double"

    def _call(self, call: exp.Anonymous, scope: Scope) -> Kind:
        name, given = call.name.lower(), call.expressions
        if name not in alike.calls_on(self._engine):
            raise Unlike(f"{name}()")
        if name == "count":
            return self._count(given, scope)
        if name == "coalesce":
            return self._same(given, scope)
        if name == "date_trunc":
            return self._truncated(call, scope)
        if len(given) != 1:
            raise Unlike(f"{name}()")
        kind = self.kind(given[0], scope)
        if name in {"min", "max"} and kind is not None and (kinds.is_number(kind) or kind in {"date", "timestamp"}):
            return kind
        if kind is None or not kinds.is_number(kind):
            raise Unlike(f"{name}() of this kind of value")
        if name == "avg":
            call.replace(exp.Cast(this=call.copy(), to=exp.DataType.build("double")))
            return "double"
        if name == "sum" and kind != "double" and self._engine == "postgres":
            # There a sum of integers is a decimal of no declared size.
            digits = exp.DataType.build("bigint") if kind == "integer" else exp.DataType.build(f"decimal(38, {kind.split()[1]})")
            call.replace(exp.Cast(this=call.copy(), to=digits))
        return kind

    def _count(self, given: list[exp.Expr], scope: Scope) -> Kind:
        for part in given:
            inner = part.expressions if isinstance(part, exp.Distinct) else [part]
            if len(inner) != 1 or (isinstance(inner[0], exp.Star) and part is not inner[0]):
                raise Unlike("count() of several columns")
            if isinstance(inner[0], exp.Star):
                continue
            kind = self.kind(inner[0], scope)
            if (
                kind is None
                or (isinstance(part, exp.Distinct) and not alike.groupable(kind, self._engine))
                or (self._engine == "mysql" and kind in {"date", "timestamp"})
            ):
                raise Unlike("count() of this kind of value")
        return "integer"

    def _truncated(self, call: exp.Anonymous, scope: Scope) -> Kind:
        unit, value = call.expressions if len(call.expressions) == 2 else (None, None)
        if not isinstance(unit, exp.Literal) or unit.name.lower() not in _UNITS or value is None:
            raise Unlike("date_trunc()")
        if isinstance(value, exp.Var):  # a bare name there may be a unit in other dialects
            column = exp.column(value.name)
            value.replace(column)
            value = column
        if self.kind(value, scope) != "timestamp":
            raise Unlike("date_trunc() of what is no timestamp")
        return "timestamp"

"""What means the same on another engine as in DuckDB, kind by kind of value: the reviewed list of what its server may do for us.

A statement over several connections is one of DuckDB. What is not listed here is done by DuckDB over the rows, never guessed. The reasons why
things are missing, as read in the manuals and tried on the servers: ``/`` truncates integers in PostgreSQL; MySQL compares text without
case and trailing blanks, and its ``avg`` of decimals keeps four digits more and no others; text is ordered by the server's collation;
``real`` compares with ``0.1`` in two ways; a ``timestamptz`` becomes a day in the session's zone; SQLite adds text as 0.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.query import kinds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiser_jupyter.catalog import Column
    from aiser_jupyter.query.kinds import Kind

EXACT, WIDER, NO = 2, 1, 0  # the same rows; these rows and perhaps more; not known

# Engines whose servers may group and join for us, with what they may call.
_CALLS: dict[str, frozenset[str]] = {
    "postgres": frozenset({"count", "sum", "min", "max", "avg", "abs", "coalesce", "date_trunc"}),
    "mysql": frozenset({"count", "sum", "min", "max"}),
}
_UNITS = frozenset({"year", "quarter", "month", "week", "day", "hour", "minute", "second"})
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?)?")
_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_ORDERED = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)
_JOINS = frozenset({("", ""), ("", "inner"), ("", "cross"), ("left", ""), ("left", "outer"), ("right", ""), ("right", "outer")})
_CLAUSES = frozenset({"expressions", "from_", "joins", "where", "group", "having", "order", "limit", "offset", "distinct", "with_"})

Outputs = list[tuple[str, "Kind | None"]]
Scope = dict[str, dict[str, tuple[str, "Kind | None"]]]


class Unlike(Exception):  # noqa: N818 -- an answer, not an error of the program
    """Says what may mean something else on the engine."""


def groups_on(engine: str) -> bool:
    """Whether the engine's server may run whole statements for us."""
    return engine in _CALLS


def condition(part: exp.Expr, engine: str, columns: Iterable[Column], values: Mapping[str, object]) -> tuple[int, exp.Expr]:
    """How sure ``part``, which names columns of one table alone, keeps the same rows on the engine, and how it is written there."""
    writer = Writer(engine, values)
    scope: Scope = {"": {column.name.casefold(): (column.name, kinds.of_column(column, engine)) for column in columns}}
    part = part.copy()
    try:
        return writer.predicate(part, scope), part
    except Unlike:
        return NO, part


class Writer:
    """Reads a statement of DuckDB whose tables carry their columns (``meta["place"]``), and makes of it in place what ``engine`` runs.

    Raises `Unlike` where a part is not on the list. ``values`` are those of the parameters.
    """

    def __init__(self, engine: str, values: Mapping[str, object]) -> None:
        self._engine = engine
        self._values = values
        self._named: dict[str, Outputs] = {}
        self.unnamed = False

    def query(self, node: exp.Expr, outer: Scope | None = None) -> Outputs:
        """The columns of a query with their kinds."""
        if isinstance(node, exp.Subquery) and not any(value for key, value in node.args.items() if key not in {"this", "alias"}):
            return self.query(node.this, outer)
        if isinstance(node, exp.SetOperation):
            return self._set(node, outer)
        if not isinstance(node, exp.Select):
            raise Unlike(node.key)
        return self._select(node, outer or {})

    def _set(self, node: exp.SetOperation, outer: Scope | None) -> Outputs:
        if self._engine != "postgres" or any(value for key, value in node.args.items() if key not in {"this", "expression", "distinct"}):
            raise Unlike("set operation")
        left, right = self.query(node.left, outer), self.query(node.right, outer)
        if [kind for _, kind in left] != [kind for _, kind in right] or not all(self._groupable(kind) for _, kind in left):
            raise Unlike("columns of a set operation")
        return left

    def _select(self, select: exp.Select, outer: Scope) -> Outputs:
        odd = {key for key, value in select.args.items() if value} - _CLAUSES
        if odd:
            raise Unlike(", ".join(sorted(odd)))
        self._with(select)
        own = self._sources(select)
        scope: Scope = {**outer, **own}
        for join in select.args.get("joins") or ():
            on = join.args.get("on")
            if on is not None:
                self._sure(on, scope)
        for clause in ("where", "having"):
            if (part := select.args.get(clause)) is not None:
                self._sure(part.this, scope)
        outputs = self._projections(select, own, scope)
        self._groups(select, outputs, scope)
        distinct = select.args.get("distinct")
        if distinct is not None and (distinct.args.get("on") or not all(self._groupable(kind) for _, kind in outputs)):
            raise Unlike("DISTINCT")
        self._order(select, outputs, scope)
        for clause in ("limit", "offset"):
            part = select.args.get(clause)
            if part is not None and not (isinstance(part.expression, exp.Literal) and part.expression.is_int):
                raise Unlike(clause.upper())
        return outputs

    def _with(self, select: exp.Select) -> None:
        with_ = select.args.get("with_")
        if with_ is None:
            return
        if with_.args.get("recursive"):
            raise Unlike("WITH RECURSIVE")
        for cte in with_.expressions:
            if cte.args["alias"].args.get("columns") or any(value for key, value in cte.args.items() if key not in {"this", "alias"}):
                raise Unlike("WITH with columns")
            outputs = self.query(cte.this)
            if cte.alias.casefold() in self._named:
                raise Unlike("two WITH of one name")
            self._named[cte.alias.casefold()] = outputs

    def _sources(self, select: exp.Select) -> Scope:  # noqa: C901  # each kind of table in turn
        """The columns in sight by the alias of their table; aliases are written in lower case from here on."""
        scope: Scope = {}
        from_ = select.args.get("from_")
        if from_ is None:
            return scope
        joins: list[exp.Join] = select.args.get("joins") or []
        for join in joins:
            shape = (str(join.args.get("side") or "").lower(), str(join.args.get("kind") or "").lower())
            if shape not in _JOINS or any(value for key, value in join.args.items() if key not in {"this", "side", "kind", "on"}):
                raise Unlike("this kind of JOIN")
        for source in (from_.this, *(join.this for join in joins)):
            alias = source.args.get("alias")
            if any(value for key, value in source.args.items() if key not in {"this", "db", "catalog", "alias"}) or (
                alias and alias.args.get("columns")
            ):
                raise Unlike("this kind of table")
            name = source.alias_or_name.casefold() or f"t{len(scope)}"
            if isinstance(source, exp.Table):
                place = source.meta.get("place")
                if place is not None:
                    table = place.table
                    columns = {column.name.casefold(): (column.name, kinds.of_column(column, self._engine)) for column in table.columns}
                    if len(columns) < len(table.columns):
                        raise Unlike("columns that differ in case alone")
                else:
                    columns = _in_sight(self._named.get(name if not alias else source.name.casefold()))
            elif isinstance(source, exp.Subquery):
                columns = _in_sight(self.query(source))
            else:
                raise Unlike(source.key)
            if name in scope:
                raise Unlike("two tables of one name")
            scope[name] = columns
            source.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
        return scope

    def _projections(self, select: exp.Select, own: Scope, scope: Scope) -> Outputs:
        outputs: Outputs = []
        written: list[exp.Expr] = []
        known = {name for columns in own.values() for name in columns}
        for part in select.expressions:
            star = part.this if isinstance(part, exp.Column) and isinstance(part.this, exp.Star) else part
            if isinstance(star, exp.Star):
                if any(star.args.values()):
                    raise Unlike("* with more than columns")
                owner = part.table.casefold() if isinstance(part, exp.Column) else None
                for name, columns in own.items():
                    if owner in {None, name}:
                        outputs += columns.values()
                        written += [_column(real, name) for real, _ in columns.values()]
                continue
            inner = part.this if isinstance(part, exp.Alias) else part
            kind = self.kind(inner, scope)
            if isinstance(part, exp.Alias):
                same = isinstance(inner, exp.Column) and inner.name == part.alias
                if part.alias.casefold() in known and not same and part.alias.casefold() in _named_later(select):
                    raise Unlike("an alias that is a column too")
                outputs.append((part.alias, kind))
                written.append(part)
            elif isinstance(inner, exp.Column):
                outputs.append((inner.name, kind))
                written.append(part)
            else:
                self.unnamed = True
                outputs.append((f"c{len(outputs)}", kind))
                written.append(exp.alias_(inner, outputs[-1][0], quoted=True))
        select.set("expressions", written)
        return outputs

    def _groups(self, select: exp.Select, outputs: Outputs, scope: Scope) -> None:
        group = select.args.get("group")
        if group is None:
            return
        if any(value for key, value in group.args.items() if key != "expressions"):
            raise Unlike("this kind of GROUP BY")
        keys: list[exp.Expr] = []
        for part in group.expressions:
            kind = self._place(part, outputs) if isinstance(part, exp.Literal) else self.kind(part, scope)
            meant = select.expressions[int(part.name) - 1].unalias() if isinstance(part, exp.Literal) else part
            if kind == "text" and self._engine == "mysql" and isinstance(meant, exp.Column):
                keys += _by_bytes(meant)
            elif self._groupable(kind):
                keys.append(meant.copy() if self._engine == "mysql" else part)
            else:
                raise Unlike("what is grouped by")
        if self._engine == "mysql":
            self._one_of_each(select, outputs)
        group.set("expressions", keys)

    def _one_of_each(self, select: exp.Select, outputs: Outputs) -> None:
        """Give a text that is grouped by its bytes as the least of its group, where all are the same."""
        written = []
        for part, (name, kind) in zip(select.expressions, outputs, strict=True):
            inner = part.unalias()
            if isinstance(inner, exp.Column) and kind == "text":
                written.append(exp.alias_(exp.Anonymous(this="min", expressions=[inner.copy()]), name, quoted=True))
            elif any(self._is_text(column) for column in inner.find_all(exp.Column)) and not isinstance(inner, exp.Anonymous):
                raise Unlike("text within a formula of a group")
            else:
                written.append(part)
        select.set("expressions", written)

    def _is_text(self, column: exp.Column) -> bool:
        return column.meta.get("kind") in {"text", None}

    def _order(self, select: exp.Select, outputs: Outputs, scope: Scope) -> None:  # noqa: C901  # each kind of key in turn
        order = select.args.get("order")
        if order is None:
            return
        if any(value for key, value in order.args.items() if key != "expressions"):
            raise Unlike("ORDER BY")
        aliases = {name.casefold(): index for index, (name, _) in enumerate(outputs)}
        for part in order.expressions:
            key = part.this
            place = None
            if isinstance(key, exp.Literal):
                self._place(key, outputs)
                place = int(key.name) - 1
            elif isinstance(key, exp.Column) and not key.table and key.name.casefold() in aliases:
                place = aliases[key.name.casefold()]
            kind = self.kind(key, scope) if place is None else outputs[place][1]
            if kind == "text" and (select.args.get("distinct") or place is None):
                raise Unlike("ORDER BY of text")
            if (
                kind is None
                or (kind == "text" and self._engine != "postgres")
                or (self._engine != "postgres" and select.args.get("distinct"))
            ):
                raise Unlike("ORDER BY")
            if place is not None:
                meant = select.expressions[place].unalias()
                if kind == "text":  # the server's own order of text is another one
                    part.set("this", exp.Collate(this=meant.copy(), expression=exp.to_identifier("C", quoted=True)))
                elif self._engine == "postgres":
                    part.set("this", exp.Literal.number(place + 1))
                else:  # where what is nothing stands is written out there, which takes the formula itself
                    part.set("this", meant.copy())

    def _place(self, number: exp.Literal, outputs: Outputs) -> Kind | None:
        if not number.is_int or not 1 <= int(number.name) <= len(outputs):
            raise Unlike("a place that is no column")
        return outputs[int(number.name) - 1][1]

    def _groupable(self, kind: Kind | None) -> bool:
        return kind is not None and (kind != "text" or self._engine == "postgres")

    def _sure(self, part: exp.Expr, scope: Scope) -> None:
        if self.predicate(part, scope) != EXACT:
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
                return EXACT if self.predicate(part.this, scope) == EXACT else NO
            case exp.Boolean():
                return EXACT if self._engine == "postgres" else NO
            case exp.Is() if isinstance(part.expression, exp.Null):
                kind = self.kind(part.this, scope)
                # MySQL keeps days of all zeros, which its drivers give as nothing.
                return EXACT if kind is not None and not (self._engine == "mysql" and kind in {"date", "timestamp"}) else NO
            case exp.In() if part.expressions and not part.args.get("query"):
                return min(self._compared(part, part.this, other, scope) for other in part.expressions)
            case exp.In() if part.args.get("query"):
                return self._within(part, scope)
            case exp.Between() if not part.args.get("symmetric"):
                return min(self._compared(part, part.this, part.args[end], scope) for end in ("low", "high"))
            case exp.Like() if isinstance(part.expression, exp.Literal) and part.expression.is_string:
                return self._like(part, scope)
        if isinstance(part, _COMPARED):
            return self._compared(part, part.left, part.right, scope)
        if isinstance(part, exp.Exists) and groups_on(self._engine):
            self.query(part.this, scope)
            return EXACT
        raise Unlike(part.key)

    def _compared(self, part: exp.Expr, left: exp.Expr, right: exp.Expr, scope: Scope) -> int:  # noqa: PLR0911  # one return a pair of kinds
        one, other = self.kind(left, scope), self.kind(right, scope)
        if one is None or other is None:
            return NO
        if kinds.is_number(one) and kinds.is_number(other):
            return EXACT
        if one == other == "text" or {one, other} == {"text", "literal"}:
            if isinstance(part, _ORDERED) or not self._plain_text(left, right):
                return NO
            if self._engine == "postgres":
                return EXACT
            return WIDER if isinstance(part, exp.EQ | exp.In) and not isinstance(part.parent, exp.Not) else NO
        days = {"date", "timestamp"}
        if {one, other} <= days:
            return EXACT
        literal = left if one == "literal" else right
        if {one, other} & days and "literal" in {one, other} and _ISO.fullmatch(literal.name):
            return EXACT
        return EXACT if one == other == "boolean" and self._engine == "postgres" else NO

    def _plain_text(self, *parts: exp.Expr) -> bool:
        """Whether texts are written alike everywhere: a backslash is not in MySQL, and a letter may be missing from a database's own set."""
        texts = [part.name for part in parts if isinstance(part, exp.Literal) and part.is_string]
        if self._engine == "postgres":
            return all("\0" not in text for text in texts)
        return all("\\" not in text and text.isascii() and "\0" not in text for text in texts)

    def _like(self, part: exp.Like, scope: Scope) -> int:
        pattern = part.expression.name
        if self.kind(part.this, scope) != "text" or "\\" in pattern or self._engine not in {"postgres", "mysql", "sqlite"}:
            return NO
        if not self._plain_text(part.expression):
            return NO
        return EXACT if self._engine == "postgres" else WIDER

    def _within(self, part: exp.In, scope: Scope) -> int:
        if not groups_on(self._engine):
            raise Unlike("IN with a query")
        query = part.args["query"]
        outputs = self.query(query, scope)
        one, other = self.kind(part.this, scope), outputs[0][1]
        alike = one is not None and other is not None and (one == other or (kinds.is_number(one) and kinds.is_number(other)))
        return EXACT if len(outputs) == 1 and alike and self._groupable(one) else NO

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
                self._sure(part.expression.this, scope)
                return self.kind(part.this, scope)
            case exp.WithinGroup() if self._engine == "postgres":
                return self._percentile(part, scope)
            case exp.Subquery() if groups_on(self._engine):
                outputs = self.query(part, scope)
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
        if part.this is not None or not groups_on(self._engine):
            raise Unlike("CASE")
        for branch in part.args["ifs"]:
            self._sure(branch.this, scope)
        default = part.args.get("default")
        return self._same([branch.args["true"] for branch in part.args["ifs"]] + ([default] if default is not None else []), scope)

    def _cast(self, part: exp.Cast, scope: Scope) -> Kind:
        if type(part) is not exp.Cast:
            raise Unlike("TRY_CAST")
        to = part.to.this
        if isinstance(part.this, exp.Literal) and part.this.is_string:
            if to in {exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.TIMESTAMPNTZ} and _ISO.fullmatch(part.this.name):
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
        if name not in _CALLS.get(self._engine, frozenset()):
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
                or (isinstance(part, exp.Distinct) and not self._groupable(kind))
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


def _by_bytes(column: exp.Column) -> list[exp.Expr]:
    """Keys that tell texts apart as DuckDB does: MySQL's own collations ignore case, its binary one trailing blanks, which the length tells."""
    text = exp.Cast(this=column.copy(), to=exp.DataType(this=exp.DType.CHARACTER_SET, kind=exp.var("utf8mb4")))
    return [exp.Collate(this=text, expression=exp.var("utf8mb4_bin")), exp.Anonymous(this="char_length", expressions=[column.copy()])]


def _named_later(select: exp.Select) -> set[str]:
    """The bare names in the clauses that may mean a column or an alias."""
    clauses = (select.args.get(clause) for clause in ("group", "having", "order"))
    return {
        column.name.casefold()
        for clause in clauses
        if clause is not None
        for column in clause.find_all(exp.Column)
        if len(column.parts) == 1
    }


def _in_sight(outputs: Outputs | None) -> dict[str, tuple[str, Kind | None]]:
    if outputs is None:
        raise Unlike("a table of another place")
    found = {name.casefold(): (name, kind) for name, kind in outputs}
    if len(found) < len(outputs):
        raise Unlike("two columns of one name")
    return found


def _column(name: str, table: str) -> exp.Column:
    return exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(table, quoted=True) if table else None)

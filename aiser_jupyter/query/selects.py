"""What makes a SELECT mean the same on another engine as in DuckDB, clause by clause, and how it is written there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.query import alike, kinds
from aiser_jupyter.query.alike import Unlike
from aiser_jupyter.query.expressions import Expressions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from aiser_jupyter.catalog import Column
    from aiser_jupyter.query.expressions import Outputs, Scope
    from aiser_jupyter.query.kinds import Kind

_JOINS = frozenset({("", ""), ("", "inner"), ("", "cross"), ("left", ""), ("left", "outer"), ("right", ""), ("right", "outer")})
_CLAUSES = frozenset({"expressions", "from_", "joins", "where", "group", "having", "order", "limit", "offset", "distinct", "with_"})


def condition(part: exp.Expr, engine: str, columns: Iterable[Column], values: Mapping[str, object]) -> tuple[int, exp.Expr]:
    """How sure ``part``, which names columns of one table alone, keeps the same rows on the engine, and how it is written there."""
    writer = Writer(engine, values)
    scope: Scope = {"": {column.name.casefold(): (column.name, kinds.of_column(column, engine)) for column in columns}}
    part = part.copy()
    try:
        return writer.expressions.predicate(part, scope), part
    except Unlike:
        return alike.NO, part


class Writer:
    """Reads a statement of DuckDB whose tables carry their columns (``meta["place"]``), and makes of it in place what ``engine`` runs.

    Raises `Unlike` where a part is not on the list. ``values`` are those of the parameters.
    """

    def __init__(self, engine: str, values: Mapping[str, object]) -> None:
        self._engine = engine
        self.expressions = Expressions(engine, values, self.query)
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
        if [kind for _, kind in left] != [kind for _, kind in right] or not all(alike.groupable(kind, self._engine) for _, kind in left):
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
                self.expressions.sure(on, scope)
        for clause in ("where", "having"):
            if (part := select.args.get(clause)) is not None:
                self.expressions.sure(part.this, scope)
        outputs = self._projections(select, own, scope)
        self._groups(select, outputs, scope)
        distinct = select.args.get("distinct")
        if distinct is not None and (distinct.args.get("on") or not all(alike.groupable(kind, self._engine) for _, kind in outputs)):
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
            kind = self.expressions.kind(inner, scope)
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
            kind = self._place(part, outputs) if isinstance(part, exp.Literal) else self.expressions.kind(part, scope)
            meant = select.expressions[int(part.name) - 1].unalias() if isinstance(part, exp.Literal) else part
            if kind == "text" and self._engine == "mysql" and isinstance(meant, exp.Column):
                keys += _by_bytes(meant)
            elif alike.groupable(kind, self._engine):
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
            elif any(_is_text(column) for column in inner.find_all(exp.Column)) and not isinstance(inner, exp.Anonymous):
                raise Unlike("text within a formula of a group")
            else:
                written.append(part)
        select.set("expressions", written)

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
            kind = self.expressions.kind(key, scope) if place is None else outputs[place][1]
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


def _is_text(column: exp.Column) -> bool:
    return column.meta.get("kind") in {"text", None}


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

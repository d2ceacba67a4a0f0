"""A definition's SQL on the ground of a catalog: its columns found, its functions allowed, nothing in it that escapes a row or a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp, parse
from sqlglot.errors import SqlglotError

from aiser_jupyter.catalog.semantic.names import joined, quoted, split
from aiser_jupyter.query.guard import check
from aiser_jupyter.query.suggest import did_you_mean

if TYPE_CHECKING:
    from aiser_jupyter.catalog import Catalog, Column, Table

# sqlglot trips over some broken SQL in ways of its own.
BROKEN = (SqlglotError, ValueError, TypeError, AttributeError, IndexError, KeyError, RecursionError)
ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Paren, exp.Neg, exp.Literal, exp.Column, exp.Identifier)


class WrongError(ValueError):
    """What is wrong with a definition: a sentence, a hint, and the word of the text where it stands."""

    def __init__(self, message: str, hint: str = "", word: str = "") -> None:
        super().__init__(message)
        self.message, self.hint, self.word = message, hint, word


@dataclass(frozen=True)
class Defined:
    """SQL whose every column is ``"table"."column"`` in the catalog's spelling, and the tables it is over, in order."""

    sql: str
    tables: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]


class Ground:
    """Finds names of one catalog; ``tables`` narrows it to some of them."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def table(self, name: str) -> Table:
        """A table; raises WrongError with the nearest."""
        parts = split(name)
        found = self.catalog.table(parts[-1] if parts else name)
        if found is None:
            names = [one.name for one in self.catalog.tables]
            raise WrongError(f"there is no table {name}.", did_you_mean(name, names).strip() or _some("Tables", names), name)
        return found

    def column(self, text: str, home: str = "") -> tuple[str, str]:
        """The table and column that a text names, ``home`` where it names no table; raises WrongError with the nearest."""
        parts = split(text)
        if not parts:
            raise WrongError(f"{text!r} is no column.", "Write table.column.", text)
        if len(parts) == 1:
            if not home:
                raise WrongError(f"the column {text} needs its table.", "Write table.column.", text)
            return self._of(self.table(home), parts[0])
        return self._of(self.table(parts[-2]), parts[-1])

    def _of(self, table: Table, name: str) -> tuple[str, str]:
        found = table.column(name)
        if found is None:
            names = [one.name for one in table.columns]
            hint = did_you_mean(name, names).strip() or _some("Columns", names)
            raise WrongError(f"there is no column {table.name}.{name}.", hint, name)
        return table.name, found.name

    def of(self, table: str, column: str) -> Column:
        """A column that is there."""
        found = self.table(table).column(column)
        assert found is not None
        return found

    def expression(self, sql: str, home: str = "", *, aggregates: bool, measures: bool = False) -> Defined:
        """``sql`` resolved; with ``aggregates`` every column must stand inside one, else none may be there.

        ``home`` is the table of columns that name none. ``measures`` lets columns stand alone that their source aggregates. Raises WrongError.
        """
        tree = _parsed(sql, self.catalog.dialect)
        if found := tree.find(exp.Query, exp.Subquery, exp.Exists, exp.Table):
            raise WrongError("a definition holds no query of its own.", "Write an expression over columns.", found.sql()[:20])
        if tree.find(exp.Window):
            raise WrongError("a definition holds no window (OVER).", "Ask for shares, running totals and growth in the question.")
        if tree.find(exp.Placeholder, exp.Parameter):
            raise WrongError("a definition takes no parameters.")
        if home:
            home = self.table(home).name
        tables: dict[str, None] = {home: None} if home else {}
        columns: dict[tuple[str, str], None] = {}
        for node in list(tree.find_all(exp.Column)):
            counted = self._counted(node)
            if counted:
                tables[counted] = None
                continue
            place = self._place(node, home, tree)
            tables[place[0]] = None
            columns[place] = None
            node.replace(exp.column(exp.to_identifier(place[1], quoted=True), table=exp.to_identifier(place[0], quoted=True)))
        self._stars(tree, home or (next(iter(tables)) if len(tables) == 1 else ""))
        self._aggregated(tree, aggregates=aggregates, measures=measures)
        if not tables:
            raise WrongError("it names no column.", "Write table.column, as in sum(orders.amount).")
        self._guarded(tree, tuple(tables))
        return Defined(tree.this.sql(dialect=self.catalog.dialect), tuple(tables), tuple(columns))

    def _stars(self, tree: exp.Expr, home: str) -> None:
        """Write ``count(*)`` as the count of the rows of ``home``."""
        for node in tree.find_all(exp.Count):
            if isinstance(node.this, exp.Star):
                if not home:
                    raise WrongError("count(*) does not say of which table.", "Write count(orders).", "count")
                node.set("this", exp.Column(this=exp.Star(), table=exp.to_identifier(home, quoted=True)))

    def _counted(self, node: exp.Column) -> str:
        """The table that ``count(orders)`` or ``count(orders.*)`` counts the rows of, which is then written as its star; else empty."""
        if not isinstance(node.parent, exp.Count):
            return ""
        name = node.table if isinstance(node.this, exp.Star) else "" if node.table else node.name
        found = self.catalog.table(name) if name else None
        if found is None:
            return ""
        node.replace(exp.Column(this=exp.Star(), table=exp.to_identifier(found.name, quoted=True)))
        return found.name

    def _place(self, node: exp.Column, home: str, tree: exp.Expr) -> tuple[str, str]:
        if node.table:
            return self._of(self.table(node.table), node.name)
        if home and self.table(home).column(node.name):
            return self._of(self.table(home), node.name)
        named = {table.name: table for other in tree.find_all(exp.Column) if other.table and (table := self.catalog.table(other.table))}
        owners = [table for table in (named.values() or self.catalog.tables) if table.column(node.name)]
        if len(owners) == 1:
            return self._of(owners[0], node.name)
        if owners:
            raise WrongError(f"{node.name} is a column of {_and([t.name for t in owners])}.", "Write which: table.column.", node.name)
        if home:
            self._of(self.table(home), node.name)
        every = [f"{table.name}.{column.name}" for table in self.catalog.tables for column in table.columns]
        short = {one.rpartition(".")[2]: one for one in every}
        near = did_you_mean(node.name, short).strip()
        raise WrongError(f"there is no column {node.name}.", near or "Write table.column.", node.name)

    def _aggregated(self, tree: exp.Expr, *, aggregates: bool, measures: bool) -> None:
        found = tree.find(exp.AggFunc)
        if not aggregates:
            if found:
                raise WrongError("it is about single rows and cannot hold an aggregate.", word=found.sql().partition("(")[0])
            return
        if any(one.find_ancestor(exp.AggFunc) for one in tree.find_all(exp.AggFunc)):
            raise WrongError("an aggregate stands inside another.")
        loose = next((one for one in tree.find_all(exp.Column) if not one.find_ancestor(exp.AggFunc)), None)
        if measures and not found:
            return
        if found is None:
            raise WrongError("it aggregates nothing.", "Write sum(…), count(…), avg(…).")
        if loose is not None:
            raise WrongError(
                f"{loose.name} stands outside an aggregate.", f"Write sum({loose.table}.{loose.name}), or another.", loose.name
            )

    def _guarded(self, tree: exp.Expr, tables: tuple[str, ...]) -> None:
        """What the guard says of the expression over its tables; raises WrongError with its reason."""
        held = [self.table(name) for name in tables]
        query = exp.Select().select(tree.this.copy())
        for star in list(query.find_all(exp.Column)):
            if isinstance(star.this, exp.Star):
                star.replace(exp.Star())
        query = query.from_(_table(held[0]))
        for other in held[1:]:
            query = query.join(_table(other), join_type="cross")
        verdict = check(query.sql(dialect=self.catalog.dialect), self.catalog.dialect, files=False)
        if not verdict.allowed:
            raise WrongError(verdict.reason[:1].lower() + verdict.reason[1:])


def formula(text: str, names: dict[str, str]) -> tuple[str, tuple[str, ...]]:
    """Arithmetic on metrics with each written as ``"its name"``, and the names used; ``names`` are the known ones by their case-folded form."""
    tree = _parsed(text, "duckdb")
    names = {**{key.replace(" ", "_"): name for key, name in names.items()}, **names}
    used: dict[str, None] = {}
    for node in list(tree.walk()):
        if node is not tree and not isinstance(node, ARITHMETIC):
            raise WrongError("a formula is arithmetic on metrics: + - * / and brackets.", "A blank in a name is written _.")
        if isinstance(node, exp.Literal) and node.is_string:
            raise WrongError(f"{node.sql()} is a text.", "A blank in a name is written _.", node.name)
        if isinstance(node, exp.Column):
            name = names.get(node.name.casefold()) if not node.table else None
            if name is None:
                raise unknown_metric(node.sql().replace('"', ""), names.values())
            used[name] = None
            node.replace(exp.column(exp.to_identifier(name, quoted=True)))
    if not used:
        raise WrongError("it names no metric.")
    return tree.this.sql(dialect="duckdb"), tuple(used)


def unknown_metric(name: str, names: object) -> WrongError:
    """There is no such metric."""
    known = [str(one) for one in names]  # pyright: ignore[reportGeneralTypeIssues]  # any iterable of names
    return WrongError(f"there is no metric {name!r}.", did_you_mean(name, known).strip() or _some("Metrics", known), name)


def query(sql: str, catalog: Catalog) -> None:
    """Check a verified query: one that reads, of known tables; raises WrongError with the guard's reason."""
    verdict = check(sql, catalog.dialect, tables=[table.name for table in catalog.tables], files=False)
    if not verdict.allowed:
        raise WrongError(verdict.reason[:1].lower() + verdict.reason[1:])
    if verdict.kind != "select":
        raise WrongError("only a query that reads rows can be verified.")


def equal_columns(sql: str, ground: Ground) -> list[tuple[tuple[str, str], tuple[str, str]]]:
    """The pairs of a join ``a.x = b.y and …``; raises WrongError where it is none."""
    tree = _parsed(sql, ground.catalog.dialect).this
    pairs = []
    for part in tree.flatten() if isinstance(tree, exp.And) else [tree]:
        part = part.unnest()  # noqa: PLW2901  # brackets mean nothing here
        if not (isinstance(part, exp.EQ) and isinstance(part.left, exp.Column) and isinstance(part.right, exp.Column)):
            raise WrongError("a join is many.column = one.column, joined by and.", word=sql)
        ends = [ground.column(joined(one.table, one.name) if one.table else quoted(one.name)) for one in (part.left, part.right)]
        pairs.append((ends[0], ends[1]))
    if len({(left[0], right[0]) for left, right in pairs}) != 1 or pairs[0][0][0] == pairs[0][1][0]:
        raise WrongError("a join has the columns of one table on the left and those of another on the right.", word=sql)
    return pairs


def _parsed(sql: str, dialect: str) -> exp.Paren:
    """``sql`` as a tree in brackets, so that its root can be replaced too; raises WrongError where it is not one expression."""
    if ";" in sql:
        raise WrongError("a definition is one expression; there is a semicolon in it.", word=";")
    try:
        (tree,) = parse(f"SELECT {sql}", read=dialect)
    except BROKEN as error:
        details = getattr(error, "errors", None) or [{}]
        at = str(details[0].get("highlight") or "")
        where = f" at {at!r}" if at.strip() and at != "SELECT" else ""
        raise WrongError(f"the SQL cannot be read{where}.", word=at) from None
    if not isinstance(tree, exp.Select):
        raise WrongError("a definition is one expression, without SELECT, FROM or WHERE.")
    whole = len(tree.expressions) == 1 and not isinstance(tree.expressions[0], exp.Alias | exp.Star)
    clauses = [key for key, value in tree.args.items() if value and key not in ("expressions", "kind", "operation_modifiers")]
    if not whole or clauses:
        raise WrongError("a definition is one expression, without SELECT, FROM or WHERE.")
    return exp.Paren(this=tree.expressions[0].copy())


def _table(table: Table) -> exp.Table:
    schema = exp.to_identifier(table.schema, quoted=True) if table.schema else None
    return exp.Table(this=exp.to_identifier(table.name, quoted=True), db=schema)


def _some(what: str, names: list[str]) -> str:
    return f"{what}: {', '.join(names[:12])}{' …' if len(names) > 12 else ''}." if names else f"There are no {what.lower()}."


def _and(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"

"""A query with what is known of its tables: which column a name is, where a word stands, how tables are joined."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from sqlglot import exp

from aiser_jupyter.sources.needs import conjuncts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.catalog import Catalog, Column, Table


E = TypeVar("E", bound=exp.Expr)


@dataclass(frozen=True)
class Edge:
    """Tables that a condition ties: each row of one side has at most one row on the other where that one's columns are a key."""

    left: str
    left_columns: tuple[str, ...]
    right: str
    right_columns: tuple[str, ...]


class Block:
    """One SELECT and the tables in it by alias; None stands for one that is no table of the catalog."""

    def __init__(self, select: exp.Select, catalog: Catalog, ctes: frozenset[str]) -> None:
        self.select = select
        self.tables: dict[str, Table | None] = {}
        self.nodes: dict[str, exp.Expr] = {}
        from_ = select.args.get("from_")
        first = [from_.this] if from_ is not None else []
        for source in [*first, *(join.this for join in self.joins)]:
            alias = source.alias_or_name.casefold()
            known = isinstance(source, exp.Table) and (source.name.casefold() not in ctes or bool(source.db))
            self.tables[alias] = catalog.table(source.name) if known else None
            self.nodes[alias] = source

    @property
    def joins(self) -> list[exp.Join]:
        """The joins in order."""
        return self.select.args.get("joins") or []

    @property
    def where(self) -> list[exp.Expr]:
        """The conditions of WHERE that must all hold."""
        where = self.select.args.get("where")
        return list(conjuncts(where.this)) if where is not None else []

    @property
    def conditions(self) -> list[exp.Expr]:
        """The conditions of WHERE and of the joins."""
        return [*self.where, *(part for join in self.joins for part in conjuncts(join.args.get("on")))]

    def called(self, alias: str) -> str:
        """A table as a reader knows it: ``Invoice (i)``, or its name alone where that is its alias."""
        table = self.tables.get(alias)
        own = self.nodes[alias].alias_or_name
        return own if table is None or table.name.casefold() == own.casefold() else f"{table.name} ({own})"

    def alias(self, column: exp.Column) -> str:
        """The alias of the table that a column is of; empty where that cannot be told."""
        if column.table:
            return column.table.casefold()
        having = [alias for alias, table in self.tables.items() if table is not None and table.column(column.name) is not None]
        unknown = any(table is None for table in self.tables.values())
        return having[0] if len(having) == 1 and (not unknown or len(self.tables) == 1) else ""

    def column(self, column: exp.Expr | None) -> Column | None:
        """What is known of a column; None where it is none of a known table."""
        if not isinstance(column, exp.Column):
            return None
        table = self.tables.get(self.alias(column))
        return table.column(column.name) if table is not None else None

    def own(self, *kinds: type[E]) -> Iterator[E]:
        """The nodes of a kind in this SELECT, those of queries within it left out."""
        for node in self.select.find_all(*kinds):
            if node.find_ancestor(exp.Select) is self.select or node is self.select:
                yield node

    @cached_property
    def edges(self) -> list[Edge]:
        """How the tables are tied by equality."""
        pairs: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for part in self.conditions:
            if isinstance(part, exp.EQ) and isinstance(part.left, exp.Column) and isinstance(part.right, exp.Column):
                a, b = self.alias(part.left), self.alias(part.right)
                if a and b and a != b:
                    left, right = ((a, part.left.name), (b, part.right.name)) if a < b else ((b, part.right.name), (a, part.left.name))
                    pairs.setdefault((left[0], right[0]), []).append((left[1], right[1]))
        for join in self.joins:
            using = [part.name for part in join.args.get("using") or ()]
            other = join.this.alias_or_name.casefold()
            for name in using:
                mate = next(
                    (alias for alias, table in self.tables.items() if alias != other and table is not None and table.column(name)), ""
                )
                if mate:
                    pairs.setdefault((min(mate, other), max(mate, other)), []).append((name, name))
        return [Edge(a, tuple(x for x, _ in found), b, tuple(y for _, y in found)) for (a, b), found in pairs.items()]

    def multiplied_by(self, alias: str) -> str:
        """The alias of a table whose rows repeat those of ``alias``, seen along the joins; empty where none surely does."""
        waiting, seen = deque([alias]), {alias}
        while waiting:
            here = waiting.popleft()
            for edge in self.edges:
                if here not in {edge.left, edge.right}:
                    continue
                there, columns = (edge.right, edge.right_columns) if edge.left == here else (edge.left, edge.left_columns)
                if there in seen:
                    continue
                table = self.tables.get(there)
                if table is None:
                    continue
                if not keyed(table, columns):
                    return there
                seen.add(there)
                waiting.append(there)
        return ""


class Look:
    """A query, the text it was read from, and its blocks."""

    def __init__(self, tree: exp.Query, sql: str, catalog: Catalog) -> None:
        self.tree = tree
        self.sql = sql
        self.catalog = catalog
        self.ctes = frozenset(cte.alias.casefold() for cte in tree.find_all(exp.CTE))

    @cached_property
    def blocks(self) -> list[Block]:
        """Every SELECT, the outermost first."""
        return [Block(select, self.catalog, self.ctes) for select in self.tree.find_all(exp.Select)]

    def place(self, node: exp.Expr | None) -> tuple[int, int] | None:
        """Where the node begins in the text: character and length of the words it surely covers; None where that is not known."""
        spans = [(part.meta["start"], part.meta["end"] + 1) for part in node.walk() if "start" in part.meta] if node is not None else []
        if not spans:
            return None
        start, end = min(spans)[0], max(end for _, end in spans)
        while self.sql.count("(", start, end) > self.sql.count(")", start, end) and self.sql[end : end + 1] == ")":
            end += 1
        return (start, end - start) if 0 <= start < len(self.sql) else None


def keyed(table: Table, columns: tuple[str, ...]) -> bool:
    """Whether the columns tell each row of the table apart: they hold its primary key, or a unique column."""
    names = {name.casefold() for name in columns}
    key = {name.casefold() for name in table.primary_key}
    return bool(key and key <= names) or any(c.unique and c.name.casefold() in names for c in table.columns)


def never_null(column: Column | None) -> bool:
    """Whether the column cannot hold NULL by its declaration."""
    return column is not None and (not column.nullable or column.primary)

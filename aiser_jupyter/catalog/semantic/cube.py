"""Cube's data model in YAML: cubes with their tables, joins, measures, dimensions and segments; what cannot be taken over is listed."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiser_jupyter.catalog.semantic.model import (
    ColumnMeaning,
    Dimension,
    Filter,
    Join,
    Metric,
    Place,
    SemanticModel,
    TableMeaning,
)
from aiser_jupyter.catalog.semantic.names import PLAIN, joined, quoted, split
from aiser_jupyter.catalog.semantic.taken import Taken, held_in, words

if TYPE_CHECKING:
    from aiser_jupyter.catalog.semantic.nodes import Document, Node

SPEAKS = re.compile(r"^(?:cubes|views)\s*:", re.MULTILINE)
EVERYTHING = re.compile(r"\s*select\s+\*\s+from\s+([\w.\"`]+)\s*;?\s*", re.IGNORECASE)
NAMED = re.compile(r"\$?\{([^{}]+)\}")
AGGREGATES = {"sum": "sum({})", "avg": "avg({})", "min": "min({})", "max": "max({})", "count_distinct": "count(distinct {})"}
FORMATS = {"currency": "money", "percent": "percent"}
OUTER = {"many_to_one", "belongs_to", "one_to_one", "has_one"}


@dataclass
class CubeModel:
    """One cube: its table, and the SQL of its dimensions and the nodes of its measures by name."""

    name: str
    table: str
    place: Place
    hidden: bool = False
    dimensions: dict[str, str] = field(default_factory=dict)
    measures: dict[str, tuple[Document, Node]] = field(default_factory=dict)


class UnknownError(LookupError):
    """A reference that names nothing known."""


def speaks(text: str) -> bool:
    """Whether a text looks like a data model of Cube."""
    return SPEAKS.search(text) is not None


class Reader(Taken):
    """Collects the cubes of all files first: joins and measures name members of others."""

    def __init__(self) -> None:
        super().__init__()
        self.cubes: dict[str, CubeModel] = {}
        self.nodes: list[tuple[Document, Node, CubeModel]] = []

    def take(self, document: Document, held: dict[str, Node]) -> None:
        """Collect one file."""
        for node in document.items(held.get("cubes")):
            self._cube(document, node)
        for node in document.items(held.get("views")):
            self.skip(f"view {document.text_of(held_in(document, node).get('name'), 'name')}", "views are not read", document, node)

    def _cube(self, document: Document, node: Node) -> None:
        held = held_in(document, node)
        name, table, sql = (document.text_of(held.get(key), f"{key} of a cube") for key in ("name", "sql_table", "sql"))
        if not table and (whole := EVERYTHING.fullmatch(sql)):
            table = whole[1]
        if not name or not table or NAMED.search(table) or "extends" in held:
            why = "it extends another cube" if "extends" in held else "it is no plain table (sql_table)"
            self.skip(f"cube {name}", why, document, node)
            return
        one = CubeModel(name, (split(table) or (table,))[-1], document.place(node), _private(document, held))
        for entry in document.items(held.get("dimensions")):
            inside = held_in(document, entry)
            called = document.text_of(inside.get("name"), "name of a dimension")
            one.dimensions[called] = document.text_of(inside.get("sql"), f"sql of {called}")
        for entry in document.items(held.get("measures")):
            one.measures[document.text_of(held_in(document, entry).get("name"), "name of a measure")] = (document, entry)
        self.cubes[name] = one
        self.nodes.append((document, node, one))

    def model(self) -> SemanticModel:
        """What all files say."""
        metrics: list[Metric] = []
        dimensions: list[Dimension] = []
        filters: list[Filter] = []
        joins: list[Join] = []
        tables: list[TableMeaning] = []
        for document, node, one in self.nodes:
            held = held_in(document, node)
            columns = self._dimensions(document, held, one, dimensions)
            title, told = (document.text_of(held.get(key), f"{key} of {one.name}") for key in ("title", "description"))
            also = tuple(
                dict.fromkeys(text for text in (words(one.name), title) if text and text.casefold() != words(one.table).casefold())
            )
            tables.append(TableMeaning(one.table, also, told, hidden=one.hidden, columns=tuple(columns), place=one.place))
            metrics += [made for name in one.measures if (made := self._measure(name, one))]
            filters += [made for entry in document.items(held.get("segments")) if (made := self._segment(document, entry, one))]
            joins += [made for entry in document.items(held.get("joins")) if (made := self._join(document, entry, one))]
        return SemanticModel(
            "",
            metrics=tuple(metrics),
            dimensions=tuple(dimensions),
            tables=tuple(tables),
            filters=tuple(filters),
            joins=tuple(joins),
            unread=tuple(self.unread),
        )

    def _dimensions(self, document: Document, held: dict[str, Node], one: CubeModel, found: list[Dimension]) -> list[ColumnMeaning]:
        columns = []
        for entry in document.items(held.get("dimensions")):
            inside = held_in(document, entry)
            name, title, told = (document.text_of(inside.get(key), key) for key in ("name", "title", "description"))
            hidden = _private(document, inside)
            try:
                sql = self._sql(one.dimensions[name], one) if one.dimensions[name] else ""
            except UnknownError as error:
                self.skip(f"dimension {one.name}.{name}", f"it names {error}, which is not known", document, entry)
                continue
            if not sql:
                self.skip(f"dimension {one.name}.{name}", "it has no plain sql", document, entry)
                continue
            parts = split(sql)
            column = parts[-1] if parts and (len(parts) == 1 or parts[-2].casefold() == one.table.casefold()) else ""
            if column and PLAIN.fullmatch(column):
                also = tuple(text for text in (words(name), title) if text and text.casefold() != words(column).casefold())
                columns.append(ColumnMeaning(column, tuple(dict.fromkeys(also)), told, hidden=hidden, place=document.place(entry)))
            elif not hidden:
                also = (title,) if title and title.casefold() != words(name).casefold() else ()
                found.append(Dimension(words(name), one.table, sql=sql, synonyms=also, description=told, place=document.place(entry)))
        return columns

    def called(self, name: str, one: CubeModel) -> str:
        """What a measure is called as a metric: by its own name where no other cube has one of it."""
        names = Counter(other for cube in self.cubes.values() for other in cube.measures)
        return words(name) if names[name] == 1 and name != "count" else f"{words(one.name)} {words(name)}"

    def _measure(self, name: str, one: CubeModel) -> Metric | None:
        document, node = one.measures[name]
        held = held_in(document, node)
        what = f"measure {one.name}.{name}"
        if _private(document, held):
            return None
        kind, sql, title, told, shown = (document.text_of(held.get(key), key) for key in ("type", "sql", "title", "description", "format"))
        if "rolling_window" in held or "multi_stage" in held:
            return self.skip(what, "windows over time are not read; ask for it as “running …”", document, node)
        also = (title,) if title and title.casefold() != self.called(name, one).casefold() else ()
        common = {"synonyms": also, "description": told, "format": FORMATS.get(shown, ""), "place": document.place(node)}
        try:
            tests = [
                f"({self._sql(document.text_of(held_in(document, entry).get('sql'), 'sql'), one)})"
                for entry in document.items(held.get("filters"))
            ]
            if kind == "number":
                return self._number(name, sql, one, common, tests)
            inner = self._sql(sql, one) if sql else ""
        except UnknownError as error:
            return self.skip(what, f"it names {error}, which is not known", document, node)
        if kind == "count" and not inner:
            made = f"count({quoted(one.table)})"
        elif kind == "count":
            made = f"count({inner})"
        elif kind in AGGREGATES and inner:
            made = AGGREGATES[kind].format(inner)
        else:
            return self.skip(what, f"measures of type {kind or 'none'} are not read", document, node)
        return Metric(self.called(name, one), one.table, made, filter=" AND ".join(tests), **common)

    def _number(self, name: str, sql: str, one: CubeModel, common: dict, tests: list[str]) -> Metric:
        """A measure made of others, or of aggregates written out."""
        parts = [part.strip() for part in NAMED.findall(sql)]
        measured = [part for part in parts if part != "CUBE" and self._owner(part, one)[1] in self._owner(part, one)[0].measures]
        if measured and len(measured) == len(parts) and not tests:
            formula = NAMED.sub(
                lambda found: quoted(self.called(self._owner(found[1].strip(), one)[1], self._owner(found[1].strip(), one)[0])), sql
            )
            return Metric(self.called(name, one), formula=formula, **common)
        return Metric(self.called(name, one), one.table, self._sql(sql, one), filter=" AND ".join(tests), **common)

    def _owner(self, part: str, one: CubeModel) -> tuple[CubeModel, str]:
        """The cube and member that a reference means; raises UnknownError."""
        cube, dot, member = part.rpartition(".")
        home = one if cube in ("", "CUBE") else self.cubes.get(cube)
        if home is None or (not dot and part not in one.dimensions and part not in one.measures and part not in self.cubes):
            raise UnknownError(part)
        return home, member

    def _sql(self, sql: str, one: CubeModel) -> str:
        """SQL with references replaced by columns; raises UnknownError for a name that is not known."""

        def replaced(found: re.Match[str]) -> str:
            part = found[1].strip()
            if part == "CUBE":
                return quoted(one.table)
            if part in self.cubes:
                return quoted(self.cubes[part].table)
            home, member = self._owner(part, one)
            inner = home.dimensions.get(member)
            if not inner or inner == sql:
                raise UnknownError(part)
            made = self._sql(inner, home)
            return joined(home.table, made) if PLAIN.fullmatch(made) else f"({made})" if not split(made) else made

        return " ".join(NAMED.sub(replaced, sql).split())

    def _segment(self, document: Document, node: Node, one: CubeModel) -> Filter | None:
        held = held_in(document, node)
        name, sql, title, told = (document.text_of(held.get(key), key) for key in ("name", "sql", "title", "description"))
        try:
            also = (title,) if title and title.casefold() != words(name).casefold() else ()
            return Filter(words(name), self._sql(sql, one), one.table, also, told, document.place(node))
        except UnknownError as error:
            return self.skip(f"segment {one.name}.{name}", f"it names {error}, which is not known", document, node)

    def _join(self, document: Document, node: Node, one: CubeModel) -> Join | None:
        held = held_in(document, node)
        name, sql, kind = (document.text_of(held.get(key), key) for key in ("name", "sql", "relationship"))
        what = f"join {one.name} to {name}"
        try:
            made = self._sql(sql, one)
        except UnknownError as error:
            return self.skip(what, f"it names {error}, which is not known", document, node)
        other = self.cubes.get(name)
        if other is None:
            return self.skip(what, f"there is no cube {name}", document, node)
        many = one if kind in OUTER else other
        pairs = []
        for part in re.split(r"\s+and\s+", made, flags=re.IGNORECASE):
            ends = part.split("=")
            if len(ends) != 2 or any(len(split(end.strip())) != 2 for end in ends):
                return self.skip(what, "it joins by more than equal columns", document, node)
            ends = [end.strip() for end in ends]
            pairs.append(" = ".join(ends if split(ends[0])[0].casefold() == many.table.casefold() else reversed(ends)))
        return Join(" and ".join(pairs), document.place(node))


def _private(document: Document, held: dict[str, Node]) -> bool:
    return any(document.text_of(held.get(key), key).casefold() == "false" for key in ("public", "shown"))

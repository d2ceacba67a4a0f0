"""A semantic file's text as a model: what it says, and every mistake of its form with the line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import yaml

from aiser_jupyter.catalog.semantic.model import (
    FORMATS,
    VERSION,
    ColumnMeaning,
    Dimension,
    Filter,
    FiscalYear,
    Hierarchy,
    Join,
    Metric,
    SemanticModel,
    TableMeaning,
    VerifiedQuery,
)
from aiser_jupyter.catalog.semantic.nodes import Document, Node, empty

if TYPE_CHECKING:
    from aiser_jupyter.catalog.semantic.nodes import Problem

KEYS = (
    "v",
    "on",
    "description",
    "fiscal_year",
    "include",
    "tables",
    "metrics",
    "dimensions",
    "hierarchies",
    "filters",
    "joins",
    "queries",
)
TABLE = ("synonyms", "description", "time", "label", "hidden", "columns")
COLUMN = ("synonyms", "description", "unit", "format", "hidden", "values")
METRIC = ("sql", "ratio", "formula", "table", "synonyms", "description", "unit", "format", "filter", "time", "reason")
DIMENSION = ("column", "sql", "table", "synonyms", "description")
FILTER = ("sql", "table", "synonyms", "description")
QUERY = ("question", "sql", "on", "verified_by", "date")
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
DAY = re.compile(r"\d{4}-\d\d-\d\d")


def read(text: str, file: str, source: str = "") -> tuple[SemanticModel, list[Problem]]:
    """The model that ``text`` says, and its mistakes in the order of their lines; ``file`` is what it is called in them."""
    document = Document(text, file)
    model = Reader(document).model(source)
    return model, sorted(document.problems, key=lambda problem: (problem.place.line, problem.place.column))


def version(text: str) -> int | None:
    """The form's version that a file states, None where it states none that can be read."""
    document = Document(text, "")
    root = document.root()
    held = {name: node for name, _, node in document.mapping(root, "the file")}
    said = document.text_of(held.get("v"), "v")
    return int(said) if said.isdigit() else None


class Reader:
    """Reads one document section by section."""

    def __init__(self, document: Document) -> None:
        self.document = document

    def model(self, source: str) -> SemanticModel:
        """All sections."""
        document = self.document
        root = document.root()
        if root is None:
            if not document.problems:
                document.problems += _missing_version(document)
            return SemanticModel(source)
        if isinstance(root, yaml.MappingNode) and not self._version(root):
            return SemanticModel(source)
        held = document.known(root, "the file", KEYS)
        return SemanticModel(
            source,
            metrics=tuple(self._metric(*entry) for entry in document.mapping(held.get("metrics"), "metrics")),
            dimensions=tuple(self._dimension(*entry) for entry in document.mapping(held.get("dimensions"), "dimensions")),
            tables=tuple(self._table(*entry) for entry in document.mapping(held.get("tables"), "tables")),
            hierarchies=tuple(self._hierarchy(*entry) for entry in document.mapping(held.get("hierarchies"), "hierarchies")),
            filters=tuple(self._filter(*entry) for entry in document.mapping(held.get("filters"), "filters")),
            joins=tuple(self._join(node) for node in document.items(held.get("joins"))),
            fiscal_year=self._fiscal(held.get("fiscal_year")),
            queries=tuple(found for node in document.items(held.get("queries")) if (found := self._query(node))),
            include=document.texts(held.get("include"), "include"),
            on=document.texts(held.get("on"), "on"),
            description=document.text_of(held.get("description"), "description"),
        )

    def _version(self, root: Node) -> bool:
        """Whether the form is this version's; of another one nothing else is judged."""
        node = next((value for name, _, value in self.document.mapping(root, "the file") if name == "v"), None)
        count = len(self.document.problems)
        if node is None:
            self.document.wrong(root, "the file does not say which version of the form it has.", f"Write `v: {VERSION}` in its first line.")
        elif (said := self.document.text_of(node, "v")) != str(VERSION):
            newer = said.isdigit() and int(said) > VERSION
            hint = "Upgrade aiser-jupyter; this version leaves the file as it is." if newer else f"Write `v: {VERSION}`."
            self.document.wrong(node, f"version {said} of the form is not known; this is version {VERSION}.", hint)
        return node is None or len(self.document.problems) == count

    def _table(self, name: str, key: Node, node: Node) -> TableMeaning:
        document, what = self.document, f"table {name}"
        held = document.known(node, what, TABLE)
        return TableMeaning(
            name,
            document.texts(held.get("synonyms"), f"synonyms of {what}"),
            document.text_of(held.get("description"), f"description of {what}"),
            document.text_of(held.get("time"), f"time of {what}"),
            document.texts(held.get("label"), f"label of {what}"),
            document.flag(held.get("hidden"), f"hidden of {what}"),
            tuple(self._column(name, *entry) for entry in document.mapping(held.get("columns"), f"columns of {what}")),
            document.place(key),
        )

    def _column(self, table: str, name: str, key: Node, node: Node) -> ColumnMeaning:
        document, what = self.document, f"column {table}.{name}"
        held = document.known(node, what, COLUMN)
        values = tuple(
            (value, words)
            for value, _, said in document.mapping(held.get("values"), f"values of {what}")
            if (words := document.texts(said, f"words for {value}"))
        )
        return ColumnMeaning(
            name,
            document.texts(held.get("synonyms"), f"synonyms of {what}"),
            document.text_of(held.get("description"), f"description of {what}"),
            document.text_of(held.get("unit"), f"unit of {what}"),
            document.choice(held.get("format"), f"format of {what}", FORMATS),  # pyright: ignore[reportArgumentType]  # one of FORMATS
            document.flag(held.get("hidden"), f"hidden of {what}"),
            values,
            document.place(key),
        )

    def _metric(self, name: str, key: Node, node: Node) -> Metric:
        document, what = self.document, f"metric {name}"
        if isinstance(node, yaml.ScalarNode) and not empty(node):
            return Metric(name, sql=document.text_of(node, what), place=document.place(key))
        held = document.known(node, what, METRIC)
        ratio = document.texts(held.get("ratio"), f"ratio of {what}")
        if "ratio" in held and len(document.items(held["ratio"])) != 2:
            document.wrong(held["ratio"], f"{what}: a ratio is of two metrics, as in [revenue, orders].")
        ways = [way for way in ("sql", "ratio", "formula") if way in held]
        if len(ways) != 1:
            found = f"it has {' and '.join(ways)}" if ways else "it has none"
            document.wrong(key, f"{what} needs one of sql, ratio and formula, and {found}.")
        return Metric(
            name,
            document.text_of(held.get("table"), f"table of {what}"),
            document.text_of(held.get("sql"), f"sql of {what}"),
            document.text_of(held.get("reason"), f"reason of {what}"),
            document.text_of(held.get("formula"), f"formula of {what}"),
            ratio,
            document.texts(held.get("synonyms"), f"synonyms of {what}"),
            document.text_of(held.get("description"), f"description of {what}"),
            document.text_of(held.get("unit"), f"unit of {what}"),
            document.choice(held.get("format"), f"format of {what}", FORMATS),  # pyright: ignore[reportArgumentType]  # one of FORMATS
            document.text_of(held.get("filter"), f"filter of {what}"),
            document.text_of(held.get("time"), f"time of {what}"),
            place=document.place(key),
        )

    def _dimension(self, name: str, key: Node, node: Node) -> Dimension:
        document, what = self.document, f"dimension {name}"
        if isinstance(node, yaml.ScalarNode) and not empty(node):
            return Dimension(name, column=document.text_of(node, what), place=document.place(key))
        held = document.known(node, what, DIMENSION)
        if ("column" in held) == ("sql" in held):
            document.wrong(key, f"{what} needs either column or sql.")
        return Dimension(
            name,
            document.text_of(held.get("table"), f"table of {what}"),
            document.text_of(held.get("column"), f"column of {what}"),
            document.text_of(held.get("sql"), f"sql of {what}"),
            document.texts(held.get("synonyms"), f"synonyms of {what}"),
            document.text_of(held.get("description"), f"description of {what}"),
            document.place(key),
        )

    def _filter(self, name: str, key: Node, node: Node) -> Filter:
        document, what = self.document, f"filter {name}"
        if isinstance(node, yaml.ScalarNode) and not empty(node):
            return Filter(name, document.text_of(node, what), place=document.place(key))
        held = document.known(node, what, FILTER)
        if "sql" not in held:
            document.wrong(key, f"{what} needs its sql, a condition such as orders.status = 'paid'.")
        return Filter(
            name,
            document.text_of(held.get("sql"), f"sql of {what}"),
            document.text_of(held.get("table"), f"table of {what}"),
            document.texts(held.get("synonyms"), f"synonyms of {what}"),
            document.text_of(held.get("description"), f"description of {what}"),
            document.place(key),
        )

    def _hierarchy(self, name: str, key: Node, node: Node) -> Hierarchy:
        levels = self.document.texts(node, f"hierarchy {name}")
        if len(levels) < 2:
            self.document.wrong(key, f"hierarchy {name} needs two columns or more, the coarsest first.")
        return Hierarchy(name, levels, self.document.place(key))

    def _join(self, node: Node) -> Join:
        return Join(self.document.text_of(node, "a join"), self.document.place(node))

    def _fiscal(self, node: Node | None) -> FiscalYear | None:
        document = self.document
        if node is None:
            return None
        held = document.known(node, "fiscal_year", ("starts", "named")) if isinstance(node, yaml.MappingNode) else {"starts": node}
        said = document.text_of(held.get("starts"), "fiscal_year").casefold()
        month = (
            int(said) if said.isdigit() else next((i for i, name in enumerate(MONTHS, 1) if len(said) >= 3 and name.startswith(said)), 0)
        )
        if not 1 <= month <= 12:
            document.wrong(held.get("starts", node), f"fiscal_year must begin in a month, and {said!r} is none.", "Write april, or 4.")
            return None
        named = document.choice(held.get("named"), "named of fiscal_year", ("end", "start"))
        return FiscalYear(month, "start" if named == "start" else "end", document.place(node))

    def _query(self, node: Node) -> VerifiedQuery | None:
        document, what = self.document, "a verified query"
        held = document.known(node, what, QUERY)
        for needed in ("question", "sql"):
            if needed not in held and isinstance(node, yaml.MappingNode):
                document.wrong(node, f"{what} needs its {needed}.")
                return None
        day = document.text_of(held.get("date"), "date of a verified query")
        if day and not DAY.fullmatch(day):
            document.wrong(held["date"], f"the date of a verified query is written as 2026-10-05, and {day!r} stands there.")
        if not held:
            return None
        return VerifiedQuery(
            document.text_of(held.get("question"), "question of a verified query"),
            document.text_of(held.get("sql"), "sql of a verified query"),
            document.text_of(held.get("on"), "on of a verified query"),
            document.text_of(held.get("verified_by"), "verified_by of a verified query"),
            day,
            document.place(node),
        )


def _missing_version(document: Document) -> list[Problem]:
    from aiser_jupyter.catalog.semantic.model import Place
    from aiser_jupyter.catalog.semantic.nodes import Problem

    return [Problem(Place(document.file, 1, 1), "the file is empty.", f"Write `v: {VERSION}` in its first line, or delete it.")]

"""dbt's semantic layer (MetricFlow) as YAML, or the `semantic_manifest.json` that dbt makes of it: what can be taken over, and what not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiser_jupyter.catalog.semantic.model import ColumnMeaning, Dimension, Join, Metric, Place, SemanticModel, TableMeaning, Unread
from aiser_jupyter.catalog.semantic.names import PLAIN, joined, quoted
from aiser_jupyter.catalog.semantic.taken import Taken, held_in, words

if TYPE_CHECKING:
    from aiser_jupyter.catalog.semantic.nodes import Document, Node

SPEAKS = re.compile(r"^(?:semantic_models|metrics|models)\s*:|^\s*[{,]?\s*\"semantic_models\"\s*:", re.MULTILINE)
REF = re.compile(r"""ref\(\s*(?:['"][^'"]+['"]\s*,\s*)?['"]([^'"]+)['"]""")
AGGREGATES = {
    "sum": "sum({})", "min": "min({})", "max": "max({})", "average": "avg({})", "median": "median({})", "count": "count({})",
    "count_distinct": "count(distinct {})", "sum_boolean": "sum(case when {} then 1 else 0 end)",
}  # fmt: skip
DIMENSION = re.compile(r"""\{\{\s*(Dimension|TimeDimension|Entity)\(\s*['"]([^'"]+)['"][^)]*\)\s*\}\}""")
CARRIERS = ("primary", "unique", "natural")


def speaks(text: str) -> bool:
    """Whether a text looks like definitions of dbt."""
    return SPEAKS.search(text) is not None


@dataclass
class Source:
    """One semantic model of dbt: the table behind it, and what its entities, dimensions and measures are in SQL."""

    name: str
    table: str
    place: Place
    time: str = ""
    entities: dict[str, tuple[str, str]] = field(default_factory=dict)  # name: (type, expression)
    dimensions: dict[str, tuple[str, str]] = field(default_factory=dict)
    measures: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # name: (SQL, time, description)
    primary: str = ""

    def column(self, expression: str) -> str:
        """An expression over the table's columns, with a plain column qualified."""
        return joined(self.table, expression) if PLAIN.fullmatch(expression) else f"({expression})"


class Reader(Taken):
    """Collects semantic models of all files first: metrics name measures of any of them."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[Source] = []
        self.meanings: dict[str, TableMeaning] = {}
        self.metrics: list[tuple[Document, Node]] = []
        self.proxies: list[Metric] = []
        self.dimensions: list[Dimension] = []

    def take(self, document: Document, held: dict[str, Node]) -> None:
        """Collect one file."""
        for node in document.items(held.get("models")):
            self._described(document, node)
        for node in document.items(held.get("semantic_models")):
            self._source(document, node)
        self.metrics += [(document, node) for node in document.items(held.get("metrics"))]
        self.unread += [
            Unread("a saved query", "saved queries are not read", document.place(node))
            for node in document.items(held.get("saved_queries"))
        ]

    def model(self) -> SemanticModel:
        """What all files say."""
        metrics = [*self.proxies, *(made for document, node in self.metrics if (made := self._metric(document, node)))]
        for one in self.sources:
            said = self.meanings.get(one.table.casefold(), TableMeaning(one.table, place=one.place))
            time = one.dimensions.get(one.time)
            if time and PLAIN.fullmatch(time[1]):
                self.meanings[one.table.casefold()] = TableMeaning(
                    said.name,
                    said.synonyms,
                    said.description,
                    joined(one.table, time[1]),
                    said.label,
                    said.hidden,
                    said.columns,
                    said.place,
                )
        return SemanticModel(
            "",
            metrics=tuple(metrics),
            dimensions=tuple(self.dimensions),
            tables=tuple(self.meanings.values()),
            joins=tuple(self._joins()),
            unread=tuple(self.unread),
        )

    def _described(self, document: Document, node: Node) -> None:
        """The descriptions of a model and its columns."""
        held = held_in(document, node)
        name = document.text_of(held.get("name"), "name of a model")
        if not name:
            return
        if "semantic_model" in held:
            self.skip(f"semantic model of {name}", "semantic models written inside a model are not read", document, held["semantic_model"])
        columns = []
        for one in document.items(held.get("columns")):
            inside = held_in(document, one)
            column, told = (document.text_of(inside.get(key), f"{key} of a column") for key in ("name", "description"))
            if column and told:
                columns.append(ColumnMeaning(column, description=told, place=document.place(one)))
        told = document.text_of(held.get("description"), f"description of {name}")
        if told or columns:
            self.meanings[name.casefold()] = TableMeaning(name, description=told, columns=tuple(columns), place=document.place(node))

    def _source(self, document: Document, node: Node) -> None:
        held = held_in(document, node)
        name = document.text_of(held.get("name"), "name of a semantic model")
        relation = held_in(document, held.get("node_relation"))
        said = document.text_of(held.get("model"), f"model of {name}")
        found = REF.search(said)
        table = document.text_of(relation.get("alias"), "alias") or (found[1] if found else said)
        if not table:
            self.skip(f"semantic model {name}", "it names no model", document, node)
            return
        defaults = held_in(document, held.get("defaults"))
        one = Source(name, table, document.place(node), document.text_of(defaults.get("agg_time_dimension"), "agg_time_dimension"))
        for entity in document.items(held.get("entities")):
            inside = held_in(document, entity)
            called, kind = (document.text_of(inside.get(key), key) for key in ("name", "type"))
            one.entities[called] = (kind, document.text_of(inside.get("expr"), "expr") or called)
            if kind in CARRIERS and not one.primary:
                one.primary = called
        one.primary = one.primary or document.text_of(held.get("primary_entity"), "primary_entity")
        for dimension in document.items(held.get("dimensions")):
            self._dimension(document, dimension, one)
        for measure in document.items(held.get("measures")):
            self._measure(document, measure, one)
        self.sources.append(one)

    def _dimension(self, document: Document, node: Node, one: Source) -> None:
        held = held_in(document, node)
        name, kind, told = (document.text_of(held.get(key), key) for key in ("name", "type", "description"))
        expression = document.text_of(held.get("expr"), "expr") or name
        one.dimensions[name] = (kind, expression)
        if PLAIN.fullmatch(expression):
            # A column by its own name needs no definition; by another one it is a synonym.
            if name != expression or told:
                said = self.meanings.get(one.table.casefold(), TableMeaning(one.table, place=one.place))
                more = ColumnMeaning(expression, () if name == expression else (words(name),), told, place=document.place(node))
                columns = (*(column for column in said.columns if column.name.casefold() != expression.casefold()), more)
                self.meanings[one.table.casefold()] = TableMeaning(
                    said.name, said.synonyms, said.description, said.time, said.label, said.hidden, columns, said.place
                )
        elif kind != "time":
            self.dimensions.append(Dimension(words(name), one.table, sql=expression, description=told, place=document.place(node)))

    def _measure(self, document: Document, node: Node, one: Source) -> None:
        held = held_in(document, node)
        name, kind, told = (document.text_of(held.get(key), key) for key in ("name", "agg", "description"))
        expression = document.text_of(held.get("expr"), "expr") or name
        if kind not in AGGREGATES:
            self.skip(f"measure {name}", f"its aggregate {kind or 'none'} is not read", document, node)
            return
        if "non_additive_dimension" in held:
            self.skip(f"measure {name}", "it may not be added up over time (non_additive_dimension)", document, node)
            return
        plain = PLAIN.fullmatch(expression)
        sql = (
            f"count({quoted(one.table)})"
            if kind == "count" and expression == "1"
            else AGGREGATES[kind].format(one.column(expression) if plain else expression)
        )
        if kind == "sum" and expression == "1":
            sql = f"count({quoted(one.table)})"
        at = document.text_of(held.get("agg_time_dimension"), "agg_time_dimension")
        day = one.dimensions.get(at, ("", ""))[1]
        one.measures[name] = (sql, joined(one.table, day) if PLAIN.fullmatch(day) else "", told)
        if document.text_of(held.get("create_metric"), "create_metric").casefold() == "true":
            self.proxies.append(
                Metric(words(name), one.table, sql, time=one.measures[name][1], description=told, place=document.place(node))
            )

    def _metric(self, document: Document, node: Node) -> Metric | None:
        held = held_in(document, node)
        name, kind, told, label = (document.text_of(held.get(key), key) for key in ("name", "type", "description", "label"))
        params = held_in(document, held.get("type_params"))
        also = (label,) if label and label.casefold() != words(name).casefold() else ()
        common = {"synonyms": also, "description": told, "place": document.place(node)}
        if kind == "simple":
            return self._simple(document, node, name, params, common)
        if kind not in ("ratio", "derived"):
            hint = "; ask for it as “running …”" if kind == "cumulative" else ""
            return self.skip(f"metric {name}", f"{kind or 'untyped'} metrics are not read{hint}", document, node)
        if "filter" in held:
            return self.skip(f"metric {name}", f"a {kind} metric with a filter cannot be taken over", document, node)
        return (self._ratio if kind == "ratio" else self._derived)(document, node, name, params, common)

    def _simple(self, document: Document, node: Node, name: str, params: dict[str, Node], common: dict) -> Metric | None:
        """A measure, perhaps of the rows alone that pass a filter."""
        measure, tests = self._input(document, params.get("measure"))
        home = next((one for one in self.sources if measure in one.measures), None)
        if home is None:
            return self.skip(f"metric {name}", f"no semantic model has its measure {measure or 'none'}", document, node)
        tests += self._filters(document, held_in(document, node).get("filter"))
        sql, time, _ = home.measures[measure]
        translated = [self._condition(test) for test in tests]
        if any(one is None for one in translated):
            return self.skip(f"metric {name}", "its filter cannot be taken over", document, node)
        return Metric(words(name), home.table, sql, filter=" AND ".join(f"({one})" for one in translated), time=time, **common)

    def _ratio(self, document: Document, node: Node, name: str, params: dict[str, Node], common: dict) -> Metric | None:
        parts = [self._input(document, params.get(side)) for side in ("numerator", "denominator")]
        if any(tests for _, tests in parts) or not all(called for called, _ in parts):
            return self.skip(f"metric {name}", "a part of it has a filter of its own", document, node)
        return Metric(words(name), ratio=tuple(words(called) for called, _ in parts), **common)

    def _derived(self, document: Document, node: Node, name: str, params: dict[str, Node], common: dict) -> Metric | None:
        formula = document.text_of(params.get("expr"), "expr")
        for one in document.items(params.get("metrics")):
            inside = held_in(document, one)
            called, tests = self._input(document, one)
            if tests or {"offset_window", "offset_to_grain"} & set(inside):
                return self.skip(f"metric {name}", "a part of it has a filter or an offset", document, node)
            alias = document.text_of(inside.get("alias"), "alias") or called
            formula = re.sub(rf"\b{re.escape(alias)}\b", quoted(words(called)).replace("\\", r"\\"), formula)
        return Metric(words(name), formula=formula, **common) if formula else self.skip(f"metric {name}", "it has no expr", document, node)

    def _input(self, document: Document, node: Node | None) -> tuple[str, list[str]]:
        """What a metric is made of: a name, or a mapping with a name and perhaps a filter."""
        held = held_in(document, node)
        if held:
            return document.text_of(held.get("name"), "name"), self._filters(document, held.get("filter"))
        return document.text_of(node, "an input"), []

    def _filters(self, document: Document, node: Node | None) -> list[str]:
        """The conditions of a filter: a text, a list of them, or what dbt's manifest makes of it."""
        held = held_in(document, node)
        if "where_filters" in held:
            inner = [held_in(document, one).get("where_sql_template") for one in document.items(held["where_filters"])]
            return [document.text_of(one, "a filter") for one in inner]
        return [text for one in document.items(node) if (text := document.text_of(one, "a filter"))]

    def _condition(self, test: str) -> str | None:
        """A filter with its dimensions replaced by their columns; None where one is not known."""
        unknown = False

        def column(found: re.Match[str]) -> str:
            nonlocal unknown
            entity, _, name = found[2].rpartition("__")
            for one in self.sources:
                if (not entity or one.primary == entity) and name in (one.dimensions | one.entities):
                    return one.column((one.dimensions | one.entities)[name][1])
            unknown = True
            return ""

        made = DIMENSION.sub(column, test)
        return None if unknown or "{{" in made or "{%" in made else " ".join(made.split())

    def _joins(self) -> list[Join]:
        """A foreign entity points to the rows that have it as their own."""
        found = []
        for one in self.sources:
            for name, (kind, expression) in one.entities.items():
                for other in self.sources:
                    target = other.entities.get(name)
                    if kind == "foreign" and other is not one and target and target[0] in ("primary", "unique"):
                        ends = [joined(one.table, expression), joined(other.table, target[1])]
                        if PLAIN.fullmatch(expression) and PLAIN.fullmatch(target[1]):
                            found.append(Join(" = ".join(ends), one.place))
        return found

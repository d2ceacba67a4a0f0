"""The semantic model on the ground of a schema: what its words mean, and where a question says them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar.measures import Measure
from aiser_jupyter.ask.plan import ColumnRef, Defined, Star
from aiser_jupyter.ask.question import read
from aiser_jupyter.ask.semantic.formulas import Formulas, RepeatedError
from aiser_jupyter.ask.words import near, noun, stem, stems
from aiser_jupyter.catalog import Key
from aiser_jupyter.catalog.semantic.file import refuse
from aiser_jupyter.catalog.semantic.names import split
from aiser_jupyter.catalog.semantic.nodes import Problem
from aiser_jupyter.query.semantics import default_times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.ask.plan import Condition, Operator
    from aiser_jupyter.ask.question import Question
    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.catalog import Catalog
    from aiser_jupyter.catalog.semantic import Filter, Metric, Place, SemanticModel

CAMEL = re.compile(r"[a-z][A-Z]")
NOT = frozenset({"not", "non", "except", "excluding", "isn't", "aren't"})
OPPOSITES: dict[str, Operator] = {"=": "!=", "!=": "=", ">": "<=", "<": ">=", ">=": "<", "<=": ">"}
COMPARED = re.compile(
    r"\s+(?:is |was |of |being )?(?:over|above|under|below|exceeding|exactly|(?:more|less|greater|higher|lower|fewer|larger|smaller) than|at (?:least|most)|[<>]=?) \$?[\d.,]+[km]?\b",
    re.IGNORECASE,
)
MASK = "x"
AMOUNTS = frozenset({"amount", "amounts", "figure", "figures"})  # after the name of a metric they say nothing more
LONGEST = 6
SLIP_FROM = 5  # letters of a word that may have a slip
UNITS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "inr": "₹", "percent": "%"}


@dataclass(frozen=True)
class Term:
    """What words mean: one of measure, table, column, value (an expression over a row) and condition is set; ``home`` is its table.

    A measure with a table too counts its rows and is called like it.
    """

    name: str
    note: str
    home: str
    measure: Measure | None = None
    table: str = ""
    column: ColumnRef | None = None
    value: Defined | None = None
    condition: Condition | None = None

    @property
    def decisive(self) -> bool:
        """Whether it is a figure, a test or a value of its own definition, and not only another name of a table or column."""
        return bool((self.measure and not self.table) or self.condition or self.value)


@dataclass(frozen=True)
class Said:
    """Tokens ``start`` to ``end`` of a question that say terms; of a filter, those from ``noun`` on name its table too."""

    start: int
    end: int
    terms: tuple[Term, ...]
    noun: int
    lead: int = -1  # where the "not" before a filter stands

    @property
    def condition(self) -> Condition | None:
        """The condition of a filter; where "not" stands before it, its opposite."""
        found = self.terms[0].condition
        return found if found is None or self.lead < 0 else opposite(found)

    @property
    def note(self) -> str:
        """The definition of a filter, and whether what it means is left out."""
        return self.terms[0].note + ("; they are left out" if self.lead >= 0 else "")


@dataclass(frozen=True)
class Spoken:
    """What a question says of the model, in its order."""

    found: tuple[Said, ...] = ()

    @property
    def filters(self) -> tuple[Said, ...]:
        """The named filters."""
        return tuple(one for one in self.found if one.condition is not None)

    @property
    def nouns(self) -> tuple[Said, ...]:
        """Metrics, tables, columns and dimensions."""
        return tuple(one for one in self.found if one.condition is None)

    @property
    def decided(self) -> bool:
        """Whether a metric, a filter or a defined dimension is named: no query that leaves it out can be right."""
        return any(one.terms[0].decisive or (one.terms[0].column and one.terms[0].note) for one in self.found)

    @property
    def named(self) -> frozenset[int]:
        """The tokens that are part of such a name, and say nothing else."""
        return frozenset(i for one in self.found if one.terms[0].decisive for i in range(one.start, one.end))

    @property
    def tokens(self) -> frozenset[int]:
        """The tokens that filters account for."""
        return frozenset(i for one in self.filters for i in (*range(one.start, one.noun), *((one.lead,) if one.lead >= 0 else ())))

    def masked(self, question: Question) -> str:
        """The question's text with the words of definitions as one meaningless word, so that "best" in a filter's name ranks nothing."""
        text = question.text
        for one in self.found:
            first, last = question.tokens[one.lead if one.lead >= 0 else one.start], question.tokens[one.end - 1]
            if one.terms[0].measure and (compared := COMPARED.match(question.text, last.end)):
                # A number that a metric is compared with is no year.
                text = text[: last.end] + " " * (compared.end() - last.end) + text[compared.end() :]
            width = last.end - first.start
            # Rows keep their place as a noun: "the last order of each customer".
            said = MASK * (width - 1) + ("s" if question.text[last.end - 1] == "s" else MASK) if one.terms[0].table else " " * width
            text = text[: first.start] + said + text[last.end :]
        return text


@dataclass
class Definitions:
    """A model over one catalog; raises SemanticError for a definition that cannot be joined, unless a policy narrows what there is."""

    model: SemanticModel
    schema: Schema
    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.formulas = Formulas(self.schema.graph)
        self.times = {table: ColumnRef(*time) for table, time in default_times(self.model).items()}
        self.terms = self._terms()
        refuse(() if self.model.narrowed else self.problems)

    def _terms(self) -> dict[tuple[str, ...], tuple[Term, ...]]:
        """What each phrase means; what the model defines before what it only names."""
        found: dict[tuple[str, ...], list[Term]] = {}
        for names, term in (*self._metrics(), *self._dimensions(), *self._filters(), *self._names()):
            for name in names:
                if (key := phrase(name)) and term not in (held := found.setdefault(key, [])):
                    held.append(term)
        return {key: tuple(sorted(held, key=_rank)) for key, held in found.items()}

    def _metrics(self) -> Iterator[tuple[tuple[str, ...], Term]]:
        for metric in self.model.metrics:
            if (term := self._metric(metric)) is not None:
                yield (metric.name, *metric.synonyms), term

    def _filters(self) -> Iterator[tuple[tuple[str, ...], Term]]:
        for one in self.model.filters:
            if (term := self._filter(one)) is not None:
                yield (one.name, *one.synonyms), term

    def _dimensions(self) -> Iterator[tuple[tuple[str, ...], Term]]:
        """Dimensions, and hierarchies by their coarsest column."""
        for dimension in self.model.dimensions:
            note = noted(f"{dimension.name} is {dimension.column or dimension.said}", dimension.place)
            names = (dimension.name, *dimension.synonyms)
            if dimension.column:
                yield names, Term(dimension.name, note, dimension.table, column=ColumnRef(dimension.table, dimension.column))
            elif (value := self._tried(dimension, f"dimension {dimension.name}", dimension.sql)) is not None:
                yield names, _of_value(dimension.name, note, value)
        for hierarchy in self.model.hierarchies:
            first = split(hierarchy.levels[0])
            note = noted(f"{hierarchy.name} is {' › '.join(hierarchy.levels)}, of which the first is shown", hierarchy.place)
            yield (hierarchy.name,), Term(hierarchy.name, note, first[0], column=ColumnRef(first[0], first[1]))

    def _names(self) -> Iterator[tuple[tuple[str, ...], Term]]:
        """Synonyms of tables and columns that are not hidden."""
        for table in self.model.tables:
            if table.hidden:
                continue
            yield table.synonyms, Term(table.name, "", table.name, table=table.name)
            for column in table.columns:
                if not column.hidden:
                    yield column.synonyms, Term(f"{table.name}.{column.name}", "", table.name, column=ColumnRef(table.name, column.name))

    def _tried(self, one: object, what: str, sql: str) -> Defined | ColumnRef | None:
        try:
            return self.formulas.value(getattr(one, "name", ""), sql)
        except RepeatedError as error:
            self._wrong(what, str(error), one)
            return None

    def _wrong(self, what: str, message: str, one: object) -> None:
        place: Place | None = getattr(one, "place", None)
        if place is not None:
            self.problems.append(Problem(place, f"{what}: {message}"))

    def _metric(self, metric: Metric) -> Term | None:
        try:
            item = self.formulas.metric(metric, self.model)
            if not metric.whole:
                self.formulas.checked(item)
        except RepeatedError as error:
            self._wrong(f"metric {metric.name}", str(error), metric)
            return None
        home = metric.table
        note = noted(f"{metric.name} is {metric.said or metric.sql}", metric.place)
        # A count that is called like its table names the rows as well.
        called = {self.schema.table_stems(home), noun(home), *self.schema.also(home)}
        rows = home if isinstance(item.expression, Star) and phrase(metric.name) in called else ""
        return Term(metric.name, "" if rows else note, home, Measure(item.expression, item.aggregate, home, note), rows)

    def _filter(self, one: Filter) -> Term | None:
        try:
            condition = self.formulas.condition(one.name, one.sql)
        except RepeatedError as error:
            self._wrong(f"filter {one.name}", str(error), one)
            return None
        return Term(one.name, noted(f"{one.name} are those where {one.said}", one.place), one.table, condition=condition)

    def said(self, question: Question) -> Spoken:
        """What ``question`` says of the model: the longest words first, none twice."""
        found: list[Said] = []
        taken: set[int] = set()
        for width in range(min(LONGEST, len(question.tokens)), 0, -1):
            for start in range(len(question.tokens) - width + 1):
                span = range(start, start + width)
                if taken & set(span):
                    continue
                terms = self._meant(question, start, start + width)
                if terms and terms[0].measure and (taken & set(span) or self._within(question, start, start + width, terms[0])):
                    continue
                if terms:
                    span = range(start, start + width + self._more(question, start, start + width, terms[0]))
                    lead = start - 1 if terms[0].condition and start and question.lower[start - 1] in NOT else -1
                    found.append(Said(start, span.stop, terms, self._noun(question, start, span.stop, terms[0]), lead))
                    taken |= set(span)
        return Spoken(tuple(sorted(found, key=lambda one: one.start)))

    def _more(self, question: Question, start: int, end: int, term: Term) -> int:
        """How many words after the name of a metric belong to it: "amount", or the rest of the name of the column that it adds up."""
        if not term.measure:
            return 0
        for view in self.schema.columns:
            if len(view.stems) > end - start and question.stems[start : start + len(view.stems)] == view.stems:
                return len(view.stems) - (end - start)
        return int(question.lower[end : end + 1] != () and question.lower[end] in AMOUNTS)

    def _within(self, question: Question, start: int, end: int, term: Term) -> bool:
        """Whether the words of a metric are part of a column's whole name, as in the reason of a return, and the metric is not made of that column."""
        for view in self.schema.columns:
            for name in {view.stems, (*self.schema.tables[view.table].stems, *view.stems)}:
                places = range(max(0, end - len(name)), start + 1) if len(name) > end - start else ()
                if any(question.stems[at : at + len(name)] == name for at in places) and not _made_of(term, view.ref):
                    return True
        return False

    def _meant(self, question: Question, start: int, end: int) -> tuple[Term, ...]:
        tokens = question.tokens[start:end]
        if any(token.kind not in ("word", "number") for token in tokens if token.text not in "-/&"):
            return ()
        words = tuple(part for token in tokens for part in phrase(token.text))
        exact = self.terms.get(words, ())
        strange = {word for word in words if len(word) >= SLIP_FROM and word not in self.vocabulary | self.schema.vocabulary}
        if exact or not strange:
            return exact
        slipped = [
            key
            for key in self.terms
            if len(key) == len(words) and all(a == b or (b in strange and near(a, b)) for a, b in zip(key, words, strict=True))
        ]
        return self.terms[slipped[0]] if len(slipped) == 1 else ()

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every stem of a defined name."""
        return frozenset(word for key in self.terms for word in key)

    def _noun(self, question: Question, start: int, end: int, term: Term) -> int:
        """Where, in the words of a filter, those begin that name its table as well; the end where there are none."""
        if term.condition is None:
            return start
        names = {self.schema.table_stems(term.home), *self.schema.also(term.home)}
        for at in range(start + 1, end):
            if tuple(part for token in question.tokens[at:end] for part in phrase(token.text)) in names:
                return at
        return end

    def metric_among(self, words: frozenset[str]) -> Measure | None:
        """The metric that one of these stems names: a definition stands before any guess at it."""
        return next((terms[0].measure for key, terms in self.terms.items() if len(key) == 1 and key[0] in words and terms[0].measure), None)

    def time(self, table: str, expressions: tuple[object, ...] = ()) -> ColumnRef | None:
        """The date that a period means for rows of ``table``, or for a metric that has its own."""
        names = {one.name for one in expressions if isinstance(one, Defined)}
        own = next((metric.time for metric in self.model.metrics if metric.name in names and metric.time), "")
        if own:
            return ColumnRef(*split(own)[:2])
        return self.times.get(table)

    def unit(self, expression: object) -> str:
        """The unit to write a value with: a currency sign, ``%``, ``share`` or a noun; empty where none is said."""
        if isinstance(expression, Defined):
            found = self.model.metric(expression.name)
        elif isinstance(expression, ColumnRef):
            table = self.model.table(expression.table)
            found = next((one for one in table.columns if one.name == expression.column), None) if table else None
        else:
            found = None
        if found is None:
            return ""
        shown = {"percent": "%", "share": "share"}.get(found.format, "")
        return UNITS.get(found.unit.casefold(), found.unit) or shown


def _made_of(term: Term, ref: ColumnRef) -> bool:
    """Whether a metric adds up a column."""
    expression = term.measure.expression if term.measure else None
    items = (expression, *(part.expression for part in expression.parts)) if isinstance(expression, Defined) else (expression,)
    return any(item == ref or (isinstance(item, Defined) and item.columns == (ref,)) for item in items)


def opposite(condition: Condition) -> Condition:
    """The rows that a condition leaves out, those where it is not known apart."""
    expression = condition.item.expression
    if condition.operator in OPPOSITES:
        return replace(condition, operator=OPPOSITES[condition.operator])
    assert isinstance(expression, Defined)
    return replace(condition, item=replace(condition.item, expression=replace(expression, sql=f"NOT ({expression.sql})")))


def phrase(text: str) -> tuple[str, ...]:
    """The stems of a name as a question would say it."""
    if "_" in text or CAMEL.search(text):
        return stems(text)
    return tuple(stem(part) for token in read(text).tokens if token.kind in ("word", "number") for part in token.text.split("-"))


def noted(text: str, place: Place) -> str:
    """An assumption with where it is defined."""
    return f"{text}, as defined in {place.short}" if place.file else text


def _of_value(name: str, note: str, value: Defined | ColumnRef) -> Term:
    if isinstance(value, ColumnRef):
        return Term(name, note, value.table, column=value)
    return Term(name, note, value.table, value=value)


def _rank(term: Term) -> int:
    """Metrics before filters, dimensions, then tables and columns, where one word says several."""
    return 0 if term.measure else 1 if term.condition else 2 if term.value or term.note else 3


def joined(catalog: Catalog, model: SemanticModel) -> Catalog:
    """``catalog`` with the joins of the model as keys that are declared, in place of what was inferred between the same tables."""
    keys = []
    for one in model.joins:
        pairs = [tuple(split(end) for end in part.split(" = ")) for part in one.sql.split(" AND ")]
        keys.append(Key(pairs[0][0][0], tuple(p[0][1] for p in pairs), pairs[0][1][0], tuple(p[1][1] for p in pairs)))
    if not keys:
        return catalog
    said = {frozenset((key.table, key.ref_table)) for key in keys}
    return replace(catalog, keys=(*keys, *(key for key in catalog.keys if frozenset((key.table, key.ref_table)) not in said)))

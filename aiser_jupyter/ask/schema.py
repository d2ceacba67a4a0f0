"""A catalog as the linker sees it: stems of every name, what each column is, and where each value is kept."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.semantic.definitions import Definitions, joined
from aiser_jupyter.ask.semantic.named import Named
from aiser_jupyter.ask.sql.joins import JoinGraph
from aiser_jupyter.ask.vocabulary import countries
from aiser_jupyter.ask.vocabulary.nouns import things
from aiser_jupyter.ask.wording.normal import akin_to, words_of
from aiser_jupyter.ask.words import noun, stem, stems
from aiser_jupyter.ask.written import numbers
from aiser_jupyter.catalog import languages, prefixes
from aiser_jupyter.catalog.values import WORD, ValueHit

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.semantic.verified import Template
    from aiser_jupyter.catalog import Catalog, Column, Table
    from aiser_jupyter.catalog.semantic import SemanticModel

NAMING = tuple(map(stem, ("name", "title", "label", "description", "full")))
CODED = frozenset(map(stem, ("code", "number", "label", "tag")))  # after the table's own noun: what its rows are called by
LONGEST_VALUE = 8
FEW, UNIQUE, MANY_NAMES = 10, 0.9, 0.2  # rows, and the share of them that differ in a name, from which on it is theirs; or may be
FLAGGED = frozenset({"is", "has", "was", "flag", "flagg", "ind", "indicator", "yn"})  # in the name of a yes-or-no column
SPANS = frozenset(map(stem, ("minutes", "hours", "seconds", "days", "milliseconds", "ms", "mins")))
KINDS = 30  # distinct values up to which they are kinds of something
KEPT = 500  # rows of dated events from which on a table is somebody's records
MANY, FLAT = 1_000, 2  # rows of a table from which on it is no toy, and how many tables a flat file has at most
EVENTS = 500  # dated rows of a table from which on they are what happened to a business
COUNTRIES, MOSTLY = 3, 0.8  # values from which on a column may hold countries, and the share of them that are known ones
CATEGORICAL = 200  # distinct values up to which a column's values are words that a question may misspell


@dataclass(frozen=True)
class ColumnView:
    """A column with what linking needs of it."""

    ref: ColumnRef
    stems: tuple[str, ...]
    type: str
    primary: bool
    foreign: bool
    naming: bool
    position: int
    rows: int
    distinct: int
    table: int
    bare: tuple[str, ...] = ()  # the stems without what only says that it is a flag
    timed: tuple[str, ...] = ()  # of a number of minutes the stems with "time" for the unit
    low: object = None
    high: object = None
    name: str = ""  # as it is meant: without the prefix that every column of its table has, or its language

    @property
    def numeric(self) -> bool:
        """Whether the values can be added up."""
        return self.type in ("integer", "number")

    @property
    def temporal(self) -> bool:
        """Whether the values are days or moments."""
        return self.type in ("date", "timestamp")

    @property
    def clocked(self) -> bool:
        """Whether the values have a time of day: a moment at midnight alone has none."""
        ends = [str(end) for end in (self.low, self.high) if end is not None]
        return self.type == "timestamp" and not (ends and all(end.endswith("00:00:00") or len(end) <= 10 for end in ends))


@dataclass(frozen=True)
class TableView:
    """A table with what linking needs of it; ``display`` is the column that names its rows."""

    name: str
    stems: tuple[str, ...]
    rows: int
    columns: tuple[int, ...]
    key: ColumnRef | None
    display: tuple[ColumnRef, ...]
    children: int
    parents: int
    derived: bool = False


class Schema:
    """The prepared catalog of one source, and what the semantic model says of it; made once and used for every question.

    Raises SemanticError for a definition whose tables cannot be joined.
    """

    def __init__(self, catalog: Catalog, model: SemanticModel | None = None) -> None:
        self.given, self.model = catalog, model
        self.catalog = catalog = joined(catalog, model) if model else catalog
        self._numbers = numbers(catalog)
        self._plain = prefixes.plain(catalog.tables) | languages.plain(catalog.tables)
        self.graph = JoinGraph(catalog, frozenset(self._numbers))
        self.fiscal_year = model.fiscal_year if model else None
        self._said = Named(model) if model else None
        foreign = {(key.table, column) for key in catalog.keys for column in key.columns}
        self.columns: list[ColumnView] = []
        self.tables: list[TableView] = []
        for number, table in enumerate(self._shown(catalog)):
            first = len(self.columns)
            for place, column in enumerate(self._told(table)):
                self.columns.append(self._column(table, column, place, number, foreign=(table.name, column.name) in foreign))
            self.tables.append(self._table(table, self.columns[first:], first))
        self.index = {view.ref: i for i, view in enumerate(self.columns)}
        self.table_index = {view.name: i for i, view in enumerate(self.tables)}
        self.namesakes = Counter(view.stems for view in self.columns)
        self.definitions = Definitions(model, self) if model else None
        self.verbs_told: dict[str, bool] = {}
        self.verified: dict[date, list[Template]] = {}

    def _shown(self, catalog: Catalog) -> list[Table]:
        """The tables that may be asked about; a hidden one still joins others."""
        return [table for table in catalog.tables if not (self._said and self._said.hidden(table.name))]

    def _told(self, table: Table) -> list[Column]:
        """The columns that may be asked about."""
        return [column for column in table.columns if not (self._said and self._said.hidden(table.name, column.name))]

    def table_stems(self, name: str) -> tuple[str, ...]:
        """The stems of a table's name, hidden or not."""
        return stems(name) or (name.lower(),)

    def also(self, element: ColumnRef | str) -> tuple[tuple[str, ...], ...]:
        """The stems of the other names that the semantic model gives a table or column."""
        return self._said.names.get(element, ()) if self._said else ()

    def _column(self, table: Table, column: Column, place: int, number: int, *, foreign: bool) -> ColumnView:
        seen = column.statistics
        name = self._plain.get((table.name, column.name), column.name)
        words = stems(name) or (name.lower(),)
        own = noun(table.name)
        naming = column.type == "text" and (words[-1] in NAMING or words == own)
        ref, kind = ColumnRef(table.name, column.name), column.type
        low, high = (seen.minimum, seen.maximum) if seen else (None, None)
        if not foreign and ref in self._numbers:
            kind, (low, high) = "number", self._numbers[ref]
        return ColumnView(
            ref, words, kind, column.primary, foreign, naming, place,
            table.row_count or 0, seen.distinct if seen else 0, number, tuple(w for w in words if w not in FLAGGED) or words, timed(words), low, high, name,
        )  # fmt: skip

    def _table(self, table: Table, columns: list[ColumnView], first: int) -> TableView:
        keys = [view for view in columns if view.primary]
        words = noun(table.name) or (table.name.lower(),)
        whole = stems(table.name)
        if words != whole and any(whole[-1] in view.stems for view in columns) and whole[-1] != words[-1]:
            words = whole  # a log whose columns speak of log entries is a thing of its own
        children = sum(1 for key in self.catalog.keys if key.ref_table == table.name)
        parents = sum(1 for key in self.catalog.keys if key.table == table.name)
        key = keys[0].ref if len(keys) == 1 else None
        return TableView(
            table.name,
            words,
            table.row_count or 0,
            tuple(range(first, first + len(columns))),
            key,
            (self._said.label(table.name) if self._said else ()) or display(columns, words),
            children,
            parents,
            table.kind != "table",
        )

    def view(self, ref: ColumnRef) -> ColumnView:
        """The view of a column."""
        return self.columns[self.index[ref]]

    def table(self, name: str) -> TableView:
        """The view of a table."""
        return self.tables[self.table_index[name]]

    def filled(self, ref: ColumnRef) -> bool:
        """Whether each row has a value of a column."""
        table = self.catalog.table(ref.table)
        column = table.column(ref.column) if table else None
        return column is not None and column.statistics is not None and not column.statistics.nulls

    @cached_property
    def values(self) -> dict[tuple[str, ...], list[ValueHit]]:
        """Stored text values by their stems, for values of a few words."""
        found: dict[tuple[str, ...], list[ValueHit]] = {}
        for hit in self.catalog.values:
            words = WORD.findall(hit.value.casefold())
            if 0 < len(words) <= LONGEST_VALUE and (ref := ColumnRef(hit.table, hit.column)) in self.index:
                del ref
                found.setdefault(tuple(stem(word) for word in words), []).append(hit)
        for words, hit in self._said.values if self._said else ():
            found.setdefault(words, []).append(hit)
        return found

    @cached_property
    def initials(self) -> dict[str, list[tuple[str, ...]]]:
        """The stems of stored values by their first letter."""
        found: dict[str, list[tuple[str, ...]]] = {}
        for key in self.values:
            found.setdefault(key[0][:1], []).append(key)
        return found

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every stem of a table's or column's name."""
        return frozenset(word for view in (*self.columns, *self.tables) for word in view.stems)

    @cached_property
    def trade(self) -> bool:
        """Whether this looks like the data of a business: lines with price and quantity, many dated events, or one flat table of many rows."""
        if len(self.tables) <= FLAT and any(t.rows >= MANY for t in self.tables):
            return True
        if any(t.rows >= EVENTS and any(self.columns[i].temporal for i in t.columns) for t in self.tables):
            return True
        return any(t.rows >= MANY for t in self._lines)

    @cached_property
    def sells(self) -> bool:
        """Whether something is sold at all: a table with a price, or amount, and a quantity."""
        return bool(self._lines)

    @cached_property
    def _lines(self) -> tuple[TableView, ...]:
        sold = ({stem("quantity"), stem("price")}, {stem("quantity"), stem("amount")})
        held = [{word for i in t.columns if self.columns[i].numeric for word in self.columns[i].stems} for t in self.tables]
        return tuple(t for t, words in zip(self.tables, held, strict=True) if any(pair <= words for pair in sold))

    @cached_property
    def nouns(self) -> frozenset[tuple[str, ...]]:
        """The stems of every table's name, and of every column's that is no key."""
        return frozenset({t.stems for t in self.tables} | {c.stems for c in self.columns})

    @cached_property
    def columns_with(self) -> dict[str, frozenset[int]]:
        """By stem the columns in whose name it stands, in any of the ways that a name may be told, or in that of their table."""
        found: dict[str, set[int]] = {}
        for i, view in enumerate(self.columns):
            for word in {*view.stems, *view.bare, *(view.timed or ()), *self.tables[view.table].stems}:
                found.setdefault(word, set()).add(i)
        return {word: frozenset(places) for word, places in found.items()}

    @cached_property
    def table_places(self) -> dict[str, int]:
        """By their names, in lower case, where the tables stand."""
        return {view.name.casefold(): i for i, view in enumerate(self.tables)}

    @cached_property
    def tables_with(self) -> dict[str, frozenset[int]]:
        """By stem the tables in whose name it stands."""
        found: dict[str, set[int]] = {}
        for i, view in enumerate(self.tables):
            for word in view.stems:
                found.setdefault(word, set()).add(i)
        return {word: frozenset(places) for word, places in found.items()}

    @cached_property
    def kinds(self) -> dict[ColumnRef, tuple[str, ...]]:
        """The values of each text column that has few."""
        found: dict[ColumnRef, list[str]] = {}
        few = {v.ref for v in self.columns if v.type == "text" and v.distinct <= KINDS}
        for hits in self.values.values():
            for hit in hits:
                ref = ColumnRef(hit.table, hit.column)
                if ref in few:
                    found.setdefault(ref, []).append(hit.value)
        return {ref: tuple(values) for ref, values in found.items()}

    @cached_property
    def earned(self) -> measures.Measure | None:
        """What counts as revenue by the names of the columns alone."""
        return measures.found(self)

    @cached_property
    def line(self) -> measures.Measure | None:
        """What a line of an order earned: its price times its quantity."""
        return measures.line(self)

    @cached_property
    def streams(self) -> tuple[ColumnView, ...]:
        """The columns that are called revenue."""
        return tuple(measures.streams(self))

    @cached_property
    def homelands(self) -> tuple[ColumnRef, ...]:
        """The columns that hold countries."""
        held: dict[ColumnRef, list[str]] = {}
        few = {v.ref for v in self.columns if v.type == "text" and COUNTRIES <= v.distinct <= CATEGORICAL}
        for hits in self.values.values() if few else ():
            for hit in hits:
                if (ref := ColumnRef(hit.table, hit.column)) in few:
                    held.setdefault(ref, []).append(hit.value)
        return tuple(sorted(ref for ref, values in held.items() if sum(map(countries.is_one, values)) >= MOSTLY * len(values)))

    @cached_property
    def things(self) -> dict[tuple[str, ...], str]:
        """By their stems the things that the data has a table or a number for, in its own words."""
        return things(self)

    @cached_property
    def spelled(self) -> frozenset[str]:
        """The words of all names, as they are written."""
        return words_of(self)

    @cached_property
    def akin(self) -> frozenset[str]:
        """Words that stand for those of the names."""
        return akin_to(self)

    @cached_property
    def spoken(self) -> frozenset[str]:
        """The stems of every word in a stored value."""
        return frozenset(word for words in self.values for word in words)

    @cached_property
    def places(self) -> frozenset[str]:
        """Values of one word in columns of few values, in lower case."""
        few = {(v.ref.table, v.ref.column) for v in self.columns if v.distinct <= CATEGORICAL}
        hits = (hit for hits in self.values.values() for hit in hits if (hit.table, hit.column) in few)
        return frozenset(hit.value.lower() for hit in hits if hit.value.isalpha() and len(hit.value) > 3)


def timed(words: tuple[str, ...]) -> tuple[str, ...]:
    """The stems of a duration's name without its unit: of wait minutes they are wait and time; empty for what has no unit."""
    return (*words[:-1], "time") if len(words) > 1 and words[-1] in SPANS and "time" not in words else ()


def display(columns: list[ColumnView], table_stems: tuple[str, ...]) -> tuple[ColumnRef, ...]:
    """The column or columns that name a row: first and last name, else a name or title, else the first telling text, else the key."""
    texts = [view for view in columns if view.type == "text" and not view.foreign]
    people = [view for view in texts if view.stems in (("first", "name"), ("last", "name"))]
    if len(people) == 2:
        return tuple(view.ref for view in sorted(people, key=lambda view: view.stems))
    own = [view for view in texts if view.stems[-1] in NAMING[:2] and set(view.stems[:-1]) <= set(table_stems)]
    own = own or [view for view in texts if view.stems[-1] == "name" and view.rows >= FEW and view.distinct >= UNIQUE * view.rows]
    event = any(view.temporal for view in columns) and any(view.foreign for view in columns)
    naming = own or (
        [] if event else [view for view in texts if view.naming and (view.rows < KEPT or view.distinct >= MANY_NAMES * view.rows)]
    )
    if naming:
        return (naming[0].ref,)
    coded = [
        view for view in texts if view.stems[:-1] == table_stems and view.stems[-1] in CODED and view.rows and view.distinct >= view.rows
    ]
    telling = [view for view in texts if view.distinct and view.distinct >= 0.8 * view.rows and not view.primary]
    keys = [view for view in columns if view.primary]
    pool = coded or (keys if event else []) or telling or keys or texts or columns
    return (pool[0].ref,) if pool else ()

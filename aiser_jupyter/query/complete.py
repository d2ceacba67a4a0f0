"""What can stand at a place of a half-written statement: tables, columns, join conditions, functions, keywords, binds.

It reads words, not grammar, so that it works while a statement is unfinished; it runs no query and opens no connection.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from aiser_jupyter.query.scope import CLAUSES, TABLES_FOLLOW, Field, Relation, Scope, blocks, waits_for_condition
from aiser_jupyter.query.tokens import TEXT_IN_DOUBLE, WANTS_VALUE, Word, ends_value, upper, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from aiser_jupyter.catalog import Key, Table

MOST = 200  # more entries than this nobody reads
ENOUGH = 1_000  # entries that are looked at where no table is named yet
FIRST = ("SELECT", "WITH", "EXPLAIN")
FIRST_OF = {"duckdb": ("FROM", "DESCRIBE", "SUMMARIZE", "SHOW", "PIVOT", "UNPIVOT"), "mysql": ("DESCRIBE", "SHOW"), "postgres": ("VALUES",)}
AFTER_TABLE = (
    "WHERE",
    "JOIN",
    "LEFT JOIN",
    "INNER JOIN",
    "RIGHT JOIN",
    "FULL JOIN",
    "CROSS JOIN",
    "GROUP BY",
    "ORDER BY",
    "LIMIT",
    "AS",
    "UNION ALL",
    "UNION",
)
# What follows a complete value, by the clause it stands in.
AFTER_VALUE: dict[str, tuple[str, ...]] = {
    "SELECT": ("FROM", "AS", "AND", "OR", "OVER", "FILTER"),
    "WHERE": ("AND", "OR", "IN", "LIKE", "BETWEEN", "IS NULL", "IS NOT NULL", "NOT IN", "GROUP BY", "ORDER BY", "LIMIT"),
    "ON": ("AND", "OR", "WHERE", "JOIN", "LEFT JOIN", "GROUP BY", "ORDER BY", "LIMIT"),
    "GROUP": ("HAVING", "ORDER BY", "LIMIT"),
    "HAVING": ("AND", "OR", "ORDER BY", "LIMIT"),
    "ORDER": ("ASC", "DESC", "NULLS FIRST", "NULLS LAST", "LIMIT"),
    "LIMIT": ("OFFSET",),
    "CASE": ("WHEN", "THEN", "ELSE", "END", "AND", "OR"),
}
BEFORE_VALUE = ("CASE", "NOT", "NULL", "CAST", "EXISTS", "TRUE", "FALSE", "INTERVAL", "DATE")
TYPES = ("INTEGER", "BIGINT", "DOUBLE", "DECIMAL", "VARCHAR", "TEXT", "BOOLEAN", "DATE", "TIMESTAMP", "TIME")
RESERVED = (
    CLAUSES
    | WANTS_VALUE
    | upper(
        "CREATE TABLE DROP ALTER UPDATE INSERT DELETE DEFAULT CHECK PRIMARY FOREIGN REFERENCES UNIQUE USER END NULL TRUE FALSE CAST EXISTS"
    )
)


@dataclass(frozen=True)
class Suggestion:
    """A text to write, what it is (``table``, ``column``, ``function`` …) and a word on it such as its type."""

    text: str
    kind: str
    detail: str = ""


@dataclass(frozen=True)
class Completion:
    """What may replace the text from ``start`` to the cursor, best first."""

    start: int
    items: tuple[Suggestion, ...] = ()


@dataclass(frozen=True)
class Known:
    """What is known where a statement is written, all of it already in memory.

    ``tables`` and ``keys`` are of the statement's connection, ``others`` the tables of further ones by connection, ``frames`` the columns of
    the notebook's frames and results by name, ``values`` the names that can be bound, ``snippets`` the saved statements.
    """

    dialect: str = "duckdb"
    tables: Sequence[Table] = ()
    keys: Sequence[Key] = ()
    frames: Mapping[str, Sequence[str]] = field(default_factory=dict)
    values: Sequence[str] = ()
    others: Mapping[str, Sequence[Table]] = field(default_factory=dict)
    snippets: Sequence[str] = ()

    def columns(self, path: tuple[str, ...]) -> tuple[Field, ...] | None:
        """The columns of the table at ``path``: ``table``, ``schema.table``, ``connection.table``, ``connection.schema.table``."""
        name = path[-1].casefold()
        owners = [part.casefold() for part in path[:-1]]
        for connection, tables in (("", self.tables), *self.others.items()):
            left = owners[1:] if connection and owners and owners[0] == connection.casefold() else owners
            if connection and left is owners:
                continue
            for table in tables:
                if table.name.casefold() == name and (not left or table.schema.casefold() == left[-1] or left == ["main"]):
                    return tuple(Field(column.name, column.type) for column in table.columns)
        for frame, columns in self.frames.items():
            if len(path) == 1 and frame == path[0]:
                return tuple(Field(column) for column in columns)
        return None


def complete(sql: str, cursor: int, known: Known) -> Completion:
    """What can stand at ``cursor`` of ``sql``; nothing within a string or a comment, or where a name is being made up."""
    every = words(sql, known.dialect, comments=True)
    if any(
        word.start < cursor <= word.end - (word.closed and word.text[:2] != "--") for word in every if word.kind in {"string", "comment"}
    ):
        return Completion(cursor)
    listed = [word for word in every if word.kind != "comment"]
    here = next((word for word in listed if word.start < cursor <= word.end and word.kind in {"word", "name", "bind"}), None)
    if any(word.kind == "number" and word.end == cursor for word in listed):
        return Completion(cursor)
    place = _Place(sql, cursor, here, [word for word in listed if word is not here and word.start < cursor], listed, known)
    return Completion(place.start, _ranked(place))


class _Place:
    """The cursor in its statement."""

    def __init__(self, sql: str, cursor: int, here: Word | None, before: list[Word], listed: list[Word], known: Known) -> None:
        self.known = known
        self.before = before
        self.last = before[-1] if before else None
        self.start = here.start if here else cursor
        self.typed = sql[self.start : cursor]
        self.quote = self.typed[:1] if here is not None and here.kind == "name" else ""
        self.closing = bool(self.quote) and here is not None and here.closed and cursor < here.end
        self.bind = here is not None and here.kind == "bind"
        colon = self.last is not None and self.last.text == ":" and self.last.end == cursor
        if here is None and colon and not (before[:-1] and ends_value(before[-2])):
            self.bind, self.start, self.typed = True, cursor - 1, ":"
            self.before = before[:-1]
        self.last = self.before[-1] if self.before else None
        self.needle = self.typed.lstrip('"`[:$').casefold()
        self.scope = Scope(blocks(listed, len(sql)), self.start, known.columns)
        self.small = _small(self.typed, listed)

    def suggestions(self) -> Iterator[Suggestion]:
        """Everything that may stand here, in the order it is most likely meant."""
        if self.bind:
            return (Suggestion(self.typed[:1] + name, "parameter") for name in self.known.values)
        if owner := self._owner():
            return self._owned(owner)
        if self.last is None or self.last.text == ";" or (self.last.text == "(" and self._table_wanted(self.before[:-1])):
            return self._keywords((*FIRST, *FIRST_OF.get(self.known.dialect, ())))
        return self._after(self.last, self.last.upper)

    def _after(self, last: Word, word: str) -> Iterator[Suggestion]:
        if last.text == "::" or (word == "AS" and self._inside_cast()):
            return self._keywords(TYPES, "type")
        if word in {"AS", "LIMIT", "OFFSET", "WITH"}:
            return iter(())  # a name or a number of the writer's own
        if word in {"GROUP", "ORDER", "PARTITION"}:
            return self._keywords(("BY",))
        if word in {"LEFT", "RIGHT", "FULL", "INNER", "CROSS"} and self._clause() in {"FROM", "JOIN", "ON"}:
            return self._keywords(("JOIN",))
        return self._named_or_said(last, word)

    def _named_or_said(self, last: Word, word: str) -> Iterator[Suggestion]:
        if self._table_wanted(self.before):
            return self._tables(joining=word == "JOIN")
        if self._clause() == "USING" and last.text in {"(", ","}:
            return self._shared()
        if word == "ON":
            return chain(self._conditions(), self._values())
        if (last.kind == "sign" and last.text not in ")]}") or word in WANTS_VALUE | {"BY"}:
            return self._values()
        return self._after_value()

    def _owner(self) -> tuple[str, ...]:
        """The names before the dot the cursor stands behind, if it does."""
        found: list[str] = []
        rest = list(self.before)
        end = self.start
        while len(rest) > 1 and rest[-1].text == "." and rest[-1].end == end and rest[-2].kind in {"word", "name"}:
            found.insert(0, rest[-2].value)
            end = rest[-2].start
            del rest[-2:]
        return tuple(found)

    def _owned(self, owner: tuple[str, ...]) -> Iterator[Suggestion]:
        last = owner[-1].casefold()
        if len(owner) == 1:
            for relation in (*self.scope.relations, *self.scope.outer):
                if relation.name.casefold() == last and relation.columns:
                    yield from self._columns(relation.columns)
                    return
        for connection, tables in self.known.others.items():
            if connection.casefold() == owner[0].casefold():
                yield from (self._table(table) for table in tables if len(owner) == 1 or table.schema.casefold() == last)
        of_schema = [table for table in self.known.tables if (table.schema or "main").casefold() == last]
        yield from (self._table(table) for table in of_schema)
        columns = self.known.columns(owner)
        if columns and not of_schema:
            yield from self._columns(columns)

    def _table_wanted(self, before: Sequence[Word]) -> bool:
        last = before[-1] if before else None
        if last is None:
            return False
        if last.upper in TABLES_FOLLOW:
            return not (last.upper == "FROM" and self._inside_call())
        return last.text == "," and last.kind == "sign" and self._clause() == "FROM"

    def _inside_call(self) -> bool:
        """Whether the FROM here belongs to EXTRACT, TRIM or SUBSTRING."""
        return not self.scope.block.is_query and self.scope.block.parent is not None

    def _inside_cast(self) -> bool:
        parent = self.scope.block.parent
        if parent is None or self.scope.block.is_query:
            return False
        at = parent.parts.index(self.scope.block)
        owner = parent.parts[at - 1] if at else None
        return isinstance(owner, Word) and owner.upper in {"CAST", "TRY_CAST"}

    def _clause(self) -> str:
        """The keyword that began the clause the cursor is in."""
        block = self.scope.block if self.scope.block.is_query or self.scope.block.parent is None else None
        if block is None:
            using = self.scope.block.parent
            at = using.parts.index(self.scope.block) if using else 0
            owner = using.parts[at - 1] if using and at else None
            if isinstance(owner, Word) and owner.upper == "USING":
                return "USING"
            block = self.scope.query
        found = ""
        for word in block.words():
            if word.start >= self.start:
                break
            if word.upper in {"SELECT", "FROM", "WHERE", "GROUP", "HAVING", "QUALIFY", "ORDER", "LIMIT", "ON", "USING", "JOIN", "SET"}:
                found = word.upper
        return found

    def _tables(self, *, joining: bool) -> Iterator[Suggestion]:
        here = {relation.path[-1].casefold() for relation in self.scope.relations if relation.path}
        linked = {
            other.casefold()
            for key in self.known.keys
            for one, other in ((key.table, key.ref_table), (key.ref_table, key.table))
            if one.casefold() in here
        }
        yield from (self._named(name, "cte") for name in self.scope.ctes)
        tables = sorted(self.known.tables, key=lambda table: table.name.casefold() not in linked) if joining else self.known.tables
        yield from (self._table(table) for table in tables)
        yield from (self._named(name, "frame") for name in self.known.frames)
        yield from (self._named(name, "snippet") for name in self.known.snippets)
        schemas = dict.fromkeys(table.schema for table in self.known.tables if table.schema)
        yield from (self._named(name, "schema") for name in schemas)
        yield from (self._named(name, "connection") for name in self.known.others)

    def _values(self) -> Iterator[Suggestion]:
        yield from self._columns_in_sight()
        if self._clause() in {"GROUP", "ORDER", "HAVING", "QUALIFY"}:
            yield from (self._named(alias.name, "alias") for alias in self.scope.aliases())
        if self.last is not None and self.last.upper == "SELECT":
            yield from self._keywords(("DISTINCT",))
        yield from self._keywords(BEFORE_VALUE)
        if self.needle and not self.quote:
            named = str.upper if self.typed.isupper() else str
            yield from (Suggestion(f"{named(name)}(", "function") for name in _functions(self.known.dialect))

    def _after_value(self) -> Iterator[Suggestion]:
        clause = self._clause()
        if clause in {"FROM", "JOIN"}:
            yield from self._keywords(("ON", "USING") if waits_for_condition(self.scope.segment, self.start) else ())
            yield from self._keywords(AFTER_TABLE)
        else:
            open_case = sum((word.upper == "CASE") - (word.upper == "END") for word in self.scope.block.words() if word.start < self.start)
            yield from self._keywords(AFTER_VALUE["CASE"] if open_case > 0 else ())
            yield from self._keywords(AFTER_VALUE.get(clause, ("FROM", *AFTER_TABLE)))

    def _columns_in_sight(self) -> Iterator[Suggestion]:
        near = self.scope.relations
        if not near and not self.scope.outer:
            if self.needle:  # no table is named yet
                every = (*self.known.tables, *(table for tables in self.known.others.values() for table in tables))
                names = {
                    column.name: table.name
                    for table in reversed(every)
                    for column in table.columns
                    if self.needle in column.name.casefold()
                }
                yield from (self._named(name, "column", owner) for name, owner in sorted(names.items())[:ENOUGH])
            return
        times: dict[str, int] = {}
        for relation in near:
            for column in relation.columns:
                times[column.name.casefold()] = times.get(column.name.casefold(), 0) + 1
        for relation in near:
            for column in relation.columns:
                if times[column.name.casefold()] == 1:
                    yield self._named(column.name, "column", column.type or relation.name)
                elif relation.name:
                    yield self._qualified(relation, column)
        yield from (
            self._named(relation.name, "alias" if relation.alias else "table") for relation in (*near, *self.scope.outer) if relation.name
        )
        for relation in self.scope.outer:
            yield from (self._qualified(relation, column) for column in relation.columns if relation.name)

    def _conditions(self) -> Iterator[Suggestion]:
        """``o.customer_id = c.id`` for the table just joined and each one before it: by its keys, else by columns of one name."""
        near = self.scope.before(self.start)  # tables joined further on are not meant
        if not near:
            return
        *others, joined = near
        for other in others:
            for left, right in self._links(joined, other):
                text = " AND ".join(f"{self._dotted(joined, a)} = {self._dotted(other, b)}" for a, b in zip(left, right, strict=True))
                yield Suggestion(text, "join", "key")

    def _links(self, one: Relation, other: Relation) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
        found = False
        if one.path and other.path:
            for key in self.known.keys:
                ends = (key.table.casefold(), key.ref_table.casefold())
                if ends == (one.path[-1].casefold(), other.path[-1].casefold()):
                    found = True
                    yield key.columns, key.ref_columns
                elif ends == (other.path[-1].casefold(), one.path[-1].casefold()):
                    found = True
                    yield key.ref_columns, key.columns
        if not found:
            theirs = {column.name.casefold(): column.name for column in other.columns}
            yield from (
                ((c.name,), (theirs[c.name.casefold()],)) for c in one.columns if c.name.casefold() in theirs and c.name.casefold() != "id"
            )

    def _shared(self) -> Iterator[Suggestion]:
        near = self.scope.relations
        names = [{column.name.casefold() for column in relation.columns} for relation in near]
        for column in near[-1].columns if near else ():
            if sum(column.name.casefold() in found for found in names) > 1:
                yield self._named(column.name, "column", column.type)

    def _columns(self, columns: Iterable[Field]) -> Iterator[Suggestion]:
        return (self._named(column.name, "column", column.type) for column in columns)

    def _keywords(self, texts: Iterable[str], kind: str = "keyword") -> Iterator[Suggestion]:
        return (Suggestion(text.lower() if self.small else text, kind) for text in texts if not self.quote)

    def _table(self, table: Table) -> Suggestion:
        qualified = table.schema and table.schema not in {"main", "public", "dbo"} and not self._owner()
        name = f"{self._written(table.schema)}.{self._written(table.name)}" if qualified else self._written(table.name)
        return Suggestion(name, table.kind, f"{len(table.columns)} columns")

    def _named(self, name: str, kind: str, detail: str = "") -> Suggestion:
        return Suggestion(self._written(name), kind, detail)

    def _qualified(self, relation: Relation, column: Field) -> Suggestion:
        return Suggestion(self._dotted(relation, column.name), "column", column.type)

    def _dotted(self, relation: Relation, column: str) -> str:
        return f"{quoted(relation.name, self.known.dialect)}.{quoted(column, self.known.dialect)}"

    def _written(self, name: str) -> str:
        if self.quote:
            text = quoted(name, self.known.dialect, always=True, mark=self.quote)
            return text[:-1] if self.closing else text
        return quoted(name, self.known.dialect)


def quoted(name: str, dialect: str, *, always: bool = False, mark: str = "") -> str:
    """``name`` as it must be written: in quotes where it is no plain word, is reserved, or would change its case."""
    plain = re.fullmatch(r"[^\W\d]\w*", name) is not None and name.upper() not in RESERVED
    folded = (dialect in {"postgres", "redshift"} and name != name.lower()) or (dialect in {"snowflake", "oracle"} and name != name.upper())
    if plain and not folded and not always:
        return name
    left = mark or ("`" if dialect in TEXT_IN_DOUBLE else "[" if dialect == "tsql" else '"')
    right = "]" if left == "[" else left
    return f"{left}{name.replace(right, right * 2)}{right}"


@cache
def _functions(dialect: str) -> tuple[str, ...]:
    from aiser_jupyter.query.functions import functions_of

    return tuple(sorted(name for name in functions_of(dialect).scalar if re.fullmatch(r"[a-z]\w*", name) and not name.startswith("__")))


def _small(typed: str, listed: Sequence[Word]) -> bool:
    """Whether keywords are written in small letters here: as what is typed, else as the statement's first word."""
    word = typed or next((word.text for word in listed if word.kind == "word"), "S")
    return word[:1].islower()


def _ranked(place: _Place) -> tuple[Suggestion, ...]:
    """The suggestions that fit what is typed: those that begin with it, then those one of whose words does, then those that hold it."""
    scored: dict[str, tuple[int, int, Suggestion]] = {}
    for order, found in enumerate(place.suggestions()):
        score = _fit(place.needle, found.text)
        if score is not None and found.text not in scored:
            scored[found.text] = (score, order, found)
    # A name typed out in full is still offered, so that its type can be seen.
    return tuple(found for _, _, found in sorted(scored.values(), key=lambda entry: entry[:2])[:MOST])


def _fit(needle: str, text: str) -> int | None:
    if not needle:
        return 0
    name = text.casefold().lstrip('"`[:$')
    last = name.rpartition(".")[2].lstrip('"`[')
    if name.startswith(needle) or last.startswith(needle):
        return 0
    if any(f"{gap}{needle}" in name for gap in "_ ."):
        return 1
    return 2 if len(needle) > 2 and needle in name else None

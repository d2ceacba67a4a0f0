"""Which tables a half-written statement can see at a place: aliases, subqueries and the names of its WITH."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiser_jupyter.query.tokens import Word, upper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# What ends the name and alias of a table, or a column's name in a list.
CLAUSES = upper(
    "SELECT FROM WHERE GROUP HAVING QUALIFY WINDOW ORDER LIMIT OFFSET FETCH UNION INTERSECT EXCEPT MINUS ON USING JOIN INNER LEFT RIGHT FULL "
    "CROSS OUTER NATURAL ASOF SEMI ANTI POSITIONAL LATERAL SET VALUES RETURNING WHEN TABLESAMPLE PIVOT UNPIVOT FOR WITH AS INTO"
)
SETS = upper("UNION INTERSECT EXCEPT MINUS")
QUERIES = upper("SELECT WITH FROM VALUES TABLE INSERT UPDATE DELETE EXPLAIN DESCRIBE SUMMARIZE PIVOT")
TABLES_FOLLOW = upper("FROM JOIN INTO UPDATE TABLE DESCRIBE SUMMARIZE")


@dataclass(frozen=True)
class Field:
    """A column that can be named, its type in words (empty where it is not known)."""

    name: str
    type: str = ""


@dataclass(frozen=True)
class Relation:
    """A table in sight: under which name, what it is the table of (its path as written; empty for a subquery), its columns."""

    name: str
    path: tuple[str, ...]
    columns: tuple[Field, ...]
    alias: bool = False


@dataclass
class Block:
    """What stands between two brackets, or the whole statement: words and blocks in order; ``end`` is where its bracket closes."""

    start: int
    end: int
    parts: list[Word | Block] = field(default_factory=list)
    parent: Block | None = None

    def words(self) -> list[Word]:
        """The bare words at this level."""
        return [part for part in self.parts if isinstance(part, Word)]

    @property
    def is_query(self) -> bool:
        """Whether a query stands in it."""
        first = self.parts[0] if self.parts else None
        return isinstance(first, Word) and first.upper in QUERIES


def blocks(words: Sequence[Word], length: int) -> Block:
    """The statement as a tree of brackets; one that is never closed runs to the end."""
    root = here = Block(0, length)
    for word in words:
        if word.text == "(" and word.kind == "sign":
            inner = Block(word.end, length, parent=here)
            here.parts.append(inner)
            here = inner
        elif word.text == ")" and word.kind == "sign":
            if here.parent is not None:
                here.end = word.start
                here = here.parent
        elif word.text == ";" and word.kind == "sign" and here is root:
            root = here = Block(word.end, length)
        else:
            here.parts.append(word)
    return root


def innermost(root: Block, place: int) -> Block:
    """The block around ``place``."""
    for part in root.parts:
        if isinstance(part, Block) and part.start <= place <= part.end:
            return innermost(part, place)
    return root


def query_around(block: Block) -> Block:
    """The nearest block, from this one outwards, that holds a query; the outermost where none does."""
    here = block
    while not here.is_query and here.parent is not None:
        here = here.parent
    return here


class Scope:
    """What is in sight at ``place``; ``lookup`` gives the columns of a table by its path, None where there is no such table."""

    def __init__(self, root: Block, place: int, lookup: Callable[[tuple[str, ...]], tuple[Field, ...] | None]) -> None:
        self._lookup = lookup
        self._place = place
        self.block = innermost(root, place)
        self.query = query_around(self.block)
        self.ctes = self._ctes_at(self.query)
        self.segment = segment(self.query, place)
        self.relations = list(self._relations(self.segment, self.ctes))
        self.outer = list(self._outer())

    def before(self, place: int) -> list[Relation]:
        """The tables named before ``place``."""
        return list(self._relations([part for part in self.segment if part.start < place], self.ctes))

    def aliases(self) -> tuple[Field, ...]:
        """The names that the SELECT around the place gives its columns."""
        return tuple(found for found in self._selected(self.segment, self.ctes) if found.type == "")

    def _outer(self) -> Iterator[Relation]:
        """The tables of the queries around this one, which a subquery in an expression may use."""
        here = self.query
        while here.parent is not None:
            around = query_around(here.parent)
            yield from self._relations(segment(around, self._place), self._ctes_at(around), without=here)
            if around.parent is None:
                return
            here = around

    def _ctes_at(self, query: Block) -> dict[str, tuple[Field, ...]]:
        """The names that a WITH gives at the place, of this query and of those around it."""
        chain: list[Block] = []
        here: Block | None = query
        while here is not None:
            chain.insert(0, here)
            here = here.parent
        found: dict[str, tuple[Field, ...]] = {}
        for block in chain:
            found.update(self._defined(block, found))
        return found

    def _defined(self, block: Block, known: dict[str, tuple[Field, ...]]) -> dict[str, tuple[Field, ...]]:
        found = dict(known)
        parts = block.parts
        if not (parts and isinstance(parts[0], Word) and parts[0].upper == "WITH"):
            return found
        for at, part in enumerate(parts):
            body = next((other for other in parts[at + 1 : at + 4] if _upper(other) not in {"NOT", "MATERIALIZED"}), None)
            if _upper(part) != "AS" or not at or not isinstance(body, Block):
                continue
            if body.start <= self._place <= body.end:
                break  # a name is in sight after its own definition
            name, named = _before(parts, at)
            if name is not None:
                found[name.casefold()] = named or self._selected(segment(body, body.start), self._defined(body, found))
        return found

    def _relations(
        self, parts: Sequence[Word | Block], ctes: dict[str, tuple[Field, ...]], without: Block | None = None
    ) -> Iterator[Relation]:
        at = 0
        listing = False  # in a FROM, where a comma is followed by another table
        while at < len(parts):
            part = parts[at]
            if isinstance(part, Word) and part.upper in CLAUSES - {"LATERAL", "AS"}:
                listing = part.upper in {"FROM", "JOIN"}
            follows = isinstance(part, Word) and (part.upper in TABLES_FOLLOW or (listing and part.text == "," and part.kind == "sign"))
            at += 1
            if follows:
                relation, at = self._relation(parts, at, ctes, without)
                if relation is not None:
                    yield relation

    def _relation(
        self, parts: Sequence[Word | Block], at: int, ctes: dict[str, tuple[Field, ...]], without: Block | None
    ) -> tuple[Relation | None, int]:
        if at < len(parts) and _upper(parts[at]) in {"LATERAL", "ONLY"}:
            at += 1
        if at >= len(parts):
            return None, at
        part = parts[at]
        if isinstance(part, Block):
            columns = () if part is without else self._selected(segment(part, part.start), self._defined(part, ctes))
            alias, named, at = _alias(parts, at + 1)
            renamed = tuple(Field(name) for name in named) or columns
            return (Relation(alias, (), renamed, alias=True) if alias else Relation("", (), renamed)), at
        if part.kind not in {"word", "name"} or part.upper in CLAUSES:
            return None, at
        path = [part.value]
        at += 1
        while at + 1 < len(parts) and _is_sign(parts[at], ".") and isinstance(parts[at + 1], Word):
            path.append(parts[at + 1].value)  # pyright: ignore[reportAttributeAccessIssue] - told a word above
            at += 2
        if at < len(parts) and isinstance(parts[at], Block):
            at += 1  # a function in FROM, or the columns of INSERT
        alias, named, at = _alias(parts, at)
        columns = ctes.get(path[0].casefold()) if len(path) == 1 else None
        columns = columns if columns is not None else self._lookup(tuple(path)) or ()
        if named:
            columns = tuple(Field(name) for name in named)
        return Relation(alias or path[-1], tuple(path), columns, alias=bool(alias)), at

    def _selected(self, parts: Sequence[Word | Block], ctes: dict[str, tuple[Field, ...]]) -> tuple[Field, ...]:
        """The columns of a query in order; those whose name is not written are left out."""
        begin = next((at for at, part in enumerate(parts) if _upper(part) == "SELECT"), None)
        relations = list(self._relations(parts, ctes))
        if begin is None:
            return tuple(column for relation in relations for column in relation.columns)
        end = next(
            (at for at, part in enumerate(parts) if at > begin and _upper(part) in {"FROM", "WHERE", "GROUP", "ORDER", "LIMIT"}), len(parts)
        )
        found: list[Field] = []
        item: list[Word | Block] = []
        for part in (*parts[begin + 1 : end], None):
            if part is None or _is_sign(part, ","):
                found += _item(item, relations)
                item = []
            else:
                item.append(part)
        return tuple(found)


def segment(query: Block, place: int) -> list[Word | Block]:
    """The part of a block between two UNIONs in which ``place`` stands, a WITH before it left out."""
    parts = query.parts
    if parts and _upper(parts[0]) == "WITH":
        begin = next((at for at, part in enumerate(parts) if _upper(part) in {"SELECT", "FROM", "INSERT", "UPDATE", "DELETE"}), len(parts))
        parts = parts[begin:]
    current: list[Word | Block] = []
    for part in parts:
        if _upper(part) in SETS:
            if part.start >= place:
                break
            current = []
        else:
            current.append(part)
    return current


def _item(item: list[Word | Block], relations: Sequence[Relation]) -> list[Field]:
    """What one entry of a SELECT is called."""
    words = [part for part in item if not (isinstance(part, Word) and part.upper in {"DISTINCT", "ALL"})]
    if not words:
        return []
    last = words[-1]
    if _is_sign(last, "*") and len(words) in {1, 3}:
        owner = words[0].value.casefold() if len(words) == 3 and isinstance(words[0], Word) else None
        return [column for relation in relations if owner in {None, relation.name.casefold()} for column in relation.columns]
    if not isinstance(last, Word) or last.kind not in {"word", "name"} or last.upper in {"END", "NULL", "TRUE", "FALSE"}:
        return []
    before = words[-2] if len(words) > 1 else None
    plain = before is None or (_is_sign(before, ".") and len(words) == 3)
    if plain:
        owner = words[0].value.casefold() if before is not None and isinstance(words[0], Word) else None
        near = [r for r in relations if owner in {None, r.name.casefold()}]
        kind = next((c.type for r in near for c in r.columns if c.name.casefold() == last.value.casefold()), "")
        return [Field(last.value, kind)]
    if isinstance(before, Word) and before.kind == "sign" and before.text not in {"]", "*"}:
        return []  # the end of an expression
    return [Field(last.value)]


def _alias(parts: Sequence[Word | Block], at: int) -> tuple[str, tuple[str, ...], int]:
    """The alias at ``at``, the columns in brackets behind it, and what follows."""
    if at < len(parts) and _upper(parts[at]) == "AS":
        at += 1
    part = parts[at] if at < len(parts) else None
    if not isinstance(part, Word) or part.kind not in {"word", "name"} or part.upper in CLAUSES:
        return "", (), at
    at += 1
    following = parts[at] if at < len(parts) else None
    if isinstance(following, Block) and not following.is_query:
        return part.value, tuple(word.value for word in following.words() if word.kind in {"word", "name"}), at + 1
    return part.value, (), at


def _before(parts: Sequence[Word | Block], at: int) -> tuple[str | None, tuple[Field, ...]]:
    """The name before the AS of a WITH, and the columns it lists."""
    named: tuple[Field, ...] = ()
    part = parts[at - 1]
    if isinstance(part, Block) and at > 1:
        named = tuple(Field(word.value) for word in part.words() if word.kind in {"word", "name"})
        part = parts[at - 2]
    return (part.value if isinstance(part, Word) and part.kind in {"word", "name"} else None), named


def waits_for_condition(parts: Sequence[Word | Block], place: int) -> bool:
    """Whether the last table before ``place`` was joined and has no condition yet."""
    last = ""
    for part in parts:
        if part.start >= place:
            break
        word = _upper(part)
        if word in {"FROM", "ON", "USING", "WHERE", "CROSS", "NATURAL"} or (word == "JOIN" and last not in {"CROSS", "NATURAL"}):
            last = word
    return last == "JOIN"


def _upper(part: Word | Block | None) -> str:
    return part.upper if isinstance(part, Word) else ""


def _is_sign(part: Word | Block | None, text: str) -> bool:
    return isinstance(part, Word) and part.kind == "sign" and part.text == text

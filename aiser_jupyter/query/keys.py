"""Keys that nobody declared: a primary key from unique values, foreign keys from names, types and inclusion.

Candidates come from names alone (a column named after a table or after its key), types must agree, and every value must be one of the key's.
Inclusion alone is no evidence: small whole numbers lie in every key (Rostin et al. 2009, "A machine learning approach to foreign key discovery").
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from aiser_jupyter.catalog import Key, prefixes
from aiser_jupyter.catalog.shortened import ABBREVIATIONS
from aiser_jupyter.catalog.together import apart

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aiser_jupyter.catalog import Column, Table

# Words that say "this is a key" without saying of what.
_GENERIC = frozenset(
    {
        "id",
        "key",
        "code",
        "no",
        "nr",
        "num",
        "number",
        "name",
        "uid",
        "guid",
        "uuid",
        "pk",
        "fk",
        "ref",
        "sk",
        "index",
        "idx",
        "cd",
        "nbr",
        "reg",
        "registration",
        "plate",
    }
)
# What numbers things of a kind the world over.
_WORLDWIDE = frozenset({"vin", "isbn", "issn", "ean", "upc", "gtin", "imei", "iban", "lei", "serial"})
# Roles that a row of the same table plays.
_SELF = frozenset(
    {"parent", "manager", "supervisor", "boss", "report", "superior", "head", "mentor", "leader", "predecessor", "previous", "mgr"}
)
_KIND = {"integer": "number", "number": "number", "text": "text", "date": "date", "timestamp": "date"}
_TOLERATED = 0.02  # share of values that may point nowhere where the name leaves no doubt
_SURE = 0.9
_HUMP = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # where one word of camelCase ends
_MIXED = 0.8  # how sure a name must be before text may point to numbers


@dataclass(frozen=True)
class Pair:
    """A column that may point to a key, and how surely by its name (0–1)."""

    table: Table
    column: str
    ref_table: Table
    ref_column: str
    confidence: float
    as_text: bool = False  # numbers written as text on one side, which SQLite compares as if they were alike


def with_primary(table: Table) -> Table:
    """``table`` with a primary key: the declared one, else the unique column whose name says it is the key."""
    if table.primary_key or not table.row_count:
        return table
    own = words(table.name)
    unique = [column for column in table.columns if column.unique and column.type in {"integer", "text"}]
    if table.columns[0] in unique and _initialled(table.columns[0].name, own):
        return _primary(table, table.columns[0])
    for column in unique:
        name = words(column.name)
        if name[-1:] and name[-1] in _GENERIC - {"name"} and (len(name) == 1 or _same(name[:-1], own)):
            return _primary(table, column)
    first = table.columns[0]
    if first in unique and words(first.name)[-1:] and words(first.name)[-1] in (_GENERIC - {"name"}) | _WORLDWIDE:
        return _primary(table, first)
    return table


def _initialled(name: str, home: list[str]) -> bool:
    """Whether a name is the initials of its table's and "id": mid of merchants, or sid of students."""
    short = re.fullmatch(r"([a-z]{1,3})_?id", name.lower())
    return short is not None and bool(home) and short[1] in ("".join(word[0] for word in home), home[-1][0])


def _primary(table: Table, column: Column) -> Table:
    return replace(table, columns=tuple(replace(other, primary=True) if other is column else other for other in table.columns))


def inferred(
    tables: Sequence[Table], declared: Sequence[Key], outside: Callable[[Sequence[Pair]], list[int]], *, mixed: bool
) -> tuple[Key, ...]:
    """Foreign keys of columns that declare none; ``outside`` counts for each pair the values that are not in the key.

    ``mixed`` lets a text column point to a number, where the engine compares them by value.
    """
    said = prefixes.plain(tables)
    targets = _targets(tables, said)
    taken = {(key.table, column) for key in declared for column in key.columns}
    pairs = [
        pair
        for table in tables
        for column in table.columns
        if (table.name, column.name) not in taken
        for pair in _candidates(table, column, said.get((table.name, column.name), column.name), targets, mixed=mixed)
    ]
    found: dict[tuple[str, str], Pair] = {}
    for pair, missing in zip(pairs, outside(pairs), strict=True):
        column = pair.table.column(pair.column)
        distinct = column.statistics.distinct if column and column.statistics else 0
        allowed = _TOLERATED * distinct if pair.confidence >= _SURE else 0
        before = found.get((pair.table.name, pair.column))
        if missing <= allowed and (before is None or pair.confidence > before.confidence):
            found[pair.table.name, pair.column] = pair
    return tuple(
        Key(pair.table.name, (pair.column,), pair.ref_table.name, (pair.ref_column,), declared=False, confidence=pair.confidence)
        for pair in found.values()
    )


@dataclass(frozen=True)
class _Target:
    """A column that alone identifies a row of its table, with the words of its name and of the table's."""

    table: Table
    column: Column
    primary: bool
    words: list[str]
    stem: list[str]
    home: list[str]


def _targets(tables: Sequence[Table], said: Mapping[tuple[str, str], str]) -> list[_Target]:
    found = []
    for table in tables:
        key = table.primary_key
        for column in table.columns:
            if column.type in _KIND and (key == (column.name,) or (column.unique and column.type in {"integer", "text"})):
                name = words(said.get((table.name, column.name), column.name))
                found.append(_Target(table, column, key == (column.name,), name, _core(name), words(table.name)))
    return found


def _candidates(table: Table, column: Column, called: str, targets: Sequence[_Target], *, mixed: bool) -> list[Pair]:
    """The pairs that a column, ``called`` so without the prefix of its table, may make."""
    if column.type not in _KIND:
        return []
    name, kind = words(called), _KIND[column.type]
    core = _core(name)
    own = table.primary_key == (column.name,)
    own_key = own and _same(core, words(table.name))
    pairs = []
    for target in targets:
        alike = _KIND[target.column.type] == kind
        if not alike and not mixed:
            continue
        if table is target.table:
            confidence = 0.85 if target.primary and not own and _plays_role(name, target.words) else 0.0
        else:
            confidence = 0.0 if own_key or not core else _by_name(name, core, target)
        if confidence and (alike or confidence >= _MIXED):
            pairs.append(Pair(table, column.name, target.table, target.column.name, confidence, as_text=not alike))
    return pairs


def _by_name(name: list[str], core: list[str], target: _Target) -> float:
    """How surely a column's name says that it points to ``target``, a key of another table: 0 for not at all."""
    if name == target.words:
        return _same_name(primary=target.primary, at_home=not target.stem or _same(target.stem, target.home))
    if not target.primary:
        return 0.0
    if not target.stem:  # the key is called id, code, name …: the column carries the table's name
        return _named_after(name, core, target.home, target.words)
    stem, home = target.stem, target.home
    if len(stem) > 1 and len(home) > 1 and core[0] == stem[0] == home[0]:  # the prefix of a whole schema says nothing
        core, stem, home = core[1:], stem[1:], home[1:]
    return _named_after_key(name, core, stem, home)


def _plays_role(name: list[str], target: list[str]) -> bool:
    """Whether a column points to the key of its own table: by a role such as parent, or as the key's name with a role before it."""
    return bool(_SELF & set(name)) or (1 < len(target) < len(name) and name[-len(target) :] == target)


def _same_name(*, primary: bool, at_home: bool) -> float:
    if primary:
        return 0.97 if at_home else 0.8
    return 0.7 if at_home else 0.0


def _named_after_key(name: list[str], core: list[str], stem: list[str], home: list[str]) -> float:
    """For a key of a telling name: whether the column ends with that name, or is called after the table."""
    at_home = _same(stem, home)
    if _ends_with(core, stem):
        if not at_home and len(stem) == 1:
            return 0.7
        return 0.92 if _same(core, stem) else 0.85
    if _same(core, home):
        return 0.9 if at_home and len(name) > len(core) else 0.75
    return 0.0


def _named_after(name: list[str], core: list[str], home: list[str], target: list[str]) -> float:
    """For a key of a generic name: whether the column is called after its table, alone, with the key's name, or with a role before it."""
    ends = name[-1] in _GENERIC
    if _same(core, home):
        return 0.95 if ends and name[-1] in target else 0.8
    if _ends_with(core, home):
        return 0.85 if ends else 0.7
    return 0.0


def words(name: str) -> list[str]:
    """The words of a name in lower case, singular: ``sbTxCustIds`` is sb, tx, cust, id."""
    return list(_words(name))


@cache
def _words(name: str) -> tuple[str, ...]:
    parts = re.findall(r"[^\W\d_]+|\d+", _HUMP.sub("_", name))
    found: list[str] = []
    for lower in (word for part in parts for word in apart(part.lower())):
        # staffid, customerno: a key word that was written on to another
        glued = re.fullmatch(r"(\w{3,}?)(id|key|code)", lower) if lower not in _WHOLE else None
        found += [_singular(glued[1]), glued[2]] if glued else [_singular(lower)]
    while len(found) > 1 and found[-1].isdigit():  # club_id_1, club_id_2
        found.pop()
    return tuple(found)


# Words that only look like a name with "id", "key" or "code" written on.
_WHOLE = frozenset(
    {
        "paid",
        "valid",
        "invalid",
        "void",
        "covid",
        "grid",
        "bid",
        "avoid",
        "mid",
        "unpaid",
        "liquid",
        "solid",
        "fluid",
        "hybrid",
        "aid",
        "barcode",
        "monkey",
        "turkey",
        "hockey",
        "jockey",
        "decode",
        "episode",
    }
)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and re.search(r"(?:ss|sh|ch|x|z)es$", word):
        return word[:-2]
    if word == "ids":
        return "id"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _core(name: list[str]) -> list[str]:
    """A name without the words that only say "key"."""
    return [word for word in name if word not in _GENERIC]


def _same(left: list[str], right: list[str]) -> bool:
    """Whether two names mean the same thing: equal word by word but for abbreviations, or equal when written as one word."""
    if not left or not right:
        return False
    if "".join(left) == "".join(right):
        return True
    if len(left) != len(right):
        return len(left) < len(right) and left == right[-len(left) :]
    return all(_alike(a, b) for a, b in zip(left, right, strict=True))


def _ends_with(name: list[str], end: list[str]) -> bool:
    return len(name) >= len(end) > 0 and all(_alike(a, b) for a, b in zip(name[-len(end) :], end, strict=True))


def _alike(left: str, right: str) -> bool:
    """Equal, or one the other's beginning of three letters or more, or its usual abbreviation."""
    if left == right or ABBREVIATIONS.get(left, left) == ABBREVIATIONS.get(right, right):
        return True
    short, long = sorted((left, right), key=len)
    return len(short) >= 3 and long.startswith(short)

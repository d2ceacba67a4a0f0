"""Business nouns that a schema calls otherwise: the question's clients are the accounts of this data, its visits the appointments."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import spans
from aiser_jupyter.ask.vocabulary.thesaurus import THINGS
from aiser_jupyter.ask.words import KEEPERS, LAYERS, split, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import Schema

GROUPS = tuple(tuple(tuple(name.split("_")) for name in row.split()) for row in THINGS)
# What is somebody or something only where it has a table: whose account it is says nothing of clients.
TABLED = frozenset({"owner", "part", "expense", "technician", "tech"})
QUANTITY = frozenset(map(stem, ("quantity", "qty", "units", "pieces", "amount_sold", "count")))
SHORTEST = 3  # letters of a name that is short for a word
IDENTITY = frozenset({"id", "number", "code", "key", "name", "no"})
WORD = re.compile(r"(?<![\w'’\"-])[a-z][a-z]+(?![\w'’\"-])", re.IGNORECASE)
SINGLED = re.compile(r" (?:with|who|that|which|having|whose|never)\b", re.IGNORECASE)
OPENING = re.compile(
    r"\W*(?:(?:show|list|give)(?: me)? )?(?P<noun>[a-z]+s)(?= (?:by|per|in|for|from|each|during|since|last|this|on|with)\b)", re.IGNORECASE
)


@dataclass(frozen=True)
class Renamed:
    """A word of a question and what the data calls the thing."""

    said: str
    meant: str

    def note(self) -> str:
        """The renaming as an assumption."""
        return f"“{self.said}” are the {self.meant}" if self.meant.endswith("s") else f"“{self.said}” is read as {self.meant}"


def renamed(text: str, schema: Schema) -> tuple[str, tuple[Renamed, ...]]:
    """``text`` with each business noun that the data calls otherwise under the data's own name, and which were."""
    made: list[Renamed] = []
    tables = {table.stems for table in schema.tables}
    taken = {
        name
        for group in GROUPS
        for name in group
        if _own(schema, tuple(map(stem, name))) and (name[0] not in TABLED or tuple(map(stem, name)) in tables)
    }
    for group in GROUPS if taken else ():
        target = next((name for name in group if name in taken), None)
        if target is None:
            continue
        for name in group:
            if name == target or _said(schema, tuple(map(stem, name))):
                continue
            pattern = _pattern(name)
            found = pattern.search(text)
            if found is None or any(found[0].lower() == one.said for one in made):
                continue
            short = next((table for table in schema.tables if _short(table.name, found[0]) and table.stems != (stem(table.name),)), None)
            own = _own(schema, short.stems if short else tuple(map(stem, target)))
            plural = own if not found[0].lower().endswith("s") and found[0].lower() not in ("staff", "people") else _plural(own)
            made.append(Renamed(found[0].lower(), plural))
            kept = spans.places(text)
            if any(a <= found.start() < b for a, b in kept):
                made.pop()
                continue
            text = pattern.sub(
                lambda match, own=own: _plural(own) if match[0].lower().endswith("s") or match[0].lower() == "staff" else own, text
            )
    text, bought = _traded(text, schema)
    return _numbered(text, schema), (*made, *bought)


def _traded(text: str, schema: Schema) -> tuple[str, tuple[Renamed, ...]]:
    """``text`` with the sales that a table tells of one by one for the things that were sold in them: cars sold are the vehicle sales."""
    events = [table for table in schema.tables if stem("sale") in table.stems[-1:]]
    if len(events) != 1 or not any(schema.columns[i].temporal for i in events[0].columns):
        return text, ()
    event = events[0]
    made: list[Renamed] = []
    if any(QUANTITY & set(schema.columns[i].stems) for i in event.columns):
        return text, ()  # a row is more than one piece
    for key in schema.catalog.keys:
        if key.table != event.name or key.ref_table not in schema.table_index or key.ref_table == event.name:
            continue
        pattern = _pattern(tuple(_own(schema, schema.table(key.ref_table).stems).split()))
        meant = _plural(" ".join(_single(split(event.name))))
        made += [Renamed(match.group().lower(), meant) for match in re.finditer(pattern.pattern + r" sold\b", text, re.IGNORECASE)]
    for one in made:
        text = re.sub(rf"(?<!\w){re.escape(one.said)}\b", one.meant, text, flags=re.IGNORECASE)
    return text, tuple(made)


def _short(name: str, word: str) -> bool:
    """Whether a table's name is the beginning of a word: subs of subscribers."""
    return len(name) >= SHORTEST and word.lower().startswith(name.lower())


def _numbered(text: str, schema: Schema) -> str:
    """``text`` with "number of" before things that open it and are only numbered in each of their rows: invoices by country are no rows."""
    said = OPENING.match(text)
    if said is None or (noun := said["noun"].lower()[:-1]) in {" ".join(_single(split(t.name))) for t in schema.tables}:
        return text
    if SINGLED.match(text, said.end("noun")):
        return text  # those with more than 50 invoices are asked for themselves
    for view in schema.columns:
        words = split(view.name)
        if " ".join(words[:-1]) == noun and words[-1] in IDENTITY - {"name", "code"} and 0 < view.distinct < view.rows and not view.foreign:
            return f"number of {said['noun']}{text[said.end('noun') :]}"
    return text


def _pattern(name: tuple[str, ...]) -> re.Pattern[str]:
    """The name in the singular or plural, as no part of a longer word."""
    *first, last = name
    ies = last.endswith("y") and last[-2] not in "aeo"
    plural = re.escape(last[:-1]) + "(?:y|ies)" if ies else re.escape(last) + "(?:e?s)?"
    return re.compile(r"(?<![\w'’\"-])" + " ".join((*map(re.escape, first), plural)) + r"(?![\w'’\"-])", re.IGNORECASE)


def _own(schema: Schema, words: tuple[str, ...]) -> str:
    """What the data calls a thing of these stems, as a table or as the column that numbers or names it; empty where it has none."""
    return schema.things.get(words, "")


def _said(schema: Schema, words: tuple[str, ...]) -> bool:
    """Whether the data itself uses the word for something: a table, a whole column, or a stored value."""
    if schema.definitions is not None and set(words) & set(schema.definitions.vocabulary):
        return True
    return bool(_own(schema, words)) or words in schema.nouns or words in schema.values or _part(schema, words)


def _part(schema: Schema, words: tuple[str, ...]) -> bool:
    """Whether a table is named with the word among others, or a figure counts such things."""
    wanted, near = set(words), (schema.columns[i] for i in schema.columns_with.get(words[0], ()))
    counted = any(wanted <= set(view.stems) for view in near if view.numeric and not view.foreign and not view.primary)
    return counted or any(wanted <= set(schema.tables[i].stems) for i in schema.tables_with.get(words[0], ()))


def things(schema: Schema) -> dict[tuple[str, ...], str]:
    """By their stems the things that have a table, or in a flat table a column that numbers or names them; each in the words of its name."""
    found: dict[tuple[str, ...], str] = {}
    for view in schema.columns:
        words = split(view.name)
        if len(words) > 1 and words[-1] in IDENTITY:
            found.setdefault(tuple(map(stem, words[:-1])), " ".join(words[:-1]))
    for table in schema.tables:
        words = split(table.name)
        words = words[1:] if len(words) > 1 and words[0] in LAYERS else words
        words = words[:-1] if len(words) > 1 and words[-1] in KEEPERS else words
        found[table.stems] = " ".join(_single(words))
        if len(table.stems) > 1:
            found.setdefault(table.stems[-1:], " ".join(_single(words)))
    return found


def _single(words: tuple[str, ...]) -> tuple[str, ...]:
    last = words[-1] if words else ""
    if last.endswith("ies") and len(last) > 4:
        return (*words[:-1], last[:-3] + "y")
    if last.endswith("s") and not last.endswith(("ss", "us", "is")):
        return (*words[:-1], last[:-1])
    return words


def _plural(text: str) -> str:
    if text.endswith("y") and text[-2:-1] not in ("a", "e", "o", "u"):
        return text[:-1] + "ies"
    return text if text.endswith("s") else text + "s"

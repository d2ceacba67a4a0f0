"""Things and how many of something each has, brought to the number by thing: genres and number of tracks in each."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.vocabulary.nouns import renamed
from aiser_jupyter.ask.words import split, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import Schema

LEAD = r"^\W*(?:(?:list|show|give|show me|give me|what are|name) )?(?:all |of )*(?:the |our )?"
THING = r"(?P<thing>[a-z]+(?: [a-z]+){0,2}?)"
DONE = r"(?: (?:(?:they|it) )?(?:has|have|had|contains?|gets?|got|holds?|placed|made|handled?|handles|served|supports?|supported|took|takes|received|supplies|supplied|offers?|sold|processed))?"
WHEN = r"(?P<when>,? (?:in|during|since|for|last|this) (?:the )?[\w ]+?)?"
COUNTED = re.compile(
    rf"{LEAD}{THING},? (?:and|with) (?:the |their |its )?(?:number|count)s? of (?P<what>[\w ]+?)(?:,? ?(?:in|for|of|per|on|at|from|by)? ?(?:each|each one|each of them|them)\b{DONE}|{DONE}){WHEN}\W*$",
    re.IGNORECASE,
)
HOW_MANY = re.compile(
    rf"{LEAD}{THING},? (?:and|with) how many (?P<what>[\w ]+?) (?:each(?: one| of them)?|they|it){DONE}{WHEN}\W*$", re.IGNORECASE
)
FOLLOWED = re.compile(
    r" (?:by|per|each|every|for|in|since|during|last|this|over|under|above|below|with|who|that|which|of)\b", re.IGNORECASE
)
SPREAD = re.compile(
    r"^\W*(?:(?:show(?: me)?|give me|what is) )?(?:the )?distribution of (?:the |our |all )?(?P<what>[\w ]+?)(?: (?:by|over|across|among|between) (?:the |our )?(?P<over>[\w ]+?))?\W*$",
    re.IGNORECASE,
)
BESIDE = re.compile(
    r"^\W*(?:the )?(?P<thing>[a-z]+s),? and (?P<figure>(?:total |average )?(?:revenue|turnover|sales|units|profit)) (?P<by>(?:by|per|for each|in each) .+)$",
    re.IGNORECASE,
)
FEW = 30  # different values up to which a column tells kinds apart


def plainly(text: str, schema: Schema) -> str:
    """``text`` as a number by thing, where the data has both; else as it is."""
    for pattern in (COUNTED, HOW_MANY):
        said = pattern.match(text)
        if said is not None and _named(schema, said["thing"]) and _counts(schema, said["what"]) and not FOLLOWED.search(said["what"]):
            return f"number of {said['what']} by {_single(said['thing'])}{said['when'] or ''}"
    if (said := BESIDE.match(text)) is not None and _counts(schema, said["thing"]) and said["thing"].lower() != "sales":
        return f"number of {said['thing']} and {said['figure']} {said['by']}"
    if (said := SPREAD.match(text)) is not None:
        return _spread(said, schema) or text
    return text


def _spread(said: re.Match[str], schema: Schema) -> str:
    """How many rows there are of each kind: of a thing by what it is spread over, or of the things that have the kinds."""
    if said["over"]:
        return f"number of {said['what']} by {said['over']}" if _counts(schema, said["what"]) else ""
    words = _stems(said["what"])
    kinds = [v for v in schema.columns if v.type == "text" and 1 < v.distinct <= FEW and v.stems in (words, words[:-1]) and v.stems]
    if len(kinds) != 1 or _counts(schema, said["what"]):
        return ""
    table = schema.tables[kinds[0].table]
    thing = schema.things.get(table.stems, "") or " ".join(split(table.name))
    return f"number of {thing if thing.endswith('s') else thing + 's'} by {' '.join(split(kinds[0].ref.column))}"


def _stems(said: str) -> tuple[str, ...]:
    return tuple(map(stem, said.lower().split()))


def _named(schema: Schema, said: str) -> bool:
    """Whether things have a table of their name, or a column that tells them apart."""
    words = _stems(said)
    if words in schema.things or any(table.stems == words for table in schema.tables):
        return True
    return any(view.stems == words and (view.type == "text" or view.foreign) and view.distinct > 1 for view in schema.columns)


def _counts(schema: Schema, said: str) -> bool:
    """Whether the last word names things that have rows of their own."""
    words = [w for w in _stems(renamed(said, schema)[0]) if w not in ("different", "distinct")]
    return bool(words) and (tuple(words[-1:]) in schema.things or tuple(words) in schema.things)


def _single(said: str) -> str:
    """The last word in the singular."""
    if said.endswith("ies") and len(said) > 4:
        return f"{said[:-3]}y"
    return said[:-1] if said.endswith("s") and not said.endswith(("ss", "us", "is")) else said

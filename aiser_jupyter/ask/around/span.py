"""The time from one thing to another, each told by what happens then: days from application to decision, hours between placing the order and its delivery."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.core import Asked, core
from aiser_jupyter.ask.around.things import counted_table
from aiser_jupyter.ask.around.took import AGGREGATES, plural, spanned
from aiser_jupyter.ask.question import STOP
from aiser_jupyter.ask.reader.naming import likeness, parts
from aiser_jupyter.ask.vocabulary.verbs import DATED
from aiser_jupyter.ask.words import split

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import ColumnRef
    from aiser_jupyter.ask.reader.naming import Part
    from aiser_jupyter.ask.reader.read import Read
    from aiser_jupyter.ask.schema import ColumnView, Schema

SPAN = re.compile(
    r"^\W*(?:(?:what|how long) (?:is|was) |show(?: me)? )?(?:the |our )?(?P<agg>average|avg|mean|median|maximum|max|minimum|min|typical)(?: number of)? "
    r"(?:(?P<unit>days|hours|minutes)|(?:[a-z]+ )?time in (?P<unit2>days|hours|minutes)),? (?:that pass(?:es)? |it takes )?(?:between|from) (?:the )?(?P<start>.+?) (?P<to>and|to|until|till) (?:the |its |their )?(?P<end>.+?)\W*$",
    re.IGNORECASE,
)
REST = re.compile(r",|\b(?:by|per|for|in|during|since|of|across|each|where|with)\b", re.IGNORECASE)
WORD = re.compile(r"[a-z]+", re.IGNORECASE)
LIGHT = frozenset({"being", "is", "date", "day", "time", "moment", "it", "them", "gets", "getting", "been"})
KNOWN = 0.65  # how near the date of a verb is to what is said of it
LEAST, AHEAD = 0.6, 0.1  # how near words must be to a date's name, and how much nearer than to another's


def span(asked: Asked) -> list[Read]:
    """The mean of the time between two dates of a row, or of a row and the one that it belongs to; none where a word fits no date, or two alike."""
    said = SPAN.match(asked.text)
    if said is None or (said["to"].lower() == "to" and "between" in asked.text.lower()):
        return []
    cut = REST.search(said["end"])
    rest = said["end"][cut.start() :].strip(" ,") if cut else ""
    pair = dates(asked.schema, said)
    if pair is None:
        return []
    table = _rows(asked.schema, pair)
    base = core(asked.part(f"number of {plural(' '.join(_noun(asked, table)))} {rest}")) if table else None
    if base is None or counted_table(asked, base.plan) != table:
        return []
    aggregate = AGGREGATES.get(said["agg"].lower(), {"max": "max", "min": "min"}.get(said["agg"].lower(), "avg"))
    return spanned(asked, base, pair, aggregate, (said["unit"] or said["unit2"]).lower(), table)  # type: ignore[arg-type]  # an aggregate


def dates(schema: Schema, said: re.Match[str]) -> tuple[ColumnRef, ColumnRef] | None:
    """The two dates that a question names; None where it is not clear which."""
    cut = REST.search(said["end"])
    return _pair(schema, _content(said["start"]), _content(said["end"][: cut.start()] if cut else said["end"]))


def unlike(schema: Schema, said: re.Match[str], start: ColumnRef, end: ColumnRef) -> bool:
    """Whether one of two dates is of something else than the question says: shipped is not delivered."""
    cut = REST.search(said["end"])
    words = _content(said["start"]), _content(said["end"][: cut.start()] if cut else said["end"])
    return any(
        told and set(told) <= DATED.keys() and _likely(schema.view(ref), told) < LEAST
        for told, ref in zip(words, (start, end), strict=True)
    )


def _content(phrase: str) -> tuple[str, ...]:
    """The words of a phrase that say what happens."""
    return tuple(word for word in map(str.lower, WORD.findall(phrase)) if word not in STOP | LIGHT)


def _noun(asked: Asked, table: str) -> tuple[str, ...]:
    """A table's name in words."""
    words = tuple(split(table))
    return words[: len(asked.schema.table(table).stems)] or words


def _likely(view: ColumnView, words: tuple[str, ...]) -> float:
    """How near words are to what a date is of: the best of them, more where the others name its table."""
    told = [part for part in parts(view.name) if not part.weak] or list(parts(view.ref.table))
    near = [max(_alike(word, part) for part in told) for word in words]
    home = [max(likeness(word, part) for part in parts(view.ref.table)) for word in words]
    best = max(near, default=0.0)
    left = [h for n, h in zip(near, home, strict=True) if n != best]
    return best + 0.05 * any(h >= LEAST for h in left)


def _alike(word: str, part: Part) -> float:
    """How near a word is to a part of a name, by what it says of time too: a decision is made when it was decided."""
    return max(likeness(word, part), *(KNOWN * likeness(other, part) for other in DATED.get(word, ())), 0.0)


def _pair(schema: Schema, start: tuple[str, ...], end: tuple[str, ...]) -> tuple[ColumnRef, ColumnRef] | None:
    """The two dates that the words are nearest to; None where others are as near."""
    views = [view for view in schema.columns if view.temporal]
    starts, ends = ([(fit, v) for v in views if (fit := _likely(v, words)) >= LEAST] if words else [] for words in (start, end))
    found = []
    for first, a in starts:
        for last, b in ends:
            if a.ref != b.ref and (table := _rows(schema, (a.ref, b.ref))):
                apart = 0.0 if a.ref.table == b.ref.table else 0.2
                found.append((first + last - apart, str(table), a.ref, b.ref))
    found.sort(key=lambda one: (-one[0], one[1]))
    if not found or (len(found) > 1 and found[0][0] - found[1][0] < AHEAD):
        return None
    return found[0][2], found[0][3]


def _rows(schema: Schema, pair: tuple[ColumnRef, ColumnRef]) -> str:
    """The table each row of which has both dates; empty where there is none."""
    first, last = pair[0].table, pair[1].table
    if first == last:
        return first
    path = schema.graph.path((first, last))
    if path is None:
        return ""
    return next((table for table in (last, first) if not schema.graph.multiplies(path, table)), "")

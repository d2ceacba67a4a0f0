"""A question in the words that were taught: each taught phrase in it becomes what it was said to mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.memory.bm25 import _stem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from aiser_jupyter.memory.entry import Entry

TOKEN = re.compile(r"\"[^\"]*\"|“[^”]*”|[^\W_]+(?:['’][^\W_]+)?|_")


@dataclass(frozen=True)
class Heard:
    """The question as it is read, what that took for granted, and the entries it used."""

    text: str
    notes: tuple[str, ...] = ()
    used: tuple[int, ...] = ()


def hear(question: str, synonyms: Sequence[Entry]) -> Heard:
    """``question`` with each taught phrase replaced, the longest first, each word once; what stands between quotes is left alone."""
    tokens = list(TOKEN.finditer(question))
    stems = [_stem(token[0].casefold()) for token in tokens]
    chosen: list[tuple[int, int, Entry]] = []
    # One's own word goes before everyone's.
    for entry in sorted(synonyms, key=lambda e: (-len(e.text.split()), not e.owner.user, e.id)):
        phrase = [_stem(token[0].casefold()) for token in TOKEN.finditer(entry.text)]
        for start in range(len(stems) - len(phrase) + 1):
            end = start + len(phrase)
            free = all(end <= a or b <= start for a, b, _ in chosen)
            if phrase and free and stems[start:end] == phrase and not _part_of(question, tokens[start:end], entry):
                chosen.append((start, end, entry))
    if not chosen:
        return Heard(question)
    text = question
    for start, end, entry in sorted(chosen, key=lambda c: -c[0]):
        text = text[: tokens[start].start()] + entry.value["means"] + text[tokens[end - 1].end() :]
    used = sorted({entry.id: entry for _, _, entry in chosen}.values(), key=lambda e: e.id)
    return Heard(text, tuple(note(entry) for entry in used), tuple(entry.id for entry in used))


def _part_of(question: str, tokens: Sequence[re.Match[str]], entry: Entry) -> bool:
    """Whether the phrase already stands inside what it means: "region" in "ship region"."""
    means = entry.value["means"].casefold()
    phrase = question[tokens[0].start() : tokens[-1].end()].casefold()
    if phrase not in means:
        return False
    around = question.casefold()
    before, after = means.split(phrase, 1)
    return around[: tokens[0].start()].endswith(before) and around[tokens[-1].end() :].startswith(after)


def note(entry: Entry) -> str:
    """What an answer says of a taught word that it used."""
    who = "you" if entry.owner.user else "your team"
    return f"{entry.summary}, as {who} taught on {day(entry.at)}"


def day(at: datetime) -> str:
    """A day as people write it."""
    return f"{at.day} {at:%b %Y}"

"""What the intent model sees of a question: its words and letters, what they speak of, and which patterns they fit."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from typing import TYPE_CHECKING

from aiser_jupyter.answer.patterns import scored
from aiser_jupyter.answer.vocabulary import heads
from aiser_jupyter.ask.words import near, stem

if TYPE_CHECKING:
    from collections.abc import Mapping

TOKEN = re.compile(r"[a-z]+(?:[-'&][a-z]+)*|\d+|%%?\w*|[$€£?!:=>+]")
YEAR = re.compile(r"(?:19|20)\d\d")
# Shorter words have too many neighbours for a slip to be told from another word.
SLIP_LENGTH = 6
LETTERS = (3, 4, 5)
BLOCKS = {"w": 1.0, "c": 0.7, "h": 1.2, "z": 1.0, "g": 0.6, "e": 1.0}


def plain(question: str, longest: int = 2000) -> str:
    """``question`` in lower case with single blanks and straight quotes, cut at ``longest`` characters."""
    return " ".join(question[:longest].lower().replace("’", "'").split())


def traits(text: str) -> dict[str, float]:
    """The traits of a plain text by name; each block of like traits has a length of its own, so that long questions weigh no more than short ones."""
    words = TOKEN.findall(text)
    normal = ["#year" if YEAR.fullmatch(w) else "#" if w.isdigit() else w for w in words]
    blocks: dict[str, Counter[str]] = {name: Counter() for name in BLOCKS}
    blocks["w"].update({f"w {a}" for a in normal} | {f"w {a} {b}" for a, b in itertools.pairwise(normal)})
    for word in {w for w in words if w[0].isalpha()}:
        padded = f"<{word}>"
        blocks["c"].update({f"c {padded[i : i + n]}" for n in LETTERS for i in range(len(padded) - n + 1)})
    spoken = [spoken_of(w) for w in words if w[0].isalpha()]
    blocks["h"].update(f"h {head}" for found in spoken for head in set(found))
    zones = zoned([w for w in words if w[0].isalpha()])
    for zone, w in zones:
        blocks["z"].update(f"z {zone} {head}" for head in spoken_of(w))
    present = sorted({head for found in spoken for head in found})
    blocks["g"].update(f"g {a} {b}" for i, a in enumerate(present) for b in present[i + 1 :])
    blocks["e"].update(
        (f"e first {normal[0] if normal else ''}", f"e firsts {' '.join(normal[:2])}", f"e last {normal[-1] if normal else ''}")
    )
    if spoken and spoken[0]:
        blocks["e"].update(f"e opens {head}" for head in set(spoken[0]))
    blocks["e"][f"e length {min(len(words), 12) // 2}"] += 1
    found: dict[str, float] = {}
    for name, block in blocks.items():
        # In one order, so that sums over traits are the same in every process.
        values = {trait: block[trait] ** 0.5 for trait in sorted(block)}
        norm = sum(block.values()) ** 0.5 or 1.0
        found.update({trait: BLOCKS[name] * value / norm for trait, value in values.items()})
    for table in ("dispatch", "business"):
        found.update({f"p {label}": score / 3 for label, score in scored(text, table).items()})
    return found


def spoken_of(word: str) -> tuple[str, ...]:
    """The heads a word stands under, its nearest neighbour's where it is none of the known but one slip away from one."""
    known: Mapping[str, tuple[str, ...]] = heads()
    root = stem(word)
    if root in known or len(root) < SLIP_LENGTH:
        return known.get(root, ())
    if "-" in word:
        return tuple(dict.fromkeys(h for part in word.split("-") for h in known.get(stem(part), ())))
    return next((known[k] for k in known if k[0] == root[0] and near(k, root)), ())


def zoned(words: list[str]) -> list[tuple[str, str]]:
    """Each word with its zone: what is measured, what it is grouped by, where and when it is looked at."""
    zone, out = "what", []
    for word in words:
        zone = {
            "by": "by",
            "per": "by",
            "each": "by",
            "for": "at",
            "in": "at",
            "at": "at",
            "on": "at",
            "from": "at",
            "since": "at",
            "with": "at",
            "of": "of",
        }.get(word, zone)
        out.append((zone, word))
    return out

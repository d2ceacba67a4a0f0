"""A question as tokens: words with stems, numbers, quoted text, and where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from aiser_jupyter.ask.words import bag, stem

TOKEN = re.compile(
    r"""(?P<quoted>"[^"]+"|“[^”]+”|‘[^’]+’|(?<![\w])'[^']+'(?!\w)|``[^`']+'')
      |(?P<number>\$?\d[\d,]*(?:\.\d+)?(?:%|k\b|m\b|th\b|st\b|nd\b|rd\b)?(?![\w]))
      |(?P<word>[^\W_]+(?:[-'’./_][^\W_]+)*)
      |(?P<mark>[^\s])""",
    re.VERBOSE | re.IGNORECASE,
)
NUMBERS = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
    "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100,
    "once": 1, "twice": 2, "dozen": 12,
}  # fmt: skip
SCALES = {"k": 1_000, "m": 1_000_000}
STOP = bag("""a an the of in on at to for from by with and or is are was were be been being do does did has have had having what which who whom whose
    where when how many much show list give find display tell return get me us please all any each every that this these those there their
    its it they them he she his her i we you our your as into than then also not no can could would should will shall may might if but so
    such both either neither only just different distinct unique respectively along together corresponding name names let know want see
    s t total per over under about between among within during number amount count""")


@dataclass(frozen=True)
class Token:
    """A piece of the question; ``value`` is the number or the text between quotes."""

    text: str
    kind: str
    stem: str
    start: int
    end: int
    value: float | int | str | None = None

    @property
    def content(self) -> bool:
        """Whether the token says something that a query should account for."""
        return self.kind in ("number", "quoted") or (self.kind == "word" and self.text.lower() not in STOP)


@dataclass(frozen=True)
class Question:
    """The text and its tokens."""

    text: str
    tokens: tuple[Token, ...]

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """The stem of each token."""
        return tuple(token.stem for token in self.tokens)

    @cached_property
    def lower(self) -> tuple[str, ...]:
        """Each token in lower case."""
        return tuple(token.text.lower() for token in self.tokens)

    @cached_property
    def capitals(self) -> frozenset[int]:
        """The positions of words that look like names: a capital that does not open the question."""
        return frozenset(i for i, t in enumerate(self.tokens) if i and t.kind == "word" and t.text[0].isupper())


def read(text: str) -> Question:
    """The tokens of ``text``."""
    return Question(text, tuple(_token(match) for match in TOKEN.finditer(text)))


def _token(match: re.Match[str]) -> Token:
    kind, text = str(match.lastgroup), match.group()
    if kind == "quoted":
        inner = text.strip("`\"'“”‘’").strip()
        return Token(text, kind, inner.lower(), *match.span(), inner)
    if kind == "number":
        return Token(text, kind, text.lower(), *match.span(), number(text))
    if kind == "word" and text.lower() in NUMBERS:
        return Token(text, "number" if text.lower() != "one" else "word", text.lower(), *match.span(), NUMBERS[text.lower()])
    return Token(text, kind, stem(text), *match.span())


def number(text: str) -> float | int:
    """The value of a number as it is written: ``1,200``, ``$5``, ``10k``, ``3rd``."""
    plain = text.lower().lstrip("$").replace(",", "")
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(%|k|m|th|st|nd|rd)?", plain)
    if match is None:
        return 0
    value = float(match[1]) * SCALES.get(match[2] or "", 1)
    return int(value) if value.is_integer() and "." not in match[1] else value

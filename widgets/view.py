"""What a card shows, as plain data: the one model behind its live, still and text forms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["answered", "refused", "ambiguous", "error", "running"]
Emphasis = Literal["", "strong", "key", "number"]
Progress = Literal["done", "now", "next"]


@dataclass(frozen=True)
class Run:
    """A run of a sentence. ``key`` is the one number it is about, ``number`` any other that a query yielded."""

    text: str
    emphasis: Emphasis = ""


@dataclass(frozen=True)
class Cell:
    """A table cell: how it is written and what it sorts by (None is last)."""

    text: str
    value: str | int | float | None = None


@dataclass(frozen=True)
class Grid:
    """The first rows of a result, written; ``numeric`` marks the columns set flush right."""

    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Picture:
    """A drawn figure: the finding as its title, what is measured, and the SVG; ``narrower`` are the same drawn for half a card and for a phone."""

    svg: str
    title: str = ""
    subtitle: str = ""
    narrower: tuple[str, ...] = ()


@dataclass(frozen=True)
class Option:
    """One reading of a question: its name, what it yields, the SQL that does, how sure, and its number for who chooses it (0 where nobody can)."""

    title: str
    detail: str = ""
    sql: str = ""
    chosen: bool = False
    sure: str = ""
    number: int = 0


@dataclass(frozen=True)
class Word:
    """A run of the question: ``link`` is the number of the part of the query behind it (0: none), ``lost`` whether it has no place in the data."""

    text: str
    link: int = 0
    lost: bool = False


@dataclass(frozen=True)
class Note:
    """What a check found, whether all is well, and the SQL that shows it."""

    text: str
    ok: bool = True
    sql: str = ""


@dataclass(frozen=True)
class Thought:
    """A step of the reasoning record: of what kind (``kind`` by name, ``what`` in words), how sure, how long, and which steps it builds on."""

    text: str
    kind: Literal["plain", "deductive", "inductive", "abductive", "analogical"] = "plain"
    what: str = ""
    sure: str = ""
    time: str = ""
    inputs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Panel:
    """A part beside the sentence: a chart, a finding, a remark on a statement; ``columns`` of twelve is its width, ``pre`` text that keeps its lines.

    ``place`` is where in a statement it is about, ``opened`` whether its SQL is in sight.
    """

    title: str
    tag: str = ""
    text: str = ""
    place: str = ""
    advice: tuple[str, ...] = ()
    svg: str = ""
    pre: str = ""
    code: str = ""
    opened: bool = False
    columns: int = 12


@dataclass(frozen=True)
class Stage:
    """A step of a running question: what it does, where it stands, and how long it took or will take."""

    text: str
    progress: Progress = "done"
    time: str = ""


@dataclass(frozen=True)
class CardView:
    """Everything a card shows, in words.

    ``scope`` restates what was computed. ``confidence`` lies between 0 and 1, or is None where there is nothing to be sure of; ``certainty`` is the
    reason beside the meter and ``why`` the longer one. ``code`` is the SQL, ``code_note`` what is said above it. ``first_line`` is its first
    line's number, ``place`` the character range in it that an error is about, ``fixed`` the same SQL with the best fit in its place. ``share_done`` lies between 0 and 1.
    ``asked`` is the question cut at the words behind ``matched``, whose numbers ``code_links`` (start, end, number) repeat in the SQL. ``engine`` holds what only
    an engineer reads: a term and its text. ``remember`` is what the button that keeps a choice says, ``badge`` what the answer was verified by.
    """

    state: State
    question: str = ""
    headline: tuple[Run, ...] = ()
    scope: str = ""
    picture: Picture | None = None
    grid: Grid | None = None
    assumptions: tuple[str, ...] = ()
    matched: tuple[tuple[str, str], ...] = ()
    asked: tuple[Word, ...] = ()
    checks: tuple[Note, ...] = ()
    thoughts: tuple[Thought, ...] = ()
    badge: str = ""
    confidence: float | None = None
    certainty: str = ""
    why: str = ""
    code: str = ""
    code_links: tuple[tuple[int, int, int], ...] = ()
    code_note: str = ""
    first_line: int = 1
    place: tuple[int, int] | None = None
    fixed: str = ""
    detail: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    panels: tuple[Panel, ...] = ()
    options: tuple[Option, ...] = ()
    followups: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    share_done: float | None = None
    footer: tuple[str, ...] = ()
    engine: tuple[tuple[str, str], ...] = ()
    remember: str = ""
    audience: Literal["executive", "analyst", "engineer"] = "analyst"
    opened: bool = False

    @property
    def sentence(self) -> str:
        """The headline without emphasis."""
        return "".join(run.text for run in self.headline)


def level(confidence: float) -> str:
    """The word for a probability of being right: High from 0.8, Medium from 0.5, Low below."""
    return "High" if confidence >= 0.8 else "Medium" if confidence >= 0.5 else "Low"

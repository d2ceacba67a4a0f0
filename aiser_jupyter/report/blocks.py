"""What a section of a document is made of. ``[[id]]`` in any text of a block stands for the fact of that id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from aiser_jupyter.report.payload import ChartData

Verdict = Literal["better", "worse", ""]


@dataclass(frozen=True)
class Prose:
    """Text in Markdown. ``authored`` text is a person's own: a number in it that no query yields is marked, not refused."""

    text: str
    authored: bool = False


@dataclass(frozen=True)
class Bullets:
    """Short paragraphs of one line of thought each, the first words in bold."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Kpi:
    """One tile. ``delta`` and ``base`` may be empty; ``rising`` is the direction of the triangle; ``trend`` is drawn as a line, a ring at ``base_at``."""

    label: str
    value: str
    delta: str = ""
    base: str = ""
    verdict: Verdict = ""
    rising: bool = True
    trend: tuple[float, ...] = ()
    base_at: int | None = None


@dataclass(frozen=True)
class Kpis:
    """A row of tiles and a note on their lines."""

    items: tuple[Kpi, ...]
    note: str = ""
    query: str = ""


@dataclass(frozen=True)
class Table:
    """Cells as text; ``numeric`` columns are set right; ``more`` says what is not shown."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    more: str = ""


@dataclass(frozen=True)
class Source:
    """Where a figure comes from: the id of its query in the appendix, its tables, and the day it ran."""

    query: str = ""
    tables: str = ""
    as_of: str = ""


@dataclass(frozen=True)
class Note:
    """A side note to a figure, under its heading."""

    heading: str
    text: str


@dataclass(frozen=True)
class Figure:
    """One message: a title that says it, what is shown, the chart or table, how sure it is, and where it comes from.

    A figure with a chart has the table too, folded. ``key`` is the number that a slide sets large.
    """

    id: str
    title: str
    subtitle: str = ""
    chart: ChartData | None = None
    table: Table | None = None
    level: str = ""
    reason: str = ""
    source: Source | None = None
    notes: tuple[Note, ...] = ()
    key: str = ""
    finding: bool = False


@dataclass(frozen=True)
class Callout:
    """A block apart: the decision asked for, or a question that has no answer here, with what is needed and what can be asked instead."""

    kind: Literal["decision", "refusal", "nothing"]
    label: str
    text: str
    lists: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Picture:
    """An image in the page itself: base64 of a PNG or JPEG, and what it shows."""

    mime: Literal["image/png", "image/jpeg"]
    data: str
    alt: str


@dataclass(frozen=True)
class Plain:
    """Text as a program printed it."""

    text: str


@dataclass(frozen=True)
class Levels:
    """How sure each part is: (what, High | Medium | Low, why)."""

    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Query:
    """One query of the appendix, with the figures that it made."""

    id: str
    title: str
    sql: str
    detail: str = ""


Block = Prose | Bullets | Kpis | Table | Figure | Callout | Picture | Plain | Levels | Query

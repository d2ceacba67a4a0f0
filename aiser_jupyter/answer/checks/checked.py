"""What one check found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CheckKind = Literal["double_count", "emptiness", "rows", "nulls", "period", "unit", "ratio"]


@dataclass(frozen=True)
class Checked:
    """One sentence on one kind of trouble.

    ``ok`` is False where a reader has to know it. ``sql`` yields the numbers of ``text``. ``effect`` multiplies the confidence: below 1 only where
    ``sql`` ran and proved that the figure is not what its words say. ``instead`` is the query without the trouble, where there is one,
    and ``instead_said`` what it does otherwise.
    """

    kind: CheckKind
    ok: bool
    text: str
    sql: str = ""
    effect: float = 1.0
    instead: str = ""
    instead_said: str = ""

    def as_json(self) -> dict[str, object]:
        """The finding as plain JSON."""
        return {"kind": self.kind, "ok": self.ok, "text": self.text, "sql": self.sql, "effect": self.effect}


def passed(kind: CheckKind, text: str, sql: str = "") -> Checked:
    """Nothing that a reader has to know."""
    return Checked(kind, True, text, sql)  # noqa: FBT003  # the one place that says it


def noticed(kind: CheckKind, text: str, sql: str = "", *, effect: float = 1.0, instead: str = "", instead_said: str = "") -> Checked:
    """Something that a reader has to know; see :class:`Checked` for ``effect`` and ``instead``."""
    return Checked(kind, False, text, sql, effect, instead, instead_said)  # noqa: FBT003  # the one place that says it

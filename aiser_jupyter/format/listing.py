"""A short table of words, as text and as still HTML."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

STYLE = (
    ".aiser-listing{border-collapse:collapse;font:14px/1.4 AiserSans,Inter,system-ui,sans-serif;font-variant-numeric:tabular-nums}"
    ".aiser-listing caption{text-align:left;font-weight:600;padding:0 0 8px}"
    ".aiser-listing.aiser-listing th{font-weight:500;font-size:13px;opacity:.75;text-align:left;padding:0 24px 6px 0;border-bottom:1px solid currentColor}"
    ".aiser-listing.aiser-listing td{text-align:left;padding:5px 24px 5px 0;border-bottom:1px solid rgba(128,140,160,.3);vertical-align:top}"
    ".aiser-listing.aiser-listing .r{text-align:right}"
)


@dataclass(frozen=True)
class Listing:
    """Rows of words and counts under a title, to look at; ``columns`` names each place of a row."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        cells = [self.columns, *[tuple(_word(value) for value in row) for row in self.rows]]
        widths = [max(len(row[place]) for row in cells) for place in range(len(self.columns))]
        right = self._right()
        lines = ["  ".join(c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True)).rstrip() for row in cells]
        return "\n".join([self.title, *lines])

    def _repr_html_(self) -> str:
        right = [' class="r"' if r else "" for r in self._right()]
        head = "".join(f"<th{r}>{escape(name)}</th>" for name, r in zip(self.columns, right, strict=True))
        body = "".join(
            "<tr>" + "".join(f"<td{r}>{escape(_word(value))}</td>" for value, r in zip(row, right, strict=True)) + "</tr>"
            for row in self.rows
        )
        caption = f"<caption>{escape(self.title)}</caption>"
        return f'<style>{STYLE}</style><table class="aiser-listing">{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'

    def _right(self) -> list[bool]:
        return [
            any(isinstance(row[place], (int, float)) and not isinstance(row[place], bool) for row in self.rows)
            for place in range(len(self.columns))
        ]


def _word(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)

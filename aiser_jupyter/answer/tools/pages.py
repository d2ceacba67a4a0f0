"""Rows in portions that a reader can hold: so many rows, so many bytes, and a cursor to the next."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from threading import RLock
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from aiser_jupyter.answer.plain import value
from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from aiser_jupyter.context import Context
    from aiser_jupyter.events import Events
    from aiser_jupyter.query.result import Result

ROWS = 200
MOST_ROWS = 1000
BYTES = 200_000  # of the rows as JSON
CELL = 2_000  # characters of one cell
NAME = 200  # characters of a column's name
KEPT = 4  # results that wait for their next page: each may hold a process
KEPT_S = 600.0
SAID = 4_000  # characters of a statement that are repeated to the caller


@dataclass(frozen=True)
class Page:
    """Rows ``start`` and on of a result; ``cursor`` leads to the next ones, empty at the end. ``cut`` says that a long cell was shortened."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    start: int
    cursor: str
    cut: bool

    def as_json(self) -> dict[str, object]:
        """The page as plain JSON."""
        found: dict[str, object] = {"columns": list(self.columns), "rows": [list(row) for row in self.rows], "first_row": self.start}
        found |= {"next_cursor": self.cursor} if self.cursor else {}
        return found | ({"cells_cut": True} if self.cut else {})


@dataclass
class _Waiting:
    result: Result
    at: int
    until: float


class Pages:
    """The results of one workspace that somebody reads page by page; the oldest is closed where there are too many or it waited too long."""

    def __init__(self) -> None:
        self._waiting: dict[str, _Waiting] = {}
        self._lock = RLock()

    def first(self, result: Result, limit: int = ROWS) -> Page:
        """The first rows of ``result``."""
        return self._page(result, 0, limit)

    def next(self, cursor: str, limit: int = ROWS) -> tuple[Page, Result]:
        """The rows that ``cursor`` leads to, and their result; `UsageError` where it is used up, unknown or too old."""
        with self._lock:
            self._tidy()
            waiting = self._waiting.pop(cursor, None)
        if waiting is None:
            raise UsageError(
                "There are no rows behind this cursor any more.", hint="Each leads on once, for ten minutes. Run the query again."
            )
        return self._page(waiting.result, waiting.at, limit), waiting.result

    def close(self) -> None:
        """Close every result that waits."""
        with self._lock:
            for waiting in self._waiting.values():
                waiting.result.close()
            self._waiting.clear()

    def _page(self, result: Result, start: int, limit: int) -> Page:
        table = result.head(start + limit + 1).slice(start)
        rows, cut = fitting(table.slice(0, limit))
        cursor = ""
        if table.num_rows > len(rows):
            cursor = secrets.token_urlsafe(18)
            with self._lock:
                self._waiting[cursor] = _Waiting(result, start + len(rows), time.monotonic() + KEPT_S)
                self._tidy()
        names = tuple(str(shortened(name, NAME)) for name in result.columns)
        return Page(names, tuple(rows), start, cursor, cut)

    def _tidy(self) -> None:
        now = time.monotonic()
        late = [cursor for cursor, waiting in self._waiting.items() if waiting.until < now]
        many = list(self._waiting)[: max(len(self._waiting) - KEPT, 0)]
        for cursor in {*late, *many}:
            self._waiting.pop(cursor).result.close()


def fitting(table: object, most: int = BYTES) -> tuple[list[tuple[object, ...]], bool]:
    """The first rows of an Arrow table whose JSON stays within ``most`` bytes, at least one; whether a cell was shortened for it."""
    columns = [column.to_pylist() for column in table.columns]  # type: ignore[attr-defined]  # pyarrow has no types here
    room = max(min(CELL, most // max(len(columns), 1) - 8), 8)
    found: list[tuple[object, ...]] = []
    taken, cut = 0, False
    for row in zip(*columns, strict=True):
        cells = [value(cell) for cell in row]
        short = tuple(shortened(cell, room) for cell in cells)
        taken += len(json.dumps(short, ensure_ascii=False).encode())
        if found and taken > most:
            break
        cut = cut or any(a is not b for a, b in zip(cells, short, strict=True))
        found.append(short)
    return found, cut


def shortened(cell: object, most: int) -> object:
    """``cell``, or where its JSON is longer than ``most`` characters the beginning of its text with an ellipsis."""
    if cell is None or isinstance(cell, bool | int | float):
        return cell
    if isinstance(cell, str):
        return cell if len(cell) <= most else cell[: most - 1] + "…"
    text = json.dumps(cell, ensure_ascii=False)
    return cell if len(text) <= most else text[: most - 1] + "…"


_made: WeakKeyDictionary[Events, dict[str, Pages]] = WeakKeyDictionary()


def pages(context: Context) -> Pages:
    """The pages of the workspace that ``context`` is of, and of who looks."""
    return _made.setdefault(context.events, {}).setdefault(context.viewer, Pages())

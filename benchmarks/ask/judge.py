"""Whether a query gives the gold query's rows, remembered per query."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

STEPS, ROWS = 2_000, 20_000


class Judge:
    """Runs queries read-only and compares rows the way the scorer's strict rule does, without tolerance."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._open: dict[str, sqlite3.Connection] = {}
        self._kept: dict[tuple[str, str], list[tuple] | None] = {}

    def rows(self, db: str, sql: str) -> list[tuple] | None:
        """The rows of a query, None where it fails or takes too long."""
        if (db, sql) not in self._kept:
            if db not in self._open:
                self._open[db] = sqlite3.connect(f"file:{self.data / db}?mode=ro", uri=True)
                self._open[db].text_factory = lambda raw: raw.decode("utf-8", "ignore")
            connection, left = self._open[db], [STEPS]

            def tick() -> int:
                left[0] -= 1
                return int(left[0] < 0)

            connection.set_progress_handler(tick, 5_000)
            try:
                self._kept[db, sql] = [tuple(map(_normal, row)) for row in connection.execute(sql).fetchmany(ROWS)]
            except sqlite3.Error:
                self._kept[db, sql] = None
        return self._kept[db, sql]

    def right(self, db: str, gold: str, sql: str) -> bool:  # noqa: PLR0911  # each rule that tells two results apart, in order
        """Whether both give the same rows, columns matched by value, in order where the gold orders."""
        if not sql:
            return False
        wanted, got = self.rows(db, gold), self.rows(db, sql)
        if wanted is None or got is None or len(wanted) != len(got):
            return False
        if not wanted:
            return True
        if len(wanted[0]) != len(got[0]):
            return False
        ordered = "order by" in gold.lower().rsplit(")", 1)[-1]
        left, right = _columns(wanted), _columns(got)
        taken: list[int] = []
        for column in left:
            match = next(
                (
                    j
                    for j, other in enumerate(right)
                    if j not in taken and (column == other if ordered else sorted(column, key=str) == sorted(other, key=str))
                ),
                None,
            )
            if match is None:
                return False
            taken.append(match)
        if ordered:
            return True
        return sorted(wanted, key=str) == sorted([tuple(row[j] for j in taken) for row in got], key=str)


def _columns(rows: list[tuple]) -> list[list]:
    return [list(column) for column in zip(*rows, strict=True)]


def _normal(value: object) -> object:
    if isinstance(value, (int, float)):
        return float(f"{value:.6g}") + 0.0
    return value.strip() if isinstance(value, str) else value

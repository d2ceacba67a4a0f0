"""What is to be said against a query, each with its place in the text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from aiser_jupyter.answer.statement.look import Look

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlglot import exp

    from aiser_jupyter.catalog import Catalog

Weight = Literal["wrong", "risk", "slow", "style"]
ORDER: dict[Weight, int] = {"wrong": 0, "risk": 1, "slow": 2, "style": 3}
LEAD: dict[Weight, str] = {
    "wrong": "May be wrong",
    "risk": "A risk",
    "slow": "Slower than it need be",
    "style": "Could be clearer",
}


@dataclass(frozen=True)
class Remark:
    """One point: the rule, how much it weighs, what it is and what to do.

    ``start`` and ``length`` are characters of the statement; ``line`` and ``column`` count from one, 0 where the place is not known.
    """

    rule: str
    weight: Weight
    message: str
    advice: str
    start: int = 0
    length: int = 0
    line: int = 0
    column: int = 0
    snippet: str = ""

    @property
    def where(self) -> str:
        """The place in words: ``line 2, column 7``; empty where it is not known."""
        return f"line {self.line}, column {self.column}" if self.line else ""


@dataclass(frozen=True)
class Point:
    """A remark before its place was looked up."""

    rule: str
    weight: Weight
    message: str
    advice: str
    node: exp.Expr | None = None


def review(tree: exp.Query, sql: str, catalog: Catalog) -> tuple[Remark, ...]:
    """The remarks on a query, the weightiest first and then in the order of the text; the same place is not blamed twice for one rule."""
    from aiser_jupyter.answer.statement import meaning, shape

    look = Look(tree, sql, catalog)
    found: dict[tuple[str, int, str], Remark] = {}
    for point in points(look, (*meaning.RULES, *shape.RULES)):
        remark = placed(point, look)
        found.setdefault((remark.rule, remark.start, remark.message), remark)
    return tuple(sorted(found.values(), key=lambda r: (ORDER[r.weight], r.start, r.rule)))


def points(look: Look, rules: tuple) -> Iterator[Point]:
    """What each rule says."""
    for rule in rules:
        yield from rule(look)


def placed(point: Point, look: Look) -> Remark:
    """A point with its line, column and the text there."""
    place = look.place(point.node)
    if place is None:
        return Remark(point.rule, point.weight, point.message, point.advice)
    start, length = place
    line = look.sql.count("\n", 0, start) + 1
    column = start - (look.sql.rfind("\n", 0, start) + 1) + 1
    snippet = " ".join(look.sql[start : start + length].split())
    return Remark(point.rule, point.weight, point.message, point.advice, start, length, line, column, snippet[:80])

"""Rounded parts that add up to the rounded total."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from aiser_jupyter.format.number import decimal

if TYPE_CHECKING:
    from collections.abc import Sequence


def rounded(parts: Sequence[float | Decimal], places: int = 0) -> list[Decimal]:
    """``parts`` rounded to ``places`` decimals so that they add up to their rounded sum.

    The largest remainders are rounded up (Hamilton's method); of equal ones the earlier.
    """
    step = Decimal(1).scaleb(-places)
    exact = [decimal(part) for part in parts]
    floors = [part.quantize(step, ROUND_FLOOR) for part in exact]
    missing = int((sum(exact, Decimal(0)).quantize(step) - sum(floors, Decimal(0))) / step)
    order = sorted(range(len(exact)), key=lambda i: (floors[i] - exact[i], i))
    up = set(order[:missing])
    return [floor + step if i in up else floor for i, floor in enumerate(floors)]

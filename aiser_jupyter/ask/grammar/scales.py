"""The units of durations: what a figure is divided by to come in the unit that was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.plan import ColumnRef, Defined
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.frame import Test
    from aiser_jupyter.ask.grammar.ground import Ground
    from aiser_jupyter.ask.plan import Expression

MILLISECONDS = {"seconds": 1_000.0, "minutes": 60_000.0, "hours": 3_600_000.0}
SECONDS = {"seconds": 1.0, "minutes": 60.0, "hours": 3_600.0, "days": 86_400.0}


def divisor(ground: Ground, expression: Expression) -> float:
    """What a duration is divided by to come in the unit asked for; raises NoPlanError for what is no duration."""
    unit, definitions = ground.frame.unit, ground.schema.definitions
    if not unit:
        return 1.0
    if isinstance(expression, Defined) and definitions and definitions.unit(expression) == unit:
        return 1.0
    if isinstance(expression, ColumnRef):
        stems = ground.schema.view(expression).stems
        if stem("milliseconds") in stems:
            return MILLISECONDS[unit]
        own = next((word for word in SECONDS if stem(word) in stems), "")
        if own:
            ground.explained |= {stem(unit), unit}
            return SECONDS[unit] / SECONDS[own]
    raise NoPlanError


def compared(ground: Ground, test: Test, column: ColumnRef) -> float:
    """The number of a comparison in the column's own unit: two minutes are 120000 milliseconds, 5 % of a share are 0.05."""
    tokens = ground.linked.question.tokens
    after = ground.linked.question.lower[test.tokens[-1] + 1 : test.tokens[-1] + 2]
    high = ground.schema.view(column).high
    signed = any(tokens[i].text.endswith("%") for i in test.tokens)
    if (signed or after in (("percent",), ("%",), ("pct",))) and isinstance(high, (int, float)) and high <= 1:
        ground.explained |= {"percent", "pct"}
        return test.number / 100
    unit = after[0].rstrip("s") + "s" if after else ""
    if unit not in MILLISECONDS or stem("milliseconds") not in ground.schema.view(column).stems:
        return test.number
    ground.explained |= {stem(unit), unit, after[0]}
    return int(test.number * MILLISECONDS[unit])

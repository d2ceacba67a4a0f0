"""Sums by level and block of dependent rows: all that group tests need, in one query a category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.discover.table import column, literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from aiser_jupyter.discover.evidence import Evidence
    from aiser_jupyter.discover.roles import Field, Roles

BLOCKS = 100
MIN_BLOCKS = 20
MAX_ENTITIES = 2
# Beyond this skewness or excess kurtosis a mean is a statement about a few rows; ranks are compared and medians told instead.
SKEWED = 2.0
HEAVY = 15.0


@dataclass(frozen=True)
class Blocks:
    """How rows hang together: an SQL expression for the block a row is in, and whether blocks follow one another in time."""

    expression: str
    ordered: bool


@dataclass(frozen=True)
class Sums:
    """Count, sum and sum of squares of one measure (centred, or ranked) by level and block."""

    levels: tuple[Any, ...]
    count: NDArray[np.float64]
    total: NDArray[np.float64]
    square: NDArray[np.float64]


def ranked(measure: Field) -> bool:
    """Whether a measure's tails are too heavy for means."""
    return measure.role == "measure" and (abs(measure.skew) > SKEWED or measure.kurtosis > HEAVY)


def blocks(roles: Roles) -> tuple[Blocks, ...]:
    """The ways in which rows may depend on each other: near in time, or of the same customer, product or other repeated name."""
    out = []
    time = roles.time
    if time and time.distinct >= MIN_BLOCKS:
        seconds = (time.maximum - time.minimum).total_seconds()
        out.append(
            Blocks(
                f"CAST(floor(epoch({time.expression} - TIMESTAMP {literal(str(time.minimum))}) / {seconds / BLOCKS!r}) AS INTEGER)",
                ordered=True,
            )
        )
    sequence = next((f for f in roles.of("id") if f.integer and f.distinct == roles.rows), None)
    if not out and sequence:
        width = (sequence.maximum - sequence.minimum + 1) / BLOCKS
        out.append(Blocks(f"CAST(floor(({column(sequence.name)} - {sequence.minimum!r}) / {width!r}) AS INTEGER)", ordered=True))
    repeated = [f for f in roles.of("id", "text") if f.type != "OTHER" and MIN_BLOCKS * 2 <= f.distinct < f.rows / 1.5]
    out += [Blocks(f"hash({column(f.name)}) % {BLOCKS}", ordered=False) for f in sorted(repeated, key=lambda f: -f.distinct)[:MAX_ENTITIES]]
    return tuple(out)


def sums(
    evidence: Evidence, by: Field, measures: tuple[Field, ...], block: Blocks | None, without: Mapping[str, Any] | None = None
) -> tuple[Sums, ...]:
    """The sums of each measure for each level of ``by``, over the rows that are not in the place ``without``."""
    import numpy as np

    inner = ", ".join(f"{_value(m)} AS x{i}" for i, m in enumerate(measures))
    outer = ", ".join(f"count(x{i}) AS n{i}, sum(x{i}) AS s{i}, sum(x{i} * x{i}) AS q{i}" for i in range(len(measures)))
    left_out = "".join(f" AND ({column(name)} IS NULL OR {column(name)} <> {literal(level)})" for name, level in (without or {}).items())
    found = evidence.relation.scan(
        f"SELECT level, block, {outer} FROM (SELECT {column(by.name)} AS level, {block.expression if block else '0'} AS block, {inner} "  # noqa: S608  # quoted names and literals
        f"FROM {evidence.relation.scanned} WHERE {column(by.name)} IS NOT NULL{left_out}) AS rows WHERE block IS NOT NULL GROUP BY 1, 2 ORDER BY 2"
    )
    columns = {name: found.column(name).to_pylist() for name in ("level", "block")}
    place = {level: i for i, level in enumerate(by.levels)}
    order = {b: i for i, b in enumerate(sorted(set(columns["block"])))}
    at = (np.array([place[v] for v in columns["level"]], dtype=int), np.array([order[b] for b in columns["block"]], dtype=int))
    out = []
    for i in range(len(measures)):
        grids = [np.zeros((len(place), max(len(order), 1))) for _ in range(3)]
        for grid, name in zip(grids, ("n", "s", "q"), strict=True):
            grid[at] = [float(v or 0) for v in found.column(f"{name}{i}").to_pylist()]
        out.append(Sums(by.levels, *grids))
    return tuple(out)


def _value(measure: Field) -> str:
    """A measure centred at its mean, for the precision of its squares; or its rank from 0 to 1."""
    if ranked(measure):
        x = measure.expression
        return f"CASE WHEN {x} IS NOT NULL THEN percent_rank() OVER (PARTITION BY {x} IS NULL ORDER BY {x}) - 0.5 END"
    return f"{measure.expression} - {float(measure.mean)!r}"

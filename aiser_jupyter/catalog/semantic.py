"""What a semantic layer says its numbers mean: metrics, and the dimensions they are broken down by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiser_jupyter.catalog.column import LogicalType


@dataclass(frozen=True)
class Dimension:
    """A column that metrics are broken down by."""

    table: str
    name: str
    type: LogicalType
    title: str = ""
    description: str = ""


@dataclass(frozen=True)
class Metric:
    """A number with a definition of its own; ``aggregate`` is how it is made (``sum``, ``count_distinct`` …), ``format`` how it is meant to look."""

    table: str
    name: str
    aggregate: str
    title: str = ""
    description: str = ""
    format: str = ""


@dataclass(frozen=True)
class SemanticModel:
    """The metrics and dimensions of a connection."""

    metrics: tuple[Metric, ...] = ()
    dimensions: tuple[Dimension, ...] = ()

    def metric(self, table: str, name: str) -> Metric | None:
        """The metric of that name, in any case."""
        wanted = (table.casefold(), name.casefold())
        return next((one for one in self.metrics if (one.table.casefold(), one.name.casefold()) == wanted), None)

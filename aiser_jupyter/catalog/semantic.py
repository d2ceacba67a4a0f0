"""What tables mean to a business: metrics, dimensions, time; proposed, and kept once a person says so."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A number worth asking for: SQL over one row set of ``table``, and why it is proposed."""

    name: str
    table: str
    sql: str
    reason: str = ""


@dataclass(frozen=True)
class Dimension:
    """A column to group by."""

    name: str
    table: str
    column: str


@dataclass(frozen=True)
class SemanticModel:
    """Metrics, dimensions, and the column of each table that says when."""

    source: str
    metrics: tuple[Metric, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    time: tuple[Dimension, ...] = ()

    def yaml(self) -> str:
        """The model as the text of `.aiser/semantic.yaml`; nothing is written."""
        lines = ["v: 1", f"source: {json.dumps(self.source)}", "metrics:" if self.metrics else "metrics: []"]
        for one in self.metrics:
            lines += [f"  - name: {json.dumps(one.name)}", f"    table: {json.dumps(one.table)}", f"    sql: {json.dumps(one.sql)}"]
            if one.reason:
                lines.append(f"    reason: {json.dumps(one.reason)}")
        for title, found in (("dimensions", self.dimensions), ("time", self.time)):
            lines.append(f"{title}:" if found else f"{title}: []")
            for one in found:
                place = f"table: {json.dumps(one.table)}, column: {json.dumps(one.column)}"
                lines.append(f"  - {{name: {json.dumps(one.name)}, {place}}}")
        return "\n".join(lines) + "\n"

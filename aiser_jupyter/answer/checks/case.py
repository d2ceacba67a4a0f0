"""What every check looks at: the question, its query taken apart, the rows that came back, and what is known of the tables."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from aiser_jupyter.answer.series import span
from aiser_jupyter.ask.restate.filter import filtered
from aiser_jupyter.ask.restate.ranked import unranked
from aiser_jupyter.ask.restate.scope import Scope, read
from aiser_jupyter.ask.restate.statement import conditions, grouping, resolve

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from decimal import Decimal

    import pyarrow as pa

    from aiser_jupyter.answer.evidence import Evidence
    from aiser_jupyter.answer.shape import Shape
    from aiser_jupyter.ask.restate.scope import Place
    from aiser_jupyter.catalog import Catalog, Column

    # Runs a query of ours on the answer's source; None where there is no time left for it or it failed.
    Look = Callable[[str], pa.Table | None]

__all__ = ["Case", "Look", "span"]


@dataclass(frozen=True)
class Case:
    """One answer before its sentence; ``today`` is what its relative periods count from."""

    question: str
    evidence: Evidence
    shape: Shape
    catalog: Catalog
    today: date

    @property
    def dialect(self) -> str:
        """The dialect of the query."""
        return self.evidence.dialect

    @property
    def rows(self) -> int:
        """How many rows came back."""
        return self.evidence.table.num_rows

    @property
    def cells(self) -> list[list[Any]]:
        """The columns that came back."""
        return self.evidence.cells

    @cached_property
    def select(self) -> exp.Select | None:
        """The SELECT whose rows the answer shows, a rank around it taken off; None for a set operation and for a query over a query."""
        tree = self.evidence.tree
        if not isinstance(tree, exp.Select) or tree.args.get("with_"):
            return None
        plain, _ = unranked(tree)
        source = plain.args.get("from_")
        tables = [source.this] if source else []
        tables += [join.this for join in plain.args.get("joins") or []]
        return plain if tables and all(isinstance(t, exp.Table) and isinstance(t.this, exp.Identifier) for t in tables) else None

    @cached_property
    def scope(self) -> Scope:
        """The tables in sight of the SELECT."""
        around = Scope(self.dialect, self.catalog)
        return read(self.select, around) if self.select is not None else around

    @cached_property
    def tests(self) -> list[exp.Expr]:
        """The conditions of the WHERE that must all hold, those that only join apart."""
        return conditions(self.select, self.scope)[0] if self.select is not None else []

    @cached_property
    def joining(self) -> list[exp.Expr]:
        """The conditions of the WHERE that only join two tables."""
        return conditions(self.select, self.scope)[1] if self.select is not None else []

    @cached_property
    def groups(self) -> list[exp.Expr]:
        """What is grouped by."""
        return [resolve(key, self.select) for key in grouping(self.select)] if self.select is not None else []

    def column(self, node: exp.Column) -> Column | None:
        """What the catalog knows of a column of the SELECT."""
        return self.scope.column(node)

    def place(self, node: exp.Column) -> Place | None:
        """The table in sight that a column is of."""
        return self.scope.local(node)

    def said(self, tests: list[exp.Expr]) -> str:
        """Conditions in English, as they stand in a restatement: `` in Germany``."""
        return filtered(tests, self.scope)

    def base(self) -> exp.Select:
        """FROM, JOIN and WHERE of the SELECT, with nothing selected yet."""
        assert self.select is not None
        kept = {"from_", "joins", "where"}
        found = exp.Select()
        for name, value in self.select.args.items():
            if name in kept and value:
                found.set(name, [v.copy() for v in value] if isinstance(value, list) else value.copy())
        return found

    def sql(self, query: exp.Query) -> str:
        """A query in the answer's dialect."""
        return query.sql(dialect=self.dialect)


def number(value: float | Decimal | None) -> int:
    """A count from a cell, 0 where it is missing."""
    return int(value or 0)

"""A query beside its question, as the doubts look at both: each view is made once, when a doubt first asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Plan, Star
from aiser_jupyter.ask.semantic.heed import parts
from aiser_jupyter.ask.sql.render import tables_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiser_jupyter.ask.grammar.frame import Frame
    from aiser_jupyter.ask.link import Linked, Match
    from aiser_jupyter.ask.schema import ColumnView, Schema


@dataclass(frozen=True)
class Seen:
    """A plan and the question that it is to answer.

    ``frame`` are the parts of the question that the grammar found, None where a reader looks at its own plan; ``asked`` is the question as it
    was typed, where that is more than was read; ``missing`` are the words that have no place in the plan; ``learned`` says that training read it.
    """

    linked: Linked
    plan: Plan
    frame: Frame | None = None
    asked: str = ""
    missing: tuple[str, ...] = ()
    learned: bool = False

    @property
    def text(self) -> str:
        """The question as it was read."""
        return self.linked.question.text

    @property
    def schema(self) -> Schema:
        """The schema of the data."""
        return self.linked.schema

    @cached_property
    def lower(self) -> frozenset[str]:
        """The words of the question in lower case."""
        return frozenset(self.linked.question.lower)

    @cached_property
    def free(self) -> frozenset[str]:
        """The words that are no part of a name of the semantic model."""
        spoken = self.linked.spoken.named
        return frozenset(word for i, word in enumerate(self.linked.question.lower) if i not in spoken) if spoken else self.lower

    @cached_property
    def parts(self) -> list[object]:
        """The plan and every node inside it, outermost first."""
        return parts(self.plan)

    @cached_property
    def items(self) -> list[Item]:
        """The values that are shown, ranked, tested or inside another."""
        return [part for part in self.parts if isinstance(part, Item)]

    @cached_property
    def tests(self) -> list[Condition]:
        """Every test, those that only a figure makes too."""
        return [part for part in self.parts if isinstance(part, Condition)]

    @cached_property
    def plans(self) -> list[Plan]:
        """The plan and those inside it."""
        return [part for part in self.parts if isinstance(part, Plan)]

    @cached_property
    def refs(self) -> list[ColumnRef]:
        """The columns of the data that are named anywhere."""
        return [part for part in self.parts if isinstance(part, ColumnRef) and part in self.schema.index]

    @cached_property
    def named(self) -> frozenset[str]:
        """The stems of the names of those columns."""
        return frozenset(word for ref in self.refs for word in self.schema.view(ref).stems)

    @cached_property
    def touched(self) -> frozenset[str]:
        """The tables of which a column or the rows are named anywhere."""
        return frozenset(part.table for part in self.parts if isinstance(part, (Star, ColumnRef)))

    @cached_property
    def aggregates(self) -> frozenset[str]:
        """How values are summed up anywhere."""
        return frozenset(item.aggregate for item in self.items)

    @cached_property
    def windows(self) -> frozenset[str]:
        """Against what other rows values are seen."""
        return frozenset(item.window for item in self.items)

    @cached_property
    def inner(self) -> frozenset[int]:
        """The ids of the tests that only a figure makes, not the query."""
        return frozenset(id(one) for item in self.items for one in (*item.among, *item.only))

    @cached_property
    def own_tests(self) -> list[Condition]:
        """The tests of the query, those that only a figure makes apart."""
        return [test for test in self.tests if id(test) not in self.inner]

    @cached_property
    def figures(self) -> list[Item]:
        """What the outermost query sums up: shown, ranked by or tested."""
        plan = self.plan
        return [item for item in (*plan.select, *(o.item for o in plan.order), *(c.item for c in plan.having)) if item.aggregate]

    @cached_property
    def shown_figures(self) -> int:
        """How many of the values that are shown are summed up."""
        return sum(bool(item.aggregate) for item in self.plan.select)

    @cached_property
    def tables(self) -> frozenset[str]:
        """The tables of the outermost query."""
        return frozenset(tables_of(self.plan))

    @cached_property
    def exact(self) -> frozenset[str]:
        """The tables that the question names whole."""
        return self.linked.strong

    def view(self, expression: object) -> ColumnView | None:
        """The column that an expression is, None where it is none of the data."""
        known = isinstance(expression, ColumnRef) and expression in self.schema.index
        return self.schema.view(expression) if known else None  # type: ignore[arg-type]  # a column, as was seen

    def stems_of(self, expression: object) -> tuple[str, ...]:
        """The stems of a column's name, none where the expression is no column of the data."""
        view = self.view(expression)
        return view.stems if view is not None else ()

    def match(self, ref: ColumnRef) -> Match:
        """The words of the question that name a column of the data."""
        return self.linked.columns[self.schema.index[ref]]

    def dates(self, refs: Iterable[object]) -> list[ColumnRef]:
        """Those of ``refs`` that are days or moments."""
        return [ref for ref in refs if isinstance(ref, ColumnRef) and (view := self.view(ref)) is not None and view.temporal]

    def between(self, start: int, end: int) -> set[int]:
        """The tokens that begin between two places of the text."""
        return {i for i, token in enumerate(self.linked.question.tokens) if start <= token.start < end}

    def mentioned(self, ref: ColumnRef, values: set[str] | None = None) -> set[int]:
        """The tokens that are a stored value of a column, or one of ``values`` of it."""
        return {
            i
            for mention in self.linked.mentions
            if any(one == ref and (values is None or str(value) in values) for one, value in mention.stored)
            for i in range(mention.start, mention.end)
        }

"""What a business question tests: numbers that are compared, means that are passed, values and periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures, scales
from aiser_jupyter.ask.grammar.frame import ADJECTIVES
from aiser_jupyter.ask.grammar.ground import Ground, NoPlanError
from aiser_jupyter.ask.plan import ColumnRef, Condition, Defined, Item, Plan
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.frame import Test

DURATIONS = frozenset(map(stem, ("milliseconds", *scales.SECONDS)))

FAR = 100  # times the largest of a column from which on a number is told of something else


class Tested(Ground):
    """Turns the tests of a frame into conditions."""

    def _average(self) -> tuple[Condition, ...]:
        """Above, or below, the average of a column."""
        said = self.frame.average
        if not said:
            return ()
        homes = [n.segment.best.home for n in self.frame.nouns]
        column = next((n.segment.best.column for n in self.frame.nouns if n.role == "measure" and n.segment.best.column), None)
        if column is None and self.frame.adjective and homes:
            column = self.attribute(homes[0], ADJECTIVES[self.frame.adjective][1])[0]
        if column is None:
            raise NoPlanError
        low = any(word in said for word in ("below", "under", "less", "lower", "shorter", "cheaper", "younger"))
        return (Condition(Item(column), "<" if low else ">", (), Plan((Item(column, "avg"),))),)

    def _counted(self, index: int) -> bool:
        """Whether a number tells how many of a noun there are: more than 20 orders, which may be but numbers in a column."""
        best = self.frame.nouns[index].segment.best
        numbered = best.column is not None and not best.measure and not measures.amount(self.schema.view(best.column))
        return (best.table != "" or numbered) and any(t.noun == index and t.after for t in self.frame.tests)

    def _defined(self, index: int) -> bool:
        """Whether a noun phrase is a metric of the semantic model, which is compared group by group."""
        measure = self.frame.nouns[index].segment.best.measure
        return measure is not None and isinstance(measure.expression, Defined)

    def _filters(self) -> tuple[Condition, ...]:
        return (*self.values(), *self._measured_tests(), *self._average(), *self.periods())

    def _measured_tests(self) -> tuple[Condition, ...]:
        """The comparisons of a row's own numbers."""
        measured = (test for test in self.frame.tests if not self._counted(test.noun) and not self._defined(test.noun))
        columns = [(test, self._tested_column(test)) for test in measured]
        return tuple(Condition(Item(column), test.operator, (scales.compared(self, test, column),)) for test, column in columns)

    def _tested_column(self, test: Test) -> ColumnRef:
        """The number compared: the noun phrase's own, or the one an adjective tells of, as "cheaper" does of a price."""
        noun, word = self.frame.nouns[test.noun], self.linked.question.lower[test.tokens[0]]
        if (lasting := self._lasting(test)) is not None:
            return lasting
        if word in ADJECTIVES and noun.segment.best.table:
            return self.attribute(noun.segment.best.table, ADJECTIVES[word][1])[0]
        numbers = [o for o in noun.segment.options if o.column and measures.amount(self.schema.view(o.column))]
        if not numbers and noun.segment.best.table and (worth := self._worth_of(noun.segment.best.table)):
            high = self.schema.view(worth).high
            if isinstance(high, (int, float)) and test.number > FAR * max(high, 1):
                raise NoPlanError  # no number of what it is worth
            self.assumptions.append(f"compared is {worth.table}.{worth.column}")
            return worth
        option = self.pick(noun, lambda o: bool(o.column and measures.amount(self.schema.view(o.column))))
        if option.column is None:
            raise NoPlanError
        return option.column

    def _worth_of(self, table: str) -> ColumnRef | None:
        """What the rows of a table are worth: the total of a bill, or the price of a product."""
        earned = measures.recorded(self.schema)
        if earned and earned.table == table and isinstance(earned.expression, ColumnRef):
            return earned.expression
        prices = [self.schema.columns[i] for i in self.schema.table(table).columns if "pric" in self.schema.columns[i].stems]
        return prices[0].ref if len(prices) == 1 and prices[0].numeric else None

    def _lasting(self, test: Test) -> ColumnRef | None:
        """The one duration of a thing where a number of minutes is compared: tracks over 5 minutes; raises NoPlanError where it has none."""
        table = self.frame.nouns[test.noun].segment.best.table
        after = self.linked.question.lower[test.tokens[-1] + 1 : test.tokens[-1] + 2]
        if not table or not after or after[0].rstrip("s") + "s" not in scales.MILLISECONDS:
            return None
        views = [self.schema.columns[i] for i in self.schema.table(table).columns]
        found = [view.ref for view in views if view.numeric and set(view.stems) & DURATIONS]
        if len(found) != 1:
            raise NoPlanError
        return found[0]

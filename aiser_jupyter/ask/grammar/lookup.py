"""One attribute of one thing: the unit price of Chai, which building Dermatology is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar.peers import Peers
from aiser_jupyter.ask.plan import Condition, Item, Plan
from aiser_jupyter.ask.words import bag

if TYPE_CHECKING:
    from aiser_jupyter.ask.link import Mention
    from aiser_jupyter.ask.plan import ColumnRef

TELLING = 0.95  # of a table's rows that a column tells apart, from which on a value of it means one row
MANY = bag("how many much count number total average sum all")


class Lookup(Peers):
    """The form that reads a value where it stands."""

    def _attribute(self) -> Plan | None:  # noqa: PLR0911  # each way that no one attribute is asked for, in order
        """The columns that are named of the one row that is named."""
        frame, lower = self.frame, set(self.linked.question.lower)
        if len(frame.values) != 1 or not frame.nouns or frame.window or frame.extreme or frame.limit or frame.tests or frame.adjective:
            return None
        if frame.grain or frame.periods or frame.without is not None or frame.counting or frame.average or lower & MANY:
            return None
        place = self._row(frame.values[0])
        if place is None:
            return None
        ref, value = place
        shown: list[ColumnRef] = []
        for noun in frame.nouns:
            if noun.aggregate or noun.segment.best.measure or noun.role in ("group", "count"):
                return None
            if noun.segment.best.table == ref.table and not shown:
                continue  # the product Chai
            column = next((o.column for o in noun.segment.options if o.column and o.column.table == ref.table and o.strength >= 0.6), None)
            if column is None:
                return None
            if column != ref:
                shown.append(column)
        if not shown or any(self.schema.view(column).primary for column in shown):
            return None
        return Plan(tuple(Item(column) for column in dict.fromkeys(shown)), (), (Condition(Item(ref), "=", (value,)),), distinct=False)

    def _row(self, mention: Mention) -> tuple[ColumnRef, str] | None:
        """The column whose value names one row of its table."""
        found = []
        for ref, value in mention.stored:
            view, table = self.schema.view(ref), self.schema.table(ref.table)
            if view.rows and view.distinct >= TELLING * view.rows and (ref in table.display or view.primary):
                found.append((ref, value))
        return found[0] if len(found) == 1 else None

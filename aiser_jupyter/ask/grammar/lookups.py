"""Questions after one thing, or after nothing but a kind: the price of Chai, how many suites, cancelled appointments in May."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar.durations import Durations
from aiser_jupyter.ask.plan import ColumnRef, Item, Plan, Star
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.frame import Noun

LISTING = bag("which who what list show give find display name names whose where when display return get tell see their its and")
UNIQUE = 0.9  # share of rows that differ in a column from which on a value of it means one of them
SUMMED = bag("average avg mean median total sum overall combined maximum max minimum min most highest lowest least top number count many")


class Lookups(Durations):
    """Forms that read one row, or count the rows of a kind."""

    def _lookup(self) -> Plan | None:
        """What one column says of the thing that is named."""
        frame = self.frame
        lower = set(self.linked.question.lower)
        if len(frame.values) != 1 or frame.grain or frame.tests or frame.window or frame.extreme or frame.limit or frame.periods:
            return None
        if (
            lower & (SUMMED - {"many", "count", "number"} if frame.counting else SUMMED)
            or frame.without is not None
            or self.flagged
            or frame.adjective
            or frame.average
        ):
            return None
        mention = frame.values[0]
        homes = [(ref, value) for ref, value in mention.stored if self._one(ref)]
        rest = [n for n in frame.nouns if not (n.segment.best.table and any(ref.table == n.segment.best.table for ref, _ in homes))]
        if len(homes) != 1 or len(rest) != 1 or rest[0].role == "group" or rest[0].aggregate:
            return None
        ref, value = homes[0]
        asked = next(
            (o for o in rest[0].segment.options if o.column and o.column.table == ref.table and o.strength >= 0.6), None
        )  # a synonym
        if asked is None or asked.column is None or asked.column == ref:
            return None
        if frame.counting and not (self.schema.view(asked.column).numeric and rest[0].segment.best.table == ""):
            return None
        self.frame = replace(frame, values=(replace(mention, stored=((ref, value),)),))
        self.explained |= {stem("cost"), "much", *self.schema.table(ref.table).stems}
        return Plan((Item(asked.column),), (), self._filters())

    def _one(self, ref: ColumnRef) -> bool:
        view = self.schema.view(ref)
        return view.rows > 0 and view.distinct >= UNIQUE * view.rows and view.type == "text"

    def _kind(self) -> Plan | None:
        """How many there are of a kind that only a stored value names: no-shows in May, how many suites."""
        frame = self.frame
        groups = [n for n in frame.nouns if n.role == "group"]
        if not frame.values or len(groups) != len(frame.nouns) or frame.tests or frame.window or frame.extreme or frame.adjective:
            return None
        if frame.without is not None or frame.average or (set(self.linked.question.lower) & LISTING and not frame.counting):
            return None
        if not (frame.counting or frame.periods or groups):
            return None
        home = self._of_kind(frame.values[0].stored[0][0]) if len(frame.values[0].stored) == 1 else ""
        if not home or any(
            self._one(ref) and self.schema.table(ref.table).display == (ref,) and not self._of_kind(ref)
            for ref, _ in frame.values[0].stored
        ):
            return None
        self.anchors.insert(0, home)
        self.assumptions.append(f"counted are the rows of {home}")
        return self._aggregate([Item(Star(home), "count")], groups, [], [])

    def _of_kind(self, ref: ColumnRef) -> str:
        """The table whose rows a value is a kind of: its own, or of a list of kinds the one table that points to it."""
        view = self.schema.view(ref)
        if not self._one(ref):
            return ref.table if view.distinct and not self.schema.table(ref.table).derived else ""
        pointing = {k.table for k in self.schema.catalog.keys if k.ref_table == ref.table and k.table != ref.table}
        return (
            next(iter(pointing))
            if len(pointing) == 1 and {"typ", "type", stem("category"), "kind"} & {*view.stems, *self.schema.table(ref.table).stems}
            else ""
        )

    def _bare(self) -> Plan | None:
        """How many events there were, where they are named and nothing is asked of them: cancelled appointments in May."""
        frame = self.frame
        if len(frame.nouns) != 1 or frame.counting or frame.tests or frame.window or frame.grain or frame.extreme or frame.limit:
            return None
        noun: Noun = frame.nouns[0]
        table = noun.segment.best.table
        if not table or noun.role != "noun" or frame.without is not None or frame.average or frame.adjective or frame.latest:
            return None
        if not (frame.values or frame.periods or self.flagged) or set(self.linked.question.lower) & LISTING or not self._nameless(table):
            return None
        self.assumptions.append(f"counted are the rows of {table}; “list …” shows them")
        self.anchors.insert(0, table)
        return self._aggregate([Item(Star(table), "count")], [], [], [])

    def _nameless(self, table: str) -> bool:
        """Whether the rows of a table are events that have a number at most."""
        view = self.schema.table(table)
        names = all(self.schema.view(ref).primary or self.schema.view(ref).foreign for ref in view.display)
        return names and any(self.schema.columns[i].temporal or "date" in self.schema.columns[i].stems for i in view.columns)

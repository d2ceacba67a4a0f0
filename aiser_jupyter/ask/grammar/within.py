"""Rankings inside each group, and the second or third of a ranking: the two busiest drivers of each depot, the second most expensive product."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures, scales
from aiser_jupyter.ask.grammar.cues import NTH, ORDINALS
from aiser_jupyter.ask.grammar.frame import ADJECTIVES, SOLD
from aiser_jupyter.ask.grammar.lookups import Lookups
from aiser_jupyter.ask.grammar.things import earned_item
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Item, Order, Plan, Star
from aiser_jupyter.ask.sql.render import leaves
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.frame import Noun
    from aiser_jupyter.ask.plan import Expression

EACH = frozenset({"each", "every", "per"})
OFTEN = re.compile(r"\b(?:busiest|(?:most|least) (?:frequent(?:ly)?|common|popular|active|used))\b", re.IGNORECASE)
RARE = re.compile(r"\bleast\b", re.IGNORECASE)
PAID = bag("spent spend spends spending paid pays pay")
SHOWING = frozenset({"with", "and", "its", "their", "the", ",", "including", "showing", "plus"})


class Within(Lookups):
    """Forms about places in a ranking."""

    def nth(self, plan: Plan) -> Plan | None:
        """The row at the place of a ranking that an ordinal names; the plan as it is where none does, None where it has no such place."""
        said = NTH.search(self.linked.question.text)
        if said is None:
            return plan
        if plan.limit != 1 or not plan.order:
            return None
        self.explained |= {said[1].lower(), stem(said[1])}
        self.formed = self.formed or "nth"
        return replace(plan, limit=ORDINALS[said[1].lower()], place=True)

    def _top_within(self) -> Plan | None:
        """The first few things of each group by a figure: for each country, which customer has spent the most."""
        frame, lower = self.frame, self.linked.question.lower
        often = OFTEN.search(self.linked.question.text)
        if not (frame.extreme or frame.limit or often) or frame.window or frame.without is not None or frame.tests:
            return None
        groups = [n for n in frame.nouns if self._each(n) and not n.segment.best.measure]
        grained = frame.grain if frame.grain and self._grained_each() else None
        if len(groups) + bool(grained) != 1 or (frame.grain and not grained):
            return None
        rest = [n for n in frame.nouns if n not in groups]
        target = next((n for n in rest if self._thing(n)), None)
        if target is None:
            return None
        rest = [n for n in rest if n is not target]
        _, _, home = self._entity(target)
        self.anchors.append(home)
        shown_beside = [n for n in rest if self._only_shown(n, home)]
        item = self._figure_within(target, [n for n in rest if n not in shown_beside], home, often)
        if item is None and shown_beside and len(shown_beside) == 1 and frame.extreme:
            column = self._own(shown_beside[0], home)
            item, shown_beside = (Item(column) if column else None), []
        if item is None:
            return None
        if self.frame.unit and not item.aggregate and item.scale == 1.0:
            item = replace(item, scale=scales.divisor(self, item.expression))
        if item.aggregate and (summed := leaves(item.expression)):
            self.anchors.insert(0, summed[0].table)  # the dates are of what is summed up, not of whom it belongs to
        keys, shown = self.group(groups[0]) if groups else ([], [Bucket(self.date(), grained)])  # type: ignore[arg-type]  # a grain where there is no group
        mine, names = self.group(target)
        extra = [column for n in shown_beside if (column := self._own(n, home)) and column != item.expression]
        number = self._few(target) or frame.limit or 1
        self.explained |= {"each", "every", "frequent", "frequently", "busy", "busiest", "common", "popular", "active", "single", *EACH}
        down = not (often and RARE.search(often.group())) if often else self._down(item)
        whole: list[Expression] = [*shown, *names, *extra]
        group = tuple(dict.fromkeys((*keys, *mine, *whole))) if item.aggregate else ()
        select = tuple(dict.fromkeys((*(Item(s) for s in whole), item)))
        plan = Plan(
            select, (), self._filters(), group=group, order=(Order(item, down),), limit=number,
            rank_within=tuple(keys or shown), ties=True,
        )  # fmt: skip
        self.explained |= {word for word in lower if word in SOLD | PAID}
        return self._distinct_counts(plan) if item.aggregate else plan

    def _latest_row(self) -> Plan | None:
        """The figures of the last, or first, row of each thing: the most recent rate of every currency, each customer's latest order with its freight."""
        owner = next((n for n in self.frame.nouns if self._each(n) and not n.segment.best.measure), None)
        if owner is None or self.frame.window or self.frame.grain or self.frame.tests:
            return None
        rest = [n for n in self.frame.nouns if n is not owner]
        found = [self._dated_amount(n) for n in rest if not n.segment.best.table]
        figures = [column for column in found if column is not None]
        if not figures or len(figures) != len(found) or any(n.segment.best.measure for n in rest):
            return None
        home = figures[0].table
        events = {n.segment.best.table for n in rest if n.segment.best.table}
        if any(column.table != home for column in figures) or not events <= {home}:
            return None
        key, display, table = self._entity(owner)
        there = key if table == home else self._link(key, home)[0]
        if there.table != home:
            return None
        self.anchors[:0] = [home]
        moment = Item(self.date())
        select = tuple(dict.fromkeys((*self._shown(display), moment, *(Item(column) for column in figures))))
        last = self.frame.cues.last_each not in ("first", "earliest")
        return Plan(select, (table,), self._filters(), order=(Order(moment, last),), limit=1, rank_within=(there,), ties=True)

    def _dated_amount(self, noun: Noun) -> ColumnRef | None:
        """The number that a phrase names of something dated."""
        numbers = [o.column for o in noun.segment.options if o.column and measures.amount(self.schema.view(o.column))]
        return next((column for column in numbers if self._moments(column.table) or self._numbered_days(column.table)), None)

    def _numbered_days(self, table: str) -> bool:
        """Whether a table points to one of days, as the facts of a warehouse do."""
        pointed = {k.ref_table for k in self.schema.catalog.keys if k.table == table}
        return any(
            self.schema.table(name).stems[:1] in (("dat",), ("date",), (stem("date"),))
            for name in pointed
            if name in self.schema.table_index
        )

    def _down(self, item: Item) -> bool:
        if not self.frame.adjective or item.aggregate:
            return self.frame.descending
        turned = isinstance(item.expression, ColumnRef) and stem("birth") in self.schema.view(item.expression).stems
        return self.frame.descending != turned

    def _each(self, noun: Noun) -> bool:
        """Whether a noun phrase is of each group: "in every category", "of each of the depots"."""
        before = self.linked.question.lower[max(0, noun.segment.start - 3) : noun.segment.start]
        return bool(before) and (before[-1] in EACH or (before[-1] in ("the", "our") and before[-3:-1] == ("each", "of")))

    def _grained_each(self) -> bool:
        return any(word in EACH or word == "by" for word in self.linked.question.lower)

    def _thing(self, noun: Noun) -> bool:
        """Whether a noun phrase can be what is ranked: rows of a table, or the values of a text column or of one that numbers things."""
        best, before = noun.segment.best, self.linked.question.lower[max(0, noun.segment.start - 2) : noun.segment.start]
        if noun.role == "measure" or best.measure or "by" in before or before[-2:] in (("number", "of"), ("how", "many")):
            return False
        if noun.role == "count" and before[-1:] in (("most",), ("fewest",), ("least",)):
            return False
        if best.table:
            return self.schema.table(best.table).key is not None
        return best.column is not None and (self.schema.view(best.column).type == "text" or self._numbers(noun))

    def _own(self, noun: Noun, home: str) -> ColumnRef | None:
        """The column of the ranked thing's own table that a noun phrase names."""
        return next((o.column for o in noun.segment.options if o.column and o.column.table == home), None)

    def _only_shown(self, noun: Noun, home: str) -> bool:
        """Whether a column of the ranked row is only shown beside it: "with its price"."""
        start = noun.segment.start
        before = self.linked.question.lower[max(0, start - 2) : start]
        return bool(before) and set(before[-1:]) <= SHOWING - {"the"} and self._own(noun, home) is not None and noun.role != "count"

    def _few(self, target: Noun) -> int | None:
        """A number right before the thing that is ranked, or before the word that ranks it: two busiest drivers."""
        tokens = self.linked.question.tokens
        for place in range(target.segment.start - 1, max(-1, target.segment.start - 4), -1):
            token = tokens[place]
            if token.kind == "number" and isinstance(token.value, int) and 0 < token.value <= 100:
                self.frame = replace(self.frame, used=self.frame.used | {place})
                return token.value
        return None

    def _figure_within(self, target: Noun, rest: list[Noun], home: str, often: re.Match[str] | None) -> Item | None:
        """What things are ranked by: a figure that is named, an adjective's column, what they paid, or how often they occur."""
        frame, lower = self.frame, set(self.linked.question.lower)
        named = [n for n in rest if n.role in ("measure", "count") or self._number(n)]
        if len(rest) > len(named) + bool(often) or len(named) > 1:
            return None
        if named:
            return self._ranked_by(named[0], target, home)
        if frame.adjective and (column := self._scaled(home)):
            return Item(column)
        earned = measures.line_revenue(self.schema) or measures.revenue(self.schema)
        if lower & PAID and earned is not None:
            return earned_item(self, earned)
        if often or lower & SOLD:
            sold = measures.units(self.schema) if lower & SOLD and not often else None
            return earned_item(self, sold) if sold else self._occurrences(target, home)
        return None

    def _scaled(self, home: str) -> ColumnRef | None:
        wanted = {stem(word) for word in ADJECTIVES[self.frame.adjective][1].split()}
        views = [self.schema.columns[i] for i in self.schema.table(home).columns]
        return next((v.ref for v in views if (v.numeric or v.temporal) and not v.foreign and wanted & set(v.stems)), None)

    def _number(self, noun: Noun) -> bool:
        return any(o.column and measures.amount(self.schema.view(o.column)) for o in noun.segment.options) and not noun.segment.best.table

    def _ranked_by(self, noun: Noun, target: Noun, home: str) -> Item:
        """A count of what belongs to each, or a figure: of the row itself where it is the row that is ranked."""
        if noun.role == "count" or noun.segment.best.table:
            return self._count(noun)
        own = next(
            (o.column for o in noun.segment.options if o.column and o.column.table == home and measures.amount(self.schema.view(o.column))),
            None,
        )
        row = target.segment.best.table == home or self._one_a_row(target)
        if own is not None and row and not noun.segment.best.measure and noun.aggregate in ("", "max", "min"):
            return Item(own)
        return self._measure(replace(noun, role="measure"))

    def _one_a_row(self, noun: Noun) -> bool:
        column = noun.segment.best.column
        return column is not None and self.schema.view(column).distinct == self.schema.view(column).rows > 0

    def _occurrences(self, target: Noun, home: str) -> Item | None:
        """How often a thing occurs: the rows with its value, or those that point to it."""
        if not target.segment.best.table:
            return Item(Star(home), "count")
        key, _, _ = self._entity(target)
        there, here = self._link(key)
        return None if there == here else Item(Star(there.table), "count")

"""Several figures of one question: one column over another, how many and how much, how many of those."""

from __future__ import annotations

import re
from dataclasses import replace

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.grammar.frame import SOLD
from aiser_jupyter.ask.grammar.lookup import Lookup
from aiser_jupyter.ask.plan import Condition, Item, Order, Plan, Star
from aiser_jupyter.ask.words import bag, stem

MANY_MUCH = re.compile(
    r"\bhow many(?: (?:are|were|is|was) (?:there|it|they|those))?,? and (?:(?:for |worth )?how much|(?:with )?(?:what|which)(?: total)?|(?:what|which) is (?:the|their)(?: total)?)\b",
    re.IGNORECASE,
)
OF_THOSE = re.compile(
    r",? (?:and|with) how many (?:of (?:those|them|these|which)|(?:are|were|is|have)\b)(?: (?:are|were|is|have been|have))?", re.IGNORECASE
)
NEGATED = re.compile(
    r"\b(?:but|and|yet) (?:(?:did |have |had |has |was |were )?(?:not|never|no longer|nothing)|(?:did|have|had|has|was|were|do)n['’]t)\b",
    re.IGNORECASE,
)
TELLING = bag("how many much worth total those these them which are were of altogether overall and for in")


class Several(Lookup):
    """Forms of more than one figure."""

    def _quotient(self) -> Plan | None:
        """One column's sum over another's of the same rows, by group: calls handled per operator by shift."""
        nouns, lower = self.frame.nouns, self.loose
        below = next((n for n in nouns if n.segment.start and lower[n.segment.start - 1] == "per"), None)
        top = next(
            (n for n in reversed(nouns) if n.role in ("measure", "noun") and below is not None and n.segment.end < below.segment.start),
            None,
        )
        if below is None or top is None or self.frame.tests or self.frame.grain in ("day", "week") or below.segment.best.table:
            return None
        above = [o.column for o in top.segment.options if o.column and measures.amount(self.schema.view(o.column)) and o.strength >= 0.7]
        under = [o.column for o in below.segment.options if o.column and measures.amount(self.schema.view(o.column))]
        pairs = [(a, b) for a in above for b in under if a.table == b.table and a != b]
        asked = self.linked.question.stems[below.segment.start]
        plain = [p for p in pairs if asked in self.schema.view(p[1]).stems]
        others = [n for n in nouns if n.role == "group" and n is not below]
        if len({p[1] for p in plain}) != 1 or top.segment.best.measure:
            return None
        if any(n.role == "measure" and n not in (top, below) for n in nouns):
            return None
        over, by = plain[0]
        self.anchors.append(over.table)
        item = Item(over, "sum", over=Item(by, "sum"))
        self.explained |= {*self.schema.view(by).stems, "per", "handled", "taken", "made"}
        return self._aggregate([item], others, [], [])

    def _many_much(self) -> Plan | None:
        """How many rows there are, and how much they come to."""
        said = MANY_MUCH.search(self.linked.question.text)
        things = [n for n in self.frame.nouns if n.segment.best.table and self.schema.table(n.segment.best.table).key is not None]
        if said is None or not things or self.frame.tests or self.frame.window:
            return None
        home = things[0].segment.best.table
        amounts = [
            o.column
            for n in self.frame.nouns
            for o in n.segment.options
            if n is not things[0] and o.column and o.column.table == home and measures.amount(self.schema.view(o.column))
        ]
        earned = measures.recorded(self.schema)
        if not amounts and earned is not None and earned.table == home:
            figure = Item(earned.expression, earned.aggregate)
        else:
            views = [self.schema.columns[i] for i in self.schema.table(home).columns]
            told = [v.ref for v in views if measures.amount(v) and set(v.stems) & {stem("amount"), stem("total"), stem("value")}]
            column = amounts[0] if amounts else told[0] if len(told) == 1 else None
            if column is None:
                return None
            figure = Item(column, "sum")
        self.anchors.append(home)
        self.explained |= TELLING
        groups = [n for n in self.frame.nouns if n.role == "group"]
        return self._aggregate([Item(Star(home), "count"), figure], groups, [], [])

    def _how_many_of_those(self) -> Plan | None:
        """A number, and how many of them pass a test named after it."""
        said = OF_THOSE.search(self.linked.question.text)
        if said is None or self.frame.window or self.frame.extreme or self.frame.limit or self.frame.tests:
            return None
        before, after = self._split(said.start())
        counted = next((n for n in self.frame.nouns if n.role == "count" and n.segment.best.table), None)
        if not after or counted is None:
            return None
        part = self._with(values=after)
        part.anchors = [counted.segment.best.table]
        tests = tuple(c for c in part.values() if c not in self.named())
        item = self._count(counted)
        self.frame = replace(self.frame, values=before)
        self.explained |= TELLING
        groups = [n for n in self.frame.nouns if n.role == "group"]
        return self._aggregate([item, replace(item, only=tests)], groups, [], [])

    def _one_not_other(self) -> Plan | None:
        """What happened in one period and not in another: customers who ordered in 1997 but not in 1998."""
        periods, said = self.frame.periods, NEGATED.search(self.linked.question.text)
        things = [n for n in self.frame.nouns if n.segment.best.table or self._numbers(n)]
        if said is None or len(periods) != 2 or not things or self.frame.grain or self.frame.window:
            return None
        if not periods[0].span[0] < said.start() < periods[1].span[0]:
            return None
        key, display, _ = self._entity(things[0])
        there, here = self._link(key, things[1].segment.best.table if len(things) > 1 and things[1].segment.best.table else "")
        tests = []
        for period, operator in zip(periods, ("in", "not in"), strict=True):
            part = self._with(periods=(period,), without=None)
            part.anchors = [there.table]
            inner = Plan((Item(there),), (), (*part.periods(), Condition(Item(there), "is not null")))
            tests.append(Condition(Item(here), operator, (), inner))  # type: ignore[arg-type]  # an operator
        self.explained |= {stem(w) for w in SOLD} | {"again", "buy", "back", "return"}
        return self._counted_or_listed(key, display, (*tests, *self.values()))

    def _kept_groups(self) -> Plan | None:
        """A figure by group for the groups alone that have so many rows: median freight by country, only those with 30 orders or more."""
        frame = self.frame
        groups = [n for n in frame.nouns if n.role == "group"]
        figures = [n for n in frame.nouns if n.role == "measure"]
        if len(frame.tests) != 1 or len(figures) != 1 or len(groups) != 1 or frame.window or frame.grain:
            return None
        tested = frame.nouns[frame.tests[0].noun]
        if not tested.segment.best.table or not frame.tests[0].after or tested in figures or tested in groups:
            return None
        item = self._measure(figures[0])
        keys, shown = self.group(groups[0])
        test = frame.tests[0]
        having = (Condition(self._count(tested), test.operator, (test.number,)),)
        self.frame = replace(frame, tests=())
        down = frame.descending if frame.extreme or frame.limit else True
        limit = frame.limit or (1 if frame.extreme else None)
        plan = Plan(
            (*(Item(s) for s in shown), item), (), self._filters(), group=tuple(dict.fromkeys((*keys, *shown))), having=having,
            order=(Order(item, down),), limit=limit, ties=bool(limit),
        )  # fmt: skip
        return self._distinct_counts(plan)

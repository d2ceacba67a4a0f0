"""Things set against a mean: that of their own group, that of all things, or the rate of the whole."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.grammar.things import earned_item
from aiser_jupyter.ask.grammar.within import Within
from aiser_jupyter.ask.plan import BASE, ColumnRef, Condition, Item, Order, Plan, Star
from aiser_jupyter.ask.sql.aliases import aliases
from aiser_jupyter.ask.sql.render import leaves
from aiser_jupyter.ask.words import bag

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.frame import Noun
    from aiser_jupyter.ask.plan import Expression, Operator

UP = r"above|over|higher than|more than|greater than|longer than|larger than|older than|more expensive than|heavier than|exceeds?|exceeding|better than|beats?"
LOW = r"below|under|less than|lower than|shorter than|smaller than|younger than|cheaper than|fewer than|worse than"
BESIDE = re.compile(
    rf"\b(?:({UP})|({LOW}))\b(?= (?:[\w'’-]+ ){{0,7}}?(?:average|avg|mean)\b)|\b(?:(more)|fewer|less) (?=(?:\w+ ){{1,3}}than (?:the|an) (?:average|avg|mean|typical)\b)",
    re.IGNORECASE,
)
MARKS = bag("own their its his her that same respective")
SPENT = bag("spent spend spends spending paid pay pays bought brought generated")
TALK = bag(
    "average avg mean overall general own their its same respective above below over under pay pays paid than that more less higher lower whole company typical"
)


class Peers(Within):
    """Forms about means that rows, or groups, are compared with."""

    def _beside_mean(self) -> Plan | None:  # noqa: PLR0911  # each kind of mean, and each way that none is meant
        """Rows, or things with what belongs to them, above or below a mean: of their own group, of all, or the figure of the whole."""
        said = BESIDE.search(self.linked.question.text)
        frame = self.frame
        if said is None or frame.window or frame.grain or frame.limit or frame.without is not None or frame.tests:
            return None
        if frame.extreme and not frame.adjective:
            return None
        tokens = self.linked.question.tokens
        before = [n for n in frame.nouns if tokens[n.segment.start].start < said.start()]
        after = [n for n in frame.nouns if n not in before]
        operator: Operator = ">" if said[1] or said[3] else "<"
        leading = [n for n in before if self._each(n)]
        things = [n for n in before if n not in leading and self._thing_of(n)]
        if len(things) != 1:
            return None
        own = [n for n in after if self._is_own(n)]
        figures = [n for n in (*before, *after) if n not in things and n not in own and n not in leading]
        figures = [n for n in figures if not self._same(n, things[0])]
        item = self._compared_with(things[0], figures, after, said.start())
        if item is None:
            return None
        self.explained |= TALK
        self.frame = replace(frame, counting=things[0].role == "count" and self.linked.question.lower[:1] != ("which",))
        if own or (leading and any(self._same(n, leading[0]) for n in after)):
            return self._own_group(things[0], (own or leading)[0], item, operator, leading)
        if leading:
            return None
        if not item.aggregate:
            return self._rows_beside(things[0], item, operator)
        averaged = sum(token.text.lower() in ("average", "avg", "mean") for token in tokens)
        again = any(self._same(n, things[0]) for n in after)
        if item.aggregate == "avg" and averaged > 1 and not again:
            return self._whole(things[0], item, operator)
        return self._own_group(things[0], None, item, operator, []) if item.aggregate in ("sum", "count") else None

    def _thing_of(self, noun: Noun) -> bool:
        best = noun.segment.best
        before = self.linked.question.lower[max(0, noun.segment.start - 2) : noun.segment.start]
        if best.measure or noun.role == "measure" or (before == ("number", "of") and noun.segment.start > 2):
            return False
        if best.table:
            return self.schema.table(best.table).key is not None
        return best.column is not None and (self._numbers(noun) or self.schema.view(best.column).type == "text")

    def _is_own(self, noun: Noun) -> bool:
        """Whether a noun phrase after the comparison is the group whose mean is meant: "of their own category", "their country's average"."""
        start = noun.segment.start
        before = self.linked.question.lower[max(0, start - 2) : start]
        option = next((o for o in noun.segment.options if o.table or (o.column and not measures.amount(self.schema.view(o.column)))), None)
        return option is not None and noun.role != "measure" and bool(set(before[-2:]) & MARKS)

    def _same(self, noun: Noun, other: Noun) -> bool:
        mine = {(o.table, o.column) for o in noun.segment.options[:2]}
        return bool(mine & {(o.table, o.column) for o in other.segment.options[:1]})

    def _compared_with(self, thing: Noun, figures: list[Noun], after: list[Noun], mark: int) -> Item | None:
        """What is compared: a column of the row, or what belongs to each thing summed up; None where it is not one figure."""
        _, _, home = self._entity(thing)
        self.anchors.append(home)
        found: list[Item] = []
        for noun in figures:
            if found and any(o.column == found[0].expression for o in noun.segment.options):
                continue  # the average csat below the overall average csat
            if noun.role == "count" or noun.segment.best.table:
                found.append(self._count(noun))
                continue
            numbers = [o for o in noun.segment.options if o.measure or (o.column and measures.amount(self.schema.view(o.column)))]
            if not numbers:
                return None
            own = next((o.column for o in numbers if o.column and o.column.table == home), None)
            row = thing.segment.best.table == home or self._one_a_row(thing)
            told = noun not in after and noun.aggregate == "avg"
            if own is not None and row and not told and not noun.segment.best.measure:
                found.append(Item(own))
            else:
                aggregate = "avg" if told else ""
                item = self._measure(replace(noun, role="measure", aggregate=aggregate))
                found.append(item)
        if not found and self.frame.adjective and (column := self._scaled(home)):
            return Item(column)
        words = {t.text.lower() for t in self.linked.question.tokens if t.start < mark}
        earned = measures.revenue(self.schema)
        if not found and words & SPENT and earned is not None:
            return earned_item(self, earned)
        kinds = {(item.expression, bool(item.aggregate)) for item in found}
        return found[0] if len({expression for expression, _ in kinds}) == 1 else None

    def _rows_beside(self, thing: Noun, item: Item, operator: Operator) -> Plan:
        """Rows above or below the mean of all rows that pass the same tests."""
        key, display, _ = self._entity(thing)
        where = self._with(average="")._filters()  # noqa: SLF001  # the same question
        test = Condition(item, operator, (), Plan((replace(item, aggregate="avg"),), (), where))
        plan = self._counted_or_listed(key, display, (test, *where))
        return plan if self.frame.counting else replace(plan, select=(*plan.select, item), group=(), order=(Order(item, operator == ">"),))

    def _whole(self, thing: Noun, item: Item, operator: Operator) -> Plan:
        """Groups whose mean lies above or below that of all rows."""
        keys, shown = self.group(thing)
        where = self._with(average="")._filters()  # noqa: SLF001  # the same question
        having = Condition(item, operator, (), Plan((item,), (), where))
        plan = Plan(
            (*(Item(s) for s in shown), item), (), where, group=tuple(dict.fromkeys((*keys, *shown))), having=(having,),
            order=(Order(item, operator == ">"),),
        )  # fmt: skip
        plan = self._distinct_counts(plan)
        return Plan((Item(Star(BASE), "count"),), source=replace(plan, order=())) if self.frame.counting else plan

    def _own_group(self, thing: Noun, group: Noun | None, item: Item, operator: Operator, leading: list[Noun]) -> Plan:
        """Things beside the mean of their own group, or of all where there is none; counted by group where each was asked for."""
        keys, shown = self.group(thing)
        around: list[Expression] = []
        if group is not None:
            option = self.pick(group, lambda o: bool(o.table or (o.column and not measures.amount(self.schema.view(o.column)))))
            picked = replace(group, segment=replace(group.segment, options=(option,)))
            _, around = self.group(picked)
        where = self._with(average="")._filters()  # noqa: SLF001  # the same question
        mean = replace(item, window="peers", within=tuple(around))
        columns = tuple(Item(s) for s in dict.fromkeys((*shown, *around)))
        grouped = tuple(dict.fromkeys((*keys, *shown, *around))) if item.aggregate else ()
        inner = self._distinct_counts(Plan((*columns, item), (), where, group=grouped))
        figure = inner.select[-1]
        inner = replace(inner, select=(*columns, figure, replace(figure, window="peers", within=mean.within)))
        named = [a or leaves(i.expression)[0].column for a, i in zip(aliases(inner), inner.select, strict=True)]  # type: ignore[union-attr]  # columns alone have no alias
        value, average = ColumnRef(BASE, named[-2]), ColumnRef(BASE, named[-1])
        test = Condition(Item(value), operator, other=Item(average))
        if self.frame.counting:
            by = [ColumnRef(BASE, named[i]) for i, c in enumerate(columns) if c.expression in around] if leading else []
            counted = Item(Star(BASE), "count")
            return Plan(
                (*(Item(b) for b in by), counted),
                where=(test,),
                group=tuple(by),
                source=inner,
                order=(Order(counted, descending=True),) if by else (),
            )
        if leading:
            raise NoPlanError
        outer = tuple(Item(ColumnRef(BASE, name)) for name in named)
        return Plan(outer, where=(test,), source=inner, order=(Order(Item(value), operator == ">"),))

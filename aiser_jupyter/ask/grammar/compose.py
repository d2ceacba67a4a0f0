"""From the parts of a business question to a plan."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import fiscal, measures, relations, scales
from aiser_jupyter.ask.grammar.frame import ADJECTIVES, SOLD, SPENT, TOP_PLURAL, listed
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.grammar.segments import IDENTITY
from aiser_jupyter.ask.grammar.tested import Tested
from aiser_jupyter.ask.plan import BASE, Bucket, ColumnRef, Condition, Defined, Expression, Item, Order, Plan, Star
from aiser_jupyter.ask.sql.render import leaves, tables_of
from aiser_jupyter.ask.words import bag

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.frame import Noun
    from aiser_jupyter.ask.grammar.segments import Option
    from aiser_jupyter.ask.link import Mention
    from aiser_jupyter.ask.plan import Aggregate

PARTLY = 0.6  # what counting the values of a column costs that is named in part
EACH_TIME = re.compile(
    r"\b(?:each|every|per|by) (?:calendar |fiscal )?(?:day|week|month|quarter|year|weekday)\b|\b(?:monthly|weekly|daily|quarterly|yearly)\b",
    re.IGNORECASE,
)
CONTRASTS = bag("vs versus compare compared comparison against respectively")


class Composer(Tested):
    """Builds one plan."""

    def plan(self) -> Plan:  # noqa: C901  # each part that a question may leave out, in order
        """The plan of the frame; raises NoPlanError where there is none."""
        frame = self.frame
        if frame.without is not None:
            return self._without()
        if frame.adjective and frame.extreme and not frame.grain:
            return self._extreme()
        compared = {test.noun for test in frame.tests if test.after or frame.nouns[test.noun].role != "count"}
        items = self._measures(compared)
        groups = [noun for noun in frame.nouns if noun.role == "group"]
        nouns = [noun for i, noun in enumerate(frame.nouns) if noun.role == "noun" and not (i in compared and self._counted(i))]
        ranked = bool(frame.limit or frame.extreme)
        if not items and frame.counting and nouns:
            items, nouns = [self._count(nouns[0])], nouns[1:]
        if not items and frame.counting is False and ranked and nouns and set(self.linked.question.lower) & SOLD:
            items = self._implied(nouns, groups)
        if not items and frame.window == "share" and frame.values and nouns and not groups:
            items, nouns = [self._count(nouns[0])], nouns[1:]
        within: list[Noun] = []
        if items and ranked and nouns and (not groups or (nouns[0].segment.start < groups[0].segment.start)):
            number = listed(self.linked, nouns)
            within, groups, nouns = groups, nouns[:number], nouns[number:]
        if not items and (ranked or groups or frame.grain or frame.window) and not frame.tests:
            items = self._implied(nouns, groups)
        if len(items) > 1 and not ranked and not groups and any(self._after_by(noun) for noun in frame.nouns):
            raise NoPlanError  # figures are not shown by figures
        if any(noun.aggregate and noun.role != "measure" for noun in frame.nouns) and not frame.average:
            raise NoPlanError  # an average of what is no number, such as "average order value"
        if not items or (frame.latest and nouns and not groups):
            return self._list(nouns, groups)
        return self._aggregate(items, groups, nouns, within)

    def _after_by(self, noun: Noun) -> bool:
        return noun.role == "measure" and self.linked.question.lower[: noun.segment.start][-1:] == ("by",)

    def _measures(self, compared: set[int]) -> list[Item]:
        items = []
        for i, noun in enumerate(self.frame.nouns):
            if i in compared:
                continue
            if noun.role == "count":
                items.append(self._count(noun))
            elif noun.role == "measure" and not self.frame.average:
                items += [replace(self._measure(noun), aggregate=one) for one in self._named_before(noun)]
                items.append(self._measure(noun))
        return items

    def _named_before(self, noun: Noun) -> tuple[Aggregate, ...]:
        """The other ways to sum up that are named beside the last one: median and 90th percentile, minimum and maximum."""
        special = self.frame.cues.spread or (self.frame.cues.quantile is not None and not self.frame.cues.beyond)
        return (*noun.also, noun.aggregate) if special and noun.aggregate else noun.also

    def _measure(self, noun: Noun) -> Item:
        option = self.pick(noun, lambda o: bool(o.measure or (o.column and self.schema.view(o.column).numeric)))
        measure = option.measure or (measures.of_column(self.schema.view(option.column)) if option.column else None)
        if measure is None:
            raise NoPlanError
        if option.measure and not isinstance(measure.expression, Defined) and self._finer(measure.table):
            measure = measures.line_revenue(self.schema) or measure
        elif (
            option.measure
            and not isinstance(measure.expression, Defined)
            and (near := measures.of_kinds(self.schema, measure.table, [m.stored[0][0].table for m in self.frame.values if m.stored]))
        ):
            measure = near
        if measure.assumption and measure.assumption not in self.assumptions:
            self.assumptions.append(measure.assumption)
        self.anchors.append(measure.table)
        cues = self.frame.cues
        aggregate = (
            "stddev"
            if cues.spread
            else "quantile"
            if cues.quantile is not None and not cues.beyond
            else "avg"
            if cues.mean
            else noun.aggregate
        )
        aggregate = measure.aggregate if measure.aggregate == "defined" else aggregate or measure.aggregate
        return Item(measure.expression, aggregate, scale=scales.divisor(self, measure.expression), fraction=cues.quantile or 0.5)

    def _finer(self, table: str) -> bool:
        """Whether a group or filter lies below the bill, so that its lines must be added up instead."""
        line = measures.line_revenue(self.schema)
        if line is None or line.table == table:
            return False
        homes = [n.segment.best.home for n in self.frame.nouns if n.role in ("group", "noun")] + [
            ref.table for m in self.frame.values for ref, _ in m.stored[:1]
        ]
        for home in homes:
            path = self.schema.graph.path((table, home))
            if path and home != table and self.schema.graph.multiplies(path, table):
                return True
        return False

    def _count(self, noun: Noun) -> Item:
        option = self.pick(noun, lambda o: not o.measure)
        if option.table:
            self.anchors.append(option.table)
            return Item(Star(option.table), "count")
        self.anchors.append(option.home)
        if option.column and self.schema.view(option.column).distinct == self.schema.view(option.column).rows > 0:
            return Item(Star(option.home), "count")  # one row a thing
        if (
            option.column
            and self._said_of(noun, option.column)
            and measures.adds_up(self.schema.view(option.column), set(self.linked.question.lower), trade=self.schema.trade)
        ):
            return Item(option.column, "sum")  # how many seats: the column says how many of them a row has
        if option.column and not self._named_whole(noun, option.column):
            self.fit *= PARTLY
        return Item(option.column, "count", distinct=True) if option.column else Item(Star(option.home), "count")

    def _said_of(self, noun: Noun, column: ColumnRef) -> bool:
        """Whether a word of a noun phrase is one of a column's name, and not only like it: shipments are no freight."""
        inside = self.linked.question.tokens[noun.segment.start : noun.segment.end]
        return bool({token.stem for token in inside} & {*self.schema.view(column).stems, column.column.lower()})

    def _implied(self, nouns: list[Noun], groups: list[Noun]) -> list[Item]:
        """What is ranked where no measure was named: revenue where things are sold, else rows."""
        lower = set(self.linked.question.lower)
        sold = measures.line_revenue(self.schema) or measures.revenue(self.schema)
        money = bool(lower & SPENT)  # what was spent is money, what was bought are pieces
        if lower & SOLD and sold and (measure := sold if money else measures.units(self.schema)):
            self.assumptions.append(measure.assumption)
            self.anchors.append(measure.table)
            return [Item(measure.expression, measure.aggregate)]
        column = nouns[0].segment.best.column if nouns else None
        if column is not None and measures.amount(self.schema.view(column)):
            raise NoPlanError  # amounts are added up where they are named whole, and never counted
        if set(lower) & {"best", "worst"}:
            raise NoPlanError  # by what?
        if nouns and (groups or self.frame.grain):
            return [self._count(nouns.pop(0))]
        raise NoPlanError

    def _aggregate(self, items: list[Item], groups: list[Noun], nouns: list[Noun], within: list[Noun]) -> Plan:  # noqa: C901  # each part in order
        frame = self.frame
        shown: list[Expression] = []
        keys: list[Expression] = []
        ranks: list[Expression] = []
        if items and self.anchors and (homes := leaves(items[0].expression)) and homes[0].table in self.anchors:
            self.anchors.insert(0, homes[0].table)  # the period is that of what is summed up, not of whom it belongs to
        if frame.grain:
            shift = fiscal.shift(self.linked.question.text, frame.grain, self.schema.fiscal_year)
            bucket = Bucket(self.date(), frame.grain, shift)
            if frame.grain == "hour_of_day" and not self.schema.view(bucket.column).clocked:
                raise NoPlanError
            if frame.grain in ("month", "quarter") and self.years() == 2:
                shown.append(Bucket(bucket.column, "year"))
                bucket = Bucket(bucket.column, "month_of_year" if frame.grain == "month" else "quarter_of_year")
            shown.append(bucket)
        if frame.grain and (frame.limit or frame.extreme) and (within or groups) and EACH_TIME.search(self.linked.question.text):
            ranks += shown  # the best of each month
        for noun in (*within, *groups):
            keys_of, shown_of = self.group(noun)
            keys += keys_of
            shown += shown_of
            if noun in within:
                ranks += keys_of or shown_of
        if self.years() == 2 and not frame.grain:
            shown.append(Bucket(self.date(), "year"))
        if not frame.grain and (grain := self.parts()):
            shown.append(Bucket(self.date(), grain))
        where = self._filters()
        contrasted = frame.cues.each or set(self.linked.question.lower) & CONTRASTS or self._apart(items)
        told = [c.item.expression for c in where if c.operator == "in" and contrasted and isinstance(c.item.expression, ColumnRef)]
        if frame.cues.each and (frame.limit or frame.extreme):
            ranks += told  # the first of each of the values named
            shown[:0] = told
        shown += [expression for expression in told if expression not in shown]
        tables = tuple(table for noun in nouns if not self._held(table := self._table(noun), items))
        having = self._having()
        if frame.window == "share" and not shown:
            return self._part(items, where, tuple(dict.fromkeys(tables)))
        items = list(dict.fromkeys(items))
        if having and not (keys or shown):
            return self._counted_groups(items, where, having, tuple(dict.fromkeys(tables)))
        items = [replace(item, window=frame.window) if i == len(items) - 1 else item for i, item in enumerate(items)]
        self._check_window(items, shown)
        order = self._order(items, shown)
        limit = frame.limit or (1 if frame.extreme and shown else None)
        group = tuple(dict.fromkeys((*keys, *shown)))
        plan = Plan(
            (*(Item(s) for s in shown), *items),
            tuple(dict.fromkeys(tables)),
            where,
            group=group,
            having=having,
            order=order,
            limit=limit,
            rank_within=tuple(ranks),
            ties=True,
        )
        return self._distinct_counts(plan)

    def _apart(self, items: list[Item]) -> bool:
        """Whether a mean is asked for two values by name: the median charge for men and women, which is one for each."""
        means = [item for item in items if item.aggregate in ("avg", "median", "quantile") or item.among or item.over]
        said = [self.linked.question.lower[m.start - 1] for m in self.frame.values[1:]]
        return bool(means) and means == items and said == ["and"]

    def _held(self, table: str, items: list[Item]) -> bool:
        """Whether each row of the figure has its one row of a table anyway, so that joining it changes nothing."""
        home = leaves(items[0].expression)[0].table if items else table
        path = self.schema.graph.path((home, table)) if home != table else None
        return path is not None and not self.schema.graph.multiplies(path, home)

    def _counted_groups(
        self, items: list[Item], where: tuple[Condition, ...], having: tuple[Condition, ...], tables: tuple[str, ...]
    ) -> Plan:
        """How many things pass a test on what belongs to each: how many customers have more than five orders."""
        expression = items[0].expression if len(items) == 1 and items[0].aggregate == "count" and not self.frame.window else None
        key = self.schema.table(expression.table).key if isinstance(expression, Star) else expression
        if not isinstance(key, ColumnRef):
            raise NoPlanError
        inner = self._distinct_counts(Plan((Item(key),), tables, where, group=(key,), having=having))
        if isinstance(expression, ColumnRef) and not self.frame.counting:  # asked for themselves
            counted = [Item(key), *(condition.item for condition in inner.having)]
            return replace(inner, select=tuple(counted), order=(Order(counted[1], descending=True),))
        return Plan((Item(Star(BASE), "count"),), source=inner)

    def _order(self, items: list[Item], shown: list[Expression]) -> tuple[Order, ...]:
        """Ranked by the figure where a ranking was asked, else by time, else the largest first."""
        frame = self.frame
        if frame.limit == TOP_PLURAL and frame.extreme:
            self.assumptions.append(f"the first {TOP_PLURAL} are shown")
        if frame.limit or frame.extreme:
            return (Order(items[0], frame.descending),)
        if frame.cues.ordered and shown:
            return (Order(items[0], frame.cues.ordered == "down"),)
        if any(isinstance(s, Bucket) for s in shown):
            return tuple(Order(Item(s)) for s in shown if isinstance(s, Bucket))
        return (Order(items[0], descending=True),) if shown else ()

    def _part(self, items: list[Item], where: tuple[Condition, ...], tables: tuple[str, ...]) -> Plan:
        """What the value named last has in the whole; the other tests hold for both."""
        found = self.values()
        ref = self._place(self.frame.values[-1])[0] if found else None
        named = [self._place(m)[0] for m in self._named_last()]
        part = [condition for condition in found if condition.item.expression in (ref, *named) and condition.operator == "="]
        if len(items) != 1 or len(part) != max(1, len(named)) or items[0].aggregate not in ("sum", "count") or items[0].distinct:
            raise NoPlanError
        plan = Plan((replace(items[0], among=tuple(part)),), tables, tuple(c for c in where if c not in part))
        path = self.schema.graph.path(tables_of(plan))
        if path is None or self.schema.graph.multiplies(path, leaves(items[0].expression)[0].table):
            raise NoPlanError
        return plan

    def _named_last(self) -> list[Mention]:
        """The values side by side that end with the last one, where they are the names of one row: Margaret Peacock."""
        last = list(self.frame.values[-1:])
        for mention in self.frame.values[-2::-1]:
            if mention.end != last[0].start:
                break
            last.insert(0, mention)
        tables = {self._place(m)[0].table for m in last}
        return last if len(tables) == 1 and all(self.schema.view(self._place(m)[0]).naming for m in last) else last[-1:]

    def _check_window(self, items: list[Item], shown: list[Expression]) -> None:
        window = self.frame.window
        if window in ("running", "growth") and not any(isinstance(s, Bucket) for s in shown):
            raise NoPlanError
        if window == "share" and not shown:
            raise NoPlanError
        if window and len(items) > 1:
            raise NoPlanError
        summed = all(item.aggregate in ("sum", "count", "avg") for item in items) and not self.frame.adjective
        if self.frame.extreme and not shown and (summed or any(isinstance(item.expression, Defined) for item in items)):
            raise NoPlanError  # the largest of what?
        if window in ("share", "running") and any(item.aggregate == "defined" for item in items):
            raise NoPlanError  # ratios do not add up

    def _distinct_counts(self, plan: Plan) -> Plan:
        """Count rows once where the join repeats them; refuse to add up repeated amounts."""
        path = self.schema.graph.path(tables_of(plan), plan.via or self.via)
        if path is None:
            raise NoPlanError

        def once(item: Item) -> Item:
            if isinstance(item.expression, Defined) and item.expression.parts:
                return replace(item, expression=replace(item.expression, parts=tuple(map(once, item.expression.parts))))
            if item.over is not None:
                item = replace(item, over=once(item.over))
            if item.less is not None:
                item = replace(item, less=once(item.less))
            homes = [leaf.table for leaf in leaves(item.expression)]
            home = next((table for table in homes if not self.schema.graph.multiplies(path, table)), homes[0])
            if not item.aggregate or item.distinct or not self.schema.graph.multiplies(path, home):
                return item
            if isinstance(item.expression, Star):
                key = self.schema.table(home).key
                if key:
                    return replace(item, expression=key, distinct=True)
            if item.aggregate in ("min", "max"):
                return item
            raise NoPlanError

        return replace(
            plan, select=tuple(map(once, plan.select)), order=tuple(replace(o, item=once(o.item)) for o in plan.order),
            having=tuple(replace(c, item=once(c.item)) for c in plan.having),
        )  # fmt: skip

    def _list(self, nouns: list[Noun], groups: list[Noun]) -> Plan:
        frame = self.frame
        if groups or not nouns or frame.window or frame.grain:
            raise NoPlanError
        shown: list[Expression] = []
        keys: list[Expression] = []
        for noun in nouns[:1]:
            keys_of, shown_of = self.group(noun)
            keys += keys_of
            shown += [*shown_of, *(self._event(noun) if frame.business else ())]
        having = self._having()
        where = self._filters()
        extra = tuple(self._table(noun) for noun in nouns[1:])
        if having:
            items = tuple(condition.item for condition in having)
            plan = Plan(
                (*(Item(s) for s in shown), *(items if frame.business else ())),
                extra,
                where,
                group=tuple(dict.fromkeys((*keys, *shown))),
                having=having,
                order=(Order(items[0], descending=True),),
            )
            return self._distinct_counts(plan)
        if not where:
            raise NoPlanError
        plan = Plan(tuple(Item(s) for s in dict.fromkeys((*shown, *(self._tested(where) if frame.business else ())))), extra, where)
        path = self.schema.graph.path(tables_of(plan))
        if path and shown and isinstance(shown[0], ColumnRef) and self.schema.graph.multiplies(path, shown[0].table):
            kept = tuple(dict.fromkeys((*keys, *shown)))
            return replace(plan, select=tuple(Item(s) for s in shown), group=kept)
        return plan

    def _event(self, noun: Noun) -> list[ColumnRef]:
        """When an event was and its amounts, for rows that have no name to show."""
        option = self.pick(noun, lambda o: not o.measure)
        if not option.table or any(not self.schema.view(ref).primary for ref in self.schema.table(option.table).display):
            return []
        views = [self.schema.columns[i] for i in self.schema.table(option.table).columns]
        days = [view.ref for view in views if view.temporal][:1]
        return days + [view.ref for view in views if view.numeric and not view.primary and not view.foreign and "id" not in view.stems][:2]

    def _tested(self, where: tuple[Condition, ...]) -> list[Expression]:
        return [c.item.expression for c in where if c.operator not in ("=", "in") and isinstance(c.item.expression, ColumnRef)]

    def _without(self) -> Plan:
        """Rows of the first noun that nothing of the second points to."""
        frame = self.frame
        mark = frame.without if frame.without is not None else -1
        before = [n for i, n in enumerate(frame.nouns) if mark < 0 or i < mark]
        if not before:
            raise NoPlanError
        option = self.pick(before[0], lambda o: bool(o.table))
        if not option.table:
            raise NoPlanError
        if mark >= 0:
            other = self.pick(frame.nouns[mark], self._happening).home
        elif set(self.linked.question.lower) & SOLD and (sold := measures.line_revenue(self.schema) or measures.revenue(self.schema)):
            other = sold.table
        elif not (other := relations.happened(self.linked, option.table)):
            raise NoPlanError
        line = measures.line_revenue(self.schema)
        others = (other, line.table) if line else (other,)
        keys = [
            key
            for name in others
            for key in self.schema.catalog.keys
            if key.table == name and key.ref_table == option.table and len(key.columns) == 1
        ]
        if not keys:
            raise NoPlanError
        other, here, there = keys[0].table, ColumnRef(keys[0].table, keys[0].columns[0]), ColumnRef(option.table, keys[0].ref_columns[0])
        self.anchors.append(other)
        inside = tuple(c for c in self.named() if leaves(c.item.expression)[0].table == other)
        inner = Plan((Item(here),), (), (*inside, *self.periods(), Condition(Item(here), "is not null")))
        counted = frame.counting
        shown = (Item(Star(option.table), "count"),) if counted else tuple(Item(ref) for ref in self.schema.table(option.table).display)
        outside = tuple(c for c in self.values() if c not in inside)
        return Plan(shown, (), (Condition(Item(there), "not in", (), inner), *outside))

    def _happening(self, option: Option) -> bool:
        """Whether a meaning is a table, or the column that numbers events in one: orders by their number among the sales."""
        if option.table or option.column is None:
            return bool(option.table)
        view = self.schema.view(option.column)
        return view.stems[-1] in IDENTITY and not view.foreign and not view.primary and view.distinct < view.rows

    def group(self, noun: Noun) -> tuple[list[Expression], list[Expression]]:
        """What a noun phrase groups by, and what stands for it in the result."""
        beside = any(n.role == "noun" and n.segment.start == noun.segment.end for n in self.frame.nouns)
        if noun.role == "group" and noun.segment.best.table and beside:
            raise NoPlanError  # the city of a store that has none
        option = self.pick(noun, lambda o: not o.measure)
        self.anchors.append(option.home)
        if option.table:
            view = self.schema.table(option.table)
            return [view.key] if view.key else [], list(view.display)
        if option.value:
            return [], [option.value]
        if option.column is None:
            raise NoPlanError
        named = self._name_beside(option.column)
        if named is not None:
            return [], [named]
        target = next(
            (key for key in self.schema.catalog.keys if key.table == option.column.table and key.columns == (option.column.column,)), None
        )
        if (
            target
            and target.ref_table in self.schema.table_index
            and not self.schema.view(option.column).primary
            and "id" not in self.linked.question.stems
        ):
            self.anchors.append(target.ref_table)
            return [option.column], list(self.schema.table(target.ref_table).display)
        return [], [option.column]

    def _extreme(self) -> Plan:
        """The rows at the end of an adjective's scale: the oldest employee, the three longest tracks."""
        frame = self.frame
        if len(frame.nouns) != 1 or frame.tests:
            raise NoPlanError
        home = self.pick(frame.nouns[0], lambda o: bool(o.table)).table
        self.anchors.append(home)
        ref, turned = self.attribute(home, ADJECTIVES[frame.adjective][1])
        item = Item(ref)
        shown = tuple(Item(r) for r in self.schema.table(home).display)
        return Plan((*shown, item), (), self._filters(), order=(Order(item, frame.descending != turned),), limit=frame.limit or 1)

    def _table(self, noun: Noun) -> str:
        return self.pick(noun, lambda o: not o.measure).home

    def _having(self) -> tuple[Condition, ...]:
        counted = (test for test in self.frame.tests if self._counted(test.noun))
        counts = [Condition(self._count(self.frame.nouns[test.noun]), test.operator, (test.number,)) for test in counted]
        measured = (test for test in self.frame.tests if self._defined(test.noun))
        return (*counts, *(Condition(self._measure(self.frame.nouns[test.noun]), test.operator, (test.number,)) for test in measured))

"""One figure over another: rates of a flag, shares that pass a test, order values, revenue per customer or minute."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.grammar.compose import CONTRASTS
from aiser_jupyter.ask.grammar.frame import SOLD
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.grammar.rows import Rows
from aiser_jupyter.ask.grammar.things import earned_item
from aiser_jupyter.ask.plan import BASE, PERCENT, Bucket, ColumnRef, Condition, Defined, Formula, Item, Order, Plan, Star
from aiser_jupyter.ask.sql.aliases import aliases
from aiser_jupyter.ask.sql.render import leaves, tables_of
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.frame import Noun
    from aiser_jupyter.ask.plan import Expression

AS_SHARE = re.compile(r"\b(?:as|in) (?:an? |the )?(?:share|percentage|percent|proportion|%) of (?:all|the|total)\b", re.IGNORECASE)
PERIODS = ("day", "week", "month", "quarter", "year")
PER_PERIOD = re.compile(
    r"\b(?:average|avg|mean)\b.*\b(?:per|each|every|an?) (?:day|week|month|quarter|year)\b|\b(?:per|each|every|an?) (?:day|week|month|quarter|year) on average\b|\b(?:average|avg|mean) (?:daily|weekly|monthly|quarterly|yearly|annual) (?!average)|\bon average (?:per|each|every|an?) (?:day|week|month|quarter|year)\b",
    re.IGNORECASE,
)
WORTH = re.compile(r"\bmedian (?:order|invoice|basket|bill|sale|purchase|transaction) (?:value|total|worth|amount|size)\b", re.IGNORECASE)
EACH = frozenset({"per", "a", "an", "each", "one", "every"})
SIZED = bag("biggest largest highest greatest smallest lowest")


class Ratios(Rows):
    """Forms about ratios."""

    def _share_of_tested(self) -> Plan | None:
        """The share of rows that pass a comparison: what share of invoices is above 10."""
        frame = self.frame
        if (
            frame.window != "share"
            or not frame.tests
            or frame.grain
            or any(n.role in ("group", "measure") for n in frame.nouns if n.segment.best.table)
        ):
            return None
        home = next((n.segment.best.table for n in frame.nouns if n.segment.best.table), "")
        tests = tuple(
            c for c in super()._filters() if c.operator in (">", "<", ">=", "<=") and not isinstance(c.values[0] if c.values else "", str)
        )
        rest = tuple(c for c in self._filters() if c not in tests)
        if not home or not tests or any(leaves(c.item.expression)[0].table != home for c in tests):
            return None
        return Plan((Item(Star(home), "count", among=tests),), (), rest)

    def _worth(self) -> Plan | None:
        """The orders worth most, where an order has no column that says what it is worth."""
        lower, events = self.linked.question.lower, [n for n in self.frame.nouns if self._is_event(n)]
        earned = measures.line_revenue(self.schema) or measures.revenue(self.schema)
        if len(events) != 1 or earned is None:
            return None
        sized = set(lower[max(0, events[0].segment.start - 2) : events[0].segment.start]) & SIZED
        if not (sized or set(lower) & {"value", "worth", "amount", "valuable", "total"}):
            return None
        others = [n for n in self.frame.nouns if n is not events[0]]
        if any(n.role in ("measure", "group", "count") for n in others) or (sized and (len(others) > 1 or self.frame.tests)):
            return None
        keys, shown = self.group(events[0])
        for noun in others if sized else ():  # whose order it is
            keys_of, shown_of = self.group(noun)
            keys, shown = [*keys_of, *keys], [*shown_of, *shown]
        item = earned_item(self, earned)
        self.explained |= {stem("value"), stem("worth"), stem("amount"), stem("valuable")}
        group = tuple(dict.fromkeys((*keys, *shown)))
        plan = Plan(
            (*(Item(s) for s in shown), item),
            (),
            self._filters(),
            group=group,
            order=(Order(item, self.frame.descending),),
            limit=self.frame.limit or 1,
            ties=True,
        )
        return self._distinct_counts(plan)

    def _rate(self) -> Plan | None:
        """The share of rows for which a flag is set, alone or by group."""
        position, part = self.flagged[-1]
        tested = {test.noun for test in self.frame.tests}
        untested = [n for i, n in enumerate(self.frame.nouns) if i not in tested]
        figures = [n for n in untested if n.role == "measure" or (n.role == "count" and "number" in self.loose)]
        if figures:
            return self._beside(figures, part)
        rest = (*(c for _, c in self.flagged[:-1]), *self._measured_tests())
        later = [m for m in self.frame.values if m.start > position]
        values = (*self.values(), *self._also_flagged(part))
        before = self.loose[position + 1 : position + 2] in (("share",), ("percentage",), ("proportion",))
        if later and self.frame.window == "share" and not before:
            return None
        home = leaves(part.item.expression)[0].table
        self.anchors.append(home)
        shown: list[Expression] = []
        keys: list[Expression] = []
        for noun in self.frame.nouns:
            if noun.role == "group":
                key, name = self.group(noun)
                keys += key
                shown += name
        if self.frame.grain:
            shown.append(Bucket(self.date(), self.frame.grain))
        if self.years() == 2 and not self.frame.grain:  # two years set against each other
            shown.append(Bucket(self.date(), "year"))
        if set(self.linked.question.lower) & CONTRASTS:
            shown += [c.item.expression for c in values if c.operator == "in" and isinstance(c.item.expression, ColumnRef)]
        item = Item(Star(home), "count", among=(part,))
        group = tuple(dict.fromkeys((*keys, *shown)))
        order = (Order(item, self.frame.descending),) if group else ()
        self.explained |= {stem("rate")}
        limit = self.frame.limit or (1 if self.frame.extreme and group else None)
        plan = Plan(
            (*(Item(s) for s in shown), item),
            (),
            (*values, *rest, *self.periods()),
            group=group,
            order=order,
            limit=limit,
            ties=bool(limit),
        )
        path = self.schema.graph.path(tables_of(plan))
        if path is None or self.schema.graph.multiplies(path, home):
            raise NoPlanError
        return plan

    def _also_flagged(self, part: Condition) -> tuple[Condition, ...]:
        """The flags that are said beside the one whose rate is asked for: of senior customers those who churned."""
        found = []
        for noun in self.frame.nouns:
            column = noun.segment.best.column if noun.role == "noun" and not noun.segment.best.table else None
            if column is None or column == part.item.expression or any(c.item.expression == column for _, c in self.flagged):
                continue
            view = self.schema.view(column)
            if view.numeric and (view.low, view.high, view.distinct) == (0, 1, 2):
                found.append(Condition(Item(column), "=", (1,)))
        return tuple(found)

    def _beside(self, figures: list[Noun], part: Condition) -> Plan | None:
        """Figures with the share of rows for which a flag is set as the last of them."""
        after = self.loose[self.flagged[-1][0] + 1 :][:1]
        if after not in (("rate",), ("rates",)) or self.frame.window:
            return None
        items = [self._measure(n) if n.role == "measure" else self._count(n) for n in figures]
        self.flagged = self.flagged[:-1]
        self.explained |= {stem("rate")}
        rate = Item(Star(leaves(part.item.expression)[0].table), "count", among=(part,))
        return self._aggregate([*items, rate], [n for n in self.frame.nouns if n.role == "group"], [], [])

    def _columns(self) -> Plan | None:
        """As of rows; the share of those rows where a share is asked for."""
        plan = super()._columns()
        return self._rate() if plan is None and self.flagged and self.frame.window == "share" else plan

    def _per_period(self) -> Plan | None:
        """How many, or how much in all, there is per day or month on average: the whole over the periods in which there is any."""
        frame, lower = self.frame, self.linked.question.lower
        if (
            frame.grain not in PERIODS
            or not PER_PERIOD.search(self.linked.question.text)
            or frame.window
            or frame.limit
            or frame.extreme
            or (frame.cues.value and any(self._is_event(n) for n in frame.nouns))  # the order value of each month
        ):
            return None
        tops = [n for n in frame.nouns if n.role in ("measure", "count") or (n.role == "noun" and n.segment.best.table)]
        if len(tops) != 1:
            return None
        top, counted = tops[0], bool({"number", "many", "count"} & set(lower))
        column = top.segment.best.column
        told = (
            "on average" in self.linked.question.text.lower()
            and column is not None
            and measures.of_column(self.schema.view(column)).aggregate == "sum"
        )
        if top.role == "measure" and not (top.segment.best.measure or counted or told):
            return None  # the mean of a column by month
        item = self._measure(replace(top, aggregate="")) if top.role == "measure" else self._count(top)
        if item.aggregate not in ("count", "sum", "avg") or isinstance(item.expression, Defined):
            return None
        item = replace(item, aggregate="sum") if item.aggregate == "avg" else item
        self.anchors.insert(0, leaves(item.expression)[0].table)
        over = Item(Bucket(self.date(), frame.grain), "count", distinct=True)
        self.assumptions.append(f"the mean is over each {frame.grain} with any")
        self.frame = replace(frame, grain=None)
        return self._by_rest(replace(item, over=over), {top})

    def _middle_worth(self) -> Plan | None:
        """The median of what orders are worth, where each is the sum of its lines."""
        event = next((n for n in self.frame.nouns if self._is_event(n)), None)
        earned = measures.line_revenue(self.schema)
        if event is None or earned is None or not WORTH.search(self.linked.question.text):
            return None
        if len(self.frame.nouns) > 2 or any(n.role == "group" for n in self.frame.nouns) or self.frame.grain or self.frame.window:
            return None
        keys, shown = self.group(event)
        key = (keys or shown)[0]
        if not isinstance(key, ColumnRef) or (
            self.schema.tables[self.schema.view(key).table].name == key.table and measures.beside(self.schema, key.table)
        ):
            return None
        item = earned_item(self, earned)
        inner = Plan((Item(key), item), (), self._filters(), group=(key,))
        self.explained |= {stem(word) for word in ("median", "value", "total", "worth", "amount", "size")}
        return Plan((Item(ColumnRef(BASE, aliases(inner)[1]), "median"),), source=inner)

    def _margin(self) -> Plan | None:
        """What is left of the revenue as profit, in percent, alone or by group."""
        left, earned = measures.profit(self.schema), measures.revenue(self.schema)
        if left is None or earned is None or left.table != earned.table or stem("margin") in self.schema.vocabulary:
            return None
        self.assumptions += [left.assumption, "the margin is the profit as a percentage of the revenue"]
        self.explained |= {stem(word) for word in ("margin", "margins", "percent", "percentage", "profit")}
        self.anchors.append(earned.table)
        self.frame = replace(self.frame, window="")
        used = {n for n in self.frame.nouns if n.segment.best.measure or (n.segment.best.column == earned.expression)}
        item = Item(left.expression, "sum", scale=PERCENT, over=Item(earned.expression, "sum"))
        return self._by_rest(item, used)

    def _ratio(self) -> Plan | None:  # noqa: C901, PLR0911  # each way that a ratio is not meant, in order
        """One figure per another: average order value, revenue per customer, orders per customer, revenue per minute."""
        nouns, lower = self.frame.nouns, self.loose
        mean = self.frame.cues.mean or any(n.aggregate == "avg" for n in nouns) or "average" in lower or "avg" in lower
        if timed := self._per_time():
            return self._by_rest(
                timed,
                {n for n in nouns if n.role == "group" and n.segment.start < self._after("minute", "second", "hour")}
                | {n for n in nouns if n.role in ("measure", "noun")},
            )
        per = next(
            (n for n in nouns if n.segment.start and lower[n.segment.start - 1] in EACH and n.role in ("group", "noun", "count")), None
        )
        if (
            self.frame.cues.value
            and mean
            and not any(n.segment.best.measure and n is not per for n in nouns if n.role == "measure" and n.segment.best.strength > 1)
        ):
            event = next((n for n in nouns if self._is_event(n) and "avg" in (n.aggregate, *(["avg"] if mean else []))), None)
            earned = measures.line_revenue(self.schema) or measures.revenue(self.schema)
            if event is not None and earned is not None and not any(n.role == "measure" and n.segment.best.column for n in nouns):
                return self._by_rest(self._over(earned_item(self, earned), event), {event})
        if per is not None and (ratio := self._per_figure(per)) is not None:
            return ratio
        if per is None or not mean:
            others = [n for n in nouns if n.role == "group" and n is not per]
            ranked = (
                per is not None and bool(self.frame.extreme or self.frame.limit) and any(n.role == "noun" for n in nouns if n is not per)
            )
            if per is None or lower[per.segment.start - 1] != "per" or not ((others and "by" in lower) or ranked):
                return None
        tops = [n for n in nouns if n is not per]
        top = next((n for role in ("measure", "count", "noun") for n in tops if n.role == role), None)
        if top is not None and top.role == "noun" and not top.segment.best.table:
            return None
        if top is None or not (per.segment.best.table or per.segment.best.measure or self._numbers(per)):
            return None
        rated = top.segment.best.column is not None and bool(set(self.schema.view(top.segment.best.column).stems) & measures.RATES)
        if top.segment.best.measure is None and top.role == "measure" and (rated or not self._is_event(per)):
            return None  # the average of a column by group
        item = self._measure(replace(top, aggregate="")) if top.role == "measure" else self._count(top)
        if item.aggregate not in ("count", "sum", "avg") or (isinstance(item.expression, Defined) and item.aggregate == "avg"):
            return None  # a metric that is a mean by its definition is no sum to divide
        item = replace(item, aggregate="sum") if item.aggregate == "avg" else item
        if isinstance(item.expression, Star) and (pair := self._junction(item.expression.table, per.segment.best.table)):
            item = replace(item, expression=Star(pair))
        return self._by_rest(self._over(item, per), {top, per})

    def _per_figure(self, per: Noun) -> Plan | None:
        """One figure of a table per another of it: calls per operator, each added up."""
        column = per.segment.best.column
        if column is None or self.loose[per.segment.start - 1] != "per" or not measures.amount(self.schema.view(column)):
            return None
        tops = [
            n
            for n in self.frame.nouns
            if n.segment.end <= per.segment.start and n.segment.best.column and n.role in ("measure", "noun", "count")
        ]
        top = tops[-1].segment.best.column if len(tops) == 1 else None
        if top is None or top.table != column.table or top == column or not measures.amount(self.schema.view(top)):
            return None
        self.anchors.append(top.table)
        self.explained |= {"handled", "taken", stem("handled"), stem("taken"), "take"}
        return self._by_rest(Item(top, "sum", over=Item(column, "sum")), {tops[-1], per})

    def _junction(self, left: str, right: str) -> str:
        """The table whose rows pair things of two others, as an order's lines pair orders and products."""
        pointing = [{k.table for k in self.schema.catalog.keys if k.ref_table == name} for name in (left, right)]
        both = sorted(pointing[0] & pointing[1])
        return both[0] if len(both) == 1 else ""

    def _after(self, *words: str) -> int:
        return next((i for i, w in enumerate(self.linked.question.lower) if w in words), 0) + 1

    def _over(self, item: Item, noun: Noun) -> Item:
        """``item`` divided by how many different things of ``noun`` its rows belong to."""
        option = noun.segment.best
        home = leaves(item.expression)[0].table
        if option.measure is not None:
            self.assumptions += [option.note] if option.note and option.note not in self.assumptions else []
            return replace(item, over=Item(option.measure.expression, option.measure.aggregate))
        if option.column is not None and not option.table:
            return replace(item, over=Item(option.column, "count", distinct=True))
        if option.table == home:
            return replace(item, over=Item(Star(home), "count"))
        near = [k for k in self.schema.catalog.keys if k.table == home and k.ref_table == option.table and len(k.columns) == 1]
        key = ColumnRef(home, near[0].columns[0]) if near else self.schema.table(option.table).key
        if key is None:
            raise NoPlanError
        if not near:
            links = [k for k in self.schema.catalog.keys if k.ref_table == option.table and len(k.columns) == 1]
            path = self.schema.graph.path((home, option.table))
            inside = [k for k in links if path and k.table in path.tables]
            key = ColumnRef(inside[0].table, inside[0].columns[0]) if inside else key
        return replace(item, over=Item(key, "count", distinct=True))

    def _by_rest(self, item: Item, used: set[Noun]) -> Plan:
        groups = [n for n in self.frame.nouns if n.role == "group" and n not in used]
        self.explained |= {stem("value"), stem("size"), stem("average"), stem("minute"), stem("music")}
        within = [n for n in self.frame.nouns if n.role == "noun" and n not in used]
        if (self.frame.extreme or self.frame.limit) and not groups:
            if not within:
                raise NoPlanError  # the first few of what?
            groups = within[:1]
        self.frame = replace(self.frame, cues=replace(self.frame.cues, mean=False))
        return self._aggregate([item], groups, [], [])

    def _per_time(self) -> Item | None:
        """Revenue per minute of what was sold: the bill's amounts over the lengths of the pieces, each as often as it was sold."""
        lower = self.linked.question.lower
        unit = next((b for a, b in itertools.pairwise(lower) if a == "per" and b in ("minute", "second", "hour")), "")
        length = next((c for c in self.schema.columns if stem("milliseconds") in c.stems), None)
        earned = measures.line_revenue(self.schema)
        sold = measures.units(self.schema)
        if not unit or length is None or earned is None or sold is None or not isinstance(sold.expression, ColumnRef):
            return None
        if not any(n.segment.best.measure for n in self.frame.nouns):
            return None
        scale = {"second": 1_000.0, "minute": 60_000.0, "hour": 3_600_000.0}[unit]
        below = Item(Formula(f"{unit}s", (length.ref, sold.expression)), "sum", scale=scale)
        self.assumptions += [earned.assumption, f"the {unit}s are those of each piece sold"]
        self.anchors.append(earned.table)
        return Item(earned.expression, "sum", over=below)

    def _as_share(self) -> Plan | None:
        """What each value of a column has in all rows: payment methods as a share of all customers."""
        frame = self.frame
        if len(frame.nouns) != 2 or frame.grain or frame.tests or frame.values or not AS_SHARE.search(self.linked.question.text):
            return None
        kinds, things = frame.nouns
        column = next((o.column for o in kinds.segment.options if o.column), None)
        if column is None or kinds.segment.best.table or measures.amount(self.schema.view(column)) or kinds.role == "group":
            return None
        self.explained |= {"all", "total"}
        return self._aggregate([self._count(things)], [kinds], [], [])

    def _spent(self) -> Plan | None:
        """What somebody spent, or something brought in, where only the verb says so: how much did Berlin buy in 2020."""
        frame, lower = self.frame, self.linked.question.lower
        earned = measures.line_revenue(self.schema) or measures.revenue(self.schema)
        plain = not (frame.nouns or frame.tests or frame.grain or frame.window or frame.extreme or frame.limit or frame.adjective)
        if lower[:2] != ("how", "much") or earned is None or not plain or not (frame.values or frame.periods) or not set(lower) & SOLD:
            return None
        if frame.without is not None or len(frame.periods) > 1:
            return None
        self.explained |= {stem(word) for word in SOLD}
        return self._distinct_counts(Plan((earned_item(self, earned),), (), self._filters()))

    def _having_item(self) -> Plan | None:
        """Groups kept by what they add up to: customers who spent more than 45, categories with more than 100k in revenue."""
        frame, lower = self.frame, self.linked.question.lower
        if len(frame.tests) != 1 or not frame.nouns or frame.grain or frame.window:
            return None
        test = frame.tests[0]
        noun = frame.nouns[test.noun]
        first = test.tokens[0]
        spent = set(lower[max(0, first - 2) : first]) & {
            "spent",
            "spend",
            "spends",
            "paid",
            "pay",
            "earned",
            "generated",
            "made",
            "brought",
        }
        if noun.segment.best.measure:
            item = self._measure(noun)
        elif spent and (earned := measures.revenue(self.schema)) is not None and not (test.after and noun.segment.best.table):
            item = earned_item(self, earned)
        else:
            return None
        entity = next((n for n in frame.nouns if n is not noun or not n.segment.best.measure), None)
        if entity is None:
            return None
        keys, shown = self.group(entity)
        self.frame = replace(frame, tests=())
        group = tuple(dict.fromkeys((*keys, *shown)))
        plan = Plan(
            (*(Item(s) for s in shown), item),
            (),
            self._filters(),
            group=group,
            having=(Condition(item, test.operator, (test.number,)),),
            order=(Order(item, descending=True),),
        )
        plan = self._distinct_counts(plan)
        return Plan((Item(Star(BASE), "count"),), source=replace(plan, order=())) if frame.counting else plan

"""Forms that set periods against each other: the change from one to another, moving averages, retention by cohort."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.grammar.frame import SOLD
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.grammar.periods import Period, shifted
from aiser_jupyter.ask.grammar.ratios import Ratios
from aiser_jupyter.ask.grammar.things import earned_item
from aiser_jupyter.ask.plan import BASE, Bucket, ColumnRef, Condition, Defined, Expression, Item, Order, Plan
from aiser_jupyter.ask.sql.aliases import aliases
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.frame import Noun

SPENT = SOLD | bag("earn earned take took turn turned")


class OverTime(Ratios):
    """Forms about change."""

    def _change(self) -> Plan | None:
        """One figure of a period less the same of another, or the change in percent."""
        frame, moves = self.frame, self.frame.cues.moves
        if len(frame.periods) != 2 or frame.grain or frame.tests or frame.without is not None:
            return None
        figures = [n for n in frame.nouns if n.role in ("measure", "count")]
        rest = [n for n in frame.nouns if n not in figures]
        if len(figures) > 1 or any(n.role != "group" for n in rest if figures) or frame.average or frame.limit or frame.extreme:
            raise NoPlanError
        item = self._figure(figures, rest)
        groups = [n for n in rest if n.role == "group"]
        one, two = (self._only(item, self._tests(period)) for period in frame.periods)
        now, before = (one, two) if moves.first else (two, one)
        names = [period.text() for period in frame.periods]
        names = names if moves.first else names[::-1]
        if not moves.first and (frame.periods[0].start or 0) > (frame.periods[1].start or 0):  # type: ignore[operator]  # both have a start
            now, before, names = before, now, names[::-1]
        if moves.falling:
            now, before, names = before, now, names[::-1]
        self.assumptions.append(f"the change is that of {names[0]} against {names[1]}")
        self.explained |= {stem("change"), stem("difference")}
        changed = replace(now, less=before, window="change" if moves.change == "percent" else "")
        shown: list[Expression] = []
        keys: list[Expression] = []
        for noun in groups:
            more_keys, more_shown = self.group(noun)
            keys += more_keys
            shown += more_shown
        group = tuple(dict.fromkeys((*keys, *shown)))
        where = self._with(periods=())._filters()  # noqa: SLF001  # the same question
        order = (Order(changed, descending=True),) if group else ()
        return self._distinct_counts(Plan((*(Item(s) for s in shown), changed), (), where, group=group, order=order))

    def _figure(self, figures: list[Noun], rest: list[Noun]) -> Item:
        if figures:
            return self._measure(figures[0]) if figures[0].role == "measure" else self._count(figures[0])
        tables = [n for n in rest if n.segment.best.table and n.role == "noun"]
        if len(tables) == 1 and len(rest) == 1 and self._is_event(tables[0]):
            return self._count(tables[0])
        earned = measures.line_revenue(self.schema) or measures.revenue(self.schema)
        if any(n.role != "group" for n in rest) or earned is None or not set(self.linked.question.lower) & SPENT:
            raise NoPlanError
        return earned_item(self, earned)

    def _tests(self, period: Period) -> tuple[Condition, ...]:
        return self._with(periods=(period,)).periods()

    def _only(self, item: Item, tests: tuple[Condition, ...]) -> Item:
        """The figure of the rows that pass ``tests``; of a ratio both of its parts."""
        if isinstance(item.expression, Defined) and item.aggregate == "defined":
            if not item.expression.parts:
                raise NoPlanError
            parts = tuple(self._only(part, tests) for part in item.expression.parts)
            return replace(item, expression=replace(item.expression, parts=parts))
        if item.aggregate not in ("sum", "count", "avg", "min", "max", "median"):
            raise NoPlanError
        return replace(item, only=tests, over=self._only(item.over, tests) if item.over else None)

    def _moving(self) -> Plan | None:
        """A figure by period as the mean of the last few of them."""
        moves = self.frame.cues.moves
        if not moves.moving or moves.unit is None or (self.frame.grain and self.frame.grain != moves.unit):
            raise NoPlanError
        figures = [n for n in self.frame.nouns if n.role in ("measure", "count")]
        events = [n for n in self.frame.nouns if n not in figures and n.segment.best.table and n.role == "noun"]
        if len(figures or events) != 1 or len(self.frame.nouns) != 1 or self.frame.window or self.frame.extreme:
            raise NoPlanError
        noun = (figures or events)[0]
        # "average" belongs to the window: the figure itself is added up as always.
        item = self._measure(replace(noun, aggregate="")) if noun.role == "measure" else self._count(noun)
        bucket = Bucket(self.date(), moves.unit)
        self.assumptions.append(f"the mean is over {moves.moving} {moves.unit}s with data, fewer at the start")
        plan = Plan((Item(bucket), item), (), self._filters(), group=(bucket,), order=(Order(Item(bucket)),))
        plan = self._distinct_counts(plan)
        return replace(plan, select=(plan.select[0], replace(plan.select[1], window="moving", rows=moves.moving)))

    def _came_back(self) -> Plan | None:
        """Who did something in one period and again in the one right after it."""
        unit = self.frame.cues.moves.next
        periods = self.frame.periods
        if unit is None or len(periods) != 1 or periods[0].end is None or periods[0].start is None:
            raise NoPlanError
        after = Period(periods[0].end, shifted(periods[0].end, unit, 1), periods[0].span)
        self.assumptions.append(f"again means in {after.text()}")
        self.explained |= {stem(w) for w in ("again", "back", "return", "come", "next", "following", "bought", "buy")}
        self.frame = replace(self.frame, periods=(periods[0], after), cues=replace(self.frame.cues, again=True))
        return self._both()

    def _retention(self) -> Plan | None:
        """How many of those who began in a period came in each later one, and their share of all who began with them."""
        frame, unit = self.frame, self.frame.cues.moves.cohort
        if unit is None or frame.tests or frame.extreme or frame.limit or frame.without is not None:
            raise NoPlanError
        if any(n.role == "measure" for n in frame.nouns):
            raise NoPlanError
        table = self._buyers()
        key = self.schema.table(table).key
        if key is None:
            raise NoPlanError
        there, _ = self._link(key)
        if there.table == table:
            raise NoPlanError
        self.anchors[:0] = [there.table]
        signed = self._joined(table) if frame.cues.moves.signed else None
        moment = Bucket(self._happened(there.table, table) if signed else self.date(), unit)
        first = Item(Bucket(signed, unit)) if signed else Item(moment, window="first", within=(there,))
        self.assumptions.append(
            f"a cohort is the {unit} of {signed.table}.{signed.column}" if signed else f"a cohort is the {unit} of the first one recorded"
        )
        self.explained |= {stem(w) for w in ("retention", "cohort", "signup", "sign", "first", "customer", "month", "order", "purchase")}
        # A period limits the cohorts, not what they did later, so it is not read.
        if frame.periods:
            raise NoPlanError
        source = Plan((Item(there), first, Item(moment)), (), self._filters())
        names = aliases(source)
        cohort, month, who = ColumnRef(BASE, names[1]), ColumnRef(BASE, names[2]), ColumnRef(BASE, there.column)
        came = Item(who, "count", distinct=True)
        shown = (Item(cohort), Item(month), came, *(() if signed else (replace(came, window="retained", within=(cohort,)),)))
        return Plan(shown, source=source, group=(cohort, month), order=(Order(Item(cohort)), Order(Item(month))))

    def _happened(self, event: str, thing: str) -> ColumnRef:
        """The date of an event that is no date of the thing it happened to."""
        dated = [(self.schema.graph.path((event, v.ref.table)), v) for v in self.schema.columns if v.temporal and v.ref.table != thing]
        near = [
            (path.cost, view.position, view.ref)
            for path, view in dated
            if path and thing not in path.tables and not self.schema.graph.multiplies(path, event)
        ]
        if not near:
            raise NoPlanError
        return min(near)[2]

    def _buyers(self) -> str:
        """The table of those who come back: the one named, else the customers that what is sold points to."""
        named = [n.segment.best.table for n in self.frame.nouns if n.segment.best.table]
        if named:
            return named[0]
        people = [t.name for t in self.schema.tables if stem("customer") in t.stems or stem("account") in t.stems]
        if len(people) != 1:
            raise NoPlanError
        return people[0]

"""What happened to things: again, never, first, last, in two periods, and the days between."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import flags
from aiser_jupyter.ask.grammar.frame import SOLD, WITHOUT
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.grammar.things import Things
from aiser_jupyter.ask.plan import BASE, Bucket, ColumnRef, Condition, Item, Order, Plan, Star
from aiser_jupyter.ask.sql.aliases import aliases
from aiser_jupyter.ask.sql.render import leaves
from aiser_jupyter.ask.words import kin, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.frame import Noun
    from aiser_jupyter.ask.link import Mention


LACKING = frozenset({"never", "not", "without", "no", "haven't", "hasn't", "didn't", "don't", "nobody"})


class Happenings(Things):
    """Forms about events."""

    def _gap(self) -> Plan | None:
        """The average days between one event and the next of the same thing."""
        nouns = [n for n in self.frame.nouns if n.segment.best.table or n.segment.best.column]
        if not nouns:
            return None
        event = self.pick(nouns[0], lambda o: not o.measure)
        self.anchors.append(event.home)
        moment = self.date()
        keys = [k for k in self.schema.catalog.keys if k.table == event.home and len(k.columns) == 1]
        said = [k for k in keys if any(kin(w, s) for w in self.schema.table(k.ref_table).stems for s in self.linked.question.stems)]
        wanted = said or [k for k in keys if stem("customer") in self.schema.table(k.ref_table).stems]
        if not wanted:
            return None
        owner = ColumnRef(event.home, wanted[0].columns[0])
        self.explained |= set(self.schema.table(wanted[0].ref_table).stems) | {stem("two"), "two", "days", "day"}
        gap = Item(moment, window="gap", within=(owner,))
        source = Plan((Item(owner), gap), (), self._filters())
        name = aliases(source)[1]
        return Plan((Item(ColumnRef(BASE, name), "avg"),), source=source)

    def _last(self) -> Plan | None:
        """When something last, or first, happened to each of a kind."""
        entities = [n for n in self.frame.nouns if not n.segment.best.measure]
        if not entities:
            return None
        events = [n.segment.best.table for n in entities if n.segment.best.table and any(self._moments(n.segment.best.table))]
        owners = [n for n in entities if n.segment.best.table not in events]
        if not owners:
            return None
        key, display, table = self._entity(owners[-1])
        there, _ = self._link(key, events[0] if events else "")
        self.anchors[:0] = [events[0] if events else there.table]
        moment = Item(self.date(), "min" if self.frame.cues.last_each in ("first", "earliest") else "max")
        shown = self._shown(display)
        tables = (table, there.table)
        return Plan(
            (*shown, moment), tables, self._filters(), group=tuple(dict.fromkeys((key, *display))), order=(Order(moment, descending=True),)
        )

    def _newcomers(self) -> Plan | None:
        """How many came for the first time, by the period of their first event."""
        if not self.frame.grain or not self.frame.nouns:
            return None
        key, _, _ = self._entity(self.frame.nouns[0])
        if (signed := self._joined(key.table)) is not None:
            self.assumptions.append(f"new by {signed.table}.{signed.column}")
            bucket = Bucket(signed, self.frame.grain)
            window = self.frame.window if self.frame.window in ("running", "growth") else ""
            count = Item(Star(key.table), "count", window=window)
            where = (*self.values(), *(self._within(signed) if self.frame.periods else ()))
            return Plan((Item(bucket), count), (), where, group=(bucket,), order=(Order(Item(bucket)),))
        there, _ = self._link(key)
        self.anchors[:0] = [there.table]
        first = Item(self.date(), "min")
        self.explained |= {stem("first"), stem("order"), stem("purchase"), stem("new")}
        self.assumptions.append("new means the first one recorded")
        source = Plan((Item(there), first), (), self.values(), group=(there,))
        base = ColumnRef(BASE, aliases(source)[1])
        bucket = Bucket(base, self.frame.grain)
        number = Item(Star(BASE), "count", window=self.frame.window)
        return Plan((Item(bucket), number), where=self._within(base), source=source, group=(bucket,), order=(Order(Item(bucket)),))

    def _joined(self, table: str) -> ColumnRef | None:
        """The date on which an entity itself began, as a signup date."""
        began = {stem(w) for w in ("signup", "sign", "joined", "registered", "registration", "created", "since")}
        return next((ref for ref in self._moments(table) if set(self.schema.view(ref).stems) & began), None)

    def _both(self) -> Plan | None:
        """What happened in one period and in another too."""
        lower = set(self.linked.question.lower)
        entities = [n for n in self.frame.nouns if n.segment.best.table or n.segment.best.column]
        if (
            len(self.frame.periods) != 2
            or not entities
            or self.frame.grain
            or any(n.role in ("group", "measure") for n in self.frame.nouns)
        ):
            return None
        if not (self.frame.cues.again or (lower & (SOLD | {"active"}) and "and" in lower)):
            return None
        key, display, _ = self._entity(entities[0])
        there, here = self._link(key)
        periods = self.frame.periods
        tests = []
        for period in periods:
            part = self._with(periods=(period,), cues=replace(self.frame.cues, again=False))
            part.anchors[:0] = [there.table]
            tests.append(Condition(Item(here), "in", (), Plan((Item(there),), (there.table,), part.periods())))
        return self._counted_or_listed(key, display, (*tests, *self.values()))

    def _both_values(self) -> Plan | None:
        """What one value holds for and another too: customers who bought both Rock and Jazz."""
        entities = [n for n in self.frame.nouns if (n.segment.best.table or self._numbers(n)) and n.role in ("noun", "count")]
        if len(self.frame.values) < 2 or not entities or self.frame.grain or any(n.role in ("group", "measure") for n in self.frame.nouns):
            return None
        key, display, table = self._entity(entities[0])
        placed = [(m, self._place(m)) for m in self.frame.values]
        *common, one, two = [place for _, place in placed]
        said = self.linked.question.lower[self.frame.values[-2].end : self.frame.values[-1].start]
        flat = key.table == one[0].table and not self.schema.view(key).primary
        if one[0] != two[0] or (one[0].table == table and not flat) or not {"and"} <= set(said) or any(c[0] == one[0] for c in common):
            return None
        target = one[0].table
        there, here = (key, key) if flat else self._link(key, self._sold() if set(self.linked.question.lower) & SOLD else target)
        if there == here and not flat:
            return None
        self.anchors.append(there.table)
        dated = self.periods() if self.frame.periods else ()
        mine = tuple(Condition(Item(ref), "=", (v,)) for ref, v in common if ref.table == table and not flat)
        rest = tuple(Condition(Item(ref), "=", (v,)) for ref, v in common if ref.table != table or flat)
        inner = [Plan((Item(there),), (there.table,), (Condition(Item(ref), "=", (v,)), *rest, *dated)) for ref, v in (one, two)]
        return self._counted_or_listed(key, display, (*(Condition(Item(here), "in", (), part) for part in inner), *mine))

    def _repeated(self) -> Plan | None:
        """What happened in more than so many periods, or more than once."""
        if self.frame.cues.repeated is None or not self.frame.nouns:
            return None
        unit, count = self.frame.cues.repeated
        key, _, _ = self._entity(self.frame.nouns[0])
        there, _ = self._link(key)
        self.anchors[:0] = [there.table]
        measure = Item(Bucket(self.date(), unit), "count", distinct=True) if unit else self._count_of(there.table)  # type: ignore[arg-type]  # a unit is a grain
        having = (Condition(measure, ">", (count,)) if count else Condition(measure, "=", (1,)),)
        where = (Condition(Item(there), "is not null"), *self.values(), *self.periods())
        inner = Plan((Item(there),), (), where, group=(there,), having=having)
        if self.frame.counting:
            return Plan((Item(Star(BASE), "count"),), source=inner)
        if there.table == key.table:
            return inner
        return Plan(self._shown(self.schema.table(key.table).display), (), (Condition(Item(key), "in", (), replace(inner, where=where)),))

    def _count_of(self, table: str) -> Item:
        """The events of a table: its rows, or in a flat table of lines the different numbers of bills."""
        numbers = [
            c
            for c in self.schema.columns
            if c.ref.table == table and c.stems[0] in (stem("invoice"), stem("order")) and c.stems[-1] in ("number", "id", "no")
        ]
        several = [c for c in numbers if c.distinct and c.distinct < c.rows and not c.primary]
        return Item(several[0].ref, "count", distinct=True) if several else Item(Star(table), "count")

    def _missing(self, ref: ColumnRef) -> Condition:
        """The test that a row has nothing of what a column tells; raises NoPlanError where each has something."""
        test = flags.lacks(self.schema, ref)
        if test is None:
            raise NoPlanError
        if test.values:
            self.assumptions.append(f"without means that {ref.table}.{ref.column} is {test.values[0]}")
        return test

    def _lacking(self) -> Plan | None:  # noqa: C901, PLR0911  # each way that something can be lacking
        """Rows that nothing of a kind points to, or that miss a value."""
        frame, tokens = self.frame, self.linked.question.tokens
        mark = frame.without if frame.without is not None else -1
        before = [n for i, n in enumerate(frame.nouns) if (mark < 0 or i < mark)]
        named = frame.nouns[mark] if mark >= 0 else None
        if not before:
            return None
        place = (
            tokens[named.segment.start].start
            if named
            else next((tokens[m.start].start for m in frame.values), len(self.linked.question.text))
        )
        denied = WITHOUT.search(self.linked.question.text)
        if named is not None and denied is not None:
            place = min(place, denied.end())  # what stands between the denial and its noun is of that noun: never bought a Jazz track
        key, display, table = self._entity(before[0])
        empty = self._empty(table, named)
        if empty is not None:
            self.explained |= set(self.schema.view(empty).stems)
            return self._counted_or_listed(key, display, (self._missing(empty), *self._filters()))
        outer, inner = self._split(place)
        lower = set(self.linked.question.lower)
        option = named.segment.best if named else None
        goods = {k.ref_table for k in self.schema.catalog.keys if k.table == self._sold()}
        if option and option.table in goods and option.table != table and lower & SOLD:
            toward = self._sold()
        elif option and option.table and option.table != table:
            toward = option.table
        elif lower & SOLD or (named is not None and inner):
            toward = self._sold()
        else:
            return None
        if frame.window or frame.grain or not toward:
            return None
        if named is not None:
            start = next(
                (i for i, t in enumerate(tokens) if t.start >= 0 and self.linked.question.lower[i] in LACKING and i < named.segment.start),
                None,
            )
            between = tokens[start + 1 : named.segment.start] if start is not None else ()
            self.explained |= {part for t in between if t.kind == "word" for part in (t.stem, t.text.lower())}
        if (pointer := self._pointer(table, toward)) is not None and not inner and not frame.periods:
            test = Condition(Item(pointer), "is null")
            self.explained |= {stem("assigned"), stem("own")}
            if groups := [n for n in frame.nouns if n.role == "group"]:
                self.flagged = (*self.flagged, (mark, test))
                self.anchors.insert(0, table)
                return self._aggregate([Item(Star(table), "count")], groups, [], [])
            return self._counted_or_listed(key, display, (test, *self._filters()))
        outer, inner = self._parted(outer, inner, table if table != toward else "")
        there, here = self._link(key, toward)
        if here != key and key.table == here.table and here.table == table and self.schema.view(key).distinct < self.schema.view(key).rows:
            raise NoPlanError  # a state lacks what none of its towns has, not what one of them lacks
        part = self._with(values=inner, without=None, nouns=(), tests=())
        part.anchors = [toward, there.table]
        # Filters that the semantic model names test what is lacking where they are of its table, else what lacks it.
        inside = tuple(c for c in self.named() if leaves(c.item.expression)[0].table in (toward, there.table))
        outside = tuple(c for c in self.named() if c not in inside)
        values = tuple(c for c in part.values() if c not in outside)
        tests = (*values, *(part.periods() if frame.periods else ()), Condition(Item(there), "is not null"))
        tables = () if toward == there.table else (toward,)
        self.frame = replace(frame, values=outer, periods=())
        missing = Condition(Item(here), "not in", (), Plan((Item(there),), tables if values or option else (), tests))
        kept = tuple(c for c in self.values() if c not in inside)
        return self._counted_or_listed(key, display, (missing, *kept, *(c for _, c in self.flagged)))

    def _parted(
        self, outer: tuple[Mention, ...], inner: tuple[Mention, ...], table: str
    ) -> tuple[tuple[Mention, ...], tuple[Mention, ...]]:
        """The values outside a denial and inside it, where those of ``table`` itself are outside: never ordered, and lives in Germany."""
        mine = tuple(m for m in inner if self._place(m)[0].table == table)
        return (*outer, *mine), tuple(m for m in inner if m not in mine)

    def _pointer(self, table: str, toward: str) -> ColumnRef | None:
        """The column by which rows of a table point to what they may lack: accounts without a sales rep."""
        keys = [k for k in self.schema.catalog.keys if k.table == table and k.ref_table == toward and len(k.columns) == 1]
        back = any(k.table == toward and k.ref_table == table for k in self.schema.catalog.keys)
        return ColumnRef(table, keys[0].columns[0]) if len(keys) == 1 and not back else None

    def _empty(self, table: str, named: Noun | None) -> ColumnRef | None:
        """The column of a table that may be empty and that the words after a negation name."""
        if named is not None and not named.segment.best.table:
            found = next((o.column for o in named.segment.options if o.column and o.column.table == table), None)
            valued = any(ref == found for m in self.frame.values for ref, _ in m.stored)
            return None if valued else found
        if named is not None:
            return None
        told = {m.start for m in self.frame.values}
        tokens = self.linked.question.tokens
        # A value right after a verb is what is denied: trips that did not end in Boston.
        words = [t for i, t in enumerate(tokens) if t.kind == "word" and not told & {i + 1, i + 2}]
        for i in self.schema.table(table).columns:
            view = self.schema.columns[i]
            if view.temporal and any(
                kin(word, token.stem) for word in view.stems if word not in ("date", "order") for token in words if len(token.stem) > 3
            ):
                return view.ref
        return None

    def _active(self) -> Plan | None:
        """Who bought, or what was sold, in a period: things that something dated points to."""
        frame, lower = self.frame, self.linked.question.lower
        nouns = [n for n in frame.nouns if n.role in ("noun", "count")]
        if (
            len(nouns) != 1
            or len(frame.nouns) != 1
            or frame.tests
            or frame.grain
            or frame.window
            or frame.extreme
            or frame.limit
            or frame.adjective
        ):
            return None
        if not set(lower) & SOLD or self._is_event(nouns[0]) or not (frame.periods or frame.cues.days):
            return None
        if not nouns[0].segment.best.table:
            return None
        key, display, table = self._entity(nouns[0])
        there, here = self._link(key)
        if there == here:
            return None
        part = self._with(nouns=(), values=())
        part.anchors = [there.table]
        tests = part.periods()
        self.anchors.append(table)
        return self._counted_or_listed(key, display, (Condition(Item(here), "in", (), Plan((Item(there),), (), tests)), *self.values()))

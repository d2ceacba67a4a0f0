"""Business forms beyond figures by group: rates and ratios, dates compared, who reports to whom, again and never, first and last, yes or no."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask import flags, measures
from aiser_jupyter.ask.compose import Composer
from aiser_jupyter.ask.frame import COMPARISONS, SOLD
from aiser_jupyter.ask.ground import NoPlanError
from aiser_jupyter.ask.plan import BASE, Bucket, ColumnRef, Condition, Days, Formula, Item, Order, Plan, Star, Upper
from aiser_jupyter.ask.render import aliases, leaves, tables_of
from aiser_jupyter.ask.segments import Option, Segment
from aiser_jupyter.ask.words import bag, kin, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.frame import Frame, Noun
    from aiser_jupyter.ask.link import Linked, Mention
    from aiser_jupyter.ask.plan import Expression, Operator

OPENED = frozenset(map(stem, bag("order ordered invoice created opened started placed booked purchase date")))
CLOSED = frozenset(map(stem, bag("ship shipped shipping delivered delivery deliver closed close returned return ended end arrived fulfilled")))
DUE = frozenset(map(stem, bag("required due promised expected deadline")))
EACH = frozenset({"per", "a", "an", "each", "one", "every"})
TALK = frozenset({"yet", "something", "anything", "so", "far", "still", "ones", "gross", "compared", "compare", "generates", "generate", "brings", "bring", "brought", "yields", "earns", "drives", "achieves", "gets", "responsible"})
TURNED: dict[str, Operator] = {">": "<", "<": ">", ">=": "<=", "<=": ">=", "=": "="}


class Forms(Composer):
    """Tries each form that the question has cues for, then the plain ones."""

    def __init__(self, linked: Linked, frame: Frame) -> None:
        found = flags.read(linked, frame)
        super().__init__(linked, found.frame)
        self.flagged = found.tests
        self.explained |= TALK
        self.formed = "flag" if found.tests else ""

    def plan(self) -> Plan:
        """The plan of the frame; raises NoPlanError where there is none."""
        cues = self.frame.cues
        forms = (
            (cues.upper, self._reports),
            (cues.gap, self._gap),
            (cues.between, self._days),
            (cues.last_each, self._last),
            (cues.new, self._newcomers),
            (cues.but_no is not None, self._but_no),
            (cues.again or len(self.frame.periods) == 2, self._both),
            (cues.again, self._both_values),
            (self.frame.window == "share" and self.frame.tests, self._share_of_tested),
            (cues.repeated, self._repeated),
            (self.frame.without is not None, self._lacking),
            (cues.match, self._matching),
            (cues.late or self._compared() is not None, self._columns),
            (cues.beyond, self._beyond),
            (self.flagged and (self.frame.window == "share" or "rate" in self.linked.question.lower), self._rate),
            (not self.frame.average, self._ratio),
            (self.frame.adjective, self._extreme_within),
            (self.frame.extreme or self.frame.limit, self._worth),
            (True, self._present),
            (self.frame.periods or self.frame.values, self._active),
            (cues.whether, self._whether),
            (True, self._having_item),
            (self.schema.trade, self._listing),
        )
        for asked, form in forms:
            if asked:
                plan = form()
                if plan is not None:
                    self.formed = form.__name__.lstrip("_")
                    return plan
        self._sells()
        return super().plan()

    def _sells(self) -> None:
        """Count pieces where a question asks who sells most of what is sold: "which genres sell the most tracks"."""
        sold, line = measures.units(self.schema), self._sold()
        if not self.frame.extreme or sold is None or not set(self.linked.question.lower) & SOLD:
            return
        goods = {k.ref_table for k in self.schema.catalog.keys if k.table == line}
        place = next((n for n in self.frame.nouns if n.role == "count" and n.segment.best.table in goods), None)
        others = [n for n in self.frame.nouns if n is not place]
        if place is None or not others or any(n.role in ("measure", "count") for n in others):
            return
        made = Segment(place.segment.start, place.segment.end, (Option(1.0, measure=sold),))
        nouns = tuple(replace(n, segment=made, role="measure") if n is place else n for n in self.frame.nouns)
        self.frame = replace(self.frame, nouns=nouns)
        self.formed = "sells"

    # What is counted, and what happened to it.

    def _entity(self, noun: Noun) -> tuple[ColumnRef, tuple[ColumnRef, ...], str]:
        """The key, the names and the table of what a noun phrase counts; a column that numbers things counts as their key."""
        option = self.pick(noun, lambda o: not o.measure)
        if option.table:
            view = self.schema.table(option.table)
            if view.key is None:
                raise NoPlanError
            return view.key, view.display, option.table
        if option.column is None:
            raise NoPlanError
        return option.column, (option.column,), option.column.table

    def _link(self, key: ColumnRef, toward: str = "") -> tuple[ColumnRef, ColumnRef]:
        """The column that points to an entity from what happens to it, and the entity's column it points to."""
        keys = [k for k in self.schema.catalog.keys if k.ref_table == key.table and len(k.columns) == 1 and k.table != key.table and k.table in self.schema.table_index]
        if not keys or toward == key.table:
            return key, key
        wanted = toward or self._sold()

        def far(table: str) -> float:
            path = self.schema.graph.path((table, wanted)) if wanted else None
            inner = path is not None and key.table in path.tables
            return (9.0 if path is None else path.cost) + 5.0 * inner

        best = min(keys, key=lambda k: (far(k.table), -self.schema.table(k.table).rows, k.table))
        if toward and far(best.table) >= 5.0:
            raise NoPlanError
        return ColumnRef(best.table, best.columns[0]), ColumnRef(key.table, best.ref_columns[0])

    def _sold(self) -> str:
        earned = measures.line_revenue(self.schema) or measures.revenue(self.schema)
        return earned.table if earned else ""

    def _shown(self, display: tuple[ColumnRef, ...]) -> tuple[Item, ...]:
        return tuple(Item(ref) for ref in display)

    def _counted_or_listed(self, key: ColumnRef, display: tuple[ColumnRef, ...], where: tuple[Condition, ...]) -> Plan:
        """How many there are where a number is asked for, else their names."""
        if not self.frame.counting:
            shown = self._shown(display)
            flat = not self.schema.view(key).primary and self.schema.view(key).distinct < self.schema.view(key).rows
            return Plan(shown, (), where, group=tuple(i.expression for i in shown) if flat else ())
        unique = self.schema.view(key).distinct == self.schema.view(key).rows or self.schema.view(key).primary
        return Plan((Item(Star(key.table), "count") if unique else Item(key, "count", distinct=True),), (), where)

    def _periods_of(self, table: str) -> tuple[Condition, ...]:
        self.anchors.insert(0, table)
        return self.periods()

    def _split(self, mark: int) -> tuple[tuple[Mention, ...], tuple[Mention, ...]]:
        """The values before a place in the question, and those after."""
        tokens = self.linked.question.tokens
        before = tuple(m for m in self.frame.values if tokens[m.start].start < mark)
        return before, tuple(m for m in self.frame.values if m not in before)

    def _with(self, **changes: object) -> Forms:
        """The same question with other parts, on the same anchors."""
        made = Forms(self.linked, replace(self.frame, **changes))
        made.flagged, made.assumptions, made.explained = self.flagged, self.assumptions, self.explained
        return made

    def _filters(self) -> tuple[Condition, ...]:
        return (*super()._filters(), *(condition for _, condition in self.flagged))

    def values(self) -> tuple[Condition, ...]:
        """The tests that stored values stand for; those after "other than" must not hold."""
        found = super().values()
        place = self.frame.cues.excepted
        if place is None:
            return found
        _, after = self._split(place)
        barred = {self._place(m)[0] for m in after}
        return tuple(
            replace(c, operator="!=" if c.operator == "=" else "not in") if c.item.expression in barred else c for c in found
        )

    # The forms.

    def _reports(self) -> Plan | None:
        """Who reports to whom, along a key of a table to itself."""
        selves = [k for k in self.schema.catalog.keys if k.table == k.ref_table and len(k.columns) == 1]
        if not selves:
            return None
        own = selves[0]
        key, above = ColumnRef(own.table, own.ref_columns[0]), ColumnRef(own.table, own.columns[0])
        display = self.schema.table(own.table).display
        self.explained |= {*self.schema.view(above).stems, stem("report"), stem("managers")}
        named = [(ref, v) for m in self.frame.values for ref, v in m.stored if ref.table == own.table]
        tests = tuple(Condition(Item(ref), "=", (v,)) for ref, v in named)
        lower = self.linked.question.lower
        if not tests:
            if not any(n.segment.best.table == own.table for n in self.frame.nouns):
                return None
            if self.frame.counting:
                return None
            uppers = tuple(Item(Upper(ref, above, key)) for ref in display)
            return Plan((*self._shown(display), *uppers), (own.table,))
        if any(word in ("does", "did", "manager", "boss", "supervisor") for word in lower) or "'s" in self.linked.question.text:
            return Plan(self._shown(display), (), (Condition(Item(key), "in", (), Plan((Item(above),), (), tests)),))
        inner = Plan((Item(key),), (), tests)
        return self._counted_or_listed(key, display, (Condition(Item(above), "in", (), inner),))

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

    def _moments(self, home: str) -> list[ColumnRef]:
        return [self.schema.columns[i].ref for i in self.schema.table(home).columns if self.schema.columns[i].temporal]

    def _days(self) -> Plan | None:
        """Days from one date of a row to another: named both, or from the order to its shipping."""
        asked = set(self.linked.question.stems)
        best: tuple[int, ColumnRef, ColumnRef] | None = None
        for table in self.schema.tables:
            dates = self._moments(table.name)
            for start in dates:
                for end in dates:
                    one, two = set(self.schema.view(start).stems), set(self.schema.view(end).stems)
                    if start == end or not (two & CLOSED) or two & DUE or one & (CLOSED | DUE):
                        continue
                    told = sum(any(kin(w, s) for s in asked) for w in (one | two) - {"date"}) + bool(one & OPENED)
                    if best is None or told > best[0]:
                        best = told, start, end
        if best is None or best[0] < 2:
            return None
        _, start, end = best
        self.anchors.append(start.table)
        self.explained |= set(self.schema.view(start).stems) | set(self.schema.view(end).stems) | CLOSED | {stem("take"), "take", "day"}
        self.assumptions.append(f"the days are from {start.table}.{start.column} to {end.column}")
        groups = [n for n in self.frame.nouns if n.role == "group"]
        said = next((n.aggregate for n in self.frame.nouns if n.aggregate), "")
        items = [Item(Days(start, end), said if said in ("min", "max", "median") else "avg")]
        return self._aggregate(items, groups, [], [])

    def _last(self) -> Plan | None:
        """When something last, or first, happened to each of a kind."""
        entities = [n for n in self.frame.nouns if not n.segment.best.measure]
        if not entities:
            return None
        events = [n.segment.best.table for n in entities if n.segment.best.table and any(self._dated(n.segment.best.table))]
        owners = [n for n in entities if n.segment.best.table not in events]
        if not owners:
            return None
        key, display, table = self._entity(owners[-1])
        there, _ = self._link(key, events[0] if events else "")
        self.anchors[:0] = [events[0] if events else there.table]
        moment = Item(self.date(), "min" if self.frame.cues.last_each in ("first", "earliest") else "max")
        shown = self._shown(display)
        tables = (table, there.table)
        return Plan((*shown, moment), tables, self._filters(), group=tuple(dict.fromkeys((key, *display))), order=(Order(moment, descending=True),))

    def _dated(self, table: str) -> list[ColumnRef]:
        return self._moments(table)

    def _newcomers(self) -> Plan | None:
        """How many came for the first time, by the period of their first event."""
        if not self.frame.grain or not self.frame.nouns:
            return None
        key, _, _ = self._entity(self.frame.nouns[0])
        if (signed := self._joined(key.table)) is not None:
            self.assumptions.append(f"new by {signed.table}.{signed.column}")
            bucket = Bucket(signed, self.frame.grain)
            return Plan((Item(bucket), Item(Star(key.table), "count")), (), self.values(), group=(bucket,), order=(Order(Item(bucket)),))
        there, _ = self._link(key)
        self.anchors[:0] = [there.table]
        first = Item(self.date(), "min")
        self.explained |= {stem("first"), stem("order"), stem("purchase"), stem("new")}
        self.assumptions.append("new means the first one recorded")
        source = Plan((Item(there), first), (), self.values(), group=(there,))
        base = ColumnRef(BASE, aliases(source)[1])
        bucket = Bucket(base, self.frame.grain)
        return Plan((Item(bucket), Item(Star(BASE), "count")), source=source, group=(bucket,), order=(Order(Item(bucket)),))

    def _joined(self, table: str) -> ColumnRef | None:
        """The date on which an entity itself began, as a signup date."""
        began = {stem(w) for w in ("signup", "sign", "joined", "registered", "registration", "created", "since")}
        return next((ref for ref in self._moments(table) if set(self.schema.view(ref).stems) & began), None)

    def _but_no(self) -> Plan | None:
        """Values of a column that one table has and another has not: countries with customers but no suppliers."""
        tokens, mark = self.linked.question.tokens, self.frame.cues.but_no or 0
        tables = [n for n in self.frame.nouns if n.segment.best.table]
        before = [n for n in tables if tokens[n.segment.start].start < mark]
        after = [n for n in tables if n not in before]
        column = next((n for n in self.frame.nouns if n.segment.best.column and n not in tables), None)
        if column is None or not before or not after:
            return None

        def of(table: str) -> ColumnRef:
            found = [o.column for o in column.segment.options if o.column and o.column.table == table]
            if not found:
                raise NoPlanError
            return found[0]

        left, right = of(before[0].segment.best.table), of(after[0].segment.best.table)
        present = Condition(Item(right), "is not null")
        return Plan((Item(left),), (), (Condition(Item(left), "not in", (), Plan((Item(right),), (), (present,))),), distinct=True)

    def _both(self) -> Plan | None:
        """What happened in one period and in another too."""
        lower = set(self.linked.question.lower)
        entities = [n for n in self.frame.nouns if n.segment.best.table or n.segment.best.column]
        if len(self.frame.periods) != 2 or not entities or self.frame.grain or any(n.role in ("group", "measure") for n in self.frame.nouns):
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
        entities = [n for n in self.frame.nouns if n.segment.best.table and n.role in ("noun", "count")]
        if len(self.frame.values) != 2 or not entities or self.frame.grain or any(n.role in ("group", "measure") for n in self.frame.nouns):
            return None
        key, display, table = self._entity(entities[0])
        places = [self._place(m) for m in self.frame.values]
        if places[0][0] != places[1][0] or places[0][0].table == table:
            return None
        target = places[0][0].table
        there, here = self._link(key, self._sold() if set(self.linked.question.lower) & SOLD else target)
        if there == here:
            return None
        self.anchors.append(there.table)
        dated = self.periods() if self.frame.periods else ()
        inner = [Plan((Item(there),), (there.table,), (Condition(Item(ref), "=", (v,)), *dated)) for ref, v in places]
        return self._counted_or_listed(key, display, tuple(Condition(Item(here), "in", (), plan) for plan in inner))

    def _share_of_tested(self) -> Plan | None:
        """The share of rows that pass a comparison: what share of invoices is above 10."""
        frame = self.frame
        if frame.window != "share" or not frame.tests or frame.grain or any(n.role in ("group", "measure") for n in frame.nouns if n.segment.best.table):
            return None
        home = next((n.segment.best.table for n in frame.nouns if n.segment.best.table), "")
        tests = tuple(c for c in super()._filters() if c.operator in (">", "<", ">=", "<=") and not isinstance(c.values[0] if c.values else "", str))
        rest = tuple(c for c in self._filters() if c not in tests)
        if not home or not tests or any(leaves(c.item.expression)[0].table != home for c in tests):
            return None
        return Plan((Item(Star(home), "count", among=tests),), (), rest)

    def _listing(self) -> Plan | None:
        """Some columns of each row: customers with their email."""
        frame, lower = self.frame, self.linked.question.lower
        if len(frame.nouns) < 2 or not frame.nouns[0].segment.best.table or frame.window or frame.grain or frame.tests or frame.counting or frame.average:
            return None
        if not set(lower) & {"their", "its", "list", "show"} or frame.extreme or frame.limit or frame.adjective or frame.without is not None:
            return None
        home = frame.nouns[0].segment.best.table
        rest = [next((o.column for o in n.segment.options if o.column and o.column.table == home), None) for n in frame.nouns[1:]]
        if not all(rest) or any(n.role in ("group", "count") or n.aggregate for n in frame.nouns):
            return None
        columns = tuple(Item(ref) for ref in rest if ref)
        return Plan(tuple(dict.fromkeys((*self._shown(self.schema.table(home).display), *columns))), (), self._filters())

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
        numbers = [c for c in self.schema.columns if c.ref.table == table and c.stems[0] in (stem("invoice"), stem("order")) and c.stems[-1] in ("number", "id", "no")]
        several = [c for c in numbers if c.distinct and c.distinct < c.rows and not c.primary]
        return Item(several[0].ref, "count", distinct=True) if several else Item(Star(table), "count")

    def _lacking(self) -> Plan | None:
        """Rows that nothing of a kind points to, or that miss a value."""
        frame, tokens = self.frame, self.linked.question.tokens
        mark = frame.without if frame.without is not None else -1
        before = [n for i, n in enumerate(frame.nouns) if (mark < 0 or i < mark)]
        named = frame.nouns[mark] if mark >= 0 else None
        if not before:
            return None
        place = tokens[named.segment.start].start if named else next((tokens[m.start].start for m in frame.values), len(self.linked.question.text))
        key, display, table = self._entity(before[0])
        empty = self._empty(table, named)
        if empty is not None:
            self.explained |= set(self.schema.view(empty).stems)
            return self._counted_or_listed(key, display, (Condition(Item(empty), "is null"), *self._filters()))
        outer, inner = self._split(place)
        lower = set(self.linked.question.lower)
        option = named.segment.best if named else None
        if option and option.table and option.table != table:
            toward = option.table
        elif lower & SOLD or (named is not None and inner):
            toward = self._sold()
        else:
            return None
        if frame.window or frame.grain or not toward:
            return None
        there, here = self._link(key, toward)
        part = self._with(values=inner, without=None, nouns=(), tests=())
        part.anchors = [toward, there.table]
        values = part.values()
        tests = (*values, *(part.periods() if frame.periods else ()), Condition(Item(there), "is not null"))
        tables = () if toward == there.table else (toward,)
        self.frame = replace(frame, values=outer, periods=())
        missing = Condition(Item(here), "not in", (), Plan((Item(there),), tables if values or option else (), tests))
        return self._counted_or_listed(key, display, (missing, *self.values(), *(c for _, c in self.flagged)))

    def _empty(self, table: str, named: Noun | None) -> ColumnRef | None:
        """The column of a table that may be empty and that the words after a negation name."""
        if named is not None and not named.segment.best.table:
            found = next((o.column for o in named.segment.options if o.column and o.column.table == table), None)
            valued = any(ref == found for m in self.frame.values for ref, _ in m.stored)
            return None if valued else found
        if named is not None:
            return None
        words = [t for t in self.linked.question.tokens if t.kind == "word"]
        for i in self.schema.table(table).columns:
            view = self.schema.columns[i]
            if view.temporal and any(kin(word, token.stem) for word in view.stems if word not in ("date", "order") for token in words if len(token.stem) > 3):
                return view.ref
        return None

    def _matching(self) -> Plan | None:
        """Text that contains, begins or ends with what stands in quotes."""
        quoted, *more = [t for t in self.linked.question.tokens if t.kind == "quoted"] or [None]
        if quoted is None or more or not self.frame.nouns:
            return None
        first = self.frame.nouns[0].segment.best
        if not first.table and (first.column is None or self.schema.tables[self.schema.view(first.column).table].parents):
            return None
        key, display, table = self._entity(self.frame.nouns[0])
        said = [o.column for n in self.frame.nouns[1:] for o in n.segment.options[:4] if o.column and o.column.table == table]
        texts = [ref for ref in display if self.schema.view(ref).type == "text"]
        named = [ref for ref in said if self.schema.view(ref).type == "text"] or [
            self.schema.columns[i].ref
            for i in self.schema.table(table).columns
            if self.schema.columns[i].type == "text" and any(kin(w, s) for w in self.schema.columns[i].stems[-1:] for s in self.linked.question.stems)
        ]
        column = next(iter(named or texts), None)
        if column is None:
            return None
        how, text = self.frame.cues.match, str(quoted.value)
        pattern = f"{text}%" if how.startswith(("start", "begin")) else f"%{text}" if how.startswith("end") else f"%{text}%"
        self.explained |= {quoted.stem, *self.schema.view(column).stems, stem("name"), stem("title")}
        self.frame = replace(self.frame, values=tuple(m for m in self.frame.values if m.kind != "quoted"))
        return self._counted_or_listed(key, display, (Condition(Item(column), "ilike", (pattern,)), *self._filters()))

    def _present(self) -> Plan | None:
        """Rows that have a value where others have none: "customers with a fax number"."""
        lower, nouns = self.linked.question.lower, self.frame.nouns
        if len(nouns) < 2 or not nouns[0].segment.best.table or self.frame.grain or self.frame.window or self.frame.extreme:
            return None
        at = nouns[1].segment.start
        column = next((o.column for o in nouns[1].segment.options if o.column and o.column.table == nouns[0].segment.best.table), None)
        if at < 2 or lower[at - 1] not in ("a", "an", "any") or lower[at - 2] not in ("have", "has", "with", "had") or column is None or nouns[1].segment.best.table:
            return None
        key, display, _ = self._entity(nouns[0])
        return self._counted_or_listed(key, display, (Condition(Item(column), "is not null"), *self._filters()))

    def _active(self) -> Plan | None:
        """Who bought, or what was sold, in a period: things that something dated points to."""
        frame, lower = self.frame, self.linked.question.lower
        nouns = [n for n in frame.nouns if n.role in ("noun", "count")]
        if len(nouns) != 1 or len(frame.nouns) != 1 or frame.tests or frame.grain or frame.window or frame.extreme or frame.limit or frame.adjective:
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

    def _worth(self) -> Plan | None:
        """The orders worth most, where an order has no column that says what it is worth."""
        lower, events = self.linked.question.lower, [n for n in self.frame.nouns if self._is_event(n)]
        earned = measures.line_revenue(self.schema) or measures.revenue(self.schema)
        if len(events) != 1 or earned is None or not set(lower) & {"value", "worth", "amount", "valuable", "total"}:
            return None
        if any(n.role == "measure" or n.role == "group" for n in self.frame.nouns if n is not events[0]):
            return None
        keys, shown = self.group(events[0])
        item = earned_item(self, earned)
        self.explained |= {stem("value"), stem("worth"), stem("amount"), stem("valuable")}
        group = tuple(dict.fromkeys((*keys, *shown)))
        plan = Plan((*(Item(s) for s in shown), item), (), self._filters(), group=group, order=(Order(item, self.frame.descending),), limit=self.frame.limit or 1, ties=True)
        return self._distinct_counts(plan)

    def _compared(self) -> tuple[ColumnRef, Operator, ColumnRef] | None:
        """Two columns of one table with a comparison between their words."""
        lower = self.linked.question.lower
        spans = [n.segment for n in self.frame.nouns]
        for words, operator in (*COMPARISONS, (("after",), ">"), (("later", "than"), ">"), (("before",), "<")):
            for i in range(len(lower) - len(words)):
                if lower[i : i + len(words)] != words:
                    continue
                after = i + len(words) + (lower[i + len(words)] in ("the", "their", "its"))
                right = next((s for s in spans if s.start == after), None)
                left = next((s for s in reversed(spans) if s.end <= i), None)
                pair = (self._pair(left, right) if left else None) or self._loose(i, right) if right else None
                if pair:
                    return pair[0], operator, pair[1]
        return None

    def _pair(self, left: Segment, right: Segment) -> tuple[ColumnRef, ColumnRef] | None:
        for one in (o.column for o in right.options if o.column):
            for other in (o.column for o in left.options if o.column):
                a, b = self.schema.view(other), self.schema.view(one)
                alike = (measures.amount(a) and measures.amount(b)) or (a.temporal and b.temporal)
                if one.table == other.table and one != other and alike:
                    return other, one
        return None

    def _loose(self, place: int, right: Segment) -> tuple[ColumnRef, ColumnRef] | None:
        """As ``_pair``, the left column by the word before the comparison alone: "stock below" is of units in stock."""
        word = self.linked.question.stems[place - 1] if place else ""
        for one in (o.column for o in right.options if o.column):
            views = [self.schema.columns[i] for i in self.schema.table(one.table).columns]
            kinds = [v for v in views if measures.amount(v) and v.ref != one and word in v.stems]
            if measures.amount(self.schema.view(one)) and len(kinds) == 1:
                return kinds[0].ref, one
        return None

    def _columns(self) -> Plan | None:
        """Rows in which one column lies above or below another: stock below the reorder level, shipped after the required date."""
        found = self._compared() if not self.frame.cues.late else None
        if found is None:
            for table in self.schema.tables:
                done = [r for r in self._moments(table.name) if set(self.schema.view(r).stems) & CLOSED]
                due = [r for r in self._moments(table.name) if set(self.schema.view(r).stems) & DUE]
                if done and due:
                    found = done[0], ">", due[0]
                    self.assumptions.append(f"late means {done[0].column} after {due[0].column}")
        if found is None:
            return None
        left, operator, right = found
        self.explained |= {*self.schema.view(left).stems, *self.schema.view(right).stems, *CLOSED}
        test = Condition(Item(left), operator, other=Item(right))
        entity = next((n for n in self.frame.nouns if n.segment.best.table == left.table), None)
        rest = [n for n in self.frame.nouns if n.role == "group"]
        self.flagged = (*self.flagged, (len(self.linked.question.tokens), test))
        if self.frame.window == "share":
            return self._rate()
        if rest or self.frame.grain:
            self.anchors.append(left.table)
            return self._aggregate([Item(Star(left.table), "count")], rest, [], [])
        view = self.schema.table(left.table)
        if entity is None or view.key is None:
            self.frame = replace(self.frame, counting=True)
        return self._counted_or_listed(view.key or left, view.display, self._filters())

    def _beyond(self) -> Plan | None:
        """Rows above a quantile of a column."""
        column = next((n.segment.best.column for n in self.frame.nouns if n.segment.best.column and self.schema.view(n.segment.best.column).numeric), None)
        if column is None:
            return None
        low = self.frame.cues.beyond in ("below", "under", "less than")
        quantile = Plan((Item(column, "quantile", fraction=self.frame.cues.quantile or 0.5),))
        test = Condition(Item(column), "<" if low else ">", (), quantile)
        view = self.schema.table(column.table)
        if self.frame.counting:
            return Plan((Item(Star(column.table), "count"),), (), (test, *self.values()))
        return Plan((*self._shown(view.display), Item(column)), (), (test, *self.values()), order=(Order(Item(column), descending=True),))

    def _rate(self) -> Plan | None:
        """The share of rows for which a flag is set, alone or by group."""
        position, part = self.flagged[-1]
        rest = tuple(c for _, c in self.flagged[:-1])
        later = [m for m in self.frame.values if m.start > position]
        values = self.values()
        if later and self.frame.window == "share":
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
        item = Item(Star(home), "count", among=(part,))
        group = tuple(dict.fromkeys((*keys, *shown)))
        order = (Order(item, self.frame.descending),) if group else ()
        self.explained |= {stem("rate")}
        limit = self.frame.limit or (1 if self.frame.extreme and group else None)
        plan = Plan((*(Item(s) for s in shown), item), (), (*values, *rest, *self.periods()), group=group, order=order, limit=limit, ties=bool(limit))
        path = self.schema.graph.path(tables_of(plan))
        if path is None or self.schema.graph.multiplies(path, home):
            raise NoPlanError
        return plan

    def _ratio(self) -> Plan | None:
        """One figure per another: average order value, revenue per customer, orders per customer, revenue per minute."""
        nouns, lower = self.frame.nouns, self.linked.question.lower
        mean = self.frame.cues.mean or any(n.aggregate == "avg" for n in nouns) or "average" in lower or "avg" in lower
        if timed := self._per_time():
            return self._by_rest(timed, {n for n in nouns if n.role == "group" and n.segment.start < self._after("minute", "second", "hour")} | {n for n in nouns if n.role in ("measure", "noun")})
        per = next((n for n in nouns if n.segment.start and lower[n.segment.start - 1] in EACH and n.role in ("group", "noun", "count")), None)
        if self.frame.cues.value and mean and not any(n.segment.best.measure and n is not per for n in nouns if n.role == "measure" and n.segment.best.strength > 1):
            event = next((n for n in nouns if self._is_event(n) and "avg" in (n.aggregate, *(["avg"] if mean else []))), None)
            earned = measures.line_revenue(self.schema) or measures.revenue(self.schema)
            if event is not None and earned is not None and not any(n.role == "measure" and n.segment.best.column for n in nouns):
                return self._by_rest(self._over(earned_item(self, earned), event), {event})
        if per is None or not mean:
            others = [n for n in nouns if n.role == "group" and n is not per]
            ranked = per is not None and bool(self.frame.extreme or self.frame.limit) and any(n.role == "noun" for n in nouns if n is not per)
            if per is None or lower[per.segment.start - 1] != "per" or not ((others and "by" in lower) or ranked):
                return None
        tops = [n for n in nouns if n is not per]
        top = next((n for role in ("measure", "count", "noun") for n in tops if n.role == role), None)
        if top is not None and top.role == "noun" and not top.segment.best.table:
            return None
        if top is None or not (per.segment.best.table or self._numbers(per)):
            return None
        if top.segment.best.measure is None and top.role == "measure" and not self._is_event(per):
            return None  # the average of a column by group
        item = self._measure(replace(top, aggregate="")) if top.role == "measure" else self._count(top)
        if item.aggregate not in ("count", "sum", "avg"):
            return None
        item = replace(item, aggregate="sum") if item.aggregate == "avg" else item
        if isinstance(item.expression, Star) and (pair := self._junction(item.expression.table, per.segment.best.table)):
            item = replace(item, expression=Star(pair))
        return self._by_rest(self._over(item, per), {top, per})

    def _junction(self, left: str, right: str) -> str:
        """The table whose rows pair things of two others, as an order's lines pair orders and products."""
        pointing = [{k.table for k in self.schema.catalog.keys if k.ref_table == name} for name in (left, right)]
        both = sorted(pointing[0] & pointing[1])
        return both[0] if len(both) == 1 else ""

    def _after(self, *words: str) -> int:
        return next((i for i, w in enumerate(self.linked.question.lower) if w in words), 0) + 1

    def _numbers(self, noun: Noun) -> bool:
        """Whether a noun phrase is a column that numbers things."""
        column = noun.segment.best.column
        return column is not None and (self.schema.view(column).foreign or self.schema.view(column).stems[-1] in ("id", "number", "no", "key", "code"))

    def _is_event(self, noun: Noun) -> bool:
        """Whether a noun phrase is something that is sold: an order, an invoice, or the column that numbers them."""
        table, column = noun.segment.best.table, noun.segment.best.column
        kinds = {stem("order"), stem("invoice"), stem("sale"), stem("purchase"), stem("transaction"), stem("basket"), stem("bill")}
        words = self.schema.table(table).stems if table else self.schema.view(column).stems if column and self._numbers(noun) else ()
        return bool(set(words[:1]) & kinds)

    def _over(self, item: Item, noun: Noun) -> Item:
        """``item`` divided by how many different things of ``noun`` its rows belong to."""
        option = noun.segment.best
        home = leaves(item.expression)[0].table
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
        if self.frame.extreme and not groups and within:
            groups = within[:1]
        self.frame = replace(self.frame, cues=replace(self.frame.cues, mean=False))
        return self._aggregate([item], groups, [], [])

    def _per_time(self) -> Item | None:
        """Revenue per minute of what was sold: the bill's amounts over the lengths of the pieces, each as often as it was sold."""
        lower = self.linked.question.lower
        unit = next((b for a, b in zip(lower, lower[1:], strict=False) if a == "per" and b in ("minute", "second", "hour")), "")
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

    def _extreme_within(self) -> Plan | None:
        """The row at the end of an adjective's scale within each group: the most expensive product in each category."""
        from aiser_jupyter.ask.frame import ADJECTIVES

        groups = [n for n in self.frame.nouns if n.role == "group"]
        rows = [n for n in self.frame.nouns if n not in groups and n.segment.best.table]
        if not self.frame.extreme or len(groups) != 1 or len(rows) != 1 or self.frame.tests:
            return None
        home = rows[0].segment.best.table
        self.anchors.append(home)
        ref, turned = self.attribute(home, ADJECTIVES[self.frame.adjective][1])
        keys, shown = self.group(groups[0])
        item = Item(ref)
        display = self.schema.table(home).display
        return Plan(
            (*(Item(s) for s in shown), *self._shown(display), item), (), self._filters(), order=(Order(item, self.frame.descending != turned),),
            limit=self.frame.limit or 1, rank_within=tuple(keys or shown), ties=True,
        )  # fmt: skip

    def _whether(self) -> Plan | None:
        """Yes or no: whether there is any row that passes the tests."""
        from aiser_jupyter.ask.cues import ANY

        frame = self.frame
        if any(n.role == "group" for n in frame.nouns) or frame.window or frame.grain or frame.extreme or frame.limit:
            return None
        things = [n for n in frame.nouns if n.segment.best.table]
        if not ANY.search(self.linked.question.text) and not set(self.linked.question.lower) & {"have", "there"}:
            return None
        where = self._filters_of(things)
        if not where:
            return None
        home = things[0].segment.best.table if things else self._sold()
        if not home:
            return None
        return self._distinct_counts(Plan((Item(Star(home), "count", window="exists"),), tuple(n.segment.best.table for n in things[1:]), where))

    def _filters_of(self, things: list[Noun]) -> tuple[Condition, ...]:
        self.anchors += [n.segment.best.table for n in things] or [self._sold()]
        return self._filters()

    def _having_item(self) -> Plan | None:
        """Groups kept by what they add up to: customers who spent more than 45, categories with more than 100k in revenue."""
        frame, lower = self.frame, self.linked.question.lower
        if len(frame.tests) != 1 or not frame.nouns or frame.grain or frame.window:
            return None
        test = frame.tests[0]
        noun = frame.nouns[test.noun]
        first = test.tokens[0]
        spent = set(lower[max(0, first - 2) : first]) & {"spent", "spend", "spends", "paid", "pay", "earned", "generated", "made", "brought"}
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
        plan = Plan((*(Item(s) for s in shown), item), (), self._filters(), group=group, having=(Condition(item, test.operator, (test.number,)),), order=(Order(item, descending=True),))
        plan = self._distinct_counts(plan)
        return Plan((Item(Star(BASE), "count"),), source=replace(plan, order=())) if frame.counting else plan


def earned_item(composer: Forms, earned: measures.Measure) -> Item:
    """Revenue as a value of the result, with what it takes for granted noted."""
    if earned.assumption and earned.assumption not in composer.assumptions:
        composer.assumptions.append(earned.assumption)
    composer.anchors.append(earned.table)
    return Item(earned.expression, earned.aggregate)


"""Rows chosen by what stands in them: columns compared, text, missing values, who reports to whom, yes or no."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.grammar.cues import ANY
from aiser_jupyter.ask.grammar.frame import ADJECTIVES, COMPARISONS
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.grammar.happenings import Happenings
from aiser_jupyter.ask.plan import ColumnRef, Condition, Days, Item, Order, Plan, Star, Upper
from aiser_jupyter.ask.words import bag, kin, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.frame import Noun
    from aiser_jupyter.ask.grammar.segments import Segment
    from aiser_jupyter.ask.plan import Operator

OPENED = frozenset(map(stem, bag("order ordered invoice created opened started placed booked purchase date")))
CLOSED = frozenset(
    map(stem, bag("ship shipped shipping delivered delivery deliver closed close returned return ended end arrived fulfilled"))
)
DUE = frozenset(map(stem, bag("required due promised expected deadline")))

NAMED = 0.75  # how strongly a word names the column that it means
COUNTING = frozenset(map(stem, ("number", "count", "total")))


class Rows(Happenings):
    """Forms about rows."""

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

    def _listing(self) -> Plan | None:
        """Some columns of each row: customers with their email."""
        frame, lower = self.frame, self.linked.question.lower
        if (
            len(frame.nouns) < 2
            or not frame.nouns[0].segment.best.table
            or frame.window
            or frame.grain
            or frame.tests
            or frame.counting
            or frame.average
        ):
            return None
        if (
            not set(lower) & {"their", "its", "list", "show"}
            or frame.extreme
            or frame.limit
            or frame.adjective
            or frame.without is not None
        ):
            return None
        home = frame.nouns[0].segment.best.table
        rest = [next((o.column for o in n.segment.options if o.column and o.column.table == home), None) for n in frame.nouns[1:]]
        if not all(rest) or any(n.role in ("group", "count") or n.aggregate for n in frame.nouns):
            return None
        columns = tuple(Item(ref) for ref in rest if ref)
        return Plan(tuple(dict.fromkeys((*self._shown(self.schema.table(home).display), *columns))), (), self._filters())

    def _matching(self) -> Plan | None:
        """Text that contains, begins or ends with what stands in quotes."""
        quoted, *more = [t for t in self.linked.question.tokens if t.kind == "quoted"] or [None]
        if quoted is None or more or not self.frame.nouns:
            return None
        measured = [n for n in self.frame.nouns if n.role == "measure"]
        nouns = [n for n in self.frame.nouns if n not in measured]
        if len(measured) > 1 or not nouns or (measured and (self.frame.grain or any(n.role == "group" for n in nouns))):
            return None
        first = nouns[0].segment.best
        if not first.table and (first.column is None or self.schema.tables[self.schema.view(first.column).table].parents):
            return None
        key, display, table = self._entity(nouns[0])
        said = [o for n in nouns[1:] for o in n.segment.options[:4] if o.column and o.column.table == table and o.strength >= NAMED]
        texts = [ref for ref in display if self.schema.view(ref).type == "text"]
        views = [self.schema.columns[i] for i in self.schema.table(table).columns if self.schema.columns[i].type == "text"]
        spoken = self.linked.question.stems
        named = [o.column for o in sorted(said, key=lambda o: -o.strength) if o.column and self.schema.view(o.column).type == "text"]
        named = named or [v.ref for v in views if set(v.stems) <= set(spoken)]
        named = named or [v.ref for v in views if any(kin(w, s) for w in v.stems[-1:] for s in spoken if s not in COUNTING)]
        column = next(iter(named or texts), None)
        if column is None:
            return None
        how, text = self.frame.cues.match, str(quoted.value)
        pattern = f"{text}%" if how.startswith(("start", "begin")) else f"%{text}" if how.startswith("end") else f"%{text}%"
        self.explained |= {quoted.stem, *self.schema.view(column).stems, stem("name"), stem("title")}
        self.frame = replace(self.frame, values=tuple(m for m in self.frame.values if m.kind != "quoted"))
        test = Condition(Item(column), "ilike", (pattern,))
        if measured:  # units sold of the products whose name contains it
            item = self._measure(measured[0])
            return self._distinct_counts(Plan((item,), (), (test, *self._filters())))
        return self._counted_or_listed(key, display, (test, *self._filters()))

    def _present(self) -> Plan | None:
        """Rows that have a value where others have none: "customers with a fax number"."""
        lower, nouns = self.linked.question.lower, self.frame.nouns
        if len(nouns) < 2 or not nouns[0].segment.best.table or self.frame.grain or self.frame.window or self.frame.extreme:
            return None
        at = nouns[1].segment.start
        column = next((o.column for o in nouns[1].segment.options if o.column and o.column.table == nouns[0].segment.best.table), None)
        if (
            at < 2
            or lower[at - 1] not in ("a", "an", "any")
            or lower[at - 2] not in ("have", "has", "with", "had")
            or column is None
            or nouns[1].segment.best.table
        ):
            return None
        key, display, _ = self._entity(nouns[0])
        return self._counted_or_listed(key, display, (Condition(Item(column), "is not null"), *self._filters()))

    def _compared(self) -> tuple[ColumnRef, Operator, ColumnRef] | None:
        """Two columns of one table with a comparison between their words."""
        lower = self.linked.question.lower
        spans = [n.segment for n in self.frame.nouns]
        more: tuple[tuple[tuple[str, ...], Operator], ...] = ((("after",), ">"), (("later", "than"), ">"), (("before",), "<"))
        for words, operator in (*COMPARISONS, *more):
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

    def _last_stage(self, table: str) -> list[ColumnRef]:
        """The dates on which something was done, the one that the question tells of, or the latest stage, first: late is delivered late."""
        done = [r for r in self._moments(table) if set(self.schema.view(r).stems) & CLOSED and not set(self.schema.view(r).stems) & DUE]
        asked = self.linked.question.stems
        sent = {stem("ship"), stem("shipping")}
        own = self.schema.table(table).stems
        told = [r for r in done if any(kin(w, s) for w in self.schema.view(r).stems if w != stem("date") for s in asked)]
        verbs = [r for r in told if not any(kin(w, o) for w in self.schema.view(r).stems for o in own)]
        return sorted(verbs or done, key=lambda r: bool(set(self.schema.view(r).stems) & sent))

    def _columns(self) -> Plan | None:
        """Rows in which one column lies above or below another: stock below the reorder level, shipped after the required date."""
        found = self._compared() if not self.frame.cues.late else None
        if found is None:
            for table in self.schema.tables:
                done = self._last_stage(table.name)
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
            return None  # a rate is read of the flags, to which the comparison now belongs
        if rest or self.frame.grain:
            self.anchors.append(left.table)
            return self._aggregate([Item(Star(left.table), "count")], rest, [], [])
        view = self.schema.table(left.table)
        if entity is None or view.key is None:
            self.frame = replace(self.frame, counting=True)
        return self._counted_or_listed(view.key or left, view.display, self._filters())

    def _beyond(self) -> Plan | None:
        """Rows above a quantile of a column."""
        column = next(
            (n.segment.best.column for n in self.frame.nouns if n.segment.best.column and self.schema.view(n.segment.best.column).numeric),
            None,
        )
        if column is None:
            return None
        low = self.frame.cues.beyond in ("below", "under", "less than")
        quantile = Plan((Item(column, "quantile", fraction=self.frame.cues.quantile or 0.5),))
        test = Condition(Item(column), "<" if low else ">", (), quantile)
        view = self.schema.table(column.table)
        if self.frame.counting:
            return Plan((Item(Star(column.table), "count"),), (), (test, *self.values()))
        return Plan((*self._shown(view.display), Item(column)), (), (test, *self.values()), order=(Order(Item(column), descending=True),))

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

    def _extreme_within(self) -> Plan | None:
        """The row at the end of an adjective's scale within each group: the most expensive product in each category."""
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
        return self._distinct_counts(
            Plan((Item(Star(home), "count", window="exists"),), tuple(n.segment.best.table for n in things[1:]), where)
        )

    def _filters_of(self, things: list[Noun]) -> tuple[Condition, ...]:
        self.anchors += [n.segment.best.table for n in things] or [home for home in (self._sold(),) if home]
        return self._filters()

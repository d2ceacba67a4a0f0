"""From a clause to a plan: joins that repeat no row, counts of rows, shares, durations, lists, and what must be there or not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask import measures
from aiser_jupyter.ask.plan import BASE, Bucket, ColumnRef, Condition, Days, Expression, Item, Order, Plan, Star
from aiser_jupyter.ask.reader.clause import Figure, NoClauseError, default, merged
from aiser_jupyter.ask.reader.display import display
from aiser_jupyter.ask.reader.naming import likeness, parts
from aiser_jupyter.ask.reader.senses import KEYS
from aiser_jupyter.ask.reader.when import event_date
from aiser_jupyter.ask.render import leaves, tables_of

if TYPE_CHECKING:
    from aiser_jupyter.ask.joins import Path
    from aiser_jupyter.ask.plan import Aggregate
    from aiser_jupyter.ask.reader.clause import Clause
    from aiser_jupyter.ask.schema import Schema

ENDS = (("in", "out"), ("start", "end"), ("started", "ended"), ("opened", "closed"), ("from", "to"), ("begin", "end"), ("admission", "discharge"), ("admitted", "discharged"), ("departure", "arrival"), ("pickup", "return"))
ADJECTIVES = {
    "longest": "length duration milliseconds minutes runtime", "shortest": "length duration milliseconds minutes runtime", "oldest": "age birth dob",
    "youngest": "age birth dob", "heaviest": "weight", "lightest": "weight", "cheapest": "price cost", "priciest": "price", "newest": "date created",
    "most expensive": "price cost", "the most expensive": "price cost", "latest": "date", "earliest": "date",
}  # fmt: skip


@dataclass
class Assembly:
    """Builds one plan; ``kind`` is what sort of question it turned out to be, ``notes`` what it took for granted, ``doubt`` how unsure a choice was."""

    schema: Schema
    clause: Clause
    words: tuple[str, ...]
    notes: list[str] = field(default_factory=list)
    kind: str = ""
    doubt: float = 1.0

    def plan(self) -> Plan:
        """The plan; raises NoClauseError where the parts make none."""
        self.notes += self.clause.notes
        self._settle()
        clause = self.clause
        if clause.days:
            self._days()
        if clause.figures:
            if (
                clause.attributes
                or [r for r in clause.loose if r != clause.order]
                or clause.order
                or clause.exists
                or (clause.subject and self._idle())
            ):
                raise NoClauseError
            if clause.having and not clause.groups:
                return self._counted()
            return self._figures()
        return self._list()

    # What is asked where the cues leave it open.
    def _settle(self) -> None:  # noqa: C901, PLR0912  # one branch a gap is the clearest table
        clause = self.clause
        if clause.days:
            return
        grouped = bool(clause.groups or clause.grain)
        ranked = clause.ranked and not clause.order
        for figure in [f for f in clause.figures if f.kind == ""]:
            if figure.column is not None:
                figure.kind = default(self.schema, figure.column)
        loose = [ref for ref in clause.loose if ref != clause.order]
        if clause.order and not self.schema.view(clause.order).numeric and (clause.groups or clause.figures):
            raise NoClauseError
        if clause.limit and not clause.ranked:
            raise NoClauseError
        if clause.order and (clause.groups or clause.grain) and not clause.figures:
            loose, clause.order = [clause.order], None
        if (
            clause.order
            and not clause.figures
            and clause.subject
            and clause.order.table != clause.subject
            and self.schema.view(clause.order).numeric
        ):
            loose, clause.order = [clause.order, *loose], None
            clause.groups.append(clause.subject)
            clause.subject, grouped = "", True
        if clause.ranked and clause.figures and clause.attributes and not clause.groups:
            clause.groups, clause.attributes = list(clause.attributes), []
        if clause.ranked and not clause.figures and not clause.order and clause.subject and not clause.groups and not clause.sold and not clause.grain:
            clause.order = self._by_adjective(clause.subject)
        if clause.sold and clause.ranked and not clause.figures and not clause.order:
            units = measures.units(self.schema)
            if units is None:
                raise NoClauseError
            self.notes.append(units.assumption)
            clause.figures.append(Figure("sum", units.table, None, measure=units))
        identified = self._identified()
        if loose and not clause.figures and not clause.order and (grouped or (not clause.listed and not identified and not clause.exists)):
            clause.figures += [Figure(default(self.schema, ref), ref.table, ref) for ref in loose]
            clause.loose = []
        if clause.ranked and clause.each and clause.groups and clause.subject and clause.subject not in clause.groups and not clause.within:
            clause.within, clause.groups, clause.subject = clause.groups, [clause.subject], ""
        if clause.ranked and clause.figures and clause.subject and not clause.groups and clause.subject != clause.figures[0].table:
            clause.groups.append(clause.subject)
            clause.subject = ""
        elif clause.ranked and clause.figures and clause.subject and clause.limit and not clause.groups:
            if clause.figures[0].column is not None and clause.figures[0].kind == default(self.schema, clause.figures[0].column):
                clause.order, clause.figures = clause.figures[0].column, []
        if clause.share and not clause.figures:
            base = clause.subject or (self._only_table() or "")
            after = [t for place, t in clause.tests if place > clause.subject_at]
            if not base or not after:
                raise NoClauseError
            clause.tests = [(p, t) for p, t in clause.tests if p <= clause.subject_at]
            clause.figures.append(Figure("rate", base, tests=merged([(0, t) for t in after])))
            return
        if clause.share:
            raise NoClauseError
        if not clause.figures and not clause.attributes and not clause.order:
            base = clause.subject
            if not base and (clause.tests or clause.when) and not clause.listed:
                base = clause.when.table if clause.when else self._only_table() or ""
            event = base and self._event(base)
            if (
                base
                and not clause.having
                and (grouped or clause.counting or (event and not clause.listed and not clause.exists))
                and not clause.loose
            ):
                if not (clause.subject or clause.counting) and not clause.tests:
                    raise NoClauseError
                clause.figures.append(Figure("count", base))
                if not grouped and not clause.counting:
                    self.doubt *= 0.9
        if ranked and not clause.figures and clause.groups and not clause.order:
            home = self._home(clause.groups[0])
            base = clause.mentions[0] if clause.mentions else clause.subject or home
            clause.figures.append(Figure("count", base))
            self.doubt *= 0.85

    def _idle(self) -> bool:
        """Whether a noun beside the figures would have no part in the plan."""
        return not all(self._harmless([self.clause.subject], f.table) for f in self.clause.figures if f.table != self.clause.subject)

    def _event(self, table: str) -> bool:
        view = self.schema.table(table)
        columns = [self.schema.columns[i] for i in view.columns]
        named = any(ref not in (view.key,) and self.schema.view(ref).naming for ref in display(self.schema, table))
        return any(c.temporal for c in columns) and view.parents > 0 and not named

    def _by_adjective(self, table: str) -> ColumnRef:
        """The column that an adjective orders the rows of ``table`` by."""
        wanted = ADJECTIVES.get(self.clause.adjective)
        found = []
        for i in self.schema.table(table).columns:
            view = self.schema.columns[i]
            if wanted and (view.numeric or view.temporal) and not view.foreign and not view.primary:
                if max(likeness(word, piece) for word in wanted.split() for piece in parts(view.ref.column)) >= 0.85:
                    found.append(view)
        if len(found) != 1:
            raise NoClauseError
        if (
            found[0].temporal
            and set(found[0].stems) & {"birth", "born", "hire"}
            or (found[0].temporal and self.clause.adjective == "oldest")
        ):
            self.clause.descending = self.clause.adjective in ("youngest", "newest", "latest")
        return found[0].ref

    def _identified(self) -> bool:
        """Whether a test names one row: a value of a column that no two rows share."""
        for _, test in self.clause.tests:
            ref = test.item.expression
            if isinstance(ref, ColumnRef) and test.operator == "=" and isinstance(test.values[0], str):
                view = self.schema.view(ref)
                if view.distinct >= 0.95 * max(view.rows, 1) or ref in display(self.schema, ref.table):
                    return True
        return False

    def _only_table(self) -> str | None:
        tables = {leaf.table for _, t in self.clause.tests for leaf in leaves(t.item.expression)}
        return next(iter(tables)) if len(tables) == 1 else None

    def _home(self, group: str | ColumnRef) -> str:
        return group if isinstance(group, str) else group.table

    # Parts that most plans have.
    def _group(self, group: str | ColumnRef) -> tuple[list[Expression], list[Expression]]:
        """What is grouped by, and what stands for it in the result."""
        if isinstance(group, str):
            view = self.schema.table(group)
            return ([view.key] if view.key else []), list(display(self.schema, group))
        view = self.schema.view(group)
        if view.foreign and not view.primary:
            key = next((k for k in self.schema.catalog.keys if k.table == group.table and k.columns == (group.column,)), None)
            if key and key.ref_table in self.schema.table_index:
                return [group], list(display(self.schema, key.ref_table))
        if not view.primary and parts(group.column)[-1].text in KEYS and (above := self._pointed(group)):
            return [group], list(display(self.schema, above))
        return [], [group]

    def _pointed(self, ref: ColumnRef) -> str:
        """The table that a column without a declared key points to: the one that has a column of its name with each value once."""
        found = [v for v in self.schema.columns if v.ref.column.lower() == ref.column.lower() and v.ref.table != ref.table]
        ends = [v.ref.table for v in found if v.distinct == v.rows > 0]
        return ends[0] if len(ends) == 1 else ""

    def _date(self, table: str) -> ColumnRef:
        clause = self.clause
        if clause.when is not None:
            return clause.when
        found = event_date(self.schema, table, self.words)
        if found is None:
            raise NoClauseError
        ref, unsure = found
        self.notes.append(f"dates are {ref.table}.{ref.column}")
        self.doubt *= 0.9 if unsure else 1.0
        return ref

    def _where(self, base: str) -> tuple[Condition, ...]:
        clause = self.clause
        found = list(merged(clause.tests))
        if clause.absent:
            found.append(self._without(base))
        elif clause.periods:
            if len(clause.periods) > 1:
                raise NoClauseError
            period, ref = clause.periods[0], self._date(base)
            if period.relative:
                self.notes.append(f"the period is {period.text()}")
            if period.start:
                found.append(Condition(Item(ref), ">=", (period.start.isoformat(),)))
            if period.end:
                found.append(Condition(Item(ref), "<", (period.end.isoformat(),)))
        return tuple(found)

    def _lasting(self, table: str) -> tuple[Condition, ...]:
        """The tests that the period makes for the rows of ``table``."""
        saved, self.clause.absent, tests, self.clause.tests = self.clause.absent, "", self.clause.tests, []
        found = self._where(table)
        self.clause.absent, self.clause.tests = saved, tests
        return found

    def _without(self, base: str) -> Condition:
        """The rows of ``base`` that no row of the other table points to."""
        other = self.clause.absent
        key = self.schema.table(base).key
        own = [k for k in self.schema.catalog.keys if k.table == base and k.ref_table == other and len(k.columns) == 1]
        if len(own) == 1 and not self.clause.periods:
            return Condition(Item(ColumnRef(base, own[0].columns[0])), "is null")
        keys = [k for k in self.schema.catalog.keys if k.table == other and k.ref_table == base and len(k.columns) == 1]
        if keys:
            here, there = ColumnRef(other, keys[0].columns[0]), ColumnRef(base, keys[0].ref_columns[0])
            return Condition(
                Item(there), "not in", (), Plan((Item(here),), (), (Condition(Item(here), "is not null"), *self._lasting(other)))
            )
        path = self.schema.graph.path((base, other))
        if (
            key is None
            or path is None
            or path.cost > 3.5
            or other == base
            or self._weak(path)
        ):
            raise NoClauseError
        return Condition(Item(key), "not in", (), Plan((Item(key),), (other,), self._lasting(other)))

    def _item(self, figure: Figure, tables: set[str]) -> Item:
        """A figure over a join of ``tables``; a row that the join repeats is counted by its key, and never added up."""
        base = figure.table
        path = self.schema.graph.path(tuple(sorted({base, *tables})))
        if path is None:
            raise NoClauseError
        if self._weak(path):
            raise NoClauseError
        repeated = self.schema.graph.multiplies(path, base)
        if repeated and not self._downwards(base, path):
            raise NoClauseError
        if repeated:
            self._no_denial(base)
        if figure.kind == "count" and not self.clause.groups:
            own = display(self.schema, base)
            if any(t.operator == "=" and t.item.expression in own for _, t in self.clause.tests):
                raise NoClauseError  # things are not counted by their own name
        if figure.kind == "count":
            key = self.schema.table(base).key
            if not repeated:
                return Item(Star(base), "count")
            if key is None:
                raise NoClauseError
            return Item(key, "count", distinct=True)
        if figure.kind == "distinct" and figure.column is not None:
            view = self.schema.view(figure.column)
            if view.distinct == view.rows > 0 and not repeated:
                return Item(Star(base), "count")
            return Item(figure.column, "count", distinct=True)
        if repeated:
            raise NoClauseError
        if figure.over is not None:
            return self._ratio(figure, tables)
        if figure.kind == "rate":
            return Item(Star(base), "count", among=figure.tests)
        if figure.days is not None:
            spread: Aggregate = self.clause.spread  # type: ignore[assignment]  # one of the aggregates
            return Item(figure.days, spread)
        if figure.measure is not None:
            if figure.kind not in ("sum", "avg", "median", "max", "min"):
                raise NoClauseError
            return Item(figure.measure.expression, figure.kind)
        if figure.column is None or figure.kind == "avg count":
            raise NoClauseError
        aggregate: Aggregate = figure.kind  # type: ignore[assignment]  # the other kinds are dealt with above
        return Item(figure.column, aggregate)

    def _ratio(self, figure: Figure, tables: set[str]) -> Item:
        """A total over the number of things it is told per, or over another total."""
        whole = replace(figure, kind="count" if figure.kind == "avg count" else "sum", over=None)
        above = self._item(whole, tables)
        per = figure.over
        if isinstance(per, ColumnRef):
            if per.table != figure.table:
                raise NoClauseError
            view = self.schema.view(per)
            return replace(
                above,
                over=Item(per, "sum") if view.numeric and not view.foreign and not view.primary else Item(per, "count", distinct=True),
            )
        if per is None:
            raise NoClauseError
        key = next((k for k in self.schema.catalog.keys if k.table == figure.table and k.ref_table == per and len(k.columns) == 1), None)
        ref = ColumnRef(figure.table, key.columns[0]) if key else self.schema.table(per).key
        if ref is None or per == figure.table:
            raise NoClauseError
        path = self.schema.graph.path((figure.table, per))
        if path is None or self.schema.graph.multiplies(path, figure.table):
            raise NoClauseError
        return replace(above, over=Item(ref, "count", distinct=True))

    def _downwards(self, base: str, path: Path) -> bool:
        """Whether a join goes from ``base`` only to tables that point to it, over others of the kind perhaps, and not up and down again."""
        below, grown = {base}, True
        while grown:
            new = {s.key.table for s in path.steps if s.key.ref_table in below} - below
            below |= new
            grown = bool(new)
        above, grown = set(below), True
        while grown:
            new = {s.key.ref_table for s in path.steps if s.key.table in above} - above
            above |= new
            grown = bool(new)
        return set(path.tables) <= above

    def _figures(self) -> Plan:
        clause = self.clause
        first = clause.figures[0]
        base = first.table
        keys: list[Expression] = []
        shown: list[Expression] = []
        ranks: list[Expression] = []
        where = self._where(base)
        if clause.grain:
            shown.append(Bucket(self._date(base), clause.grain))
        for group in (*clause.within, *clause.groups):
            k, s = self._group(group)
            keys += k
            shown += s
            if group in clause.within:
                ranks += k or s
        tables = {leaf.table for e in (*keys, *shown) for leaf in leaves(e)} | {t for c in where for t in tables_of(Plan((c.item,)))}
        tables |= {t for f in clause.figures for c in f.tests for t in tables_of(Plan((c.item,)))} | {f.table for f in clause.figures}
        needed = [m for m in clause.mentions if m not in tables]
        for figure in clause.figures:
            if figure.over is not None:
                tables.add(figure.over.table if isinstance(figure.over, ColumnRef) else figure.table)
                if not isinstance(figure.over, ColumnRef) and not any(
                    k.table == figure.table and k.ref_table == figure.over for k in self.schema.catalog.keys
                ):
                    tables.add(figure.over)
        self._finer(tables)
        items = [self._item(f, tables) for f in clause.figures]
        having: tuple[Condition, ...] = ()
        if clause.having:
            table, operator, count, tests = clause.having
            if tests:
                raise NoClauseError
            having = (Condition(self._item(Figure("count", table), tables), operator, (count,)),)
        order: tuple[Order, ...] = ()
        if clause.ranked:
            if not shown:
                raise NoClauseError
            order = (Order(items[0], descending=clause.descending),)
        elif clause.sort is not None and shown and not clause.grain:
            order = (Order(items[0], descending=clause.sort),)
        elif clause.grain and len(shown) == 1:
            order = (Order(Item(shown[0])),)
        self.kind = "rank" if clause.ranked else f"{first.kind}{' group' if shown else ''}{' filter' if where else ''}"
        limit = clause.limit or (1 if clause.ranked else None)
        if needed and not self._harmless(needed, base):
            raise NoClauseError
        group = tuple(dict.fromkeys((*keys, *shown)))
        return Plan(
            (*(Item(e) for e in dict.fromkeys(shown)), *dict.fromkeys(items)),
            (),
            where,
            group=group,
            having=having,
            order=order,
            limit=limit,
            rank_within=tuple(ranks),
            ties=bool(limit and group),
        )

    def _no_denial(self, base: str) -> None:
        """Refuse a denial of one among many rows: who never bought jazz is not who bought something else."""
        for _, test in self.clause.tests:
            for leaf in leaves(test.item.expression):
                path = self.schema.graph.path(tuple(sorted({base, leaf.table})))
                if test.operator in ("!=", "not in", "is null") and path and self.schema.graph.multiplies(path, base):
                    raise NoClauseError

    def _weak(self, path: Path) -> bool:
        """Whether a join goes along columns that only have the same name, and are no keys."""
        for step in path.steps:
            key = step.key
            if not key.declared and key.confidence < 0.5:
                ref = ColumnRef(key.ref_table, key.ref_columns[0])
                view = self.schema.view(ref)
                if not (parts(ref.column)[-1].text in KEYS and view.distinct == view.rows > 0):
                    return True
        return False

    def _finer(self, tables: set[str]) -> None:
        """Add up the lines of bills where a group or test lies below the bill."""
        for figure in self.clause.figures:
            line = measures.line_revenue(self.schema)
            path = self.schema.graph.path(tuple(sorted({figure.table, *tables})))
            if figure.measure and line and line.table != figure.table and path and self.schema.graph.multiplies(path, figure.table):
                tables.discard(figure.table)
                figure.measure, figure.table = line, line.table
                self.notes = [n for n in self.notes if not n.startswith("revenue is")] + [line.assumption]

    def _harmless(self, names: list[str], base: str) -> bool:
        """Whether tables that are only mentioned tell nothing: each row of ``base`` has one of theirs, or they are what it belongs to."""
        for name in names:
            path = self.schema.graph.path((base, name))
            if path is None or self.schema.graph.multiplies(path, base):
                return False
        self.doubt *= 0.9
        return True

    def _counted(self) -> Plan:
        """How many things have so many of something: a count over a grouped query."""
        clause, figure = self.clause, self.clause.figures[0]
        if figure.kind != "count" or len(clause.figures) > 1 or clause.having is None:
            raise NoClauseError
        inner = self._enough(figure.table)
        self.kind = "having count"
        return Plan((Item(Star(BASE), "count"),), source=replace(inner, select=(Item(inner.group[0]),)))

    def _enough(self, subject: str) -> Plan:
        """The rows of ``subject`` with so many rows of another table, grouped."""
        clause = self.clause
        if clause.having is None:
            raise NoClauseError
        table, operator, count, tests = clause.having
        view = self.schema.table(subject)
        if view.key is None or table == subject:
            raise NoClauseError
        saved, self.clause.tests = self.clause.tests, [*self.clause.tests, *((0, t) for t in tests)]
        where = self._where(table)
        self.clause.tests = saved
        tables = {subject, *(t for c in where for t in tables_of(Plan((c.item,))))}
        item = self._item(Figure("count", table), tables)
        if self._item(Figure("count", subject), {table}).distinct is False:
            raise NoClauseError  # each has one at most
        return Plan(
            tuple(Item(e) for e in display(self.schema, subject)),
            (table,),
            where,
            group=tuple(dict.fromkeys((view.key, *display(self.schema, subject)))),
            having=(Condition(item, operator, (count,)),),
        )

    def _days(self) -> None:
        """A duration as the figure: between two dates that are said, or from the date when rows came to be to the one that is said."""
        clause = self.clause
        if clause.figures or clause.loose or clause.attributes or clause.ranked or set(self.words) & {"hours", "minutes", "weeks", "months", "seconds"}:
            raise NoClauseError
        dates = list(dict.fromkeys(clause.dates))
        table = dates[0].table if dates else clause.subject
        if not table or len(dates) > 2 or any(d.table != table for d in dates):
            raise NoClauseError
        if not dates:
            dates = self._ends(table)
        elif len(dates) == 1:
            started = event_date(self.schema, table, tuple(w for w in self.words if likeness(w, parts(dates[0].column)[0]) < 0.6))
            if started is None or started[0] == dates[0] or started[0].table != table:
                raise NoClauseError
            dates = [started[0], *dates]
        start, end = dates
        self.notes.append(f"the days go from {start.column} to {end.column} of {table}")
        clause.figures.append(Figure("days", table, tests=(), days=Days(start, end)))
        if clause.subject == table:
            clause.subject = ""

    def _ends(self, table: str) -> list[ColumnRef]:
        """The two dates of a row that are the begin and the end of one thing."""
        views = [self.schema.columns[i] for i in self.schema.table(table).columns if self.schema.columns[i].temporal]
        found = []
        for first in views:
            for last in views:
                names = first.ref.column.lower(), last.ref.column.lower()
                if any(names[0].replace(a, b) == names[1] and a in names[0] for a, b in ENDS):
                    found.append([first.ref, last.ref])
        if len(found) != 1:
            raise NoClauseError
        return found[0]

    def _list(self) -> Plan:
        clause = self.clause
        subject = clause.subject or (clause.order.table if clause.order else "")
        if not subject and (clause.attributes or clause.loose) and clause.tests:
            subject = (clause.attributes or clause.loose)[0].table
        if not subject or clause.groups or clause.grain or clause.within:
            raise NoClauseError
        if clause.having:
            self.kind = "having list"
            return self._enough(subject)
        where = self._where(subject)
        shown = [*clause.attributes, *(ref for ref in clause.loose if ref != clause.order)]
        tables = {subject, *(r.table for r in shown), *(t for c in where for t in tables_of(Plan((c.item,))))}
        path = self.schema.graph.path(tuple(sorted(tables)))
        if path is None:
            raise NoClauseError
        needed = [m for m in clause.mentions if m not in tables]
        if needed and not self._harmless(needed, subject):
            raise NoClauseError
        if self._weak(path):
            raise NoClauseError
        repeated = self.schema.graph.multiplies(path, subject)
        if repeated and not self._downwards(subject, path):
            raise NoClauseError
        if repeated:
            self._no_denial(subject)
        if clause.exists and not clause.listed:
            if repeated or clause.attributes or clause.loose:
                raise NoClauseError
            self.kind = "exists"
            return Plan((Item(Star(subject), "count", window="exists"),), (), where)
        if clause.order:
            if repeated or clause.order.table != subject:
                raise NoClauseError
            shown_by = display(self.schema, subject)
            order = (Order(Item(clause.order), descending=clause.descending),)
            self.kind = "extreme"
            select = tuple(Item(r) for r in dict.fromkeys((*shown_by, *shown, clause.order)))
            filled = Condition(Item(clause.order), "is not null")
            return Plan(select, (), (*where, filled), order=order, limit=clause.limit or 1)
        if not where:
            raise NoClauseError
        shown_by = () if self._identified() and shown else display(self.schema, subject)
        self.kind = "lookup" if shown and self._identified() else "list"
        select = tuple(Item(r) for r in dict.fromkeys((*shown_by, *shown)))
        return Plan(select, (), where, distinct=repeated)

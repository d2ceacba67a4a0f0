"""From a clause to a plan: joins that repeat no row, counts of rows, shares, durations, lists, and what must be there or not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures, streams
from aiser_jupyter.ask.plan import BASE, Bucket, ColumnRef, Condition, Expression, Item, Order, Plan, Star
from aiser_jupyter.ask.reader.clause import Figure, NoClauseError, merged
from aiser_jupyter.ask.reader.display import display
from aiser_jupyter.ask.reader.naming import parts
from aiser_jupyter.ask.reader.senses import KEYS
from aiser_jupyter.ask.reader.settle import Settling
from aiser_jupyter.ask.reader.when import event_date
from aiser_jupyter.ask.sql.render import leaves, tables_of
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import Aggregate
    from aiser_jupyter.ask.sql.joins import Path


class Assembly(Settling):
    """Builds one plan; ``kind`` is what sort of question it turned out to be, ``notes`` what it took for granted, ``doubt`` how unsure a choice was."""

    def plan(self) -> Plan:
        """The plan; raises NoClauseError where the parts make none."""
        self.notes += self.clause.notes
        self._settle()
        clause = self.clause
        if clause.days:
            self._days()
        if clause.figures:
            clause.figures = [self._in_pieces(figure) for figure in clause.figures]
            if (
                clause.attributes
                or [r for r in clause.loose if r != clause.order]
                or clause.order
                or clause.exists
                or (clause.subject and self._idle())
                or (
                    clause.grain and clause.figures[0].kind == "avg" and {"number", "count"} & set(self.words)
                )  # calls per day are no mean of rows
            ):
                raise NoClauseError
            if clause.having and not clause.groups:
                return self._counted()
            return self._along(self._figures())
        return self._along(self._list())

    def _in_pieces(self, figure: Figure) -> Figure:
        """The sum of the pieces, where rows are counted and each tells of how many it is."""
        said = frozenset(map(stem, self.words))
        ref = streams.pieces(self.schema, figure.table, said) if figure.kind in ("count", "rate") else None
        if ref is None:
            return figure
        if figure.kind == "rate" or figure.tests:
            raise NoClauseError
        return replace(figure, kind="sum", column=ref)

    def _along(self, plan: Plan) -> Plan:
        """The plan with its dates along the key of the table that they date."""
        return replace(plan, via=(*plan.via, *self.via)) if self.via and not plan.source else plan

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
        if (
            (view.foreign or view.primary)
            and len(self.schema.tables) > 1
            and not set(self.words) & {"id", "ids", "code", "codes", "key", "number"}
        ):
            raise NoClauseError  # a bare key tells nobody anything
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
        ref, unsure, several = found
        if several:
            self.notes.append(f"dates are {ref.table}.{ref.column}")
        self.doubt *= 0.9 if unsure else 1.0
        keys = [k for k in self.schema.catalog.keys if k.table == table and k.ref_table == ref.table and len(k.columns) == 1]
        if len(keys) == 1 and sum(k.ref_table == ref.table for k in self.schema.catalog.keys) > 1:
            self.via = (ColumnRef(table, keys[0].columns[0]),)  # other tables of the join may point to the calendar too
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
        saved, self.clause.absent, tests, self.clause.tests = (
            self.clause.absent,
            "",
            self.clause.tests,
            [(0, test) for test in self.clause.lacking],
        )
        found = self._where(table)
        self.clause.absent, self.clause.tests = saved, tests
        return found

    def _without(self, base: str) -> Condition:
        """The rows of ``base`` that no row of the other table points to."""
        other = self.clause.absent
        key = self.schema.table(base).key
        own = [k for k in self.schema.catalog.keys if k.table == base and k.ref_table == other and len(k.columns) == 1]
        if len(own) == 1 and not self.clause.periods and not self.clause.lacking:
            return Condition(Item(ColumnRef(base, own[0].columns[0])), "is null")
        keys = [k for k in self.schema.catalog.keys if k.table == other and k.ref_table == base and len(k.columns) == 1]
        if keys:
            here, there = ColumnRef(other, keys[0].columns[0]), ColumnRef(base, keys[0].ref_columns[0])
            return Condition(
                Item(there), "not in", (), Plan((Item(here),), (), (Condition(Item(here), "is not null"), *self._lasting(other)))
            )
        path = self.schema.graph.path((base, other))
        if key is None or path is None or path.cost > 3.5 or other == base or self._weak(path):
            raise NoClauseError
        return Condition(Item(key), "not in", (), Plan((Item(key),), (other,), self._lasting(other)))

    def _item(self, figure: Figure, tables: set[str]) -> Item:  # noqa: C901, PLR0911, PLR0912  # one return a kind of figure is the clearest table
        """A figure over a join of ``tables``; a row that the join repeats is counted by its key, and never added up."""
        base = figure.table
        path = self.schema.graph.path(tuple(sorted({base, *tables})), self.via)
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
            return Item(figure.days, spread, scale={"hours": 3_600.0, "minutes": 60.0}.get(figure.unit, 1.0))
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

    def _figures(self) -> Plan:  # noqa: C901, PLR0912  # each part that a question may leave out, in order
        clause = self.clause
        first = clause.figures[0]
        base = first.table
        keys: list[Expression] = []
        shown: list[Expression] = []
        ranks: list[Expression] = []
        where = self._where(base)
        if clause.grain:
            shown.append(Bucket(self._date(base), clause.grain))
            if clause.grain == "hour_of_day" and not self.schema.view(shown[0].column).clocked:  # type: ignore[union-attr]  # the bucket put in just now
                raise NoClauseError
            if clause.ranked and clause.groups and clause.grained:
                ranks.append(shown[0])  # the best of each month
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
            counted = self._item(Figure("count", table), tables)
            filled = tests[0].item.expression if len(tests) == 1 and tests[0].operator == "is not null" else None
            if tests and (not isinstance(filled, ColumnRef) or filled.table != table or counted.distinct):
                raise NoClauseError
            having = (Condition(Item(filled, "count") if isinstance(filled, ColumnRef) else counted, operator, (count,)),)
        order: tuple[Order, ...] = ()
        if clause.ranked:
            if not shown:
                raise NoClauseError
            order = (Order(items[0], descending=clause.descending),)
        elif shown and not clause.grain:
            order = (Order(items[0], descending=clause.sort is not False),)
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
            via=self.via,
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
            path = self.schema.graph.path(tuple(sorted({figure.table, *tables})), self.via)
            if figure.measure and line and line.table != figure.table and path and self.schema.graph.multiplies(path, figure.table):
                tables.discard(figure.table)
                figure.measure, figure.table = line, line.table
                self.notes = [n for n in self.notes if not n.startswith("revenue is")] + [line.assumption]

    def _counted(self) -> Plan:
        """How many things have so many of something: a count over a grouped query."""
        clause, figure = self.clause, self.clause.figures[0]
        if figure.kind != "count" or len(clause.figures) > 1 or clause.having is None:
            raise NoClauseError
        inner = self._enough(figure.table)
        self.kind = "having count"
        return Plan((Item(Star(BASE), "count"),), source=replace(inner, select=(Item(inner.group[0]),), order=()))

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
            (*(Item(e) for e in display(self.schema, subject)), item),
            (table,),
            where,
            group=tuple(dict.fromkeys((view.key, *display(self.schema, subject)))),
            having=(Condition(item, operator, (count,)),),
            order=(Order(item, descending=True),),
        )

    def _list(self) -> Plan:  # noqa: C901, PLR0912  # each part that a question may leave out, in order
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
        path = self.schema.graph.path(tuple(sorted(tables)), self.via)
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
            if self.words[0] == "what" and self.words[1:2] in (("is",), ("was",)) and not (clause.subject or shown or clause.limit):
                self.kind = "extreme figure"  # what the highest mileage is, and not which car has it
                return Plan((Item(clause.order, "max" if clause.descending else "min"),), (), where)
            shown_by = display(self.schema, subject)
            order = (Order(Item(clause.order), descending=clause.descending),)
            self.kind = "extreme"
            select = tuple(Item(r) for r in dict.fromkeys((*shown_by, *shown, clause.order)))
            filled = Condition(Item(clause.order), "is not null")
            return Plan(select, (), (*where, filled), order=order, limit=clause.limit or 1)
        if not where:
            raise NoClauseError
        first = 0 <= clause.shown_at < clause.subject_at  # the sizes of files: what is shown is said before its thing
        shown_by = () if shown and (first or self._identified()) else display(self.schema, subject)
        if clause.absent and any(0 < self.schema.view(r).distinct < 0.8 * self.schema.view(r).rows for r in shown):
            raise NoClauseError  # a state lacks what none of its towns has, not what one of them lacks
        self.kind = "lookup" if shown and self._identified() else "list"
        select = tuple(Item(r) for r in dict.fromkeys((*shown_by, *shown)))
        return Plan(select, (), where, distinct=repeated)

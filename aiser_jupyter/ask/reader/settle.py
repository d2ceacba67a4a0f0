"""What a clause asks where its cues leave it open: the figure that goes without saying, what is ranked, which dates a duration lies between."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.plan import ColumnRef, Days
from aiser_jupyter.ask.reader.clause import Figure, NoClauseError, default, merged
from aiser_jupyter.ask.reader.display import display
from aiser_jupyter.ask.reader.naming import likeness, parts
from aiser_jupyter.ask.reader.when import BORN, event_date
from aiser_jupyter.ask.sql.render import leaves
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.reader.clause import Clause
    from aiser_jupyter.ask.schema import Schema

ENDS = (
    ("in", "out"),
    ("start", "end"),
    ("started", "ended"),
    ("opened", "closed"),
    ("from", "to"),
    ("begin", "end"),
    ("admission", "discharge"),
    ("admitted", "discharged"),
    ("departure", "arrival"),
    ("pickup", "return"),
)
# Words of the dates at which a thing begins and is over, where they are no pair.
BEGINS = frozenset(
    map(stem, ("start", "started", "begin", "began", "opened", "created", "reported", "raised", "enrolled", "arrived", "admitted"))
)
CEASES = frozenset(
    map(stem, ("end", "ended", "finished", "restored", "resolved", "closed", "completed", "left", "returned", "released", "cleared"))
)
ADJECTIVES = {
    "longest": "length duration milliseconds minutes runtime", "shortest": "length duration milliseconds minutes runtime", "oldest": "age birth dob",
    "youngest": "age birth dob", "heaviest": "weight", "lightest": "weight", "cheapest": "price cost", "priciest": "price", "newest": "date created",
    "most expensive": "price cost", "the most expensive": "price cost", "latest": "date", "earliest": "date",
}  # fmt: skip

# How large one thing is, and not how many there are.
SIZED = frozenset(
    {
        "highest",
        "lowest",
        "biggest",
        "smallest",
        "greatest",
        "longest",
        "shortest",
        "priciest",
        "cheapest",
        "heaviest",
        "most expensive",
        "most valuable",
    }
)
DATED = frozenset({"oldest", "newest", "latest", "earliest", "most recent", "the most recent"})
NEW = frozenset({"newest", "latest", "most recent", "the most recent"})
PEOPLE = frozenset(map(stem, ("employee", "staff", "person", "people", "patient", "student", "member", "guest", "customer", "client", "user", "owner", "tenant", "driver", "agent", "volunteer", "teacher", "instructor", "operator", "vet", "animal", "pet", "donor", "rep", "technician", "contact")))  # fmt: skip


@dataclass
class Settling:
    """A clause on a schema; ``kind`` is what sort of question it turned out to be, ``notes`` what it took for granted, ``doubt`` how unsure a choice was."""

    schema: Schema
    clause: Clause
    words: tuple[str, ...]
    notes: list[str] = field(default_factory=list)
    kind: str = ""
    doubt: float = 1.0
    via: tuple[ColumnRef, ...] = ()

    # What is asked where the cues leave it open.
    def _settle(self) -> None:  # noqa: C901, PLR0912, PLR0915  # one branch a gap is the clearest table
        clause = self.clause
        if clause.days:
            return
        if clause.theirs and clause.figures and not clause.groups:  # the hotels with their number of rooms
            clause.groups = [clause.subject] if clause.subject else list(clause.attributes)
            clause.subject, clause.attributes = "", []
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
        if (
            clause.ranked
            and not clause.figures
            and not clause.order
            and clause.subject
            and not clause.groups
            and not clause.sold
            and not clause.grain
        ):
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
            first = clause.figures[0]
            if first.column is not None and first.kind == default(self.schema, first.column):
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
            if clause.adjective in SIZED:
                raise NoClauseError  # the highest invoice is not who has the most of them
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
        named = any(ref != view.key and self.schema.view(ref).naming for ref in display(self.schema, table))
        return any(c.temporal for c in columns) and view.parents > 0 and not named

    def _by_adjective(self, table: str) -> ColumnRef:
        """The column that an adjective orders the rows of ``table`` by."""
        wanted = ADJECTIVES.get(self.clause.adjective)
        found = []
        for i in self.schema.table(table).columns:
            view = self.schema.columns[i]
            usable = wanted and (view.numeric or view.temporal) and not view.foreign and not view.primary
            if usable and wanted and max(likeness(word, piece) for word in wanted.split() for piece in parts(view.name)) >= 0.85:
                found.append(view)
        if self.clause.adjective in NEW:
            found = [view for view in found if not set(view.stems) & BORN]
        if (
            len(found) != 1
            and not any(set(view.stems) & BORN for view in found)
            and self.clause.adjective in DATED
            and (dated := self._came(table)) is not None
        ):
            self.clause.descending = self.clause.adjective in NEW
            self.notes.append(f"{self.clause.adjective} goes by {dated.table}.{dated.column}")
            return dated
        if len(found) != 1:
            raise NoClauseError
        if (found[0].temporal and set(found[0].stems) & {"birth", "born", "hire"}) or (
            found[0].temporal and self.clause.adjective == "oldest"
        ):
            self.clause.descending = self.clause.adjective in ("youngest", "newest", "latest")
        return found[0].ref

    def _came(self, table: str) -> ColumnRef | None:
        """The one date of a row, or the one that says when it came to be; none of people's, who are old by their birth."""
        views = [self.schema.columns[i] for i in self.schema.table(table).columns if self.schema.columns[i].temporal]
        if self.clause.adjective == "oldest" and set(self.schema.table(table).stems) & PEOPLE:
            return None
        if len(views) == 1:
            return views[0].ref
        found = event_date(self.schema, table, ())
        return found[0] if found is not None and found[0].table == table and not found[1] else None

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

    def _harmless(self, names: list[str], base: str) -> bool:
        """Whether tables that are only mentioned tell nothing: each row of ``base`` has one of theirs, or they are what it belongs to."""
        for name in names:
            path = self.schema.graph.path((base, name))
            if path is None or self.schema.graph.multiplies(path, base):
                return False
        self.doubt *= 0.9
        return True

    def _days(self) -> None:
        """A duration as the figure: between two dates that are said, or from the date when rows came to be to the one that is said."""
        clause = self.clause
        if clause.figures or clause.loose or clause.attributes or clause.ranked or set(self.words) & {"weeks", "months", "seconds"}:
            raise NoClauseError
        dates = list(dict.fromkeys(clause.dates))
        said = [*dict.fromkeys(clause.mentions)]
        table = dates[0].table if dates else clause.subject or (said[0] if len(said) == 1 else "")
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
        unit = next((word for word in ("hours", "minutes") if word in self.words), "")
        timed = all(self.schema.view(ref).type == "timestamp" for ref in dates)
        if unit and not timed:
            raise NoClauseError  # days hold no hours
        self.notes.append(f"the {unit or 'days'} go from {start.column} to {end.column} of {table}")
        clause.figures.append(Figure("days", table, tests=(), days=Days(start, end, "second" if unit else ""), unit=unit))
        if clause.subject == table:
            clause.subject = ""

    def _ends(self, table: str) -> list[ColumnRef]:
        """The two dates of a row that are the begin and the end of one thing."""
        views = [self.schema.columns[i] for i in self.schema.table(table).columns if self.schema.columns[i].temporal]
        found = []
        for first in views:
            for last in views:
                names = first.name.lower(), last.name.lower()
                if any(names[0].replace(a, b) == names[1] and a in names[0] for a, b in ENDS):
                    found.append([first.ref, last.ref])
        if not found:
            pairs = [(a.ref, b.ref) for a in views for b in views if set(a.stems) & BEGINS and set(b.stems) & CEASES]
            found = [list(pair) for pair in pairs]
        if len(found) != 1:
            raise NoClauseError
        return found[0]

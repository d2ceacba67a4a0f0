"""From cues and nouns, left to right, to the clause that they make."""

from __future__ import annotations

from aiser_jupyter.ask.grammar import flags, measures
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item
from aiser_jupyter.ask.reader.clause import Clause, Figure, NoClauseError
from aiser_jupyter.ask.reader.marks import Mark
from aiser_jupyter.ask.reader.numbers import Numbers
from aiser_jupyter.ask.reader.part import Part, lacked, possessed, said, says
from aiser_jupyter.ask.reader.senses import holds, negated, roled
from aiser_jupyter.ask.sql.render import leaves
from aiser_jupyter.ask.words import stem

AGGREGATES = frozenset({"avg", "sum", "median", "max", "min"})
COMPARED = frozenset({"between", ">=", "<=", ">", "<", "=", "in", "number"})
JOINING = frozenset({"and", "or", ",", "&", "the", "our", "a", "an", "nor", "/"})
KEYED = frozenset({"id", "key", "code", "zip"})
MUST = frozenset({"ends", "avg", "median", "max", "min", "count", "group", "top", "share"})
SIZES = frozenset(
    {"biggest", "largest", "greatest", "smallest", "heaviest", "lightest", "most expensive", "most valuable", "cheapest", "priciest"}
)
DATES = frozenset({"oldest", "newest", "youngest", "latest", "earliest", "most recent", "the most recent"})
FREQUENT = frozenset({"frequent", "common", "popular", "often", "used", "booked", "frequently", "commonly"})


class Parser(Numbers):
    """Reads one choice of meanings, from left to right; what a word does follows from the cue before it."""

    def parse(self) -> Clause:
        """The clause; raises NoClauseError."""
        clause = self.clause
        clause.dated = any(isinstance(p, Mark) and p.kind in ("period", "grain") for p in self.pieces)
        clause.periods = [p.values[0] for p in self.pieces if isinstance(p, Mark) and p.kind == "period"]
        for at, piece in enumerate(self.pieces):
            if isinstance(piece, Mark):
                self._mark(piece, at)
            else:
                self._part(piece, at)
        if self.negative and clause.sold and (line := measures.line_revenue(self.schema) or measures.recorded(self.schema)):
            clause.absent, self.negative = line.table, False
        if self.compared is not None or self.negative or set(self.pending) & MUST:
            raise NoClauseError
        clause.tests += self.adjectives
        return clause

    def _pend(self, *pending: str) -> None:
        """Wait for the noun that cues are about; one that another has not come to its noun makes no sense."""
        if set(self.pending) & MUST - set(pending):
            raise NoClauseError
        self.pending = list(pending)

    def _mark(self, mark: Mark, at: int) -> None:  # noqa: C901, PLR0912, PLR0915  # one branch a kind of cue is the clearest table
        clause, kind = self.clause, mark.kind
        if kind == "grain":
            if self._periodic(mark):
                return
            if clause.grain:
                raise NoClauseError
            clause.grain = mark.values[0]
            clause.grained = not any(word in mark.text.split() for word in ("which", "what"))
            self._pend()
        elif kind == "sort":
            clause.sort = bool(mark.values[0])
        elif kind == "group":
            self._pend("group")
            self.group_open, self.per = True, mark.text == "per"
            clause.each = clause.each or any(word in mark.text for word in ("each", "every", "per", "within"))
        elif kind == "neg":
            self.negative = True
        elif kind in COMPARED:
            if self.compared is not None:
                raise NoClauseError
            self._compare(mark, at)
        elif kind in ("top", "bottom"):
            clause.limit, clause.ranked, clause.descending = int(mark.values[0]), True, kind == "top" and "last" not in mark.text
            self._pend("top")
        elif kind in ("big", "small"):
            if clause.ranked:
                raise NoClauseError
            clause.ranked, clause.adjective = (
                True,
                mark.text.split()[-1] if mark.text.split()[-1] not in ("expensive", "valuable", "recent") else mark.text,
            )
            clause.descending = kind == "big" and not any(word in mark.text for word in ("earliest",))
            self.pending = ["super"] if "top" not in self.pending else self.pending
        elif kind == "exists":
            clause.exists = True
        elif kind == "which":
            clause.listed = True
            self.pending = self.pending or ["which"]
        elif kind == "their":
            clause.listed, clause.theirs = True, bool(clause.subject or clause.attributes) and not clause.figures
            self.group_open = False
        elif kind in ("share", "ends"):
            clause.share = clause.share or kind == "share"
            self._pend(kind)
        elif kind == "days":
            clause.days = True
            clause.spread = next((k for k in self.pending if k in AGGREGATES), "avg")
            self.pending = []
        elif kind == "count":
            clause.counting = True
            self._pend(*(k for k in self.pending if k in AGGREGATES), "count")
            self.group_open = False
        elif kind in AGGREGATES:
            if kind == "sum" and set(self.pending) & AGGREGATES:
                raise NoClauseError
            if clause.days:
                clause.spread = kind
                return
            if mark.text == "on average" and "count" not in self.pending:
                raise NoClauseError
            self._pend(kind)
            self.group_open = False
        elif kind == "rate":
            self._rate(at)
        elif kind == "sold":
            clause.sold = True

    def _periodic(self, mark: Mark) -> bool:
        """Whether a grain is told by a name of the data: what a plan costs per month is its monthly price."""
        called = {"month": ("monthly",), "year": ("annual", "yearly", "annually")}.get(mark.values[0], ())
        columns = [p.sense.column for p in self.pieces if isinstance(p, Part) and p.sense.kind == "column" and p.sense.column]
        return any(word in ref.column.lower() for ref in columns for word in called)

    def _rate(self, at: int) -> None:
        """The rate of the test that stands before, or of a column of that name."""
        before = self.pieces[at - 1] if at else None
        if isinstance(before, Part) and before.sense.kind == "test" and before.sense.test is not None:
            test = before.sense.test
            self.adjectives = [a for a in self.adjectives if a[1] != test]
            self.clause.tests = [a for a in self.clause.tests if a[1] != test]
            self.clause.figures.append(Figure("rate", before.sense.table, tests=(test,), start=before.start))
            self.pending = []
            return
        if isinstance(before, Part) and before.sense.kind == "column" and before.sense.column and self._numeric(before.sense.column):
            return  # the column's own name: the exchange rate
        raise NoClauseError

    def _verb(self, part: Part, at: int) -> bool:
        """Whether a word between a negation and a noun with an article is the verb that leads to it: never opened a ticket."""
        after = self._next(at + 1)
        if not self.negative or not isinstance(after, Part) or after.sense.kind != "table":
            return False
        gap = self.lower[part.end : after.start]
        return bool(gap) and len(gap) <= 3 and bool({"a", "an", "any", "single", "the", "our"} & set(gap))

    def _part(self, part: Part, at: int) -> None:
        sense = part.sense
        if self._verb(part, at):
            return
        if self._frequent(part, at):
            return
        if sense.said:
            self.clause.notes.append(sense.said)
        if sense.kind == "test":
            self._tested(part, at)
        elif sense.kind == "table":
            self._table(part, at)
        else:
            self._column(part, at)

    def _frequent(self, part: Part, at: int) -> bool:
        """Whether a participle between "most" and a noun only says what is counted: the most booked room type."""
        before, after = (self.pieces[at - 1] if at else None), self._next(at + 1)
        if not isinstance(before, Mark) or before.kind not in ("big", "small", "top") or before.end != part.start:
            return False
        if (
            not isinstance(after, Part)
            or after.start != part.end
            or not self.lower[part.end - 1].endswith(("ed", "en", "t"))
            or part.end - part.start > 1
        ):
            return False
        if before.kind != "top" and before.text.split()[-1] not in ("most", "least"):
            return False
        self.clause.figures.append(Figure("count", part.sense.table, start=part.start))
        self.pending = ["top"]
        return True

    def _listed(self, at: int) -> bool:
        """Whether a noun goes on a list of things counted: customers, orders and units."""
        before, here = (self.pieces[at - 1] if at else None), self.pieces[at]
        gap = self.lower[before.end : here.start] if before else ()
        counted = self.clause.figures and before is not None and self.clause.figures[-1].start == before.start
        return bool(counted) and not self.pending and bool({"and", ",", "&"} & set(gap)) and set(gap) <= JOINING

    def _continued(self, part: Part, at: int) -> bool:
        """Whether a noun goes on a list that a group opened: by country and channel."""
        before = self.pieces[at - 1] if at else None
        gap = self.lower[before.end : part.start] if before else ()
        return self.group_open and isinstance(before, Part) and bool({"and", ",", "&"} & set(gap)) and set(gap) <= JOINING

    def _tested(self, part: Part, at: int) -> None:  # noqa: C901  # one branch a cue before the test is the clearest table
        sense, clause = part.sense, self.clause
        test = sense.test
        if test is None:
            raise NoClauseError
        ref = test.item.expression
        if isinstance(ref, ColumnRef) and says(self.pieces[:at], ref):
            clause.attributes = [r for r in clause.attributes if r != ref]
            clause.loose = [r for r in clause.loose if r != ref]
        if (
            isinstance(ref, ColumnRef)
            and test.operator == "is not null"
            and self.schema.view(ref).temporal
            and clause.periods
            and not self.negative
        ):
            clause.when = ref
            clause.mentions.append(sense.table)
            return
        following = self._next(at + 1)
        home = clause.subject or (clause.figures[0].table if clause.figures else "")
        if self.negative and lacked(self.pieces, at, home):
            if not home:
                raise NoClauseError
            self.adjectives.append((part.start, test))  # without an active contract: it is contracts that are not there
            return
        if self.negative:
            test = negated(self.schema, test)
            self.negative = False
        adjective = isinstance(following, Part) and following.start == part.end
        if adjective and following is not None and isinstance(following, Part) and following.sense.kind in ("table", "test"):
            self.adjectives.append((part.start, test))
            return
        if "share" in self.pending and not clause.subject:
            self.adjectives.append((part.start, test))
            return
        clause.tests.append((part.start, test))
        if "group" in self.pending:
            if not roled(self.schema, test) or (clause.figures and clause.figures[0].table == sense.table):
                raise NoClauseError
            clause.groups.append(sense.table)  # each property manager: the staff of that role, one by one
            self.pending = []

    def _flush(self) -> tuple[Condition, ...]:
        found = tuple(test for _, test in self.adjectives)
        self.adjectives = []
        return found

    def _table(self, part: Part, at: int) -> None:  # noqa: C901, PLR0912, PLR0915  # one branch a cue before the noun is the clearest table
        clause, table = self.clause, part.sense.table
        if self.compared is not None:
            mark, self.compared = self.compared, None
            if mark.kind == "number" and mark.text.isdigit():
                if clause.limit or clause.subject:
                    raise NoClauseError
                clause.limit, clause.subject, clause.subject_at = int(mark.values[0]), table, part.start
                self.pending = []
                return
            if clause.having or len(mark.values) != 1 or self.negative:
                raise NoClauseError
            clause.having = (table, mark.kind if mark.kind != "number" else "=", mark.values[0], self._flush())  # type: ignore[assignment]  # the kinds of comparison are operators
        elif self.negative:
            if clause.absent or table == clause.subject:
                raise NoClauseError
            line = (measures.line_revenue(self.schema) or measures.recorded(self.schema)) if clause.sold else None
            clause.absent, self.negative = line.table if line else table, False
            clause.lacking = self._flush()
            if any(leaf.table != clause.absent for test in clause.lacking for leaf in leaves(test.item.expression)):
                raise NoClauseError
        elif (
            "group" in self.pending
            and self.per
            and clause.figures
            and clause.figures[-1].told_per(self.schema)
            and not clause.over
            and not clause.groups
        ):
            clause.figures[-1].over = table
            clause.tests += self.adjectives
            self.adjectives, self.pending = [], []
        elif "group" in self.pending or self._continued(part, at):
            if (
                clause.ranked
                and "group" in self.pending
                and not clause.figures
                and (clause.groups or clause.subject)
                and not self._within(part)
            ):
                clause.figures.append(Figure("count", table, start=part.start))
            elif clause.ranked and [*clause.groups, clause.subject] != [""] and self._within(part):
                clause.within.append(table)
            else:
                clause.groups.append(table)
            self.pending = []
        elif self._listed(at):
            clause.figures.append(Figure("count", table, start=part.start))
        elif "count" in self.pending:
            clause.figures.append(Figure("avg count" if set(self.pending) & AGGREGATES - {"sum"} else "count", table, start=part.start))
            self.pending = []
        elif set(self.pending) & {"avg", "median", "max", "min"} and not clause.days:
            if table != clause.subject:
                clause.mentions.append(table)  # the average of a column that is said next
        elif "sum" in self.pending and not clause.figures and not clause.subject:
            clause.subject, clause.subject_at, clause.counting = table, part.start, True
        elif "super" in self.pending and clause.ranked and clause.subject and table != clause.subject:
            if clause.adjective in SIZES | {"highest", "lowest"}:
                raise NoClauseError  # the highest invoice is not who has the most of them
            clause.figures.append(Figure("count", table, start=part.start))
            self.pending = []
        elif not clause.subject:
            clause.subject, clause.subject_at = table, part.start
            self.pending = [] if "super" not in self.pending else self.pending
        elif table != clause.subject:
            clause.mentions.append(table)
        clause.tests += self.adjectives
        self.adjectives = []

    def _measure(self, part: Part) -> None:
        """A business measure: it is summed up as is said, or as is usual for it."""
        measure, clause = part.sense.measure, self.clause
        if measure is None or self.negative:
            raise NoClauseError
        if "count" in self.pending and stem(self.lower[part.end - 1]) in measures.REVENUE:
            raise NoClauseError  # the number of sales is no amount
        if self.compared is not None:
            raise NoClauseError
        kind = next((k for k in self.pending if k in AGGREGATES), "") or measure.aggregate
        clause.tests += self.adjectives
        self.adjectives = []
        if "group" in self.pending and not clause.ranked:
            raise NoClauseError
        if "share" in self.pending:
            raise NoClauseError
        if kind != "sum" and not isinstance(measure.expression, ColumnRef):
            kind = "avg of" if kind == "avg" else kind
        clause.figures.append(Figure(kind, measure.table, None, start=part.start, measure=measure))
        self.pending = []

    def _within(self, part: Part) -> bool:
        """Whether a ranking is asked for inside each of these: in every department."""
        before = self.lower[max(0, part.start - 3) : part.start]
        return "each" in before or "every" in before or "per" in before

    def _column(self, part: Part, at: int) -> None:  # noqa: C901, PLR0912, PLR0915  # one branch a cue before the noun is the clearest table
        clause, ref = self.clause, part.sense.column
        if part.sense.measure is not None:
            self._measure(part)
            return
        if ref is None:
            raise NoClauseError
        if not self.pending and said(self.pieces[:at], part, ref):
            return  # in Alaska state, the Rock genre: the column only says what the value is
        numeric = self._numeric(ref)
        view = self.schema.view(ref)
        after = self._next(at + 1)
        if isinstance(after, Part) and after.start == part.end and after.sense.kind in ("table", "test"):
            counted = self.compared is not None and numeric and self.lower[part.end - 1].endswith("ed")  # at least 20 rated tickets
            if counted or (not self.pending and holds(self.schema, ref, yes=True) is not None):  # vegan pizzas
                raise NoClauseError
        if self.compared is not None and numeric:
            clause.tests.append((part.start, self._test(ref, self.compared)))
            self.compared = None
            return
        held = (
            numeric and part.start > 0 and self.lower[part.start - 1] in ("in", "on") and self.lower[part.start - 1] in ref.column.lower()
        )
        if held and (clause.listed or clause.exists or clause.counting):
            clause.tests.append((part.start, Condition(Item(ref), "=" if self.negative else ">", (0,))))
            self.negative = False
            return
        if self.negative:
            if view.primary or (view.foreign and "id" in view.stems):
                raise NoClauseError
            test = flags.lacks(self.schema, ref)
            if test is None:
                raise NoClauseError
            clause.tests.append((part.start, test))
            self.negative = False
            how = str(test.values[0]) if test.values else "missing"
            clause.notes.append(f"no {' '.join(self.lower[part.start : part.end])} means that {ref.column} is {how}")
            return
        aggregate = next((k for k in self.pending if k in AGGREGATES), "")
        if "group" in self.pending or self._continued(part, at):
            if numeric and self.per and "group" in self.pending and (clause.figures or clause.loose) and view.distinct > 12:
                if clause.loose and not clause.figures:
                    clause.figures = [Figure("sum", r.table, r) for r in clause.loose]
                    clause.loose = []
                clause.figures[-1].over = ref
            elif (
                self.per
                and "group" in self.pending
                and clause.figures
                and clause.figures[-1].kind in ("avg", "avg count")
                and view.distinct > 50
            ):
                clause.figures[-1].over = ref
            elif numeric and clause.ranked and not clause.figures:
                clause.figures.append(Figure("", ref.table, ref, start=part.start))
            elif clause.ranked and self._within(part) and (clause.groups or clause.subject):
                clause.within.append(ref)
            elif numeric and view.distinct > 30:
                raise NoClauseError
            else:
                clause.groups.append(ref)
            self.pending = []
            clause.tests += self.adjectives
            self.adjectives = []
            return
        clause.tests += self.adjectives
        self.adjectives = []
        if clause.days and view.temporal:
            clause.dates.append(ref)
        elif "ends" in self.pending:
            if not view.temporal:
                raise NoClauseError
            clause.figures += [Figure(kind, ref.table, ref, start=part.start) for kind in ("min", "max")]
            self.pending = []
        elif "count" in self.pending:
            kind = (aggregate or "sum") if numeric else "distinct"
            if (kind == "distinct" and (numeric or view.temporal)) or (numeric and holds(self.schema, ref, yes=True) is not None):
                raise NoClauseError  # senior citizens are those of whom it holds
            clause.figures.append(Figure(kind, ref.table, ref, start=part.start))
            self.pending = []
        elif aggregate and (numeric or (aggregate in ("max", "min") and view.temporal)):
            clause.figures.append(Figure(aggregate, ref.table, ref, start=part.start))
            self.pending = []
        elif "super" in self.pending and clause.ranked:
            before = self.lower[part.start - 1] if part.start else ""
            if numeric:
                clause.loose.append(ref)
                clause.order = ref
            elif view.temporal and clause.adjective in DATES:
                clause.order = ref
            elif view.temporal:
                raise NoClauseError  # the biggest order is no latest one
            elif before in FREQUENT or self.lower[part.start - 1 : part.start] == ("most",):
                clause.groups.append(ref)
            else:
                clause.groups.append(ref)
            self.pending = []
        elif "top" in self.pending:
            clause.groups.append(ref)
            self.pending = []
        elif view.temporal and clause.dated:
            clause.when = ref
            clause.mentions.append(ref.table)
        elif view.temporal and not clause.subject and not clause.figures and not clause.listed:
            clause.subject, clause.when, clause.counting, clause.subject_at = ref.table, ref, True, part.start
        elif (test := possessed(self.schema, self.lower, part, ref, share=clause.share)) is not None:
            clause.tests.append((part.start, test))
            how = "above 0" if test.values == (0,) else "filled"
            clause.notes.append(f"having {' '.join(self.lower[part.start : part.end])} means that {ref.column} is {how}")
        elif numeric:
            clause.loose.append(ref)
        elif view.foreign and not view.primary:
            raise NoClauseError
        else:
            clause.attributes.append(ref)
            clause.shown_at = part.start if clause.shown_at < 0 else clause.shown_at

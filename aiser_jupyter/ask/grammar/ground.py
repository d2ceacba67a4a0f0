"""The parts of a business question on the ground of a schema: which column each phrase, value and period is meant in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar.segments import IDENTITY
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Condition, Item, Plan
from aiser_jupyter.ask.vocabulary import verbs
from aiser_jupyter.ask.words import bag, kin, stem

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.ask.grammar.frame import Frame, Noun
    from aiser_jupyter.ask.grammar.segments import Option
    from aiser_jupyter.ask.link import Linked, Mention
    from aiser_jupyter.ask.plan import Grain
    from aiser_jupyter.ask.schema import Schema

FAR = 9.0
DONE_THEN = 4.0  # what the date of the event right before a period gains
VERB = 1.0  # how much nearer a verb brings the date that it speaks of
NEARLY, MOST_RIVALS = 0.5, 3  # how much farther off a column of the same name is still as likely meant, and how many are told
PLAIN_DATES = frozenset(map(stem, bag("date day time order invoice at")))
PERSONAL = frozenset(map(stem, bag("birth hire born joined")))


class NoPlanError(ValueError):
    """The parts make no whole."""


@dataclass
class Ground:
    """Finds columns; notes what it took for granted, which stems the chosen dates explain, and how well the words fitted."""

    linked: Linked
    frame: Frame
    anchors: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    fit: float = 1.0
    explained: set[str] = field(default_factory=set)
    via: tuple[ColumnRef, ...] = ()  # the key that a verb picks among several to one calendar
    rivals: dict[int, tuple[Option, ...]] = field(default_factory=dict)  # by where the phrase starts: other columns called the same

    @property
    def schema(self) -> Schema:
        """The schema asked about."""
        return self.linked.schema

    def attribute(self, home: str, words: str) -> tuple[ColumnRef, bool]:
        """The column behind an adjective in ``home``; and whether its order is turned round, as a birth date's is."""
        wanted = {stem(word) for word in words.split()}
        for i in self.schema.table(home).columns:
            view = self.schema.columns[i]
            if (view.numeric or view.temporal) and not view.foreign and wanted & set(view.stems):
                return view.ref, view.temporal and stem("birth") in view.stems
        raise NoPlanError

    def values(self) -> tuple[Condition, ...]:
        """The tests that the stored values in the question stand for."""
        chosen: dict[ColumnRef, list[str]] = {}
        for mention in self.frame.values:
            ref, value = self._place(mention)
            chosen.setdefault(ref, []).append(value)
        return (*self.named(), *(Condition(Item(ref), "in" if len(v) > 1 else "=", tuple(v)) for ref, v in chosen.items()))

    def named(self) -> tuple[Condition, ...]:
        """The tests that filters of the semantic model stand for."""
        found = self.linked.spoken.filters
        self.assumptions += [one.note for one in found if one.note not in self.assumptions]
        return tuple(one.condition for one in found if one.condition is not None)

    def _place(self, mention: Mention) -> tuple[ColumnRef, str]:
        """The column a value is meant in: near the tables asked about, and named in the question where it can be."""
        if not mention.stored:
            raise NoPlanError

        whose = self._whose(mention)

        def cost(place: tuple[ColumnRef, str]) -> tuple[float, ColumnRef]:
            ref, value = place
            match = self.linked.columns[self.schema.index[ref]]
            named = match.cover if match.positions else 0.0
            spelled = 0.0 if value.casefold() == str(mention.value).casefold() else 0.4
            return self._distance(ref.table) - (
                3.0 if named and ref not in self.schema.table(ref.table).display else 0.8
            ) * named + spelled + self._telling(ref) - 4.0 * (ref.table == whose), ref

        ranked = sorted(mention.stored, key=cost)
        if mention.kind == "almost":
            self.assumptions.append(f"“{mention.value}” is read as {ranked[0][1]}, a value of {ranked[0][0].table}.{ranked[0][0].column}")
        elif len(ranked) > 1:
            self.assumptions.append(f"“{mention.value}” is a value of {ranked[0][0].table}.{ranked[0][0].column}")
        return ranked[0]

    def _whose(self, mention: Mention) -> str:
        """The table named right before a value: of "customers in Germany" it is the customers'."""
        lower = self.linked.question.lower
        for noun in self.frame.nouns:
            if (
                noun.segment.best.table
                and mention.end == noun.segment.start
                and mention.width == 1
                and not lower[mention.start].endswith("ed")
            ):
                return noun.segment.best.table  # Brazilian customers
            between = lower[noun.segment.end : mention.start]
            if (
                noun.segment.best.table
                and len(between) <= 2
                and between
                and set(between) <= {"in", "from", "of", "the", "based", "located", "living"}
            ):
                return noun.segment.best.table
        return ""

    def _telling(self, ref: ColumnRef) -> float:
        """What speaks for a column that names its table's rows, and against the one of what is counted: albums are not counted by their title."""
        if ref not in self.schema.table(ref.table).display:
            return 0.0
        counted = any(noun.role == "count" and noun.segment.best.table == ref.table for noun in self.frame.nouns)
        return 2.5 if counted else -3.0 if self._above(ref.table) else -1.1

    def _above(self, table: str) -> bool:
        """Whether what the question names belongs to rows of a table: a track's composer is told by the artist whose album it is on."""
        anchors = [name for name in (self.anchors or self._context) if name != table]
        path = self.schema.graph.path((anchors[0], table)) if anchors else None
        return path is not None and not self.schema.graph.multiplies(path, anchors[0])

    @property
    def _context(self) -> list[str]:
        """The tables that the question names outright, to start from."""
        return [noun.segment.best.table for noun in self.frame.nouns if noun.segment.best.table]

    def _distance(self, table: str) -> float:
        anchors = self.anchors or self._context
        if not anchors:
            return 0.0
        path = self.schema.graph.path(tuple({*anchors, table}))
        base = self.schema.graph.path(tuple(dict.fromkeys(anchors)))
        return FAR if path is None else path.cost - (base.cost if base else 0.0)

    def pick(self, noun: Noun, test: Callable[[Option], bool]) -> Option:
        """The meaning of a noun phrase that passes ``test``, nearest to the tables asked about; raises NoPlanError where none does."""
        options = [o for o in noun.segment.options if test(o)]
        if not options:
            raise NoPlanError
        best = min(options, key=lambda o: (0.35 * min(self._distance(o.home), FAR) - 1.6 * o.strength, o.home, str(o.column)))
        self.fit *= min(1.0, 0.55 + 0.45 * best.strength)
        if noun.role in ("group", "noun") and best.column and not best.note and (others := self._called_too(noun, best, options)):
            self.rivals[noun.segment.start] = others
            *most, last = [f"{o.column.table}.{o.column.column}" for o in others if o.column]
            named = f"{', '.join(most)} or {last}" if most else last
            note = f"{best.column.column} is {best.column.table}.{best.column.column}, not {named}"
            self.assumptions += [note] if note not in self.assumptions else []
        if best.note and best.note not in self.assumptions:
            self.assumptions.append(best.note)
        return best

    def _called_too(self, noun: Noun, best: Option, options: list[Option]) -> tuple[Option, ...]:
        """Other columns whose names end as the phrase does, about as near, so that either may be meant: the country of a customer or of a delivery."""
        stems = self.schema.view(best.column).stems if best.column else ()
        if self.linked.question.stems[noun.segment.start : noun.segment.end] != stems:
            return ()
        kinds = {self.schema.view(best.column).type} if best.column else set()
        far = self._distance(best.home) + NEARLY
        found = [
            (self._distance(o.home), o)
            for o in options
            if o.column
            and o != best
            and self.schema.view(o.column).stems[-len(stems) :] == stems
            and self.schema.view(o.column).type in kinds
        ]
        near = sorted((d, str(o.column), o) for d, o in found if d <= min(far, FAR - 1) and self._single(o.home))
        return tuple(o for _, _, o in near)[:MOST_RIVALS]

    def _single(self, table: str) -> bool:
        """Whether joining a table repeats none of the rows asked about."""
        path = self.schema.graph.path(tuple({*self.anchors, table}))
        return bool(self.anchors) and path is not None and not self.schema.graph.multiplies(path, self.anchors[0])

    def _named_whole(self, noun: Noun, column: ColumnRef) -> bool:
        """Whether a phrase names the last word of a column too, or the thing that it numbers: "visits" are not the values of a visit type."""
        view = self.schema.view(column)
        asked = self.linked.question.stems[noun.segment.start : noun.segment.end]
        return len(view.stems) == 1 or view.stems[-1] in asked or view.stems[-1] in IDENTITY or view.naming or view.primary or view.foreign

    def _name_beside(self, column: ColumnRef) -> ColumnRef | None:
        """The name in the same row of what a column holds the code of, unless codes were asked for."""
        view = self.schema.view(column)
        if view.stems[-1] != "code" or "code" in self.linked.question.stems or len(view.stems) == 1:
            return None
        views = [self.schema.columns[i] for i in self.schema.table(column.table).columns]
        return next((v.ref for v in views if v.stems[-1] == "name" and set(view.stems[:-1]) <= set(v.stems) and v.type == "text"), None)

    def date(self) -> ColumnRef:
        """The date that a period is about: of the asked table or one it points to, the one named or else the first."""
        if not self.anchors:
            self.anchors.append(max(self.schema.tables, key=lambda t: (t.parents, t.rows)).name)
        home = self.anchors[0]
        if said := self._default_date(home):
            return said
        options = []
        named = self.linked.spoken.named | self.linked.spoken.tokens
        lower, until = tuple("" if i in named else word for i, word in enumerate(self.linked.question.lower)), self._until()
        spoken: dict[ColumnRef, str] = {}
        done = self._done(home, until)
        for i, view in enumerate(self.schema.columns):
            if not view.temporal:
                continue
            path = self.schema.graph.path((home, view.ref.table))
            verb = verbs.told(view, lower, until)
            if path is None or (PERSONAL & set(view.stems) and not self._told(i) and verb is None):
                continue
            down = 2.0 * self.schema.graph.multiplies(path, home) - DONE_THEN * (view.ref.table == done)
            if verb is not None:
                spoken[view.ref] = verb[2]
                down += 0.1 * verb[1] - VERB - 0.02 * verb[0]
            options.append(
                (
                    path.cost + down - 1.2 * self.linked.columns[i].exact * ("date" not in view.stems[:1]) * self._told(i),
                    view.position,
                    view.ref,
                )
            )
        if not options:
            raise NoPlanError
        ref = min(options)[2]
        self.explained |= set(self.schema.view(ref).stems)
        if ref in spoken:
            self.explained |= {spoken[ref], stem(spoken[ref]), *verbs.LIGHT}
        self._along(home, ref, lower, until)
        note = f"dates are {ref.table}.{ref.column}"
        if len(options) > 1 and note not in self.assumptions:
            self.assumptions.append(note)
        return ref

    def _along(self, home: str, ref: ColumnRef, lower: tuple[str, ...], until: int) -> None:
        """Go along the key of the events themselves to a calendar, of several along the one that a verb tells of: a calendar dates other things too."""
        keys = [k for k in self.schema.catalog.keys if k.table == home and k.ref_table == ref.table and len(k.columns) == 1]
        places = [ColumnRef(home, k.columns[0]) for k in keys]
        if len(keys) == 1 and sum(k.ref_table == ref.table for k in self.schema.catalog.keys) > 1:
            self.via = (places[0],)  # other tables of the join may point to the calendar too
        told = [(verb, one) for one in places if one in self.schema.index and (verb := verbs.told(self.schema.view(one), lower, until))]
        if len(keys) > 1 and told:
            verb, chosen = max(told, key=lambda pair: (pair[0][0], -pair[0][1]))
            self.via = (chosen,)
            self.explained |= {verb[2], stem(verb[2]), *verbs.LIGHT, *self.schema.view(chosen).stems}
            self.assumptions.append(f"the date is that of {chosen.table}.{chosen.column}")
        elif places and places[0] in self.schema.index:
            self.via = (places[0],)

    def _done(self, home: str, until: int) -> str:
        """The events that the period right after them dates, though those who did them are counted: buyers who placed an order this year."""
        named = (
            table
            for table, match in zip(self.schema.tables, self.linked.tables, strict=True)
            if match.exact == 1.0 and until - 1 in match.positions
        )
        event = next(named, None)
        if event is None or event.name == home or not any(self.schema.columns[i].temporal for i in event.columns):
            return ""
        path = self.schema.graph.path((event.name, home))
        return event.name if path is not None and not self.schema.graph.multiplies(path, event.name) else ""

    def _until(self) -> int:
        """The place of the first period, the number of tokens where there is none."""
        tokens = self.linked.question.tokens
        start = min((p.span[0] for p in self.frame.periods), default=len(self.linked.question.text))
        return next((i for i, t in enumerate(tokens) if t.end > start), len(tokens))

    def _default_date(self, home: str) -> ColumnRef | None:
        """The date that the semantic model says a period means, where the question does not tell another one."""
        if self.schema.definitions is None:
            return None
        measured = tuple(noun.segment.best.measure.expression for noun in self.frame.nouns if noun.segment.best.measure)
        ref = self.schema.definitions.time(home, measured)
        if ref is None or any(view.temporal and view.ref != ref and self._told(i) for i, view in enumerate(self.schema.columns)):
            return None
        self.assumptions += [note for note in [f"dates are {ref.table}.{ref.column}"] if note not in self.assumptions]
        self.explained |= set(self.schema.view(ref).stems) if ref in self.schema.index else set()
        return ref

    def _told(self, index: int) -> float:
        """Whether a word of the question tells this date from the others."""
        view = self.schema.columns[index]
        telling = [word for word in view.stems if word not in PLAIN_DATES]
        others = [asked for i, asked in enumerate(self.linked.question.stems) if i not in self.linked.spoken.named]
        return float(any(kin(word, asked) for word in telling for asked in others))

    def years(self) -> int:
        """How many whole years are compared: two or none."""
        return (
            len(self.frame.periods)
            if len(self.frame.periods) == 2 and all(p.start and p.end and (p.end - p.start).days > 360 for p in self.frame.periods)
            else 0
        )

    def parts(self) -> Grain | None:
        """The grain of the months or quarters that are compared, None where there are no two of one kind."""
        lengths = {(p.end.year - p.start.year) * 12 + p.end.month - p.start.month if p.start and p.end else 0 for p in self.frame.periods}
        whole = all(p.start and p.end and p.start.day == p.end.day == 1 for p in self.frame.periods)
        grains: dict[int, Grain] = {1: "month", 3: "quarter"}
        return grains.get(min(lengths)) if whole and len(self.frame.periods) > 1 and len(lengths) == 1 else None

    def periods(self) -> tuple[Condition, ...]:
        """The tests that the periods in the question stand for."""
        days = self.frame.cues.days
        if not self.frame.periods and not self.frame.latest and not days:
            return ()
        ref = self.date()
        if days:
            return (Condition(Item(Bucket(ref, "weekday")), "in" if len(days) > 1 else "=", days), *self._within(ref))
        return self._within(ref)

    def _within(self, ref: ColumnRef) -> tuple[Condition, ...]:
        if self.frame.latest:
            bucket = Bucket(ref, self.frame.latest)
            return (Condition(Item(bucket), "=", (), Plan((Item(bucket, "max"),))),)
        if self.years() == 2:
            years: list[int] = [p.start.year for p in self.frame.periods if p.start]
            return (Condition(Item(Bucket(ref, "year")), "in", tuple(years)),)
        if not self.frame.periods:
            return ()
        if (grain := self.parts()) is not None:
            starts = tuple(p.start.isoformat() for p in self.frame.periods if p.start)
            return (Condition(Item(Bucket(ref, grain)), "in", starts),)
        period, *others = self.frame.periods
        if others:
            raise NoPlanError
        if period.relative:
            self.assumptions.append(f"the period is {period.text()}")
        found: list[Condition] = []
        if period.start:
            found.append(Condition(Item(ref), ">=", (period.start.isoformat(),)))
        if period.end:
            found.append(Condition(Item(ref), "<", (period.end.isoformat(),)))
        return tuple(found)

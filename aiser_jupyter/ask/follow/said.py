"""What the words of an edit mean beside the plan that they edit: its own columns come before others of the same name."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask.follow import edit_periods, edits
from aiser_jupyter.ask.grammar import frame as frames
from aiser_jupyter.ask.grammar.compose import Composer
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Condition, Expression, Formula, Item, Plan, Star
from aiser_jupyter.ask.sql import render
from aiser_jupyter.ask.sql.aliases import aliases
from aiser_jupyter.ask.sql.render import leaves
from aiser_jupyter.ask.vocabulary.lexicon import CUE_WORDS
from aiser_jupyter.ask.words import bag, kin, stem, stems

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from aiser_jupyter.ask.follow.edit_periods import Span
    from aiser_jupyter.ask.grammar.frame import Frame, Noun
    from aiser_jupyter.ask.grammar.segments import Option
    from aiser_jupyter.ask.plan import Grain
    from aiser_jupyter.ask.schema import Schema

SMALL_TALK = bag(
    "just only now same then also instead about it that this them those these they please show again thing one ones filter limit restrict split break "
    "down too well as back make turn give use take keep want see list do did there here more results rows value values figures column columns rather "
    "ok okay alone original still next plus other others question result numbers number count counts group grouping dimension live lives located come"
)
GRAIN = re.compile(r"^(?:the |by |per |each |every |all |calendar )*(day|week|month|quarter|year)s?$", re.IGNORECASE)
GRAIN_WORDS = re.compile(
    r"^(?:by |per |each |every |it |the )*(?:(daily|weekly|monthly|quarterly|yearly|annual|annually)|(day|week|month|quarter|year)s?)$",
    re.IGNORECASE,
)
ADVERBS: dict[str, Grain] = {
    "daily": "day", "weekly": "week", "monthly": "month", "quarterly": "quarter", "yearly": "year", "annual": "year", "annually": "year",
}  # fmt: skip
COUNT_WORDS = re.compile(r"^(?:the |its |their )?(?:counts?|numbers?|number of (?:rows|them))$", re.IGNORECASE)
NEGATION = re.compile(
    r"\b(?:but|except|excluding|outside|other than|apart from|besides|unless|not|no|never|without|nor|neither)\b", re.IGNORECASE
)
NAMED = 0.6
GENERIC = bag("value values amount amounts figure figures number numbers count counts total totals size")


def grain_of(text: str) -> Grain | None:
    """The grain that a phrase is, and nothing else: "monthly", "by quarter", "the years"."""
    found = GRAIN_WORDS.match(text.strip())
    if found is None:
        return None
    if found[1]:
        return ADVERBS[found[1].lower()]
    return _unit(found[2])


def _unit(word: str) -> Grain:
    unit = word.lower()
    return (
        "day" if unit == "day" else "week" if unit == "week" else "month" if unit == "month" else "quarter" if unit == "quarter" else "year"
    )


@dataclass
class Said:
    """A phrase against a plan."""

    text: str
    schema: Schema
    lexicon: dict[str, dict[str, float]]
    plan: Plan
    today: date
    heard: dict[str, tuple[Linked, Frame]] = field(default_factory=dict, repr=False)

    @cached_property
    def _read(self) -> tuple[Linked, Frame]:
        if self.text not in self.heard:
            linked = Linked(tokens.read(self.text), self.schema, self.lexicon)
            self.heard[self.text] = linked, frames.read(linked, self.today)
        return self.heard[self.text]

    @property
    def linked(self) -> Linked:
        """The phrase against the schema."""
        return self._read[0]

    @property
    def frame(self) -> Frame:
        """The parts of the phrase."""
        return self._read[1]

    @cached_property
    def composer(self) -> Composer:
        """What finds columns near those of the plan."""
        near = [leaf.table for item in reversed(self.plan.select) for leaf in leaves(item.expression)]
        # What is joined already is no way off.
        return Composer(self.linked, self.frame, anchors=list(dict.fromkeys((*near, *render.tables_of(self.plan)))))

    @property
    def assumptions(self) -> tuple[str, ...]:
        """What was taken for granted."""
        return tuple(dict.fromkeys(self.composer.assumptions))

    def nothing_but(self, *parts: str) -> None:
        """Raise NoPlanError where it says more than these ``parts``: an edit must not leave half of what was said undone."""
        frame = self.frame
        said = {
            "values": bool(frame.values),
            "periods": bool(frame.periods or frame.latest),
            "grain": bool(frame.grain),
            "tests": bool(frame.tests),
            "limit": bool(frame.limit or frame.extreme or frame.adjective),
            "window": bool(frame.window),
            "negation": frame.without is not None or bool(NEGATION.search(self.text)),
            "average": bool(frame.average or frame.unit),
        }
        if any(there and part not in parts for part, there in said.items()):
            raise NoPlanError

    def understood(self) -> None:
        """Raise NoPlanError where a word has no part."""
        known = {cue for words in CUE_WORDS.values() for cue in words}
        explained = self.composer.explained | {word for table in render.tables_of(self.plan) for word in self.schema.table(table).stems}
        for word in frames.unused(self.linked, self.frame):
            if word.lower() not in SMALL_TALK | known and not any(kin(stem(word), e) for e in explained):
                raise NoPlanError

    # What it names that is new

    def figures(self) -> tuple[Item, ...]:
        """The figures it names."""
        self.nothing_but()
        self.understood()
        found = []
        for noun in self.frame.nouns:
            if noun.role == "count" or (noun.role == "noun" and noun.segment.best.table and self.frame.counting):
                found.append(self.composer._count(noun))  # noqa: SLF001  # the grammar's own way to a count
            elif noun.role == "measure":
                found.append(self.composer._measure(noun))  # noqa: SLF001
        return tuple(dict.fromkeys(found))

    @property
    def names_figure(self) -> bool:
        """Whether it names something to add up, average or count."""
        return any(noun.role in ("measure", "count") for noun in self.frame.nouns)

    def groups(self) -> tuple[list[Expression], list[Expression]]:
        """The groups it names: what to group by, and what stands for it in the result."""
        self.nothing_but()
        self.understood()
        keys: list[Expression] = []
        shown: list[Expression] = []
        for noun in self.frame.nouns:
            more_keys, more_shown = self.composer.group(noun)
            keys += more_keys
            shown += more_shown
        return keys, shown

    def columns(self) -> tuple[Item, ...]:
        """The columns it names of the rows that the plan lists, or of rows that each of them has one of."""
        self.nothing_but()
        self.understood()
        home = leaves(self.plan.select[0].expression)[0].table
        found = []
        for noun in self.frame.nouns:
            near = [o.column for o in noun.segment.options if o.column is not None and o.strength >= NAMED and self._one_each(home, o.home)]
            if not near:
                raise NoPlanError
            found.append(Item(min(near, key=lambda ref: ref.table != home)))
        if not found:
            raise NoPlanError
        return tuple(found)

    def _one_each(self, home: str, table: str) -> bool:
        path = self.schema.graph.path((home, table))
        return home == table or (path is not None and not self.schema.graph.multiplies(path, home))

    def conditions(self) -> tuple[Condition, ...]:
        """The tests its stored values stand for, on columns of the plan where they are stored there too."""
        self.understood()
        mine = self._mine()
        chosen: dict[ColumnRef, list[str]] = {}
        for mention in self.frame.values:
            places = [(ref, value) for ref, value in mention.stored if ref in mine]
            named = [(ref, value) for ref, value in mention.stored if self._named(ref)]
            if named and not (places and any(ref == there for ref, _ in named for there, _ in places)):
                places = named if len(named) == 1 else []
            if str(mention.value).isdigit() and not places:
                raise NoPlanError
            ref, value = min(places, key=lambda place: mine.get(place[0], 9)) if places else self.composer._place(mention)  # noqa: SLF001  # the grammar's own way
            chosen.setdefault(ref, []).append(value)
        for noun in self.frame.nouns:
            if noun.role == "group" or not self._beside(noun, set(chosen)):
                raise NoPlanError
        if not chosen:
            raise NoPlanError
        return tuple(edits.among(Item(ref), said) for ref, said in chosen.items())

    def tests(self) -> tuple[Condition, ...]:
        """The comparisons of a column with a number."""
        return tuple(Condition(Item(self.composer._tested_column(test)), test.operator, (test.number,)) for test in self.frame.tests)  # noqa: SLF001  # the grammar's own way

    def _named(self, ref: ColumnRef) -> bool:
        return any(noun.segment.best.column == ref for noun in self.frame.nouns)

    def _beside(self, noun: Noun, columns: set[ColumnRef]) -> bool:
        """Whether a noun next to values only says what they are of."""
        tables = {*render.tables_of(self.plan), *(ref.table for ref in columns)}
        return any(o.home in tables or (o.column is not None and o.column in columns) for o in noun.segment.options)

    def _mine(self) -> dict[ColumnRef, int]:
        """The columns of the plan: those it filters first, then those it groups by."""
        filtered = [leaf for c in self.plan.where for leaf in leaves(c.item.expression) if isinstance(leaf, ColumnRef)]
        grouped = [leaf for e in self.plan.group for leaf in leaves(e) if isinstance(leaf, ColumnRef)]
        shown = [leaf for item in self.plan.select for leaf in leaves(item.expression) if isinstance(leaf, ColumnRef)]
        return {ref: place for place, ref in reversed(list(enumerate((*grouped, *filtered, *shown))))}

    def date(self) -> ColumnRef:
        """The date it speaks of: that of the plan, else the one nearest to its figures."""
        return edit_periods.date_of(self.schema, self.plan) or self.composer.date()

    def span(self) -> Span | None:
        """The one period it names, None where it names none; raises NoPlanError for several."""
        found = self.frame.periods
        if len(found) > 1:
            raise NoPlanError
        if not found:
            return None
        if found[0].relative:
            self.composer.assumptions.append(f"the period is {found[0].text()}")
        return found[0].start, found[0].end

    # What it names of the plan

    def group_of_plan(self) -> Callable[[Expression], bool]:
        """The groups of the plan that it names; raises NoPlanError where it names none, or another thing besides."""
        self.understood()
        tests = []
        for noun in self.frame.nouns:
            test = self._group(noun)
            if test is None:
                raise NoPlanError
            tests.append(test)
        if not tests or self.frame.values:
            raise NoPlanError
        return lambda e: any(test(e) for test in tests)

    def _group(self, noun: Noun) -> Callable[[Expression], bool] | None:
        for option in noun.segment.options:
            if option.table:
                test = edits.of_table(self.schema, option.table)
                if any(map(test, self.plan.group)):
                    return test
            elif option.column in self.plan.group and self._headed(noun, option.column):
                view = self.schema.view(option.column)
                whole = edits.of_table(self.schema, option.column.table)
                return whole if whole(option.column) and view.naming else (lambda e, column=option.column: e == column)
        return None

    def _headed(self, noun: Noun, column: ColumnRef) -> bool:
        """Whether the phrase has the last word of a column's name: "country" may be the ship country, "order" is not the order date."""
        return self.schema.view(column).stems[-1] in self.linked.question.stems[noun.segment.start : noun.segment.end]

    def column_of_filter(self) -> Callable[[ColumnRef], bool]:
        """The filtered columns of the plan that it names; raises NoPlanError where it names none."""
        tested = {leaf for c in self.plan.where for leaf in leaves(c.item.expression) if isinstance(leaf, ColumnRef)}
        for noun in self.frame.nouns:
            for option in noun.segment.options:
                if option.column in tested and self._headed(noun, option.column):
                    return lambda ref, column=option.column: ref == column
                mine = {ref for ref in tested if ref.table == option.table and self.schema.view(ref).naming} if option.table else set()
                if mine:
                    return lambda ref, mine=mine: ref in mine
        raise NoPlanError

    def figures_of_plan(self) -> tuple[Item, ...]:
        """The figures of the plan that it names."""
        mine = edits.values(self.plan)
        if COUNT_WORDS.match(self.text.strip()):
            return tuple(item for item in mine if item.aggregate == "count")
        found = []
        for noun in self.frame.nouns:
            for item in mine:
                if item not in found and any(self._is(item, o) for o in noun.segment.options):
                    found.append(item)
        return tuple(found)

    def _is(self, item: Item, option: Option) -> bool:
        expression = item.expression
        if option.measure is not None:
            if option.measure.expression == expression:
                return True
            return isinstance(expression, Formula) and isinstance(option.measure.expression, (Formula, ColumnRef)) and self._revenue(option)
        if option.table:
            key = self.schema.table(option.table).key
            return item.aggregate == "count" and (expression == Star(option.table) or expression == key)
        return expression == option.column

    def _revenue(self, option: Option) -> bool:
        from aiser_jupyter.ask.grammar import measures

        known = (measures.revenue(self.schema), measures.line_revenue(self.schema))
        return any(m is not None and option.measure is not None and m.expression == option.measure.expression for m in known)

    def item_of_plan(self) -> Item:
        """The item of the plan that it names: by what it is, else by a word of its heading; raises NoPlanError where there is none."""
        grain = grain_of(self.text)
        if grain or self.text.lower().strip() in ("date", "time", "period"):
            return self._first(
                lambda item: (
                    isinstance(item.expression, Bucket)
                    and (grain in (None, edit_periods.WHOLE.get(item.expression.grain, item.expression.grain)))
                )
            )
        if figures := self.figures_of_plan():
            return figures[0]
        for noun in self.frame.nouns:
            test = self._group(noun)
            if test is not None:
                return self._first(lambda item, test=test: test(item.expression))
        words = {stem(token.text) for token in self.linked.question.tokens if token.kind == "word"} - {"the", "a", "by", "it", "their"}
        headed = [(item, self._heading(item, alias)) for item, alias in zip(self.plan.select, aliases(self.plan), strict=True)]
        for item, heading in headed:
            if words and words <= heading:
                return item
        if words and words <= set(map(stem, GENERIC)) and (figures := edits.values(self.plan)):
            return figures[0]
        if words == {"name"}:
            return self._first(lambda item: isinstance(item.expression, ColumnRef) and not item.aggregate)
        raise NoPlanError

    def _heading(self, item: Item, alias: str) -> set[str]:
        own = alias or (item.expression.column if isinstance(item.expression, ColumnRef) else "")
        return set(stems(own)) | {
            word for leaf in leaves(item.expression) for word in self.schema.table(leaf.table).stems if not item.aggregate
        }

    def _first(self, test: Callable[[Item], bool]) -> Item:
        for item in self.plan.select:
            if test(item):
                return item
        raise NoPlanError

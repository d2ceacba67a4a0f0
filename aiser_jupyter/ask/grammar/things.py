"""What a business question is about: the things that are counted, and the table of what happens to them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import flags, measures, states
from aiser_jupyter.ask.grammar.compose import Composer
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Plan, Star
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from typing import Self

    from aiser_jupyter.ask.grammar.frame import Frame, Noun
    from aiser_jupyter.ask.grammar.measures import Measure
    from aiser_jupyter.ask.link import Linked, Mention

TALK = frozenset(
    {
        "yet",
        "something",
        "anything",
        "so",
        "far",
        "ones",
        "gross",
        "compared",
        "compare",
        "generates",
        "generate",
        "brings",
        "bring",
        "brought",
        "yields",
        "drives",
        "achieves",
        "gets",
        "responsible",
    }
)


class Things(Composer):
    """What the forms share: things, the tables that point to them, and values and flags as tests."""

    def __init__(self, linked: Linked, frame: Frame) -> None:
        found, notes = states.read(linked, flags.read(linked, frame))
        super().__init__(linked, found.frame)
        self.assumptions += notes
        self.flagged = found.tests
        self.explained |= TALK
        self.formed = "flag" if found.tests else ""

    @property
    def loose(self) -> tuple[str, ...]:
        """The words of the question in lower case, those of defined names blank: "average order value" asks for no mean of its own."""
        named = self.linked.spoken.named
        return tuple("" if i in named else word for i, word in enumerate(self.linked.question.lower))

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
        pointing = (k for k in self.schema.catalog.keys if (k.table, k.columns) == (option.column.table, (option.column.column,)))
        key = None if self.schema.view(option.column).primary or "id" in self.linked.question.stems else next(pointing, None)
        named = self.schema.table(key.ref_table).display if key and key.ref_table in self.schema.table_index else (option.column,)
        return option.column, named, option.column.table

    def _link(self, key: ColumnRef, toward: str = "") -> tuple[ColumnRef, ColumnRef]:
        """The column that points to an entity from what happens to it, and the entity's column it points to."""
        keys = [
            k
            for k in self.schema.catalog.keys
            if k.ref_table == key.table and len(k.columns) == 1 and k.table != key.table and k.table in self.schema.table_index
        ]
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

    def _split(self, mark: int) -> tuple[tuple[Mention, ...], tuple[Mention, ...]]:
        """The values before a place in the question, and those after."""
        tokens = self.linked.question.tokens
        before = tuple(m for m in self.frame.values if tokens[m.start].start < mark)
        return before, tuple(m for m in self.frame.values if m not in before)

    def _with(self, **changes: object) -> Self:
        """The same question with other parts, on the same anchors."""
        made = type(self)(self.linked, replace(self.frame, **changes))
        made.flagged, made.assumptions, made.explained, made.rivals = self.flagged, self.assumptions, self.explained, self.rivals
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
        return tuple(replace(c, operator="!=" if c.operator == "=" else "not in") if c.item.expression in barred else c for c in found)

    def _moments(self, home: str) -> list[ColumnRef]:
        return [self.schema.columns[i].ref for i in self.schema.table(home).columns if self.schema.columns[i].temporal]

    def _numbers(self, noun: Noun) -> bool:
        """Whether a noun phrase is a column that numbers things."""
        column = noun.segment.best.column
        return column is not None and (
            self.schema.view(column).foreign or self.schema.view(column).stems[-1] in ("id", "number", "no", "key", "code")
        )

    def _is_event(self, noun: Noun) -> bool:
        """Whether a noun phrase is something that is sold: an order, an invoice, or the column that numbers them."""
        table, column = noun.segment.best.table, noun.segment.best.column
        kinds = {stem("order"), stem("invoice"), stem("sale"), stem("purchase"), stem("transaction"), stem("basket"), stem("bill")}
        words = self.schema.table(table).stems if table else self.schema.view(column).stems if column and self._numbers(noun) else ()
        return bool(set(words[:1]) & kinds)


def earned_item(composer: Composer, earned: Measure) -> Item:
    """Revenue as a value of the result, with what it takes for granted noted."""
    if earned.assumption and earned.assumption not in composer.assumptions:
        composer.assumptions.append(earned.assumption)
    composer.anchors.append(earned.table)
    return Item(earned.expression, earned.aggregate)

"""What the nouns, verbs and names of a question may mean: tables, columns, and tests for stored values, flags and filled columns."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import compounds, flags, measures, streams
from aiser_jupyter.ask.link import COUNTING
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item
from aiser_jupyter.ask.question import STOP
from aiser_jupyter.ask.reader.marks import EMPTY
from aiser_jupyter.ask.reader.names import names_of
from aiser_jupyter.ask.vocabulary import codes
from aiser_jupyter.ask.vocabulary.lexicon import DEMONYMS
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.measures import Measure
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Operator, Scalar
    from aiser_jupyter.ask.reader.marks import Mark
    from aiser_jupyter.ask.reader.names import Names
    from aiser_jupyter.ask.schema import Schema

STORED = frozenset(map(stem, ("stock", "hand", "onhand", "inventory")))
NOT_HELD = frozenset(map(stem, ("reorder", "level", "minimum", "min", "maximum", "max", "safety", "value", "cost", "days")))
LONGEST = 5
SAID = 0.8  # from here on a participle says what a column is called
ROLES = frozenset(map(stem, ("role", "position", "job", "title", "type", "kind", "occupation", "function", "profession")))
AMOUNTS = 3  # numbers in a table up to which one that is named as the table is what it holds
FEW = 40  # distinct values up to which a column's values are kinds, and may be named by a word of their root
WORD = re.compile(r"[^\W_]+")
ENDINGS = frozenset({"", "e", "ed", "ion", "ation", "lation", "ment", "ing", "y", "er", "ery", "or"})
KEYS = frozenset({"id", "ids", "key", "code", "cd", "no", "uuid"})
NOW = {
    "current": ("active", "open"),
    "ongoing": ("active", "open"),
    "live": ("active",),
    "outstanding": ("open", "unpaid"),
    "finished": ("completed", "done"),
}
TELLING = 0.75  # how much weaker a value is that only tells of a row, where it is the name of another
INSIDE = frozenset({"of", "in", "on", "to", "the", "and", "no", "up", "out"})


@dataclass(frozen=True)
class Sense:
    """One meaning: a table, a column, or a test on a column of a row."""

    kind: str
    strength: float
    table: str
    column: ColumnRef | None = None
    test: Condition | None = None
    said: str = ""
    measure: Measure | None = None


@dataclass(frozen=True)
class Chunk:
    """Tokens ``start`` to ``end`` and what they may mean, strongest first."""

    start: int
    end: int
    senses: tuple[Sense, ...]

    @property
    def strength(self) -> float:
        """How strong its strongest meaning is."""
        return self.senses[0].strength


class Finder:
    """Finds chunks in one question."""

    def __init__(self, linked: Linked, marks: tuple[Mark, ...]) -> None:
        self.linked, self.schema = linked, linked.schema
        self.names: Names = names_of(linked.schema)
        self.taken = frozenset(i for m in marks for i in range(m.start, m.end))
        self.marks = marks

    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks that do not overlap: strongest and longest are claimed first."""
        tokens, found = self.linked.question.tokens, []
        lower = self.linked.question.lower
        for start in range(len(tokens)):
            for end in range(start + 1, min(len(tokens), start + LONGEST) + 1):
                if tokens[end - 1].kind not in ("word", "number", "quoted") and tokens[end - 1].text not in "-&.,'/":
                    break
                if lower[start] in STOP and end - start == 1:
                    continue
                senses = self._senses(start, end)
                if senses:
                    found.append(Chunk(start, end, senses))
        chosen: list[Chunk] = []
        for chunk in sorted(found, key=lambda c: (-c.strength * (c.end - c.start) ** 0.6, c.start)):
            if all(chunk.end <= other.start or other.end <= chunk.start for other in chosen):
                chosen.append(chunk)
        return self._headed(sorted(chosen, key=lambda c: c.start))

    def _headed(self, chunks: list[Chunk]) -> tuple[Chunk, ...]:
        """The chunks, a thing that only tells the kind of the noun right after it together with that noun: product category."""
        found: list[Chunk] = []
        for chunk in chunks:
            kind = found[-1] if found and found[-1].end == chunk.start else None
            owner = kind.senses[0].table if kind is not None and kind.senses[0].kind == "table" else ""
            first = chunk.senses[0]
            if kind is None or not owner or first.kind == "test" or first.measure or (first.kind == "table" and first.table == owner):
                found.append(chunk)
                continue
            meant = tuple(
                s for s in chunk.senses if s.kind in ("table", "column") and compounds.belongs(self.schema, owner, s.table, s.column)
            )
            if meant and compounds.beside(self.linked.question.lower, kind.start, kind.end):
                found[-1] = Chunk(kind.start, chunk.end, meant)
            else:
                found.append(chunk)
        return tuple(found)

    def _senses(self, start: int, end: int) -> tuple[Sense, ...]:
        lower = self.linked.question.lower[start:end]
        free = not any(i in self.taken for i in range(start, end))
        found: list[Sense] = []
        found += self._values(start, end, free=free)
        found += self._stocked(lower)
        words = tuple(w for w in lower if w not in ("of", "the"))
        inner = not any(w in STOP - INSIDE for w in before_amount(lower)) and lower[-1] not in INSIDE and lower[0] not in INSIDE
        if free and words and inner and not (len(words) == 1 and words[0] in EMPTY):
            found += self._named(words)
            found += self._measured(words, counted=lower_before(self.linked.question.lower, start) in COUNTING)
            found = self._settled(found, words)
        best: dict[tuple[str, object], Sense] = {}
        for sense in found:
            key = (sense.kind, sense.column or (sense.table, sense.measure)) if sense.kind != "test" else (sense.kind, sense.test)
            if key not in best or best[key].strength < sense.strength:
                best[key] = sense
        return tuple(sorted(best.values(), key=lambda s: (-s.strength, s.kind, s.table, str(s.column)))[:8])

    def _settled(self, found: list[Sense], words: tuple[str, ...]) -> list[Sense]:
        """Without the keys of a thing whose table is named, and the tables that are but near in meaning to an amount."""
        measured = any(s.measure for s in found)
        table = max((s.strength for s in found if s.kind == "table"), default=0.0)
        amounts = {s.table for s in found if s.column is not None and self._amount_of_table(s.column, words)}
        kept = []
        for sense in found:
            if sense.kind == "table" and sense.table in amounts:
                kept.append(replace(sense, strength=sense.strength * 0.55))
                continue
            if sense.table in amounts and sense.column is not None and self._amount_of_table(sense.column, words):
                kept.append(replace(sense, strength=max(sense.strength, table)))
                continue
            keyed = (
                sense.kind == "column"
                and sense.column is not None
                and (self.schema.view(sense.column).foreign or self.schema.view(sense.column).primary)
            )
            if keyed and table >= 0.7 and not set(words) & {"id", "ids", "key", "code", "number"}:
                continue
            kept.append(replace(sense, strength=sense.strength * 0.6) if measured and sense.kind == "table" else sense)
        return kept

    def _amount_of_table(self, ref: ColumnRef, words: tuple[str, ...]) -> bool:
        """Whether a column holds the one amount that its table is named after, and its mass noun is said: a sales quota is an amount, quotas are rows."""
        view = self.schema.view(ref)
        if (
            not measures.amount(view)
            or words[-1].endswith("s")
            or not set(map(stem, words)) <= set(view.stems) & set(self.schema.table(ref.table).stems)
        ):
            return False
        return sum(measures.amount(self.schema.columns[i]) for i in self.schema.table(ref.table).columns) <= AMOUNTS

    def _measured(self, words: tuple[str, ...], *, counted: bool = False) -> list[Sense]:
        """Revenue, units and profit, where the data holds them under other names; of one kind of thing, where there are several that earn."""
        if len(words) != 1:
            return [] if counted else self._earned_by(words)
        word, found = stem(words[0]), []
        for called, make in (
            (measures.REVENUE, measures.recorded),
            (measures.UNITS, measures.units),
            (measures.PROFIT, measures.profit),
            (measures.ARREARS, measures.owed),
        ):
            measure = make(self.schema) if word in called else None
            if measure is not None and measure.aggregate != "defined" and not (counted and self.names.names_table(words[0], measure.table)):
                found.append(Sense("column", 1.01, measure.table, None, None, measure.assumption, measure))
                found += self._of_party(measure) if make is measures.recorded else []
        return found

    def _stocked(self, lower: tuple[str, ...]) -> list[Sense]:
        """The test that there is none left, or some, of the one number that says how many lie in store."""
        wanted: Operator | None = "=" if lower == ("out", "of", "stock") else ">" if lower == ("in", "stock") else None
        if wanted is None:
            return []
        tables = self.schema.tables
        held = [v for v in self.schema.columns if measures.amount(v) and not set(v.stems) & (NOT_HELD | measures.PRICE)]
        held = [v for v in held if set(v.stems) & STORED or (set(tables[v.table].stems) & STORED and stem("quantity") in v.stems)]
        if len(held) != 1:
            return []
        said = f"{' '.join(lower)} means that {held[0].ref.column} is {'0' if wanted == '=' else 'above 0'}"
        return [Sense("test", 1.02, held[0].ref.table, held[0].ref, Condition(Item(held[0].ref), wanted, (0,)), said)]

    def _of_party(self, usual: Measure) -> list[Sense]:
        """The money of those who are asked about, where the usual revenue is not of them: the spend of advertisers."""
        named = [t.name for t, match in zip(self.schema.tables, self.linked.tables, strict=True) if match.exact == 1.0]
        others = (one for name in named if (one := streams.of_table(self.schema, name)) is not None and one.expression != usual.expression)
        return [Sense("column", 1.0, one.table, None, None, one.assumption, one) for one in others]

    def _earned_by(self, words: tuple[str, ...]) -> list[Sense]:
        """The revenue of one kind of thing: advertising revenue, ticket sales."""
        if stem(words[-1]) in measures.BILL:
            measure = streams.amount(self.schema, words[:-1])
        elif stem(words[-1]) not in measures.REVENUE or words[-1] in ("spend", "spent", "spending"):
            return []
        else:
            measure = streams.told(self.schema, words[:-1])
        return [Sense("column", 1.0, measure.table, None, None, measure.assumption, measure)] if measure is not None else []

    def _named(self, words: tuple[str, ...]) -> list[Sense]:
        found = []
        for strength, one, owned in self.names.meant(words):
            if one.column is None:
                found.append(Sense("table", strength, one.table))
                continue
            view = self.schema.view(one.column)
            if owned and len(words) > 1 and words[0].endswith("ed") and self.names.names_table(words[-1], one.table):
                continue  # a participle before the name of the table, and no name of a column
            if (
                owned
                and len(words) > 1
                and self.names.names_table(words[-1], one.table)
                and holds(self.schema, one.column, yes=True) is not None
            ):
                continue  # active dealers are dealers, and no flag of theirs
            keyed = view.primary or view.foreign or one.parts[-1].text in KEYS
            named = keyed and set(words) & {"id", "ids", "code", "codes", "key", "number", "numbers", "no"}
            if owned and keyed and not named and len(words) > 1 and self.names.names_table(words[-1], one.table):
                continue  # customer orders are orders, and no customers
            found.append(Sense("column", strength * (0.75 if keyed and not named else 1.0), one.table, one.column))
            if len(words) <= 2 and not (owned and len(words) > 1) and (test := self._filled(one.column, strength, words)) is not None:
                found.append(test)
        return found

    def _filled(self, ref: ColumnRef, strength: float, words: tuple[str, ...]) -> Sense | None:
        """The test that a flag holds, or that a date or score is there, which a participle stands for: rated, delivered, discontinued."""
        yes = holds(self.schema, ref, yes=True)
        if yes is not None:
            return Sense(
                "test",
                strength * 1.001,
                ref.table,
                ref,
                Condition(Item(ref), "=", (yes,)),
                f"{' '.join(words)} means {ref.column} is {yes}",
            )
        view = self.schema.view(ref)
        column = self.schema.catalog.table(ref.table).column(ref.column)  # type: ignore[union-attr]  # every view has its column
        nulls = column.statistics.nulls if column and column.statistics else 0
        if (
            nulls
            and not view.primary
            and (view.temporal or view.numeric or view.foreign)
            and (words[0].endswith(("ed", "id", "en")) or view.temporal or view.foreign or words[1:] or words[0] in ("sent", "login"))
        ):
            return Sense(
                "test",
                strength * 0.97,
                ref.table,
                ref,
                Condition(Item(ref), "is not null"),
                f"{' '.join(words)} means that {ref.column} is filled",
            )
        return None

    def _values(self, start: int, end: int, *, free: bool) -> list[Sense]:
        tokens = self.linked.question.tokens[start:end]
        text = self.linked.question.text[tokens[0].start : tokens[-1].end]
        if len(tokens) == 1 and (text.lower() in STOP | EMPTY and not text.isupper()):
            return []
        if not free and len(tokens) == 1:
            return []
        words = tuple(stem(w) for w in WORD.findall(text.casefold()))
        schema, found = self.schema, []
        exact = schema.values.get(words, []) if words else []
        if not exact and words and words[-1] in ("type", "plan", "department", "service") and len(words) > 1:
            exact = []
        found += [
            self._held(hit.table, hit.column, hit.value, 1.06 if hit.value.casefold() == text.casefold() else 1.0, text) for hit in exact
        ]
        found = self._names_first([s for s in found if s is not None])
        if not found and len(tokens) == 1:
            for other in (*DEMONYMS.get(text.lower(), "").split(), *NOW.get(text.lower(), ())):
                found += [self._held(h.table, h.column, h.value, 0.9) for h in schema.values.get((stem(other),), [])]
            for name in (DEMONYMS.get(text.lower(), ""),):
                found += [
                    self._held(h.table, h.column, h.value, 0.9) for h in schema.values.get(tuple(stem(w) for w in name.split()), []) if name
                ]
        if not found and len(tokens) == 1:
            found += [self._held(h.table, h.column, h.value, 0.95) for h in codes.meant(schema, text)]
        if free and len(tokens) == 1:
            found += self._unfinished(text.lower())
        if not found and free and len(tokens) == 1 and text.isalpha() and len(text) >= 5 and self.kinds:
            found += [self._held(t, c, v, 0.82) for t, c, v in self._rooted(stem(text))]
        return [s for s in found if s is not None]

    def _names_first(self, found: list[Sense]) -> list[Sense]:
        """The values, those that name a row before those that only tell of one, unless the question names their column: an artist before a composer."""
        columns = self.linked.columns
        naming = [s for s in found if s.column and s.column in self.schema.table(s.table).display and self.schema.view(s.column).naming]
        if not naming:
            return found
        return [
            s
            if s in naming or s.column is None or columns[self.schema.index[s.column]].positions
            else replace(s, strength=s.strength * TELLING)
            for s in found
        ]

    def _unfinished(self, word: str) -> list[Sense]:
        """The test that an end is still missing: open, unresolved, undelivered."""
        wanted = (
            ("closed", "resolved", "ended")
            if word in ("open", "unfinished")
            else (word[2:],)
            if word.startswith("un") and len(word) > 6
            else ()
        )
        found = []
        for end in wanted:
            for strength, one, owned in self.names.meant((end,)):
                test = self._filled(one.column, strength, (end,)) if one.column and not owned else None
                if test is not None and test.test is not None and strength >= 0.65:
                    said = f"{word} means that {one.column.column if one.column else ''} is not there"
                    found.append(replace(test, strength=strength * 0.9, test=negated(self.schema, test.test), said=said))
        return found

    @property
    def kinds(self) -> dict[str, list[tuple[str, str, str, str]]]:
        """The values of one word in columns of few values, by their first four letters."""
        return _kinds(self.names)

    def _rooted(self, word: str) -> list[tuple[str, str, str]]:
        found = []
        for root, table, column, value in self.kinds.get(word[:4], []):
            short, long = sorted((root, word), key=len)
            common = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
            if common >= 5 and short[common:] in ENDINGS and long[common:] in ENDINGS:
                found.append((table, column, value))
        return found

    def _held(self, table: str, column: str, value: str, strength: float, written: str = "A") -> Sense | None:
        ref = ColumnRef(table, column)
        if ref not in self.schema.index:
            return None
        view = self.schema.view(ref)
        told = f"{value} is a value of {table}.{column}"
        few = 0.0 if view.distinct <= FEW else -0.04
        if view.distinct > 150 and written.islower() and " " not in written:
            few = -0.45  # a plain word that happens to be a name somewhere
        return Sense("test", strength + few, table, ref, Condition(Item(ref), "=", (value,)), told)


def before_amount(lower: tuple[str, ...]) -> tuple[str, ...]:
    """The words that an amount or total is of; all where none is told."""
    return lower[:-1] if len(lower) > 1 and stem(lower[-1]) in measures.BILL else lower


def lower_before(lower: tuple[str, ...], start: int) -> tuple[str, ...]:
    """The two words before a place."""
    return lower[max(0, start - 2) : start]


def _kinds(names: Names) -> dict[str, list[tuple[str, str, str, str]]]:
    kept = names.kinds
    if kept is None:
        kept = {}
        for words, hits in names.schema.values.items():
            for hit in hits if len(words) == 1 and len(words[0]) >= 4 else ():
                ref = ColumnRef(hit.table, hit.column)
                if ref in names.schema.index and names.schema.view(ref).distinct <= FEW:
                    kept.setdefault(words[0][:4], []).append((words[0], hit.table, hit.column, hit.value))
        names.kinds = kept
    return kept


def holds(schema: Schema, ref: ColumnRef, *, yes: bool) -> Scalar | None:
    """What a column of yes and no holds for one of them, letters too; None for any other column."""
    found = flags.value(schema, ref, yes=yes)
    view = schema.view(ref)
    if found is None and view.type == "text" and view.distinct <= 2:
        for letter in ("y", "yes", "t", "true") if yes else ("n", "no", "f", "false"):
            for hit in schema.values.get((letter,), []):
                if (hit.table, hit.column) == (ref.table, ref.column):
                    return hit.value
    return found


def roled(schema: Schema, test: Condition) -> bool:
    """Whether a test holds for things of one kind that have names of their own: staff in the role of a manager, machines of the type press."""
    ref = test.item.expression
    if test.operator != "=" or not isinstance(ref, ColumnRef) or not set(schema.view(ref).stems) & ROLES:
        return False
    table = schema.table(ref.table)
    return table.key is not None and ref not in table.display and any(schema.view(shown).naming for shown in table.display)


def negated(schema: Schema, test: Condition) -> Condition:
    """The test turned round."""
    if test.operator == "is not null":
        return replace(test, operator="is null")
    if test.operator == "=" and isinstance(test.item.expression, ColumnRef):
        no = holds(schema, test.item.expression, yes=False)
        yes = holds(schema, test.item.expression, yes=True)
        if no is not None and test.values == (yes,):
            return replace(test, values=(no,))
        return replace(test, operator="!=")
    if test.operator == "in":
        return replace(test, operator="not in")
    raise ValueError(test.operator)

"""The noun phrases of a question: runs of words that name a table, a column or a business measure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.grammar.compounds import joined
from aiser_jupyter.ask.link import COUNTING, EXACT
from aiser_jupyter.ask.question import STOP
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.grammar.measures import Measure
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import ColumnRef, Defined
    from aiser_jupyter.ask.schema import ColumnView
    from aiser_jupyter.ask.semantic.definitions import Said, Term

VERBS = bag(
    "sold sell sells bought buy buys purchased placed place made make spent shipped delivered handled received hired held hold located based"
)
LONGEST, ENOUGH, FULL = 4, 0.5, 0.9
IDENTITY = frozenset(map(stem, bag("id no number code key nr")))
# What stands for a thing in a flat table that has no column of its name.
SOLD_THINGS = (("description",), ("product", "name"), ("item",), ("stock", "code"), ("sku",))
ALIASES = (
    *(((word,), SOLD_THINGS) for word in ("product", "articl", "good", "merchandis")),
    (("item",), (("description",), ("product",), ("stock", "code"), ("sku",))),
    (("order",), (("invoice", "number"), ("invoice",), ("transaction", "id"))),
)
AND = frozenset({"and", ",", "&", "plus", "the", "our", "number", "of"})
SUMMING = frozenset({"total", "sum", "overall", "average"})
SAID = 1.1  # a name that the semantic model gives is meant before any that is like it
SKIPPED = STOP - {"amount", "name", "names", "total"} | {"volume", "volumes", "counts", "numbers"}
INNER = frozenset({"of", "the", "in", "on", "name", "total", "amount", "number"})

BEFORE = frozenset({"by", "per", "each", "every", "and"})


@dataclass(frozen=True)
class Option:
    """One meaning of a noun phrase: exactly one of table, column, measure and value is set; ``note`` is how the semantic model defines it."""

    strength: float
    table: str = ""
    column: ColumnRef | None = None
    measure: Measure | None = None
    value: Defined | None = None
    note: str = ""

    @property
    def name(self) -> str:
        """What it is called in a trace."""
        if self.note:
            return self.note
        return self.table or (f"{self.column.table}.{self.column.column}" if self.column else f"a measure of {self.home}")

    @property
    def home(self) -> str:
        """The table it lives in."""
        if self.value:
            return self.value.table
        return self.table or (self.column.table if self.column else self.measure.table if self.measure else "")


@dataclass(frozen=True)
class Segment:
    """Tokens ``start`` to ``end`` and their meanings, strongest first."""

    start: int
    end: int
    options: tuple[Option, ...]

    @property
    def best(self) -> Option:
        """The strongest meaning."""
        return self.options[0]


def segments(linked: Linked, excluded: frozenset[int]) -> list[Segment]:
    """Noun phrases that do not overlap, strongest and longest first claimed, in the order of the question."""
    tokens, found = linked.question.tokens, []
    chosen = defined(linked)
    excluded |= {i for segment in chosen for i in range(segment.start, segment.end)} | linked.spoken.tokens
    for start in range(len(tokens)):
        for end in range(start + 1, min(len(tokens), start + LONGEST) + 1):
            span = range(start, end)
            if any(i in excluded or tokens[i].kind != "word" for i in span):
                break
            if any(tokens[i].text.lower() in STOP and tokens[i].text.lower() not in INNER for i in span[1:-1]):
                break
            if _done(linked, start) or _done(linked, end - 1):
                continue
            if tokens[start].text.lower() in SKIPPED or tokens[end - 1].text.lower() in SKIPPED:
                continue
            options = _options(linked, start, end)
            if options:
                found.append(Segment(start, end, tuple(options)))
    for segment in sorted(found, key=lambda s: (-s.best.strength * (s.end - s.start) ** 0.5, s.start)):
        if all(segment.end <= other.start or other.end <= segment.start for other in chosen):
            chosen.append(segment)
    kept = [segment for segment in chosen if not _summing(linked, segment, chosen)]
    return sorted([*joined(linked, kept), *implied(linked, kept)], key=lambda s: s.start)


def _done(linked: Linked, place: int) -> bool:
    """Whether a word is a verb, and no name of a column that something is told by: by make."""
    word, before = linked.question.lower[place], linked.question.lower[max(0, place - 1) : place]
    named = bool(set(before) & BEFORE) and any(view.stems[-1:] == (linked.question.stems[place],) for view in linked.schema.columns)
    return word in VERBS and not named


def _summing(linked: Linked, segment: Segment, chosen: list[Segment]) -> bool:
    """Whether a phrase only says how the measure right after it is summed up, though a column is called so too: total sales."""
    word = linked.question.lower[segment.start]
    after = next((other for other in chosen if other.start == segment.end), None)
    figure = after is not None and (
        after.best.measure is not None or (after.best.column is not None and linked.schema.view(after.best.column).numeric)
    )
    return segment.end - segment.start == 1 and word in SUMMING and figure


def defined(linked: Linked) -> list[Segment]:
    """The noun phrases that the semantic model knows, and those at the end of its filters."""
    found = []
    for one in linked.spoken.nouns:
        options = [option for term in one.terms for option in _meant(linked, one, term)]
        found.append(Segment(one.start, one.end, (*options, *_options(linked, one.start, one.end))))
    for one in linked.spoken.filters:
        if one.noun < one.end:
            table = Option(SAID, table=one.terms[0].home)
            found.append(Segment(one.noun, one.end, (table, *_options(linked, one.noun, one.end))))
    return found


def _meant(linked: Linked, said: Said, term: Term) -> list[Option]:
    """A term as options; a count called like its table is the table's rows, or, in a list of metrics, their number."""
    if not (term.table and term.measure):
        return [Option(SAID, term.table, term.column, term.measure, term.value, term.note)]
    lower = linked.question.lower
    others = [other for other in linked.spoken.nouns if other is not said and other.terms[0].measure and not other.terms[0].table]
    gaps = [lower[other.end : said.start] or lower[said.end : other.start] for other in others]
    listed = any(gap and set(gap) <= AND for gap in gaps)
    both = [Option(SAID, table=term.table), Option(SAID, measure=term.measure)]
    return both[::-1] if listed else both


def implied(linked: Linked, chosen: list[Segment]) -> list[Segment]:
    """The table that a filter tests, as a noun phrase where nothing else is asked for: VIPs are customers."""
    if any(segment.best.table or segment.best.measure for segment in chosen):
        return []
    return [Segment(f.start, f.end, (Option(1.0, table=f.terms[0].home),)) for f in linked.spoken.filters if f.noun == f.end][:1]


def _options(linked: Linked, start: int, end: int) -> list[Option]:
    schema, found = linked.schema, []
    words = [i for i in range(start, end) if linked.question.lower[i] not in ("of", "the")]
    live = linked.named_by(words)
    said = {i for word in live for i in schema.tables_with.get(word, ())}
    if len(words) == 1 and (exactly := schema.table_places.get(linked.question.lower[words[0]])) is not None:
        said.add(exactly)
    for view in (schema.tables[i] for i in sorted(said)):
        written = len(words) == 1 and linked.question.lower[words[0]] == view.name.casefold()
        strength = 1.0 if written else _strength(linked, words, view.stems)
        if strength >= ENOUGH:
            found.append(Option(strength + 0.02 - 0.1 * view.derived, table=view.name))
    near = {i for word in live for i in schema.columns_with.get(word, ())} | _aliased(linked, words)
    for view in (schema.columns[i] for i in sorted(near)):
        owner = schema.tables[view.table].stems
        if entity := _entity(linked, words, view):
            found.append(Option(entity, column=view.ref))
            continue
        alone = _strength(linked, words, view.stems)
        whole = _strength(linked, words, (*owner, *view.stems)) if len(words) > 1 else 0.0
        if end - start > len(words) and whole < FULL:
            whole = 0.0  # the income of prospective … is no whole name
        bare = _strength(linked, words, view.bare) if view.bare != view.stems else 0.0
        timed = _strength(linked, words, view.timed) if view.timed and len(words) > 1 else 0.0
        strength = max(alone, whole, bare, timed)
        if strength >= ENOUGH - 0.05:
            found.append(Option(strength - 0.1 * schema.tables[view.table].derived, column=view.ref))
    if len(words) == 1:
        word, place = linked.question.stems[words[0]], words[0]
        counted = linked.question.lower[max(0, place - 2) : place] in COUNTING and any(t.stems[-1:] == (word,) for t in schema.tables)
        if not counted:  # the number of sales, where each is a row
            found += _measures(linked, word, max((o.strength for o in found if not o.table), default=0.0))
    return sorted(found, key=lambda o: -o.strength)


def _aliased(linked: Linked, words: list[int]) -> set[int]:
    """The columns that may number things of another name, see `_entity`."""
    asked = {linked.question.stems[i] for i in words}
    told = {stems for alias, known in ALIASES if asked == set(alias) for stems in known}
    return {i for i, view in enumerate(linked.schema.columns) if view.stems in told} if told else set()


def _measures(linked: Linked, word: str, rival: float) -> list[Option]:
    made = [
        (measures.REVENUE, measures.revenue),
        (measures.UNITS, measures.units),
        (measures.PROFIT, measures.profit),
        (measures.ARREARS, measures.owed),
    ]
    options = []
    for words, make in made:
        measure = make(linked.schema) if word in words else None
        if measure is not None and rival < EXACT:
            options.append(Option(1.03, measure=measure))
    return options


def _entity(linked: Linked, words: list[int], view: ColumnView) -> float:
    """How well words name the thing that a column numbers, where no table or other column is named after it: customers by ``CustomerID``."""
    schema = linked.schema
    thing = view.stems[:-1]
    if len(view.stems) > 1 and view.stems[-1] in IDENTITY and thing not in schema.nouns:
        return 0.97 * _strength(linked, words, thing)
    asked = {linked.question.stems[i] for i in words}
    for alias, stems in ALIASES:
        if alias not in schema.nouns and asked == set(alias) and view.stems in stems and not schema.tables[view.table].parents:
            first = next((s for s in stems if any(c.stems == s for c in schema.columns)), ())
            return 0.9 if view.stems == first else 0.0
    return 0.0


def _strength(linked: Linked, words: list[int], stems: tuple[str, ...]) -> float:
    """The mean strength over the stems of what the words match; 0 where a word matches none."""
    left, total = set(words), 0.0
    distinct = tuple(dict.fromkeys(stems))
    for wanted in distinct:
        options = [(strength, -i) for i, strength in linked.strengths(wanted) if i in left]
        if options:
            strength, place = max(options)
            total += strength
            left.discard(-place)
    return 0.0 if left else total / len(distinct)

"""Verified queries: a question that a person has answered before, in other words or about another value, gets that person's SQL.

Template matching with slot substitution, in the manner of case-based reasoning: a literal is a slot only where it stands in the question and in
the SQL, and is replaced only by one that the data hold in the same column. Whatever fits less well is not used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from sqlglot import exp, parse_one

from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask.grammar import fiscal, periods
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.reading import Reading, Trace
from aiser_jupyter.ask.semantic.slots import Slot, number_slot, period_slots, value_slot
from aiser_jupyter.ask.vocabulary.lexicon import SYNONYMS
from aiser_jupyter.ask.words import bag

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from aiser_jupyter.ask.grammar.periods import Period
    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.ask.semantic.definitions import Term
    from aiser_jupyter.catalog.semantic import VerifiedQuery

SAME, FITTED = 0.98, 0.95  # confidence of the very question, and of one with a literal replaced
# Words that ask and bind, and tell nothing of what is asked for. Negations, comparisons, "to" and "by" are none of them.
EMPTY = bag(
    """a an the of show me list give get find tell display please what which who whose is are was were be been being do does did done have has had having our we us i my
    you your can could would let see know want need there their its it that this those these in on at for from with as s currently"""
)
GROUPING = frozenset({"by", "per", "each", "every"})
COUNTING = (("how", "many"), ("number", "of"), ("count", "of"), ("numbers", "of"))
COUNT, BY = "#count", "#by"
Unit = str | Slot


@dataclass(frozen=True)
class Word:
    """A content word of a question by its stem, or several of one definition, and the token it begins at; ``-1`` beside those it has inserted."""

    stem: str
    token: int
    end: int


class Asked:
    """A question as the words that matter, its periods apart."""

    def __init__(self, linked: Linked, today: date) -> None:
        self.linked, self.today = linked, today
        found, rest = fiscal.find(linked.question.text, today, linked.schema.fiscal_year)
        self.periods: list[Period] = [*found, *periods.find(rest, today)]

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """The words in order: names as the schema has them, phrases that count or group as one, empty ones left out."""
        question, schema = self.linked.question, self.linked.schema
        said = {one.start: one for one in self.linked.spoken.found}
        found: list[Word] = []
        i = 0
        while i < len(question.tokens):
            token, lower = question.tokens[i], question.lower[i]
            if one := said.get(i):
                term = one.terms[0]
                name = _own_name(term, schema)
                found += [Word(part, i, one.end) for part in (name or (f"={term.name}",))]
                i = one.end
            elif question.lower[i : i + 2] in COUNTING:
                found.append(Word(COUNT, i, i + 2))
                i += 2
            else:
                dated = any(a < token.end and token.start < b for a, b in (period.span for period in self.periods))
                if lower in GROUPING and not dated:
                    found.append(Word(BY, i, i + 1))
                elif not dated and token.kind != "mark" and lower not in EMPTY:
                    found.append(Word(lower if token.kind == "number" else token.stem, i, i + 1))
                i += 1
        return tuple(found)


@dataclass(frozen=True)
class Template:
    """A verified query ready to be matched: words and slots in order, and the slots of its period."""

    query: VerifiedQuery
    tree: exp.Expr
    units: tuple[Unit, ...]
    spans: tuple[Period, ...]
    dated: Slot | None


@dataclass(frozen=True)
class Fit:
    """A template that a question fits, with what each slot becomes."""

    template: Template
    changes: tuple[tuple[Slot, object], ...] = ()

    def sql(self, dialect: str) -> str:
        """The SQL with its literals replaced; the very text of the file where none is."""
        if not self.changes:
            return self.template.query.sql
        tree = self.template.tree.copy()
        for slot, value in self.changes:
            slot.put(tree, value)
        return tree.sql(dialect=dialect)


def read(schema: Schema, text: str, today: date) -> Reading | None:
    """The reading that a verified query gives ``text``, None where none fits it surely."""
    model = schema.model
    if model is None or not model.queries:
        return None
    from aiser_jupyter.query.guard import check

    asked = Asked(Linked(tokens.read(text), schema, {}), today)
    fits = [found for template in templates(schema, today) if (found := fit(template, asked))]
    if not fits:
        return None
    best = min(fits, key=lambda one: len(one.changes))
    if any(len(one.changes) == len(best.changes) and one.template.query.sql != best.template.query.sql for one in fits):
        return None  # two of them claim it
    sql = best.sql(schema.catalog.dialect)
    if not check(sql, schema.catalog.dialect, tables=[table.name for table in schema.catalog.tables], files=False).allowed:
        return None
    query = best.template.query
    by = f", verified by {query.verified_by}" if query.verified_by else ""
    on = f" on {query.date}" if query.date else ""
    notes = [
        f"a verified query was used: “{query.question}”{by}{on} ({query.place.short})",
        *(slot.told(value) for slot, value in best.changes),
    ]
    return Reading(
        text,
        answered=True,
        sql=sql,
        confidence=FITTED if best.changes else SAME,
        assumptions=tuple(notes),
        trace=(Trace(text, f"verified query, {query.place.short}"),),
        verified=query.question,
    )


def templates(schema: Schema, today: date) -> list[Template]:
    """The verified queries of a schema; relative periods in them count from the day they were verified."""
    from datetime import date as day

    if (made := schema.verified.get(today)) is not None:
        return made
    made = []
    for query in schema.model.queries if schema.model else ():
        tree = parse_one(query.sql, dialect=schema.catalog.dialect)
        asked = Asked(Linked(tokens.read(query.question), schema, {}), day.fromisoformat(query.date) if query.date else today)
        dated = period_slots(asked.periods[0], tree) if len(asked.periods) == 1 else None
        made.append(Template(query, tree, tuple(_units(asked, tree, schema)), tuple(asked.periods), dated))
    schema.verified = {today: made}
    return made


def _units(asked: Asked, tree: exp.Expr, schema: Schema) -> Iterator[Unit]:
    """The words of a verified question, with a slot for each literal that its SQL has too."""
    starts = {mention.start: mention for mention in asked.linked.mentions if mention.stored}
    done = 0
    for word in asked.words:
        if word.token < done:
            continue
        mention = starts.get(word.token)
        slot = value_slot(mention, tree, schema) if mention else None
        if slot is None and asked.linked.question.tokens[word.token].kind == "number":
            slot = number_slot(asked.linked.question.tokens[word.token], tree)
        elif slot is not None and mention is not None:
            done = mention.end
        yield slot or word.stem


def fit(template: Template, asked: Asked) -> Fit | None:
    """How a question fits a template; None where a word is over or missing, or a literal has no place in the slot's column."""
    changes: list[tuple[Slot, object]] = []
    if len(template.spans) != len(asked.periods):
        return None
    same = [(period.start, period.end) for period in template.spans] == [(period.start, period.end) for period in asked.periods]
    if asked.periods and not same:
        value = template.dated.fits(asked.periods[0]) if template.dated else None
        if template.dated is None or value is None:
            return None
        changes.append((template.dated, value))
    found = _aligned(template.units, asked.words, asked)
    return None if found is None else Fit(template, (*found, *changes))


def _aligned(units: tuple[Unit, ...], words: tuple[Word, ...], asked: Asked) -> tuple[tuple[Slot, object], ...] | None:
    """What each slot becomes where ``words`` say ``units`` in the same order; None where they do not."""
    if not units or not words:
        return () if not units and not words else None
    first, rest = units[0], units[1:]
    if isinstance(first, str):
        return _aligned(rest, words[1:], asked) if alike(first, words[0].stem, asked.linked.schema) else None
    for value, end in first.read(asked.linked, words[0].token):
        after = tuple(word for word in words if word.token >= end)
        tail = _aligned(rest, after, asked)
        if tail is not None:
            return tail if value == first.value else ((first, value), *tail)
    return None


def alike(left: str, right: str, schema: Schema) -> bool:
    """Whether two stems say the same: equal, or synonyms of which at most one is a name in this schema."""
    if left == right:
        return True
    return right in SYNONYMS.get(left, ()) and not (left in schema.vocabulary and right in schema.vocabulary)


def _own_name(term: Term, schema: Schema) -> tuple[str, ...]:
    """The stems of a table's or column's own name where a term is another name of it; none for a definition of its own."""
    if term.table:
        return schema.table_stems(term.table)
    return schema.view(term.column).stems if term.column and not term.note and term.column in schema.index else ()

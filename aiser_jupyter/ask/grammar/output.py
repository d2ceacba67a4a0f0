"""What an answer is to show, said apart from the question: "… Return the country, number of orders and total freight."."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask import question as tokens
from aiser_jupyter.ask.grammar import frame as frames
from aiser_jupyter.ask.grammar.forms import Forms
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.link import Linked
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Item, Star, leaves
from aiser_jupyter.ask.sql.render import tables_of
from aiser_jupyter.ask.words import kin, stem

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.plan import Expression, Plan
    from aiser_jupyter.ask.schema import Schema
    from aiser_jupyter.ask.scored import Scored

CLAUSE = re.compile(
    r"(?<=[\w)'\"?])\s*[.;!?]\s+(?:please )?(?:return|show|display|include|give|output|report|list|provide)(?: me| us)?(?: only| just)?"
    r"(?: the)? (?P<what>[^.;!?]+?)\s*[.;!?]?\s*$",
    re.IGNORECASE,
)
BRACKETS = re.compile(
    r"(?<=\w) \((?P<what>(?:the )?[a-z][\w ,]*? and [\w ]+?)\)(?= (?:who|that|which|with|without|of|in|whose)\b)", re.IGNORECASE
)
OPENER = r"^\W*(?:please )?(?:(?:return|show|list|give|display|provide|get|find|output|what (?:is|are))(?: me)?)?(?: ?(?:the|all|a) )*(?: ?(?:distinct|unique|different) )?(?: ?list of )?(?: ?(?:the|all) )?(?: ?(?:distinct|unique|different) )?"
WHOSE = r"(?:who|that|which|with|without|whose|having)\b.*"
# The columns of those that are asked for: "the id and name of customers who …", "customer ids that …".
OF = re.compile(
    rf"{OPENER}(?P<what>[a-z][\w ,]*?) (?:of|for) (?:the |all |our |those )*(?P<rest>[a-z]+ {WHOSE})$", re.IGNORECASE | re.DOTALL
)
OWN = re.compile(
    rf"{OPENER}(?P<noun>[a-z]+) (?P<attribute>ids?|names?|emails?|e-mails?|email addresses|phone numbers?|codes?|titles?|numbers?) (?P<rest>{WHOSE})$",
    re.IGNORECASE | re.DOTALL,
)
BESIDE = re.compile(r"\band (?:also|the corresponding|the respective|their|its|his|her)\b", re.IGNORECASE)  # more is asked for at the end
COUNTS = re.compile(
    r",? (?:and|with|along with|together with) (?:their|the|its)(?: respective| corresponding)? counts?(?=\W*$)", re.IGNORECASE
)
PARTS = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+", re.IGNORECASE)
LEADING = re.compile(r"^(?:the|their|its|his|her|each|both|a|an|all|corresponding|respective) ", re.IGNORECASE)
TRAILING = re.compile(r" (?:(?:for|of|per|by) (?:each|every)\b.*|respectively|as well|too)$", re.IGNORECASE)
FIGURED = re.compile(
    r"^(?P<how>average|avg|mean|total|sum of|maximum|minimum|max|min|median)(?: the)? (?P<of>number|amount|value|sum) of ", re.IGNORECASE
)
VERB = re.compile(r" \w+(?:ed|en)$", re.IGNORECASE)
NUMBER = re.compile(r"^(?:the )?(?:total )?(?:numbers?|counts?) of (?P<distinct>(?:distinct|different|unique) )?", re.IGNORECASE)
NAMES = re.compile(r" (?:names?|titles?)$", re.IGNORECASE)  # a country is its name
RANKED = re.compile(r"\b(?:by|per)\b", re.IGNORECASE)
IDS = re.compile(r"\bids?\b", re.IGNORECASE)
COUNT = frozenset({"count", "counts", "number", "frequency"})
NEAR = 0.1  # by how much less surely a column of those asked for may be meant
KEPT = 0.97  # what reading such a clause costs
OTHERWISE = 0.6  # what showing another figure costs than the one that it ranks by
CONFIRMED = 0.6  # how much of its doubt a plan loses whose groups and figures the clause names, each of them


@dataclass(frozen=True)
class Told:
    """A question without its clause, and the phrases of the clause in order."""

    question: str
    phrases: tuple[str, ...]


def told(text: str) -> Told | None:
    """The question and what it says that the answer is to show; None where it says nothing of that."""
    if found := COUNTS.search(text):
        return Told(text[: found.start()] + text[found.end() :], ("", "count"))
    clause = CLAUSE.search(text) or BRACKETS.search(text)
    if clause is None:
        return None
    phrases = tuple(TRAILING.sub("", LEADING.sub("", part.strip())) for part in PARTS.split(clause["what"]) if part.strip())
    end = "?" if clause.end() >= len(text.rstrip()) else ""
    return Told(text[: clause.start()] + end + text[clause.end() :], phrases)


def opened(text: str) -> Told | None:
    """The same where the question itself opens with what it wants to see of those that it asks for."""
    if own := OWN.match(text):
        many = own["noun"] if own["noun"].endswith("s") else f"{own['noun']}s"
        return Told(f"{many} {own['rest']}", (f"{own['noun']} {own['attribute']}",))
    found = OF.match(text)
    if found is None or BESIDE.search(found["rest"]) or NUMBER.match(found["what"]) or FIGURED.match(found["what"] + " "):
        return None
    return Told(found["rest"], tuple(LEADING.sub("", part.strip()) for part in PARTS.split(found["what"]) if part.strip()))


class Shown:
    """Finds the phrases of a clause in a plan, or near its tables."""

    def __init__(self, schema: Schema, lexicon: dict[str, dict[str, float]], plan: Plan, today: date) -> None:
        self.schema, self.lexicon, self.plan, self.today = schema, lexicon, plan, today
        self.tables = tables_of(plan)
        self.assumptions: list[str] = []

    def sure(self, made: Plan, scored: Scored, question: str) -> float:
        """How sure a plan is once it shows what was told: surer where all that it is grouped and ranked by is among that."""
        figures = {item for item in (*self.plan.select, *(o.item for o in self.plan.order)) if item.aggregate}
        groups = {item for item in self.plan.select if not item.aggregate}
        if figures and not figures & set(made.select) and any(item.aggregate for item in made.select) and not RANKED.search(question):
            return scored.confidence * OTHERWISE
        confirmed = not scored.missing and bool(figures) and bool(groups) and figures | groups <= set(made.select)
        return (scored.confidence + (1.0 - scored.confidence) * CONFIRMED if confirmed else scored.confidence) * KEPT

    def plan_of(self, phrases: tuple[str, ...]) -> Plan | None:
        """The plan with just these things shown, in their order; None where one of them has no place, or would multiply rows."""
        if self.plan.source is not None or self.plan.compound is not None or not phrases:
            return None
        try:
            items = [item for phrase in phrases for item in self._items(phrase)]
            made = replace(self.plan, select=tuple(dict.fromkeys(items)))
            if made.group:
                made = replace(made, group=tuple(dict.fromkeys((*made.group, *(i.expression for i in items if not i.aggregate)))))
            return self._once(made)
        except NoPlanError:
            return None

    def _items(self, said: str) -> tuple[Item, ...]:
        phrase = IDS.sub("id", said)
        if not phrase:  # what is shown anyway
            return tuple(item for item in self.plan.select if not item.aggregate)
        figure = self._figure(phrase)
        return (figure,) if figure is not None else self._named(phrase)

    def _figure(self, phrase: str) -> Item | None:
        """The figure that a phrase asks for; None where it asks for none."""
        figures = [item for item in (*self.plan.select, *(o.item for o in self.plan.order)) if item.aggregate]
        if phrase.lower() in COUNT:
            counts = [item for item in figures if item.aggregate == "count"]
            if not counts:
                raise NoPlanError
            return counts[0]
        for text in dict.fromkeys((FIGURED.sub(r"\g<how> ", phrase), phrase, VERB.sub("", phrase))):
            composer = self._composer(text)
            try:
                items = composer._measures(set())  # noqa: SLF001  # the grammar's own way from a phrase to a figure
            except NoPlanError:
                continue
            if len(items) == 1 and not self._left(composer) and (items[0].aggregate or not self.plan.group):
                self.assumptions += composer.assumptions
                return self._counted(items[0], figures, NUMBER.match(text))
        return None

    def _counted(self, item: Item, figures: list[Item], number: re.Match[str] | None) -> Item:
        """A figure of the plan itself where the phrase asks for the same; distinct things by their key."""
        if not self.plan.group:
            raise NoPlanError  # figures stand beside groups
        same = [one for one in figures if one.aggregate == item.aggregate and set(leaves(one.expression)) == set(leaves(item.expression))]
        if same:
            return same[0]
        home = leaves(item.expression)[0].table
        key = self.schema.table(home).key if isinstance(item.expression, Star) else None
        if number and number["distinct"] and key is not None:
            return Item(key, "count", distinct=True)
        return item

    def _named(self, phrase: str) -> tuple[Item, ...]:
        """The columns that a phrase names: those that the plan shows or groups by first, then such as each row has just one of."""
        if NUMBER.match(phrase) or FIGURED.match(phrase):
            raise NoPlanError  # a figure that was not found
        said = (self._composer(text) for text in dict.fromkeys((phrase, NAMES.sub("", phrase))))
        composer = next((one for one in said if len(one.frame.nouns) == 1 and not self._left(one)), None)
        if composer is None:
            raise NoPlanError
        nouns = composer.frame.nouns
        options = nouns[0].segment.options
        shown: list[Expression] = [*(item.expression for item in self.plan.select if not item.aggregate), *self.plan.group]
        for expression in shown:
            column = expression.column if isinstance(expression, Bucket) else expression
            if isinstance(column, ColumnRef) and any(o.column == column and o.strength >= frames.SURE for o in options):
                return (Item(expression),)
        home = leaves(self.plan.select[0].expression)[0].table if self.plan.select else ""
        own = [o for o in options if o.column and o.column.table == home and o.strength >= options[0].strength - NEAR]
        best = own[0] if own else composer.pick(nouns[0], lambda o: not o.measure)
        refs = (best.column,) if best.column else self.schema.table(best.table).display
        if not refs or not all(self._single(ref) for ref in refs):
            raise NoPlanError
        self.assumptions += composer.assumptions
        return tuple(Item(ref) for ref in refs)

    def _single(self, ref: ColumnRef) -> bool:
        """Whether each row of the plan has one value of a column: each group by the key of its table, or of one that points to it."""
        graph = self.schema.graph
        if ref in self.plan.group:
            return True
        if self.plan.group:
            homes = [home for e in self.plan.group if isinstance(e, ColumnRef) for home in self._told_by(e)]
        else:
            homes = [leaf.table for item in self.plan.select for leaf in leaves(item.expression)]
        paths = [(home, graph.path((home, ref.table))) for home in homes if home != ref.table]
        return ref.table in homes or any(path is not None and not graph.multiplies(path, home) for home, path in paths)

    def _told_by(self, ref: ColumnRef) -> list[str]:
        """The tables of which a column tells the row: its own by a key, another by what points to it."""
        view = self.schema.view(ref)
        pointed = [k.ref_table for k in self.schema.catalog.keys if (k.table, k.columns) == (ref.table, (ref.column,))]
        return [*pointed, ref.table] if view.primary or 0 < view.rows == view.distinct else pointed

    def _composer(self, phrase: str) -> Forms:
        linked = Linked(tokens.read(phrase), self.schema, self.lexicon)
        composer = Forms(linked, frames.read(linked, self.today))
        composer.anchors = list(self.tables)
        return composer

    def _left(self, composer: Forms) -> bool:
        """Whether a word of the phrase has no place."""
        words = frames.unused(composer.linked, replace(composer.frame, used=composer.frame.used))
        return any(not any(kin(stem(word), known) for known in composer.explained) for word in words)

    def _once(self, plan: Plan) -> Plan:
        """The plan with rows counted once; raises NoPlanError where a join would add amounts up more than once."""
        composer = self._composer("")
        return composer._distinct_counts(plan)  # noqa: SLF001  # as above

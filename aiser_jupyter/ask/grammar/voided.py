"""Documents that were called off, in data that tells them by a letter before the number alone: left out, counted, or their share in all."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item, Plan
from aiser_jupyter.ask.sql import render
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.ask.schema import ColumnView, Schema
    from aiser_jupyter.ask.scored import Scored

PLACE = re.compile(r"^(?P<letters>[A-Za-z]{1,3})[- ]?\d{3,}$")
MANY = 50  # documents from which on a prefix is a kind of them
NUMBERED = frozenset(
    map(stem, ("number", "no", "nr", "id", "code", "ref", "reference", "document", "invoice", "order", "bill", "receipt", "transaction"))
)
# The letters before a number, and the words that say what they mean.
KINDS = (
    (frozenset({"C", "CA", "CAN", "CX", "X"}), r"cancell?(?:ed|ations?)"),
    (frozenset({"C", "CN", "CR", "CM"}), r"credit(?:ed| notes?| memos?)"),
    (frozenset({"R", "RE", "RT", "RET", "RMA", "RN", "C", "CN", "CR", "CM"}), r"(?:return(?:ed|s)|refund(?:ed|s))"),
    (frozenset({"V", "VD"}), r"void(?:ed|s)?"),
)
OTHER = r"(?:cancell?(?:ed|ations?)|credit notes?|return(?:ed|s)|refund(?:ed|s)|void(?:ed|s)?)"
NOUN = r"(?:ones|invoices?|orders?|bills?|documents?|receipts?|transactions?|sales|lines?|purchases?)"
LEAVING = r"(?:excluding|exclud(?:e|es|ed)|excl\.?|without|leaving out|leave out|left out|ignor(?:ing|e)|not counting|(?:don't|do not|dont|not) count(?:ing)?|except(?: for)?|omit(?:ting)?|disregard(?:ing)?|other than|apart from|skip(?:ping)?|not including|but not)"
LEFT = r"(?:not (?:counted|included|considered)|excluded|ignored|left out|omitted|removed|aside|disregarded|out|filtered out)"
NET = r"(?:deducted|netted(?: off| out)?|subtracted|taken off|offset)"
LESS = r"(?:net of|less|minus|after(?: deducting)?|deducting|subtracting|net after)"
MONEY = re.compile(r"\b(?:revenue|sales|turnover|takings|units|quantity|income|earned|spen[dt])\b", re.IGNORECASE)
CALLED_OFF = re.compile(r"\b(?:were|was|are|is|been|got) cancell?ed\b|\bcancell?ed (?!by\b|on\b|at\b|in\b)\w+s\b", re.IGNORECASE)
UNTESTED = 0.5  # what a reading costs that counts the cancelled ones and the others alike
RATED = r"(?:rate|ratio|quota|share|percentage|proportion)"
PART = r"(?:share|percentage|percent|proportion|fraction|portion|part|%)"


@dataclass(frozen=True)
class Voided:
    """The column that numbers documents and the letters before those that were called off."""

    column: ColumnRef
    letters: str
    noun: str

    def test(self, *, kept: bool) -> Condition:
        """The test that leaves them out, or leaves them alone."""
        return Condition(Item(self.column), "not like" if kept else "like", (f"{self.letters}%",))


@dataclass(frozen=True)
class Told:
    """A question without its words about them; ``way`` is whether they are left out, taken alone, a share of all, or deducted by their sign."""

    text: str
    way: str
    note: str
    voided: Voided


def told(schema: Schema, text: str) -> Told | None:
    """What a question says of documents that were called off; None where it says nothing of them, or the data tells them otherwise."""
    for letters, words in KINDS:
        if not re.search(rf"\b(?:non-?|un)?{words}\b", text, re.IGNORECASE):
            continue
        found = of(schema, letters, words)
        return _read(text, words, found) if found is not None else None
    return None


def of(schema: Schema, letters: frozenset[str], words: str) -> Voided | None:
    """The documents with a letter before their number; None where there are none, or a name or value of the data says it in words."""
    said = re.compile(rf"{words}$", re.IGNORECASE)
    if any(said.match(word) for word in schema.spelled) or any(said.match(value) for kinds in schema.kinds.values() for value in kinds):
        return None
    found = [view for view in schema.columns if _prefix(schema, view).upper() in letters]
    if len(found) != 1:
        return None
    view = found[0]
    thing = next((word for word in ("invoice", "order", "bill", "receipt", "transaction", "document") if stem(word) in view.stems), "order")
    return Voided(view.ref, _prefix(schema, view), f"{thing}s")


def _prefix(schema: Schema, view: ColumnView) -> str:
    """The letters before the last number of a column of documents, whose first has none, in a table with amounts below 0; empty for others."""
    if view.type != "text" or view.foreign or view.distinct < MANY or not set(view.stems) & NUMBERED:
        return ""
    low, high = str(view.low or ""), str(view.high or "")
    last = PLACE.match(high)
    own = [schema.columns[i] for i in schema.tables[view.table].columns]
    signed = any(v.numeric and isinstance(v.low, (int, float)) and v.low < 0 for v in own if measures.amount(v))
    return last["letters"] if last and low.isdigit() and signed and view.distinct < view.rows else ""


def _read(text: str, words: str, found: Voided) -> Told | None:
    """The question without the first of the ways to speak of them; None where more is said of them."""
    # Several words for the same: returns/cancellations.
    kind = rf"(?:the |all |any |our |of |a |an )*(?:{OTHER}(?: ?/ ?| and | or ))?{words}(?:(?: ?/ ?| and | or ){OTHER})?(?: {NOUN})?"
    column = f"{found.column.table}.{found.column.column}"
    named = f"those whose {column} starts with {found.letters}"
    for way, pattern, plain in _ways(words, kind, found.noun):
        match = pattern.search(text)
        if match is None:
            continue
        rest = re.sub(r"\s+([?.,])", r"\1", re.sub(r"  +", " ", pattern.sub(plain, text))).strip(" ,;-–")
        if not rest or re.search(rf"\b{words}\b", rest, re.IGNORECASE):
            return None
        if way == "net" and not MONEY.search(rest):
            return None
        said = re.search(words, match.group(), re.IGNORECASE)
        called = said.group().lower() if said else "called off"
        note = f"{called} are {named}" + (", whose amounts are below 0" if way == "net" else "")
        return Told(rest, way, note, found)
    return None


def _ways(words: str, kind: str, noun: str) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    def made(pattern: str) -> re.Pattern[str]:
        return re.compile(pattern, re.IGNORECASE)

    return (
        ("net", made(rf"[,;]? ?\(?\b{kind} (?:are |being |have been )?{NET}\b\)?"), " "),
        ("net", made(rf"[,;]? ?\(?\b{LESS} {kind}\b\)?"), " "),
        (
            "net",
            made(rf"[,;]? ?\(?\b(?:with )?{kind} (?:are )?(?:counted|counting|booked|taken) (?:as )?(?:negatives?|minus|deductions?)\b\)?"),
            " ",
        ),
        ("kept", made(rf"[,;.]? ?\(?\b(?:leave|leaving|take|taking|keep|keeping) {kind} out\b\)?"), " "),
        ("kept", made(rf"[,;.]? ?\(?\b{kind} (?:are |were |is |being )?{LEFT}\b\)?"), " "),
        ("kept", made(rf"[,;.]? ?\(?\b{LEAVING} {kind}(?!\w)\)?"), " "),
        ("kept", made(rf"\b(?:non|un|not)[- ]?{words} (?={NOUN}\b)"), ""),
        (
            "kept",
            made(
                rf"[,;]? ?\b(?:(?:that|which) )?(?:(?:were|are|was|is|have been|got|has been) (?:not|never)|(?:weren|aren|wasn|isn)['’]?t) {words}\b"
            ),
            "",
        ),
        (
            "part",
            made(
                rf"^\W*(?:what|which)(?: is| was)? ?(?:the )?{PART} of (?:all |our |the )*(?P<what>{NOUN}) (?:(?:is|are|was|were|got|have been|has been) (?:a )?)?{words}\b"
            ),
            r"number of \g<what>",
        ),
        (
            "part",
            made(
                rf"^\W*(?:(?:what|how high) (?:is|was) )?(?:the |our )*(?:overall )?(?:{PART} of )?{words}(?: {NOUN})? {RATED}(?: in (?:%|percent))?(?: (?:of|in) (?:all |our |the )*(?:invoices?|orders?|bills?|receipts?|transactions?|documents?))?(?!\w)"
            ),
            f"number of {noun}",
        ),
        ("part", made(rf"^\W*(?:(?:what|how high) (?:is|was) )?(?:the |our )*{PART} of {words}(?: {NOUN})?\b"), f"number of {noun}"),
        (
            "alone",
            made(
                rf"\bhow many (?:of (?:our|the) )?(?P<what>{NOUN}) (?:were|are|was|is|got|have been|have we|did we|have|did) (?:been )?{words}\b"
            ),
            r"how many \g<what>",
        ),
        (
            "alone",
            made(
                rf"\b(?:how many|number of) {words}(?: (?P<what>{NOUN}))?\b(?: (?:were|are) there| (?:do|did|have) we (?:have|had|get|see))?"
            ),
            f"number of {noun}",
        ),
        ("alone", made(rf"^\W*{words} (?P<what>{NOUN})\b"), r"number of \g<what>"),
        (
            "alone",
            made(
                rf"^\W*(?:what (?:is|was) )?(?:the )?(?:total )?(?:value|amount|worth|revenue|sum) of (?:all |the )?{words}(?: {NOUN}| goods| products| items)?\b"
            ),
            "revenue",
        ),
        (
            "alone",
            made(
                rf"\b(?:(?:the )?(?:number of )?(?:units|pieces|items) {words}|(?:total )?quantity of {words}(?: {NOUN}| goods| products| items)?)\b"
            ),
            "units sold",
        ),
        ("alone", made(rf"^\W*(?:the )?{words}(?= (?:by|per|in|for each|each)\b)"), f"number of {noun}"),
    )


def made(schema: Schema, said: Told, found: list[Scored]) -> list[Scored]:
    """The readings of the rest with the test of what was said put to each; those to which it cannot be put are left out."""
    readings = []
    for scored in found:
        plan = _turned(said, scored.plan)
        if plan is None:
            continue
        try:
            sql = render.sql(plan, schema.graph)
        except render.NoJoinError:
            continue
        readings.append(replace(scored, plan=plan, sql=sql, assumptions=(*scored.assumptions, said.note)))
    return readings


def _turned(said: Told, plan: Plan) -> Plan | None:
    if said.way == "net":
        return plan
    if said.way == "part":
        return _part(said.voided, plan)
    if not reads(plan, said.voided.column.table):
        return None
    test = said.voided.test(kept=said.way == "kept")
    return tested(plan, test)


def _part(voided: Voided, plan: Plan) -> Plan | None:
    """The share of them in what is counted."""
    figures = [item for item in plan.select if item.aggregate]
    plain = len(figures) == 1 and figures[0] == Item(figures[0].expression, "count", distinct=figures[0].distinct)
    if not plain or plan.source or plan.compound or plan.having or plan.limit or plan.either or not reads(plan, voided.column.table):
        return None
    item = replace(figures[0], among=(voided.test(kept=False),))
    return replace(
        plan,
        select=tuple(item if one == figures[0] else one for one in plan.select),
        order=tuple(replace(o, item=item) if o.item == figures[0] else o for o in plan.order),
    )


def reads(plan: Plan, table: str) -> bool:
    """Whether a plan, or one inside it, reads the rows of a table."""
    inner = [c.plan for c in (*plan.where, *plan.having) if c.plan is not None]
    inner += [plan.source] if plan.source else []
    inner += [plan.compound[1]] if plan.compound else []
    return (plan.source is None and table in render.tables_of(plan)) or any(reads(one, table) for one in inner)


def tested(plan: Plan, test: Condition) -> Plan | None:
    """The plan with a test on every reading of the table that the test is about; None where its conditions are joined by OR."""
    ref = test.item.expression
    if not isinstance(ref, ColumnRef):
        return None
    if plan.either and len(plan.where) > 1:
        return None

    def inside(condition: Condition) -> Condition:
        if condition.plan is None:
            return condition
        inner = tested(condition.plan, test)
        if inner is None:
            raise ValueError
        return replace(condition, plan=inner)

    try:
        where, having = tuple(map(inside, plan.where)), tuple(map(inside, plan.having))
    except ValueError:
        return None
    source, compound = plan.source, plan.compound
    if source is not None and (source := tested(source, test)) is None:
        return None
    if compound is not None:
        other = tested(compound[1], test)
        if other is None:
            return None
        compound = (compound[0], other)
    own = plan.source is None and ref.table in render.tables_of(plan)
    return replace(plan, where=(*where, test) if own else where, having=having, source=source, compound=compound)


def heard(schema: Schema, text: str, read: Callable[[str], list[Scored]]) -> list[Scored]:
    """The readings of a question, those of its rest where it speaks of documents that were called off; doubted where they test nothing of it."""
    said = told(schema, text)
    if said is not None:
        return made(schema, said, read(said.text))
    found = read(text)
    if not CALLED_OFF.search(text):
        return found
    doubted = [replace(s, confidence=s.confidence * UNTESTED) if _tests_nothing(s.plan) else s for s in found]
    return sorted(doubted, key=lambda s: -s.confidence)


def _tests_nothing(plan: Plan) -> bool:
    """Whether all rows of one table are counted or shown, whatever became of them."""
    return len(render.tables_of(plan)) == 1 and not (
        plan.where or plan.having or plan.source or plan.compound or any(i.among or i.only or i.over for i in plan.select)
    )

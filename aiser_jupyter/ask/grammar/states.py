"""States in a question: still open, unpaid, overdue, active, cancelled, on time; read from what a status, a flag or an empty date tells."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import flags
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item
from aiser_jupyter.ask.vocabulary.verbs import DATED, DONE, ENDED
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.grammar.frame import Frame, Noun
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.schema import ColumnView, Schema

CLOSED = ("closed", "resolved", "completed", "finished", "returned", "ended", "end", "settled", "paid")
OPEN = bag("open unresolved outstanding unsettled pending ongoing unfinished incomplete unclosed")
ALIVE = bag("active current ongoing")
LIVING, DIED = bag("alive living"), ("deceased", "died", "death", "dead")
GONE = bag("cancelled canceled churned lapsed ended terminated former inactive lost expired")
UNPAID = ("unpaid", "open", "outstanding", "due", "pending", "overdue")
PAST_DUE = re.compile(
    r"\b(?:over ?due|past (?:the |their |its |his )?due(?: date)?s?(?: today)?|(?:already )?due before today)\b", re.IGNORECASE
)
ON_TIME = re.compile(
    r"\b(?:(?:delivered |shipped |arrived |paid |sent )?(?:on|in)[ -]time|punctual(?:ly|ity)?|(?:with)?in (?:the )?(?:promised|agreed) time)\b",
    re.IGNORECASE,
)
UNDONE = re.compile(
    r"\b(?:(?:(?:that|which|who) )?(?:have |has |had |are |is |were |was |did |do |does )?(?:still |as yet )?(?:not|never|haven't|hasn't|weren't|wasn't|aren't|isn't|didn't|yet to be)"
    r"(?: yet| ever)?(?: been| be)? (?P<verb>[a-z]+)(?: yet| at all)?|(?:still )?un(?P<un>[a-z]{3,}ed|paid|sent)\b)",
    re.IGNORECASE,
)
WENT = re.compile(
    r"\b(?:(?:who|that|which) )?(?:(?:have|has|had|did) )?(?:already )?(?:left(?: us)?|quit|resigned)\b(?! (?:in|on|during|since|before|after|last|this|over)\b)"
    r"|\b(?:(?:who|that|which) )?(?P<here>(?:(?:have|has|is|are|were) )?(?:still (?:here|with us|work(?:s|ing)?(?: here| for us)?|employed)|stayed))\b",
    re.IGNORECASE,
)
RATES = frozenset({"rate", "rates"})
SAME = {  # what a rate is called, and the values that it is the rate of
    "churn": ("churned", "cancelled", "canceled", "lost", "inactive", "closed", "terminated"),
    "attrition": ("churned", "left", "cancelled", "terminated", "inactive"),
    "cancellation": ("cancelled", "canceled"),
    "loss": ("lost",),
    "win": ("won",),
    "success": ("succeeded", "successful", "completed", "won"),
    "failure": ("failed",),
    "conversion": ("converted", "won", "purchased"),
    "bounce": ("bounced",),
}
STILL = frozenset({"still", "yet", "currently", "already", "present", "presently"})
STATUS = frozenset(map(stem, ("status", "state", "stage", "outcome", "result", "disposition")))
DUE = frozenset(map(stem, ("due", "required", "promised", "expected", "deadline", "scheduled", "planned", "target", "estimated", "eta")))
LATER = (
    "delivered",
    "delivery",
    "arrived",
    "arrival",
    "received",
    "completed",
    "returned",
    "resolved",
    "closed",
    "paid",
    "shipped",
    "shipping",
    "ship",
    "sent",
)
NEGATIVE = frozenset({"not", "never", "no", "without", "n't"})
DOES = frozenset({"did", "does", "do"})
FEW = 12
WHOLE = 0.75  # how well a noun phrase must name a column for its words to say nothing else
LEAST, SHARED = 4, 0.6


@dataclass(frozen=True)
class State:
    """A test, the tokens that stand for it, and what it takes for granted."""

    test: Condition
    tokens: frozenset[int]
    note: str
    besides: tuple[Condition, ...] = ()  # what else must hold for the test to be asked at all


def read(linked: Linked, found: flags.Flags) -> tuple[flags.Flags, tuple[str, ...]]:
    """The flags found so far with the states that have no other place, and a note for each."""
    schema, now = linked.schema, _plainly_dated(linked, found.frame)
    found = replace(found, frame=now)
    notes: list[str] = []
    for state in _states(linked, now, now.today):
        taken = state.tokens
        if any(_column(test) == _column(state.test) for _, test in found.tests):
            continue
        home = _column(state.test)
        values = tuple(m for m in now.values if not set(range(m.start, m.end)) & taken)
        nouns = tuple(n for n in now.nouns if not set(range(n.segment.start, n.segment.end)) <= taken or n.segment.best.table)
        without = now.without
        if without is not None and any(linked.question.lower[i] in NEGATIVE or linked.question.lower[i].endswith("n't") for i in taken):
            without = None
        elif without is not None and without >= 0 and without < len(now.nouns):
            without = next((i for i, n in enumerate(nouns) if n is now.nouns[without]), None)
        places = {n: i for i, n in enumerate(nouns)}
        tests = tuple(replace(t, noun=places[now.nouns[t.noun]]) for t in now.tests if now.nouns[t.noun] in places)
        cues = replace(now.cues, late=False) if home is not None and state.note.startswith(("on time", "overdue")) else now.cues
        now = replace(now, values=values, nouns=nouns, without=without, tests=tests, cues=cues, used=now.used | taken)
        more = tuple((min(taken), test) for test in state.besides)
        found = flags.Flags(now, (*found.tests, *more, (min(taken), state.test)))
        notes.append(state.note)
    if found.tests or any(_status(schema.view(ref)) for m in now.values for ref, _ in m.stored):
        plain = {i for i, word in enumerate(linked.question.lower) if word in STILL}
        found = flags.Flags(replace(found.frame, used=found.frame.used | plain), found.tests)
    return found, tuple(notes)


def _plainly_dated(linked: Linked, frame: Frame) -> Frame:
    """The frame without a value of another table that a verb right after a thing with a date for it also is: employees hired in 2024."""
    lower = linked.question.lower
    homes = {n.segment.end: n.segment.best.table for n in frame.nouns if n.segment.best.table}
    dropped = [
        m
        for m in frame.values
        if frame.periods
        and m.width == 1
        and lower[m.start] in DATED
        and (home := homes.get(m.start))
        and all(r.table != home for r, _ in m.stored)
        and any(
            set(linked.schema.columns[i].stems) & set(DATED[lower[m.start]])
            for i in linked.schema.table(home).columns
            if linked.schema.columns[i].temporal
        )
    ]
    return replace(frame, values=tuple(m for m in frame.values if m not in dropped)) if dropped else frame


def _gone(linked: Linked, frame: Frame, home: str) -> State | None:
    """Those who left and those who are still there, of things with a day on which they end; in a period it is that day that is meant."""
    said = None if frame.periods else WENT.search(linked.spoken.masked(linked.question))
    view = dated(linked.schema, home, (*ENDED, "exit", "resignation")) if said else None
    if said is None or view is None or not view.temporal:
        return None
    test = Condition(Item(view.ref), "is null" if said["here"] else "is not null")
    return State(
        test,
        _tokens(linked, said.span()),
        f"{said[0].strip()} is {'an empty' if said['here'] else 'a set'} {view.ref.table}.{view.ref.column}",
    )


def _states(linked: Linked, frame: Frame, today: date | None) -> list[State]:
    homes = list(dict.fromkeys(n.segment.best.home for n in frame.nouns if n.segment.best.home in linked.schema.table_index))
    homes = homes or list(dict.fromkeys(ref.table for m in frame.values if len({r.table for r, _ in m.stored}) == 1 for ref, _ in m.stored))
    found = [state] if (state := _rated(linked, frame, homes)) is not None else []
    for home in homes:
        for state in (
            _overdue(linked, home, today),
            _punctual(linked, home),
            _undone(linked, home),
            _gone(linked, frame, home),
            *_words(linked, frame, home),
        ):
            if state is not None and not any(state.tokens & other.tokens for other in found):
                found.append(state)
    return found


def _tokens(linked: Linked, span: tuple[int, int]) -> frozenset[int]:
    return frozenset(i for i, t in enumerate(linked.question.tokens) if t.start < span[1] and span[0] < t.end)


def dated(schema: Schema, home: str, words: tuple[str, ...]) -> ColumnView | None:
    """The column of a table that dates what one of ``words`` says, the first word first; the key of a calendar is a date too."""
    views = [schema.columns[i] for i in schema.table(home).columns]
    moments = [v for v in views if v.temporal or (v.foreign and stem("date") in v.stems)]
    for word in words:
        for view in moments:
            if stem(word) in view.stems and not set(view.stems) & DUE:
                return view
    return None


def _status(view: ColumnView) -> bool:
    return view.type == "text" and bool(set(view.stems) & STATUS) and view.distinct <= FEW


def valued(schema: Schema, home: str, word: str) -> tuple[ColumnView, str] | None:
    """The status column of a table that holds ``word``, or a word made of it, and the value as it is stored."""
    for i in schema.table(home).columns:
        view = schema.columns[i]
        if not _status(view):
            continue
        kinds = schema.kinds.get(view.ref, ())
        exact = next((v for v in kinds if v.casefold().replace("_", " ").replace("-", " ") == word.replace("-", " ")), None)
        close = [v for v in kinds if akin(v.casefold(), word)]
        if exact or len(close) == 1:
            return view, exact or close[0]
    return None


def akin(left: str, right: str) -> bool:
    """Whether two words are made of one: cancellation and cancelled, denial and denied."""
    shared = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
    return shared >= LEAST and shared >= SHARED * min(len(left), len(right)) and abs(len(left) - len(right)) <= 6


def _overdue(linked: Linked, home: str, today: date | None) -> State | None:
    """Past the day it was due, and not yet done."""
    said = PAST_DUE.search(linked.spoken.masked(linked.question))
    if said is None or today is None:
        return None
    schema = linked.schema
    views = [schema.columns[i] for i in schema.table(home).columns]
    due = next((v for v in views if v.temporal and set(v.stems) & DUE), None)
    if due is None:
        return None
    test = Condition(Item(due.ref), "<", (today.isoformat(),))
    waiting = next((found for word in UNPAID if (found := valued(schema, home, word))), None)
    done = dated(schema, home, LATER)
    if waiting is None and done is None:
        return None
    undone = Condition(Item(waiting[0].ref), "=", (waiting[1],)) if waiting else Condition(Item(done.ref), "is null") if done else test
    how = f"{waiting[0].ref.column} {waiting[1]}" if waiting else f"no {done.ref.column}" if done else ""
    note = f"overdue is {due.ref.column} before {today.isoformat()} and {how}"
    return State(test, _tokens(linked, said.span()), note, (undone,))


def _punctual(linked: Linked, home: str) -> State | None:
    """Done no later than promised."""
    said = ON_TIME.search(linked.spoken.masked(linked.question))
    if said is None:
        return None
    done, due = dated(linked.schema, home, LATER), due_of(linked.schema, home)
    if done is None or due is None:
        return None
    test = Condition(Item(done.ref), "<=", other=Item(due.ref))
    known = Condition(Item(done.ref), "is not null")
    note = f"on time is {done.ref.column} not after {due.ref.column}, of those that have both"
    return State(test, _tokens(linked, said.span()), note, (known,))


def _rated(linked: Linked, frame: Frame, homes: list[str]) -> State | None:  # noqa: C901, PLR0911  # each thing that a rate can be of, in order
    """The value whose share of all a rate is: the cancellation rate, the no-show rate, the churn rate."""
    lower = linked.question.lower
    shares = [i for i, word in enumerate(lower) if word in ("share", "percentage", "proportion") and lower[i + 1 : i + 2] == ("of",)]
    share = next((i for i in shares if any(m.end == i and m.start == i - 1 for m in frame.values)), None)
    place = next((i for i, word in enumerate(lower) if word in RATES and i and i not in linked.spoken.tokens), share)
    if place is None or any(n.segment.start <= place - 1 < n.segment.end and _figure(linked, n) for n in frame.nouns):
        return None
    word = lower[place - 1]
    flagged = [
        v for v in linked.schema.columns if any(akin(w, word) for w in v.bare) and flags.value(linked.schema, v.ref, yes=True) is not None
    ]
    if len(flagged) == 1:
        view = flagged[0]
        yes = flags.value(linked.schema, view.ref, yes=True)
        if yes is not None:
            test = Condition(Item(view.ref), "=", (yes,))
            return State(test, frozenset((place - 1, place)), f"the {word} rate is the share of {view.ref.table} with {view.ref.column}")
    mention = next((m for m in frame.values if m.end == place and m.stored), None)
    if mention is not None:
        ref, value = min(mention.stored, key=lambda one: (one[0].table not in homes, not _status(linked.schema.view(one[0])), one[0]))
        if linked.schema.view(ref).distinct > FEW:
            return None
        tokens = frozenset(range(mention.start, place + 1))
        return State(Condition(Item(ref), "=", (value,)), tokens, f"the rate is the share of {ref.table} with {ref.column} {value}")
    for home in (*homes, *(t.name for t in linked.schema.tables if t.name not in homes and not t.derived)):
        for said in (word, *SAME.get(word, ())):
            found = valued(linked.schema, home, said)
            if found is not None:
                note = f"the {word} rate is the share of {home} with {found[0].ref.column} {found[1]}"
                return State(Condition(Item(found[0].ref), "=", (found[1],)), frozenset((place - 1, place)), note)
    for home in homes if word in SAME else ():
        view = dated(linked.schema, home, ENDED)
        if view is not None:
            note = f"the {word} rate is the share of {home} with a set {view.ref.column}"
            return State(Condition(Item(view.ref), "is not null"), frozenset((place - 1, place)), note)
    return None


def _figure(linked: Linked, noun: Noun) -> bool:
    """Whether a noun phrase is a flag or a number of its own: the discount rate, the churn of a flag."""
    column = noun.segment.best.column
    return column is not None and (linked.schema.view(column).numeric or flags.value(linked.schema, column, yes=True) is not None)


def due_of(schema: Schema, home: str) -> ColumnView | None:
    """The date by which something of a table had to be done."""
    views = [schema.columns[i] for i in schema.table(home).columns]
    return next((v for v in views if v.temporal and set(v.stems) & DUE), None)


def _undone(linked: Linked, home: str) -> State | None:
    """Not yet, or never, done: a date that is empty, else the status that says so."""
    text = linked.spoken.masked(linked.question)
    for said in UNDONE.finditer(text):
        verb = (said["verb"] or said["un"]).lower()
        words = DONE.get(verb) or DONE.get(next((w for w in DONE if stem(w) == stem(verb)), ""))
        if words is None:
            continue
        tokens = _tokens(linked, said.span())
        if "paid" in words[:2] and (found := next((v for w in UNPAID if (v := valued(linked.schema, home, w))), None)):
            return State(Condition(Item(found[0].ref), "=", (found[1],)), tokens, f"{said[0].strip()} is {found[0].ref.column} {found[1]}")
        view = dated(linked.schema, home, words)
        if view is not None:
            return State(Condition(Item(view.ref), "is null"), tokens, f"{said[0].strip()} is an empty {view.ref.table}.{view.ref.column}")
    return None


def _words(linked: Linked, frame: Frame, home: str) -> list[State]:
    """Adjectives of state that name no stored value of the table asked about."""
    schema, found = linked.schema, []
    whole = [n for n in frame.nouns if n.segment.best.table or n.segment.best.strength >= WHOLE]
    inside = {i for n in whole for i in range(n.segment.start, n.segment.end)}
    for i, word in enumerate(linked.question.lower):
        if word not in OPEN | ALIVE | GONE | LIVING or i in inside or i in linked.spoken.tokens:
            continue
        if i and linked.question.lower[i - 1] in NEGATIVE:
            continue
        if word == "open" and set(linked.question.lower[:i]) & DOES and not any(i + 1 in m.positions for m in linked.tables):
            continue  # what somebody did
        mention = next((m for m in frame.values if m.start <= i < m.end), None)
        if mention is not None and (mention.end - mention.start > 1 or any(ref.table == home for ref, _ in mention.stored)):
            continue
        state = _state(schema, home, word, i)
        if state is not None and not _told_otherwise(frame, state):
            found.append(state)
    return found


def _told_otherwise(frame: Frame, state: State) -> bool:
    """Whether a value of the same column is named, so that the word says nothing of its own: currently in transit."""
    column = _column(state.test)
    return any(ref == column for m in frame.values for ref, _ in m.stored)


def _column(test: Condition) -> ColumnRef | None:
    return test.item.expression if isinstance(test.item.expression, ColumnRef) else None


def _state(schema: Schema, home: str, word: str, place: int) -> State | None:
    plain = "active" if word in ALIVE else word
    tokens = frozenset({place})
    if (found := valued(schema, home, plain)) is not None:
        return State(Condition(Item(found[0].ref), "=", (found[1],)), tokens, f"{word} is {found[0].ref.column} {found[1]}")
    if word == "current" and not any(_status(schema.columns[i]) for i in schema.table(home).columns) and dated(schema, home, ENDED) is None:
        return None
    words, empty = (
        (DIED, True) if word in LIVING else (CLOSED, True) if word in OPEN else (ENDED, True) if word in ALIVE else (ENDED, False)
    )
    view = dated(schema, home, words)
    if view is None:
        return None
    test = Condition(Item(view.ref), "is null" if empty else "is not null")
    return State(test, tokens, f"{word} is {'an empty' if empty else 'a set'} {view.ref.table}.{view.ref.column}")

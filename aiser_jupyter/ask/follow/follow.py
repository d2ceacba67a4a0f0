"""Follow-ups: a short question that edits the plan before it: "just for Brazil", "and by month", "drop the country", "go back", "no, I meant …"."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.follow import edit_forms as forms
from aiser_jupyter.ask.follow import edit_grammar as grammar
from aiser_jupyter.ask.follow import edit_such as suches
from aiser_jupyter.ask.follow import edit_words as wordings
from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.grammar.compose import Composer
from aiser_jupyter.ask.grammar.frame import read as read_frame
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.plan import Item, Plan, Star
from aiser_jupyter.ask.sql.render import leaves

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.follow.edit_grammar import Turn
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.reading import Reading
    from aiser_jupyter.ask.schema import Schema

LONGEST, LETTERS = 16, 240
DEPTH = 20
OPENING = re.compile(
    r"^(?:(?:ok(?:ay)?|well|great|thanks?|thank you|hm+|ah|oh|alright|good|nice|please|now|so|then|and then|and now|but|yes|can you|could you|would you|can we|let's|i(?:'d| would) like to|i want(?: to)?(?: see)?|let me|(?:and )?(?:how|what) (?:did|does|was|is|were|are|about) (?:that|it|this|those|these|they)(?: look)?)(?: please)?[,.!]? )+",
    re.IGNORECASE,
)
POLITE = re.compile(r"(?:,? (?:please|now|thanks|thank you|then|again))+$", re.IGNORECASE)
PERIOD = re.compile(r"the period is (?:from |before )?(\d{4}-\d\d-\d\d)")
VALUE = re.compile(r"“(.+)” is a value of ")
UNDO = re.compile(
    r"^(?:go back|back|undo(?: that| it| this| the last(?: one| step| change)?)?|never ?mind(?: that)?|revert(?: that| it)?|take that back|as (?:it was )?before|(?:back to )?the (?:previous|last) (?:one|version|question|result|answer)|(?:go )?(?:one )?step back|scratch that|forget (?:that|it))$",
    re.IGNORECASE,
)
RESTART = re.compile(
    r"^(?:start (?:over|again|afresh)|reset(?: it| everything| all)?|from the (?:start|beginning|top)|(?:go )?back to (?:the )?(?:original|start|beginning|first)(?: one| question| version)?|the original(?: one| question| version)?(?: again)?)$",
    re.IGNORECASE,
)
CORRECTION = re.compile(
    r"^(?:(?P<no>no|nope|sorry|wait|actually|rather|wrong|not quite|that's (?:wrong|not right|not what i (?:meant|asked)))[,.;:!]? )*(?:(?P<meant>i (?:meant|mean|was thinking of|was asking (?:about|for)|wanted|want)|meant|make (?:it|that)|it should be|should be) )?(?:to say |the |by |for |only )*(?P<what>.+)$",
    re.IGNORECASE,
)
AS_SHARE = re.compile(
    r"^(?:and |so )*(?:(?:as|in) (?:an? )?(?:percent(?:age)?|share|%|proportion)|what (?:share|percentage|percent|%|proportion) (?:is (?:that|it)|of (?:them|those|these|the total|all)(?: is (?:that|it))?))$",
    re.IGNORECASE,
)
NOT_BUT = re.compile(
    r"^(?:no,? )?not (?:for |in |the |by )*(?P<old>[\w .'-]+?)(?:,|;| but| –| -) ?(?:but |rather |in |for |the |by )*(?P<new>[\w .'-]+)$|^(?P<new2>[\w .'-]+?), not (?:for |in |the |by )*(?P<old2>[\w .'-]+)$",
    re.IGNORECASE,
)
CLAUSE = re.compile(
    r"(?:,|;|\.)? (?:and )?then |; ?|, (?=(?:and |but )?(?:only|just|top|bottom|sort|order|by|per|no|without|drop|remove|as|in percent|add|exclud|show|monthly|quarterly|yearly|weekly|daily)\b)| and (?=(?:only|just|sort|order|drop|remove|without|exclud|show|as a|in percent|the top|top \d|bottom \d)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Change:
    """What a follow-up makes of the reading before it; ``back`` is how many readings it goes back, -1 for the first."""

    plan: Plan
    assumptions: tuple[str, ...] = ()
    back: int = 0
    correction: str = ""


def changed(linked: Linked, before: Reading, today: date) -> Change | None:
    """The plan before with what the follow-up says done to it; None where the words are a question of their own, or have no place."""
    plan = before.plan
    text = linked.question.text.strip()
    if plan is None or plan.compound or not plan.select or len(text) > LETTERS or len(linked.question.tokens) > LONGEST:
        return None
    asked = text.endswith("?")
    bare = POLITE.sub("", OPENING.sub("", text.strip(" ?.!…"))).strip(" ?.!,…") or text.strip(" ?.!…")
    back = gone_back(bare, before)
    if back is not None:
        return back
    if AS_SHARE.match(bare) and before.before is not None and before.before.plan is not None:
        share = suches.share_of_those(linked.schema, plan, before.before.plan)
        if share is not None:
            return Change(share)
    turn = grammar.Turn(linked.schema, linked.lexicon, plan, today, asked=asked)
    corrected = _corrected(turn, bare)
    if corrected is not None:
        return corrected
    for clauses in (*wordings.ways(bare), *_ways(bare)):
        made = _all(turn, clauses)
        if made is not None:
            return made if _compares(made.plan) else None
    return None


def _compares(plan: Plan) -> bool:
    """Whether no period was put round figures that are of two periods: what is left of them would be no change."""
    dates = {leaf for item in plan.select for test in item.only for leaf in leaves(test.item.expression)}
    return not any(leaf in dates for test in plan.where for leaf in leaves(test.item.expression))


def gone_back(text: str, before: Reading) -> Change | None:
    """The reading that "go back" or "start over" means."""
    if UNDO.match(text) and before.before is not None and before.before.plan is not None:
        return Change(before.before.plan, back=1)
    if RESTART.match(text):
        first = before
        while first.before is not None and first.before.plan is not None:
            first = first.before
        if first is not before and first.plan is not None:
            return Change(first.plan, back=-1)
    return None


def back_to(reading: Reading, steps: int) -> Reading:
    """The reading that many follow-ups ago, -1 for the first of the chain."""
    while reading.before is not None and steps:
        reading, steps = reading.before, steps - 1
    return reading


def shortened(reading: Reading) -> Reading:
    """The reading with at most as many before it as are remembered."""
    chain = [reading]
    while chain[-1].before is not None and len(chain) < DEPTH:
        chain.append(chain[-1].before)
    if chain[-1].before is None:
        return reading
    # The first question is kept, so that "start over" leads there; what lies between goes.
    made = back_to(reading, -1)
    for link in reversed(chain[:-1]):
        made = replace(link, before=made)
    return made


def kept(before: tuple[str, ...], now: tuple[str, ...], plan: Plan) -> list[str]:
    """The assumptions that still hold: one about the period goes where there is a new one, and what was offered was offered."""
    about = {a[:10] for a in now if a.startswith(("the period", "compared a"))}
    values = {str(v).casefold() for c in plan.where for v in c.values}

    def holds(assumption: str) -> bool:
        value = VALUE.match(assumption)
        gone = value is not None and not any(value[1].casefold() in v or v in value[1].casefold() for v in values)
        span = PERIOD.match(assumption)
        gone = gone or (span is not None and not any(day in v for day in span.groups() if day for v in values))
        return not gone and assumption[:10] not in about and "to keep that:" not in assumption

    return [a for a in before if holds(a)]


def _ways(text: str) -> list[list[str]]:
    """The text as one clause, and as several."""
    parts = [part.strip(" ,.;") for part in CLAUSE.split(text) if part and part.strip(" ,.;")]
    return [[text], parts] if len(parts) > 1 else [[text]]


def _all(turn: Turn, clauses: list[str]) -> Change | None:
    plan = turn.plan
    done = replace(turn, assumptions=[])
    for clause in clauses:
        made = _clause(done, OPENING.sub("", clause).strip() or clause)
        if made is None and not (len(clauses) > 1 and _already(done, clause)):
            return None
        done.plan = made or done.plan
    settled = settle(turn, done.plan)
    return None if settled is None or (settled == plan and not done.steady) else Change(settled, tuple(done.assumptions))


def _clause(turn: Turn, text: str) -> Plan | None:
    """What one clause makes of the plan: the first form whose every word has a place."""
    start = turn.plan
    alone = _stands_alone(turn, text)
    for form, handler in forms.FORMS:
        match = form.match(text)
        if match and (made := _try(turn, handler, match, start)) is not None:
            return made
    for form, handlers in (
        (forms.ABOUT, (grammar.what_about,)),
        (forms.ONLY, (grammar.only,)),
        (forms.ONLY_GROUP, (grammar.only_group,)),
        (forms.MORE, (grammar.more,)),
        (forms.SUCH, (suches.such,)),
        *(() if alone else ((forms.BARE, (grammar.only,)),)),
    ):
        match = form.match(text)
        for handler in handlers if match else ():
            if match and (made := _try(turn, handler, match, start)) is not None:
                return made
    return None


def _already(turn: Turn, text: str) -> bool:
    """Whether "just the years" asks for what the plan is."""
    match = forms.ONLY_GROUP.match(text)
    try:
        return bool(match and turn.plan.group and all(map(grammar.kept_groups(turn, match["what"]), turn.plan.group)))
    except NoPlanError:
        return False


def _try(turn: Turn, handler: object, match: re.Match[str], start: Plan) -> Plan | None:
    noted, was = list(turn.assumptions), turn.steady
    turn.steady = False
    try:
        made = handler(turn, match)  # pyright: ignore[reportCallIssue]  # one of the grammar's own
    except (NoPlanError, ValueError, KeyError, StopIteration):
        made = None
    turn.plan, steady, turn.steady = start, turn.steady, was
    if made == start and steady:
        turn.steady = True
        return made
    if made is None or made == start or settle(turn, made) is None:
        turn.assumptions[:] = noted
        return None
    return made


def _stands_alone(turn: Turn, text: str) -> bool:
    """Whether words without any cue of a follow-up name a table or a figure of their own."""
    frame = turn.said(text).frame
    return any(noun.role in ("measure", "count") or noun.segment.best.table for noun in frame.nouns)


def _corrected(turn: Turn, text: str) -> Change | None:
    """Read “No, I meant ship country”, “not 2023, 2024”: another thing in the place of the one that was taken."""
    swap = NOT_BUT.match(text)
    if swap:
        old, new = swap["old"] or swap["old2"], swap["new"] or swap["new2"]
        made = _swapped(turn, old.strip(), new.strip())
        if made is not None:
            return made
    said = CORRECTION.match(text)
    if said is None or not (said["no"] or said["meant"]):
        return None
    what = said["what"].strip()
    for way in (f"{what} instead", what):
        made = _all(turn, [way])
        if made is not None:
            return replace(made, correction=what)
    return None


def _swapped(turn: Turn, old: str, new: str) -> Change | None:
    """One thing for another, each of the same kind: values of a column, periods, groups, figures."""
    was, now = turn.said(old), turn.said(new)
    known = bool(was.frame.values or was.frame.periods or was.frame.nouns or was.frame.grain)
    if not known:
        return None
    values = bool(now.frame.values or now.frame.periods) and not now.frame.nouns
    made = _all(turn, [f"only {new}"]) if values else _all(turn, [f"{new} instead of {old}"])
    return replace(made, correction=new) if made is not None else None


def settle(turn: Turn, plan: Plan) -> Plan | None:
    """The plan with each count made once and each amount from where it is not repeated; None where that cannot be."""
    schema = turn.schema
    whole, line = measures.revenue(schema), measures.line_revenue(schema)
    plain = _mapped(plan, lambda item: _rows(schema, item))
    swaps: list[dict[object, object]] = [{}]
    if whole is not None and line is not None and whole.expression != line.expression:
        swaps = [{line.expression: whole.expression}, {whole.expression: line.expression}]
    for swap in swaps:
        tried = _mapped(
            plain,
            lambda item, swap=swap: (
                replace(item, expression=swap.get(item.expression, item.expression)) if item.aggregate == "sum" else item
            ),
        )
        try:
            return _once(turn, tried)
        except NoPlanError:
            continue
    return None


def _once(turn: Turn, plan: Plan) -> Plan:
    said = turn.said("")
    if not any(item.aggregate for item in plan.select):
        if schema_path(turn.schema, plan) is None:
            raise NoPlanError
        return plan
    return Composer(said.linked, read_frame(said.linked, turn.today))._distinct_counts(plan)  # noqa: SLF001  # the grammar's own care


def schema_path(schema: Schema, plan: Plan) -> object | None:
    """How the tables of a plan hang together, None where they do not."""
    from aiser_jupyter.ask.sql.render import tables_of

    return schema.graph.path(tables_of(plan))


def _rows(schema: Schema, item: Item) -> Item:
    """A count of a table's keys as a count of its rows: which of the two it must be is seen from the joins."""
    if item.aggregate != "count" or not item.distinct or item.among:
        return item
    leaf = leaves(item.expression)[0]
    return replace(item, expression=Star(leaf.table), distinct=False) if leaf == schema.table(leaf.table).key else item


def _mapped(plan: Plan, change: object) -> Plan:
    each = change
    return replace(
        plan,
        select=tuple(map(each, plan.select)),  # pyright: ignore[reportCallIssue, reportArgumentType]  # one of the two above
        order=tuple(replace(o, item=each(o.item)) for o in plan.order),  # pyright: ignore[reportCallIssue]
        having=tuple(replace(c, item=each(c.item)) for c in plan.having),  # pyright: ignore[reportCallIssue]
    )

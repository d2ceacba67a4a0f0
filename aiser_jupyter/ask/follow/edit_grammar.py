"""The forms of an edit in words: which edit of the plan each of them asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from aiser_jupyter.ask.follow import edit_periods, edits
from aiser_jupyter.ask.follow.edit_such import HAPPENED
from aiser_jupyter.ask.follow.said import Said, grain_of
from aiser_jupyter.ask.grammar import flags
from aiser_jupyter.ask.grammar.frame import AGGREGATES
from aiser_jupyter.ask.grammar.ground import NoPlanError
from aiser_jupyter.ask.grammar.periods import Period
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Plan

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.ask.follow.edit_periods import Span
    from aiser_jupyter.ask.plan import Expression, Window
    from aiser_jupyter.ask.schema import Schema

UNIT = r"(day|week|month|quarter|year)"
EARLIER = re.compile(
    rf"^(?:the |that |with |to )*(?:{UNIT} (?:before|earlier)(?: that| this| it)?|(?:previous|preceding|prior|last) {UNIT}|same \w+ last {UNIT}|(?:same \w+ )?(?:a|one|1) {UNIT} (?:before|earlier|ago)(?: that| this| it)?)$",
    re.IGNORECASE,
)
LATER = re.compile(rf"^(?:the |that )*(?:{UNIT} (?:after|later)(?: that| this| it)?|(?:next|following|subsequent) {UNIT})$", re.IGNORECASE)
NUMBER = r"(-?[\d,]+(?:\.\d+)?(?:k|m)?|one|two|three|four|five|six|seven|eight|nine|ten|twenty|fifty|hundred)"
FIRSTS = r"(lowest|smallest|least|fewest|highest|largest|biggest|most|best|worst|newest|latest|most recent|oldest|earliest|greatest|busiest|quietest|strongest|weakest|top|bottom)"
BESIDE = re.compile(r"\b(?:also|too|as well)\b", re.IGNORECASE)
WINDOW_WORDS: tuple[tuple[Window, str], ...] = (
    ("share", r"(?:shares?|percent(?:ages?)?|pct|%|proportions?|fractions?)(?: of (?:the )?(?:total|whole|all))?"),
    ("running", r"(?:cumulative(?:ly)?(?: totals?| sums?)?|running(?: totals?| sums?)?|accumulated)"),
    (
        "growth",
        r"(?:growth(?: rates?)?|(?:month|quarter|year|week)[ -](?:over|on)[ -](?:month|quarter|year|week)(?: growth| change)?|mom|qoq|yoy)",
    ),
)


@dataclass
class Turn:
    """One follow-up on its way: the plan so far, and what was taken for granted.

    ``heard`` keeps phrases that were read; ``steady`` says that the plan may well be what was asked for already.
    """

    schema: Schema
    lexicon: dict[str, dict[str, float]]
    plan: Plan
    today: date
    asked: bool = False
    assumptions: list[str] = field(default_factory=list)
    heard: dict[str, Any] = field(default_factory=dict, repr=False)
    steady: bool = False

    def said(self, text: str) -> Said:
        """The phrase against the plan so far."""
        return Said(text.strip(" ?.!,"), self.schema, self.lexicon, self.plan, self.today, self.heard)

    def note(self, said: Said) -> None:
        """Keep what a phrase took for granted."""
        self.assumptions += [a for a in said.assumptions if a not in self.assumptions]


def unlimited(turn: Turn, _: re.Match[str]) -> Plan:
    """All rows again."""
    plan = turn.plan
    if plan.limit is not None or plan.having:
        return edits.limited(replace(plan, having=()), None)
    return everything(turn, _)


def everything(turn: Turn, _: re.Match[str]) -> Plan:
    """No test at all."""
    if not turn.plan.where:
        raise NoPlanError
    column = edit_periods.date_of(turn.schema, turn.plan)
    plan = edit_periods.without(turn.plan, column) if column and any(edit_periods.about(c, column) for c in turn.plan.where) else turn.plan
    return replace(plan, where=())


def everywhere(turn: Turn, _: re.Match[str]) -> Plan:
    """No test on a stored text."""
    return edits.unfiltered(turn.plan, lambda ref: turn.schema.view(ref).type == "text")


def all_of(turn: Turn, match: re.Match[str]) -> Plan:
    """Read “All countries”, “any year”: no test on that column."""
    text = match["what"]
    if grain_of(text) or text.lower().strip() in ("time", "times", "dates", "periods", "the time"):
        column = edit_periods.date_of(turn.schema, turn.plan)
        if column is None:
            raise NoPlanError
        return edit_periods.without(turn.plan, column)
    said = turn.said(text)
    said.understood()
    if (span := said.span()) is not None:
        return _unspanned(turn, said, span)
    return edits.unfiltered(turn.plan, said.column_of_filter())


def seen_as(window: Window) -> Callable[[Turn, re.Match[str]], Plan]:
    """Seen against the other rows, or plain again."""
    return lambda turn, _: edits.windowed(turn.plan, window)


def summed_by(turn: Turn, match: re.Match[str]) -> Plan:
    """Summed up in another way."""
    return edits.aggregated(turn.plan, AGGREGATES[match["agg"].lower()])


def total(turn: Turn, _: re.Match[str]) -> Plan:
    """The figure alone, not broken down."""
    return edits.ungrouped(turn.plan, lambda _: True)


def instead(turn: Turn, match: re.Match[str]) -> Plan:  # noqa: PLR0911  # one return a kind of thing is the clearest table
    """Something in the place of something: figures, groups or grains, as the words say."""
    new, old = match["new"], match.groupdict().get("old") or ""
    grain = grain_of(new)
    if grain:
        plan = turn.plan
        if old and not grain_of(old):
            plan = edits.ungrouped(plan, turn.said(old).group_of_plan())
            return edit_periods.by_grain(plan, turn.said(new).date(), grain, alone=False)
        return edit_periods.by_grain(plan, turn.said(new).date(), grain, alone=True)
    if new.lower().strip("the ") in AGGREGATES:
        return edits.aggregated(turn.plan, AGGREGATES[new.lower().strip("the ")])
    said = turn.said(new)
    if said.names_figure:
        figures = said.figures()
        if any(isinstance(f.expression, ColumnRef) and flags.value(turn.schema, f.expression, yes=True) is not None for f in figures):
            raise NoPlanError  # a yes or no is no figure, but a test
        was = turn.said(old).figures_of_plan() if old else ()
        turn.note(said)
        return edits.remeasured(turn.plan, figures, was)
    if said.frame.values and not said.frame.nouns:
        return _narrow(turn, said, "narrow")
    if said.frame.periods:
        return _narrow(turn, said, "narrow")
    if said.frame.limit and not said.frame.nouns:
        return _top(turn, said)
    noun = said.frame.nouns[0] if len(said.frame.nouns) == 1 else None
    figures = edits.values(turn.plan)
    if (
        noun is not None
        and noun.segment.best.table
        and not turn.plan.group
        and [i.aggregate for i in figures] == ["count"]
        and not turn.plan.where
    ):
        said.nothing_but()
        said.understood()
        return edits.remeasured(replace(turn.plan, tables=()), (said.composer._count(noun),))  # noqa: SLF001  # the grammar's own way to a count
    gone = turn.said(old).group_of_plan() if old and not grain_of(old) else None
    return _regrouped(turn, said, gone, old_grain=bool(old and grain_of(old)))


def _regrouped(turn: Turn, said: Said, gone: Callable[[Expression], bool] | None, *, old_grain: bool = False) -> Plan:
    keys, shown = said.groups()
    plan = turn.plan
    if not shown or not plan.group:
        raise NoPlanError
    if gone is None:
        gone = (lambda e: isinstance(e, Bucket)) if old_grain else (lambda e: not isinstance(e, Bucket))
    if not any(map(gone, plan.group)):
        gone = lambda _: True  # noqa: E731  # nothing but a grain is there to be replaced
    select = tuple(i for i in plan.select if i.aggregate or not gone(i.expression))
    left = replace(plan, select=select, group=tuple(e for e in plan.group if not gone(e)), rank_within=())
    turn.note(said)
    return edits.reordered(edits.grouped(left, keys, shown), plan)


def removed(turn: Turn, match: re.Match[str]) -> Plan:  # noqa: C901, PLR0911
    """A part taken away: a grain, a group, a figure, a test or a value."""
    text = match["what"]
    if grain := grain_of(text):
        try:
            return edit_periods.ungrained(turn.plan, grain)
        except NoPlanError:
            return all_of(turn, match)
    if found := re.fullmatch(r"(?:the )?(?P<what>.+?) (?:filter|restriction|condition)s?", text, re.IGNORECASE):
        return all_of(turn, found)
    if turn.plan.limit and re.fullmatch(r"(?:the |any )?(?:limit|ranking)", text, re.IGNORECASE):
        return edits.limited(turn.plan, None)
    said = turn.said(text)
    if said.frame.values:
        plan = turn.plan
        for condition in said.conditions():
            plan = edits.filtered(plan, condition, "exclude")
        turn.note(said)
        return plan
    if (span := said.span()) is not None:
        return _unspanned(turn, said, span)
    said.understood()
    figures = said.figures_of_plan()
    if figures and not _counts_group(said):
        return edits.unmeasured(turn.plan, figures)
    try:
        return edits.ungrouped(turn.plan, said.group_of_plan())
    except NoPlanError:
        if figures:
            return edits.unmeasured(turn.plan, figures)
        return edits.unfiltered(turn.plan, said.column_of_filter())


def _counts_group(said: Said) -> bool:
    """Whether a bare noun may be a group as well as what is counted: then the group goes."""
    return not said.frame.counting and not said.names_figure


def _unspanned(turn: Turn, said: Said, span: Span) -> Plan:
    column = said.date()
    known = edit_periods.spans(turn.plan, column)
    if known and span in known and len(known) == 2:
        return edit_periods.during(turn.plan, column, next(s for s in known if s != span))
    if known == (span,):
        return edit_periods.without(turn.plan, column)
    raise NoPlanError


def added(turn: Turn, match: re.Match[str]) -> Plan:
    """A figure, a group or a value beside those there are."""
    text = match["what"]
    if grain := grain_of(text):
        return edit_periods.by_grain(turn.plan, turn.said(text).date(), grain, alone=False)
    if text.lower().strip("the ") in AGGREGATES:
        raise NoPlanError
    said = turn.said(text)
    if said.names_figure or (said.frame.counting and said.frame.nouns):
        figures = said.figures()
        turn.note(said)
        return edits.measured(turn.plan, figures)
    if said.frame.values:
        if not any(c.item == new.item for c in turn.plan.where for new in said.conditions()):
            raise NoPlanError
        return _narrow(turn, said, "widen")
    if not edits.values(turn.plan):
        return replace(turn.plan, select=tuple(dict.fromkeys((*turn.plan.select, *said.columns()))))
    keys, shown = said.groups()
    if not shown:
        raise NoPlanError
    turn.note(said)
    return edits.grouped(turn.plan, keys, shown)


def shifted(turn: Turn, match: re.Match[str]) -> Plan:
    """In the period before or after."""
    return moved(turn, match["what"])


def moved(turn: Turn, text: str) -> Plan:
    """The plan in the period before or after its own."""
    step = step_of(text)
    column = edit_periods.date_of(turn.schema, turn.plan)
    if step is None or column is None:
        raise NoPlanError
    spans = edit_periods.spans(turn.plan, column)
    if spans is None or len(spans) != 1:
        raise NoPlanError
    span = edit_periods.moved(spans[0], *step)
    turn.assumptions.append(f"the period is {_wording(span)}")
    return edit_periods.during(turn.plan, column, span)


def _wording(span: Span) -> str:
    return Period(span[0], span[1], (0, 0)).text()


def step_of(text: str) -> tuple[str, int] | None:
    """The unit and direction of "the year before"; None for other words."""
    for pattern, count in ((EARLIER, -1), (LATER, 1)):
        if found := pattern.match(text.strip()):
            return next(g for g in found.groups() if g).lower(), count
    return None


def compared(turn: Turn, match: re.Match[str]) -> Plan:
    """Two periods side by side: that of the plan and the one before it, or one that is named."""
    text = match["what"]
    said = turn.said(text)
    column = said.date()
    spans = edit_periods.spans(turn.plan, column)
    if spans is None:
        year = turn.today.year
        spans = ((date(year, 1, 1), date(year + 1, 1, 1)),)
        turn.assumptions.append(f"{year} is compared")
    if len(spans) != 1:
        raise NoPlanError
    step = step_of(text)
    if step:
        other = edit_periods.moved(spans[0], *step)
    else:
        named = said.span()
        said.understood()
        if named is None:
            raise NoPlanError
        other = named
    turn.assumptions.append(f"compared are {_wording(other)} and {_wording(spans[0])}")
    return edit_periods.compared(turn.plan, column, (spans[0], other))


def counting(turn: Turn, _: re.Match[str]) -> Plan:
    """How many they are."""
    return edits.counted(turn.schema, turn.plan)


def counting_only(turn: Turn, match: re.Match[str]) -> Plan:
    """Read “How many of them are from Berlin?”: counted, and fewer of them."""
    plan = turn.plan
    if not edits.values(plan):
        turn.plan = edits.counted(turn.schema, plan)
    elif plan.group:
        raise NoPlanError
    return narrowed(turn, match["what"], "narrow")


def listing_only(turn: Turn, match: re.Match[str]) -> Plan:
    """Read “which of them are from Berlin?”: listed, and fewer of them."""
    if edits.values(turn.plan):
        turn.plan = edits.listed(turn.schema, turn.plan)
    return narrowed(turn, match["what"], "narrow")


def listing(turn: Turn, _: re.Match[str]) -> Plan:
    """Who or which they are."""
    return edits.listed(turn.schema, turn.plan)


def narrowed(turn: Turn, text: str, how: edits.FilterEdit) -> Plan:
    """The plan with the values and the period of a phrase."""
    return _narrow(turn, turn.said(text), how)


def _narrow(turn: Turn, said: Said, how: edits.FilterEdit) -> Plan:
    plan = turn.plan
    said.nothing_but("values", "periods", "tests")
    if how == "narrow" and (BESIDE.search(said.text) or HAPPENED.search(said.text)):
        raise NoPlanError
    span = said.span()
    tests = said.tests()
    if span is None and not said.frame.values and not tests:
        raise NoPlanError
    for test in tests:
        said.understood()
        plan = edits.filtered(plan, test, how)
    if span is not None:
        said.understood()
        plan = edit_periods.during(plan, said.date(), span)
    if said.frame.values:
        for condition in said.conditions():
            plan = edits.filtered(plan, condition, how)
    turn.steady = True
    turn.note(said)
    return plan


def _top(turn: Turn, said: Said) -> Plan:
    said.understood()
    return edits.limited(turn.plan, said.frame.limit, descending=said.frame.descending)


def only_group(turn: Turn, match: re.Match[str]) -> Plan:
    """Read “Just the years”: of its groups only that one."""
    kept = kept_groups(turn, match["what"])
    if not any(map(kept, turn.plan.group)) or all(map(kept, turn.plan.group)):
        raise NoPlanError
    return edits.ungrouped(turn.plan, lambda e: not kept(e))


def kept_groups(turn: Turn, text: str) -> Callable[[Expression], bool]:
    """The groups that "just the years" keeps."""
    grain = grain_of(text)
    if grain:
        kept: Callable[[Expression], bool] = lambda e: isinstance(e, Bucket) and edit_periods.WHOLE.get(e.grain, e.grain) == grain  # noqa: E731  # a test to be turned round
    else:
        kept = turn.said(text).group_of_plan()
    return kept


def what_about(turn: Turn, match: re.Match[str]) -> Plan:
    """Read “What about France?”: the same for another value, period, figure or group."""
    text = match["what"]
    if step_of(text):
        return moved(turn, text)
    text = re.sub(r"^(?:for|in|from|by|per|with|on|of|during) ", "", text, flags=re.IGNORECASE)
    if text.lower().strip("the ") in AGGREGATES:
        return edits.aggregated(turn.plan, AGGREGATES[text.lower().strip("the ")])
    return instead(turn, re.match(r"(?P<new>.+)", text) or match)


def by(turn: Turn, match: re.Match[str]) -> Plan:
    """Broken down further."""
    text = match["what"]
    if grain := grain_of(text):
        return edit_periods.by_grain(turn.plan, turn.said(text).date(), grain, alone=False)
    said = turn.said(f"by {text}")
    if said.frame.values or said.frame.periods or not edits.values(turn.plan):
        raise NoPlanError
    keys, shown = said.groups()
    turn.note(said)
    return edits.grouped(turn.plan, keys, shown)


def grained(turn: Turn, match: re.Match[str]) -> Plan:
    """By another grain."""
    grain = grain_of(match["what"])
    if grain is None:
        raise NoPlanError
    return edit_periods.by_grain(turn.plan, turn.said(match["what"]).date(), grain, alone=False)


def only(turn: Turn, match: re.Match[str]) -> Plan:
    """Only some values, or one period."""
    return narrowed(turn, match["what"], "narrow")


def more(turn: Turn, match: re.Match[str]) -> Plan:
    """Read “And France”: that value too, or with a question mark that one now; a figure or a group beside those there are."""
    text = match["what"]
    if step_of(text):
        return moved(turn, text)
    if BESIDE.search(text):
        raise NoPlanError
    bare = re.sub(r"^(?:for|in|from|with|on|of|during) ", "", text, flags=re.IGNORECASE)
    said = turn.said(bare)
    if said.span() is not None or said.frame.values:
        return _narrow(turn, said, "narrow" if turn.asked or bare != text else "widen")
    if text.lower().strip("the ") in AGGREGATES:
        return edits.aggregated(turn.plan, AGGREGATES[text.lower().strip("the ")])
    return added(turn, re.match(r"(?P<what>.+)", bare) or match)

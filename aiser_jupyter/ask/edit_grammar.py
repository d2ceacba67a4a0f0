"""The forms of an edit in words: which edit of the plan each of them asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiser_jupyter.ask import edit_periods, edits
from aiser_jupyter.ask.frame import AGGREGATES, COMPARISONS, LOW
from aiser_jupyter.ask.ground import NoPlanError
from aiser_jupyter.ask.plan import Bucket, ColumnRef, Condition, Item, Plan
from aiser_jupyter.ask.question import NUMBERS
from aiser_jupyter.ask.said import Said, grain_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from aiser_jupyter.ask.edit_periods import Span
    from aiser_jupyter.ask.plan import Window
    from aiser_jupyter.ask.schema import Schema

UNIT = r"(day|week|month|quarter|year)"
EARLIER = re.compile(rf"^(?:the |that |with |to )*(?:{UNIT} (?:before|earlier)(?: that| this| it)?|(?:previous|preceding|prior|last) {UNIT}|same \w+ last {UNIT})$", re.IGNORECASE)
LATER = re.compile(rf"^(?:the |that )*(?:{UNIT} (?:after|later)(?: that| this| it)?|(?:next|following|subsequent) {UNIT})$", re.IGNORECASE)
NUMBER = r"(-?[\d,]+(?:\.\d+)?(?:k|m)?|one|two|three|four|five|six|seven|eight|nine|ten|twenty|fifty|hundred)"
FIRSTS = r"(lowest|smallest|least|fewest|highest|largest|biggest|most|best|worst|newest|latest|most recent|oldest|earliest|greatest|top|bottom)"
DOWN = frozenset({"highest", "largest", "biggest", "most", "best", "newest", "latest", "most recent", "greatest", "top"})
WINDOW_WORDS: tuple[tuple[Window, str], ...] = (
    ("share", r"(?:shares?|percent(?:ages?)?|pct|%|proportions?|fractions?)(?: of (?:the )?(?:total|whole|all))?"),
    ("running", r"(?:cumulative(?:ly)?(?: totals?| sums?)?|running(?: totals?| sums?)?|accumulated)"),
    ("growth", r"(?:growth(?: rates?)?|(?:month|quarter|year|week)[ -](?:over|on)[ -](?:month|quarter|year|week)(?: growth| change)?|mom|qoq|yoy)"),
)


@dataclass
class Turn:
    """One follow-up on its way: the plan so far, and what was taken for granted."""

    schema: Schema
    lexicon: dict[str, dict[str, float]]
    plan: Plan
    today: date
    asked: bool = False
    assumptions: list[str] = field(default_factory=list)

    def said(self, text: str) -> Said:
        """The phrase against the plan so far."""
        return Said(text.strip(" ?.!,"), self.schema, self.lexicon, self.plan, self.today)

    def note(self, said: Said) -> None:
        """Keep what a phrase took for granted."""
        self.assumptions += [a for a in said.assumptions if a not in self.assumptions]


Handler = "Callable[[Turn, re.Match[str]], Plan]"


def _unlimited(turn: Turn, _: re.Match[str]) -> Plan:
    plan = turn.plan
    if plan.limit is not None or plan.having:
        from dataclasses import replace

        return edits.limited(replace(plan, having=()), None)
    return _everything(turn, _)


def _everything(turn: Turn, _: re.Match[str]) -> Plan:
    from dataclasses import replace

    if not turn.plan.where:
        raise NoPlanError
    column = edit_periods.date_of(turn.schema, turn.plan)
    plan = edit_periods.without(turn.plan, column) if column and any(edit_periods.about(c, column) for c in turn.plan.where) else turn.plan
    return replace(plan, where=())


def _everywhere(turn: Turn, _: re.Match[str]) -> Plan:
    return edits.unfiltered(turn.plan, lambda ref: turn.schema.view(ref).type == "text")


def _all_of(turn: Turn, match: re.Match[str]) -> Plan:
    """"All countries", "any year": no test on that column."""
    text = match["what"]
    if grain_of(text) or text.lower().strip() in ("time", "times", "dates", "periods", "the time"):
        column = edit_periods.date_of(turn.schema, turn.plan)
        if column is None:
            raise NoPlanError
        return edit_periods.without(turn.plan, column)
    said = turn.said(text)
    said.understood()
    return edits.unfiltered(turn.plan, said.column_of_filter())


def _windowed(window: Window) -> Callable[[Turn, re.Match[str]], Plan]:
    return lambda turn, _: edits.windowed(turn.plan, window)


def _aggregate(turn: Turn, match: re.Match[str]) -> Plan:
    return edits.aggregated(turn.plan, AGGREGATES[match["agg"].lower()])


def _total(turn: Turn, _: re.Match[str]) -> Plan:
    return edits.ungrouped(turn.plan, lambda _: True)


def _instead(turn: Turn, match: re.Match[str]) -> Plan:
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
        was = turn.said(old).figures_of_plan() if old else ()
        turn.note(said)
        return edits.remeasured(turn.plan, figures, was)
    if said.frame.values and not said.frame.nouns:
        return _narrowed(turn, said, "narrow")
    if said.frame.periods:
        return _narrowed(turn, said, "narrow")
    if said.frame.limit and not said.frame.nouns:
        return _top(turn, said)
    gone = turn.said(old).group_of_plan() if old and not grain_of(old) else None
    return _regrouped(turn, said, gone, old_grain=bool(old and grain_of(old)))


def _regrouped(turn: Turn, said: Said, gone: Callable | None, *, old_grain: bool = False) -> Plan:
    from dataclasses import replace

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


def _removed(turn: Turn, match: re.Match[str]) -> Plan:
    """A part taken away: a grain, a group, a figure, a test or a value."""
    text = match["what"]
    if grain := grain_of(text):
        return edit_periods.ungrained(turn.plan, grain)
    if found := re.fullmatch(r"(?:the )?(?P<what>.+?) (?:filter|restriction|condition)s?", text, re.IGNORECASE):
        return _all_of(turn, found)
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


def _added(turn: Turn, match: re.Match[str]) -> Plan:
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
        return _narrowed(turn, said, "widen")
    keys, shown = said.groups()
    if not shown or not edits.values(turn.plan):
        raise NoPlanError
    turn.note(said)
    return edits.grouped(turn.plan, keys, shown)


def _sorted(turn: Turn, match: re.Match[str]) -> Plan:
    text, way = match["what"], (match["way"] or "").lower()
    item = turn.said(text).item_of_plan()
    down = way.startswith(("desc", "high", "larg", "new", "big", "most", "down")) if way else bool(item.aggregate)
    return edits.ordered(turn.plan, item, descending=down)


def _alphabetical(turn: Turn, _: re.Match[str]) -> Plan:
    texts = [i for i in edits.labels(turn.plan) if isinstance(i.expression, ColumnRef) and turn.schema.view(i.expression).type == "text"]
    if not texts:
        raise NoPlanError
    return edits.ordered(turn.plan, texts[0], descending=False)


def _way(turn: Turn, match: re.Match[str]) -> Plan:
    word = match["way"].lower()
    if word in ("newest", "latest", "most recent", "oldest", "earliest"):
        return _by_time(turn, descending=word in DOWN)
    if word[:4] in ("desc", "asce", "decr", "incr"):
        return edits.turned(turn.plan, descending=word.startswith("de"))
    figures = edits.values(turn.plan)
    if not figures:
        raise NoPlanError
    first = turn.plan.order[0].item if turn.plan.order and turn.plan.order[0].item in figures else figures[0]
    return edits.ordered(turn.plan, first, descending=word in DOWN)


def _by_time(turn: Turn, *, descending: bool) -> Plan:
    from dataclasses import replace

    from aiser_jupyter.ask.plan import Order

    times = [i for i in turn.plan.select if isinstance(i.expression, Bucket)]
    times = times or [i for i in turn.plan.select if isinstance(i.expression, ColumnRef) and turn.schema.view(i.expression).temporal]
    if not times or turn.plan.limit:
        raise NoPlanError
    return replace(turn.plan, order=tuple(Order(item, descending) for item in times))


def _reversed(turn: Turn, _: re.Match[str]) -> Plan:
    return edits.turned(turn.plan, descending=None)


def _tested(turn: Turn, match: re.Match[str]) -> Plan:
    """"Only those above 1000": a test on the figure of each group."""
    operator = {words: op for words, op in COMPARISONS}.get(tuple(match["op"].lower().split()))
    figures = edits.values(turn.plan)
    said = match["what"]
    if operator is None or not figures:
        raise NoPlanError
    item = figures[0]
    if said:
        named = turn.said(said)
        mine = named.figures_of_plan()
        item = mine[0] if mine else next(iter(_counted_or_measured(named)))
    who = match["who"]
    if who and who.lower() not in ("those", "the ones", "ones", "them", "these", "that", "rows", "groups"):
        if turn.said(who).item_of_plan().aggregate:
            raise NoPlanError
    from dataclasses import replace

    return edits.tested(turn.plan, Condition(replace(item, window=""), operator, (_number(match["n"]),)))


def _counted_or_measured(said: Said) -> tuple[Item, ...]:
    if said.names_figure:
        return said.figures()
    said.understood()
    found = tuple(said.composer._count(noun) for noun in said.frame.nouns if noun.segment.best.table)  # noqa: SLF001  # the grammar's own way to a count
    if not found:
        raise NoPlanError
    return found


def _number(text: str) -> float | int:
    text = text.lower().replace(",", "")
    if text in NUMBERS:
        return NUMBERS[text]
    scale = {"k": 1_000, "m": 1_000_000}.get(text[-1], 1)
    number = float(text.rstrip("km")) * scale
    return int(number) if number.is_integer() else number


def _shifted(turn: Turn, match: re.Match[str]) -> Plan:
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
    from aiser_jupyter.ask.periods import Period

    return Period(span[0], span[1], (0, 0)).text()


def step_of(text: str) -> tuple[str, int] | None:
    """The unit and direction of "the year before"; None for other words."""
    for pattern, count in ((EARLIER, -1), (LATER, 1)):
        if found := pattern.match(text.strip()):
            return next(g for g in found.groups() if g).lower(), count
    return None


def _compared(turn: Turn, match: re.Match[str]) -> Plan:
    """Two periods side by side: that of the plan and the one before it, or one that is named."""
    text = match["what"]
    said = turn.said(text)
    column = said.date()
    spans = edit_periods.spans(turn.plan, column)
    if spans is None:
        year = turn.today.year
        from datetime import date

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


def _counting(turn: Turn, _: re.Match[str]) -> Plan:
    return edits.counted(turn.schema, turn.plan)


def _counting_only(turn: Turn, match: re.Match[str]) -> Plan:
    """"How many of them are from Berlin?": counted, and fewer of them."""
    plan = turn.plan
    if not edits.values(plan):
        turn.plan = edits.counted(turn.schema, plan)
    elif plan.group:
        raise NoPlanError
    return narrowed(turn, match["what"], "narrow")


def _listing(turn: Turn, _: re.Match[str]) -> Plan:
    return edits.listed(turn.schema, turn.plan)


def narrowed(turn: Turn, text: str, how: edits.FilterEdit) -> Plan:
    """The plan with the values and the period of a phrase."""
    return _narrowed(turn, turn.said(text), how)


def _narrowed(turn: Turn, said: Said, how: edits.FilterEdit) -> Plan:
    plan = turn.plan
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
    turn.note(said)
    return plan


def _top(turn: Turn, said: Said) -> Plan:
    said.understood()
    return edits.limited(turn.plan, said.frame.limit, descending=said.frame.descending)


def _top_words(turn: Turn, match: re.Match[str]) -> Plan:
    number = _number(match["n"])
    low = bool(set(match[0].lower().split()) & LOW)
    return edits.limited(turn.plan, int(number), descending=not low)


def _only_group(turn: Turn, match: re.Match[str]) -> Plan:
    """"Just the years": of its groups only that one."""
    kept = _kept(turn, match["what"])
    if not any(map(kept, turn.plan.group)) or all(map(kept, turn.plan.group)):
        raise NoPlanError
    return edits.ungrouped(turn.plan, lambda e: not kept(e))


def already(turn: Turn, text: str) -> bool:
    """Whether "just the years" asks for what the plan is."""
    match = ONLY_GROUP.match(text)
    try:
        return bool(match and turn.plan.group and all(map(_kept(turn, match["what"]), turn.plan.group)))
    except NoPlanError:
        return False


def _kept(turn: Turn, text: str) -> Callable:
    grain = grain_of(text)
    if grain:
        kept: Callable = lambda e: isinstance(e, Bucket) and edit_periods.WHOLE.get(e.grain, e.grain) == grain  # noqa: E731  # a test to be turned round
    else:
        kept = turn.said(text).group_of_plan()
    return kept


def _about(turn: Turn, match: re.Match[str]) -> Plan:
    """"What about France?": the same for another value, period, figure or group."""
    text = match["what"]
    if step_of(text):
        return moved(turn, text)
    text = re.sub(r"^(?:for|in|from|by|per|with|on|of|during) ", "", text, flags=re.IGNORECASE)
    if text.lower().strip("the ") in AGGREGATES:
        return edits.aggregated(turn.plan, AGGREGATES[text.lower().strip("the ")])
    return _instead(turn, re.match(r"(?P<new>.+)", text) or match)


def _by(turn: Turn, match: re.Match[str]) -> Plan:
    text = match["what"]
    if grain := grain_of(text):
        return edit_periods.by_grain(turn.plan, turn.said(text).date(), grain, alone=False)
    said = turn.said(f"by {text}")
    if said.frame.values or said.frame.periods or not edits.values(turn.plan):
        raise NoPlanError
    keys, shown = said.groups()
    turn.note(said)
    return edits.grouped(turn.plan, keys, shown)


def _grain(turn: Turn, match: re.Match[str]) -> Plan:
    grain = grain_of(match["what"])
    if grain is None:
        raise NoPlanError
    return edit_periods.by_grain(turn.plan, turn.said(match["what"]).date(), grain, alone=False)


def _only(turn: Turn, match: re.Match[str]) -> Plan:
    return narrowed(turn, match["what"], "narrow")


def _more(turn: Turn, match: re.Match[str]) -> Plan:
    """"And France": that value too, or with a question mark that one now; a figure or a group beside those there are."""
    text = match["what"]
    if step_of(text):
        return moved(turn, text)
    bare = re.sub(r"^(?:for|in|from|with|on|of|during) ", "", text, flags=re.IGNORECASE)
    said = turn.said(bare)
    if said.span() is not None or said.frame.values:
        return _narrowed(turn, said, "narrow" if turn.asked or bare != text else "widen")
    if text.lower().strip("the ") in AGGREGATES:
        return edits.aggregated(turn.plan, AGGREGATES[text.lower().strip("the ")])
    return _added(turn, re.match(r"(?P<what>.+)", bare) or match)


def _p(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"^(?:{pattern})$", re.IGNORECASE)


OPEN = r"(?:as|in|show|as an?|in the|as the|make it|show (?:it|them|that) (?:as|in)(?: an?)?|back to|and|now|to|give me(?: the)?|show (?:me )?(?:the|its|their)?|(?:make|turn) (?:it|that|them) (?:in)?to(?: an?)?) ?"
SORT = r"(?:sort|order|rank|arrange)(?:ed)?"
OBJECT = r"(?: (?:them|it|this|these|that|those|the (?:list|rows|result|results|table)))?"
COMPARISON = "|".join(sorted((re.escape(" ".join(words)) for words, _ in COMPARISONS), key=len, reverse=True))
FORMS: tuple[tuple[re.Pattern[str], Callable[[Turn, re.Match[str]], Plan]], ...] = (
    # All rows, all values
    (_p(r"(?:show |list |give me )?(?:all|everything|them all|all of (?:them|it)|every ?one|all rows|the rest|all results)|(?:no|without(?: the| any| a)?|remove the|drop the|lift the) (?:limit|cut-?off)"), _unlimited),
    (_p(r"(?:remove|drop|clear|without|no|reset) (?:all |the |any |all the )*(?:filters?|restrictions?|conditions?)|unfiltered"), _everything),
    (_p(r"(?:for |in )?(?:everywhere|anywhere|all over|worldwide|globally)"), _everywhere),
    (_p(r"(?:for |in |from |across |show |over |of )*(?:all|any|every)(?: the| of the)? (?P<what>[\w ]+)"), _all_of),
    # Seen against the other rows
    (_p(r"(?:" + OPEN + r"?)(?:absolute|raw|plain|actual)(?: numbers?| values?| figures?| amounts?)?(?: again| instead)?|back to (?:the )?(?:numbers|counts|values|amounts|totals|figures)|not (?:as |in )?(?:an? )?(?:percent(?:ages?)?|shares?|cumulative|%)|(?:no|without|drop|remove)(?: the)? (?:percent(?:ages?)?|shares?|running totals?|growth)"), _windowed("")),
    *((_p(rf"(?:{OPEN})*(?:the |an? )?(?:{words})(?: instead| please| too)?"), _windowed(window)) for window, words in WINDOW_WORDS),
    (_p(r"(?:and |now |what about |how about |make (?:it|that|this) |turn it into |show |as |use |on |take |give me |rather |switch to )*(?:the |an? )?(?P<agg>average|mean|avg|median|maximum|max|minimum|min|sum|total)(?: value)?(?: instead| please| now)?"), _aggregate),
    (_p(r"(?:just |only |show |give me |now )*(?:the )?(?:grand |overall )?total(?: only)?|(?:in total|overall|altogether|all together|in all|not broken down|without (?:the |any )?(?:breakdown|grouping|groups))"), _total),
    # Order and number of rows
    (_p(rf"{SORT}{OBJECT} alphabetically|(?:in )?alphabetical(?:ly)?(?: order)?|{SORT}{OBJECT} (?:in )?alphabetical(?:ly)?(?: order)?|a to z|a-z"), _alphabetical),
    (_p(rf"(?:{SORT}{OBJECT} |in )?(?P<way>ascending|descending|increasing|decreasing)(?:ly)?(?: order)?(?: instead)?"), _way),
    (_p(rf"(?:{SORT}{OBJECT} )?(?:with )?(?:the )?(?P<way>{FIRSTS[1:-1]})(?: ones?)? first|(?:{SORT}{OBJECT} )(?:from )?(?P<from>(?P<way2>low(?:est)?|high(?:est)?) to \w+)".replace("(?P<way2>", "(?:")), _way),
    (_p(r"(?:reverse|flip|invert|turn (?:round|around))(?: it| that| them| the (?:order|sorting|list|ranking))?(?: order)?|(?:in )?(?:the )?(?:reverse|opposite) order|(?:the )?other way (?:round|around)"), _reversed),
    (_p(rf"{SORT}{OBJECT} by (?:the )?(?P<what>.+?)(?:,? (?:in )?(?P<way>asc(?:ending)?|desc(?:ending)?|(?:high|low|larg|small|bigg|new|old)\w*)(?: (?:order|first|to \w+))?)?"), _sorted),
    (_p(rf"(?:just |only |show |give me |list |limit (?:it|them|this) to )*(?:the )?(?:top|first|best|highest|largest|biggest|bottom|last|worst|lowest|smallest) (?P<n>{NUMBER[1:-1]})(?: of (?:them|those|these)| only| rows| results| instead| ones)*"), _top_words),
    (_p(rf"(?:just |only |show |give me |list )*(?:the )?(?P<n>{NUMBER[1:-1]}) (?:highest|largest|biggest|best|top|most|lowest|smallest|worst|bottom|fewest|least)(?: of (?:them|those|these)| only| rows| ones| instead)*"), _top_words),
    # Tests on a figure
    (_p(rf"(?:just |only |and |show |keep |list )*(?:the )?(?P<who>[\w ]+?)? ?(?:with |that (?:have|are|had|exceed) |having |where (?:it|that) is |who (?:have|had) )?(?:a |an )?(?P<op>{COMPARISON}) (?P<n>{NUMBER[1:-1]})(?: (?P<what>[a-z][\w ]*?))?(?: only| please)?"), _tested),
    # Time against time
    (_p(r"(?:and |now |what about |how about |for |in |then |show )*(?P<what>(?:the |that )?(?:same \w+ last|previous|preceding|prior|next|following|subsequent) (?:day|week|month|quarter|year)|(?:the |that )?(?:day|week|month|quarter|year) (?:before|after|earlier|later)(?: that| this| it)?)"), _shifted),
    (_p(r"(?:and |now )?(?:compare[ds]?|comparison|versus|vs\.?|against|how does (?:it|that|this) compare)(?: (?:it|that|this|them))?(?: (?:with|to|against|versus|vs\.?))? (?P<what>.+)"), _compared),
    # One thing for another
    (_p(r"instead of (?P<old>(?:the )?[\w]+(?: of \w+)?(?: \w+)??),? (?:show|use|take|give me|i want|by|with|let me see|do|list)(?: me)? (?:the )?(?P<new>.+)"), _instead),
    (_p(r"instead of (?P<old>(?:the |by )?\w+),? (?:the )?(?P<new>.+)"), _instead),
    (_p(r"(?:replace|swap|exchange|substitute) (?:the )?(?P<old>.+?) (?:by|with|for) (?:the )?(?P<new>.+)"), _instead),
    (_p(r"(?:show |use |take |give me |by |per |now |and |but |with )*(?:the )?(?P<new>.+?) (?:instead of|rather than|and not|in place of) (?:by |per |the )*(?P<old>.+)"), _instead),
    (_p(r"(?:not|no longer|no more) (?:by |per |the )*(?P<old>[\w ]+?)(?:,| but| rather) (?:by |per |the |just |for |in )*(?P<new>.+)"), _instead),
    (_p(r"(?:show |use |take |give me |by |per |now |and |but |make it |do it |then |switch to )*(?:the )?(?P<new>.+?) (?:instead|rather)(?: please)?"), _instead),
    (_p(r"(?:make (?:it|that|this|them)|switch (?:it )?to|change (?:it|that) to|turn it into) (?:the |by |per )*(?P<new>.+)"), _instead),
    # Taken away
    (_p(r"(?:drop|remove|without|leave out|leave off|take out|take away|take off|hide|omit|skip|ignore|no more|lose|get rid of|don't show|no|not by|not per|not split by|minus)(?: the| by| per| any| those (?:from|in|of)| column)* (?P<what>.+?)(?: column| again| please)?"), _removed),
    (_p(r"(?:and |but |now )*(?:exclud(?:e|ing)|except(?: for)?|not|other than|leaving out|apart from|excl\.?|but not)(?: the| for| in| from| those (?:from|in|of))* (?P<what>.+)"), _removed),
    # Pronouns
    (_p(r"(?:and )?how many (?:(?:of (?:them|those|these|it) )?(?:are there|are they|are those|is (?:that|it)|in total|are left|in all)|of (?:them|those|these)|\w+ is that|are there in total)|count (?:them|those|these)|how many|(?:just )?the (?:count|number)"), _counting),
    (_p(r"(?:and )?how many (?:of (?:them|those|these)|of which) (?:are |were |is |live |lives |come |came |have |had |sit |belong |based |located )*(?P<what>.+)"), _counting_only),
    (_p(r"(?:and )?(?:who|which|what)(?: exactly)? (?:are|were) (?:they|these|those|them)(?: called| named)?|which(?: ones?)?(?: are (?:they|those|these|there))?|(?:list|name|show)(?: me)? (?:them|those|these)|(?:and )?what are their names|(?:and )?who(?: exactly)?"), _listing),
    # Added
    (_p(r"(?:and |please )?(?:add|also|include|plus|as well as|also show|show also|additionally|along with|together with|with)(?: me| to (?:it|that))?(?: the| also| a| an| for)* (?P<what>.+?)(?: too| as well| also| please)?"), _added),
    (_p(r"(?:and |show |give me )*(?:the )?(?P<what>.+?) (?:too|as well|also|in addition)"), _added),
    # Grouping and grain
    (_p(r"(?:and |now |then |split|break|broken|grouped?|show|it|that|them|this|down|up|do|drill|the same|same|but|further|also| )*(?:by|per|for each|for every|across|each)(?: the)? (?P<what>.+)"), _by),
    (_p(r"(?:and |now |then |show |it |make |do |that |but |on an? )*(?P<what>daily|weekly|monthly|quarterly|yearly|annual|annually)(?: basis| view| please)?"), _grain),
)
ABOUT = _p(r"(?:and |but |ok |so )*(?:what|how) about(?: the| just)? (?P<what>.+)")
ONLY = _p(r"(?:and |but |now |show |the same |same |keep |restrict (?:it|this|that) |limit (?:it|this|that) |narrow (?:it|this) down |filter (?:it |this |that )?)*(?:just|only|for|in|from|to|during|since|after|before|between|until|on|at|with|where|of|by)(?: just| only| the| for| those| ones| from)* (?P<what>.+?)(?: only| alone| please)?")
ONLY_GROUP = _p(r"(?:and |but |now |show |keep )*(?:just|only)(?: the| by| per)* (?P<what>.+)")
MORE = _p(r"and(?: the)? (?P<what>.+)")
BARE = _p(r"(?P<what>.+?)(?: only| alone| please)?")

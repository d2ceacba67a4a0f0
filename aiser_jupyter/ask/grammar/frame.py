"""A business question taken apart: measures, groups, filters, periods, ranking and the view it asks for."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from aiser_jupyter.ask.grammar import almost, cues, fiscal, measures, periods
from aiser_jupyter.ask.grammar.relations import LIGHT
from aiser_jupyter.ask.grammar.segments import Segment, segments
from aiser_jupyter.ask.link import SLIP
from aiser_jupyter.ask.question import STOP
from aiser_jupyter.ask.vocabulary.lexicon import CUE_WORDS
from aiser_jupyter.ask.words import bag
from aiser_jupyter.catalog.values import fold

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from aiser_jupyter.ask.grammar.periods import Period
    from aiser_jupyter.ask.link import Linked, Mention
    from aiser_jupyter.ask.plan import Aggregate, Grain, Operator, Window

Role = Literal["count", "measure", "group", "noun", "test", "without"]
GROUPING = frozenset({"by", "per", "each", "every", "across"})
LISTING = frozenset({"and", ",", "&", "the", "or", "with", "plus", "as", "well", "their", "its", "of"})
AGGREGATES: dict[str, Aggregate] = {
    "average": "avg", "mean": "avg", "avg": "avg", "typical": "avg", "total": "sum", "sum": "sum", "overall": "sum", "combined": "sum",
    "maximum": "max", "max": "max", "minimum": "min", "min": "min", "median": "median",
}  # fmt: skip
COMPARISONS: tuple[tuple[tuple[str, ...], Operator], ...] = (
    (("more", "than"), ">"), (("greater", "than"), ">"), (("higher", "than"), ">"), (("longer", "than"), ">"), (("larger", "than"), ">"), (("at", "least"), ">="),
    (("no", "less", "than"), ">="), (("less", "than"), "<"), (("fewer", "than"), "<"), (("lower", "than"), "<"), (("shorter", "than"), "<"), (("smaller", "than"), "<"),
    (("at", "most"), "<="), (("no", "more", "than"), "<="), (("over",), ">"), (("above",), ">"), (("exceeding",), ">"), (("under",), "<"), (("below",), "<"),
    (("older", "than"), ">"), (("younger", "than"), "<"), (("exactly",), "="), ((">",), ">"), (("<",), "<"), (("cheaper", "than"), "<"),
)  # fmt: skip
BOUNDS: dict[tuple[str, ...], Operator] = {
    ("or", "more"): ">=", ("or", "above"): ">=", ("or", "higher"): ">=", ("or", "fewer"): "<=", ("or", "less"): "<=", ("or", "below"): "<=",
}  # fmt: skip
TOP = re.compile(
    r"(?<!\bat )\b(top|best|leading|first|highest|largest|biggest|bottom|worst|lowest|smallest|least) (?:selling )?(\d+|two|three|four|five|six|seven|eight|nine|ten|twenty)\b|\b(\d+|two|three|four|five|six|seven|eight|nine|ten|twenty) (?:best|top|most|largest|biggest|highest|leading|worst|lowest|smallest|least)\b",
    re.IGNORECASE,
)
# Figures, and no first or last of a ranking.
BOTH_ENDS = re.compile(r"\bmin(?:imum)?\b.*\bmax(?:imum)?\b|\bmax(?:imum)?\b.*\bmin(?:imum)?\b", re.IGNORECASE)
SUPERLATIVE = re.compile(
    r"\b(most|highest|largest|biggest|best|top|greatest|maximum|leading|number one|least|lowest|smallest|fewest|worst|minimum|bottom)\b",
    re.IGNORECASE,
)
BOUNDED = re.compile(r"\bat (?:least|most)\b", re.IGNORECASE)
TOP_PLURAL = 10
PLURAL = bag("top best worst bottom biggest largest leading")
LOW = bag("bottom worst lowest smallest least fewest minimum quietest weakest")
WINDOWS: tuple[tuple[Window, re.Pattern[str]], ...] = (
    (
        "share",
        re.compile(
            r"\b(?:shares?|proportions?|percentages?|(?<!\d )percents?|fractions?|contributions?|breakdown in percent|pct|% of|(?:what|which) part of)\b|\bin percent\b|\bas a %",
            re.IGNORECASE,
        ),
    ),
    ("running", re.compile(r"\b(?:running|cumulative|cumulated|accumulated|rolling total)\b(?: totals?| sums?)?", re.IGNORECASE)),
    (
        "growth",
        re.compile(
            r"\b(?:growth(?: rate)?|qoq|mom|yoy|wow|(?:quarter|month|year|week)[ -](?:over|on)[ -](?:quarter|month|year|week)|change (?:from|versus|vs) (?:the )?previous \w+)\b",
            re.IGNORECASE,
        ),
    ),
)
ABOVE = re.compile(
    r"\b(?:above|over|below|under|higher than|more than|greater than|longer than|larger than|older than|less than|lower than|shorter than|cheaper than|more expensive than|younger than|exceeds?|exceeding|heavier than) "
    r"(?:the |their |its )?(?:overall |general )?(?:average|mean)\b|\b(?:above|below)-average\b",
    re.IGNORECASE,
)
ADJECTIVES: dict[str, tuple[bool, str]] = {
    "longest": (True, "length duration runtime milliseconds"), "shortest": (False, "length duration runtime milliseconds"), "longer": (True, "length duration runtime milliseconds"),
    "shorter": (False, "length duration runtime milliseconds"), "oldest": (True, "age birth"), "youngest": (False, "age birth"), "older": (True, "age birth"), "younger": (False, "age birth"),
    "cheapest": (False, "price cost"), "cheaper": (False, "price cost"), "expensive": (True, "price cost"), "priciest": (True, "price cost"),
    "heaviest": (True, "weight"), "lightest": (False, "weight"), "tallest": (True, "height"), "newest": (True, "date year"), "latest": (True, "date year"), "earliest": (False, "date year"),
}  # fmt: skip
SURE = 0.7
OPENERS = bag(
    "most least highest lowest top bottom best monthly daily weekly quarterly yearly annual share total average number revenue sales"
)
COMPARATIVES = frozenset({"longer", "shorter", "older", "younger", "cheaper"})
LATEST = re.compile(r"\b(?:latest|most recent|newest) (day|date|week|month|quarter|year)\b", re.IGNORECASE)
LATEST_GRAINS: dict[str, Grain] = {"day": "day", "date": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year"}
UNIT = re.compile(r"\bin (seconds|minutes|hours)\b", re.IGNORECASE)
WITHOUT = re.compile(
    r"\b(?:without(?: an?y?| a single)?|with no|(?:have|has|had) no|never|nobody|no one|not|(?:do|does|did|have|has)(?:n't| not)|that have not|who have not|lacking|no)\b",
    re.IGNORECASE,
)
KINDS = frozenset({"type", "types", "kind", "kinds"})
SOLD = bag("sold sell sells selling bought buy buys ordered purchased purchase placed place made make spent spend spends")
SPENT = bag("spent spend spends")
DONE_BY = bag("placed made bought purchased ordered issued booked handled sent written owned paid")
CATEGORIES = 200
FILLER = LIGHT | bag(
    """total totals number count volume volumes value values rate amount overall split broken down breakdown trend over time development
    compare comparison versus vs against ranking ranked rank sorted view figure figures data cost costs rows row table entries
    database single developed develop evolved evolve due accounts currently available up so far ever catalogue catalog order report records record grant"""
)


@dataclass(frozen=True)
class Noun:
    """A noun phrase and its part in the question."""

    segment: Segment
    role: Role
    aggregate: Aggregate = ""
    also: tuple[Aggregate, ...] = ()  # named before it: "minimum and maximum price"


@dataclass(frozen=True)
class Test:
    """A comparison with a number, about the noun phrase before or after it (index into the nouns)."""

    operator: Operator
    number: float
    noun: int
    tokens: tuple[int, ...]
    after: bool


@dataclass(frozen=True)
class Frame:
    """All parts; ``used`` are the tokens that have a place."""

    nouns: tuple[Noun, ...]
    values: tuple[Mention, ...]
    periods: tuple[Period, ...] = ()
    grain: Grain | None = None
    tests: tuple[Test, ...] = ()
    limit: int | None = None
    descending: bool = True
    extreme: bool = False
    window: Window = ""
    without: int | None = None
    counting: bool = False
    business: bool = False
    average: str = ""
    adjective: str = ""
    latest: Grain | None = None
    unit: str = ""
    used: frozenset[int] = field(default_factory=frozenset)
    today: date | None = None
    cues: cues.Cues = field(default_factory=cues.Cues)


def read(linked: Linked, today: date) -> Frame:  # noqa: C901, PLR0915  # each part takes its tokens from those that are left
    """The parts of a question; what has no part is left out of ``used``."""
    question = linked.question
    text, used = linked.spoken.masked(question), set(linked.spoken.tokens)
    found, text = fiscal.find(text, today, linked.schema.fiscal_year)
    shape, grain = cues.read(text), periods.grain(text)
    opened = question.lower[:2] == ("how", "many") and text[slice(*grain[1])].lower() == "over time" if grain else False
    grain = None if grain and opened else grain
    grain = None if grain and _in_name(linked, grain[1]) else grain
    shape, apart = cues.apart(shape, text, today, grained=grain is not None)
    found += [period for period in apart or periods.find(text, today) if not _in_value(linked, period.span)]
    if shape.weekday or shape.weekend:
        grain = ("weekday" if shape.weekday else "weekend", shape.spans[0])
    used |= _tokens(linked, [p.span for p in found] + ([grain[1]] if grain else []) + list(shape.spans))
    window: Window = ""
    for name, pattern in WINDOWS if not shape.moves.change else ():
        if spans := [match.span() for match in pattern.finditer(text)]:
            window = name
            used |= _tokens(linked, spans)
            break
    plain = _without(_valueless(linked, text, linked.mentions), [p.span for p in found])  # the album Greatest Hits ranks nothing
    top = TOP.search(plain)
    limit, descending = None, True
    if top:
        number = next(t.value for t in question.tokens if t.kind == "number" and top.start() <= t.start < top.end())
        limit = int(number) if isinstance(number, (int, float)) else None
        descending = not set(top.group().lower().split()) & LOW
        used |= _tokens(linked, [top.span()])
    # "biggest first" asks for all of them, and "at least" for no least.
    unordered = BOUNDED.sub(_blank, cues.ORDERED.sub(_blank, plain))
    extreme = SUPERLATIVE.search(unordered) if not top and not BOTH_ENDS.search(text) else None
    if extreme:
        descending = extreme.group().lower() not in LOW
        if extreme.group().lower() in PLURAL and re.match(r"(?: selling| performing)? [a-z]+s\b", text[extreme.end() :], re.IGNORECASE):
            limit = TOP_PLURAL
        used |= _tokens(linked, [extreme.span()])
    if extreme and limit is None:
        limit = _numbered(linked, used)
    values = _values(linked, frozenset(used | {i for one in linked.spoken.found for i in range(one.start, one.end)}))
    taken = frozenset(used | {i for m in values for i in range(m.start, m.end)})
    phrases = segments(linked, taken)
    if more := almost.mentions(linked, taken | frozenset(i for s in phrases for i in range(s.start, s.end))):
        values = sorted((*values, *more), key=lambda m: m.start)
        taken |= {i for m in more for i in range(m.start, m.end)}
    nouns, counting = _roles(linked, phrases, summed=shape.quantile is not None or shape.spread)
    nouns = _most(linked, nouns, extreme)
    tests = _tests(linked, nouns, taken)
    average = ABOVE.search(text)
    if average:
        used |= _tokens(linked, [average.span()])
    latest, unit = LATEST.search(text), UNIT.search(text)
    used |= _tokens(linked, [match.span() for match in (latest, unit) if match])
    used |= {i for i, word in enumerate(linked.question.lower) if word in ADJECTIVES}
    adjective = next((w for w in linked.question.lower if w in ADJECTIVES), "") if not latest else ""
    if adjective:
        extreme, descending = extreme or adjective not in COMPARATIVES or None, ADJECTIVES[adjective][0]
    used |= {i for t in tests for i in t.tokens}
    negation = WITHOUT.search(_valueless(linked, text, values))
    without = None
    if negation:
        used |= _tokens(linked, [negation.span()])
        without = next((i for i, n in enumerate(nouns) if question.tokens[n.segment.start].start >= negation.end()), -1)
    used |= {i for m in values for i in range(m.start, m.end)} | {i for n in nouns for i in range(n.segment.start, n.segment.end)}
    business = bool(found or grain or window or latest or unit or any(n.segment.best.measure or n.aggregate == "median" for n in nouns))
    business = business or linked.spoken.decided or _elliptical(linked) or shape.shaped
    return Frame(
        tuple(nouns), tuple(values), tuple(found), grain[0] if grain else None, tuple(tests), limit, descending, bool(extreme), window, without, counting, business, average.group().lower() if average else "", adjective, LATEST_GRAINS[latest[1].lower()] if latest else None, unit[1].lower() if unit else "", frozenset(used), today, shape,
    )  # fmt: skip


def _valueless(linked: Linked, text: str, values: Sequence[Mention]) -> str:
    """``text`` without the stored values of several words: a no-show is no negation."""
    for mention in values:
        tokens = linked.question.tokens[mention.start : mention.end]
        start, end = tokens[0].start, tokens[-1].end
        if mention.stored and re.search(r"[\s-]", text[start:end]):
            text = _without(text, [(start, end)])
    return text


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """``text`` with blanks in the places of ``spans``: the first two quarters of a year are no ranking."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _in_name(linked: Linked, span: tuple[int, int]) -> bool:
    """Whether the words of a grain are part of a table's or column's whole name: monthly charges are no charges by month."""
    stems, places = linked.question.stems, sorted(_tokens(linked, [span]))
    for view in (*linked.schema.columns, *linked.schema.tables):
        width = len(view.stems)
        for at in range(max(0, places[-1] - width + 1), places[0] + 1) if width > len(places) == 1 else ():
            if stems[at : at + width] == view.stems:
                return True
    return False


def _in_value(linked: Linked, span: tuple[int, int]) -> bool:
    """Whether a period is but the beginning of a stored value: 2023 of the academic year 2023/24."""
    tokens = linked.question.tokens
    held = [(tokens[m.start].start, tokens[m.end - 1].end) for m in linked.mentions if m.stored]
    return any(span[0] <= end and start < span[1] < end for start, end in held)


def listed(linked: Linked, nouns: list[Noun]) -> int:
    """How many of the first noun phrases stand side by side, joined by "and" alone: country and category."""
    gaps = [linked.question.lower[a.segment.end : b.segment.start] for a, b in itertools.pairwise(nouns)]
    return 1 + len(list(itertools.takewhile(lambda gap: gap in (("and",), ("&",)), gaps)))


def _numbered(linked: Linked, used: set[int]) -> int | None:
    """How many are ranked, where the number stands before what is: "which 3 genres sell the most"."""
    tokens = linked.question.tokens
    for i, token in enumerate(tokens[:-1]):
        plain = (
            token.kind == "number"
            and isinstance(token.value, int)
            and not token.text.endswith(("st", "nd", "rd", "th"))
            and token.text.isalnum()
            and 1 < token.value <= 100
        )
        if plain and i not in used and i <= 2 and tokens[i + 1].kind == "word" and tokens[i + 1].text.lower() not in STOP:
            used.add(i)
            return int(token.value or 0)
    return None


def _most(linked: Linked, nouns: list[Noun], extreme: re.Match[str] | None) -> list[Noun]:
    """Make "the most orders" a count of orders, where something else is there to have them."""
    if extreme is None or extreme.group().lower() not in ("most", "fewest", "least") or len(nouns) < 2:
        return nouns
    after = next((n for n in nouns if linked.question.tokens[n.segment.start].start == extreme.end() + 1), None)
    return [Noun(n.segment, "count") if n is after and (n.segment.best.table or _numbers(linked, n)) else n for n in nouns]


def _numbers(linked: Linked, noun: Noun) -> bool:
    """Whether a noun phrase is the column that numbers things in a flat table: customers by their id."""
    column = noun.segment.best.column
    return column is not None and linked.schema.view(column).stems[-1] == "id"


def _elliptical(linked: Linked) -> bool:
    """Whether the question is a bare noun phrase: no question word or verb opens it."""
    opener = linked.question.lower[0] if linked.question.lower else ""
    return opener in OPENERS or opener in ADJECTIVES or any(m.start == 0 and m.cover >= SLIP for m in (*linked.tables, *linked.columns))


def _tokens(linked: Linked, spans: list[tuple[int, int]]) -> set[int]:
    return {i for i, t in enumerate(linked.question.tokens) for a, b in spans if t.start < b and a < t.end}


def _values(linked: Linked, used: frozenset[int]) -> list[Mention]:
    """The literals that are stored text, where they are no better read as a name of the schema."""
    named = {i for m in (*linked.tables, *linked.columns) if m.exact == 1.0 for i in m.positions}
    kept = []
    for mention in linked.mentions:
        span = set(range(mention.start, mention.end))
        quoted = mention.kind == "quoted"
        if span & used or not (mention.stored or quoted):
            continue
        token = linked.question.tokens[mention.start]
        if mention.width == 1 and not quoted and token.kind == "number" and _measured(linked, mention.start):
            continue  # more than 100 orders are no postal code
        exact = any(fold(value) == fold(str(mention.value)) for _, value in mention.stored)
        capital = token.text[0].isupper() and mention.start > 0
        if mention.width == 1 and not (exact or quoted or capital) and token.text.lower().endswith(("ed", "ing")):
            continue  # a verb is no value because its stem is one
        categorical = any(linked.schema.view(ref).distinct <= CATEGORIES for ref, _ in mention.stored)
        if not (quoted or capital or categorical):
            continue
        if (
            quoted
            or capital
            or (exact and not span <= named and mention.width > 1)
            or (not span & named and token.text.lower() not in FILLER and not _cue(token.text))
        ):
            kept.append(mention)
    return kept


def _measured(linked: Linked, place: int) -> bool:
    """Whether a number tells how many or how much: a comparison leads to it, or says so right after it."""
    lower = linked.question.lower
    return lower[place + 1 : place + 3] in BOUNDS or any(lower[max(0, place - len(words)) : place] == words for words, _ in COMPARISONS)


def _cue(word: str) -> bool:
    return any(word.lower() in words for words in CUE_WORDS.values())


def _roles(linked: Linked, phrases: list[Segment], *, summed: bool = False) -> tuple[list[Noun], bool]:
    lower, nouns = linked.question.lower, []
    counting = (
        any(lower[i : i + 2] in (("how", "many"), ("number", "of"), ("count", "of"), ("#", "of"), ("no", "of")) for i in range(len(lower)))
        or "count" in lower
    )
    last_end = 0
    last: Role = "noun"
    for number, phrase in enumerate(phrases):
        gap = lower[last_end : phrase.start]
        following = lower[phrase.end : phrases[number + 1].start] if number + 1 < len(phrases) else lower[phrase.end :]
        role, aggregate = _role(linked, phrase, gap, following, last)
        said: tuple[Aggregate, ...] = tuple(dict.fromkeys(AGGREGATES[word] for word in gap if word in AGGREGATES))
        also: tuple[Aggregate, ...] = (
            tuple(one for one in said if one != aggregate) if {"and", "&", ","} & set(gap) and role == "measure" else ()
        )
        if summed and role == "noun" and _numeric(linked, phrase):
            role = "measure"
        nouns.append(Noun(phrase, role, aggregate, also))
        last_end, last = phrase.end, role
    return nouns, counting


def _role(linked: Linked, phrase: Segment, gap: tuple[str, ...], following: tuple[str, ...], last: Role) -> tuple[Role, Aggregate]:
    said: list[Aggregate] = ["", *(AGGREGATES[word] for word in gap if word in AGGREGATES)]
    aggregate = said[-1]
    measured = phrase.best.measure is not None or (_numeric(linked, phrase) and (phrase.best.strength >= SURE or aggregate != ""))
    pairs = set(itertools.pairwise(gap))
    if pairs & {("how", "many"), ("number", "of"), ("count", "of"), ("#", "of"), ("numbers", "of")} or (
        following[:1] and following[0] in ("count", "counts", "volume", "volumes") and phrase.best.table
    ):
        earned = phrase.best.measure is not None and gap[-2:] in (("number", "of"), ("count", "of"))
        earned = earned and linked.question.stems[phrase.end - 1] in measures.REVENUE and not phrase.best.note
        return ("measure" if phrase.best.measure and not earned else "count"), (
            "avg" if aggregate == "avg" and not phrase.best.measure else ""
        )
    if "by" in gap and gap[0] in DONE_BY and _told(linked, phrase.start, gap):
        return "noun", aggregate  # orders placed by German customers
    if set(gap) & GROUPING:
        return ("measure" if measured and "by" in gap and not phrase.best.table else "group"), aggregate
    if gap and set(gap) <= LISTING and last in ("group", "count", "measure") and {"and", ",", "&", "plus"} & set(gap):
        return ("measure" if measured else "noun" if last == "measure" else last), aggregate
    return ("measure" if measured else "noun"), aggregate


def _told(linked: Linked, place: int, gap: tuple[str, ...]) -> bool:
    """Whether a stored value stands between "by" and a noun, so that those of that kind alone are meant."""
    start, lower = place - len(gap) + gap.index("by") + 1, linked.question.lower
    before = any(m.stored and start <= m.start < m.end <= place for m in linked.mentions)
    return before or any(m.stored and m.start == place + 2 and lower[place + 1] in ("from", "in") for m in linked.mentions)


def _numeric(linked: Linked, phrase: Segment) -> bool:
    best = phrase.best
    if best.column is None:
        return False
    view = linked.schema.view(best.column)
    return view.numeric and not view.primary and not view.foreign and "id" not in view.stems and "year" not in view.stems


def _tests(linked: Linked, nouns: list[Noun], taken: frozenset[int]) -> list[Test]:
    question, found = linked.question, []
    for i, token in enumerate(question.tokens):
        if (token.kind != "number" and token.text.lower() != "one") or i in taken or not isinstance(token.value, (int, float)):
            continue
        if (bound := BOUNDS.get(question.lower[i + 1 : i + 3])) is not None:
            start = i + 3 + (question.lower[i + 3 : i + 4] in (("different",), ("distinct",), ("unique",)))
            after = next((n for n, noun in enumerate(nouns) if noun.segment.start == start), None)
            before = next((n for n in range(len(nouns) - 1, -1, -1) if nouns[n].segment.end <= i), None)
            if (target := after if after is not None else before) is not None:
                found.append(Test(bound, token.value, target, (i, i + 1, i + 2), after is not None))
            continue
        for words, operator in COMPARISONS:
            if question.lower[i - len(words) : i] == words and i >= len(words):
                near = (
                    i + 2
                    if i + 1 < len(question.tokens) and question.lower[i + 1] in ("in", "of", "total", "different", "distinct", "unique")
                    else i + 1
                )
                while near in taken:  # a value before the noun: at least five completed stays
                    near += 1
                after = next((n for n, noun in enumerate(nouns) if noun.segment.start == near), None)
                before = next((n for n in range(len(nouns) - 1, -1, -1) if nouns[n].segment.end <= i), None)
                target = after if after is not None else before
                if target is not None:
                    found.append(Test(operator, token.value, target, tuple(range(i - len(words), i + 1)), after is not None))
                break
    return found


def _kind(linked: Linked, frame: Frame, place: int) -> bool:
    """Whether a word only says that the column named right before it holds kinds of things: contract type."""
    return linked.question.lower[place] in KINDS and any(
        n.segment.end == place and n.segment.best.column and not linked.schema.view(n.segment.best.column).numeric for n in frame.nouns
    )


def unused(linked: Linked, frame: Frame) -> tuple[str, ...]:
    """The content words that no part of the frame explains."""
    left = []
    for i, token in enumerate(linked.question.tokens):
        word = token.text.lower()
        if (
            token.content
            and i not in frame.used
            and word not in FILLER
            and not _cue(word)
            and word not in AGGREGATES
            and word not in SOLD
            and word not in STOP
            and not _kind(linked, frame, i)
        ):
            left.append(token.text)
    return tuple(left)

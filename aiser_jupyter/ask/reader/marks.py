"""The words of a question that say what is done with its nouns: count, mean, share, group, order, comparison, negation, period."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter.ask.grammar import periods
from aiser_jupyter.ask.grammar.relations import LIGHT
from aiser_jupyter.ask.question import number
from aiser_jupyter.ask.words import bag

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.question import Question

N = r"(?:\$?\d[\d,]*(?:\.\d+)?(?:%|k\b|m\b)?)"
BIG = r"(?:most|highest|largest|biggest|greatest|longest|best|oldest|heaviest|maximum|latest|newest|fastest|strongest|busiest|steepest|priciest|most expensive|most recent|most valuable)"
SMALL = r"(?:least|lowest|smallest|fewest|shortest|worst|youngest|lightest|minimum|earliest|slowest|cheapest|weakest|least expensive)"
RULES: tuple[tuple[str, Any, str], ...] = (
    ("grain", "weekday", r"\b(?:(?:per|by|each|every|on which|over the|which|what) )(?:days? of (?:the )?week|weekdays?)\b|\bdays? of (?:the )?week\b"),
    ("days", None, r"\b(?:how long|how many (?:days|nights))\b|\b(?:length|duration) of\b|\bdurations?\b(?! of)|\b(?:days|time|nights|minutes|hours) (?:between|from|to|until|taken to|it takes to|needed to)\b"),
    ("filler", None, r"\bby (?:anyone|anybody|us)\b|\b(?:is|are|was|were) set to\b"),
    ("share", None, r"\b(?:what |which |the )?(?:share|percentage|percent|proportion|fraction|part)(?: (?:of|from))(?: (?:all|the|our))*\b|\bwhat %(?: of)?"),
    ("count", None, r"\b(?:the )?(?:how many|(?:total )?numbers? of|(?:total )?counts? of|how often|# of)(?: (?:different|distinct|unique|of (?:the|our|those)))?\b"),
    ("between", None, rf"\b(?:between|from) ({N}) (?:and|to) ({N})"),
    (">=", None, rf"(?:\b(?:at least|no (?:fewer|less) than|a minimum of|minimum|not less than)|>=|≥) ({N})"),
    (">=", None, rf"({N})(?: ?\+| (?:or|and) (?:more|above|over|higher|better|up|greater|longer|later|older))(?!\w)"),
    ("<=", None, rf"(?:\b(?:at most|no more than|up to|a maximum of|not more than|within)|<=|≤) ({N})"),
    ("<=", None, rf"({N}) (?:or|and) (?:less|fewer|under|below|lower|younger|cheaper)\b"),
    (">", None, rf"(?:\b(?:(?:more|greater|higher|larger|longer|older|bigger|heavier) than|over|above|exceed(?:s|ing)?)|>) ({N})"),
    ("<", None, rf"(?:\b(?:(?:less|fewer|lower|smaller|shorter|younger|cheaper|lighter) than|under|below)|<) ({N})"),
    ("=", None, rf"\b(?:exactly|equal to|just) ({N})"),
    ("top", None, r"\b(?:the )?(?:top|first|best) (\d+)(?: (?:most|best|largest|biggest|highest))?(?! or\b)"),
    ("top", None, rf"\b(?:the )?(\d+) ({BIG})\b"),
    ("bottom", None, rf"\b(?:the )?(?:bottom|last|worst) (\d+)\b|\b(?:the )?(\d+) ({SMALL})\b"),
    ("in", None, rf"({N}) or ({N})"),
    ("rate", None, r"\b(?:rate|ratio|percentage)\b"),
    ("avg", None, r"\b(?:(?:the )?(?:average|avg|mean|typical)|on average|per average)\b"),
    ("median", None, r"\b(?:the )?median\b"),
    ("sum", None, r"\b(?:the )?(?:total|sum|overall|combined|altogether|in total|how much)(?: (?:of|amount of|value of))?\b"),
    ("max", None, r"\b(?:the )?(?:maximum|max)\b"),
    ("min", None, r"\b(?:the )?(?:minimum|min)\b"),
    ("group", None, r"\b(?:(?:broken|split|grouped?|break) (?:down |up )?(?:by|per)|by|per|(?:for|in|of|within|at|to|on|from)? ?(?:each|every)(?: of (?:the|our))?|across(?: all)?)(?: (?:the|our|each|every|individual))*\b"),
    ("neg", None, r"\b(?:never|not|no|without(?: any| an?)?|isn't|aren't|don't|didn't|hasn't|haven't|wasn't|weren't|doesn't|have not|lacking|non|excluding|except(?: for)?)(?: (?:yet|any|a|an|even|ever|been|had|single))*\b"),
    ("big", None, rf"\b(?:the )?(?:single )?{BIG}\b"),
    ("small", None, rf"\b(?:the )?(?:single )?{SMALL}\b"),
    ("sold", None, r"\b(?:sold|selling|sell|sells|bought|purchased|buy|buys|ordered)\b"),
    ("exists", None, r"^\W*(?:do|does|did|are|is|have|has|were|was)\b(?: (?:we|there|you|any))+\b"),
    ("their", None, r"\b(?:and|with|plus|along with|together with) (?:their|its)\b"),
    ("ends", None, r"\b(?:the )?(?:first|earliest) (?:and|&|to) (?:the )?(?:last|latest|most recent)\b"),
    ("which", None, r"\b(?:which|what|who|whom|list|show|give|find|display|where|whose|when)\b"),
)  # fmt: skip
SORTED = re.compile(
    rf"\b(?:{BIG}|{SMALL}) (?:ones? |values? |numbers? |amounts? )?first\b|\b(?:sorted|ordered|ranked)?(?: in)? (?:descending|ascending)(?: order)?\b|\b(?:from )?(?:high(?:est)? to low(?:est)?|low(?:est)? to high(?:est)?)\b",
    re.IGNORECASE,
)
DATED = re.compile(r"\b(by|per|each|every) (?!calendar|fiscal)([\w-]+) (day|week|month|quarter|year)\b", re.IGNORECASE)
ASKED = re.compile(r"\b(?:(?:in|on) )?(?:which|what) (?:calendar )?(day|week|month|quarter|year)\b(?! of)", re.IGNORECASE)
PATTERNS = tuple((kind, value, re.compile(pattern, re.IGNORECASE)) for kind, value, pattern in RULES)
# Words that need no place: they say nothing that a query could leave out.
EMPTY = LIGHT | bag(
    """currently please overall our us we actually exactly altogether there all time now today ever whole entire individual still just
    only also kind kinds sort stored list breakdown split broken table data database system like d'd want know tell per value each
    single one ones them it said same else pls thanks far so different distinct unique various out who's what's whats yet up off teh
    mention there's hi hello file records record places quickly roughly about approximately customers' s average-wise many much"""
)


@dataclass(frozen=True)
class Mark:
    """A cue: what ``kind`` of, tokens ``start`` to ``end``, and the numbers, period or grain that it gives."""

    kind: str
    start: int
    end: int
    values: tuple[Any, ...] = ()
    text: str = ""


def marks(question: Question, today: date) -> tuple[Mark, ...]:  # noqa: C901  # one loop a source of cues
    """The cues of a question in order; none overlaps another."""
    text, found, taken = question.text, [], set()

    def claim(kind: str, span: tuple[int, int], values: tuple[Any, ...]) -> None:
        held = [i for i, t in enumerate(question.tokens) if t.start < span[1] and span[0] < t.end]
        quoted = any(question.tokens[i].kind == "quoted" for i in held)
        if held and not quoted and not taken & set(held):
            taken.update(held)
            found.append(Mark(kind, held[0], held[-1] + 1, values, text[span[0] : span[1]].lower()))

    for match in PATTERNS[0][2].finditer(text):
        claim("grain", match.span(), ("weekday",))
    for match in SORTED.finditer(text):
        claim(
            "sort",
            match.span(),
            (
                not any(
                    word in match.group().lower()
                    for word in ("ascending", "low", "small", "least", "few", "old", "early", "cheap", "short")
                ),
            ),
        )
    for grain, pattern in periods.GRAINS:
        for match in pattern.finditer(text):
            claim("grain", match.span(), (grain,))
    for match in DATED.finditer(text):
        claim("filler", match.span(1), ())
        claim("grain", match.span(3), (match[3].lower(),))
    for match in ASKED.finditer(text):
        claim("grain", match.span(), (match[1].lower(),))
    for period in periods.find(text, today):
        claim("period", period.span, (period,))
    for kind, _, pattern in PATTERNS[1:]:
        for match in pattern.finditer(text):
            numbers = tuple(number(g) for g in match.groups() if g and g.lstrip("$")[:1].isdigit())
            claim(kind, match.span(), numbers)
    for i, token in enumerate(question.tokens):
        if token.kind == "number" and i not in taken and isinstance(token.value, (int, float)):
            claim("number", (token.start, token.end), (token.value,))
    return tuple(sorted(found, key=lambda m: m.start))

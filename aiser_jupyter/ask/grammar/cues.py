"""Phrases that say what shape of answer a business question wants, whatever the schema."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import moves as moving
from aiser_jupyter.ask.grammar import periods
from aiser_jupyter.ask.grammar.moves import Moves

if TYPE_CHECKING:
    from datetime import date

    from aiser_jupyter.ask.grammar.periods import Period

QUANTILES = {
    "upper quartile": 0.75,
    "third quartile": 0.75,
    "lower quartile": 0.25,
    "first quartile": 0.25,
    "top decile": 0.9,
    "bottom decile": 0.1,
}
QUANTILE = re.compile(
    r"\b(?:the )?(?:(\d{1,2}(?:\.\d+)?)(?:st|nd|rd|th)? percentile|p(\d\d)\b|((?:upper|lower|first|third) quartile|(?:top|bottom) decile))(?: of| for)?\b",
    re.IGNORECASE,
)
BEYOND = re.compile(
    r"\b(above|over|below|under|beyond|greater than|higher than|more than|less than|exceeding|exceeds?) (?:the |their )?$", re.IGNORECASE
)
SPREAD = re.compile(r"\b(?:the )?(?:standard deviation|std\.? ?dev(?:iation)?|stddev)(?: of| for| in)?\b", re.IGNORECASE)
MEAN = re.compile(r"\b(?:on average|in average|on the average)\b", re.IGNORECASE)
VALUE = re.compile(r"\b(?:average|avg|mean|typical) (?:\w+ )?(value|size|amount|revenue|sales|spend|spending|worth)\b", re.IGNORECASE)
WEEKDAY = re.compile(
    r"\b(?:by |per |each |for each |(?:on )?which |(?:on )?what |across |over |and )(?:the )?(?:weekdays?|days? of (?:the )?week|week days?)\b|\bweekday breakdown\b",
    re.IGNORECASE,
)
WEEKEND = re.compile(r"\b(?:on |at |during )?(?:the |a )?weekends?\b", re.IGNORECASE)
WEEKPARTS = re.compile(
    r"\b(?:on )?(?:weekends? (?:vs\.?|versus|and|or|compared (?:to|with)|against) (?:on )?weekdays?|weekdays? (?:vs\.?|versus|and|or|compared (?:to|with)|against) (?:on )?weekends?)\b",
    re.IGNORECASE,
)
WORKDAYS = re.compile(r"\b(?:on |during )weekdays\b|\bon (?:work(?:ing)? ?days)\b", re.IGNORECASE)
NAMED_DAY = re.compile(r"\bon (?:a )?(monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?\b", re.IGNORECASE)
WHETHER = re.compile(r"^\W*(?:is|are|was|were|do|does|did|has|have|had) (?:there |we |you |they |our |it )?", re.IGNORECASE)
ANY = re.compile(r"\b(?:any|anything|anyone|anybody|ever|at least one|some|there)\b", re.IGNORECASE)
GAP = re.compile(
    r"\b(?:(?:how many )?days?|(?:how much )?time|gap|interval)\b(?: \w+){0,3}? between (?:two |a customer's |their |the )?(?:consecutive |successive |subsequent )?(?=\w+s\b)(?!order date)",
    re.IGNORECASE,
)
SAME = re.compile(r"\b(?:of|by|from|for) (?:the same|each|one|every|a) (\w+)\b", re.IGNORECASE)
DAYS = re.compile(
    r"\b(?:how many days|how long|(?:number of )?days(?: it takes?)?(?= (?:between|from|to|until))|(?:delivery|shipping|lead|processing|fulfil?lment|turnaround) times?(?: in days)?)\b",
    re.IGNORECASE,
)
LATE = re.compile(
    r"\b(?:shipped |delivered |arrived |sent )?(?:too )?(?:late|overdue|delayed)\b(?:, that is)?|\b(?:went out|shipped|sent|delivered|arrived) (?:after|later than) (?:the(?:ir)? |its )?(?:required|due|promised|requested|expected)(?: date)?\b",
    re.IGNORECASE,
)
UPPER = re.compile(r"\b(?:reports? to|reporting to)\b|\b(?:direct )?(?:managers?|boss(?:es)?|supervisors?)\b", re.IGNORECASE)
BUT_NO = re.compile(r"\b(?:but|and) (?:no|not|without)(?: any)?\b", re.IGNORECASE)
AGAIN = re.compile(r"\bboth\b|\band (?:again|also|then again) (?:in|during|on)\b", re.IGNORECASE)
LAST_EACH = re.compile(
    r"\b(?:dates? of (?:the )?)?(last|latest|most recent|first|earliest) (?!(?:names?|years?|quarters?|months?|weeks?|days?|few|full)\b)(?:[a-z]\S* ){0,3}?(?:dates? )?(?:(?:of|for|per|by) (?:each|every)|per)\b|\bwhen (?:did|was) (?:each|every)\b(?=.* (last|first)\b)",
    re.IGNORECASE,
)
NEW = re.compile(
    r"\bnew (?=\w+s\b)|\bby (?:the date of )?(?:their )?first (?:order|purchase|invoice|sale)s?\b|\bfirst[- ]time\b", re.IGNORECASE
)
RATE = re.compile(r"\b(?:rates?|ratio)\b", re.IGNORECASE)
TEXT = re.compile(
    r"\b(?:(?:that |which |who |whose )?(?:(?:names?|titles?|descriptions?|\w+) )?)?(contain(?:s|ing)?|includ(?:es|ing)|starts? with|starting with|begins? with|beginning with|ends? (?:with|in)|ending (?:with|in)) (?:the (?:word|letters?|text) )?(?=['\"“‘])",
    re.IGNORECASE,
)
BAND = re.compile(r"\bin (?:years|bands? of (\d+)|steps? of (\d+)|buckets? of (\d+))\b", re.IGNORECASE)
MORE_THAN_ONE = re.compile(
    r"\b(?:in|on|during) more than (one|\d+) (?:different )?(day|week|month|quarter|year)s?\b|\bin at least (two|\d+) (?:different )?(day|week|month|quarter|year)s?\b",
    re.IGNORECASE,
)
REPEAT = re.compile(r"\b(?:repeat|returning) (?=customers?|buyers?|clients?)|\bmore than once\b", re.IGNORECASE)
ONCE = re.compile(
    r"\b(?:only|just|exactly|no more than) (?:once|(?:one|a single) (?=(?:order|purchase|invoice|transaction|bill|booking|visit)\b))",
    re.IGNORECASE,
)
ORDERED = re.compile(
    r",? ?\b(?:the )?(?:(biggest|largest|highest|greatest|most (?:common|frequent|popular|often))|(?:smallest|lowest|least|(?:least|fewest) (?:common|frequent|popular|often)))(?: (?:one|value|amount|total|number|count|figure)s?)? first\b"
    r"|,? ?\b(?:(?:sorted|ordered|ranked|sort|order|rank)(?: (?:it|them|the results?|results))? )?(?:by (?:size|value|amount) )?(?:in )?(?:(descending|decreasing)|ascending|increasing)(?: order)?\b"
    r"|,? ?\b(?:sorted |ordered |ranked )?from (?:(high|highest|most|largest|biggest) to (?:low|lowest|least|fewest|smallest)|(?:low|lowest|least|fewest|smallest) to (?:high|highest|most|largest|biggest))\b",
    re.IGNORECASE,
)
ONE_EACH = re.compile(
    r",? ?\b(?:(?:one|1) (?:for|per|in) each(?: of them)?|(?:for|in) each(?: of them)?(?=[?.]?\s*$)|(?:respectively|separately))\b",
    re.IGNORECASE,
)
EXCEPT = re.compile(r"\b(?:other than|except(?: for)?|excluding|apart from|outside(?: of)?|not (?:in|from))(?: the)?\b", re.IGNORECASE)
# A place in a ranking other than the first.
ORDINALS = {"second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5}
NTH = re.compile(
    rf"\b({'|'.join(ORDINALS)})[- ](?=(?:most|best|highest|largest|biggest|lowest|smallest|least|worst|cheapest|longest|shortest|oldest|youngest|newest|latest|heaviest|busiest|greatest|top)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Cues:
    """What was said; ``spans`` are the places in characters."""

    quantile: float | None = None
    beyond: str = ""
    spread: bool = False
    mean: bool = False
    value: bool = False
    weekday: bool = False
    weekend: bool = False
    days: tuple[str, ...] = ()
    whether: bool = False
    gap: bool = False
    between: bool = False
    late: bool = False
    upper: bool = False
    but_no: int | None = None
    again: bool = False
    last_each: str = ""
    new: bool = False
    match: str = ""
    repeated: tuple[str, int] | None = None
    excepted: int | None = None
    moves: Moves = field(default_factory=Moves)
    ordered: str = ""
    each: bool = False
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def shaped(self) -> bool:
        """Whether any of them asks for a form of answer that only business questions have."""
        return bool(
            self.quantile is not None
            or self.spread
            or self.mean
            or self.weekday
            or self.weekend
            or self.days
            or self.gap
            or self.between
            or self.late
            or self.last_each
            or self.new
            or self.repeated
            or self.moves != Moves()
        )


def apart(cues: Cues, text: str, today: date, *, grained: bool) -> tuple[Cues, list[Period]]:
    """The two periods that a change is between, not the time from one to the other; without two of them there is no such change."""
    found = periods.find(text, today, apart=True) if cues.moves.change and not grained else []
    if len(found) == 2:
        return cues, found
    spans = tuple(span for span in cues.spans if span not in cues.moves.spans)
    return (replace(cues, moves=Moves(), spans=spans), []) if cues.moves.change else (cues, [])


def read(text: str) -> Cues:  # noqa: C901  # one phrase after the other is the clearest table
    """The phrases of ``text``."""
    spans: list[tuple[int, int]] = []

    def said(pattern: re.Pattern[str]) -> re.Match[str] | None:
        match = pattern.search(text)
        if match and match.group():
            spans.append(match.span())
        return match

    quantile, beyond = said(QUANTILE), ""
    fraction = None
    if quantile:
        fraction = QUANTILES.get((quantile[3] or "").lower()) or float(quantile[1] or quantile[2]) / 100
        before = BEYOND.search(text[: quantile.start()])
        if before:
            beyond = before[1].lower()
            spans.append(before.span())
    weekday, weekend = said(WEEKDAY), None
    days: tuple[str, ...] = ()
    parts = said(WEEKPARTS)
    if not weekday and not parts:
        weekend = said(WEEKEND)
        days = ("Saturday", "Sunday") if weekend else ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday") if said(WORKDAYS) else ()
        if named := said(NAMED_DAY):
            days = (named[1].capitalize(),)
    opener = WHETHER.match(text)
    gap = said(GAP)
    if gap:
        said(SAME)
    last = said(LAST_EACH)
    if last and last[2]:
        spans.append(last.span(2))
    first_word = (last[1] or last[2] or "").lower() if last else ""
    no = BUT_NO.search(text)
    more = said(MORE_THAN_ONE)
    repeated = None
    if more:
        least = more[4] is not None
        number = more[3] if least else more[1]
        count = {"one": 1, "two": 2}.get(number.lower()) or int(number)
        repeated = ((more[4] or more[2]).lower(), count - least)
    elif said(ONCE):
        repeated = ("", 0)
    elif said(REPEAT):
        repeated = ("", 1)
    matched = said(TEXT)
    ordered = said(ORDERED)
    moved = moving.read(text)
    spans += moved.spans
    excepted = EXCEPT.search(text)
    if excepted:
        spans.append(excepted.span())
    return Cues(
        fraction, beyond, bool(said(SPREAD)), bool(said(MEAN)), bool(VALUE.search(text)), bool(weekday), bool(parts), days,
        bool(opener and not re.search(r"\bor\b", text)), bool(gap), bool(not gap and said(DAYS)), bool(said(LATE)), bool(said(UPPER)),
        no.end() if no else None, bool(said(AGAIN)), first_word, bool(said(NEW)), matched[1].lower() if matched else "", repeated,
        excepted.end() if excepted else None, moved,
        ("down" if any(ordered.groups()) else "up") if ordered else "", bool(said(ONE_EACH)), tuple(spans),
    )  # fmt: skip

"""Time in questions: periods as half-open ranges of days, and the grain a result is asked by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from aiser_jupyter.ask.vocabulary.verbs import DATED

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import Grain

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
YEAR = r"(?:19|20)\d\d"
QUARTER = r"(?:q[1-4]|(?:1st|2nd|3rd|4th|first|second|third|fourth|last) quarter)"
HALF = r"(?:h[12]|(?:first|second) half)"
MOMENT = rf"(?:\d{{4}}-\d\d-\d\d|{MONTH}\.? \d{{1,2}}(?:st|nd|rd|th)?,? {YEAR}|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{MONTH}\.?,? {YEAR}|{MONTH}\.?,? (?:of )?{YEAR}|{QUARTER} (?:of )?{YEAR}|{HALF} (?:of )?{YEAR}|{YEAR}[- ]?q[1-4]|{YEAR}-\d\d(?!-?\d)|{YEAR})"
PART = rf"(?:{QUARTER}|{HALF}|{MONTH}\.?)"
UNIT = r"(day|week|month|quarter|year)"
LEAD = r"(?:(?:in|during|for|of|on|from|within|over|throughout) )?(?:the )?(?:calendar |fiscal )?(?:year |month of )?"
RULES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(pattern, re.IGNORECASE))
    for name, pattern in (
        ("between", rf"\b(?:between|from) ({MOMENT}) (?:and|to|until|till|through|-|–) ({MOMENT})\b"),
        ("range", rf"\b(?:between|from) ({PART}) (?:and|to|until|till|through|-|–) ({PART},? (?:of )?{YEAR})\b"),
        ("between", rf"\b({YEAR}) ?(?:to|through|–|-) ?({YEAR})\b"),
        ("first_n", rf"\b{LEAD}(?:the )?(first|last) (\d+|two|three|four|five|six|seven|ten) (month|quarter|week)s (?:of |in )?({YEAR})\b"),
        (
            "parts",
            rf"(?<!from )(?<!between )(?<!compare )\b{LEAD}(?<!from )(?<!between )({MONTH}\.?|{QUARTER}) ?(?:to|until|till|through|-|–) ?((?:{MONTH}\.?|{QUARTER}),? (?:of )?{YEAR})\b",
        ),
        (
            "upto",
            rf"\b(?:on or before|no later than|not later than|not after|up to and including|until and including|before or on) ({MOMENT})\b",
        ),
        (
            "since",
            rf"\b(?:on or after|no earlier than|not earlier than|not before|after or on|since|from|starting(?: in| from)?|as of) (?:(?:the )?(?:very )?(?:start|beginning) of )?({MOMENT})(?: on(?:wards?)?)?\b",
        ),
        ("after", rf"\bafter ({MOMENT})\b"),
        ("before", rf"\b(?:before|prior to|until|up to|till) ({MOMENT})\b"),
        # A month without its year is the last one that has begun; not where it is one of several, or of each year.
        (
            "month",
            rf"\b(in|since|during) (?P<month>{MONTH})(?:(?P<year>,? (?:of )?(?:last|this) year)\b|(?![\w'-])(?! (?:and|or|to|vs\.?|versus|than|through|until|compared|against|\d)|, (?:{MONTH})|(?:[ -]|, )(?:{YEAR}))(?!.*\b(?:{MONTH}|{YEAR}|years?)\b))",
        ),
        (
            "last_n",
            rf"\b(?:in |over |during |for |within )?(?:the )?(?:last|past|previous|trailing|most recent) (\d+|two|three|four|five|six|seven|ten|twelve) {UNIT}s?\b",
        ),
        ("last", rf"\b(?:in |over |during |for )?(?:the )?(?:last|previous|past|prior) {UNIT}\b(?! (?:quarter|with|of|in|on|that))"),
        ("this", rf"\b(?:in |during |for )?(?:this|current|the current) {UNIT}\b"),
        ("to_date", r"\b(?:(year|quarter|month)[ -]to[ -]date|(ytd|qtd|mtd))\b"),
        ("day", r"\b(today|yesterday)\b"),
        # A part of a year whose year is said with the next one: Q2 vs Q3 2011.
        (
            "part",
            rf"\b{LEAD}({PART})(?=,? (?:vs\.?|versus|and|&|or|with|to|against|compared (?:to|with)|than(?: in)?) (?:the |in )?{PART},? (?:of |in )?({YEAR})\b)",
        ),
        ("at", rf"\b{LEAD}({MOMENT})\b"),
    )
)
# A period told by another one that is named before it.
RELATED = re.compile(
    rf"\b(?:in |during |for |over |with )?(?:(?:the )?same (?:period|time|date|day|week|month|quarter|half|year)s? (?:(?:of |in )?(?P<past>(?:the )?(?:last|previous|prior|preceding) year|(?:a|one|1) year (?:ago|earlier|before)|the year before)|(?:of|in) (?P<year>{YEAR}))"
    rf"|(?:the |a |one )?{UNIT} (?:before|earlier|prior)(?: (?:it|that|this|then|those))?(?! (?:\d|last\b|this\b|the\b|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec))"
    rf"|(?<=vs )(?:the )?(?:previous|preceding|prior) {UNIT}\b|(?<=versus )(?:the )?(?:previous|preceding|prior) {UNIT}\b|(?<=compared to )(?:the )?(?:previous|preceding|prior) {UNIT}\b|(?<=compared with )(?:the )?(?:previous|preceding|prior) {UNIT}\b|(?<=against )(?:the )?(?:previous|preceding|prior) {UNIT}\b|(?<=than in )(?:the )?(?:previous|preceding|prior) {UNIT}\b|(?<=over )(?:the )?(?:previous|preceding|prior) {UNIT}\b)",
    re.IGNORECASE,
)
DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
LONGER = 1.5  # times the length of a period from which on another cannot be the one before it
SMALL = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "ten": 10, "twelve": 12}
ORDINALS = {"1": 1, "2": 2, "3": 3, "4": 4, "f": 1, "s": 2, "t": 3, "l": 4}
EVENT = "|".join(sorted((word for word in DATED if word.isalpha()), key=len, reverse=True)) + "|check[- ]?in|check[- ]?out"
OWN = rf"(?:(?:calendar|fiscal|{EVENT}) (?:date )?)?"
EACH_OF = (
    r"(?<!ordered )(?<!sorted )(?<!order )(?<!sort )(?:by|per|each|every|for each|for every|and|and by|(?:in |during |on )?(?:which|what))"
)
GRAIN_WORDS: tuple[tuple[Grain, str], ...] = (
    # "Calls per hour" are calls divided by hours, unless the hour is one of the day.
    (
        "hour_of_day",
        r"\b(?:(?:by|per|for each|for every|each|every|over the|across the|(?:in |at |during )?(?:which|what)) (?:the )?(?:hours?|times?) of (?:the )?day|(?:by|(?:in |at |during )?(?:which|what)) (?:the )?hour(?! of)|(?:hour|time) of (?:the )?day|hour by hour)\b",
    ),
    (
        "day",
        rf"\b(?:daily|day by day|(?:{EACH_OF} {OWN}day|(?:by|per|each|every|for each|for every|and|and by) (?:calendar )?date)(?! of (?:the )?week))\b",
    ),
    ("week", rf"\b(?:weekly|week by week|week over week|wow|{EACH_OF} {OWN}weeks?)\b"),
    ("month", rf"\b(?:monthly|month by month|month over month|month-over-month|mom|{EACH_OF} {OWN}months?|over time)\b"),
    ("quarter", rf"\b(?:quarterly|quarter by quarter|quarter over quarter|quarter-over-quarter|qoq|{EACH_OF} {OWN}quarters?)\b"),
    ("year", rf"\b(?:yearly|annual(?:ly)?|year by year|year over year|year-over-year|yoy|{EACH_OF} {OWN}years?)\b"),
)
GRAINS: tuple[tuple[Grain, re.Pattern[str]], ...] = tuple((grain, re.compile(pattern, re.IGNORECASE)) for grain, pattern in GRAIN_WORDS)


@dataclass(frozen=True)
class Period:
    """Days from ``start`` up to but not including ``end``, None for open; ``span`` is where the words stand, in characters."""

    start: date | None
    end: date | None
    span: tuple[int, int]
    relative: bool = False

    def text(self) -> str:
        """The period in words, for an assumption."""
        if self.start and self.end:
            return f"{self.start.isoformat()} to {(self.end - timedelta(days=1)).isoformat()}"
        return f"from {self.start.isoformat()} on" if self.start else f"before {self.end.isoformat()}" if self.end else "any time"


def find(text: str, today: date, *, apart: bool = False) -> list[Period]:
    """The periods that ``text`` names, in order; relative ones count from ``today``. ``apart`` where two are set against each other, and are no range."""
    told = list(RELATED.finditer(text))
    found = _named(RELATED.sub(lambda match: "\0" * len(match.group()), text), today, apart=apart) if told else []
    if not any(p.span[1] <= match.start() for match in told for p in found):
        return _named(text, today, apart=apart)
    for match in told:
        before = [p for p in found if p.span[1] <= match.start()]
        other = _related(match, before[-1], today) if before else None
        found += [other] if other is not None else []
    return sorted(found, key=lambda p: p.span)


def _related(match: re.Match[str], before: Period, today: date) -> Period | None:
    """The period that is told by the one named before it: the quarter before it, the same month last year, the same months of 2024.

    The same period as one that is not over yet goes as far as that has come.
    """
    begun, over = before.start, before.end
    if begun is None or over is None:
        return None
    if before.relative and "same" in match.group().lower() and begun <= today < over:
        over = today + timedelta(days=1)
    unit = next((g.lower() for g in match.groups()[2:] if g), "")
    if unit and (over - begun).days > LONGER * DAYS[unit]:
        return None  # the quarter before, after a year: each is told with the one before it
    count = int(match["year"]) - begun.year if match["year"] else -1
    start, end = (_moved(day, unit or "year", count) for day in (begun, over))
    return Period(start, end, match.span(), before.relative)


def _moved(day: date, unit: str, count: int) -> date:
    """A day so many units on; the last of a shorter month where it has no such day."""
    if unit in ("day", "week"):
        return shifted(day, unit, count)
    first = shifted(day.replace(day=1), unit, count)
    return min(first + timedelta(days=day.day - 1), shifted(first, "month", 1))


def _named(text: str, today: date, *, apart: bool) -> list[Period]:
    """The periods that are told by themselves."""
    found: list[Period] = []
    for name, rule in RULES:
        if apart and name in ("between", "range", "upto", "since", "before", "after"):
            continue
        for match in rule.finditer(text):
            if any(match.start() < p.span[1] and p.span[0] < match.end() for p in found):
                continue
            period = _period(name, match, today)
            if period is not None:
                found.append(period)
    return sorted(found, key=lambda p: p.span)


def grain(text: str) -> tuple[Grain, tuple[int, int]] | None:
    """The period that ``text`` asks its result by, and where it says so."""
    for name, pattern in GRAINS:
        if match := pattern.search(text):
            return name, match.span()
    return None


def _period(name: str, match: re.Match[str], today: date) -> Period | None:
    groups = [group for group in match.groups() if group]
    try:
        start, end, relative = _range(name, [g.lower() for g in groups], today)
    except ValueError:
        return None
    return Period(start, end, match.span(), relative)


def _range(name: str, groups: list[str], today: date) -> tuple[date | None, date | None, bool]:  # noqa: C901, PLR0911, PLR0912  # one return a kind of period is the clearest table
    if name == "month":
        return _month_of(groups, today)
    if name in ("range", "parts"):
        year = re.findall(YEAR, groups[1])[-1]
        return moment(f"{groups[0]} {year}")[0], moment(groups[1])[1], False
    if name == "first_n":
        unit, count, year = groups[2], SMALL.get(groups[1]) or int(groups[1]), date(int(groups[3]), 1, 1)
        end = date(year.year + 1, 1, 1)
        return (year, shifted(year, unit, count), False) if groups[0] == "first" else (shifted(end, unit, -count), end, False)
    if name in ("between", "at"):
        first, last = sorted((moment(groups[0]), moment(groups[-1])))
        return first[0], last[1], False
    if name == "part":
        return (*moment(f"{groups[0]} {groups[1]}"), False)
    if name == "since":
        return moment(groups[0])[0], None, False
    if name == "after":
        return moment(groups[0])[1], None, False
    if name == "before":
        return None, moment(groups[0])[0], False
    if name == "upto":
        return None, moment(groups[0])[1], False
    if name == "day":
        day = today if groups[0] == "today" else today - timedelta(days=1)
        return day, day + timedelta(days=1), True
    if name == "to_date":
        unit = {"y": "year", "q": "quarter", "m": "month"}[groups[0][0]]
        return start_of(today, unit), today + timedelta(days=1), True
    if name == "last_n":
        count, unit = SMALL.get(groups[0]) or int(groups[0]), groups[1]
        if unit in ("day", "week"):
            return today - timedelta(days=count * (7 if unit == "week" else 1)), today, True
        this = start_of(today, unit)
        return shifted(this, unit, -count), this, True
    this = start_of(today, groups[0])
    return (shifted(this, groups[0], -1), this, True) if name == "last" else (this, shifted(this, groups[0], 1), True)


def _month_of(groups: list[str], today: date) -> tuple[date, date | None, bool]:
    """The month of that name that began last, or that of the year that is told."""
    month = next(i for i, name in enumerate(MONTHS, 1) if name.startswith(groups[1][:3]))
    first = date(today.year, month, 1)
    if len(groups) > 2:  # a year is told
        first = first.replace(year=today.year - ("last" in groups[2]))
    elif first > today:
        first = first.replace(year=today.year - 1)
    return first, None if groups[0] == "since" else shifted(first, "month", 1), True


def moment(text: str) -> tuple[date, date]:  # noqa: PLR0911  # one return a form is the clearest table
    """The first day and the day after the last of a date, month, quarter, half or year in words; raises ValueError for an impossible one."""
    text = text.lower().replace(",", "").replace(".", "")
    year = int(re.findall(YEAR, text)[-1 if not re.match(r"\d{4}-", text) else 0])
    if iso := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text):
        day = date(*map(int, iso.groups()))
        return day, day + timedelta(days=1)
    if part := re.fullmatch(r"\d{4}-(\d\d)", text):
        first = date(year, int(part[1]), 1)
        return first, shifted(first, "month", 1)
    if quarter := re.search(r"q([1-4])", text) or re.search(r"\b(\w)\w* quarter", text):
        first = date(year, 3 * ORDINALS[quarter[1]] - 2, 1)
        return first, shifted(first, "quarter", 1)
    if half := re.search(r"\bh([12])", text) or re.search(r"\b(\w)\w* half", text):
        first = date(year, 6 * ORDINALS[half[1]] - 5, 1)
        return first, shifted(first, "month", 6)
    if named := re.search(MONTH, text):
        month = next(i for i, name in enumerate(MONTHS, 1) if name.startswith(named[0][:3]))
        if day := re.search(r"\b(\d{1,2})(?:st|nd|rd|th)?\b", text):
            exact = date(year, month, int(day[1]))
            return exact, exact + timedelta(days=1)
        return date(year, month, 1), shifted(date(year, month, 1), "month", 1)
    return date(year, 1, 1), date(year + 1, 1, 1)


def start_of(day: date, unit: str) -> date:
    """The first day of the day's week (Monday), month, quarter or year."""
    if unit == "day":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    month = {"year": 1, "quarter": 3 * ((day.month - 1) // 3) + 1, "month": day.month}[unit]
    return date(day.year, month, 1)


def shifted(day: date, unit: str, count: int) -> date:
    """A period's first day, ``count`` periods on."""
    if unit in ("day", "week"):
        return day + timedelta(days=count * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 + count * {"month": 1, "quarter": 3, "year": 12}[unit]
    return date(months // 12, months % 12 + 1, 1)

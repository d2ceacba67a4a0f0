"""A question brought to plain writing: slips of the keyboard, numbers in words, currencies after amounts."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from aiser_jupyter.ask.question import STOP, read
from aiser_jupyter.ask.vocabulary import countries
from aiser_jupyter.ask.vocabulary.lexicon import CUES, DEMONYMS, learned
from aiser_jupyter.ask.vocabulary.thesaurus import NAMES, SYNONYM_GROUPS, THINGS
from aiser_jupyter.ask.vocabulary.verbs import DATED, DONE
from aiser_jupyter.ask.wording import chatter, paraphrases, wording
from aiser_jupyter.ask.words import bag, kin, near, split, stem
from aiser_jupyter.catalog.together import apart

if TYPE_CHECKING:
    from collections.abc import Container

    from aiser_jupyter.ask.schema import Schema

UNITS = {
    word: n
    for n, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
TENS = {word: 10 * n for n, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2)}
POWERS = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000, "bn": 1_000_000_000, "mn": 1_000_000}
NUMERAL = "|".join((*UNITS, *TENS, *POWERS))
SPELLED = re.compile(rf"\b(?:\d[\d,]*(?:\.\d+)? )?(?:{NUMERAL})(?:(?: |-| and )(?:{NUMERAL}))*\b", re.IGNORECASE)
DOZEN = re.compile(r"\b(?:a|one) (dozen|couple of|hundred|thousand|million)\b", re.IGNORECASE)
MONEY = re.compile(r"(?<=\d)(k|m)? ?(?:dollars?|usd|euros?|eur|pounds?|gbp|bucks|[€£])(?![\w])", re.IGNORECASE)
SIGN = re.compile(r"[€£](?=\d)")
PRICED = re.compile(rf"\b({'|'.join((*UNITS, *TENS))}) (dollars?|euros?|pounds?|bucks)\b", re.IGNORECASE)
# What business says in one word, and in others.
PLAIN = (
    (re.compile(r"\bheadcount\b", re.IGNORECASE), "number of employees"),
    (re.compile(r"(?<![\d.])(?<!\d )(?<!in )(?<!as )% (?=(?:of|from)\b)"), "percentage "),
    (re.compile(r"\baov\b", re.IGNORECASE), "average order value"),
    (
        re.compile(
            r"\b(?:average|avg|mean) (?:basket|ticket|cart)(?: (?:size|value))?\b(?! (?:price|revenue|sale|sales|cost|fee|quantity|time|count)s?\b)",
            re.IGNORECASE,
        ),
        "average order value",
    ),
)
SHOWN = r"(?:the|their|its|his|both|each|only|a|and|or|with|for|of|,|names?|titles?|totals?|amounts?|counts?|numbers?|revenue|sales|figures?|values?|results?|customers?|products?)"
ASKED = (
    # That both ends of a period count is how periods are read anyway.
    (
        re.compile(
            r",? \(?(?:both )?inclusive(?: of (?:the )?[\w ]+?)?\)?(?=[.?!,]|\s*$| and\b| for\b| by\b)|,? both (?:days |dates |ends )?included\b",
            re.IGNORECASE,
        ),
        "",
    ),
    (re.compile(r"\b(?:combinations?|pairs?) of (?=[\w ]+? and \w)", re.IGNORECASE), ""),
    # What an instruction adds to its question: the columns and the order that an answer has anyway.
    (
        re.compile(
            rf"[.;!] (?:please )?(?:show|return|display|include|list|give|output|report)(?: me| us)?(?:,? {SHOWN})+,?(?=[.;!]|\s*$)",
            re.IGNORECASE,
        ),
        "",
    ),
    (
        re.compile(
            r"[.;!] (?:please )?(?:sort|order|rank) (?:(?:it|them|the results?|results?) )?(?:by [\w ]+ )?(?:in )?(descending|ascending)(?: order)?(?=[.;!]|\s*$)",
            re.IGNORECASE,
        ),
        r" \1",
    ),
    (
        re.compile(
            r"^\W*(?:please )?(?:return|output|retrieve|compute|calculate|determine|identify|select|provide|fetch|report)(?: me| us)? (?=\w+ )",
            re.IGNORECASE,
        ),
        "show ",
    ),
    (
        re.compile(r"\bby (?:number of )?(\w{3,}?)s\b(.*?),? (?:with|and) (?:the|their) \1 counts?(?=[?.]?\s*$)", re.IGNORECASE),
        r"by number of \1s\2",
    ),
    (re.compile(r",? and how many(?: (?:is|are|was|were) (?:it|that|there|they|those))?(?=[?.]?\s*$)", re.IGNORECASE), ""),
    (re.compile(r"^(.*\S) ?(?:-|–|—|,|:) how many\??\s*$", re.IGNORECASE), r"How many \1"),
    (re.compile(r"(?<!at least )(?<!at most )\b(\d+) (\w{3,}) or more\b", re.IGNORECASE), r"at least \1 \2"),
    (re.compile(r"(?<!at least )(?<!at most )\b(\d+) (\w{3,}) or (?:fewer|less)\b", re.IGNORECASE), r"at most \1 \2"),
    (
        re.compile(r"[,(] ?(?:the )?([^,()]+?) (?:is |are )?(?:excluded|left out|not included)(?=[?.)]*\s*$)\)?", re.IGNORECASE),
        r" excluding \1",
    ),
    (re.compile(r"\b(?:in|from|of) our (?:catalog(?:ue)?|database|data|records|books|system)\b", re.IGNORECASE), ""),
)
ASIDE = re.compile(r"[,;] ?(?:that is|i\.e\.|meaning|in other words|namely),? [^,?]*(?=[?.]?\s*$)", re.IGNORECASE)
JOINED = re.compile(r"\b(best|top|worst|most|highest|lowest|late|non|out of|above|below)-(?=[a-z])", re.IGNORECASE)
CALENDAR = """january february march april june july august september october november december monday tuesday wednesday thursday friday saturday sunday
    spring summer autumn winter"""  # no slip for a name: March is no Marco
WORD = re.compile(r"[^\W\d_]{4,}")
LETTERS = re.compile(r"(?<![\\\w])[a-z]{4,}(?![\w?])")
# A word for one end of a scale is only taken for what is written with one slip: two of them lead to the other end, or to another scale.
ENDS_OF_SCALES = bag(
    "highest lowest longest shortest largest smallest biggest oldest newest youngest cheapest dearest priciest heaviest lightest fastest slowest"
    " latest earliest most least fewest best worst maximum minimum richest poorest busiest quietest strongest weakest"
)
FIRST, MOST = 0xE000, 100  # signs of Unicode's private use, which say nothing in a question
ASIDES = re.compile(f"[{chr(FIRST)}-{chr(FIRST + MOST - 1)}]")
QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|(?<!\w)'[^']*'(?!\w)")
SAID = """average total revenue sales number count monthly yearly quarterly weekly daily highest lowest median percent percentage share growth customers orders
    products sold most least compare between without never before after since during month quarter year week invoice invoices price quantity units amount value profit
    income turnover running cumulative standard deviation percentile country category region city"""
COMMON = ["operation", "service", "portion", "chunk", "slice", "catalogue", "about", "above", "across", "after", "again", "ago", "all", "also", "always", "among", "amount", "another", "anyone", "anything", "around", "available", "based", "because", "become", "been", "before", "behind", "being", "below", "best", "better", "between", "bottom", "bought", "brought", "came", "change", "come", "compared", "could", "count", "current", "currently", "daily", "date", "dates", "day", "days", "different", "does", "doing", "done", "down", "during", "earliest", "earn", "earned", "either", "else", "enough", "ever", "every", "everyone", "everything", "except", "exactly", "excluding", "fewer", "find", "first", "following", "from", "gave", "gets", "give", "gives", "given", "goes", "going", "gone", "good", "great", "group", "have", "having", "high", "higher", "highest", "hold", "holds", "hour", "hours", "just", "keep", "kept", "kind", "known", "large", "larger", "largest", "last", "late", "later", "latest", "least", "less", "like", "line", "lines", "list", "live", "lived", "lives", "long", "longer", "longest", "look", "looks", "lots", "made", "main", "make", "makes", "many", "maximum", "mean", "means", "median", "minimum", "minute", "minutes", "money", "month", "monthly", "months", "more", "most", "much", "name", "named", "names", "near", "need", "never", "next", "nobody", "none", "number", "only", "open", "opened", "order", "ordered", "other", "others", "over", "paid", "part", "past", "people", "person", "place", "placed", "places", "plus", "previous", "previously", "price", "range", "rank", "rate", "rates", "ratio", "received", "recent", "recently", "records", "report", "reports", "rows", "said", "same", "second", "seconds", "sell", "sells", "separately", "share", "should", "show", "shows", "since", "single", "size", "small", "smaller", "smallest", "sold", "some", "someone", "something", "sort", "start", "started", "starts", "such", "take", "taken", "takes", "than", "that", "their", "them", "then", "there", "these", "they", "thing", "things", "this", "those", "three", "through", "time", "times", "today", "together", "took", "total", "trend", "twice", "type", "types", "under", "unique", "until", "used", "using", "value", "values", "version", "very", "want", "week", "weekday", "weekdays", "weekend", "weekends", "weekly", "weeks", "were", "what", "when", "where", "whether", "which", "while", "whole", "whom", "whose", "will", "with", "within", "without", "work", "worked", "worst", "would", "year", "yearly", "years", "yesterday", "your", "ones", "terms", "bill", "bills", "split", "volume", "breakdown", "again", "mostly", "entire", "music", "tell", "happen", "happened", "mention", "mentions", "appear", "appears", "average", "averages", "customers", "customer", "website", "websites", "visitors", "visitor", "salary", "salaries", "margin", "gross", "net", "marketing", "spend", "session", "sessions", "channel", "channels", "satisfaction", "score", "scores", "rating", "stream", "streams", "ticket", "tickets", "concert", "concerts", "complaint", "complaints", "claims", "claim", "warranty", "delivery", "weather", "pricing", "fair", "employees", "employee", "income", "calls", "desk", "help", "switch", "usage", "data", "gigabytes", "design", "prettiest", "warehouse", "warehouses", "stock", "level", "levels", "develop", "shipping", "cost", "costs", "profit", "refund", "refunds", "discontinue", "forecast", "drop"]  # fmt: skip


def normalise(text: str, schema: Schema, known: Container[str] = ()) -> str:
    """``text`` with slips corrected to words of the schema, its values or the language of questions; quoted text and ``known`` stems stay."""
    text, said = _set_aside(JOINED.sub(lambda match: f"{match[1]} ", ASIDES.sub(" ", text)), schema)
    text = SIGN.sub("", ASIDE.sub("", chatter.unwrapped(text, schema)))
    text = mended(text, schema, known)
    for phrase, plain in (*ASKED, *PLAIN):
        text = phrase.sub(plain, text)
    text = wording.plainly(paraphrases.canonical(text, schema), schema)
    text = SPELLED.sub(_number, DOZEN.sub(_dozen, text))
    text = PRICED.sub(lambda match: f"{UNITS.get(match[1].lower(), TENS.get(match[1].lower(), 0))} {match[2]}", text)
    text = MONEY.sub(lambda match: match[1] or "", text)
    return ASIDES.sub(lambda match: said[ord(match.group()) - FIRST], text)


def mended(text: str, schema: Schema, known: Container[str] = ()) -> str:
    """``text`` with slips of the keyboard corrected, and nothing else; quoted text and ``known`` stems stay."""
    kept = [match.span() for match in QUOTED.finditer(text)]

    def corrected(match: re.Match[str]) -> str:
        if any(a <= match.start() < b for a, b in kept):
            return match.group()
        if stem(match.group()) in known:
            return match.group()
        return _corrected(match.group(), schema, first=match.start() == 0)

    return WORD.sub(corrected, text)


def _set_aside(text: str, schema: Schema) -> tuple[str, list[str]]:
    """``text`` with a sign for each name that the semantic model gives, and those names: they stand as they are written."""
    if schema.definitions is None:
        return text, []
    question, said = read(text), []
    for one in schema.definitions.said(question).found[:MOST][::-1]:
        start, end = question.tokens[one.start].start, question.tokens[one.end - 1].end
        said.append(text[start:end])
        text = text[:start] + chr(FIRST + len(said) - 1) + text[end:]
    return text, said


def _dozen(match: re.Match[str]) -> str:
    word = match[1].lower()
    return {"dozen": "12", "couple of": "2"}.get(word) or f"1 {word}"


def _number(match: re.Match[str]) -> str:
    """The digits of a number in words; a single small word stays, the tokens know it."""
    said = match.group()
    words = re.split(r"[ -]", said.lower())
    if len(words) == 1 or (not set(words) & set(POWERS) and not (len(words) == 2 and words[0] in TENS and words[1] in UNITS)):
        return said  # "one and four" are two numbers
    whole, part = 0.0, 0.0
    for word in words:
        if word == "and":
            continue
        if word in POWERS:
            part = (part or 1) * POWERS[word]
            if POWERS[word] > 100:
                whole, part = whole + part, 0.0
        else:
            part += UNITS.get(word, TENS.get(word, 0)) if word[0].isalpha() else float(word.replace(",", ""))
    value = whole + part
    return f"{value:.0f}" if value.is_integer() else f"{value:g}"


@cache
def known() -> frozenset[str]:
    """The words, and their stems, of the language of questions."""
    said = " ".join((*SYNONYM_GROUPS, *NAMES, *THINGS, *CUES.values(), *DEMONYMS, SAID)).replace("_", " ").split()
    said += CALENDAR.split()
    said += [word for pattern in (*paraphrases.patterns(), *wording.patterns()) for word in LETTERS.findall(pattern.pattern)]
    return countries.words() | frozenset((*learned(), *(stem(w) for w in (*said, *COMMON)), *said, *COMMON, *STOP))


@cache
def said_of_events() -> frozenset[str]:
    """Verbs of business and words of questions that a slip may spoil: sellng, asigned."""
    return frozenset(w for w in (*DATED, *DONE, *COMMON, "assigned", "selling", "placed", "ordered", "running", "cumulative") if len(w) > 5)


def _corrected(word: str, schema: Schema, *, first: bool) -> str:
    lower = word.lower()
    root = stem(lower)
    parts = apart(lower)
    if len(parts) > 1 and root not in schema.vocabulary and {stem(part) for part in parts} <= schema.vocabulary:
        return " ".join(parts)  # workorders where the data has work orders
    if (
        lower in known()
        or root in known()
        or root in schema.vocabulary
        or (schema.definitions is not None and root in schema.definitions.vocabulary)
        or root in schema.spoken
        or any(kin(root, w) for w in schema.vocabulary if len(w) > 3)
    ):
        return word
    named = [w for w in schema.spelled if _slip(lower, w)]
    if word[0].isupper() and not first:
        named = [w for w in named if w in schema.places] or [w for w in schema.places if _slip(lower, w)]
    named = (
        named
        or [w for w in said_of_events() | ENDS_OF_SCALES if w[0] == lower[0] and near(lower, w)]
        or [w for w in schema.akin if _slip(lower, w)]
        or [w for w in SAID.split() if w not in ENDS_OF_SCALES and _slip(lower, w)]
        or [w for w in schema.places if _slip(lower, w)]
    )
    if len({stem(w) for w in named}) > 1:
        named = [w for w in named if near(lower, w)]  # one slip before two: percentge is no percent
    if len({stem(w) for w in named}) != 1:
        return word
    best = min(named, key=lambda w: (w.endswith("s") != lower.endswith("s"), abs(len(w) - len(lower)), w))
    return best.capitalize() if word[0].isupper() else best


def _slip(left: str, right: str) -> bool:
    """Whether ``left`` is ``right`` with one slip, or with two in a long word; short words only with letters swapped or left out."""
    if left[0] != right[0] or abs(len(left) - len(right)) > 2:
        return False
    if len(left) < 5:
        return len(right) > 3 and (sorted(left) == sorted(right) or (len(right) == len(left) + 1 and near(left, right)))
    if near(left, right) or near(left, right + "s") or near(left, right.removesuffix("s")):
        return True
    if len(left) == len(right) > 6 and sorted(left) == sorted(right) and sum(a != b for a, b in zip(left, right, strict=True)) == 2:
        return True  # two letters in each other's place: costumers
    return len(left) > 6 and any(near(left[:i] + left[i + 1 :], right) for i in range(1, len(left)))


def akin_to(schema: Schema) -> frozenset[str]:
    """The words that stand for one of the schema's by the thesaurus, in the singular and plural: mileage where there is an odometer."""
    found = set()
    for group in (*SYNONYM_GROUPS, *NAMES, *THINGS):
        words = group.replace("_", " ").split()
        if any(stem(word) in schema.vocabulary for word in words):
            found |= {form for word in words if len(word) > 4 for form in (word, f"{word}s")}
    return frozenset(found)


def words_of(schema: Schema) -> frozenset[str]:
    """The words of the schema's names, as they are written and in the plural."""
    names = {word for view in schema.columns for word in split(view.name)} | {word for view in schema.tables for word in split(view.name)}
    return frozenset(
        w for w in names | {f"{w[:-1]}ies" if w.endswith("y") else f"{w}s" for w in names if not w.endswith("s")} if len(w) > 3
    )

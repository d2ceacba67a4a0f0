"""Phrases that say how a figure is told, and not what it is: in units, since we started, growth from one year to the next, the boss of somebody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask import measures
from aiser_jupyter.ask.persons import BUYERS
from aiser_jupyter.ask.words import split, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import Schema

PERIOD = r"(?:(?:q[1-4]|h[12]|jan\w*|feb\w*|mar\w*|apr\w*|may|jun\w*|jul\w*|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*|(?:this|last|the (?:first|second|third|fourth|last)) (?:\w+))(?: (?:of )?(?:19|20)\d\d)?|(?:19|20)\d\d)"
TAIL = r"(?P<tail>,? (?:(?:broken down |split )?(?:by|per)|(?:for|in|of) (?:each|every)) [\w ]+?)?"
# Growth without a word of its unit is told in percent, of the earlier period.
GROWTH = re.compile(
    rf"^\W*(?:(?:what (?:is|was)|show(?: me)?) )?(?:the |our )?(?P<what>(?:(?!\b(?:by|per|average|running|cumulative)\b)[\w ])+?) growth(?: rate)?(?P<early> (?:by|per) [\w ]+?)?,? (?:from |between |in )?"
    rf"(?:(?P<new>{PERIOD}),? (?:over|vs\.?|versus|against|compared (?:to|with)|on) (?P<base>{PERIOD})|(?P<old>{PERIOD}) (?:to|and) (?P<then>{PERIOD})){TAIL}\W*$",
    re.IGNORECASE,
)
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
RANKED = re.compile(
    r"\b(?:top|best|worst|bottom|biggest|largest|highest|lowest|smallest|strongest|weakest|most|least|leading)\b", re.IGNORECASE
)
IN_UNITS = re.compile(
    r",? \b(?:in|by number of) (?:units|pieces|quantity|quantities|volume)(?= (?:in|for|by|per|during|since|last|this)\b|\W*$)",
    re.IGNORECASE,
)
IN_VALUE = re.compile(
    r",? \bin (?:revenue|turnover|value|money|sales value)(?= (?:in|for|by|per|during|since|last|this)\b|\W*$)", re.IGNORECASE
)
SELLING = re.compile(r"\b(?P<way>best|worst|top|bottom)[ -]selling (?=[\w ]+? by (?:units|revenue)\b)", re.IGNORECASE)
IN_MONEY = re.compile(r",? \bin (?:(?:us )?dollars?|euros?|pounds?|usd|eur|gbp|\$|€|£)(?=\W*$)", re.IGNORECASE)
# Said of any data: all of the time, nothing at all, and rows by what they are called.
ALWAYS = (
    (re.compile(r"\b(more|less|fewer|higher|lower|greater|larger|smaller|older|younger|longer|shorter) then (?=\d|the |an? |average|one |two |three |five |ten )", re.IGNORECASE), r"\1 than "),
    (re.compile(r",? \b(?:ever )?since (?:we|the company|the business|the firm) (?:started|began|opened|were founded|was founded|exist(?:s|ed)?)\b|,? \b(?:since|from) (?:the (?:very )?(?:beginning|start|outset)|day one)\b(?! of)", re.IGNORECASE), ""),
    (re.compile(r"\b(never|not|n't) ((?:\w+ )?\w+) a (?:single )?thing(?=\s*[?.,]|\s*$)", re.IGNORECASE), r"\1 \2 anything"),
    (re.compile(r"\bhow many (?P<unit>days|hours|minutes) (?:pass|passed|go by|went by|elapse|elapsed|lie|lay)(?: on average)? between\b", re.IGNORECASE), r"how many \g<unit> between"),
    (re.compile(r"\b(?P<how>average|mean|median) (?:number of )?(?P<what>[\w ]+?) per (?:\w+ )?(?:record|row|entry)\b", re.IGNORECASE), r"\g<how> \g<what>"),
    (re.compile(r"^\W*(?i:who)(?: is|'s|’s) (?P<who>[A-Z][\w.-]+(?: [A-Z][\w.-]+)*)['’]s? (?:boss|manager|supervisor|superior|line manager|team lead)\W*$"), r"who does \g<who> report to"),
    (re.compile(r"^\W*(?i:who)(?: is|'s|’s) (?:the )?(?:boss|supervisor|superior|line manager) of (?P<who>[A-Z][\w.-]+(?: [A-Z][\w.-]+)*)\W*$"), r"who does \g<who> report to"),
    (re.compile(r"^\W*(?i:who)(?: is|'s|’s) (?P<who>[A-Z][\w.-]+(?: [A-Z][\w.-]+)*) (?:managed|supervised) by\W*$"), r"who does \g<who> report to"),
)  # fmt: skip
EMPTY = re.compile(
    r"^(?P<open>\W*(?:which|what|list(?: the)?|show(?: me)?(?: the)?|how many|are there)(?: of (?:the|our))?) (?:(?P<noun>[a-z]+(?: [a-z]+)?) (?:are|is|were) (?:still |currently |completely )?empty|(?:any |all )?empty (?P<other>[a-z]+))\W*$",
    re.IGNORECASE,
)
MAIL = re.compile(r"\b(?P<mail>e-?mail) addresse?s?\b", re.IGNORECASE)
STRONG = re.compile(
    r"^(?P<open>\W*(?:(?:which|what)(?: is| are| was| were)? |show (?:me )?)?(?:the |our )?)(?P<way>strongest|weakest|poorest)(?= (?:\w+ ){1,6}by \w)",
    re.IGNORECASE,
)


def plainly(text: str, schema: Schema) -> str:
    """``text`` with phrases of this kind in the words that the grammar reads, as far as the data has what they need."""
    text = _grown(text)
    if measures.units(schema) is not None and RANKED.search(text):
        text = IN_UNITS.sub(" by units", text)
    if measures.revenue(schema) is not None and RANKED.search(text):
        text = IN_VALUE.sub(" by revenue", text)
    text = SELLING.sub(r"\g<way> ", text)
    if stem("currency") not in schema.vocabulary:
        text = IN_MONEY.sub("", text)
    for phrase, plain in ALWAYS:
        text = phrase.sub(plain, text)
    text = STRONG.sub(lambda match: f"{match['open']}{'top' if match['way'].lower() == 'strongest' else 'bottom'}", text)
    if any(view.stems == (stem("email"),) for view in schema.columns):
        text = MAIL.sub(r"\g<mail>", text)
    return EMPTY.sub(lambda match: _empty(match, schema), text)


def _grown(text: str) -> str:
    said = GROWTH.match(text)
    if said is None or (said["early"] and said["tail"]):
        return text
    old, new = (said["base"], said["new"]) if said["base"] else (said["old"], said["then"])
    if not YEAR.search(old) and (year := YEAR.search(new)) and not old.lower().startswith(("this", "last")):
        old = f"{old} {year.group()}"
    if not YEAR.search(new) and (year := YEAR.search(old)) and not new.lower().startswith(("this", "last")):
        new = f"{new} {year.group()}"
    return f"by how many percent did {said['what']} change from {old} to {new}{said['early'] or said['tail'] or ''}"


def _empty(match: re.Match[str], schema: Schema) -> str:
    """Things that hold others, and none: empty playlists are those without tracks."""
    noun = (match["noun"] or match["other"]).lower()
    table = next((t for t in schema.tables if t.stems == tuple(map(stem, noun.split()))), None)
    if table is None or stem("empty") in schema.vocabulary or len(table.display) > 1 or noun.rstrip("s") in BUYERS:
        return match.group()
    held = {key.table for key in schema.catalog.keys if key.ref_table == table.name and key.table != table.name}
    if len(held) != 1:
        return match.group()
    inside = held.pop()
    ends = {key.ref_table for key in schema.catalog.keys if key.table == inside} - {table.name}
    pair = len(ends) == 1 and len(schema.table(inside).columns) <= 3  # only links the two
    name = " ".join(split(ends.pop() if pair else inside))
    opening = match["open"]
    return f"{opening} {noun} {'have' if opening.lower().strip().startswith('how') else 'without'} {'no ' if opening.lower().strip().startswith('how') else ''}{name if name.endswith('s') else name + 's'}"

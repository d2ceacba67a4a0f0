"""Phrases that say how a figure is told, and not what it is: in units, since we started, growth from one year to the next, the boss of somebody."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.plan import Formula
from aiser_jupyter.ask.wording.persons import BUYERS
from aiser_jupyter.ask.words import kin, split, stem

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
    (re.compile(r"\b(?P<how>average|mean|median) (?P<what>(?:basket|order|invoice|bill|ticket|cart|receipt) (?:value|total|size|amount|worth)) (?:per|of an?|of each) (?:basket|order|invoice|bill|receipt|transaction|purchase)\b", re.IGNORECASE), r"\g<how> \g<what>"),
    (re.compile(r"\bhead[ -]counts?\b", re.IGNORECASE), "headcount"),
    (re.compile(r"\b(?P<first>number of (?:invoices|orders|bills|bookings|visits)(?:,| and) )(?:buying|purchasing|ordering|active) (?=customers?\b|clients?\b)", re.IGNORECASE), r"\g<first>"),
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

HOLDERS = frozenset(
    map(
        stem,
        (
            "playlist",
            "list",
            "folder",
            "basket",
            "cart",
            "box",
            "category",
            "shelf",
            "group",
            "team",
            "department",
            "album",
            "project",
            "collection",
            "section",
            "warehouse",
        ),
    )
)
SHARED_HEAD = re.compile(r"\b(?P<one>[A-Za-z]+) (?P<and>and|or) (?P<other>[A-Za-z]+) (?P<head>[A-Za-z]+)\b", re.IGNORECASE)
NEGATIVE = re.compile(
    r"\b(?:with|having) (?:an? )?(?P<sign>negative|positive|zero) (?P<what>[a-z]+(?: [a-z]+)?)(?=\W*$| in | by | per )", re.IGNORECASE
)
LINES = re.compile(r"(?<=\bany )(?:rows|lines|records|entries)\b", re.IGNORECASE)
# What a price does not hold, and so need not be taken off: freight, where revenue is worked out from the lines.
APART = re.compile(
    r"[,;]? ?\(?\b(?:(?:excluding|excl\.?|without|not including|before|net of|exclusive of) (?:any |the )?(?P<what>freight|shipping|postage|delivery|taxe?s?|vat)(?: costs?| charges?| fees?)?|(?P<left>freight|shipping|postage|delivery|taxe?s?|vat)(?: costs?| charges?| fees?)? (?:not included|excluded|left out|aside|not counted))\b\)?",
    re.IGNORECASE,
)
VALUED = re.compile(r"\b(?:revenue|sales|turnover|value|worth|total)\b", re.IGNORECASE)
STILL = re.compile(
    r"\b(?P<what>products?|items?|articles?|goods) (?:that (?:are|is) |which (?:are|is) )?(?:still|currently) (?:on sale|for sale|sold|offered|available|in the range|in the catalog(?:ue)?)\b",
    re.IGNORECASE,
)
REORDER = re.compile(
    r"\b(?:(?:that |which )?(?:are|is|were|was|(?:have|has) (?:fallen|dropped|gone|sunk)) )?(?<!\bat or )(?:below|under) (?:the |their |its )?(?P<level>reorder (?:level|point)s?)\b",
    re.IGNORECASE,
)
APPEAR = re.compile(r"\b(?:appear(?:s|ed)?|occur(?:s|red)?|turn(?:s|ed)? up|show(?:s|ed)? up) (?=(?:in|during|only in) )", re.IGNORECASE)


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
    text = SHARED_HEAD.sub(lambda match: _shared(match, schema), text)
    text = NEGATIVE.sub(lambda match: _signed(match, schema), text)
    if len(schema.tables) == 1 and not {stem("row"), stem("line"), stem("record")} & schema.vocabulary:
        text = LINES.sub(f"{' '.join(split(schema.tables[0].name))}s", text)
    if VALUED.search(text):
        text = APART.sub(lambda match: _apart(match, schema), text)
    if flag := _over(schema):
        text = STILL.sub(lambda match: f"{match['what']} that are not {flag}", text)
    if not re.search(r"\b(?:stock|units)\b", text, re.IGNORECASE) and {stem("stock"), stem("reorder")} <= schema.vocabulary:
        text = REORDER.sub(r"have stock below their \g<level>", text)
    text = APPEAR.sub("", text)
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
    if not pair and not set(table.stems) & HOLDERS:
        return match.group()  # an empty hotel has rooms, and no guests
    name = " ".join(split(ends.pop() if pair else inside))
    opening = match["open"]
    return f"{opening} {noun} {'have' if opening.lower().strip().startswith('how') else 'without'} {'no ' if opening.lower().strip().startswith('how') else ''}{name if name.endswith('s') else name + 's'}"


def _shared(match: re.Match[str], schema: Schema) -> str:
    """Two columns that share a word which is said once: TV and movie streaming are streaming TV and streaming movies."""
    named = []
    for word in (match["one"], match["other"]):
        said = stem(word.lower()), stem(match["head"].lower())
        found = [v for v in schema.columns if len(v.stems) == 2 and any(all(map(_alike, v.stems, way)) for way in (said, said[::-1]))]
        named += [" ".join(split(view.ref.column)) for view in found]
        if len(found) != 1 or any(view.stems == (stem(match["head"].lower()),) for view in schema.columns):
            return match.group()
    return f"{named[0]} {match['and']} {named[1]}" if named[0] != named[1] else match.group()


def _alike(left: str, right: str) -> bool:
    return left == right or kin(left, right)


def _signed(match: re.Match[str], schema: Schema) -> str:
    """A negative price as a price below 0."""
    words = tuple(map(stem, match["what"].lower().split()))
    if not any(view.numeric and view.stems == words for view in schema.columns) or stem(match["sign"].lower()) in schema.vocabulary:
        return match.group()
    how = {"negative": "below 0", "positive": "above 0", "zero": "equal to 0"}[match["sign"].lower()]
    return f"with {match['what']} {how}"


def _apart(match: re.Match[str], schema: Schema) -> str:
    """Nothing, where what is to be left out is a column that revenue is not worked out from."""
    line, word = measures.line_revenue(schema), stem((match["what"] or match["left"]).lower())
    if line is None or not isinstance(line.expression, Formula):
        return match.group()
    held = (
        {w for ref in line.expression.factors for w in schema.view(ref).stems}
        if all(r in schema.index for r in line.expression.factors)
        else {word}
    )
    return "" if word in schema.vocabulary and word not in held else match.group()


def _over(schema: Schema) -> str:
    """The word of the flag that tells which things are no longer sold; empty where there is none."""
    return next(
        (w for w in ("discontinued", "retired", "archived") if any(v.stems == (stem(w),) and v.distinct == 2 for v in schema.columns)), ""
    )

"""Other ways of asking for the same, brought to the one that the grammar reads: how sales spread over the regions is sales by region."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.vocabulary.verbs import OVER
from aiser_jupyter.ask.wording import bought, each, flagged, kinds, lines, phrases, present, recurring
from aiser_jupyter.ask.wording.persons import BUYERS
from aiser_jupyter.ask.words import split, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import ColumnView, Schema

PERCENT = r"(?:in|as|as a|by)\s+(?:%|percent\b|per cent\b|percentages?\b(?: terms)?|pct\b)"
MOVED = r"(?:grow|grown|rise|risen|increased?|changed?|fall|fallen|drop(?:ped)?|declined?|decreased?|shrink|shrunk|develop(?:ed)?|go up|gone up|go down|gone down|improved?)"
THEN = r"(?:vs\.?|versus|compared (?:to|with)|as against|against|relative to|over)"
PERIOD = r"(?:(?:q[1-4]|h[12]|jan\w*|feb\w*|mar\w*|apr\w*|may|jun\w*|jul\w*|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*|(?:this|last|the (?:first|second|third|fourth|last)) (?:\w+))(?: (?:of )?(?:19|20)\d\d)?|(?:19|20)\d\d)"
YEAR = re.compile(r"\b(?:19|20)\d\d\b")
# By how much something grew, told in percent: from the earlier period to the later.
GREW = re.compile(
    rf"^\W*(?:by )?how (?:much|strongly|fast|far) (?:did|has|have) (?P<what>.+?) {MOVED} (?:(?:in|during|for) )?(?P<rest>.+?),? {PERCENT}\W*$",
    re.IGNORECASE,
)
FROM_TO = re.compile(rf"^(?:from|between) (?P<old>{PERIOD}) (?:to|and) (?P<new>{PERIOD})$", re.IGNORECASE)
BESIDE = re.compile(rf"^(?P<new>{PERIOD}),? {THEN} (?P<old>{PERIOD})$", re.IGNORECASE)
GROWTH = re.compile(
    rf"^\W*(?:what (?:is|was) )?(?:the )?(?P<what>[\w ]+?) (?:growth|change|increase|decrease|difference|development)(?: (?:in|of|for|between|from))?,? (?:(?P<pair>{PERIOD},? {THEN} {PERIOD})|(?P<span>{PERIOD} (?:to|and) {PERIOD})),? (?:{PERCENT}|%)\W*$",
    re.IGNORECASE,
)


def _least_to_most(match: re.Match[str]) -> str:
    """Both ends of a figure, and its middle where that is asked for too."""
    mean = re.sub(r"\W+|\bthe\b", " ", match["mean"] or "").strip().lower().replace("typical", "average")
    return f"minimum, {mean} and maximum" if mean else "minimum and maximum"


# What is said of anything, whatever the data.
ALWAYS = (
    (re.compile(r"\bno\.? of (?=\w+s\b)", re.IGNORECASE), "number of "),
    (re.compile(r"\b(?P<age>(?:\d+ (?:years? )?(?:old )?(?:or|and) (?:older|over|above|younger|under|below))|(?:older|younger) than \d+) (?:as of )?(?:today|now)\b", re.IGNORECASE), r"\g<age>"),
    (re.compile(r"\b(?:earliest|oldest) and (?:the )?(?:latest|most recent|newest)\b", re.IGNORECASE), "first and last"),
    (re.compile(rf"\bwho (?P<did>bought|ordered|purchased|booked|visited|came)(?: (?:something|anything))? in (?P<old>{PERIOD}),? (?:did not|didn't|have not|haven't|never) (?:come back|return|buy|order|purchase|book|visit)(?: again| back| anything)*(?: at all)? in (?P<new>{PERIOD})", re.IGNORECASE), r"\g<did> in \g<old> but not in \g<new>"),
    (re.compile(r"(?P<grown>\b(?:quarterly|monthly|weekly|yearly|annual)\b.*?\bgrowth\b.*?),? (?:compared (?:to|with)|vs\.?|versus|over|against|from) the (?:(?:quarter|month|week|year) before|(?:previous|prior|preceding|last) (?:quarter|month|week|year))\b", re.IGNORECASE), r"\g<grown>"),
    (re.compile(r"^\W*how many (?P<what>(?:(?!\b(?:more|less|fewer|percent|times)\b)[^,?])+?),? (?:in|as a) (?:percent(?:age)?|per cent|%)(?: of (?:all|the total))?\W*$", re.IGNORECASE), r"what percentage of \g<what>"),
    (re.compile(r"^\W*(?:the )?(?P<unit>day|week|month|quarter|year) with (?:the )?(?P<way>most|fewest|least|highest|lowest|largest|smallest|biggest|best) (?P<what>[\w ]+?)(?=\W*$)", re.IGNORECASE), r"which \g<unit> had the \g<way> \g<what>"),
    (re.compile(r"\bcalendar (?=years?\b)", re.IGNORECASE), ""),
    (re.compile(r"\b(?:lowest|smallest|cheapest|min(?:imum)?),? (?:the )?(?P<mean>(?:average|mean|median|typical),? (?:the )?)?and (?:the )?(?:highest|largest|biggest|max(?:imum)?)\b", re.IGNORECASE), _least_to_most),
    (re.compile(r"(?<!both )\b(?P<first>an? [\w'-]+) (?P<noun>[a-z]+) (?:as well as|and also|and) (?P<other>an? [\w'-]+) (?P=noun)\b", re.IGNORECASE), r"both \g<first> \g<noun> and \g<other> \g<noun>"),
    (
        re.compile(
            r"\b(?P<does>(?:who|that|which|have|has|had|how many [a-z]+(?: [a-z]+)?) (?:have |has |had )?(?:bought|purchased|ordered|took|taken|take|takes|own|owns|owned|used|use|uses|attended|rented|booked|visited|watched|played|studied|enrolled in)) (?P<one>(?!both\b)[\w'&-]+(?: [\w'&-]+){0,3}?) as well as\b",
            re.IGNORECASE,
        ),
        r"\g<does> both \g<one> and",
    ),
    (re.compile(r"\bas well as\b", re.IGNORECASE), "and"),
    (
        re.compile(
            r"^\W*which (?P<number>\d+|two|three|four|five|six|seven|eight|nine|ten) (?P<what>[a-z]+) (?:have|had|has|got|show|reached) the (?P<end>highest|biggest|largest|greatest|lowest|smallest) (?P<figure>(?:average|mean|median|total|number of|count of) [\w ]+?)(?: on (?:its|their) [a-z]+)?(?=\W*$)",
            re.IGNORECASE,
        ),
        lambda match: f"{'bottom' if match['end'].lower() in LEAST else 'top'} {match['number']} {match['what']} by {match['figure']}",
    ),
    (re.compile(r"\b(?P<mean>(?:average|avg|mean|median) (?:[a-z]+ )?(?:mark|score|rating|grade)s?) (?:per|for each|of each) (?=[a-z])", re.IGNORECASE), r"\g<mean> by "),
    (re.compile(r"\b(?P<what>(?:mark|score|rating|grade)s?\b.*), (?P<end>worst|best) first(?=\W*$)", re.IGNORECASE), lambda match: f"{match['what']}, {'lowest' if match['end'].lower() == 'worst' else 'highest'} first"),
    (re.compile(r": (?:the )?number and (?:the )?(?:total |outstanding |overall )*(?:amount|value|sum)(?=\W*$)", re.IGNORECASE), ": how many and for how much"),
    (re.compile(r"\b(?P<who>people|persons|employees|staff|members|tenants|students|customers) (?:(?:who|that) )?(?:are |do )?(?:currently|presently) (?=(?:work|working|employed|works|live|living|enrolled|rent|renting)\b)", re.IGNORECASE), r"current \g<who> "),
    (re.compile(r"\bgoing (?=to [A-Z])"), ""),
    (re.compile(r"(?<=[\w)]),? ?\b(?:for|across|over|in)? ?\ball (?:the )?(?:years|months|quarters|weeks|periods)(?: we have)?(?=\W*$)", re.IGNORECASE), ""),
    (re.compile(r"\bin terms of (?:the |their |our |its )?(?:total )?", re.IGNORECASE), "by "),
    (re.compile(r"\bhow (?:large|big|high|great|low|small) (?:is|was|are|were) (?:the |our )?(?=(?:share|percentage|proportion|portion|rate)\b)", re.IGNORECASE), "what is the "),
    (
        re.compile(
            r"\b(?:with|having|that (?:have|has|had)|which (?:have|has|had)|containing) (?:the )?(?:word |term |string |text |phrase )?['\"“‘]?(?P<word>[\w-]+)['\"”’]? (?:somewhere )?in (?:the|its|their) (?P<column>titles?|names?|descriptions?|subjects?|comments?|e-?mails?|addresse?s?|labels?|notes?|text)\b",
            re.IGNORECASE,
        ),
        r"whose \g<column> contains '\g<word>'",
    ),
    (re.compile(r"\b(?P<share>share|percentage|percent|proportion|part|portion|fraction) of (?P<whole>[\w ]+?) (?:is|are|was|were) (?:made|generated|brought in|earned|contributed|produced|achieved) (?:by|in|through|with|from|at|on) ", re.IGNORECASE), r"\g<share> of \g<whole> comes from "),
    (re.compile(r"\bemploy(?:s|ed|ing)? (?P<how>(?:(?:more|less|fewer|at least|at most|over|under) (?:than )?)?\d[\d,]*) (?:people|persons|staff)\b", re.IGNORECASE), r"have \g<how> employees"),
    (re.compile(r"\b(?:for|by) (?:each|every) (?P<who>[\w ]+?),? when (?:was )?(?:their|its|his|her|the) (?P<end>last|latest|most recent|first) (?P<what>[a-z]+)(?: was| took place| happened)?(?=\W*$)", re.IGNORECASE), r"\g<end> \g<what> date for each \g<who>"),
    (re.compile(r"\b(?P<what>orders|tickets|cases|calls|requests|claims) (?:handled|processed|managed|taken care of)\b(?! by)", re.IGNORECASE), r"\g<what>"),
)  # fmt: skip
YEARLY = re.compile(
    r"^\W*(?:what (?:is|was) )?(?:the )?(?:year[- ](?:on|over)[- ]year|yoy|annual) (?P<what>[\w ]+?) growth (?:in |for |of )?(?P<year>(?:19|20)\d\d)(?P<by> (?:by|per) [\w ]+?)?\W*$",
    re.IGNORECASE,
)
SPREAD = re.compile(
    r"\bhow (?:is|are|was|were|do|does|did) (?:the |our |all )?(?P<what>[\w ]+?) (?:spread|distributed|distribute|divided|divide|split(?: up)?|broken down|break down)(?: out| itself| themselves)? (?:over|across|among|between|by) (?:the |our )?(?:different |various |several |individual )?(?P<over>[\w ]+?)(?=\W*$)",
    re.IGNORECASE,
)
SPENDERS = re.compile(
    r"\b(?P<before>(?:top|biggest|best|highest|largest|heaviest) (?:\d+ |two |three |five |ten )?|(?:\d+ )(?:top|biggest|best|highest|largest) )(?P<one>spender|buyer|earner)(?P<many>s?)\b",
    re.IGNORECASE,
)
SPENT = re.compile(
    r"\bby (?:the )?(?:total )?(?:money spent|money they spent|amount (?:of money )?(?:they )?spent|spend(?:ing)?|what they spent|how much they (?:spend|spent|have spent)|money)\b",
    re.IGNORECASE,
)
# Those that are not over yet, of which the data only knows those that are.
ACTIVE = re.compile(r"\b(?:active|current|live) (?P<what>products?|items?|articles?)\b", re.IGNORECASE)
ENDED = ("discontinued", "retired", "archived", "inactive")
PAID = re.compile(
    r"\b(?:(?P<who>who) |that |which |who )?pay(?:s|ing)? (?P<how>(?:more|less) than|over|under|above|below|at least|at most) (?P<number>\d[\d,.]*)(?: (?:dollars|euros|usd|eur))? (?:a|per|each|every) (?P<unit>month|year|week|day)\b",
    re.IGNORECASE,
)
PAYING = re.compile(
    r"^\W*(?:what|how much) (?:do|does|did) (?:our |the )?(?P<who>[\w ]+?) pay (?:us )?(?:on average )?(?:a|per|each|every) (?P<unit>month|year|week|day)(?: on average)?\W*$"
    r"|^\W*(?:what|how much) (?:our |the )?(?P<those>[\w ]+?) pay (?:us )?(?:a|per|each|every) (?P<time>month|year|week|day)(?: on average)?\W*$",
    re.IGNORECASE,
)
ADVERBS = {"month": "monthly", "year": "yearly", "week": "weekly", "day": "daily"}
INVOICED = re.compile(
    r"\bwhat (?:did|have|do) we (?:invoiced?|billed?|sell|sold|take|taken|turn over)\b(?! (?:most|best|the most))", re.IGNORECASE
)
SELLER = re.compile(r"\b(?P<how>best|top|worst)[ -]sellers?\b", re.IGNORECASE)
SOLD = re.compile(r"\bby (?:the )?(?:number of |count of )?(?P<what>\w+?) sold\b", re.IGNORECASE)
NUMBER_SOLD = re.compile(
    r"\b(?:the )?(?:total )?(?:number|count|quantity|amount) of (?P<what>[a-z]+) (?:that )?(?:(?:were|was|we|have been|they) )?sold\b",
    re.IGNORECASE,
)
MANY_SOLD = re.compile(
    r"\bhow many (?P<what>[a-z]+) (?:(?:did|do|have|has) (?:we|they|the company|the shop) (?:sell|sold)|(?:were|was|got|have been) sold)(?P<end>)\b",
    re.IGNORECASE,
)
ROWS = re.compile(r"\bhow many (?:rows|lines|records|entries)\b", re.IGNORECASE)
IDLE = re.compile(
    r"\b(?P<word>registered|existing|individual) (?=(?:customers?|users?|members?|clients?|accounts?|guests?|patients?)\b)", re.IGNORECASE
)
SALESMEN = re.compile(
    r"\b(?:salespeople|salespersons?)\b|\bsales (?:employees?|people|persons?|staff|reps?|representatives?|agents?)\b", re.IGNORECASE
)
COVERED = re.compile(
    r"^\W*(?:what|which)(?: is the)? (?:period|time ?(?:span|frame|range|period)|date range|dates|time window)(?: of time)? (?:(?:does|do|is|are) )?(?:the |this |our |these )?(?:data(?:set|base)?|records?|tables?|numbers?|figures?)(?: (?:cover(?:ed|s)?|span(?:ned|s)?|include[ds]?|reach|go over|by|from))*\W*$",
    re.IGNORECASE,
)
EXTREME = re.compile(
    r"^\W*(?:(?:show|list|give me|what (?:is|are|was|were)) )?(?:the )?(?P<end>biggest|highest|largest|greatest|lowest|smallest|cheapest|maximum|minimum) (?P<what>[\w ]+?) (?P<each>per|for each|in each|for every|in every|within each|by) (?P<group>[\w ]+?)\W*$",
    re.IGNORECASE,
)
# Things that nothing ever happened to, and how often each kind of something is.
NOBODY = re.compile(
    r"^\W*(?:which|what|list(?: the)?|show(?: me)?(?: the)?|is there|are there)(?: any| an?)? (?P<what>[a-z]+) (?:(?:that|which|who) )?(?:(?:has|have|had|did|was|were) )?(?:nobody|no one) (?:has |have |had |did )?(?:ever )?(?P<done>[a-z]+)(?: in| for| on| at| to| with)?\W*$",
    re.IGNORECASE,
)
EACH_HOW = re.compile(
    r"^\W*(?P<what>[a-z]+) (?P<kind>[a-z]+?)s?(?:,| and|:| -) how (?:often|many|many of) each(?: one| of them)?\W*$", re.IGNORECASE
)
ROOT = 5  # letters that a verb shares with what is called after it
COMMONEST = re.compile(
    r"^\W*(?:show |list )?(?:the |our )?(?P<what>[a-z]+) (?P<kind>[a-z]+),? (?:the )?(?P<way>most|least) (?:frequent|common) first\W*$",
    re.IGNORECASE,
)
PAYROLL = re.compile(
    r"\b(?P<rate>monthly|yearly|weekly) (?:payroll|salaries|wages|wage bill|salary bill|salary cost)\b(?! growth)", re.IGNORECASE
)
EMPLOYED = re.compile(
    r"\bhow many (?:people|persons|employees|staff|workers) (?:(?:do|does) (?:we|it|the company) )?(?:currently|now|presently) (?:employ|have)(?: at| in)? (?:each|every|per) (?P<group>\w+)\b",
    re.IGNORECASE,
)
NOW = re.compile(
    r"\b(?P<ask>how many|number of) (?P<what>[a-z]+)(?: (?:do|does) (?:we|it|the company) (?:currently )?have| are there| are with us| do we count)?,? (?:at the moment|right now|currently|now|today|at present|presently|these days)(?=\W*$| (?:at|in|per|by|for) )",
    re.IGNORECASE,
)
COSTS = re.compile(
    r"^(?P<open>\W*)(?:what|how much) (?:does|do|did) (?:an? |the )?(?P<what>.+?) (?:sell for|cost)(?P<close>\W*)$", re.IGNORECASE
)
LEAST = frozenset({"lowest", "smallest", "cheapest", "minimum"})


def patterns() -> list[re.Pattern[str]]:
    """The ways of asking that are read, whose words no slip makes."""
    return [phrase for phrase, _ in ALWAYS]


def canonical(text: str, schema: Schema) -> str:  # noqa: C901  # one line a way of asking, each with what the data must have for it
    """``text`` in the way that the grammar reads it, as far as the data has what that way needs."""
    given = text
    text = present.plainly(phrases.plainly(text, schema), schema)
    for phrase, plain in ALWAYS:
        text = phrase.sub(plain, text)
    text = _nouns(_grown(YEARLY.sub(_yearly, text)), schema)
    text = SPREAD.sub(lambda match: _spread(match, schema), text)
    text = NOBODY.sub(lambda match: _nobody(match, schema), text)
    text = EACH_HOW.sub(lambda match: _each_how(match, schema), text)
    if measures.revenue(schema) is not None:
        if (stem("customer"),) in schema.things:
            text = SPENDERS.sub(lambda match: f"{match['before']}customer{match['many']} by revenue", text)
        text = SPENT.sub("by revenue", text)
        text = INVOICED.sub("what is the revenue", text)
    if (stem("product"),) in schema.things and stem("seller") not in schema.vocabulary:
        text = SELLER.sub(r"\g<how> selling product", text)
    if measures.units(schema) is not None:
        text = SOLD.sub(lambda match: "by units sold" if (stem(match["what"]),) in schema.things else match.group(), text)
        text = NUMBER_SOLD.sub(lambda match: "units sold" if _goods(schema, match["what"]) else match.group(), text)
        text = MANY_SOLD.sub(
            lambda match: f"how many units were sold{match['end']}" if _goods(schema, match["what"]) else match.group(), text
        )
    if len(schema.tables) == 1 and not {stem("row"), stem("line"), stem("record")} & schema.vocabulary:
        text = ROWS.sub(f"how many {' '.join(split(schema.tables[0].name))}s", text)
    text = IDLE.sub(lambda match: match.group() if _known(schema, match["word"]) else "", text)
    if (stem("employee"),) in schema.things and not any(stem("sale") in t.stems and stem("rep") in t.stems for t in schema.tables):
        text = SALESMEN.sub("employee", text)
    if COVERED.match(text) and (date := _dated(schema)) is not None:
        text = f"first and last {' '.join(split(date.ref.column))}"
    if (flag := _ended(schema)) is not None:
        text = ACTIVE.sub(lambda match: f"{match['what']} that are not {flag}", text)
    text = PAID.sub(lambda match: _paid(match, schema), text)
    if (paying := PAYING.match(text)) and (words := _rate(schema, paying["unit"] or paying["time"])):
        text = f"average {words} of {paying['who'] or paying['those']}"
    text = EXTREME.sub(lambda match: _extreme(match, schema), text)
    text = COMMONEST.sub(lambda match: _commonest(match, schema), text)
    text = NOW.sub(lambda match: f"{match['ask']} current {match['what']}" if _may_end(schema, match["what"]) else match.group(), text)
    text = PAYROLL.sub(lambda match: _payroll(match, schema), text)
    if (stem("employee"),) in schema.things or (stem("staff"),) in schema.things:
        text = EMPLOYED.sub(r"current employees per \g<group>", text)
    if any(stem("price") in v.stems for v in schema.columns) and any({stem("price"), stem("cost")} <= set(v.stems) for v in schema.columns):
        text = COSTS.sub(r"\g<open>price of \g<what>\g<close>", text)
    plain = re.sub(r"  +", " ", text).strip()
    return given if text == given or not plain else plain


def _nouns(text: str, schema: Schema) -> str:
    """``text`` with what each of these knows put in the words of the data."""
    for one in (bought, each, flagged, recurring, kinds, lines):
        text = one.plainly(text, schema)
    return text


def _goods(schema: Schema, what: str) -> bool:
    """Whether something is what the pieces sold are pieces of: each line of a sale points to one, or tells its name."""
    units = measures.units(schema)
    name = tuple(map(stem, what.lower().split()))
    if units is None or name not in schema.things:
        return False
    pointed = {key.ref_table for key in schema.catalog.keys if key.table == units.table and key.ref_table in schema.table_index}
    goods = {
        t
        for t in pointed
        if not any(
            schema.columns[i].temporal and schema.columns[i].ref.table == t and schema.table(t).parents for i in schema.table(t).columns
        )
    }
    return any(schema.table(table).stems == name for table in goods) and name not in (
        (stem("customer"),),
        (stem("store"),),
        (stem("employee"),),
    )


def _nobody(match: re.Match[str], schema: Schema) -> str:
    """The things without any row of the table that is called by the verb and points to them."""
    what = schema.things.get((stem(match["what"].lower()),), "")
    for key in schema.catalog.keys if what else ():
        if key.table not in schema.table_index or key.ref_table not in schema.table_index:
            continue
        called, target = schema.table(key.table).stems, schema.table(key.ref_table).stems
        root = match["done"].lower()[:ROOT]
        if target == (stem(match["what"].lower()),) and len(root) == ROOT and called and called[-1].startswith(root):
            plural = match["what"] if match["what"].lower().endswith("s") else f"{match['what']}s"
            return f"which {plural} have no {schema.things.get(called, ' '.join(called))}s"
    return match.group()


def _each_how(match: re.Match[str], schema: Schema) -> str:
    """The number of rows by a column of theirs: refund reasons, how often each."""
    what, kind = stem(match["what"].lower()), stem(match["kind"].lower())
    for table in schema.tables:
        if table.stems[-1:] == (what,) and any(schema.columns[i].stems[-1:] == (kind,) for i in table.columns):
            return f"number of {schema.things.get(table.stems, match['what'])}s by {match['kind']}"
    return match.group()


def _grown(text: str) -> str:
    """A growth in percent as the change from one period to the other; without both periods it stays as it is."""
    if (said := GREW.match(text)) is not None:
        spans = FROM_TO.match(said["rest"]) or BESIDE.match(said["rest"])
        return _change(said["what"], spans["old"], spans["new"]) if spans else text
    if (told := GROWTH.match(text)) is not None:
        spans = BESIDE.match(told["pair"]) if told["pair"] else FROM_TO.match(f"from {told['span']}")
        return _change(told["what"], spans["old"], spans["new"]) if spans else text
    return text


def _yearly(match: re.Match[str]) -> str:
    """The growth of a year as that from the year before it."""
    return f"by how many percent did {match['what']} change from {int(match['year']) - 1} to {match['year']}{match['by'] or ''}"


def _change(what: str, old: str, new: str) -> str:
    """The question for a change in percent; a period without a year has that of the other."""
    if not YEAR.search(new) and (year := YEAR.search(old)) and not new.lower().startswith(("this", "last")):
        new = f"{new} {year.group()}"
    if not YEAR.search(old) and (year := YEAR.search(new)) and not old.lower().startswith(("this", "last")):
        old = f"{old} {year.group()}"
    return f"by how many percent did {what} change from {old} to {new}"


def _spread(match: re.Match[str], schema: Schema) -> str:
    """Things by a group as their number, amounts as their total."""
    words = tuple(map(stem, match["what"].lower().split()))
    counted = any(words[-1:] == name[-1:] for name in schema.things if name)
    return f"{'number of ' if counted else ''}{match['what']} by {match['over']}"


def _known(schema: Schema, word: str) -> bool:
    """Whether the data tells of something by a word."""
    return stem(word) in schema.vocabulary


def _dated(schema: Schema) -> ColumnView | None:
    """The date of the table with the most rows that has one date alone, or one that says what the rows are."""
    found = [view for view in schema.columns if view.temporal and not view.foreign]
    tables = sorted({view.table for view in found}, key=lambda table: -max(v.rows for v in found if v.table == table))
    for table in tables:
        own = [view for view in found if view.table == table]
        return own[0] if len(own) == 1 else None
    return None


def _extreme(match: re.Match[str], schema: Schema) -> str:
    """The largest value of a column in each group, where it is a column that is asked for and not a thing."""
    words = tuple(map(stem, match["what"].lower().split()))
    if words in schema.things or not words:
        return match.group()
    held = [
        view
        for view in schema.columns
        if measures.amount(view) and (view.stems[-len(words) :] == words or view.stems[: len(words)] == words)
    ]
    if not held:
        return match.group()
    return f"{'minimum' if match['end'].lower() in LEAST else 'maximum'} {match['what']} by {match['group']}"


def _commonest(match: re.Match[str], schema: Schema) -> str:
    """Kinds of things, the most frequent first, as the number of things by kind."""
    what, kind = stem(match["what"].lower()), stem(match["kind"].lower())
    known = (what,) in schema.things and any(view.stems[-1:] == (kind,) and not view.numeric for view in schema.columns)
    if not known:
        return match.group()
    return f"number of {match['what']}{'' if match['what'].endswith('s') else 's'} by {match['kind']}, {'highest' if match['way'].lower() == 'most' else 'lowest'} first"


def _may_end(schema: Schema, word: str) -> bool:
    """Whether things of a name have a day on which they were over, which some do not have."""
    homes = {i for i, table in enumerate(schema.tables) if table.stems[-1:] == (stem(word.lower()),)}
    return any(view.table in homes and view.temporal and OVER & set(view.stems) and not schema.filled(view.ref) for view in schema.columns)


def _payroll(match: re.Match[str], schema: Schema) -> str:
    """What is paid each month as the total of the column that says so."""
    unit = next(unit for unit, adverb in ADVERBS.items() if adverb == match["rate"].lower())
    words = _rate(schema, unit)
    return f"total {words}" if words and {"salary", "wage", "pay"} & set(words.lower().split()) else match.group()


def _rate(schema: Schema, unit: str) -> str:
    """The words of the one amount that is due each month, or another time; empty where there is none."""
    found = [view for view in schema.columns if measures.amount(view) and stem(ADVERBS[unit.lower()]) in view.stems]
    return " ".join(split(found[0].ref.column)) if len(found) == 1 else ""


def _paid(match: re.Match[str], schema: Schema) -> str:
    """Those who pay so much a month as those with a monthly amount of it."""
    words = _rate(schema, match["unit"])
    who = next((f"{kind}s " for kind in BUYERS if match["who"] and (stem(kind),) in schema.things), "")
    return f"{who}with {words} {match['how']} {match['number']}" if words and (who or not match["who"]) else match.group()


def _ended(schema: Schema) -> str | None:
    """The word of the flag that tells which things are over, where nothing tells which are active."""
    if {stem("active"), stem("current")} & schema.vocabulary:
        return None
    return next((word for word in ENDED if any(view.stems == (stem(word),) and view.distinct == 2 for view in schema.columns)), None)

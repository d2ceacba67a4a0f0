"""Everyday business phrases put in the plain words that the grammar reads: money we made is revenue, sign-ups are new customers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask import measures
from aiser_jupyter.ask.verbs import DATED
from aiser_jupyter.ask.words import LAYERS, split, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import ColumnView, Schema

WE = r"(?:we|the company|the business|the firm|the shop|the store|it|us|they)"
EARN = r"(?:make|made|earn(?:ed)?|take(?: in)?|took(?: in)?|taken(?: in)?|bring in|brought in|generate[d]?|gross(?:ed)?|turn(?:ed)? over|collect(?:ed)?|rake[d]? in|get|got)"
MONEY = (
    (re.compile(rf"\bhow much (?:money |cash |income |revenue )?(?:did|do|does|have|has) {WE} {EARN}(?: in total| altogether| overall)?\b", re.IGNORECASE), "what is the revenue"),
    (re.compile(rf"\bwhat (?:did|do|have) {WE} {EARN}(?: in total| altogether| overall)?\b", re.IGNORECASE), "what is the revenue"),
    (re.compile(r"\bhow much (?:money|cash|income|revenue) (?:was|were|has been|is) (?:made|earned|taken|brought in|generated|collected)\b", re.IGNORECASE), "what is the revenue"),
    (re.compile(r"\bhow much (?:money|cash|income) (?:came in|comes in|has come in|flowed in)\b", re.IGNORECASE), "what is the revenue"),
    (re.compile(rf"\b(?:the )?(?:money|amount|cash) (?:that )?(?:{WE} )?(?:made|earned|took in|brought in|taken in|generated|coming in)\b", re.IGNORECASE), "the revenue"),
    (re.compile(r"\b(?:takings|money made|money earned|top[- ]line|gross sales|sales (?:revenue|value|volume in (?:money|dollars))|dollar sales|total sales value)\b", re.IGNORECASE), "revenue"),
    (re.compile(r"\b(brings? in|brought in|makes?|made|earns?|earned|generates?|generated) (?:us )?(?:the )?(most|least)(?: money| cash| income)?\b(?! \w+s\b)", re.IGNORECASE), r"has the \2 revenue"),
)  # fmt: skip
# Wherever they are said, whatever the data.
ALWAYS = (
    (re.compile(r"\b(what|who|where|how|that|there)['’]s\b", re.IGNORECASE), r"\1 is"),
    (re.compile(r"\b(?:teh|hte)\b", re.IGNORECASE), "the"),
    (re.compile(r"\badn\b", re.IGNORECASE), "and"),
    (re.compile(r"\bcalendar (?=(?:years?|quarters?|months?)\b)", re.IGNORECASE), ""),
    (re.compile(r"\bby (?:anyone|anybody|someone|somebody)\b", re.IGNORECASE), ""),
    (re.compile(r"\b(?:net|invoiced|billed|booked|recorded) (?=(?:sales|revenue|turnover)\b)", re.IGNORECASE), ""),
    (re.compile(r"\b(?:our|the) (?=(?:clients?|customers?|products?|orders?|invoices?|employees?|suppliers?|bookings?|guests?|patients?|accounts?|users?)\b)", re.IGNORECASE), ""),
    (re.compile(r"\b(?:spread|distributed|distribution|divided|broken down|break down|split) (?:out )?(?:over|across|among|between|by) (?:the )?(?:days? of (?:the )?week|weekdays?|week days)\b", re.IGNORECASE), "by weekday"),
    (re.compile(r"\b(?:over|across) (?:the )?days of (?:the )?week\b", re.IGNORECASE), "by weekday"),
    (re.compile(r"\bfor (?:each|every) (?:day of (?:the )?week|weekday)\b", re.IGNORECASE), "by weekday"),
    (re.compile(r"\b(?:which|what) (?:is|was) (?:our|the) busiest (weekday|day of the week|month|quarter|year|day|week)(?: (?:for|by|in terms of) (?:number of )?)?", re.IGNORECASE), r"which \1 has the most "),
    (re.compile(r"^\W*(?:the |our )?busiest (weekday|day of the week|month|quarter|year) (?:for|by|in terms of) (?:the )?(?:number of )?", re.IGNORECASE), r"which \1 has the most "),
    (re.compile(r"\b(?:which|what) (weekday|day of the week) (?:brings?|sees?|gets?|has|have|had|do we (?:get|have|see)|did we (?:get|have|see)) (?:us )?(?:the )?(most|fewest|least)\b", re.IGNORECASE), r"on which weekday are there the \2"),
    (re.compile(r"^\W*(?:i'd like to|i would like to|i want to|we want to|i need to|can i|could i|can you|could you|please|let me) (?:see|know|get|have|show me|tell me|give me) (?:how )?", re.IGNORECASE), "show "),
    (re.compile(r",? ?\b(?:whatever|regardless of|irrespective of|no matter) (?:the |what )?(?:\w+ )?(?:status|state|outcome|reason)(?: is| was)?\b", re.IGNORECASE), ""),
    (re.compile(r"\b(?:on file|on (?:the|our) books|on record|in (?:the|our) (?:system|database|data|records|books)|all told|so far|in all|altogether|these days|right now|at the moment|at present|by now|as of (?:today|now))\b", re.IGNORECASE), ""),
    (re.compile(r"\b(?:of any kind|of any sort|whatsoever|at all)\b", re.IGNORECASE), ""),
    (re.compile(r"\bpeople on (?:our|the) (\w+) list\b", re.IGNORECASE), r"\1s"),
    (re.compile(r"\blog(?:ged|s|ging)?[- ](?:in|on)(?: to [a-z ]+)?\b(?= *(?:$|[?.,]|in\b|since\b|for\b|this\b|last\b|yet\b|once\b|during\b|per\b|by\b))", re.IGNORECASE), "login"),
    (re.compile(r"\bno[- ]shows?\b", re.IGNORECASE), "no-show"),
    (re.compile(r"\b(?:most (?:common|frequent|popular|usual|often)|commonest)\b(?= (?!by\b)\w+)", re.IGNORECASE), "most frequent"),
    (re.compile(r"\bcheck(?:ed|s|ing)?[- ](in|out)\b", re.IGNORECASE), r"check \1"),
    (re.compile(r"\b(?:avg\.?|av\.) (?=\w)", re.IGNORECASE), "average "),
    (re.compile(r"\b(?:length|duration) of (?:the |their |a |our )?stays?\b|\bstay lengths?\b", re.IGNORECASE), "length of stay"),
    (re.compile(r"\b(?:left|remaining|available) in stock\b", re.IGNORECASE), "in stock"),
    (re.compile(r"\bvia\b|\bthrough the\b", re.IGNORECASE), "from"),
    (re.compile(r"\bthe (\w+) we (?:have|own|run|operate|keep|sell|offer|carry|track)\b", re.IGNORECASE), r"\1"),
    (re.compile(r"\bdo we (?:run|operate|own|employ|serve|offer|carry|stock|keep)\b", re.IGNORECASE), "do we have"),
)  # fmt: skip
# That a thing came to be says no more than that it is there, where the data has no date or name for it: invoices that we sent out, orders received.
IDLE = re.compile(
    r"\b(did|do|have|has|had) (we|they|you|our \w+) (?:already |ever )?(?P<verb>send|sent|issue|issued|raise|raised|receive|received|get|got|take|taken|record|recorded|log|logged|register|registered|process|processed|write|written|handle|handled|collect|collected)"
    r"(?: (?:out|in|down|up))?(?= *(?:$|[?.,;:]| (?:in|on|since|during|last|this|per|by|from|for|between|until|before|after|to|each|every|today|yesterday|so)\b))",
    re.IGNORECASE,
)
BEGUN = re.compile(
    r" (?:(?:that|who|which) )?(?:have |has |had )?(?:signed up|registered|joined(?: us)?)\b(?= (?:but|and|who|that|yet)\b|[?.,;]|$)",
    re.IGNORECASE,
)
LEAVERS = re.compile(r"\b(?:leavers|departures of (?:staff|employees))\b", re.IGNORECASE)
JOINERS = re.compile(r"\b(?:new )?(?:joiners|starters|hires)\b", re.IGNORECASE)
WORKERS = re.compile(
    r"\b(?:people|persons|colleagues|folks)\b(?= (?:that |who )?(?:have |has |had |did |do )?(?:left|leave|quit|joined?|work(?:s|ed)?|resigned)\b)",
    re.IGNORECASE,
)
COMPANY = re.compile(r"(?<=left|join|quit|ined) (?:the )?(?:company|firm|business|organi[sz]ation)\b", re.IGNORECASE)
# Who: those who buy, or those who serve them, by what is said to have been done.
WHO = re.compile(
    r"^\W*who (?:has |have |had |'s )?(?:(?P<buy>spent|spends|spend|bought|buys|ordered|orders|paid|pays|purchased|placed|booked|rented)"
    r"|(?P<serve>sold|sells|handled|handles|closed|closes|resolved|resolves|served|serves|processed|processes|took|takes|answered|collected|collects|teaches|taught|made))"
    r" (?:us )?(?:the )?(?P<most>most|least|fewest)\b",
    re.IGNORECASE,
)
BEST = re.compile(
    r"^\W*(?:who|which|what) (?:is|are) (?:our |the )?(?:single )?(?:best|top|biggest|most valuable|number one) (?P<who>customer|client|buyer|account)(?=\W*$| (?:in|for|last|this|of|by revenue)\b)",
    re.IGNORECASE,
)
EARNING = frozenset({"spent", "spends", "spend", "paid", "pays", "sold", "sells"})
PLAIN_END = re.compile(
    r"(?: (?:in total|overall|altogether|money))?(?=\W*$| (?:in|during|last|this|for|since|between|from|at)\b)", re.IGNORECASE
)
WORKS = re.compile(r"^\W*who works (?P<where>in|at|for)\b", re.IGNORECASE)
FOLK = re.compile(r"(?<=how many )(?:people|persons|folks)\b", re.IGNORECASE)
OF_KIND = re.compile(r"\b(?P<noun>[a-z]{4,}) (?P<kind>types?|kinds?|categor(?:y|ies))\b", re.IGNORECASE)
SERVERS = ("sales_rep", "employee", "staff", "agent", "rep", "instructor", "teacher", "driver", "provider")
BUYERS = ("customer", "account", "client", "buyer", "subscriber", "member", "user", "guest", "learner", "student", "patient", "donor")
UNITS = (  # what is measured, and how many of the first each unit is
    {"millisecond": 1, "second": 1_000, "minute": 60_000, "hour": 3_600_000},
    {"kwh": 1, "mwh": 1_000, "gwh": 1_000_000},
    {"gram": 1, "kg": 1_000, "tonne": 1_000_000},
    {"metre": 1, "km": 1_000},
)
SPELLED = {
    "ms": "millisecond",
    "sec": "second",
    "min": "minute",
    "hr": "hour",
    "kilogram": "kg",
    "kilo": "kg",
    "ton": "tonne",
    "meter": "metre",
    "kilometre": "km",
    "kilometer": "km",
}
UNIT = "ms|milliseconds?|secs?|seconds?|mins?|minutes?|hrs?|hours?|kwh|mwh|gwh|grams?|kgs?|kilograms?|kilos?|tons?|tonnes?|metres?|meters?|km|kilomet(?:er|re)s?"
AMOUNT = re.compile(
    rf"(?P<before>\b(?:than|over|under|above|below|least|most|exceed(?:s|ing)?|within|between|from) )(?P<low>\d[\d,]*(?:\.\d+)?(?P<to> and | to | ?- ?))?(?P<number>\d[\d,]*(?:\.\d+)?)[ -]?(?P<unit>{UNIT})\b",
    re.IGNORECASE,
)
PAYROLL = re.compile(
    r"\b(?:(?:total|overall|annual|yearly) )?(?:payroll(?: costs?)?|wage bill|salary (?:bill|costs?|mass|spend)|(?:staff|personnel|employee) costs?)\b",
    re.IGNORECASE,
)
PER = re.compile(r"\b(?:cost|price|fee|charge)s? per (month|year|week|day|night|hour)\b", re.IGNORECASE)
ADVERBS = {
    "month": ("monthly",),
    "year": ("annual", "yearly"),
    "week": ("weekly",),
    "day": ("daily",),
    "night": ("nightly",),
    "hour": ("hourly",),
}
COSTS = re.compile(r"\b(?:what|how much) (?:does|do|did) (?:the |a |an )?(.+?) cost\b", re.IGNORECASE)
DESTINATION = re.compile(
    r"\b(?:(?:destination|delivery) (country|city|region)|(country|city|region) of (?:destination|delivery))\b", re.IGNORECASE
)
PAYOUTS = re.compile(r"\bpay-?outs?\b", re.IGNORECASE)
SIGNUPS = re.compile(r"\b(?:new )?(?:sign[- ]?ups?|registrations|enrol?ments)\b", re.IGNORECASE)
BEGAN = frozenset(map(stem, ("signup", "registered", "registration", "created", "joined", "enrolled", "reg")))
KINDS, AMOUNTS = 30, 3
SINGLE = re.compile(
    r"\bsingle (?=(?:wo)?men\b|people\b|customers?\b|prospects?\b|buyers?\b|clients?\b|employees?\b|persons?\b)", re.IGNORECASE
)
STAFF = ("employee", "staff", "worker", "agent", "rep")
PEOPLE = ("customer", "account", "client", "user", "subscriber", "member", "patient", "guest", "donor", "student", "lead", "contact")


def plainly(text: str, schema: Schema) -> str:
    """``text`` with everyday phrases in plain words, as far as the data has what they stand for."""
    given = text
    for phrase, plain in ALWAYS:
        text = phrase.sub(plain, text)
    if stem("login") not in schema.vocabulary:
        text = re.sub(r"\blogin\b", "logged in", text)
    if measures.revenue(schema) is not None and (stem("gross") not in schema.vocabulary or stem("net") in schema.vocabulary):
        for phrase, plain in MONEY:
            text = phrase.sub(plain, text)
    if not {stem(one) for one in (*STAFF, "person")} & {word for words in schema.things for word in words}:
        buyers = next((kind for kind in BUYERS if (stem(kind),) in schema.things), "")
        text = FOLK.sub(f"{buyers}s", text) if buyers else text
    text = SINGLE.sub("unmarried ", text) if stem("marital") in schema.vocabulary else text
    text = _amounts(text, schema)
    text = OF_KIND.sub(lambda match: _kind(match, schema), text)
    text = AMOUNT.sub(lambda match: _converted(match, schema), _who(text, schema))
    text = _staffed(IDLE.sub(lambda match: _idle(match, schema), text), schema)
    text = COSTS.sub(r"what is the \1 cost", text)
    if (per := PER.search(text)) and (word := next((w for w in ADVERBS[per[1].lower()] if stem(w) in schema.vocabulary), "")):
        text = PER.sub(f"{word} price", text)
    if stem("paid") in schema.vocabulary and stem("payout") not in schema.vocabulary:
        text = PAYOUTS.sub("paid amount", text)
    if stem("acquisition") not in schema.vocabulary:
        text = re.sub(r"\bac?quisition (?=channels?\b)", "", text, flags=re.IGNORECASE)
    if not {stem("destination"), stem("delivery")} & schema.vocabulary and stem("ship") in schema.vocabulary:
        text = DESTINATION.sub(lambda match: f"ship {match[1] or match[2]}", text)
    if SIGNUPS.search(text) and (noun := _joining(schema)):
        text = SIGNUPS.sub(f"{noun}s", text)
    return text if text == given else re.sub(r"  +", " ", text)


def _who(text: str, schema: Schema) -> str:
    """``text`` with the kind of people for "who" where what they did tells it, and the best customer by what was earned from them."""
    said = WHO.match(text)
    if said is not None:
        kinds = BUYERS if said["buy"] else SERVERS
        kind = next((kind for kind in kinds if tuple(map(stem, kind.split("_"))) in schema.things), "")
        if kind:
            rest, verb = text[said.end() :], (said["buy"] or said["serve"]).lower()
            if verb in EARNING and measures.revenue(schema) is not None and PLAIN_END.match(rest):
                return f"which {kind.replace('_', ' ')} has the {said['most']} revenue{PLAIN_END.sub('', rest)}"
            return f"which {kind.replace('_', ' ')} {verb} the {said['most']}{rest}"
    if (works := WORKS.match(text)) is not None:
        staff = next((kind for kind in STAFF if (stem(kind),) in schema.things), "")
        return f"which {schema.things[(stem(staff),)]}s are {works['where']}{text[works.end() :]}" if staff else text
    if (best := BEST.match(text)) is not None and measures.revenue(schema) is not None:
        return f"which {best['who']} has the most revenue{text[best.end() :]}"
    return text


def _converted(match: re.Match[str], schema: Schema) -> str:
    """A number in the unit that the data has, where it has one of its kind and not the one that was said: 5 minutes are 300000 of its milliseconds."""
    said = match["unit"].lower()
    said = SPELLED.get(said.removesuffix("s") if len(said) > 2 else said, said.removesuffix("s") if len(said) > 2 else said)
    for family in UNITS:
        if said in family:
            held = {unit for unit in family for view in schema.columns if view.numeric and set(view.stems) & {stem(unit), stem(unit + "s")}}
            if len(held) == 1 and said not in held:
                times = family[said] / family[held.pop()]
                low, high = (match[name].removesuffix(match["to"] or "\0") if match[name] else "" for name in ("low", "number"))
                first = f"{float(low.replace(',', '')) * times:.10g}{match['to']}" if low else ""
                return f"{match['before']}{first}{float(high.replace(',', '')) * times:.10g}"
    return match.group()


def _amounts(text: str, schema: Schema) -> str:
    """``text`` with the name of the amount for that of its table, where one says the other and no rows are meant: sales quota is the sales amount quota."""
    for table in schema.tables:
        own = [schema.columns[i] for i in table.columns]
        amounts = [v for v in own if measures.amount(v)]
        named = [v for v in amounts if set(table.stems) < set(v.stems)]
        words = " ".join(w for w in split(table.name) if w not in LAYERS)
        if len(table.stems) > 1 and len(named) == 1 and len(amounts) <= AMOUNTS and not words.endswith("s"):
            text = re.sub(
                rf"(?<!many )(?<!number of )\b{re.escape(words)}\b", " ".join(split(named[0].ref.column)), text, flags=re.IGNORECASE
            )
    return text


def _kind(match: re.Match[str], schema: Schema) -> str:
    """The name of a column of few kinds without the word for that, which the data does not use: contract type is the contract."""
    noun, kind = stem(match["noun"]), stem(match["kind"])
    held = [v for v in schema.columns if v.stems == (noun,)]
    if (
        len(held) == 1
        and held[0].type == "text"
        and 1 < held[0].distinct <= KINDS
        and not any({noun, kind} <= set(v.stems) for v in schema.columns)
    ):
        return match["noun"] if (noun,) not in {t.stems for t in schema.tables} else match.group()
    return match.group()


def _idle(match: re.Match[str], schema: Schema) -> str:
    """A verb of coming to be as "have", unless the data has something of that name, or a date of it."""
    verb = match["verb"].lower()
    told = {stem(verb), *DATED.get(verb, ())} & schema.vocabulary
    return match.group() if told else f"{match[1]} {match[2]} have"


def _staffed(text: str, schema: Schema) -> str:
    """Those who came, who left and what they are paid, in the words of the data: leavers, new hires, the payroll."""
    known = schema.vocabulary
    staff = next((schema.things[(stem(one),)] for one in STAFF if (stem(one),) in schema.things), "")
    if staff:
        text = WORKERS.sub(f"{staff}s", text)
        text = COMPANY.sub("", text)
        text = LEAVERS.sub(f"{staff}s who left", text) if stem("leaver") not in known else text
    if staff and stem("hire") in known and not {stem("joiner"), stem("starter")} & known and (stem("hire"),) not in schema.things:
        text = JOINERS.sub(f"{staff}s hired", text)
    pay = next((one for one in ("salary", "wage", "pay") if stem(one) in known), "")
    if pay and stem("payroll") not in known:
        text = PAYROLL.sub(f"total {pay}", text)
    if BEGUN.search(text) and not any(v.temporal and set(v.stems) & BEGAN and _blank(schema, v) for v in schema.columns):
        text = BEGUN.sub("", text)
    return text


def _blank(schema: Schema, view: ColumnView) -> bool:
    """Whether some rows have no value there."""
    table = schema.catalog.table(view.ref.table)
    column = table.column(view.ref.column) if table else None
    return bool(column and column.statistics and column.statistics.nulls)


def _joining(schema: Schema) -> str:
    """Those who sign up: the first kind of people whose table dates their coming; empty where sign-ups are data of their own."""
    if (stem("signup"),) in schema.things or (stem("registration"),) in schema.things:
        return ""
    for name in PEOPLE:
        for table in schema.tables:
            if table.stems[-1:] == (stem(name),):
                views = [schema.columns[i] for i in table.columns]
                if any(set(v.stems) & BEGAN and (v.temporal or v.foreign) for v in views):
                    return name
    return ""

"""Everyday business phrases put in the plain words that the grammar reads: money we made is revenue, sign-ups are new customers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.wording import amounts, owing, persons
from aiser_jupyter.ask.wording.persons import BEGAN
from aiser_jupyter.ask.words import split, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import Schema

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
    (re.compile(r"\b(?:on file|on (?:the|our) books|on record|in (?:the|our) (?:system|database|data|records|books)|all told|so far|in all|altogether|these days|right now|at the moment|at present|by now|as of (?:today|now)|(?<!still )(?<!are )(?<!is )(?:with|for|to) us\b(?=\W*$)|(?:on|according to|as per|from) (?:our|the) (?:price |product |parts )?(?:list|books|catalog(?:ue)?|register)|(?<!best )(?<!greatest )of all time)\b", re.IGNORECASE), ""),
    (re.compile(r"\b(?:of any kind|of any sort|whatsoever|at all)\b", re.IGNORECASE), ""),
    (re.compile(r"\bpeople on (?:our|the) (\w+) list\b", re.IGNORECASE), r"\1s"),
    (re.compile(r"\blog(?:ged|s|ging)?[- ](?:in|on)(?: to [a-z ]+)?\b(?= *(?:$|[?.,]|in\b|since\b|for\b|this\b|last\b|yet\b|once\b|during\b|per\b|by\b))", re.IGNORECASE), "login"),
    (re.compile(r"\bno[- ]shows?\b", re.IGNORECASE), "no-show"),
    (re.compile(r"\b(?:most (?:common|frequent|popular|usual|often)|commonest)\b(?= (?!by\b)\w+)", re.IGNORECASE), "most frequent"),
    (re.compile(r"\bcheck(?:ed|s|ing)?[- ](in|out)\b", re.IGNORECASE), r"check \1"),
    (re.compile(r"\b(?:avg\.?|av\.) (?=\w)", re.IGNORECASE), "average "),
    (re.compile(r"\b(?:length|duration) of (?:the |their |a |our )?stays?\b|\bstay lengths?\b", re.IGNORECASE), "length of stay"),
    (re.compile(r"\b(?:left|remaining|available) in stock\b", re.IGNORECASE), "in stock"),
    (re.compile(r"\b(phone|telephone|fax|mobile) numbers? (?=of\b|for\b)", re.IGNORECASE), r"\1 "),
    (re.compile(r"\bwhat (?:portion|chunk|slice) of\b", re.IGNORECASE), "what share of"),
    (re.compile(r"(?<=\w) (?:(?:that|which) )?(?:nobody|no[- ]one)(?: has| have| had)? (?:yet )?(paid|shipped|answered|resolved|closed|approved|delivered|collected|returned|completed)(?: yet| so far)?\b", re.IGNORECASE), r" that are not \1 yet"),
    (re.compile(r"\b(?:(?:that|who|which) )?(?:have |has |had )?(?:found|discovered|heard (?:of|about)|came to) us (?:through|via|from|by|on|in|over)\b(?: an?\b| the\b)?", re.IGNORECASE), "from"),
    (re.compile(r"\bvia\b|\bthrough (?:the|a|an)\b", re.IGNORECASE), "from"),
    (re.compile(r"\b(\w{3,}est|most|top) single\b", re.IGNORECASE), r"\1"),
    (re.compile(r"\b(c[ao]mes?|coming) in for (?:an? )?(?:service|servicing|repairs?|visit|treatment|check-?up|maintenance|appointment)\b", re.IGNORECASE), r"\1 in"),
    (re.compile(r"(?<=\w) (?:that |which |whom )?we (?:service|treat|serve|look after|work on|deal with|maintain)\b(?=\W*$|[,.?])", re.IGNORECASE), ""),
    (re.compile(r"\bwhich single\b", re.IGNORECASE), "which"),
    (re.compile(r"\bthe (\w+) we (?:have|own|run|operate|keep|sell|offer|carry|track)\b", re.IGNORECASE), r"\1"),
    (re.compile(r"\bdo we (?:run|operate|own|employ|serve|offer|carry|stock|keep)\b", re.IGNORECASE), "do we have"),
)  # fmt: skip
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
SIGNED = frozenset(map(stem, ("sign", "signed", "signup")))
SIGNUPS = re.compile(r"\b(?:new )?(?:sign[- ]?ups?|registrations|enrol?ments)\b", re.IGNORECASE)
PEOPLE = ("customer", "account", "client", "user", "subscriber", "member", "patient", "guest", "donor", "student", "lead", "contact")


def patterns() -> list[re.Pattern[str]]:
    """The phrases that are read, whose words no slip makes."""
    return [phrase for phrase, _ in (*MONEY, *ALWAYS)]


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
    text = owing.plainly(persons.plainly(amounts.plainly(text, schema), schema), schema)
    text = _priced(text, schema)
    if stem("paid") in schema.vocabulary and stem("payout") not in schema.vocabulary:
        text = PAYOUTS.sub("paid amount", text)
    if stem("acquisition") not in schema.vocabulary:
        text = re.sub(r"\bac?quisition (?=channels?\b)", "", text, flags=re.IGNORECASE)
    if not {stem("destination"), stem("delivery")} & schema.vocabulary and stem("ship") in schema.vocabulary:
        text = DESTINATION.sub(lambda match: f"ship {match[1] or match[2]}", text)
    if (signup := SIGNUPS.search(text)) and (noun := _joining(schema, signup.group())):
        text = SIGNUPS.sub(f"{noun}s", text)
    return text if text == given else re.sub(r"  +", " ", text)


def _priced(text: str, schema: Schema) -> str:
    """``text`` with what something costs as its price, or its cost, and what it costs per month as its monthly price."""
    if {stem("price"), stem("cost")} & schema.vocabulary == {stem("price")}:
        text = COSTS.sub(r"what is the price of \1", text)
    text = COSTS.sub(r"what is the \1 cost", text)
    if (per := PER.search(text)) and (word := next((w for w in ADVERBS[per[1].lower()] if stem(w) in schema.vocabulary), "")):
        text = PER.sub(f"{word} price", text)
    return text


def _joining(schema: Schema, said: str) -> str:
    """Those who sign up: those whose table says so, or the first kind of people whose table dates their coming; empty where sign-ups are data of their own."""
    if (stem("signup"),) in schema.things or (stem("registration"),) in schema.things:
        return ""
    signed = {view.table for view in schema.columns if view.temporal and SIGNED & set(view.stems)}
    if len(signed) == 1 and "sign" in said.lower():
        return " ".join(split(schema.tables[signed.pop()].name)).removesuffix("s")
    for name in PEOPLE:
        for table in schema.tables:
            if table.stems[-1:] == (stem(name),):
                views = [schema.columns[i] for i in table.columns]
                if any(set(v.stems) & BEGAN and (v.temporal or v.foreign) for v in views):
                    return name
    return ""

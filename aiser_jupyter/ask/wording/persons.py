"""People in plain words: who did something, who came and who left, what they are paid, and verbs that say no more than that a thing came to be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.vocabulary.verbs import DATED
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import ColumnView, Schema

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
SINGLE = re.compile(
    r"\bsingle (?=(?:wo)?men\b|people\b|customers?\b|prospects?\b|buyers?\b|clients?\b|employees?\b|persons?\b)", re.IGNORECASE
)
PAYROLL = re.compile(
    r"\b(?P<time>monthly )?(?:(?:total|overall|annual|yearly) )?(?:payroll(?: costs?)?|wage bill|salary (?:bill|costs?|mass|spend)|(?:staff|personnel|employee) costs?)\b",
    re.IGNORECASE,
)
BEGAN = frozenset(map(stem, ("signup", "registered", "registration", "created", "joined", "enrolled", "reg")))
STAFF = ("employee", "staff", "worker", "agent", "rep")
SERVERS = ("sales_rep", "employee", "staff", "agent", "rep", "instructor", "teacher", "driver", "provider")
BUYERS = ("customer", "account", "client", "buyer", "subscriber", "member", "user", "guest", "learner", "student", "patient", "donor")


def plainly(text: str, schema: Schema) -> str:
    """``text`` with people and what they did in the words of the data."""
    if FOLK.search(text) and not {stem(one) for one in (*STAFF, "person")} & {word for words in schema.things for word in words}:
        buyers = next((kind for kind in BUYERS if (stem(kind),) in schema.things), "")
        text = FOLK.sub(f"{buyers}s", text) if buyers else text
    text = SINGLE.sub("unmarried ", text) if stem("marital") in schema.vocabulary else text
    return _staffed(IDLE.sub(lambda match: _idle(match, schema), _who(text, schema)), schema)


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
        text = PAYROLL.sub(lambda match: f"total {(match['time'] or '').lower()}{pay}", text)
    if BEGUN.search(text) and not any(v.temporal and set(v.stems) & BEGAN and _blank(schema, v) for v in schema.columns):
        text = BEGUN.sub("", text)
    return text


def _blank(schema: Schema, view: ColumnView) -> bool:
    """Whether some rows have no value there."""
    table = schema.catalog.table(view.ref.table)
    column = table.column(view.ref.column) if table else None
    return bool(column and column.statistics and column.statistics.nulls)

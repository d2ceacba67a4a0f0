"""What is still to be paid, and what is let to nobody, in plain words: how much is owed is the arrears, a vacant flat one without an active lease."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.words import split, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import Schema

OPEN = r"(?:owed|owing|outstanding|unpaid|in arrears|(?:left )?to be paid|left to pay)"
HOW_MUCH = re.compile(
    rf"\bhow much (?:of )?(?:the |our |in )?(?:\w+ )?(?:is|are|was|were) (?:still |currently )?{OPEN}(?: to us)?(?: in total| overall| altogether)?\b",
    re.IGNORECASE,
)
AMOUNT = re.compile(
    rf"\b(?:(?:total |the )*(?:amounts?|sum|money|balance) (?:that (?:is|are) )?(?:still )?{OPEN}|(?:total |the )*outstanding (?:amounts?|balances?|debts?|money))\b",
    re.IGNORECASE,
)
MANY = r"\d+|two|three|four|five|six|seven|eight|nine|ten|twenty"
DEBTORS = re.compile(
    rf"^\W*(?:which|what|who are|show|list)? ?(?:the |our )?(?:(?P<many>{MANY}) )?(?P<who>[a-z]+?)(?P<s>s?) (?:still )?owes? (?:us )?(?:the )?most(?: money| in total)?\b",
    re.IGNORECASE,
)
OWN = frozenset(map(stem, ("owed", "owing", "outstanding", "balance", "arrears")))
VACANT = re.compile(r"\b(?:vacant|unoccupied|unlet|unrented|untenanted) (?P<what>[a-z]+)\b", re.IGNORECASE)
TAKEN = ("active", "current", "occupied")
ASIDE = re.compile(r" \((?:no|without|not|never)\b[^()]*\)", re.IGNORECASE)  # says again what it is to be vacant


def plainly(text: str, schema: Schema) -> str:
    """``text`` with what is owed and what is vacant in the words of the data, where it has what that takes."""
    if VACANT.search(text):
        found = VACANT.sub(lambda match: _vacant(match, schema), text)
        text = text if found == text else ASIDE.sub("", found)
    if not schema.vocabulary & OWN and re.search(rf"\b(?:owes?|{OPEN})\b", text, re.IGNORECASE) and measures.owed(schema) is not None:
        text = AMOUNT.sub("total arrears", HOW_MUCH.sub("what are the total arrears", text))
        text = DEBTORS.sub(lambda match: f"top {match['many'] or 1} {match['who']}{match['s']} by arrears", text)
    return text


def _vacant(match: re.Match[str], schema: Schema) -> str:
    """Things that nothing active of the one kind that has a status points to; as it was where there is none or several."""
    if stem(match.group().split()[0].lower()) in schema.spoken:
        return match.group()
    table = next((t for t in schema.tables if t.stems[-1:] == (stem(match["what"].lower()),)), None)
    found = []
    for key in schema.catalog.keys if table else ():
        for ref, values in schema.kinds.items():
            if table and key.ref_table == table.name and key.table == ref.table and stem("status") in schema.view(ref).stems:
                said = next((word for word in TAKEN for value in values if value.casefold() == word), "")
                found += [f"{match['what']} without an {said} {' '.join(split(ref.table))}"] if said else []
    return found[0] if len(found) == 1 else match.group()

"""Other ways to say a follow-up, brought to the forms that are read: by store within the South is by store, and only the South."""

from __future__ import annotations

import re

from aiser_jupyter.ask.follow.edit_grammar import FIRSTS, NUMBER

VALUE = r"(?P<value>(?!each\b|every\b|total\b|all\b)[\w .'&-]+?)"
# "only the UK-based ones" and "seniors only" name the value alone.
BASED = re.compile(r"\b(?P<value>[\w.]+)[- ]based(?: (?:ones?|customers?|people|clients?|employees?|suppliers?))?\b", re.IGNORECASE)
YEAR = re.compile(r",? (?:in |for )?(?P<year>(?:19|20)\d\d)$")
MORE = re.compile(
    rf"\b(?:with|having|that have|of) (?P<n>{NUMBER[1:-1]}) or (?P<way>more|above|over|fewer|less|below)(?P<what> [a-z][\w ]*)?$",
    re.IGNORECASE,
)
NEXT_TO = re.compile(
    r",? (?:and )?(?:next to|beside|alongside|side by side with|set against) (?P<what>(?:19|20)\d\d|(?:that of )?(?:the )?(?:year|quarter|month) before)$",
    re.IGNORECASE,
)
BY_WITHIN = re.compile(
    rf"^(?:and |now |then |but )*(?:by|per) (?P<group>[\w ]+?) (?:within|inside|in|for|of) (?:the |just |only )*{VALUE}$", re.IGNORECASE
)
WITHIN_WHICH = re.compile(
    rf"^(?:and |now |but |so )*(?:within|in|for|inside|of) (?:the )?{VALUE},? (?:which|what) (?:(?P<n>{NUMBER[1:-1]}) )?(?P<group>[\w ]+?) (?:has|have|had) (?:the )?(?P<way>most|fewest|least|highest|lowest)(?: of (?:them|those|these))?$",
    re.IGNORECASE,
)
SEEN = re.compile(
    r"^(?:and |now |then |but )*(?P<what>cumulated|accumulated|cumulative|cumulatively|added up|(?:percent(?:age)? )?growth(?: rate)?)(?: (?:in|as) (?:percent|%|a percentage))?$",
    re.IGNORECASE,
)
ALONE = re.compile(r"^(?P<what>[\w' -]+?) (?:only|alone)$", re.IGNORECASE)

# Which month was the strongest: the one of the groups that the answer before was told by.
NAMED_FIRST = re.compile(
    rf"^(?:and |so |then |but )*(?:which|what) (?P<what>[\w ]+?) (?:is|was|are|were|had|has|did)(?: the| our)? (?P<way>{FIRSTS[1:-1]})(?: one| of (?:them|those|these|all))?$",
    re.IGNORECASE,
)
SHARE_OF = re.compile(
    r"^(?:and |so |but )*(?:what|which) (?:share|percentage|percent|proportion|part|fraction|%) of (?:all |the |our |total )*(?P<what>[\w ]+?) (?:is|are|was|were|do|does|did) (?:that|those|these|this|they|it)(?: all)?(?: make up| represent| account for| come to)?$",
    re.IGNORECASE,
)
# The same, told after the figure.
SHARE_IN = re.compile(
    r"^(?:and |so |but |now )*(?:as|in) (?:an? )?(?:share|percentage|percent|proportion|fraction|%) of (?:all |the |our |total )*(?P<what>(?!total$|whole$|sum$)[\w ]+?)$",
    re.IGNORECASE,
)


def ways(text: str) -> list[list[str]]:
    """The clauses that a follow-up may be brought to, likeliest first; none where it is in none of these ways."""
    if said := SEEN.match(text):
        return [["growth" if "growth" in said["what"].lower() else "running total"]]
    if said := WITHIN_WHICH.match(text):
        low = said["way"].lower() in ("fewest", "least", "lowest")
        only = [f"only {said['value']}", f"by {said['group']} instead", f"{'bottom' if low else 'top'} {said['n'] or 1}"]
        return [only]
    if said := BY_WITHIN.match(text):
        return [[f"only {said['value']}", f"by {said['group']} instead"]]
    if said := NEXT_TO.search(text):
        rest = text[: said.start()].strip()
        return [[*([rest] if rest else []), f"compared with {said['what']}"]]
    plain = MORE.sub(
        lambda m: f"with {'at least' if m['way'].lower() in ('more', 'above', 'over') else 'at most'} {m['n']}{m['what'] or ''}", text
    )
    plain = BASED.sub(lambda m: m["value"], plain)
    found = []
    if (year := YEAR.search(plain)) and plain[: year.start()].strip():
        found.append([plain[: year.start()], f"only {year['year']}"])
    if alone := ALONE.match(plain):
        found += [[f"only {alone['what']}"]]
    return [*found, *([[plain]] if plain != text else [])]

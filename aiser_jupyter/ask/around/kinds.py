"""Things by the kinds of what belongs to them: only cats, both Rock and Jazz, a booking but no review, none of whose animals has a visit."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.things import COUNTED, HOW_MANY, Things, among_keys, below, held, shown, things
from aiser_jupyter.ask.plan import ColumnRef, Condition
from aiser_jupyter.ask.reader.names import names_of
from aiser_jupyter.ask.reader.senses import negated

if TYPE_CHECKING:
    from aiser_jupyter.ask.around.core import Asked
    from aiser_jupyter.ask.reader.read import Read

DOES = r"(?:have|has|had|own|owns|owned|keep|keeps|kept|buy|buys|bought|purchased|order|orders|ordered|take|takes|took|taken|use|uses|used|attend|attended|rented|booked|visited|watched|played|with|placed|made|held|got|sold|handled|paid by|come in for|came in for|enrolled in|signed up for|subscribed to|worked on)"
ONLY = re.compile(
    rf"^(?P<head>.+?) (?:(?P<who>who|that|which) )?(?:have |has |had )?(?:(?:ever )?(?P<verb>{DOES}) (?:only|exclusively|nothing but|nothing other than)(?: ever)?|(?:only|exclusively)(?: ever)? (?P<after>(?!with){DOES})) (?P<kind>(?!(?:one|two|three|a|an|once|twice|in|on|at|for|after|before|since|during|last|this|if|when|by|from)\b|\d)[\w'&/. -]+?)\W*$",
    re.IGNORECASE,
)
BOTH = re.compile(
    rf"^(?P<head>.+?) (?:(?P<who>who|that|which) )?(?:have |has |had )?(?P<verb>{DOES}) (?:both )?(?P<one>[\w'&/. -]+?),? (?:as well as|and also|but also|plus also|together with|in addition to) (?P<other>[\w'&/. -]+?)\W*$"
    rf"|^(?P<head2>.+?) (?:(?:who|that|which) )?(?:have |has |had )?(?P<verb2>{DOES}) both (?P<one2>[\w'&/. -]+?) and (?P<other2>[\w'&/. -]+?)\W*$",
    re.IGNORECASE,
)
BUT_NO = re.compile(
    r"^(?P<head>.+?) (?P<verb>with|(?:(?:who|that|which) )?(?:have|has|had)) (?P<one>(?:an? |any |some |at least one )?[\w' -]+?),? (?:but|and|yet|though)(?: with)? (?P<no>no|without(?: any| an?)?|not(?: a| an| any)?) (?P<other>[\w' -]+?)(?: at all| whatsoever)?\W*$",
    re.IGNORECASE,
)
NONE_OF = re.compile(
    r"^(?P<head>.+?),? none of (?:whose|their) (?P<mid>[\w' -]+?) (?:has|have|had|was|were|is|are|ever)(?: ever)?(?: (?:had|been|got))?(?: (?P<article>an?|any|the))? (?P<other>[\w' -]+?)\W*$",
    re.IGNORECASE,
)
NEVER = re.compile(
    r"^(?P<start>.+? (?:never|not)(?: ever| yet)? [a-z]+ (?:an?|any|a single|one single) (?P<other>[\w' -]+?)),? (?:for|with|on|of|by|from|in) (?:any|a|an|even one)(?: single)?(?: of (?:their|its|the))? (?P<mid>[\w'-]+(?: [\w'-]+)?)(?P<tail>\W*$|\W.*how many.*$)",
    re.IGNORECASE,
)
ARTICLE = re.compile(r"^(?:an?|any|some|at least one|the|their|its|no) ", re.IGNORECASE)
CUED = re.compile(r"\b(?:only|exclusively|nothing|both|as well|also|together|addition|no|not|without|none|never)\b", re.IGNORECASE)
NAMED, PROBABLE = 0.85, 0.6


def kinds(asked: Asked) -> list[Read]:
    """The things that have but one kind of something, two of them, one and not another, or none over two steps."""
    if not CUED.search(asked.text):
        return []
    for form in (_only, _both, _but_no, _none_of, _never):
        try:
            made = form(asked)
        except (LookupError, ValueError):
            made = None
        if made is not None:
            return [made]
    return []


def _parts(text: str) -> tuple[str, str]:
    """The question without "how many are there" at its end, and that."""
    said = HOW_MANY.search(text)
    return (text[: said.start()], text[said.start() :]) if said and not COUNTED.match(text) else (text, "")


def _low(asked: Asked, one: Things) -> tuple[Condition, ...]:
    """The tests on what a thing may have several of."""
    return tuple(c for c in one.where if c.plan is None and below(asked, one.table, c))


def _only(asked: Asked) -> Read | None:
    text, tail = _parts(asked.text.strip(" ?."))
    said = ONLY.match(text)
    if said is None:
        return None
    verb = said["verb"] or said["after"]
    one = things(asked, f"{said['head']} {said['who'] or ''} {verb} {said['kind']}{tail}")
    if one is None:
        return None
    low = _low(asked, one)
    if len(low) != 1 or low[0].operator not in ("=", "in"):
        return None
    other = among_keys(asked, one.table, (negated(asked.schema, low[0]),), without=True)
    return shown(asked, one, (*held(asked, one), other), "only", ("those with any of another kind are left out",))


def _both(asked: Asked) -> Read | None:
    text, tail = _parts(asked.text.strip(" ?."))
    said = BOTH.match(text)
    if said is None:
        return None
    head, verb, first, second = (said[n] or said[f"{n}2"] for n in ("head", "verb", "one", "other"))
    start = f"{head} {said['who'] or ''} {verb}"
    one = things(asked, f"{start} {first}{tail}") or things(asked, f"{start} {first} {second.split()[-1]}{tail}")
    two = things(asked, f"{start} {second}{tail}")
    if one is None or two is None or one.table != two.table:
        return None
    lows = _low(asked, one), _low(asked, two)
    if not all(len(low) == 1 and low[0].operator == "=" for low in lows):
        return None
    a, b = lows[0][0], lows[1][0]
    rest = [tuple(c for c in each.where if c not in low) for each, low in zip((one, two), lows, strict=True)]
    if a.item != b.item or a.values == b.values or rest[0] != rest[1]:
        return None
    where = (*rest[0], among_keys(asked, one.table, (a,)), among_keys(asked, one.table, (b,)))
    return shown(asked, one, where, "both")


def _but_no(asked: Asked) -> Read | None:
    text, tail = _parts(asked.text.strip(" ?."))
    said = BUT_NO.match(text)
    if said is None:
        return None
    head, first, second = said["head"], said["one"], said["other"]
    without = things(asked, f"{head} without {ARTICLE.sub('', second)}{tail}")
    if without is None or not any(c.operator in ("not in", "is null") for c in without.where):
        return None
    there = _there(asked, without.table, ARTICLE.sub("", first))
    if there is not None:
        return shown(asked, without, (*without.where, there), "but no")
    one = things(asked, f"{head} {said['verb']} {first}{tail}")
    if one is None or one.table != without.table or not one.where:
        return None
    where = tuple(dict.fromkeys((*held(asked, one), *without.where)))
    return shown(asked, without, where, "but no") if len(where) > len(without.where) else None


def _there(asked: Asked, table: str, words: str) -> Condition | None:
    """The test that a row of ``table`` has any row of the table that some words name."""
    names = names_of(asked.schema)
    found = names.meant(tuple(words.lower().split()))
    if not found or found[0][0] < NAMED or found[0][1].column is not None:
        return None
    other = found[0][1].table
    path = asked.schema.graph.path((table, other))
    if path is None or not asked.schema.graph.multiplies(path, table):
        return None
    return among_keys(asked, table, (), tables=(other,))


def _none_of(asked: Asked) -> Read | None:
    text, tail = _parts(asked.text.strip(" ?."))
    said = NONE_OF.match(text)
    if said is None:
        return None
    without = things(asked, f"{said['head']} without {said['other']}{tail}")
    return _between(asked, without, said["mid"])


def _never(asked: Asked) -> Read | None:
    said = NEVER.match(asked.text.strip(" ?."))
    if said is None:
        return None
    without = things(asked, f"{said['start']}{said['tail']}")
    return _between(asked, without, said["mid"])


def _tables(asked: Asked, words: str) -> set[str]:
    """The tables that some words may name."""
    found = {n.table for s, n, _ in names_of(asked.schema).meant(tuple(words.lower().split())) if s >= PROBABLE}
    one = None if found else things(asked, f"number of {words.rstrip('s')}s")
    return found or ({one.table} if one and not one.where else set())


def _between(asked: Asked, without: Things | None, mid: str) -> Read | None:
    """The things without any of something far, where what is said to be between lies on the way there."""
    if without is None:
        return None
    far = [c for c in without.where if c.operator == "not in" and c.plan is not None]
    tables = _tables(asked, mid)
    if len(far) != 1 or far[0].plan is None or not tables:
        return None
    inside = {leaf.table for c in far for i in (c.plan.select if c.plan else ()) for leaf in (i.expression,) if isinstance(leaf, ColumnRef)}
    inside |= set(far[0].plan.tables)
    path = asked.schema.graph.path(tuple(dict.fromkeys((without.table, *inside))))
    if path is None or not tables & set(path.tables):
        return None
    return shown(asked, replace(without), without.where, "none of")

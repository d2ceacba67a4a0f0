"""One and many of an English noun, as units and table names need it."""

from __future__ import annotations

UNCOUNTABLE = frozenset(
    (
        "people",
        "staff",
        "data",
        "information",
        "media",
        "equipment",
        "series",
        "species",
        "children",
        "news",
        "stock",
        "personnel",
        "history",
        "weather",
    )
)
ENDING_IE = frozenset(("movies", "cookies", "calories", "pies", "ties", "zombies"))
ENDING_US = frozenset(("buses", "statuses", "bonuses", "viruses", "campuses", "viri"))


def plural(noun: str) -> str:
    """The plural of a noun phrase; one that is plural stays."""
    last = noun.rsplit(" ", 1)[-1]
    if last in UNCOUNTABLE or not last.isalpha() or (last.endswith("s") and not last.endswith(("ss", "us", "is"))):
        return noun
    if last.endswith("y") and last[-2:-1] not in set("aeiou"):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if last.endswith(("s", "x", "z", "ch", "sh")) else f"{noun}s"


def singular(noun: str) -> str:
    """One of a plural noun phrase: order, category, box; one that is singular stays."""
    last = noun.rsplit(" ", 1)[-1]
    if last in UNCOUNTABLE or not last.endswith("s") or last.endswith(("ss", "us", "is")):
        return noun
    if last.endswith("ies") and len(last) > 4 and last not in ENDING_IE:
        return f"{noun[:-3]}y"
    return noun[:-2] if last in ENDING_US or last.endswith(("sses", "xes", "ches", "shes")) else noun[:-1]

"""Two columns of a row set against each other by a factor: more than 10 % below market rent, at or below the reorder level, under 80 % of plan, after the due date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.ask.around.things import Things, held, shown, things
from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.plan import ColumnRef, Condition, Item
from aiser_jupyter.ask.question import STOP
from aiser_jupyter.ask.reader.names import names_of
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.ask.around.core import Asked
    from aiser_jupyter.ask.plan import Operator
    from aiser_jupyter.ask.reader.read import Read
    from aiser_jupyter.ask.schema import ColumnView

N = r"(?P<number>\d+(?:\.\d+)?) ?(?:%|percent\b|per cent\b)"
OWN = r"(?:the |their |its |his |her |our |what was |what is |was |is )*"
LOW = r"(?:below|under|beneath|less than|lower than|cheaper than|short of)"
HIGH = r"(?:above|over|more than|higher than|greater than|beyond)"
PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern, re.IGNORECASE))
    for kind, pattern in (
        ("apart", rf"\b(?P<least>by )?(?:(?P<how>more than|over|at least) )?{N} (?:or more )?(?:(?P<low>{LOW})|{HIGH}) (?P<own>{OWN})"),
        ("part", rf"\b(?:(?P<low>{LOW})|(?P<high>{HIGH})|(?P<even>at least|at most)) {N} of (?P<own>{OWN})"),
        ("even", rf"\b(?:at|on|equal to|the same as) or (?:(?P<low>{LOW})|{HIGH}) (?P<own>{OWN})"),
        ("late", r"\b(?:too )?late\b(?! (?:fees?|charges?|payments?|returns?|in|this|last|night)\b)(?P<low>\0)?"),
        ("date", r"\b(?:(?P<low>before|earlier than|ahead of|prior to)|(?:only )?(?:after|later than|past)) (?P<own>the |their |its )"),
    )
)
LIGHT = frozenset({"output", "level", "figure", "amount", "value", "count", "number", "date", "deadline", "units"})
AUXILIARY = frozenset(
    bag("is are was were be been has have had that which who whose with where a an the their its our still currently only of did do does")
)
STOCKED = frozenset(map(stem, ("stock", "inventory", "hand", "onhand")))
REORDER = frozenset(map(stem, ("reorder", "minimum", "safety")))
PLANNED = frozenset(map(stem, ("due", "promised", "required", "expected", "planned", "deadline", "scheduled", "target", "estimated")))
BORN = frozenset(map(stem, ("birth", "born", "dob")))
CAME = frozenset({"came", "come", "made", "arrived", "received", "completed", "done", "finished", "in"})
OWNER = re.compile(r"^of (?:the|its|their|that|each) (?P<what>[\w-]+(?: (?!by\b|per\b|in\b)[\w-]+)?)", re.IGNORECASE)
DONE = re.compile(
    r"(?:\s+(?:(?:that|which|who) )?(?:is |are |was |were |have been |has been |had been )?(?:came in|come in|came|made|\w+ed|paid|sent|done|delivered))\s*$",
    re.IGNORECASE,
)
INSIDE = frozenset({"per", "of", "to", "on", "in"})
NAMED = 0.62
WIDEST = 4


@dataclass(frozen=True)
class Against:
    """The test, and what is left of the question without it."""

    test: Condition
    rest: str
    note: str


def columns(asked: Asked) -> list[Read]:
    """The things whose one column is so far from another, counted or listed."""
    found = against(asked, asked.text)
    if found is None:
        return []
    one, told = found
    made = shown(asked, one, (*held(asked, one), told.test), "columns", (told.note,))
    return [made] if made else []


def against(asked: Asked, text: str) -> tuple[Things, Against] | None:
    """The test of ``text`` that sets two columns against each other, and the things that it is of; None where there is none such."""
    for kind, pattern in PATTERNS:
        for said in pattern.finditer(text):
            made = _read(asked, text, kind, said)
            if made is not None:
                return made
    return None


def _read(asked: Asked, text: str, kind: str, said: re.Match[str]) -> tuple[Things, Against] | None:
    dated = kind in ("date", "late")
    wanted = _dated if dated else _amount
    rights, after = ([], text[said.end() :].strip(" ?.!")) if kind == "late" else _ahead(asked, text[said.end() :], wanted)
    before = text[: said.start()].rstrip(" ,")
    if not rights and kind != "late":
        return None
    lefts, head = ([], DONE.sub("", before)) if dated else _behind(asked, before, wanted)
    rest = f"{head} {after}".strip()
    one = things(asked, rest) or (things(asked, f"{before} {after}") if rest != f"{before} {after}".strip() else None)
    if one is None:
        return None
    if kind == "late":
        views = [asked.schema.columns[i] for i in asked.schema.table(one.table).columns]
        rights = [v.ref for v in views if _dated(v) and set(v.stems) & PLANNED]
        rights = rights if len(rights) == 1 else []
    for right in rights:
        left = _left(asked, one, lefts, right, before, dated=dated)
        if left is None or not _reached(asked, one.table, right, left):
            continue
        operator, factor = _measure(kind, said)
        test = Condition(Item(left), operator, (), other=Item(right, scale=1.0 if factor == 1.0 else 1.0 / factor))
        much = "" if factor == 1.0 else f" {factor:g} times"
        return one, Against(test, rest, f"compared is {left.column} with{much} {right.column}")
    return None


def _measure(kind: str, said: re.Match[str]) -> tuple[Operator, float]:
    """The comparison, and what the right side is multiplied by."""
    low = bool(said["low"])
    if kind in ("even", "date", "late"):
        return ("<=" if kind == "even" else "<") if low else (">=" if kind == "even" else ">"), 1.0
    share = float(said["number"]) / 100.0
    if kind == "part":
        even = (said["even"] or "").lower()
        operator: Operator = ">=" if even == "at least" else "<=" if even == "at most" else "<" if low else ">"
        return operator, round(share, 6)
    strict = (said["how"] or "").lower() in ("more than", "over")
    return (("<" if strict else "<=") if low else (">" if strict else ">=")), round(1 - share if low else 1 + share, 6)


def _amount(view: ColumnView) -> bool:
    return measures.amount(view)


def _dated(view: ColumnView) -> bool:
    return view.temporal and not set(view.stems) & BORN


def _named(asked: Asked, words: tuple[str, ...], wanted: Callable[[ColumnView], bool]) -> list[ColumnRef]:
    """The columns of the wanted kind that some words name, strongest first."""
    if len(words) > 1 and words[-1] in LIGHT and not _named(asked, words[-1:], wanted):
        whole = [r for s, n, _ in names_of(asked.schema).meant(words) if s >= NAMED and (r := n.column) and wanted(asked.schema.view(r))]
        return whole[:1] or _named(asked, words[:-1], wanted)
    if not words or any(w in STOP - INSIDE for w in words) or {words[0], words[-1]} & INSIDE:
        return []
    names = names_of(asked.schema)
    found = [(s, n.column) for s, n, _ in names.meant(words) if n.column is not None and s >= NAMED and wanted(asked.schema.view(n.column))]
    best = max((s for s, _ in found), default=0.0)
    return [column for s, column in found if s >= best - 0.03]


def _ahead(asked: Asked, text: str, wanted: Callable[[ColumnView], bool]) -> tuple[list[ColumnRef], str]:
    """The columns that the first words of ``text`` name, and the text after them."""
    pieces = list(re.finditer(r"[\w'-]+", text))
    for count in range(min(WIDEST, len(pieces)), 0, -1):
        if re.search(r"[,;?:]", text[: pieces[count - 1].start()]):
            continue
        refs = _named(asked, tuple(p.group().lower() for p in pieces[:count]), wanted)
        if refs:
            after = text[pieces[count - 1].end() :].strip(" ?.!")
            owner = OWNER.match(after)
            if owner and any(_owns(asked, owner["what"], ref) for ref in refs):
                after = after[owner.end() :].strip()
            return refs, after
    return [], text


def _owns(asked: Asked, words: str, ref: ColumnRef) -> bool:
    """Whether some words name the table of a column."""
    return any(s >= NAMED and n.table == ref.table for s, n, _ in names_of(asked.schema).meant(tuple(words.lower().split())))


def _behind(asked: Asked, text: str, wanted: Callable[[ColumnView], bool]) -> tuple[list[ColumnRef], str]:
    """The columns that the last words of ``text`` name, and the text before them."""
    pieces = list(re.finditer(r"[\w'-]+", text))
    while pieces and pieces[-1].group().lower() in AUXILIARY:
        pieces.pop()
    for count in range(min(WIDEST - 1, len(pieces) - 1), 0, -1):
        refs = _named(asked, tuple(p.group().lower() for p in pieces[-count:]), wanted)
        if refs:
            return refs, text[: pieces[-count].start()].rstrip(" ,")
    return [], text


def _left(asked: Asked, one: Things, lefts: list[ColumnRef], right: ColumnRef, before: str, *, dated: bool) -> ColumnRef | None:
    """The column that is compared: the one that is named, else the one of the things that is kin to the other."""
    own = [ref for ref in lefts if ref.table == one.table and ref != right]
    if len(own) == 1:
        return own[0]
    if own or lefts:
        return None
    views = [asked.schema.columns[i] for i in asked.schema.table(one.table).columns]
    if dated:
        words = {stem(w) for w in re.findall(r"[a-z]+", before.lower()[-30:])} | {
            w for w in re.findall(r"[a-z]+", before.lower()[-30:]) if w in CAME
        }
        told = [v for v in views if _dated(v) and v.ref != right and not set(v.stems) & PLANNED]
        kin = [v for v in told if set(v.stems) & words]
        later = kin or (told if words & CAME else [])
        return later[0].ref if len(later) == 1 and later[0].ref.table == right.table else None
    stems = set(asked.schema.view(right).stems)
    if stems & REORDER:
        found = [v for v in views if set(v.stems) & STOCKED and v.numeric and v.ref != right]
    else:
        found = [v for v in views if measures.amount(v) and v.ref != right and stems & set(v.stems) - GENERAL]
    return found[0].ref if len(found) == 1 else None


GENERAL = frozenset(map(stem, ("amount", "total", "number", "value", "units", "id")))


def _reached(asked: Asked, table: str, right: ColumnRef, left: ColumnRef) -> bool:
    """Whether each of the things has one of either column."""
    path = asked.schema.graph.path(tuple(dict.fromkeys((table, right.table, left.table))))
    return path is not None and not asked.schema.graph.multiplies(path, table)

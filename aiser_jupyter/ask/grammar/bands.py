"""Ranges of a number that a question lists: "tenure up to 12 months, 13 to 24, 25 to 48 and more than 48"."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.grammar.frame import Noun
from aiser_jupyter.ask.grammar.segments import Option, Segment
from aiser_jupyter.ask.grammar.several import Several
from aiser_jupyter.ask.plan import Item, Order, Plan, Ranges

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import ColumnRef

NUMBER = r"\$?(\d[\d,]*(?:\.\d+)?)(?: ?(?:%|kg|g|km|m|cm|usd|eur|months?|years?|days?|weeks?|hours?|minutes?|employees|people|seats|units|pieces))?(?!\w|\.\d)"
PIECE = re.compile(
    rf"(?:(?P<low>up to|under|below|less than|at most|no more than|fewer than) {NUMBER}"
    rf"|(?:from |between )?{NUMBER}(?: ?(?:-|–|to|and) ?)(?P<open>(?:just )?(?:under|below|less than) )?{NUMBER}"
    rf"|(?P<high>over|above|more than|at least|from) {NUMBER}"
    rf"|{NUMBER} ?(?:\+|or more|and more|and above|and over|or above|or over|and up|or up|and upwards)(?= |$|[,.?;)]))",
    re.IGNORECASE,
)
BETWEEN = re.compile(r"^(?:\s|,|;|/|:|and|or|versus|vs\.?|against|of|with)*$", re.IGNORECASE)
INCLUSIVE = frozenset({"up to", "at most", "no more than"})
FEW = 2
SIZES = frozenset({"size", "amount", "value", "worth"})
KINDS = frozenset(
    {"class", "classes", "band", "bands", "bracket", "brackets", "group", "groups", "range", "ranges", "bucket", "buckets", "size", "tier"}
)


@dataclass(frozen=True)
class Listed:
    """The bounds between neighbouring ranges with whether each belongs to the lower one, their labels, and where they stand in characters."""

    bounds: tuple[tuple[float, bool], ...]
    labels: tuple[str, ...]
    span: tuple[int, int]


def listed(text: str) -> Listed | None:
    """The ranges that ``text`` lists one after the other, from the lowest without a lower end to the highest; None where it lists none."""
    found = list(PIECE.finditer(text))
    while len(found) > 1 and not BETWEEN.match(text[found[0].end() : found[1].start()]):
        found = found[1:]
    run = found[:1]
    for piece in found[1:]:
        if not BETWEEN.match(text[run[-1].end() : piece.start()]):
            break
        run.append(piece)
    if len(run) <= FEW - 1:
        return None
    ends = [_ends(piece) for piece in run]
    bounds: list[tuple[float, bool]] = []
    for (_, _, high, inclusive), (kind, low, _, above) in itertools.pairwise(ends):
        if high is None or low is None or not 0 <= low - high <= 1:
            return None
        # A number at the border belongs to the range that names it; where both do, to the lower one.
        bounds.append((high, above if kind == "high" and low == high else inclusive or low > high))
    if ends[-1][2] is not None or (ends[0][1] or 0) > 1:
        return None
    return Listed(tuple(bounds), tuple(piece.group().strip(" ,") for piece in run), (run[0].start(), run[-1].end()))


def _ends(piece: re.Match[str]) -> tuple[str, float | None, float | None, bool]:
    """The lower and upper end of a range; whether the upper end belongs to it, or for an open one the lower end does not."""
    numbers = [float(group.replace(",", "")) for group in piece.groups() if group and group[0].isdigit()]
    if piece["low"]:
        return "low", None, numbers[0], piece["low"].lower() in INCLUSIVE
    if piece["high"]:
        return "high", numbers[0], None, piece["high"].lower() not in ("at least", "from")
    if len(numbers) > 1:
        return "both", numbers[0], numbers[1], not piece["open"]
    return "high", numbers[0], None, False


class Bands(Several):
    """The form whose groups are ranges of a number."""

    def _by_ranges(self) -> Plan | None:
        """A figure for each of the ranges that are listed."""
        text = self.linked.question.text
        found = listed(text)
        if found is None:
            return None
        tokens = self.linked.question.tokens
        inside = {i for i, t in enumerate(tokens) if found.span[0] <= t.start < found.span[1]}
        outer = [n for n in self.frame.nouns if n.segment.start not in inside and not self._kind_of_range(n, inside)]
        column = self._measured_by(outer, found) or self._sized(outer, inside)
        if column is None:
            return None
        outer = outer if column[1] in outer else [*outer, column[1]]
        ref, noun = column
        ranges = Ranges(ref, found.bounds, found.labels)
        place = noun.segment
        group = Noun(Segment(place.start, place.end, (Option(1.0, value=ranges),)), "group")  # type: ignore[arg-type]  # a value to group by
        nouns = tuple(group if n is noun else n for n in outer)
        if len(nouns) == len([n for n in nouns if n.role == "group"]) and not self.flagged:
            return None
        values = tuple(m for m in self.frame.values if m.start not in inside)
        part = type(self)(
            self.linked, replace(self.frame, nouns=nouns, values=values, tests=(), limit=None, extreme=False, used=self.frame.used | inside)
        )
        part.flagged = self.flagged
        plan = part.plan()
        self.anchors, self.assumptions, self.fit = part.anchors, part.assumptions, self.fit * part.fit
        self.explained |= part.explained | {"class", "classes", "band", "bands", "bucket", "buckets", "group", "groups", "range", "ranges"}
        self.explained |= {tokens[i].text.lower() for i in inside}
        self.frame = replace(self.frame, used=self.frame.used | inside | part.frame.used)
        if ranges not in plan.group:
            return None
        return replace(plan, order=(Order(Item(ref, "min")),), limit=None)

    def _sized(self, nouns: list[Noun], inside: set[int]) -> tuple[ColumnRef, Noun] | None:
        """The one amount of what is counted, where it is told by size right before the ranges."""
        lower = self.linked.question.lower
        place = next((i for i in range(min(inside) - 1, max(min(inside) - 3, 0), -1) if lower[i] in SIZES), None)
        homes = {n.segment.best.table for n in nouns if n.segment.best.table}
        if place is None or len(homes) != 1 or any(isinstance(n.segment.best.value, Ranges) for n in self.frame.nouns):
            return None
        views = [self.schema.columns[i] for i in self.schema.table(next(iter(homes))).columns]
        amounts = [view.ref for view in views if measures.amount(view)]
        if len(amounts) != 1:
            return None
        self.explained |= {lower[place]}
        self.assumptions.append(f"{lower[place]} is {amounts[0].table}.{amounts[0].column}")
        return amounts[0], Noun(Segment(place, place + 1, ()), "group")

    def _kind_of_range(self, noun: Noun, inside: set[int]) -> bool:
        """Whether a phrase right before the ranges only says that they are some: weight class."""
        words = self.linked.question.lower[noun.segment.start : noun.segment.end]
        return len(words) == 1 and words[0] in KINDS and noun.segment.end in (min(inside), min(inside) - 1)

    def _measured_by(self, nouns: list[Noun], found: Listed) -> tuple[ColumnRef, Noun] | None:
        """The column whose ranges are listed: the number named last before them."""
        tokens = self.linked.question.tokens
        for noun in reversed(nouns):
            if tokens[noun.segment.start].start > found.span[0]:
                continue
            column = next((o.column for o in noun.segment.options if o.column and measures.amount(self.schema.view(o.column))), None)
            if column is not None and not noun.aggregate:
                return column, noun
        return None

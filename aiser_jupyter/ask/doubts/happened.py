"""What happened: what was done is read where the data tells of it, sales among the sales, sign-ups by their day, visits among the visits."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts.counts import stands_for
from aiser_jupyter.ask.doubts.doubt import LOST, Doubt
from aiser_jupyter.ask.grammar import relations
from aiser_jupyter.ask.plan import Bucket
from aiser_jupyter.ask.sql.render import tables_of
from aiser_jupyter.ask.words import bag, kin, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.doubts.seen import Seen

DONE = re.compile(r"(?:ed|sold|bought|paid|sent|lent|built|given|taken|taught)$")
SOLD = frozenset(map(stem, bag("sale sales selling sold sell")))
SIGNED = re.compile(r"\bsign-?ups?\b(?! (?:source|channel|date|country))", re.IGNORECASE)
SIGNING = frozenset(map(stem, bag("sign signed signup")))
CAME = re.compile(
    r"\b(?:who|that|which|members|guests|customers|patients|visitors) (?:came|come|showed up|turned up)\b(?! (?:from|through|via|with)\b)",
    re.IGNORECASE,
)
VISITS = frozenset(map(stem, bag("visit attendance checkin appointment stay")))


def _outside(seen: Seen) -> bool:
    """Whether something was done of which a table tells, and neither that table nor a name, value or date of it is read: cars sold are no cars that arrived."""
    done = [word for word in seen.linked.question.lower if DONE.search(word) and word in relations.forms()]
    return bool(done) and any(_unread(seen, relations.forms()[word], word) for word in dict.fromkeys(done))


def _unread(seen: Seen, base: str, word: str) -> bool:
    """Whether what a verb says is read nowhere, or a sale is dated by another day than its own."""
    roots = {stem(word), stem(base), base} | (SOLD if base == "sell" else set())
    events = {
        view.name
        for view in seen.schema.tables
        if view.stems and any(kin(root, view.stems[-1]) or root == view.stems[-1] for root in roots)
        if any(seen.schema.columns[i].temporal for i in view.columns)
    }
    told = seen.named | {stem(word) for test in seen.tests for value in test.values for word in str(value).lower().split()}
    if not events or roots & told or any(kin(root, one) for root in roots for one in told):
        return False
    used = frozenset().union(*(tables_of(plan) for plan in seen.plans))
    if not events & used:
        return True
    dates: set[object] = {part.column for part in seen.parts if isinstance(part, Bucket)}
    dated = seen.dates(dates | {test.item.expression for test in seen.tests})
    return base == "sell" and any(ref.table in used for ref in dated) and not any(ref.table in events for ref in dated)


def _signed_elsewhere(seen: Seen) -> bool:
    """Whether sign-ups have a date of their own name, and rows without it are counted."""
    homes = {view.ref.table for view in seen.schema.columns if view.temporal and SIGNING & set(view.stems)}
    counted = [item.expression for item in seen.items if item.aggregate == "count"]
    return bool(homes and counted) and not homes & {table for one in counted for table in stands_for(seen, one)}


def _came_elsewhere(seen: Seen) -> bool:
    """Whether visits have a table of their own name, and none is read."""
    homes = {view.name for view in seen.schema.tables if VISITS & set(view.stems)}
    return bool(homes) and not homes & seen.touched


DOUBTS = (
    Doubt("done_elsewhere", "something was done of which a table tells, and the query reads another", LOST, _outside),
    Doubt("signed_elsewhere", "sign-ups have a day of their own, and other rows are counted", LOST, _signed_elsewhere, SIGNED),
    Doubt("came_elsewhere", "who came stands in a table of its own, and the query reads another", LOST, _came_elsewhere, CAME),
)

"""Keys: the numbers of things are neither added up nor shown where nobody asked for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts.doubt import LOST, NONE, Doubt
from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.reader.display import display
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.doubts.seen import Seen

KEYED = bag("id ids key keys code codes number numbers identifier identifiers no #")
NUMBERS = frozenset(map(stem, bag("id key no number code zip")))
WHO = re.compile(r"^\W*who\b(?! (?:many|much))", re.IGNORECASE)
UNIQUE = 0.9  # different values by rows from which on a column names each of them


def _bare(seen: Seen) -> bool:
    """Whether things are shown by a number that nobody asked for, though they have a name."""
    if seen.free & KEYED or seen.plan.source is not None:
        return False
    shown = {view.ref: view for item in seen.plan.select if not item.aggregate and (view := seen.view(item.expression)) is not None}
    for ref, view in shown.items():
        if not (view.primary and view.numeric and view.stems[-1] == "id"):
            continue
        named = {one for one in display(seen.schema, ref.table) if one != ref and _unique(seen, one)}
        if named and not named & shown.keys():
            return True
    return False


def _unique(seen: Seen, ref: object) -> bool:
    """Whether hardly any two rows share a value: a name of theirs, and not that of whom an order goes to."""
    view = seen.view(ref)
    return view is not None and view.distinct >= UNIQUE * max(view.rows, 1)


def _added(seen: Seen) -> bool:
    return any(
        item.aggregate in ("sum", "avg", "median") and bool(stems := seen.stems_of(item.expression)) and stems[-1] in NUMBERS
        for item in seen.items
    )


def _beside(seen: Seen) -> bool:
    """Whether the number by which rows point to others is shown, beside what has a name."""
    if not seen.schema.trade or seen.lower & KEYED:
        return False
    shown = [item.expression for item in seen.plan.select if not item.aggregate and isinstance(item.expression, ColumnRef)]
    views = [view for ref in shown if (view := seen.view(ref)) is not None]
    keys = [view for view in views if view.foreign and view.numeric and view.stems[-1] in ("id", "key")]
    return 0 < len(keys) < len(shown)


def _alone(seen: Seen) -> bool:
    """Whether nothing but numbers of things is shown."""
    views = [seen.view(item.expression) for item in seen.plan.select]
    return seen.schema.trade and bool(views) and all(view is not None and (view.primary or view.foreign) for view in views)


DOUBTS = (
    Doubt("key_for_name", "things are shown by a number that nobody asked for, though they have a name", NONE, _bare),
    Doubt("key_added", "the numbers of things are added up", NONE, _added),
    Doubt("key_beside", "the number by which rows point to others is shown, and nobody asked for it", LOST, _beside),
    Doubt("keys_alone", "it was asked who, and nothing but numbers of things is shown", LOST, _alone, WHO),
)

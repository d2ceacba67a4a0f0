"""Which date of a table a period is about: the one that is said, else the one when its rows came to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.reader.naming import likeness, parts
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import ColumnRef
    from aiser_jupyter.ask.schema import ColumnView, Schema

BORN = frozenset(map(stem, bag("birth dob born")))
FIRST = frozenset(
    map(
        stem,
        bag(
            "created create order ordered booked placed opened open issued filed signup registered start started invoice sale sold purchase date"
        ),
    )
)
LATER = frozenset(
    map(
        stem,
        bag(
            "due promised required expected end ended closed resolved paid last updated modified expiry expires delivered service ship shipped"
        ),
    )
)
FAR = 9.0


def event_date(schema: Schema, table: str, words: tuple[str, ...]) -> tuple[ColumnRef, bool, bool] | None:
    """The date column for rows of ``table``, whether another was about as likely, and whether there is another at all; None where there is no date near."""
    options = []
    for view in schema.columns:
        if not view.temporal or set(view.stems) & BORN:
            continue
        path = schema.graph.path((table, view.ref.table))
        if path is None or (view.ref.table != table and schema.graph.multiplies(path, table)):
            continue
        options.append((path.cost * 2.0 - _liking(view, table, words), view.position, view.ref))
    if not options:
        return None
    options.sort(key=lambda o: (round(o[0], 3), o[1]))
    near = [o for o in options[1:] if o[0] - options[0][0] < 0.5]
    return options[0][2], bool(near), len(options) > 1


def _liking(view: ColumnView, table: str, words: tuple[str, ...]) -> float:
    own = {p.text for p in parts(table)}
    told = [p for p in parts(view.name) if not p.weak]
    liked = 0.0
    for piece in told:
        liked += max((likeness(word, piece) for word in words if len(word) > 2), default=0.0)
    liked /= max(len(told), 1)
    stems = set(view.stems)
    first = bool(stems & FIRST) and not stems & LATER
    return (
        1.2 * liked
        + 0.5 * first
        - 0.5 * bool(stems & LATER)
        + 0.8 * any(likeness(p, t) > 0.7 for p in own for t in told)
        + 0.3 * (not told)
    )

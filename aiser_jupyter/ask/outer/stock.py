"""What a stock is worth: the pieces there are at their price, by group."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.outer.core import figure
from aiser_jupyter.ask.plan import ColumnRef, Formula, Item
from aiser_jupyter.ask.words import split, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.outer.core import Outer
    from aiser_jupyter.ask.schema import ColumnView
    from aiser_jupyter.ask.scored import Scored

WORTH = re.compile(
    r"\b(?:(?:total |overall )?(?:stock|inventory) (?:value|worth)|(?:total )?(?:value|worth) of (?:the |our |all )*(?:stock|inventory)(?: on hand)?|how much (?:is|are) (?:the |our |all )*(?:stock|inventory)(?: on hand)? worth)"
    r"(?:,? (?:at|in|by) (?:the )?(?P<at>list price|unit price|sales? price|selling price|cost|standard cost|purchase price)s?)?\b",
    re.IGNORECASE,
)
STOCKED = frozenset(map(stem, ("stock", "inventory")))
LIST, COST = frozenset(map(stem, ("price", "list"))), frozenset(map(stem, ("cost", "purchase")))
PIECES = frozenset(map(stem, ("units", "quantity", "pieces", "count", "level", "hand", "on", "in", "number", "of")))


def stock(outer: Outer) -> list[Scored]:
    """The pieces in stock, each at the one price that its own row has; none where a price is not in it, or several are and none is named."""
    said = WORTH.search(outer.text)
    held = (
        [v for v in outer.schema.columns if measures.amount(v) and STOCKED & set(v.stems) and set(v.stems) <= STOCKED | PIECES]
        if said
        else []
    )
    if (
        said is None
        or len(held) != 1
        or {stem("value"), stem("worth")} & {w for v in outer.schema.columns if STOCKED & set(v.stems) for w in v.stems}
    ):
        return []
    price = _price(outer, held[0], (said["at"] or "").lower())
    text = WORTH.sub(f"total {' '.join(split(held[0].ref.column))}", outer.text)
    part = outer.sure(re.sub(r"^\W*what (?:is|was) (?:the |our )*", "", text)) if price is not None else None
    one = figure(part.plan) if part is not None else None
    if price is None or part is None or one != Item(held[0].ref, "sum"):
        return []
    item = Item(Formula("stock_value", (price, held[0].ref)), "sum")
    plan = replace(
        part.plan,
        select=tuple(item if i == one else i for i in part.plan.select),
        order=tuple(replace(o, item=item) if o.item == one else o for o in part.plan.order),
    )
    return outer.made(plan, part, notes=(f"the stock is worth {price.column} × {held[0].ref.column} of {price.table}",))


def _price(outer: Outer, pieces: ColumnView, at: str) -> ColumnRef | None:
    """The price or cost in the same row that is named, or the one price there is."""
    own = [outer.schema.columns[i] for i in outer.schema.tables[pieces.table].columns]
    kind = COST if "cost" in at or "purchase" in at else LIST
    found = [v.ref for v in own if measures.amount(v) and kind & set(v.stems) and v is not pieces]
    return found[0] if len(found) == 1 else None

"""What somebody bought, what things cost and what each customer spent, in the words of columns and measures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.schema import Schema

WHAT = re.compile(
    r"^\W*[Ww]hat (?:all )?(?P<did>did|has|have) (?P<who>[A-ZÀ-Þ][\w.'-]*(?: [\w.'&-]+){0,4}?) (?P<verb>buy|bought|order|ordered|purchased?)(?P<rest>(?: (?:in|during|since|last|this|on|from)\b.*)?)\W*$"
)
COST = re.compile(
    r"^\W*(?:how many|number of) (?P<what>[a-z]+)(?: that)? (?:cost|are priced at|sell for) (?:exactly )?[$€£]?(?P<number>\d[\d.,]*)\W*$",
    re.IGNORECASE,
)
SPENT = re.compile(
    r"\b(?:the )?(?:total |amount |money |total amount )*(?:spent|spend|spending) (?:by|of|per) (?:each |every |the )?(?P<who>customers?|clients?)\b",
    re.IGNORECASE,
)
HAVING = re.compile(
    r"\b(?:had|have|has|having|with|got|received|were given|was given) (?:an?|any|some) (?P<what>[a-z]+)\b(?! (?:of|above|below|over|under|from|between|higher|lower|at)\b)",
    re.IGNORECASE,
)
BEST = re.compile(
    r"^\W*(?:(?:who|which|what) (?:is|are|was|were) )?(?:the |our )?(?:best|top|biggest|most valuable)(?P<number> \d+)? (?P<who>customer|client)s? (?:per|in each|for each|of each|in every) (?P<group>[a-z]+)\W*$",
    re.IGNORECASE,
)
LEAST = re.compile(
    r"^\W*(?P<core>(?:number|count) of (?P<what>[a-z]+) (?:per|by) [a-z ]+?),? (?:but )?(?:only )?(?P<how>at least|more than|over) (?P<number>\d+)\W*$",
    re.IGNORECASE,
)


def plainly(text: str, schema: Schema) -> str:
    """``text`` in words that the grammar reads, as far as the data has goods, prices and revenue."""
    if (said := WHAT.match(text)) is not None and (goods := _goods(schema)):
        return f"which {goods} did {said['who']} {said['verb']}{said['rest']}"
    if (said := COST.match(text)) is not None and (price := _price(schema, said["what"])):
        return f"number of {said['what']} with a {price} of {said['number']}"
    if measures.revenue(schema) is not None:
        text = BEST.sub(r"top\g<number> \g<who> in each \g<group> by revenue", text)
        text = SPENT.sub(r"revenue by \g<who>", text)
    text = HAVING.sub(lambda match: _above(match, schema), text)
    return LEAST.sub(r"\g<core>, only those with \g<how> \g<number> \g<what>", text)


def _above(match: re.Match[str], schema: Schema) -> str:
    """Those that had some of an amount, of which none is told by 0, as those with more of it than 0."""
    word = (stem(match["what"].lower()),)
    found = [view for view in schema.columns if view.stems == word and view.numeric and view.low == 0 and not view.foreign]
    return f"with {match['what']} above 0" if len(found) == 1 and word not in schema.things else match.group()


def _goods(schema: Schema) -> str:
    """What the lines of sales point to, where it is one kind of thing that has a price; empty where it is not."""
    line = measures.line_revenue(schema)
    found = set()
    for key in schema.catalog.keys if line is not None else ():
        if key.table != line.table or key.ref_table not in schema.table_index:  # type: ignore[union-attr]  # no key is looked at without a line
            continue
        table = schema.table(key.ref_table)
        dated = any(schema.columns[i].temporal for i in table.columns) and table.parents
        if not dated and any(stem("price") in schema.columns[i].stems for i in table.columns):
            found.add(schema.things.get(table.stems, ""))
    goods = found.pop() if len(found) == 1 else ""
    return goods if not goods or goods.endswith("s") else f"{goods}s"


def _price(schema: Schema, what: str) -> str:
    """The one price of a thing, in the words of its column."""
    name = (stem(what.lower()),)
    found = [
        " ".join(view.name.split("_"))
        for view in schema.columns
        if view.stems[-1:] == (stem("price"),) and schema.tables[view.table].stems == name and view.numeric
    ]
    return "unit price" if len(found) == 1 and "unit" in found[0].lower() else "price" if len(found) == 1 else ""

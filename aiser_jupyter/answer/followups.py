"""What can be asked next, from what was just answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp, parse_one

from aiser_jupyter.answer.suggestions import dates, labels
from aiser_jupyter.ask.restate.phrase import words

if TYPE_CHECKING:
    from aiser_jupyter.answer.shape import Shape
    from aiser_jupyter.catalog import Catalog

MOST = 3
# A measure that takes more words than this is no question a reader would ask.
LONG = 60


def followups(shape: Shape, sql: str, catalog: Catalog) -> tuple[str, ...]:
    """Up to three questions: the same measure by another column, or over time, with the same filter."""
    measure = next((m for m in shape.measures if m.value.additive), None)
    if measure is None or len(measure.label) > LONG:
        return ()
    tree = parse_one(sql, read=catalog.dialect)
    tables = [t for name in tree.find_all(exp.Table) if (t := catalog.table(name.name)) is not None]
    said = {words(c.name) for c in tree.find_all(exp.Column)}
    name = measure.figure if measure.value.short else f"{measure.value.text}{shape.outline.subject}"
    scope = f"{name}{shape.outline.only}"
    asked = []
    if tables and not shape.times and dates(tables[0]):
        asked.append(f"{scope} per month")
    asked += [f"{scope} per {words(c.name)}" for t in tables for c in labels(t) if words(c.name) not in said]
    return tuple(dict.fromkeys(q[:1].upper() + q[1:] for q in asked))[:MOST]

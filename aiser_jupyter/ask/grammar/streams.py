"""What the rows of one kind of thing bring in, where a schema earns money in several ways: advertising revenue, membership income, ticket sales."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter.ask.grammar import measures
from aiser_jupyter.ask.grammar.measures import Measure
from aiser_jupyter.ask.plan import ColumnRef
from aiser_jupyter.ask.question import STOP
from aiser_jupyter.ask.reader.names import names_of
from aiser_jupyter.ask.sql.render import leaves
from aiser_jupyter.ask.words import kin, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Plan
    from aiser_jupyter.ask.schema import ColumnView, Schema

CERTAIN, NAMED = 0.7, 0.6  # how likely a word must be one of a thing's name, and name it, for its revenue to be what is asked for
SURE = 0.85  # … for the one amount of it to be meant
PRICED = frozenset({stem("price")})
UNIT = frozenset({stem("unit"), stem("list"), stem("each"), stem("per")})


def of_table(schema: Schema, table: str) -> Measure | None:
    """The money that a kind of thing brings in: in its own rows, else in those of the one kind of event that belong to it.

    That is the usual revenue where this is told of it as well; None where there is no one amount.
    """
    usual, own = measures.recorded(schema), _own(schema, table)
    if usual is not None and (usual.table == table or (own is None and _above(schema, table, usual.table))):
        return usual
    if own is not None:
        return own
    if _event(schema, table):
        return None
    below = dict.fromkeys(key.table for key in schema.catalog.keys if key.ref_table == table and key.table in schema.table_index)
    found = [one for name in below if (one := _own(schema, name)) is not None]
    return found[0] if len(found) == 1 else None


def told(schema: Schema, words: tuple[str, ...]) -> Measure | None:
    """The revenue of the thing that ``words`` name best; None where they name none, or several whose revenues differ."""
    names = names_of(schema)
    best = max(names.near(words[-1]).values(), default=0.0)
    if best < CERTAIN:
        return None
    likely = {part for part, strength in names.near(words[-1]).items() if strength == best}
    tables = [one.table for strength, one, _ in names.meant(words) if one.column is None and strength >= NAMED and likely & set(one.parts)]
    found = {measure.expression: measure for table in tables if (measure := of_table(schema, table)) is not None}
    return next(iter(found.values())) if len(found) == 1 else None


def amount(schema: Schema, words: tuple[str, ...]) -> Measure | None:
    """The one amount that each of the things has that ``words`` name, whether it was earned or given back: the refund amount."""
    names = names_of(schema)
    tables = {one.table for strength, one, _ in names.meant(words) if one.column is None and strength >= SURE}
    found = [schema.columns[i] for table in tables for i in schema.table(table).columns if measures.amount(schema.columns[i])]
    if len(tables) != 1 or len(found) != 1 or set(found[0].stems) & measures.RATES:
        return None
    ref = found[0].ref
    return Measure(ref, "sum", ref.table, f"the amount is {ref.table}.{ref.column}")


def pieces(schema: Schema, table: str, said: frozenset[str]) -> ColumnRef | None:
    """How many of the things that are ``said`` a row of ``table`` tells of: the number of tickets of a ticket sale; None where rows are meant."""
    if table not in schema.table_index:
        return None
    view, quantity = schema.table(table), stem("quantity")
    for column in (schema.columns[i] for i in view.columns):
        things = set(column.stems) - {quantity}
        if column.numeric and quantity in column.stems and things and things <= set(view.stems) and things & said:
            return column.ref if not (set(view.stems) - things) & said else None
    return None


def of_another(linked: Linked, plan: Plan) -> bool:
    """Whether a plan adds up another kind of revenue than the question names, or one of several where it names none."""
    schema, lower = linked.schema, linked.question.lower
    places = [i for i, word in enumerate(lower) if stem(word) in measures.REVENUE]
    if not places or {"many", "number", "count"} & set(lower):
        return False
    held = {leaf for item in plan.select if item.aggregate for leaf in leaves(item.expression) if isinstance(leaf, ColumnRef)}
    held |= {leaf for order in plan.order for leaf in leaves(order.item.expression) if isinstance(leaf, ColumnRef)}
    named = [one for i in places if i and lower[i - 1] not in STOP and (one := told(schema, (lower[i - 1],))) is not None]
    if named and plan.source is None:
        return not any(set(leaves(one.expression)) <= held for one in named)
    kinds = {column.ref for column in schema.streams}
    if len({ref.table for ref in kinds}) < 2 or not held & kinds:  # two tables that both tell of revenue
        return False
    words = {word for ref in held & kinds for word in (*schema.view(ref).stems, *schema.table(ref.table).stems)} - measures.REVENUE
    if any(kin(word, token.stem) for word in words for token in linked.question.tokens):
        return False
    tested = {leaf for test in plan.where for leaf in leaves(test.item.expression) if isinstance(leaf, ColumnRef)}
    homes = {ref.table for ref in held & kinds}
    return not any(ref.table in homes and not schema.view(ref).temporal for ref in tested)


def _above(schema: Schema, table: str, other: str) -> bool:
    """Whether each row of ``other`` belongs to one row of ``table``."""
    path = schema.graph.path((table, other))
    return path is not None and not schema.graph.multiplies(path, other)


def _event(schema: Schema, table: str) -> bool:
    """Whether rows of a table are what happened on a day, or parts of it, and not what something is."""
    view = schema.table(table)
    if view.derived or not view.parents:
        return False
    owners = {key.ref_table for key in schema.catalog.keys if key.table == table and key.ref_table in schema.table_index}
    dated = [any(schema.columns[i].temporal for i in schema.table(name).columns) for name in (table, *owners)]
    return dated[0] or (any(dated) and view.key is None)


def _own(schema: Schema, table: str) -> Measure | None:
    """The one amount that an event brought in: called revenue, an amount or a charge, a price for each row, price times quantity of a line."""
    view = schema.table(table)
    if not _event(schema, table) or set(view.stems) & measures.BACK:
        return None
    columns = [schema.columns[i] for i in view.columns]
    called = [c for c in schema.streams if c.ref.table == table]
    if len(called) == 1:
        return _sum(called[0])
    if (line := measures.line_of(schema, view)) is not None:
        return line
    if (beside := measures.beside(schema, table)) is not None:
        wished = any(set(schema.view(leaf).stems) & measures.WISHED for leaf in leaves(beside.expression) if isinstance(leaf, ColumnRef))
        return None if wished else beside
    if any(stem("quantity") in c.stems for c in columns):
        return None
    priced = [c for c in columns if measures.amount(c) and set(c.stems) & PRICED and not set(c.stems) & (UNIT | measures.WISHED)]
    return _sum(priced[0]) if len(priced) == 1 else None


def _sum(view: ColumnView) -> Measure:
    return Measure(view.ref, "sum", view.ref.table, f"revenue is the sum of {view.ref.table}.{view.ref.column}")

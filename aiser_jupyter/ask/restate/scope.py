"""Which tables a query sees, and what its columns are called in English."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.ask.restate import phrase
from aiser_jupyter.format import noun

if TYPE_CHECKING:
    from aiser_jupyter.catalog import Catalog, Column, Table

LAYERS = frozenset({"dim", "fact", "fct", "tbl", "stg"})
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")


@dataclass(frozen=True)
class Place:
    """A table in a FROM clause: the name it goes by there, its own name, its noun, and what the catalog knows of it.

    ``query`` is the nested query it stands for, if it is no table.
    """

    alias: str
    name: str
    noun: str
    table: Table | None = None
    query: exp.Query | None = None


@dataclass(frozen=True)
class Scope:
    """The tables of one SELECT inside those of the queries around it."""

    dialect: str
    catalog: Catalog | None = None
    places: tuple[Place, ...] = ()
    outer: Scope | None = None
    correlated: bool = False
    many: Place | None = None

    def inner(self, places: tuple[Place, ...]) -> Scope:
        """The scope of a query nested in this one."""
        return Scope(self.dialect, self.catalog, places, self)

    def local(self, column: exp.Column) -> Place | None:
        """The table of this very query that ``column`` is of."""
        alias = column.table.casefold()
        if alias:
            return next((p for p in self.places if p.alias.casefold() == alias), None)
        if len(self.places) == 1 and (self.places[0].table is None or self.places[0].table.column(column.name) or not self.outer):
            return self.places[0]
        return next((p for p in self.places if p.table is not None and p.table.column(column.name)), None)

    def place(self, column: exp.Column) -> Place | None:
        """The table that ``column`` is of, here or further out."""
        return self.local(column) or (self.outer.place(column) if self.outer else None)

    def column(self, column: exp.Column) -> Column | None:
        """What the catalog knows of ``column``."""
        place = self.place(column)
        return place.table.column(column.name) if place and place.table else None

    def name(self, column: exp.Column) -> str:
        """``column`` in English, with its table where more than one is in sight."""
        place = self.place(column)
        own = phrase.words(column.name)
        if place is None:
            return f"{phrase.words(column.table)} {own}" if column.table else own
        here = any(place is p for p in self.places)
        if here and len(self.places) == 1 and not self.correlated:
            return own
        owner = noun.singular(place.noun)
        if not here and any(place.noun == p.noun for p in self.places):
            owner = f"outer {owner}"
        return own if f"{own} ".startswith(f"{owner} ") else f"{owner} {own}"


def read(select: exp.Select, around: Scope) -> Scope:
    """The scope of ``select`` inside ``around``."""
    nodes = [source.this] if (source := select.args.get("from_")) else []
    nodes += [join.this for join in select.args.get("joins") or []]
    places = [of(node, around) for node in nodes]
    for owner in sorted({p.noun for p in places}):
        same = [i for i, p in enumerate(places) if p.noun == owner]
        for order, index in enumerate(same if len(same) > 1 else []):
            place = places[index]
            places[index] = Place(place.alias, place.name, f"{ORDINALS[min(order, 5)]} {noun.singular(owner)}", place.table, place.query)
    scope = around.inner(tuple(places))
    outside = any(scope.local(c) is None and around.place(c) for c in select.find_all(exp.Column) if c.parent_select is select)
    return replace(scope, correlated=outside)


def of(node: exp.Expr, around: Scope) -> Place:
    """The place that an entry of a FROM clause makes."""
    if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
        if defines(node):
            return Place(node.alias or node.name, "", phrase.words(node.name))
        table = around.catalog.table(node.name) if around.catalog else None
        return Place(node.alias or node.name, node.name, called(node.name), table)
    alias = node.alias or ""
    nested = node.this if isinstance(node, exp.Subquery) and isinstance(node.this, exp.Query) else None
    return Place(alias, "", phrase.words(alias) if alias else "row", None, nested)


def called(table: str) -> str:
    """The noun of a table, without the prefix that a warehouse writes before it: ``dim_store`` holds stores."""
    first, _, rest = phrase.words(table).partition(" ")
    return rest if rest and first in LAYERS else f"{first} {rest}".strip()


def defines(table: exp.Table) -> bool:
    """Whether a WITH clause around ``table`` defines its name."""
    node: exp.Expr | None = table
    while node is not None:
        clause = node.args.get("with_")
        if clause is not None and any(c.alias.casefold() == table.name.casefold() for c in clause.expressions):
            return True
        node = node.parent
    return False

"""A table with all that its keys lead to: measures by anything that describes a row, without counting a row twice.

Joins go only from a row to the one row it points to (many to one), so that no sum is repeated: the "star" of Kimball, The Data Warehouse Toolkit.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import sqlglot
from sqlglot import exp

from aiser_jupyter.ask.restate.phrase import words
from aiser_jupyter.discover.table import period
from aiser_jupyter.format.meaning import meaning

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from aiser_jupyter.catalog import Catalog, Column, Key, Table
    from aiser_jupyter.catalog.semantic import Metric

Grain = Literal["day", "week", "month", "quarter", "year"]
HOPS = 3
SURE = 0.5  # an inferred key below this was not checked against the values it points to
# Parts of a person's name alone name nobody.
NAMING, PERSONAL = frozenset({"name", "title", "company"}), frozenset({"first", "middle", "last", "given", "sur"})
FEW, MANY = 25, 2_000  # values of a column to compare all of, and of which the top ones are worth a look


@dataclass(frozen=True)
class Place:
    """A column, and the keys that lead to it from a row of the star's table."""

    table: Table
    column: Column
    path: tuple[Key, ...] = ()

    @property
    def name(self) -> str:
        """The column in words, with its table where the column alone says little: ``genre name``, ``billing country``."""
        own = words(self.column.name)
        table = words(self.table.name)
        bare = own in {"name", "title", "type", "category", "status", "code", "description", "label"}
        return f"{table} {own}" if self.path and bare and table not in own else own


@dataclass(frozen=True)
class Star:
    """A table, and the tables its keys lead to with the way there."""

    catalog: Catalog
    table: Table
    reach: tuple[tuple[Table, tuple[Key, ...]], ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """Every column within reach, the table's own first."""
        return tuple(Place(table, column, path) for table, path in self.reach for column in table.columns)


def star(catalog: Catalog, table: Table) -> Star:
    """``table`` and what it points to, over at most three keys; of two ways to a table the shorter one."""
    found: dict[str, tuple[Table, tuple[Key, ...]]] = {table.name: (table, ())}
    waiting: deque[tuple[Table, tuple[Key, ...]]] = deque([(table, ())])
    while waiting:
        here, path = waiting.popleft()
        for key in catalog.keys if len(path) < HOPS else ():
            target = catalog.table(key.ref_table)
            if key.table != here.name or target is None or target.name in found or (not key.declared and key.confidence < SURE):
                continue
            found[target.name] = (target, (*path, key))
            waiting.append((target, (*path, key)))
    return Star(catalog, table, tuple(found.values()))


def moment(of: Star) -> Place | None:
    """The column that says when a row happened: the table's own, else that of what it points to, the nearest first."""
    dated = [p for p in of.places if p.column.type in {"date", "timestamp"} and p.column.stored in {"", "iso_text"}]
    told = [p for p in dated if p.column.statistics is not None and p.column.statistics.distinct > 2]
    own = sorted(told, key=lambda p: (len(p.path), p.column.nullable and p.column.statistics is not None and p.column.statistics.nulls > 0))
    return next(
        (p for p in own if not {"birth", "hire", "modified", "updated", "created"} & set(words(p.column.name).split())),
        next(iter(own), None),
    )


def groupings(of: Star, *, most: int = FEW) -> tuple[Place, ...]:
    """Columns to compare a measure by, the most telling first: near ones, with a handful of values, most of them filled."""
    found = []
    for place in of.places:
        seen = place.column.statistics
        if seen is None or place.column.type not in {"text", "boolean"} or not 1 < seen.distinct <= most or seen.nulls * 2 > seen.rows:
            continue
        if meaning(place.column.name, "text").kind == "code" or {"fax", "phone", "email", "address", "postal", "state"} & set(
            words(place.column.name).split()
        ):
            continue
        found.append((len(place.path), abs(seen.distinct - 8), place.column.name, place))
    return tuple(entry[-1] for entry in sorted(found, key=lambda entry: entry[:-1]))


def labels(of: Star) -> tuple[Place, ...]:
    """Columns that name the things a row belongs to, of which the top ones are worth a look: customers, products."""
    found = []
    for place in groupings(of, most=MANY):
        own = set(words(place.column.name).split())
        seen = place.column.statistics
        if place.path and seen is not None and seen.distinct > FEW and own & NAMING and not own & PERSONAL:
            found.append(place)
    return tuple(found)


def grain(place: Place) -> Grain:
    """The grain at which the column's span gives a dozen to some sixty points."""
    seen = place.column.statistics
    low, high = (seen.minimum, seen.maximum) if seen is not None else (None, None)
    try:
        days = (high - low).days  # type: ignore[operator, union-attr]  # dates or moments, both of one kind
    except (TypeError, AttributeError):
        return "month"
    return "day" if days <= 45 else "week" if days <= 240 else "month" if days <= 5.5 * 366 else "quarter" if days <= 16 * 366 else "year"


def measured(metric: Metric, of: Star) -> exp.Expr:
    """The metric's expression with each column under its table's name."""
    tree = sqlglot.parse_one(metric.sql, read="duckdb")
    for column in tree.find_all(exp.Column):
        if not column.table:
            column.set("table", exp.to_identifier(of.table.name, quoted=True))
    return tree


def column(place: Place) -> exp.Column:
    """The column under its table's name."""
    return exp.column(place.column.name, table=place.table.name, quoted=True)


def bucket(place: Place, to: Grain, dialect: str) -> exp.Expr:
    """The start of the period that the column lies in."""
    own = column(place).sql(dialect=dialect)
    stored = place.column.stored == "iso_text" and dialect != "sqlite"
    return sqlglot.parse_one(period(f"CAST({own} AS TIMESTAMP)" if stored else own, to, dialect), read=dialect)


def select(of: Star, shown: Sequence[exp.Expr], places: Sequence[Place] = ()) -> exp.Select:
    """``SELECT shown FROM table`` with the joins that ``places`` need."""
    query = exp.select(*shown).from_(exp.table_(of.table.name, db=of.table.schema or None, quoted=True))
    joined: set[str] = {of.table.name}
    for key in (key for place in places for key in place.path):
        if key.ref_table in joined:
            continue
        joined.add(key.ref_table)
        target = of.catalog.table(key.ref_table)
        assert target is not None
        on = [
            exp.EQ(this=exp.column(own, table=key.table, quoted=True), expression=exp.column(other, table=key.ref_table, quoted=True))
            for own, other in zip(key.columns, key.ref_columns, strict=True)
        ]
        query = query.join(exp.table_(target.name, db=target.schema or None, quoted=True), on=exp.and_(*on), join_type="left")
    return query


def within(place: Place, start: date, end: date, dialect: str) -> exp.Expr:
    """The condition that the column lies from ``start`` to before ``end``."""
    stored = place.column.stored == "iso_text" or dialect == "sqlite"

    def bound(day: date) -> exp.Expr:
        text = exp.Literal.string(day.isoformat())
        return text if stored else exp.cast(text, "date")

    own = column(place)
    return exp.and_(exp.GTE(this=own, expression=bound(start)), exp.LT(this=own.copy(), expression=bound(end)))

"""Which keys join a set of tables: the smallest tree in the graph of keys that holds them all."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from aiser_jupyter.ask.words import stem, stems
from aiser_jupyter.catalog import Key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiser_jupyter.ask.plan import ColumnRef
    from aiser_jupyter.catalog import Catalog, Column

SAME_NAME_COST = 2.2
PREFERRED = 0.3
BRIDGED = 3.0  # what it costs to go from one event to another by the day of both
DAYS = frozenset(map(stem, ("date", "dates", "day", "calendar", "time")))
ROUNDABOUT = 4.0  # what it costs more to join by columns of the same name what keys link already
ASIDE = 2.5  # what another key to the same table costs where one is preferred
LONGEST = 12  # joins beyond which tables have nothing to do with one another
SHARED = 12  # a name that more tables have links none of them
SURE = 0.5  # an inferred key at least this sure was checked against the values it points to
VAGUE = frozenset(
    {"id", "name", "date", "type", "description", "title", "status", "year", "code", "address", "city", "country", "phone", "email"}
)


@dataclass(frozen=True)
class Step:
    """A table to join in: the key that links it to the tables before it."""

    table: str
    key: Key


@dataclass(frozen=True)
class Path:
    """Tables in join order; ``cost`` counts the joins, weaker keys count more."""

    base: str
    steps: tuple[Step, ...]
    cost: float

    @property
    def tables(self) -> tuple[str, ...]:
        """All tables of the path."""
        return (self.base, *(step.table for step in self.steps))


class JoinGraph:
    """Tables as nodes, keys as edges; columns of the same telling name and type are a last resort. ``numbers`` are kept as text."""

    def __init__(self, catalog: Catalog, numbers: frozenset[ColumnRef] = frozenset()) -> None:
        self.catalog, self.numbers = catalog, numbers
        self._paths: dict[tuple[tuple[str, ...], tuple[ColumnRef, ...]], Path | None] = {}

    @cached_property
    def edges(self) -> dict[str, list[tuple[str, Key, float]]]:
        """For each table its neighbours with key and cost."""
        found: dict[str, list[tuple[str, Key, float]]] = {table.name: [] for table in self.catalog.tables}
        linked: set[tuple[str, str]] = set()
        for key in self.catalog.keys:
            if key.table == key.ref_table or key.table not in found or key.ref_table not in found:
                continue
            cost = 1.0 if key.declared else 1.0 + 0.6 * (1.0 - key.confidence)
            found[key.table].append((key.ref_table, key, cost))
            found[key.ref_table].append((key.table, key, cost))
            linked |= {(key.table, key.ref_table), (key.ref_table, key.table)}
        together = _parts(linked)
        for left, right, key in self._same_names():
            if (left, right) not in linked:
                # Where keys lead from one to the other, that they call something alike is no way to join them: names of customers and suppliers.
                cost = SAME_NAME_COST + (ROUNDABOUT if left in together and together.get(left) == together.get(right) else 0.0)
                found[left].append((right, key, cost))
                found[right].append((left, key, cost))
        return found

    @cached_property
    def calendars(self) -> frozenset[str]:
        """The tables of days that several others point to: what happened on one day has nothing else in common."""
        pointing = {key.table for key in self.catalog.keys}
        pointed = {key.ref_table for key in self.catalog.keys}
        return frozenset(
            table.name
            for table in self.catalog.tables
            if table.name in pointed - pointing
            and set(stems(table.name)) & DAYS
            and any(column.type in ("date", "timestamp") for column in table.columns)
        )

    def _same_names(self) -> list[tuple[str, str, Key]]:
        seen: dict[tuple[str, str], list[tuple[str, Column]]] = {}
        for table in self.catalog.tables:
            for column in table.columns:
                if column.name.casefold() not in VAGUE and column.type in ("integer", "text", "number"):
                    seen.setdefault((column.name.casefold(), column.type), []).append((table.name, column))
        pairs = []
        for places in (found for found in seen.values() if len(found) <= SHARED):
            for i, (left, a) in enumerate(places):
                for right, b in places[i + 1 :]:
                    child, parent = ((left, a), (right, b)) if b.primary or not a.primary else ((right, b), (left, a))
                    pairs.append(
                        (left, right, Key(child[0], (child[1].name,), parent[0], (parent[1].name,), declared=False, confidence=0.3))
                    )
        return pairs

    def path(self, tables: tuple[str, ...], via: tuple[ColumnRef, ...] = ()) -> Path | None:
        """The cheapest tree over ``tables`` that greedy growth finds, keys of ``via`` first; None where they do not hang together, or only over very many."""
        wanted = tuple(sorted(set(tables)))
        if (wanted, via) not in self._paths:
            self._paths[wanted, via] = self._grow(wanted, {(ref.table, ref.column) for ref in via})
        return self._paths[wanted, via]

    @cached_property
    def forked(self) -> bool:
        """Whether any two tables are linked by more than one key of the same direction."""
        return any(self.parallel(key) for linked in self.edges.values() for _, key, price in linked if price < SAME_NAME_COST)

    def parallel(self, key: Key) -> list[Key]:
        """The other keys that link the same two tables in the same direction."""
        linked = [other for name, other, price in self.edges[key.table] if name == key.ref_table and price < SAME_NAME_COST]
        return [other for other in linked if other.table == key.table and other.columns != key.columns]

    def _grow(self, wanted: tuple[str, ...], via: set[tuple[str, str]]) -> Path | None:
        if not wanted:
            return None
        base, steps, total = self._begun(wanted, via)
        rest = set(wanted) - {base, *(step.table for step in steps)}
        while rest:
            reached = (base, *(step.table for step in steps))
            found = self._nearest(reached, rest, via)
            if found is None:
                return None
            cost, hops = found
            total += cost
            steps += hops
            rest -= {hop.table for hop in hops}
            if len(steps) > LONGEST:
                return None
        return Path(base, tuple(steps), total)

    def _begun(self, wanted: Sequence[str], via: set[tuple[str, str]]) -> tuple[str, list[Step], float]:
        """The table that a tree grows from, with the step along a key of ``via`` where it links two that are wanted: an event and its day."""
        for name in wanted if len(wanted) > 2 else ():
            for other, key, price in self.edges[name]:
                if key.table == name and (name, key.columns[0]) in via and other in wanted and price < SAME_NAME_COST:
                    return name, [Step(other, key)], price - PREFERRED
        return wanted[0], [], 0.0

    def _nearest(self, reached: tuple[str, ...], rest: set[str], via: set[tuple[str, str]]) -> tuple[float, list[Step]] | None:
        queue: list[tuple[float, int, str, tuple[Step, ...]]] = [(0.0, i, table, ()) for i, table in enumerate(reached)]
        heapq.heapify(queue)
        done: set[str] = set()
        serial = len(queue)
        toward = {key.ref_table for name, _ in via for _, key, _ in self.edges.get(name, ()) if (key.table, key.columns[0]) in via}
        while queue:
            cost, _, table, hops = heapq.heappop(queue)
            if table in done:
                continue
            done.add(table)
            if table in rest:
                return cost, list(hops)
            for neighbour, key, price in self.edges[table]:
                if neighbour not in done:
                    serial += 1
                    if table in self.calendars and key.ref_table == table and (hops or len(reached) > 1):
                        price += BRIDGED  # noqa: PLW2901  # as above
                    if (key.table, key.columns[0]) in via:
                        price -= PREFERRED  # noqa: PLW2901  # cheaper, but only here
                    elif key.ref_table in toward and not any(name == key.ref_table for name, _ in via):
                        price += ASIDE  # noqa: PLW2901  # the calendar of the bill, not that of the customer who pays it
                    heapq.heappush(queue, (cost + price, serial, neighbour, (*hops, Step(neighbour, key))))
        return None

    def _single(self, key: Key) -> bool:
        """Whether the key points to one row at most."""
        table = self.catalog.table(key.ref_table)
        return key.declared or bool(table and set(table.primary_key) == set(key.ref_columns)) or key.confidence >= SURE

    def multiplies(self, path: Path, table: str) -> bool:
        """Whether a row of ``table`` may come out of the join more than once."""
        linked: dict[str, list[tuple[str, bool]]] = {}
        for step in path.steps:
            key = step.key
            linked.setdefault(key.table, []).append((key.ref_table, not self._single(key)))
            linked.setdefault(key.ref_table, []).append((key.table, True))
        stack, seen = [table], {table}
        while stack:
            for neighbour, many in linked.get(stack.pop(), []):
                if neighbour in seen:
                    continue
                if many:
                    return True
                seen.add(neighbour)
                stack.append(neighbour)
        return False


def _parts(linked: set[tuple[str, str]]) -> dict[str, str]:
    """For each table that has a key, or is pointed to, one table that stands for all those that keys link it with."""
    found: dict[str, str] = {}
    for pair in sorted(linked):
        one, other = (found.get(table, table) for table in pair)
        found |= dict.fromkeys((*(t for t, named in found.items() if named == other), *pair), one)
    return found

"""Which tables of a join only lie on the way between two others, so that naming those two says it."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Edge = tuple[str, str]
Graph = dict[str, list[str]]


def between(named: Sequence[str], joins: Sequence[Edge], keys: Sequence[Edge]) -> frozenset[str]:
    """The tables that ``joins`` pass on the one shortest way along ``keys`` between tables that are ``named``.

    Empty where some of those tables are joined along another way: then each table on it is to be said.
    """
    tree, known = graph(joins), graph(keys)
    found: set[str] = set()
    for one, two in combinations(sorted(set(named)), 2):
        used, (length, count) = way(tree, one, two), shortest(known, one, two)
        inside = used[1:-1]
        if not inside or set(inside) & set(named):
            continue
        if len(used) - 1 != length or count != 1:
            return frozenset()
        found.update(inside)
    return frozenset(found)


def graph(edges: Iterable[Edge]) -> Graph:
    """The neighbours of each table, one a key."""
    found: Graph = defaultdict(list)
    for one, two in edges:
        found[one].append(two)
        found[two].append(one)
    return found


def way(tree: Graph, one: str, two: str) -> list[str]:
    """The tables from ``one`` to ``two`` in a tree; empty where they are not connected."""
    paths = [[one]]
    seen = {one}
    while paths:
        path = paths.pop(0)
        if path[-1] == two:
            return path
        for other in tree.get(path[-1], []):
            if other not in seen:
                seen.add(other)
                paths.append([*path, other])
    return []


def shortest(known: Graph, one: str, two: str) -> tuple[int, int]:
    """How many steps the shortest ways from ``one`` to ``two`` have, and how many such ways there are; (0, 0) where there is none."""
    level, seen, length = {one: 1}, {one}, 0
    while level:
        if two in level:
            return length, level[two]
        following: dict[str, int] = defaultdict(int)
        for table, count in level.items():
            for other in known.get(table, []):
                if other not in seen:
                    following[other] += count
        seen.update(following)
        level, length = dict(following), length + 1
    return 0, 0

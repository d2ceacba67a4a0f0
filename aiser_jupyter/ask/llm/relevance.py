"""Which tables and columns a question is about, best first, by the offline linker."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from aiser_jupyter.ask.link import SYNONYM

if TYPE_CHECKING:
    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.reading import Reading

NAMED, HELD, READ = 2.0, 1.5, 3.0  # a table's own name, a value it holds, a place in an offline reading
JOINED = 6  # the best tables whose joins are looked for
NEAR = 0.25  # of a table's score goes to its neighbours


@dataclass(frozen=True)
class Ranked:
    """Tables by falling relevance, and how relevant each column is, by its place in the schema."""

    tables: tuple[str, ...]
    scores: dict[str, float]
    columns: tuple[float, ...]


def rank(linked: Linked, offline: Reading) -> Ranked:
    """The tables of the schema by what the question and the offline readings name of them; equal ones by name."""
    schema = linked.schema
    learned, _ = linked.synonym_scores
    columns = [
        match.cover + (SYNONYM * min(1.0, learned[i]) if learned[i] > match.cover else 0.0) for i, match in enumerate(linked.columns)
    ]
    scores = {view.name: NAMED * linked.tables[i].cover for i, view in enumerate(schema.tables)}
    spelled = set(linked.question.lower)  # a name with its underscores is one word of the question
    for view in schema.tables:
        scores[view.name] += NAMED * (view.name.casefold() in spelled)
    for i, view in enumerate(schema.columns):
        columns[i] += view.ref.column.casefold() in spelled
    for mention in linked.mentions:
        for ref, _ in mention.stored:
            scores[ref.table] += HELD
            columns[schema.index[ref]] += HELD
    for table, column in _read(offline, schema.catalog.dialect):
        found = schema.catalog.table(table) if table else None
        if found is not None and not column:
            scores[found.name] += READ
        for i, view in enumerate(schema.columns):
            if column and view.ref.column.casefold() == column and (found is None or view.ref.table == found.name):
                columns[i] += 1.0
    for view in schema.tables:
        best = sorted((columns[i] for i in view.columns), reverse=True)[:3]
        scores[view.name] += sum(best)
    scores = _spread(linked, scores)
    order = sorted(scores, key=lambda name: (-round(scores[name], 6), name))
    return Ranked(tuple(order), scores, tuple(columns))


def _spread(linked: Linked, scores: dict[str, float]) -> dict[str, float]:
    """Relevance of what lies between the best tables, which a join needs, and a little for their neighbours."""
    graph = linked.schema.graph
    best = sorted((name for name in scores if scores[name] > 0), key=lambda name: (-scores[name], name))[:JOINED]
    found = dict(scores)
    for pair in combinations(best, 2):
        path = graph.path(pair)
        for name in path.tables if path is not None and len(path.tables) <= 5 else ():
            found[name] = max(found[name], min(scores[pair[0]], scores[pair[1]]))
    for name in best:
        for neighbour, _, _ in graph.edges[name]:
            found[neighbour] = max(found[neighbour], NEAR * scores[name])
    return found


def _read(offline: Reading, dialect: str) -> set[tuple[str, str]]:
    """The tables (with an empty column) and columns that the offline readings name."""
    found: set[tuple[str, str]] = set()
    for sql in (offline.sql, *(other.sql for other in offline.alternatives)):
        try:
            tree = sqlglot.parse_one(sql, read=dialect) if sql else None
        except SqlglotError:
            continue
        if tree is not None:
            found |= {(table.name.casefold(), "") for table in tree.find_all(exp.Table)}
            found |= {(column.table.casefold(), column.name.casefold()) for column in tree.find_all(exp.Column)}
    return found

"""A question and a schema as the nodes and relations that the encoder reads."""

from __future__ import annotations

import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aiser_jupyter.ask.question import STOP
from aiser_jupyter.ask.vocabulary import vectors
from aiser_jupyter.ask.words import split, stem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.schema import Schema

TOKENS, COLUMNS, TABLES = 48, 64, 24
KINDS = ("word", "number", "quoted", "mark")
TOKEN_FLAGS, COLUMN_FLAGS, TABLE_FLAGS, RELATIONS, REACH = 11, 20, 8, 14, 5
NEAR_ENOUGH = 0.35


@dataclass(frozen=True)
class Names:
    """The words of a schema's names with their vectors: ``owners`` says which words each column and each table is made of."""

    words: tuple[str, ...]
    table: NDArray[np.float32]
    columns: tuple[tuple[int, ...], ...]
    tables: tuple[tuple[int, ...], ...]
    column_vectors: NDArray[np.float32]
    table_vectors: NDArray[np.float32]


@dataclass(frozen=True)
class Nodes:
    """One example: tokens (n), then columns (c), then tables (t), and what holds between each two of them.

    ``tokens`` (n, SIZE + TOKEN_FLAGS), ``columns`` (c, 2 SIZE + COLUMN_FLAGS), ``tables`` (t, SIZE + TABLE_FLAGS), ``relations`` (n+c+t, n+c+t,
    RELATIONS); ``kept`` and ``kept_tables`` are the places of the columns and tables in the schema.
    """

    stems: tuple[str, ...]
    tokens: NDArray[np.float32]
    columns: NDArray[np.float32]
    tables: NDArray[np.float32]
    relations: NDArray[np.float32]
    kept: NDArray[np.int64]
    kept_tables: NDArray[np.int64]


_NAMES: weakref.WeakKeyDictionary[Schema, Names] = weakref.WeakKeyDictionary()


def names(schema: Schema) -> Names:
    """The words of a schema, worked out once."""
    found = _NAMES.get(schema)
    if found is None:
        found = _NAMES[schema] = _names(schema)
    return found


def _names(schema: Schema) -> Names:
    held = vectors.load()
    spelled = [split(view.name) or (view.name.lower(),) for view in schema.columns]
    titled = [split(view.name) or (view.name.lower(),) for view in schema.tables]
    words = tuple(sorted({word for name in (*spelled, *titled) for word in name}))
    place = {word: i for i, word in enumerate(words)}
    return Names(
        words,
        held.all(words),
        tuple(tuple(place[word] for word in name) for name in spelled),
        tuple(tuple(place[word] for word in name) for name in titled),
        np.stack([held.name(name) for name in spelled]),
        np.stack([held.name(name) for name in titled]),
    )


@dataclass(frozen=True)
class Nearness:
    """How near each token is in meaning to each word of the schema (tokens, words), and to each column and table, best word and whole name."""

    words: NDArray[np.float32]
    columns: NDArray[np.float32]
    tables: NDArray[np.float32]
    column_cover: NDArray[np.float32]
    table_cover: NDArray[np.float32]


def nearness(linked: Linked) -> Nearness:
    """Cosines of the question's words with the schema's; function words have none."""
    known, held = names(linked.schema), vectors.load()
    tokens = linked.question.tokens
    rows = (
        np.stack(
            [
                held.one(t.text.lower()) if t.kind == "word" and t.text.lower() not in STOP else np.zeros(vectors.SIZE, np.float32)
                for t in tokens
            ]
        )
        if tokens
        else np.zeros((0, vectors.SIZE), np.float32)
    )
    near = rows @ known.table.T
    stems = [stem(word) for word in known.words]
    for j, word in enumerate(stems):
        for i, strength in linked.strengths(word):
            near[i, j] = max(near[i, j], strength)
    columns = np.stack([near[:, list(owner)].max(axis=1) for owner in known.columns], axis=1)
    tables = np.stack([near[:, list(owner)].max(axis=1) for owner in known.tables], axis=1)
    best = near.max(axis=0, initial=0.0)
    column_cover = np.array([best[list(owner)].mean() for owner in known.columns], np.float32)
    table_cover = np.array([best[list(owner)].mean() for owner in known.tables], np.float32)
    return Nearness(near, columns, tables, column_cover, table_cover)


def nodes(linked: Linked) -> Nodes:
    """The example that the encoder reads."""
    schema, tokens, known, near = linked.schema, linked.question.tokens[:TOKENS], names(linked.schema), linked.nearness
    hits: dict[object, int] = {}
    for mention in linked.mentions:
        for ref, _ in mention.stored:
            hits[ref] = max(hits.get(ref, 0), mention.width)
    kept = _worth(linked, hits)
    wanted = sorted({schema.columns[i].table for i in kept}, key=lambda t: (-linked.tables[t].cover - float(near.table_cover[t]), t))[
        :TABLES
    ]
    kept_tables = np.array(sorted(wanted), np.int64)
    token_rows, column_rows, table_rows = _tokens(linked, len(tokens)), _columns(linked, kept, hits), _tables(linked, kept_tables)
    held = vectors.load()
    meaning = held.all(t.text.lower() for t in tokens)
    return Nodes(
        tuple(t.stem for t in tokens),
        np.concatenate([meaning, token_rows], axis=1),
        np.concatenate([known.column_vectors[kept], known.table_vectors[[schema.columns[i].table for i in kept]], column_rows], axis=1),
        np.concatenate([known.table_vectors[kept_tables], table_rows], axis=1),
        _relations(linked, len(tokens), kept, kept_tables),
        kept,
        kept_tables,
    )


def _worth(linked: Linked, hits: dict[object, int]) -> NDArray[np.int64]:
    """The places of the columns most likely to matter, in the schema's order."""
    columns = linked.schema.columns
    if len(columns) <= COLUMNS:
        return np.arange(len(columns))
    scores, _ = linked.synonym_scores
    worth = np.array([m.cover + 0.5 * linked.tables[v.table].cover + scores[i] + float(v.ref in hits) + 0.2 * float(v.naming) + 0.1 * float(v.primary)
                      for i, (v, m) in enumerate(zip(columns, linked.columns, strict=True))]) + linked.nearness.column_cover  # fmt: skip
    return np.sort(np.argsort(-worth, kind="stable")[:COLUMNS])


def _tokens(linked: Linked, count: int) -> NDArray[np.float32]:
    rows = np.zeros((count, TOKEN_FLAGS), np.float32)
    for i, token in enumerate(linked.question.tokens[:count]):
        rows[i, KINDS.index(token.kind)] = 1.0
        rows[i, 4] = float(token.text.lower() in STOP)
        rows[i, 5] = float(i in linked.question.capitals)
    for matches, place in ((linked.columns, 6), (linked.tables, 7)):
        for match in matches:
            for i in match.positions if match.exact == 1.0 else ():
                if i < count:
                    rows[i, place] = 1.0
    for mention in linked.mentions:
        for i in range(mention.start, min(mention.end, count)):
            rows[i, 8] = max(rows[i, 8], float(bool(mention.stored)))
            rows[i, 9] = max(rows[i, 9], float(mention.kind == "name"))
            rows[i, 10] = max(rows[i, 10], min(3, mention.width) / 3)
    return rows


def _columns(linked: Linked, kept: NDArray[np.int64], hits: dict[object, int]) -> NDArray[np.float32]:
    schema = linked.schema
    scores, _ = linked.synonym_scores
    rows = []
    for i in kept:
        view, match, owner = schema.columns[i], linked.columns[i], linked.tables[schema.columns[i].table]
        rows.append([
            float(view.numeric), float(view.type == "text"), float(view.temporal), float(view.primary), float(view.foreign), float(view.naming),
            float(view.ref in schema.tables[view.table].display), view.distinct / max(1, view.rows), match.cover, match.exact, scores[i],
            float(view.ref in hits), min(4, hits.get(view.ref, 0)) / 4, owner.cover, owner.exact, float(linked.nearness.column_cover[i]),
            min(6, schema.namesakes[view.stems]) / 6, float("id" in view.stems or "code" in view.stems), float(linked.nearness.table_cover[view.table]),
            min(10, view.position) / 10,
        ])  # fmt: skip
    return np.array(rows, np.float32)


def _tables(linked: Linked, kept: NDArray[np.int64]) -> NDArray[np.float32]:
    schema = linked.schema
    rows = []
    for i in kept:
        view, match = schema.tables[i], linked.tables[i]
        rows.append([
            match.cover, match.exact, float(linked.nearness.table_cover[i]), min(5, view.children) / 5, min(5, view.parents) / 5, min(30, len(view.columns)) / 30,
            float(view.key is None), float(np.log10(1 + view.rows)) / 6,
        ])  # fmt: skip
    return np.array(rows, np.float32)


def _relations(linked: Linked, n: int, kept: NDArray[np.int64], kept_tables: NDArray[np.int64]) -> NDArray[np.float32]:
    """What holds between two nodes: 0–2 words with columns, 3–4 words with tables, 5–8 schema with schema, 9–13 kinds of pair."""
    c, t = len(kept), len(kept_tables)
    at, end = slice(n, n + c), slice(n + c, n + c + t)
    found = np.zeros((n + c + t, n + c + t, RELATIONS), np.float32)
    _words(linked, found[:n, at], found[:n, end], kept, kept_tables)
    found[at, :n, :5], found[end, :n, :5] = found[:n, at, :5].transpose(1, 0, 2), found[:n, end, :5].transpose(1, 0, 2)
    _schema(linked.schema, found, n, kept, kept_tables)
    found[:n, :n, 9] = np.eye(n)
    found[:n, at, 10], found[at, :n, 11], found[at, at, 12], found[end, :, 13] = 1.0, 1.0, 1.0, 1.0
    return found


def _words(
    linked: Linked, columns: NDArray[np.float32], tables: NDArray[np.float32], kept: NDArray[np.int64], kept_tables: NDArray[np.int64]
) -> None:
    """Write down which words are near to, name, or are a value of which column, and which are near to or name which table."""
    schema, near, n = linked.schema, linked.nearness, len(columns)
    words = np.where(near.columns[:n][:, kept] > NEAR_ENOUGH, near.columns[:n][:, kept], 0.0)
    columns[:, :, 0], columns[:, :, 1] = words, words >= 0.99
    for j, i in enumerate(kept):
        match = linked.columns[i]
        columns[[p for p in match.positions if p < n and match.exact == 1.0], j, 1] = 1.0
    place = {int(i): j for j, i in enumerate(kept)}
    for mention in linked.mentions:
        held = [place[i] for i in (schema.index[ref] for ref, _ in mention.stored) if i in place]
        columns[mention.start : min(mention.end, n), held, 2] = 1.0
    words = np.where(near.tables[:n][:, kept_tables] > NEAR_ENOUGH, near.tables[:n][:, kept_tables], 0.0)
    tables[:, :, 3], tables[:, :, 4] = words, words >= 0.99


def _schema(schema: Schema, found: NDArray[np.float32], n: int, kept: NDArray[np.int64], kept_tables: NDArray[np.int64]) -> None:
    """Write down which columns share a table or a name, which table holds which, and which tables a key links."""
    c, t = len(kept), len(kept_tables)
    at, end = slice(n, n + c), slice(n + c, n + c + t)
    owner = np.array([schema.columns[i].table for i in kept])
    found[at, at, 5] = owner[:, None] == owner[None, :]
    found[at, end, 6] = owner[:, None] == kept_tables[None, :]
    found[end, at, 6] = found[at, end, 6].T
    place = {schema.tables[i].name: n + c + j for j, i in enumerate(kept_tables)}
    for key in schema.catalog.keys:
        if key.table in place and key.ref_table in place:
            found[place[key.table], place[key.ref_table], 7] = found[place[key.ref_table], place[key.table], 7] = 1.0
    same: dict[tuple[str, ...], list[int]] = {}
    for j, i in enumerate(kept):
        same.setdefault(schema.columns[i].stems, []).append(n + j)
    for places in same.values():
        found[np.ix_(places, places, [8])] = 1.0

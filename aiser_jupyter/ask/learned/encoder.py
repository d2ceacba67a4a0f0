"""A small relation-aware encoder over the question's words and the schema's names: what it foretells of the query.

Self-attention in which what holds between two nodes (a word names a column, a column belongs to a table) adds to the scores and to what is
passed on, after RAT-SQL (Wang et al., ACL 2020), with word vectors instead of a language model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aiser_jupyter.ask.learned.nodes import REACH, nodes
from aiser_jupyter.ask.learned.traits import PLACES, TABLE_PLACES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from aiser_jupyter.ask.learned.nodes import Nodes
    from aiser_jupyter.ask.link import Linked

UNLIKELY, MISSING = -6.0, -12.0


@dataclass(frozen=True)
class Foretold:
    """Log-probabilities of skeletons by key; log-odds of the TRAITS of the query, of the PLACES of each column (columns, 13) and the TABLE_PLACES of each table (tables, 5)."""

    skeletons: dict[str, float]
    traits: NDArray[np.float32]
    columns: NDArray[np.float32]
    tables: NDArray[np.float32]


@dataclass(frozen=True)
class Encoder:
    """The weights by name, as the training script names them, with its vocabulary of stems and its skeletons' keys."""

    weights: Mapping[str, NDArray[np.float32]]
    vocabulary: dict[str, int]
    skeletons: tuple[str, ...]

    def foretell(self, linked: Linked, seen: Nodes | None = None) -> Foretold:
        """What the encoder makes of a question against a schema; ``seen`` are its nodes, where they are known."""
        seen, schema = seen or nodes(linked), linked.schema
        skeletons, traits, columns, tables = self._forward(seen)
        all_columns = np.full((len(schema.columns), len(PLACES)), UNLIKELY, np.float32)
        all_columns[seen.kept] = columns
        all_tables = np.full((len(schema.tables), len(TABLE_PLACES)), UNLIKELY, np.float32)
        all_tables[seen.kept_tables] = tables
        chances = skeletons - skeletons.max()
        chances = chances - np.log(np.exp(chances).sum())
        return Foretold(dict(zip(self.skeletons, map(float, chances), strict=True)), traits, all_columns, all_tables)

    def _linear(self, x: NDArray[np.float32], name: str) -> NDArray[np.float32]:
        made = x @ self.weights[f"{name}.weight"].T
        bias = self.weights.get(f"{name}.bias")
        return made if bias is None else made + bias

    def _norm(self, x: NDArray[np.float32], name: str) -> NDArray[np.float32]:
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(1e-5))
        return centred / spread * self.weights[f"{name}.weight"] + self.weights[f"{name}.bias"]

    def _forward(self, seen: Nodes) -> tuple[NDArray[np.float32], ...]:
        n, c = len(seen.stems), len(seen.columns)
        known = self.weights["word.weight"][[self.vocabulary.get(stem, 0) for stem in seen.stems]]
        tokens = self._linear(seen.tokens, "tok") + known + self.weights["pos.weight"][:n]
        x = np.concatenate([tokens, self._linear(seen.columns, "col"), self._linear(seen.tables, "tab")])
        size = len(x)
        places = np.arange(n)
        apart = np.zeros((size, size), np.int64)
        apart[:n, :n] = np.clip(places[None] - places[:, None], -REACH, REACH) + REACH + 1
        layer = 0
        while f"L.{layer}.qkv.weight" in self.weights:
            x = self._layer(x, f"L.{layer}", seen.relations, apart)
            layer += 1
        x = self._norm(x, "n")
        attention = softmax(self._linear(x[:n], "pq")[:, 0])
        pooled = np.concatenate([attention @ x[:n], x[n:].mean(axis=0)])
        pooled = np.maximum(self._linear(pooled, "p1"), 0)
        columns = np.maximum(self._linear(x[n : n + c], "c1") + self._linear(pooled, "cp"), 0)
        tables = np.maximum(self._linear(x[n + c :], "t1") + self._linear(pooled, "tp"), 0)
        return self._linear(pooled, "sk"), self._linear(pooled, "tr"), self._linear(columns, "c2"), self._linear(tables, "t2")

    def _layer(self, x: NDArray[np.float32], at: str, relations: NDArray[np.float32], apart: NDArray[np.int64]) -> NDArray[np.float32]:
        bias = self.weights[f"{at}.rb.weight"]
        heads, size = len(bias), len(x)
        q, k, v = self._linear(self._norm(x, f"{at}.n1"), f"{at}.qkv").reshape(size, 3, heads, -1).transpose(1, 2, 0, 3)
        scores = q @ k.transpose(0, 2, 1) / np.float32(q.shape[-1] ** 0.5)
        scores = scores + (relations @ bias.T + self.weights[f"{at}.rp.weight"][apart]).transpose(2, 0, 1)
        weights = softmax(scores)
        passed = (weights @ v).transpose(1, 0, 2).reshape(size, -1)
        held = (weights.transpose(1, 0, 2) @ relations).reshape(size, -1)
        x = x + self._linear(passed, f"{at}.o") + self._linear(held, f"{at}.rv")
        inner = np.maximum(self._linear(self._norm(x, f"{at}.n2"), f"{at}.f1"), 0)
        return x + self._linear(inner, f"{at}.f2")


@dataclass(frozen=True)
class Encoders:
    """Several encoders, each learned on other databases; what they foretell is averaged."""

    members: tuple[Encoder, ...]

    def foretell(self, linked: Linked) -> Foretold:
        """The mean of what the members foretell."""
        seen = nodes(linked)
        told = [member.foretell(linked, seen) for member in self.members]
        keys = sorted({key for one in told for key in one.skeletons})
        skeletons = {key: sum(one.skeletons.get(key, MISSING) for one in told) / len(told) for key in keys}
        return Foretold(skeletons, mean([t.traits for t in told]), mean([t.columns for t in told]), mean([t.tables for t in told]))


def mean(parts: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The mean of arrays of one shape."""
    return np.stack(parts).mean(axis=0, dtype=np.float32)


def softmax(scores: NDArray[np.floating]) -> NDArray[np.float32]:
    """Shares along the last axis."""
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), np.float32)

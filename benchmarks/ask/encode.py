"""Training the encoder (``aiser_jupyter.ask.learned.encoder``) with torch; what it learns is exported as plain arrays."""

from __future__ import annotations

import collections
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from aiser_jupyter.ask.learned.encoder import Encoder
from aiser_jupyter.ask.learned.nodes import COLUMN_FLAGS, REACH, RELATIONS, TABLE_FLAGS, TOKEN_FLAGS, TOKENS, Nodes, nodes
from aiser_jupyter.ask.learned.traits import PLACES, TABLE_PLACES, TRAITS, nested, places, table_places, traits
from aiser_jupyter.ask.sql import render
from aiser_jupyter.ask.vocabulary import vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ask.learn import Example

    from aiser_jupyter.ask.link import Linked
    from aiser_jupyter.ask.plan import Plan

WIDTH, LAYERS, HEADS, INNER, DROP = 128, 3, 4, 256, 0.2
EPOCHS, BATCH, RATE, OTHER_WORDS, FORGET = 12, 16, 1e-3, 0.3, 0.1
MIN_STEM, MIN_SKELETON = 12, 2


@dataclass(frozen=True)
class Lesson:
    """An example as the encoder reads it, with what it is to foretell."""

    id: object
    seen: Nodes
    key: str
    traits: np.ndarray
    columns: np.ndarray
    tables: np.ndarray


def lesson(example: Example, linked: Linked, plan: Plan) -> Lesson:
    """The lesson of a question whose gold plan is known; relations are kept in bytes, there are many of them."""
    seen, schema = nodes(linked), example.schema
    place = {int(i): j for j, i in enumerate(seen.kept)}
    table_place = {int(i): j for j, i in enumerate(seen.kept_tables)}
    columns, tables = np.zeros((len(place), len(PLACES)), np.float32), np.zeros((len(table_place), len(TABLE_PLACES)), np.float32)
    uses = example.skeleton.uses
    for ref, name in example.opener.columns.items():
        at = place.get(schema.index[ref])
        if at is not None and name in uses:
            columns[at, sorted(places(uses[name]))] = 1
    for table, name in example.opener.tables.items():
        at = table_place.get(schema.table_index[table])
        if at is not None and name in uses:
            tables[at, sorted(table_places(uses[name]))] = 1
    for depth, one in enumerate(nested(plan)):
        for table in render.tables_of(one):
            at = table_place.get(schema.table_index.get(table, -1))
            if at is not None:
                tables[at, TABLE_PLACES.index("used inside" if depth else "used")] = 1
    small = Nodes(
        seen.stems, seen.tokens.astype(np.float16), seen.columns.astype(np.float16), seen.tables.astype(np.float16),
        np.round(seen.relations * 200).clip(0, 255).astype(np.uint8), seen.kept, seen.kept_tables,
    )  # fmt: skip
    return Lesson(example.id, small, example.skeleton.key, np.array(traits(plan), np.float32), columns, tables)


class Network(nn.Module):
    """The encoder; names of its parts are those that ``aiser_jupyter.ask.learned.encoder`` asks for."""

    def __init__(self, vocabulary: dict[str, int], skeletons: list[str]) -> None:
        super().__init__()
        self.vocabulary, self.skeletons = vocabulary, skeletons
        self.word, self.pos = nn.Embedding(len(vocabulary) + 1, WIDTH), nn.Embedding(TOKENS, WIDTH)
        nn.init.normal_(self.word.weight, std=0.1)
        nn.init.normal_(self.pos.weight, std=0.05)
        self.tok = nn.Linear(vectors.SIZE + TOKEN_FLAGS, WIDTH)
        self.col = nn.Linear(2 * vectors.SIZE + COLUMN_FLAGS, WIDTH)
        self.tab = nn.Linear(vectors.SIZE + TABLE_FLAGS, WIDTH)
        self.L = nn.ModuleList(map(self._layer, range(LAYERS)))
        self.n, self.pq = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 1)
        self.p1, self.sk, self.tr = nn.Linear(2 * WIDTH, WIDTH), nn.Linear(WIDTH, len(skeletons)), nn.Linear(WIDTH, len(TRAITS))
        self.c1, self.cp, self.c2 = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, len(PLACES))
        self.t1, self.tp, self.t2 = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, len(TABLE_PLACES))
        self.drop = nn.Dropout(DROP)

    @staticmethod
    def _layer(_: int) -> nn.ModuleDict:
        made = nn.ModuleDict(
            {
                "n1": nn.LayerNorm(WIDTH), "qkv": nn.Linear(WIDTH, 3 * WIDTH), "rb": nn.Linear(RELATIONS, HEADS, bias=False), "rp": nn.Embedding(2 * REACH + 2, HEADS),
                "rv": nn.Linear(HEADS * RELATIONS, WIDTH, bias=False), "o": nn.Linear(WIDTH, WIDTH), "n2": nn.LayerNorm(WIDTH), "f1": nn.Linear(WIDTH, INNER), "f2": nn.Linear(INNER, WIDTH),
            }
        )  # fmt: skip
        nn.init.zeros_(made["rp"].weight)
        return made

    def forward(self, b: Batch) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Scores of skeletons (batch, skeletons), traits (batch, TRAITS), all columns' PLACES and all tables' TABLE_PLACES."""
        x = torch.zeros(b.mask.numel(), WIDTH)
        tokens = self.tok(self.drop(b.tokens)) + self.word(b.words) + self.pos(b.positions)
        x = (
            x.index_put((b.at_tokens,), tokens)
            .index_put((b.at_columns,), self.col(self.drop(b.columns)))
            .index_put((b.at_tables,), self.tab(b.tables))
        )
        x = self.drop(x.view(*b.mask.shape, WIDTH))
        for layer in self.L:
            x = self._attend(layer, x, b)
        x = self.n(x)
        heard = self.pq(x).squeeze(-1).masked_fill(~b.asked, -1e4).softmax(-1)
        known = b.schema.float() / b.schema.sum(1, keepdim=True).clamp(min=1)
        pooled = self.drop(functional.relu(self.p1(torch.cat([(heard[..., None] * x).sum(1), (known[..., None] * x).sum(1)], -1))))
        flat = x.reshape(-1, WIDTH)
        columns = self.c2(functional.relu(self.c1(flat[b.at_columns]) + self.cp(pooled)[b.of_columns]))
        tables = self.t2(functional.relu(self.t1(flat[b.at_tables]) + self.tp(pooled)[b.of_tables]))
        return self.sk(pooled), self.tr(pooled), columns, tables

    def _attend(self, layer: nn.ModuleDict, x: Tensor, b: Batch) -> Tensor:
        size = b.mask.shape[1]
        q, k, v = layer["qkv"](layer["n1"](x)).view(len(x), size, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) / (q.shape[-1] ** 0.5) + (layer["rb"](b.relations) + layer["rp"](b.apart)).permute(0, 3, 1, 2)
        weights = scores.masked_fill(~b.mask[:, None, None, :], -1e4).softmax(-1)
        held = torch.einsum("bhij,bijf->bihf", weights, b.relations).reshape(len(x), size, -1)
        x = x + self.drop(layer["o"]((weights @ v).transpose(1, 2).reshape(len(x), size, -1)) + layer["rv"](held))
        return x + self.drop(layer["f2"](functional.relu(layer["f1"](layer["n2"](x)))))

    def exported(self) -> Encoder:
        """The weights in half precision, as they are shipped."""
        weights = {name: value.numpy().astype(np.float16).astype(np.float32) for name, value in self.state_dict().items()}
        return Encoder(weights, self.vocabulary, tuple(self.skeletons))


@dataclass(frozen=True)
class Batch:
    """Some lessons side by side, padded: ``mask`` (batch, size) is where nodes are, ``at_*`` where each kind of node stands in the flat batch."""

    relations: Tensor
    apart: Tensor
    mask: Tensor
    asked: Tensor
    schema: Tensor
    at_tokens: Tensor
    at_columns: Tensor
    at_tables: Tensor
    of_columns: Tensor
    of_tables: Tensor
    words: Tensor
    positions: Tensor
    tokens: Tensor
    columns: Tensor
    tables: Tensor


def batch(items: Sequence[Lesson], vocabulary: dict[str, int], forget: Callable[[], bool]) -> Batch:
    """Lessons as one batch; ``forget`` says whether a known word is taken for an unknown one."""
    size = max(len(item.seen.relations) for item in items)
    relations, apart = torch.zeros(len(items), size, size, RELATIONS), torch.zeros(len(items), size, size, dtype=torch.long)
    mask, asked, schema = (torch.zeros(len(items), size, dtype=torch.bool) for _ in range(3))
    at: dict[str, list[int]] = {name: [] for name in ("tokens", "columns", "tables", "of_columns", "of_tables", "words", "positions")}
    for row, item in enumerate(items):
        seen, first = item.seen, row * size
        n, c, whole = len(seen.stems), len(seen.columns), len(seen.relations)
        relations[row, :whole, :whole] = torch.from_numpy(seen.relations).float() / 200
        line = np.arange(n)
        apart[row, :n, :n] = torch.from_numpy((line[None] - line[:, None]).clip(-REACH, REACH) + REACH + 1)
        mask[row, :whole], asked[row, :n], schema[row, n:whole] = True, True, True
        at["tokens"] += range(first, first + n)
        at["columns"] += range(first + n, first + n + c)
        at["tables"] += range(first + n + c, first + whole)
        at["of_columns"] += [row] * c
        at["of_tables"] += [row] * (whole - n - c)
        at["words"] += [0 if forget() else vocabulary.get(stem, 0) for stem in seen.stems]
        at["positions"] += range(n)
    places_of = {name: torch.tensor(values, dtype=torch.long) for name, values in at.items()}
    rows = {
        part: torch.from_numpy(np.concatenate([getattr(item.seen, part) for item in items]).astype(np.float32))
        for part in ("tokens", "columns", "tables")
    }
    return Batch(
        relations, apart, mask, asked, schema, places_of["tokens"], places_of["columns"], places_of["tables"], places_of["of_columns"], places_of["of_tables"],
        places_of["words"], places_of["positions"], rows["tokens"], rows["columns"], rows["tables"],
    )  # fmt: skip


def loss(network: Network, items: Sequence[Lesson], numbers: dict[str, int], forget: Callable[[], bool]) -> Tensor:
    """Cross-entropy of the skeleton and of every yes or no."""
    skeletons, said, columns, tables = network(batch(items, network.vocabulary, forget))
    wanted = torch.tensor([numbers.get(item.key, -100) for item in items])
    whole = functional.cross_entropy(skeletons, wanted, ignore_index=-100, label_smoothing=0.05) if (wanted >= 0).any() else 0.0
    whole = whole + 3 * functional.binary_cross_entropy_with_logits(said, torch.from_numpy(np.stack([item.traits for item in items])))
    for found, part in ((columns, "columns"), (tables, "tables")):
        labels = torch.from_numpy(np.concatenate([getattr(item, part) for item in items]))
        whole = whole + 0.3 * functional.binary_cross_entropy_with_logits(found, labels, reduction="sum") / len(items)
    return whole


def learned(lessons: list[Lesson], in_other_words: list[Lesson], say: Callable[[str], None], epochs: int = EPOCHS) -> Encoder:
    """An encoder learned from ``lessons``, some of them said ``in_other_words``; the same each time on one machine."""
    torch.manual_seed(0)
    torch.set_num_threads(1)
    generator = random.Random(0)
    random.seed(0)
    others = {item.id: item for item in in_other_words}
    heard = collections.Counter(stem for item in lessons for stem in set(item.seen.stems))
    vocabulary = {stem: i + 1 for i, stem in enumerate(sorted(stem for stem, n in heard.items() if n >= MIN_STEM))}
    counts = collections.Counter(item.key for item in lessons)
    keys = sorted(key for key, n in counts.items() if n >= MIN_SKELETON)
    numbers = {key: i for i, key in enumerate(keys)}
    network = Network(vocabulary, keys)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.02, betas=(0.9, 0.98))
    steps = epochs * -(-len(lessons) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps + 1, pct_start=0.12)
    for epoch in range(epochs):
        network.train()
        items = [others[item.id] if item.id in others and generator.random() < OTHER_WORDS else item for item in lessons]
        order = sorted(range(len(items)), key=lambda i: len(items[i].seen.relations) + generator.random() * 12)  # used at once
        parts = [order[i : i + BATCH] for i in range(0, len(order), BATCH)]
        generator.shuffle(parts)
        total = 0.0
        for part in parts:
            cost = loss(network, [items[i] for i in part], numbers, lambda: random.random() < FORGET)  # no secret
            optimizer.zero_grad()
            cost.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += cost.detach().item() * len(part)
        say(f"  epoch {epoch}: {total / len(items):.3f}")
    return network.eval().exported()

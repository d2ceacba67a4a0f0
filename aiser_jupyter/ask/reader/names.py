"""The names of a schema as a reader looks them up: which tables and columns some words may mean, and how strongly."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.ask.reader.naming import Part, likeness, parts

if TYPE_CHECKING:
    from aiser_jupyter.ask.plan import ColumnRef
    from aiser_jupyter.ask.schema import Schema

LEAST = 0.4
KEPT = 8
# Nouns that stand beside an entity without telling more of it.
BESIDE = frozenset(
    {"customer", "customers", "client", "company", "business", "individual", "registered", "user", "people", "guest", "item"}
)
AMOUNTS = frozenset(
    {
        "amount",
        "amounts",
        "cost",
        "costs",
        "value",
        "values",
        "total",
        "totals",
        "figure",
        "figures",
        "charges",
        "fees",
        "number",
        "numbers",
        "volume",
    }
)
COUNTED = frozenset({"volume", "volumes", "count", "counts", "numbers"})
_KEPT: OrderedDict[int, tuple[Schema, Names]] = OrderedDict()


@dataclass(frozen=True)
class Named:
    """A table, or a column of one, with the parts of its name."""

    table: str
    column: ColumnRef | None
    parts: tuple[Part, ...]
    owner: tuple[Part, ...]

    def weights(self) -> tuple[float, ...]:
        """How much each part tells."""
        owned = {p.text for p in self.owner}
        weights = [0.25 if p.weak or (self.column and p.text in owned) else 1.0 for p in self.parts]
        return tuple(weights) if max(weights) == 1.0 else tuple(1.0 for _ in weights)


class Names:
    """All names of a schema by their parts."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        found = [Named(t.name, None, parts(t.name), ()) for t in schema.tables]
        found += [Named(v.ref.table, v.ref, parts(v.name), parts(v.ref.table)) for v in schema.columns]
        self.named = tuple(found)
        self.weights = tuple(n.weights() for n in found)
        self.parts = tuple(dict.fromkeys(p for n in found for p in n.parts))
        self.holding: dict[Part, list[int]] = {}
        for i, one in enumerate(found):
            for each in dict.fromkeys((*one.parts, *one.owner)):
                self.holding.setdefault(each, []).append(i)
        self._near: dict[str, dict[Part, float]] = {}
        self.kinds: dict[str, list[tuple[str, str, str, str]]] | None = None

    def near(self, word: str) -> dict[Part, float]:
        """The parts that ``word`` may mean; an abbreviation or a kin word only where no part is named by it outright."""
        if word not in self._near:
            found = {p: s for p in self.parts if (s := likeness(word, p)) >= LEAST}
            self._near[word] = found
        return self._near[word]

    def names_table(self, word: str, table: str) -> bool:
        """Whether a word is a part of a table's name."""
        return any(s >= 0.7 and p in parts(table) for p, s in self.near(word).items())

    def meant(self, words: tuple[str, ...]) -> list[tuple[float, Named, bool]]:
        """What ``words`` may name, strongest first, and whether one names its table; each must have a part in it, in the owner's name at least."""
        near = [self.near(word) for word in words]
        found = self._all(near) if near and all(near) else []
        if not found and len(words) > 1 and words[-1] in AMOUNTS:
            called = [(s * 0.97, n, o) for s, n, o in self.meant(words[:-1]) if s >= 0.8]
            return [(s, n, o) for s, n, o in called if (self.schema.view(n.column).numeric if n.column else words[-1] in COUNTED)]
        if len(words) > 1 and words[-1] in COUNTED:
            found = [*((s * 0.98, n, o) for s, n, o in self.meant(words[:-1]) if not n.column and s >= 0.9), *found]
        return found

    def _all(self, near: list[dict[Part, float]]) -> list[tuple[float, Named, bool]]:
        pool = set.intersection(*({i for p in one for i in self.holding[p]} for one in near))
        scored = [(got[0], self.named[i], got[1]) for i in pool if (got := self._strength(i, near))[0] >= LEAST]
        return sorted(scored, key=lambda found: (-found[0], found[1].table, str(found[1].column)))

    def _strength(self, number: int, near: list[dict[Part, float]]) -> tuple[float, bool]:
        one, weights = self.named[number], self.weights[number]
        got = [0.0] * len(one.parts)
        fit, owned = 1.0, 0
        for found in near:
            options = [(found.get(p, 0.0), -i) for i, p in enumerate(one.parts) if not got[i]]
            best, place = max(options, default=(0.0, 0))
            above = max((found.get(p, 0.0) for p in one.owner), default=0.0)
            if best >= LEAST and best * 1.01 >= above - 0.15:
                got[-place] = best
                fit = min(fit, best)
            elif above >= LEAST:
                owned += 1
                fit = min(fit, above)
            else:
                return 0.0, False
        if not any(got):
            return 0.0, False
        cover = sum(w for w, g in zip(weights, got, strict=True) if g) / sum(weights)
        return fit * cover**0.6 + 0.03 * min(owned, 1), owned > 0


def names_of(schema: Schema) -> Names:
    """The names of ``schema``, made once."""
    kept = _KEPT.get(id(schema))
    if kept is None or kept[0] is not schema:
        kept = (schema, Names(schema))
        _KEPT[id(schema)] = kept
        while len(_KEPT) > KEPT:
            _KEPT.popitem(last=False)
    return kept[1]

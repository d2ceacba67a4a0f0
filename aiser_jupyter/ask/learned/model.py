"""The learned parts of the engine, loaded late from plain arrays and JSON; loading runs no code."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from aiser_jupyter.ask.learned import form
from aiser_jupyter.ask.learned.encoder import Encoder, Encoders
from aiser_jupyter.ask.learned.shape import Shapes
from aiser_jupyter.ask.learned.skeleton import Skeleton, slot_uses
from aiser_jupyter.ask.learned.trees import Trees
from aiser_jupyter.errors import StateError

if TYPE_CHECKING:
    from pathlib import Path

VERSION = 2


@dataclass(frozen=True)
class Model:
    """Skeleton classifier, slot scorers, ranker of candidates, learned lexicon, encoders, the judge of how sure the first candidate is, and the referee between it and the other readings."""

    shapes: Shapes
    columns: Trees
    tables: Trees
    ranker: Trees | None
    lexicon: dict[str, dict[str, float]]
    encoder: Encoder | Encoders | None = None
    judge: Trees | None = None
    referee: Trees | None = None


@cache
def load() -> Model:
    """The model shipped with the package."""
    with as_file(files("aiser_jupyter.ask").joinpath("weights")) as folder:
        return read(folder)


def read(folder: Path) -> Model:
    """The model kept in ``folder``; raises StateError where its version is not this engine's."""
    import numpy as np

    about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    if about["v"] != VERSION:
        raise StateError(f"The question engine's weights have version {about['v']}, not {VERSION}.", hint="Reinstall aiser-jupyter.")
    with np.load(folder / "model.npz", allow_pickle=False) as kept:
        arrays = {name: kept[name] for name in kept.files}
    skeletons = tuple(Skeleton(plan, weight, slot_uses(plan)) for plan, weight in ((form.parse(p), w) for p, w in about["skeletons"]))
    weights = np.zeros((len(about["grams"]), len(skeletons)), np.float32)
    weights[arrays["shape.rows"], arrays["shape.columns"]] = arrays["shape.values"]
    shapes = Shapes({gram: i for i, gram in enumerate(about["grams"])}, weights, arrays["shape.bias"].astype(np.float32), skeletons)
    ranker = Trees.of(arrays, "ranker") if "ranker.roots" in arrays else None
    keys = [skeleton.key for skeleton in skeletons]
    members = []
    for number, (vocabulary, known) in enumerate(about.get("encoders", ())):
        own = f"encoder.{number}."
        held = {name.removeprefix(own): value.astype(np.float32) for name, value in arrays.items() if name.startswith(own)}
        members.append(Encoder(held, {stem: i + 1 for i, stem in enumerate(vocabulary)}, tuple(keys[i] for i in known)))
    encoder = Encoders(tuple(members)) if members else None
    judge = Trees.of(arrays, "judge") if "judge.roots" in arrays else None
    return Model(
        shapes, Trees.of(arrays, "columns"), Trees.of(arrays, "tables"), ranker, about["lexicon"], encoder, judge, _referee(folder)
    )


def _referee(folder: Path) -> Trees | None:
    """The referee, learned last and kept apart; None where it was not learned yet."""
    import numpy as np

    if not (folder / "referee.npz").is_file():
        return None
    with np.load(folder / "referee.npz", allow_pickle=False) as kept:
        return Trees.of(dict(kept), "referee")

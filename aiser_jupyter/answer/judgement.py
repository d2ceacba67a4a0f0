"""The learned part of telling intents apart: two linear models over a question's traits, kept as plain arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

from aiser_jupyter.errors import StateError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

VERSION = 1
FILE = "intent.npz"


@dataclass(frozen=True)
class Linear:
    """Multinomial logistic regression: a score a label from the traits that are known, made a probability at ``temperature``."""

    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperature: float

    def chances(self, rows: NDArray[np.intp], values: NDArray[np.float32]) -> dict[str, float]:
        """The probability of each label."""
        import numpy as np

        scores = (values @ self.weights[rows] + self.bias) / self.temperature
        raised = np.exp(scores - scores.max())
        return dict(zip(self.labels, (raised / raised.sum()).tolist(), strict=True))


@dataclass(frozen=True)
class Judgement:
    """Both models and the traits they know."""

    index: Mapping[str, int]
    dispatch: Linear
    business: Linear

    def of(self, traits: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
        """The probabilities of dispatch and of business for a question with these traits."""
        import numpy as np

        known = [(self.index[name], value) for name, value in traits.items() if name in self.index]
        rows = np.array([i for i, _ in known], dtype=np.intp)
        values = np.array([value for _, value in known], dtype=np.float32)
        return self.dispatch.chances(rows, values), self.business.chances(rows, values)


@cache
def load() -> Judgement:
    """The models shipped with the package; raises StateError where their version is not this one's."""
    with as_file(files("aiser_jupyter.answer").joinpath(FILE)) as path:
        return read(path)


def read(path: Path) -> Judgement:
    """The models kept in a file, which runs no code."""
    import numpy as np

    with np.load(path, allow_pickle=False) as kept:
        arrays = {name: kept[name] for name in kept.files}
    if int(arrays["v"]) != VERSION:
        raise StateError(f"The intent weights have version {int(arrays['v'])}, not {VERSION}.", hint="Reinstall aiser-jupyter.")
    names = bytes(arrays["names"]).decode().split("\n")
    models = [
        Linear(
            tuple(bytes(arrays[f"{part}.labels"]).decode().split("\n")),
            arrays[f"{part}.weights"].astype(np.float32),
            arrays[f"{part}.bias"].astype(np.float32),
            float(arrays[f"{part}.temperature"]),
        )
        for part in ("dispatch", "business")
    ]
    return Judgement({name: i for i, name in enumerate(names)}, *models)


def write(path: Path, names: list[str], dispatch: Linear, business: Linear) -> None:
    """Keep models as `read` reads them, weights in half precision."""
    import numpy as np

    arrays: dict[str, object] = {"v": np.array(VERSION), "names": np.frombuffer("\n".join(names).encode(), np.uint8)}
    for part, model in (("dispatch", dispatch), ("business", business)):
        arrays[f"{part}.labels"] = np.frombuffer("\n".join(model.labels).encode(), np.uint8)
        arrays[f"{part}.weights"] = model.weights.astype(np.float16)
        arrays[f"{part}.bias"] = model.bias.astype(np.float32)
        arrays[f"{part}.temperature"] = np.array(model.temperature)
    np.savez_compressed(path, **arrays)  # pyright: ignore[reportArgumentType] - numpy's stubs take the keywords for its options

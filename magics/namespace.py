"""The notebook's own names: the one place that reads them."""

from __future__ import annotations

import re
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from IPython.core.interactiveshell import InteractiveShell

FRAME_LIBRARIES = {"pandas", "polars", "pyarrow"}
PLAIN_TYPES = (str, int, float, bool, bytes, type(None))


def frames(shell: InteractiveShell) -> Callable[[str], object | None]:
    """A function that gives the frame or Result behind a name of the notebook, or None."""

    def resolve(name: str) -> object | None:
        value = shell.user_ns.get(name)
        return value if is_frame(value) else None

    return resolve


def is_frame(value: object) -> bool:
    """Whether a value is a table of rows: a Result, or a frame of pandas, polars or Arrow, told without importing them."""
    kind = type(value)
    library = kind.__module__.partition(".")[0]
    return (library in FRAME_LIBRARIES and hasattr(value, "columns")) or kind.__module__ == "aiser_jupyter.query.result"


def parameters(shell: InteractiveShell, names: Collection[str]) -> dict[str, Any]:
    """The values of those of ``names`` that the notebook has; raises UsageError for one that no driver can bind."""
    found = {}
    for name in names:
        if name in shell.user_ns:
            value = shell.user_ns[name]
            if is_frame(value) or callable(value):
                raise UsageError(f":{name} is a {type(value).__name__}, not a value.", hint=f"Name the table itself: from {name}.")
            found[name] = value.item() if _is_scalar(value) else value
    return found


def _is_scalar(value: Any) -> bool:
    """Whether a value is a single one of numpy's, not a column of them."""
    return hasattr(value, "item") and getattr(value, "ndim", 1) == 0 and not isinstance(value, PLAIN_TYPES)


def expanded(shell: InteractiveShell, text: str) -> str:
    """``text`` of an option with each ``{{ name }}`` as the notebook's value of that name."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in shell.user_ns:
            raise UsageError(f"The notebook has no value {found[1]!r}.", hint=f"Set it first: {found[1]} = …")
        return str(shell.user_ns[found[1]])

    return re.sub(r"\{\{\s*(\w+)\s*\}\}", value, text)


def keep(shell: InteractiveShell, name: str, value: object) -> None:
    """Give the notebook a named result; raises UsageError where the name cannot be one."""
    if not name.isidentifier() or iskeyword(name):
        raise UsageError(f"{name!r} cannot be a name in this notebook.", hint="Use letters, digits and _, as in --as top_products.")
    shell.user_ns[name] = value

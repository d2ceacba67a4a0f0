"""Features that can be switched off: ``AISER_ENABLE_<FEATURE>=false`` takes one out of help, panels, the command line and what other assistants are offered."""

from __future__ import annotations

import difflib
import os
import re
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

P = ParamSpec("P")
R = TypeVar("R")

OFF = frozenset({"0", "false", "no", "off"})
PREFIX = "AISER_ENABLE_"
# What there is to switch off, and what is gone then. A policy is not among them: it is not the user's to switch off.
FEATURES = {
    "ask": "questions in plain English",
    "sql": "statements typed by hand",
    "discover": "what stands out",
    "why": "where a change happened",
    "forecast": "what comes next",
    "suggest": "questions that are proposed",
    "chart": "charts on request, and the tool chart",
    "report": "reports",
    "semantic": "the file of what tables mean",
    "materialize": "extracts that are kept and refreshed",
    "add": "files that are added",
    "memory": "what was taught and asked before",
    "model": "any language model, whatever is set up",
    "tools": "the tools of other assistants, all of them",
    "mcp": "the server for other assistants",
    "demo": "the command demo",
}


def enabled(feature: str) -> bool:
    """Whether the feature of that name is on; it is unless the environment says ``false``, ``no``, ``off`` or ``0``."""
    return os.environ.get(variable(feature), "").strip().casefold() not in OFF


def variable(feature: str) -> str:
    """The name in the environment: of ``tool.chart`` it is ``AISER_ENABLE_TOOL_CHART``."""
    return PREFIX + re.sub(r"\W+", "_", feature).upper()


def needed(feature: str) -> None:
    """Raise UsageError where the feature is switched off."""
    if not enabled(feature):
        what = FEATURES.get(feature, feature)
        raise UsageError(
            f"This is switched off here: {what}.",
            where=f"{variable(feature)}={os.environ[variable(feature)]}",
            hint="Whoever set up this environment did that; unset it there.",
        )


def of(feature: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function one of ``feature``: where that is switched off, calling it raises UsageError."""

    def gated(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            needed(feature)
            return function(*args, **kwargs)

        return called

    return gated


def switched_off() -> tuple[str, ...]:
    """The features that are off here, as the environment names them; a slip of the pen is none."""
    slips = {line.partition(" ")[0] for line in mistaken()}
    names = (name for name in os.environ if name.startswith(PREFIX) and name not in slips)
    return tuple(sorted(word.lower() for name in names if not enabled(word := name.removeprefix(PREFIX))))


def mistaken(more: Collection[str] = ()) -> tuple[str, ...]:
    """Switches in the environment that are none but look like one of `FEATURES` or of ``more``, each with the one that was meant.

    A word of `%aiser` or `aiser` is a switch too, so that only a slip can be told from one.
    """
    known = {variable(name).removeprefix(PREFIX): variable(name) for name in (*FEATURES, *more)}
    found: list[str] = []
    for name in sorted(os.environ):
        word = name.removeprefix(PREFIX)
        near = difflib.get_close_matches(word, known, 1, cutoff=0.8) if word != name and word not in known else []
        found += [f"{name} switches nothing; did you mean {known[near[0]]}?"] if near else []
    return tuple(found)

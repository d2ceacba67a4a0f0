"""Whether a plan does what the cue words of a question call for: a query that drops one of them answers another question."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.heed import parts
from aiser_jupyter.ask.plan import Band, Bucket, ColumnRef, Condition, Defined, Item, Plan
from aiser_jupyter.ask.words import stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.frame import Frame
    from aiser_jupyter.ask.link import Linked

MEANS = frozenset({"average", "avg", "mean"})


MORE = re.compile(r"\bhow (?:much|many) (?:more|less|fewer)\b", re.IGNORECASE)
BOUND = re.compile(
    r"\b(?:only|just|exactly|at least|at most|more than|less than|fewer than|no more than) (?:one|two|three|four|five|six|seven|eight|nine|ten|a single|once|twice|\d+)\b",
    re.IGNORECASE,
)


def answers(plan: Plan, frame: Frame, linked: Linked) -> bool:
    """Whether each view that was asked for is in ``plan``: a share, a running total, growth, a mean, a median, a quantile, a spread, a grain."""
    held = list(parts(plan))
    items = [part for part in held if isinstance(part, Item)]
    named = {word for part in held if isinstance(part, ColumnRef) for word in _stems(linked, part)}
    windows = {item.window for item in items}
    aggregates = {item.aggregate for item in items}
    defined = any(isinstance(part, Defined) for part in held)
    ratio = any(item.over for item in items)
    spoken, cues = linked.spoken.named, frame.cues
    lower = {word for i, word in enumerate(linked.question.lower) if i not in spoken}
    tests = (
        (frame.window == "share", "share" in windows or any(item.among for item in items) or named & {stem("percent"), stem("share")}),
        (frame.window == "running", "running" in windows),
        (frame.window == "growth", windows & {"growth", "change"} or stem("growth") in named),
        (cues.quantile is not None, "quantile" in aggregates),
        (cues.spread, "stddev" in aggregates),
        ("median" in lower, "median" in aggregates or stem("median") in named),
        (bool(lower & MEANS), aggregates & {"avg", "quantile", "defined"} or ratio or defined or stem("average") in named or "moving" in windows),
        (bool(cues.moves.change or MORE.search(linked.question.text)), any(item.less for item in items)),
        (bool(BOUND.search(linked.question.text)), any(isinstance(part, Condition) for part in held) or plan.limit is not None),
        (cues.moves.smooth, "moving" in windows),
        (cues.moves.retained, "retained" in windows or any(isinstance(part, Plan) and part.source for part in held)),
        (frame.grain is not None, _grained(plan, frame, named) or any(isinstance(part, (Bucket, Band)) for part in held)),
    )  # fmt: skip
    return all(done for asked, done in tests if asked)


def _grained(plan: Plan, frame: Frame, named: set[str]) -> bool:
    """Whether a column of the grain's own name is grouped by."""
    return bool(plan.group) and any(
        kind in named for kind in ({"weekday": "day", "weekend": "weekend"}.get(str(frame.grain), str(frame.grain)),)
    )


def _stems(linked: Linked, ref: ColumnRef) -> tuple[str, ...]:
    return linked.schema.view(ref).stems if ref in linked.schema.index else ()

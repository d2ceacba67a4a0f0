"""Views of figures that a question names: a mean, a median, a spread, growth, a difference, a comparison with the mean, both ends."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.ask.doubts.doubt import NONE, Doubt
from aiser_jupyter.ask.plan import Defined
from aiser_jupyter.ask.words import bag, stem

if TYPE_CHECKING:
    from aiser_jupyter.ask.doubts.seen import Seen

MEANS = bag("average avg mean")
MORE = re.compile(r"\bhow (?:much|many) (?:more|less|fewer)\b", re.IGNORECASE)
BOUND = re.compile(
    r"\b(?:only|just|exactly|at least|at most|more than|less than|fewer than|no more than) (?:one|two|three|four|five|six|seven|eight|nine|ten|a single|once|twice|\d+)\b",
    re.IGNORECASE,
)
BESIDE_MEAN = re.compile(
    r"\b(?:more|less|higher|lower|greater|above|below|over|under|fewer|longer|shorter|larger|smaller|exceeds?|exceeding|beats?)(?: than)?"
    r"(?: (?:the|that|their|its|this|our|an|overall|group|company|\w+'s))* (?:average|avg|mean)\b",
    re.IGNORECASE,
)
TWO_MEANS = re.compile(r"\b(?:average|avg|mean)\b.*\b(?:average|avg|mean)\b", re.IGNORECASE)
ENDS = re.compile(r"\b(?:first|earliest) (?:and|&) (?:the )?(?:last|latest|most recent)\b", re.IGNORECASE)
SIDES = re.compile(r"\b(?:more|fewer|less|higher|lower|larger|bigger|better|longer|cheaper|older|younger)\b.*\bthan\b", re.IGNORECASE)


def _mean(seen: Seen) -> bool:
    if not seen.free & MEANS or seen.aggregates & {"avg", "quantile", "defined"} or seen.windows & {"moving", "peers"}:
        return False
    ratio = any(item.over for item in seen.items)
    return not ratio and stem("average") not in seen.named and not any(isinstance(part, Defined) for part in seen.parts)


def _median(seen: Seen) -> bool:
    return "median" in seen.free and "median" not in seen.aggregates and stem("median") not in seen.named


def _quantile(seen: Seen) -> bool:
    return seen.frame is not None and seen.frame.cues.quantile is not None and "quantile" not in seen.aggregates


def _spread(seen: Seen) -> bool:
    return seen.frame is not None and seen.frame.cues.spread and "stddev" not in seen.aggregates


def _running(seen: Seen) -> bool:
    return seen.frame is not None and seen.frame.window == "running" and "running" not in seen.windows


def _growth(seen: Seen) -> bool:
    asked = seen.frame is not None and seen.frame.window == "growth"
    return asked and not seen.windows & {"growth", "change"} and stem("growth") not in seen.named


def _smooth(seen: Seen) -> bool:
    return seen.frame is not None and seen.frame.cues.moves.smooth and "moving" not in seen.windows


def _retained(seen: Seen) -> bool:
    asked = seen.frame is not None and seen.frame.cues.moves.retained
    return asked and "retained" not in seen.windows and not any(plan.source for plan in seen.plans)


def _difference(seen: Seen) -> bool:
    asked = (seen.frame is not None and seen.frame.cues.moves.change) or MORE.search(seen.text)
    return bool(asked) and not any(item.less for item in seen.items)


def _unbound(seen: Seen) -> bool:
    return not seen.tests and seen.plan.limit is None


def _beside_mean(seen: Seen) -> bool:
    """Whether nothing is set against a mean; or, where a mean is, the rows are and not their own one."""
    beside = [test for test in seen.tests if test.plan is not None or test.other is not None]
    if not beside:
        return True
    return bool(TWO_MEANS.search(seen.text)) and not any(test.item.aggregate for test in beside) and "peers" not in seen.windows


def _ends(seen: Seen) -> bool:
    return not {"min", "max"} <= seen.aggregates


def _both_ends(seen: Seen) -> bool:
    return {"minimum", "maximum"} <= seen.lower and (seen.plan.limit is not None or _ends(seen))


def _one_sided(seen: Seen) -> bool:
    """Whether two values of a column are set against each other, and the plan only tells whether there is anything of either."""
    if not any(item.window == "exists" for item in seen.plan.select):
        return False
    columns = [ref for mention in seen.linked.mentions for ref in dict(mention.stored)]
    return any(columns.count(ref) > 1 for ref in columns)


DOUBTS = (
    Doubt("mean", "an average was asked for, and none is shown", NONE, _mean),
    Doubt("median", "a median was asked for, and none is shown", NONE, _median),
    Doubt("quantile", "a quantile was asked for, and none is shown", NONE, _quantile),
    Doubt("spread", "a spread was asked for, and none is shown", NONE, _spread),
    Doubt("running", "a running total was asked for, and none is shown", NONE, _running),
    Doubt("growth", "growth was asked for, and none is shown", NONE, _growth),
    Doubt("smooth", "a moving average was asked for, and none is shown", NONE, _smooth),
    Doubt("retained", "it was asked who stayed, and nothing tells so", NONE, _retained),
    Doubt("difference", "a difference was asked for, and nothing is taken from anything", NONE, _difference),
    Doubt("unbound", "only so many were asked for, and nothing is tested", NONE, _unbound, BOUND),
    Doubt("beside_mean", "something was set against its average, and the query compares nothing with one", NONE, _beside_mean, BESIDE_MEAN),
    Doubt("first_and_last", "the first and the last were asked for, and one of them is not shown", NONE, _ends, ENDS),
    Doubt("both_ends", "the minimum and the maximum were asked for, and one of them is not shown", NONE, _both_ends, early=True),
    Doubt("one_sided", "two values were set against each other, and the query only tells whether there is either", NONE, _one_sided, SIDES, early=True),
)  # fmt: skip

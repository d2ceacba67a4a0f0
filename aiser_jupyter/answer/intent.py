"""What kind of reply a question wants, by the words that tell it."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, cast, get_args

from aiser_jupyter.answer.lexicon import BUSINESS, DISPATCH, OBJECTIVES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.answer.lexicon import Weighted

Dispatch = Literal["answer", "why", "forecast", "profile", "board", "report", "schema", "help", "refuse", "smalltalk", "followup"]
Business = Literal["financial_analysis", "operational_analysis", "customer_analysis", "market_analysis", "strategic_planning", "none"]

# Where words tell two things equally, the earlier one holds: a request to delete is refused whatever else it says.
PRIORITY: tuple[Dispatch, ...] = (
    "refuse",
    "smalltalk",
    "board",
    "report",
    "why",
    "forecast",
    "schema",
    "profile",
    "help",
    "followup",
    "answer",
)
# An answer from the data is what a question wants unless something says otherwise.
DEFAULT = 1.6
NO_BUSINESS = frozenset(("schema", "help", "refuse", "smalltalk", "followup", "profile"))
MAX_LENGTH = 2000


@dataclass(frozen=True)
class Intent:
    """The way a question is answered, the field of business it is of, and what it aims at; ``confidence`` of the dispatch, 0 to 1."""

    dispatch: Dispatch
    business: Business = "none"
    confidence: float = 1.0
    objectives: tuple[str, ...] = ()


def classify(question: str) -> Intent:
    """The intent of ``question``: the dispatch with the most weight of words, the field likewise, every objective that is named."""
    text = " ".join(question[:MAX_LENGTH].lower().replace("’", "'").split())
    scores: dict[Dispatch, float] = {**dict.fromkeys(get_args(Dispatch), 0.0), **scored(text, "dispatch"), "answer": DEFAULT}
    ranked = sorted(PRIORITY, key=lambda d: (-scores[d], PRIORITY.index(d)))
    dispatch = ranked[0]
    confidence = 1 / (1 + math.exp(-1.5 * (scores[dispatch] - scores[ranked[1]]) - 0.2))
    objectives = tuple(sorted(scored(text, "objectives"))) if dispatch not in {"help", "refuse", "smalltalk", "schema", "followup"} else ()
    return Intent(dispatch, business(text, dispatch), round(confidence, 3), objectives)


def business(text: str, dispatch: Dispatch) -> Business:
    """The field of business whose words weigh most; none for what is not about the business."""
    if dispatch in NO_BUSINESS:
        return "none"
    scores = scored(text, "business")
    order = [*get_args(Business)]
    return min(scores, key=lambda b: (-scores[b], order.index(b)), default="none")


def scored(text: str, table: Literal["dispatch", "business", "objectives"]) -> dict:
    """The weight of each label that some pattern speaks for: its strongest pattern and a little for each further hit."""
    found = {}
    for label, patterns in compiled(table).items():
        hits = [weight for weight, pattern in patterns for _ in zip(range(3), pattern.finditer(text), strict=False)]
        if hits:
            found[label] = max(hits) + 0.25 * (sum(hits) - max(hits))
    return found


@cache
def compiled(table: str) -> Mapping[str, tuple[tuple[float, re.Pattern[str]], ...]]:
    """A lexicon ready to use; built when first needed, since it is not small."""
    lexicon = cast("Mapping[str, Weighted]", {"dispatch": DISPATCH, "business": BUSINESS, "objectives": OBJECTIVES}[table])
    return {label: tuple((weight, re.compile(pattern)) for weight, pattern in patterns) for label, patterns in lexicon.items()}

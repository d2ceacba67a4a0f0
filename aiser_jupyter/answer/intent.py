"""What kind of reply a question wants: a learned judgement over its traits, with rules for what must not be left to chance."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from aiser_jupyter.answer.patterns import scored
from aiser_jupyter.answer.traits import plain, traits
from aiser_jupyter.clock import from_environment

Dispatch = Literal["answer", "why", "forecast", "profile", "board", "report", "schema", "help", "refuse", "smalltalk", "followup"]
Business = Literal["financial_analysis", "operational_analysis", "customer_analysis", "market_analysis", "strategic_planning", "none"]

NO_BUSINESS = frozenset(("schema", "help", "refuse", "smalltalk", "followup", "profile"))
# A request to write that a pattern names outright is refused, whatever else the words look like.
OUTRIGHT = 3.5
DOUBTED = 0.5
MAX_LENGTH = 2000
YEAR = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True)
class Intent:
    """The way a question is answered, the field of business it is of, and what it aims at; ``confidence`` of the dispatch, 0 to 1, calibrated."""

    dispatch: Dispatch
    business: Business = "none"
    confidence: float = 1.0
    objectives: tuple[str, ...] = ()


def classify(question: str) -> Intent:
    """The intent of ``question``: the likeliest dispatch, the likeliest field of business where it has one, every objective that is named."""
    from aiser_jupyter.answer.judgement import load

    text = plain(question, MAX_LENGTH)
    dispatches, fields = load().of(traits(text))
    dispatch = max(dispatches, key=lambda label: (dispatches[label], label))
    confidence = dispatches[dispatch]
    if dispatch == "refuse" and confidence < DOUBTED:
        # A refusal ends the matter, while what is taken for a question can only be read; doubt is decided for the question.
        dispatch = max((label for label in dispatches if label != "refuse"), key=lambda label: (dispatches[label], label))
        confidence = dispatches[dispatch]
    if dispatch == "forecast" and past(text):
        dispatch = max((label for label in dispatches if label != "forecast"), key=lambda label: (dispatches[label], label))
        confidence = dispatches["forecast"] + dispatches[dispatch]
    if outright(text):
        dispatch, confidence = "refuse", max(dispatches["refuse"], 1 - dispatches["followup"])
    field = "none" if dispatch in NO_BUSINESS else max(fields, key=lambda label: (fields[label], label))
    objectives = tuple(sorted(scored(text, "objectives"))) if dispatch not in NO_BUSINESS - {"profile"} else ()
    # No classifier over words is ever certain.
    return Intent(cast("Dispatch", dispatch), cast("Business", field), round(min(confidence, 0.999), 3), objectives)


def past(text: str) -> bool:
    """Whether a plain text names years, none of them to come, and no word looks ahead."""
    years = [int(year) for year in YEAR.findall(text)]
    return bool(years) and max(years) <= from_environment().today().year and not scored(text, "dispatch").get("forecast")


def outright(text: str) -> bool:
    """Whether a plain text asks for a change of data, or for what is secret, in so many words, and is no edit of what was shown."""
    found = scored(text, "dispatch")
    return found.get("refuse", 0.0) >= OUTRIGHT and found.get("refuse", 0.0) > found.get("followup", 0.0)

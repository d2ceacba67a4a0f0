"""What kind of reply a question wants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Dispatch = Literal["answer", "why", "forecast", "profile", "board", "report", "schema", "help", "refuse", "smalltalk", "followup"]
Business = Literal["financial_analysis", "operational_analysis", "customer_analysis", "market_analysis", "strategic_planning", "none"]


@dataclass(frozen=True)
class Intent:
    """The way a question is answered, the field of business it is of, and what it aims at; ``confidence`` of the dispatch, 0 to 1."""

    dispatch: Dispatch
    business: Business = "none"
    confidence: float = 1.0
    objectives: tuple[str, ...] = ()


def classify(question: str) -> Intent:
    """The intent of ``question``."""
    return Intent("answer" if question.strip() else "help")

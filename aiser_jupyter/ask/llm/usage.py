"""What calls of a model took: tokens, time and cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

N = TypeVar("N", int, float)


@dataclass(frozen=True)
class Usage:
    """``calls`` of ``model`` together: tokens in and out, milliseconds, and US dollars; None where that is not known."""

    model: str
    calls: int = 1
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    elapsed_ms: float = 0.0

    def __add__(self, other: Usage) -> Usage:
        """Both together; a figure that one of them lacks is not known of both."""
        return Usage(
            self.model,
            self.calls + other.calls,
            _sum(self.prompt_tokens, other.prompt_tokens),
            _sum(self.completion_tokens, other.completion_tokens),
            _sum(self.cost, other.cost),
            round(self.elapsed_ms + other.elapsed_ms, 3),
        )

    def text(self) -> str:
        """One line: ``2 calls of openai/x, 812 tokens in, 96 out, price unknown``."""
        calls = f"{self.calls} call{'' if self.calls == 1 else 's'} of {self.model}"
        tokens = (
            "tokens unknown" if self.prompt_tokens is None else f"{self.prompt_tokens:,} tokens in, {self.completion_tokens or 0:,} out"
        )
        return f"{calls}, {tokens}, {'price unknown' if self.cost is None else f'${self.cost:.4f}'}"

    def as_json(self) -> dict[str, object]:
        """The object of JSON replies and transcripts."""
        return {
            "model": self.model,
            "calls": self.calls,
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "cost": self.cost,
            "elapsed_ms": self.elapsed_ms,
        }


def _sum(left: N | None, right: N | None) -> N | None:
    return None if left is None or right is None else left + right

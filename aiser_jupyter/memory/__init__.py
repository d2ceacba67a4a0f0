"""What is kept from one question to the next: taught words, verified queries, preferences and what was asked before."""

from __future__ import annotations

from aiser_jupyter.memory.memory import Memory, enabled, of
from aiser_jupyter.memory.recall import recall

__all__ = ["Memory", "enabled", "of", "recall"]

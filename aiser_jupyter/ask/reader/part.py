"""A chunk of a question in one of its meanings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiser_jupyter.ask.reader.senses import Sense


@dataclass(frozen=True)
class Part:
    """A chunk in one of its meanings."""

    start: int
    end: int
    sense: Sense

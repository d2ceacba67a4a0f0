"""How a connection is made, beyond its address."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Options:
    """Knobs of one connection.

    ``write`` opens it for writing, ``connect_timeout_s`` is how long a server may take to answer, ``pool_size`` how many queries run on it
    at once, ``allow_private`` lets an HTTP source reach private addresses; ``extra`` are a driver's own knobs, from the profile.
    """

    write: bool = False
    connect_timeout_s: float = 5.0
    pool_size: int = 5
    allow_private: bool = False
    extra: Mapping[str, object] = field(default_factory=dict)

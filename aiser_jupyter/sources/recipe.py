"""How another process opens the same connection."""

from __future__ import annotations

from dataclasses import dataclass, field

from aiser_jupyter.sources.options import Options


@dataclass(frozen=True)
class Recipe:
    """The address (a reference where one was given), the name and the options a source was opened with.

    The address may hold a secret that a reference led to: it travels through a pipe to a child process and is never written or shown.
    """

    address: str = field(repr=False)
    name: str
    options: Options = field(default_factory=Options, repr=False)

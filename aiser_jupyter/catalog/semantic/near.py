"""The known name nearest to one that is not known."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """``Did you mean a?``, empty where no name is near."""
    known = {one.casefold(): one for one in names}
    near = difflib.get_close_matches(name.casefold(), known, 1, 0.6)
    return f"Did you mean {known[near[0]]}?" if near else ""

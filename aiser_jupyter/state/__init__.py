"""What a workspace keeps of its own work, in `state.db` of its folder or in a team's database, and the archive that it is saved in."""

from __future__ import annotations

from aiser_jupyter.state.migrations import MIGRATIONS, VERSION
from aiser_jupyter.state.run import Entry, Run
from aiser_jupyter.state.state import State

__all__ = ["MIGRATIONS", "VERSION", "Entry", "Run", "State"]

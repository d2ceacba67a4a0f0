"""`aiser trust --json`."""

from __future__ import annotations

from aiser_jupyter.contract.parts import FLAG, FREE, TEXT, reply

SCHEMAS = {"trust": reply("Whether a workspace is trusted now", {"workspace": TEXT, "trusted": FLAG, "asks_for": FREE})}

"""Any command with `--json`, and any tool, that fails."""

from __future__ import annotations

from aiser_jupyter.contract.parts import ERROR, reply

SCHEMAS = {"error": reply("What went wrong, where, and the next step", {"error": ERROR})}

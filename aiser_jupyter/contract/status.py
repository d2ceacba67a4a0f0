"""`aiser status --json`."""

from __future__ import annotations

from aiser_jupyter.contract.parts import FLAG, TEXT, record, reply, some

SCHEMAS = {
    "status": reply(
        "Whether everything is there and works",
        {"ok": FLAG, "checks": some(record({"name": TEXT, "ok": FLAG, "detail": TEXT, "hint": TEXT}))},
    )
}

"""`aiser semantic … --json`."""

from __future__ import annotations

from aiser_jupyter.contract.parts import FLAG, FREE, TEXT, record, reply, some

SCHEMAS = {
    "semantic": reply(
        "The semantic model that holds, in the form of its file (docs/semantic.md)",
        {"source": TEXT, "path": TEXT, "model": FREE, "unread": some(record({"what": TEXT, "why": TEXT, "where": TEXT}))},
    ),
    "semantic.write": reply("The file that was written", {"path": TEXT}),
    "semantic.check": reply(
        "Mistakes, and what could not be taken over", {"ok": FLAG, "found": some(record({"kind": TEXT, "where": TEXT, "message": TEXT}))}
    ),
}

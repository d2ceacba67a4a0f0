"""`aiser report run --json`, `aiser demo --json`, and the facts that a report's page carries in `#aiser-facts`."""

from __future__ import annotations

from aiser_jupyter.contract.parts import COUNT, FACT_FIELDS, NUMBER, TEXT, record, reply, some

SCHEMAS = {
    "report": reply(
        "The files that were written", {"files": some(record({"path": TEXT, "bytes": COUNT, "seconds": NUMBER})), "seconds": NUMBER}
    ),
    "facts": {"title": "The numbers of a report, each with its query", **some(reply("One number", FACT_FIELDS))},
}

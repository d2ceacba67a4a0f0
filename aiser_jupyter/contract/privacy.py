"""`aiser privacy … --json`."""

from __future__ import annotations

from aiser_jupyter.contract.parts import COUNT, TEXT, record, reply, some

_THING = {"kind": TEXT, "where": TEXT, "what": TEXT}

SCHEMAS = {
    "privacy.report": reply(
        "The users that the workspace knows, with how many things of each kind it holds",
        {"users": some({"type": "object", "properties": {"user": TEXT}, "required": ["user"], "additionalProperties": COUNT})},
    ),
    "privacy.export": reply("Where the things went, and how many", {"to": TEXT, "held": COUNT}),
    "privacy.erase": reply(
        "What was erased, what stays and why, and what may still be readable",
        {"erased": some(record(_THING)), "kept": some(record({**_THING, "why": TEXT})), "left": TEXT},
    ),
}

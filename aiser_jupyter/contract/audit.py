"""`aiser audit … --json`, and a line of the log."""

from __future__ import annotations

from aiser_jupyter.contract.parts import COUNT, FLAG, MOMENT, NUMBER, TEXT, record, reply, some

SCHEMAS = {
    "audit.verify": reply(
        "Whether the log is as it was written", {"ok": FLAG, "lines": COUNT, "last": TEXT, "problem": TEXT, "torn": COUNT, "file": TEXT}
    ),
    "audit.report": reply(
        "Accesses by user, role, connection and table",
        {
            "accesses": some(
                record({"user": TEXT, "role": TEXT, "connection": TEXT, "table": TEXT, "accesses": COUNT, "refused": COUNT, "rows": COUNT})
            ),
            "models": some(
                record(
                    {"user": TEXT, "role": TEXT, "connection": TEXT, "model": TEXT, "calls": COUNT, "failed": COUNT}
                    | {"prompt_tokens": COUNT, "completion_tokens": COUNT, "cost": NUMBER}
                )
            ),
        },
    ),
    "audit.retire": reply("Old lines that were taken out of the log", {"lines": COUNT, "first": COUNT, "archive": TEXT, "file": TEXT}),
    "audit.line": reply(
        "A line of audit.jsonl; what else stands in it depends on its event",
        {"seq": {"type": "integer", "minimum": 1}, "at": MOMENT, "event": TEXT, "prev": TEXT, "hash": TEXT},
    ),
}

"""`aiser memory … --json`, and the file of `aiser memory export`."""

from __future__ import annotations

from aiser_jupyter.contract.parts import COUNT, FLAG, FREE, TEXT, WHOLE, record, reply, some

ENTRY = record(
    {
        "id": WHOLE,
        "kind": TEXT,
        "text": TEXT,
        "value": FREE,
        "connection": TEXT,
        "place": TEXT,
        "everyone": FLAG,
        "at": TEXT,
        "used_at": TEXT,
        "uses": COUNT,
    }
)

SCHEMAS = {
    "memory": reply("What is remembered; `aiser memory export` writes the same to a file", {"entries": some(ENTRY)}),
    "memory.teach": reply("What was kept", {"entry": ENTRY}),
    "memory.forget": reply(
        "How much was forgotten, and why bytes of it are left, empty where none are", {"forgotten": COUNT, "left": TEXT}
    ),
    "memory.file": reply("A file that was written or read", {"entries": COUNT, "file": TEXT}),
}

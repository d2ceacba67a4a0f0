"""`aiser state … --json`, and the manifest of an archive."""

from __future__ import annotations

from aiser_jupyter.contract.parts import COUNT, FLAG, TEXT, maybe, record, reply, some
from aiser_jupyter.state.manifest import Manifest


def _manifest() -> dict[str, object]:
    """The schema of the manifest's own type, with its parts in place."""
    made = Manifest.model_json_schema()
    parts = made.pop("$defs")

    def placed(node: object) -> object:
        if isinstance(node, list):
            return [placed(one) for one in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            return placed(parts[node["$ref"].rpartition("/")[2]])
        return {key: placed(one) for key, one in node.items() if key not in {"title", "default"} or isinstance(one, dict)}

    found = placed(made)
    assert isinstance(found, dict)
    return {"title": "The manifest of an archive", **found}


MANIFEST = _manifest()
SCHEMAS = {
    "state.manifest": MANIFEST,
    "state.backup": reply("An archive that was written", {"file": TEXT, "bytes": COUNT, "manifest": MANIFEST}),
    "state.restore": reply("What was brought back", {"folder": TEXT, "aside": maybe(TEXT), "audit": TEXT, "manifest": MANIFEST}),
    "state.check": reply(
        "Whether what is kept is whole", {"ok": FLAG, "items": some(record({"name": TEXT, "ok": FLAG, "detail": TEXT, "hint": TEXT}))}
    ),
    "state.rekey": reply(
        "What was written anew under another key, or dropped",
        {"before": TEXT, "now": TEXT, "reference": TEXT, "dropped": FLAG, "tables": some(TEXT), "results": COUNT},
    ),
    "state.aside": reply("Where a damaged store is now", {"aside": some(TEXT)}),
}

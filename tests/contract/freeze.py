"""Write the schemas as they are now over the frozen copy: for a field that was added, or words that were changed, never for one that was taken away or means something else."""

from __future__ import annotations

import json
from pathlib import Path

from aiser_jupyter.contract import schemas

FROZEN = Path(__file__).parent / "frozen_v1.json"
WORDS = frozenset({"title", "description"})


def bare(node):
    """A schema without its words, which are no part of the contract."""
    if isinstance(node, list):
        return [bare(one) for one in node]
    if not isinstance(node, dict):
        return node
    return {
        key: {name: bare(one) for name, one in value.items()} if key == "properties" else bare(value)
        for key, value in node.items()
        if key not in WORDS
    }


if __name__ == "__main__":
    FROZEN.write_text(json.dumps({name: bare(made) for name, made in schemas().items()}, indent=1, sort_keys=True) + "\n", encoding="utf-8")

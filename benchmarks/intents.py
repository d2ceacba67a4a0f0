"""The share of labelled questions whose intent is told right: what to do with it (dispatch) and what it is about (business).

First the trades of the written set that nothing was learned from, then the shared examples where they are beside this checkout.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aiser_jupyter.answer.intent import classify

HERE = Path(__file__).parents[1]
WRITTEN = HERE / "tests/answer/intent_set.jsonl"
LABELS = HERE.parent / "shared/data/labels/intents_examples.jsonl"
FIELDS = ("dispatch", "business")


def main() -> None:
    """Print both shares and each miss, for each set."""
    written = [item for item in read(WRITTEN) if item["part"] == "last"]
    trades = len({item["industry"] for item in written})
    measure(f"{len(written)} questions of {trades} trades left out", written)
    if LABELS.exists():
        examples = read(LABELS)
        measure(f"{len(examples)} shared examples", examples)


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def measure(name: str, items: list[dict[str, Any]]) -> None:
    """Print the misses and the shares of one set."""
    right = dict.fromkeys(FIELDS, 0)
    for item in items:
        intent = classify(item["question"])
        for field in FIELDS:
            accepted = item.get("accept", {}).get(field, [item[field]])
            got = getattr(intent, field)
            right[field] += got in accepted
            if got not in accepted:
                print(f"  {field:9} {got} for {accepted}: {item['question']}")
    print(f"{name}: " + ", ".join(f"{field} {100 * n / len(items):.1f} %" for field, n in right.items()))


if __name__ == "__main__":
    main()

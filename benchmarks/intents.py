"""The share of labelled questions whose intent is told right: what to do with it (dispatch) and what it is about (business)."""

from __future__ import annotations

import json
from pathlib import Path

from aiser_jupyter.answer.intent import classify

LABELS = Path(__file__).parents[2] / "shared" / "data" / "labels" / "intents_examples.jsonl"


def main() -> None:
    """Print both shares and each miss."""
    items = [json.loads(line) for line in LABELS.read_text(encoding="utf-8").splitlines() if line.strip()]
    right = {"dispatch": 0, "business": 0}
    for item in items:
        intent = classify(item["question"])
        for field in right:
            accepted = item.get("accept", {}).get(field, [item[field]])
            got = getattr(intent, field)
            right[field] += got in accepted
            if got not in accepted:
                print(f"{field:9} {got} for {accepted}: {item['question']}")
    print(f"{len(items)} labelled questions: " + ", ".join(f"{field} {100 * n / len(items):.1f} %" for field, n in right.items()))


if __name__ == "__main__":
    main()

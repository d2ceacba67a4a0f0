"""What a person gets of a question: the right answer, a right refusal, or the right reading among those offered beside it."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb

ROOT = Path(__file__).resolve().parents[2]
SCORERS = ROOT.parent / "shared" / "score"
OFFERED = 3


def prepare(bench: Path) -> None:
    """Make the databases of a set that says how: ``databases.py`` beside it."""
    maker = bench.parent / "databases.py"
    if maker.exists():
        subprocess.run([sys.executable, str(maker)], check=True, stdout=subprocess.DEVNULL)


def scorer() -> Any:
    """The scorer of ``../shared/score`` as a module."""
    spec = importlib.util.spec_from_file_location("nl2sql", SCORERS / "nl2sql.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(SCORERS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def summary(bench: Path, answers: list[dict[str, Any]]) -> dict[str, float]:
    """Shares of the questions of ``bench``: ``strict``, ``precision``, ``refused``, ``offered`` (right, rightly refused, or right among those offered), ``runs``."""
    rules = scorer()
    items = [json.loads(line) for line in bench.read_text(encoding="utf-8").splitlines() if line.strip()]
    files = {copy for item in items for copy in rules.copies(bench.parent / item["db"]) if copy.suffix == ".duckdb" and copy.exists()}
    with ExitStack() as held:
        # What the scorer opens for each query stays open meanwhile: opening a database takes longer than most queries.
        for file in files:
            held.enter_context(duckdb.connect(str(file), read_only=True, config={"threads": 1}))
        tally = _tallied(rules, bench.parent, items, answers)
    whole = tally["n"] + tally["unanswerable"]
    return {
        "strict": tally["right"] / max(1, tally["n"]),
        "coverage": tally["answered"] / max(1, tally["n"]),
        "precision": tally["right"] / max(1, tally["answered"]),
        "refused": tally["refused"] / max(1, tally["unanswerable"]),
        "offered": tally["offered"] / max(1, whole),
        "runs": 1 - tally["failed"] / max(1, tally["answered"]),
    }


def _tallied(rules: Any, root: Path, items: list[dict[str, Any]], answers: list[dict[str, Any]]) -> Counter[str]:
    tally: Counter[str] = Counter()
    for item, answer in zip(items, answers, strict=True):
        sql = answer["sql"] if answer["answered"] else None
        if not rules.golds(item):
            tally.update(unanswerable=1, refused=not sql, offered=not sql)
            continue
        right, _, error = rules.judge(item, sql, root) if sql else (False, False, "")
        others = [other for other in answer.get("alternatives", ()) if other != sql][: OFFERED - bool(sql)]
        near = right or any(rules.judge(item, other, root)[0] for other in others)
        tally.update(n=1, answered=bool(sql), right=right, offered=near, failed=bool(error))
    return tally

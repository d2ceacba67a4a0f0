"""Accuracy, coverage and precision of the offline engine on question sets: ``python benchmarks/ask_accuracy.py BENCH.jsonl… [--misses N] [--by FIELD] [--models DIR]``.

Each set is a JSON-lines file of the scorer ``../shared/score/nl2sql.py`` (see there for the rules). Each question is read through
the same road as a user's, on the database the line names; what the scorer prints follows the name of the set.
With ``--models`` a database ``NAME.duckdb`` has the semantic model ``DIR/NAME.yaml``, where that is there.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read

sys.path.insert(0, str(Path(__file__).resolve().parent / "ask"))
import business

ROOT = Path(__file__).resolve().parents[1]
SCORER = ROOT.parent / "shared" / "score" / "nl2sql.py"


def give(model: Path, folder: Path, name: str) -> None:
    """Make ``model`` the semantic model of the connection ``name`` in the workspace ``folder``."""
    if model.is_file():
        (folder / ".aiser").mkdir(exist_ok=True)
        shutil.copyfile(model, folder / ".aiser" / f"semantic.{name}.yaml")


def answers(bench: Path, models: Path | None = None) -> list[dict[str, object]]:
    """What the engine makes of each line of ``bench``, in order."""
    items = [json.loads(line) for line in bench.read_text(encoding="utf-8").splitlines() if line.strip()]
    folder = Path(tempfile.mkdtemp(prefix="aiser-ask-"))
    workspace = aiser.Workspace(str(folder))
    names: dict[str, str] = {}
    readings: dict[str, object] = {}
    made = []
    for item in items:
        if item["db"] not in names:
            names[item["db"]] = workspace.connect(str((bench.parent / item["db"]).resolve())).name
            if models is not None:
                give(models / f"{Path(item['db']).stem}.yaml", folder, names[item["db"]])
            read(workspace.context, "How many rows are there?", on=names[item["db"]])  # profiling is not part of a question's time
        started = time.perf_counter()
        today = date.fromisoformat(item["today"]) if item.get("today") else None
        reading = read(
            workspace.context, item["question"], on=names[item["db"]], today=today, follows=readings.get(str(item.get("followup_of")))
        )
        readings[str(item["id"])] = reading
        spent = (time.perf_counter() - started) * 1000
        made.append(
            {
                "id": item["id"],
                "answered": reading.answered,
                "sql": reading.sql or None,
                "confidence": reading.confidence,
                "reason": reading.reason,
                "alternatives": [other.sql for other in reading.alternatives],
                "missing": reading.missing,
                "elapsed_ms": spent,
            }
        )
    workspace.close()  # the scorer opens the same files
    return made


def main() -> None:
    """Answer and score every set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("benches", nargs="+", type=Path)
    parser.add_argument("--misses", type=int, default=0)
    parser.add_argument("--by")
    parser.add_argument("--models", type=Path, help="a folder of semantic models, one a database")
    parser.add_argument("--keep", type=Path, help="a folder to keep the answers in")
    args = parser.parse_args()
    folder = args.keep or Path(tempfile.mkdtemp(prefix="aiser-ask-"))
    for bench in args.benches:
        business.prepare(bench)
        out, made = folder / f"{bench.stem}.answers.jsonl", answers(bench, args.models)
        out.write_text("".join(json.dumps(line) + "\n" for line in made), encoding="utf-8")
        print(bench.stem, flush=True)
        more = ["--misses", str(args.misses), *(["--by", args.by] if args.by else [])]
        subprocess.run([sys.executable, str(SCORER), "score", str(bench), str(out), *more], check=True)
        if (bench.parent / "databases.py").exists():
            print(" ".join(f"{name} {value:.3f}" for name, value in business.summary(bench, made).items()))


if __name__ == "__main__":
    main()

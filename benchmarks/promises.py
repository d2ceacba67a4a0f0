"""Measure what the product promises, and write the table in docs/promises.md.

``promises.py`` writes the table from the figures on record; ``--measure [ID …]`` runs the commands first (each command once).
"""

from __future__ import annotations

import argparse
import json
import re
import shlex
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent
RECORD = HERE / "promises_measured.json"
PAGE = ROOT / "docs" / "promises.md"
BEGIN, END = "<!-- table -->", "<!-- /table -->"
TIMEOUT_S = 3600


def run(command: str) -> str:
    """What a command prints, run with this interpreter from the root of the repository."""
    words = shlex.split(command)
    if words[0] == "python":
        words[0] = sys.executable
    elif (script := Path(sys.executable).parent / words[0]).exists():
        words[0] = str(script)
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    print(f"$ {command}\n{done.stdout[-1500:]}{done.stderr[-500:] if done.returncode else ''}")
    return done.stdout


def measure(promises: list[dict[str, Any]], wanted: set[str]) -> dict[str, dict[str, str]]:
    """Figure and date of each wanted promise that has a command and whose figure was printed."""
    printed: dict[str, str] = {}
    figures = {}
    for promise in promises:
        command = promise.get("command")
        if not command or (wanted and promise["id"] not in wanted):
            continue
        if command not in printed:
            printed[command] = run(command)
        hits = re.findall(promise["figure"], printed[command])
        if hits:
            figures[promise["id"]] = {"figure": hits[-1], "date": datetime.now(UTC).date().isoformat()}
        else:
            print(f"{promise['id']}: no figure in what was printed", file=sys.stderr)
    return figures


def table(promises: list[dict[str, Any]], record: dict[str, dict[str, str]]) -> str:
    """The Markdown table: a row a promise, "not measured yet" where there is no figure."""
    rows = ["| promise | target | figure | date | measured by |", "| --- | --- | --- | --- | --- |"]
    for promise in promises:
        measured = record.get(promise["id"], {})
        command = f"`{promise['command']}`" if promise.get("command") else "comes with its part"
        rows.append(
            f"| {promise['says']} | {promise['target']} | {measured.get('figure', 'not measured yet')} | {measured.get('date', '')} | {command} |"
        )
    return "\n".join(rows)


def main() -> None:
    """Measure what is asked, keep it on record, write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", nargs="*", metavar="ID", help="run the commands of these promises (of all, where none is named)")
    arguments = parser.parse_args()
    promises = tomllib.loads((HERE / "promises.toml").read_text(encoding="utf-8"))["promise"]
    record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    if arguments.measure is not None:
        record |= measure(promises, set(arguments.measure))
        RECORD.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    text = table(promises, record)
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()

"""Fill our own figures in docs/peers.md: ``python benchmarks/ask_accuracy.py SET.jsonl… --by type > scored.txt; python benchmarks/peers.py scored.txt``.

What the scorer printed is read, kept on record in `peers_measured.json` with its date, and written between the marks of the page. Without a file the page is
written from the record. Nothing else sets a figure there.
"""

from __future__ import annotations

import argparse
import json
import re
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
RECORD = HERE / "peers_measured.json"
PAGE = HERE.parent / "docs" / "peers.md"
SETS = {
    "spider_gate": "Spider dev (rebuilt databases, 566 questions)",
    "spider_syn_gate": "Spider-Syn (rebuilt databases)",
    "geoquery_train": "GeoQuery, train part",
    "defog_instruct_basic": "Defog instruct_basic, shared half",
    "defog_questions_gen": "Defog questions_gen, shared half",
    "defog_instruct_advanced": "Defog instruct_advanced, shared half",
    "defog_idk": "Defog idk (unanswerable)",
    "examples": "Business questions, the 40 examples",
}
LINE = re.compile(
    r"(?P<key>\S+)\s+n (?P<n>\d+) strict (?P<strict>\S+) lenient \S+ non_empty \S+ coverage (?P<coverage>\S+) "
    r"precision (?P<precision>\S+) failed \S+ refused (?P<refused>\S+) \((?P<unanswerable>\d+)\)"
)
ALL = "all"


def read(printed: str) -> dict[str, dict[str, dict[str, str]]]:
    """For each set in the scorer's output, its figures by group; the group of the whole set is ``all``."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    name = ""
    for line in printed.splitlines():
        if match := LINE.match(line):
            found.setdefault(name, {})[match["key"]] = {k: v for k, v in match.groupdict().items() if k != "key"}
        elif line.startswith("calibration error ") and name in found:
            found[name][ALL]["calibration"] = line.split()[-1]
        elif line.startswith("latency ms ") and name in found:
            found[name][ALL]["latency"] = line.removeprefix("latency ms ")
        elif re.fullmatch(r"\w+", line.strip()):
            name = line.strip()
    return found


def sets(record: dict[str, dict[str, dict[str, str]]]) -> str:
    """One row a set; "not measured yet" where the record has none."""
    rows = [
        "| set | answerable | right of all | right of answered | answered | refused, of unanswerable | calibration error | date |",
        "| --- " * 8 + "|",
    ]
    for name, title in SETS.items():
        one = record.get(name, {}).get(ALL)
        if one is None:
            rows.append(f"| {title} | not measured yet | | | | | | |")
            continue
        figures = (one["n"], one["strict"], one["precision"], one["coverage"], f"{one['refused']} of {one['unanswerable']}")
        shown = ["–" if f.split(" ", 1)[0] == "-" else f for f in figures]
        rows.append(f"| {title} | {' | '.join(shown)} | {one.get('calibration', '–')} | {one['date']} |")
    return "\n".join(rows)


def kinds(record: dict[str, dict[str, dict[str, str]]]) -> str:
    """One row a kind of question, over all sets that have kinds."""
    rows = ["| kind of question | set | questions | right | answered |", "| --- " * 5 + "|"]
    for name, groups in record.items():
        for key, one in groups.items():
            if key != ALL and one["n"] != "0":
                rows.append(f"| {key.replace('_', ' ')} | {name.replace('_', ' ')} | {one['n']} | {one['strict']} | {one['coverage']} |")
    return "\n".join(rows) if len(rows) > 2 else "Not measured yet."


def between(page: str, mark: str, text: str) -> str:
    """``page`` with ``text`` between the marks of that name."""
    begin, end = f"<!-- {mark} -->", f"<!-- /{mark} -->"
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}"


def main() -> None:
    """Read what was scored, keep it, write the page."""
    parser = argparse.ArgumentParser(description="Fill our own figures in docs/peers.md.")
    parser.add_argument("scored", nargs="*", type=Path, help="what benchmarks/ask_accuracy.py printed")
    record = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    for path in parser.parse_args().scored:
        for name, groups in read(path.read_text(encoding="utf-8")).items():
            record[name] = {key: one | {"date": datetime.now(UTC).date().isoformat()} for key, one in groups.items()}
    RECORD.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    record = json.loads(RECORD.read_text(encoding="utf-8"))  # in the order in which it is kept, so that the page is the same without a file
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(between(between(page, "sets", sets(record)), "kinds", kinds(record)), encoding="utf-8")


if __name__ == "__main__":
    main()

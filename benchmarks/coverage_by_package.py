"""Print the branch coverage of each part of the package from the last test run: ``python benchmarks/coverage_by_package.py [.coverage.json]``.

SlipCover counts lines; here statements are counted, one over several lines once, and docstrings not at all.
"""

from __future__ import annotations

import ast
import collections
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def part(file: str) -> str:
    """The part of the house a file belongs to: its folder or its module."""
    names = Path(file).parts
    # An editable install reports the real folders behind the links.
    inside = names[names.index("aiser_jupyter") + 1 :] if "aiser_jupyter" in names else names
    return inside[0].removesuffix(".py")


def statements(source: str) -> dict[int, int]:
    """Each line of ``source`` that is of a statement, with the line on which that statement begins."""
    begins: dict[int, int] = {}
    docstrings: set[int] = set()
    # From outside in: what is inside takes its lines over.
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            docstrings.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        elif isinstance(node, ast.stmt):
            first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
            begins.update(dict.fromkeys(range(first, (node.end_lineno or first) + 1), node.lineno))
        elif isinstance(node, ast.ExceptHandler):
            begins[node.lineno] = node.lineno
    return {line: first for line, first in begins.items() if line not in docstrings}


def merged(files: dict[str, dict[str, Any]]) -> dict[Path, dict[str, set[Any]]]:
    """What was run and what was not, by the file itself: some are there under a link too."""
    run: dict[Path, dict[str, set[Any]]] = {}
    for name, report in files.items():
        kept = run.setdefault((ROOT / name).resolve(), collections.defaultdict(set))
        for kind in ("executed_lines", "missing_lines", "executed_branches", "missing_branches"):
            kept[kind] |= {tuple(one) if isinstance(one, list) else one for one in report.get(kind, ())}
    return run


def tally(file: Path, report: dict[str, set[Any]]) -> tuple[int, int]:
    """How many statements and branches of a file were run, of how many."""
    begins = statements(file.read_text(encoding="utf-8"))
    run = {begins[line] for line in report["executed_lines"] if line in begins}
    every = run | {begins[line] for line in report["missing_lines"] if line in begins}
    branches = report["executed_branches"] | report["missing_branches"]
    return len(run) + len(report["executed_branches"]), len(every) + len(branches)


def main() -> int:
    """Read what SlipCover wrote, print one line a part, worst first."""
    path = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / ".coverage.json")
    hit: collections.Counter[str] = collections.Counter()
    all_: collections.Counter[str] = collections.Counter()
    for file, report in merged(json.loads(path.read_text(encoding="utf-8"))["files"]).items():
        run, of = tally(file, report)
        name = part(str(file.relative_to(ROOT)))
        hit[name] += run
        all_[name] += of
    print("statements and branches covered, by part")
    for name in sorted(all_, key=lambda n: hit[n] / max(1, all_[n])):
        print(f"  {name:12} {100 * hit[name] / max(1, all_[name]):5.1f} %  ({all_[name]})")
    total = sum(all_.values())
    print(f"  {'all':12} {100 * sum(hit.values()) / max(1, total):5.1f} %  ({total})")
    return 0


if __name__ == "__main__":
    sys.exit(main())

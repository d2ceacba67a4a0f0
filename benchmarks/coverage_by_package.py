"""Print the branch coverage of each part of the package from the last test run."""

from __future__ import annotations

import collections
import json
import subprocess
import sys
import tempfile
from pathlib import Path


def part(file: str) -> str:
    """The part of the house a file belongs to: its folder or its module."""
    names = Path(file).parts
    # An editable install reports the real folders behind the links.
    inside = names[names.index("aiser_jupyter") + 1 :] if "aiser_jupyter" in names else names
    return inside[0].removesuffix(".py")


def main() -> int:
    """Read `.coverage`, print one line a part, worst first."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", out.name], check=True)
        files = json.loads(Path(out.name).read_text(encoding="utf-8"))["files"]
    hit: collections.Counter[str] = collections.Counter()
    all_: collections.Counter[str] = collections.Counter()
    for file, report in files.items():
        summary = report["summary"]
        hit[part(file)] += summary["covered_lines"] + summary["covered_branches"]
        all_[part(file)] += summary["num_statements"] + summary["num_branches"]
    print("lines and branches covered, by part")
    for name in sorted(all_, key=lambda n: hit[n] / max(1, all_[n])):
        print(f"  {name:12} {100 * hit[name] / max(1, all_[name]):5.1f} %  ({all_[name]})")
    total = sum(all_.values())
    print(f"  {'all':12} {100 * sum(hit.values()) / max(1, total):5.1f} %  ({total})")
    return 0


if __name__ == "__main__":
    sys.exit(main())

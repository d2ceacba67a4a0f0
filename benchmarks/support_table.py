"""The support table of docs/sources.md, made from the marks on the tests: `support_table.py` writes it, `--check` fails where it differs."""

from __future__ import annotations

import argparse
import ast
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "sources.md"
BEGIN, END = "<!-- support: made by benchmarks/support_table.py -->", "<!-- /support -->"
LEVELS = ("real server", "emulator", "driver only")
MEANING = {
    "real server": "tested against the real engine in every run of the suite",
    "emulator": "tested against a stand-in that speaks its protocol",
    "driver only": "built on the official driver; no server was there to test against",
}


def marks(path: Path) -> Iterator[tuple[str, str]]:
    """Each ``@pytest.mark.support(source, level)`` in a test file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "support":
            source, level = (argument.value for argument in node.args if isinstance(argument, ast.Constant))
            if level not in LEVELS:
                sys.exit(f"{path}:{node.lineno}: {level!r} is none of {', '.join(LEVELS)}")
            yield str(source), str(level)


def table() -> str:
    """The table: the best level a source is tested at, and the test files that show it."""
    found: dict[str, dict[str, set[str]]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for source, level in marks(path):
            found.setdefault(source, {}).setdefault(level, set()).add(path.relative_to(ROOT).as_posix())
    lines = ["| source | shown on | by |", "| --- | --- | --- |"]
    for source, levels in sorted(found.items(), key=lambda item: (LEVELS.index(_best(item[1])), item[0].casefold())):
        best = _best(levels)
        files = ", ".join(f"[{Path(name).stem.removeprefix('test_')}](../{name})" for name in sorted(levels[best]))
        lines.append(f"| {source} | {best} | {files} |")
    legend = "; ".join(f"*{level}*: {meaning}" for level, meaning in MEANING.items())
    return "\n".join([*lines, "", f"{legend}."])


def _best(levels: dict[str, set[str]]) -> str:
    return min(levels, key=LEVELS.index)


def main() -> int:
    """Write the table into the page, or say where the page differs."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--check", action="store_true", help="fail where the page differs from the marks")
    check = options.parse_args().check
    text = PAGE.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        sys.exit(f"{PAGE} has no place for the table: {BEGIN} … {END}")
    head, rest = text.split(BEGIN, 1)
    made = f"{head}{BEGIN}\n\n{table()}\n\n{END}{rest.split(END, 1)[1]}"
    if made == text:
        return 0
    if check:
        print("docs/sources.md does not say what the tests show; run: python benchmarks/support_table.py")
        return 1
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

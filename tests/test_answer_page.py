"""The example of docs/answers.md runs as it stands there, from the root of a clone, and gives the values written below its lines."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", ["answers"])
def test_the_example_gives_what_it_says(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    space: dict[str, object] = {}
    held = 0
    for code in BLOCK.findall((ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")):
        lines = code.splitlines()
        for node in ast.parse(code).body:
            assert node.end_lineno is not None
            if not isinstance(node, ast.Expr):
                exec(compile(ast.Module([node], []), page, "exec"), space)  # our own page
                continue
            value = eval(compile(ast.Expression(node.value), page, "eval"), space)
            below = lines[node.end_lineno] if node.end_lineno < len(lines) else ""
            if below.startswith("# "):
                assert value == ast.literal_eval(below[2:]), below
                held += 1
    assert held >= 5

"""House rules no linter knows: file length, no model output executed, the three links, test files of one name, nothing of one machine in a commit."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
MAX_LINES = 500
FORBIDDEN_CALLS = {"exec", "eval", "compile", "__import__"}
LINKS = ("magics", "widgets", "templates")
MODEL_LIBRARY, MODEL_TRANSPORT = "litellm", "aiser_jupyter/ask/llm/transport.py"
MOCKED = "mock" + "_response"  # put together, so that this file does not break its own rule
MACHINE = re.compile(rb'"resolved": *"https?://|registry *= *"?https?://|--index-ur[l]|/(?:wor[k]|roo[t])/')


def tracked(*suffixes: str) -> Iterator[Path]:
    """The files under version control with one of these endings."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file() and not path.is_symlink() and (not suffixes or path.suffix in suffixes):
            yield path


def too_long() -> Iterator[str]:
    """Source files over the length a reader can hold."""
    for path in tracked(".py", ".ts", ".css", ".js"):
        if "aiser_jupyter/labextension" in str(path) or ".min." in path.name or "/assets/vendor/" in str(path):
            continue
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > MAX_LINES:
            yield f"{path.relative_to(ROOT)}: {lines} lines, {MAX_LINES} at most"


def code_from_data() -> Iterator[str]:
    """Calls that would run a text as code."""
    for path in tracked(".py"):
        if path.relative_to(ROOT).parts[0] in {"tests", "benchmarks"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
                yield f"{path.relative_to(ROOT)}:{node.lineno}: {node.func.id}() runs text as code"


def model_libraries() -> Iterator[str]:
    """LiteLLM imported or named anywhere but in the model's transport, and replies of it that no server gave."""
    for path in tracked(".py"):
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            modules: list[str] = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                modules = [str(node.args[0].value)] if called in {"import_module", "importorskip", "__import__"} else []
            if name != MODEL_TRANSPORT and any(module.split(".")[0] == MODEL_LIBRARY for module in modules):
                yield f"{name}:{getattr(node, 'lineno', 0)}: only {MODEL_TRANSPORT} imports {MODEL_LIBRARY}"
            said = node.arg if isinstance(node, ast.keyword) else node.value if isinstance(node, ast.Constant) else None
            if said == MOCKED:
                yield f"{name}:{getattr(node, 'lineno', 0)}: {MOCKED} tests no transport; let a server reply"


def broken_links() -> Iterator[str]:
    """Package folders that are no links in git (mode 120000)."""
    for name in LINKS:
        entry = subprocess.run(
            ["git", "ls-files", "-s", f"aiser_jupyter/{name}"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout
        if not entry.startswith("120000"):
            yield f"aiser_jupyter/{name} is not a symbolic link in git"


def namesakes() -> Iterator[str]:
    """Test files with the name of another: pytest collects only the first of them."""
    seen: dict[str, Path] = {}
    for path in tracked(".py"):
        if path.name.startswith("test_") and (before := seen.setdefault(path.name, path)) != path:
            yield f"{path.relative_to(ROOT)}: {before.relative_to(ROOT)} has the same name"


def of_one_machine() -> Iterator[str]:
    """Registry hosts and absolute paths of a developer's machine."""
    for path in tracked():
        if path.stat().st_size < 3_000_000 and (hit := MACHINE.search(path.read_bytes())):
            yield f"{path.relative_to(ROOT)}: {hit.group().decode()!r}"


def main() -> int:
    """Print every breach; the exit status is 1 where there is one."""
    breaches = [*too_long(), *code_from_data(), *model_libraries(), *broken_links(), *namesakes(), *of_one_machine()]
    print("\n".join(breaches) or "house rules: none broken")
    return int(bool(breaches))


if __name__ == "__main__":
    sys.exit(main())

"""The README's ten lines run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from aiser_jupyter import workspaces

ROOT = Path(__file__).parents[1]


@pytest.mark.slow
def test_the_ten_lines_run_from_the_root_of_a_clone(monkeypatch):
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)[1]
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(workspaces, "_own", None)
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    for line in code.splitlines():
        shell.run_cell(line).raise_error()
    assert shell.user_ns["by_country"].row_count > 1
    assert min(row["Total"] for row in shell.user_ns["big"].rows()) > 10
    InteractiveShell.clear_instance()


def test_every_page_it_links_to_is_there():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    links = {link for link in re.findall(r"\]\(([^)#:]+)\)", text) if not link.startswith("http")}
    assert {"docs/asking.md", "docs/reports.md", "CONTRIBUTING.md"} <= links
    assert [link for link in sorted(links) if not (ROOT / link).exists()] == []

"""The main job, as a user starts it."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from aiser_jupyter.cli.app import run


@pytest.mark.slow
def test_one_command_makes_the_notebook_the_report_and_the_deck(tmp_path, capsys):
    folder = tmp_path / "demo"
    status = run(["demo", "--to", str(folder), "--no-browser"])
    out = capsys.readouterr().out
    assert status == 0
    assert "report.html" in out
    assert "report.deck.html" in out
    assert "done in" in out
    for name, at_most in (("report.html", 5.2e6), ("report.deck.html", 5.5e6)):
        assert 100_000 < (folder / name).stat().st_size <= at_most
    executed = nbformat.read(folder / "demo.ipynb", 4)
    assert all(cell.execution_count for cell in executed.cells if cell.cell_type == "code")
    asked = [cell for cell in executed.cells if cell.cell_type == "code" and cell.source.startswith("%%ask")]
    kinds = [output.data["application/vnd.aiser+json"]["type"] for cell in asked for output in cell.outputs if "data" in output]
    assert kinds.count("answer") == 6
    assert kinds.count("refusal") == 1


def test_a_folder_that_holds_other_files_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    status = run(["demo", "--to", str(tmp_path), "--json"])
    assert status == 2
    assert json.loads(capsys.readouterr().out)["error"]["type"] == "UsageError"
    assert [path.name for path in Path(tmp_path).iterdir()] == ["mine.txt"]

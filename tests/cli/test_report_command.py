"""`aiser report run` on a small notebook, with a real kernel."""

from __future__ import annotations

import json

import nbformat
import pytest

from aiser_jupyter.cli.app import run


@pytest.fixture
def notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cells = [
        nbformat.v4.new_markdown_cell("# Numbers"),
        nbformat.v4.new_code_cell("least = 3", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell("%load_ext aiser_jupyter"),
        nbformat.v4.new_code_cell("%sql select x from range(6) t(x) where x >= :least"),
    ]
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    path = tmp_path / "numbers.ipynb"
    nbformat.write(book, path)
    return path


def test_a_run_writes_each_format_and_says_so(notebook, tmp_path, capsys):
    status = run(["report", "run", str(notebook), "-p", "least", "4", "--to", str(tmp_path / "out"), "--formats", "html,md", "--json"])
    reply = json.loads(capsys.readouterr().out)
    assert status == 0
    names = {file["path"].rpartition("/")[2]: file["bytes"] for file in reply["files"]}
    assert set(names) >= {"report.html", "report.md"}
    assert names["report.html"] == (tmp_path / "out" / "report.html").stat().st_size
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "| 4 |" in text
    assert "| 3 |" not in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-p", "leest", "4"], "least"),
        (["-p", "least", "many"], "least"),
        (["-p", "least", "1", "-p", "least", "2"], "twice"),
        (["--formats", "htm,deck"], "html"),
    ],
)
def test_wrong_usage_is_said_and_nothing_is_written(notebook, tmp_path, capsys, words, says):
    status = run(["report", "run", str(notebook), "--to", str(tmp_path / "out"), *words])
    assert status == 2
    assert says in capsys.readouterr().err
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


def test_a_cell_that_fails_publishes_nothing(notebook, tmp_path, capsys):
    book = nbformat.read(notebook, 4)
    book.cells.append(nbformat.v4.new_code_cell("%sql select nothing from nowhere"))
    nbformat.write(book, notebook)
    status = run(["report", "run", str(notebook), "--to", str(tmp_path / "out")])
    assert status == 1
    assert "nowhere" in capsys.readouterr().err
    assert not (tmp_path / "out" / "report.html").exists()

from __future__ import annotations

import nbformat
import pytest
from nbformat import v4

from aiser_jupyter.errors import NotYetError, ReportError, UsageError
from aiser_jupyter.report import browser
from aiser_jupyter.report.publish import write_all
from aiser_jupyter.report.run import run_notebook

QUERY = """%%sql --as sold
SELECT * FROM (VALUES ('Tent', 120.5), ('Chair', 310.25)) AS t(product, revenue) WHERE product <> :left_out"""


@pytest.fixture
def path(tmp_path):
    cells = [
        v4.new_markdown_cell("# Review\n\n## What sold"),
        v4.new_code_cell('left_out = "007"\nfail = False', metadata={"tags": ["parameters"]}),
        v4.new_code_cell("%load_ext aiser_jupyter"),
        v4.new_code_cell(QUERY),
        v4.new_code_cell("print(type(left_out).__name__, left_out)\nassert not fail, 'told to'"),
    ]
    target = tmp_path / "review.ipynb"
    nbformat.write(v4.new_notebook(cells=cells), target)
    return target


@pytest.mark.slow
def test_a_run_publishes_every_file_and_tells_each_step(path, tmp_path):
    told = []
    made = run_notebook(
        path, {"left_out": "008"}, tmp_path / "out", ("html", "deck", "ipynb", "md"), progress=lambda *step: told.append(step), check=False
    )
    assert [f.path.name for f in made.files] == ["report.html", "report.deck.html", "report.ipynb", "report.md"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == sorted(f.path.name for f in made.files)
    assert all(f.bytes == f.path.stat().st_size for f in made.files)
    assert any("%%sql" in words for words, *_ in told)
    text = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "str 008" in text
    assert "| Chair | 310.25 |" in text
    assert made.notebook.metadata["aiser"]["parameters"]["left_out"] == "008"
    assert 0 < made.executing < made.seconds


@pytest.mark.slow
def test_a_failing_cell_publishes_nothing_and_keeps_the_part_that_ran(path, tmp_path):
    before = tmp_path / "out" / "report.html"
    before.parent.mkdir()
    before.write_text("the report of last week")
    with pytest.raises(ReportError, match="nothing was published") as caught:
        run_notebook(path, {"fail": "yes"}, tmp_path / "out")
    assert "AssertionError: told to" in caught.value.where
    kept = caught.value.hint.removeprefix("The part that ran is kept in ").rstrip(".")
    assert "output_type" in open(kept, encoding="utf-8").read()  # noqa: PTH123, SIM115
    assert before.read_text() == "the report of last week"


def test_what_is_wrong_is_said_before_a_kernel_starts(path, tmp_path):
    with pytest.raises(UsageError, match="no parameter 'left_ot'"):
        run_notebook(path, {"left_ot": "1"}, tmp_path)
    with pytest.raises(UsageError, match="no report format 'doc'"):
        run_notebook(path, {}, tmp_path, ("doc",))
    with pytest.raises(NotYetError, match="pptx"):
        run_notebook(path, {}, tmp_path, ("pptx",))
    with pytest.raises(UsageError, match=r"no notebook missing\.ipynb"):
        run_notebook(tmp_path / "missing.ipynb", {}, tmp_path)
    (tmp_path / "broken.ipynb").write_text("{")
    with pytest.raises(UsageError, match="is no notebook"):
        run_notebook(tmp_path / "broken.ipynb", {}, tmp_path)


def test_a_folder_that_cannot_be_written_leaves_no_parts(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="cannot be written"):
        write_all({tmp_path / "file" / "report.html": b"x"})
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_without_chromium_a_pdf_says_what_it_needs(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    browser.find.cache_clear()
    try:
        with pytest.raises(NotYetError, match="needs Chromium"):
            browser.printed(b"<p>x</p>")
    finally:
        browser.find.cache_clear()

"""A notebook that read governed rows carries where from, and its report is written and sent only as the policy says."""

import json

import duckdb
import nbformat
import pytest
from nbformat import v4

from aiser_jupyter.errors import RefusedError, ReportError
from aiser_jupyter.policy.mark import MIME, Mark
from aiser_jupyter.report.compose import compose
from aiser_jupyter.report.leaving import marks_of
from aiser_jupyter.report.run import run_notebook

POLICY = """
v = 1
[roles.reader]
members = ["*"]
default = "allow"
export = ["html", "md"]
recipients = ["ada@x.org", "@team.example"]
"""
READ = "from aiser_jupyter import Workspace\nws = Workspace('.')\nws.connect('shop.duckdb', 'shop')\nframe = ws.sql('SELECT * FROM t').df()"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "policy.toml").write_text(POLICY, encoding="utf-8")
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT i AS id FROM range(3) x(i)")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(folder, *cells):
    path = folder / "review.ipynb"
    nbformat.write(v4.new_notebook(cells=[v4.new_markdown_cell("# Review\n\n## Rows"), *map(v4.new_code_cell, cells)]), path)
    return path


def refusals(folder):
    lines = (folder / ".aiser" / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    return [line for line in map(json.loads, lines) if line["event"] == "refused"]


@pytest.mark.slow
def test_a_run_writes_the_formats_named_and_no_other(folder):
    path = written(folder, READ, "frame")  # shown by pandas, not by us
    made = run_notebook(path, {}, folder / "out", ("html", "md"), check=False)
    assert sorted(file.path.name for file in made.files) == ["report.html", "report.md"]
    with pytest.raises(RefusedError, match="The role reader may not write rows of shop as ipynb"):
        run_notebook(path, {}, folder / "other", ("html", "ipynb"), check=False)
    assert not (folder / "other").exists()
    (line,) = refusals(folder)
    assert (line["origin"], line["role"], line["connection"]) == ("report", "reader", "shop")
    document = compose(made.notebook)
    assert document.marks == (Mark("shop", "reader", frozenset({"html", "md"}), frozenset({"ada@x.org", "@team.example"})),)
    document.save(folder / "again.html")
    with pytest.raises(RefusedError, match="as ipynb"):
        document.save(folder / "again.ipynb")
    document.may_be_sent(["ada@x.org", "ben@team.example"])
    with pytest.raises(RefusedError, match=r"may not be sent to 'eve@evil\.com'"):
        document.may_be_sent(["ada@x.org", "eve@evil.com"])
    assert len(refusals(folder)) == 3


@pytest.mark.slow
def test_a_part_that_ran_is_not_kept_where_its_rows_may_not_be(folder):
    path = written(folder, READ, "frame", "assert False")
    with pytest.raises(ReportError) as caught:
        run_notebook(path, {}, folder / "out", ("html",), check=False)
    assert caught.value.hint == "The part that ran holds governed rows and is not kept."


def test_what_the_policy_says_now_holds(folder):
    output = v4.new_output(
        "display_data", data={MIME: {"v": 1, "marks": [Mark("shop", "reader").as_json(), Mark("old", "gone", frozenset()).as_json()]}}
    )
    notebook = v4.new_notebook(cells=[v4.new_code_cell("x", outputs=[output])])
    assert len(marks_of(notebook)) == 2
    with pytest.raises(RefusedError, match="The role reader may not write rows of shop as ipynb"):
        compose(notebook).save(folder / "x.ipynb")
    with pytest.raises(RefusedError, match="The role gone may not write rows of old as md"):
        compose(notebook).save(folder / "x.md")


def test_what_nobody_governs_goes_anywhere(folder):
    compose(v4.new_notebook(cells=[v4.new_markdown_cell("# Plain")])).save(folder / "plain.ipynb")
    assert (folder / "plain.ipynb").exists()
    assert not (folder / ".aiser" / "audit.jsonl").exists()

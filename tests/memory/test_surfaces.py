"""Memory from a cell and from the command line; follow-ups of cells without a word about it."""

import json
import subprocess
import sys

import pytest
from IPython.core.interactiveshell import InteractiveShell

from aiser_jupyter import workspaces
from aiser_jupyter.cli.app import run
from aiser_jupyter.errors import UsageError


@pytest.fixture
def shell(ws, monkeypatch):
    """A shell whose workspace is ``ws``, and what it displayed in ``shown``."""
    monkeypatch.setattr(workspaces, "_own", ws)
    InteractiveShell.clear_instance()
    ip = InteractiveShell.instance()
    ip.shown = []
    monkeypatch.setattr(ip.display_pub, "publish", lambda data, **_: ip.shown.append(data))
    ip.run_line_magic("load_ext", "aiser_jupyter")
    yield ip
    InteractiveShell.clear_instance()


def cell(shell, code):
    shell.shown.clear()
    done = shell.run_cell(code, store_history=False)
    if done.error_in_exec is not None:
        raise done.error_in_exec
    return "\n".join(data.get("text/plain", "") for data in shell.shown) + (repr(done.result) if done.result is not None else "")


def test_cells_follow_each_other(shell, ws):
    cell(shell, "%%ask\nrevenue by country")
    cell(shell, "%%ask\nonly 2023")
    assert "2024-01-01" in ws.memory.last.sql
    cell(shell, "%%ask\nthanks")
    cell(shell, "%%ask\njust for France")
    assert [list(row.values()) for row in ws.memory.last.result.rows()] == [["France", 20.0]]
    cell(shell, "%%ask\nhow many customers are there?")
    assert ws.memory.last.sql == "SELECT COUNT(*) AS customers_count FROM customers"
    cell(shell, "%%ask\nhow many of them are from France?")
    assert [list(row.values()) for row in ws.memory.last.result.rows()] == [[2]]


def test_python_says_what_it_follows(ws):
    ws.ask("revenue by country")
    assert not ws.ask("only 2023").answered


def test_a_cell_teaches_keeps_shows_and_forgets(shell, ws):
    assert "%aiser memory keep 1" in cell(shell, "%%ask\nzaster means revenue")
    assert "keep 1" in cell(shell, "%aiser memory")
    assert "Kept: “zaster” means revenue" in cell(shell, "%aiser memory keep 1")
    cell(shell, "%%ask\nzaster by country")
    assert ws.memory.last.result.row_count == 2
    assert "zaster by country" in cell(shell, "%aiser memory search zaster")
    assert "“zaster” means revenue" in cell(shell, "%aiser memory show")
    assert cell(shell, "%aiser memory forget zaster") == "Forgot 2 entries."
    assert ws.memory.last is None
    cell(shell, "%%ask\nrevenue by country")
    assert cell(shell, "%aiser memory forget --all") == "Forgot 1 entry."


def test_the_magic_exports_and_imports(shell, ws, tmp_path):
    ws.teach("zaster", means="revenue")
    assert "Wrote 1 entries" in cell(shell, f"%aiser memory export {tmp_path}/m.json")
    cell(shell, "%aiser memory forget --all")
    assert "Took 1 entries" in cell(shell, f"%aiser memory import {tmp_path}/m.json")
    assert ws.ask("total zaster").answered


@pytest.mark.parametrize(
    ("line", "told"),
    [("forgett 1", "Did you mean `%aiser memory forget`"), ("keep", "needs N"), ("keep x", "no number"), ("forget", "needs N")],
)
def test_the_magic_teaches(shell, line, told):
    with pytest.raises(UsageError) as caught:
        cell(shell, f"%aiser memory {line}")
    assert told in str(caught.value)


def told(capsys, *words):
    status = run([*words, "--json"])
    return status, json.loads(capsys.readouterr().out)


def test_the_command_line(ws, shop, capsys, tmp_path):
    status, kept = told(capsys, "memory", "teach", "zaster", "--means", "revenue", "--on", str(shop))
    assert (status, kept["entry"]["kind"], kept["entry"]["value"]) == (0, "synonym", {"means": "revenue"})
    assert ws.ask("zaster by country").answered
    status, answer = told(capsys, "ask", "total zaster", "--on", str(shop))
    assert (status, answer["rows"]) == (0, [[150.0]])
    status, shown = told(capsys, "memory", "show")
    assert [e["text"] for e in shown["entries"]] == ["zaster", "zaster by country", "total zaster"]
    assert told(capsys, "memory", "search", "zaster", "country")[1]["entries"][0]["text"] == "zaster by country"
    assert told(capsys, "memory", "export", str(tmp_path / "m.json"))[1]["entries"] == 3
    assert told(capsys, "memory", "forget", "zaster")[1] == {"v": 1, "forgotten": 3, "left": ""}
    assert told(capsys, "memory", "import", str(tmp_path / "m.json"))[1]["entries"] == 3
    assert told(capsys, "memory", "forget", "--all")[1]["forgotten"] == 3
    assert told(capsys, "memory", "show")[1] == {"v": 1, "entries": []}
    assert told(capsys, "memory", "forget")[0] == 2
    assert run(["memory"]) == 0
    assert "Nothing is remembered." in capsys.readouterr().out


def test_the_command_line_without_a_workspace_writes_nothing(tmp_path):
    code = "import sys; from aiser_jupyter.cli.app import run; sys.exit(run(['memory', 'show', '--json']))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {"v": 1, "entries": []}
    assert list(tmp_path.iterdir()) == []

"""`%aiser state` does in a cell what `aiser state` does on the command line, and never waits for an answer."""

from __future__ import annotations

import base64
import secrets

import keyring
import pytest
from ring import Memory

from aiser_jupyter import Workspace
from aiser_jupyter.errors import StateError, StateLockedError, UsageError
from aiser_jupyter.sources import kept_file


@pytest.fixture
def kept(cell, shell, tmp_path):
    """The notebook's workspace with a kept table of two rows; its folder."""
    (tmp_path / "visits.csv").write_text("day,visits\n2026-01-01,10\n2026-01-02,12\n")
    cell("import aiser_jupyter\nws = aiser_jupyter.workspace()\nws.add('visits.csv', copy='results')")
    return tmp_path / ".aiser"


@pytest.fixture
def ring():
    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def nobody(monkeypatch):
    """Whoever is asked for an answer fails the test."""
    for asking in ("builtins.input", "getpass.getpass", "click.confirm", "click.prompt"):
        monkeypatch.setattr(asking, lambda *_, **__: pytest.fail("it asks"))


@pytest.mark.parametrize("line", ["", "check", "status"])
def test_it_says_whether_all_is_whole(cell, shell, kept, line):
    cell(f"found = %aiser state {line}")
    assert shell.user_ns["found"].ok
    assert "1 table" in repr(shell.user_ns["found"])


def test_a_backup_comes_back_under_the_open_notebook(cell, shell, kept, tmp_path):
    cell("made = %aiser state backup first.zip")
    assert (tmp_path / "first.zip").is_file()
    assert repr(shell.user_ns["made"]).endswith("To bring it back: aiser state restore first.zip")
    cell("ws.add('visits.csv', 'other', copy='results')\nws.teach('turnover', means='revenue')")
    cell("done = %aiser state restore first.zip")
    aside = shell.user_ns["done"].what.aside
    assert repr(shell.user_ns["done"]).splitlines()[-1].startswith(f"What was here before is in {aside}")
    ws = shell.user_ns["ws"]
    assert [table.name for table in ws.context.sources.engine().tables()] == ["visits"]
    assert ws.sql("SELECT sum(visits) AS n FROM visits", on="files").rows() == [{"n": 22}]
    assert "turnover" not in repr(ws.memory.show())
    cell("%sql select 41 + 1 as answer")
    other = Workspace(tmp_path)  # what was asked since is in the folder that is there now
    assert "42" in repr(other.sql("SELECT 42 AS x").rows())
    assert any("41 + 1" in run.sql for run in other.context.state.history())
    other.close()


def test_nothing_is_closed_for_an_archive_that_is_not_whole(cell, shell, kept, shop, tmp_path):
    cell(f"%aiser connect {shop} --as till")
    (tmp_path / "broken.zip").write_bytes(b"PK\x03\x04 and no more")
    for name in ("broken.zip", "absent.zip"):
        with pytest.raises(StateError):
            cell(f"%aiser state restore {name}")
    assert shell.user_ns["ws"].sql("SELECT count(*) AS n FROM orders", on="till").rows() == [{"n": 5}]
    assert not list(tmp_path.glob(".aiser.before-*"))


def test_it_is_refused_while_another_process_has_the_store_and_the_notebook_goes_on(cell, shell, kept, tmp_path):
    import subprocess
    import sys

    cell("%aiser state backup first.zip")
    script = "import sqlite3, sys; c = sqlite3.connect('.aiser/state.db'); c.execute('SELECT 1 FROM added').fetchall(); print('open', flush=True); sys.stdin.read()"
    with subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(StateLockedError):
            cell("%aiser state restore first.zip")
        other.stdin.close()
    assert shell.user_ns["ws"].sql("SELECT count(*) AS n FROM visits", on="files").rows() == [{"n": 2}]
    assert not list(tmp_path.glob(".aiser.before-*"))


def test_the_key_is_changed_and_dropped_without_a_question(cell, shell, kept, ring, nobody, monkeypatch):
    monkeypatch.setenv("NEXT_KEY", base64.b64encode(secrets.token_bytes(32)).decode())
    cell("done = %aiser state rekey --to env:NEXT_KEY")
    assert repr(shell.user_ns["done"]).startswith("Written anew: 1 table(s): visits;")
    (file,) = (kept / "data").glob("*.parquet")
    assert kept_file.key_named(file.name) == shell.user_ns["done"].what.now
    assert shell.user_ns["ws"].sql("SELECT sum(visits) AS n FROM visits", on="files").rows() == [{"n": 22}]
    with pytest.raises(UsageError, match="deleted for good") as caught:
        cell("%aiser state rekey --drop")
    assert "--drop --yes" in caught.value.hint
    assert file.is_file()
    with pytest.raises(UsageError, match="three different things"):
        cell("%aiser state rekey --plain --drop --yes")
    cell("done = %aiser state rekey --drop --yes")
    assert repr(shell.user_ns["done"]).startswith("Dropped: 1 table(s): visits;")
    assert not file.is_file()


def test_a_damaged_store_is_put_aside(cell, shell, kept):
    with pytest.raises(UsageError, match="whole"):
        cell("%aiser state aside")
    shell.user_ns["ws"].context.state.close()
    (kept / "state.db").write_bytes(b"no store at all" * 400)
    cell("moved = %aiser state aside")
    assert len(shell.user_ns["moved"].rows) >= 1
    cell("%sql select 1 as one")
    assert shell.user_ns["ws"].context.state.trouble is None


@pytest.mark.parametrize("line", ["backups", "backup a b", "restore", "check now", "rekey somewhere"])
def test_what_is_not_there_says_what_is(cell, kept, line):
    with pytest.raises(UsageError) as caught:
        cell(f"%aiser state {line}")
    assert "restore FILE" in caught.value.hint

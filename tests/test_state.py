from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from aiser_jupyter import state as states
from aiser_jupyter.errors import StateError
from aiser_jupyter.state import Run, State

RUN = Run(datetime(2026, 11, 20, 12, tzinfo=UTC), "ann", "shop", "user", "SELECT 1", 1, 2.5, "done")


def test_writes_nothing_until_there_is_a_folder(tmp_path):
    state = State(tmp_path / ".aiser")
    state.record(RUN)
    assert list(tmp_path.iterdir()) == []
    assert state.history() == [RUN]
    state.create()
    assert state.history() == [RUN]
    assert State(tmp_path / ".aiser").history() == [RUN]


def test_joins_a_folder_that_another_process_made(tmp_path):
    state = State(tmp_path / ".aiser")
    state.record(RUN)
    other = State(tmp_path / ".aiser")
    other.create()
    state.record(replace(RUN, sql="SELECT 2"))
    assert [run.sql for run in other.history()] == ["SELECT 2", "SELECT 1"]


@pytest.mark.parametrize("created_first", [True, False])
def test_amends_how_a_run_ended(tmp_path, created_first):
    state = State(tmp_path / ".aiser")
    if created_first:
        state.create()
    entry = state.record(replace(RUN, status="running", rows=None))
    state.create()
    state.amend(entry, rows=7, elapsed_ms=9.0, status="failed", error="no")
    assert State(tmp_path / ".aiser").history() == [replace(RUN, rows=7, elapsed_ms=9.0, status="failed", error="no")]


def test_a_private_run_stays_in_the_process(tmp_path):
    state = State(tmp_path / ".aiser")
    state.create()
    state.record(RUN, private=True)
    assert state.history() == [RUN]
    assert State(tmp_path / ".aiser").history() == []


def test_gives_the_latest_first(tmp_path):
    state = State(tmp_path / ".aiser")
    state.create()
    for number in range(5):
        state.record(replace(RUN, sql=f"SELECT {number}"))
    assert [run.sql for run in state.history(2)] == ["SELECT 4", "SELECT 3"]


def test_leaves_out_origins(tmp_path):
    state = State(tmp_path / ".aiser")
    state.create()
    state.record(RUN)
    state.record(replace(RUN, origin="profile"), private=True)
    state.record(replace(RUN, origin="profile"))
    assert state.history(without=("profile", "status")) == [RUN]
    assert len(state.history()) == 3


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from aiser_jupyter.state import Run, State
state = State(Path(sys.argv[1]))
state.create()
for number in range(100):
    state.record(Run(datetime.now(UTC), "u", "shop", "user", f"SELECT {sys.argv[2]}{number:03}", 1, 1.0, "done"))
"""


def test_processes_share_it(tmp_path):
    folder = tmp_path / ".aiser"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(folder), str(i)], stderr=subprocess.PIPE) for i in (1, 2, 3)]
    assert [(writer.wait(60), writer.communicate()[1]) for writer in writers] == [(0, b"")] * 3
    runs = State(folder).history(1000)
    assert sorted(run.sql for run in runs) == sorted(f"SELECT {i}{n:03}" for i in (1, 2, 3) for n in range(100))


def test_refuses_a_newer_version_and_leaves_it_alone(tmp_path):
    with sqlite3.connect(tmp_path / "state.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StateError, match="version 99") as caught:
        State(tmp_path).history()
    assert "upgrade" in caught.value.hint.lower()
    assert sqlite3.connect(tmp_path / "state.db").execute("PRAGMA user_version").fetchone() == (99,)


def test_migrates_forward_after_a_backup(tmp_path, monkeypatch):
    old = State(tmp_path)
    old.record(RUN)
    old.close()
    monkeypatch.setattr(states, "MIGRATIONS", (*states.MIGRATIONS, "CREATE TABLE extra (id INTEGER PRIMARY KEY)"))
    monkeypatch.setattr(states, "VERSION", states.VERSION + 1)
    assert State(tmp_path).history() == [RUN]
    assert sqlite3.connect(tmp_path / "state.v1.db").execute("SELECT count(*) FROM history").fetchone() == (1,)
    assert sqlite3.connect(tmp_path / "state.db").execute("SELECT count(*) FROM extra").fetchone() == (0,)


def test_a_file_that_is_no_store_is_named(tmp_path):
    (tmp_path / "state.db").write_text("nonsense" * 500)
    with pytest.raises(StateError) as caught:
        State(tmp_path).history()
    assert str(tmp_path / "state.db") in caught.value.where

from __future__ import annotations

import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from aiser_jupyter.errors import StateDamagedError, StateNewerError, UsageError
from aiser_jupyter.state import Run, State, migrations, sqlite

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


def filled(folder, *sqls):
    state = State(folder)
    state.create()
    return state, [state.record(replace(RUN, sql=sql)) for sql in sqls]


@pytest.mark.parametrize("index", [True, False])
@pytest.mark.parametrize("in_memory", [True, False])
def test_searches_words_in_any_place_and_case(tmp_path, monkeypatch, index, in_memory):
    if not index:
        monkeypatch.setattr(sqlite, "_index", lambda connection: False)
    state = State(tmp_path / ".aiser")
    if not in_memory:
        state.create()
    for sql in ("SELECT sum(Revenue) FROM sales", "SELECT 1", "SELECT net_revenue FROM q4_100%", 'SELECT "a""b"', "SELECT x FROM sales"):
        state.record(replace(RUN, sql=sql))

    def found(search):
        return [run.sql[7:] for run in state.history(search=search)]

    assert found("REVENUE") == ["net_revenue FROM q4_100%", "sum(Revenue) FROM sales"]
    assert found("sales revenue") == ["sum(Revenue) FROM sales"]
    assert found("100%") == ["net_revenue FROM q4_100%"]
    assert found("t_r") == ["net_revenue FROM q4_100%"]
    assert found('a""b') == ['"a""b"']
    assert found("x") == ["x FROM sales"]
    assert found("' OR 1") == []
    state.record(replace(RUN, sql="SELECT revenue -- later"))
    assert len(found("revenue")) == 3


def test_filters_by_connection_status_and_favourites(tmp_path):
    state, entries = filled(tmp_path / ".aiser", "SELECT 1", "SELECT 2")
    state.record(replace(RUN, connection="bank", status="failed"))
    state.record(replace(RUN, sql="SELECT 3"), private=True)
    assert [run.sql for run in state.history(on="shop")] == ["SELECT 3", "SELECT 2", "SELECT 1"]
    assert [run.connection for run in state.history(status="failed")] == ["bank"]
    numbers = {run.sql: run.id for run in state.history(on="shop")}
    assert numbers == {"SELECT 1": entries[0].run.id, "SELECT 2": entries[1].run.id, "SELECT 3": -4}
    state.star(numbers["SELECT 2"])
    state.star(numbers["SELECT 3"])
    assert [run.sql for run in state.history(favourites=True)] == ["SELECT 3", "SELECT 2"]
    state.star(numbers["SELECT 3"], favourite=False)
    assert [run.sql for run in State(tmp_path / ".aiser").history(favourites=True)] == ["SELECT 2"]
    assert state.get(numbers["SELECT 3"]).sql == "SELECT 3"
    with pytest.raises(UsageError, match="no run 99"):
        state.get(99)


def test_keeps_what_a_run_took(tmp_path):
    state, _ = filled(tmp_path / ".aiser")
    entry = state.record(replace(RUN, engine="duckdb", route="asked for", cached=True, statement="ab12", status="running"))
    state.amend(entry, rows=3, elapsed_ms=1.5, status="done", bytes=24, cpu_ms=0.5, memory_bytes=1 << 40)
    (run,) = State(tmp_path / ".aiser").history()
    assert (run.engine, run.route, run.cached, run.statement, run.rows, run.bytes, run.cpu_ms, run.memory_bytes) == (
        "duckdb", "asked for", True, "ab12", 3, 24, 0.5, 1 << 40,
    )  # fmt: skip


def test_forgets_old_runs_that_are_no_favourites(tmp_path):
    folder = tmp_path / ".aiser"
    state, (_, starred) = filled(folder, "SELECT old", "SELECT starred")
    state.star(starred.run.id)
    assert len(state.history(search="old")) == 1
    state.close()
    later = State(folder, keep_days=30)
    later.record(replace(RUN, sql="SELECT new", at=RUN.at + timedelta(days=31)))
    assert [run.sql for run in later.history()] == ["SELECT new", "SELECT starred"]
    assert later.history(search="old") == []
    zoned = RUN.at.astimezone(timezone(timedelta(hours=9)))
    assert later.record(replace(RUN, at=zoned)).run.at == RUN.at


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
    with pytest.raises(StateNewerError, match="version 99") as caught:
        State(tmp_path).history()
    assert "upgrade" in caught.value.hint.lower()
    assert sqlite3.connect(tmp_path / "state.db").execute("PRAGMA user_version").fetchone() == (99,)


def test_migrates_forward_after_a_backup(tmp_path, monkeypatch):
    old = State(tmp_path)
    old.record(RUN)
    old.close()
    monkeypatch.setattr(migrations, "MIGRATIONS", (*migrations.MIGRATIONS, "CREATE TABLE extra (id INTEGER PRIMARY KEY)"))
    monkeypatch.setattr(migrations, "VERSION", migrations.VERSION + 1)
    assert State(tmp_path).history() == [RUN]
    assert sqlite3.connect(tmp_path / f"state.v{migrations.VERSION - 1}.db").execute("SELECT count(*) FROM history").fetchone() == (1,)
    assert sqlite3.connect(tmp_path / "state.db").execute("SELECT count(*) FROM extra").fetchone() == (0,)


def test_a_file_that_is_no_store_is_named(tmp_path):
    (tmp_path / "state.db").write_text("nonsense" * 500)
    with pytest.raises(StateDamagedError) as caught:
        State(tmp_path).check()
    assert str(tmp_path / "state.db") in caught.value.where

"""A store of each earlier version, with rows of its time, comes forward after a backup and loses none; settings too."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import datetime

import pytest

from aiser_jupyter import settings
from aiser_jupyter.errors import SettingsError, StateDamagedError
from aiser_jupyter.memory.entry import Owner
from aiser_jupyter.memory.sqlite import SqliteMemory
from aiser_jupyter.query.extracts import Extracts
from aiser_jupyter.sources import encryption
from aiser_jupyter.sources.shelf import Shelf
from aiser_jupyter.state import MIGRATIONS, VERSION, State, migrations

AT = "2026-11-20T12:00:00+00:00"
# What each version could hold, as it wrote it.
ROWS = {
    1: "INSERT INTO history (at, user, connection, origin, sql, rows, elapsed_ms, status, error) VALUES ('{at}', 'ann', 'shop', 'user', 'SELECT ''of 1''', 3, 2.5, 'done', '')",
    2: "INSERT INTO extract (name, connection, sql, cron, zone, keys, user, made_at, status, error) VALUES ('daily', 'shop', 'SELECT 2', '0 6 * * *', 'UTC', '[\"id\"]', 'ann', '{at}', 'new', '');"
    "INSERT INTO history (at, user, connection, origin, sql, rows, elapsed_ms, status, error, engine, favourite) VALUES ('{at}', 'ann', 'shop', 'user', 'SELECT ''of 2''', 3, 2.5, 'done', '', 'duckdb', 1)",
    3: "INSERT INTO added VALUES ('orders', 'orders.csv', 'orders-aaaaaaaaaaaa.parquet', 5, 99, '{at}', 'ann', 10, 1.5, 'ab', '[]', 1); INSERT INTO added_changes (name) VALUES ('orders')",
    4: "INSERT INTO memory (tenant, user, place, connection, kind, text, folded, value, at, used_at, uses) VALUES ('', 'ann', '', '', 'synonym', 'Turnover', 'turnover', '{{\"means\": \"revenue\"}}', '{at}', '{at}', 2)",
    5: "INSERT INTO encryption VALUES (1, '0123456789abcdef', 'env:DATA_KEY', '{at}')",
}


def store_of(folder, version):
    """A store as an aiser-jupyter of that version left it."""
    folder.mkdir()
    with closing(sqlite3.connect(folder / "state.db")) as store:
        store.execute("PRAGMA journal_mode = WAL")
        for number in range(1, version + 1):
            store.executescript(MIGRATIONS[number - 1])
            store.executescript(ROWS[number].format(at=AT))
        store.execute(f"PRAGMA user_version = {version}")
        store.commit()


def test_each_version_has_its_rows_here():
    assert list(ROWS) == list(range(1, VERSION + 1))


@pytest.mark.parametrize("version", range(1, VERSION + 1))
def test_each_version_comes_forward_with_all_it_held(tmp_path, version):
    folder = tmp_path / ".aiser"
    store_of(folder, version)
    state = State(folder)
    runs = {run.sql: run for run in state.history()}
    assert runs["SELECT 'of 1'"].rows == 3
    assert runs["SELECT 'of 1'"].at == datetime.fromisoformat(AT)
    if version >= 2:
        assert [run.sql for run in state.history(favourites=True)] == ["SELECT 'of 2'"]
        assert [(extract.name, extract.keys) for extract in Extracts(state).all()] == [("daily", ("id",))]
    if version >= 3:
        assert [(kept.name, kept.rows) for kept in Shelf(state).kept()] == [("orders", 5)]
    if version >= 4:
        assert [(entry.text, entry.value, entry.uses) for entry in SqliteMemory(state).find(Owner("", "ann", ""))] == [
            ("Turnover", {"means": "revenue"}, 2)
        ]
    with state.store() as store:
        assert (encryption.read(store) == encryption.Named("0123456789abcdef", "env:DATA_KEY")) == (version >= 5)
        assert store.execute("PRAGMA user_version").fetchone() == (VERSION,)
    state.close()
    copy = folder / f"state.v{version}.db"
    assert copy.exists() == (version < VERSION)
    if version < VERSION:
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
        with closing(sqlite3.connect(copy)) as store:
            assert store.execute("PRAGMA user_version").fetchone() == (version,)
            assert ("SELECT 'of 1'",) in store.execute("SELECT sql FROM history").fetchall()


@pytest.mark.parametrize("version", range(1, VERSION))
def test_processes_that_find_an_old_store_at_once_bring_it_forward_once(tmp_path, version):
    folder = tmp_path / ".aiser"
    store_of(folder, version)
    code = "import sys; from pathlib import Path; from aiser_jupyter.state import State; s = State(Path(sys.argv[1])); print(len(s.history())); assert s.trouble is None, s.trouble"
    openers = [
        subprocess.Popen([sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    told = [opener.communicate(timeout=60) for opener in openers]
    assert [opener.returncode for opener in openers] == [0] * 4, told
    assert {out for out, _ in told} == {f"{min(version, 2)}\n"}


def test_a_step_that_fails_leaves_the_store_as_it_was(tmp_path, monkeypatch):
    folder = tmp_path / ".aiser"
    store_of(folder, VERSION)
    monkeypatch.setattr(migrations, "MIGRATIONS", (*MIGRATIONS, "CREATE TABLE extra (id INTEGER); INSERT INTO nowhere VALUES (1)"))
    monkeypatch.setattr(migrations, "VERSION", VERSION + 1)
    state = State(folder)
    assert state.history() == []  # this session's alone
    assert "nowhere" in state.trouble.where
    monkeypatch.undo()
    assert len(State(folder).history()) == 2
    with State(folder).store() as store:
        assert store.execute("SELECT count(*) FROM sqlite_master WHERE name = 'extra'").fetchone() == (0,)


def test_an_old_store_that_is_damaged_is_told_and_left(tmp_path):
    folder = tmp_path / ".aiser"
    store_of(folder, 1)
    path = folder / "state.db"
    held = bytearray(path.read_bytes())
    held[4096:] = b"\xff" * (len(held) - 4096)
    path.write_bytes(held)
    state = State(folder)
    with pytest.raises(StateDamagedError):
        state.check()
    state.close()
    assert path.read_bytes() == bytes(held)


# Settings


def test_settings_of_this_version_say_so_or_not(tmp_path):
    (tmp_path / ".aiser").mkdir()
    path = tmp_path / ".aiser" / "settings.toml"
    for text in ("timeout_s = 20\n", f"v = {settings.VERSION}\ntimeout_s = 20\n"):
        path.write_text(text, "utf-8")
        assert settings.load(tmp_path).timeout_s == 20
        assert path.read_text("utf-8") == text
    assert [found.name for found in path.parent.iterdir()] == ["settings.toml"]


@pytest.mark.parametrize(("version", "said"), [("2", "version 2"), ("0", "no version"), ("true", "no version"), ("'1'", "no version")])
def test_settings_of_another_version_are_refused_and_left_alone(tmp_path, version, said):
    (tmp_path / ".aiser").mkdir()
    path = tmp_path / ".aiser" / "settings.toml"
    path.write_text(f"v = {version}\nsome_future_knob = 1\n", "utf-8")
    with pytest.raises(SettingsError, match=said) as caught:
        settings.load(tmp_path)
    assert str(path) in caught.value.where
    assert [found.name for found in path.parent.iterdir()] == ["settings.toml"]


def test_older_settings_come_forward_after_a_backup(tmp_path, monkeypatch):
    def renamed(text):
        import tomlkit

        held = tomlkit.parse(text)
        held["timeout_s"] = held.pop("deadline")
        held["v"] = 2
        return tomlkit.dumps(held)

    monkeypatch.setattr(settings, "MIGRATIONS", (renamed,))
    (tmp_path / ".aiser").mkdir()
    path = tmp_path / ".aiser" / "settings.toml"
    before = '# ours\ndeadline = 20\n[connections.shop]\nurl = "env:SHOP"  # the shop\n'
    path.write_text(before, "utf-8")
    path.chmod(0o640)
    assert settings.load(tmp_path).timeout_s == 20
    assert path.read_text("utf-8") == '# ours\ntimeout_s = 20\nv = 2\n[connections.shop]\nurl = "env:SHOP"  # the shop\n'
    assert path.with_name("settings.toml.v1.bak").read_text("utf-8") == before
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert settings.load(tmp_path).timeout_s == 20
    assert sorted(found.name for found in path.parent.iterdir()) == ["settings.toml", "settings.toml.v1.bak"]

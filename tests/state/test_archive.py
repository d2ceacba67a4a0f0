"""A backup is one moment of a workspace though others write, holds no secret and nothing that may not be kept, and comes back byte for byte."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import stat
import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from aiser_jupyter import Workspace, preserving
from aiser_jupyter.audit import Audit
from aiser_jupyter.errors import SettingsError, StateDamagedError, StateError, StateLockedError, StateNewerError, UsageError
from aiser_jupyter.state import VERSION, State, archive, restore

AT = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)


@pytest.fixture
def filled(tmp_path):
    """A workspace with something of each kind."""
    root = tmp_path / "shop"
    root.mkdir()
    ws = Workspace(root)
    ws.add(pd.DataFrame({"n": range(1000)}), "numbers", copy="results")
    folder = root / ".aiser"
    (folder / "settings.toml").write_text("v = 1\ntimeout_s = 20.0\n", "utf-8")
    (folder / "semantic.yaml").write_text("v: 1\ntables: {}\n", "utf-8")
    (folder / "brand.yaml").write_text("colour: teal\n", "utf-8")
    ws.sql("SELECT sum(n) AS s FROM numbers").rows()
    ws.save_query("total", "SELECT sum(n) FROM numbers")
    ws.teach("turnover", means="revenue")
    log = Audit(folder / "audit.jsonl")
    for number in range(3):
        log.append("access", user="ada", sql=f"SELECT {number}")
    ws.close()
    return root


def all_of(folder):
    """Each file below a folder with its bytes, without what SQLite keeps beside its own."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith((".lock", "-wal", "-shm"))
    }


def rows(file, query):
    with sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True) as store:
        return store.execute(query).fetchall()


def test_all_that_is_kept_comes_back(filled, tmp_path):
    made = preserving.backup(filled, AT)
    assert made.file == filled / "aiser-state-20261130-093000.zip"
    assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
    assert made.manifest.versions == {"state": VERSION, "settings": 1, "semantic": 1}
    assert [(member.bytes, member.sha256) for member in made.manifest.files] == [
        (len(held), hashlib.sha256(held).hexdigest())
        for member in made.manifest.files
        for held in [zipfile.ZipFile(made.file).read(member.path)]
    ]
    other = tmp_path / "other"
    other.mkdir()
    done = preserving.restore(other, AT, made.file)
    assert done.aside is None
    before, after = all_of(filled / ".aiser"), all_of(other / ".aiser")
    assert {path: held for path, held in after.items() if path != "state.db"} == {
        path: held for path, held in before.items() if path != "state.db"
    }
    for query in ("SELECT sql, status FROM history", "SELECT text, value FROM memory", "SELECT name, file, rows FROM added"):
        assert rows(other / ".aiser" / "state.db", query) == rows(filled / ".aiser" / "state.db", query)
    assert Audit(other / ".aiser" / "audit.jsonl").verify().lines == 3
    ws = Workspace(other)
    assert ws.sql("SELECT sum(n) AS s FROM numbers").rows() == [{"s": 499500}]
    assert ws.context.settings.timeout_s == 20
    ws.close()
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in (other / ".aiser").rglob("*.parquet"))


def test_what_is_there_goes_aside_and_is_never_lost(filled):
    made = preserving.backup(filled, AT)
    state = State(filled / ".aiser")
    ws = Workspace(filled)
    ws.save_query("later", "SELECT 2")
    ws.close()
    state.close()
    before = all_of(filled / ".aiser")
    done = preserving.restore(filled, AT, made.file)
    assert done.aside == filled / ".aiser.before-20261130-093000"
    assert all_of(done.aside) == before
    assert not (filled / ".aiser" / "queries" / "later.sql").exists()
    assert preserving.restore(filled, AT, made.file).aside == filled / ".aiser.before-20261130-093000-2"
    assert sorted(path.name for path in filled.iterdir()) == [
        ".aiser",
        ".aiser.before-20261130-093000",
        ".aiser.before-20261130-093000-2",
        made.file.name,
    ]


@pytest.mark.parametrize("exchange", [True, False])
def test_a_step_that_fails_is_taken_back(filled, tmp_path, monkeypatch, exchange):
    made = preserving.backup(filled, AT)
    before = all_of(filled / ".aiser")
    if not exchange:
        monkeypatch.setattr(restore, "_exchanged", lambda one, other: False)
    rename = Path.rename

    def fails(self, target):
        if self.name == "workspace":
            raise OSError(5, "Input/output error")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(StateError, match="cannot be brought back"):
        preserving.restore(filled, AT, made.file)
    assert all_of(filled / ".aiser") == before
    assert [path.name for path in filled.iterdir() if path.name.startswith(".aiser")] == [".aiser"]


def test_the_log_of_accesses_loses_no_line(filled):
    made = preserving.backup(filled, AT)
    log = Audit(filled / ".aiser" / "audit.jsonl")
    log.append("access", user="ben", sql="SELECT 9")
    done = preserving.restore(filled, AT, made.file)
    assert done.audit.startswith("the one that was here")
    assert [line.get("user") for line in log.lines()] == ["ada", "ada", "ada", "ben"]
    assert log.verify().ok
    log.path.unlink()
    log.append("access", user="eve")
    assert preserving.restore(filled, AT, made.file).audit.startswith("the archive's; the one")
    assert [line["user"] for line in log.lines()] == ["ada"] * 3
    assert log.append("access", user="ada") == 4
    assert log.verify().ok


def remade(file, change, *, manifest=True):
    """The archive with the bytes or names that ``change`` makes of each file; its manifest says so too where ``manifest``."""
    with zipfile.ZipFile(file) as old:
        held = {name: old.read(name) for name in old.namelist()}
    changed = change(dict(held))
    if manifest:
        told = json.loads(changed["manifest.json"])
        told["files"] = [
            {"path": name, "bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
            for name, text in changed.items()
            if name != "manifest.json"
        ]
        changed["manifest.json"] = json.dumps(told).encode()
    with zipfile.ZipFile(file, "w") as new:
        for name, text in changed.items():
            new.writestr(name, text)


@pytest.mark.parametrize(
    "path",
    [
        "../evil.toml",
        "queries/../../evil.sql",
        "/tmp/evil",
        "queries/..",
        "data/../../x",
        "C:/evil",
        "data\\..\\x",
        "cache/x.arrows",
        ".ssh/id",
        "queries/a/b.sql",
    ],
)
@pytest.mark.parametrize("manifest", [True, False])
def test_a_path_that_leads_out_is_refused(filled, path, manifest):
    made = preserving.backup(filled, AT)
    remade(made.file, lambda held: {**held, path: b"evil"}, manifest=manifest)
    before = sorted(filled.parent.rglob("*"))
    with pytest.raises(StateDamagedError, match="it holds"):
        preserving.restore(filled, AT, made.file)
    assert sorted(filled.parent.rglob("*")) == before


def test_a_link_in_an_archive_is_refused(filled, tmp_path):
    made = preserving.backup(filled, AT)
    with zipfile.ZipFile(made.file) as old:
        held = {name: old.read(name) for name in old.namelist()}
    with zipfile.ZipFile(made.file, "w") as new:
        for name, text in held.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK | 0o777) << 16 if name == "brand.yaml" else 0
            new.writestr(info, text)
    with pytest.raises(StateDamagedError, match=r"brand\.yaml is not what"):
        preserving.restore(filled, AT, made.file)


@pytest.mark.parametrize(
    ("change", "manifest", "said"),
    [
        (lambda held: {**held, "brand.yaml": b"colour: pink\n"}, False, "bytes of brand.yaml"),
        (lambda held: {name: text for name, text in held.items() if name != "brand.yaml"}, False, "missing"),
        (lambda held: {name: text for name, text in held.items() if name != "manifest.json"}, None, "no manifest"),
        (lambda held: {**held, "manifest.json": b"{"}, None, "cannot be read"),
        (lambda held: {**held, "state.db": b"x" * 5000}, True, "store"),
        (lambda held: {**held, "audit.jsonl": held["audit.jsonl"].replace(b"ada", b"eve")}, True, "audit log"),
        (lambda held: {name: text for name, text in held.items() if not name.startswith("data/")}, True, "names data/numbers"),
    ],
)
def test_an_archive_that_is_not_whole_changes_nothing(filled, change, manifest, said):
    made = preserving.backup(filled, AT)
    remade(made.file, change, manifest=bool(manifest))
    before = all_of(filled / ".aiser")
    with pytest.raises(StateDamagedError) as caught:
        preserving.restore(filled, AT, made.file)
    assert said in str(caught.value)
    assert all_of(filled / ".aiser") == before
    assert [path.name for path in filled.iterdir() if path.name.startswith(".aiser")] == [".aiser"]


@pytest.mark.parametrize("share", [0.2, 0.6, 0.99])
def test_a_cut_off_or_flipped_archive_is_told(filled, share):
    made = preserving.backup(filled, AT)
    whole = made.file.read_bytes()
    made.file.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(StateDamagedError, match="no whole archive"):
        preserving.restore(filled, AT, made.file)
    place = whole.index(b"PAR1") + 2  # within the rows, which are stored as they are
    made.file.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
    with pytest.raises(StateDamagedError, match="no whole archive"):
        preserving.restore(filled, AT, made.file)


@pytest.mark.parametrize("what", ["archive", "state", "settings", "semantic", "store"])
def test_a_newer_one_is_refused(filled, what):
    made = preserving.backup(filled, AT)

    def newer(held):
        told = json.loads(held["manifest.json"])
        if what == "archive":
            told["v"] = 2
        elif what == "store":
            place = filled / "newer.db"
            place.write_bytes(held["state.db"])
            with sqlite3.connect(place) as store:
                store.execute(f"PRAGMA user_version = {VERSION + 1}")
            held["state.db"] = place.read_bytes()
        else:
            told["versions"][what] = 99
        return {**held, "manifest.json": json.dumps(told).encode()}

    remade(made.file, newer)
    with pytest.raises(StateNewerError) as caught:
        preserving.restore(filled, AT, made.file)
    assert "upgrade" in caught.value.hint.lower()


def test_a_store_that_another_process_holds_stays(filled):
    made = preserving.backup(filled, AT)
    code = "import sys; from pathlib import Path; from aiser_jupyter.state import State; s = State(Path(sys.argv[1])); s.history(); print('open', flush=True); sys.stdin.read()"
    other = subprocess.Popen([sys.executable, "-c", code, str(filled / ".aiser")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "open\n"
        before = all_of(filled / ".aiser")
        with pytest.raises(StateLockedError, match="Another process"):
            preserving.restore(filled, AT, made.file)
        assert all_of(filled / ".aiser") == before
    finally:
        other.communicate()
    assert preserving.restore(filled, AT, made.file).aside is not None


WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import pandas as pd
from aiser_jupyter import Workspace
ws = Workspace(sys.argv[1])
number = 0
print("begun", flush=True)
while not Path(sys.argv[2]).exists():
    number += 1
    ws.add(pd.DataFrame({"n": [number] * 3}), "moving")
    ws.sql(f"SELECT {number} AS n FROM moving").rows()
"""


def test_it_is_one_moment_while_others_write(filled, tmp_path, monkeypatch):
    monkeypatch.setattr("aiser_jupyter.sources.shelf._GRACE_S", 0.0)  # here nothing is kept for late readers
    stop = tmp_path / "stop"
    code = WRITER.replace("ws = Workspace", "from aiser_jupyter.sources import shelf; shelf._GRACE_S = 0.0\nws = Workspace", 1)
    writer = subprocess.Popen([sys.executable, "-c", code, str(filled), str(stop)], stdout=subprocess.PIPE, text=True)
    try:
        assert writer.stdout.readline() == "begun\n"
        seen, until = set(), time.monotonic() + 120
        for number in range(200):
            if time.monotonic() > until or (number >= 12 and len(seen) > 3):
                break  # how often the writer comes round is the machine's to say
            made = preserving.backup(filled, AT, tmp_path / f"{number}.zip")
            place = tmp_path / f"restored-{number}"
            place.mkdir()
            preserving.restore(place, AT, made.file)
            named = rows(place / ".aiser" / "state.db", "SELECT file FROM added WHERE name = 'moving'")
            assert not made.manifest.left_out
            for (file,) in named:
                value = pd.read_parquet(place / ".aiser" / "data" / file)["n"].tolist()
                assert len(value) == 3
                seen.add(value[0])
        assert writer.poll() is None
    finally:
        stop.touch()
        writer.communicate(timeout=30)
    assert len(seen) > 3


def test_a_table_that_was_replaced_meanwhile_asks_for_a_later_moment(filled, monkeypatch):
    """The store is copied, then the table gets another file, and the first is deleted."""
    copied = archive.copy_to
    times = []

    def slow(path, target):
        copied(path, target)
        if not times:
            with sqlite3.connect(path) as store:
                (old,) = store.execute("SELECT file FROM added").fetchone()
                (filled / ".aiser" / "data" / old).rename(filled / ".aiser" / "data" / "numbers-abcdefabcdef.parquet")
                store.execute("UPDATE added SET file = 'numbers-abcdefabcdef.parquet'")
        times.append(1)

    monkeypatch.setattr(archive, "copy_to", slow)
    made = preserving.backup(filled, AT)
    assert len(times) == 2
    assert [member.path for member in made.manifest.files if member.path.startswith("data/")] == ["data/numbers-abcdefabcdef.parquet"]


def test_a_file_that_the_books_name_and_nobody_has_is_told(filled):
    (gone,) = (filled / ".aiser" / "data").iterdir()
    gone.unlink()
    made = preserving.backup(filled, AT)
    assert made.manifest.left_out == {f"data/{gone.name}": "the books name it, and it is not there"}
    assert preserving.restore(filled, AT, made.file).aside is not None


def test_only_what_a_workspace_keeps_is_in_it(filled, tmp_path):
    folder = filled / ".aiser"
    secret = tmp_path / "secret.txt"
    secret.write_text("hunter2", "utf-8")
    (folder / "context.yaml").symlink_to(secret)
    (folder / ".env").write_text("PASSWORD=hunter2", "utf-8")
    (folder / "cache").mkdir(exist_ok=True)
    (folder / "cache" / "x.arrows").write_text("hunter2", "utf-8")
    (folder / "queries" / "link.sql").symlink_to(secret)
    (folder / "state.v3.db").write_text("hunter2", "utf-8")
    made = preserving.backup(filled, AT)
    with zipfile.ZipFile(made.file) as held:
        assert all(b"hunter2" not in held.read(name) for name in held.namelist())
    assert made.manifest.left_out.keys() == {".env", "cache", "context.yaml", "state.v3.db"}
    assert "link" in made.manifest.left_out["context.yaml"]


def test_settings_with_a_password_are_not_carried_away(filled):
    (filled / ".aiser" / "settings.toml").write_text('[connections.shop]\nurl = "postgresql://me:hunter2@db/shop"\n', "utf-8")
    with pytest.raises(SettingsError, match="holds a password") as caught:
        preserving.backup(filled, AT)
    assert "hunter2" not in str(caught.value)
    assert not list(filled.glob("*.zip"))


def test_what_a_copy_mode_forbids_now_is_left_out(filled, tmp_path):
    state = State(filled / ".aiser")
    with state.store() as store:
        for connection in ("open", "named", "closed", "open + closed"):
            store.execute(
                "INSERT INTO history (at, user, connection, origin, sql, rows, elapsed_ms, status, error, engine) VALUES (?, 'u', ?, 'user', ?, 1, 1, 'failed', 'canary', 'duckdb')",
                (AT.isoformat(), connection, f"SELECT * FROM t WHERE x = 'canary of {connection}'"),
            )
            data = f"{connection.replace(' + ', '_')}-aaaaaaaaaaaa.parquet"
            (filled / ".aiser" / "data" / data).write_text(f"canary of {connection}", "utf-8")
            store.execute(
                "INSERT INTO added (name, place, file, rows, bytes, at, user, digest, notes, number) VALUES (?, ?, ?, 1, 1, ?, 'u', '', '[]', 7)",
                (data[:8], f"extract:{connection}", data, AT.isoformat()),
            )
            store.execute(
                "INSERT INTO extract (name, connection, sql, zone, keys, user, made_at, status, error, mark) VALUES (?, ?, 'SELECT 1', 'UTC', '[]', 'u', ?, 'new', '', 'canary')",
                (data[:8], connection, AT.isoformat()),
            )
    assert state.history(search="canary")  # the index of words holds it too
    state.close()
    (filled / ".aiser" / "settings.toml").write_text(
        '[connections.open]\nurl = "env:A"\ncopy = "results"\n[connections.named]\nurl = "env:B"\ncopy = "metadata"\n[connections.closed]\nurl = "env:C"\ncopy = "none"\n',
        "utf-8",
    )
    made = preserving.backup(filled, AT)
    with zipfile.ZipFile(made.file) as held:
        store = held.read("state.db")
        assert b"canary of open'" in store
        assert b"canary of named" not in store
        assert b"canary of closed" not in store
        assert sorted(name for name in held.namelist() if "aaaaaaaaaaaa" in name) == ["data/open-aaaaaaaaaaaa.parquet"]
    done = preserving.restore(tmp_path / "elsewhere", AT, made.file)
    kept = rows(
        done.folder / "state.db", "SELECT connection, sql FROM history WHERE connection <> 'files' AND connection <> '' ORDER BY connection"
    )
    assert kept == [("named", "SELECT * FROM t WHERE x = ?"), ("open", "SELECT * FROM t WHERE x = 'canary of open'")]
    assert rows(done.folder / "state.db", "SELECT connection FROM extract") == [("open",)]


@pytest.mark.skipif(sys.platform == "win32", reason="sizes of files are not bounded there")
def test_a_full_disk_leaves_the_backup_of_before(filled, tmp_path):
    target = tmp_path / "nightly.zip"
    preserving.backup(filled, AT, target)
    before = target.read_bytes()
    code = (
        "import resource, signal, sys; from pathlib import Path; from datetime import UTC, datetime; from aiser_jupyter import preserving; from aiser_jupyter.errors import StateError\n"
        "import aiser_jupyter.state.archive\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
        "try: preserving.backup(Path(sys.argv[1]), datetime.now(UTC), Path(sys.argv[2]))\n"
        "except StateError as error: print(type(error).__name__, error.message)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(filled), str(target)], capture_output=True, text=True, check=False)
    assert "Error" in done.stdout, done.stderr
    assert target.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["nightly.zip", "shop"]


def test_a_damaged_store_is_not_backed_up_and_can_be_put_aside(filled):
    path = filled / ".aiser" / "state.db"
    with pytest.raises(UsageError, match="whole"):
        preserving.aside(filled, AT)
    path.write_bytes(os.urandom(8192))
    with pytest.raises(StateDamagedError, match="damaged"):
        preserving.backup(filled, AT)
    damaged = path.read_bytes()
    (moved,) = preserving.aside(filled, AT)
    assert moved == filled / ".aiser" / "state.damaged-20261130-093000.db"
    assert moved.read_bytes() == damaged
    assert State(filled / ".aiser").history() == []


def test_a_restore_replaces_a_damaged_store(filled):
    made = preserving.backup(filled, AT)
    (filled / ".aiser" / "state.db").write_bytes(b"nonsense" * 999)
    done = preserving.restore(filled, AT, made.file)
    assert (done.aside / "state.db").read_bytes() == b"nonsense" * 999
    assert [run.sql for run in State(filled / ".aiser").history()] == ["SELECT sum(n) AS s FROM numbers"]


def test_a_check_says_what_is_wrong_and_what_to_do(filled, tmp_path):
    assert preserving.check(filled).ok
    folder = filled / ".aiser"
    (table,) = (folder / "data").iterdir()
    table.unlink()
    (folder / "audit.jsonl").chmod(0o644)
    (folder / "settings.toml").write_text("timeoutt_s = 3\n", "utf-8")
    (filled / ".aiser-restore-x").mkdir()
    found = {item.name: item for item in preserving.check(filled).items if not item.ok}
    assert found.keys() == {"tables", "rights", "settings", "restores"}
    assert table.name in found["tables"].detail
    assert "chmod 600 audit.jsonl" in found["rights"].hint
    assert "timeout_s" in found["settings"].hint
    (folder / "state.db").write_bytes(b"nonsense" * 999)
    (item,) = [item for item in preserving.check(filled).items if item.name == "store"]
    assert not item.ok
    assert "aiser state restore" in item.hint
    assert preserving.check(tmp_path / "nowhere").ok


def test_a_restore_that_was_broken_off_between_its_steps_is_told(filled):
    folder = filled / ".aiser"
    folder.rename(filled / ".aiser.before-20261130-093000")
    (item,) = preserving.check(filled).items
    assert not item.ok
    assert "rename .aiser.before-20261130-093000 to .aiser" in item.hint


def test_there_is_nothing_to_back_up_without_a_folder(tmp_path):
    with pytest.raises(StateError, match="nothing to back up"):
        preserving.backup(tmp_path, AT)
    with pytest.raises(StateError, match="no such archive"):
        preserving.restore(tmp_path, AT, tmp_path / "none.zip")
    assert list(tmp_path.iterdir()) == []

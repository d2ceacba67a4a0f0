"""A process that is killed anywhere in a change of the key leaves all rows readable, by the key that the books name."""

from __future__ import annotations

import base64
import secrets
import shutil
import signal
import subprocess
import sys

import pyarrow as pa
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.sources import encryption, kept_file, spill
from aiser_jupyter.sources.shelf import Shelf

ROWS = 50
TABLES = ("one", "two", "three")
# Counts the lines of the module as they run, and kills itself at the one that is asked for.
CHILD = """
import os, signal, sys
from pathlib import Path
from aiser_jupyter import Workspace, preserving
from aiser_jupyter.sources import encryption, kept_file, rekey, sealed, shelf

root, at = sys.argv[1], int(sys.argv[2])
context = Workspace(root).context
here = {module.__file__ for module in (rekey, encryption, kept_file, sealed, shelf)}
count = 0

def line(frame, event, arg):
    global count
    if frame.f_code.co_filename not in here:
        return None
    if event == "line":
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
    return line

sys.settrace(line)
preserving.rekey(context, "env:NEXT_KEY")
sys.settrace(None)
print(count)
"""
POINTS = 14


@pytest.fixture(autouse=True)
def _nothing_encrypts_afterwards():
    yield
    spill._encrypting.clear()


def rekeyed(root, at):
    return subprocess.run([sys.executable, "-c", CHILD, str(root), str(at)], capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.slow
@pytest.mark.parametrize("encrypted", [True, False], ids=["another key", "the first key"])
def test_a_kill_anywhere_leaves_the_old_or_the_new(tmp_path, monkeypatch, encrypted):
    for name in ("DATA_KEY", "NEXT_KEY"):
        monkeypatch.setenv(name, base64.b64encode(secrets.token_bytes(32)).decode())
    root = tmp_path / "project"
    (root / ".aiser").mkdir(parents=True)
    settings = 'encrypt = true\nencrypt_key = "env:DATA_KEY"\n' if encrypted else "v = 1\n"
    (root / ".aiser" / "settings.toml").write_text(settings)
    ws = Workspace(root)
    for name in TABLES:
        ws.add(pa.table({"n": range(ROWS), "t": [f"{name} {i}" for i in range(ROWS)]}), name, copy="results")
    ws.close()
    ws.context.state.close()
    fresh = tmp_path / "fresh"
    shutil.copytree(root, fresh)
    whole = rekeyed(fresh, 0)
    assert whole.returncode == 0, whole.stderr
    lines = int(whole.stdout)
    assert lines > 100
    after = set()
    for point in range(POINTS):
        shutil.rmtree(fresh)
        shutil.copytree(root, fresh)
        done = rekeyed(fresh, 1 + point * (lines - 1) // (POINTS - 1))
        assert done.returncode == -signal.SIGKILL
        after.add(_readable(fresh, monkeypatch))
    # Kills before the books were changed and after are both among them.
    assert after == {"env:DATA_KEY" if encrypted else "", "env:NEXT_KEY"}


def _readable(root, monkeypatch):
    """Whether every row is there by the key that the books name and that one alone; the reference of the key."""
    ws = Workspace(root)
    named = encryption.of(ws.context.state).named()
    with monkeypatch.context() as alone:
        for name in {"DATA_KEY", "NEXT_KEY"} - ({named.reference.removeprefix("env:")} if named else set()):
            alone.delenv(name)
        for name in TABLES:
            assert ws.sql(f"SELECT count(*) AS n, min(t) AS t FROM {name}").rows() == [{"n": ROWS, "t": f"{name} 0"}]
        shelf = Shelf(ws.context.state)
        assert {kept_file.key_named(kept.file) for kept in shelf.kept()} == {named.fingerprint if named else ""}
        if named:  # nothing of another key, or plain, is left behind once somebody looked
            assert {kept_file.key_named(path.name) for path in shelf.folder.glob("*.parquet")} == {named.fingerprint}
        ws.close()
        ws.context.state.close()
    return named.reference if named else ""

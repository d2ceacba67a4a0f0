"""A process that is killed at any moment loses nothing that it was told is kept, and leaves files that open."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from aiser_jupyter import preserving
from aiser_jupyter.audit import Audit
from aiser_jupyter.state import State

# A process that has its modules loaded and makes of itself, for each line it reads, one that writes until it is killed: what is killed is a whole
# process each time, and only the loading is spared. Each line of the output says that something is kept; it is written after the call returned.
WRITER = """
import json, os, sys
from datetime import UTC, datetime
from pathlib import Path
import pyarrow as pa
from aiser_jupyter.audit import Audit
from aiser_jupyter.memory.entry import Entry, Owner
from aiser_jupyter.memory.sqlite import SqliteMemory
from aiser_jupyter.query.extracts import Extract, Extracts
from aiser_jupyter.sources.shelf import Kept, Shelf
from aiser_jupyter.state import Run, State

def say(kind, what):
    os.write(1, (json.dumps([kind, what]) + "\\n").encode())

def write(folder, life):
    state = State(folder)
    state.create()
    memory, shelf, extracts, log = SqliteMemory(state), Shelf(state), Extracts(state), Audit(folder / "audit.jsonl")
    now = datetime.now(UTC)
    say("begun", os.getpid())
    number = 0
    while True:
        number += 1
        name = f"{life}_{number}"
        entry = state.record(Run(now, "ada", "shop", "user", f"SELECT '{name}'", None, 0.0, "running"))
        say("run", name)
        state.amend(entry, rows=number, elapsed_ms=1.0, status="done")
        say("ended", [name, number])
        memory.put(Entry("synonym", name, {"means": "x" * 500}, Owner("", "ada", ""), "", now, now))
        say("memory", name)
        log.append("access", user="ada", sql=name + " " + "y" * 6000)
        say("audit", name)
        file, rows, size = shelf.write("t", pa.table({"n": [number]}).to_reader())
        shelf.put(Kept(f"t_{name}", "frame", file, rows, size, now, "ada"))
        say("table", [f"t_{name}", number])
        extracts.put(Extract(f"e_{name}", "files", "SELECT 1", None, "UTC", (), None, "ada", now))
        say("extract", f"e_{name}")

for line in sys.stdin:
    child = os.fork()
    if not child:
        write(Path(sys.argv[1]), line.strip())
    say("killed", os.WTERMSIG(os.waitpid(child, 0)[1]))
"""
POINTS = 50


@pytest.fixture
def writer(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / ".aiser")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as loaded:
        yield loaded
        loaded.stdin.close()


def killed(writer, life, lines, seconds):
    """What a process said before it was killed, so long after it had said so many lines."""
    writer.stdin.write(f"{life}\n".encode())
    writer.stdin.flush()
    said = [json.loads(writer.stdout.readline()) for _ in range(lines)]
    time.sleep(seconds)
    os.kill(said[0][1], signal.SIGKILL)
    for line in writer.stdout:
        kind, what = json.loads(line)
        if kind == "killed":
            assert what == signal.SIGKILL
            return said
        said.append([kind, what])
    raise AssertionError(said)


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_at_fifty_moments(tmp_path, writer):
    folder = tmp_path / ".aiser"
    chance = random.Random(20261130)
    said = []
    for point in range(POINTS):
        said += killed(writer, point, chance.randint(1, 30), chance.uniform(0.0, 0.02))
        # Each time: the store opens and is whole, the log is whole to its last line, and goes on.
        with closing(sqlite3.connect(folder / "state.db")) as store:
            assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert Audit(folder / "audit.jsonl").verify().ok, point
    kept = {kind: [what for one, what in said if one == kind] for kind in ("run", "ended", "memory", "audit", "table", "extract")}
    assert all(len(whats) > POINTS for whats in kept.values()), {kind: len(whats) for kind, whats in kept.items()}
    state = State(folder)
    runs = {run.sql: run for run in state.history(10**6)}
    assert [name for name in kept["run"] if f"SELECT '{name}'" not in runs] == []
    assert [
        name for name, rows in kept["ended"] if (runs[f"SELECT '{name}'"].status, runs[f"SELECT '{name}'"].rows) != ("done", rows)
    ] == []
    with state.store() as store:
        entries = {row[0] for row in store.execute("SELECT text FROM memory")}
        tables = dict(store.execute("SELECT name, file FROM added").fetchall())
        extracts = {row[0] for row in store.execute("SELECT name FROM extract")}
    assert [name for name in kept["memory"] if name not in entries] == []
    assert [name for name in kept["extract"] if name not in extracts] == []
    import pyarrow.parquet as pq

    assert all(pq.read_table(folder / "data" / tables[name]).to_pydict() == {"n": [number]} for name, number in kept["table"])
    lines = {line["sql"].partition(" ")[0] for line in Audit(folder / "audit.jsonl").lines() if line["event"] == "access"}
    assert [name for name in kept["audit"] if name not in lines] == []
    state.close()
    assert preserving.check(tmp_path).ok


def test_a_restore_that_is_killed_leaves_one_of_the_two_whole(tmp_path):
    """At whichever step: what is in the folder's place is all of what was there before, or all of the archive."""
    code = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from aiser_jupyter import preserving
from aiser_jupyter.state import restore
steps = [0]
for name in ("rename", "chmod"):
    def counted(self, *given, _real=getattr(Path, name), **more):
        steps[0] += 1
        if steps[0] == int(sys.argv[3]):
            os.kill(os.getpid(), 9)
        return _real(self, *given, **more)
    setattr(Path, name, counted)
exchange = restore._exchanged
def exchanged(one, other):
    if int(sys.argv[3]) == 100:
        os.kill(os.getpid(), 9)
    done = exchange(one, other)
    if int(sys.argv[3]) == 101:
        os.kill(os.getpid(), 9)
    return done
restore._exchanged = exchanged
preserving.restore(Path(sys.argv[1]), datetime.now(UTC), Path(sys.argv[2]))
"""
    from datetime import UTC, datetime

    from aiser_jupyter import Workspace

    ws = Workspace(tmp_path)
    ws.context.state.create()
    ws.save_query("one", "SELECT 1")
    ws.close()
    made = preserving.backup(tmp_path, datetime(2026, 11, 30, tzinfo=UTC))
    outcomes = set()
    for step in (1, 2, 3, 100, 101):
        (tmp_path / ".aiser" / "queries" / "mark.sql").write_text("SELECT 2", "utf-8")
        done = subprocess.run([sys.executable, "-c", code, str(tmp_path), str(made.file), str(step)], capture_output=True, check=False)
        assert done.returncode in {0, -9}, done.stderr
        old = (tmp_path / ".aiser" / "queries" / "mark.sql").exists()
        outcomes.add((done.returncode, old))
        assert (tmp_path / ".aiser" / "queries" / "one.sql").read_text("utf-8") == "SELECT 1\n"
        everywhere = list(tmp_path.glob(".aiser*/**/mark.sql"))
        assert everywhere, step  # what was there before is somewhere, whole
        for path in everywhere:
            path.unlink()
    assert outcomes >= {(-9, True), (0, False)}

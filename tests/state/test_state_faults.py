"""What a disk, another process or the end of the process can do to what is kept, and what then happens; numbers as in docs/reliability.md."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.audit import Audit, AuditError
from aiser_jupyter.errors import ReportError, StateDamagedError, StateLockedError, StateNewerError
from aiser_jupyter.report.document import Document
from aiser_jupyter.state import VERSION, Run, State

RUN = Run(datetime(2026, 11, 20, 12, tzinfo=UTC), "ann", "shop", "user", "SELECT 1", 1, 2.5, "done")
BOUNDED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
def bound(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
"""
bounded = pytest.mark.skipif(sys.platform == "win32", reason="sizes of files are not bounded there")


def child(code, *arguments, env=None, **options):
    """What a process prints that runs ``code`` after `BOUNDED`."""
    command = [sys.executable, "-c", BOUNDED + textwrap.dedent(code), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env={**os.environ, **(env or {})}, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def held(tmp_path):
    """A workspace's state, and a connection of somebody else that can hold its file."""
    state = State(tmp_path / ".aiser", wait_s=0.3)
    state.create()
    state.record(replace(RUN, sql="SELECT 'before'"))
    with closing(sqlite3.connect(tmp_path / ".aiser" / "state.db", isolation_level=None)) as other:
        yield state, other
    state.close()


def sqls(folder):
    return [run.sql for run in State(folder).history()]


# 18: the kernel starts anew


def test_18_all_that_was_kept_is_there_for_the_next_kernel(tmp_path):
    code = """
    import os
    import pandas as pd
    from aiser_jupyter import Workspace
    ws = Workspace(sys.argv[1])
    ws.add(pd.DataFrame({"n": [1, 2, 3]}), "numbers", copy="results")
    ws.connect("env:LITE", name="lite")
    ws.save_connection("lite", "env:LITE")
    ws.sql("SELECT sum(n) AS s FROM numbers", on="files").rows()
    ws.teach("turnover", means="revenue", on="lite")
    ws.save_query("total", "SELECT sum(n) AS s FROM numbers", on="files")
    ws.materialize("doubled", "SELECT n * 2 AS n FROM numbers", on="files")
    print("kept", flush=True)
    os.kill(os.getpid(), 9)
    """
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as lite:
        lite.execute("CREATE TABLE t AS SELECT 7 AS x")
        lite.commit()
    address = f"sqlite:///{tmp_path / 'shop.sqlite'}"
    first = subprocess.run(
        [sys.executable, "-c", "import sys\n" + textwrap.dedent(code), str(tmp_path)],
        capture_output=True, text=True, check=False, env={**os.environ, "LITE": address},
    )  # fmt: skip
    assert (first.stdout, first.returncode) == ("kept\n", -9), first.stderr
    code = """
    import json
    from aiser_jupyter import Workspace
    ws = Workspace(sys.argv[1])
    print(json.dumps([
        ws.sql("SELECT sum(n) AS s FROM numbers", on="files").rows(), ws.sql("SELECT sum(n) AS s FROM doubled", on="files").rows(), ws.query("total").rows(),
        ws.sql("SELECT x FROM t", on="lite").rows(), [entry.text for entry in ws.memory.entries("lite") if entry.kind == "synonym"], len(ws.materialized()), ws.status().ok,
    ]))
    """
    told = json.loads(child(code, tmp_path, env={"LITE": address}))
    assert told == [[{"s": 6}], [{"s": 12}], [{"s": 6}], [{"x": 7}], ["turnover"], 1, True]


# 33: no room for a report


@bounded
@pytest.mark.parametrize("name", ["q4.html", "q4.md", "q4.ipynb"])
def test_33_a_report_that_has_no_room_leaves_the_one_of_before(tmp_path, name):
    target = tmp_path / name
    document = Document("Q4", "report")
    document.save(target)
    before = target.read_bytes()
    code = """
    from aiser_jupyter.errors import ReportError
    from aiser_jupyter.report.document import Document
    document = Document("Q4 anew " + "long " * 40, "report")
    document.save(sys.argv[1] + "-warm." + sys.argv[1].split(".", 1)[1])
    bound(100)
    try:
        document.save(sys.argv[1])
    except ReportError as error:
        print(error.message)
    """
    assert "cannot be written" in child(code, target)
    assert target.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 2  # and nothing half written


def test_33_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "reports").write_text("a file", "utf-8")
    with pytest.raises(ReportError, match="cannot be written"):
        Document("Q4", "report").save(tmp_path / "reports" / "q4.html")


# 34: no room to spill


@bounded
def test_34_a_query_that_has_no_room_to_spill_fails_alone(tmp_path):
    code = """
    from aiser_jupyter import Workspace
    from aiser_jupyter.errors import QueryError
    import duckdb
    duckdb.connect(sys.argv[1] + "/big.duckdb").execute("CREATE TABLE big AS SELECT i AS i, md5(i::VARCHAR) AS t FROM range(600000) r(i)")
    ws = Workspace(sys.argv[1])
    ws.connect(sys.argv[1] + "/big.duckdb", name="big", extra={"memory_limit": "60MB", "temp_directory": sys.argv[1] + "/spill", "max_temp_directory_size": "1MB"})
    ws.context.state.create()
    try:
        ws.sql("SELECT t, row_number() OVER (ORDER BY t DESC) AS r FROM big ORDER BY r", on="big").rows(1_000_000)
    except QueryError as error:
        print(type(error).__name__, error.hint)
    print(ws.sql("SELECT count(*) AS n FROM big", on="big").rows())
    print([run.status for run in ws.context.state.history()])
    """
    told = child(code, tmp_path).splitlines()
    assert told[0].startswith("QueryError"), told
    assert told[1:] == ["[{'n': 600000}]", "['done', 'failed']"]


# 35: the log of accesses cannot be written

POLICY = 'v = 1\n[roles.reader]\nmembers = ["*"]\ndefault = "allow"\n'


@pytest.fixture
def governed(tmp_path):
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "policy.toml").write_text(POLICY, "utf-8")
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE orders AS SELECT range AS id FROM range(10)")
    ws = Workspace(tmp_path)
    ws.connect(tmp_path / "shop.duckdb", "shop")
    yield ws
    ws.close()


def test_35_what_cannot_be_accounted_for_does_not_run(governed):
    log = Path(governed.root) / ".aiser" / "audit.jsonl"
    governed.sql("SELECT count(*) AS n FROM orders").rows()
    moved = log.rename(log.with_name("moved.jsonl"))
    log.mkdir()  # root may write any file; nobody writes lines to a folder
    with pytest.raises(AuditError, match="does not run without it"):
        governed.sql("SELECT max(id) AS n FROM orders").rows()
    assert Audit(moved).verify().lines == 2
    log.rmdir()
    moved.rename(log)
    assert governed.sql("SELECT min(id) AS n FROM orders").rows() == [{"n": 0}]
    assert Audit(log).verify() == replace(Audit(log).verify(), lines=4, problem="")


@bounded
def test_35_a_full_disk_stops_the_access_and_leaves_no_half_line(governed, tmp_path):
    governed.sql("SELECT count(*) AS n FROM orders").rows()
    log = Audit(tmp_path / ".aiser" / "audit.jsonl")
    code = """
    from pathlib import Path
    from aiser_jupyter import Workspace
    from aiser_jupyter.audit import AuditError
    ws = Workspace(sys.argv[1])
    ws.connect(sys.argv[1] + "/shop.duckdb", "shop")
    ws.tables()
    size = Path(sys.argv[1], ".aiser", "audit.jsonl").stat().st_size
    print(size)
    bound(size + 50)
    try:
        print(ws.sql("SELECT max(id) + 4242 AS n FROM orders").rows())
    except AuditError as error:
        print(error.message)
    """
    size, told = child(code, tmp_path).splitlines()
    assert "does not run without it" in told
    assert log.path.stat().st_size == int(size)
    assert log.verify().ok
    assert not any("4242" in line.get("sql", "") for line in log.lines())


# 36: a kept result is damaged


def test_36_a_damaged_kept_result_is_dropped_and_made_again(tmp_path):
    (tmp_path / ".aiser").mkdir()
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as lite:
        lite.execute("CREATE TABLE t AS WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 100) SELECT i FROM r")
        lite.commit()
    code = """
    import logging
    logging.basicConfig(stream=sys.stdout, format="%(message)s", level=logging.WARNING)
    from aiser_jupyter import Workspace
    from aiser_jupyter.query import cache
    cache.WORTH_S = 0  # what is quick is kept here too
    ws = Workspace(sys.argv[1])
    ws.connect(sys.argv[1] + "/shop.sqlite", "shop")
    found = ws.sql("SELECT sum(i) AS s FROM t")
    print(found.cached, found.rows())
    """
    assert child(code, tmp_path) == "False [{'s': 5050}]\n"
    assert child(code, tmp_path) == "True [{'s': 5050}]\n"
    (file,) = (tmp_path / ".aiser" / "cache").glob("*.arrows")
    whole = file.read_bytes()
    file.write_bytes(whole[:100] + bytes([whole[100] ^ 0xFF]) + whole[101:])
    dropped, told = child(code, tmp_path).splitlines()
    assert "was dropped" in dropped
    assert told == "False [{'s': 5050}]"
    assert child(code, tmp_path) == "True [{'s': 5050}]\n"


# 37: the store is locked


def test_37_a_locked_store_costs_no_run(held, tmp_path):
    state, other = held
    other.execute("BEGIN EXCLUSIVE")
    began = time.monotonic()
    entry = state.record(replace(RUN, sql="SELECT 'meanwhile'", status="running"))
    assert 0.2 < time.monotonic() - began < 5  # it waited, and then went on
    assert isinstance(state.trouble, StateLockedError)
    state.amend(entry, rows=5, elapsed_ms=7.0, status="done")
    assert [run.sql for run in state.history()] == ["SELECT 'meanwhile'", "SELECT 'before'"]
    assert state.get(entry.run.id).rows == 5
    other.execute("ROLLBACK")
    state.record(replace(RUN, sql="SELECT 'after'"))
    assert state.trouble is None
    assert sqls(tmp_path / ".aiser") == ["SELECT 'after'", "SELECT 'meanwhile'", "SELECT 'before'"]
    assert State(tmp_path / ".aiser").history()[1].rows == 5


def test_37_how_a_run_ended_is_written_when_the_lock_is_gone(held, tmp_path):
    state, other = held
    entry = state.record(replace(RUN, sql="SELECT 'long'", status="running", rows=None))
    other.execute("BEGIN EXCLUSIVE")
    state.amend(entry, rows=3, elapsed_ms=1.0, status="done")
    assert isinstance(state.trouble, StateLockedError)
    other.execute("ROLLBACK")
    state.close()
    run = State(tmp_path / ".aiser").history()[0]
    assert (run.sql, run.status, run.rows) == ("SELECT 'long'", "done", 3)


def test_37_what_must_be_written_now_is_a_typed_error(held):
    state, other = held
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StateLockedError, match="held by another process") as caught, state.store() as store:
        store.execute("INSERT INTO added_changes (name) VALUES ('x')")
    assert str(state.file) in caught.value.where
    other.execute("ROLLBACK")
    with state.store() as store:
        assert store.execute("SELECT count(*) FROM added_changes").fetchone() == (0,)


def test_37_a_store_that_is_made_while_it_is_locked(tmp_path):
    (tmp_path / ".aiser").mkdir()
    with closing(sqlite3.connect(tmp_path / ".aiser" / "state.db", isolation_level=None)) as other:
        other.execute("CREATE TABLE other (x)")
        other.execute("BEGIN EXCLUSIVE")
        state = State(tmp_path / ".aiser", wait_s=0.2)
        state.record(RUN)
        assert isinstance(state.trouble, StateLockedError)
        other.execute("ROLLBACK")
        other.execute("DROP TABLE other")
    assert state.history() == [RUN]
    assert sqls(tmp_path / ".aiser") == ["SELECT 1"]


def test_37_queries_go_on_with_a_label(held, tmp_path):
    _, other = held
    ws = Workspace(tmp_path)
    ws.context.state._wait_s = 0.2
    heard = []
    ws.context.events.listen(lambda event: heard.append((event.kind, event.data.get("type"))))
    other.execute("BEGIN EXCLUSIVE")
    assert ws.sql("SELECT 6 * 7 AS n", frames={}).rows() == [{"n": 42}]
    assert ("state.trouble", "StateLockedError") in heard
    assert ws.history().title.startswith("History of this session alone.")
    (check,) = [check for check in ws.status().checks if check.name == "history"]
    assert not check.ok
    assert "in memory only" in check.detail
    other.execute("ROLLBACK")
    assert ws.status().checks[1].ok
    assert ("state.well", None) in heard
    assert ws.history().title == "History"
    ws.close()
    assert "SELECT 6 * 7 AS n" in sqls(tmp_path / ".aiser")


# The disk of the store is full


@bounded
def test_a_full_disk_costs_no_result_and_loses_nothing_acknowledged(tmp_path):
    code = """
    from pathlib import Path
    from aiser_jupyter import Workspace
    from aiser_jupyter.errors import StateFullError
    import pandas as pd
    ws = Workspace(sys.argv[1])
    ws.context.state.create()
    for number in range(20):
        ws.sql(f"SELECT {number} AS before").rows()
    ws.teach("turnover", means="revenue")
    log = Path(sys.argv[1]) / ".aiser" / "state.db-wal"
    bound(log.stat().st_size + 100)
    print([ws.sql(f"SELECT {number} AS during").rows()[0]["during"] for number in range(30)] == list(range(30)))
    print(type(ws.context.state.trouble).__name__)
    try:
        ws.teach("churn", means="lost customers")
    except StateFullError as error:
        print(error.hint)
    try:
        ws.add(pd.DataFrame({"n": range(100000)}), "numbers")
    except Exception as error:
        print(type(error).__name__)
    bound(-1)
    ws.sql("SELECT 99 AS after").rows()
    print(ws.context.state.trouble)
    """
    told = child(code, tmp_path).splitlines()
    assert told[:2] == ["True", "StateFullError"], told
    assert "Make room" in told[2]
    assert told[3] in {"SourceError", "StateFullError"}
    assert told[-1] == "None"
    wanted = [f"SELECT {n} AS before" for n in range(20)] + [f"SELECT {n} AS during" for n in range(30)] + ["SELECT 99 AS after"]
    assert [run.sql for run in State(tmp_path / ".aiser").history(200)][::-1] == wanted
    assert {run.status for run in State(tmp_path / ".aiser").history(200)} == {"done"}
    assert [entry.text for entry in Workspace(tmp_path).memory.entries() if entry.kind == "synonym"] == ["turnover"]


# The store is damaged, or newer


def damage(path, kind):
    if kind == "no store":
        path.write_bytes(b"nonsense" * 999)
    elif kind == "cut off":
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    else:  # pages in the middle
        held = bytearray(path.read_bytes())
        held[4096 : len(held)] = os.urandom(len(held) - 4096)
        path.write_bytes(held)


@pytest.mark.parametrize("kind", ["no store", "cut off", "pages"])
def test_a_damaged_store_does_not_end_the_session(tmp_path, kind):
    state = State(tmp_path / ".aiser")
    state.create()
    for number in range(50):
        state.record(replace(RUN, sql=f"SELECT {number}"))
    state.close()
    path = tmp_path / ".aiser" / "state.db"
    damage(path, kind)
    damaged = path.read_bytes()
    ws = Workspace(tmp_path)
    assert ws.sql("SELECT 1 AS one").rows() == [{"one": 1}]
    ws.add(pd.DataFrame({"n": [1]}), "numbers", copy="none")
    assert ws.sql("SELECT n FROM numbers").rows() == [{"n": 1}]
    assert [run.sql for run in ws.context.state.history()] == ["SELECT n FROM numbers", "SELECT 1 AS one"]
    (check,) = [check for check in ws.status().checks if check.name == "history"]
    assert not check.ok
    with pytest.raises(StateDamagedError) as caught:
        ws.context.state.check()
    assert str(path) in caught.value.where
    assert "aiser state restore" in caught.value.hint
    assert "aiser state aside" in caught.value.hint
    ws.close()
    assert path.read_bytes() == damaged


def test_it_is_written_again_once_the_damaged_file_is_aside(tmp_path):
    state = State(tmp_path / ".aiser")
    state.create()
    state.close()
    (tmp_path / ".aiser" / "state.db").write_bytes(b"nonsense" * 999)
    ws = Workspace(tmp_path)
    ws.sql("SELECT 'while damaged' AS x").rows()
    from aiser_jupyter import preserving

    (aside,) = preserving.aside(tmp_path, datetime.now(UTC))
    assert aside.read_bytes() == b"nonsense" * 999
    ws.sql("SELECT 'after' AS x").rows()
    assert ws.context.state.trouble is None
    ws.close()
    assert sqls(tmp_path / ".aiser") == ["SELECT 'after' AS x", "SELECT 'while damaged' AS x"]


def test_a_newer_store_is_left_alone_and_queries_run(tmp_path):
    state = State(tmp_path / ".aiser")
    state.create()
    state.close()
    path = tmp_path / ".aiser" / "state.db"
    with closing(sqlite3.connect(path)) as store:
        store.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = path.read_bytes()
    ws = Workspace(tmp_path)
    assert ws.sql("SELECT 1 AS one").rows() == [{"one": 1}]
    with pytest.raises(StateNewerError, match=f"version {VERSION + 1}"):
        ws.history()
    (check,) = [check for check in ws.status().checks if check.name == "history"]
    assert "pip install --upgrade" in check.hint
    ws.close()
    assert path.read_bytes() == before


# 53: the process is asked to end


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGTERM to hear")
def test_53_a_command_that_is_asked_to_end_puts_its_work_away(tmp_path):
    (tmp_path / ".aiser").mkdir()
    long = "SELECT sum(a.range * b.range) AS s FROM range(200000000) a, range(200000000) b"
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS x")
    running = subprocess.Popen(
        [sys.executable, "-c", "from aiser_jupyter.cli import main; main()", "sql", long, "--on", "shop.duckdb"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until = time.monotonic() + 60
    while time.monotonic() < until and not (tmp_path / ".aiser" / "state.db").exists():
        time.sleep(0.05)
    while time.monotonic() < until and [run.status for run in State(tmp_path / ".aiser").history()] != ["running"]:
        time.sleep(0.05)
    running.send_signal(signal.SIGTERM)
    began = time.monotonic()
    _, said = running.communicate(timeout=30)
    assert time.monotonic() - began < 10
    assert running.returncode == 143, said
    (run,) = State(tmp_path / ".aiser").history()
    assert (run.status, run.sql) == ("cancelled", long)


def test_53_what_waits_for_a_lock_is_written_when_the_process_ends(tmp_path):
    code = """
    import sqlite3
    from pathlib import Path
    from datetime import UTC, datetime
    from aiser_jupyter.state import Run, State
    state = State(Path(sys.argv[1]), wait_s=0.2)
    state.create()
    other = sqlite3.connect(sys.argv[1] + "/state.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    entry = state.record(Run(datetime.now(UTC), "u", "shop", "user", "SELECT 'waits'", None, 1.0, "running"))
    print(type(state.trouble).__name__)
    other.close()
    """
    assert child(code, tmp_path / ".aiser") == "StateLockedError\n"
    (run,) = State(tmp_path / ".aiser").history()
    assert (run.sql, run.status, run.error) == ("SELECT 'waits'", "cancelled", "The process ended.")

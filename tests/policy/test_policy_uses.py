"""The bounds of a role hold over all processes of a machine, and a process that was killed gives its place back."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from aiser_jupyter.clock import Clock
from aiser_jupyter.errors import RefusedError
from aiser_jupyter.policy.uses import NAME, UNSEEN_S, Bounds, Full, Uses
from aiser_jupyter.process import Process, this

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Moved(Clock):
    """A clock that the test moves."""

    hands: list[datetime] | None = None

    def now(self):
        return self.hands[0]


@pytest.fixture
def clock():
    return Moved(hands=[NOON])


@pytest.fixture
def uses(tmp_path, clock):
    made = Uses(tmp_path / NAME, clock)
    yield made
    made.close()


def test_so_many_at_once_and_one_that_ends_makes_room(uses):
    first = uses.begin("ada", "query", Bounds(places=2))
    uses.begin("ada", "query", Bounds(places=2))
    with pytest.raises(Full) as full:
        uses.begin("ada", "query", Bounds(places=2))
    assert full.value.which == "places"
    uses.begin("ben", "query", Bounds(places=2))
    uses.begin("ada", "model", Bounds(places=2))
    uses.end(first)
    uses.begin("ada", "query", Bounds(places=2))


def test_so_many_a_minute_by_the_clock(uses, clock):
    for second in (0, 20, 40):
        clock.hands[0] = NOON + timedelta(seconds=second)
        uses.end(uses.begin("ada", "query", Bounds(per_minute=3)))
    with pytest.raises(Full) as full:
        uses.begin("ada", "query", Bounds(per_minute=3))
    assert (full.value.which, full.value.wait_s) == ("per_minute", 20)
    clock.hands[0] = NOON + timedelta(seconds=60)
    uses.begin("ada", "query", Bounds(per_minute=3))


def test_a_clock_that_was_ahead_bars_nobody(uses, clock):
    clock.hands[0] = NOON + timedelta(days=400)
    uses.begin("ada", "query", Bounds(per_minute=1))
    clock.hands[0] = NOON
    uses.begin("ada", "query", Bounds(per_minute=1))


def test_money_of_a_day_is_spent_once(uses, clock):
    bounds = Bounds(cost=1.0)
    uses.end(uses.begin("ada", "model", bounds), "ada", 0.4)
    held = [uses.begin("ada", "model", bounds), uses.begin("ada", "model", bounds)]  # 0.4 spent, and 0.4 set aside for each
    with pytest.raises(Full, match="cost"):
        uses.begin("ada", "model", bounds)
    for number in held:
        uses.end(number, "ada", 0.1)
    assert uses.spent("ada") == pytest.approx(0.6)
    uses.end(uses.begin("ada", "model", bounds), "ada", 0.5)
    with pytest.raises(Full, match="cost"):
        uses.begin("ada", "model", bounds)
    clock.hands[0] = NOON + timedelta(hours=13)
    uses.begin("ada", "model", bounds)


def test_what_cannot_be_counted_does_not_run(tmp_path):
    (tmp_path / NAME).write_bytes(b"no database at all, but as long as a page of one would be" * 100)
    with pytest.raises(RefusedError, match="cannot be counted"):
        Uses(tmp_path / NAME).begin("ada", "query", Bounds(places=1))
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(RefusedError, match="cannot be counted"):
        Uses(tmp_path / "file" / NAME).begin("ada", "query", Bounds(places=1))


def test_the_file_is_its_owner_s(uses, tmp_path):
    uses.begin("ada", "query", Bounds(places=1))
    assert (tmp_path / NAME).stat().st_mode & 0o077 == 0


def test_a_place_of_another_machine_is_kept_for_an_hour(uses, clock, tmp_path):
    uses.begin("ada", "query", Bounds(places=1))
    with sqlite3.connect(tmp_path / NAME) as other:
        other.execute("UPDATE place SET machine = 'elsewhere'")
    other.close()
    with pytest.raises(Full):
        uses.begin("ada", "query", Bounds(places=1))
    clock.hands[0] = NOON + timedelta(seconds=UNSEEN_S + 1)
    uses.begin("ada", "query", Bounds(places=1))


def test_a_process_is_told_from_a_later_one_of_its_number():
    here = this()
    assert here.runs() is True
    assert Process(here.machine, here.boot, here.pid, "1").runs() is False
    assert Process(here.machine, "another boot", here.pid, here.started).runs() is False
    assert Process("elsewhere", here.boot, here.pid, here.started).runs() is None


WORKER = """
import json, sys, time
from pathlib import Path
from aiser_jupyter.policy.uses import Bounds, Full, Uses
uses, spans, full = Uses(Path(sys.argv[1])), [], 0
print("ready", flush=True)
while len(spans) < int(sys.argv[2]):
    try:
        number = uses.begin("ada", "query", Bounds(places=2))
    except Full:
        full += 1
        time.sleep(0.002)
        continue
    began = time.monotonic()
    time.sleep(0.01)
    spans.append((began, time.monotonic()))
    uses.end(number)
print(json.dumps([spans, full]))
"""


def start(*arguments):
    return subprocess.Popen([sys.executable, "-c", *arguments], stdout=subprocess.PIPE, text=True)


def test_four_processes_never_hold_more_than_the_bound(tmp_path):
    running = [start(WORKER, str(tmp_path / NAME), "40") for _ in range(4)]
    told = [json.loads(process.communicate(timeout=120)[0].splitlines()[-1]) for process in running]
    spans = sorted(tuple(span) for found, _ in told for span in found)
    edges = sorted([(began, 1) for began, _ in spans] + [(ended, -1) for _, ended in spans])
    at_once, most = 0, 0
    for _, step in edges:
        at_once += step
        most = max(most, at_once)
    assert most == 2
    assert [len(found) for found, _ in told] == [40] * 4
    assert sum(full for _, full in told) > 0


HOLDER = """
import sys, time
from pathlib import Path
from aiser_jupyter.policy.uses import Bounds, Uses
Uses(Path(sys.argv[1])).begin("ada", "query", Bounds(places=1))
print("held", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("reaped", [True, False])
def test_a_killed_process_gives_its_place_back(uses, tmp_path, reaped):
    held = start(HOLDER, str(tmp_path / NAME))
    assert held.stdout.readline() == "held\n"
    with pytest.raises(Full):
        uses.begin("ada", "query", Bounds(places=1))
    held.send_signal(signal.SIGKILL)
    if reaped:
        held.wait(30)
    else:
        os.waitid(os.P_PID, held.pid, os.WEXITED | os.WNOWAIT)
    uses.begin("ada", "query", Bounds(places=1))
    held.communicate()


def test_a_child_by_fork_counts_on_its_own(uses):
    uses.begin("ada", "query", Bounds(places=2))
    child = os.fork()
    if child == 0:
        try:
            uses.begin("ada", "query", Bounds(places=2))
            uses.begin("ada", "query", Bounds(places=2))
        except Full:
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    uses.begin("ada", "query", Bounds(places=2))  # the child's went with it


POLICY = """
v = 1
[roles.reader]
members = ["*"]
default = "allow"
quota = { per_minute = 10, concurrent = 2 }
"""
ASKER = """
import sys
from aiser_jupyter import Workspace
from aiser_jupyter.errors import RefusedError
ws = Workspace(sys.argv[1])
ws.connect(sys.argv[2], "shop")
done = refused = 0
for number in range(12):
    try:
        assert ws.sql(f"SELECT {number} AS n, {sys.argv[3]} AS p FROM t", on="shop").rows()[0]["n"] == number
        done += 1
    except RefusedError as error:
        assert "queries" in error.message, error.message
        refused += 1
print(done, refused)
"""


def test_a_user_s_notebooks_share_a_minute(tmp_path):
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "policy.toml").write_text(POLICY, encoding="utf-8")
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS one")
    began = time.monotonic()
    running = [start(ASKER, str(tmp_path), str(tmp_path / "shop.duckdb"), str(number)) for number in range(4)]
    told = [[int(word) for word in process.communicate(timeout=240)[0].split()] for process in running]
    assert [done + refused for done, refused in told] == [12] * 4
    if time.monotonic() - began < 60:
        # Concurrent ones may have been refused first; in one minute never more than ten ran.
        assert 1 <= sum(done for done, _ in told) <= 10
    refused = [json.loads(line) for line in (tmp_path / ".aiser" / "audit.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sum(line["event"] == "refused" for line in refused) == sum(number for _, number in told)

"""Every store keeps the same promises: by owner, one entry a phrase, gone when removed."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from aiser_jupyter.errors import SettingsError, StateError
from aiser_jupyter.memory.entry import Entry, Owner
from aiser_jupyter.memory.postgres import PostgresMemory
from aiser_jupyter.memory.sqlite import SqliteMemory
from aiser_jupyter.memory.store import from_url
from aiser_jupyter.state import State

ADA, BEN = Owner("acme", "ada", "shop"), Owner("acme", "ben", "shop")
AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def word(text, means="revenue", owner=ADA):
    return Entry("synonym", text, {"means": means}, owner, "shop", AT, AT)


def test_keeps_and_finds(store):
    kept = store.put(word("turnover"))
    assert kept.id != 0
    assert store.find(ADA) == [kept]
    assert store.find(ADA, ("synonym",)) == [kept]
    assert store.find(ADA, ("episode",)) == []
    assert kept.at == AT


def test_the_same_phrase_is_kept_once_in_any_case(store):
    first = store.put(word("Turnover"))
    second = store.put(word("turnover", "units"))
    assert [e.value["means"] for e in store.find(ADA)] == ["units"]
    assert second.id == first.id or first.id < 0


def test_owners_do_not_see_each_other(store):
    store.put(word("turnover"))
    assert store.find(BEN) == []
    assert store.find(replace(ADA, tenant="zeta")) == []
    assert store.find(replace(ADA, place="other")) == []
    assert store.remove("acme", "ben", [e.id for e in store.find(ADA)]) == 0
    assert store.remove("zeta", "ada", [e.id for e in store.find(ADA)]) == 0


def test_everyones_words_are_everyones(store):
    store.put(word("gmv", owner=replace(ADA, user="")))
    store.put(word("takings", owner=replace(ADA, place="")))
    assert [e.text for e in store.find(BEN)] == ["gmv"]
    assert {e.text for e in store.find(ADA)} == {"gmv", "takings"}
    assert {e.text for e in store.all("acme", "ada")} == {"gmv", "takings"}


def test_uses_are_counted(store):
    kept = store.put(word("turnover"))
    later = datetime(2026, 11, 3, tzinfo=UTC)
    store.used("acme", [kept.id], later)
    store.used("acme", [kept.id], later)
    found = store.find(ADA)[0]
    assert (found.uses, found.used_at, found.at) == (2, later, AT)


def test_removed_is_gone(store):
    kept, other = store.put(word("turnover")), store.put(word("takings"))
    assert store.remove("acme", "ada", [kept.id]) == 1
    assert store.find(ADA) == [other]
    assert store.remove("acme", "ada", [kept.id]) == 0
    assert store.erase() == ""
    again = store.put(word("turnover"))
    assert {e.text for e in store.find(ADA)} == {"turnover", "takings"}
    assert again.text == "turnover"


def test_any_text_comes_back_as_it_was(store):
    text = "naïve “Umsatz” 売上 'x'; DROP TABLE memory; -- {}"
    kept = store.put(word(text, "a'b\"c\\d\n€"))
    assert store.find(ADA) == [kept]
    assert store.find(ADA)[0].value["means"] == "a'b\"c\\d\n€"


def _write(folder, name, count):
    state = State(folder)
    store = SqliteMemory(state)
    for number in range(count):
        store.put(word(f"{name} {number}"))
    state.close()


def test_two_processes_write_at_once(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    workers = [spawn.Process(target=_write, args=(tmp_path, name, 60)) for name in ("a", "b")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    state = State(tmp_path)
    found = {e.text for e in SqliteMemory(state).find(ADA)}
    state.close()
    assert found == {f"{name} {number}" for name in ("a", "b") for number in range(60)}


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {here!r})
from test_stores import word
from aiser_jupyter.memory.sqlite import SqliteMemory
from aiser_jupyter.state import State
store = SqliteMemory(State(Path({folder!r})))
number = 0
while True:
    store.put(word(f"phrase {{number}}"))
    print(number, flush=True)
    number += 1
"""


@pytest.mark.parametrize("seed", range(4))
def test_kill_loses_nothing_acknowledged(tmp_path, seed):
    script = WRITER.format(here=str(Path(__file__).parent), folder=str(tmp_path))
    writer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        told = [int(writer.stdout.readline())]
        time.sleep(random.Random(seed).uniform(0.05, 0.4))
        os.kill(writer.pid, signal.SIGKILL)
        told += [int(line) for line in writer.stdout.read().split("\n")[:-1] if line]
    finally:
        writer.wait(10)
    state = State(tmp_path)
    found = {e.text for e in SqliteMemory(state).find(ADA)}
    state.close()
    assert {f"phrase {number}" for number in told} <= found
    assert len(found) - len(told) in (0, 1)


def test_an_unknown_address_is_refused():
    with pytest.raises(SettingsError, match="mongodb"):
        from_url("mongodb://host/x")


def test_a_store_that_does_not_answer_says_so():
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with pytest.raises(StateError, match="PostgreSQL") as caught:
        PostgresMemory("postgresql://u:hush@127.0.0.1:1/x").find(ADA)
    assert "hush" not in str(caught.value)
    assert "AISER_MEMORY_URL" in caught.value.hint

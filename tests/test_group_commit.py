"""Threads that write at once share one write, and each learns what became of its own entry."""

import os
import threading
import time

import pytest

from aiser_jupyter.audit import Audit, AuditError
from aiser_jupyter.group_commit import BrokenOffError, GroupCommit


class Slow:
    """A file whose first write waits until others have gathered; ``fail`` says which writes raise what."""

    def __init__(self, fail=None):
        self.written, self.writes = [], 0
        self.fail = fail or {}
        self.let = threading.Event()

    def __call__(self, entries):
        self.writes += 1
        number = self.writes
        if number == 1:
            assert self.let.wait(20)
        if number in self.fail:
            raise self.fail[number]
        self.written.extend(entries)
        return len(self.written) - len(entries) + 1


def all_at_once(commit, slow, count):
    """What each of ``count`` threads got for its entry; the first writes while the others gather."""
    found = {}

    def add(entry):
        try:
            found[entry] = commit.add(lambda: entry)
        except BaseException as error:  # noqa: BLE001
            found[entry] = error

    first = threading.Thread(target=add, args=(0,))
    first.start()
    while not slow.writes:
        time.sleep(0.001)
    others = [threading.Thread(target=add, args=(entry,)) for entry in range(1, count)]
    for thread in others:
        thread.start()
    while len(commit._gathering.entries) < count - 1:
        time.sleep(0.001)
    slow.let.set()
    for thread in [first, *others]:
        thread.join(20)
    return found


def test_what_gathers_while_one_batch_is_written_is_written_together():
    slow = Slow()
    found = all_at_once(GroupCommit(slow), slow, 20)
    assert slow.writes == 2
    assert {entry: slow.written[number - 1] for entry, number in found.items()} == {entry: entry for entry in range(20)}


def test_an_error_is_told_to_those_whose_entries_it_was():
    slow = Slow({2: OSError("full")})
    commit = GroupCommit(slow)
    found = all_at_once(commit, slow, 6)
    assert found[0] == 1
    assert {str(found[entry]) for entry in range(1, 6)} == {"full"}
    assert commit.add(lambda: "next") == 2


def test_who_waited_for_a_writer_that_was_stopped_hears_of_it():
    slow = Slow({2: KeyboardInterrupt()})
    commit = GroupCommit(slow)
    found = all_at_once(commit, slow, 6)
    kinds = sorted(type(found[entry]).__name__ for entry in range(1, 6))
    assert kinds == ["BrokenOffError"] * 4 + ["KeyboardInterrupt"]
    assert issubclass(BrokenOffError, Exception)
    assert commit.add(lambda: "next") == 2


def test_threads_of_an_audit_log_share_the_wait_for_the_disk(tmp_path, monkeypatch):
    log, waits = Audit(tmp_path / "audit.jsonl"), []
    real = os.fsync

    def counted(handle):
        waits.append(handle)
        time.sleep(0.02)  # as a disk
        real(handle)

    monkeypatch.setattr(os, "fsync", counted)
    numbers = []
    threads = [threading.Thread(target=lambda: numbers.extend(log.append("access", n=n) for n in range(10))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(numbers) == list(range(1, 121))
    assert (log.verify().ok, log.verify().lines) == (True, 120)
    assert len(waits) < 80


def test_a_line_is_on_disk_before_its_thread_goes_on(tmp_path):
    log = Audit(tmp_path / "audit.jsonl")
    missing = []

    def write(name):
        for n in range(20):
            number = log.append("access", name=f"{name}-{n}")
            if f'"name":"{name}-{n}"' not in log.path.read_text(encoding="utf-8").splitlines()[number - 1]:
                missing.append((name, n))

    threads = [threading.Thread(target=write, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert missing == []


def test_a_log_that_cannot_be_written_stops_every_thread(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    log, found = Audit(tmp_path / "file" / "audit.jsonl"), []

    def write():
        try:
            log.append("access")
        except AuditError as error:
            found.append(error.message)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(found) == 8
    assert all("does not run without it" in message for message in found)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_writes_on(tmp_path):
    log = Audit(tmp_path / "audit.jsonl")
    log.append("access")
    child = os.fork()
    if child == 0:
        try:
            log.append("access")
            os._exit(0)
        except BaseException:  # noqa: BLE001
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert log.append("access") == 3
    assert log.verify().ok

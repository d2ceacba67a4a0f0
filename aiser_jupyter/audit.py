"""The audit log: one line for each access to a governed connection, each line bound to the one before it.

A line holds the fingerprint of the line before it, so that none can be changed, taken out or put in between without a trace; the newest fingerprint, noted elsewhere,
shows too whether the end was cut off. Haber & Stornetta 1991 is where chains of this kind come from.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import AiserError
from aiser_jupyter.group_commit import BrokenOffError, GroupCommit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from filelock import FileLock

VERSION = 1
FIRST = "0" * 64  # what stands for the line before the first
RETIRED = "retired"  # the event of a line that stands for those that were taken out before it
_BLOCK = 8192
WAIT_S = 5.0  # how long another process may hold the log
_POLL_S = 0.005


class AuditError(AiserError):
    """An audit log that cannot be written, or that was changed; what it guards does not run then."""


@dataclass(frozen=True)
class Verified:
    """A log that was read through: how many lines are right, the fingerprint of the last of them, and what is wrong with the one after (empty: nothing).

    ``torn`` is how many bytes stand after the last whole line: what a process left that was ended while it wrote. Nothing ran on the strength of it.
    """

    lines: int
    last: str
    problem: str = ""
    torn: int = 0

    @property
    def ok(self) -> bool:
        """Whether every line is as it was written."""
        return not self.problem


@dataclass(frozen=True)
class Retired:
    """How many ``lines`` went, the number of the ``first`` that is left, and the ``archive`` where they are now (None: nowhere)."""

    lines: int
    first: int
    archive: Path | None


@dataclass(frozen=True)
class _Tail:
    """The end of a log: its last whole ``line``, the bytes that were ``torn`` off after it, and where the whole lines ``end``."""

    line: bytes
    torn: bytes
    end: int


@dataclass(frozen=True)
class Audit:
    """The log at ``path``; it may be shared by processes."""

    path: Path

    def append(self, event: str, **about: object) -> int:
        """Write one line and bring it to disk; its number. Raises AuditError where that cannot be done.

        Threads that write at the same time share one wait for the disk; each returns once its own line is there.
        """
        from filelock import Timeout

        try:
            return _writer(self.path).add(lambda: _entry(event, **about))
        except AuditError:
            raise
        except (OSError, Timeout, BrokenOffError) as error:
            raise AuditError(
                "The audit log cannot be written, and what it keeps account of does not run without it.",
                where=f"{self.path}: {error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__}",
                hint="Make room, or let the log be written, and try again.",
            ) from None

    def _write(self, entries: Sequence[dict[str, Any]]) -> int:
        """Write lines, each bound to the one before it, and bring them to disk at once; the number of the first. A torn end goes, and a line says so."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with _lock_of(str(self.path)):
            tail = self._tail()
            number, before = self._last(tail)
            torn = [_entry("torn", bytes=len(tail.torn), text=tail.torn.decode("utf-8", "backslashreplace"))] if tail.torn else []
            texts = []
            for place, entry in enumerate([*torn, *entries], number + 1):
                line = {**entry, "seq": place, "prev": before}
                before = fingerprint(line)
                texts.append(_written({**line, "hash": before}) + "\n")
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                if torn:
                    os.ftruncate(handle, tail.end)
                _all(handle, "".join(texts).encode("utf-8"))
                os.fsync(handle)
            finally:
                os.close(handle)
            return number + len(torn) + 1

    def lines(self) -> Iterator[dict[str, Any]]:
        """The lines in order; raises AuditError where one is no line of a log."""
        for number, text in enumerate(self._texts(), 1):
            held = _line(text)
            if held is None:
                raise AuditError(
                    f"Line {number} of the audit log is none.",
                    where=str(self.path),
                    hint="aiser audit verify says how far it can be believed.",
                )
            yield held

    def verify(self, until: str = "") -> Verified:
        """Read the log through; ``until`` is a fingerprint noted before, which must be in it.

        A last line without its end is no mistake: its writer was ended before anything ran that it was to keep account of.
        """
        last, number, torn = FIRST, 0, len(self._tail().torn)
        found = not until
        for at, text in enumerate(self._texts()):
            line = _line(text)
            if line is None:
                return Verified(number, last, f"Line {number + 1} cannot be read.")
            given, before, place = line.pop("hash"), line["prev"], line["seq"]
            if at == 0 and line["event"] == RETIRED and fingerprint(line) == given:
                last, number = before, place  # the lines up to that one lie in an archive, or are gone
                found = found or last == until
                continue
            if (before, place) != (last, number + 1):
                return Verified(
                    number, last, f"Line {number + 1} does not follow the one before it: lines were taken out, put in or moved."
                )
            if fingerprint(line) != given:
                return Verified(number, last, f"Line {number + 1} was changed.")
            last, number = given, number + 1
            found = found or given == until
        return Verified(
            number, last, "" if found else "The fingerprint that was noted is not in it: the end was cut off, or it is another log.", torn
        )

    def report(self, since: datetime | None = None) -> list[tuple[str, str, str, str, int, int, int]]:
        """Accesses by user, role, connection and table: how often, how many were refused or failed, and how many rows were given."""
        times: Counter[tuple[str, str, str, str]] = Counter()
        refused: Counter[tuple[str, str, str, str]] = Counter()
        rows: Counter[tuple[str, str, str, str]] = Counter()
        groups: dict[int, list[tuple[str, str, str, str]]] = {}
        for line in self.lines():
            if since is not None and datetime.fromisoformat(line["at"]) < since:
                continue
            if line["event"] in (RETIRED, "model"):
                continue
            if line["event"] == "outcome":
                for group in groups.get(line.get("of", 0), ()):
                    rows[group] += line.get("rows") or 0
                    refused[group] += line.get("status") not in ("done", "closed")
                continue
            about = (str(line.get("user", "")), str(line.get("role", "")), str(line.get("connection", "")))
            groups[line["seq"]] = [(*about, table) for table in line.get("tables") or ("",)]
            for group in groups[line["seq"]]:
                times[group] += 1
                rows[group] += line.get("rows") or 0
                refused[group] += line["event"] == "refused"
        return [(*group, times[group], refused[group], rows[group]) for group in sorted(times)]

    def models(self, since: datetime | None = None) -> list[tuple[str, str, str, str, int, int, int, int, float]]:
        """Calls of models by user, role, connection and model: how many, how many failed, tokens in and out, and US dollars as far as they are known."""
        found: dict[tuple[str, str, str, str], list[float]] = {}
        calls: dict[int, list[float]] = {}
        for line in self.lines():
            if since is not None and datetime.fromisoformat(line["at"]) < since:
                continue
            if line["event"] == "model":
                who = (str(line.get("user", "")), str(line.get("role", "")), str(line.get("connection", "")), str(line.get("model", "")))
                calls[line["seq"]] = found.setdefault(who, [0, 0, 0, 0, 0.0])
                calls[line["seq"]][0] += 1
            elif line["event"] == "outcome" and (sums := calls.get(line.get("of", 0))) is not None:
                told = (line.get("status") != "done", line.get("prompt_tokens"), line.get("completion_tokens"), line.get("cost"))
                for place, value in enumerate(told, 1):
                    sums[place] += value or 0
        return [(*who, *map(int, sums[:4]), round(sums[4], 6)) for who, sums in sorted(found.items())]  # pyright: ignore[reportReturnType]  # four texts, four counts, money

    def retire(self, before: datetime, to: Path | None, **about: object) -> Retired:
        """Take the lines from before that moment out of the log and append them to the file ``to`` (None: delete them); ``about`` says who did it and why.

        The first line that is left then says up to which one they are gone, with its fingerprint, so that the rest is verified as ever, and so is the archive with what was
        put there before. The last line always stays. Raises AuditError where the log is not as it was written, or where there is no room; nothing is changed then.
        """
        from filelock import Timeout

        try:
            with _lock_of(str(self.path)):
                return self._retire(before, to, about)
        except (OSError, Timeout) as error:
            raise AuditError(
                "The audit log cannot be shortened.",
                where=f"{self.path}: {error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__}",
                hint="Make room, or let the log be written, and try again.",
            ) from None

    def _retire(self, before: datetime, to: Path | None, about: dict[str, object]) -> Retired:
        from aiser_jupyter import files

        found = self.verify()
        if not found.ok:
            raise AuditError(found.problem, where=str(self.path), hint="A log that was changed is kept as it is: look into it first.")
        held = [(json.loads(text), text) for text in self._texts()]
        old = 0
        while old < len(held) - 1 and (held[old][0]["event"] == RETIRED or datetime.fromisoformat(held[old][0]["at"]) < before):
            old += 1
        gone = held[:old]
        if not any(line["event"] != RETIRED for line, _ in gone):
            return Retired(0, self._first(held), to)
        last = gone[-1][0]
        mark = {
            **_entry(RETIRED, **about, lines=sum(line["event"] != RETIRED for line, _ in gone)),
            "seq": last["seq"],
            "prev": last["hash"],
        }
        left = [_written({**mark, "hash": fingerprint(mark)}), *(text for _, text in held[old:])]
        if to is not None:
            # An archive that goes on from what was put there before needs no mark of its own.
            texts = [text for line, text in gone if line["event"] != RETIRED or not to.exists()]
            handle = os.open(to, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                _all(handle, "".join(f"{text}\n" for text in texts).encode("utf-8", "surrogateescape"))
                os.fsync(handle)
            finally:
                os.close(handle)
        rights, torn = self.path.stat(), self._tail().torn
        with files.whole(self.path, rights.st_mode & 0o777) as target:
            if rights.st_uid != os.geteuid():
                os.fchown(target.fileno(), rights.st_uid, rights.st_gid)  # who writes it goes on writing it
            target.write("".join(f"{text}\n" for text in left).encode("utf-8", "surrogateescape") + torn)
        return Retired(mark["lines"], last["seq"] + 1, to)

    @staticmethod
    def _first(held: Sequence[tuple[dict[str, Any], str]]) -> int:
        return next((line["seq"] for line, _ in held if line["event"] != RETIRED), 1)

    def seq(self) -> int:
        """The number of the last line; 0 where there is none."""
        return self._last(self._tail())[0]

    def end(self) -> int:
        """How many bytes its whole lines take."""
        return self._tail().end

    def _texts(self) -> Iterator[str]:
        """The whole lines in order."""
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8", errors="surrogateescape", newline="\n") as file:
            for line in file:
                if line.endswith("\n"):
                    yield line.removesuffix("\n")

    def _tail(self) -> _Tail:
        """The end of the log."""
        if not self.path.exists():
            return _Tail(b"", b"", 0)
        with self.path.open("rb") as file:
            end = at = file.seek(0, os.SEEK_END)
            tail = b""
            while at and tail.count(b"\n") < 2:
                step = min(_BLOCK, at)
                at = file.seek(at - step)
                tail = file.read(step) + tail
        *whole, torn = tail.split(b"\n")
        return _Tail(whole[-1] if whole else b"", torn, end - len(torn))

    def _last(self, tail: _Tail) -> tuple[int, str]:
        """The number and the fingerprint of the last whole line."""
        if not tail.end:
            return 0, FIRST
        try:
            line = json.loads(tail.line)
            return int(line["seq"]), str(line["hash"])
        except (ValueError, KeyError, TypeError):
            raise AuditError(
                "The last line of the audit log cannot be read.",
                where=str(self.path),
                hint="See aiser audit verify, and move the log away.",
            ) from None


@lru_cache(maxsize=64)  # to make one costs as much as to take it
def _lock_of(path: str) -> FileLock:
    """The lock that the processes which share the log at ``path`` take in turn."""
    from filelock import FileLock

    return FileLock(f"{path}.lock", timeout=WAIT_S, mode=0o600, poll_interval=_POLL_S)


_writers: dict[str, GroupCommit[dict[str, Any]]] = {}
_lock = Lock()


def _writer(path: Path) -> GroupCommit[dict[str, Any]]:
    """What all threads of this process write the log at ``path`` through."""
    key = str(path.absolute())
    with _lock:
        if key not in _writers:
            _writers[key] = GroupCommit(Audit(path.absolute())._write)  # noqa: SLF001  # its own
        return _writers[key]


def _forked() -> None:
    """A forked process has none of the threads that wrote."""
    global _lock  # noqa: PLW0603  # it may have been held by a thread that is not here
    _lock = Lock()
    _writers.clear()
    _lock_of.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def _entry(event: str, **about: object) -> dict[str, Any]:
    """A line before it has a place in the log."""
    return {"v": VERSION, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), "event": event, **about}


def _line(text: str) -> dict[str, Any] | None:
    """A line as plain data, None where it is none."""
    try:
        held = json.loads(text)
    except ValueError:
        return None
    return held if isinstance(held, dict) and {"seq", "at", "event", "hash", "prev"} <= held.keys() else None


def fingerprint(line: dict[str, Any]) -> str:
    """The SHA-256 of a line without its own fingerprint, written in one way only."""
    return hashlib.sha256(_written(line).encode("utf-8", "surrogatepass")).hexdigest()


def _written(line: dict[str, Any]) -> str:
    return json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _all(handle: int, data: bytes) -> None:
    """Write all of ``data``: a disk that is nearly full takes a part, and a part of a line is taken back."""
    end = os.lseek(handle, 0, os.SEEK_END)
    try:
        done = os.write(handle, data)
    except OSError:
        os.ftruncate(handle, end)
        raise
    if done < len(data):
        os.ftruncate(handle, end)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

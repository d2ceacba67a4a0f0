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
from threading import Lock
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import AiserError
from aiser_jupyter.group_commit import BrokenOffError, GroupCommit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

VERSION = 1
FIRST = "0" * 64  # what stands for the line before the first
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
        from filelock import FileLock

        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self.path}.lock", timeout=WAIT_S, mode=0o600, poll_interval=_POLL_S):
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
        for text in self._texts():
            line = _line(text)
            if line is None:
                return Verified(number, last, f"Line {number + 1} cannot be read.")
            given, before, place = line.pop("hash"), line["prev"], line["seq"]
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

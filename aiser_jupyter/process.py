"""Which process this is, so that another can tell whether it still runs, and what it held when it was killed."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_PROC = Path("/proc")
_GONE = frozenset({"Z", "X"})  # killed, and nobody asked yet how it ended


@dataclass(frozen=True)
class Process:
    """A process: the ``machine`` and its ``boot`` (where the system tells one), its number there, and when it started in the machine's own count.

    Numbers are given again, so the start tells one process from a later one of the same number.
    """

    machine: str
    boot: str
    pid: int
    started: str

    def runs(self) -> bool | None:
        """Whether it still runs; None where that cannot be told from here, as of another machine's."""
        here = this()
        if self.machine != here.machine:
            return None
        if self.boot != here.boot:
            return False
        if self.pid == here.pid:
            return self.started == here.started
        return _started(self.pid) == self.started if self.started else is_there(self.pid)


def this() -> Process:
    """The process that asks, after a fork the child."""
    return _of(os.getpid())


@cache
def _of(pid: int) -> Process:
    return Process(_machine(), _read(_PROC / "sys/kernel/random/boot_id"), pid, _started(pid))


@cache
def _machine() -> str:
    """The machine's name, and which numbers of processes it means: those of a container are its own."""
    try:
        numbers = str((_PROC / "self/ns/pid").readlink())
    except OSError:
        numbers = ""
    return f"{platform.node()} {numbers}".strip()


def _started(pid: int) -> str:
    """When a process started, in ticks since the boot; empty where it is gone, or the system does not say."""
    # The name in brackets may hold spaces and brackets itself.
    told = _read(_PROC / str(pid) / "stat").rpartition(")")[2].split()
    return told[19] if len(told) > 19 and told[0] not in _GONE else ""


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def is_there(pid: int) -> bool:
    """Whether a process of this machine has that number now."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True

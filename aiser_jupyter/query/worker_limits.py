"""What a worker process may take of the machine, and what it took."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9
# Beyond the budget: stacks of threads, and what allocators reserve and do not use.
SLACK_MB = 256


def die_with_parent() -> None:
    """Have the kernel end this process when the thread that started it ends (Linux); elsewhere the end of the pipe does."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)


def bound(memory_mb: int) -> list[str]:
    """Hold this process to ``memory_mb`` beyond what it has mapped by now, and to no core file; what this machine cannot hold it to."""
    missing = []
    try:
        import resource
    except ImportError:
        return ["memory: this system bounds no process's memory"]
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    mapped = _mapped()
    if mapped is None:
        missing.append("memory: this system tells no process what it has mapped")
    else:
        limit = mapped + (memory_mb + SLACK_MB) * 1024 * 1024
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        try:
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        except (OSError, ValueError):
            missing.append("memory: this system refuses the limit")
    return missing


def cpu() -> float:
    """CPU seconds of this process so far."""
    return time.process_time()


def reset_peak() -> bool:
    """Begin to measure the peak memory anew; whether this system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5", "ascii")
    except OSError:
        return False
    return True


def peak() -> int | None:
    """Peak resident bytes since `reset_peak`."""
    return _status("VmHWM:")


def resident() -> int | None:
    """Resident bytes now."""
    return _status("VmRSS:")


def _status(field: str) -> int | None:
    try:
        lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(field)), None)


def _mapped() -> int | None:
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return None

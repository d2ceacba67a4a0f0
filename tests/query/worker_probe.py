"""A process with a workspace's worker, for tests that kill it or interrupt it."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from aiser_jupyter.query import workers
from aiser_jupyter.settings import Settings
from aiser_jupyter.sources.open import open_source


def pids() -> set[int]:
    """The worker processes of this process."""
    return {pid for pool in workers._pools.values() for pid in pool.pids()}


def gone(pid: int, seconds: float) -> bool:
    """Whether the process ends within ``seconds``; one that only waits to be reaped has."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            ended = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
            if ended and len(list(Path(f"/proc/{pid}/task").iterdir())) == 1:
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def main() -> None:
    """Run a statement that heeds nothing in a worker, say its process, and wait to be killed."""
    source = open_source(sys.argv[1])
    cursor = workers.cursor(source, Settings())
    assert cursor is not None
    cursor.run("SELECT 1", {}).read_all()
    sys.stdout.write(" ".join(map(str, pids())) + "\n")
    sys.stdout.flush()
    if sys.argv[2] == "fork":
        child = os.fork()
        if not child:
            time.sleep(20)  # holds what it inherited while the one before it dies
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
    cursor.close()
    again = workers.cursor(source, Settings())
    assert again is not None
    again.run(sys.argv[3], {}).read_all()
    signal.pause()


if __name__ == "__main__":
    main()

"""Run queries, questions and scans for minutes, and watch that memory, files and threads stay flat."""

from __future__ import annotations

import argparse
import gc
import os
import threading
import time
from pathlib import Path

from aiser_jupyter import Workspace

CHINOOK = Path(__file__).parent.parent / "examples" / "data" / "chinook.sqlite"
WARM_UP_S = 20
MAX_GROWTH_MB = 64


def resident_mb() -> float:
    """Resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def open_files() -> int:
    """Open file descriptors of this process."""
    return len(list(Path("/proc/self/fd").iterdir()))


def round_of_work(ws: Workspace) -> None:
    """What an analyst does in a minute: a query, a half-read result, a question, a refusal."""
    ws.sql("select count(*) as n from Invoice", fresh=True).rows()
    ws.sql("select * from Track", fresh=True).rows(3)
    ws.ask("how many customers are there")
    ws.ask("did rain hurt sales in september")


def main() -> int:
    """Print the figures; the exit status is 1 where something grows."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    end = time.monotonic() + 60 * parser.parse_args().minutes
    ws = Workspace()
    ws.connect(CHINOOK, name="shop")
    began, rounds = None, 0
    warm = time.monotonic() + WARM_UP_S
    while time.monotonic() < end:
        round_of_work(ws)
        rounds += 1
        if began is None and time.monotonic() > warm:
            gc.collect()
            began = (resident_mb(), open_files(), threading.active_count())
    gc.collect()
    last = (resident_mb(), open_files(), threading.active_count())
    began = began or last
    print(f"{rounds} rounds: memory {began[0]:.0f} -> {last[0]:.0f} MB, files {began[1]} -> {last[1]}, threads {began[2]} -> {last[2]}")
    return int(last[0] - began[0] > MAX_GROWTH_MB or last[1] > began[1] + 2 or last[2] > began[2] + 2)


if __name__ == "__main__":
    raise SystemExit(main())

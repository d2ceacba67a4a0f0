"""What keeping account costs on this disk: ``python benchmarks/audit.py [--at FOLDER]``.

The wait of one line, of the disk alone, of ``SELECT 1`` with account and without, and how many lines a second many threads write, with one wait for each line
and with shared waits. Wall time: run it on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).parents[1]))

import duckdb

from aiser_jupyter import Workspace
from aiser_jupyter.audit import Audit
from aiser_jupyter.identity import Identity
from aiser_jupyter.policy import Policy, Role
from aiser_jupyter.query import run
from aiser_jupyter.query.governed import under

if TYPE_CHECKING:
    from collections.abc import Callable

LINE = {"user": "ada", "role": "reader", "origin": "user", "connection": "shop", "sql": "SELECT 1", "tables": ["orders"], "applied": []}


def timed(work: Callable[[], object], times: int) -> list[float]:
    """The ms that each of so many calls took."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1000)
    return found


def shown(name: str, found: list[float]) -> None:
    """Print a line of figures."""
    print(f"{name}: p50 {statistics.median(found):.2f} ms, p95 {sorted(found)[int(0.95 * len(found))]:.2f} ms")


def many(folder: Path, threads: int, each: int, *, shared: bool) -> float:
    """Lines a second of so many threads; without sharing each line waits for the disk by itself."""
    log, alone = Audit(folder / f"many-{threads}-{shared}.jsonl"), threading.Lock()

    def write() -> None:
        for _ in range(each):
            if shared:
                log.append("access", **LINE)
            else:
                with alone:
                    log.append("access", **LINE)

    started = [threading.Thread(target=write) for _ in range(threads)]
    began = time.perf_counter()
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    took = time.perf_counter() - began
    assert log.verify().lines == threads * each
    return threads * each / took


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--at", type=Path, help="A folder on the disk to measure; else where temporary files lie.")
    parser.add_argument("--times", type=int, default=200)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="aiser-audit-", dir=asked.at))
    handle = os.open(folder / "plain", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    shown("the disk alone (300 bytes, fsync)", timed(lambda: (os.write(handle, b"x" * 300), os.fsync(handle)), asked.times))
    shown("one line", timed(lambda: Audit(folder / "one.jsonl").append("access", **LINE), asked.times))
    duckdb.connect(str(folder / "shop.duckdb")).close()
    ws = Workspace(folder)
    ws.connect(folder / "shop.duckdb", "shop")
    bare = replace(ws.context, settings=ws.context.settings.model_copy(update={"cache": False}))
    governed = under(bare, Policy((Role("all", frozenset({"*"}), default="allow"),)), Identity("ada"))
    for name, context in (("without", bare), ("with", governed)):
        shown(f"SELECT 1 {name} account", timed(lambda context=context: run(context, "SELECT 1", on="shop").rows(), asked.times))
    ws.close()
    for threads in (1, 4, 16):
        each = max(asked.times // threads, 20)
        print(
            f"{threads} threads: {many(folder, threads, each, shared=False):,.0f} lines/s alone, {many(folder, threads, each, shared=True):,.0f} shared"
        )


if __name__ == "__main__":
    main()

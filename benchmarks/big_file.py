"""A CSV larger than memory allows: `python benchmarks/big_file.py [--gb 2] [--limit-gb 1.5]` adds it in a process of its own and reports time and peak memory."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

CHILD = """
import json, resource, sys, time
from aiser_jupyter import Workspace
ws = Workspace(sys.argv[2])
began, cpu = time.monotonic(), time.process_time()
ws.add(sys.argv[1])
rows = ws.sql("SELECT count(*) AS n, sum(amount) AS total FROM big").rows()
print(json.dumps({"wall_s": round(time.monotonic() - began, 1), "cpu_s": round(time.process_time() - cpu, 1),
                  "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, **rows[0]}))
"""


def main() -> None:
    """Write the file, add it, and compare what came out with what went in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gb", type=float, default=2.0)
    parser.add_argument("--limit-gb", type=float, default=1.5)
    options = parser.parse_args()
    block = "".join(f"{i},{i % 100}.5,name {i % 1000},2026-01-{i % 28 + 1:02},a longer note to fill the line {i}\n" for i in range(100_000))
    blocks = int(options.gb * 2**30 / len(block)) + 1
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.csv"
        with path.open("w") as file:
            file.write("id,amount,name,day,note\n")
            for _ in range(blocks):
                file.write(block)
        (Path(folder) / "w" / ".aiser").mkdir(parents=True)
        done = subprocess.run([sys.executable, "-c", CHILD, str(path), f"{folder}/w"], capture_output=True, text=True, check=True)
        told = json.loads(done.stdout.splitlines()[-1])
        print({"file_gb": round(path.stat().st_size / 2**30, 2), **told})
    assert told["n"] == blocks * 100_000
    assert told["total"] == blocks * 100_000 * 50.0
    assert told["rss_mb"] <= options.limit_gb * 1024, "more memory than allowed"


if __name__ == "__main__":
    main()

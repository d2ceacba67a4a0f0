"""What `discover` finds and falsely claims on planted tables and tables with nothing in them, and how long a scan takes.

python benchmarks/discovery.py [--seed N] [--reps N] [--nulls N]
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
SCORER = ROOT.parent / "shared" / "score" / "discovery.py"
ROWS = 100_000


def scored(seed: int, reps: int, nulls: int) -> None:
    """Print the scorer's own figures."""
    if not SCORER.exists():
        print(f"not measured: the scorer lies beside the repository, at ../shared/score/{SCORER.name}")
        return
    engine = "aiser_jupyter.workspaces:Workspace().discover"
    options = ["--seed", str(seed), "--reps", str(reps), "--nulls", str(nulls)]
    subprocess.run([sys.executable, str(SCORER), engine, *options], cwd=ROOT, check=True)


def timed() -> None:
    """Print the seconds of one scan of 100,000 rows by 20 columns: 12 numbers, 6 categories, an outcome and a time."""
    import numpy as np
    import pandas as pd

    from aiser_jupyter.workspaces import Workspace

    random = np.random.default_rng(0)
    frame = pd.DataFrame({f"number_{i}": random.normal(100, 10, ROWS) if i % 3 else random.lognormal(2, 1, ROWS) for i in range(12)})
    for i in range(6):
        frame[f"category_{i}"] = random.choice([f"level {k}" for k in range(3 + 4 * i)], ROWS)
    frame["bought"] = random.integers(0, 2, ROWS)
    frame["moment"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(random.uniform(0, 700, ROWS)), unit="D")
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(folder)
        workspace.discover(frame.head(1000))
        for name, part in (("100k x 20", frame), ("1k x 20", frame.head(1000))):
            wall, busy = time.perf_counter(), time.process_time()
            found = workspace.discover(part)
            print(f"scan {name}: {time.perf_counter() - wall:.1f} s wall, {time.process_time() - busy:.1f} s CPU, {found.reason}")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--nulls", type=int, default=5)
    given = parser.parse_args()
    timed()
    scored(given.seed, given.reps, given.nulls)


if __name__ == "__main__":
    main()

"""CPU seconds that `import aiser_jupyter` and `%load_ext` add, against a bare interpreter and an empty kernel's start, in pairs."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys

ROUNDS = 9
HEAVY = ("pandas", "plotly", "sklearn", "scipy", "statsmodels", "litellm")
# What ipykernel does until the first cell can run, and then our extension in that same shell.
KERNEL = """
import json, sys, time
started = time.process_time()
from ipykernel.kernelapp import IPKernelApp
from ipykernel.inprocess.manager import InProcessKernelManager
manager = InProcessKernelManager()
manager.start_kernel()
shell = manager.kernel.shell
empty = time.process_time()
before = set(sys.modules)
shell.run_line_magic("load_ext", "aiser_jupyter")
loaded = time.process_time()
print(json.dumps({"kernel": empty - started, "load_ext": loaded - empty, "modules": sorted(set(sys.modules) - before)}))
"""


def cpu(code: str) -> float:
    """CPU seconds of a fresh interpreter that runs ``code``."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", code], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Print medians of paired rounds and the heavy modules that were loaded."""
    cpu("import aiser_jupyter")  # the first import writes bytecode
    added = statistics.median(cpu("import aiser_jupyter") - cpu("pass") for _ in range(ROUNDS))
    runs = [
        json.loads(subprocess.run([sys.executable, "-c", KERNEL], capture_output=True, text=True, check=True).stdout) for _ in range(ROUNDS)
    ]
    ratio = statistics.median(run["load_ext"] / run["kernel"] for run in runs)
    heavy = [name for name in runs[-1]["modules"] if name.split(".")[0] in HEAVY]
    print(f"import {added:.3f} s CPU above a bare interpreter (median of {ROUNDS} pairs)")
    print(f"load_ext {ratio:.3f} x an empty kernel's start ({statistics.median(run['kernel'] for run in runs):.2f} s CPU)")
    print(f"heavy modules loaded: {', '.join(heavy) or 'none'}; modules added by load_ext: {len(runs[-1]['modules'])}")


if __name__ == "__main__":
    main()

from __future__ import annotations

import subprocess
import sys


def test_an_engine_that_cannot_be_stopped_spoils_neither_the_message_nor_the_exit(tmp_path):
    slow = "select levenshtein(repeat('a', 60000), repeat('b', 60000)) as d"
    command = [sys.executable, "-c", "from aiser_jupyter.cli import main; main()", "sql", slow, "--timeout", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "aiser: The query was stopped after 1 s."
    assert len(done.stderr.splitlines()) == 2

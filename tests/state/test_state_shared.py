"""Two notebooks, the Lab server, a command and a scheduled process work on one workspace at once: nothing is lost and nobody meets a lock."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap

from jupyter_client.manager import start_new_kernel

from aiser_jupyter import Workspace, preserving
from aiser_jupyter.audit import Audit
from aiser_jupyter.state import State

ROUNDS = 15
CELL = """
import pandas as pd
from aiser_jupyter import workspace
ws = workspace()
for number in range({rounds}):
    ws.sql(f"SELECT '{name}' AS who, {{number}} AS n").rows()
    ws.teach(f"{name} word {{number}}", means="revenue")
    ws.add(pd.DataFrame({{"n": [number]}}), "{name}_{{}}".format(number))
    ws.save_query("{name}-{{}}".format(number), "SELECT 1")
print("done {name}", ws.context.state.trouble)
"""
PROCESS = """
import sys
from pathlib import Path
from aiser_jupyter import Workspace
from aiser_jupyter.audit import Audit
name, rounds = sys.argv[1], int(sys.argv[2])
ws = Workspace(".")
log = Audit(Path(".aiser/audit.jsonl"))
for number in range(rounds):
    ws.sql(f"SELECT '{name}' AS who, {number} AS n").rows()
    ws.materialize(f"{name}_extract", f"SELECT {number} AS n FROM base", on="files") if number % 5 == 0 else None
    log.append("access", user=name, n=number)
ws.close()
assert ws.context.state.trouble is None
print("done", name)
"""


def test_notebooks_a_server_and_commands_at_once(tmp_path):
    import pandas as pd

    ws = Workspace(tmp_path)
    ws.add(pd.DataFrame({"n": [1]}), "base", copy="results")
    ws.close()
    kernels = [start_new_kernel(cwd=str(tmp_path)) for _ in range(2)]
    try:
        waiting = [
            (client, client.execute(textwrap.dedent(CELL.format(name=f"book{index}", rounds=ROUNDS))))
            for index, (_, client) in enumerate(kernels)
        ]
        processes = [
            subprocess.Popen(
                [sys.executable, "-c", PROCESS, name, str(ROUNDS)], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            )
            for name in ("server", "nightly", "command")
        ]
        backups = [
            preserving.backup(tmp_path, ws.context.clock.now(), tmp_path.parent / f"{tmp_path.name}-{number}.zip") for number in range(3)
        ]
        for process in processes:
            out, err = process.communicate(timeout=240)
            assert process.returncode == 0, err
            assert "lock" not in err
            assert out.startswith("done")
        for client, message in waiting:
            reply = client.get_shell_msg(timeout=240)
            while reply["parent_header"].get("msg_id") != message:
                reply = client.get_shell_msg(timeout=240)
            assert reply["content"]["status"] == "ok", reply["content"]
    finally:
        for manager, client in kernels:
            client.stop_channels()
            manager.shutdown_kernel()
    state = State(tmp_path / ".aiser")
    ran = {run.sql for run in state.history(10**6) if run.origin == "user"}
    names = ("book0", "book1", "server", "nightly", "command")
    assert {f"SELECT '{name}' AS who, {n} AS n" for name in names for n in range(ROUNDS)} <= ran
    assert {run.status for run in state.history(10**6) if run.origin == "user"} == {"done"}
    with state.store() as store:
        words = {row[0] for row in store.execute("SELECT text FROM memory WHERE kind = 'synonym'")}
        tables = {row[0] for row in store.execute("SELECT name FROM added")}
    assert {f"book{k} word {n}" for k in (0, 1) for n in range(ROUNDS)} <= words
    assert {f"book{k}_{n}" for k in (0, 1) for n in range(ROUNDS)} | {
        "base",
        "server_extract",
        "nightly_extract",
        "command_extract",
    } <= tables
    state.close()
    log = Audit(tmp_path / ".aiser" / "audit.jsonl").verify()
    assert (log.lines, log.problem) == (3 * ROUNDS, "")
    last = Workspace(tmp_path)
    assert last.sql("SELECT n FROM book1_14", on="files").rows() == [{"n": 14}]
    assert last.sql("SELECT n FROM nightly_extract", on="files").rows() == [{"n": 10}]
    assert len(last.queries()) == 2 * ROUNDS
    last.close()
    assert preserving.check(tmp_path).ok
    assert all(backup.manifest.find("state.db") for backup in backups)
    told = subprocess.run(
        [sys.executable, "-c", "from aiser_jupyter.cli import main; main()", "state", "check", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ},
    )
    assert json.loads(told.stdout)["ok"]

"""Interrupting a real kernel stops the query within two seconds, and the connection goes on."""

import sqlite3
import time

import duckdb
import pytest
from jupyter_client.manager import start_new_kernel

SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000000000) SELECT max(i) AS m FROM n"
# One call of a function that works for minutes and heeds no interrupt.
DEAF = "SELECT levenshtein(repeat('a', 200000), repeat('b', 200000)) AS d"
SETUP = """
import os
os.environ["AISER_WORKER"] = {worker!r}
import aiser_jupyter as aiser
ws = aiser.Workspace({folder!r})
ws.connect({path!r}, "shop")
ws.sql("SELECT 1 AS a", on="shop").rows()
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kernel")
    manager, client = start_new_kernel(kernel_name="python3", cwd=str(folder), startup_timeout=60)
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(client, code):
    """How ``code`` ended; a kernel that is still clearing its queue after an error is asked again."""
    for _ in range(20):
        ended = reply(client, client.execute(code))
        if ended[0] != "aborted":
            break
        time.sleep(0.1)
    return ended


def reply(client, asked):
    """How the code that ``asked`` ended: its status and error; replies to other requests are passed over."""
    while True:
        message = client.get_shell_msg(timeout=60)
        if message["parent_header"].get("msg_id") == asked:
            content = message["content"]
            return content["status"], content.get("ename", ""), content.get("evalue", "")


@pytest.mark.parametrize(
    ("engine", "worker", "sql"),
    [
        ("duckdb", "never", SLOW),
        ("duckdb", "always", SLOW),
        ("duckdb", "always", DEAF),
        ("sqlite", "never", SLOW),
        ("sqlite", "always", SLOW),
    ],
)
def test_an_interrupt_stops_it_and_the_next_statement_runs(kernel, tmp_path, engine, worker, sql):
    manager, client = kernel
    path = tmp_path / ("shop.duckdb" if engine == "duckdb" else "shop.db")
    if engine == "duckdb":
        duckdb.connect(str(path)).close()
    else:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE t (a)")
        connection.close()
    status = run(client, SETUP.format(worker=worker, folder=str(tmp_path), path=str(path)))
    assert status[0] == "ok", status
    asked = client.execute(f"ws.sql({sql!r}, on='shop').rows()")
    time.sleep(1.0)
    began = time.monotonic()
    manager.interrupt_kernel()
    ended = reply(client, asked)
    took = time.monotonic() - began
    assert ended[:2] == ("error", "KeyboardInterrupt")
    assert took < 2
    assert run(client, "assert ws.sql('SELECT 1 AS a', on='shop').rows() == [{'a': 1}]; ws.close()") == ("ok", "", "")

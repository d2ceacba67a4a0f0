"""The magics in a real kernel: what a notebook file holds afterwards, and what an interrupt does."""

from __future__ import annotations

import queue
import time

import duckdb
import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

AISER = "application/vnd.aiser+json"
ENDLESS = "select count(*) from range(100000000000) a(x) where x % 7 = 3"


@pytest.fixture
def kernel(tmp_path):
    manager, client = start_new_kernel(cwd=str(tmp_path))
    yield manager, client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def execute(client, code, timeout=60):
    """Run a cell: the reply and the outputs; asked again while the kernel clears its queue after an interrupt."""
    outputs = []

    def keep(message):
        if message["msg_type"] in {"display_data", "execute_result", "error", "stream", "update_display_data"}:
            outputs.append((message["msg_type"], message["content"]))

    for _ in range(50):
        reply = client.execute_interactive(code, output_hook=keep, timeout=timeout)
        if reply["content"]["status"] != "aborted":
            break
        time.sleep(0.1)
    return reply["content"], outputs


def notebook(*cells):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    return book


def test_a_result_is_saved_with_its_still_forms_and_its_payload(tmp_path):
    book = notebook("%load_ext aiser_jupyter", "%sql select 41 + 1 as answer")
    NotebookClient(book, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    data = book.cells[1].outputs[-1]["data"]
    assert "42" in data["text/plain"]
    assert ">42<" in data["text/html"]
    assert (data[AISER]["v"], data[AISER]["type"]) == (1, "result")


def test_a_failing_cell_fails_the_run_and_shows_no_traceback(tmp_path):
    book = notebook("%load_ext aiser_jupyter", "%sql select nam from (select 1 as name)")
    with pytest.raises(CellExecutionError):
        NotebookClient(book, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    outputs = book.cells[1].outputs
    error = next(output for output in outputs if output.output_type == "error")
    assert error.ename == "UnknownNameError"
    assert len("\n".join(error.traceback).splitlines()) <= 4
    shown = next(output for output in outputs if output.output_type == "display_data")
    assert "Did you mean name?" in shown["data"]["text/plain"]
    assert "Traceback" not in str(outputs)


def test_an_interrupt_stops_the_query_within_seconds_and_the_connection_works_on(kernel, tmp_path):
    manager, client = kernel
    duckdb.connect(str(tmp_path / "shop.duckdb")).close()
    execute(client, "%load_ext aiser_jupyter\nsource = %aiser connect shop.duckdb")
    execute(client, "%sql select 1")
    message = client.execute(f"%sql {ENDLESS}")
    with pytest.raises(queue.Empty):
        client.get_shell_msg(timeout=1.5)
    stopped = time.monotonic()
    manager.interrupt_kernel()
    while (reply := client.get_shell_msg(timeout=20))["parent_header"]["msg_id"] != message:
        pass
    assert reply["content"]["status"] == "error"
    assert reply["content"]["ename"] in {"KeyboardInterrupt", "CancelledError"}
    assert time.monotonic() - stopped < 5
    again, outputs = execute(client, "%sql select 6 * 7 as answer")
    assert again["status"] == "ok"
    assert any("42" in str(content) for _, content in outputs)

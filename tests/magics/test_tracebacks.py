"""A traceback of any exception shows no secret, in the output, in the saved notebook and in the reply; debugging goes on as ever."""

from __future__ import annotations

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from aiser_jupyter import redact
from aiser_jupyter.magics import tracebacks

PASSWORD = "correct-horse-battery-7731"
URL = f"postgresql://ann:{PASSWORD}@db.example.org/shop"
KNOWN = "from aiser_jupyter.sources.reference import secret\nURL = secret('env:SHOP_URL')\n"
FAILS = {
    "a message": "raise RuntimeError(f'no answer from {URL}')",
    "bytes": "raise RuntimeError(URL.encode())",
    "a chain": "try:\n    1 / 0\nexcept ZeroDivisionError as error:\n    raise KeyError(URL) from error",
    "a context": "try:\n    raise ValueError(URL)\nexcept ValueError:\n    raise RuntimeError('no answer')",
    "a group": "raise ExceptionGroup('several', [ValueError(URL), RuntimeError('other')])",
    "a local": "%xmode Verbose\ndef connect(address):\n    password = address.split(':')[2].split('@')[0]\n    raise OSError('refused')\nconnect(URL)",
    "a long local": "%xmode Verbose\ndef connect(text):\n    raise OSError('refused')\nconnect('x' * 10 + URL + 'y' * 200)",
    "plain": "%xmode Plain\nraise RuntimeError(URL)",
    "minimal": "%xmode Minimal\nraise RuntimeError(URL)",
    "a source line": f"def connect():\n    word = {PASSWORD!r}\n    raise OSError(word + '!')\nconnect()",
    "syntax": "exec(f'x = {URL!r} 1')",  # what is wrong is quoted
    "a magic": "%timeit -n1 -r1 open(URL)",
    "display": "class Bad:\n    def _repr_html_(self):\n        raise ValueError(URL)\nBad()",
}


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_URL", URL)
    manager, client = start_new_kernel(cwd=str(tmp_path))
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def execute(client, code, answers=()):
    """The reply, and the outputs by kind; ``answers`` are typed where the cell asks."""
    outputs, waiting = [], list(answers)

    def keep(message):
        if message["msg_type"] in {"error", "stream", "display_data", "execute_result"}:
            outputs.append((message["msg_type"], message["content"]))

    reply = client.execute_interactive(
        code, output_hook=keep, timeout=60, allow_stdin=True, stdin_hook=lambda _: client.input(waiting.pop(0))
    )
    return reply["content"], outputs


@pytest.mark.parametrize("kind", FAILS)
def test_no_output_and_no_reply_shows_a_secret(kernel, kind):
    execute(kernel, "%load_ext aiser_jupyter\n" + KNOWN)
    reply, outputs = execute(kernel, FAILS[kind])
    if kind != "display":
        assert reply["status"] == "error"
    shown = repr((reply, outputs))
    assert PASSWORD not in shown
    assert PASSWORD[:10] not in shown
    assert redact.MASK in shown
    assert sum(name == "error" for name, _ in outputs) == (0 if kind == "a group" else 1)


def test_without_the_extension_each_of_them_would(kernel):
    for kind, code in FAILS.items():
        _, outputs = execute(kernel, KNOWN + "\n")
        _, outputs = execute(kernel, code)
        assert PASSWORD[:10] in repr(outputs), kind


def test_the_saved_notebook_and_the_error_of_who_ran_it_hold_none(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_URL", URL)
    cells = ["%load_ext aiser_jupyter", KNOWN, *(code for kind, code in FAILS.items() if kind != "a source line")]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in cells])
    NotebookClient(book, timeout=60, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert sum(output["output_type"] == "error" for cell in book.cells for output in cell.get("outputs", ())) >= len(FAILS) - 3
    assert PASSWORD not in nbformat.writes(book)
    stopping = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code) for code in (*cells[:2], FAILS["a message"])])
    with pytest.raises(CellExecutionError) as caught:
        NotebookClient(stopping, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert "no answer from" in str(caught.value)
    assert PASSWORD not in repr(caught.value) + str(caught.value) + str(caught.value.evalue)


def test_the_exception_itself_and_the_debugger_are_as_ever(kernel):
    execute(kernel, "%load_ext aiser_jupyter\n" + KNOWN)
    execute(kernel, "def f(address):\n    there = address\n    raise RuntimeError(address)\nf(URL)")
    _, outputs = execute(kernel, "%debug", ["p len(there)", "up", "p 'at ' + __name__", "q"])
    said = "".join(content["text"] for kind, content in outputs if kind == "stream")
    assert str(len(URL)) in said
    assert "at __main__" in said
    reply, outputs = execute(kernel, "import sys\nprint(str(sys.last_value) == URL)\n%tb")
    assert "True" in outputs[0][1]["text"]
    assert PASSWORD not in repr((reply, outputs))
    _, outputs = execute(kernel, "%pdb on\nf(URL)", ["p len(there)", "q"])
    assert sum(kind == "error" for kind, _ in outputs) == 1
    assert str(len(URL)) in "".join(content["text"] for kind, content in outputs if kind == "stream")


def test_a_traceback_without_a_secret_is_the_one_of_ipython(kernel):
    codes = ("def g():\n    token = [][1]\ng()", "1 / 0", "raise ExceptionGroup('g', [ValueError('a')])", "x = (", "%nonsense")
    before = [execute(kernel, code) for code in codes]
    execute(kernel, "%load_ext aiser_jupyter")
    execute(kernel, "%reload_ext aiser_jupyter")
    after = [execute(kernel, code) for code in codes]
    for (_, one), (_, other) in zip(before, after, strict=True):
        assert [kind for kind, _ in one] == [kind for kind, _ in other]
        for (kind, old), (_, new) in zip(one, other, strict=True):
            if kind == "error":
                # The number of the cell is another.
                assert (old["ename"], old["evalue"], len(old["traceback"])) == (new["ename"], new["evalue"], len(new["traceback"]))


def test_messages_lose_what_looks_like_a_secret_and_source_lines_do_not():
    error = ValueError("refused: postgresql://ann:other-word@h/x")
    lines = ["      1 token = tokens[i]", "ValueError: refused: postgresql://ann:other-word@h/x"]
    assert tracebacks.clean(lines, error) == ["      1 token = tokens[i]", "ValueError: refused: postgresql://ann:***@h/x"]


def test_a_secret_that_was_cut_is_masked_at_both_ends():
    redact.remember(URL)
    try:
        assert redact.cut(f"a {PASSWORD[:9]}...{PASSWORD[-7:]}@h b...c") == "a ***...***@h b...c"
        assert redact.cut("nothing... here") == "nothing... here"
    finally:
        redact.forget()

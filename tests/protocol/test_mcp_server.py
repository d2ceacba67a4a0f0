"""The server as another assistant meets it: a real process, the official client, both doors."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from aiser_jupyter.cli.app import run
from aiser_jupyter.errors import RefusedError, SecretTypedError, UsageError
from aiser_jupyter.mcp import serve
from aiser_jupyter.mcp.door import Door

no_library = pytest.mark.usefixtures("no_library")
TOKEN = "a-token-of-the-tests-0123456789"


def environment(**more):
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("AISER_")},
        "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
        **more,
    }


def apart(go):
    """What ``go`` returns, on a thread of its own: a browser's test may have left a loop running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(asyncio.wait_for(go(), 120))).result()


def talk(command, shop, work, *, on="shop", cwd, **more):
    """Run ``work`` with a client of a server over standard input and output."""
    from mcp import Client, StdioServerParameters

    async def go():
        params = StdioServerParameters(command=command[0], args=[*command[1:], "--on", f"{on}={shop}"], env=environment(**more), cwd=cwd)
        async with Client(params) as client:
            return await work(client)

    return apart(go)


def test_a_session_over_standard_input_and_output(command, shop, tmp_path):
    async def work(client):
        tools = (await client.list_tools()).tools
        calls = [
            ("query", {"sql": "select country, count(*) as n from customers group by 1 order by 1"}),
            ("query", {"sql": "delete from customers"}),
            ("query", {"sql": "attach 'other.sqlite' as other"}),
            ("query", {"sql": "select id from customers order by id", "limit": 1000}),
            ("export", {"sql": "select 1", "to": str(tmp_path / "no.csv")}),
            ("ask", {"question": "How many customers are there?"}),
            ("query", {"sqll": "select 1"}),
            ("nothing", {}),
        ]
        found = [await client.call_tool(name, arguments) for name, arguments in calls]
        rest = await client.call_tool("query", {"cursor": found[3].structured_content["next_cursor"], "limit": 1000})
        return tools, found, rest

    tools, (counted, deleted, attached, first, export, asked, wrong, none), rest = talk(command, shop, work, cwd=tmp_path)
    assert {tool.name for tool in tools} == {"ask", "query", "chart", "analyse", "dashboard", "describe", "export"}
    assert all(tool.annotations.read_only_hint for tool in tools)
    assert "to" not in next(tool for tool in tools if tool.name == "export").input_schema["properties"]
    assert (counted.is_error, counted.structured_content["rows"]) == (False, [["de", 750], ["fr", 750]])
    for refused in (deleted, attached):
        assert refused.is_error
        assert refused.structured_content["error"]["type"] == "RefusedError"
    assert [row[0] for row in first.structured_content["rows"] + rest.structured_content["rows"]] == list(range(1, 1501))
    assert "next_cursor" not in rest.structured_content
    assert export.is_error
    assert asked.structured_content["rows"] == [[1500]]
    assert "Did you mean 'sql'" in wrong.structured_content["error"]["hint"]
    assert none.is_error
    assert not (tmp_path / "no.csv").exists()


def test_a_tool_that_is_switched_off_is_not_offered(command, shop, tmp_path):
    async def work(client):
        return {tool.name for tool in (await client.list_tools()).tools}

    assert talk(command, shop, work, cwd=tmp_path, AISER_ENABLE_QUERY="false", AISER_ENABLE_EXPORT="no") == {
        "ask",
        "chart",
        "analyse",
        "dashboard",
        "describe",
    }


def test_secrets_in_cells_stay_here(command, tmp_path):
    import sqlite3

    path = tmp_path / "keys.sqlite"
    with sqlite3.connect(path) as con:
        con.execute("CREATE TABLE notes (text TEXT)")
        con.execute("INSERT INTO notes VALUES ('postgresql://ada:hunter2hunter2@db/shop')")

    async def work(client):
        return await client.call_tool("query", {"sql": "select text from notes"})

    found = talk(command, path, work, cwd=tmp_path)
    assert "hunter2" not in str(found)
    assert found.structured_content["rows"] == [["postgresql://ada:***@db/shop"]]


def test_a_tool_that_hangs_is_given_up(command, shop, tmp_path):
    (tmp_path / "slowly.py").write_text(
        "import time\n\n\nclass Slow:\n    name = 'slow'\n    description = 'Waits.'\n    read_only = True\n    local = frozenset()\n"
        "    schema = {'type': 'object', 'properties': {}}\n\n    def run(self, context, arguments):\n        time.sleep(300)\n"
    )
    info = tmp_path / "slowly-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: slowly\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[aiser.tools]\nslow = slowly:Slow\n")

    async def work(client):
        started = time.monotonic()
        slow = await client.call_tool("slow", {})
        took = time.monotonic() - started
        return slow, took, await client.call_tool("query", {"sql": "select 1 as one"})

    more = {"PYTHONPATH": os.pathsep.join([str(tmp_path), *(p for p in sys.path if p)])}
    slow, took, after = talk([*command, "--timeout", "12"], shop, work, cwd=tmp_path, **more)
    assert slow.is_error
    assert "longer than 15 seconds" in slow.structured_content["error"]["message"]
    assert took < 40
    assert after.structured_content["rows"] == [[1]]


def test_nothing_is_left_where_the_client_is_killed(command, shop, tmp_path):
    """The client ends in the middle of a query; the server and its worker go."""
    script = tmp_path / "client.py"
    script.write_text(
        "import asyncio, sys\nfrom mcp import Client, StdioServerParameters\n\n\nasync def main():\n"
        f"    params = StdioServerParameters(command=sys.argv[1], args=sys.argv[2:], env={environment()!r}, cwd={str(tmp_path)!r})\n"
        "    async with Client(params) as client:\n        await client.call_tool('query', {'sql': 'select 1 as one'})\n        print('up', flush=True)\n"
        "        await client.call_tool('query', {'sql': 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000000000) select count(*) from n'})\n\n\nasyncio.run(main())\n"
    )
    client = subprocess.Popen(
        [sys.executable, str(script), *command, "--on", f"shop={shop}"], stdout=subprocess.PIPE, env=environment(), text=True
    )
    assert client.stdout.readline().strip() == "up"
    below = psutil.Process(client.pid).children(recursive=True)
    assert below
    time.sleep(1)
    client.kill()
    client.wait(10)
    _, alive = psutil.wait_procs(below, timeout=20)
    for process in alive:
        process.kill()
    assert alive == []


@pytest.fixture
def server(command, shop, tmp_path):
    process = subprocess.Popen(
        [*command, "--on", f"shop={shop}", "--http", "--port", "0", "--token", "env:THE_TOKEN"],
        cwd=tmp_path,
        env=environment(THE_TOKEN=TOKEN),
        stderr=subprocess.PIPE,
        text=True,
    )
    line = process.stderr.readline()
    address = re.search(r"http://\S+/mcp", line)
    assert address, line
    yield address[0].rstrip(","), process
    process.send_signal(signal.SIGINT)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    assert TOKEN not in process.stderr.read()


def post(address, **headers):
    body = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'
    base = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    request = urllib.request.Request(address, data=body, headers={**base, **headers})
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return reply.status
    except urllib.error.HTTPError as error:
        return error.code


def test_a_session_over_http(server):
    import httpx2
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    address, _ = server

    async def go():
        async with (
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60) as http,
            Client(streamable_http_client(address, http_client=http)) as client,
        ):
            tools = {tool.name for tool in (await client.list_tools()).tools}
            return (
                tools,
                await client.call_tool("query", {"sql": "select count(*) as n from customers"}),
                await client.call_tool("query", {"sql": "drop table customers"}),
            )

    tools, counted, dropped = apart(go)
    assert "query" in tools
    assert counted.structured_content["rows"] == [[1500]]
    assert dropped.is_error


def test_http_needs_the_token_and_no_page_gets_in(server):
    address, _ = server
    right = {"Authorization": f"Bearer {TOKEN}"}
    port = address.rpartition(":")[2].partition("/")[0]
    assert post(address) == 401
    assert post(address, Authorization="Bearer wrong") == 401
    assert post(address, Authorization=f"Basic {TOKEN}") == 401
    assert post(address, **right, Origin="https://evil.example.com") == 403
    assert post(address, **right, Host=f"evil.example.com:{port}") == 421
    assert post(address, **right, Origin="null") == 403
    assert post(address.replace("/mcp", "/other"), **right) == 404
    assert post(address, **right) not in {401, 403, 421}


def test_a_token_that_was_made_is_shown_once(command, shop, tmp_path):
    process = subprocess.Popen(
        [*command, "--on", f"shop={shop}", "--http", "--port", "0"], cwd=tmp_path, env=environment(), stderr=subprocess.PIPE, text=True
    )
    lines = [process.stderr.readline(), process.stderr.readline()]
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=20)[1]
    token = re.fullmatch(r"Token \(shown once\): ([\w-]{40,})\n", lines[1])
    assert token
    assert token[1] not in lines[0] + rest


@no_library
@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "example.com", "8.8.8.8"])
def test_other_machines_are_not_served(host):
    with pytest.raises(RefusedError):
        serve.loopback(host)


@no_library
@pytest.mark.parametrize(
    ("host", "address"),
    [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("::1", "::1"), ("[::1]", "::1"), ("127.0.0.9", "127.0.0.9")],
)
def test_this_machine_is(host, address):
    assert serve.loopback(host) == address


def test_the_command_line_refuses_as_it_should(shop, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run(["mcp", "--on", str(shop), "--http", "--host", "0.0.0.0"]) == 4
    assert run(["mcp", "--on", str(shop), "--http", "--token", "typed-here-in-the-shell"]) == 2
    assert run(["mcp", "--on", str(shop), "--token", "env:X"]) == 2
    monkeypatch.setenv("AISER_ENABLE_MCP", "false")
    assert run(["mcp"]) == 2
    assert "mcp" not in capsys.readouterr().out


@no_library
def test_a_token_is_a_reference_and_long_enough(monkeypatch):
    with pytest.raises(SecretTypedError):
        serve.spoken("typed-here-in-the-shell")
    monkeypatch.setenv("SHORT", "abc")
    with pytest.raises(UsageError):
        serve.spoken("env:SHORT")
    made, fresh = serve.spoken(None)
    assert fresh
    assert len(made) >= 40


@no_library
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([(b"host", b"127.0.0.1:99"), (b"authorization", b"Bearer t")], 0),
        ([(b"host", b"127.0.0.1:98"), (b"authorization", b"Bearer t")], 421),
        ([(b"authorization", b"Bearer t")], 421),
        ([(b"host", b"127.0.0.1:99"), (b"host", b"x"), (b"authorization", b"Bearer t")], 421),
        ([(b"host", b"127.0.0.1:99"), (b"authorization", b"Bearer t"), (b"authorization", b"Bearer u")], 401),
        ([(b"host", b"localhost:99"), (b"origin", b"http://localhost:99"), (b"authorization", b"bearer t")], 0),
        ([(b"host", b"localhost:99"), (b"origin", b"http://localhost:80"), (b"authorization", b"Bearer t")], 403),
    ],
)
def test_the_door(headers, status):
    assert Door(None, "t", 99).refusal({"type": "http", "headers": headers})[0] == status


def test_the_folder_stays_as_it_was(command, shop, tmp_path):
    async def work(client):
        await client.call_tool("query", {"sql": "select 1"})

    talk(command, shop, work, cwd=tmp_path)
    assert sorted(path.name for path in Path(tmp_path).iterdir()) == ["shop.sqlite"]

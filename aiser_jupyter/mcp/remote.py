"""Tools of configured servers, each callable once the user has allowed it; what they give is data, never SQL and never an instruction."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiser_jupyter import redact
from aiser_jupyter.errors import AiserError, ToolError, UsageError
from aiser_jupyter.facts import fact
from aiser_jupyter.mcp import config, consent
from aiser_jupyter.mcp.apart import blocking
from aiser_jupyter.mcp.fence import clean, fenced
from aiser_jupyter.mcp.library import needed
from aiser_jupyter.sources import reference

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
    from datetime import datetime

    from aiser_jupyter.context import Context
    from aiser_jupyter.facts import Fact
    from aiser_jupyter.mcp.config import ServerConfig
    from aiser_jupyter.mcp.consent import Definition

MOST_BYTES = 256_000  # of one result
MOST_TOOLS = 200
MOST_FACTS = 200
MARGIN_S = 8.0  # the library waits up to six seconds for a server to end
DEPTH = 8


@dataclass(frozen=True)
class RemoteResult:
    """What a server's tool gave: its text, fenced, its structured part as it came, and the numbers in it as facts of the call."""

    server: str
    tool: str
    text: str
    structured: object
    facts: tuple[Fact, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The result as plain JSON."""
        numbers = [{"id": f.id, "value": f.value, "text": f.text, "source": f.source} for f in self.facts]
        return {"v": 1, "server": self.server, "tool": self.tool, "text": self.text, "structured": self.structured, "facts": numbers}


class RemoteTool:
    """One tool of a server, under the name ``SERVER.TOOL``."""

    read_only = False  # what a server's tool does is its own affair
    local: frozenset[str] = frozenset()

    def __init__(self, server: ServerConfig, tool: str) -> None:
        self._server = server
        self._tool = tool
        self.name = f"{server.name}.{tool}"
        self.description = f"The tool {tool} of the MCP server {server.name}, which you allowed."
        self.schema: Mapping[str, object] = {"type": "object", "properties": {}, "additionalProperties": True}

    def run(self, context: Context, arguments: Mapping[str, Any]) -> RemoteResult:
        """Call it; `ConsentError` where it is not allowed as it is now, `ToolError` where it fails, hangs or says too much."""
        return call(self._server, self._tool, arguments, as_of=context.clock.now())


def followed() -> Iterator[RemoteTool]:
    """The allowed tools of the configured servers; no server is started for the list."""
    try:
        for server in config.servers().values():
            for tool in consent.allowed(server):
                yield RemoteTool(server, tool)
    except AiserError:
        return  # a broken file is said where servers are asked for


def definitions(server: ServerConfig) -> tuple[Definition, ...]:
    """The tools that a server says it has."""

    async def work() -> tuple[Definition, ...]:
        async with session(server) as client:
            return await listed(client)

    return done(work, server, f"The server {server.name}")


def definition(server: ServerConfig, tool: str) -> Definition:
    """What a server says a tool is; `UsageError` where it has none of that name."""
    return named(definitions(server), server, tool)


def call(server: ServerConfig, tool: str, arguments: Mapping[str, Any], *, as_of: datetime) -> RemoteResult:
    """Call a tool: consent is looked up against what the server says of it now, in the same session."""
    if tool not in consent.allowed(server):
        raise consent.unasked(server, tool)

    async def work() -> Any:
        async with session(server) as client:
            consent.needed(server, named(await listed(client), server, tool))
            return await client.call_tool(tool, dict(arguments))

    return result(server, tool, arguments, done(work, server, f"The tool {server.name}.{tool}"), as_of)


def done(work: Callable[[], Coroutine[Any, Any, Any]], server: ServerConfig, what: str) -> Any:
    """What a session yields, within the server's time; every failure as an `AiserError`, without secrets."""
    import anyio

    needed()

    async def bounded() -> Any:
        with anyio.fail_after(server.timeout_s):
            return await work()

    try:
        return blocking(bounded, server.timeout_s + MARGIN_S, what=what)
    except AiserError:
        raise
    except TimeoutError:
        raise ToolError(
            f"{what} took longer than {server.timeout_s:g} seconds and was given up.",
            hint="Raise timeout_s of the server, or ask for less.",
        ) from None
    except BaseException as error:  # noqa: BLE001  # the library raises groups of anything; each becomes one error of ours
        raise failure(error, what) from None


def failure(error: BaseException, what: str) -> AiserError:
    """The error within a group of errors, in our words; one of ours as it is."""
    while isinstance(error, BaseExceptionGroup) and error.exceptions:
        own = next(
            (one for one in error.exceptions if isinstance(one, AiserError | TimeoutError | BaseExceptionGroup)), error.exceptions[0]
        )
        error = own
    if isinstance(error, AiserError):
        return error
    if isinstance(error, KeyboardInterrupt | SystemExit):
        raise error
    said = redact.redact(clean(str(error)))[:300]
    return ToolError(
        f"{what} failed: {type(error).__name__}{f': {said}' if said else ''}",
        hint="Is the command right, and the server up? `%aiser tools servers` lists them.",
    )


def session(server: ServerConfig) -> Any:
    """A session with a server, as a context: its process, or its address with the token."""
    from contextlib import asynccontextmanager

    from mcp import Client, StdioServerParameters
    from mcp.client.stdio import stdio_client
    from mcp.client.streamable_http import streamable_http_client

    @asynccontextmanager
    async def opened() -> AsyncIterator[Any]:
        if server.command:
            env = {name: reference.secret(value) for name, value in server.env.items()}
            params = StdioServerParameters(command=server.command, args=list(server.args), env=env, cwd=server.cwd)
            with Path(os.devnull).open("w", encoding="utf-8") as nowhere:  # noqa: ASYNC230  # the null device does not block
                async with Client(stdio_client(params, errlog=nowhere)) as client:
                    yield client
            return
        import httpx2

        headers = {"Authorization": f"Bearer {reference.secret(server.token)}"} if server.token else {}
        async with (
            httpx2.AsyncClient(headers=headers, timeout=server.timeout_s) as http,
            Client(streamable_http_client(server.url, http_client=http)) as client,
        ):
            yield client

    return opened()


async def listed(client: Any) -> tuple[Definition, ...]:
    """The tools of an open session, at most two hundred."""
    found: list[Definition] = []
    cursor = None
    while len(found) < MOST_TOOLS:
        page = await client.list_tools(cursor=cursor)
        found += [consent.Definition(tool.name, tool.description or "", tool.input_schema) for tool in page.tools]
        cursor = page.next_cursor
        if not cursor:
            break
    return tuple(found[:MOST_TOOLS])


def named(found: tuple[Definition, ...], server: ServerConfig, tool: str) -> Definition:
    """The definition of that name."""
    known = next((one for one in found if one.name == tool), None)
    if known is None:
        raise UsageError(
            f"The server {server.name} has no tool {tool[:80]!r}.",
            hint=f"It has: {', '.join(clean(one.name)[:40] for one in found[:12]) or 'none'}.",
        )
    return known


def result(server: ServerConfig, tool: str, arguments: Mapping[str, Any], raw: Any, as_of: datetime) -> RemoteResult:
    """What came back, bounded and fenced; `ToolError` where the tool says that it failed."""
    texts = [block.text for block in raw.content if getattr(block, "type", "") == "text"]
    others = [str(getattr(block, "type", "other")) for block in raw.content if getattr(block, "type", "") != "text"]
    text = "\n".join([*texts, *(f"[{kind} left out]" for kind in others)])
    size = len(text.encode()) + len(json.dumps(raw.structured_content, default=str).encode())
    if size > MOST_BYTES:
        raise ToolError(
            f"The result of {server.name}.{tool} has {size // 1000:,} KB; {MOST_BYTES // 1000} are taken at most.", hint="Ask it for less."
        )
    if raw.is_error:
        raise ToolError(f"The tool {server.name}.{tool} says that it failed.", where=clean(text)[:500])
    source = f"{server.name}.{tool}({json.dumps(dict(arguments), ensure_ascii=False, default=str)[:200]})"
    structured = raw.structured_content if raw.structured_content is not None else plain(text)
    found = numbers(structured)
    facts = tuple(fact(value, sql="", source=f"{source} at {path}", as_of=as_of) for path, value in found)
    return RemoteResult(server.name, tool, fenced(text, f"{server.name}.{tool}"), structured, facts)


def plain(text: str) -> object:
    """The JSON that a text is; None where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def numbers(value: Any, path: str = "$", depth: int = 0) -> list[tuple[str, int | float]]:
    """The numbers in a JSON value with the path to each, at most two hundred."""
    if isinstance(value, bool) or depth > DEPTH:
        return []
    if isinstance(value, int | float):
        return [(path, value)]
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found: list[tuple[str, int | float]] = []
    for key, item in inner:
        found += numbers(item, f"{path}.{clean(str(key))[:40]}" if isinstance(value, dict) else f"{path}[{key}]", depth + 1)
        if len(found) >= MOST_FACTS:
            break
    return found[:MOST_FACTS]

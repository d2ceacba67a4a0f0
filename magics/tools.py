"""`%aiser tools`: the tools there are, how they do, and the consent to those of other servers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError
from aiser_jupyter.format.listing import Listing

if TYPE_CHECKING:
    from aiser_jupyter.workspaces import Workspace

USES = (
    "%aiser tools",
    "%aiser tools call NAME {json}",
    "%aiser tools servers",
    "%aiser tools list SERVER",
    "%aiser tools allow SERVER TOOL",
    "%aiser tools forbid SERVER [TOOL]",
    "%aiser tools call SERVER TOOL {json}",
)


def tools(ws: Workspace, rest: str) -> Any:
    """Do what the words after `%aiser tools` say."""
    word, _, more = rest.partition(" ")
    work = {"": listed, "call": called, "servers": servers, "list": offered, "allow": allowed, "forbid": forbidden}.get(word)
    if work is None:
        raise UsageError(f"There is no `%aiser tools {word}`.", hint=f"There are: {'; '.join(USES)}.")
    return work(ws, more.strip())


def listed(ws: Workspace, _rest: str) -> Listing:
    """The tools with what they do and how they did."""
    return ws.tools()


def called(ws: Workspace, rest: str) -> Any:
    """Call a tool by its name, or one of a server by both names."""
    names, brace, text = rest.partition("{")
    words = names.split()
    if not 1 <= len(words) <= 2:
        raise UsageError("`%aiser tools call` needs a tool.", hint='Write %aiser tools call describe {"table": "orders"}.')
    arguments = _arguments(brace + text)
    if len(words) == 1:
        return Shown(ws.call_tool(words[0], arguments))
    from aiser_jupyter.mcp import config, remote

    return Shown(remote.call(config.server(words[0]), words[1], arguments, as_of=ws.context.clock.now()).as_json())


def servers(_ws: Workspace, _rest: str) -> Listing:
    """The configured servers."""
    from aiser_jupyter.mcp import config, consent

    rows = [(one.name, one.place, ", ".join(consent.allowed(one)) or None) for one in config.servers().values()]
    return Listing(f"MCP servers of {config.folder() / config.FILE}", ("Server", "Command or address", "Allowed"), rows)


def offered(_ws: Workspace, rest: str) -> Listing:
    """The tools that a server says it has; it is started for that."""
    from aiser_jupyter.mcp import config, consent, remote
    from aiser_jupyter.mcp.fence import clean

    server = config.server(_words(rest, 1, "list SERVER")[0])
    known = consent.allowed(server)
    rows = [
        (clean(one.name), clean(one.description)[:200], _state(known.get(one.name), one.fingerprint)) for one in remote.definitions(server)
    ]
    return Listing(f"Tools of {server.name}, in its own words", ("Tool", "What it says it does", "Allowed"), rows)


def allowed(_ws: Workspace, rest: str) -> Listing:
    """Remember the consent to a tool as it is now."""
    from aiser_jupyter.mcp import config, consent, remote
    from aiser_jupyter.mcp.fence import clean

    name, tool = _words(rest, 2, "allow SERVER TOOL")
    server = config.server(name)
    found = remote.definition(server, tool)
    consent.allow(server, found)
    row = (f"{server.name}.{tool}", clean(found.description)[:200], "until you forbid it, or it or the server changes")
    return Listing("Allowed", ("Tool", "What it says it does", "Allowed"), [row])


def forbidden(_ws: Workspace, rest: str) -> Listing:
    """Forget the consent to a tool, or to all of a server's."""
    from aiser_jupyter.mcp import consent

    words = rest.split()
    if not 1 <= len(words) <= 2:
        raise UsageError("`%aiser tools forbid` needs a server.", hint="Write %aiser tools forbid SERVER [TOOL].")
    there = consent.forbid(*words)
    return Listing("Forbidden", ("Tool", "Was allowed"), [(".".join(words), there)])


class Shown:
    """A tool's result as indented JSON."""

    def __init__(self, found: object) -> None:
        self.found = found

    def __repr__(self) -> str:
        return json.dumps(self.found, indent=2, ensure_ascii=False, default=str)


def _state(known: str | None, now: str) -> str | None:
    return None if known is None else "yes" if known == now else "changed since: allow it anew"


def _words(rest: str, count: int, use: str) -> list[str]:
    words = rest.split()
    if len(words) != count:
        raise UsageError(f"Write %aiser tools {use}.", hint="%aiser tools servers lists the servers.")
    return words


def _arguments(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UsageError(f"The arguments are no JSON: {error}.", where=text[:200], hint='Write {"table": "orders"}.') from None
    return found

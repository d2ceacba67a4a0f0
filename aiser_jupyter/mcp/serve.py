"""The server's two doors: standard input and output, and HTTP on this machine's loopback with a token."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
import socket
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import RefusedError, SecretTypedError, UsageError
from aiser_jupyter.mcp.door import Door
from aiser_jupyter.mcp.library import needed
from aiser_jupyter.mcp.server import Limits, server
from aiser_jupyter.sources import reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiser_jupyter.context import Context

PATH = "/mcp"
SHORTEST = 16  # letters of a token that cannot be guessed


def stdio(context: Context, limits: Limits | None = None) -> None:
    """Serve one assistant over standard input and output until it goes."""
    needed()
    from mcp.server.stdio import stdio_server

    made = server(context, limits)

    async def run() -> None:
        async with stdio_server() as (reading, writing):
            await made.run(reading, writing, made.create_initialization_options())

    asyncio.run(run())


def http(
    context: Context,
    *,
    host: str,
    port: int,
    token: str | None,
    limits: Limits | None = None,
    started: Callable[[str, str], None] | None = None,
) -> None:
    """Serve assistants of this machine over HTTP until interrupted.

    ``host`` is a loopback address, else `RefusedError`. ``token`` is a reference (``env:NAME``, ``keyring:NAME``); where it is None one is made, and told to
    ``started`` with the address once the port is open; else ``started`` gets an empty text for it.
    """
    needed()
    import uvicorn

    address = loopback(host)
    word, made = spoken(token)
    listening = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((address, port))
        listening.listen(128)  # whoever is told the address may come at once
    except OSError as error:
        listening.close()
        raise UsageError(
            f"Port {port} of {address} cannot be had: {error.strerror}.", hint="Take another: --port 0 takes a free one."
        ) from None
    place = listening.getsockname()[1]
    app = door(context, word, place, limits)
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=2, lifespan="on")
    running = uvicorn.Server(config)
    if started is not None:
        shown = f"[{address}]" if ":" in address else address
        started(f"http://{shown}:{place}{PATH}", word if made else "")
    try:
        running.run(sockets=[listening])
    finally:
        listening.close()


def door(context: Context, token: str, port: int, limits: Limits | None = None) -> Any:
    """The application: the protocol at ``/mcp`` behind a check of host, origin and token."""
    # Without sessions nothing is held for a client that went away.
    app = server(context, limits).streamable_http_app(streamable_http_path=PATH, json_response=True, stateless_http=True, host="127.0.0.1")
    return Door(app, token, port)


def loopback(host: str) -> str:
    """The loopback address that ``host`` names; `RefusedError` for any other, since whoever reaches the port could try tokens."""
    if host.casefold() == "localhost":
        return "127.0.0.1"
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        raise RefusedError(f"{host!r} is no loopback address.", hint="The server is for this machine alone: --host 127.0.0.1.") from None
    if not address.is_loopback:
        raise RefusedError(
            f"{host} is no loopback address.", hint="The server is for this machine alone; from elsewhere, use an SSH tunnel to it."
        )
    return str(address)


def spoken(token: str | None) -> tuple[str, bool]:
    """The token behind a reference, or a fresh one; whether it was made here."""
    if token is None:
        return secrets.token_urlsafe(32), True
    if not reference.is_reference(token):
        raise SecretTypedError(
            "A token must not be typed: it would stay in the shell's history.",
            hint="Put it into the environment: --token env:AISER_MCP_TOKEN.",
        )
    word = reference.secret(token)
    if len(word) < SHORTEST:
        raise UsageError(
            f"The token has fewer than {SHORTEST} characters.",
            hint='Make one: python -c "import secrets; print(secrets.token_urlsafe(32))".',
        )
    return word, False

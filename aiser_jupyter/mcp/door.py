"""The check before the HTTP server: the token, and that no page of a browser is behind the request.

A page that makes its own name resolve to 127.0.0.1 (DNS rebinding) sends that name as Host and itself as Origin; both are refused.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    Scope = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
    Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

NAMES = ("127.0.0.1", "localhost", "[::1]")


class Door:
    """An ASGI application that lets through to ``app`` what comes from this machine with the token."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]], token: str, port: int) -> None:
        self._app = app
        self._token = token.encode()
        self._hosts = {f"{name}:{port}" for name in NAMES}
        self._origins = {f"http://{host}" for host in self._hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 421, 403 or 401, or pass on."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        status, why = self.refusal(scope)
        if status == 0:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await answered(send, status, why)
        else:
            await send({"type": "websocket.close", "code": 1008})

    def refusal(self, scope: Scope) -> tuple[int, str]:
        """The status and reason of a request that may not pass; 0 for one that may."""
        found: dict[bytes, list[bytes]] = {}
        for name, value in scope.get("headers", ()):
            found.setdefault(name.lower(), []).append(value)
        host, origin = found.get(b"host", []), found.get(b"origin", [])
        if len(host) != 1 or host[0].decode("latin-1").casefold() not in self._hosts:
            return 421, "This server answers to a loopback address alone."
        if any(one.decode("latin-1").casefold() not in self._origins for one in origin):
            return 403, "Pages of other origins may not call this server."
        said = found.get(b"authorization", [])
        kind, _, word = said[0].partition(b" ") if len(said) == 1 else (b"", b"", b"")
        if kind.lower() != b"bearer" or not hmac.compare_digest(word.strip(), self._token):
            return 401, "The token is missing or wrong: send Authorization: Bearer TOKEN."
        return 0, ""


async def answered(send: Send, status: int, why: str) -> None:
    """Send a short plain reply."""
    body = f"{why}\n".encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

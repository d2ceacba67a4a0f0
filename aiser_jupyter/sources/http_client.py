"""Requests to an HTTP API: judged addresses, one retry loop, redirects one by one, bounded answers, and a stop from any thread."""

from __future__ import annotations

import socket
import ssl
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from aiser_jupyter.errors import AiserError, DeadlineError, QueryError, SourceError
from aiser_jupyter.sources import hosts
from aiser_jupyter.sources.addresses import backend, resolved
from aiser_jupyter.sources.scanned import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from aiser_jupyter.sources.addresses import Resolver
    from aiser_jupyter.sources.http_auth import Auth

_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_BUSY = 429  # it works, and says when to come back
_MOVED = frozenset({301, 302, 303, 307, 308})
_CHUNK = 1 << 16
_QUERY = "aiser_query"


@dataclass(frozen=True)
class Limits:
    """Bounds of one connection: redirects, tries of a request and the seconds they may take together, and megabytes of one answer as unpacked."""

    redirects: int = 5
    attempts: int = 5
    total_s: float = 120.0
    read_s: float = 60.0
    connect_s: float = 5.0
    answer_mb: float = 256.0


@dataclass(frozen=True)
class Answer:
    """What came back: where from, the headers and the body, unpacked."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def version(self) -> str:
        """What tells one state of the data from another, where the server says: its ETag, else when it was modified."""
        return self.headers.get("etag") or self.headers.get("last-modified") or ""


class _AgainError(Exception):
    """A failure that may pass; ``after`` is how long the server asks to wait, ``down`` whether it seems out of order, not busy."""

    def __init__(self, told: AiserError, after: float | None = None, *, down: bool = True) -> None:
        super().__init__(told.message)
        self.told = told
        self.after = after
        self.down = down


class Client:
    """Sends requests that only ever read; one for a connection, safe for several threads."""

    def __init__(
        self,
        auth: Auth,
        headers: Mapping[str, str],
        limits: Limits,
        *,
        allow_private: bool,
        proxy: bool = False,
        resolver: Resolver | None = None,
    ) -> None:
        self.auth = auth
        self._headers = dict(headers)
        self._limits = limits
        self._allow_private = allow_private
        self._proxy = proxy
        self._resolver = resolver

    def get(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        stop: Stop | None = None,
        version: str = "",
        json: Any = None,
        once: bool = False,
    ) -> Answer:
        """The answer to a GET (a POST of ``json`` where that is given), tried again where the failure may pass.

        ``once`` tries no second time. ``version`` is one that is here already: the answer's status is 304 where it still holds. Raises `SourceError` where there is no
        answer to be had, `DeadlineError` where the tries took too long, `CancelledError` where ``stop`` was told.
        """
        import stamina

        stop = Stop() if stop is None else stop
        began = time.monotonic()
        breaker = hosts.breaker(hosts.host(url))

        def again(error: Exception) -> bool | float:
            if not isinstance(error, _AgainError):
                return False
            if error.after is None:
                return True
            # A wait that would outlast the time is none.
            return error.after if time.monotonic() - began + error.after < self._limits.total_s else False

        try:
            for attempt in stamina.retry_context(
                on=again, attempts=1 if once else self._limits.attempts, timeout=self._limits.total_s, wait_initial=0.2, wait_max=10.0
            ):
                with attempt:
                    stop.check()
                    return breaker.call(lambda: self._once(url, params or {}, stop, version, json), down=_down)
        except _AgainError as error:
            raise error.told from None
        raise DeadlineError("The API took too long.", where=shown(url))

    def _once(self, url: str, params: Mapping[str, str], stop: Stop, version: str, json: Any) -> Answer:
        refused = ""
        for last in (False, True):
            sockets: list[socket.socket] = []
            with self._client(url, sockets.append) as client, stop.calling(partial(_shut, sockets)):
                headers, query, basic, token = self.auth.signed(self._poster(client), refused=refused)
                answer = self._follow(client, url, {**self._headers, **headers}, {**params, **query}, basic, version, json, stop)
            if answer.status == 401 and self.auth.renews and not last:
                refused = token  # it may have been taken back before its time
                continue
            return self._judged(answer)
        raise AssertionError  # the second turn returns or raises

    def _client(self, url: str, opened: Callable[[socket.socket], None]) -> httpx.Client:
        import httpcore
        import httpx

        context = ssl.create_default_context()
        timeout = httpx.Timeout(self._limits.read_s, connect=self._limits.connect_s)
        proxy = _proxy(url) if self._proxy else None  # where asked for: then it connects, and names are judged before each request
        inner = httpx.HTTPTransport(verify=context, trust_env=False, proxy=proxy)
        if proxy is None:
            inner._pool.close()  # noqa: SLF001  # httpx offers no other way to say who connects
            inner._pool = httpcore.ConnectionPool(  # noqa: SLF001
                ssl_context=context, network_backend=backend(allow_private=self._allow_private, resolver=self._resolver, opened=opened)
            )
        return httpx.Client(transport=_quiet(inner), timeout=timeout, follow_redirects=False, trust_env=False)

    def _follow(
        self,
        client: httpx.Client,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, str],
        basic: tuple[str, str] | None,
        version: str,
        json: Any,
        stop: Stop,
    ) -> Answer:
        """One request and where it is sent on to; to another origin nothing secret goes along, and never from https to http."""
        for _ in range(self._limits.redirects + 1):
            answer = self._send(client, url, headers, params, basic, version, json, stop)
            target = answer.headers.get("location", "")
            if answer.status not in _MOVED or not target:
                return answer
            onward = urljoin(url, target)
            if urlsplit(onward).scheme not in {"http", "https"} or (urlsplit(url).scheme, urlsplit(onward).scheme) == ("https", "http"):
                raise SourceError("The API sends on to an address that is not safe.", where=f"{shown(url)} to {shown(onward)}")
            if origin(onward) != origin(url):
                headers, basic, json = {}, None, None
            url, params = onward, {}  # the query is part of where it was sent on to
        raise SourceError(f"The API sends on more than {self._limits.redirects} times.", where=shown(url))

    def _send(
        self,
        client: httpx.Client,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, str],
        basic: tuple[str, str] | None,
        version: str,
        json: Any,
        stop: Stop,
    ) -> Answer:
        import httpx

        asked = {"User-Agent": "aiser-jupyter", "Accept-Encoding": "gzip, deflate", **headers}
        if version:
            asked["If-None-Match" if version.startswith(('"', "W/")) else "If-Modified-Since"] = version
        try:
            if self._proxy:
                resolved(
                    urlsplit(url).hostname or "", urlsplit(url).port or 443, allow_private=self._allow_private, resolver=self._resolver
                )
            whole = httpx.URL(url).copy_merge_params(dict(params)) if params else httpx.URL(url)
            bare = whole.copy_with(query=None, fragment=None)
            method, aside = "POST" if json is not None else "GET", {_QUERY: whole.query}
            with client.stream(method, bare, headers=asked, auth=basic, json=json, extensions=aside) as reply:
                return Answer(reply.status_code, url, {k.lower(): v for k, v in reply.headers.items()}, self._body(reply, url))
        except httpx.InvalidURL:
            raise SourceError("That is no address.", where=shown(url)) from None
        except (httpx.HTTPError, OSError) as error:
            stop.check()
            raise _failed(error, url) from None

    def _body(self, reply: httpx.Response, url: str) -> bytes:
        """The answer's body, unpacked piece by piece, so that a small answer cannot become a large one unseen."""
        most = int(self._limits.answer_mb * 1e6)
        packed = reply.headers.get("content-encoding", "identity").lower()
        if packed not in {"identity", "gzip", "x-gzip", "deflate"}:
            raise SourceError(f"The API packs its answer in a way that was not asked for ({packed[:20]}).", where=shown(url))
        unpack = None if packed == "identity" else zlib.decompressobj(47)  # gzip or zlib, by its first bytes
        parts: list[bytes] = []
        size = 0
        for raw in reply.iter_raw(_CHUNK):
            pending = raw
            while pending:
                try:
                    part = pending if unpack is None else unpack.decompress(pending, _CHUNK)
                except zlib.error:
                    raise SourceError("The API's answer is packed wrongly.", where=shown(url)) from None
                pending = b"" if unpack is None else unpack.unconsumed_tail
                size += len(part)
                if size > most:
                    raise SourceError(
                        f"The API's answer is larger than {self._limits.answer_mb:g} MB.",
                        where=shown(url),
                        hint="Ask for less, or raise answer_mb.",
                    )
                parts.append(part)
        return b"".join(parts)

    def _judged(self, answer: Answer) -> Answer:
        if answer.status < 300 or answer.status == 304:
            return answer
        where = shown(answer.url)
        if answer.status in {401, 403}:
            raise SourceError(
                f"The API refuses access (status {answer.status}).",
                where=where,
                hint="Check the connection's auth and what its reference leads to.",
            )
        if answer.status in _AGAIN:
            told = QueryError(f"The API cannot answer now (status {answer.status}).", where=where, hint="Try again later.")
            raise _AgainError(told, _wait(answer.headers.get("retry-after", "")), down=answer.status != _BUSY)
        if answer.status in {404, 410}:
            raise SourceError(f"The API has nothing there (status {answer.status}).", where=where, hint="Check the address' path.")
        raise SourceError(f"The API answers with status {answer.status}.", where=where)

    def _poster(self, client: httpx.Client) -> Any:
        """What asks a token server; its answer's words are kept out of every error."""

        def post(url: str, form: Mapping[str, str], basic: tuple[str, str] | None) -> tuple[int, Mapping[str, Any]]:
            import httpx

            if urlsplit(url).scheme != "https" and not self._allow_private:
                raise SourceError("A token is only asked for over https.", where=shown(url))
            try:
                reply = client.post(url, data=dict(form), auth=basic or httpx.USE_CLIENT_DEFAULT, headers={"Accept": "application/json"})
            except (httpx.HTTPError, OSError) as error:
                raise _failed(error, url) from None
            if reply.status_code in _AGAIN:
                told = SourceError(f"The token server cannot answer now (status {reply.status_code}).", where=shown(url))
                raise _AgainError(told, _wait(reply.headers.get("retry-after", "")), down=reply.status_code != _BUSY)
            with suppress(ValueError):
                body = reply.json()
                return reply.status_code, body if isinstance(body, dict) else {}
            return reply.status_code, {}

        return post


def _down(error: Exception) -> bool:
    return isinstance(error, _AgainError) and error.down


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address: who gets what is sent there."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or (443 if parts.scheme == "https" else 80)


def shown(url: str) -> str:
    """``url`` without what may be secret: user, password and query."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


def _failed(error: Exception, url: str) -> Exception:
    """The typed error for a request that got no answer."""
    import httpx

    where = shown(url)
    if isinstance(error, httpx.ConnectError) and "certificate" in str(error).lower():
        return SourceError(
            "The API's certificate is not one to be trusted.",
            where=where,
            hint="Check the host's name and its certificate; it is never left unchecked.",
        )
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return _AgainError(SourceError("The API cannot be reached.", where=where, hint="Check the host and port, and that it is up."))
    if isinstance(error, httpx.TimeoutException):
        return _AgainError(SourceError("The API does not answer in time.", where=where, hint="Try again, or raise read_s."))
    return _AgainError(SourceError(f"The connection to the API broke ({type(error).__name__}).", where=where, hint="Try again."))


def _wait(text: str) -> float | None:
    """The seconds of a Retry-After header (RFC 9110, section 10.2.3); None where there is none."""
    if text.strip().isdigit():
        return float(text)
    with suppress(ValueError, TypeError):
        return max(parsedate_to_datetime(text).timestamp() - time.time(), 0.0)
    return None


def _quiet(inner: httpx.HTTPTransport) -> httpx.BaseTransport:
    """A transport that adds the query itself: httpx logs every address it is given, and a query may hold a key."""
    import httpx

    class Quiet(httpx.BaseTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            query = request.extensions.get(_QUERY, b"")
            url = request.url.copy_with(query=query or None)
            return inner.handle_request(
                httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions)
            )

        def close(self) -> None:
            inner.close()

    return Quiet()


def _proxy(url: str) -> str | None:
    """The proxy that the environment names for ``url``."""
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    found = getproxies()
    return None if proxy_bypass(parts.hostname or "") else found.get(parts.scheme) or found.get("all")


def _shut(sockets: list[socket.socket]) -> None:
    for one in tuple(sockets):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)

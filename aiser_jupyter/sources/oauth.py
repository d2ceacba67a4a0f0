"""OAuth 2.0 tokens for a program: client credentials (RFC 6749, section 4.4) and refresh tokens (section 6), kept until they are about to expire."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    # Posts a form to an address and gives the status and the JSON object of the answer.
    Post = Callable[[str, Mapping[str, str], tuple[str, str] | None], tuple[int, Mapping[str, Any]]]

EARLY_S = 30.0  # a token is renewed this long before it expires
_FOREVER_S = 3600.0  # how long a token lives whose server does not say


@dataclass
class OAuth:
    """A token and how to get the next one; safe to use from several threads, which then ask once.

    ``refresh_token`` makes it the refresh flow, else it is client credentials. ``in_body`` sends the client's secret in the form, for servers
    that do not take it in a header.
    """

    token_url: str = field(repr=False)
    client_id: str
    client_secret: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    scope: str = ""
    audience: str = ""
    in_body: bool = False
    clock: Callable[[], float] = field(default=time.monotonic, repr=False)
    _token: str = field(default="", init=False, repr=False)
    _until: float = field(default=0.0, init=False, repr=False)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def token(self, post: Post, *, refused: str = "") -> str:
        """A token that is still good; ``refused`` is one that the API did not take, which is not given again.

        Raises `SourceError` where the server gives none; its message holds neither secret nor token.
        """
        with self._lock:
            if not self._token or self._token == refused or self.clock() > self._until - EARLY_S:
                self._renew(post)
            return self._token

    def _renew(self, post: Post) -> None:
        form = {"grant_type": "refresh_token" if self.refresh_token else "client_credentials"}
        if self.refresh_token:
            form["refresh_token"] = self.refresh_token
        form.update({key: value for key, value in (("scope", self.scope), ("audience", self.audience)) if value})
        basic: tuple[str, str] | None = (self.client_id, self.client_secret)
        if self.in_body or not self.client_secret:
            form["client_id"] = self.client_id
            if self.client_secret:
                form["client_secret"] = self.client_secret
            basic = None
        status, answer = post(self.token_url, form, basic)
        token = answer.get("access_token")
        if status != 200 or not isinstance(token, str) or not token:
            self._token = ""
            # Only the code of the error: its description may quote what was sent.
            code = str(answer.get("error", ""))[:60]
            raise SourceError(
                f"The token server gives no token (status {status}{', ' + code if code.replace('_', '').isalpha() else ''}).",
                where=self.token_url.partition("?")[0],
                hint="Check client id, secret and scope behind their references.",
            )
        if str(answer.get("token_type", "bearer")).lower() != "bearer":
            raise SourceError("The token server gives a token of a kind that I cannot use.", where=self.token_url.partition("?")[0])
        self._token = token
        self._until = self.clock() + _seconds(answer.get("expires_in"))
        fresh = answer.get("refresh_token")
        if self.refresh_token and isinstance(fresh, str) and fresh:
            self.refresh_token = fresh


def _seconds(given: Any) -> float:
    try:
        return max(float(given), 0.0)
    except (TypeError, ValueError):
        return _FOREVER_S

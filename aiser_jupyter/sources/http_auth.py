"""How a source says who it is to an HTTP API: what is secret stands behind a reference and is read when it is first needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import SecretTypedError, UsageError
from aiser_jupyter.sources.oauth import OAuth
from aiser_jupyter.sources.reference import is_reference, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiser_jupyter.sources.oauth import Post

# Each kind with what it needs, and what it takes beside.
_KINDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "bearer": (("token",), ()),
    "basic": (("user", "password"), ()),
    "key": (("value",), ("header", "query")),
    "oauth2": (("token_url", "client_id"), ("client_secret", "refresh_token", "scope", "audience", "in_body")),
}
_SECRET = frozenset({"token", "password", "value", "client_secret", "refresh_token"})


@dataclass(frozen=True)
class Auth:
    """One way to sign requests; ``given`` holds names and references, never a secret itself."""

    kind: str = ""
    given: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def signed(self, post: Post, *, refused: str = "") -> tuple[dict[str, str], dict[str, str], tuple[str, str] | None, str]:
        """Headers and query parameters to add, user and password, and the token in use; ``refused`` is a token that was not taken."""
        if self.kind == "bearer":
            token = resolve(self.given["token"])
            return {"Authorization": f"Bearer {token}"}, {}, None, token
        if self.kind == "basic":
            return {}, {}, (_plain(self.given["user"]), resolve(self.given["password"])), ""
        if self.kind == "key":
            value = resolve(self.given["value"])
            if "query" in self.given:
                return {}, {str(self.given["query"]): value}, None, value
            return {str(self.given.get("header", "X-API-Key")): value}, {}, None, value
        if self.kind == "oauth2":
            token = self.oauth.token(post, refused=refused)
            return {"Authorization": f"Bearer {token}"}, {}, None, token
        return {}, {}, None, ""

    @property
    def renews(self) -> bool:
        """Whether a token that is not taken can be had anew."""
        return self.kind == "oauth2"

    @cached_property
    def oauth(self) -> OAuth:
        """The token and where it comes from."""
        given = self.given
        return OAuth(
            str(given["token_url"]),
            _plain(given["client_id"]),
            _plain(given.get("client_secret", "")),
            _plain(given.get("refresh_token", "")),
            str(given.get("scope", "")),
            str(given.get("audience", "")),
            bool(given.get("in_body", False)),
        )


def auth(given: object, where: str) -> Auth:
    """The way of signing that a profile's ``auth`` table describes: ``kind`` is bearer, basic, key or oauth2.

    Raises `SecretTypedError` where a secret itself stands in place of its reference, `UsageError` for what does not fit.
    """
    if given is None:
        return Auth()
    if not isinstance(given, dict) or given.get("kind") not in _KINDS:
        raise UsageError(
            "The connection's auth has no kind that I know.", where=where, hint=f'auth = {{kind = "…"}} with one of: {", ".join(_KINDS)}.'
        )
    needed, more = _KINDS[given["kind"]]
    for key in needed:
        if key not in given:
            raise UsageError(
                f"The connection's auth of kind {given['kind']} needs {key}.", where=where, hint=f"It takes {', '.join((*needed, *more))}."
            )
    for key, value in given.items():
        if key != "kind" and key not in {*needed, *more}:
            raise UsageError(
                f"The connection's auth of kind {given['kind']} takes no {key}.",
                where=where,
                hint=f"It takes {', '.join((*needed, *more))}.",
            )
        if key in _SECRET:
            refuse_typed(key, value, where)
    return Auth(given["kind"], {key: value for key, value in given.items() if key != "kind"})


def refuse_typed(name: str, value: object, where: str) -> None:
    """Raise `SecretTypedError` where a secret itself stands in place of a reference."""
    if not isinstance(value, str) or not is_reference(value):
        raise SecretTypedError(
            f"{name} must be a reference, not the secret itself.",
            where=where,
            hint=f'Put it into the environment or the keyring: {name} = "env:API_KEY".',
        )


def _plain(value: object) -> str:
    """A value that may be written as it is, or behind a reference."""
    text = str(value)
    return resolve(text) if is_reference(text) else text

"""Tokens that say who somebody is, where many share one user of the operating system: a hub signs them, the broker reads them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import RefusedError, SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

AUDIENCE = "aiser-broker"
_ALGORITHM = "EdDSA"
_HINT = "Whoever runs the hub sets AISER_BROKER_TOKEN when it starts your server; start it again (docs/governed.md)."


def made(user: str, *, groups: Sequence[str] = (), claims: Mapping[str, object] | None = None, key: bytes, seconds: float) -> str:
    """A token for ``user`` that holds for so many ``seconds``, signed by the Ed25519 private ``key`` (PEM): for a hub's hook, at a server's start."""
    now = int(time.time())
    told = {"sub": user, "groups": list(groups), "claims": dict(claims or {}), "aud": AUDIENCE, "iat": now, "exp": now + int(seconds)}
    return _jwt().encode(told, key, algorithm=_ALGORITHM)


def read(token: str, key: bytes) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    """The user, groups and claims of a token that ``key`` (the public one, PEM) verifies; raises RefusedError for any other."""
    jwt = _jwt()
    if not token:
        raise RefusedError("The broker needs a token to know who you are.", hint=_HINT)
    try:
        told = jwt.decode(token, key, algorithms=[_ALGORITHM], audience=AUDIENCE, options={"require": ["exp", "sub", "aud"]})
    except jwt.ExpiredSignatureError:
        raise RefusedError("The token that says who you are is too old.", hint=_HINT) from None
    except jwt.InvalidTokenError:
        raise RefusedError("The token that says who you are is not signed by the hub that this broker trusts.", hint=_HINT) from None
    user, groups, claims = told["sub"], told.get("groups", []), told.get("claims", {})
    if not user or not _texts(groups) or not isinstance(claims, dict) or not all(map(_fits, claims.values())):
        raise RefusedError("The token that says who you are has another form.", hint=_HINT)
    return user, tuple(sorted(set(groups))), claims


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _fits(value: object) -> bool:
    return isinstance(value, str | int | float | bool) or _texts(value)


def _jwt() -> ModuleType:
    try:
        import cryptography as _  # noqa: F401  # what the signature is checked with
        import jwt
    except ModuleNotFoundError:
        raise SourceError("What checks signatures is not installed.", hint='Install it: pip install "aiser-jupyter[signed]".') from None
    return jwt

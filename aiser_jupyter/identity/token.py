"""A token of identity: a JWT that says who the user is, believed where the machine's key verifies it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from aiser_jupyter.clock import Clock
from aiser_jupyter.errors import RefusedError, SettingsError
from aiser_jupyter.identity import told
from aiser_jupyter.identity.identity import Identity

if TYPE_CHECKING:
    from aiser_jupyter.identity.key import Key, Keys

NAME, AUDIENCE = "AISER_IDENTITY_TOKEN", "aiser-jupyter"
_LEEWAY = 60  # seconds that the clock of whoever signs may be ahead
_HINT = "Whoever starts your kernel sets it, such as a hub; stop your server and start it again (docs/identity.md)."


def read(token: str, keys: Keys, clock: Clock | None = None) -> Identity:
    """The identity that a token tells: ``sub``, ``groups`` (a list), ``claims`` (an object), for the audience ``aiser-jupyter``, until ``exp``.

    ``clock`` is the machine's unless given. Raises RefusedError for a token that is missing, too old, for others or not signed by one of the keys.
    """
    if not token:
        raise RefusedError(
            "This machine believes only signed identities, and there is no token.", where=f"{NAME}, for the key {keys.place}", hint=_HINT
        )
    held = _verified(token, keys)
    # Not the clock of AISER_NOW: whoever holds an old token could set it back.
    _in_time(held, (clock or Clock()).now().timestamp())
    try:
        user = told.user(held["sub"], where=f"{NAME}, sub")
        groups = told.each(_listed(held.get("groups", [])), where=f"{NAME}, groups")
        claims = told.pairs(held.get("claims", {}), where=f"{NAME}, claims")
    except SettingsError as error:
        raise RefusedError(f"The token of identity has another form: {error.message}", where=error.where, hint=_HINT) from None
    return Identity(user, groups, claims, NAME, keys.sealed)


def _verified(token: str, keys: Keys) -> dict[str, Any]:
    import jwt

    try:
        header = jwt.get_unverified_header(token)
        if "crit" in header or not isinstance(header.get("kid", ""), str):
            raise jwt.InvalidTokenError
        key: Key = keys.named(header.get("kid", ""))
        # exp and nbf are checked below, by our clock.
        options: Any = {"require": ["exp", "sub", "aud"], "verify_exp": False, "verify_nbf": False, "verify_iat": False}
        return jwt.decode(token, key.held, algorithms=[key.algorithm], audience=AUDIENCE, options=options)
    except jwt.InvalidAudienceError:
        raise _refused(f"is for somebody else: its aud is not {AUDIENCE}", keys) from None
    except jwt.MissingRequiredClaimError as error:
        raise _refused(f"has no {error.claim}", keys) from None
    except (jwt.PyJWTError, ValueError, TypeError):
        raise _refused("is not signed by a key that this machine trusts", keys) from None


def _in_time(held: dict[str, Any], now: float) -> None:
    for name in ("exp", "nbf"):
        at = held.get(name, now)
        if isinstance(at, bool) or not isinstance(at, int | float) or not math.isfinite(at):
            raise RefusedError(f"The token of identity has another form: its {name} is no moment.", where=NAME, hint=_HINT)
    if held["exp"] <= now:
        raise RefusedError("The token of identity is too old.", where=NAME, hint=_HINT)
    if held.get("nbf", now) > now + _LEEWAY:
        raise RefusedError("The token of identity does not hold yet.", where=NAME, hint="See that the clocks of both machines are right.")


def _listed(value: object) -> list[object]:
    if not isinstance(value, list):
        raise SettingsError("The groups are no list.", where=f"{NAME}, groups")
    return value


def _refused(fault: str, keys: Keys) -> RefusedError:
    return RefusedError(f"The token of identity {fault}.", where=f"{NAME}, for the key {keys.place}", hint=_HINT)

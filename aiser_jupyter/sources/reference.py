"""Addresses that name a secret instead of holding one: `env:NAME` and `keyring:NAME`."""

from __future__ import annotations

import difflib
import os
import re

from aiser_jupyter.errors import NotYetError, SecretTypedError, SourceError

_PASSWORD = re.compile(r"^(?P<head>[a-z][\w+.-]*://[^/@:]*):(?P<secret>[^@]+)@", re.IGNORECASE)
_QUERY_SECRET = re.compile(r"(?i)[?&;](?:password|passwd|pwd|token|secret|api_?key|access_key|motherduck_token)=[^&;]+")


def resolve(address: str) -> str:
    """The address behind a reference, or ``address`` itself.

    Raises `SecretTypedError` where a password is part of what was typed, `SourceError` where a reference leads nowhere.
    """
    kind, _, name = address.partition(":")
    if kind == "env":
        return _from_environment(name)
    if kind == "keyring":
        raise NotYetError("References into the keyring are not there yet.", hint="Put the address into the environment and use env:NAME.")
    if has_secret(address):
        raise SecretTypedError(
            "A password must not be typed into a notebook: it would stay in its history.",
            where=without_secret(address),
            hint="Put the whole address into the environment, e.g. SHOP_URL, and connect to env:SHOP_URL.",
        )
    return address


def has_secret(address: str) -> bool:
    """Whether a password or key is part of ``address``."""
    return bool(_PASSWORD.match(address) or _QUERY_SECRET.search(address))


def without_secret(address: str) -> str:
    """``address`` with each password and key as ``***``."""
    shown = _PASSWORD.sub(r"\g<head>:***@", address)
    return _QUERY_SECRET.sub(lambda found: found.group().partition("=")[0] + "=***", shown)


def _from_environment(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if value:
        return value
    near = difflib.get_close_matches(name, os.environ, n=1, cutoff=0.75)
    hint = f"Did you mean env:{near[0]}?" if near else f"Set it before Jupyter starts: export {name or 'SHOP_URL'}=…"
    raise SourceError(f"The environment has no variable {name!r}." if name else "env: names no variable.", hint=hint)

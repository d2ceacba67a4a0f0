"""Addresses that name a secret instead of holding one: `env:NAME`, `keyring:NAME`, and `${NAME}` within an address."""

from __future__ import annotations

import difflib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiser_jupyter import redact
from aiser_jupyter.errors import SecretTypedError, SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

# The name under which the keyring holds what is ours.
SERVICE = "aiser"
_PASSWORD = re.compile(r"^(?P<head>[a-z][\w+.-]*://[^/@:]*):(?P<secret>[^@]+)@", re.IGNORECASE)
_SECRET_NAME = r"(?:password|passwd|pwd|token|secret|api_?key|access_key|private_key_passphrase|passphrase|motherduck_token|client_secret)"  # noqa: S105  # names of knobs, not a secret
_QUERY_SECRET = re.compile(rf"(?i)(?P<head>[?&;]{_SECRET_NAME})=(?P<secret>[^&;]+)")
_PART = re.compile(r"\$\{(?P<reference>[^{}]+)\}")


def resolve(address: str) -> str:
    """The address behind a reference, with each ``${NAME}`` (or ``${keyring:NAME}``) in it filled in, or ``address`` itself.

    Raises `SecretTypedError` where a password is part of what was typed, `SourceError` where a reference leads nowhere.
    """
    if is_reference(address):
        return secret(address)
    if "${" in address and _is_there(address):  # a file of that very name
        return address
    if has_secret(address):
        raise SecretTypedError(
            "A password must not be typed into a notebook: it would stay in its history.",
            where=without_secret(address),
            hint="Put the whole address into the environment, e.g. SHOP_URL, and connect to env:SHOP_URL; or keep it with `%aiser secret shop`, and connect to keyring:shop.",
        )
    # A password may hold @ or /, which would end it within an address.
    return _PART.sub(lambda found: quote(secret(_reference(found["reference"])), safe=""), address)


def is_reference(text: str) -> bool:
    """Whether ``text`` is wholly a reference, such as ``env:SHOP_URL``."""
    return text.partition(":")[0] in {"env", "keyring"} and ":" in text


def secret(reference: str) -> str:
    """The value behind ``env:NAME`` (the environment, else the workspace's ``.env``) or ``keyring:NAME``; `SourceError` where there is none."""
    kind, _, name = reference.partition(":")
    return redact.remember(_from_keyring(name) if kind == "keyring" else _from_environment(name))


def has_secret(address: str) -> bool:
    """Whether a password or key itself is part of ``address``; a ``${NAME}`` in its place is none."""
    found = [match["secret"] for match in (_PASSWORD.match(address), *_QUERY_SECRET.finditer(address)) if match]
    return any(not _PART.fullmatch(part) for part in found) or (not _is_there(address) and redact.holds(address))


def without_secret(address: str) -> str:
    """``address`` with each password and key as ``***``."""
    shown = _PASSWORD.sub(r"\g<head>:***@", address)
    return redact.redact(_QUERY_SECRET.sub(r"\g<head>=***", shown))


def _is_there(path: str) -> bool:
    """Whether it is a file's path, whatever its name looks like."""
    try:
        return Path(path).expanduser().exists()
    except (OSError, ValueError, RuntimeError):
        return False


def keep(name: str, value: str) -> None:
    """Keep ``value`` in the keyring, so that ``keyring:NAME`` leads to it; `SourceError` where this machine has no keyring."""
    import keyring
    import keyring.errors

    try:
        keyring.set_password(SERVICE, name, value)
    except keyring.errors.KeyringError as error:
        raise _no_keyring(error) from None


def forget(name: str) -> None:
    """Take what ``keyring:NAME`` leads to out of the keyring."""
    import keyring
    import keyring.errors

    try:
        keyring.delete_password(SERVICE, name)
    except keyring.errors.PasswordDeleteError:
        raise SourceError(f"The keyring holds nothing named {name!r}.", where=f"keyring:{name}") from None
    except keyring.errors.KeyringError as error:
        raise _no_keyring(error) from None


def _reference(text: str) -> str:
    return text if is_reference(text) else f"env:{text}"


def _from_environment(name: str) -> str:
    value = os.environ.get(name, "").strip()
    if value:
        return value
    kept = _dotenv() if name else {}
    if kept.get(name):
        return str(kept[name]).strip()
    near = difflib.get_close_matches(name, [*os.environ, *kept], n=1, cutoff=0.75)
    hint = (
        f"Did you mean env:{near[0]}?"
        if near
        else f"Set it before Jupyter starts: export {name or 'SHOP_URL'}=…, or write it into the workspace's .env file."
    )
    raise SourceError(f"The environment has no variable {name!r}." if name else "env: names no variable.", hint=hint)


def _dotenv() -> Mapping[str, str | None]:
    """What the ``.env`` file at the workspace's root says; the process's own environment stays as it is."""
    from aiser_jupyter.settings import find_root

    path = find_root(Path.cwd()) / ".env"
    if not path.is_file():
        return {}
    from dotenv import dotenv_values

    return dotenv_values(path)


def _from_keyring(name: str) -> str:
    import keyring
    import keyring.errors

    if not name:
        raise SourceError("keyring: names no entry.", hint="Write keyring:shop, after keeping it with `%aiser secret shop`.")
    try:
        value = keyring.get_password(SERVICE, name)
    except keyring.errors.KeyringError as error:
        raise _no_keyring(error) from None
    if value is None:
        raise SourceError(
            f"The keyring holds nothing named {name!r}.",
            where=f"keyring:{name}",
            hint=f"Keep it: `%aiser secret {name}`, or in a shell: keyring set {SERVICE} {name}.",
        )
    return value


def _no_keyring(error: Exception) -> SourceError:
    return SourceError(
        "This machine has no keyring to read from.",
        where=type(error).__name__,
        hint="Put the address into the environment and use env:NAME; on a server without a desktop that is the usual way.",
    )

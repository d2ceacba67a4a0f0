"""Who runs this: the user, their groups, and what is claimed of them."""

from __future__ import annotations

import getpass
import json
import os
from dataclasses import dataclass

from aiser_jupyter.errors import SettingsError

Claim = str | int | float | bool | tuple[str, ...]


@dataclass(frozen=True)
class Identity:
    """The user as the machine, or the hub that started it, knows them.

    ``claims`` are pairs of a name and a value, by name, such as a region that a directory holds; ``told_by`` says where it all comes from:
    ``AISER_USER``, ``JupyterHub`` or ``login``.
    """

    user: str
    groups: tuple[str, ...] = ()
    claims: tuple[tuple[str, Claim], ...] = ()
    told_by: str = "login"

    def claim(self, name: str) -> Claim | None:
        """What is claimed under ``name``, None where nothing is."""
        return dict(self.claims).get(name)


def from_environment() -> Identity:
    """``AISER_USER``, else JupyterHub's user, else the login name; groups from ``AISER_GROUPS`` (by commas), claims from ``AISER_CLAIMS`` (a JSON object).

    Raises `SettingsError` where the claims are no such object: who somebody is must not be guessed.
    """
    named = (("AISER_USER", "AISER_USER"), ("JUPYTERHUB_USER", "JupyterHub"))
    user, told_by = next(((os.environ[name], by) for name, by in named if os.environ.get(name)), ("", "login"))
    groups = tuple(sorted({group.strip() for group in os.environ.get("AISER_GROUPS", "").split(",") if group.strip()}))
    return Identity(user or _login(), groups, _claims(os.environ.get("AISER_CLAIMS", "")), told_by)


def _login() -> str:
    """The login name; a container's user that has none is called by its number."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"


def _claims(text: str) -> tuple[tuple[str, Claim], ...]:
    if not text.strip():
        return ()
    try:
        held = json.loads(text)
    except ValueError:
        held = None
    if not isinstance(held, dict):
        raise SettingsError(
            "The claims are no JSON object.", where="AISER_CLAIMS", hint='For example {"region": "north", "shops": ["1", "2"]}.'
        )
    return tuple(sorted((str(name), _claim(str(name), value)) for name, value in held.items()))


def _claim(name: str, value: object) -> Claim:
    if isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list) and all(isinstance(one, str | int) for one in value):
        return tuple(map(str, value))
    raise SettingsError(f"The claim {name} is neither a text, a number, a yes or no, nor a list of texts.", where="AISER_CLAIMS")

"""Who runs this, as the environment and the operating system tell it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from aiser_jupyter.errors import RefusedError, SettingsError
from aiser_jupyter.identity import key, token, told
from aiser_jupyter.identity.identity import Identity

if TYPE_CHECKING:
    from aiser_jupyter.clock import Clock

USER, GROUPS, CLAIMS, HUB_USER = "AISER_USER", "AISER_GROUPS", "AISER_CLAIMS", "JUPYTERHUB_USER"


def from_environment(clock: Clock | None = None) -> Identity:
    """Who the token of ``AISER_IDENTITY_TOKEN`` names, where the machine has a key for such tokens; else who the environment or the login names.

    Without a key: ``AISER_USER``, else JupyterHub's user, else the user of the operating system; groups from ``AISER_GROUPS`` (by commas, or a JSON list), claims
    from ``AISER_CLAIMS`` (a JSON object). ``clock`` is the machine's unless given. Raises `SettingsError` where one of them cannot be read, and `RefusedError`
    where there is a key and no good token: who somebody is must not be guessed.
    """
    place = key.find()
    if place is None:
        return _unsigned()
    identity = token.read(os.environ.get(token.NAME, ""), key.load(place), clock)
    _agree(identity)
    return identity


def login() -> str:
    """The user of the operating system; one without an account, as in some containers, is called by their number."""
    try:
        import pwd
    except ModuleNotFoundError:  # Windows, which has no numbers
        import getpass

        return getpass.getuser()
    # Not getpass.getuser(): that believes LOGNAME and USER of the environment.
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"


def _unsigned() -> Identity:
    user, told_by = next(
        ((os.environ[name], by) for name, by in ((USER, USER), (HUB_USER, "JupyterHub")) if os.environ.get(name)), ("", "login")
    )
    if user:
        user = told.user(user, where=USER if told_by == USER else HUB_USER)
    return Identity(user or login(), told.groups(os.environ.get(GROUPS, "")), told.claims(os.environ.get(CLAIMS, "")), told_by)


def _agree(identity: Identity) -> None:
    """Refuse variables that tell another identity than the token: left alone, somebody would believe that they hold."""
    said = {
        USER: lambda text: text == identity.user,
        GROUPS: lambda text: told.groups(text) == identity.groups,
        CLAIMS: lambda text: told.claims(text) == identity.claims,
    }
    for name, agrees in said.items():
        text = os.environ.get(name, "")
        if not text:
            continue
        try:
            fits = agrees(text)
        except SettingsError:
            fits = False
        if not fits:
            raise RefusedError(
                f"{name} says something else than the signed token of {identity.user}.",
                where=name,
                hint=f"Where tokens are signed, only they say who you are: remove {name} from the environment.",
            )

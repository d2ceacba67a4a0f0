"""Which workspace folders the user trusts to name a language model, and to have cell values sent to one: kept beside the user's own configuration, never in the folder."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from aiser_jupyter import files
from aiser_jupyter.errors import SettingsError
from aiser_jupyter.settings import FOLDER, user_folder

if TYPE_CHECKING:
    from aiser_jupyter.settings import Settings

VERSION = 1
Consent = Literal["given", "untrusted", "no"]
NOT_SENT = (
    "The values of {name} are not sent to it, though this workspace's settings ask for that (values_to_model): "
    "look at the file and run `aiser trust` in the folder."
)


def trusted(root: Path) -> bool:
    """Whether the user trusts the workspace at ``root`` with the settings it has now: a changed file is a file nobody looked at."""
    return _read().get(_place(root)) == _print(root)


def values_to_model(settings: Settings, root: Path | None, connection: str) -> Consent:
    """Whether cell values of a connection may be sent to a language model: a workspace's file may say so only where the user trusts it."""
    profile = settings.connections.get(connection)
    if profile is None or not profile.values_to_model:
        return "no"
    named = f"AISER_CONNECTIONS__{connection}__VALUES_TO_MODEL".casefold()
    if root is None or any(variable.casefold() == named for variable in os.environ):
        return "given"
    return "given" if trusted(root) else "untrusted"


def trust(root: Path) -> Path:
    """Trust the workspace at ``root`` as its settings stand now; the file that remembers it."""
    return _write({**_read(), _place(root): _print(root)})


def revoke(root: Path) -> bool:
    """Trust the workspace at ``root`` no longer; whether it was trusted."""
    known = _read()
    if known.pop(_place(root), None) is None:
        return False
    _write(known)
    return True


def _place(root: Path) -> str:
    return str(Path(root).resolve())


def _print(root: Path) -> str:
    path = Path(root) / FOLDER / "settings.toml"
    content = path.read_bytes() if path.is_file() else b""
    return hashlib.sha256(_place(root).encode("utf-8", "surrogatepass") + b"\0" + content).hexdigest()


def _file() -> Path:
    return user_folder() / "trust.json"


def _read() -> dict[str, str]:
    path = _file()
    if not path.is_file():
        return {}
    try:
        held = json.loads(path.read_text("utf-8"))
        if held["v"] != VERSION:
            raise SettingsError(
                f"The list of trusted workspaces has version {held['v']}; this aiser-jupyter knows {VERSION}.",
                where=str(path),
                hint="Upgrade aiser-jupyter, or delete the file and trust the workspaces again.",
            )
        return {str(place): str(seen) for place, seen in held["workspaces"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SettingsError("The list of trusted workspaces cannot be read.", where=str(path), hint="Delete the file.") from None


def _write(known: dict[str, str]) -> Path:
    """Put the list in place in one step, readable by its owner alone."""
    path = _file()
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, json.dumps({"v": VERSION, "workspaces": known}, indent=1, sort_keys=True), files.PRIVATE)
    return path

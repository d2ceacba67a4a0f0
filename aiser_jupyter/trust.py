"""Which workspace folders the user trusts to name a language model, to have cell values sent to one, and to put secrets into addresses of theirs: kept beside the user's own configuration, never in the folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from aiser_jupyter import files
from aiser_jupyter.errors import SettingsError
from aiser_jupyter.settings import FOLDER, user_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.settings import Settings

VERSION = 1
_REFERENCES = frozenset({"env", "keyring"})
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


def woven(url: str, extra: object = None) -> bool:
    """Whether a profile puts a secret of the user's into an address of its own choice: a part of ``url``, or a knob beside one that is written out.

    A whole address that is a reference, such as ``env:SHOP_URL``, sends nothing anywhere but where its owner wanted it.
    """
    whole = url.partition(":")[0] in _REFERENCES and ":" in url
    return "${" in url or (not whole and any(_refers(text) for text in _texts(extra)))


def needed(root: Path, name: str, url: str, extra: object = None) -> None:
    """Raise SettingsError where the settings of a workspace that is not trusted would send one of the user's secrets to an address of theirs."""
    if woven(url, extra) and not trusted(root):
        raise SettingsError(
            f"The connection {name} of this workspace's settings would send a secret of yours to an address that the settings chose.",
            where=str(root / FOLDER / "settings.toml"),
            hint='Look at the file, then run `aiser trust` in the folder; or keep the whole address with the secret: url = "env:NAME".',
        )


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)


def _refers(text: str) -> bool:
    return "${" in text or text.partition(":")[0] in _REFERENCES


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

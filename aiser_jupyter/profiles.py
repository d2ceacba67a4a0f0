"""The connection profiles in `.aiser/settings.toml`: kept, changed and dropped without touching another line of the file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter import files
from aiser_jupyter.errors import SettingsError, UsageError
from aiser_jupyter.settings import FOLDER, VERSION, load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tomlkit import TOMLDocument


def save(root: str | Path, name: str, knobs: Mapping[str, object]) -> Path:
    """Keep the profile ``name`` with these knobs, over those it has; the file it is in."""
    return _change(root, lambda document: _merge(document, name, knobs))


def drop(root: str | Path, name: str) -> Path:
    """Take the profile ``name`` out; `UsageError` where there is none."""

    def without(document: TOMLDocument) -> None:
        profiles = document.get("connections", {})
        if name not in profiles:
            raise UsageError(f"There is no profile named {name!r}.", hint=f"Profiles: {', '.join(profiles) or 'none'}.")
        del profiles[name]

    return _change(root, without)


def _merge(document: TOMLDocument, name: str, knobs: Mapping[str, object]) -> None:
    import tomlkit

    profiles = document.setdefault("connections", tomlkit.table(is_super_table=True))
    profile = profiles.setdefault(name, tomlkit.table())
    for knob, value in knobs.items():
        if value is None:
            profile.pop(knob, None)
        else:
            profile[knob] = value


def _change(root: str | Path, change: Callable[[TOMLDocument], None]) -> Path:
    """Change the file in one step: another process sees it before or after, and a file that would not load is never written."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    path = Path(root) / FOLDER / "settings.toml"
    try:
        document = tomlkit.parse(path.read_text("utf-8") if path.is_file() else f"v = {VERSION}\n")
    except TOMLKitError as error:
        raise SettingsError(
            "The settings file is no valid TOML.", where=f"{path}: {error}", hint="Correct the line, or delete the file."
        ) from None
    change(document)
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / FOLDER).mkdir()
        (Path(scratch) / FOLDER / "settings.toml").write_text(tomlkit.dumps(document), "utf-8")
        load(scratch)
    path.parent.parent.mkdir(parents=True, exist_ok=True)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    files.write(path, tomlkit.dumps(document), files.PRIVATE)
    return path

"""Text files that people write and that have a version: brought to the newest form after a backup, a newer one left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter import files
from aiser_jupyter.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path


def forward(path: Path, text: str, held: object, steps: Sequence[Callable[[str], str]]) -> str:
    """``text`` in the newest form, where ``held`` is the version it states and ``steps`` turn the text of version n, from 1, into n + 1.

    Where it was older the file is written anew, and the one before is kept as `NAME.v1.bak`; where that cannot be written the new text holds for this run alone.
    Raises SettingsError for a newer version, and for what is none.
    """
    newest = len(steps) + 1
    if not isinstance(held, int) or isinstance(held, bool) or held < 1:
        raise SettingsError(f"{held!r} is no version of this file.", where=f"{path}: v", hint=f"Write v = {newest}.")
    if held > newest:
        raise SettingsError(
            f"The file has version {held}; this aiser-jupyter knows up to {newest}.",
            where=str(path),
            hint="Upgrade it: pip install --upgrade aiser-jupyter. The file is left as it is.",
        )
    if held == newest:
        return text
    before = text
    for step in steps[held - 1 :]:
        text = step(text)
    try:
        mode = path.stat().st_mode & 0o777
        files.write(_free(path, held), before, mode)
        files.write(path, text, mode)
    except OSError:  # a folder that is not ours to write
        return text
    return text


def _free(path: Path, held: int) -> Path:
    """Where the file of an older form is kept: beside it, never over another backup."""
    number, found = 1, path.with_name(f"{path.name}.v{held}.bak")
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}.v{held}.bak{number}")
    return found

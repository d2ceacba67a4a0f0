"""Files that are there whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiser_jupyter import files
from aiser_jupyter.errors import ReportError

if TYPE_CHECKING:
    from pathlib import Path

_FOR_READERS = 0o644


def write(target: Path, content: bytes) -> None:
    """Write beside ``target`` and rename over it; raises :class:`ReportError` where the folder cannot be written."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        files.write(target, content, _FOR_READERS)
    except OSError as error:
        raise ReportError(
            f"{target.name} cannot be written: {error.strerror or error}.", where=str(target), hint="Choose a folder you may write to."
        ) from error


def write_all(contents: dict[Path, bytes]) -> None:
    """Write every file, or say why not; none is begun before all contents are there."""
    for target, content in contents.items():
        write(target, content)

"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from aiser_jupyter.errors import ReportError


def write(target: Path, content: bytes) -> None:
    """Write beside ``target`` and rename over it; raises :class:`ReportError` where the folder cannot be written."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ReportError(
            f"{target.name} cannot be written: {error.strerror or error}.", where=str(target), hint="Choose a folder you may write to."
        ) from error


def write_all(files: dict[Path, bytes]) -> None:
    """Write every file, or say why not; none is begun before all contents are there."""
    for target, content in files.items():
        write(target, content)

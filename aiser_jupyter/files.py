"""Files that are there whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from secrets import token_hex
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PRIVATE = 0o600  # for the owner's eyes alone
_USUAL = 0o666  # what the umask leaves of it is what any new file has


@contextmanager
def whole(target: Path, mode: int | None = None, *, lasting: bool = True) -> Iterator[IO[bytes]]:
    """A file beside ``target`` that takes its place when the block ends, and is gone where the block fails.

    ``mode`` is what its rights are whatever the umask, from the first byte on; None leaves them to the umask. ``lasting`` waits until the disk has it.
    """
    part = target.with_name(f".{target.name}.{token_hex(4)}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), _USUAL if mode is None else mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        if mode is not None:
            part.chmod(mode)
        part.replace(target)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write(target: Path, content: str | bytes, mode: int | None = None) -> None:
    """Write ``content`` whole or not at all; a text in UTF-8, its line ends as they are."""
    with whole(target, mode) as file:
        file.write(content.encode() if isinstance(content, str) else content)

"""What tells one state of a data file from the next, without reading the data."""

from __future__ import annotations

from hashlib import blake2b
from itertools import count
from secrets import token_hex
from typing import TYPE_CHECKING

from aiser_jupyter.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

# What begins so holds in this process alone.
HERE = "process:"


def of_file(path: Path, heads: Mapping[str, int] | None = None, shared: Collection[str] = ()) -> str:
    """A word that is another one after each change of the file at ``path``.

    It is made of device, inode, size and both times, and of the first bytes where an engine counts its commits: ``heads`` are their numbers by
    what is appended to the file's name (``""`` for the file itself, ``"-wal"`` for its log). Readers write to those in ``shared`` too, so that their
    times say nothing. Raises `SourceError` where the file is gone.
    """
    digest = blake2b(digest_size=16)
    for ending, size in (heads or {"": 0}).items():
        part = path.with_name(path.name + ending)
        try:
            seen = part.stat()
            # Whoever opens a log may change its rights, and with them the second time.
            times = (seen.st_mtime_ns, 0 if ending else seen.st_ctime_ns) if ending not in shared else ()
            digest.update(f"{ending}|{seen.st_dev}|{seen.st_ino}|{seen.st_size}|{times}|".encode())
            if size:
                with part.open("rb", buffering=0) as file:
                    digest.update(file.read(size))
        except FileNotFoundError:
            if not ending:
                raise SourceError("The file is gone.", where=str(path), hint="Put it back, or connect to where it is now.") from None
            digest.update(f"{ending}|none|".encode())
        except OSError as error:
            raise SourceError("The file cannot be read.", where=f"{part}: {error.strerror}", hint="Check the rights on it.") from None
    return digest.hexdigest()


class Changes:
    """The state of data that only this process changes: a count, told apart from that of any other process."""

    def __init__(self) -> None:
        self._place = token_hex(8)
        self._numbers = count()
        self._now = next(self._numbers)

    def changed(self) -> None:
        """Say that the data is about to change, or has."""
        self._now = next(self._numbers)

    def version(self) -> str:
        """The present state."""
        return f"{HERE}{self._place}:{self._now}"

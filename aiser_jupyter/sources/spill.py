"""Where an engine puts rows that do not fit into memory: a folder of the user's own."""

from __future__ import annotations

import os
import stat
import tempfile
from functools import cache
from pathlib import Path
from weakref import WeakSet

_encrypting: WeakSet[object] = WeakSet()
_always: list[bool] = []


def encrypt(owner: object | None = None) -> None:
    """Have engines that are opened from now on write no plain row to disk, as long as ``owner`` lives; of None as long as the process does."""
    if owner is None:
        _always.append(True)
    else:
        _encrypting.add(owner)


def encrypted() -> bool:
    """Whether rows that do not fit into memory must not lie on disk in plain form."""
    return bool(_always or _encrypting)


def settings() -> dict[str, str]:
    """What an engine is opened with.

    DuckDB encrypts its own files there by a key that it forgets; where it was built without the means, a statement that needs more memory than there is fails.
    """
    return {"temp_directory": spill_folder(), **({"temp_file_encryption": "true"} if encrypted() else {})}


@cache
def spill_folder() -> str:
    """A folder that no other user of the machine can read or prepare; one for all processes of the user, the same throughout a process."""
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    folder = Path(tempfile.gettempdir()) / f"aiser-spill-{user}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        # A name that can be guessed may be taken by somebody else, or lead elsewhere.
        own = not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not stat.S_IMODE(found.st_mode) & 0o077)
        if stat.S_ISDIR(found.st_mode) and own:
            return str(folder)
    except OSError:
        pass
    return tempfile.mkdtemp(prefix="aiser-spill-")

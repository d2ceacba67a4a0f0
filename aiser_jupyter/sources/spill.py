"""Where an engine puts rows that do not fit into memory: a folder of the user's own."""

from __future__ import annotations

import os
import stat
import tempfile
from functools import cache
from pathlib import Path


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

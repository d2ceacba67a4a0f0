"""A machine whose administrator set a key and a policy: a view of /etc for one process and its children, who are no root."""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

# Its user may read (never write) all, as Python may lie in a folder of root's.
SCRIPT = """
mount -t tmpfs none "$1" && mkdir "$1/up" "$1/work" &&
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/up,workdir=$1/work" /etc && mkdir -m 755 /etc/aiser &&
install -m 644 "$1.set"/* /etc/aiser && shift &&
exec setpriv --reuid=nobody --regid=nogroup --clear-groups --inh-caps=+dac_read_search --ambient-caps=+dac_read_search "$@"
"""


class Machine:
    """``files`` are those of /etc/aiser by their names; ``folder`` is one of root's own."""

    def __init__(self, folder: Path, files: dict[str, bytes]) -> None:
        self.view = folder / "view"
        self.view.mkdir()
        (folder / "view.set").mkdir()
        for name, held in files.items():
            (folder / "view.set" / name).write_bytes(held)

    def command(self, *words: object, own: bool = False) -> list[str]:
        """``words`` as they run on that machine; ``own``: its processes end with the first of them."""
        apart = ["unshare", "-m", *(("-p", "--fork", "--mount-proc", "--kill-child") if own else ())]
        return [*apart, "sh", "-c", SCRIPT, "machine", str(self.view), *map(str, words)]

    def why_not(self) -> str:
        """Why this machine allows no such view; nothing where it does."""
        if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("setpriv"):
            return "a view of /etc of one's own is for root on Linux alone"
        tried = subprocess.run(self.command("true", own=True), capture_output=True, check=False)
        return f"this machine allows no view of /etc of one's own: {tried.stderr.decode()}" if tried.returncode else ""

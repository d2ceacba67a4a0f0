"""A machine whose administrator set a key and a policy, and whose users have accounts: a view of the file system for one process and its children."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# Python may lie in a folder that root alone enters ("$2"): it is laid open, for nobody else.
SCRIPT = """
mount -t tmpfs -o mode=755 none "$1" && mkdir "$1/up" "$1/work" "$1/python" &&
mount -t overlay overlay -o "lowerdir=/etc,upperdir=$1/up,workdir=$1/work" /etc && mkdir -m 755 /etc/aiser &&
install -m 644 "$1.set"/* /etc/aiser && cat "$1.passwd" >> /etc/passwd &&
{ test -z "$2" || { mount --bind "$3" "$1/python" && mount -t tmpfs -o mode=755 none "$2" && mkdir -p "$3" && mount --bind "$1/python" "$3"; }; } &&
shift 3 && exec "$@"
"""
NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")


class Machine:
    """``files`` are those of /etc/aiser by their names, ``accounts`` users by name with their numbers; ``folder`` is one of root's own."""

    def __init__(self, folder: Path, files: dict[str, bytes], accounts: dict[str, tuple[int, Path]] | None = None) -> None:
        self.view = folder / "view"
        self.view.mkdir()
        (folder / "view.set").mkdir()
        for name, held in files.items():
            (folder / "view.set" / name).write_bytes(held)
        lines = [f"{name}:x:{number}:{number}::{home}:/bin/sh\n" for name, (number, home) in (accounts or {}).items()]
        (folder / "view.passwd").write_text("".join(lines), encoding="utf-8")

    def command(self, *words: object, own: bool = False, root: bool = False) -> list[str]:
        """``words`` as they run on that machine, by another user than root unless ``root``; ``own``: its processes end with the first of them."""
        apart = ["unshare", "-m", *(("-p", "--fork", "--mount-proc", "--kill-child") if own else ())]
        python = Path(sys.base_prefix)
        closed = next((place for place in reversed(python.parents) if not place.stat().st_mode & 0o001), "")
        return [*apart, "sh", "-c", SCRIPT, "machine", *map(str, (self.view, closed, python)), *(() if root else NOBODY), *map(str, words)]

    def why_not(self) -> str:
        """Why this machine allows no such view; nothing where it does."""
        if not hasattr(os, "geteuid") or os.geteuid() != 0 or not shutil.which("unshare") or not shutil.which("setpriv"):
            return "a view of /etc of one's own is for root on Linux alone"
        tried = subprocess.run(self.command("true", own=True), capture_output=True, check=False)
        return f"this machine allows no view of /etc of one's own: {tried.stderr.decode()}" if tried.returncode else ""

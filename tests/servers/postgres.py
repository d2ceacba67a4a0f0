"""A private PostgreSQL of Debian's binaries."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from servers.daemon import Daemon, free_port, initial, private_folder


def missing() -> str:
    """Why no server can be started here; empty where one can."""
    if not _binaries():
        return "no PostgreSQL on this machine (apt-get install postgresql)"
    return "" if os.getuid() != 0 or shutil.which("setpriv") else "PostgreSQL does not run as root, and there is no setpriv"


class Postgres(Daemon):
    """A server with the superuser ``test`` and no passwords; ``url`` is its address."""

    def __init__(self, *settings: str) -> None:
        binaries = _binaries()[-1]
        folder = private_folder("aiser-pg-")
        words = ["-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        initial("pg", folder, lambda first: [binaries / "initdb", "-D", first / "data", *words])
        self.port = free_port()
        fast = ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "shared_buffers=64MB"]
        extra = [word for setting in settings for word in ("-c", setting)]
        command = [binaries / "postgres", "-D", folder / "data", "-p", self.port, "-h", "127.0.0.1", "-k", folder, *fast, *extra]
        super().__init__(command, folder, self._answers)
        self.start()

    @property
    def url(self) -> str:
        return f"postgresql://test@127.0.0.1:{self.port}/postgres"

    def _answers(self) -> bool:
        ready = [str(_binaries()[-1] / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0

    def execute(self, script: str) -> str:
        """Run a script by psql as the superuser; what it prints, unaligned."""
        command = [str(_binaries()[-1] / "psql"), "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", self.url]
        done = subprocess.run(command, input=script, text=True, capture_output=True, check=False, timeout=300)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout


def _binaries() -> list[Path]:
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"))

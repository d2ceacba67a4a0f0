"""A stand-in for Snowflake: fakesnow, which answers its protocol from DuckDB, in an environment of its own (`make emulators`)."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from servers.daemon import free_port, listens

ROOT = Path(__file__).parent.parent.parent
SERVER = Path(__file__).with_name("snow_emulator.py")


def missing() -> str:
    """Why there is no stand-in here; empty where there is one."""
    return "" if _python().exists() else "no fakesnow here (make emulators)"


def _python() -> Path:
    return Path(os.environ.get("AISER_FAKESNOW", ROOT / ".venv-fakesnow")) / "bin" / "python"


class Fakesnow:
    """The server; ``url`` is the address of one of its databases."""

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="aiser-snow-")
        self.port = free_port()
        environment = {**os.environ, "TMPDIR": self.folder}
        self.process = subprocess.Popen(
            [_python(), SERVER, str(self.port)], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 60
        while not listens(self.port):
            if self.process.poll() is not None or time.monotonic() > until:
                self.remove()
                raise RuntimeError("fakesnow does not start")
            time.sleep(0.05)

    @property
    def url(self) -> str:
        return f"snowflake://fake:hunter2@fakesnow/db1/public?host=127.0.0.1&port={self.port}&protocol=http"

    def remove(self) -> None:
        self.process.kill()
        self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

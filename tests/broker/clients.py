"""A broker in a process of its own user, and clients in processes of other users."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BROKER, ADA, BEN, GROUP = 64001, 64002, 64003, 64009


def missing() -> str:
    """Why no second user can be had here; empty where one can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "processes of other users are started by root alone"
    if not python():
        return "there is no Python that another user may run"
    return "" if shutil.which("setpriv") else "there is no setpriv"


def python() -> str:
    """A Python of this version that any user may run: this one, or the system's where this one lies in a home."""
    system = f"/usr/bin/python3.{sys.version_info.minor}"
    return next((one for one in (sys.executable, system) if Path(one).exists() and _open_to_all(Path(one))), "")


def _open_to_all(place: Path) -> bool:
    return all(part.stat().st_mode & 0o001 for way in (place, place.resolve()) for part in (way, *way.parents))


def as_uid(uid: int, command: list[str], *, group: bool = True) -> list[str]:
    """A command as another user of the machine, in the group that may open the socket or not."""
    groups = f"--groups={GROUP}" if group else "--clear-groups"
    return ["setpriv", f"--reuid={uid}", f"--regid={uid}", groups, *command]


def private(uid: int) -> Path:
    """A folder that only that user may read, with a path short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="aiser-", dir="/tmp"))
    os.chown(folder, uid, uid)
    folder.chmod(0o700)
    return folder


def environment(folder: Path, **more: str) -> dict[str, str]:
    """A bare environment in which the package is found."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH", "LANG")}
    found = os.pathsep.join([str(Path(__file__).parents[2]), *(place for place in sys.path if place.endswith("site-packages"))])
    return {**kept, "PYTHONPATH": found, "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1", **more}


class Running:
    """`aiser broker` as the user `BROKER`, serving at ``socket`` in a folder that the group may enter."""

    def __init__(self, home: Path, *arguments: str, **variables: str) -> None:
        self.home = home
        self.place = Path(tempfile.mkdtemp(prefix="aiser-s-", dir="/tmp"))
        os.chown(self.place, BROKER, GROUP)
        self.place.chmod(0o750)
        self.socket = self.place / "b.sock"
        start = "from aiser_jupyter.cli import main; main()"
        command = [python(), "-c", start, "broker", "--socket", str(self.socket), *arguments]
        self.log = home / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["setpriv", f"--reuid={BROKER}", f"--regid={GROUP}", "--clear-groups", *command],
                cwd=home, env=environment(home, **variables), stdout=log, stderr=log,
            )  # fmt: skip
        until = time.monotonic() + 60
        while not self.socket.exists():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(self.log.read_text())
            time.sleep(0.05)

    def address(self, connection: str = "shop") -> str:
        return f"broker://{self.socket}?connection={connection}"

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.rmtree(self.home, ignore_errors=True)


def client(uid: int, code: str, *, group: bool = True, **variables: str) -> subprocess.Popen[str]:
    """A Python process of another user that runs ``code`` in a folder of its own."""
    folder = private(uid)
    return subprocess.Popen(
        as_uid(uid, [python(), "-c", code], group=group), cwd=folder, env=environment(folder, **variables),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def said(process: subprocess.Popen[str]) -> list[str]:
    """The lines that a client printed; raises RuntimeError with its traceback where it failed."""
    out, err = process.communicate(timeout=120)
    if process.returncode:
        raise RuntimeError(err)
    return out.splitlines()

"""A server as a child process: a free port, a folder, a user that is no root, and a sure end."""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def private_folder(prefix: str) -> Path:
    """A short path (a socket's path must be) that the server's user may enter and own."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    if os.getuid() == 0:
        shutil.chown(folder, "nobody", "nogroup")
    return folder


def as_nobody(command: list[object]) -> list[str]:
    """Database servers refuse to run as root."""
    words = [str(word) for word in command]
    if os.getuid() != 0:
        return words
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *words]


def initial(name: str, folder: Path, make: Callable[[Path], list[object]]) -> None:
    """``folder/data`` as the command ``make`` gives makes it for its folder: by that once a process, by copies of the first then."""
    if name not in _MADE:
        first = private_folder(f"aiser-{name}-")
        atexit.register(shutil.rmtree, first, ignore_errors=True)
        subprocess.run(as_nobody(make(first)), check=True, capture_output=True, cwd=first)
        _MADE[name] = first
    subprocess.run(as_nobody(["cp", "-a", _MADE[name] / "data", folder / "data"]), check=True, cwd=folder)


_MADE: dict[str, Path] = {}


class Daemon:
    """A running server; ``answers`` is tried until it says yes."""

    def __init__(self, command: list[object], folder: Path, answers, *, seconds: float = 30) -> None:
        self.command, self.folder, self.answers, self.seconds = as_nobody(command), folder, answers, seconds
        self.process: subprocess.Popen | None = None

    def start(self) -> Daemon:
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder, start_new_session=True
        )
        until = time.monotonic() + self.seconds
        while not self.answers():
            if self.process.poll() is not None:
                raise RuntimeError(f"{self.command} ended with {self.process.returncode}")
            if time.monotonic() > until:
                raise TimeoutError(f"{self.command} does not answer")
            time.sleep(0.05)
        return self

    def stop(self, sign: int = signal.SIGINT) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(sign)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)

    def kill(self) -> None:
        """As a power cut: the whole group at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
    except OSError:
        return False
    return True

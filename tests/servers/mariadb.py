"""A private MariaDB of Debian's binaries."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess

from servers.daemon import Daemon, as_nobody, free_port, listens, private_folder


def missing() -> str:
    """Why no server can be started here; empty where one can."""
    if not shutil.which("mariadbd", path=_path()):
        return "no MariaDB on this machine (apt-get install mariadb-server)"
    return "" if os.getuid() != 0 or shutil.which("setpriv") else "MariaDB runs here as nobody, and there is no setpriv"


class MariaDB(Daemon):
    """A server with the superuser ``root`` and no passwords, and a database ``test``; ``url`` is its address."""

    def __init__(self) -> None:
        folder = private_folder("aiser-my-")
        install = [
            "mariadb-install-db",
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            f"--datadir={folder}/data",
        ]
        subprocess.run(as_nobody(install), check=True, capture_output=True, cwd=folder)
        self.port = free_port()
        self.socket = f"{folder}/s.sock"
        command = [
            shutil.which("mariadbd", path=_path()),
            "--no-defaults",
            f"--datadir={folder}/data",
            f"--socket={self.socket}",
            f"--pid-file={folder}/pid",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--innodb-buffer-pool-size=32M",
            "--performance-schema=OFF",
            "--innodb-flush-log-at-trx-commit=0",
            "--character-set-server=utf8mb4",
        ]
        super().__init__(command, folder, lambda: listens(self.port))
        self.start()
        # Its grants are for the socket's user; this one is for the port.
        self.execute("CREATE DATABASE test; CREATE USER 'test'@'127.0.0.1'; GRANT ALL ON *.* TO 'test'@'127.0.0.1';")

    @property
    def url(self) -> str:
        return f"mariadb://test@127.0.0.1:{self.port}/test"

    def execute(self, script: str, database: str = "") -> str:
        """Run a script by the command-line client as root."""
        command = [
            "mariadb",
            "--no-defaults",
            "--default-character-set=utf8mb4",
            f"--socket={self.socket}",
            "-u",
            "root",
            "--batch",
            "--skip-column-names",
            *([database] if database else []),
        ]
        done = subprocess.run(command, input=script, text=True, capture_output=True, check=False, timeout=300)
        if done.returncode:
            raise RuntimeError(done.stderr)
        return done.stdout

    def stop(self, sign: int = signal.SIGTERM) -> None:
        super().stop(sign)


def _path() -> str:
    return f"{os.environ.get('PATH', '')}:/usr/sbin"

"""A private MariaDB of Debian's binaries."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
from typing import TYPE_CHECKING

from servers.daemon import Daemon, free_port, initial, listens, private_folder

if TYPE_CHECKING:
    from pathlib import Path


def missing() -> str:
    """Why no server can be started here; empty where one can."""
    if not shutil.which("mariadbd", path=_path()):
        return "no MariaDB on this machine (apt-get install mariadb-server)"
    return "" if os.getuid() != 0 or shutil.which("setpriv") else "MariaDB runs here as nobody, and there is no setpriv"


class MariaDB(Daemon):
    """A server with the superuser ``root`` and no passwords, and a database ``test``; ``url`` is its address."""

    def __init__(self) -> None:
        folder = private_folder("aiser-my-")
        words = ["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]
        initial("my", folder, lambda first: ["mariadb-install-db", *words, f"--datadir={first}/data"])
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


def load_sqlite(server: MariaDB, path: Path, database: str) -> None:
    """Copy a SQLite database, with its primary and foreign keys, into a new ``database``."""
    import pymysql

    server.execute(f"CREATE DATABASE {database}")
    lite = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    mine = pymysql.connect(host="127.0.0.1", port=server.port, user="test", database=database, autocommit=True)
    with mine.cursor() as cursor:
        cursor.execute("SET foreign_key_checks = 0")
        for (table,) in lite.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'").fetchall():
            columns = lite.execute('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (table,)).fetchall()
            parts = [f"`{name}` {kind.replace('NVARCHAR', 'VARCHAR')}{' NOT NULL' if filled else ''}" for name, kind, filled, _ in columns]
            if main := [f"`{name}`" for name, _, _, place in sorted(columns, key=lambda column: column[3]) if place]:
                parts.append(f"PRIMARY KEY ({', '.join(main)})")
            for here, there, target in lite.execute('SELECT "from", "table", "to" FROM pragma_foreign_key_list(?)', (table,)).fetchall():
                parts.append(f"FOREIGN KEY (`{here}`) REFERENCES `{there}` (`{target}`)")
            cursor.execute(f"CREATE TABLE `{table}` ({', '.join(parts)})")
            rows = lite.execute(f'SELECT * FROM "{table}"').fetchall()
            cursor.executemany(f"INSERT INTO `{table}` VALUES ({', '.join(['%s'] * len(columns))})", rows)
    mine.close()
    lite.close()

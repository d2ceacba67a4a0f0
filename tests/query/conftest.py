"""A PostgreSQL of our own for the tests that need one."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import databases
import pytest

BIN = sorted(Path("/usr/lib/postgresql").glob("*/bin"))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """A function that runs statements through psql and gives the output of each, sorted by line."""
    if not BIN or not shutil.which("setpriv"):
        pytest.skip("needs Debian's postgresql and setpriv")
    folder = Path(subprocess.check_output(["mktemp", "-d", "/tmp/aiser-pg-XXXXXX"], text=True).strip())
    as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
    if as_nobody:
        shutil.chown(folder, "nobody", "nogroup")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    subprocess.run(
        [*as_nobody, BIN[-1] / "initdb", "-D", folder / "data", "-U", "test", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        check=True, capture_output=True, cwd=folder,
    )  # fmt: skip
    server = subprocess.Popen(
        [*as_nobody, BIN[-1] / "postgres", "-D", folder / "data", "-p", port, "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off", "-c", "shared_buffers=32MB"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder,
    )  # fmt: skip

    def run(statements):
        script = "".join(f"\\echo @@@\n{sql.rstrip(chr(59))}\n;\n" for sql in statements)
        command = [BIN[-1] / "psql", "-X", "-A", "-t", "-h", "127.0.0.1", "-p", port, "-U", "test", "postgres"]
        done = subprocess.run(command, input=script, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, timeout=60)
        return [sorted(part.splitlines()) for part in done.stdout.split("@@@\n")[1:]]

    for _ in range(100):
        if run(["select 1"]) == [["1"]]:
            break
        time.sleep(0.1)
    run([databases.POSTGRES])
    yield run
    server.terminate()
    server.wait(10)
    shutil.rmtree(folder, ignore_errors=True)

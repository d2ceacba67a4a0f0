"""Start and stop a private JupyterLab server on 127.0.0.1."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class LabServer:
    """A running Jupyter server: its process, its address and its folder."""

    process: subprocess.Popen[bytes]
    url: str
    token: str
    root: Path

    def page(self, path: str) -> str:
        """Return the address of a file in Lab (or of Lab itself), in a workspace of its own: the default one restores the tabs of the test before."""
        workspace = f"test-{secrets.token_hex(4)}"
        tree = f"/tree/{path}" if path else ""
        return f"{self.url}/lab/workspaces/{workspace}{tree}?token={self.token}"

    def stop(self) -> None:
        """End the server and with it its kernels."""
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def free_port() -> int:
    """Return a port that nothing on this machine listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(root: Path, *, timeout: float = 60) -> LabServer:
    """Serve ``root``, with configuration, runtime files and workspaces of its own under it."""
    port, token = free_port(), secrets.token_hex(16)
    state = root / ".jupyter-test"
    env = os.environ | {
        "JUPYTER_CONFIG_DIR": str(state / "config"),
        "JUPYTER_RUNTIME_DIR": str(state / "runtime"),
        "JUPYTER_DATA_DIR": str(state / "data"),
        "JUPYTERLAB_SETTINGS_DIR": str(state / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(state / "workspaces"),
        "IPYTHONDIR": str(state / "ipython"),
    }
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root",
        "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0",
        f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={root}",
        "--LabApp.news_url=None", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.collaborative=False", "--LabApp.expose_app_in_browser=True", "--log-level=WARN",
    ]  # fmt: skip
    quiet = state / "settings" / "@jupyterlab" / "apputils-extension"
    quiet.mkdir(parents=True, exist_ok=True)
    (quiet / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    with (state / "server.log").open("wb") as log:
        process = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=root)
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError((state / "server.log").read_text())
        try:
            with urllib.request.urlopen(f"{url}/api?token={token}", timeout=2):
                return LabServer(process, url, token, root)
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise TimeoutError(f"no answer from {url} in {timeout} s")

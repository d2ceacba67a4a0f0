"""A JupyterHub on the loopback with a configuration of the pages, its proxy, and users who sign in as in a browser."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING

import httpx

from servers.daemon import free_port
from servers.jupyter import Jupyter

if TYPE_CHECKING:
    from pathlib import Path

    from servers.machine import Machine

PYTHON = os.environ.get("JUPYTERHUB_PYTHON") or (sys.executable if find_spec("jupyterhub") else "")
PLACES = """
c.JupyterHub.bind_url = "{url}"
c.JupyterHub.hub_bind_url = "http://127.0.0.1:{hub}"
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy}"
c.JupyterHub.db_url = "sqlite:///hub.sqlite"
c.JupyterHub.default_url = "/hub/home"  # signing in starts no server
c.Spawner.http_timeout = c.Spawner.start_timeout = 120
"""
# Where the users have no accounts of the operating system.
SIMPLE = """
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{folder}/{{username}}"
"""


class Hub:
    """``folder`` is the hub's own; it runs on ``machine``, as root where each user's server runs in an account of theirs (``accounts``)."""

    def __init__(self, folder: Path, machine: Machine, root: Path, *, accounts: bool = False) -> None:
        self.folder, self.machine, self.root, self.accounts = folder, machine, root, accounts
        self.url = f"http://127.0.0.1:{free_port()}"
        self.process: subprocess.Popen | None = None

    def start(self, config: str, **environment: str) -> Hub:
        places = (PLACES if self.accounts else PLACES + SIMPLE).format(url=self.url, hub=free_port(), proxy=free_port(), folder=self.folder)
        (self.folder / "jupyterhub_config.py").write_text(config + places, encoding="utf-8")
        scripts = os.path.dirname(PYTHON)  # noqa: PTH120  # a virtual environment's link to Python must not be followed
        names = {
            "PATH": f"{scripts}:{os.environ['PATH']}", "HOME": str(self.folder), "PYTHONPATH": str(self.root), "HUB_URL": self.url, "OMP_NUM_THREADS": "1",
            "JUPYTERHUB_CRYPT_KEY": secrets.token_hex(32), "CONFIGPROXY_AUTH_TOKEN": secrets.token_hex(16), **environment,
        }  # fmt: skip
        words = self.machine.command(PYTHON, "-m", "jupyterhub", "-f", self.folder / "jupyterhub_config.py", own=True, root=self.accounts)
        with (self.folder / "hub.log").open("wb") as log:
            self.process = subprocess.Popen(words, env=names, cwd=self.folder, stdout=log, stderr=log, start_new_session=True)
        until = time.monotonic() + 120
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(self.log())
            time.sleep(0.1)
        return self

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/hub/health", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def log(self) -> str:
        return (self.folder / "hub.log").read_text(encoding="utf-8")

    def browser(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, follow_redirects=True, timeout=120, trust_env=False)

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


class User:
    """Somebody who has signed in: ``browser`` has the hub's cookies."""

    def __init__(self, browser: httpx.Client, name: str) -> None:
        self.browser, self.name = browser, name
        reply = browser.post(f"/hub/api/users/{name}/tokens", json={}, headers=self._xsrf())
        assert reply.status_code == 201, reply.text
        self.token = reply.json()["token"]

    def _xsrf(self) -> dict[str, str]:
        return {
            "X-XSRFToken": next(one.value or "" for one in self.browser.cookies.jar if one.name == "_xsrf" and one.path == "/hub/"),
            "Referer": f"{self.browser.base_url}/hub/home",
        }

    def start(self) -> Jupyter:
        """Start the user's server."""
        reply = self.browser.post(f"/hub/api/users/{self.name}/server", headers=self._xsrf())
        assert reply.status_code in (201, 202), reply.text
        self._until(lambda: self._state().get("ready"))
        return Jupyter(f"{self.browser.base_url}/user/{self.name}/", {"Authorization": f"token {self.token}"})

    def stop(self) -> None:
        self.browser.delete(f"/hub/api/users/{self.name}/server", headers=self._xsrf()).raise_for_status()
        self._until(lambda: not self._state())

    def _state(self) -> dict:
        reply = self.browser.get(f"/hub/api/users/{self.name}", headers=self._xsrf()).raise_for_status()
        return reply.json()["servers"].get("", {})

    def _until(self, done) -> None:
        until = time.monotonic() + 120
        while not done():
            assert time.monotonic() < until
            time.sleep(0.1)

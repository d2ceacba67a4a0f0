"""The recipes of docs/identity.md for Jupyter Server, on servers and kernels that really run."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import websocket
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import ed25519
from jupyter_server.auth import passwd
from servers.daemon import free_port
from servers.jupyter import Jupyter

from aiser_jupyter.policy.file import MACHINE

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        MACHINE.exists() or MACHINE.with_name("identity.pub").exists(), reason="this machine has a policy or a key of its own"
    ),
]
ROOT = Path(__file__).parents[1]
POLICY = 'v = 1\n[roles.desk]\nmembers = ["group:sales"]\n[roles.boss]\nmembers = ["eve"]\ndefault = "allow"\n'
WHO = "import aiser_jupyter as aiser; print(aiser.Workspace('.').policy().title)"
COMMAND = [sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root", "--ServerApp.port_retries=0"]


@pytest.fixture
def serve(tmp_path):
    """Start a server with this configuration and environment, in a folder of its own; gives its address."""
    started = []

    def start(config="", **environment):
        (tmp_path / "jupyter_server_config.py").write_text(config, encoding="utf-8")
        (tmp_path / "policy.toml").write_text(POLICY, encoding="utf-8")
        (tmp_path / "work").mkdir()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AISER_", "JUPYTER"))}
        names = {
            **kept, "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "AISER_POLICY": str(tmp_path / "policy.toml"), "JUPYTER_CONFIG_DIR": str(tmp_path),
            "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"), "JUPYTER_NO_CONFIG": "", **environment,
        }  # fmt: skip
        port = free_port()
        log = tmp_path / "server.log"
        with log.open("wb") as out:
            words = [*COMMAND, f"--port={port}", f"--ServerApp.root_dir={tmp_path / 'work'}"]
            server = subprocess.Popen(words, env=names, cwd=tmp_path, stdout=out, stderr=out)
        started.append(server)
        url, until = f"http://127.0.0.1:{port}/", time.monotonic() + 90
        while True:
            try:
                httpx.get(f"{url}login", timeout=5, trust_env=False)
            except httpx.HTTPError:
                if server.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(log.read_text()) from None
                time.sleep(0.1)
            else:
                return url

    yield start
    for server in started:
        server.terminate()
        server.wait(30)


def test_a_token_lets_in_and_the_server_says_who_its_kernels_run_for(serve):
    url = serve(JUPYTER_TOKEN="of ada alone", AISER_USER="ada", AISER_GROUPS="sales", LOGNAME="eve")
    assert httpx.get(f"{url}api/kernels", trust_env=False).status_code == 403
    server = Jupyter(url, {"Authorization": "token of ada alone"})
    assert server.http.get("api/me").json()["identity"]["display_name"].startswith("Anonymous")
    kernel = server.kernel()
    assert server.run(kernel, WHO).startswith("ada of sales (by AISER_USER) asks as desk")
    server.restart(kernel)
    assert server.run(kernel, WHO).startswith("ada of sales (by AISER_USER) asks as desk")
    server.close()


def test_a_password_lets_in_and_kernels_run_for_the_login(serve):
    import pwd

    url = serve(f"c.PasswordIdentityProvider.hashed_password = {passwd('her own one')!r}\n", LOGNAME="eve", USER="eve")
    with httpx.Client(base_url=url, trust_env=False, follow_redirects=True, timeout=60) as browser:
        browser.get("login")
        token = browser.cookies["_xsrf"]
        assert "Invalid" in browser.post("login", data={"password": "another", "_xsrf": token}).text
        assert browser.get("api/kernels").status_code == 403
        browser.post("login", data={"password": "her own one", "_xsrf": token})
        cookies = "; ".join(f"{one.name}={one.value}" for one in browser.cookies.jar)
    server = Jupyter(url, {"Cookie": cookies, "X-XSRFToken": token})
    login = pwd.getpwuid(os.getuid()).pw_name
    assert server.run(server.kernel(), WHO).startswith(f"{login} (by login) asks as nobody")
    server.close()


def recipe() -> str:
    page = (ROOT / "docs" / "identity.md").read_text(encoding="utf-8")
    first = "# jupyter_server_config.py: several people, whom a proxy signs in\n"
    return next(part.partition("```")[0] for part in page.split("```python\n") if part.startswith(first))


class Proxy:
    """What a proxy in front sends for somebody it has signed in: their name, their groups and its secret."""

    def __init__(self, url: str, secret: str) -> None:
        self.url, self.secret = url, secret

    def of(self, user: str, groups: str) -> Jupyter:
        headers = {"X-Proxy-Secret": self.secret, "X-Forwarded-User": user, "X-Forwarded-Groups": groups}
        xsrf = httpx.get(f"{self.url}login", trust_env=False).cookies["_xsrf"]
        return Jupyter(self.url, {**headers, "Cookie": f"_xsrf={xsrf}", "X-XSRFToken": xsrf})


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
def test_each_kernel_runs_for_whom_the_proxy_named_when_it_started(serve, tmp_path, signed):
    secret, names, by = "of the proxy alone", {}, "AISER_USER"
    if signed:
        private, by = ed25519.Ed25519PrivateKey.generate(), "AISER_IDENTITY_TOKEN"
        (tmp_path / "identity.key").write_bytes(private.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption()))
        (tmp_path / "identity.pub").write_bytes(private.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo))
        names = {"AISER_IDENTITY_KEY": str(tmp_path / "identity.pub")}
    url = serve(recipe(), PROXY_SECRET=secret, IDENTITY_KEY=str(tmp_path / "identity.key"), **names)
    proxy = Proxy(url, secret)
    ada, eve, forged = proxy.of("ada", "staff,sales"), proxy.of("eve", ""), Proxy(url, "guessed").of("eve", "")
    assert forged.http.get("api/kernels").status_code in (302, 403)
    assert forged.http.post("api/kernels", json={}).status_code == 403

    of_ada, of_eve = ada.kernel(), eve.kernel()
    assert ada.run(of_ada, WHO).startswith(f"ada of sales, staff (by {by}) asks as desk")
    assert eve.run(of_eve, WHO).startswith(f"eve (by {by}) asks as boss")
    ada.restart(of_ada)
    assert ada.run(of_ada, WHO).startswith(f"ada of sales, staff (by {by}) asks as desk")
    session = ada.http.post("api/sessions", json={"path": "a.ipynb", "type": "notebook", "name": "", "kernel": {"name": "python3"}}).json()
    assert ada.run(session["kernel"]["id"], WHO).startswith(f"ada of sales, staff (by {by}) asks as desk")

    with pytest.raises(websocket.WebSocketBadStatusException):
        ada.run(of_eve, WHO)
    assert ada.http.post(f"api/kernels/{of_eve}/restart").status_code == 403
    assert ada.http.post("api/terminals").status_code in (403, 404)
    assert json.loads(eve.run(of_eve, "import os, json; print(json.dumps('PROXY_SECRET' in os.environ))")) is False
    for server in (ada, eve, forged):
        server.close()

"""The recipes of docs/identity.md for JupyterHub, on a hub, a proxy, users' servers and kernels that really run, with a provider of OpenID Connect."""

import json
import os
import shutil
from pathlib import Path

import duckdb
import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import ed25519
from servers import hub as hubs
from servers.daemon import private_folder
from servers.hub import Hub, User
from servers.machine import Machine
from servers.oidc import CLIENT, SECRET, Provider

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not hubs.PYTHON, reason="JupyterHub is not installed (set JUPYTERHUB_PYTHON to a Python that has it)"),
    pytest.mark.skipif(not shutil.which("configurable-http-proxy"), reason="configurable-http-proxy is not on the PATH"),
]
ROOT = Path(__file__).parents[1]
POLICY = """v = 1
connections = ["shop"]
[roles.desk]
members = ["group:sales"]
[roles.desk.tables.customers]
rows = "region = :region"
[roles.named]
members = ["ben"]
[roles.named.tables.customers]
rows = "name = 'Ben & Co'"
[roles.boss]
members = ["eve", "group:board"]
default = "allow"
"""
USERS = {
    "ada": ("ada's own", {"preferred_username": "ada", "groups": ["staff", "sales"], "region": "north"}),
    "ben": ("ben's own", {"preferred_username": "ben", "groups": ["staff", "sales"], "region": "south", "shops": ["7"]}),
    "mia": ("mia's own", {"preferred_username": "mia", "groups": ["visitors"], "region": "north"}),
}
WHO = "print(ws.policy().title)"
ROWS = "print([row['name'] for row in ws.sql('SELECT name FROM customers ORDER BY name', on='shop').rows(9)])"


def recipe(first: str) -> str:
    """The configuration of the page that begins with this line."""
    page = (ROOT / "docs" / "identity.md").read_text(encoding="utf-8")
    return next(part.partition("```")[0] for part in page.split("```python\n") if part.startswith(f"# {first}\n"))


class World:
    """A machine of an administrator with a policy and a shop; ``signed``: with a key for identities, whose private half the hub has, and accounts for its users."""

    def __init__(self, tmp_path: Path, *, signed: bool) -> None:
        self.folder = private_folder("aiser-hub-")
        self.folder.chmod(0o711)
        self.key = (tmp_path if signed else self.folder) / "identity.key"  # where the hub may look for it
        files = {"policy.toml": POLICY.encode()}
        accounts = {}
        if signed:
            for number, name in enumerate(USERS, 64_101):
                (home := self.folder / name).mkdir(mode=0o700)
                os.chown(home, number, number)
                accounts[name] = (number, home)
            private = ed25519.Ed25519PrivateKey.generate()
            self.key.write_bytes(private.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption()))
            files["identity.pub"] = private.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)
            self.key.chmod(0o600)
        machine = Machine(tmp_path, files, accounts)
        if reason := machine.why_not():
            pytest.skip(reason)
        shop = private_folder("aiser-shop-")
        shop.chmod(0o755)
        self.shop = shop / "shop.duckdb"
        with duckdb.connect(self.shop) as made:
            made.execute(
                "CREATE TABLE customers AS FROM (VALUES ('Ann', 'north'), ('Ben & Co', 'south'), ('Cleo', 'south')) AS t (name, region)"
            )
        self.hub = Hub(self.folder, machine, ROOT, accounts=signed)

    @property
    def cells(self) -> tuple[str, str, str]:
        """The notebook that everybody runs."""
        return f"import aiser_jupyter as aiser; ws = aiser.workspace(); ws.connect({str(self.shop)!r}, name='shop')", WHO, ROWS

    def close(self) -> None:
        self.hub.stop()
        shutil.rmtree(self.shop.parent)


@pytest.fixture
def world(tmp_path, request):
    made = World(tmp_path, signed=getattr(request, "param", False))
    yield made
    print(made.hub.log())  # noqa: T201  # pytest shows it where the test fails
    made.close()


@pytest.fixture
def provider(world):
    made = Provider({name: (password, dict(told)) for name, (password, told) in USERS.items()})
    made.redirect = f"{world.hub.url}/hub/oauth_callback"
    yield made
    made.close()


def oidc(world, provider) -> None:
    world.hub.start(
        recipe("jupyterhub_config.py: OpenID Connect"), OIDC_PROVIDER=provider.url, OIDC_CLIENT=CLIENT, OIDC_SECRET=SECRET, IDENTITY_KEY=str(world.key)
    )  # fmt: skip


def sign_in(world, provider, name, password=None):
    """Sign in at the provider as a browser does: its form, its redirects, the hub's cookies."""
    browser = world.hub.browser()
    form = browser.get("/hub/oauth_login")
    assert form.url.path == "/authorize", (form.status_code, form.text, world.hub.log())
    reply = browser.post(str(form.url), data={"user": name, "password": USERS[name][0] if password is None else password})
    return browser, reply


def user(world, provider, name) -> User:
    browser, reply = sign_in(world, provider, name)
    assert str(reply.url).startswith(world.hub.url), (reply.url, reply.status_code, reply.text)
    return User(browser, name)


def test_a_simple_authenticator_names_the_user(world):
    world.hub.start(recipe("jupyterhub_config.py: names and a shared password, to try it"), HUB_PASSWORD="a long one")
    browser = world.hub.browser()
    browser.get("/hub/login")
    token = next(one.value for one in browser.cookies.jar if one.name == "_xsrf")
    browser.post("/hub/login", data={"username": "ben", "password": "a long one", "_xsrf": token})
    server = User(browser, "ben").start()
    server.put_notebook("shop.ipynb", *world.cells)
    _, who, rows = server.run_notebook("shop.ipynb")
    assert who == (
        "ben (by JupyterHub) asks as named, under /etc/aiser/policy.toml (sealed: you cannot change it; your name and groups are not sealed)\n"
    )
    assert rows == "['Ben & Co']\n"
    server.close()


@pytest.mark.parametrize("world", [True], indirect=True, ids=["signed"])
def test_openid_connect_gives_two_users_of_one_notebook_their_own_rows_and_no_others(world, provider):
    oidc(world, provider)
    ada, ben = (user(world, provider, name) for name in ("ada", "ben"))
    servers = {person.name: person.start() for person in (ada, ben)}
    for server in servers.values():
        server.put_notebook("shop.ipynb", *world.cells)
    found = {name: server.run_notebook("shop.ipynb")[1:] for name, server in servers.items()}
    sealed = "(by AISER_IDENTITY_TOKEN, sealed) asks as desk, under /etc/aiser/policy.toml (sealed: you cannot change it)"
    assert found == {
        "ada": [f"ada of sales, staff {sealed}\n", "['Ann']\n"],
        "ben": [f"ben of sales, staff {sealed}\n", "['Ben & Co', 'Cleo']\n"],
    }
    assert {"GET /authorize", "POST /authorize", "POST /token", "GET /userinfo"} <= set(provider.seen)

    # The variables of a notebook or of a kernel of one's own make nobody else of her.
    mine = servers["ada"]
    kernel = mine.kernel()
    opened = "import os, aiser_jupyter as aiser\n{}\nprint(aiser.Workspace('.').policy().title)"
    for variables, said in (
        ({"AISER_USER": "eve"}, "RefusedError: AISER_USER says something else than the signed token of ada."),
        (
            {"AISER_USER": "eve", "AISER_IDENTITY_TOKEN": ""},
            "RefusedError: This machine believes only signed identities, and there is no token.",
        ),
        ({"AISER_GROUPS": '["board"]'}, "RefusedError: AISER_GROUPS says something else than the signed token of ada."),
        ({"JUPYTERHUB_USER": "eve"}, f"ada of sales, staff {sealed}"),
        ({"AISER_IDENTITY_KEY": "/dev/null", "AISER_POLICY": "/dev/null"}, f"ada of sales, staff {sealed}"),
    ):
        code = f"saved = dict(os.environ); os.environ.update({variables!r})\ntry:\n    print(aiser.Workspace('.').policy().title)\nfinally:\n    os.environ.clear(); os.environ.update(saved)"
        assert mine.run(kernel, f"import os, aiser_jupyter as aiser\n{code}").startswith(said), variables
    spec = {
        "argv": [hubs.PYTHON, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "mine",
        "language": "python",
        "env": {"AISER_USER": "eve"},
    }
    place = "os.path.expanduser('~/.local/share/jupyter/kernels/mine')"
    mine.run(kernel, f"os.makedirs({place}); open({place} + '/kernel.json', 'w').write({json.dumps(spec)!r})")
    # With disable_user_config no kernel of her own is found, though she has put one there.
    assert mine.run(kernel, f"print(os.listdir({place}))") == "['kernel.json']\n"
    assert mine.http.post("api/kernels", json={"name": "mine"}).status_code >= 400
    assert "mine" not in mine.http.get("api/kernelspecs").json()["kernelspecs"]

    # Neither the hub's key nor the token of another is hers to read: the servers run in accounts of their own.
    mine.run(
        kernel,
        "def read(place):\n    try:\n        return open(place, 'rb').read()\n    except OSError as error:\n        return type(error).__name__",
    )
    assert mine.run(kernel, f"print(os.getuid(), read({str(world.key)!r}))") == "64101 PermissionError\n"
    theirs = servers["ben"].run(servers["ben"].kernel(), "import os; print(os.getpid(), os.getppid())").split()
    assert mine.run(kernel, f"print(*(read(f'/proc/{{one}}/environ') for one in {theirs}))") == "PermissionError PermissionError\n"

    # What no kernel can prevent: its own code, changed.
    forged = "from aiser_jupyter.identity import key\nfrom pathlib import Path\nkey.MACHINE = Path('/nowhere')\nos.environ.clear(); os.environ['AISER_USER'] = 'eve'"
    assert mine.run(kernel, opened.format(forged)).startswith("eve (by AISER_USER) asks as boss")

    # What changes at the provider holds from the next start of the server.
    provider.users["ada"] = (USERS["ada"][0], {**USERS["ada"][1], "region": "south"})
    ada.stop()
    again = ada.start()
    assert again.run_notebook("shop.ipynb")[2] == "['Ben & Co', 'Cleo']\n"
    provider.users["ada"] = (USERS["ada"][0], {name: told for name, told in USERS["ada"][1].items() if name != "region"})
    ada.stop()
    again = ada.start()
    assert again.run_notebook("shop.ipynb")[2].startswith("RefusedError")
    for server in (*servers.values(), again):
        server.close()


def test_unsigned_the_provider_tells_groups_and_claims_and_a_user_can_change_them(world, provider):
    oidc(world, provider)
    server = user(world, provider, "ben").start()
    server.put_notebook("shop.ipynb", *world.cells)
    _, who, rows = server.run_notebook("shop.ipynb")
    assert who == (
        "ben of sales, staff (by AISER_USER) asks as desk, under /etc/aiser/policy.toml "
        "(sealed: you cannot change it; your name and groups are not sealed)\n"
    )
    assert rows == "['Ben & Co', 'Cleo']\n"
    kernel = server.kernel()
    opened = "import os, aiser_jupyter as aiser\nos.environ['AISER_USER'] = 'eve'; os.environ['AISER_GROUPS'] = 'board'\nprint(aiser.Workspace('.').policy().title)"
    assert server.run(kernel, opened).startswith("eve of board (by AISER_USER) asks as boss")
    assert server.run(kernel, "print(os.environ['AISER_CLAIMS'])") == '{"region": "south", "shops": ["7"]}\n'
    server.close()


def test_who_the_provider_or_the_hub_does_not_let_in_has_no_server(world, provider):
    oidc(world, provider)
    _, reply = sign_in(world, provider, "ada", "wrong")
    assert (reply.status_code, reply.json()) == (403, {"error": "access_denied"})
    browser, reply = sign_in(world, provider, "mia")
    assert (reply.status_code, reply.url.path) == (403, "/hub/oauth_callback")
    assert browser.get("/hub/api/user").status_code == 403
    assert not (world.folder / "mia").exists()

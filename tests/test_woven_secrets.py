"""A workspace's settings may not put a secret of the user's into an address of their own until the user trusts them."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from aiser_jupyter import trust
from aiser_jupyter.errors import DeadlineError, SettingsError, SourceError
from aiser_jupyter.workspaces import Workspace


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_TOKEN", "s3cret-t0ken")


@pytest.fixture
def listener():
    """A port of somebody who wants the secret, and how many came."""
    with closing(socket.socket()) as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        server.settimeout(0)
        yield server


def settings(root, text):
    (root / ".aiser").mkdir(exist_ok=True)
    (root / ".aiser" / "settings.toml").write_text(text)


def came(server):
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return False
    return True


@pytest.mark.parametrize(
    "address", ["postgresql://ann:${AWS_TOKEN}@127.0.0.1:PORT/x", "postgresql://127.0.0.1:PORT/x?password=${AWS_TOKEN}"]
)
def test_a_secret_within_an_address_waits_for_trust(tmp_path, listener, address):
    address = address.replace("PORT", str(listener.getsockname()[1]))
    settings(tmp_path, f'[connections.shop]\nurl = "{address}"\n')
    ws = Workspace(tmp_path)
    with pytest.raises(SettingsError, match="a secret of yours") as told:
        ws.sql("select 1", on="shop")
    assert "aiser trust" in told.value.hint
    assert "s3cret" not in f"{told.value} {told.value.hint}"
    assert not came(listener)
    trust.trust(tmp_path)
    with pytest.raises((SourceError, DeadlineError)):  # nobody speaks PostgreSQL there
        ws.sql("select 1", on="shop", timeout=2)
    assert came(listener)
    settings(tmp_path, f'[connections.shop]\nurl = "{address}"\n# changed\n')
    with pytest.raises(SettingsError, match="a secret of yours"):
        Workspace(tmp_path).sql("select 1", on="shop")


def test_a_secret_among_the_knobs_waits_for_trust(tmp_path):
    settings(
        tmp_path,
        '[connections.api]\nurl = "http://127.0.0.1:9/x"\n[connections.api.extra]\nauth = { kind = "bearer", token = "env:AWS_TOKEN" }\n',
    )
    with pytest.raises(SettingsError, match="a secret of yours"):
        Workspace(tmp_path).tables("api")


def test_a_whole_address_of_the_users_needs_no_trust(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_URL", "sqlite://")
    settings(tmp_path, '[connections.shop]\nurl = "env:SHOP_URL"\n')
    assert Workspace(tmp_path).sql("select 1 as one", on="shop").rows() == [{"one": 1}]


def test_the_environment_is_the_users_own(tmp_path, monkeypatch):
    monkeypatch.setenv("DATA_FOLDER", str(tmp_path / "shop.sqlite"))
    settings(tmp_path, "")
    monkeypatch.setenv("AISER_CONNECTIONS__SHOP__URL", "postgresql://ann:${AWS_TOKEN}@127.0.0.1:9/x")
    with pytest.raises(SourceError):
        Workspace(tmp_path).sql("select 1", on="shop", timeout=2)


@pytest.mark.parametrize(
    ("url", "extra", "woven"),
    [
        ("env:SHOP_URL", None, False), ("keyring:shop", {"sslrootcert": "env:CA"}, False), ("shop.duckdb", {"schema": "x"}, False),
        ("postgresql://a:${P}@h/x", None, True), ("https://h/x", {"auth": {"kind": "bearer", "token": "keyring:t"}}, True),
        ("https://h/x", {"headers": ["a", "Bearer ${T}"]}, True), ("https://h/x", {"environment": "test"}, False),
    ],
)  # fmt: skip
def test_what_is_woven(url, extra, woven):
    assert trust.woven(url, extra) is woven


def test_what_the_user_saves_is_trusted_as_it_was(tmp_path):
    from aiser_jupyter.connecting import keep

    keep(tmp_path, "shop", {"url": "postgresql://ann:${AWS_TOKEN}@127.0.0.1:9/x"})
    assert trust.trusted(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    settings(other, '[connections.theirs]\nurl = "postgresql://x:${AWS_TOKEN}@127.0.0.1:9/x"\n')
    keep(other, "mine", {"url": "shop.duckdb"})
    assert not trust.trusted(other)

from __future__ import annotations

import sqlite3

import pytest
from servers.rest import RestServer

from aiser_jupyter import Workspace, settings
from aiser_jupyter.errors import AiserError, RefusedError, SecretTypedError, SourceError, UsageError
from aiser_jupyter.magics import connections


@pytest.fixture
def ws(tmp_path, monkeypatch):
    for name in ("shop", "other"):
        with sqlite3.connect(tmp_path / f"{name}.db") as connection:
            connection.execute("CREATE TABLE t (a INTEGER)")
        connection.close()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    (tmp_path / ".aiser").mkdir()
    ws = Workspace(tmp_path)
    yield ws
    ws.close()


def test_connects_switches_and_disconnects(ws):
    assert connections.connect(ws, "shop.db --as one").rows == [("one", "sqlite", "read-only", 1, "sqlite:///shop.db")]
    connections.connect(ws, "other.db")
    assert ws.context.sources.default == "other"
    listed = connections.use(ws, "one").rows
    assert [(row[0], row[4]) for row in listed] == [("one", "default"), ("other", "")]
    connections.disconnect(ws, "one")
    assert (ws.connections, ws.context.sources.default) == (("other",), "other")
    with pytest.raises(UsageError, match="no connection named 'one'"):
        connections.disconnect(ws, "one")
    with pytest.raises(UsageError, match="needs a connection") as caught:
        connections.disconnect(ws, "")
    assert "other" in caught.value.hint


def test_a_profile_is_saved_and_opened_by_the_next_workspace(ws, tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_URL", f"sqlite:///{tmp_path}/shop.db")
    connections.connect(ws, "env:SHOP_URL --as shop --save")
    text = (tmp_path / ".aiser" / "settings.toml").read_text()
    assert "env:SHOP_URL" in text
    assert str(tmp_path) not in text
    later = Workspace(tmp_path)
    assert (later.connections, later.context.sources.default) == ((), "shop")
    assert connections.connections(later, "").rows == [("shop", "not open", "read-only", "env:SHOP_URL", "default")]
    assert later.sql("select count(*) as n from t").rows() == [{"n": 0}]
    later.close()


def test_a_password_reaches_no_profile(ws, tmp_path):
    connections.connect(ws, "shop.db")
    with pytest.raises(SecretTypedError) as caught:
        ws.save_connection("shop", "postgresql://ann:hunter2@h/x")
    assert "hunter2" not in str(caught.value)
    assert not (tmp_path / ".aiser" / "settings.toml").exists()


def test_rights_place_and_name_change(ws, tmp_path):
    connections.connect(ws, "shop.db")
    with pytest.raises(RefusedError):
        ws.sql("insert into t values (1)", write=True)
    assert connections.edit(ws, "shop --write --save").rows[0][2] == "read and write"
    ws.sql("insert into t values (1)", write=True).rows()
    assert ws.sql("select a from t").rows() == [{"a": 1}]
    assert settings.load(tmp_path).connections["shop"].write
    assert connections.edit(ws, "shop --read-only --as store").rows[0][:3] == ("store", "sqlite", "read-only")
    assert ws.connections == ("store",)
    assert connections.edit(ws, "store --url other.db").rows[0][4] == "sqlite:///other.db"
    with pytest.raises(SourceError, match="no such file"):
        connections.edit(ws, "store --url gone.db")
    assert ws.sql("select count(*) as n from t", on="store").rows() == [{"n": 0}]


def test_tests_one_or_all(ws, tmp_path):
    connections.connect(ws, "shop.db")
    assert connections.test(ws, "shop").ok
    (tmp_path / "shop.db").unlink()
    status = connections.test(ws, "")
    assert not status.ok
    around = {"features": True, "policy": True, "folder": True, "disk": True, "PDF": True}
    assert {check.name: check.ok for check in status.checks} == {
        "aiser-jupyter": True,
        "history": True,
        "model": True,
        **around,
        "shop": False,
    }


def test_a_secret_is_asked_for_and_never_in_the_cell(ws, monkeypatch, capsys):
    import keyring
    from ring import Memory

    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    monkeypatch.setattr(connections, "getpass", lambda _prompt: "sqlite:///shop.db")
    try:
        assert connections.secret(ws, "shop").rows == [("keyring:shop", "%aiser connect keyring:shop")]
        connections.connect(ws, "keyring:shop --as kept")
        assert ws.sql("select count(*) as n from t", on="kept").rows() == [{"n": 0}]
        assert connections.secret(ws, "shop --forget").rows == [("keyring:shop",)]
        with pytest.raises(UsageError, match="no value"):
            connections.secret(ws, "shop hunter2")
    finally:
        keyring.set_keyring(before)


def test_database_url_is_a_connection(tmp_path, monkeypatch, ws):
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/shop.db")
    later = Workspace(tmp_path)
    assert later.sql("select count(*) as n from t").source == "database"
    later.close()


def test_private_addresses_are_reached_where_that_is_said(ws, tmp_path):
    pytest.importorskip("httpx")
    with RestServer() as server:
        server.routes["/orders"] = [{"id": 1, "city": "Graz"}, {"id": 2, "city": "Linz"}]
        address = server.url("/orders")
        with pytest.raises(SourceError, match="private"):
            ws.connect(address, "api")
        assert ws.connections == ()
        connections.connect(ws, f"{address} --as api --allow-private --save")
        assert ws.sql("select city from orders where id = 2", on="api").rows() == [{"city": "Linz"}]
        assert settings.load(tmp_path).connections["api"].allow_private
        later = Workspace(tmp_path)
        assert later.sql("select count(*) as n from orders", on="api").rows() == [{"n": 2}]
        later.close()


def test_a_drivers_own_knobs_are_given_and_not_kept_silently(ws):
    pytest.importorskip("httpx")
    with RestServer() as server:
        server.routes["/v1/people"] = {"found": [{"name": "Ann"}]}
        extra = {"endpoints": {"people": "/v1/people"}, "records": "found"}
        ws.connect(server.url(), "api", allow_private=True, extra=extra)
        assert ws.sql("select name from people", on="api").rows() == [{"name": "Ann"}]
        with pytest.warns(UserWarning, match=r"\[connections.api.extra\]"):
            ws.save_connection("api", server.url())
    with pytest.raises(AiserError, match="no_such_knob"):
        ws.connect("shop.db", "odd", extra={"no_such_knob": 1})

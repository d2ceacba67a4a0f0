"""A team's policy in PostgreSQL: published, signed, followed by open workspaces, and not believed for long when the server is away."""

import json
from pathlib import Path

import duckdb
import pytest
from servers import postgres

from aiser_jupyter import Workspace
from aiser_jupyter.cli.app import run
from aiser_jupyter.errors import SettingsError, SourceError
from aiser_jupyter.policy import file, signature
from aiser_jupyter.sources import policy_table
from aiser_jupyter.sources.policy_table import Kept

POLICY = 'v = 1\nconnections = ["shop"]\n[roles.all]\nmembers = ["*"]\n[roles.all.tables.orders]\nrows = "id < 3"\n'
SQL = "SELECT count(*) AS n FROM orders"
PASSWORD = "canary-pw-91c2"


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture(scope="module")
def running():
    if reason := postgres.missing():
        pytest.skip(reason)
    made = postgres.Postgres()
    yield made
    made.remove()


@pytest.fixture
def server(running, monkeypatch, tmp_path):
    """A table of its own for each test, and the addresses of an administrator and of an analyst in the environment."""
    running.execute("DROP TABLE IF EXISTS aiser_policy CASCADE; DROP FUNCTION IF EXISTS aiser_policy_kept;")
    running.execute(policy_table.DDL)
    running.execute(
        f"DROP ROLE IF EXISTS analyst; CREATE ROLE analyst LOGIN PASSWORD '{PASSWORD}'; GRANT SELECT ON aiser_policy TO analyst;"
    )
    monkeypatch.setattr(signature, "MACHINE_KEY", tmp_path / "etc" / "policy.pub")
    monkeypatch.setattr(file, "MACHINE", tmp_path / "etc" / "policy.toml")
    monkeypatch.setenv("ADMIN_URL", running.url)
    monkeypatch.setenv("POLICY_URL", running.url.replace("test@", f"analyst:{PASSWORD}@"))
    monkeypatch.delenv("AISER_POLICY_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    yield running
    running.execute("DROP OWNED BY analyst; DROP ROLE analyst;")


def publish(text, *more):
    Path("policy.toml").write_text(text, encoding="utf-8")
    return run(["policy", "publish", "policy.toml", "--to", "env:ADMIN_URL", *more])


def test_versions_are_kept_and_none_is_changed(server, capsys):
    assert publish(POLICY, "--note", "first") == 0
    assert publish(POLICY.replace("id < 3", "id < 4")) == 0
    assert capsys.readouterr().out.splitlines() == ["Version 1 is published, not signed.", "Version 2 is published, not signed."]
    assert publish("v = 1\n[roles") == 1
    capsys.readouterr()
    assert run(["policy", "history", "--to", "env:POLICY_URL", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["versions"]
    assert [(one["version"], one["by"], one["signed"], one["note"]) for one in told] == [
        (2, "test", False, ""),
        (1, "test", False, "first"),
    ]
    for change in ("UPDATE aiser_policy SET text = ''", "DELETE FROM aiser_policy", "TRUNCATE aiser_policy"):
        with pytest.raises(RuntimeError, match="is not changed"):
            server.execute(change)
    with pytest.raises(SourceError, match="cannot be published"):
        policy_table.publish("env:POLICY_URL", POLICY.encode(), "")


def test_a_workspace_follows_the_team_s_policy(server, tmp_path, monkeypatch):
    publish(POLICY)
    monkeypatch.setenv("AISER_POLICY", "env:POLICY_URL")
    monkeypatch.setattr(policy_table, "EVERY_S", 0.0)
    monkeypatch.setattr(policy_table.Kept.__init__, "__kwdefaults__", {**policy_table.Kept.__init__.__kwdefaults__, "every_s": 0.0})
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE orders AS SELECT i AS id FROM range(10) t(i)")
    ws = Workspace(tmp_path)
    ws.connect(tmp_path / "shop.duckdb", "shop")
    assert ws.sql(SQL, on="shop").rows() == [{"n": 3}]
    assert ws.context.policy.sealed
    publish(POLICY.replace("id < 3", "id < 6"))
    assert ws.sql(SQL, on="shop").rows() == [{"n": 6}]
    assert "version 2" in ws.context.policy.place
    assert PASSWORD not in repr(ws.policy()) + ws.context.policy.place
    ws.close()


def test_the_last_policy_holds_for_a_while_and_no_longer(server, running):
    publish(POLICY)
    clock = Clock()
    kept = Kept("env:POLICY_URL", every_s=5, bound_s=60, clock=clock)
    first = kept().digest
    running.stop()
    try:
        for later in (4, 20, 59):
            clock.now = 1000.0 + later
            assert kept().digest == first
        clock.now = 1061.0
        with pytest.raises(SettingsError, match="has not answered for 61 s"):
            kept()
        with pytest.raises(SettingsError, match="does not answer") as caught:
            Kept("env:POLICY_URL")()
        assert PASSWORD not in str(caught.value)
    finally:
        running.start()
    clock.now = 1100.0
    until_open(kept, clock)
    assert kept().digest == first


def until_open(kept, clock):
    """A server that was away is left alone for a while before it is tried again."""
    import time

    end = time.monotonic() + 60
    while time.monotonic() < end:
        clock.now += 6
        try:
            kept()
        except SettingsError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("it did not come back")


def test_the_version_is_asked_for_now_and_then(server):
    publish(POLICY)
    clock = Clock()
    kept = Kept("env:POLICY_URL", every_s=5, clock=clock)
    first = kept().digest
    publish(POLICY.replace("id < 3", "id < 4"))
    assert kept().digest == first
    clock.now += 5
    assert kept().digest != first


@pytest.mark.parametrize("signed_by", ["nobody", "another"])
def test_what_is_not_signed_for_the_machine_is_refused(server, monkeypatch, tmp_path, signed_by):
    run(["policy", "keygen"])
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "policy.pub").write_bytes((tmp_path / "policy.pub").read_bytes())
    (tmp_path / "other.key").write_bytes(signature.keys()[0])
    publish(POLICY, "--key", "policy.key")
    clock = Clock()
    kept = Kept("env:POLICY_URL", clock=clock)
    assert [role.name for role in kept().roles] == ["all"]
    publish(POLICY.replace("id < 3", "id < 300"), *(["--key", "other.key"] if signed_by == "another" else []))
    clock.now += 10
    # The version before it, which was right, does not stand in for it.
    with pytest.raises(SettingsError, match="sign"):
        kept()
    publish(POLICY.replace("id < 3", "id < 30"), "--key", "policy.key")
    clock.now += 10
    assert "id < 30" in repr(kept().roles)


def test_a_table_that_is_not_there_or_empty_governs_by_refusing(server):
    with pytest.raises(SettingsError, match="No policy was published"):
        Kept("env:POLICY_URL")()
    server.execute("REVOKE SELECT ON aiser_policy FROM analyst")
    with pytest.raises(SettingsError, match="cannot be read from its table"):
        Kept("env:POLICY_URL")()
    server.execute("DROP TABLE aiser_policy CASCADE")
    with pytest.raises(SettingsError, match="cannot be read from its table"):
        Kept("env:POLICY_URL")()


def test_the_table_is_printed(capsys):
    assert run(["policy", "publish", "--ddl"]) == 0
    assert "CREATE TABLE aiser_policy" in capsys.readouterr().out
    assert run(["policy", "publish"]) == 2

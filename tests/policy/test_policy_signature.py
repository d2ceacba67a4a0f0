"""Where a key is named, a policy that it did not sign is refused: unsigned, signed by another, or changed after."""

import os
from dataclasses import replace

import duckdb
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.cli.app import run
from aiser_jupyter.errors import SettingsError
from aiser_jupyter.policy import file, signature
from aiser_jupyter.policy.watch import Watched

POLICY = 'v = 1\n[roles.all]\nmembers = ["*"]\n[roles.all.tables.orders]\nrows = "id < 3"\n'


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(signature, "MACHINE_KEY", tmp_path / "etc" / "policy.pub")
    monkeypatch.setattr(file, "MACHINE", tmp_path / "etc" / "policy.toml")
    monkeypatch.delenv("AISER_POLICY", raising=False)
    monkeypatch.delenv("AISER_POLICY_KEY", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".aiser").mkdir()
    path = tmp_path / ".aiser" / "policy.toml"
    path.write_text(POLICY, encoding="utf-8")
    assert run(["policy", "keygen"]) == 0
    return path


def test_keys_are_private_and_not_written_over(place, tmp_path, capsys):
    assert (tmp_path / "policy.key").stat().st_mode & 0o777 == 0o600
    before = (tmp_path / "policy.key").read_bytes()
    assert run(["policy", "keygen"]) == 2
    assert "not written over" in capsys.readouterr().err
    assert (tmp_path / "policy.key").read_bytes() == before


def test_without_a_key_nothing_is_asked_for(place):
    assert [role.name for role in file.of(place).roles] == ["all"]


@pytest.mark.parametrize("machine", [True, False])
def test_a_named_key_asks_for_its_signature(place, tmp_path, monkeypatch, machine):
    if machine:
        (tmp_path / "etc").mkdir()
        (tmp_path / "etc" / "policy.pub").write_bytes((tmp_path / "policy.pub").read_bytes())
        # The user's environment names another, whose private half they have.
        monkeypatch.setenv("AISER_POLICY_KEY", str(tmp_path / "own.pub"))
        (tmp_path / "own.pub").write_bytes(signature.keys()[1])
    else:
        monkeypatch.setenv("AISER_POLICY_KEY", "policy.pub")
    with pytest.raises(SettingsError, match="is not signed"):
        Workspace(tmp_path)
    signed = place.with_name("policy.toml.sig")
    signed.write_text(signature.sign(POLICY.encode(), signature.keys()[0]), encoding="ascii")
    with pytest.raises(SettingsError, match="not what was signed"):
        Workspace(tmp_path)
    assert run(["policy", "sign", str(place), "--key", "policy.key"]) == 0
    Workspace(tmp_path).close()
    place.write_text(POLICY.replace("id < 3", "id < 300"), encoding="utf-8")
    with pytest.raises(SettingsError, match="not what was signed"):
        Workspace(tmp_path)
    for junk in ("!!!", "QUJD", ""):
        signed.write_text(junk, encoding="ascii")
        with pytest.raises(SettingsError, match="sign"):
            Workspace(tmp_path)


def test_a_key_that_is_none_lets_no_policy_pass(place, tmp_path, monkeypatch):
    monkeypatch.setenv("AISER_POLICY_KEY", str(tmp_path / "none.pub"))
    with pytest.raises(SettingsError, match="cannot be read"):
        file.of(place)
    (tmp_path / "none.pub").write_text("no key", encoding="utf-8")
    place.with_name("policy.toml.sig").write_text("QUJD", encoding="ascii")
    with pytest.raises(SettingsError, match="no Ed25519 public key"):
        file.of(place)
    with pytest.raises(SettingsError, match="no Ed25519 private key"):
        signature.sign(b"x", (tmp_path / "policy.pub").read_bytes())


def test_a_wrong_policy_is_not_signed(place, capsys):
    place.write_text("v = 1\n", encoding="utf-8")
    assert run(["policy", "sign", str(place), "--key", "policy.key"]) == 1
    assert not place.with_name("policy.toml.sig").exists()


def test_a_workspace_follows_its_file_and_closes_what_was_governed_when_it_is_wrong(place, tmp_path):
    for name in ("shop", "open"):
        with duckdb.connect(str(tmp_path / f"{name}.duckdb")) as connection:
            connection.execute("CREATE TABLE orders AS SELECT i AS id FROM range(10) t(i)")
    place.write_text(POLICY.replace("v = 1", 'v = 1\nconnections = ["shop"]'), encoding="utf-8")
    ws = Workspace(tmp_path)
    ws.connect(tmp_path / "shop.duckdb", "shop")
    ws.connect(tmp_path / "open.duckdb", "open")
    sql = "SELECT count(*) AS n FROM orders"
    assert ws.sql(sql, on="shop").rows() == [{"n": 3}]
    place.write_text(place.read_text(encoding="utf-8").replace("id < 3", "id < 2000"), encoding="utf-8")
    assert ws.sql(sql, on="shop").rows() == [{"n": 10}]
    place.write_text(place.read_text(encoding="utf-8").replace("id < 2000", "id < 5"), encoding="utf-8")
    assert ws.sql(sql, on="shop").rows() == [{"n": 5}]
    place.write_text("v = 1\n[", encoding="utf-8")
    with pytest.raises(SettingsError, match="no valid TOML"):
        ws.sql(sql, on="shop")
    assert ws.sql(sql, on="open").rows() == [{"n": 10}]
    place.unlink()
    with pytest.raises(SettingsError, match="nothing is given without it"):
        ws.sql(sql, on="shop")
    place.write_text(POLICY, encoding="utf-8")
    assert ws.sql(sql, on="shop").rows() == [{"n": 3}]
    ws.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX alone")
def test_a_watched_file_is_read_once(place, monkeypatch):
    watched, reads = Watched(place), []
    real = file.of
    monkeypatch.setattr(file, "of", lambda path: reads.append(path) or real(path))
    assert [watched().digest for _ in range(5)] == [replace(real(place)).digest] * 5
    assert len(reads) == 1

"""An older policy is refused where a newer one was seen, though its signature is right."""

from __future__ import annotations

import base64
import json
import stat
import subprocess
import sys
import time

import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.cli.app import run
from aiser_jupyter.errors import SettingsError
from aiser_jupyter.policy import file, newest, signature
from aiser_jupyter.sources import policy_table

OLDER = 'v = 1\n[roles.all]\nmembers = ["*"]\n[roles.all.tables.orders]\nrows = "id < 300"\n'
NEWER = OLDER.replace("300", "3")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(signature, "MACHINE_KEY", tmp_path / "etc" / "policy.pub")
    monkeypatch.setattr(file, "MACHINE", tmp_path / "etc" / "policy.toml")
    monkeypatch.delenv("AISER_POLICY", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AISER_POLICY_KEY", str(tmp_path / "policy.pub"))
    (tmp_path / ".aiser").mkdir()
    assert run(["policy", "keygen"]) == 0
    return tmp_path / ".aiser" / "policy.toml"


def signed(place, text):
    """A policy with its signature, as both can be put back later."""
    place.write_text(text, encoding="utf-8")
    assert run(["policy", "sign", str(place), "--key", "policy.key"]) == 0
    time.sleep(0.002)
    return text, place.with_name("policy.toml.sig").read_text(encoding="ascii")


def put(place, policy):
    place.write_text(policy[0], encoding="utf-8")
    place.with_name("policy.toml.sig").write_text(policy[1], encoding="ascii")


def test_an_older_one_is_refused_with_what_to_do(place, tmp_path, capsys):
    older = signed(place, OLDER)
    file.of(place)
    newer = signed(place, NEWER)
    assert file.of(place).digest != ""
    put(place, older)
    with pytest.raises(SettingsError, match="is an older one: it was signed on") as caught:
        Workspace(tmp_path)
    assert "aiser policy sign" in caught.value.hint
    assert "aiser policy accept" in caught.value.hint
    assert str(place) in caught.value.where
    assert run(["policy", "check"]) == 1
    put(place, newer)
    Workspace(tmp_path).close()
    # To go back is to sign again.
    signed(place, OLDER)
    Workspace(tmp_path).close()


def test_another_process_of_the_user_knows_it_too(place):
    older = signed(place, OLDER)
    signed(place, NEWER)
    code = f"from pathlib import Path; from aiser_jupyter.policy import file; file.of(Path({str(place)!r}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    put(place, older)
    with pytest.raises(SettingsError, match="older one"):
        file.of(place)
    assert stat.S_IMODE(newest.record().stat().st_mode) == 0o600


def test_the_time_cannot_be_changed(place):
    text, sig = signed(place, OLDER)
    later = sig.replace(sig.split(":")[1], str(int(sig.split(":")[1]) + 60_000))
    put(place, (text, later))
    with pytest.raises(SettingsError, match="not what was signed"):
        file.of(place)


def test_a_signature_without_a_time_holds_until_one_with_a_time_was_seen(place, tmp_path):
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_pem_private_key((tmp_path / "policy.key").read_bytes(), None)
    untimed = base64.b64encode(key.sign(b"aiser-policy-v1\n" + OLDER.encode())).decode()
    put(place, (OLDER, untimed))
    file.of(place)
    signed(place, NEWER)
    file.of(place)
    put(place, (OLDER, untimed))
    with pytest.raises(SettingsError, match="signed without a time, and one that was signed on"):
        file.of(place)


def test_another_place_and_another_key_have_a_newest_of_their_own(place, tmp_path):
    older = signed(place, OLDER)
    signed(place, NEWER)
    file.of(place)
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "policy.toml"
    put(other, older)
    assert file.of(other).roles


def test_a_clock_that_was_ahead_can_be_made_up_for(place, monkeypatch, capsys):
    now = time.time_ns()
    with monkeypatch.context() as ahead:
        ahead.setattr(signature.time, "time_ns", lambda: now + 10**9 * 86_400 * 365)
        signed(place, NEWER)
    file.of(place)
    place.with_name("policy.toml.sig").unlink()  # else the next is signed as a later one than it
    signed(place, OLDER)
    with pytest.raises(SettingsError, match="older one"):
        file.of(place)
    assert run(["policy", "accept"]) == 0
    assert "is the newest from now on" in capsys.readouterr().out
    file.of(place)


def test_signing_again_is_later_whatever_the_clock_says(place, monkeypatch):
    first = signature.serial_of(signed(place, NEWER)[1])
    monkeypatch.setattr(signature.time, "time_ns", lambda: 10**9)
    assert signature.serial_of(signed(place, OLDER)[1]) == first + 1


def test_a_record_that_cannot_be_read_lets_nothing_pass_until_it_is_accepted(place):
    signed(place, NEWER)
    file.of(place)
    newest.record().write_text("{", encoding="utf-8")
    with pytest.raises(SettingsError, match="record of the policies"):
        file.of(place)
    assert run(["policy", "accept"]) == 0
    assert len(json.loads(newest.record().read_text(encoding="utf-8"))["seen"]) == 1


def test_where_nothing_can_be_noted_the_log_says_so(place, tmp_path, monkeypatch, caplog):
    older = signed(place, OLDER)
    signed(place, NEWER)
    (tmp_path / "a file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "a file"))
    file.of(place)
    assert "cannot be noted" in caplog.text
    put(place, older)
    file.of(place)  # nobody can tell


def test_an_older_one_in_a_teams_table_is_refused(place, tmp_path, team_url, monkeypatch):
    import psycopg

    monkeypatch.setenv("POLICY_URL", team_url)
    with psycopg.connect(team_url, autocommit=True) as admin:
        admin.execute(f"DROP TABLE IF EXISTS {policy_table.TABLE} CASCADE")
        admin.execute(f"DROP FUNCTION IF EXISTS {policy_table.TABLE}_kept CASCADE")
        admin.execute(policy_table.DDL)
    older, newer = signed(place, OLDER), signed(place, NEWER)
    for text, sig in (older, newer):
        policy_table.publish("env:POLICY_URL", text.encode(), sig.strip())
        assert "orders" in str(policy_table.Kept("env:POLICY_URL")().roles)
    # The table's owner publishes the old text with its old signature as the newest version.
    policy_table.publish("env:POLICY_URL", older[0].encode(), older[1].strip())
    with pytest.raises(SettingsError, match="older one"):
        policy_table.Kept("env:POLICY_URL")()
    policy_table.publish("env:POLICY_URL", newer[0].encode(), newer[1].strip())
    assert policy_table.Kept("env:POLICY_URL")().roles

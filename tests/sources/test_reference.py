from __future__ import annotations

import keyring
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keyring.backends.fail import Keyring as NoKeyring
from ring import Memory

from aiser_jupyter.errors import SecretTypedError, SourceError
from aiser_jupyter.sources.reference import forget, has_secret, keep, resolve, without_secret


@pytest.fixture
def ring():
    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    yield
    keyring.set_keyring(before)


def test_the_keyring_keeps_and_forgets(ring):
    keep("shop", "postgresql://ann:hunter2@h/x")
    assert resolve("keyring:shop") == "postgresql://ann:hunter2@h/x"
    forget("shop")
    with pytest.raises(SourceError, match="holds nothing named 'shop'") as caught:
        resolve("keyring:shop")
    assert "%aiser secret shop" in caught.value.hint
    with pytest.raises(SourceError, match="holds nothing"):
        forget("shop")


def test_a_machine_without_a_keyring_says_what_to_use():
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    try:
        for step in (lambda: resolve("keyring:shop"), lambda: keep("shop", "x"), lambda: forget("shop")):
            with pytest.raises(SourceError) as caught:
                step()
            assert "env:NAME" in caught.value.hint
    finally:
        keyring.set_keyring(before)


def test_the_workspace_s_env_file_comes_after_the_environment(tmp_path, monkeypatch):
    (tmp_path / ".aiser").mkdir()
    (tmp_path / "deep").mkdir()
    (tmp_path / ".env").write_text("SHOP_URL='sqlite:///a.db'\nOTHER=1\n")
    monkeypatch.chdir(tmp_path / "deep")
    monkeypatch.delenv("SHOP_URL", raising=False)
    assert resolve("env:SHOP_URL") == "sqlite:///a.db"
    monkeypatch.setenv("SHOP_URL", "sqlite:///b.db")
    assert resolve("env:SHOP_URL") == "sqlite:///b.db"
    monkeypatch.delenv("SHOP_URL")
    with pytest.raises(SourceError) as caught:
        resolve("env:SHOP_URLS")
    assert caught.value.hint == "Did you mean env:SHOP_URL?"


def test_a_part_of_an_address_may_be_a_reference(ring, monkeypatch):
    monkeypatch.setenv("SHOP_PASSWORD", "p@ss/w:rd")
    keep("pw", "k&y")
    assert resolve("postgresql://ann:${SHOP_PASSWORD}@h/x") == "postgresql://ann:p%40ss%2Fw%3Ard@h/x"
    assert resolve("snowflake://h/x?password=${keyring:pw}") == "snowflake://h/x?password=k%26y"
    assert not has_secret("postgresql://ann:${SHOP_PASSWORD}@h/x")


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://ann:hunter2@h/x",
        "mongodb+srv://ann:hunter2@h",
        "snowflake://h/x?user=a&password=hunter2",
        "snowflake://h/x?private_key_passphrase=hunter2",
        "duckdb:///md:x?motherduck_token=hunter2",
        "https://h/x?api_key=hunter2",
        "mssql://h/x;pwd=hunter2",
    ],
)
def test_what_is_typed_is_refused_and_not_repeated(address):
    with pytest.raises(SecretTypedError) as caught:
        resolve(address)
    assert "hunter2" not in str(caught.value)
    assert "***" in caught.value.where


@given(
    st.text(alphabet=st.characters(blacklist_characters="@&;/:${}?#[]", codec="ascii"), min_size=1, max_size=20).filter(
        lambda t: "*" not in t and t.strip() == t
    )
)
def test_no_password_is_ever_shown(password):
    shown = without_secret(f"postgresql://ann:{password}@h/x?token={password}")
    assert shown == "postgresql://ann:***@h/x?token=***"

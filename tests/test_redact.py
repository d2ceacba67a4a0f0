from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter import redact
from aiser_jupyter.sources.reference import resolve


@pytest.fixture(autouse=True)
def _nothing_known():
    redact.forget()
    yield
    redact.forget()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("connect postgresql://ann:hunter2@db/shop failed", "connect postgresql://ann:***@db/shop failed"),
        ("see https://x.org/a?b=1&token=abc123&c=2", "see https://x.org/a?b=1&token=***&c=2"),
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer ***"),
        ('{"authorization": "Basic dXNlcjpwYXNz"}', '{"authorization": "Basic ***"}'),
        ("header bearer abcdef123456 sent", "header bearer *** sent"),
        ("password = 'it''s me' and user = 'ann'", "password = *** and user = 'ann'"),
        ('{"api_key": "k-1", "name": "x"}', '{"api_key": ***, "name": "x"}'),
        ("CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b')", "CREATE SECRET s (TYPE s3, KEY_ID ***, SECRET ***)"),
        ("key eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln end", "key *** end"),
        ("AKIAABCDEFGHIJKLMNOP", "***"),
        ("-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----", "***"),
        ("client_secret=s3cr3t;x=1", "client_secret=***;x=1"),
        ("nothing here: 3 rows of tokens, secretly", "nothing here: 3 rows of tokens, secretly"),
    ],
)  # fmt: skip
def test_hides_what_looks_like_a_secret(text, shown):
    assert redact.redact(text) == shown


def test_hides_what_a_reference_led_to(monkeypatch):
    monkeypatch.setenv("SHOP_URL", "postgresql://ann:p%40ss-word@db/shop?sslmode=require")
    resolve("env:SHOP_URL")
    for text in ("auth failed for p@ss-word", "p%40ss-word", "PGPASSWORD is p@ss-word"):
        assert "ss-word" not in redact.redact(text)
    assert redact.redact("shop on db with sslmode require for ann") == "shop on db with sslmode require for ann"


def test_a_path_behind_a_reference_is_no_secret(monkeypatch, tmp_path):
    path = tmp_path / "shop.duckdb"
    path.touch()
    monkeypatch.setenv("SHOP", str(path))
    resolve("env:SHOP")
    assert redact.redact(f"opened {path}") == f"opened {path}"


SECRET = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=5, max_size=30).filter(
    lambda text: text.strip() == text
)


@given(SECRET, st.text(max_size=40), st.text(max_size=40))
def test_a_known_secret_is_in_no_text(secret, before, after):
    redact.forget()
    redact.remember(f"postgresql://ann:{quote(secret, safe='')}@db/shop")
    for form in (secret, quote(secret, safe="")):
        assert form not in redact.redact(f"{before}{form}{after}") or form in f"{before}***{after}"


@given(st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!$%^&*()_+-=[]{};,.<>?~`|#", min_size=1, max_size=30))
def test_a_password_in_an_address_is_never_shown(password):
    shown = redact.redact(f"cannot reach mysql://ann:{password}@db.example.org/shop now")
    assert shown == "cannot reach mysql://ann:***@db.example.org/shop now"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
        lambda part: st.lists(part) | st.dictionaries(st.text(), part),
        max_leaves=8,
    )
)
def test_plain_data_stays_plain(value):
    import json

    json.dumps(redact.plain({"x": value}))


def test_a_value_under_the_name_of_a_secret_is_hidden():
    assert redact.plain({"Password": "abc", "x": ("Bearer abcdef123", 1), "token": ""}) == {
        "Password": "***",
        "x": ["Bearer ***", 1],
        "token": "",
    }

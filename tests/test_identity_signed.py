"""Where the machine has a key, who somebody is must be signed, and nothing else is believed."""

import base64
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization as pem
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from servers.daemon import private_folder
from servers.machine import Machine

from aiser_jupyter.broker import tokens
from aiser_jupyter.clock import Clock
from aiser_jupyter.errors import RefusedError, SettingsError
from aiser_jupyter.identity import Identity, from_environment, key

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
ED, OTHER, RSA = ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)
SECRET = bytes(range(40, 80))
ADA = {
    "sub": "ada",
    "aud": "aiser-jupyter",
    "exp": NOW.timestamp() + 600,
    "groups": ["sales", "board"],
    "claims": {"region": "north", "shops": [1, "2"]},
}
FOUND = Identity("ada", ("board", "sales"), (("region", "north"), ("shops", ("1", "2"))), "AISER_IDENTITY_TOKEN")


def public(private) -> bytes:
    return private.public_key().public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwk(private, **more) -> dict:
    algorithm = jwt.algorithms.RSAAlgorithm if private is RSA else jwt.algorithms.OKPAlgorithm
    return {**json.loads(algorithm.to_jwk(private.public_key())), **more}


def signed(private=ED, algorithm="EdDSA", headers=None, **changed) -> str:
    told = {name: value for name, value in {**ADA, **changed}.items() if value is not None}
    return jwt.encode(told, private, algorithm=algorithm, headers=headers)


@pytest.fixture
def put(monkeypatch, tmp_path):
    """Set the key's file, and the token."""
    for name in ("AISER_USER", "JUPYTERHUB_USER", "AISER_GROUPS", "AISER_CLAIMS", "AISER_IDENTITY_KEY", "AISER_IDENTITY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(key, "MACHINE", tmp_path / "machine" / "identity.pub")

    def write(held: bytes | dict, text: str | None = None):
        place = tmp_path / "identity.pub"
        place.write_bytes(held if isinstance(held, bytes) else json.dumps(held).encode())
        monkeypatch.setenv("AISER_IDENTITY_KEY", str(place))
        if text is not None:
            monkeypatch.setenv("AISER_IDENTITY_TOKEN", text)
        return place

    return write


def told() -> Identity:
    return from_environment(Clock(NOW))


@pytest.mark.parametrize(
    ("held", "text"),
    [
        (public(ED), signed()),
        (public(RSA), signed(RSA, "RS256")),
        (jwk(ED), signed()),
        ({"keys": [jwk(OTHER, kid="old"), jwk(RSA, kid="new"), jwk(ED, kid="enc", use="enc")]}, signed(RSA, "RS256", {"kid": "new"})),
        ({"kty": "oct", "k": b64(SECRET)}, signed(SECRET, "HS256")),
        (public(ED), signed(headers={"kid": "a PEM file has no place for a name"})),
        (public(ED), signed(aud=["elsewhere", "aiser-jupyter"])),
    ],
    ids=["ed25519", "rsa", "jwk", "jwks", "secret", "kid", "audiences"],
)
def test_a_token_that_the_key_verifies_says_who_it_is(put, held, text):
    put(held, text)
    assert told() == FOUND


def test_one_token_may_serve_kernels_and_a_broker(put):
    text = signed(aud=["aiser-jupyter", tokens.AUDIENCE], exp=time.time() + 60, claims={"region": "north", "shops": ["1", "2"]})
    put(public(ED), text)
    assert from_environment() == FOUND
    assert tokens.read(text, public(ED))[:2] == ("ada", ("board", "sales"))


def test_groups_and_claims_may_be_left_out(put):
    put(public(ED), signed(groups=None, claims=None))
    assert told() == Identity("ada", told_by="AISER_IDENTITY_TOKEN")


@pytest.mark.parametrize("names", [{}, {"AISER_USER": "ada"}, {"JUPYTERHUB_USER": "ada"}, {"AISER_IDENTITY_TOKEN": ""}])
def test_without_a_token_nobody_is_believed_not_even_the_login(put, monkeypatch, names):
    place = put(public(ED))
    for name, value in names.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(RefusedError, match="believes only signed identities") as caught:
        told()
    assert str(place) in caught.value.where


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (signed(OTHER), "not signed by a key"),
        (signed(RSA, "RS256"), "not signed by a key"),
        (jwt.encode(ADA, None, algorithm="none"), "not signed by a key"),
        (signed().rsplit(".", 1)[0] + ".", "not signed by a key"),
        (
            ".".join([signed().split(".")[0], b64(json.dumps({**ADA, "sub": "eve"}).encode()), signed().split(".")[2]]),
            "not signed by a key",
        ),
        ("ada", "not signed by a key"),
        (signed(headers={"crit": ["exp"]}), "not signed by a key"),
        (signed(exp=NOW.timestamp()), "too old"),
        (signed(exp=None), "has no exp"),
        (signed(sub=None), "has no sub"),
        (signed(aud=None), "has no aud"),
        (signed(aud="aiser-broker"), "for somebody else"),
        (signed(exp="tomorrow"), "exp is no moment"),
        (signed(exp=float("inf")), "exp is no moment"),
        (signed(nbf=NOW.timestamp() + 61), "does not hold yet"),
        (signed(sub=""), "another form: The name of the user is blank"),
        (signed(groups="board"), "another form: The groups are no list"),
        (signed(groups=[["board"]]), "another form: A group is no text"),
        (signed(claims=["region"]), "another form: The claims are no JSON object"),
        (signed(claims={"region": None}), "another form: The claim region is nothing"),
    ],
)
def test_any_other_token_is_refused_and_not_shown(put, text, said):
    put(public(ED), text)
    with pytest.raises(RefusedError) as caught:
        told()
    assert said in str(caught.value)
    assert text not in str(caught.value) or text == "ada"


def test_a_public_key_is_no_secret_to_sign_with(put):
    """The algorithm is the key's: a token that names another is not checked with it."""
    head, body = b64(b'{"alg":"HS256","typ":"JWT"}'), b64(json.dumps(ADA).encode())
    for private in (ED, RSA):
        proof = b64(hmac.new(public(private), f"{head}.{body}".encode(), hashlib.sha256).digest())
        put(public(private), f"{head}.{body}.{proof}")
        with pytest.raises(RefusedError, match="not signed by a key"):
            told()


def test_a_key_of_several_is_named(put):
    keys = {"keys": [jwk(OTHER, kid="old"), jwk(ED, kid="new")]}
    for headers, said in ((None, "names no key"), ({"kid": "gone"}, "names the key 'gone'")):
        put(keys, signed(headers=headers))
        with pytest.raises(RefusedError, match=said):
            told()
    put(keys, signed(headers={"kid": "old"}))
    with pytest.raises(RefusedError, match="not signed by a key"):
        told()


@pytest.mark.parametrize(
    ("held", "said"),
    [
        (ED.private_bytes(pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.NoEncryption()), "holds a private key"),
        ({**jwk(ED), "d": b64(bytes(32))}, "holds a private key"),
        (public(ec.generate_private_key(ec.SECP256R1())), "of another kind (EC"),
        (public(rsa.generate_private_key(65537, 1024)), "an RSA key of 1024 bits"),
        ({"kty": "oct", "k": b64(b"too short")}, "a secret shorter than 32 bytes"),
        ({"kty": "RSA", "alg": "none", "n": "AQAB", "e": "AQAB"}, "a key of kind 'RSA' for 'none'"),
        ({"kty": "OKP", "crv": "Ed25519"}, "a JWK that cannot be read"),
        ({"keys": []}, "holds no key"),
        ({"keys": [jwk(ED, use="enc")]}, "holds no key for signatures"),
        ({"keys": [jwk(ED), jwk(OTHER)]}, "two keys of one name"),
        (b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "holds no public key in PEM"),
        (b"", "is neither PEM nor JSON"),
    ],
)
def test_a_key_that_is_none_is_an_error(put, held, said):
    place = put(held, signed())
    with pytest.raises(SettingsError) as caught:
        told()
    assert said in caught.value.message
    assert caught.value.where == str(place)


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_a_key_that_was_named_and_is_gone_opens_nothing(put, monkeypatch, tmp_path, kind):
    place = put(public(ED), signed())
    place.unlink()
    if kind == "folder":
        place.mkdir()
    if kind == "link":
        monkeypatch.delenv("AISER_IDENTITY_KEY")
        key.MACHINE.parent.mkdir()
        key.MACHINE.symlink_to(tmp_path / "gone")
    with pytest.raises(SettingsError, match="cannot be read"):
        told()


def test_the_machines_key_goes_before_the_one_that_the_environment_names(put):
    put(public(OTHER), signed(OTHER, sub="eve"))
    assert told().user == "eve"
    key.MACHINE.parent.mkdir()
    key.MACHINE.write_bytes(public(ED))
    with pytest.raises(RefusedError, match="not signed by a key"):
        told()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("AISER_USER", "eve"),
        ("AISER_GROUPS", "boss"),
        ("AISER_GROUPS", "["),
        ("AISER_CLAIMS", '{"region": "south"}'),
        ("AISER_CLAIMS", "{"),
    ],
)
def test_variables_that_say_something_else_are_refused(put, monkeypatch, name, text):
    put(public(ED), signed())
    monkeypatch.setenv(name, text)
    with pytest.raises(RefusedError, match=f"{name} says something else than the signed token of ada") as caught:
        told()
    assert "remove" in caught.value.hint


def test_variables_that_say_the_same_are_let_be(put, monkeypatch):
    put(public(ED), signed())
    for name, text in (
        ("AISER_USER", "ada"),
        ("AISER_GROUPS", "board,sales"),
        ("AISER_CLAIMS", '{"shops": ["1", "2"], "region": "north"}'),
    ):
        monkeypatch.setenv(name, text)
    assert told() == FOUND


def test_an_old_token_does_not_live_again_where_the_clock_is_set_back(put, monkeypatch):
    past = datetime.now(UTC) - timedelta(days=1)
    put(public(ED), signed(exp=past.timestamp()))
    monkeypatch.setenv("AISER_NOW", (past - timedelta(hours=1)).isoformat())
    with pytest.raises(RefusedError, match="too old"):
        from_environment()


def test_a_workspace_does_not_open_for_a_name_that_nobody_signed(put, monkeypatch, tmp_path):
    from aiser_jupyter import Workspace

    put(public(ED), signed(exp=datetime.now(UTC).timestamp() + 60))
    ws = Workspace(tmp_path)
    assert ws.policy().title.startswith("Nothing is governed")
    ws.close()
    monkeypatch.delenv("AISER_IDENTITY_TOKEN")
    monkeypatch.setenv("AISER_USER", "ada")
    with pytest.raises(RefusedError, match="believes only signed identities"):
        Workspace(tmp_path)


POLICY = 'v = 1\nconnections = ["shop"]\n[roles.north]\nmembers = ["group:sales"]\n[roles.boss]\nmembers = ["eve"]\ndefault = "allow"\n'
ASK = "from aiser_jupyter import Workspace; print(Workspace('.').policy().title)"


@pytest.fixture
def machine(tmp_path):
    """Run Python as another user, on a machine with this key and a policy."""
    folder = private_folder("aiser-machine-")
    made = 0

    def run(held: bytes, code: str, **environment: str) -> subprocess.CompletedProcess:
        nonlocal made
        made += 1
        (place := tmp_path / str(made)).mkdir()
        there = Machine(place, {"identity.pub": held, "policy.toml": POLICY.encode()})
        if reason := there.why_not():
            pytest.skip(reason)
        names = {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[1]), "HOME": str(folder), **environment}
        return subprocess.run(there.command(sys.executable, "-c", code), env=names, cwd=folder, capture_output=True, text=True, check=False)

    yield run
    shutil.rmtree(folder)


def test_on_a_machine_with_a_key_and_a_policy_both_are_sealed(machine):
    good = signed(exp=datetime.now(UTC).timestamp() + 60)
    found = machine(public(ED), ASK, AISER_IDENTITY_TOKEN=good)
    assert found.stdout == (
        "ada of board, sales (by AISER_IDENTITY_TOKEN, sealed) asks as north, under /etc/aiser/policy.toml (sealed: you cannot change it)\n"
    ), found.stderr


def test_on_a_machine_with_a_key_no_variable_makes_another_of_the_user(machine, tmp_path):
    mine = private_folder("aiser-mine-")
    (mine / "identity.pub").write_bytes(public(OTHER))
    good, forged = (signed(private, exp=datetime.now(UTC).timestamp() + 60, sub=user) for private, user in ((ED, "ada"), (OTHER, "eve")))
    for environment, said in (
        ({}, "believes only signed identities"),
        ({"AISER_USER": "eve"}, "believes only signed identities"),
        ({"AISER_USER": "eve", "AISER_IDENTITY_TOKEN": good}, "AISER_USER says something else than the signed token of ada"),
        ({"AISER_IDENTITY_TOKEN": forged, "AISER_IDENTITY_KEY": str(mine / "identity.pub")}, "not signed by a key"),
    ):
        found = machine(public(ED), ASK, **environment)
        assert (found.returncode, found.stdout, said in found.stderr) == (1, "", True), (environment, found)
    shutil.rmtree(mine)


def test_a_secret_that_the_user_can_read_seals_nothing(machine):
    held = json.dumps({"kty": "oct", "k": b64(SECRET)}).encode()
    found = machine(held, ASK, AISER_IDENTITY_TOKEN=signed(SECRET, "HS256", exp=datetime.now(UTC).timestamp() + 60))
    assert "(by AISER_IDENTITY_TOKEN) asks as north" in found.stdout
    assert found.stdout.endswith("; your name and groups are not sealed)\n")

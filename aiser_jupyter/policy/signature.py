"""Signatures of a policy: an administrator's private key made it, the machine's public key says so, and no other policy is believed there."""

from __future__ import annotations

import base64
import binascii
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter.errors import SettingsError
from aiser_jupyter.policy import newest

if TYPE_CHECKING:
    from types import ModuleType

# An administrator's key for the whole machine; where it is there, the environment names no other.
MACHINE_KEY = Path("/etc/aiser/policy.pub")
VARIABLE = "AISER_POLICY_KEY"
ENDING = ".sig"
_CONTEXT = b"aiser-policy-v1\n"
_TIMED = b"aiser-policy-v2\n"  # so that a signature of the same key for something else is none for a policy
_PARTS = re.compile(r"2:(?P<serial>\d{1,15}):(?P<signature>[^:]+)")
_HINT = "Ask whoever governs it to sign it: aiser policy sign FILE --key KEY (docs/governed.md)."


def keys() -> tuple[bytes, bytes]:
    """A new Ed25519 private key and its public key, each as PEM."""
    form = _library()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    return private, key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)


def sign(raw: bytes, key: bytes, after: str = "") -> str:
    """The signature of a policy's bytes by a private key (PEM), with its time, which is later than that of the signature ``after``.

    Raises SettingsError where the key is none.
    """
    form = _library()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        private = form.load_pem_private_key(key, None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise SettingsError("The key is no Ed25519 private key without a passphrase.", hint="Make one: aiser policy keygen --to FOLDER.")
    serial = max(time.time_ns() // 1_000_000, serial_of(after) + 1)
    return f"2:{serial}:{base64.b64encode(private.sign(_message(raw, serial))).decode('ascii')}"


def serial_of(signature: str) -> int:
    """When a policy was signed, in milliseconds since 1970, as its signature says; 0 for one of a version that said no time."""
    found = _PARTS.fullmatch(signature.strip())
    return int(found["serial"]) if found else 0


def _message(raw: bytes, serial: int) -> bytes:
    return b"%b%d\n%b" % (_TIMED, serial, raw) if serial else _CONTEXT + raw


def required() -> tuple[bytes, str] | None:
    """The public key that a policy must be signed for on this machine, and where it stands; None where none is named."""
    named = os.environ.get(VARIABLE, "")
    place = MACHINE_KEY if MACHINE_KEY.is_file() else Path(named) if named else None
    if place is None:
        return None
    try:
        return place.read_bytes(), str(place)
    except OSError as error:
        raise SettingsError(
            "The key that policies are signed for cannot be read.",
            where=f"{place}: {error.strerror}",
            hint="Ask whoever governs this machine.",
        ) from None


def check(raw: bytes, signature: str, where: str, place: str = "") -> bool:
    """Whether a key was named and the policy is signed for it; raises SettingsError where it is not, as then it may be anybody's.

    It raises one too where this user has seen a newer one at ``place`` (default: ``where``).
    """
    key = required()
    if key is None:
        return False
    form = _library()
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if not signature.strip():
        raise SettingsError(f"The policy is not signed, and {key[1]} asks for it.", where=where, hint=_HINT)
    try:
        public = form.load_pem_public_key(key[0])
    except ValueError:
        public = None
    if not isinstance(public, Ed25519PublicKey):
        raise SettingsError(
            "The key that policies are signed for is no Ed25519 public key.", where=key[1], hint="Ask whoever governs this machine."
        )
    serial = serial_of(signature)
    written = signature.strip().rpartition(":")[2] if serial else signature.strip()
    try:
        public.verify(base64.b64decode(written, validate=True), _message(raw, serial))
    except (InvalidSignature, binascii.Error):
        raise SettingsError(f"The policy is not what was signed for {key[1]}.", where=where, hint=_HINT) from None
    newest.check(public.public_bytes_raw(), place or where, serial)
    return True


def beside(path: Path) -> str:
    """The signature in the file beside a policy file; empty where there is none."""
    try:
        return path.with_name(path.name + ENDING).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def _library() -> ModuleType:
    try:
        from cryptography.hazmat.primitives import serialization
    except ModuleNotFoundError:
        raise SettingsError("What checks signatures is not installed.", hint='Install it: pip install "aiser-jupyter[signed]".') from None
    return serialization

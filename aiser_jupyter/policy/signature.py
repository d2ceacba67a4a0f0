"""Signatures of a policy: an administrator's private key made it, the machine's public key says so, and no other policy is believed there."""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter.errors import SettingsError

if TYPE_CHECKING:
    from types import ModuleType

# An administrator's key for the whole machine; where it is there, the environment names no other.
MACHINE_KEY = Path("/etc/aiser/policy.pub")
VARIABLE = "AISER_POLICY_KEY"
ENDING = ".sig"
_CONTEXT = b"aiser-policy-v1\n"  # so that a signature of the same key for something else is none for a policy
_HINT = "Ask whoever governs it to sign it: aiser policy sign FILE --key KEY (docs/governed.md)."


def keys() -> tuple[bytes, bytes]:
    """A new Ed25519 private key and its public key, each as PEM."""
    form = _library()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    return private, key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)


def sign(raw: bytes, key: bytes) -> str:
    """The signature of a policy's bytes by a private key (PEM); raises SettingsError where the key is none."""
    form = _library()
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        private = form.load_pem_private_key(key, None)
    except (ValueError, TypeError):
        private = None
    if not isinstance(private, Ed25519PrivateKey):
        raise SettingsError("The key is no Ed25519 private key without a passphrase.", hint="Make one: aiser policy keygen --to FOLDER.")
    return base64.b64encode(private.sign(_CONTEXT + raw)).decode("ascii")


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


def check(raw: bytes, signature: str, where: str) -> bool:
    """Whether a key was named and the policy is signed for it; raises SettingsError where it is not, as then it may be anybody's."""
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
    try:
        public.verify(base64.b64decode(signature.strip(), validate=True), _CONTEXT + raw)
    except (InvalidSignature, binascii.Error):
        raise SettingsError(f"The policy is not what was signed for {key[1]}.", where=where, hint=_HINT) from None
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

"""The key that a workspace encrypts what it keeps with: 32 random bytes that no text of ours shows."""

from __future__ import annotations

import base64
import binascii
import os
import secrets
from typing import TYPE_CHECKING, Any

from aiser_jupyter import redact
from aiser_jupyter.errors import EncryptionError

if TYPE_CHECKING:
    from types import ModuleType

BYTES = 32
MAKE = "openssl rand -base64 32"


class Key:
    """One key, known by its ``fingerprint`` (16 hexadecimal digits), which tells nothing of it."""

    __slots__ = ("_secret", "fingerprint")

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.fingerprint = self.derived(b"aiser fingerprint").hex()[:16]
        # Whatever way it is written, no output shows it.
        for form in (secret.hex(), repr(secret)[2:-1], base64.urlsafe_b64encode(secret).decode("ascii"), self.written()):
            redact.remember(form)

    @classmethod
    def made(cls) -> Key:
        """A new key of the system's own chance."""
        return cls(secrets.token_bytes(BYTES))

    @classmethod
    def read(cls, text: str, where: str) -> Key:
        """The key that ``text`` writes in base64 or hexadecimal digits; raises EncryptionError where it is no 32 bytes, as a password would be."""
        text = redact.remember(text.strip())
        for decode in (bytes.fromhex, base64.b64decode, base64.urlsafe_b64decode):
            try:
                secret = decode(text)
            except (ValueError, binascii.Error):
                continue
            if len(secret) == BYTES:
                return cls(secret)
        raise EncryptionError(f"The key is no {BYTES} bytes in base64.", where=where, hint=f"Make one: {MAKE}.")

    def written(self) -> str:
        """The key in base64, for the keyring and for a process of our own, and for nothing else."""
        return base64.b64encode(self._secret).decode("ascii")

    def derived(self, purpose: bytes) -> bytes:
        """A key of its own for each purpose, so that what one seals the other does not open."""
        library()
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        return HKDF(SHA256(), BYTES, salt=None, info=purpose).derive(self._secret)

    def __repr__(self) -> str:
        return f"Key({self.fingerprint})"

    def __reduce__(self) -> Any:
        raise TypeError("A key is not pickled: it would be written down.")


def from_reference(reference: str) -> Key:
    """The key behind ``keyring:NAME`` or ``env:NAME``; raises EncryptionError where there is none.

    The environment is that of the process: a key in the workspace's own `.env` would lie beside what it locks.
    """
    from aiser_jupyter.errors import SourceError
    from aiser_jupyter.sources import reference as references

    kind, _, name = reference.partition(":")
    if kind == "env":
        text = os.environ.get(name, "")
        if not text.strip():
            raise EncryptionError(
                f"The environment has no variable {name!r} with the key.",
                where=reference,
                hint=f"Set it before Jupyter starts (a .env file is not read for keys). A new key: {MAKE}.",
            )
        return Key.read(text, reference)
    try:
        return Key.read(references.secret(reference), reference)
    except SourceError as error:
        raise EncryptionError(error.message, where=reference, hint=_SERVER) from None


def keep(key: Key) -> str:
    """Put a key into the keyring and read it back from there; its reference. Raises EncryptionError where this machine has no keyring."""
    from aiser_jupyter.errors import SourceError
    from aiser_jupyter.sources import reference as references

    name = entry(key.fingerprint)
    try:
        references.keep(name, key.written())
    except SourceError as error:
        raise EncryptionError("This machine has no keyring to keep a key in.", where=error.where, hint=_SERVER) from None
    made = f"keyring:{name}"
    if from_reference(made).fingerprint != key.fingerprint:
        raise EncryptionError("The keyring does not give back what was put into it.", where=made, hint=_SERVER)
    return made


def entry(fingerprint: str) -> str:
    """The name of a key's entry in the keyring."""
    return f"encryption-{fingerprint}"


def library() -> ModuleType:
    """The library that encrypts; raises EncryptionError where it is not installed."""
    try:
        from cryptography.hazmat.primitives.ciphers import aead
    except ModuleNotFoundError:
        raise EncryptionError("What encrypts is not installed.", hint='Install it: pip install "aiser-jupyter[encrypted]".') from None
    return aead


_SERVER = f'On a server without a keyring: put a key ({MAKE}) into the environment, e.g. as DATA_KEY, and write encrypt_key = "env:DATA_KEY" in .aiser/settings.toml.'

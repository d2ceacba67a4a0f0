"""The key that tokens of identity are checked with: the machine's, or the one that the environment names."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aiser_jupyter.errors import RefusedError, SettingsError

NAME = "AISER_IDENTITY_KEY"
# An administrator's key for the whole machine; where it is there, no variable of the environment names another.
MACHINE = Path("/etc/aiser/identity.pub")
FORMS = "It is a public key in PEM (RSA or Ed25519), or a JWK or a set of them (JSON). See docs/identity.md."
_RSA_BITS, _SECRET_BYTES = 2048, 32  # RFC 7518, sections 3.3 and 3.2


@dataclass(frozen=True)
class Key:
    """One key, the one algorithm that it is used with (never the one a token asks for), and its name among others (``""``: none)."""

    algorithm: str
    held: Any
    name: str = ""

    @property
    def public(self) -> bool:
        """Whether one who can read it cannot sign with it."""
        return self.algorithm != "HS256"


@dataclass(frozen=True)
class Keys:
    """The keys of a file, and whether the user who runs this could change them or name others."""

    place: str
    held: tuple[Key, ...]
    sealed: bool

    def named(self, name: str) -> Key:
        """The key of that name; the only one where a token names none. Raises RefusedError where there is none or more than one."""
        found = [one for one in self.held if one.name == name] if name else list(self.held)
        if not found and len(self.held) == 1 and not self.held[0].name:
            found = list(self.held)  # a PEM file has no place for a name
        if len(found) != 1:
            said = f"the key {name!r}" if name else "no key, and there are several"
            raise RefusedError(f"The token of identity names {said}.", where=self.place, hint="Ask whoever signs it for a new one.")
        return found[0]


def find() -> Path | None:
    """The machine's key, else the one that ``AISER_IDENTITY_KEY`` names; None where identities are not signed here."""
    # A link to nowhere counts: a key that was set and is gone must not mean that anybody is believed.
    if os.path.lexists(MACHINE):
        return MACHINE
    named = os.environ.get(NAME, "")
    return Path(named) if named else None


def load(place: Path) -> Keys:
    """The keys of a file; raises SettingsError where it cannot be read or holds anything else."""
    from aiser_jupyter.policy.file import is_sealed

    try:
        raw = place.read_bytes()
    except OSError as error:
        raise _unfit(place, f"cannot be read ({error.strerror})") from None
    _needed()
    keys = _pem(raw, place) if b"-----BEGIN" in raw else _jwks(raw, place)
    return Keys(str(place), keys, place == MACHINE and is_sealed(place) and all(key.public for key in keys))


def _pem(raw: bytes, place: Path) -> tuple[Key, ...]:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    if b"PRIVATE KEY" in raw:
        raise _unfit(place, "holds a private key: whoever can read it could sign as anybody", hint="Put the public one there. " + FORMS)
    try:
        return (_public(load_pem_public_key(raw), "", place),)
    except ValueError:
        raise _unfit(place, "holds no public key in PEM") from None


def _jwks(raw: bytes, place: Path) -> tuple[Key, ...]:
    try:
        held = json.loads(raw)
    except ValueError:
        raise _unfit(place, "is neither PEM nor JSON") from None
    listed = held.get("keys") if isinstance(held, dict) and "keys" in held else [held]
    if not isinstance(listed, list) or not listed or not all(isinstance(one, dict) for one in listed):
        raise _unfit(place, "holds no key")
    keys = tuple(_jwk(one, place) for one in listed if one.get("use", "sig") == "sig")
    names = [key.name for key in keys]
    if not keys or len(set(names)) < len(names):
        raise _unfit(place, "holds no key for signatures" if not keys else "holds two keys of one name (kid)")
    return keys


def _jwk(held: dict[str, Any], place: Path) -> Key:
    import jwt

    name = held.get("kid", "")
    if not isinstance(name, str):
        raise _unfit(place, "names a key (kid) by what is no text")
    if "d" in held:
        raise _unfit(place, "holds a private key: whoever can read it could sign as anybody", hint="Put the public one there. " + FORMS)
    algorithm = {"RSA": "RS256", "OKP": "EdDSA", "oct": "HS256"}.get(str(held.get("kty")))
    if algorithm is None or held.get("alg", algorithm) != algorithm:
        raise _unfit(place, f"holds a key of kind {held.get('kty')!r} for {held.get('alg', 'no algorithm')!r}")
    try:
        key = jwt.PyJWK.from_dict(held, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, KeyError):
        raise _unfit(place, "holds a JWK that cannot be read") from None
    if algorithm != "HS256":
        return _public(key, name, place)
    if len(key) < _SECRET_BYTES:
        raise _unfit(place, f"holds a secret shorter than {_SECRET_BYTES} bytes, which can be guessed")
    return Key(algorithm, key, name)


def _public(held: Any, name: str, place: Path) -> Key:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    if isinstance(held, Ed25519PublicKey):
        return Key("EdDSA", held, name)
    if not isinstance(held, RSAPublicKey):
        raise _unfit(place, f"holds a key of another kind ({type(held).__name__.strip('_')})")
    if held.key_size < _RSA_BITS:
        raise _unfit(place, f"holds an RSA key of {held.key_size} bits; {_RSA_BITS} are the least")
    return Key("RS256", held, name)


def _unfit(place: Path, fault: str, *, hint: str = FORMS) -> SettingsError:
    return SettingsError(f"The key for tokens of identity {fault}.", where=str(place), hint=hint)


def _needed() -> None:
    if all(find_spec(name) for name in ("cryptography", "jwt")):
        return
    hint = 'Install it: pip install "aiser-jupyter[signed]".'
    raise SettingsError("This machine asks for signed identities, and what checks signatures is not installed.", hint=hint)

"""Who is at the other end of a socket: what the operating system says, and who that is to the policy."""

from __future__ import annotations

import grp
import os
import pwd
import socket
import struct
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aiser_jupyter.broker import tokens
from aiser_jupyter.errors import RefusedError, SettingsError
from aiser_jupyter.identity import Identity

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aiser_jupyter.identity import Claim

_PEER = struct.Struct("3i")
_HINT = "Ask whoever runs the broker (docs/governed.md)."
Name = Annotated[str, Field(min_length=1, max_length=200)]


@dataclass(frozen=True)
class Peer:
    """The process that opened a connection, as the kernel of the operating system knows it; it cannot say so itself."""

    uid: int
    gid: int
    pid: int


def peer(line: socket.socket) -> Peer:
    """Who is at the other end of a Unix domain socket; raises RefusedError where this system does not tell."""
    if not hasattr(socket, "SO_PEERCRED"):
        raise RefusedError("This system does not tell who is at the other end of a socket: a broker runs on Linux.")
    pid, uid, gid = _PEER.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    return Peer(uid, gid, pid)


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Person(_Form):
    user: Name
    groups: list[Name] = Field(default_factory=list)
    claims: dict[str, str | bool | int | float | list[str]] = Field(default_factory=dict)


class _Tokens(_Form):
    key: str
    uids: list[int] = Field(min_length=1)


class _File(_Form):
    v: Literal[1]
    uids: dict[int, _Person] = Field(default_factory=dict)
    tokens: _Tokens | None = None


@dataclass(frozen=True)
class People:
    """Who each user of the operating system is to the policy.

    ``known`` are identities by uid; None: everybody who has an account here is who they log in as, with the groups of that account. ``token_uids``
    are users of the operating system that many people share (the one of a hub's containers): who comes from one shows a token that ``token_key`` signed.
    """

    known: Mapping[int, Identity] | None = None
    token_uids: frozenset[int] = frozenset()
    token_key: bytes = field(default=b"", repr=False)

    def identify(self, there: Peer, token: str = "") -> Identity:
        """Who a peer is; raises RefusedError for one that nobody named."""
        by = f"uid {there.uid}"
        if there.uid in self.token_uids:
            user, groups, claims = tokens.read(token, self.token_key)
            return Identity(user, groups, _claims(claims), f"token, {by}")
        if self.known is not None:
            found = self.known.get(there.uid)
            if found is None:
                raise RefusedError("The broker does not know you.", where=by, hint=_HINT)
            return found
        try:
            account = pwd.getpwuid(there.uid)
        except KeyError:
            raise RefusedError("You have no account on the broker's machine.", where=by, hint=_HINT) from None
        groups = {_group(number) for number in os.getgrouplist(account.pw_name, account.pw_gid)}
        return Identity(account.pw_name, tuple(sorted(groups - {""})), (), by)


def load(path: Path) -> People:
    """The people of an administrator's file; raises SettingsError for the first mistake."""
    try:
        form = _File(**tomllib.loads(path.read_text(encoding="utf-8")))
        key = _key(form.tokens.key, path) if form.tokens else b""
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError("The file of people cannot be read.", where=f"{path}: {error}", hint=_HINT) from None
    except ValidationError as error:
        first = error.errors()[0]
        about = ".".join(map(str, first["loc"])) or "the file"
        raise SettingsError(
            f"The file of people does not fit at {about}: {first['msg']}.", where=str(path), hint="See docs/governed.md."
        ) from None
    known = {
        uid: Identity(person.user, tuple(sorted(set(person.groups))), _claims(person.claims), f"uid {uid}")
        for uid, person in form.uids.items()
    }
    return People(known, frozenset(form.tokens.uids if form.tokens else ()), key)


def _key(name: str, beside: Path) -> bytes:
    """The bytes of the file ``name``, which is counted from the folder of ``beside``."""
    return (beside.parent / name).read_bytes()


def _claims(given: Mapping[str, Any]) -> tuple[tuple[str, Claim], ...]:
    return tuple(sorted((name, tuple(map(str, value)) if isinstance(value, list) else value) for name, value in given.items()))


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return ""

"""What an archive of a workspace says of itself: versions, and each file with its size and SHA-256."""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aiser_jupyter.errors import StateDamagedError, StateNewerError

if TYPE_CHECKING:
    from typing import BinaryIO

NAME = "manifest.json"
VERSION = 1
STORE = "state.db"
AUDIT = "audit.jsonl"
DATA = "data"
# What is saved of the folder beside the store, the log and the added data; nothing else comes out of an archive either.
_KEPT = re.compile(
    r"settings\.toml|policy\.toml|context\.ya?ml|brand\.ya?ml|semantic(?:\.[\w.-]+)?\.ya?ml|queries/[A-Za-z0-9][\w-]*\.sql|(?:brand|context)/[\w][\w. -]*"
)
_DATA = re.compile(r"data/[\w][\w.-]*")
_BLOCK = 1 << 20


class Member(BaseModel):
    """One file of the archive: its path below `.aiser/`, its bytes and their SHA-256 in hexadecimal digits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    bytes: int = Field(ge=0)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")


class Account(BaseModel):
    """The audit log as it is in the archive: its right lines, the fingerprint of the last of them, and what was wrong with the log already."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lines: int = Field(ge=0)
    last: str
    problem: str = ""


class Manifest(BaseModel):
    """The archive: when it was made by which version, the version of each form that is in it, its files, and what was left out with the reason."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    v: Literal[1] = VERSION
    kind: Literal["aiser-state"] = "aiser-state"
    made_at: str
    aiser: str
    versions: dict[str, int]
    audit: Account | None = None
    files: tuple[Member, ...]
    left_out: dict[str, str] = Field(default_factory=dict)

    def find(self, path: str) -> Member | None:
        """The file of that path."""
        return next((member for member in self.files if member.path == path), None)


def parse(text: bytes, where: str) -> Manifest:
    """The manifest in ``text``; raises StateNewerError for one of a newer form, StateDamagedError for what is none or names a path it may not."""
    import json

    try:
        held = json.loads(text)
        version = held["v"]
    except (ValueError, KeyError, TypeError):
        raise none(where, "its manifest cannot be read") from None
    if isinstance(version, int) and version > VERSION:
        raise StateNewerError(
            f"The archive has version {version}; this aiser-jupyter knows up to {VERSION}.",
            where=where,
            hint="Upgrade it: pip install --upgrade aiser-jupyter.",
        )
    try:
        manifest = Manifest.model_validate(held)
    except ValidationError as error:
        first = error.errors()[0]
        raise none(where, f"its manifest is wrong at {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    paths = [member.path for member in manifest.files]
    for path in paths:
        if not allowed(path):
            raise none(where, f"it holds {path!r}, which is no file of a workspace")
    if len({path.casefold() for path in paths}) != len(paths):
        raise none(where, "it names a file twice")
    return manifest


def allowed(path: str) -> bool:
    """Whether a file of that path, below `.aiser/`, is one that archives hold: no other comes out of one, wherever its path leads."""
    if ".." in PurePosixPath(path).parts:
        return False
    return path in {STORE, AUDIT} or _KEPT.fullmatch(path) is not None or _DATA.fullmatch(path) is not None


def own(path: str) -> bool:
    """Whether a path is one of the files that people write: settings, policy, meaning, queries, brand."""
    return _KEPT.fullmatch(path) is not None


def digest(file: BinaryIO) -> tuple[int, str]:
    """How many bytes are left in ``file`` and their SHA-256."""
    made, count = hashlib.sha256(), 0
    while block := file.read(_BLOCK):
        made.update(block)
        count += len(block)
    return count, made.hexdigest()


def none(where: str, why: str) -> StateDamagedError:
    """What to say of a file that is no archive, or no whole one."""
    return StateDamagedError(
        f"This is no whole archive of a workspace: {why}.",
        where=where,
        hint="Nothing was restored. Take another archive, or copy this one again.",
    )

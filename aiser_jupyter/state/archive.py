"""One file of all that a workspace keeps, made while others write to it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import stat
import tempfile
import zipfile
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from filelock import FileLock

from aiser_jupyter import files
from aiser_jupyter.audit import WAIT_S, Audit
from aiser_jupyter.errors import StateError
from aiser_jupyter.state import manifest as manifests
from aiser_jupyter.state import trouble
from aiser_jupyter.state.manifest import Account, Manifest, Member
from aiser_jupyter.state.migrations import copy_to, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

_TRIES = 20  # a table that was replaced between the store's moment and its file's needs a later moment
_FORGOTTEN = "the connection it was made of lets no values be kept now"
_GONE = "the books name it, and it is not there"
_BLOCK = 1 << 20
_OPEN = 200  # files open at once
_PASSING = (".lock", ".part", "-wal", "-shm")


@dataclass(frozen=True)
class Saved:
    """An archive that was written."""

    file: Path
    bytes: int
    manifest: Manifest

    def as_json(self) -> dict[str, object]:
        """The object of ``aiser state backup --json``."""
        return {"v": 1, "file": str(self.file), "bytes": self.bytes, "manifest": self.manifest.model_dump()}


def save(
    folder: Path,
    to: Path,
    at: datetime,
    *,
    aiser: str,
    versions: Mapping[str, int],
    forget: Callable[[sqlite3.Connection], None] = lambda _: None,
) -> Saved:
    """Write all that the workspace's ``folder`` keeps to the archive ``to``, whole or not at all, readable by its owner alone.

    The store is copied as it was at one moment, then the files its books name, then the log of accesses. ``forget`` may take out of the copy of
    the store what may not leave the folder. ``versions`` are those of the forms of the other files. Raises `StateError`.
    """
    if not folder.is_dir():
        raise StateError("There is nothing to back up.", where=str(folder), hint="A workspace has its folder once something is kept in it.")
    try:
        for _ in range(_TRIES):
            # Beside the archive, where there has to be room anyway; `mkdtemp` makes it for the owner alone.
            with suppress(_ReplacedError), tempfile.TemporaryDirectory(prefix=".aiser-backup-", dir=to.absolute().parent) as scratch:
                with files.whole(to, files.PRIVATE) as target:
                    manifest = _Writer(folder, Path(scratch), at).write(target, aiser, versions, forget)
                return Saved(to, to.stat().st_size, manifest)
    except OSError as error:
        raise StateError(
            "The backup cannot be written.", where=f"{to}: {error.strerror or error}", hint="Choose a place with room: --to FILE."
        ) from None
    raise StateError("Tables are replaced faster than they can be copied.", where=str(folder), hint="Back up when less is being refreshed.")


class _ReplacedError(Exception):
    """A table got another file after the store was copied; the store's moment has to be a later one."""


class _Writer:
    """Writes one archive of ``folder``, with ``scratch`` to copy to."""

    def __init__(self, folder: Path, scratch: Path, at: datetime) -> None:
        self.folder = folder
        self.scratch = scratch
        self.at = at
        self.members: list[Member] = []
        self.left = dict(_left_out(folder))

    def write(self, target: IO[bytes], aiser: str, versions: Mapping[str, int], forget: Callable[[sqlite3.Connection], None]) -> Manifest:
        forms = dict(versions)
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            if (self.folder / manifests.STORE).is_file():
                forms["state"] = self._store(archive, forget)
            for path in _own(self.folder):
                with suppress(FileNotFoundError), path.open("rb") as source:
                    self._add(archive, path.relative_to(self.folder).as_posix(), source)
            account = self._audit(archive)
            made = Manifest(
                made_at=self.at.isoformat(), aiser=aiser, versions=forms, audit=account, files=tuple(self.members), left_out=self.left
            )
            archive.writestr(_info(manifests.NAME, self.at), json.dumps(made.model_dump(), indent=1, ensure_ascii=False))
        return made

    def _store(self, archive: zipfile.ZipFile, forget: Callable[[sqlite3.Connection], None]) -> int:
        """The store as it was at one moment, and the files that its books named then; its version."""
        store, copy = self.folder / manifests.STORE, self.scratch / manifests.STORE
        with trouble.told(store), ExitStack() as held:
            copy_to(store, copy)
            with closing(sqlite3.connect(copy, isolation_level=None)) as opened:
                # A file that is open can be read to its end though a refresh deletes it.
                tables = self._open(files_of(opened), held)
                trouble.whole(opened, store)
                version = version_of(opened)
                before = files_of(opened)
                forget(opened)
                needed = files_of(opened)
                opened.execute("VACUUM")  # what was forgotten is gone from the bytes too
            with copy.open("rb") as source:
                self._add(archive, manifests.STORE, source)
            self.left |= {f"{manifests.DATA}/{name}": _FORGOTTEN for name in before if name not in needed}
            for name in needed:
                path = f"{manifests.DATA}/{name}"
                try:
                    with tables.get(name) or (self.folder / path).open("rb") as source:
                        self._add(archive, path, source, compressed=False)
                except FileNotFoundError:
                    if not _named(store, name):
                        raise _ReplacedError from None
                    self.left[path] = _GONE
        return version

    def _open(self, names: Sequence[str], held: ExitStack) -> dict[str, IO[bytes]]:
        """The files of added data, opened at once, as many as a process may well have open."""
        found = {}
        for name in names[:_OPEN]:
            with suppress(FileNotFoundError):
                found[name] = held.enter_context((self.folder / manifests.DATA / name).open("rb"))
        return found

    def _audit(self, archive: zipfile.ZipFile) -> Account | None:
        """The whole lines that the log of accesses has now; who writes one meanwhile is not kept waiting for the copy."""
        log = self.folder / manifests.AUDIT
        if not log.is_file():
            return None
        with FileLock(f"{log}.lock", timeout=WAIT_S, mode=files.PRIVATE):
            end = Audit(log).end()
        copy = self.scratch / manifests.AUDIT
        with log.open("rb") as source, copy.open("wb") as target:
            _copied(source, target, end)
        with copy.open("rb") as source:
            self._add(archive, manifests.AUDIT, source)
        found = Audit(copy).verify()
        return Account(lines=found.lines, last=found.last, problem=found.problem)

    def _add(self, archive: zipfile.ZipFile, path: str, source: IO[bytes], *, compressed: bool = True) -> None:
        """Put one file into the archive."""
        info = _info(path, self.at)
        info.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
        made, count = hashlib.sha256(), 0
        with archive.open(info, "w", force_zip64=True) as target:
            while block := source.read(_BLOCK):
                made.update(block)
                count += target.write(block)
        self.members.append(Member(path=path, bytes=count, sha256=made.hexdigest()))


def _info(path: str, at: datetime) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(path, at.timetuple()[:6])
    info.external_attr = (stat.S_IFREG | files.PRIVATE) << 16  # where unzip finds the rights
    return info


def _copied(source: IO[bytes], target: IO[bytes], count: int) -> None:
    """The first ``count`` bytes."""
    while count and (block := source.read(min(_BLOCK, count))):
        count -= target.write(block)


def files_of(store: sqlite3.Connection) -> list[str]:
    """The files of added data that the books name; none where the store is older than those books."""
    if not store.execute("SELECT 1 FROM sqlite_master WHERE name = 'added'").fetchone():
        return []
    return [str(row[0]) for row in store.execute("SELECT file FROM added ORDER BY number")]


def _named(store: Path, name: str) -> bool:
    """Whether the books still name that file."""
    with trouble.told(store), closing(sqlite3.connect(store)) as opened:
        return name in files_of(opened)


def _own(folder: Path) -> Iterator[Path]:
    """The files that people write, in order; links are not followed."""
    for path in sorted(folder.rglob("*")):
        if manifests.own(path.relative_to(folder).as_posix()) and path.is_file() and not _linked(path, folder):
            yield path


def _linked(path: Path, folder: Path) -> bool:
    """Whether a path below ``folder`` is, or goes through, a link."""
    return any(part.is_symlink() for part in (path, *path.parents) if part.is_relative_to(folder) and part != folder)


def _left_out(folder: Path) -> Iterator[tuple[str, str]]:
    """What lies in the folder and is not saved, with the reason."""
    for path in sorted(folder.iterdir()):
        name = path.name
        if name in {manifests.STORE, manifests.AUDIT, manifests.DATA, "queries", "brand", "context"} and not path.is_symlink():
            continue
        if name.endswith(_PASSING) or (manifests.own(name) and not path.is_symlink()):
            continue
        if path.is_symlink():
            yield name, "a link: what it names lies elsewhere"
        elif name == "cache":
            yield name, "kept results; they are asked for again"
        else:
            yield name, "no file that a workspace keeps for good"

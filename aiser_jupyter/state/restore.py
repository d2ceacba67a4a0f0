"""Bringing an archive back: all of it is proved first, then it takes the folder's place in one step, and what was there stays aside."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
import zipfile
import zlib
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from aiser_jupyter import files
from aiser_jupyter.audit import WAIT_S, Audit
from aiser_jupyter.errors import StateError, StateLockedError, StateNewerError
from aiser_jupyter.state import manifest as manifests
from aiser_jupyter.state import trouble
from aiser_jupyter.state.archive import files_of
from aiser_jupyter.state.migrations import refuse_newer, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from aiser_jupyter.state.manifest import Manifest, Member

_BLOCK = 1 << 20
_MANIFEST_BYTES = 64 << 20


@dataclass(frozen=True)
class Restored:
    """What was brought back, and where what was there before is now; ``audit`` says which log of accesses goes on."""

    folder: Path
    manifest: Manifest
    aside: Path | None
    audit: str = ""

    def as_json(self) -> dict[str, object]:
        """The object of ``aiser state restore --json``."""
        return {
            "v": 1,
            "folder": str(self.folder),
            "aside": str(self.aside) if self.aside is not None else None,
            "audit": self.audit,
            "manifest": self.manifest.model_dump(),
        }


def proved(file: Path, into: Path, known: Mapping[str, int]) -> Manifest:
    """Unpack the archive into the empty folder ``into`` and check all of it: names, sizes, SHA-256, versions, the store's pages, the log's chain.

    ``known`` is the newest version of each form that this aiser-jupyter reads. Raises StateDamagedError, or StateNewerError.
    """
    where = str(file)
    try:
        with zipfile.ZipFile(file) as archive:
            made = _manifest(archive, where)
            for form, version in made.versions.items():
                if form != "state" and version > known.get(form, 0):
                    raise StateNewerError(
                        f"The archive's {form} has version {version}; this aiser-jupyter knows up to {known.get(form, 0)}.",
                        where=where,
                        hint="Upgrade it: pip install --upgrade aiser-jupyter.",
                    )
            refuse_newer(made.versions.get("state", 0), where, "The archive's store")
            for member in made.files:
                _unpack(archive, member, into, where)
    except FileNotFoundError:
        raise StateError("There is no such archive.", where=where, hint="aiser state backup makes one.") from None
    except (zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error, RuntimeError) as error:
        raise manifests.none(where, str(error) or type(error).__name__) from None
    _prove_store(into, made, where)
    _prove_log(into, made, where)
    return made


def restore(file: Path, folder: Path, at: datetime, known: Mapping[str, int], whole: Callable[[], object] = lambda: None) -> Restored:
    """Put what the archive holds in the place of ``folder``, which goes aside whole, to `.aiser.before-TIME` beside it.

    Nothing is changed where the archive is not whole, is newer than ``known``, or another process holds the store. Where the log of accesses that is here
    continues the archive's, it goes on; a log loses no line. ``whole`` is called once the archive is proved, before anything is changed. Raises `StateError`.
    """
    root = folder.parent
    root.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".aiser-restore-", dir=root))
    fresh = scratch / "workspace"
    fresh.mkdir(mode=0o700)
    unpacked = fresh.stat().st_ino
    try:
        made = proved(file, fresh, known)
        whole()
        with alone(folder):
            if folder.exists():
                shutil.copymode(folder, fresh)
            audit = _carry_log(folder, fresh, made)
            aside = swap(folder, fresh, at)
    except OSError as error:
        raise StateError(
            "The archive cannot be brought back.", where=f"{root}: {error.strerror or error}", hint="What was there is as it was."
        ) from None
    finally:
        # What was there before, should it have got stuck here, is not ours to delete.
        if not fresh.exists() or fresh.stat().st_ino == unpacked:
            shutil.rmtree(scratch, ignore_errors=True)
    return Restored(folder, made, aside, audit)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the store and the log of ``folder`` to ourselves; raises StateLockedError where another process has the store open.

    A store that is damaged cannot be held; nobody can use it either.
    """
    store, log = folder / manifests.STORE, folder / manifests.AUDIT
    lock = FileLock(f"{log}.lock", timeout=WAIT_S, mode=files.PRIVATE) if log.exists() else None
    connection = _held(store) if store.is_file() else None
    try:
        if lock is not None:
            lock.acquire()
        yield
    except Timeout:
        raise _in_use(log) from None
    finally:
        if lock is not None:
            lock.release(force=True)
        if connection is not None:
            connection.close()


def swap(folder: Path, fresh: Path, at: datetime) -> Path | None:
    """Put ``fresh`` in the place of ``folder`` and that one aside; where it is then, None where there was none.

    One step where the system can exchange two folders; else two, of which a failed one is taken back, and between which nothing is lost either.
    """
    if not folder.exists():
        fresh.rename(folder)
        return None
    aside = _free(folder, at)
    if _exchanged(folder, fresh):
        try:
            fresh.rename(aside)
        except BaseException:
            _exchanged(fresh, folder)
            raise
        return aside
    folder.rename(aside)
    try:
        fresh.rename(folder)
    except BaseException:
        aside.rename(folder)
        raise
    return aside


def _exchanged(one: Path, other: Path) -> bool:
    """Let two folders change places in one step, where Linux and the file system can; Python has no call for it."""
    import ctypes

    here, exchange = -100, 2  # AT_FDCWD and RENAME_EXCHANGE
    try:
        call = ctypes.CDLL(None).renameat2
    except (OSError, AttributeError, TypeError):
        return False
    return call(here, os.fsencode(one.absolute()), here, os.fsencode(other.absolute()), exchange) == 0


def _free(folder: Path, at: datetime) -> Path:
    stamp, number = f"{folder.name}.before-{at:%Y%m%d-%H%M%S}", 1
    found = folder.with_name(stamp)
    while found.exists():
        number += 1
        found = folder.with_name(f"{stamp}-{number}")
    return found


def _held(store: Path) -> sqlite3.Connection | None:
    """A connection that has the file to itself; None where it is damaged."""
    connection = sqlite3.connect(store, timeout=1.0, isolation_level=None)
    try:
        # Set before the file is first read, this asks for a lock that no other connection with the file open, in any process, leaves room for.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.Error as error:
        connection.close()
        if trouble.locked(error):
            raise _in_use(store) from None
        return None
    return connection


def _in_use(path: Path) -> StateLockedError:
    return StateLockedError(
        "Another process has this workspace open.",
        where=str(path),
        hint="Close its notebooks and servers (Kernel > Shut Down), then restore; nothing was changed.",
    )


def _manifest(archive: zipfile.ZipFile, where: str) -> Manifest:
    """The manifest, where the archive holds the files that it names, each once, and no other."""
    try:
        info = archive.getinfo(manifests.NAME)
    except KeyError:
        raise manifests.none(where, "it has no manifest") from None
    if info.file_size > _MANIFEST_BYTES:
        raise manifests.none(where, "its manifest is too long")
    made = manifests.parse(archive.read(info), where)
    held = [info.filename for info in archive.infolist()]
    wanted = {manifests.NAME, *(member.path for member in made.files)}
    for name in held:
        if name not in wanted:
            raise manifests.none(where, f"it holds {name!r}, which its manifest does not name")
    if len(held) != len(wanted):
        raise manifests.none(where, "a file that its manifest names is missing or there twice")
    return made


def _unpack(archive: zipfile.ZipFile, member: Member, into: Path, where: str) -> None:
    """Write one file, no byte more than the manifest says, and compare its SHA-256."""
    info = archive.getinfo(member.path)
    if stat.S_ISLNK(info.external_attr >> 16) or info.file_size != member.bytes:
        raise manifests.none(where, f"{member.path} is not what its manifest says")
    target = into / member.path
    target.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, files.PRIVATE)
    with os.fdopen(descriptor, "w+b") as written, archive.open(info) as source:
        left = member.bytes
        while left and (block := source.read(min(_BLOCK, left))):
            left -= written.write(block)
        written.flush()
        os.fsync(written.fileno())
        written.seek(0)
        if manifests.digest(written) != (member.bytes, member.sha256):
            raise manifests.none(where, f"the bytes of {member.path} are not those that were saved")


def _prove_store(into: Path, made: Manifest, where: str) -> None:
    """The store opens, is of the version that the manifest says, and names no file that is not there."""
    store = into / manifests.STORE
    if made.find(manifests.STORE) is None:
        return
    try:
        with closing(sqlite3.connect(store)) as opened:
            trouble.whole(opened, store)
            version = version_of(opened)
            refuse_newer(version, where, "The archive's store")
            named = {f"{manifests.DATA}/{name}" for name in files_of(opened)}
    except sqlite3.Error as error:
        raise manifests.none(where, f"its store cannot be read ({error})") from None
    if version != made.versions.get("state"):
        raise manifests.none(where, "its store has another version than its manifest says")
    for path in sorted(named):
        if made.find(path) is None and path not in made.left_out:
            raise manifests.none(where, f"its store names {path}, which is not in it")


def _prove_log(into: Path, made: Manifest, where: str) -> None:
    """The log of accesses is whole to the line that the manifest says."""
    if made.audit is None:
        return
    found = Audit(into / manifests.AUDIT).verify()
    if (found.lines, found.last, found.problem) != (made.audit.lines, made.audit.last, made.audit.problem):
        raise manifests.none(where, "its audit log is not the one that its manifest says")


def _carry_log(folder: Path, fresh: Path, made: Manifest) -> str:
    """Let the log that is here go on where it continues the archive's; which one goes on, in words."""
    here, there = folder / manifests.AUDIT, fresh / manifests.AUDIT
    if not here.is_file():
        return "the archive's" if made.audit is not None else ""
    account = made.audit
    if account is None or not account.lines or not Audit(here).verify(account.last).problem:
        shutil.copy2(here, there)
        there.chmod(files.PRIVATE)
        return "the one that was here, which holds all lines of the archive's"
    return "the archive's; the one that was here is another log, and lies aside"

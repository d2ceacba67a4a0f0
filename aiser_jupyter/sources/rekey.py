"""Another key for what a workspace keeps: every file written anew, and the books changed to the new ones in one step."""

from __future__ import annotations

import os
import secrets
import time
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from aiser_jupyter import files
from aiser_jupyter.errors import SourceError, StateError, StateLockedError
from aiser_jupyter.sources import encryption, kept_file
from aiser_jupyter.sources.encryption import Named

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from aiser_jupyter.sources.shelf import Kept, Shelf
    from aiser_jupyter.sources.workspace_key import Key

_TRIES = 20  # tables that are refreshed meanwhile are written once more
_WAIT_S = 30.0
_ABANDONED_S = 600.0


@dataclass(frozen=True)
class Rekeyed:
    """What was done: the fingerprints of the key of ``before`` and ``now`` (empty for none), the tables written anew or dropped, the kept results that went."""

    before: str
    now: str
    reference: str
    tables: tuple[str, ...]
    results: int
    dropped: bool = False

    def as_json(self) -> dict[str, object]:
        """The object of ``aiser state rekey --json``."""
        told = {"before": self.before, "now": self.now, "reference": self.reference, "dropped": self.dropped}
        return {"v": 1, **told, "tables": list(self.tables), "results": self.results}


def rekey(shelf: Shelf, reference: str = "") -> Rekeyed:
    """Write everything anew under another key: the one behind ``reference``, or a new one in the keyring.

    A process that is killed at any moment leaves the old files with the old key or the new ones with the new one. The old key stays where it is, for older
    backups. Raises EncryptionError where the old key cannot be had or the new one cannot be kept, StateLockedError while another process does it.
    """
    shelf.state.create()
    with _alone(shelf):
        key, place = encryption.fresh(reference)
        return _rewritten(shelf, key, place)


def plain(shelf: Shelf) -> Rekeyed:
    """Write everything anew without encryption."""
    with _alone(shelf):
        return _rewritten(shelf, None, "")


def drop(shelf: Shelf) -> Rekeyed:
    """Drop what is encrypted under a key that is lost; extracts are read anew when they are refreshed next."""
    locks = encryption.of(shelf.state)
    with _alone(shelf):
        before = locks.named()
        gone = [kept for kept in shelf.kept() if kept_file.key_named(kept.file)]
        with _lasting(shelf) as store:
            for kept in gone:
                store.execute("DELETE FROM added WHERE name = ?", (kept.name,))
                store.execute("UPDATE extract SET file = NULL, digest = NULL, version = NULL, mark = NULL WHERE name = ?", (kept.name,))
                store.execute("INSERT INTO added_changes (name) VALUES (?)", (kept.name,))
            encryption.enter(store, None)
        for kept in gone:
            shelf.path(kept).unlink(missing_ok=True)
        _strays(shelf, "")
        results = _results(shelf)
        locks.settled = False
    return Rekeyed(before.fingerprint if before else "", "", "", tuple(kept.name for kept in gone), results, dropped=True)


def settle(shelf: Shelf) -> None:
    """Encrypt what lies there in plain form since before encryption was switched on, and say so; nothing where all is as the settings want it."""
    locks = encryption.of(shelf.state)
    if locks.settled or not shelf.ready:
        return
    if locks.key() is None:
        locks.settled = True
        return
    tables, results = (), 0
    with (
        suppress(StateLockedError),
        _alone(shelf, 0),
    ):  # who changes the key now sees to all of it, and has files that the books do not name yet
        key, named = locks.key(), locks.named()
        if key is not None and any(kept_file.key_named(kept.file) != key.fingerprint for kept in shelf.kept()):
            done = _rewritten(shelf, key, named.reference if named else "")
            tables, results = done.tables, done.results
        fingerprint = key.fingerprint if key else ""
        _strays(shelf, fingerprint)
        results += _results(shelf, fingerprint)
        locks.settled = True
    if tables or results:
        told = [f"{len(tables)} kept table(s) written anew ({', '.join(tables[:5])})"] if tables else []
        told += [f"{results} kept result(s) dropped"] if results else []
        warnings.warn(f"What lay in .aiser/ in plain form is encrypted now: {', '.join(told)}.", UserWarning, stacklevel=4)


def _rewritten(shelf: Shelf, key: Key | None, reference: str) -> Rekeyed:
    locks = encryption.of(shelf.state)
    before = locks.named()
    named = Named(key.fingerprint, reference) if key else None
    old, now = (one.fingerprint if one else "" for one in (before, named))
    if key is not None:
        locks.know(key)
    made: dict[str, tuple[str, int]] = {}  # old file -> new file and its bytes
    try:
        for _ in range(_TRIES):
            for kept in shelf.kept():
                if kept_file.key_named(kept.file) != now and kept.file not in made and shelf.path(kept).is_file():
                    made[kept.file] = _copied(shelf, kept, key)
            if _entered(shelf, made, named):
                break
        else:
            raise _too_fast()
    finally:
        # What the books do not name goes: the new files where it failed, the old ones where it did not.
        there = locks.named()
        _strays(shelf, there.fingerprint if there else "")
    locks.settled = True
    new = {file for file, _ in made.values()}
    return Rekeyed(old, now, reference, tuple(kept.name for kept in shelf.kept() if kept.file in new), _results(shelf))


def _entered(shelf: Shelf, made: dict[str, tuple[str, int]], named: Named | None) -> bool:
    """Put the new files and their key into the books in one step; False, and nothing is, where a table got another file since it was written anew, or lost the new one."""
    now = named.fingerprint if named else ""
    for old, (new, _) in tuple(made.items()):
        # What nobody touched for long is swept by other processes; now it is young again.
        try:
            os.utime(shelf.folder_here / new)
        except OSError:
            del made[old]
    with _lasting(shelf) as store:
        for (file,) in store.execute("SELECT file FROM added").fetchall():
            if kept_file.key_named(file) != now and file not in made and (shelf.folder_here / file).is_file():
                return False
        for old, (new, size) in made.items():
            store.execute("UPDATE extract SET file = ?, bytes = ? WHERE file = ?", (new, size, old))
            store.execute("UPDATE added SET file = ?, bytes = ? WHERE file = ?", (new, size, old))
            store.execute("INSERT INTO added_changes (name) VALUES (?)", (new,))
        encryption.enter(store, named)
    return True


def _too_fast() -> StateError:
    return StateError("Tables are replaced faster than they can be written anew.", hint="Do it when less is being refreshed.")


def _copied(shelf: Shelf, kept: Kept, key: Key | None) -> tuple[str, int]:
    """Write the rows of a table under another key; the new file's name and bytes."""
    source = shelf.file(kept.file)
    target = replace(source, path=shelf.folder_here / kept_file.renamed(kept.file, secrets.token_hex(6), key), key=key)
    try:
        with source.open() as rows, files.whole(target.path, files.PRIVATE) as file, target.writer(file, rows.schema_arrow) as writer:
            for batch in rows.iter_batches():
                writer.write_batch(batch)
    except OSError as error:
        raise SourceError(
            f"The table {kept.name} cannot be written anew.",
            where=str(error.strerror or error),
            hint="What was there is as it was; make room.",
        ) from None
    return target.path.name, target.path.stat().st_size


@contextmanager
def _alone(shelf: Shelf, wait_s: float = _WAIT_S) -> Iterator[None]:
    """Let one process at a time change the key."""
    lock = FileLock(shelf.folder_here.with_name("rekey.lock"), timeout=wait_s, mode=files.PRIVATE)
    try:
        with lock:
            yield
    except Timeout:
        raise StateLockedError(
            "Another process is changing this workspace's key.", hint="Wait for it, then look: aiser state check."
        ) from None


@contextmanager
def _lasting(shelf: Shelf) -> Iterator[sqlite3.Connection]:
    """One change of the books that is on the disk when it is done: old files go only then, and a power cut must not bring the old books back."""
    with shelf.state.store() as store:
        store.execute("PRAGMA synchronous = FULL")
        try:
            store.execute("BEGIN IMMEDIATE")
            try:
                yield store
                store.execute("COMMIT")
            except BaseException:
                if store.in_transaction:
                    store.execute("ROLLBACK")
                raise
        finally:
            store.execute("PRAGMA synchronous = NORMAL")


def _strays(shelf: Shelf, now: str) -> None:
    """Delete files of another key or none that the books do not name, and what a killed process left half written."""
    needed = {kept.file for kept in shelf.kept()}
    for path in shelf.folder_here.glob("*.parquet"):
        if path.name not in needed and kept_file.key_named(path.name) != now:
            path.unlink(missing_ok=True)
    for path in shelf.folder_here.glob(".*.part"):
        with suppress(OSError):
            if path.stat().st_mtime < time.time() - _ABANDONED_S:
                path.unlink(missing_ok=True)


def _results(shelf: Shelf, fingerprint: str = "") -> int:
    """Drop kept results that are not encrypted under that key; how many. They are asked for again."""
    from aiser_jupyter.sources.sealed import MAGIC

    head = MAGIC + fingerprint.encode("ascii")
    count = 0
    for path in _listed(shelf.folder_here.with_name("cache")):
        with suppress(OSError):
            with path.open("rb") as file:
                kept = bool(fingerprint) and file.read(len(head)) == head
            if not kept:
                path.unlink(missing_ok=True)
                count += 1
    return count


def _listed(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.suffix in {".arrows", ".part"}] if folder.is_dir() else []

"""Where a workspace keeps what was added: Parquet in `.aiser/data/`, in the books of `state.db`, for every process of the same folder."""

from __future__ import annotations

import json
import os
import re
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aiser_jupyter import files
from aiser_jupyter.errors import SourceError, StateError
from aiser_jupyter.sources import encryption, kept_file
from aiser_jupyter.sources.kept_file import KeptFile
from aiser_jupyter.sources.notes import Note

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pyarrow as pa

    from aiser_jupyter.state import State

_GROUP = 122_880  # rows in one row group: what DuckDB reads at once
_GRACE_S = 600.0  # how long a file that was replaced stays for queries that still read it


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What changes with every write to the SQLite file or the log beside it; None where there is no file."""
    try:
        found = [os.stat(path)]  # noqa: PTH116  # a Path would take longer to make than this takes
        with suppress(OSError):
            found.append(os.stat(f"{path}-wal"))  # noqa: PTH116
    except OSError:
        return None
    return tuple(number for part in found for number in (part.st_mtime_ns, part.st_size, part.st_ino))


@dataclass(frozen=True)
class Kept:
    """A table that is kept: where its rows came from (``place``, with that file's ``size`` in bytes, ``mtime`` and ``digest``), and its Parquet ``file``."""

    name: str
    place: str
    file: str
    rows: int
    bytes: int
    at: datetime
    user: str
    size: int | None = None
    mtime: float | None = None
    digest: str = ""
    notes: tuple[Note, ...] = ()


class Shelf:
    """The tables kept by one workspace; files are written whole or not at all, and never changed."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._seen: tuple[object, int] = (None, 0)

    @property
    def folder(self) -> Path | None:
        """Where the files lie, whether or not it is there yet; None where this workspace keeps nothing."""
        return self._state.folder / "data" if self._state.folder is not None else None

    @property
    def folder_here(self) -> Path:
        """The folder where there is one to be; for those who know that it is."""
        assert self.folder is not None
        return self.folder

    @property
    def state(self) -> State:
        """The workspace's own store."""
        return self._state

    @property
    def ready(self) -> bool:
        """Whether there is a place to keep tables in."""
        return self._state.file is not None

    def version(self) -> int:
        """A number that grows with each change by any process; 0 where nothing was ever kept. The one seen last where the books cannot be read now: statements go on."""
        if self.folder is None or (books := _stamp(self.folder.with_name("state.db"))) is None:  # nothing is made by asking
            return 0
        # Every statement asks, several times; the store itself only where some process wrote to it meanwhile.
        if self._seen[0] != books:
            with suppress(StateError), self._state.store(patient=False) as store:
                number = int(store.execute("SELECT coalesce(max(number), 0) FROM added_changes").fetchone()[0])
                self._seen = (books, number)
        return self._seen[1]

    def kept(self) -> list[Kept]:
        """The tables in the order they were added."""
        if not self.ready:
            return []
        with self._state.store() as store:
            rows = store.execute(
                "SELECT name, place, file, rows, bytes, at, user, size, mtime, digest, notes FROM added ORDER BY number"
            ).fetchall()
        return [_kept(*row) for row in rows]

    def path(self, kept: Kept) -> Path:
        """The Parquet file of a kept table."""
        assert self.folder is not None
        return self.folder / kept.file

    def file(self, name: str) -> KeptFile:
        """The file of that name, to read; raises EncryptionError where it is encrypted and its key cannot be had."""
        assert self.folder is not None
        fingerprint = kept_file.key_named(name)
        if not fingerprint:
            return KeptFile(self.folder / name)
        locks = encryption.of(self._state)
        named = locks.named()
        return KeptFile(self.folder / name, locks.find(fingerprint, named.reference if named else ""))

    def write(self, name: str, rows: pa.RecordBatchReader, seen: Callable[[int], None] = lambda _: None) -> tuple[str, int, int]:
        """Write ``rows`` to a new file for table ``name``: its name, its rows and its bytes; ``seen`` is told the rows as they are written.

        Raises `SourceError` where there is no room or no right to write; what was begun is then gone.
        """
        assert self.folder is not None
        key = encryption.of(self._state).key()
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            target = self.folder / kept_file.renamed(re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:60], secrets.token_hex(6), key)
            count = 0
            with (
                files.whole(target, files.PRIVATE) as file,
                kept_file.writer(file, rows.schema, key) as writer,
            ):
                for group in _groups(rows):
                    writer.write_table(group, row_group_size=_GROUP)
                    count += group.num_rows
                    seen(count)
        except OSError as error:
            raise SourceError(
                "The table cannot be kept.",
                where=f"{self.folder}: {error.strerror or error}",
                hint='Make room, or keep it in memory alone: ws.add(…, copy="none").',
            ) from None
        return target.name, count, target.stat().st_size

    def put(self, kept: Kept) -> None:
        """Enter a table into the books, in place of another of its name; the file of that one goes when nobody can read it any more."""
        values = (
            kept.name,
            kept.place,
            kept.file,
            kept.rows,
            kept.bytes,
            kept.at.isoformat(),
            kept.user,
            kept.size,
            kept.mtime,
            kept.digest,
            json.dumps([[note.column, note.text] for note in kept.notes]),
        )
        with self._state.store() as store:
            self._fits(store, kept)
            # The table first: who sees the new number, sees the table.
            store.execute(
                "INSERT OR REPLACE INTO added (name, place, file, rows, bytes, at, user, size, mtime, digest, notes, number) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
                "coalesce((SELECT number FROM added WHERE name = ?), (SELECT coalesce(max(number), 0) + 1 FROM added)))",
                (*values, kept.name),
            )
            store.execute("INSERT INTO added_changes (name) VALUES (?)", (kept.name,))
        self.sweep()

    def _fits(self, store: sqlite3.Connection, kept: Kept) -> None:
        """Refuse a file that was written under another key than the books name now: another process changed it meanwhile."""
        named = encryption.read(store)
        if kept_file.key_named(kept.file) == (named.fingerprint if named else ""):
            return
        self.path(kept).unlink(missing_ok=True)
        raise StateError(
            "The key of this workspace was changed while the table was written.",
            where=kept.name,
            hint="Nothing was kept of it: do it again.",
        )

    def remove(self, name: str) -> None:
        """Take a table out of the books."""
        if not self.ready:
            return
        with self._state.store() as store:
            store.execute("DELETE FROM added WHERE name = ?", (name,))
            store.execute("INSERT INTO added_changes (name) VALUES (?)", (name,))
        self.sweep()

    def sweep(self) -> None:
        """Delete files that no table needs and nobody has touched for ten minutes."""
        if self.folder is None or not self.folder.is_dir():
            return
        with suppress(StateError):
            needed = {one.file for one in self.kept()}
            before = time.time() - _GRACE_S
            for path in self.folder.glob("*-????????????*.parquet"):
                with suppress(OSError):
                    if path.name not in needed and path.stat().st_mtime < before and path.stat().st_atime < before:
                        path.unlink()


def _kept(*row: Any) -> Kept:
    *first, at, user, size, mtime, digest, notes = row
    name, place, file, rows, count = first
    told = tuple(Note(*note) for note in json.loads(notes))
    return Kept(name, place, file, rows, count, datetime.fromisoformat(at), user, size, mtime, digest, told)


def _groups(rows: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """The rows as tables of about one row group, one at least, so that a table without rows has its columns."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    count, some = 0, False
    for batch in rows:
        held.append(batch)
        count += batch.num_rows
        if count >= _GROUP:
            some = True
            yield pa.Table.from_batches(held, schema=rows.schema)
            held, count = [], 0
    if held or not some:
        yield pa.Table.from_batches(held, schema=rows.schema)

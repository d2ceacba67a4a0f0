"""What a workspace holds of somebody: a user of it, or a person whose value (an address, a number) was copied into it; shown, and erased for good.

The audit log is left as it is: each of its lines proves those before it, so a line that is taken out or changed breaks the proof of all later ones.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from aiser_jupyter.errors import UsageError
from aiser_jupyter.sources import encryption
from aiser_jupyter.sources.kept_file import renamed
from aiser_jupyter.sources.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from aiser_jupyter.context import Context
    from aiser_jupyter.sources.kept_file import KeptFile

Kind = Literal["history", "memory", "extract", "added", "cache", "query", "backup", "audit"]
_SHORTEST = 3  # letters of a value: a shorter one stands in everything
AUDIT = "kept: each line of the audit log proves those before it, so none can be changed or taken out; it holds names and statements, and ends with its retention"


@dataclass(frozen=True)
class Held:
    """One thing that is held: its ``kind``, where it is (a table's row, a file), what it is in words, and the data itself for an export."""

    kind: Kind
    where: str
    what: str
    data: Any = None


@dataclass(frozen=True)
class Erased:
    """What was erased, what was kept, and why something may still be readable (empty where nothing is)."""

    gone: tuple[Held, ...]
    kept: tuple[Held, ...]
    left: str = ""

    def as_json(self) -> dict[str, object]:
        """The object of ``aiser privacy erase --json``."""
        return {
            "v": 1,
            "erased": [shown(one) for one in self.gone],
            "kept": [{**shown(one), "why": AUDIT} for one in self.kept],
            "left": self.left,
        }


def shown(one: Held) -> dict[str, str]:
    """A thing without its data."""
    return {"kind": one.kind, "where": one.where, "what": one.what}


def users(context: Context) -> list[tuple[str, dict[str, int]]]:
    """The users that the workspace knows, each with how many things of each kind are held of them."""
    names: set[str] = set()
    if context.state.file is not None:
        with context.state.store() as db:
            for table in ("history", "extract", "added", "memory"):
                names |= {str(name) for (name,) in db.execute(f"SELECT DISTINCT user FROM {table} WHERE user <> ''")}  # noqa: S608  # fixed names
    counted = []
    for name in sorted(names):
        counts: dict[str, int] = {}
        for one in _of_user(context, name):
            counts[one.kind] = counts.get(one.kind, 0) + 1
        counted.append((name, counts))
    return counted


def find(context: Context, subject: str) -> list[Held]:
    """All that is held of ``subject``, a user of the workspace or else a value of a person; raises `UsageError` for a value that is too short to be looked for."""
    if not subject.strip():
        raise UsageError("Nobody is named.", hint="aiser privacy report lists the users; a customer is named by their e-mail or number.")
    known = {name for name, _ in users(context)}
    if subject in known:
        return [*_of_user(context, subject), *_audit(context, subject)]
    if len(subject) < _SHORTEST:
        raise UsageError(
            f"{subject!r} is too short to be looked for: it stands in everything.", hint="Give the whole e-mail, name or number."
        )
    return [*_of_value(context, subject), *_audit(context, subject)]


def erase(context: Context, subject: str) -> Erased:
    """Take what is held of ``subject`` away so that no page of any file holds it still; what the audit log says of it is kept and told."""
    found = find(context, subject)
    gone = tuple(one for one in found if one.kind != "audit")
    kept = tuple(one for one in found if one.kind == "audit")
    left = ""
    if gone and context.state.file is not None:
        _files(context, gone)
        left = _rows(context, gone)
    return Erased(gone, kept, left)


def _of_user(context: Context, user: str) -> Iterator[Held]:
    if context.state.file is None:
        return
    with context.state.store() as db:
        for row in _dicts(db, "SELECT * FROM history WHERE user = ?", (user,)):
            yield Held("history", f"history {row['id']}", f"a statement on {row['connection']}, {row['at'][:19]}", row)
        for row in _dicts(db, "SELECT * FROM memory WHERE user = ?", (user,)):
            yield Held("memory", f"memory {row['id']}", f"{row['kind']}: {row['text'][:60]}", row)
        for row in _dicts(db, "SELECT * FROM extract WHERE user = ?", (user,)):
            yield Held("extract", f"extract {row['name']}", f"an extract of {row['connection']}", row)
        for row in _dicts(db, "SELECT * FROM added WHERE user = ?", (user,)):
            yield Held("added", f"added {row['name']}", f"a table added from {row['place']}", row)
    # Kept results carry no name, so those of everyone go: they can be asked for again.
    yield from (Held("cache", f"cache/{path.name}", "a kept result, of whichever user") for path in _cached(context))


def _of_value(context: Context, value: str) -> Iterator[Held]:
    if context.state.file is None or context.state.folder is None:
        return
    yield from _rows_with(context, value)
    yield from _tables_with(context, context.state.folder, value)
    for path in sorted((context.state.folder / "queries").glob("*.sql")):
        if _in(value, path.read_text("utf-8", "replace")):
            yield Held("query", f"queries/{path.name}", "a saved query that names it", path.read_text("utf-8", "replace"))
    for path in sorted(context.state.folder.glob("state.v*.db")):
        if value.encode() in path.read_bytes():
            yield Held("backup", path.name, "a copy of the store made before an upgrade")


def _rows_with(context: Context, value: str) -> Iterator[Held]:
    """Rows of the store that name the value: statements with it as a literal, what was taught, what extracts are made of."""
    tables: tuple[tuple[Kind, str], ...] = (("history", "id"), ("memory", "id"), ("extract", "name"), ("added", "name"))
    with context.state.store() as db:
        for kind, key in tables:
            for row in _dicts(db, f"SELECT * FROM {kind}", ()):  # noqa: S608  # fixed names
                if _row_has(row, value):
                    yield Held(kind, f"{kind} {row[key]}", f"{kind} that names it", row)


def _tables_with(context: Context, folder: Path, value: str) -> Iterator[Held]:
    """Rows of added tables, extracts and kept results that hold the value."""
    with context.state.store() as db:
        named = dict(db.execute("SELECT file, name FROM added"))
    for path in sorted((folder / "data").glob("*.parquet")):
        if rows := _parquet_rows(context, path.name, value):
            yield Held("added", f"data/{path.name}", f"{len(rows)} row(s) of {named.get(path.name, 'a table that was replaced')}", rows)
    for path in _cached(context):
        if rows := _arrow_rows(context, path, value):
            yield Held("cache", f"cache/{path.name}", f"{len(rows)} row(s) of a kept result", rows)


def _audit(context: Context, subject: str) -> Iterator[Held]:
    if context.state.folder is None:
        return
    for path in sorted(context.state.folder.glob("audit*.jsonl")):
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = sum(1 for line in file if subject in line)
        if lines:
            yield Held("audit", path.name, f"{lines} line(s)")


def _in(value: str, text: str) -> bool:
    """Whether ``value`` stands in a text as a word of its own, in whatever case."""
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", text, re.IGNORECASE) is not None


def _dicts(db: sqlite3.Connection, sql: str, values: Sequence[object]) -> list[dict[str, Any]]:
    cursor = db.execute(sql, values)  # type: ignore[arg-type]  # texts alone
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def _cached(context: Context) -> list[Path]:
    folder = context.state.folder
    return sorted((folder / "cache").glob("*.arrows")) if folder is not None and (folder / "cache").is_dir() else []


def _parquet_rows(context: Context, file: str, value: str) -> list[dict[str, Any]]:
    import pyarrow as pa

    with suppress(pa.ArrowException, OSError), Shelf(context.state).file(file).open() as opened:
        return [row for batch in opened.iter_batches() for row in batch.to_pylist() if _row_has(row, value)]
    return []


def _arrow_rows(context: Context, path: Path, value: str) -> list[dict[str, Any]]:
    from aiser_jupyter.query.cache_files import Files

    read = Files(path.parent, 1 << 60, 1e12, encryption.of(context.state).key).read(path.stem)
    return [row for row in read[0].to_pylist() if _row_has(row, value)] if read is not None else []


def _row_has(row: dict[str, Any], value: str) -> bool:
    return any(_in(value, str(cell)) for cell in row.values() if cell is not None)


def _files(context: Context, gone: Sequence[Held]) -> None:
    """Rewrite tables without the rows, and delete kept results, saved queries, copies and the extracts and tables of a user."""
    from aiser_jupyter.query import cache

    folder = context.state.folder
    assert folder is not None
    if any(one.kind == "cache" for one in gone):
        cache.of(context).clear()
    for one in gone:
        path = folder / one.where
        if one.kind in {"query", "backup"} or (one.kind == "cache" and path.is_file()):
            path.unlink(missing_ok=True)
        elif one.where.startswith("data/"):
            _without(Shelf(context.state).file(path.name), one.data)
        elif one.kind in {"added", "extract"} and isinstance(one.data, dict) and one.data.get("file"):
            (folder / "data" / str(one.data["file"])).unlink(missing_ok=True)
    shutil.rmtree(folder / "spill", ignore_errors=True)


def _without(file: KeptFile, rows: Sequence[dict[str, Any]]) -> None:
    """Write the table anew under its own name, whole or not at all, without the rows."""
    import pyarrow as pa

    from aiser_jupyter import files

    with file.open() as before, files.whole(file.path, files.PRIVATE) as target, file.writer(target, before.schema_arrow) as writer:
        for batch in before.iter_batches():
            keep = [row not in rows for row in batch.to_pylist()]
            writer.write_batch(batch.filter(pa.array(keep, pa.bool_())))


def _rows(context: Context, gone: Sequence[Held]) -> str:
    """Delete the rows and write the store anew, so that no free page and no log of it holds them; why that could not be done wholly."""
    tables = {"history": "id", "memory": "id", "extract": "name", "added": "name"}
    with context.state.store() as db:
        db.execute("PRAGMA secure_delete = ON")
        for one in gone:
            table, _, key = one.where.partition(" ")
            if table in tables and key:
                db.execute(f"DELETE FROM {table} WHERE {tables[table]} = ?", (int(key) if tables[table] == "id" else key,))  # noqa: S608  # fixed names
                if table == "added":
                    db.execute("INSERT INTO added_changes (name) VALUES (?)", (str(uuid.uuid4()),))
            elif one.where.startswith("data/"):
                # Another name of the file makes every process of the workspace read it anew.
                _renamed(context, db, one.where.removeprefix("data/"))
        if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'history_words'").fetchone():
            db.execute("DROP TABLE history_words")  # made anew at the next search
        try:
            db.execute("VACUUM")
            busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.OperationalError as error:
            return f"another process uses the store ({error}); erase again when it is closed"
    return "another process reads the store; erase again when it is closed" if busy else ""


def _renamed(context: Context, db: sqlite3.Connection, file: str) -> None:
    assert context.state.folder is not None
    path = context.state.folder / "data" / file
    kept = Shelf(context.state).file(file)
    new = path.with_name(renamed(file, uuid.uuid4().hex[:12], kept.key))
    with kept.open() as opened:
        count = opened.metadata.num_rows
    changed = db.execute(
        "UPDATE added SET file = ?, rows = ?, bytes = ? WHERE file = ?", (new.name, count, path.stat().st_size, file)
    ).rowcount
    db.execute("UPDATE extract SET file = ?, rows = ?, bytes = ? WHERE file = ?", (new.name, count, path.stat().st_size, file))
    if changed:
        path.rename(new)
        db.execute("INSERT INTO added_changes (name) VALUES (?)", (new.name,))
    else:
        path.unlink(missing_ok=True)  # nobody knows this file any more

"""DuckDB, embedded: a database file, or the workspace's own engine in memory."""

from __future__ import annotations

from contextlib import suppress
from itertools import groupby
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from aiser_jupyter.catalog import Column, Key, Table
from aiser_jupyter.catalog.types import logical
from aiser_jupyter.errors import SourceError
from aiser_jupyter.sources import spill
from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.recipe import Recipe
from aiser_jupyter.sources.source import Capabilities
from aiser_jupyter.sources.version import Changes, of_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import duckdb
    import pyarrow as pa

    from aiser_jupyter.sources.kept_file import KeptFile
    from aiser_jupyter.sources.notes import Note

# Rows in one Arrow batch: four of DuckDB's vectors. A first page then costs half the CPU of one of 65,536 rows, and a full read no more.
BATCH = 1 << 13
# Connections that wait for the next query: making one, and switching its progress on, takes longer than a small query.
IDLE = 4

# SQL typed here can reach no file and no network, load nothing, read no Python variable, and cannot change these settings back.
LOCKED = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    # DuckDB tells how far a query is only where its progress bar is on; each cursor switches it on, and its printing off.
    "allowed_configs": "['enable_progress_bar', 'enable_progress_bar_print']",
    "lock_configuration": "true",
}
# What a profile may set further; nothing that opens a way to files or the network again.
_KNOBS = frozenset(
    {
        "memory_limit",
        "max_memory",
        "threads",
        "temp_directory",
        "max_temp_directory_size",
        "temp_file_encryption",
        "preserve_insertion_order",
    }
)
_PROGRESS = "SET enable_progress_bar = true; SET enable_progress_bar_print = false"

# Where DuckDB counts its commits: the head of the file with its two headers; each commit makes the log beside it longer.
_HEADS = {"": 12_288, ".wal": 64}

_COLUMNS = """
SELECT c.schema_name, c.table_name, c.column_name, c.data_type, c.is_nullable, coalesce(c.comment, '') AS comment,
       v.view_name IS NOT NULL AS is_view, t.estimated_size, coalesce(t.comment, v.comment, '') AS table_comment
FROM duckdb_columns() c
LEFT JOIN duckdb_tables() t ON t.table_oid = c.table_oid AND t.database_name = c.database_name AND t.schema_name = c.schema_name
LEFT JOIN duckdb_views() v ON v.view_oid = c.table_oid AND v.database_name = c.database_name AND v.schema_name = c.schema_name
WHERE NOT c.internal AND c.database_name = current_database()
ORDER BY c.schema_name, c.table_oid, c.column_index
"""
_CONSTRAINTS = """
SELECT table_name, constraint_type, constraint_column_names, referenced_table, referenced_column_names
FROM duckdb_constraints() WHERE database_name = current_database() AND constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY')
ORDER BY schema_name, table_oid, constraint_index
"""


class DuckDBCursor:
    """One query on a DuckDB connection of its own, sharing the database."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, owner: DuckDBSource, attached: set[str]) -> None:
        self._connection = connection
        self._attached = attached
        self._owner = owner
        self._lock = Lock()
        self._open = True
        self._clean = True

    def run(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Start ``sql`` and stream its rows in batches of at most 8,192."""
        import pyarrow as pa

        for name, frame in (frames or {}).items():
            self._clean = False
            self._connection.register(name, frame)
        relation = self._connection.sql(sql, params=dict(params)) if params else self._connection.sql(sql)
        if relation is None:  # a statement without rows
            return pa.schema([]).empty_table().to_reader()
        return relation.to_arrow_reader(BATCH)

    def progress(self) -> float | None:
        """The share of the statement that is done, where DuckDB can tell."""
        with self._lock:
            percent = self._connection.query_progress() if self._open else -1.0
        return min(percent / 100, 1.0) if percent >= 0 else None

    def cancel(self) -> None:
        """Interrupt this cursor; another cursor of the same database goes on."""
        with self._lock:
            self._clean = False  # an interrupt that comes late would meet the next query
            if self._open:
                self._connection.interrupt()

    def release(self) -> None:
        """Leave the connection to the next query, where this one left nothing behind on it."""
        with self._lock:
            kept = self._open and self._clean and self._owner.keep(self._connection, self._attached)
            self._open = self._open and not kept
        if kept:
            self._owner.forget(self)
        else:
            self.close()

    def close(self) -> None:
        """Close this cursor."""
        with self._lock:
            if self._open:
                self._open = False
                _close(self._connection)
        self._owner.forget(self)


class DuckDBSource:
    """A DuckDB database; read-only and locked down unless ``write`` was asked for.

    ``path`` is a database file, or None for the workspace's own engine in memory, whose tables only ``load`` makes. ``config`` are further
    settings of DuckDB, such as ``memory_limit``.
    """

    dialect = "duckdb"
    # Some of its functions heed no interrupt; the road knows that SQL it does not trust belongs into a worker process.
    capabilities = Capabilities(frames=True)

    def __init__(
        self,
        name: str,
        path: str | Path | None = None,
        *,
        write: bool = False,
        config: Mapping[str, object] | None = None,
        reach: Sequence[Path] = (),
    ) -> None:
        import duckdb

        self.name = name
        self.place = f"duckdb:///{path}" if path else "memory"
        self.read_only = not write
        more = {name: str(value) for name, value in (config or {}).items()}
        self.recipe = Recipe(f"duckdb:///{Path(path).absolute()}", name, Options(write=write, extra=more)) if path else None
        if unknown := sorted(set(more) - _KNOBS):
            raise SourceError(
                f"There is no knob {unknown[0]!r} of a DuckDB connection.", where=name, hint=f"Knobs: {', '.join(sorted(_KNOBS))}."
            )
        fixed = LOCKED if path or not write else {}
        self.spills_encrypted = spill.encrypted()
        settings: dict[str, Any] = {
            **(fixed if not reach else {}),
            **spill.settings(),
            **more,
        }
        # DuckDB heeds this one only when it is set later, and it must be set before the settings are locked.
        room = settings.pop("max_temp_directory_size", None)
        lock = settings.pop("lock_configuration", None) if room else None
        try:
            self._connection = duckdb.connect(str(path) if path else ":memory:", read_only=bool(path) and not write, config=settings)
            if room:
                self._connection.execute(f"SET max_temp_directory_size = {_literal(room)}")
            if lock:
                self._connection.execute(f"SET lock_configuration = {lock}")
        except duckdb.Error as error:
            raise _open_error(str(path), str(error)) from None
        if reach:
            _lock_down(self._connection, reach)
        self._cursors: WeakSet[DuckDBCursor] = WeakSet()
        self._idle: list[tuple[duckdb.DuckDBPyConnection, set[str]]] = []
        self._path = Path(path).absolute() if path else None
        self._opened = (of_file(self._path, _HEADS), self._path.stat().st_ino) if self._path else ("", 0)
        self._changes = Changes()
        self.loaded: dict[str, str] = {}  # table made by `load` or `show` -> where its rows came from
        self.notes: dict[str, tuple[Note, ...]] = {}  # table -> what was done to its columns on the way in
        self.shown: dict[str, int] = {}  # table that is a view over files -> its rows, by the files' footers
        self.views: dict[str, str] = {}  # table made by `show` -> the SELECT that reads it
        self.encrypted: dict[str, KeptFile] = {}  # table made by `show` -> its file, where that is an encrypted one
        self.reach = tuple(reach)
        self.versions: dict[str, int] = {}  # table made by `load` or `show` -> how often it was made

    def tables(self) -> tuple[Table, ...]:
        """Tables and views of the database in the order they were made."""
        unique = self._unique()
        cursor = self._attach(self._connection.cursor(), set())
        rows = cursor.execute(_COLUMNS).fetchall()
        cursor.close()
        found = []
        for (schema, name, is_view, table_comment), group in groupby(rows, key=lambda row: (row[0], row[1], row[6], row[8])):
            columns = tuple(_column(row, unique) for row in group)
            kind = "view" if is_view and name not in self.shown else "table"
            found.append(Table(name, columns, "" if schema == "main" else schema, kind, comment=table_comment))
        return tuple(found)

    def keys(self) -> tuple[Key, ...]:
        """Declared foreign keys."""
        return tuple(Key(row[0], tuple(row[2]), row[3], tuple(row[4])) for row in self._constraints() if row[1] == "FOREIGN KEY")

    def sizes(self) -> dict[str, int]:
        """The rows of each table by DuckDB's own books, or by the footers of its files."""
        cursor = self._connection.cursor()
        rows = cursor.execute("SELECT table_name, estimated_size FROM duckdb_tables() WHERE database_name = current_database()").fetchall()
        cursor.close()
        return {**dict(rows), **self.shown}

    def version(self) -> str | None:
        """A word that is another one after each change of the tables; None where the file is another than the one that was opened."""
        if self._path is None:
            # A view over files changes with them.
            return None if self.shown else self._changes.version()
        try:
            stamp, file = of_file(self._path, _HEADS), self._path.stat().st_ino
        except (SourceError, OSError):
            return None
        # What is open read-only does not change under it: a file that did is not the one it reads.
        same = file == self._opened[1] and (not self.read_only or stamp == self._opened[0])
        return stamp if same else None

    def ping(self) -> None:
        """An embedded engine that is open answers; raises `SourceError` where it was closed."""
        import duckdb

        try:
            self._connection.cursor().close()
        except duckdb.Error:
            raise SourceError(f"The connection {self.name} is closed.", hint="Connect again: ws.connect(…).") from None

    def cursor(self) -> DuckDBCursor:
        """A place to run one query."""
        connection, attached = self._place()
        cursor = DuckDBCursor(connection, self, attached)
        self._cursors.add(cursor)
        return cursor

    def keep(self, connection: duckdb.DuckDBPyConnection, attached: set[str]) -> bool:
        """Keep a connection for the next query; False where there are enough, or where a statement that wrote may have left something on it."""
        if not self.read_only or len(self._idle) >= IDLE:
            return False
        self._idle.append((connection, attached))
        return True

    def _place(self) -> tuple[duckdb.DuckDBPyConnection, set[str]]:
        try:
            connection, attached = self._idle.pop()
        except IndexError:
            connection, attached = self._connection.cursor(), set()
            if self.read_only:
                connection.execute(_PROGRESS)
        return self._attach(connection, attached), attached

    def _attach(self, connection: duckdb.DuckDBPyConnection, attached: set[str]) -> duckdb.DuckDBPyConnection:
        """Let ``connection`` read the encrypted files that it does not know yet; what it knows is kept in ``attached``."""
        for file in tuple(self.encrypted.values()):
            if file.view() not in attached:
                file.attach(connection)
                attached.add(file.view())
        return connection

    def forget(self, cursor: DuckDBCursor) -> None:
        """Drop a closed cursor from those that ``cancel`` reaches."""
        self._cursors.discard(cursor)

    def cancel(self) -> None:
        """Interrupt every cursor."""
        for cursor in tuple(self._cursors):
            cursor.cancel()

    def load(self, table: str, rows: Any) -> None:
        """Make or replace ``table`` from an Arrow table or reader, or a frame; for the workspace's own engine."""
        self._changes.changed()
        cursor = self._connection.cursor()
        cursor.register("aiser_incoming", rows)
        self.views.pop(table, None)
        self.encrypted.pop(table, None)
        if self.shown.pop(table, None) is not None:
            cursor.execute(f"DROP VIEW IF EXISTS {_quoted(table)}")
        cursor.execute(f"CREATE OR REPLACE TABLE {_quoted(table)} AS SELECT * FROM aiser_incoming")  # noqa: S608  # the name is quoted
        cursor.close()
        self._changes.changed()
        self.versions[table] = self.versions.get(table, 0) + 1

    def show(self, table: str, select: str, rows: int, encrypted: KeptFile | None = None) -> None:
        """Make or replace ``table`` as a view: ``select`` reads files within reach, which have ``rows`` rows, or the ``encrypted`` one."""
        self._changes.changed()
        cursor = self._connection.cursor()
        self.encrypted.pop(table, None)
        if encrypted is not None:
            encrypted.attach(cursor)
            self.encrypted[table] = encrypted
        if table not in self.shown:
            cursor.execute(f"DROP TABLE IF EXISTS {_quoted(table)}")
        cursor.execute(f"CREATE OR REPLACE VIEW {_quoted(table)} AS {select}")
        cursor.close()
        self._changes.changed()
        self.shown[table], self.views[table] = rows, select
        self.versions[table] = self.versions.get(table, 0) + 1

    def drop(self, table: str) -> None:
        """Take away a table that ``load`` or ``show`` made."""
        kind = "TABLE" if self.shown.pop(table, None) is None else "VIEW"
        self.views.pop(table, None)
        self.encrypted.pop(table, None)
        self._changes.changed()
        cursor = self._connection.cursor()
        cursor.execute(f"DROP {kind} IF EXISTS {_quoted(table)}")
        cursor.close()
        self._changes.changed()
        self.loaded.pop(table, None)
        self.versions[table] = self.versions.get(table, 0) + 1

    def close(self) -> None:
        """Close the cursors and the connection."""
        self.cancel()
        for cursor in tuple(self._cursors):
            cursor.close()
        while self._idle:
            _close(self._idle.pop()[0])
        _close(self._connection)

    def _constraints(self) -> list[tuple[Any, ...]]:
        cursor = self._connection.cursor()
        rows = cursor.execute(_CONSTRAINTS).fetchall()
        cursor.close()
        return rows

    def _unique(self) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for table, kind, columns, *_ in self._constraints():
            if kind == "PRIMARY KEY":
                found.update({(table, column): kind if len(columns) == 1 else "PART" for column in columns})
            elif kind == "UNIQUE" and len(columns) == 1:
                found.setdefault((table, columns[0]), kind)
        return found


def _column(row: tuple[Any, ...], unique: Mapping[tuple[str, str], str]) -> Column:
    _, table, name, db_type, nullable, comment, *_ = row
    key = unique.get((table, name), "")
    return Column(
        name,
        logical(db_type),
        db_type,
        bool(nullable),
        primary=key in {"PRIMARY KEY", "PART"},
        unique=key in {"PRIMARY KEY", "UNIQUE"},
        comment=comment,
    )


def _lock_down(connection: duckdb.DuckDBPyConnection, reach: Sequence[Path]) -> None:
    """Let ``connection`` read ``reach`` and nothing else: what is allowed must be said before the rest is forbidden, and the lock comes last."""
    for knob, places in (
        ("allowed_directories", [f"{place}/" for place in reach if not place.is_file()]),
        ("allowed_paths", [str(place) for place in reach if place.is_file()]),
    ):
        if places:
            connection.execute(f"SET {knob} = [{', '.join(_literal(place) for place in places)}]")
    for knob, value in LOCKED.items():
        connection.execute(f"SET {knob} = {value}")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _close(connection: duckdb.DuckDBPyConnection) -> None:
    """Close ``connection``, unless a function that heeds no interrupt still holds it: then it goes when that is done."""
    import duckdb

    with suppress(duckdb.Error):
        connection.close()


def _open_error(path: str, message: str) -> SourceError:
    first = message.partition("\n")[0].partition(": ")[2] or message
    if "different configuration" in message:
        hint = "Close the other connection of this process to the file, e.g. con.close()."
    elif "lock" in message.lower():
        hint = "Another process has the file open for writing: close it there, or copy the file."
    else:
        hint = "Check the path, or that the file is a DuckDB database."
    return SourceError(f"The DuckDB file cannot be opened: {first}", where=path, hint=hint)

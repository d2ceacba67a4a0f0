"""SQLite, read-only four times over: file mode, query_only, an authorizer, and limits."""

from __future__ import annotations

import sqlite3
import warnings
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakSet

from aiser_jupyter.catalog import Column, Key, Table
from aiser_jupyter.catalog.types import logical
from aiser_jupyter.errors import SourceError, UsageError
from aiser_jupyter.sources import closing
from aiser_jupyter.sources.dynamic import stream
from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.recipe import Recipe
from aiser_jupyter.sources.source import Capabilities
from aiser_jupyter.sources.version import of_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

_ACTIONS = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_RECURSIVE}
_FUNCTIONS = frozenset(
    """
    -> ->> abs acos acosh asin asinh atan atan2 atanh avg ceil ceiling changes char coalesce concat concat_ws cos cosh count
    cume_dist current_date current_time current_timestamp date datetime degrees dense_rank exp first_value floor format glob group_concat hex ifnull iif instr json json_array
    json_array_length json_each json_error_position json_extract json_group_array json_group_object json_insert json_object
    json_patch json_quote json_remove json_replace json_set json_tree json_type json_valid julianday lag last_value lead length
    like likelihood likely ln log log10 log2 lower ltrim max min mod nth_value ntile nullif octet_length percent_rank pi pow power
    printf quote radians random rank replace round row_number rtrim sign sin sinh soundex sqrt strftime string_agg substr
    substring subtype sum tan tanh time timediff total trim trunc typeof unhex unicode unixepoch unlikely upper
    """.split()  # noqa: SIM905  # a hundred names read better as words
)
_MAX_LENGTH = 50_000_000  # bytes of one value: far above any cell, far below what a generated string could take from the machine
_MAX_SQL = 100_000
# Where SQLite counts its commits: the head of the file, that of its log, and that of the log's index.
_HEADS = {"": 100, "-wal": 32, "-shm": 96}


def _authorize(action: int, first: str | None, second: str | None, _database: str | None, _trigger: str | None) -> int:
    if action in _ACTIONS:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and (second or first or "").lower() in _FUNCTIONS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


def _bindable(value: object) -> object:
    """``value`` as SQLite keeps it: days and moments as ISO text, decimals as numbers."""
    if isinstance(value, date):
        return str(value)
    return float(value) if isinstance(value, Decimal) else value


class SQLiteCursor:
    """One query on a connection of its own."""

    def __init__(self, connection: sqlite3.Connection, owner: SQLiteSource) -> None:
        self._connection = connection
        self._owner = owner
        self._closed = False

    def run(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Start ``sql`` and stream its rows; a column that mixes types becomes text."""
        if frames:
            raise UsageError(
                "A DataFrame cannot be joined with tables of a SQLite connection.", hint="Add the file to the workspace: ws.add(...)."
            )
        cursor = self._connection.execute(sql, {name: _bindable(value) for name, value in params.items()})
        return stream([item[0] for item in cursor.description or ()], partial(self._fetched, cursor))

    def _fetched(self, cursor: sqlite3.Cursor, count: int) -> list[tuple[object, ...]]:
        if self._closed:
            raise closing.unread(self._owner.name)
        return cursor.fetchmany(count)

    def cancel(self) -> None:
        """Interrupt this cursor; one that was closed has nothing to stop."""
        with suppress(sqlite3.ProgrammingError):
            self._connection.interrupt()

    def close(self) -> None:
        """Close the connection."""
        self._closed = True
        self._owner.forget(self)
        self._connection.close()


class SQLiteSource:
    """A SQLite database file."""

    dialect = "sqlite"
    capabilities = Capabilities()

    def __init__(self, name: str, path: str | Path, *, write: bool = False) -> None:
        self.name = name
        self.path = Path(path).absolute()
        self.place = f"sqlite:///{path}"
        self.read_only = not write
        self.recipe = Recipe(f"sqlite:////{str(self.path).lstrip('/')}", name, Options(write=write))
        self._cursors: WeakSet[SQLiteCursor] = WeakSet()
        self._seen: tuple[str, int] | None = None
        self._blind = False
        try:
            self._schema = self._connect()
            self._schema.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            raise SourceError(
                f"The SQLite file cannot be opened: {error}.", where=str(path), hint="Check the path, or that it is a SQLite database."
            ) from None

    def _connect(self) -> sqlite3.Connection:
        mode = "ro" if self.read_only else "rw"
        # Opened by file URI so that ?, # and % in a path stay parts of it.
        connection = sqlite3.connect(f"{self.path.as_uri()}?mode={mode}", uri=True, check_same_thread=False, isolation_level=None)
        connection.text_factory = _text
        return connection

    def cursor(self) -> SQLiteCursor:
        """A place to run one query."""
        connection = self._connect()
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_LENGTH)
        connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, _MAX_SQL)
        connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        if self.read_only:
            connection.execute("PRAGMA query_only = ON")
            connection.set_authorizer(_authorize)
        cursor = SQLiteCursor(connection, self)
        self._cursors.add(cursor)
        return cursor

    def tables(self) -> tuple[Table, ...]:
        """Tables and views in the order they were made; SQLite's own are left out."""
        unique = self._unique()
        names = self._schema.execute(
            "SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid"
        ).fetchall()
        return tuple(Table(name, columns, kind=kind) for name, kind in names if (columns := self._columns(name, unique)))

    def _columns(self, table: str, unique: set[tuple[str, str]]) -> tuple[Column, ...]:
        """The columns of a table; none, with a warning, of a view whose own tables are gone."""
        try:
            rows = self._schema.execute('SELECT name, type, "notnull", pk FROM pragma_table_info(?)', (table,)).fetchall()
        except sqlite3.Error as error:
            warnings.warn(f"Left out: the view {table} cannot be read: {error}.", UserWarning, stacklevel=2)
            return ()
        single = sum(1 for row in rows if row[3]) == 1
        return tuple(
            Column(name, logical(kind), kind, not notnull and not pk, bool(pk), unique=bool(pk and single) or (table, name) in unique)
            for name, kind, notnull, pk in rows
        )

    def _unique(self) -> set[tuple[str, str]]:
        rows = self._schema.execute(
            "SELECT m.name, min(c.name) FROM sqlite_master m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c "
            "WHERE m.type = 'table' AND i.\"unique\" AND NOT i.partial GROUP BY m.name, i.name HAVING count(*) = 1"
        ).fetchall()
        return set(rows)

    def keys(self) -> tuple[Key, ...]:
        """Declared foreign keys whose tables are there."""
        tables = {table.name.casefold(): table for table in self.tables()}
        found = []
        for table in tables.values():
            rows = self._schema.execute(
                'SELECT id, "table", "from", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq', (table.name,)
            ).fetchall()
            for key in sorted({row[0] for row in rows}):
                parts = [row for row in rows if row[0] == key]
                target = tables.get(parts[0][1].casefold())
                if target is None:
                    continue
                columns = tuple(row[2] for row in parts)
                # Without named columns a key points to the primary key.
                referenced = tuple(row[3] for row in parts) if all(row[3] for row in parts) else target.primary_key
                if len(columns) == len(referenced):
                    found.append(Key(table.name, columns, target.name, referenced))
        return tuple(found)

    def sizes(self) -> dict[str, int]:
        """The rows of each table as the last ANALYZE saw them; empty where there was none."""
        try:
            rows = self._schema.execute("SELECT tbl, max(CAST(stat AS INTEGER)) FROM sqlite_stat1 GROUP BY tbl").fetchall()
        except sqlite3.Error:
            return {}
        return {table: int(rows or 0) for table, rows in rows}

    def version(self) -> str | None:
        """A word that is another one after each commit of any process; None where the file is gone or its own books disagree."""
        try:
            stamp = of_file(self.path, _HEADS, {"-shm"})
            count = self._schema.execute("PRAGMA data_version").fetchone()[0]
        except (SourceError, sqlite3.Error):
            return None
        before, self._seen = self._seen, (stamp, count)
        # A commit that left no trace in the file's head: from then on nothing can be told.
        self._blind = self._blind or (before is not None and before[0] == stamp and before[1] != count)
        return None if self._blind else stamp

    def ping(self) -> None:
        """Try the file; raises `SourceError` where it is gone or closed."""
        try:
            self._connect().close()
            self._schema.execute("SELECT 1").fetchone()
        except sqlite3.Error as error:
            raise SourceError(
                f"The SQLite file cannot be read: {error}.", where=str(self.path), hint="Connect again: ws.connect(…)."
            ) from None

    def forget(self, cursor: SQLiteCursor) -> None:
        """Drop a closed cursor from those that ``cancel`` reaches."""
        self._cursors.discard(cursor)

    def cancel(self) -> None:
        """Interrupt every cursor."""
        for cursor in tuple(self._cursors):
            cursor.cancel()

    def close(self) -> None:
        """Close the cursors and the connection."""
        self.cancel()
        for cursor in tuple(self._cursors):
            cursor.close()
        self._schema.close()

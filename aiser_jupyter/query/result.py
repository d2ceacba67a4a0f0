"""What a query yields: rows that are read as they are wanted."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import RLock
from typing import TYPE_CHECKING, Any, Protocol

from aiser_jupyter.errors import UsageError
from aiser_jupyter.query.familiar import Familiar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from aiser_jupyter.query.release import Release


# Rows of a batch that an engine fills before it sends the next.
_FULL = 8_192


class Stream(Protocol):
    """Rows still with the engine."""

    elapsed: float

    def next(self) -> pa.RecordBatch | None:
        """The next rows, or None at the end."""
        ...

    def rest(self) -> list[pa.RecordBatch]:
        """All rows not read yet."""
        ...

    def close(self) -> None:
        """Drop what was not read."""
        ...


class Empty:
    """A stream that is at its end."""

    elapsed = 0.0

    def next(self) -> None:
        """Nothing."""

    def rest(self) -> list[pa.RecordBatch]:
        """Nothing."""
        return []

    def close(self) -> None:
        """Nothing to drop."""


@dataclass(frozen=True)
class Origin:
    """Where a result comes from: the SQL that ran, on which connection, how it got there, and where a policy lets its rows go (None: anywhere)."""

    sql: str
    dialect: str
    source: str
    route: Mapping[str, object] = field(default_factory=dict)
    lineage: Callable[[], Mapping[str, tuple[str, ...]]] = dict
    release: Release | None = None


class Result(Familiar):
    """The rows of one query, which ran exactly once.

    Rows are pulled from the engine as they are asked for: ``rows(n)`` takes what it needs, ``arrow()``, ``df()``, ``polars()`` and
    ``row_count`` take the rest, once. ``keep`` is given all rows once they are here, with the seconds the engine worked.
    """

    def __init__(
        self,
        schema: pa.Schema,
        stream: Stream,
        origin: Origin,
        *,
        preview: int = 20,
        keep: Callable[[pa.Table, float], None] | None = None,
        cached_at: datetime | None = None,
        age_s: float = 0.0,
    ) -> None:
        self.schema = schema
        self.cached_at = cached_at
        self._age = age_s
        self._keep = keep
        self._stream = stream
        self._origin = origin
        self._preview = preview
        self._batches: list[pa.RecordBatch] = []
        self._ended = False
        self._cut = False  # closed before all was read
        self._table: pa.Table | None = None
        self._lock = RLock()

    @classmethod
    def of(cls, table: pa.Table, origin: Origin, *, preview: int = 20, cached_at: datetime | None = None, age_s: float = 0.0) -> Result:
        """A result over rows that are here already: ``age_s`` seconds old where they were kept since ``cached_at``."""
        result = cls(table.schema, Empty(), origin, preview=preview, cached_at=cached_at, age_s=age_s)
        result._batches = table.to_batches()  # its own
        result._ended = True
        return result

    @property
    def columns(self) -> list[str]:
        """Column names in order."""
        return list(self.schema.names)

    @property
    def sql(self) -> str:
        """The SQL that ran; unchanged it runs again on the source."""
        return self._origin.sql

    @property
    def dialect(self) -> str:
        """The sqlglot name of the SQL's dialect."""
        return self._origin.dialect

    @property
    def source(self) -> str:
        """The connection it ran on."""
        return self._origin.source

    @property
    def route(self) -> Mapping[str, object]:
        """Which engine ran it, why, and which others could have: ``engine``, ``reason``, ``alternatives``."""
        return self._origin.route

    @property
    def release(self) -> Release | None:
        """Where a policy lets the rows go; None where it does not govern them."""
        return self._origin.release

    @property
    def cached(self) -> bool:
        """Whether the rows were kept from an earlier run, the one of ``cached_at``."""
        return self.cached_at is not None

    @property
    def lineage(self) -> Mapping[str, tuple[str, ...]]:
        """The source columns (``table.column``) behind each column, where they can be told."""
        return self._origin.lineage()

    @property
    def elapsed_ms(self) -> float:
        """Milliseconds that the engine worked, so far."""
        return self._stream.elapsed * 1000

    @property
    def row_count(self) -> int:
        """How many rows there are; reads to the end."""
        return self.arrow().num_rows

    @property
    def truncated(self) -> bool:
        """Whether a display shows less than all rows."""
        return self._held(self._preview + 1) > self._preview

    def arrow(self) -> pa.Table:
        """All rows as an Arrow table."""
        import pyarrow as pa

        with self._lock:
            if self._table is None:
                if self._cut:
                    held = sum(batch.num_rows for batch in self._batches)
                    raise UsageError(
                        f"The result was closed after {held:,} rows, before all were read.",
                        hint="Run the query again, or take the first rows: .rows(n).",
                    )
                if not self._ended:
                    self._batches.extend(self._stream.rest())
                    self._whole()
                self._table = _narrowed(pa.Table.from_batches(self._batches, schema=self.schema))
            return self._table

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All rows in batches, those still with the engine as they come; what was pulled stays here for the next reader."""
        at = 0
        while True:
            with self._lock:
                if at == len(self._batches) and not self._pull():
                    self.arrow()  # says so where the result was closed before its end
                    return
                batch = self._batches[at]
            at += 1
            yield batch

    def stream(self) -> Iterator[pa.RecordBatch]:
        """All rows in batches, each given once: none stays here, so that a result of any size takes the memory of one batch, and is spent after."""
        with self._lock:
            held, self._batches = self._batches, []
            self._keep = None
        self._cut = True
        yield from held
        while not self._ended:
            batch = self._stream.next()
            if batch is None:
                self._ended = True
                return
            yield batch

    def page(self, index: int, size: int = 100) -> pa.Table:
        """Page ``index`` (from 0) of ``size`` rows as an Arrow table, empty beyond the last; pulls no more than it needs."""
        if index < 0 or size < 1:
            raise UsageError(f"There is no page {index} of {size} rows.", hint="Pages count from 0 and have at least one row.")
        import pyarrow as pa

        with self._lock:
            self._held((index + 1) * size)
            return _narrowed(pa.Table.from_batches(self._batches, schema=self.schema).slice(index * size, size))

    def pages(self, size: int = 100) -> Iterator[pa.Table]:
        """The pages of ``size`` rows, one after the other."""
        index = 0
        while (page := self.page(index, size)).num_rows:
            yield page
            index += 1

    def df(self) -> pd.DataFrame:
        """All rows as a pandas DataFrame; decimals become floats, as pandas has none.

        Integers of which some are missing become floats too, or Int64 where a float would round one. Days beyond the years 1 to 9999 are text.
        """
        from aiser_jupyter.query import handed

        return handed.pandas(self.arrow())

    def polars(self) -> pl.DataFrame:
        """All rows as a polars DataFrame; intervals are ISO 8601 text, as polars has none of months. Raises UsageError for a type it does not know."""
        from aiser_jupyter.query import handed

        return handed.polars(self.arrow())

    def rows(self, n: int | None = None) -> list[dict[str, Any]]:
        """The first ``n`` rows, or all, as dictionaries (of two columns named ``a`` the second is ``a_2``); pulls no more than it needs.

        A day beyond the years 1 to 9999, which Python has not, is ISO 8601 text.
        """
        from aiser_jupyter.query import handed

        return handed.rows(self.arrow() if n is None else self.head(n))

    def head(self, n: int) -> pa.Table:
        """The first ``n`` rows as an Arrow table; pulls no more than it needs."""
        import pyarrow as pa

        with self._lock:
            # Arrow gives a table without columns as many rows as a slice asks for.
            have = self._held(n)
            return _narrowed(pa.Table.from_batches(self._batches, schema=self.schema).slice(0, min(n, have)))

    def _held(self, n: int) -> int:
        """Read on until ``n`` rows are here, or the end; how many are."""
        with self._lock:
            have = sum(batch.num_rows for batch in self._batches)
            while have < n and self._pull():
                have += self._batches[-1].num_rows
            # A short batch is most often the last one. Where the rows may be kept it is worth a look whether that is all.
            if self._keep is not None and not self._ended and self._batches and self._batches[-1].num_rows < _FULL and self._pull():
                have += self._batches[-1].num_rows
            return have

    def _pull(self) -> bool:
        """Read one batch more; False at the end."""
        if self._ended:
            return False
        batch = self._stream.next()
        if batch is None:
            self._whole()
            return False
        self._batches.append(batch)
        return True

    def _whole(self) -> None:
        """All rows are here."""
        import pyarrow as pa

        self._ended = True
        keep, self._keep = self._keep, None
        if keep is not None:
            keep(pa.Table.from_batches(self._batches, schema=self.schema), self._stream.elapsed)

    def close(self) -> None:
        """Drop what was not read and give the connection's place back."""
        with self._lock:
            self._cut = not self._ended
            self._ended = True
            self._keep = None
            self._stream.close()

    def save(self, path: str | Path) -> int:
        """Write all rows to a .csv, .parquet, .xlsx, .json, .ndjson or .arrow file, as they come from the engine; how many there were.

        Raises RefusedError where the policy does not let the role write such a file.
        """
        from aiser_jupyter.query.export import save

        if self.release is not None:
            self.release.check(str(path))
        if any(map(_wide, self.schema.types)):  # whether its integers are small ones is known once all are here
            table = self.arrow()
            return save(table.schema, table.to_batches(), path)
        return save(self.schema, self.batches(), path)

    def __len__(self) -> int:
        return self.row_count

    def text(self, rows: int | None = None) -> str:
        """The first ``rows`` rows (default: the preview's) as plain text."""
        from aiser_jupyter.query.display import plain

        shown = rows or self._preview
        return plain(self.head(shown), self._note(shown))

    def html(self, rows: int | None = None) -> str:
        """The first ``rows`` rows (default: the preview's) as HTML of at most 50 KB."""
        from aiser_jupyter.query.display import html

        shown = rows or self._preview
        return html(self.head(shown), self._note(shown))

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        return self.html()

    def _note(self, shown: int) -> str:
        """How much of the result a display shows, where it is from, and how long the engine took."""
        held = self._held(shown + 1)
        if not self.schema.names:
            rows = "done"  # a statement that writes; not every engine says how many rows
        elif held > shown:
            total = f"of {held:,}" if self._ended and not self._cut else "of more"
            rows = f"first {shown} {total} rows"
        else:
            rows = f"{held:,} row" + ("" if held == 1 else "s") + (", then closed" if self._cut else "")
        took = f"from cache, {_age(self._age)} old" if self.cached else f"{self.elapsed_ms:,.0f} ms"
        return f"{rows} · {self.source} · {took}"


def _age(seconds: float) -> str:
    """``seconds`` in the largest unit of which there is one whole."""
    for name, size in (("days", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size * (2 if name == "days" else 1):
            return f"{int(seconds // size)} {name}"
    return f"{int(seconds)} s"


def _wide(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return pa.types.is_decimal(kind) and kind.scale == 0


def _narrowed(table: pa.Table) -> pa.Table:
    """``table`` with whole decimals as integers where they fit: DuckDB's sum of integers is a 128-bit number, which few programs take for one."""
    import pyarrow as pa

    for index, column in enumerate(table.schema):
        if _wide(column.type):
            try:
                table = table.set_column(index, column.name, table.column(index).cast(pa.int64()))
            except pa.ArrowInvalid:
                continue
    return table

"""CSV and its kin: encoding, delimiter and header are found, every cell is read, and a broken line is named."""

from __future__ import annotations

import codecs
import csv
import re
import shutil
import tempfile
import warnings
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources.names import column_names, renamed
from aiser_jupyter.sources.notes import Note
from aiser_jupyter.sources.parquet import literal, unglobbed
from aiser_jupyter.sources.part import Part
from aiser_jupyter.sources.textual import typed
from aiser_jupyter.sources.wide import WIDE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

_DELIMITERS = (",", ";", "\t", "|")
_HEAD = 1 << 18  # bytes looked at to find the shape
_HEAD_ROWS = 200
_SPOKEN = {"cp1252": "Windows-1252", "latin-1": "Latin-1", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NUMBER = re.compile(r"[-+]?[$€£]?[\d.,]+%?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*")


_LARGE = 1 << 26  # bytes above which a file is read anew for each pass instead of being held
_LINE = 1 << 21  # bytes of the longest line; the reader's buffers are a multiple of it
_LONG_LINE = 20_000_000
_FEW = 0.01  # share of lines that may be broken before the file is
_SHOWN = 10  # lines that a message names


@dataclass(frozen=True)
class Shape:
    """How a delimited file is written.

    ``skip`` rows (a quoted line break ends none) stand before the first row of data; ``names`` are those of the columns, ``written`` what its header says;
    ``lines`` of text are skipped with those rows, and ``rows`` says whether any is below.
    """

    delimiter: str
    skip: int
    names: tuple[str, ...]
    written: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()
    lines: int = 0
    rows: bool = True


@dataclass(frozen=True)
class Raw:
    """A file as text cells of a reading engine: ``select`` gives its rows."""

    path: Path
    shape: Shape
    select: str
    notes: tuple[Note, ...] = ()
    count: int = 0
    hold: tuple[object, ...] = field(default=(), repr=False)


def raw(connection: duckdb.DuckDBPyConnection, path: Path, said: Path, number: int = 0, keep: object = None) -> Raw:
    """The cells of ``path``, which the user knows as ``said``, as text; the ``number``-th file of this connection.

    ``keep`` is what must live as long as the cells are read.

    Raises `FileFormatError` with the lines where many rows have more or fewer fields than the rest, or a quote is never closed; a few such
    rows are left out and noted.
    """
    import duckdb

    readable, hold, notes = _utf8(path, said)
    shape = sniff(readable, said)
    if shape.lines != shape.skip:
        readable, shape, hold = _below(readable, shape, hold)
    if len(shape.names) > WIDE:  # each thread holds a vector of every column
        connection.execute("SET threads = 1; SET memory_limit = '4GB'")
    for longest in (_LINE, _LONG_LINE):
        select = _select(readable, shape, longest)
        try:
            connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
            if readable.stat().st_size > _LARGE:
                # Each column is looked at, so that each line is parsed to its end.
                count = connection.execute(f"SELECT count(*) FROM (SELECT hash(COLUMNS(*)) FROM ({select}))").fetchall()[0][0]  # noqa: S608
            else:
                connection.execute(f"CREATE OR REPLACE TABLE raw{number} AS {select}")
                select = f"SELECT * FROM raw{number}"  # noqa: S608  # a number
                count = connection.execute(f"SELECT count(*) FROM raw{number}").fetchall()[0][0]  # noqa: S608
            broken = _rejected(connection)
        except duckdb.Error as error:
            raise _unreadable(str(error), said) from None
        if not any("LINE SIZE" in one.kind for one in broken):
            break
    notes += shape.notes
    if shape.rows and not count and not broken:
        raise FileFormatError("The file cannot be read as CSV: no row was found in it.", where=str(said), hint="Open it in an editor.")
    if broken:
        if count == 0 or len(broken) > _FEW * (count + len(broken)) or any("QUOTE" in one.kind for one in broken):
            raise _broken(broken, said, len(shape.names))
        left_out = f"{_lines(broken)} left out: {_why(broken[0], len(shape.names))}"
        notes += (Note("", left_out),)
        warnings.warn(f"{said}: {left_out}", UserWarning, stacklevel=2)
    select = select.replace("store_rejects = true, rejects_limit = 100000", "ignore_errors = true")  # they were told once
    return Raw(said, shape, select, notes, count, (hold, keep, connection))


def table(connection: duckdb.DuckDBPyConnection, files: Sequence[Raw], label: Callable[[Path], str] | None = None) -> Part:
    """The rows of ``files``, which have one header, as one table; ``label`` gives each row a column ``file``."""
    import duckdb

    first = files[0].shape
    named = [one.select if label is None else f"SELECT *, {literal(label(one.path))} AS file FROM ({one.select})" for one in files]  # noqa: S608
    connection.execute(f"CREATE OR REPLACE TEMP VIEW every AS {' UNION ALL '.join(named)}")
    names = [*first.names, *(["file"] if label else [])]
    try:
        found = typed(connection, "every", names, delimiter=first.delimiter)
        rows = found.read(connection)
    except duckdb.Error as error:
        raise _unreadable(str(error), files[0].path) from None
    told = dict.fromkeys(note for one in files for note in one.notes)
    return Part(
        "", rows, (*told, *renamed(first.written, first.names), *found.notes), sum(one.count for one in files), (connection, *files)
    )


def _select(readable: Path, shape: Shape, longest: int) -> str:
    columns = ", ".join(f"{literal(name)}: 'VARCHAR'" for name in shape.names)
    options = (
        f"delim = {literal(shape.delimiter)}, quote = '\"', escape = '\"', header = false, skip = {shape.skip}, auto_detect = false, "
        f"columns = {{{columns}}}, strict_mode = true, null_padding = false, max_line_size = {longest}, "
        "store_rejects = true, rejects_limit = 100000"
    )
    return f"SELECT * FROM read_csv({literal(unglobbed(str(readable)))}, {options})"  # noqa: S608  # quoted


def sniff(readable: Path, path: Path) -> Shape:
    """The shape of the UTF-8 file ``readable``, which is named ``path`` to the user."""
    with readable.open("rb") as file:
        head = file.read(_HEAD)
        whole = not file.read(1)
    text = head.decode("utf-8", "ignore")
    if not text.strip():
        raise FileFormatError("The file is empty.", where=str(path), hint="Check that it was written to the end.")
    if not whole:
        text = text[: text.rfind("\n") + 1] or text
    delimiter, rows = _best(text)
    width = Counter(len(row) for row, _ in rows if row).most_common(1)[0][0]
    # A title or blank lines may stand before the table; they have another number of fields.
    start = next(i for i, (row, _) in enumerate(rows) if len(row) == width)
    if start > 10 or any(len(row) > 1 for row, _ in rows[:start]):
        start = 0
    first, _ = rows[start]
    body = [row for row, _ in rows[start + 1 :] if len(row) == len(first)]
    notes = (Note("", f"{start} line{'s' if start > 1 else ''} above the table left out"),) if start else ()
    if _is_header(first, body):
        return Shape(delimiter, start + 1, tuple(column_names(first)), tuple(first), notes, rows[start][1], bool(body))
    notes += (Note("", "no header found: columns are named by their place"),)
    return Shape(delimiter, start, tuple(column_names([""] * len(first))), (), notes, rows[start - 1][1] if start else 0)


def _best(text: str) -> tuple[str, list[tuple[list[str], int]]]:
    """The delimiter under which most rows have one number of fields above one, and the first rows with the line each ends on."""
    scored = []
    for preference, delimiter in enumerate(_DELIMITERS):
        rows = _rows(text, delimiter)
        width, count = Counter(len(row) for row, _ in rows if row).most_common(1)[0]
        scored.append((width > 1, count / len(rows), width, -preference, delimiter, rows))
    *_, delimiter, rows = max(scored, key=lambda item: item[:4])
    return delimiter, rows


def _rows(text: str, delimiter: str) -> list[tuple[list[str], int]]:
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    rows = []
    try:
        for row in reader:
            rows.append((row, reader.line_num))
            if len(rows) == _HEAD_ROWS:
                break
    except csv.Error:  # a field too long for the reader: a quote that is never closed, which the real read names
        pass
    return rows or [([""], 1)]


def _is_header(first: list[str], body: list[list[str]]) -> bool:
    """Whether ``first`` names the columns: some name stands over values of another kind, or nothing in it looks like a value."""
    numeric = [bool(_NUMBER.fullmatch(cell.strip())) for cell in first]
    if not any(numeric):
        return True
    if not all(numeric) and all(re.fullmatch(r"(19|20)\d\d", cell.strip()) for cell, num in zip(first, numeric, strict=True) if num):
        return len(set(first)) == len(first)  # years over the columns of a pivot
    below = [[row[i].strip() for row in body if row[i].strip()] for i in range(len(first))]
    return any(
        not num and cell.strip() and values and all(map(_NUMBER.fullmatch, values))
        for num, cell, values in zip(numeric, first, below, strict=True)
    )


def _utf8(path: Path, said: Path) -> tuple[Path, object, tuple[Note, ...]]:
    """``path`` itself where it is UTF-8, else a copy that is, what keeps the copy, and what was guessed."""
    encoding = encoding_of(path, said)
    if encoding == "utf-8":
        return path, None, ()
    folder = tempfile.TemporaryDirectory(prefix="aiser-")
    copy = Path(folder.name) / "rows.csv"
    with path.open(encoding=encoding, newline="") as source, copy.open("w", encoding="utf-8", newline="") as target:
        try:
            while part := source.read(1 << 20):
                target.write(part)
        except UnicodeError:
            raise FileFormatError(f"The file is no text in {encoding}.", where=str(said), hint="Save it as UTF-8.") from None
    guessed = (Note("", f"encoding guessed: {_SPOKEN[encoding]}"),) if encoding in _SPOKEN else ()
    return copy, folder, guessed


def _below(path: Path, shape: Shape, hold: object) -> tuple[Path, Shape, object]:
    """A copy of what stands below the header: the engine loses its place in a header that breaks lines."""
    folder = tempfile.TemporaryDirectory(prefix="aiser-")
    copy = Path(folder.name) / "rows.csv"
    with path.open("rb") as source, copy.open("wb") as target:
        for _ in range(shape.lines):
            source.readline()
        shutil.copyfileobj(source, target, 1 << 20)
    return copy, replace(shape, skip=0, lines=0), (hold, folder)


def encoding_of(path: Path, said: Path) -> str:
    """By its mark, else UTF-8 where every byte fits, else UTF-16 where every other byte is zero, else Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        head = file.read(1 << 16)
        marked = next((name for mark, name in _BOMS if head.startswith(mark)), None)
        if marked:
            return marked
        zeros = head.count(0)
        if zeros:
            if zeros < len(head) // 4:
                raise FileFormatError("The file is no text: it holds zero bytes.", where=str(said), hint="Check that it is a CSV file.")
            return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
        try:
            part = head
            while part:
                decoder.decode(part)
                part = file.read(1 << 20)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252" if not re.search(rb"[\x81\x8d\x8f\x90\x9d]", head) else "latin-1"
    return "utf-8"


@dataclass(frozen=True)
class _Line:
    """A line that is no row: its number, what is wrong with it, and what the engine says."""

    number: int
    kind: str
    message: str


def _rejected(connection: duckdb.DuckDBPyConnection) -> list[_Line]:
    query = "SELECT DISTINCT line, error_type::VARCHAR, error_message FROM reject_errors ORDER BY line"
    return [_Line(*row) for row in connection.execute(query).fetchall()]


def _lines(broken: Sequence[_Line]) -> str:
    numbers = list(dict.fromkeys(line.number for line in broken))
    shown = ", ".join(str(number) for number in numbers[:_SHOWN])
    more = f" and {len(numbers) - _SHOWN:,} more" if len(numbers) > _SHOWN else ""
    return f"line{'s' if len(numbers) > 1 else ''} {shown}{more}"


def _why(line: _Line, width: int) -> str:
    found = re.search(r"[Ff]ound:? (\d+)", line.message)
    if found:
        return f"{found.group(1)} fields where there are {width} columns"
    return line.kind.lower()


def _broken(broken: Sequence[_Line], path: Path, width: int) -> FileFormatError:
    where = f"{path}, {_lines(broken)}"
    quote = next((line for line in broken if "QUOTE" in line.kind), None)
    if quote is not None:
        return FileFormatError(
            "A quote is opened and never closed.",
            where=f"{path}, line {quote.number}",
            hint='Close it, or double a quote that stands inside a cell ("").',
        )
    if "COLUMNS" in broken[0].kind:
        return FileFormatError(f"A line has {_why(broken[0], width)}.", where=where, hint="Quote cells that hold the delimiter.")
    return FileFormatError(f"A line cannot be read: {_why(broken[0], width)}.", where=where, hint="Open the line in an editor.")


def _unreadable(message: str, path: Path) -> FileFormatError:
    line = re.search(r"Line:? (\d+)", message)
    where = f"{path}, line {line.group(1)}" if line else str(path)
    return FileFormatError(
        "The file cannot be read as CSV.", where=f"{where}: {message.partition(chr(10))[0][:200]}", hint="Open the line in an editor."
    )

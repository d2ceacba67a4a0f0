"""CSV and its kin: encoding, delimiter and header are found, every cell is read, and a broken line is named."""

from __future__ import annotations

import codecs
import csv
import re
import tempfile
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources.names import column_names
from aiser_jupyter.sources.textual import typed

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb
    import pyarrow as pa

_DELIMITERS = (",", ";", "\t", "|")
_HEAD = 1 << 18  # bytes looked at to find the shape
_HEAD_ROWS = 200
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NUMBER = re.compile(r"[-+]?[$€£]?[\d.,]+%?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*")


@dataclass(frozen=True)
class Shape:
    """How a delimited file is written: lines before the first row of data, and the names of its columns."""

    delimiter: str
    skip: int
    names: tuple[str, ...]


def read(connection: duckdb.DuckDBPyConnection, path: Path) -> pa.RecordBatchReader:
    """The rows of ``path`` with typed columns.

    Raises `FileFormatError` with the line where a row has more or fewer fields than the rest, or a quote is never closed.
    """
    import duckdb

    with _utf8(path) as readable:
        shape = sniff(readable, path)
        columns = ", ".join(f"{_literal(name)}: 'VARCHAR'" for name in shape.names)
        options = (
            f"delim = {_literal(shape.delimiter)}, quote = '\"', escape = '\"', header = false, skip = {shape.skip}, auto_detect = false, "
            f"columns = {{{columns}}}, strict_mode = true, null_padding = false, max_line_size = 20000000"
        )
        try:
            source = _literal(_no_glob(str(readable)))
            connection.execute(f"CREATE OR REPLACE TEMP TABLE raw AS SELECT * FROM read_csv({source}, {options})")  # noqa: S608  # quoted
        except duckdb.Error as error:
            raise _broken(str(error), path, len(shape.names)) from None
    return connection.sql(typed(connection, "raw", shape.names)).to_arrow_reader(1 << 16)


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
    if _is_header(first, body):
        return Shape(delimiter, rows[start][1], tuple(column_names(first)))
    return Shape(delimiter, rows[start - 1][1] if start else 0, tuple(column_names([""] * len(first))))


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


@contextmanager
def _utf8(path: Path) -> Iterator[Path]:
    """``path`` itself where it is UTF-8, else a copy that is, for as long as it is read."""
    encoding = _encoding(path)
    if encoding == "utf-8":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="aiser-") as folder:
        copy = Path(folder) / "rows.csv"
        with path.open(encoding=encoding, newline="") as source, copy.open("w", encoding="utf-8", newline="") as target:
            try:
                while part := source.read(1 << 20):
                    target.write(part)
            except UnicodeError:
                raise FileFormatError(f"The file is no text in {encoding}.", where=str(path), hint="Save it as UTF-8.") from None
        yield copy


def _encoding(path: Path) -> str:
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
                raise FileFormatError("The file is no text: it holds zero bytes.", where=str(path), hint="Check that it is a CSV file.")
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


def _broken(message: str, path: Path, width: int) -> FileFormatError:
    line = re.search(r"Line:? (\d+)", message)
    where = f"{path}, line {line.group(1)}" if line else str(path)
    found = re.search(r"Found: (\d+)", message)
    if "quote" in message.lower() and "unterminated" in message.lower():
        return FileFormatError(
            "A quote is opened and never closed.", where=where, hint='Close it, or double a quote that stands inside a cell ("").'
        )
    if found:
        return FileFormatError(
            f"A line has {found.group(1)} fields where there are {width} columns.", where=where, hint="Quote cells that hold the delimiter."
        )
    return FileFormatError(
        "The file cannot be read as CSV.", where=f"{where}: {message.partition(chr(10))[0][:200]}", hint="Open the line in an editor."
    )


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _no_glob(path: str) -> str:
    """``path`` with the characters that DuckDB reads as a pattern kept as themselves."""
    return re.sub(r"([*?\[])", r"[\1]", path)

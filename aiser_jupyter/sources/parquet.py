"""Parquet files where they lie: their columns, their rows by their footers, and the SQL that reads them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.errors import FileFormatError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence
    from pathlib import Path

    import pyarrow.parquet as pq

    from aiser_jupyter.sources.folders import FileSet

ENDINGS = frozenset({".parquet", ".pq"})


class Footers:
    """The footers of Parquet files, each read once."""

    def __init__(self) -> None:
        self._known: dict[Path, pq.FileMetaData] = {}

    def of(self, path: Path) -> pq.FileMetaData:
        """The footer of ``path``; raises `FileFormatError` where the file is no whole Parquet file."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        if path not in self._known:
            try:
                self._known[path] = pq.read_metadata(path)
            except (pa.ArrowException, OSError) as error:
                raise broken(path, error) from None
        return self._known[path]

    def shape(self, path: Path) -> Hashable:
        """Names and kinds of the columns of ``path``; widths of numbers do not count."""
        return shape(self.of(path))

    def rows(self, paths: Iterable[Path]) -> int:
        """How many rows the files have."""
        return sum(self.of(path).num_rows for path in paths)

    def alike(self, paths: Sequence[Path]) -> bool:
        """Whether the files have one schema to the letter, so that the first stands for all."""
        first = self.of(paths[0]).schema
        return all(self.of(path).schema.equals(first) for path in paths[1:])


def shape(footer: pq.FileMetaData) -> Hashable:
    """Names and kinds of the columns that a footer tells of; widths of numbers do not count."""
    return tuple((field.name, _kind(str(field.type))) for field in footer.schema.to_arrow_schema())


def broken(path: Path, error: Exception) -> FileFormatError:
    """The error for a file that is cut off, or none of Parquet's."""
    return FileFormatError(
        "The file is no whole Parquet file: it may be cut off.",
        where=f"{path}: {str(error).partition(chr(10))[0][:200]}",
        hint="Write it again, or copy it again.",
    )


def scan(files: FileSet, *, alike: bool = True, whole: bool = False) -> str:
    """The SELECT that reads ``files`` in place; ``whole`` says that they are all Parquet files of their folder, so that later ones are read too."""
    if whole and not files.partitions:
        places = literal(unglobbed(str(files.folder.absolute())) + "/*" + files.files[0].suffix)
    elif whole:
        places = literal(unglobbed(str(files.folder.absolute())) + "/*" * (len(files.partitions) + 1) + files.files[0].suffix)
    else:
        places = f"[{', '.join(literal(unglobbed(str(path.absolute()))) for path in files.files)}]"
    options = [] if alike else ["union_by_name = true"]
    if files.partitions:
        options += ["hive_partitioning = true", f"hive_types = {{{', '.join(_partition_types(files))}}}"]
    else:
        options.append("hive_partitioning = false")
    if files.mixed:
        options.append("filename = true")
        columns = "* EXCLUDE (filename), parse_filename(filename, true) AS file"
    else:
        columns = "*"
    return f"SELECT {columns} FROM read_parquet({', '.join([places, *options])})"  # noqa: S608  # places are quoted


def literal(text: str) -> str:
    """``text`` as SQL."""
    return "'" + text.replace("'", "''") + "'"


def unglobbed(path: str) -> str:
    """``path`` with the characters that DuckDB reads as a pattern kept as themselves."""
    return re.sub(r"([*?\[])", r"[\1]", path)


def _partition_types(files: FileSet) -> list[str]:
    """Each partition key with its type: whole numbers and days where every value is one, else text."""
    found = []
    for key in files.partitions:
        values = {part.partition("=")[2] for file in files.files for part in file.parts if part.startswith(f"{key}=")}
        values.discard("__HIVE_DEFAULT_PARTITION__")
        if values and all(re.fullmatch(r"-?\d{1,18}", value) for value in values):
            kind = "BIGINT"
        elif values and all(re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) for value in values):
            kind = "DATE"
        else:
            kind = "VARCHAR"
        found.append(f'"{key}": {kind}')
    return found


def _kind(written: str) -> str:
    if re.fullmatch(r"u?int\d+", written):
        return "integer"
    if written in {"halffloat", "float", "double"}:
        return "number"
    if written.startswith("decimal"):
        return "decimal"
    return {"large_string": "string", "string_view": "string", "large_binary": "binary"}.get(
        written, re.sub(r"\[(s|ms|us|ns)", "[", written)
    )

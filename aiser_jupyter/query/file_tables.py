"""Data files of the workspace named where a table stands: found in the statement, and read by our own readers, never by the engine."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from sqlglot import exp

from aiser_jupyter.errors import FileFormatError, RefusedError
from aiser_jupyter.query import relations

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import pyarrow as pa

    from aiser_jupyter.sources.limits import Limits

# DuckDB's readers, which stand for our own where they are given one name and nothing else.
READERS: dict[str, frozenset[str]] = {
    **dict.fromkeys(("read_csv", "read_csv_auto"), frozenset({".csv", ".tsv", ".txt"})),
    **dict.fromkeys(("read_parquet", "parquet_scan"), frozenset({".parquet", ".pq"})),
    **dict.fromkeys(("read_json", "read_json_auto", "read_ndjson", "read_ndjson_auto"), frozenset({".json", ".jsonl", ".ndjson"})),
    "read_xlsx": frozenset({".xlsx"}),
}
ENDINGS = frozenset().union(*READERS.values())
LONGEST = 500
MOST_LOOKED = 100_000  # files of the workspace that are looked at for other names of one; beyond them it is refused
# Letters, digits, blanks and a few signs: no wildcard, no backslash, no quote, no colon of a scheme or a drive, nothing invisible.
_PART = re.compile(r"[\w][\w .,()+=@&-]*", re.UNICODE)


def harmless(name: str) -> bool:
    """Whether ``name`` reads as that of a data file: an ending we know, and no way up, home, hidden folder, wildcard, scheme or drive in it.

    Where the file really lies is for `resolve` to find out.
    """
    parts = name.removeprefix("/").split("/")
    return (
        len(name) <= LONGEST
        and all(_PART.fullmatch(part) and not part.endswith((".", " ")) for part in parts)
        and PurePosixPath(name).suffix.lower() in ENDINGS
    )


def take(tree: exp.Expr, dialect: str, tables: Collection[str] | None) -> tuple[str, ...]:
    """The files that stand for tables in ``tree``, which from now on names each as a table of that name; in order of appearance."""
    if dialect != "duckdb":
        return ()
    known = {name.casefold() for name in tables or ()}
    plain = [table for table in relations.real_tables(tree, dialect) if _is_plain(table) and table.name.casefold() not in known]
    calls = [table for table in tree.find_all(exp.Table, bfs=False) if isinstance(table.this, exp.Anonymous)]
    files = [(table, table.name, PurePosixPath(table.name).stem) for table in plain if harmless(table.name)]
    files += [(table, name, table.this.name.lower()) for table in calls if (name := _argument(table.this))]
    for table, name, alias in files:
        table.set("this", exp.Identifier(this=name, quoted=True))
        if not table.args.get("alias"):
            # The name that the engine would give it, by which the rest of the statement may speak of it.
            table.set("alias", exp.TableAlias(this=exp.Identifier(this=alias, quoted=True)))
    return tuple(dict.fromkeys(name for _, name, _ in files))


def resolve(names: Iterable[str], root: str | Path, limits: Limits) -> dict[str, pa.Table]:
    """The rows of each file by its name; relative names begin at ``root``, and nothing outside of it is read.

    Raises `RefusedError` for a file outside, behind a link of either kind too, `FileFormatError` for one that is missing, too large, or has several tables.
    """
    top = Path(root).resolve()
    return {name: _read(name, top, limits) for name in names}


def _read(name: str, top: Path, limits: Limits) -> pa.Table:
    from aiser_jupyter.sources import files, reading

    if not harmless(name):
        raise RefusedError(f"{name!r} is no name of a data file.", hint=relations.ADD)
    written = top / name
    path = written.resolve()
    if not path.is_relative_to(top) or any(part.startswith(".") for part in path.relative_to(top).parts):
        # The same words whether the file is there or not: what lies outside is not told.
        raise RefusedError(f"The file {name} is not inside the workspace {top}.", hint=relations.ADD)
    if not path.is_file():
        raise files.missing(written)
    if path.suffix.lower() not in ENDINGS:
        raise RefusedError(f"The file behind {name} is no data file.", hint=relations.ADD)
    if not _lies_here_alone(path, top):
        raise RefusedError(
            f"The file {name} has another name outside of the workspace {top} (a hard link): it may be anybody's.",
            hint=f"Copy it, or add it yourself where you know what it is: ws.add({name!r}).",
        )
    found = list(reading.tables([path], path.parent, limits, strict=True))
    if len(found) != 1:
        sheets = ", ".join(part.sheet or part.name for part in found[:8])
        raise FileFormatError(
            f"The file has {len(found)} tables: {sheets}.", where=name, hint='Add it, and query each by its name: ws.add("file").'
        )
    rows = found[0].part.rows
    return rows.read_all() if hasattr(rows, "read_all") else rows


def _lies_here_alone(path: Path, top: Path) -> bool:
    """Whether all names of a file are within ``top``: a hard link is no path that could be followed, so that its other names are counted."""
    found = path.stat()
    missing = found.st_nlink
    if missing <= 1:
        return True
    looked = 0
    for at, _, names in os.walk(top):
        looked += len(names)
        if looked > MOST_LOOKED:
            break
        for name in names:
            with suppress(OSError):
                one = os.lstat(os.path.join(at, name))  # noqa: PTH118  # a Path for each of many files takes longer than the look
                missing -= (one.st_dev, one.st_ino) == (found.st_dev, found.st_ino)
        if missing <= 0:
            return True
    return False


def _is_plain(table: exp.Table) -> bool:
    return isinstance(table.this, exp.Identifier) and len(table.parts) == 1


def _argument(call: exp.Anonymous) -> str:
    """The one file a reader is called with, if its name is harmless and of the reader's kind."""
    kinds = READERS.get(call.name.lower(), frozenset())
    given = call.expressions
    if len(given) != 1 or not isinstance(given[0], exp.Literal) or not given[0].is_string:
        return ""
    name = given[0].name
    return name if harmless(name) and PurePosixPath(name).suffix.lower() in kinds else ""

"""A connection from what a user types: a path, a URL, or a reference to one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

from aiser_jupyter.errors import SourceError
from aiser_jupyter.sources import files, folders, knobs, schemes
from aiser_jupyter.sources.names import free_name, table_name
from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.reference import resolve, without_secret

if TYPE_CHECKING:
    from collections.abc import Collection

    from aiser_jupyter.sources.recipe import Recipe
    from aiser_jupyter.sources.source import Source

_SCHEME = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+)://(?P<rest>.*)", re.DOTALL)
_WORKS = "What works: DuckDB and SQLite files, data files and folders of them, URLs such as postgresql://HOST/DB (docs/sources.md), env:NAME, keyring:NAME."
_SQLITE_MAGIC = b"SQLite format 3\0"
_DUCKDB_MAGIC = b"DUCK"  # at byte 8
_SQLITE_ENDINGS = {".db", ".sqlite", ".sqlite3", ".db3"}
_DUCKDB_ENDINGS = {".duckdb", ".ddb"}


def open_source(
    target: str | Path, name: str | None = None, *, write: bool = False, taken: Collection[str] = (), options: Options | None = None
) -> Source:
    """The connection at ``target``, read-only unless ``write``; named after its file or database where no ``name`` is given, clear of ``taken``.

    ``options`` hold further knobs of the connection; ``write`` and theirs are joined.

    A database is known by what its file begins with, not by its ending. Raises `SourceError` for an address that leads nowhere,
    `SecretTypedError` for a typed password.
    """
    return _open(resolve(str(target)), name, replace(options or Options(), write=write or bool(options and options.write)), taken)


def reopen(recipe: Recipe) -> Source:
    """The connection that ``recipe`` was kept of, once more; its address may hold the secret that a reference led to."""
    return _open(recipe.address, recipe.name, recipe.options, ())


def _open(address: str, name: str | None, options: Options, taken: Collection[str]) -> Source:
    scheme, place = _split(address)
    write = options.write
    if scheme and scheme not in {"duckdb", "sqlite"}:
        knobs.check(scheme, address, options.extra)
        label = name or free_name(table_name(_database(address) or scheme), taken)
        return schemes.opener(scheme, where=without_secret(address))(address, label, options)
    if scheme:
        knobs.no_query(scheme, address)
    path = files.ordinary(Path(place))
    kind = scheme or _kind(path)
    label = name or free_name(table_name(_own_name(path)), taken)
    if kind in {"duckdb", "sqlite"} and place in {"", ":memory:"}:
        kind, path = "memory", Path()
    if kind in {"duckdb", "sqlite"} and not path.is_file() and not write:
        raise files.missing(path)
    if kind == "memory":
        from aiser_jupyter.sources.duckdb import DuckDBSource

        return DuckDBSource(name or free_name("memory", taken), write=write, config=options.extra)
    if kind == "duckdb":
        from aiser_jupyter.sources.duckdb import DuckDBSource

        return DuckDBSource(label, path, write=write, config=options.extra)
    _without_knobs(label, options)
    if kind == "sqlite":
        from aiser_jupyter.sources.sqlite import SQLiteSource

        return SQLiteSource(label, path, write=write)
    return _from_files(path, label)


def _without_knobs(name: str, options: Options) -> None:
    """Refuse knobs where nothing would take them; a worker process gives its engine's own to whatever it opens."""
    if unknown := sorted(set(options.extra) - {"memory_limit", "temp_directory"}):
        raise SourceError(f"There is no knob {unknown[0]!r} of this connection.", where=name, hint="Connect it without further knobs.")


def _split(address: str) -> tuple[str, str]:
    """Scheme (empty for a path) and path of an address; `SourceError` for a scheme that is not there."""
    if not address.strip():
        raise SourceError("There is nothing to connect to.", hint=_WORKS)
    if re.match(r"(?i)(duckdb|sqlite):[^/]|(duckdb|sqlite):/{1,2}[^/]", address):
        kind = address.partition(":")[0].lower()
        raise SourceError(
            f"A {kind} address is written with three slashes.",
            where=without_secret(address),
            hint=f"{kind}:///folder/file, or {kind}:////folder/file from the root.",
        )
    found = _SCHEME.fullmatch(address)
    if found is None:
        return "", address
    scheme, rest = found["scheme"].lower().partition("+")[0], found["rest"]
    if scheme == "file":
        return "", unquote(rest)
    if scheme in {"duckdb", "sqlite"}:
        # Three slashes begin a path from here, four one from the root, as SQLAlchemy has it.
        return scheme, unquote(rest.removeprefix("/").partition("?")[0])
    return found["scheme"].lower().partition("+")[0], address


def _database(address: str) -> str:
    """The last part of an address' path: a database's or a file's name; of a broker's the connection that it names."""
    parts = urlsplit(address)
    if parts.scheme == "broker":
        return parse_qs(parts.query).get("connection", [""])[0]
    path = parts.path.rstrip("/").rpartition("/")[2]
    return unquote(path.partition(".")[0])


def _own_name(path: Path) -> str:
    """What a connection to ``path`` is called: its stem, of a glob the folder's name."""
    if folders.is_glob(path):
        return folders.fixed(path).absolute().name
    return path.absolute().name if path.is_dir() else path.stem


def _kind(path: Path) -> str:
    """``sqlite``, ``duckdb`` or ``files``, by the first bytes of the file, or its ending where it is not there."""
    if path.is_dir() or folders.is_glob(path):
        return "files"
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(16)
        if head == _SQLITE_MAGIC:
            return "sqlite"
        if head[8:12] == _DUCKDB_MAGIC:
            return "duckdb"
        if files.is_data_file(path):
            return "files"
        if path.suffix.lower() in _SQLITE_ENDINGS | _DUCKDB_ENDINGS:
            raise SourceError(
                "The file is neither a SQLite nor a DuckDB database.", where=str(path), hint="Check that it was copied whole."
            )
        raise SourceError("The file is of no kind I can read.", where=str(path), hint=_WORKS)
    raise files.missing(path)


def _from_files(path: Path, name: str) -> Source:
    from aiser_jupyter.sources import placed

    return placed.connect(path, name)

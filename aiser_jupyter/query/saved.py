"""Saved queries: one SQL file each in `.aiser/queries/`, made to be read, edited and kept under version control."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter import files
from aiser_jupyter.errors import StateError, UsageError
from aiser_jupyter.query.suggest import nearest

if TYPE_CHECKING:
    from pathlib import Path

    from aiser_jupyter.state import State

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
# Names that Windows keeps for devices.
_DEVICES = re.compile(r"(?i)con|prn|aux|nul|com\d|lpt\d")
_HEAD = re.compile(r"--\s*(on|description|params)\s*:\s*(.*?)\s*$", re.IGNORECASE)


@dataclass(frozen=True)
class SavedQuery:
    """A query with its name, the connection it is for (None: where its tables are), what it tells, and the parameters it takes."""

    name: str
    sql: str
    on: str | None = None
    description: str = ""
    params: tuple[str, ...] = ()

    def text(self) -> str:
        """The file: a line of comment for each thing known, then the SQL as it was written."""
        head = [("on", self.on or ""), ("description", self.description), ("params", ", ".join(self.params))]
        lines = [f"-- {name}: {' '.join(value.split())}" for name, value in head if value]
        return "\n".join([*lines, self.sql.strip(), ""])


class SavedQueries:
    """The saved queries of a workspace."""

    def __init__(self, state: State) -> None:
        self._state = state

    def save(self, query: SavedQuery, *, replace: bool = False) -> Path:
        """Write the file; raises `UsageError` where the name is none, or taken and not to be replaced."""
        path = self._path(query.name)
        if not query.sql.strip():
            raise UsageError("There is no SQL to save.")
        taken = next((name for name in self.names() if name.casefold() == query.name.casefold()), None)
        if taken is not None and not replace:
            raise UsageError(f"There is a query named {taken!r} already.", hint="Give it another name, or replace it: replace=True.")
        self._state.create()
        _write(path, query.text())
        if taken not in {None, query.name}:  # on a disk that tells capitals apart there would be two
            self._path(str(taken)).unlink(missing_ok=True)
        return path

    def names(self) -> list[str]:
        """The names of all, sorted; a file with another name is left alone."""
        folder = self._folder()
        if folder is None or not folder.is_dir():
            return []
        return sorted(path.stem for path in folder.glob("*.sql") if _NAME.fullmatch(path.stem) and path.is_file())

    def all(self) -> list[SavedQuery]:
        """All saved queries by name."""
        return [self.get(name) for name in self.names()]

    def get(self, name: str) -> SavedQuery:
        """The query of that name; raises `UsageError` with the nearest where there is none."""
        path = self._known(name)
        try:
            return read(name, path.read_text("utf-8-sig"))
        except (OSError, UnicodeDecodeError) as error:
            raise StateError("The saved query cannot be read.", where=f"{path}: {error}", hint="It is a text file in UTF-8.") from None

    def delete(self, name: str) -> None:
        """Delete the file."""
        self._known(name).unlink()

    def rename(self, name: str, new: str) -> Path:
        """Give the query another name; one that is taken is an error."""
        query = self.get(name)
        if name.casefold() == new.casefold():
            return self._known(name).rename(self._path(new))
        path = self.save(SavedQuery(new, query.sql, query.on, query.description, query.params))
        self.delete(name)
        return path

    def _known(self, name: str) -> Path:
        path = self._path(name)
        names = self.names()
        if name not in names:
            near = nearest(name, names)
            hint = f"Did you mean {near[0]!r}?" if near else f"Saved queries: {', '.join(names) or 'none yet'}."
            raise UsageError(f"There is no saved query named {name!r}.", hint=hint)
        return path

    def _folder(self) -> Path | None:
        return self._state.folder / "queries" if self._state.folder is not None else None

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name) or _DEVICES.fullmatch(name):
            raise UsageError(f"{name!r} cannot be the name of a query.", hint="Use letters, digits, - and _, as in monthly-revenue.")
        folder = self._folder()
        if folder is None:
            raise StateError("This workspace keeps nothing (state = false).", hint="Set state = true in .aiser/settings.toml.")
        return folder / f"{name}.sql"


def read(name: str, text: str) -> SavedQuery:
    """A file's text as a query: the first lines that are ``-- on:``, ``-- description:`` or ``-- params:`` say what they say, the rest is the SQL."""
    lines = text.replace("\r\n", "\n").split("\n")
    told: dict[str, str] = {}
    while lines and (found := _HEAD.match(lines[0])):
        told[found[1].lower()] = found[2]
        lines.pop(0)
    params = tuple(part for part in re.split(r"[,\s]+", told.get("params", "")) if part)
    return SavedQuery(name, "\n".join(lines).strip(), told.get("on") or None, told.get("description", ""), params)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        files.write(path, text, files.PRIVATE)
    except OSError as error:
        raise StateError(
            "The query cannot be saved.", where=f"{path}: {error.strerror or error}", hint="Check the rights on the workspace's folder."
        ) from None

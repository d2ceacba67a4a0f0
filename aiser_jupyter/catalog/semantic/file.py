"""The semantic file of a workspace: found, migrated after a backup, read with what it includes, and written for its owner alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter import files as disk
from aiser_jupyter.catalog.semantic import include
from aiser_jupyter.catalog.semantic.read import read, version
from aiser_jupyter.errors import SemanticError, StateError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from aiser_jupyter.catalog.semantic.model import SemanticModel
    from aiser_jupyter.catalog.semantic.nodes import Problem

OWN = re.compile(r"[\w-][\w.-]*")  # a connection's name that may stand in a file's
# What turns the text of version n into n + 1; the first is of version 1.
MIGRATIONS: tuple[Callable[[str], str], ...] = ()


@dataclass(frozen=True)
class Loaded:
    """A model read from a file, the mistakes of its form, and the files that it was made of with when each was changed."""

    model: SemanticModel
    problems: tuple[Problem, ...]
    seen: tuple[tuple[str, int, int], ...]
    text: str = ""
    label: str = ""


def path_in(root: Path, source: str = "") -> Path:
    """Where the file of a workspace is: a connection's own, `semantic.NAME.yaml`, where that is there, else `semantic.yaml`."""
    own = own_path(root, source)
    return own if own is not None and own.is_file() else root / ".aiser" / "semantic.yaml"


def own_path(root: Path, source: str) -> Path | None:
    """Where a connection's own file would be; None for a name that no file can have."""
    return root / ".aiser" / f"semantic.{source}.yaml" if OWN.fullmatch(source) else None


def label(path: Path) -> str:
    """What a semantic file is called in a message."""
    return f".aiser/{path.name}"


def load(root: Path, source: str = "") -> Loaded | None:
    """The semantic file of a connection and what it includes, None where there is none; an older form is migrated first."""
    path = path_in(root, source)
    text = _text(path)
    if text is None:
        return None
    text = migrated(path, text)
    model, problems = read(text, label(path))
    included, more, files = include.read(root, model, text, label(path))
    # One of its own that is made later takes its place.
    own = own_path(root, source)
    return Loaded(included, (*problems, *more), seen((path, *files, *((own,) if own else ()))), text, label(path))


def fresh(loaded: Loaded) -> bool:
    """Whether no file that it was made of has changed."""
    from pathlib import Path

    return seen([Path(name) for name, _, _ in loaded.seen]) == loaded.seen


def seen(paths: Sequence[Path]) -> tuple[tuple[str, int, int], ...]:
    """Each path with the time in nanoseconds of its last change and its size; zeros for what is not there."""
    found = []
    for path in paths:
        try:
            told = path.stat()
            found.append((str(path), told.st_mtime_ns, told.st_size))
        except OSError:
            found.append((str(path), 0, 0))
    return tuple(found)


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise SemanticError("The semantic file is no text in UTF-8.", where=f"{path}, byte {error.start}") from None
    except OSError as error:
        raise SemanticError("The semantic file cannot be read.", where=f"{path}: {error.strerror}") from None


def migrated(path: Path, text: str, migrations: Sequence[Callable[[str], str]] | None = None) -> str:
    """``text`` in the newest form; where it was older the file is written anew, the one before kept beside it as a backup."""
    steps = MIGRATIONS if migrations is None else migrations
    newest, held = len(steps) + 1, version(text)
    if held is None or held < 1 or held >= newest:
        return text
    save(backup_of(path, held), text)
    for step in steps[held - 1 :]:
        text = step(text)
    save(path, text)
    return text


def backup_of(path: Path, held: int) -> Path:
    """Where the file of an older form is kept: beside it, never over another backup."""
    number, found = 1, path.with_name(f"{path.name}.v{held}.bak")
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}.v{held}.bak{number}")
    return found


def save(path: Path, text: str) -> None:
    """Write the file whole, or not at all; a new one is for its owner alone, one that was there keeps its rights."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        disk.write(path, text, path.stat().st_mode & 0o777 if path.exists() else disk.PRIVATE)
    except OSError as error:
        raise StateError(
            "The semantic file cannot be written.", where=f"{path}: {error.strerror or error}", hint="Check the rights on the folder."
        ) from None


def refuse(problems: Sequence[Problem]) -> None:
    """Raise SemanticError for the first of ``problems``, with all of them; nothing where there are none."""
    if not problems:
        return
    first, more = problems[0], len(problems) - 1
    beside = f" There {'is one mistake' if more == 1 else f'are {more} mistakes'} more: `%aiser semantic check` lists them." if more else ""
    raise SemanticError(
        first.message[:1].upper() + first.message[1:],
        where=str(first.place),
        hint=(first.hint + beside).strip(),
        problems=tuple(str(one) for one in problems),
    )

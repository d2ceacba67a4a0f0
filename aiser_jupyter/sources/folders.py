"""Folders and globs: which of their files are one table, and what it is called."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path

from aiser_jupyter.sources.names import free_name, table_name

# A file's columns as something to compare, or None where a file stands for itself alone.
Shape = Callable[[Path], Hashable | None]

_PARTITION = re.compile(r"(?P<key>[A-Za-z_]\w*)=(?P<value>.*)")
_GLOB = re.compile(r"[*?\[]")
# Words that writers of many files put into every name.
_NO_NAME = frozenset({"part", "data", "chunk", "file", "export", "snappy", "gz"})


@dataclass(frozen=True)
class FileSet:
    """Files that are one table: ``folder`` is where they lie (above their partitions), ``partitions`` the keys of ``year=2011/…`` in order.

    ``mixed`` says that the files' names differ by more than digits, so that a column ``file`` keeps what they tell.
    """

    name: str
    files: tuple[Path, ...]
    folder: Path
    partitions: tuple[str, ...] = ()
    mixed: bool = False


def is_glob(path: Path) -> bool:
    """Whether ``path`` is a pattern and no file of that very name is there."""
    return bool(_GLOB.search(str(path))) and not path.exists()


def has_pattern(path: Path) -> bool:
    """Whether ``path`` holds the signs of a pattern."""
    return bool(_GLOB.search(str(path)))


def fixed(pattern: Path) -> Path:
    """The folder above the first part of ``pattern`` that is a pattern."""
    parts: list[str] = []
    for part in pattern.parts:
        if _GLOB.search(part):
            break
        parts.append(part)
    return Path(*parts) if parts else Path()


def settled(place: Path) -> Path:
    """``place``, a file, folder or glob, from the root and without links on the way to it."""
    place = place.expanduser().absolute()
    if not is_glob(place):
        return place.resolve()
    return fixed(place).resolve() / place.relative_to(fixed(place))


def listed(place: Path, wanted: Callable[[Path], bool]) -> list[Path]:
    """Data files of a folder and all folders in it, or of a glob, in order; hidden ones and those of a table format's own log are left out."""
    if is_glob(place):
        base = fixed(place)
        found = base.glob(str(place.relative_to(base)) if base.parts else str(place))
        return sorted(path for path in found if path.is_file() and wanted(path) and not _hidden(path.name))
    return sorted(path for path in _walk(place) if wanted(path) and _inside(path, place) and path.is_file())


def _walk(folder: Path) -> Iterator[Path]:
    for at, folders, files in os.walk(folder):  # links to folders are not followed: they may lead out of it, or round in a circle
        folders[:] = sorted(name for name in folders if not _hidden(name))
        yield from (Path(at, name) for name in files if not _hidden(name))


def _inside(path: Path, folder: Path) -> bool:
    """Whether a file really lies in ``folder``: a link may lead out of it."""
    return not path.is_symlink() or path.resolve().is_relative_to(folder.resolve())


def _hidden(name: str) -> bool:
    return name.startswith((".", "_", "~$"))


def grouped(files: Sequence[Path], root: Path, shape: Shape) -> list[FileSet]:
    """Files of one folder (partitions apart) with the same ``shape`` as one table each.

    A table is named after what its files' names begin with, digits apart, else after its folder; of two with one name each gets its folder's before.
    """
    sets: defaultdict[Hashable, list[Path]] = defaultdict(list)
    homes: dict[Path, tuple[Path, tuple[str, ...]]] = {}
    for file in files:
        home, keys = homes[file] = _home(file, root)
        seen = shape(file)
        sets[home, keys, file if seen is None else seen].append(file)
    found = [_named(tuple(group), *homes[group[0]], root) for group in sets.values()]
    twice = {one.name.casefold() for one in found if sum(other.name.casefold() == one.name.casefold() for other in found) > 1}
    taken: list[str] = []
    for i, one in enumerate(found):
        inside = one.folder != root and table_name(one.folder.name).casefold() != one.name.casefold()
        name = f"{table_name(one.folder.name)}_{one.name}" if one.name.casefold() in twice and inside else one.name
        taken.append(free_name(name, taken))
        found[i] = replace(one, name=taken[-1])
    return found


def _home(file: Path, root: Path) -> tuple[Path, tuple[str, ...]]:
    """The folder above the partitions that ``file`` lies in, and their keys."""
    keys: list[str] = []
    home = file.parent
    while home not in (root, home.parent) and (part := _PARTITION.fullmatch(home.name)):
        keys.insert(0, part["key"])
        home = home.parent
    return home, tuple(keys)


def _named(files: tuple[Path, ...], home: Path, keys: tuple[str, ...], root: Path) -> FileSet:
    folder = table_name(home.absolute().name)
    if keys:
        return FileSet(folder, files, home, keys)
    if len(files) == 1 and home == root:
        return FileSet(table_name(stem(files[0])), files, home)
    words = [_words(stem(file)) for file in files]
    common = _common(words)
    mixed = any(part != words[0] for part in words)
    return FileSet(table_name("_".join(common)) if common else folder, files, home, mixed=mixed)


def stem(file: Path) -> str:
    """The name of ``file`` without its endings: ``orders`` of ``orders.csv.gz``."""
    name = file.stem
    return Path(name).stem if file.suffix.lower() in {".gz", ".zst", ".bz2"} else name


def _words(name: str) -> list[str]:
    """The words of a file's name that name a table: no numbers, no dates, no identifiers of a writer."""
    found = [re.sub(r"\d+$", "", word) for word in re.split(r"[\W_]+", name)]
    return [word for word in found if word and not re.search(r"\d", word) and word.lower() not in _NO_NAME]


def _common(lists: Sequence[list[str]]) -> list[str]:
    """What all lists begin with."""
    return [words[0] for words in takewhile(lambda words: len(set(words)) == 1, zip(*lists, strict=False))]

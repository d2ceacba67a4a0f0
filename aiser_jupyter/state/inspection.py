"""Whether what a workspace keeps is whole: the store, the files that its books name, the log of accesses, and who may read them."""

from __future__ import annotations

import sqlite3
import stat
import sys
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from aiser_jupyter.audit import Audit
from aiser_jupyter.errors import StateError
from aiser_jupyter.state import manifest as manifests
from aiser_jupyter.state import trouble
from aiser_jupyter.state.archive import files_of
from aiser_jupyter.state.migrations import VERSION, refuse_newer, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_T = TypeVar("_T")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_TABLES = {"history": "run", "memory": "thing remembered", "extract": "extract", "added": "table"}


@dataclass(frozen=True)
class Item:
    """One thing that was looked at: whether it is well, what was seen, and what to do where it is not."""

    name: str
    ok: bool
    detail: str
    hint: str = ""

    def as_json(self) -> dict[str, object]:
        """The item as plain data."""
        return {"name": self.name, "ok": self.ok, "detail": self.detail, "hint": self.hint}


def inspect(folder: Path) -> Iterator[Item]:
    """Look at what ``folder`` keeps; nothing is changed, and no process is kept waiting."""
    if not folder.is_dir():
        yield _absent(folder)
        return
    yield _store(folder)
    yield from _tables(folder)
    yield from _log(folder)
    yield from _rights(folder)
    yield from _left(folder)


def _absent(folder: Path) -> Item:
    aside = sorted(folder.parent.glob(f"{folder.name}.before-*"))
    if aside:
        return Item("folder", ok=False, detail=f"{folder} is not there, and {aside[-1].name} is", hint=f"A restore was broken off: rename {aside[-1].name} to {folder.name}.")  # fmt: skip
    return Item("folder", ok=True, detail=f"{folder} is not there; nothing is kept")


def _store(folder: Path) -> Item:
    path = folder / manifests.STORE
    if not path.is_file():
        return Item("store", ok=True, detail="not there yet; the first thing kept makes it")
    try:
        with trouble.told(path), closing(_reading(path)) as opened:
            trouble.whole(opened, path)
            version = version_of(opened)
            refuse_newer(version, str(path))
            there = {row[0] for row in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            counts = {name: int(opened.execute(f"SELECT count(*) FROM {name}").fetchone()[0]) for name in _TABLES if name in there}  # noqa: S608  # fixed names
    except StateError as error:
        return Item("store", ok=False, detail=f"{error.message} ({error.where})", hint=error.hint)
    said = ", ".join(_counted(counts[name], word) for name, word in _TABLES.items() if name in counts)
    older = "" if version == VERSION else f", older than {VERSION}: brought forward when it is next used"
    return Item("store", ok=True, detail=f"version {version}{older}; {said}; {path.stat().st_size / 1e6:.1f} MB")


def _tables(folder: Path) -> Iterator[Item]:
    path = folder / manifests.STORE
    try:
        with closing(_reading(path)) as opened:
            named = files_of(opened)
    except sqlite3.Error:  # the store's own item says so
        return
    gone = [name for name in named if not (folder / manifests.DATA / name).is_file()]
    if gone:
        hint = "Bring a backup back: aiser state restore FILE; or add the data again."
        yield Item("tables", ok=False, detail=f"{', '.join(gone[:5])}: not in {folder / manifests.DATA}", hint=hint)
    elif named:
        yield Item("tables", ok=True, detail=f"{_counted(len(named), 'file')} of added data {'is' if len(named) == 1 else 'are'} there")


def _log(folder: Path) -> Iterator[Item]:
    log = folder / manifests.AUDIT
    if not log.is_file():
        return
    found = Audit(log).verify()
    torn = f"; {found.torn} bytes of a line that was never finished" if found.torn else ""
    said = found.problem or f"{_counted(found.lines, 'line')} right, last fingerprint {found.last[:16]}{torn}"
    yield Item(
        "audit log", ok=found.ok, detail=said, hint="" if found.ok else "See docs/policy.md: a log that was changed is evidence; keep it."
    )


def _rights(folder: Path) -> Iterator[Item]:
    if sys.platform == "win32":  # rights are lists there
        return
    wanted = [folder / manifests.STORE, folder / manifests.AUDIT, *(folder / manifests.DATA).glob("*")]
    open_ = [path.relative_to(folder).as_posix() for path in wanted if path.is_file() and path.stat().st_mode & _OTHERS]
    if open_:
        yield Item(
            "rights", ok=False, detail=f"others may read {', '.join(open_[:5])}", hint=f"chmod 600 {' '.join(open_[:5])} in {folder}"
        )


def _left(folder: Path) -> Iterator[Item]:
    """What a restore that was broken off, or one that was done, left beside the folder."""
    broken = sorted(path.name for path in folder.parent.glob(".aiser-restore-*"))
    if broken:
        detail = f"{', '.join(broken)} {'is' if len(broken) == 1 else 'are'} left of a restore that was broken off"
        yield Item("restores", ok=False, detail=detail, hint="It may hold what was there before: look, then delete it.")
    aside = sorted(path.name for path in folder.parent.glob(f"{folder.name}.before-*"))
    if aside:
        yield Item("aside", ok=True, detail=f"{', '.join(aside)}: what restores replaced; delete it when you no longer need it")


def books(folder: Path, read: Callable[[sqlite3.Connection], _T]) -> _T | None:
    """What ``read`` finds in the store; None where there is none that can be read, or an older one that knows nothing of it."""
    try:
        with closing(_reading(folder / manifests.STORE)) as opened:
            return read(opened)
    except sqlite3.Error:  # the store's own item says so
        return None


def _reading(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=1.0, isolation_level=None)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word if count == 1 else 'things remembered' if word.startswith('thing') else word + 's'}"

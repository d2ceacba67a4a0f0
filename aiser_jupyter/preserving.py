"""Backup, restore and check of a workspace, as its surfaces call them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from aiser_jupyter.errors import AiserError, SettingsError, StateError
from aiser_jupyter.format.listing import Listing
from aiser_jupyter.state.inspection import Item, inspect

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from aiser_jupyter.context import Context
    from aiser_jupyter.settings import Profile, Settings
    from aiser_jupyter.sources.rekey import Rekeyed
    from aiser_jupyter.state.archive import Saved
    from aiser_jupyter.state.restore import Restored

_VERSION_LINE = re.compile(r"^v\s*[:=]\s*(\d+)\s*(?:#.*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Checked:
    """What was found in a workspace's folder; ``ok`` where nothing is wrong."""

    items: tuple[Item, ...]

    @property
    def ok(self) -> bool:
        """Whether all is well."""
        return all(item.ok for item in self.items)

    def as_json(self) -> dict[str, object]:
        """The object of ``aiser state check --json``."""
        return {"v": 1, "ok": self.ok, "items": [item.as_json() for item in self.items]}

    def listing(self) -> Listing:
        """The items to look at."""
        rows = [(item.name, "ok" if item.ok else "wrong", " ".join(filter(None, (item.detail, item.hint)))) for item in self.items]
        return Listing("State", ("What", "State", "Detail"), rows)

    def __repr__(self) -> str:
        return repr(self.listing())

    def _repr_html_(self) -> str:
        return self.listing()._repr_html_()


def backup(root: Path, at: datetime, to: Path | None = None) -> Saved:
    """Save what the workspace at ``root`` keeps to one file (default: `aiser-state-TIME.zip` there), while others may write.

    What the copy mode of a connection no longer lets be kept is left out. Raises `StateError`, and `SettingsError` where the settings hold a password.
    """
    from aiser_jupyter import __version__, settings
    from aiser_jupyter.state.archive import save

    knobs = settings.load(root)
    _no_secret(root, knobs)
    folder = root / settings.FOLDER
    target = to if to is not None else _free(root, at)
    return save(folder, target, at, aiser=__version__, versions=_versions(folder), forget=partial(_forget, profiles=knobs.connections))


def restore(root: Path, at: datetime, file: Path, whole: Callable[[], object] = lambda: None) -> Restored:
    """Bring an archive back to ``root``; what is there goes aside. ``whole`` is called once the archive is proved. Raises `StateError` before anything is changed."""
    from aiser_jupyter import settings
    from aiser_jupyter.state.restore import restore

    return restore(file, root / settings.FOLDER, at, _known(), whole)


def aside(root: Path, at: datetime) -> tuple[Path, ...]:
    """Put a damaged store aside, so that a new one begins; where its files are now. Raises `StateError` where it is whole or in use."""
    from aiser_jupyter import settings
    from aiser_jupyter.state.aside import put_aside

    return put_aside(root / settings.FOLDER, at)


def rekey(context: Context, reference: str = "", how: Literal["anew", "plain", "drop"] = "anew") -> Rekeyed:
    """Write what is kept of values anew under another key or none, or ``drop`` it where its key is lost; raises EncryptionError, `StateError`."""
    from aiser_jupyter.sources import rekey as rekeying
    from aiser_jupyter.sources.shelf import Shelf

    shelf = Shelf(context.state)
    if shelf.folder is None:
        raise StateError("This workspace keeps nothing (state = false).", hint="There is nothing to encrypt.")
    if how == "anew":
        return rekeying.rekey(shelf, reference)
    if not shelf.ready:
        raise StateError("Nothing is kept here yet.", where=str(shelf.folder.parent))
    return rekeying.plain(shelf) if how == "plain" else rekeying.drop(shelf)


def check(root: Path) -> Checked:
    """Look at all that the workspace at ``root`` keeps, and read its settings, policy and semantic model; nothing is changed."""
    from aiser_jupyter import settings

    return Checked((*inspect(root / settings.FOLDER), *_encrypted(root), *_forms(root)))


def _encrypted(root: Path) -> Iterator[Item]:
    """Whether the key of what is kept can be had, and nothing lies beside it in plain form."""
    from aiser_jupyter import settings
    from aiser_jupyter.sources import encryption, kept_file
    from aiser_jupyter.state.inspection import books

    folder = root / settings.FOLDER
    named = books(folder, encryption.read)
    if named is None:
        return
    try:
        reference = settings.load(root).encrypt_key
        encryption.found(named.fingerprint, (reference, named.reference))
    except AiserError as error:
        yield Item("encryption", ok=False, detail=" ".join(filter(None, (error.message, error.where))), hint=error.hint)
        return
    plain = sorted(path.name for path in (folder / "data").glob("*.parquet") if not kept_file.key_named(path.name))
    if plain:
        yield Item(
            "encryption", ok=False, detail=f"{', '.join(plain[:5])}: not encrypted", hint="aiser state rekey writes everything anew."
        )
    else:
        yield Item("encryption", ok=True, detail=f"added tables, extracts and kept results; key {named.fingerprint}, at {named.reference}")


def _forms(root: Path) -> Iterator[Item]:
    """The files that people write, read as the tool reads them."""
    from aiser_jupyter import settings
    from aiser_jupyter.catalog.semantic import file as semantic
    from aiser_jupyter.policy import file as policy

    folder = root / settings.FOLDER
    readers = (
        ("settings", folder / "settings.toml", lambda: settings.load(root)),
        ("policy", folder / policy.NAME, lambda: policy.load(root)),
        ("semantic model", folder / "semantic.yaml", lambda: semantic.refuse(found.problems) if (found := semantic.load(root)) else None),
    )
    for name, path, read in readers:
        if not path.is_file():
            continue
        try:
            read()
        except AiserError as error:
            yield Item(name, ok=False, detail=f"{error.message} ({error.where})", hint=error.hint)
        else:
            yield Item(name, ok=True, detail=str(path))


def _known() -> dict[str, int]:
    """The newest version of each form that this aiser-jupyter reads."""
    from aiser_jupyter import settings
    from aiser_jupyter.catalog.semantic.model import VERSION as SEMANTIC
    from aiser_jupyter.policy.file import VERSION as POLICY
    from aiser_jupyter.state.migrations import VERSION as STATE

    return {"state": STATE, "settings": settings.VERSION, "semantic": SEMANTIC, "policy": POLICY}


def _versions(folder: Path) -> dict[str, int]:
    """The version that each form in the folder says it has."""
    found = {}
    for form, pattern in (("settings", "settings.toml"), ("policy", "policy.toml"), ("semantic", "semantic*.yaml")):
        said = [int(line[1]) for path in sorted(folder.glob(pattern)) if path.is_file() and (line := _VERSION_LINE.search(_text(path)))]
        if said:
            found[form] = max(said)
    return found


def _text(path: Path) -> str:
    return path.read_text("utf-8-sig", errors="replace")


def _free(root: Path, at: datetime) -> Path:
    stamp, number = f"aiser-state-{at:%Y%m%d-%H%M%S}", 1
    found = root / f"{stamp}.zip"
    while found.exists():
        number += 1
        found = root / f"{stamp}-{number}.zip"
    return found


def _no_secret(root: Path, knobs: Settings) -> None:
    """An archive travels; a password typed into the settings must not."""
    from aiser_jupyter.sources.reference import has_secret, is_reference

    for name, profile in knobs.connections.items():
        if not is_reference(profile.url) and has_secret(profile.url):
            raise SettingsError(
                f"The profile {name} holds a password, which a backup would carry away.",
                where=str(root / ".aiser" / "settings.toml"),
                hint=f'Keep it in the keyring (%aiser secret {name}) and write url = "keyring:{name}".',
            )


def _forget(store: sqlite3.Connection, profiles: Mapping[str, Profile]) -> None:
    """Take out of a copy of the store what the profiles do not let be kept now: all of a connection with ``none``, the values of one with ``metadata``."""
    strict = {name: profile.copy_mode for name, profile in profiles.items() if profile.copy_mode in {"none", "metadata"}}
    if not strict:
        return
    there = {row[0] for row in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for connection, modes in _strict(store, "history", strict):
        if "none" in modes:
            store.execute("DELETE FROM history WHERE connection = ?", (connection,))
        else:
            _mask(store, connection)
    for connection, _ in _strict(store, "extract", strict) if "extract" in there else ():
        store.execute("DELETE FROM added WHERE place = ?", (f"extract:{connection}",))
        store.execute("DELETE FROM extract WHERE connection = ?", (connection,))
    for connection, modes in _strict(store, "memory", strict) if "memory" in there else ():
        if "none" in modes:
            store.execute("DELETE FROM memory WHERE connection = ?", (connection,))
    # The index is made anew when somebody searches.
    store.execute("DROP TABLE IF EXISTS history_words")


def _strict(store: sqlite3.Connection, table: str, strict: Mapping[str, str | None]) -> list[tuple[str, set[str | None]]]:
    """The connections in a table, one or several joined by `` + ``, that may not be kept whole, with their modes."""
    named = [str(row[0]) for row in store.execute(f"SELECT DISTINCT connection FROM {table}")]  # noqa: S608  # fixed names
    found = [(name, {strict[part] for part in name.split(" + ") if part in strict}) for name in named]
    return [(name, modes) for name, modes in found if modes]


def _mask(store: sqlite3.Connection, connection: str) -> None:
    """Keep the statements of a connection without the values in them."""
    from aiser_jupyter.query.history import masked

    for number, sql, engine in store.execute("SELECT id, sql, engine FROM history WHERE connection = ?", (connection,)).fetchall():
        store.execute("UPDATE history SET sql = ?, error = '' WHERE id = ?", (masked(sql, engine or "duckdb"), number))

"""What became of a backup, a restore or a change of key, in words: the same on the command line and in a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aiser_jupyter.state.archive import Saved
from aiser_jupyter.state.restore import Restored

if TYPE_CHECKING:
    from aiser_jupyter.sources.rekey import Rekeyed


@dataclass(frozen=True)
class Done:
    """What was done (``what``), shown as ``lines``."""

    what: Saved | Restored | Rekeyed
    lines: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """The object that the command prints with ``--json``."""
        return self.what.as_json()

    def __repr__(self) -> str:
        return "\n".join(self.lines)


def told(what: Saved | Restored | Rekeyed) -> Done:
    """What was done, and in words what to do next."""
    if isinstance(what, Saved):
        return Done(what, _saved(what))
    return Done(what, _restored(what) if isinstance(what, Restored) else _rekeyed(what))


def _saved(made: Saved) -> tuple[str, ...]:
    left = [f"Left out: {path} ({why})." for path, why in made.manifest.left_out.items()]
    size = f"{len(made.manifest.files)} files, {made.bytes / 1e6:.1f} MB"
    return (*left, f"{made.file}: {size}. To bring it back: aiser state restore {made.file}")


def _restored(done: Restored) -> tuple[str, ...]:
    lines = [f"{done.folder} is as it was on {done.manifest.made_at}: {len(done.manifest.files)} files."]
    if done.audit:
        lines.append(f"The log of accesses that goes on is {done.audit}.")
    if done.aside is not None:
        lines.append(f"What was here before is in {done.aside}; delete it when you no longer need it.")
    return tuple(lines)


def _rekeyed(done: Rekeyed) -> tuple[str, ...]:
    tables = f"{len(done.tables)} table(s){': ' if done.tables else ''}{', '.join(done.tables)}; {done.results} kept result(s) dropped."
    if done.dropped:
        lines = [f"Dropped: {tables}"]
    else:
        now = f"The key is {done.now}, at {done.reference}." if done.now else "Nothing is encrypted now; encrypt = true would do it again."
        lines = [f"Written anew: {tables}", now]
    if done.before:
        lines.append(f"The key of before, {done.before}, was left where it is: older backups need it.")
    return tuple(lines)

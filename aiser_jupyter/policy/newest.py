"""The newest signed policy that this user saw at each place: an older one, signed as well, is a way back that nobody meant to leave open."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from aiser_jupyter import files
from aiser_jupyter.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

_WAIT_S = 5.0
_log = logging.getLogger("aiser_jupyter.policy")
_accepting: ContextVar[bool] = ContextVar("accepting", default=False)


def record() -> Path:
    """The file of what was seen: in `$XDG_STATE_HOME/aiser`, else `~/.local/state/aiser`."""
    home = os.environ.get("XDG_STATE_HOME", "")
    return (Path(home) if home and Path(home).is_absolute() else Path.home() / ".local" / "state") / "aiser" / "policies.json"


def check(key: bytes, place: str, serial: int) -> None:
    """Note that a policy of that serial, signed for ``key``, is at ``place``; raises SettingsError where a newer one was seen there.

    Where nothing can be noted the log says so, and what was noted before holds.
    """
    name = f"{hashlib.sha256(key).hexdigest()[:16]} {place}"
    path = record()
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(f"{path}.lock", timeout=_WAIT_S, mode=files.PRIVATE):
            seen = _read(path)
            _refuse_older(seen.get(name, 0), serial, place)
            if seen.get(name) != serial:
                files.write(path, json.dumps({"v": 1, "seen": {**seen, name: serial}}, indent=1), files.PRIVATE)
    except (OSError, Timeout) as error:
        _refuse_older(_read(path).get(name, 0), serial, place)
        _log.warning("Which policy is the newest cannot be noted (%s: %s): an older one would not be told from it.", path, error)


@contextmanager
def accepting() -> Iterator[None]:
    """Take the policies that are read within for the newest, whatever was seen before."""
    token = _accepting.set(True)
    try:
        yield
    finally:
        _accepting.reset(token)


def _refuse_older(seen: int, serial: int, place: str) -> None:
    if serial >= seen or _accepting.get():
        return
    raise SettingsError(
        f"The policy is an older one: it was signed {_when(serial)}, and one that was signed {_when(seen)} was here before.",
        where=place,
        hint="Ask whoever governs it. Is the older one meant, they sign it again: aiser policy sign FILE --key KEY. Did somebody sign by a clock that was ahead: aiser policy accept.",
    )


def _when(serial: int) -> str:
    return f"on {datetime.fromtimestamp(serial / 1000, UTC):%Y-%m-%d at %H:%M:%S} UTC" if serial else "without a time"


def _read(path: Path) -> dict[str, int]:
    """What was seen; nothing where there is no record yet."""
    try:
        held = json.loads(path.read_text("utf-8"))
        return {str(name): int(serial) for name, serial in held["seen"].items()}
    except OSError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError):
        if _accepting.get():
            return {}
        raise SettingsError(
            "The record of the policies that were seen cannot be read.",
            where=str(path),
            hint="Look at the policy (aiser policy check says which), then: aiser policy accept.",
        ) from None

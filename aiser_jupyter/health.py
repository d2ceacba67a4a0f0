"""What is around the connections: switches, policy, its account, the folder, the disk, and what draws a PDF."""

from __future__ import annotations

import os
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter import chromium, features

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aiser_jupyter.context import Context

LEAST_FREE = 200_000_000  # bytes: below this a report or an extract may not fit


@dataclass(frozen=True)
class Check:
    """One thing that was tried: what it is, whether it works, what was seen, and what to do about it where something is."""

    name: str
    ok: bool
    detail: str
    hint: str = ""


def around(context: Context) -> Iterator[Check]:
    """Everything but connections, store and model; nothing of it is opened or changed."""
    yield switches()
    yield governed(context)
    yield from folder(context.sources.root)
    yield pdf()


def switches() -> Check:
    """Which features are switched off, and whether each switch is one."""
    off, wrong = features.switched_off(), features.mistaken()
    return Check("features", ok=not wrong, detail=f"off: {', '.join(off)}" if off else "all on", hint="; ".join(wrong))


def governed(context: Context) -> Check:
    """Whether a policy holds, where it lies, and whether its account can be kept."""
    policy = context.policy
    if not policy.active:
        return Check("policy", ok=True, detail="none: every user sees what the connection's login sees")
    kept = "sealed" if policy.sealed else "not sealed"
    detail = f"{policy.place}, {kept}; you are {context.identity.user} (by {context.identity.told_by})"
    log = Path(policy.audit) if policy.audit else (context.sources.root or Path.cwd()) / ".aiser" / "audit.jsonl"
    if not writable(log):
        return Check(
            "policy", ok=False, detail=f"{detail}; no account can be kept, so nothing runs", hint=f"Make {log} writable for this user."
        )
    hint = (
        "" if policy.sealed else "Whoever runs this kernel could change it: put it into /etc/aiser/policy.toml, owned by an administrator."
    )
    return Check("policy", ok=True, detail=detail, hint=hint)


def folder(root: Path | None) -> Iterator[Check]:
    """Whether the workspace's folder is its user's alone, and whether its disk has room."""
    if root is None:
        return
    own = root / ".aiser"
    if own.is_dir() and hasattr(os, "getuid"):
        mode = stat.S_IMODE(own.stat().st_mode)
        private = not mode & (stat.S_IRWXG | stat.S_IRWXO)
        hint = "" if private else f"Others of this machine can look into it; where that is not meant: chmod 700 {own}"
        yield Check("folder", ok=True, detail=f"{own}, {'its user alone' if private else f'mode {mode:o}'}", hint=hint)
    free = shutil.disk_usage(root).free
    roomy = free >= LEAST_FREE
    yield Check("disk", ok=roomy, detail=f"{free / 1e9:,.1f} GB free", hint="" if roomy else "Make room before the next report or extract.")


def pdf() -> Check:
    """What draws a PDF here."""
    found = chromium.find()
    hint = "" if found else "Install Chromium, or name one in CHROMIUM; every other format is written without it."
    return Check("PDF", ok=True, detail=found or "no Chromium: no PDF", hint=hint)


def writable(path: Path) -> bool:
    """Whether a file can be written or made at ``path``."""
    nearest = next((one for one in (path, *path.parents) if one.exists()), Path("/"))
    return os.access(nearest, os.W_OK)

"""Which tools of which server the user has allowed. A server that is started differently, or a tool that says something else of itself, is asked for anew."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiser_jupyter import files
from aiser_jupyter.errors import ConsentError, SettingsError
from aiser_jupyter.mcp.config import folder
from aiser_jupyter.mcp.fence import clean

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from aiser_jupyter.mcp.config import ServerConfig

FILE = "mcp-consent.json"


@dataclass(frozen=True)
class Definition:
    """What a server says a tool is."""

    name: str
    description: str
    schema: Mapping[str, Any]

    @property
    def fingerprint(self) -> str:
        """The definition as a short text."""
        return hashlib.sha256(json.dumps([self.name, self.description, self.schema], sort_keys=True, default=str).encode()).hexdigest()[:16]


def allowed(server: ServerConfig) -> dict[str, str]:
    """The tools of ``server``, as it is configured now, that the user has allowed: the fingerprint of each one's definition."""
    kept = _read().get(server.name, {})
    return dict(kept.get("tools", {})) if kept.get("server") == server.fingerprint else {}


def allow(server: ServerConfig, tool: Definition) -> None:
    """Remember that the user allows a tool as it is now."""

    def change(kept: dict[str, Any]) -> None:
        entry = kept.get(server.name, {})
        tools = entry.get("tools", {}) if entry.get("server") == server.fingerprint else {}
        kept[server.name] = {"server": server.fingerprint, "tools": {**tools, tool.name: tool.fingerprint}}

    _change(change)


def forbid(name: str, tool: str = "") -> bool:
    """Forget the consent to a tool of a server, or to all of its tools; whether there was one."""
    found: list[bool] = []

    def change(kept: dict[str, Any]) -> None:
        tools = kept.get(name, {}).get("tools", {})
        found.append(bool(tools if not tool else tool in tools))
        if tool:
            tools.pop(tool, None)
        else:
            kept.pop(name, None)

    _change(change)
    return found[-1]


def needed(server: ServerConfig, tool: Definition) -> None:
    """Raise `ConsentError` unless the user has allowed this tool of this server, as both are now."""
    known = allowed(server).get(tool.name)
    if known is None:
        raise unasked(server, tool.name)
    if known != tool.fingerprint:
        raise ConsentError(
            f"The tool {tool.name} of {server.name} says something else of itself than when you allowed it.",
            where=clean(tool.description)[:200],
            hint=f"If you trust it as it is now: %aiser tools allow {server.name} {tool.name}",
        )


def unasked(server: ServerConfig, tool: str) -> ConsentError:
    """The error for a tool that the user has not allowed: what it is, and how to."""
    return ConsentError(
        f"The tool {tool[:80]} of the server {server.name} has not been allowed. It would get the arguments of each call.",
        where=server.place[:200],
        hint=f"What it says of itself: %aiser tools list {server.name}. If you trust it: %aiser tools allow {server.name} {tool[:80]}",
    )


def _path() -> Path:
    return folder() / FILE


def _read() -> dict[str, Any]:
    path = _path()
    if not path.is_file():
        return {}
    try:
        found = json.loads(path.read_text("utf-8"))
        return dict(found["servers"])
    except (ValueError, KeyError, TypeError, OSError):
        raise SettingsError(
            "The file of allowed tools cannot be read.", where=str(path), hint="Delete it; each tool is then asked for anew."
        ) from None


def _change(change: Any) -> None:
    """Change the file in one step, one process at a time."""
    from filelock import FileLock

    path = _path()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with FileLock(f"{path}.lock", timeout=10):
        kept = _read()
        change(kept)
        files.write(path, json.dumps({"v": 1, "servers": kept}, indent=1), files.PRIVATE)

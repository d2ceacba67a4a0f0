"""The servers whose tools may be used: named in the user's own configuration, never by a workspace."""

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiser_jupyter.errors import SettingsError, UsageError
from aiser_jupyter.sources import reference

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE = "mcp.toml"
NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")
KEYS = frozenset({"command", "args", "env", "cwd", "url", "token", "timeout_s"})
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class ServerConfig:
    """One server: a ``command`` that speaks the protocol over its standard input and output, or a ``url``.

    ``env`` holds what the command gets of the environment beside the bare necessities, ``token`` what is sent to a url; both as references
    (``env:NAME``, ``keyring:NAME``). ``timeout_s`` bounds one call from start to end.
    """

    name: str
    command: str = ""
    args: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str | None = None
    url: str = ""
    token: str = ""
    timeout_s: float = 30.0

    @property
    def fingerprint(self) -> str:
        """What the server is started or reached by, as a short text: consent holds for this and nothing else."""
        said = [self.command, list(self.args), sorted(self.env.items()), self.cwd, self.url, self.token]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]

    @property
    def place(self) -> str:
        """The command or the address, to look at."""
        return self.url or " ".join((self.command, *self.args))


def folder() -> Path:
    """The user's own configuration: ``$XDG_CONFIG_HOME/aiser``, else ``~/.config/aiser``."""
    home = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(home) if home and Path(home).is_absolute() else Path.home() / ".config") / "aiser"


def servers() -> dict[str, ServerConfig]:
    """The configured servers by name; none where there is no file. Raises `SettingsError` with the place of a mistake."""
    path = folder() / FILE
    if not path.is_file():
        return {}
    _private(path)
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError("The file of MCP servers is no valid TOML.", where=f"{path}: {error}", hint="Correct the line.") from None
    listed = values.get("servers", {})
    if set(values) - {"servers"} or not isinstance(listed, dict):
        raise _wrong(path, "it has [servers.NAME] tables and nothing else")
    return {name: _server(path, name, knobs) for name, knobs in listed.items()}


def server(name: str) -> ServerConfig:
    """The server of that name; `UsageError` where there is none."""
    known = servers()
    if name not in known:
        hint = f"Servers: {', '.join(known)}." if known else f"Name servers in {folder() / FILE}; docs/mcp.md shows how."
        raise UsageError(f"There is no MCP server {name[:80]!r}.", hint=hint)
    return known[name]


def _private(path: Path) -> None:
    """Raise where somebody else could have written the commands that are run from here."""
    if os.name != "posix":
        return
    for place in (path, path.parent):
        seen = place.stat()
        if seen.st_uid not in {os.getuid(), 0} or seen.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise SettingsError(
                "The file of MCP servers can be written by others, so it is not used.", where=str(place), hint=f"chmod go-w {place}"
            )


def _server(path: Path, name: str, knobs: Any) -> ServerConfig:
    if not NAME.fullmatch(name):
        raise _wrong(path, f"{name!r} is no name of a server: letters, digits, _ and -, at most 32")
    if not isinstance(knobs, dict) or set(knobs) - KEYS:
        extra = ", ".join(sorted(set(knobs) - KEYS)) if isinstance(knobs, dict) else "no table"
        raise _wrong(path, f"servers.{name} has {extra}; it may have {', '.join(sorted(KEYS))}")
    command, url = knobs.get("command", ""), knobs.get("url", "")
    args, env, token = knobs.get("args", []), knobs.get("env", {}), knobs.get("token", "")
    timeout = knobs.get("timeout_s", 30.0)
    texts = (
        isinstance(args, list)
        and all(isinstance(a, str) for a in args)
        and isinstance(env, dict)
        and all(isinstance(v, str) for v in env.values())
    )
    if not isinstance(command, str) or not isinstance(url, str) or bool(command) == bool(url) or not texts:
        raise _wrong(path, f"servers.{name} needs a command or a url, and not both; args is a list of texts, env a table of texts")
    if not isinstance(timeout, int | float) or isinstance(timeout, bool) or not 0 < timeout <= 3600:
        raise _wrong(path, f"servers.{name}.timeout_s is a number of seconds up to 3600")
    if any(not reference.is_reference(value) for value in [*env.values(), *([token] if token else [])]):
        raise _wrong(path, f"servers.{name}: env and token hold references, env:NAME or keyring:NAME, never a secret itself")
    if url and not _fine(url):
        raise _wrong(path, f"servers.{name}.url is https, or http on this machine, without a password in it")
    return ServerConfig(name, command, tuple(args), dict(env), knobs.get("cwd"), url, token, float(timeout))


def _fine(url: str) -> bool:
    parts = urlsplit(url)
    return (
        (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOCAL))
        and parts.username is None
        and bool(parts.hostname)
    )


def _wrong(path: Path, what: str) -> SettingsError:
    return SettingsError(f"The file of MCP servers does not fit: {what}.", where=str(path), hint="docs/mcp.md shows one.")

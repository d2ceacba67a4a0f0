"""`%sql URL`: opening, switching, listing and closing connections from the SQL magic, as notebooks for other magics do."""

from __future__ import annotations

import configparser
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from aiser_jupyter.errors import SecretTypedError, SourceError, UsageError
from aiser_jupyter.format.listing import Listing

if TYPE_CHECKING:
    from collections.abc import Collection

    from aiser_jupyter.sources.source import Source
    from aiser_jupyter.workspaces import Workspace

ADDRESS = re.compile(r"[A-Za-z][\w+.-]*://\S*\Z|(?:env|keyring):\S+\Z")
DRIVERS = {"postgresql": "postgresql", "postgres": "postgresql", "mysql": "mysql", "mariadb": "mariadb", "mssql": "mssql"}
VARIABLE = "DATABASE_URL"
# Which connection an address opened, so that a cell which is run again, or names its URL on each line, opens no second one.
_opened: dict[tuple[int, str], str] = {}


def is_address(word: str) -> bool:
    """Whether a word is a URL or a reference to one."""
    return ADDRESS.match(word) is not None


def connect(ws: Workspace, address: str, alias: str | None = None, *, write: bool = False) -> Source:
    """Open the connection, or go back to the one that was opened by the same address; it becomes the default."""
    opened = _opened.get((id(ws), address))
    if opened in ws.connections and alias in {None, opened} and ws.context.sources.get(opened).read_only != write:
        return use(ws, opened)
    source = ws.connect(address, name=alias, write=write)
    _opened[id(ws), address] = source.name
    ws.context.sources.default = source.name
    return source


def use(ws: Workspace, name: str) -> Source:
    """Make a connection the default."""
    ws.context.sources.default = name
    return ws.context.sources.get(name)


def close(ws: Workspace, given: str) -> str:
    """Close a connection by its name or its address; its name. Raises `UsageError` where there is none."""
    name = given
    if given not in ws.connections:
        name = next((known for known in ws.connections if _same_place(ws.context.sources.get(known).place, given)), given)
    if name not in ws.connections:
        hint = f"There are {', '.join(ws.connections)}." if ws.connections else "There is none."
        raise UsageError(f"There is no open connection {given!r}.", hint=hint)
    ws.disconnect(name)
    return name


def listing(ws: Workspace, title: str = "Connections") -> Listing:
    """The connections, the default one marked."""
    default = ws.context.sources.default
    rows = []
    for name in ws.context.sources.known():
        mark = "default" if name == default else ""
        if name in ws.connections:
            source = ws.context.sources.get(name)
            rows.append((name, source.dialect, "read-only" if source.read_only else "read and write", source.place, mark))
        else:
            rows.append((name, "", "not opened yet", "from the settings", mark))
    return Listing(title, ("Connection", "Engine", "Rights", "Place", ""), rows)


def from_environment(ws: Workspace) -> Source | None:
    """The connection that $DATABASE_URL names, where there is no other yet."""
    if ws.context.sources.known() or not os.environ.get(VARIABLE, "").strip():
        return None
    return connect(ws, f"env:{VARIABLE}", "database")


def from_section(ws: Workspace, section: str, file: str, alias: str | None = None) -> Source:
    """The connection that a section of a connections file describes; a profile of that name in the settings comes first."""
    if section in ws.context.sources.known():
        return use(ws, section)
    path = Path(file).expanduser()
    config = configparser.ConfigParser(interpolation=None)
    if not path.is_file() or not config.read(path, "utf-8"):
        raise SourceError(
            f"There is no connection {section!r} and no connections file.", where=str(path), hint=f"Connect it: %sql URL --alias {section}."
        )
    if section not in config:
        raise SourceError(
            f"The file has no section {section!r}.", where=str(path), hint=f"It has {', '.join(config.sections()) or 'none'}."
        )
    return connect(ws, _address(section, dict(config[section]), str(path)), alias or section)


def _address(section: str, given: dict[str, Any], where: str) -> str:
    """The URL of a section, whose keys are those of SQLAlchemy's URL."""
    if given.get("password"):
        raise SecretTypedError(
            "A connections file with a password in it is not read.",
            where=f"{where} [{section}]",
            hint=f"Keep the address in the keyring: %aiser secret {section}, then %sql keyring:{section}.",
        )
    driver = str(given.get("drivername", "")).partition("+")[0].lower()
    if driver in {"duckdb", "sqlite"}:
        return f"{driver}:///{given.get('database', '')}"
    if not driver:
        raise SourceError(
            "The section names no driver.", where=f"{where} [{section}]", hint="It needs drivername = postgresql, for example."
        )
    user = f"{quote(given['username'], safe='')}@" if given.get("username") else ""
    port = f":{given['port']}" if given.get("port") else ""
    rest = {key: value for key, value in given.items() if key not in {"drivername", "username", "password", "host", "port", "database"}}
    query = f"?{urlencode(rest)}" if rest else ""
    return f"{DRIVERS.get(driver, driver)}://{user}{given.get('host', 'localhost')}{port}/{given.get('database', '')}{query}"


def _same_place(place: str, given: str) -> bool:
    return place == given or (place == "memory" and given in {"duckdb://", "duckdb:///", "duckdb:///:memory:"})


def words_of(text: str, connections: Collection[str]) -> tuple[str, str, str]:
    """``(kind, word, rest)`` where ``text`` begins with an ``address`` or a ``name`` of a connection; else an empty kind and the text."""
    found = re.match(r"\S+", text)
    if found is None:
        return "", "", text
    word = found[0]
    rest = text[found.end() :].lstrip()
    if word in connections:
        return "name", word, rest
    if is_address(word):
        return "address", word, rest
    return "", "", text

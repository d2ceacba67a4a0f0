"""`%aiser connect`, `disconnect`, `edit`, `test`, `use`, `connections` and `secret`: the connections of the notebook."""

from __future__ import annotations

from dataclasses import replace
from getpass import getpass
from typing import TYPE_CHECKING

from aiser_jupyter.errors import UsageError
from aiser_jupyter.format.listing import Listing
from aiser_jupyter.magics.options import Line, Option, parse

if TYPE_CHECKING:
    from aiser_jupyter.sources.source import Source
    from aiser_jupyter.status import Status
    from aiser_jupyter.workspaces import Workspace

CONNECT = (Option("as"), Option("write", takes=0), Option("allow-private", takes=0), Option("save", takes=0))
EDIT = (Option("url"), Option("as"), Option("write", takes=0), Option("read-only", takes=0), Option("save", takes=0))


def connect(ws: Workspace, rest: str) -> Listing:
    """``TARGET [--as NAME] [--write] [--allow-private] [--save]``: open a connection; ``--save`` keeps its profile in the workspace's settings."""
    target, options = _split(rest, CONNECT)
    if not target:
        raise UsageError("`%aiser connect` needs a path or reference.", hint="Write %aiser connect shop.duckdb, or env:SHOP_URL.")
    source = ws.connect(target, name=options.one("as"), write=options.has("write"), allow_private=options.has("allow-private"))
    if options.has("save"):
        ws.save_connection(source.name, target)
    return _one("Connected", source)


def disconnect(ws: Workspace, rest: str) -> Listing:
    """``NAME``: close a connection."""
    name = _name(ws, rest, "disconnect")
    ws.disconnect(name)
    return Listing("Disconnected", ("Connection",), [(name,)])


def edit(ws: Workspace, rest: str) -> Listing:
    """``NAME [--url TARGET] [--as NEW] [--write | --read-only] [--save]``: close a connection and open it again as told."""
    name, options = _split(rest, EDIT)
    name = _name(ws, name, "edit")
    if options.has("write") and options.has("read-only"):
        raise UsageError("A connection is opened with --write or --read-only, not both.")
    write = True if options.has("write") else False if options.has("read-only") else None
    source = ws.edit_connection(name, url=options.one("url"), rename=options.one("as"), write=write, save=options.has("save"))
    return _one("Changed", source)


def test(ws: Workspace, rest: str) -> Status:
    """``[NAME]``: try one connection, or all of them."""
    from aiser_jupyter.status import Status, connection

    if not rest:
        return replace(ws.status())
    return Status((connection(ws.context, _name(ws, rest, "test")),))


def use(ws: Workspace, rest: str) -> Listing:
    """``NAME``: make a connection the one that is meant where none is named."""
    ws.context.sources.default = _name(ws, rest, "use")
    return connections(ws, "")


def connections(ws: Workspace, _rest: str) -> Listing:
    """The connections, open or not, without opening any."""
    sources = ws.context.sources
    rows = []
    for name in sources.known():
        default = "default" if name == sources.default else ""
        if name in sources:
            source = sources.get(name)
            rows.append((name, source.dialect, "read-only" if source.read_only else "read and write", source.place, default))
        else:
            profile = sources.profile(name)
            rows.append((name, "not open", "read and write" if profile and profile.write else "read-only", _shown(profile), default))
    return Listing("Connections", ("Connection", "Engine", "Rights", "Place", ""), rows)


def secret(_ws: Workspace, rest: str) -> Listing:
    """``NAME [--forget]``: keep an address or password in the machine's keyring; it is asked for, so no cell ever holds it."""
    from aiser_jupyter.sources.reference import forget, keep

    name, options = _split(rest, (Option("forget", takes=0),))
    if not name or len(name.split()) > 1:
        raise UsageError("`%aiser secret` needs one name, and no value.", hint="Write %aiser secret shop; the value is asked for.")
    if options.has("forget"):
        forget(name)
        return Listing("Forgotten", ("Reference",), [(f"keyring:{name}",)])
    value = getpass(f"Address or password for keyring:{name}: ")
    if not value:
        raise UsageError("Nothing was given, and nothing was kept.")
    keep(name, value)
    return Listing("Kept", ("Reference", "Use it"), [(f"keyring:{name}", f"%aiser connect keyring:{name}")])


def _shown(profile: object) -> str:
    from aiser_jupyter.sources.reference import without_secret

    return without_secret(str(getattr(profile, "url", "")))


def _one(title: str, source: Source) -> Listing:
    rights = "read-only" if source.read_only else "read and write"
    return Listing(
        title,
        ("Connection", "Engine", "Rights", "Tables", "Place"),
        [(source.name, source.dialect, rights, len(source.tables()), source.place)],
    )


def _split(rest: str, options: tuple[Option, ...]) -> tuple[str, Line]:
    """What stands before the options, and the options."""
    head, dashes, tail = f" {rest}".partition(" --")
    line = parse(f"--{tail}" if dashes else "", options)
    if line.rest:
        raise UsageError(f"{line.rest!r} is not understood here.", hint=f"Options: {', '.join('--' + option.name for option in options)}.")
    return head.strip().strip("\"'"), line


def _name(ws: Workspace, text: str, command: str) -> str:
    name = text.strip()
    if not name:
        known = ", ".join(ws.context.sources.known()) or "none yet"
        raise UsageError(f"`%aiser {command}` needs a connection.", hint=f"Connections: {known}.")
    if name not in ws.context.sources.known():
        ws.context.sources.get(name)  # says what there is, and what is near
    return name

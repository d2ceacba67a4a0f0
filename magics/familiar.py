"""Options of other SQL magics that work otherwise here: each does what it can, or says what differs and the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import NotYetError, UsageError
from aiser_jupyter.magics.namespace import expanded, is_frame
from aiser_jupyter.magics.options import Option

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from aiser_jupyter.format.listing import Listing
    from aiser_jupyter.magics.config import SqlMagic
    from aiser_jupyter.magics.options import Line
    from aiser_jupyter.query.result import Result
    from aiser_jupyter.workspaces import Workspace

OPTIONS = (
    Option("persist", short="p"),
    Option("persist-replace"),
    Option("no-index", takes=0, short="n"),
    Option("append"),
    Option("creator", short="c"),
    Option("connection_arguments", short="a"),
    Option("interact", short="i"),
)
REFUSED = {
    "append": ("--append adds rows to a table of the database.", "Put the rows together in Python, then %sql --persist-replace NAME."),
    "creator": (
        "--creator makes a connection by a function of yours, which no other process can repeat.",
        "Connect by an address: %sql URL, or env:NAME.",
    ),
    "connection_arguments": (
        "--connection_arguments is read from a profile here.",
        "Write [connections.NAME] with extra = {…} into .aiser/settings.toml, then %sql NAME.",
    ),
    "interact": ("--interact is not there; a cell with :name runs again with another value.", "Set the variable, and run the cell again."),
}


def run(shell: InteractiveShell, ws: Workspace, options: Line) -> Listing | None:
    """Keep a frame as a table where that is asked for; raises `NotYetError` for what is not to be had."""
    for name, (what, instead) in REFUSED.items():
        if options.has(name):
            raise NotYetError(what, hint=instead)
    for option in ("persist", "persist-replace"):
        given = options.one(option)
        if given is not None:
            return _persisted(shell, ws, expanded(shell, given).rstrip(";"), replace=option != "persist")
    if options.has("no-index"):
        raise UsageError("--no-index belongs to --persist.", hint="Write %sql --persist NAME --no-index.")
    return None


def _persisted(shell: InteractiveShell, ws: Workspace, name: str, *, replace: bool) -> Listing:
    from aiser_jupyter.format.listing import Listing
    from aiser_jupyter.workspaces import FILES

    frame = shell.user_ns.get(name)
    if not is_frame(frame):
        raise UsageError(f"There is no data frame {name!r} in this notebook.", hint=f"Make it first: {name} = pd.DataFrame(…).")
    if not replace and FILES in ws.connections and any(table.name == name for table in ws.context.sources.get(FILES).tables()):
        raise UsageError(f"There is a table {name} already.", hint=f"Replace it: %sql --persist-replace {name}.")
    ws.add(frame, name=name)
    note = "in this workspace, beside its files; the database itself was not written"
    return Listing("Kept as a table", ("Table", "Connection", "Where"), [(name, FILES, note)])


def settings(shell: InteractiveShell) -> SqlMagic:
    """What ``%config SqlMagic`` set."""
    from aiser_jupyter.magics.config import SqlMagic

    found = next((one for one in shell.configurables if isinstance(one, SqlMagic)), None)
    return found if found is not None else SqlMagic()


def kept(shell: InteractiveShell, result: Result) -> Any:
    """The result as the notebook wants it: itself, or a data frame where ``SqlMagic.autopandas`` or ``autopolars`` is set."""
    chosen = settings(shell)
    return result.df() if chosen.autopandas else result.polars() if chosen.autopolars else result

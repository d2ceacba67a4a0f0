"""The start page: what is open, what to ask first, what stands out, and the ways to more data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aiser_jupyter import features
from aiser_jupyter.errors import AiserError
from aiser_jupyter.format import date as dates
from aiser_jupyter.format import number
from aiser_jupyter.widgets.card import icon
from aiser_jupyter.widgets.findings import counted, found
from aiser_jupyter.widgets.node import Node, node
from aiser_jupyter.widgets.still import page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from IPython.display import HTML

    from aiser_jupyter.catalog import Catalog, Table
    from aiser_jupyter.discover.findings import Findings
    from aiser_jupyter.workspaces import Workspace

CYLINDER = "M3.2 4.2c0-2.5 9.6-2.5 9.6 0s-9.6 2.5-9.6 0v7.6c0 2.5 9.6 2.5 9.6 0V4.2M3.2 8c0 2.5 9.6 2.5 9.6 0"
SHEET = "M4 2.5h5l3 3v8H4zM9 2.5v3h3"
GRID = "M2.5 3.5h11v9h-11zM2.5 6.5h11M6.5 6.5v6"
DATABASES = frozenset({".duckdb", ".db", ".sqlite", ".sqlite3"})
DATED = frozenset({"date", "timestamp"})
FILES = frozenset({".csv", ".parquet", ".xlsx", ".json"})
# A page that opens must not wait long for a scan (four seconds at this size): beyond it the reader asks for one.
SCANNED_ROWS = 200_000
SHOWN = 3


def start_page(ws: Workspace) -> str:
    """The start page of a workspace as still, self-contained HTML."""
    return page(welcome(ws) if ws.connections else empty(nearby(Path.cwd())), answers=False)


def own_page() -> HTML:
    """The start page of the notebook's own workspace, as an object that shows itself; the JupyterLab extension asks the kernel for it."""
    from IPython.display import HTML

    from aiser_jupyter.workspaces import workspace

    return HTML(start_page(workspace()))


def empty(found: Sequence[Path] = ()) -> Node:
    """The page where no data is open: three ways in, and the data files that lie in the folder."""
    files = [part for path in found for part in (", ", line(opening(path)), f" {size(path)}")][1:]
    return node(
        "article",
        "start",
        node("h3", "", "Ask your data a question"),
        node("p", "ld", "No data is open yet. Choose one way in; you can add more later."),
        ways("way em"),
        node("div", "stf", node("span", "", "Found in this folder: ", *files) if files else node("span", "", PRIVATE), line("%aiser help")),
    )


PRIVATE = "Runs on this machine. Nothing is sent out."


def welcome(ws: Workspace) -> Node:
    """The page of an open workspace."""
    catalogs = [ws.catalog(name) for name in ws.connections]
    findings = scan(ws, catalogs) if features.enabled("discover") else None
    return node(
        "article",
        "start",
        node("h3", "", "Ask your data a question"),
        *(node("p", "ld", opened(catalog)) for catalog in catalogs),
        *questions(ws.suggest()[:SHOWN] if features.enabled("ask") and features.enabled("suggest") else ()),
        *(found(findings, SHOWN) if findings is not None else ()),
        node("h4", "", "Other data"),
        ways("way"),
        node("div", "stf", node("span", "", PRIVATE), line("%aiser help")),
    )


def opened(catalog: Catalog) -> str:
    """Say what a connection holds, as in ``shop is open: 7 tables, 2.7M rows in order_lines, 1 Jan 2025 to 5 Oct 2026``."""
    tables = catalog.tables
    if not tables:
        return f"{catalog.source} is open. It has no tables."
    parts = [f"{len(tables)} {'table' if len(tables) == 1 else 'tables'}"]
    main = max(tables, key=weight)
    if main.row_count:
        parts.append(f"{number.text(main.row_count, unit='rows')} in {main.name}")
    if dated := span(main):
        parts.append(dated)
    return f"{catalog.source} is open: {', '.join(parts)}."


def weight(table: Table) -> tuple[bool, int, str]:
    """What makes a table the main one: dates, for business is what happens in time, then rows."""
    return any(column.type in DATED for column in table.columns), table.row_count or 0, table.name


def span(table: Table) -> str:
    """From when to when the rows of a table are, by its first column of dates."""
    for column in table.columns:
        known = column.statistics
        if column.type in DATED and known and known.minimum is not None and known.maximum is not None:
            return " to ".join(dates.text(end, "day") for end in (known.minimum, known.maximum) if not isinstance(end, int | float))
    return ""


def questions(texts: Sequence[str]) -> tuple[Node, ...]:
    """Questions that a click puts into a cell."""
    rows = (node("li", "", node("code", "", "%%ask"), node("button", "lk", text, action="ask", type="button")) for text in texts)
    return (node("h4", "", counted(len(texts), "question", " to try")), node("ul", "qs", *rows)) if texts else ()


def scan(ws: Workspace, catalogs: Sequence[Catalog]) -> Findings | None:
    """What stands out in the main table among those that can be scanned while a page opens; None where there is none."""
    small = [(table, catalog.source) for catalog in catalogs for table in catalog.tables if 0 < (table.row_count or 0) <= SCANNED_ROWS]
    if not small:
        return None
    table, source = max(small, key=lambda pair: weight(pair[0]))
    try:
        return ws.discover(table.name, on=source)
    except AiserError:
        return None  # `%aiser discover` says why; a start page is no place for it


def ways(kind: str) -> Node:
    """Three ways to data, each with the line that a click puts into a cell."""
    return node(
        "div",
        kind,
        way(CYLINDER, "Connect", "A DuckDB or SQLite file, or a reference such as env:SHOP_URL. Read only.", "%aiser connect shop.duckdb"),
        way(SHEET, "Add a file", "CSV, Parquet, Excel or JSON. It stays on this machine.", "%aiser add sales.csv"),
        way(GRID, "Try sample data", "A music shop and an online shop, with a notebook and its report.", "!aiser demo --no-browser"),
    )


def way(drawing: str, title: str, text: str, command: str) -> Node:
    """One way to data."""
    return node("div", "", node("b", "", icon(drawing), title), node("p", "", text), line(command))


def line(command: str) -> Node:
    """A line of code that a click puts into a cell."""
    return node("button", "lk", command, action="line", type="button")


def nearby(folder: Path) -> tuple[Path, ...]:
    """The first few data files of a folder, by name."""
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return ()
    return tuple(path for path in entries if path.suffix.lower() in DATABASES | FILES and path.is_file())[:SHOWN]


def opening(path: Path) -> str:
    """The line that opens a data file."""
    name = f'"{path.name}"' if " " in path.name else path.name
    return f"%aiser {'connect' if path.suffix.lower() in DATABASES else 'add'} {name}"


def size(path: Path) -> str:
    """A file's size: ``318 MB``, ``12 kB``."""
    length = path.stat().st_size
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if length >= unit:
            return f"{number.text(round(length / unit, 1))} {name}"
    return f"{length} bytes"

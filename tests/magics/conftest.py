from __future__ import annotations

import duckdb
import pytest
from IPython.core.interactiveshell import InteractiveShell

from aiser_jupyter import workspaces


@pytest.fixture
def shop(tmp_path):
    """A small shop: three products, five orders."""
    path = tmp_path / "shop.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TABLE products (id INTEGER PRIMARY KEY, name VARCHAR, price DECIMAL(8, 2))")
        con.execute("INSERT INTO products VALUES (1, 'lamp', 40.00), (2, 'chair', 120.50), (3, 'rug', 75.25)")
        con.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, product_id INTEGER REFERENCES products (id), quantity INTEGER, day DATE)")
        con.execute(
            "INSERT INTO orders VALUES (1, 1, 2, DATE '2026-01-05'), (2, 2, 1, DATE '2026-02-10'), (3, 2, 3, DATE '2026-02-11'), "
            "(4, 3, 1, DATE '2026-03-01'), (5, 1, 5, DATE '2026-03-02')"
        )
    return path


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """A fresh IPython shell with the extension loaded and what it displayed in ``shell.shown``."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(workspaces, "_own", None)
    InteractiveShell.clear_instance()
    ip = InteractiveShell.instance()
    ip.shown = []
    monkeypatch.setattr(ip.display_pub, "publish", lambda data, **_: ip.shown.append(data))
    ip.run_line_magic("load_ext", "aiser_jupyter")
    yield ip
    InteractiveShell.clear_instance()


@pytest.fixture
def cell(shell):
    """Run a cell; gives what it displayed, or raises what it raised."""

    def run(code):
        shell.shown.clear()
        done = shell.run_cell(code, store_history=False)
        if done.error_in_exec is not None:
            raise done.error_in_exec
        return list(shell.shown)

    return run

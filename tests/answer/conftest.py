from datetime import UTC, datetime
from pathlib import Path

import pytest

from aiser_jupyter.clock import Clock
from aiser_jupyter.workspaces import Workspace

SHARED = Path(__file__).parents[3] / "shared/data"
CHINOOK = Path(__file__).parents[2] / "examples/data/chinook.sqlite"


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """A small shop in DuckDB with gaps, ties, a currency and two years of orders."""
    import duckdb

    path = tmp_path_factory.mktemp("shop") / "shop.duckdb"
    connection = duckdb.connect(str(path))
    connection.execute("CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, name VARCHAR, country VARCHAR)")
    connection.execute(
        "INSERT INTO customers VALUES (1, 'Route 66 Diner', 'USA'), (2, 'Bistro', 'France'), (3, 'Kantine', NULL), (4, 'Solo', 'USA')"
    )
    connection.execute(
        "CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (customer_id), order_date DATE, "
        "amount_usd DECIMAL(12, 2), channel VARCHAR)"
    )
    connection.execute(
        "INSERT INTO orders SELECT i, 1 + i % 3, DATE '2025-01-01' + INTERVAL (i * 7) DAY, 100.25 * (1 + i % 5), CASE WHEN i % 2 = 0 THEN 'web' ELSE 'shop' END "
        "FROM range(100) t(i)"
    )
    connection.close()
    return path


@pytest.fixture(scope="session")
def ws(shop, tmp_path_factory):
    workspace = Workspace(tmp_path_factory.mktemp("ws"), clock=Clock(datetime(2026, 12, 1, 6, tzinfo=UTC)))
    if CHINOOK.exists():
        workspace.connect(CHINOOK, name="chinook")
    workspace.connect(shop, name="shop")
    yield workspace
    workspace.close()

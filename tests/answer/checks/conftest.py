from datetime import date

import duckdb
import pytest

from aiser_jupyter.answer.checks.case import Case
from aiser_jupyter.answer.evidence import Evidence
from aiser_jupyter.answer.shape import shape
from aiser_jupyter.workspaces import Workspace

TABLES = """
CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, name VARCHAR, country VARCHAR);
INSERT INTO customers VALUES (1, 'Ada', 'Germany'), (2, 'Ben', 'France'), (3, 'Cleo', NULL);
CREATE TABLE orders (order_id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (customer_id), day DATE, freight DECIMAL(8, 2), discount DOUBLE, amount DECIMAL(8, 2), currency VARCHAR);
INSERT INTO orders SELECT i, 1 + i % 3, DATE '2025-01-01' + INTERVAL (i * 3) DAY, CASE WHEN i % 10 = 0 THEN NULL ELSE 5.5 END, (i % 5) / 20.0, 10 + i % 4, CASE WHEN i % 2 = 0 THEN 'EUR' ELSE 'USD' END FROM range(120) t(i);
CREATE TABLE lines (line_id INTEGER PRIMARY KEY, order_id INTEGER REFERENCES orders (order_id), quantity INTEGER);
INSERT INTO lines SELECT i, i // 2, 1 + i % 3 FROM range(240) t(i);
"""


@pytest.fixture(scope="session")
def desk(tmp_path_factory):
    """Customers with orders with lines: two lines an order, one freight in ten missing, two currencies, discounts as fractions, days to 24 Dec 2025."""
    path = tmp_path_factory.mktemp("desk") / "desk.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLES)
    workspace = Workspace(tmp_path_factory.mktemp("ws"))
    workspace.connect(path, name="desk")
    yield workspace
    workspace.close()


class Desk:
    """Makes cases and runs the queries of checks; ``ran`` are those that ran."""

    def __init__(self, ws):
        self.ws, self.ran = ws, []

    def case(self, sql, question="a question", today=date(2026, 12, 1)):
        catalog = self.ws.catalog("desk")
        table = self.ws.sql(sql, on="desk").arrow()
        evidence = Evidence(table, sql, "duckdb", "desk", self.ws.context.clock.now())
        return Case(question, evidence, shape(table, sql, "duckdb", catalog), catalog, today)

    def look(self, sql):
        self.ran.append(sql)
        return self.ws.sql(sql, on="desk").arrow()


@pytest.fixture
def at(desk):
    return Desk(desk)

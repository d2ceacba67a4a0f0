"""Lines of a flat file without a customer number are no customer."""

from datetime import date

import duckdb
import pytest

import aiser_jupyter as aiser
from aiser_jupyter.ask.engine import read

TODAY = date(2025, 1, 10)
LINES = """CREATE TABLE lines (BillNo VARCHAR, SoldAt TIMESTAMP, Item VARCHAR, Quantity INTEGER, UnitPrice DOUBLE, BuyerID INTEGER);
INSERT INTO lines SELECT CAST(40000 + b AS VARCHAR), TIMESTAMP '2024-01-01' + to_hours(CAST(b * 5 AS INTEGER)), 'Thing ' || (b % 7), 1 + b % 5, 2.5 + l,
  {buyer} FROM range(1, 601) t(b), range(2) u(l);
"""


@pytest.fixture
def asked(tmp_path):
    def ask(question, buyer):
        with duckdb.connect(str(tmp_path / "lines.duckdb")) as connection:
            connection.execute(LINES.format(buyer=buyer))
        workspace = aiser.Workspace(str(tmp_path))
        workspace.connect(str(tmp_path / "lines.duckdb"), name="lines")
        reading = read(workspace.context, question, on="lines", today=TODAY)
        assert reading.answered, reading.reason
        return reading, [tuple(row.values()) for row in workspace.sql(reading.sql, on="lines").rows()]

    return ask


def test_a_new_buyer_is_one_with_a_number(asked):
    reading, rows = asked("new buyers per month", "CASE WHEN b % 17 = 0 THEN NULL ELSE 100 + (b * b) % 200 END")
    assert sum(n for _, n in rows) == len({(b * b) % 200 for b in range(1, 601) if b % 17})
    assert "rows without BuyerID are left out" in reading.assumptions


def test_where_each_line_has_a_number_nothing_is_said(asked):
    reading, rows = asked("new buyers per month", "100 + (b * b) % 200")
    assert sum(n for _, n in rows) == len({(b * b) % 200 for b in range(1, 601)})
    assert not any("left out" in one for one in reading.assumptions)
    assert "IS NULL" not in reading.sql

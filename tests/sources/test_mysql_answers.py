"""Questions and findings on MariaDB: the same as on the SQLite file that its data comes from."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from servers import mariadb

from aiser_jupyter import Workspace

CHINOOK = Path(__file__).parents[2] / "../shared/data/business/chinook/Chinook_Sqlite.sqlite"
pytestmark = [
    pytest.mark.skipif(bool(mariadb.missing()), reason=mariadb.missing() or "MariaDB is there"),
    pytest.mark.skipif(not CHINOOK.is_file(), reason="the Chinook sample is not here"),
]


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Chinook on MariaDB, and the file."""
    server = mariadb.MariaDB()
    mariadb.load_sqlite(server, CHINOOK.resolve(), "chinook")
    mine, lite = Workspace(tmp_path_factory.mktemp("my")), Workspace(tmp_path_factory.mktemp("lite"))
    mine.connect(f"mysql://test@127.0.0.1:{server.port}/chinook", "chinook")
    lite.connect(CHINOOK.resolve(), "chinook")
    yield mine, lite
    mine.context.sources.get("chinook").close()
    server.remove()


@pytest.mark.parametrize(
    "question",
    [
        "top 5 customers by revenue",
        "revenue by country",
        "how many tracks are there",
        "revenue per month in 2022",
        "total sales by quarter",
        "average invoice total by billing country in 2022",
        "top 3 genres by number of tracks",
        "which artists have more than 10 albums",
        "total sales by year",
        "longest track",
        "monthly revenue growth",
        "customers without invoices",
        "employees hired after 2003",
        "share of revenue by country",
    ],
)
def test_an_answer_is_the_same_as_on_the_file(pair, question):
    mine, lite = (ws.ask(question) for ws in pair)
    assert mine.answered
    assert lite.answered
    assert mine.dialect == "mysql"
    assert _rows(mine) == _rows(lite)
    assert _rows(mine) == sorted(_plain(row) for row in pair[0].sql(mine.sql).rows(1000))
    assert "«" not in mine.restated


def test_tables_and_descriptions(pair):
    mine, lite = (ws.tables() for ws in pair)
    assert str(mine).splitlines()[1:] == str(lite).splitlines()[1:]
    told = str(pair[0].describe("Invoice"))
    assert "Invoice: 412 rows" in told
    assert "→ Customer.CustomerId" in told


@pytest.mark.parametrize("table", ["Track", "Invoice"])
def test_findings_are_the_same_as_on_the_file(pair, table):
    mine, lite = (ws.discover(table) for ws in pair)
    assert [finding.title for finding in mine] == [finding.title for finding in lite]
    for finding in mine:
        assert pair[0].sql(finding.sql).rows(3)


def _rows(answer):
    return sorted(_plain(row) for row in answer.result.rows(1000))


def _plain(row):
    """Values as both engines give them: SQLite keeps days as text and decimals as doubles."""
    return tuple(map(_one, row.values()))


def _one(value):
    if isinstance(value, date | datetime):
        return str(value)[:10]
    if value is None or isinstance(value, str):
        return "" if value is None else value[:10] if value[10:] == " 00:00:00" else value
    return f"{float(value):.6g}"

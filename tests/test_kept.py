from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.clock import Clock
from aiser_jupyter.errors import UsageError


@pytest.fixture
def ws(tmp_path):
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE orders AS SELECT range AS id, range * 10 AS amount FROM range(5)")
    ws = Workspace(tmp_path, clock=Clock(datetime(2026, 11, 20, 6, tzinfo=UTC)))
    ws.connect(tmp_path / "shop.duckdb", "shop")
    yield ws
    ws.close()
    ws.context.state.close()


def test_history_is_searched_starred_and_run_again(ws):
    ws.sql("SELECT sum(amount) AS revenue FROM orders").rows()
    ws.sql("SELECT count(*) AS n FROM orders WHERE id > :least", params={"least": 2}).rows()
    ws.catalog()
    assert len(ws.history().rows) == 2
    ((*_, sql, number, star),) = ws.history(search="REVENUE").rows
    assert (star, sql) == ("", "SELECT sum(amount) AS revenue FROM orders")
    ws.star(number)
    assert [row[6:] for row in ws.history(favourites=True).rows] == [(number, "★")]
    again = ws.rerun(number)
    assert (again.cached, again.rows()) == (True, [{"revenue": 100}])
    assert ws.history(1).rows[0][2] == "cached"
    other = ws.history(search="least").rows[0][6]
    with pytest.raises(UsageError, match=":least has no value"):
        ws.rerun(other)
    assert ws.rerun(other, {"least": 3}).rows() == [{"n": 1}]
    assert ws.history(on="nowhere").rows == ws.history(status="deadline").rows == []


def test_what_was_kept_without_values_is_not_run_again(ws, tmp_path, monkeypatch):
    monkeypatch.setenv("AISER_CONNECTIONS", '{"shop": {"url": "shop.duckdb", "copy": "metadata"}}')
    governed = Workspace(tmp_path)
    governed.connect(tmp_path / "shop.duckdb", "shop")
    governed.sql("SELECT * FROM orders WHERE id = 3", on="shop").rows()
    number = governed.history().rows[0][6]
    with pytest.raises(UsageError, match="keeps no values") as caught:
        governed.rerun(number)
    assert "save_query" in caught.value.hint
    governed.close()


def test_a_saved_query_runs_by_name(ws, tmp_path):
    path = ws.save_query("large", "SELECT id FROM orders WHERE amount >= :least ORDER BY 1", on="shop", description="large orders")
    assert path.read_text().splitlines()[:3] == ["-- on: shop", "-- description: large orders", "-- params: least"]
    assert ws.query("large", {"least": 30}).rows() == [{"id": 3}, {"id": 4}]
    assert ws.query("large", {"least": 30}).cached
    assert not ws.query("large", {"least": 30}, fresh=True).cached
    assert ws.queries().rows == [("large", "shop", "large orders", "least", "SELECT id FROM orders WHERE amount >= :least ORDER BY 1")]
    with pytest.raises(UsageError, match="already"):
        ws.save_query("large", "SELECT 1")


def test_an_extract_is_a_table_with_its_freshness(ws, tmp_path):
    made = ws.materialize("daily", "SELECT sum(amount) AS total FROM orders", on="shop", refresh="0 7 * * *", zone="UTC")
    assert (made.rows, made.status) == (1, "refreshed")
    assert ws.sql("SELECT total FROM daily").rows() == [{"total": 100}]
    assert ws.materialized().rows[0][:5] == ("daily", 1, "fresh as of 06:00 today", "0 7 * * *", "shop")
    later = Workspace(tmp_path, clock=Clock(datetime(2026, 11, 20, 8, tzinfo=UTC)))
    assert later.materialized().rows[0][2] == "stale: due 07:00 today, as of 06:00 today"
    later.connect(tmp_path / "shop.duckdb", "shop")
    assert later.refresh("daily").status == "unchanged"
    assert later.materialized().rows[0][2] == "fresh as of 08:00 today"
    assert later.context.clock.now() - made.checked_at == timedelta(hours=2)
    later.close()
    later.context.state.close()


def test_counts_are_there_from_the_start(ws):
    ws.sql("SELECT 1 AS one").rows()
    assert 'aiser_queries_total{connection="shop",engine="duckdb",origin="user",status="done"} 1.0' in ws.metrics()

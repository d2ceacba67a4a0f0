from __future__ import annotations

import dataclasses
import sqlite3
import threading
import time

import duckdb
import pandas as pd
import pytest

from aiser_jupyter.errors import CancelledError, DeadlineError, UnknownNameError, UsageError
from aiser_jupyter.policy import Policy, Role
from aiser_jupyter.query import run
from aiser_jupyter.query.governed import under
from aiser_jupyter.sources.duckdb import DuckDBSource
from aiser_jupyter.sources.sqlite import SQLiteSource


@pytest.fixture
def shops(context, tmp_path):
    """Beside `duck` and `lite`: `sales`, a DuckDB file with 20,000 rows in seven countries, and `desk` in SQLite with their targets."""
    path = tmp_path / "sales.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            "CREATE TABLE sales AS SELECT i AS id, ['de', 'fr', 'it', 'es', 'pt', 'nl', NULL][i % 7 + 1] AS country, i % 100 AS quantity, "
            "(i % 13)::DOUBLE AS price, DATE '2024-01-01' + (i % 365)::INT AS day, 'note ' || i AS note FROM range(20000) t(i)"
        )
    desk = tmp_path / "desk.db"
    with sqlite3.connect(desk) as connection:
        connection.executescript(
            "CREATE TABLE targets (Country TEXT, target INTEGER, note TEXT); "
            "INSERT INTO targets VALUES ('de', 10, 'a'), ('fr', 20, 'b'), ('xx', 30, 'c'), (NULL, 40, 'd');"
        )
    connection.close()
    context.sources.add(SQLiteSource("desk", desk))
    context.sources.add(DuckDBSource("sales", path))
    return context


def with_settings(context, **knobs):
    return dataclasses.replace(context, settings=context.settings.model_copy(update=knobs))


def naive(context, sql, **more):
    return run(with_settings(context, pushdown=False, cache=False), sql, **more)


STATEMENTS = [
    "SELECT t.country, t.target, sum(s.quantity) AS n FROM sales.sales s JOIN desk.targets t ON t.country = s.country GROUP BY ALL ORDER BY 1",
    "SELECT t.country, r.n FROM (SELECT country, count(*) AS n FROM sales.sales GROUP BY 1) r JOIN desk.targets t ON t.country = r.country ORDER BY 1",
    "SELECT count(*) AS n FROM sales.sales s JOIN desk.targets t ON t.country = s.country WHERE t.target <= 10",
    "SELECT t.country, s.n FROM desk.targets t LEFT JOIN (SELECT country, count(*) AS n FROM sales.sales WHERE quantity > 50 GROUP BY 1) s ON s.country = t.country ORDER BY t.target",
    "SELECT count(*) AS n FROM sales.sales WHERE country IN (SELECT country FROM desk.targets WHERE target < 25)",
    "SELECT count(*) AS n FROM sales.sales WHERE country NOT IN (SELECT country FROM desk.targets WHERE target < 25)",
    "SELECT count(*) AS n FROM sales.sales WHERE country NOT IN (SELECT country FROM desk.targets)",
    "SELECT t.target, s.id FROM desk.targets t FULL JOIN (SELECT * FROM sales.sales WHERE id < 5) s ON s.country = t.country ORDER BY ALL",
    "WITH big AS (SELECT country, sum(quantity) AS n FROM sales.sales GROUP BY 1) SELECT t.*, (SELECT max(n) FROM big) AS most FROM desk.targets t ORDER BY target",
    "SELECT country FROM sales.sales UNION SELECT Country FROM desk.targets ORDER BY 1",
    "SELECT s.country, row_number() OVER (ORDER BY s.country, s.day, s.id) AS i FROM sales.sales s SEMI JOIN desk.targets t ON t.country = s.country QUALIFY i <= 3 ORDER BY i",
    "SELECT t.country, (SELECT count(*) FROM sales.sales s WHERE s.country = t.country AND s.quantity > 98) AS n FROM desk.targets t ORDER BY t.target",
    "SELECT * FROM desk.targets, (SELECT min(day) AS first FROM sales.sales) ORDER BY target",
    "SELECT a.id, b.target FROM sales.sales a, desk.targets b WHERE a.country = b.country AND a.id < 20 AND b.note <> 'a' ORDER BY 1",
    "SELECT s.id FROM sales.sales s ANTI JOIN desk.targets t ON t.country = s.country AND t.target > 15 WHERE s.id < 9 ORDER BY 1",
    "SELECT c.name, s.quantity FROM customers c JOIN sales.sales s ON s.id = c.id JOIN artist a ON a.artist_id = c.id ORDER BY 1",
]


@pytest.mark.parametrize("sql", STATEMENTS)
def test_pushing_down_changes_no_row(shops, sql):
    pushed, plain = run(shops, sql), naive(shops, sql)
    assert pushed.rows() == plain.rows()
    assert pushed.columns == plain.columns
    assert pushed.row_count > 0 or "NOT IN" in sql
    assert pushed.route["engine"] == "federated"
    assert sum(part["rows"] for part in pushed.route["pushed"]) <= sum(part["rows"] for part in plain.route["pushed"])


def test_a_route_tells_what_each_connection_did(shops):
    result = run(shops, STATEMENTS[2])
    assert result.rows() == [{"n": 2858}]
    assert result.source == "sales + desk"
    targets, sales = result.route["pushed"]
    assert targets == {"source": "desk", "sql": 'SELECT "Country", "target" FROM "targets" WHERE "target" <= 10', "rows": 1}
    assert sales == {"source": "sales", "sql": 'SELECT "country" FROM "sales" WHERE "country" IN (\'de\')', "rows": 2858}
    assert "sales and desk" in result.route["reason"]
    assert "22,000" not in result.route["reason"]
    assert result.route["alternatives"][0].startswith("fetch every table whole: about ")


def test_an_aggregate_of_one_connection_runs_there(shops):
    result = run(shops, STATEMENTS[1])
    assert result.rows() == [{"Country": "de", "n": 2858}, {"Country": "fr", "n": 2857}]
    by_source = {part["source"]: part for part in result.route["pushed"]}
    assert by_source["sales"]["sql"].startswith('SELECT "country", count(*) AS "n" FROM "sales"')
    assert by_source["sales"]["rows"] == 7


def test_pushdown_can_be_switched_off(shops):
    parts = naive(shops, STATEMENTS[2]).route["pushed"]
    assert {(part["source"], part["sql"], part["rows"]) for part in parts} == {
        ("sales", 'SELECT * FROM "sales"', 20_000),
        ("desk", 'SELECT * FROM "targets"', 4),
    }


def test_route_direct_joins_nothing(shops):
    with pytest.raises(UsageError, match="sales and desk"):
        run(with_settings(shops, route="direct"), STATEMENTS[2])


def test_the_sql_of_a_result_runs_again(shops):
    result = run(
        shops,
        "SELECT count(*) AS n FROM sales.sales s JOIN desk.targets t ON t.country = s.country WHERE s.day >= :since",
        params={"since": pd.Timestamp("2024-06-01").date()},
    )
    assert ":since" not in result.sql
    assert run(shops, result.sql).rows() == result.rows()


def test_parameters_reach_every_part(shops):
    sql = "SELECT s.id, :label AS label FROM sales.sales s JOIN desk.targets t ON t.country = s.country WHERE s.quantity = :q AND t.target <= :most AND s.id < 500 ORDER BY 1"
    params = {"q": 7, "most": 15, "label": "it's"}
    result = run(shops, sql, params=params)
    assert result.rows() == naive(shops, sql, params=params).rows() != []
    assert any(":q" in part["sql"] or "$q" in part["sql"] for part in result.route["pushed"])
    with pytest.raises(UsageError, match=":most"):
        run(shops, sql, params={"q": 7, "label": ""})


def test_frames_and_results_join_in(shops):
    frame = pd.DataFrame({"country": ["de", "xx"], "weight": [2, 3]})
    named = run(shops, "SELECT country, target FROM desk.targets")
    seeing = dataclasses.replace(shops, resolver={"weights": frame, "named": named}.get)
    sql = "SELECT s.country, count(*) AS n, max(weight) AS w, max(named.target) AS t FROM sales.sales s JOIN weights USING (country) JOIN desk.targets d USING (country) JOIN named USING (country) GROUP BY 1"
    assert run(seeing, sql).rows() == [{"country": "de", "n": 2858, "w": 2, "t": 10}]


def test_a_bare_name_on_several_connections_is_asked_back(shops, tmp_path):
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE targets (country TEXT)")
    connection.close()
    shops.sources.add(SQLiteSource("other", other))
    shops.sources.default = "sales"
    with pytest.raises(UsageError, match=r"targets is a table of desk and of other") as caught:
        run(shops, "SELECT * FROM targets JOIN sales ON true")
    assert "desk.targets" in caught.value.hint
    assert run(shops, "SELECT count(*) AS n FROM desk.targets").rows() == [{"n": 4}]


def test_unknown_tables_are_named_with_the_nearest(shops):
    with pytest.raises(UnknownNameError) as caught:
        run(shops, "SELECT * FROM sales.sales JOIN desk.target USING (country)")
    assert caught.value.candidates[0] == "desk.targets"


def test_a_prefixed_statement_over_one_engine_of_ours_runs_there(shops):
    result = run(shops, "SELECT count(*) AS n FROM duck.orders o JOIN duck.main.customers c ON c.id = o.customer_id")
    assert (result.rows(), result.source, result.route["engine"]) == ([{"n": 3}], "duck", "duckdb")
    assert result.sql == 'SELECT count(*) AS "n" FROM "orders" AS "o" JOIN "customers" AS "c" ON "c"."id" = "o"."customer_id"'


def test_what_may_mean_something_else_is_done_here(shops):
    # SQLite divides integers to an integer; DuckDB's statement asks for a fraction.
    result = run(shops, "SELECT 1 / 2 AS half, count(*) AS n FROM desk.targets")
    assert result.rows() == [{"half": 0.5, "n": 4}]
    assert result.route["engine"] == "federated"


def test_hidden_tables_stay_hidden(shops):
    policy = Policy((Role("anybody", frozenset({"*"}), default="allow", deny=frozenset({"targets"})),))
    with pytest.raises(UnknownNameError, match="targets"):
        run(under(shops, policy, shops.identity), STATEMENTS[0])


def test_history_keeps_one_record_of_the_whole(shops):
    result = run(shops, STATEMENTS[0])
    result.rows()
    entry = shops.state.history(1)[0]
    assert (entry.connection, entry.status, entry.rows, entry.engine) == ("sales + desk", "done", result.row_count, "federated")
    assert entry.sql == STATEMENTS[0]


def test_what_may_be_kept_is_what_the_strictest_connection_allows(shops):
    from aiser_jupyter.settings import Profile

    shops = with_settings(shops, connections={"desk": Profile(url="sqlite:///desk.db", copy="metadata")})
    run(shops, "SELECT count(*) AS n FROM sales.sales s JOIN desk.targets t ON t.country = s.country WHERE t.note = 'canary'").rows()
    assert "canary" not in shops.state.history(1)[0].sql


CROSS = "sales.sales a, sales.sales b, sales.sales c"
ENDLESS = f"SELECT count(*) FROM {CROSS}, desk.targets t WHERE (a.id * b.id + c.id) % 7 = t.target"
SLOW_PART = f"SELECT * FROM desk.targets t JOIN (SELECT count(*) AS n FROM {CROSS} WHERE (a.id * b.id + c.id) % 7 = 3) s ON s.n = t.target"


@pytest.mark.parametrize("sql", [ENDLESS, SLOW_PART])
def test_the_deadline_reaches_every_part(shops, sql):
    began = time.monotonic()
    with pytest.raises(DeadlineError):
        run(shops, sql, timeout=0.6).rows()
    assert time.monotonic() - began < 2.5
    assert run(shops, "SELECT count(*) AS n FROM sales.sales").rows() == [{"n": 20_000}]


def test_a_cancelled_source_ends_the_whole(shops):
    threading.Timer(0.5, shops.sources.get("sales").cancel).start()
    began = time.monotonic()
    with pytest.raises(CancelledError):
        run(shops, SLOW_PART, timeout=20).rows()
    assert time.monotonic() - began < 3
    assert run(shops, STATEMENTS[2]).rows() == [{"n": 2858}]


def test_cursors_are_given_back(shops):
    result = run(shops, STATEMENTS[0])
    result.rows()
    sales, desk = shops.sources.get("sales"), shops.sources.get("desk")
    assert len(sales._cursors) == len(desk._cursors) == 0
    threads = sum(thread.name != "aiser-idle" for thread in threading.enumerate())
    for _ in range(5):
        run(with_settings(shops, cache=False), STATEMENTS[2]).rows()
    assert sum(thread.name != "aiser-idle" for thread in threading.enumerate()) <= threads + 1
    assert len(sales._cursors) == len(desk._cursors) == 0


def test_a_table_added_meanwhile_is_found(shops, tmp_path):
    run(shops, STATEMENTS[2]).rows()
    with sqlite3.connect(tmp_path / "desk.db") as connection:
        connection.execute("CREATE TABLE later (country TEXT)")
        connection.execute("INSERT INTO later VALUES ('de')")
    connection.close()
    assert run(shops, "SELECT count(*) AS n FROM sales.sales JOIN desk.later USING (country)").rows() == [{"n": 2858}]


def test_explain_says_that_it_is_for_one_connection(shops):
    with pytest.raises(UsageError, match="EXPLAIN works on one connection"):
        run(shops, "EXPLAIN " + STATEMENTS[2])


@pytest.mark.parametrize("worker", ["auto", "always"])
def test_what_the_user_did_not_write_runs_by_parts_in_processes_of_their_own(shops, worker):
    apart = with_settings(shops, worker=worker, cache=False)
    result = run(apart, STATEMENTS[2], origin="ask" if worker == "auto" else "user")
    assert result.rows() == [{"n": 2858}]
    with pytest.raises(DeadlineError):
        run(apart, SLOW_PART, origin="ask", timeout=1.5).rows()


def test_a_server_that_takes_no_part_gives_the_table_whole(shops, monkeypatch):
    from aiser_jupyter.query import pushdown

    # A condition that the source refuses stands for any part that we wrote wrongly.
    checked = pushdown.checked
    monkeypatch.setattr(pushdown, "checked", lambda tree, dialect: checked(tree, dialect).replace('"target" <= 10', "no_such(target)"))
    result = run(shops, STATEMENTS[2])
    assert result.rows() == [{"n": 2858}]
    failed = next(part for part in result.route["pushed"] if "fallback" in part)
    assert (failed["source"], failed["rows"]) == ("desk", None)
    assert "no_such" in failed["fallback"]


def test_a_broken_part_says_which_table(shops, tmp_path):
    (tmp_path / "desk.db").unlink()
    with pytest.raises(Exception, match=r"(?i)sqlite|open|file") as caught:
        run(with_settings(shops, cache=False), STATEMENTS[2])
    assert type(caught.value).__module__ == "aiser_jupyter.errors"


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "WITH orders AS (SELECT 7 AS x) SELECT x, count(o.order_id) AS n FROM orders JOIN duck.orders o ON true GROUP BY 1",
            [{"x": 7, "n": 3}],
        ),
        ("WITH orders AS (SELECT order_id FROM duck.orders WHERE order_id > 1) SELECT count(*) AS n FROM orders", [{"n": 2}]),
        (
            "WITH targets AS (SELECT 1 AS one) SELECT count(*) AS n FROM targets, desk.targets t, (WITH sales AS (SELECT 2 AS x) SELECT x FROM sales, sales.sales s WHERE s.id < 3) q",
            [{"n": 12}],
        ),
    ],
)
def test_a_with_may_have_the_name_of_a_table(shops, sql, expected):
    assert run(shops, sql).rows() == expected


def test_parts_of_chance_are_drawn_here(shops):
    sql = "SELECT count(*) AS n FROM (SELECT random() AS r FROM sales.sales) a JOIN (SELECT random() AS r FROM sales.sales) b ON a.r = b.r, desk.targets"
    result = run(shops, sql)
    assert result.rows()[0]["n"] < 1000  # the same draw twice would meet itself in each of 20,000 rows
    assert not any("random" in part["sql"] for part in result.route["pushed"])


def test_a_column_of_the_query_around_it_is_no_alias(shops):
    sql = "SELECT t.target AS quantity FROM desk.targets t WHERE EXISTS (SELECT s.id AS target FROM sales.sales s WHERE s.id < 15 AND target > 15) ORDER BY 1"
    assert run(shops, sql).rows() == naive(shops, sql).rows()

# ruff: noqa: DTZ001  # tables hold moments without a zone

from __future__ import annotations

import _thread
import dataclasses
import datetime as dt
import gc
import threading
import time

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from aiser_jupyter.errors import CancelledError, DeadlineError, QueryError, RefusedError, UnknownNameError, UsageError
from aiser_jupyter.policy import Policy, Role
from aiser_jupyter.query import road, run
from aiser_jupyter.query.governed import under
from aiser_jupyter.query.workers import WorkerCursor
from aiser_jupyter.sources.duckdb import DuckDBSource

ENDLESS = {
    "duck": "SELECT count(*) FROM range(10000000000) a, range(100000) b",
    "lite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
}


@pytest.mark.parametrize(
    ("on", "sql", "params", "rows"),
    [
        ("duck", "SELECT name FROM customers WHERE id = :id", {"id": 2}, [{"name": "Bob"}]),
        ("lite", "SELECT title FROM album WHERE artist_id = :id ORDER BY 1", {"id": 1}, [{"title": "Rock"}, {"title": "Roll"}]),
        ("duck", "SELECT ':id' AS a, :id::INT AS b, [1, 2, 3][1:2] AS c -- :id", {"id": 5}, [{"a": ":id", "b": 5, "c": [1, 2]}]),
        ("duck", "SELECT name FROM customers WHERE name IN (:a, :b) ORDER BY 1", {"a": "Ann", "b": "x' OR 1=1 --"}, [{"name": "Ann"}]),
    ],
)
def test_binds_parameters(context, on, sql, params, rows):
    assert run(context, sql, on=on, params=params).rows() == rows


@pytest.mark.parametrize("on", ["duck", "lite"])
@pytest.mark.parametrize(
    "value",
    [
        1,
        2.5,
        "it's",
        dt.date(2026, 1, 5),
        dt.datetime(2026, 1, 5, 10),
        True,
        None,
        np.int64(3),
        np.float64(0.5),
        np.datetime64("2026-01-05T10:00:00.5"),
    ],
    ids=str,
)
def test_the_sql_of_a_result_runs_again_without_parameters(context, on, value):
    result = run(context, "SELECT :v AS v, 1 AS n WHERE :v IS NULL OR :v = :v", on=on, params={"v": value})
    again = run(context, result.sql, on=on)
    assert ":v" not in result.sql
    assert "$v" not in result.sql
    assert again.rows() == result.rows()
    assert len(again.rows()) == 1


@pytest.mark.parametrize(
    ("sql", "params", "hint"),
    [
        ("SELECT :since", {"sinse": 1}, "Did you mean 'sinse'"),
        ("SELECT :since", None, "--param since"),
        ("SELECT 1", {"since": 1}, "no parameters"),
        ("SELECT :since", {"since": 1, "sinced": 2}, ":since"),
    ],
)
def test_names_missing_and_unused_parameters(context, sql, params, hint):
    with pytest.raises(UsageError) as caught:
        run(context, sql, params=params)
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("on", "sql", "candidates", "where"),
    [
        ("duck", "SELECT *\nFROM ordrs", ("orders",), "line 2: FROM ordrs\n             ^^^^^"),
        ("duck", "SELECT o.amont FROM orders o", ("amount",), "line 1: SELECT o.amont FROM orders o\n                 ^^^^^"),
        ("duck", "SELECT 'nme' AS x, nme FROM customers", ("name",), "line 1: SELECT 'nme' AS x, nme FROM customers\n" + " " * 27 + "^^^"),
        ("lite", "SELECT titel FROM album", ("title",), "line 1: SELECT titel FROM album\n               ^^^^^"),
        ("lite", "SELECT 1 FROM albums", ("album",), "line 1: SELECT 1 FROM albums\n                      ^^^^^^"),
    ],
)
def test_unknown_names_come_with_the_nearest_and_a_mark(context, on, sql, candidates, where):
    with pytest.raises(UnknownNameError) as caught:
        run(context, sql, on=on)
    assert caught.value.candidates[: len(candidates)] == candidates
    assert caught.value.where == where
    assert len(str(caught.value).splitlines()) <= 4


def test_other_engine_errors_are_one_line(context):
    with pytest.raises(QueryError) as caught:
        run(context, "SELECT CAST(name AS INTEGER) FROM customers", on="duck").rows()
    assert "Ann" in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    "sql", ["DELETE FROM orders", "SELECT 1; SELECT 2", "INSERT INTO orders VALUES (9)", "selec 1", "", "COPY orders TO 'x.csv'"]
)
@pytest.mark.parametrize("on", ["duck", "lite"])
def test_refuses_what_does_not_only_read(context, on, sql):
    with pytest.raises(RefusedError):
        run(context, sql, on=on)
    assert context.state.history(1)[0].status == "refused"


def test_hidden_tables_are_refused(context):
    policy = Policy((Role("anybody", frozenset({"*"}), default="allow", deny=frozenset({"orders"})),))
    governed = under(context, policy, context.identity)
    with pytest.raises(RefusedError, match="no table orders"):
        run(governed, "SELECT count(*) FROM orders")
    assert run(governed, "SELECT count(*) AS n FROM customers").rows() == [{"n": 2}]


@pytest.mark.parametrize("on", ["duck", "lite"])
def test_stops_at_the_deadline_and_stays_usable(context, on):
    began = time.monotonic()
    with pytest.raises(DeadlineError, match=r"0\.4 s"):
        run(context, ENDLESS[on], on=on, timeout=0.4).rows()
    assert time.monotonic() - began < 1.4
    assert run(context, "SELECT 7 AS x", on=on).rows() == [{"x": 7}]
    assert context.state.history(2)[1].status == "deadline"


@pytest.mark.parametrize("on", ["duck", "lite"])
def test_another_thread_cancels(context, on):
    source = context.sources.get(on)
    threading.Timer(0.3, source.cancel).start()
    began = time.monotonic()
    with pytest.raises(CancelledError):
        run(context, ENDLESS[on], on=on, timeout=20).rows()
    assert time.monotonic() - began < 1.3
    assert run(context, "SELECT 7 AS x", on=on).rows() == [{"x": 7}]
    assert context.state.history(2)[1].status == "cancelled"


@pytest.mark.parametrize("on", ["duck", "lite"])
def test_keyboard_interrupt_stops_the_engine(context, on):
    threading.Timer(0.3, _thread.interrupt_main).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run(context, ENDLESS[on], on=on, timeout=20).rows()
    assert time.monotonic() - began < 1.3
    assert run(context, "SELECT 7 AS x", on=on).rows() == [{"x": 7}]


def test_the_deadline_counts_the_engine_not_the_reader(context):
    result = run(context, "SELECT range AS i FROM range(500000)", on="duck", timeout=0.5)
    assert len(result.rows(5)) == 5
    time.sleep(0.7)
    assert result.row_count == 500_000


def test_runs_each_query_once(context):
    runs = []
    source = context.sources.get("duck")
    cursor = source.cursor

    def counted():
        made = cursor()
        begin = made.run
        made.run = lambda *args: (runs.append(args[0]), begin(*args))[1]
        return made

    source.cursor = counted
    result = run(context, "SELECT * FROM orders", on="duck")
    result.rows(1), result._repr_html_(), repr(result), result.df(), result.polars(), result.arrow(), result.row_count
    assert runs == ['SELECT * FROM "orders"']
    assert [entry.sql for entry in context.state.history()] == ["SELECT * FROM orders"]


def test_tells_history_and_events_how_it_ended(context):
    told = []
    context.events.listen(told.append)
    run(context, "SELECT * FROM orders", on="duck", origin="ask").rows()
    with pytest.raises(UnknownNameError):
        run(context, "SELECT * FROM nothing", on="duck")
    failed, done = context.state.history()
    assert (done.status, done.rows, done.origin, done.connection) == ("done", 3, "ask", "duck")
    assert (failed.status, failed.error) == ("failed", "There is no table 'nothing'.")
    assert [event.kind for event in told] == ["query.done", "query.failed"]


def test_streams_interleave_on_one_connection(context):
    first = run(context, "SELECT range AS i FROM range(300000)", on="duck")
    second = run(context, "SELECT range AS i FROM range(300000)", on="duck")
    assert first.rows(2) == second.rows(2) == [{"i": 0}, {"i": 1}]
    assert run(context, "SELECT count(*) AS n FROM orders", on="duck").rows() == [{"n": 3}]
    assert second.row_count == first.row_count == 300_000


def test_a_forgotten_result_gives_its_place_back(context):
    source = context.sources.get("duck")
    result = run(context, "SELECT range AS i FROM range(3000000)", on="duck")
    result.rows(1)
    assert len(source._cursors) == 1
    del result
    gc.collect()
    assert len(source._cursors) == 0


FRAME = pd.DataFrame({"id": [1, 2], "city": ["Rome", "Oslo"]})


@pytest.mark.parametrize(
    "frame", [FRAME, pl.from_pandas(FRAME), pl.from_pandas(FRAME).lazy(), pa.Table.from_pandas(FRAME)], ids=lambda f: type(f).__name__
)
def test_frames_are_tables(sees, frame):
    context = sees(cities=frame, number=5)
    result = run(context, "SELECT name, city FROM customers JOIN cities USING (id) ORDER BY 1")
    assert result.rows() == [{"name": "Ann", "city": "Rome"}, {"name": "Bob", "city": "Oslo"}]
    assert run(context, "SELECT city FROM cities WHERE id = :i", params={"i": 2}).rows() == [{"city": "Oslo"}]


def test_frames_alone_run_where_frames_can(sees):
    context = sees(cities=FRAME)
    context.sources.remove("duck")
    result = run(context, "SELECT count(*) AS n FROM cities")
    assert result.rows() == [{"n": 2}]
    assert result.route == {"engine": "duckdb", "reason": "data frames live on the workspace's own engine", "alternatives": []}
    assert context.sources.default == "lite"
    joined = run(context, "SELECT title, city FROM album JOIN cities ON id = album_id ORDER BY 1")
    assert joined.rows() == [{"title": "Rock", "city": "Rome"}, {"title": "Roll", "city": "Oslo"}]
    apart = dataclasses.replace(context, settings=context.settings.model_copy(update={"route": "direct"}))
    with pytest.raises(UsageError, match="cannot be joined"):
        run(apart, "SELECT * FROM album JOIN cities ON id = album_id")


def test_a_result_is_a_table_and_a_table_wins_over_a_frame(sees, context):
    albums = run(context, "SELECT * FROM album", on="lite")
    seeing = sees(albums=albums, customers=FRAME)
    assert run(seeing, "SELECT max(title) AS t FROM albums").rows() == [{"t": "War"}]
    assert run(seeing, "SELECT * FROM customers").columns == ["id", "name"]
    assert run(seeing, "SELECT * FROM customers", frames={"customers": FRAME}).columns == ["id", "city"]


def test_a_frame_is_seen_by_its_own_statement_alone(context):
    assert run(context, "SELECT count(*) AS n FROM df", frames={"df": FRAME}).rows() == [{"n": 2}]
    with pytest.raises(UnknownNameError):
        run(context, "SELECT * FROM df")


def test_named_index_and_plain_columns(context):
    grouped = FRAME.groupby("city").sum()
    assert run(context, "SELECT city FROM g ORDER BY id", frames={"g": grouped}).rows() == [{"city": "Rome"}, {"city": "Oslo"}]
    numbered = pd.DataFrame([[1, 2]])
    assert run(context, 'SELECT "0" AS a FROM g', frames={"g": numbered}).rows() == [{"a": 1}]


def test_goes_where_the_tables_are(context):
    result = run(context, "SELECT count(*) AS n FROM album")
    assert (result.source, result.rows(), result.route["reason"]) == ("lite", [{"n": 3}], "its tables are there")
    assert run(context, "SELECT count(*) AS n FROM orders").source == "duck"
    with pytest.raises(UsageError, match="no connection named 'duk'"):
        run(context, "SELECT 1", on="duk")


def test_lineage_names_source_columns(context):
    result = run(
        context,
        "SELECT c.name, sum(o.amount) * 2 AS total, count(*) AS n FROM orders o JOIN customers c ON c.id = o.customer_id GROUP BY 1",
    )
    assert result.lineage == {"name": ("customers.name",), "total": ("orders.amount",), "n": ()}


def test_explain_and_describe_run(context):
    assert run(context, "EXPLAIN SELECT * FROM orders", on="duck").row_count >= 1
    assert [row["column_name"] for row in run(context, "DESCRIBE orders", on="duck").rows()] == ["order_id", "customer_id", "day", "amount"]


def test_a_function_that_heeds_no_interrupt_is_left_behind(context):
    began = time.monotonic()
    with pytest.raises(DeadlineError):
        run(context, "SELECT levenshtein(repeat('ab', 20000), repeat('ba', 20000))", on="duck", timeout=0.3).rows()
    assert time.monotonic() - began < 1.5
    assert run(context, "SELECT 7 AS x", on="duck").rows() == [{"x": 7}]


def test_a_data_file_of_the_workspace_stands_for_a_table(context, tmp_path):
    (tmp_path / "cities.csv").write_text("id,city\n1,Rome\n2,Oslo\n")
    sql = "SELECT name, city FROM customers JOIN 'cities.csv' c USING (id) ORDER BY 1"
    assert run(context, sql).rows() == [{"name": "Ann", "city": "Rome"}, {"name": "Bob", "city": "Oslo"}]
    assert run(context, "SELECT count(*) AS n FROM read_csv('cities.csv')").rows() == [{"n": 2}]
    joined = run(context, "SELECT title, city FROM lite.album a JOIN 'cities.csv' c ON c.id = a.artist_id ORDER BY 1")
    assert [row["city"] for row in joined.rows()] == ["Rome", "Rome", "Oslo"]
    for origin in ("ask", "model", "mcp"):
        with pytest.raises(RefusedError, match=r"cities\.csv"):
            run(context, "SELECT * FROM 'cities.csv'", origin=origin)
    with pytest.raises(RefusedError):
        run(context, "SELECT * FROM '../secret.csv'")


def test_what_the_user_did_not_write_runs_in_a_process_of_its_own(context):
    assert run(context, "SELECT count(*) AS n FROM orders", on="duck", origin="ask").rows() == [{"n": 3}]
    never = dataclasses.replace(context, settings=context.settings.model_copy(update={"worker": "never", "cache": False}))
    always = dataclasses.replace(context, settings=context.settings.model_copy(update={"worker": "always", "cache": False}))
    made = [road._cursor(context, origin, context.sources.get("duck")) for origin in ("ask", "model", "mcp", "user", "profile")]
    assert [isinstance(cursor, WorkerCursor) for cursor in made] == [True, True, True, False, False]
    made += [road._cursor(never, "ask", context.sources.get("duck")), road._cursor(always, "user", context.sources.get("lite"))]
    assert [isinstance(cursor, WorkerCursor) for cursor in made[5:]] == [False, True]
    for cursor in made:
        cursor.close()


def test_a_kept_result_is_not_run_again(context):
    first = run(context, "SELECT count(*) AS n FROM orders", on="duck")
    assert first.rows() == [{"n": 3}]
    again = run(context, "SELECT count(*) AS n FROM orders", on="duck")
    assert (first.cached, again.cached, again.rows()) == (False, True, [{"n": 3}])
    assert not run(context, "SELECT count(*) AS n FROM orders", on="duck", fresh=True).cached
    assert [entry.cached for entry in context.state.history(3)] == [False, True, False]


def test_says_where_a_statement_of_others_cannot_run_apart(context, tmp_path):
    with duckdb.connect(str(tmp_path / "w.duckdb")) as connection:
        connection.execute("CREATE TABLE notes AS SELECT 1 AS id")
    context.sources.add(DuckDBSource("written", tmp_path / "w.duckdb", write=True))
    told = run(context, "SELECT count(*) AS n FROM notes", on="written", origin="ask").route
    assert told["worker"] is False
    assert "in this process" in str(told["reason"])
    assert "open for writing" in str(told["reason"])
    assert context.state.history(1)[0].sql.startswith("SELECT count")
    assert "worker" not in run(context, "SELECT count(*) AS n FROM notes", on="written").route
    assert "worker" not in run(context, "SELECT count(*) AS n FROM orders", on="duck", origin="ask").route


def test_says_that_a_join_over_connections_runs_here(context):
    sql = "SELECT count(*) AS n FROM duck.orders o JOIN lite.album a ON a.album_id = o.order_id"
    result = run(context, sql, origin="model")
    assert result.rows() == [{"n": 3}]
    assert (result.route["engine"], result.route["worker"]) == ("federated", False)
    assert "its parts are joined here" in str(result.route["reason"])
    assert "pushed" in result.route
    assert "worker" not in run(context, sql, fresh=True).route

from __future__ import annotations

import datetime as dt
import logging
import sqlite3
import stat
from dataclasses import replace
from decimal import Decimal

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiser_jupyter import assemble
from aiser_jupyter.clock import Clock
from aiser_jupyter.identity import Identity
from aiser_jupyter.policy import Policy, Role
from aiser_jupyter.query import cache, cache_key, guard, run
from aiser_jupyter.query.cache_volatile import FUNCTIONS, volatile
from aiser_jupyter.settings import Settings
from aiser_jupyter.sources.duckdb import DuckDBSource
from aiser_jupyter.sources.sqlite import SQLiteSource

ORDERS = "SELECT count(*) AS n FROM orders"


def denying(table):
    return Policy((Role("anybody", frozenset({"*"}), default="allow", deny=frozenset({table})),))


def again(context, sql, on="duck", **options):
    """The statement twice, read to the end: was the second from the cache?"""
    run(context, sql, on=on, **options).rows()
    return run(context, sql, on=on, **options).cached


def at(context, seconds):
    return replace(context, clock=Clock(dt.datetime(2026, 11, 21, tzinfo=dt.UTC) + dt.timedelta(seconds=seconds)))


@pytest.mark.parametrize(("on", "sql"), [("duck", ORDERS), ("lite", "SELECT title FROM album ORDER BY 1"), ("duck", "SELECT 1 AS one")])
def test_gives_the_same_rows_again_without_running(context, on, sql):
    first, second = run(context, sql, on=on), None
    rows = first.rows()
    second = run(context, sql, on=on)
    assert (first.cached, first.cached_at, second.cached) == (False, None, True)
    assert second.rows() == rows
    assert (second.sql, second.source, second.columns) == (first.sql, first.source, first.columns)
    assert second.lineage == first.lineage
    assert [entry.cached for entry in context.state.history()] == [True, False]
    assert [entry.rows for entry in context.state.history()] == [len(rows)] * 2


def test_a_shown_result_is_whole_when_it_is_short(context):
    run(context, "SELECT range AS i FROM range(1000)", on="duck")._repr_html_()
    shown = run(context, "SELECT range AS i FROM range(1000)", on="duck")._repr_html_()
    assert "first 20 of 1,000 rows · duck · from cache, 0 s old" in shown
    run(context, "SELECT range AS i FROM range(1000000)", on="duck")._repr_html_()
    assert not run(context, "SELECT range AS i FROM range(1000000)", on="duck").cached


def test_only_what_was_read_to_the_end_is_kept(context):
    part = run(context, "SELECT range AS i FROM range(500000)", on="duck")
    part.rows(10)
    part.close()
    assert not run(context, "SELECT range AS i FROM range(500000)", on="duck").cached


def test_says_how_old_it_is_and_lets_it_go(context):
    run(at(context, 0), ORDERS, on="duck").rows()
    assert "from cache, 3 min old" in run(at(context, 200), ORDERS, on="duck").text()
    assert run(at(context, 200), ORDERS, on="duck").cached_at == at(context, 0).clock.now()
    assert run(at(context, 299), ORDERS, on="duck").cached
    assert not run(at(context, 300), ORDERS, on="duck").cached
    assert not run(at(context, -1), ORDERS, on="duck").cached  # the clock was set back


def test_fresh_runs_again_and_is_kept(context):
    run(context, ORDERS, on="duck").rows()
    assert not run(context, ORDERS, on="duck", fresh=True).cached
    off = replace(context, settings=Settings(cache=False))
    run(off, ORDERS, on="duck").rows()
    assert not run(off, ORDERS, on="duck").cached


@pytest.mark.parametrize(
    ("other", "params"),
    [
        ({"identity": Identity("bob")}, {"id": 1}),
        ({"policy": denying("customers")}, {"id": 1}),
        ({}, {"id": 2}),
        ({}, {"id": 1.0}),
        ({}, {"id": True}),
        ({}, {"id": Decimal(1)}),
        ({}, {"id": "1"}),
    ],
    ids=str,
)
def test_another_user_policy_or_value_shares_nothing(context, other, params):
    sql = "SELECT order_id FROM orders WHERE customer_id = :id ORDER BY 1"
    assert again(context, sql, params={"id": 1})
    assert not run(replace(context, **other), sql, on="duck", params=params).cached


def test_the_policy_stands_before_the_cache(context):
    assert again(context, ORDERS)
    governed = replace(context, policy=denying("orders"))
    with pytest.raises(Exception, match="no table orders"):
        run(governed, ORDERS, on="duck")


@pytest.mark.parametrize(
    ("on", "sql"),
    [
        ("duck", "SELECT random() AS r"),
        ("duck", "SELECT order_id, now() AS t FROM orders"),
        ("duck", "SELECT CURRENT_DATE AS d"),
        ("duck", "SELECT current_timestamp AS d FROM orders"),
        ("duck", "SELECT * FROM orders USING SAMPLE 1"),
        ("duck", "SELECT * FROM orders TABLESAMPLE 50%"),
        ("duck", "SELECT * FROM (SELECT uuid() AS u) AS x"),
        ("duck", "EXPLAIN SELECT * FROM orders"),
        ("duck", "DESCRIBE orders"),
        ("duck", "SUMMARIZE orders"),
        ("duck", "SELECT table_name FROM duckdb_tables()"),
        ("duck", "SELECT table_name FROM information_schema.tables"),
        ("lite", "SELECT random() AS r"),
        ("lite", "SELECT date('now') AS d"),
        ("lite", "SELECT date() AS d"),
        ("lite", "SELECT strftime('%s') AS d"),
        ("lite", "SELECT CURRENT_TIMESTAMP AS d"),
        ("lite", "SELECT name FROM sqlite_master"),
    ],
)
def test_what_changes_by_itself_runs_each_time(context, on, sql):
    assert not again(context, sql, on)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 'now and then' AS \"random\", order_id FROM orders",
        'SELECT "current_date" FROM (SELECT 1 AS "current_date") AS x',
        "SELECT 'CURRENT_DATE' AS a, 'me@example.org' AS b",
        "SELECT day - INTERVAL 1 DAY AS d FROM orders",
    ],
)
def test_words_that_only_look_volatile_do_not_count(context, sql):
    assert again(context, sql)


def test_a_bound_present_counts(context):
    assert not again(context, "SELECT date(:d) AS d", "lite", params={"d": "now"})
    assert again(context, "SELECT date(:d) AS d", "lite", params={"d": "2026-01-01"})


def test_knows_every_function_that_duckdb_calls_volatile():
    sql = "SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability <> 'CONSISTENT' AND function_type IN ('scalar', 'macro', 'aggregate')"
    rows = duckdb.connect().sql(sql).fetchall()
    allowed = {name for (name,) in rows if guard.check(f"SELECT {name}()", "duckdb").allowed}
    assert len(allowed) > 5
    assert {name for name in allowed if not volatile(guard.check(f"SELECT {name}()", "duckdb"), "duckdb", {})} == set()
    assert all(not name.endswith("()") for names in FUNCTIONS.values() for name in names)


def test_frames_and_views_are_read_each_time(context, tmp_path):
    frame = pa.table({"i": [1, 2]})
    run(context, "SELECT sum(i) AS s FROM f", frames={"f": frame}).rows()
    assert not run(context, "SELECT sum(i) AS s FROM f", frames={"f": frame}).cached
    path = tmp_path / "views.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE TABLE t (i INT); CREATE VIEW v AS SELECT now() AS t, * FROM t")
    context.sources.add(DuckDBSource("views", path))
    assert again(context, "SELECT * FROM t", "views")
    assert not again(context, "SELECT * FROM v", "views")


class Blind(SQLiteSource):
    """A source that cannot tell whether its data changed."""

    version = None


def test_without_a_version_only_the_profile_says_how_old(context, tmp_path):
    context.sources.add(Blind("blind", tmp_path / "lite.db"))
    sql = "SELECT count(*) AS n FROM album"
    assert not again(context, sql, "blind")
    allowed = replace(context, settings=Settings(connections={"blind": {"url": "x", "cache_ttl_s": 60}}))
    run(at(allowed, 0), sql, on="blind").rows()
    assert run(at(allowed, 59), sql, on="blind").cached
    assert not run(at(allowed, 61), sql, on="blind").cached
    never = replace(context, settings=Settings(connections={"lite": {"url": "x", "cache_ttl_s": 0}}))
    assert not again(never, "SELECT * FROM album", "lite")


def test_a_new_table_of_a_file_replaces_what_was_kept(context):
    engine = context.sources.engine()
    engine.load("added", pa.table({"i": [1]}))
    assert again(context, "SELECT * FROM added", "files")
    engine.load("added", pa.table({"i": [2]}))
    result = run(context, "SELECT * FROM added", on="files")
    assert (result.cached, result.rows()) == (False, [{"i": 2}])


def test_a_write_through_the_road_drops_what_was_kept(context, tmp_path):
    context.sources.add(DuckDBSource("mine", tmp_path / "mine.duckdb", write=True))
    run(context, "CREATE TABLE t AS SELECT 1 AS i", on="mine", write=True).rows()
    assert again(context, "SELECT * FROM t", "mine")
    writing = run(context, "INSERT INTO t VALUES (2)", on="mine", write=True)
    assert not run(context, "SELECT * FROM t", on="mine").cached
    writing.rows()
    assert again(context, "SELECT count(*) AS n FROM t", "mine")
    assert run(context, "SELECT count(*) AS n FROM t", on="mine").rows() == [{"n": 2}]


# Bounds


def key_of(name, *, ttl=60.0, on_disk=False):
    return cache_key.Key(cache_key.digest([name]), ("shop",), ttl, lasting=True, on_disk=on_disk)


NOW = dt.datetime(2026, 11, 21, tzinfo=dt.UTC)


def table_of(bytes_):
    return pa.table({"x": pa.array(range(bytes_ // 8), pa.int64())})


def test_the_least_recently_used_goes_first():
    kept = cache.Cache(100_000)
    for name in "abcd":
        kept.put(key_of(name), table_of(24_000), NOW)
    assert kept.get(key_of("a"), NOW) is not None
    kept.put(key_of("e"), table_of(24_000), NOW)
    assert [name for name in "abcde" if kept.get(key_of(name), NOW)] == ["a", "c", "d", "e"]
    assert kept.size <= 100_000
    kept.put(key_of("f"), table_of(26_000), NOW)  # more than a quarter of the room
    assert kept.get(key_of("f"), NOW) is None
    kept.clear()
    assert (len(kept), kept.size) == (0, 0)


def test_nothing_is_kept_while_somebody_writes():
    kept = cache.Cache(100_000)
    before = kept.generation(["shop"])
    kept.begin_write("shop")
    assert kept.generation(["shop", "bank"]) is None
    kept.put(key_of("a"), table_of(80), NOW)
    assert kept.get(key_of("a"), NOW) is None
    kept.end_write("shop")
    assert kept.generation(["shop"]) not in {before, None}


# Files


@pytest.fixture
def kept_on_disk(context, monkeypatch):
    monkeypatch.setattr(cache, "WORTH_S", 0)
    context.state.folder.mkdir()
    return context, context.state.folder / "cache"


def renewed(context):
    """The same folder as another process finds it."""
    made = assemble.context(context.state.folder.parent, clock=None, resolver=None)
    made.sources.add(SQLiteSource("lite", context.sources.get("lite").path))
    return made


def test_another_process_finds_it_in_a_file_of_the_owner(kept_on_disk):
    context, folder = kept_on_disk
    sql = "SELECT title, album_id / 2.0 AS h FROM album ORDER BY 1"
    rows = run(context, sql, on="lite").rows()
    (path,) = folder.iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    later = run(renewed(context), sql, on="lite")
    assert (later.cached, later.rows()) == (True, rows)
    with sqlite3.connect(context.sources.get("lite").path) as connection:
        connection.execute("INSERT INTO album VALUES (4, 'Boy', 2)")
    connection.close()
    changed = run(renewed(context), sql, on="lite")
    assert (changed.cached, len(changed.rows())) == (False, 4)


@pytest.mark.parametrize("place", [0, 20, 44, 200, -1])
def test_a_damaged_file_is_dropped_and_made_again(kept_on_disk, place, caplog):
    context, folder = kept_on_disk
    sql = "SELECT title FROM album ORDER BY 1"
    rows = run(context, sql, on="lite").rows()
    (path,) = folder.iterdir()
    raw = bytearray(path.read_bytes())
    raw[place] ^= 0xFF
    path.write_bytes(raw)
    with caplog.at_level(logging.WARNING, "aiser_jupyter.cache"):
        again = run(renewed(context), sql, on="lite")
        assert (again.cached, again.rows()) == (False, rows)
    assert "was dropped" in caplog.text
    assert "Rock" not in caplog.text
    assert run(renewed(context), sql, on="lite").cached  # made again


def test_a_file_cut_short_is_dropped(kept_on_disk):
    context, folder = kept_on_disk
    run(context, "SELECT title FROM album", on="lite").rows()
    (path,) = folder.iterdir()
    path.write_bytes(path.read_bytes()[:30])
    assert not run(renewed(context), "SELECT title FROM album", on="lite").cached


@pytest.mark.parametrize("copy", ["metadata", "none"])
def test_no_value_is_written_where_only_metadata_may_be(kept_on_disk, copy):
    context, folder = kept_on_disk
    governed = replace(context, settings=Settings(connections={"lite": {"url": "x", "copy": copy}}))
    assert again(governed, "SELECT title AS canary4711 FROM album WHERE title <> 'canary4711'", "lite")
    context.state.close()
    assert not folder.exists()
    assert b"Rock" not in b"".join(path.read_bytes() for path in context.state.folder.rglob("*") if path.is_file())


def test_files_are_bounded_too(tmp_path):
    from aiser_jupyter.query.cache_files import Files

    (tmp_path / ".aiser").mkdir()
    files = Files(tmp_path / ".aiser" / "cache", 100_000, 3600)
    for name in "abcdef":
        files.write(name, table_of(24_000), NOW)
    assert sum(path.stat().st_size for path in files.folder.iterdir()) <= 100_000
    assert files.read("a") is None
    table, moment = files.read("f")
    assert (table, moment) == (table_of(24_000), NOW)
    Files(files.folder, 100_000, 0).write("g", table_of(80), NOW)
    assert list(files.folder.iterdir()) == []
    Files(tmp_path / "nowhere" / "cache", 100_000, 60).write("a", table_of(80), NOW)
    assert not (tmp_path / "nowhere").exists()


def test_what_was_there_at_once_is_not_worth_a_file(context):
    context.state.folder.mkdir()
    assert again(context, "SELECT title FROM album", "lite")
    assert not (context.state.folder / "cache").exists()
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000) SELECT count(*) AS n FROM n"
    assert again(context, endless, "lite")
    assert len(list((context.state.folder / "cache").iterdir())) == 1


# Never stale

STEPS = st.lists(
    st.tuples(st.sampled_from(["write", "update", "own", "read", "other", "checkpoint", "forget"]), st.integers(0, 3)),
    min_size=4,
    max_size=24,
)


def never_stale(context, name, steps, write, count):
    """Each read gives what the table holds at that moment, however writes and reads follow each other."""
    hits = 0
    for step, number in steps:
        if step in {"read", "other"}:
            sql = f"SELECT count(*) AS n, sum(i) AS s FROM t WHERE i <> {number}" if step == "read" else "SELECT i FROM t ORDER BY i"
            result = run(context, sql, on=name)
            hits += result.cached
            held = count()
            seen = result.rows()
            kept = [i for i in held if i != number]
            assert seen == ([{"n": len(kept), "s": sum(kept) if kept else None}] if step == "read" else [{"i": i} for i in held])
        elif step == "own":
            run(context, f"INSERT INTO t VALUES ({number})", on=name, write=True).rows()
        elif step == "forget":
            context.sources.get(name).version()
        else:
            write(step, number)
    return hits


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_sqlite_is_never_stale(context, tmp_path, mode):
    number = iter(range(10_000))
    hits = []

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(STEPS)
    def check(steps):
        path = tmp_path / f"{mode}{next(number)}.db"
        other = sqlite3.connect(path, isolation_level=None)
        other.execute(f"PRAGMA journal_mode = {mode}")
        other.execute("CREATE TABLE t (i INTEGER)")
        name = path.stem
        context.sources.add(SQLiteSource(name, path, write=True))
        statements = {
            "write": "INSERT INTO t VALUES ({})",
            "update": "UPDATE t SET i = {}",
            "checkpoint": "PRAGMA wal_checkpoint(TRUNCATE)",
        }
        hits.append(
            never_stale(
                context,
                name,
                steps,
                lambda step, number: other.execute(statements[step].format(number)).fetchall(),
                lambda: [row[0] for row in other.execute("SELECT i FROM t ORDER BY i").fetchall()],
            )
        )
        context.sources.remove(name)
        other.close()

    check()
    assert sum(hits) > 0


def test_duckdb_is_never_stale(context, tmp_path):
    number = iter(range(10_000))
    hits = []

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(STEPS)
    def check(steps):
        path = tmp_path / f"duck{next(number)}.duckdb"
        name = path.stem
        source = context.sources.add(DuckDBSource(name, path, write=True))
        other = source._connection.cursor()  # another connection of the same database, past the road
        other.execute("CREATE TABLE t (i INTEGER)")
        statements = {"write": "INSERT INTO t VALUES ({})", "update": "UPDATE t SET i = {}", "checkpoint": "CHECKPOINT"}
        hits.append(
            never_stale(
                context,
                name,
                steps,
                lambda step, number: other.execute(statements[step].format(number)),
                lambda: [row[0] for row in other.execute("SELECT i FROM t ORDER BY i").fetchall()],
            )
        )
        other.close()
        context.sources.remove(name)

    check()
    assert sum(hits) > 0


def test_a_file_that_was_replaced_is_not_mixed_up(context, tmp_path):
    for name, value in (("one", 1), ("two", 2)):
        with duckdb.connect(str(tmp_path / f"{name}.duckdb")) as connection:
            connection.execute(f"CREATE TABLE t AS SELECT {value} AS i")
    path = tmp_path / "shop.db"
    (tmp_path / "one.duckdb").rename(path)
    context.sources.add(DuckDBSource("shop", path))
    assert again(context, "SELECT i FROM t", "shop")
    (tmp_path / "two.duckdb").replace(path)
    assert not again(context, "SELECT i FROM t", "shop")  # the open engine reads the old file; nobody may learn that as the new one's
    context.sources.remove("shop")
    context.sources.add(DuckDBSource("shop", path))
    assert run(context, "SELECT i FROM t", on="shop").rows() == [{"i": 2}]

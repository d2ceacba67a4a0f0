from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aiser_jupyter import assemble
from aiser_jupyter.clock import Clock
from aiser_jupyter.errors import AiserError, RefusedError, SourceError, StateError, UnknownNameError, UsageError
from aiser_jupyter.query import extract_rows, run
from aiser_jupyter.query.extracts import Extracts
from aiser_jupyter.query.materialize import forget, materialize, materialized, refresh_due, renew
from aiser_jupyter.settings import Settings
from aiser_jupyter.sources.kept_file import KeptFile
from aiser_jupyter.sources.sqlite import SQLiteSource

START = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
ALBUMS = "SELECT album_id, title, artist_id FROM album"


@pytest.fixture
def shop(context):
    """A source that another program writes to, and the workspace at six o'clock."""
    writer = sqlite3.connect(context.sources.get("lite").path, isolation_level=None)
    writer.execute("CREATE TABLE sale (id INTEGER PRIMARY KEY, day TEXT, amount INTEGER)")
    writer.execute("INSERT INTO sale VALUES (1, '2026-11-18', 10), (2, '2026-11-19', 20)")
    yield writer, at(context, START)
    writer.close()


def at(context, moment):
    return replace(context, clock=Clock(moment))


def rows(context, name):
    return [tuple(row.values()) for row in run(context, f"SELECT * FROM {name} ORDER BY ALL", on="files").rows()]


def runs(context):
    return sum(entry.origin == "materialize" for entry in context.state.history())


def test_keeps_the_rows_as_a_table_of_every_process(shop):
    _, context = shop
    made = materialize(
        context, "daily", "SELECT day, sum(amount) AS total FROM sale GROUP BY day; ", on="lite", refresh="0 6 * * *", zone="UTC"
    )
    assert (made.status, made.rows, made.connection) == ("refreshed", 2, "lite")
    assert rows(context, "daily") == [("2026-11-18", 10), ("2026-11-19", 20)]
    assert run(context, "SELECT count(*) AS n FROM daily").rows() == [{"n": 2}]
    assert runs(context) == 1
    other = assemble.context(context.state.folder.parent, clock=None, resolver=None)
    assert rows(other, "daily") == rows(context, "daily")
    assert [extract.name for extract in materialized(other)] == ["daily"]


def test_rows_that_are_gone_are_read_again_though_the_source_is_unchanged(shop):
    _, context = shop
    materialize(context, "daily", "SELECT day, amount FROM sale", on="lite")
    for file in (context.state.folder / "data").glob("daily-*.parquet"):
        file.unlink()
    again = renew(at(context, START + timedelta(hours=1)), "daily")
    assert (again.status, again.rows) == ("refreshed", 2)
    assert rows(context, "daily") == [("2026-11-18", 10), ("2026-11-19", 20)]


def test_asks_nothing_where_the_source_is_unchanged(shop):
    writer, context = shop
    materialize(context, "daily", ALBUMS, on="lite")
    renew(context, "daily")  # the first time it learns the version
    asked = runs(context)
    later = at(context, START + timedelta(hours=1))
    again = renew(later, "daily")
    assert (again.status, again.checked_at, again.refreshed_at, runs(context)) == ("unchanged", START + timedelta(hours=1), START, asked)
    writer.execute("INSERT INTO sale VALUES (3, '2026-11-20', 5)")  # another table of the same file
    again = renew(later, "daily")
    assert (again.status, runs(context)) == ("unchanged", asked + 1)  # asked, and the rows are the same
    writer.execute("UPDATE album SET title = 'Rock!' WHERE album_id = 1")
    again = renew(later, "daily")
    assert (again.status, again.refreshed_at) == ("refreshed", START + timedelta(hours=1))
    assert (1, "Rock!", 1) in rows(context, "daily")


def test_says_how_fresh_it_is(shop):
    _, context = shop
    made = materialize(context, "daily", ALBUMS, on="lite", refresh="0 8 * * *", zone="UTC")
    assert made.freshness(START) == "fresh as of 06:00 today"
    assert made.due_at == datetime(2026, 11, 20, 8, tzinfo=UTC)
    assert made.freshness(datetime(2026, 11, 20, 7, 59, tzinfo=UTC)) == "fresh as of 06:00 today"
    assert made.freshness(datetime(2026, 11, 20, 8, tzinfo=UTC)) == "stale: due 08:00 today, as of 06:00 today"
    assert made.freshness(datetime(2026, 11, 21, 9, tzinfo=UTC)) == "stale: due 08:00 yesterday, as of 06:00 yesterday"
    assert replace(made, zone="Asia/Tokyo", cron=None).freshness(START) == "fresh as of 15:00 today"
    assert replace(made, checked_at=None).freshness(START) == "never refreshed"


def test_only_what_is_due_is_refreshed(shop):
    writer, context = shop
    materialize(context, "early", "SELECT count(*) AS n FROM sale", on="lite", refresh="0 7 * * *", zone="UTC")
    materialize(context, "late", "SELECT count(*) AS n FROM sale", on="lite", refresh="0 9 * * *", zone="UTC")
    materialize(context, "never", "SELECT count(*) AS n FROM sale", on="lite")
    writer.execute("INSERT INTO sale VALUES (3, '2026-11-20', 5)")
    assert refresh_due(at(context, START + timedelta(minutes=59))) == []
    eight = at(context, START + timedelta(hours=2))
    assert [(extract.name, extract.status) for extract in refresh_due(eight)] == [("early", "refreshed")]
    assert refresh_due(eight) == []
    assert [rows(context, name) for name in ("early", "late", "never")] == [[(3,)], [(2,)], [(2,)]]
    # Away over three times: one refresh, not three.
    later = at(context, START + timedelta(days=3, hours=1, minutes=30))
    assert [extract.name for extract in refresh_due(later)] == ["early", "late"]
    assert refresh_due(later) == []


def test_a_failure_keeps_the_rows_and_the_others(shop):
    writer, context = shop
    told = []
    context.events.listen(lambda event: told.append((event.kind, event.data["name"])) if event.kind.startswith("extract.") else None)
    materialize(context, "bad", "SELECT * FROM sale", on="lite", refresh="0 7 * * *", zone="UTC")
    materialize(context, "good", ALBUMS, on="lite", refresh="0 7 * * *", zone="UTC")
    before = rows(context, "bad")
    writer.execute("ALTER TABLE sale RENAME TO sold")
    later = at(context, START + timedelta(hours=2))
    bad, good = refresh_due(later)
    assert (bad.status, bad.error, good.status) == ("failed", "There is no table 'sale'.", "unchanged")
    assert bad.freshness(later.clock.now()) == "last refresh failed; as of 06:00 today"
    assert rows(context, "bad") == before
    assert told[-2:] == [("extract.failed", "bad"), ("extract.unchanged", "good")]
    with pytest.raises(UnknownNameError) as caught:
        renew(later, "bad")
    assert "as of 06:00 today are kept" in caught.value.hint
    writer.execute("ALTER TABLE sold RENAME TO sale")
    assert renew(later, "bad").status in {"unchanged", "refreshed"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("ALTER TABLE sale RENAME COLUMN amount TO price", "amount is gone; price is new"),
        ("ALTER TABLE sale ADD COLUMN region TEXT", "region is new"),
        ("UPDATE sale SET amount = 'ten'", "amount was int64 and is string"),
    ],
)
def test_columns_that_changed_are_named_and_the_rows_kept(shop, change, told):
    writer, context = shop
    materialize(context, "sales", "SELECT * FROM sale", on="lite")
    before = rows(context, "sales")
    writer.execute(change)
    with pytest.raises(SourceError, match="columns behind the extract sales changed") as caught:
        renew(context, "sales")
    assert told in caught.value.message
    assert "ws.materialize" in caught.value.hint
    assert rows(context, "sales") == before
    materialize(context, "sales", "SELECT * FROM sale", on="lite")  # made anew it takes them
    assert len(rows(context, "sales")) == 2


def test_integers_may_become_fractions(shop):
    writer, context = shop
    materialize(context, "sales", "SELECT amount FROM sale", on="lite")
    writer.execute("INSERT INTO sale VALUES (3, '2026-11-20', 0.5)")
    renew(context, "sales")
    assert rows(context, "sales") == [(0.5,), (10.0,), (20.0,)]


def test_reads_on_from_the_watermark(shop):
    writer, context = shop
    materialize(context, "sales", "SELECT * FROM sale", on="lite", watermark="day")
    assert materialized(context)[0].mark == "2026-11-19"
    writer.execute("INSERT INTO sale VALUES (3, '2026-11-19', 30), (4, '2026-11-20', 40)")  # one more of the last moment
    writer.execute("UPDATE sale SET amount = 99 WHERE id = 1")  # before the watermark: not seen until all is read
    done = renew(context, "sales")
    assert (done.status, done.rows, done.mark) == ("refreshed", 4, "2026-11-20")
    assert rows(context, "sales") == [(1, "2026-11-18", 10), (2, "2026-11-19", 20), (3, "2026-11-19", 30), (4, "2026-11-20", 40)]
    assert ">= " in context.state.history(search="aiser_extract")[0].sql
    renew(context, "sales", full=True)
    assert rows(context, "sales")[0] == (1, "2026-11-18", 99)


def test_replaces_rows_by_key(shop):
    writer, context = shop
    materialize(context, "sales", "SELECT * FROM sale", on="lite", watermark="day", key="id")
    writer.execute("UPDATE sale SET amount = 11, day = '2026-11-21' WHERE id = 1")
    writer.execute("INSERT INTO sale VALUES (3, '2026-11-20', 30)")
    renew(context, "sales")
    assert rows(context, "sales") == [(1, "2026-11-21", 11), (2, "2026-11-19", 20), (3, "2026-11-20", 30)]
    with pytest.raises(UsageError, match="no column 'nothing'"):
        materialize(context, "other", "SELECT * FROM sale", on="lite", key="nothing")
    assert [extract.name for extract in materialized(context)] == ["sales"]


CHANGES = st.lists(st.tuples(st.sampled_from(["insert", "touch", "renew"]), st.integers(1, 6)), max_size=14)


def test_by_key_and_watermark_it_is_the_table_itself(context, tmp_path):
    number = iter(range(10_000))

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(CHANGES)
    def check(steps):
        name = f"s{next(number)}"
        writer = sqlite3.connect(tmp_path / f"{name}.db", isolation_level=None)
        writer.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, tick INTEGER, v INTEGER)")
        writer.execute("INSERT INTO t VALUES (0, 0, 0)")
        context.sources.add(SQLiteSource(name, tmp_path / f"{name}.db"))
        materialize(context, f"x_{name}", "SELECT * FROM t", on=name, key="id", watermark="tick")
        for tick, (step, row) in enumerate([*steps, ("renew", 0)]):
            if step == "renew":
                renew(context, f"x_{name}")
                assert rows(context, f"x_{name}") == writer.execute("SELECT * FROM t ORDER BY 1").fetchall()
            else:  # ticks may repeat, and never go back
                writer.execute("INSERT OR REPLACE INTO t VALUES (?, ?, ?)", (row, tick // 2, tick))
        forget(context, f"x_{name}")
        context.sources.remove(name)
        writer.close()

    check()


def test_two_at_once_do_it_once(shop):
    _, context = shop
    materialize(context, "daily", ALBUMS, on="lite")
    books = Extracts(context.state)
    token = books.lease("daily", 60)
    assert books.lease("daily", 60) is None
    with pytest.raises(StateError, match="by another process"):
        renew(context, "daily")
    assert books.end(books.get("daily"), "somebody else's") is False
    assert books.end(books.get("daily"), token) is True
    assert books.lease("daily", -1) is not None  # its holder died
    assert renew(context, "daily", full=True).status == "unchanged"


WORKER = """
import sys
from aiser_jupyter import assemble
from aiser_jupyter.errors import StateError
from aiser_jupyter.query.materialize import renew
from aiser_jupyter.sources.sqlite import SQLiteSource
context = assemble.context(sys.argv[1], clock=None, resolver=None)
context.sources.add(SQLiteSource("lite", sys.argv[2]))
done = 0
for _ in range(8):
    try:
        renew(context, "daily", full=True)
        done += 1
    except StateError as error:
        assert "by another process" in error.message, error
print(done)
"""


@pytest.mark.slow
def test_processes_share_an_extract(shop):
    _, context = shop
    materialize(context, "daily", ALBUMS, on="lite")
    command = [sys.executable, "-c", WORKER, str(context.state.folder.parent), str(context.sources.get("lite").path)]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    told = [worker.communicate(timeout=120) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0], told
    assert sum(int(out) for out, _ in told) >= 8
    assert len(rows(context, "daily")) == 3
    assert Extracts(context.state).lease("daily", 1) is not None


def test_values_of_a_server_are_not_kept_unless_allowed(shop):
    _, context = shop
    governed = replace(context, settings=Settings(connections={"lite": {"url": "x", "copy": "metadata"}}))
    with pytest.raises(RefusedError, match="may not be kept") as caught:
        materialize(governed, "daily", ALBUMS, on="lite")
    assert 'copy = "results"' in caught.value.hint
    assert materialized(context) == []
    assert not list(context.state.folder.parent.rglob("*.parquet"))


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"name": "no good"}, "cannot be the name"),
        ({"refresh": "each day"}, "no schedule"),
        ({"zone": "Mars"}, "no time zone"),
        ({"sql": "DELETE FROM album"}, "writes"),
        ({"sql": "EXPLAIN SELECT 1"}, "Only a query"),
        ({"sql": "SELECT * FROM nothing"}, "no table 'nothing'"),
        ({"sql": "SELECT * FROM album WHERE title = :t"}, ":t has no value"),
    ],
)
def test_mistakes_leave_no_trace(shop, arguments, error):
    _, context = shop
    with pytest.raises(AiserError, match=error):
        materialize(context, **{"name": "daily", "sql": ALBUMS, "on": "lite", **arguments})
    assert materialized(context) == []


def test_forgets(shop):
    _, context = shop
    materialize(context, "daily", ALBUMS, on="lite")
    forget(context, "daily")
    assert materialized(context) == []
    with pytest.raises(AiserError):
        rows(context, "daily")
    with pytest.raises(UsageError, match="no extract named 'daily'"):
        renew(context, "daily")


def test_a_digest_is_that_of_the_rows_in_any_order(tmp_path):
    table = pa.table({"a": [1, 2, 2], "b": ["x", None, "y"]})
    for name, rows_ in (("one", table), ("two", table.take([2, 0, 1])), ("three", table.take([0, 1, 1]))):
        pq.write_table(rows_, tmp_path / name)
    one, two, three = (extract_rows.digest(KeptFile(tmp_path / name)) for name in ("one", "two", "three"))
    assert one == two != three
    assert json.dumps(one)


def test_merging_keeps_types_and_missing_keys(tmp_path):
    schema = pa.schema([("k", pa.int32()), ("w", pa.date32()), ("d", pa.decimal128(10, 2)), ("t", pa.timestamp("us", "UTC"))])

    def made(k, w):
        nothing = [None] * len(k)
        return pa.table([pa.array(k, pa.int32()), pa.array(w, pa.int32()).cast(pa.date32()), nothing, nothing], names=schema.names).cast(
            schema
        )

    first = made([1, None], [1, 2])
    pq.write_table(first, tmp_path / "old")
    fresh = made([None, None, 3], [2, 3, 3])
    merged = extract_rows.merged(KeptFile(tmp_path / "old"), fresh.to_reader(), schema, ("k",), "w", None).read_all()
    assert merged.schema.equals(schema)
    assert sorted(str(row) for row in merged.select(["k", "w"]).cast(pa.schema([("k", pa.int32()), ("w", pa.int32())])).to_pylist()) == [
        "{'k': 1, 'w': 1}", "{'k': 3, 'w': 3}", "{'k': None, 'w': 3}",
    ]  # fmt: skip

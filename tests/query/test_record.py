from __future__ import annotations

from dataclasses import replace

import pytest

from aiser_jupyter.errors import QueryError, RefusedError
from aiser_jupyter.query import run
from aiser_jupyter.query.record import statement_hash
from aiser_jupyter.settings import Settings
from aiser_jupyter.state import State


@pytest.fixture
def told(context):
    heard = []
    context.events.listen(lambda event: heard.append((event.kind, dict(event.data))))
    return heard


def test_one_record_a_query(context, told):
    result = run(context, "SELECT * FROM orders WHERE order_id < 3", on="duck", origin="ask")
    assert told == []
    result.rows()
    run(context, "SELECT * FROM orders WHERE order_id < 3", on="duck").rows()
    (first, data), (second, kept) = told
    assert (first, second) == ("query.done", "query.done")
    assert (data["source"], data["engine"], data["origin"], data["status"], data["rows"]) == ("duck", "duckdb", "ask", "done", 2)
    assert data["bytes"] > 0
    assert data["elapsed_ms"] > 0
    assert (data["cached"], data["cache"], data["routed"]) == (False, "miss", "asked for")
    assert (kept["cached"], kept["cache"], kept["rows"], kept["elapsed_ms"]) == (True, "hit", 2, 0.0)
    assert kept["statement"] == data["statement"]
    newest, oldest = context.state.history()
    assert (oldest.engine, oldest.route, oldest.bytes, oldest.cached) == ("duckdb", "asked for", data["bytes"], False)
    assert (newest.cached, newest.statement) == (True, data["statement"])


def test_a_statement_is_known_whatever_its_literals():
    assert statement_hash("SELECT * FROM t WHERE a = 'x' AND b > 10") == statement_hash(
        "select *\n from t where a='it''s'  AND b>9.5".replace("='", " = '").replace(">9", " > 9")
    )
    assert statement_hash("SELECT a FROM t1") != statement_hash("SELECT a FROM t2")
    assert len(statement_hash("")) == 16


def test_failures_and_refusals_are_records_too(context, told):
    with pytest.raises(QueryError):
        run(context, "SELECT CAST(name AS INTEGER) FROM customers", on="duck").rows()
    with pytest.raises(RefusedError):
        run(context, "DELETE FROM orders", on="duck")
    run(context, "SELECT random()", on="duck").rows()
    assert [kind for kind, _ in told] == ["query.failed", "query.refused", "query.done"]
    assert told[1][1]["error"] == "RefusedError"
    assert told[2][1]["cache"] == "none"


def slow(context, seconds=1e-9):
    return replace(context, settings=Settings(slow_query_s=seconds))


def test_a_slow_query_is_told_with_hints(context, told):
    sql = "SELECT count(*) AS n FROM orders, customers"
    run(slow(context, 60), sql, on="duck").rows()
    assert [kind for kind, _ in told] == ["query.done"]
    run(slow(context), sql, on="duck", fresh=True).rows()
    kind, data = told[-1]
    assert kind == "query.slow"
    assert data["source"] == "duck"
    assert any("multiplied with every row" in hint for hint in data["hints"])
    count = len(told)
    run(slow(context), sql, on="duck").rows()  # from the cache: not slow
    assert [kind for kind, _ in told[count:]] == ["query.done"]


@pytest.mark.parametrize("copy", ["metadata", "none"])
def test_no_value_and_no_password_reaches_the_folder(context, tmp_path, told, copy, monkeypatch):
    monkeypatch.setenv("CANARY_URL", "postgresql://ann:s3cretcanary@127.0.0.1:1/db")
    folder = tmp_path / ".aiser"
    (state := State(folder)).create()
    knobs = Settings(connections={"duck": {"url": "x", "copy": copy}}, slow_query_s=1e-9)
    governed = replace(context, settings=knobs, state=state)
    run(governed, "SELECT 'canary4711' AS c, 4711.25 AS n FROM customers WHERE name <> :v", on="duck", params={"v": "canary4711"}).rows()
    with pytest.raises(QueryError):
        run(governed, "SELECT CAST('canary4711' AS DATE)", on="duck").rows()
    with pytest.raises(RefusedError):
        run(governed, "UPDATE customers SET name = 'canary4711'", on="duck")
    assert len(state.history()) == 3
    assert state.history(search="canary4711") == []
    state.close()
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for canary in (b"canary4711", b"4711.25", b"s3cretcanary"):
        assert canary not in written
    assert not any("canary4711" in str(data) for _, data in told)

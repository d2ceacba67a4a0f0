from __future__ import annotations

import time

import pytest
from servers import postgres

from aiser_jupyter import Workspace
from aiser_jupyter.errors import SourceError
from aiser_jupyter.magics.known import Metadata, known


class Remote:
    """A server that counts how often its books are read."""

    name, dialect, place, read_only, recipe = "far", "postgres", "far", True, None

    def __init__(self, *, broken=False):
        from aiser_jupyter.sources.source import Capabilities

        self.capabilities = Capabilities(local=False)
        self.reads, self.broken = 0, broken

    def tables(self):
        self.reads += 1
        if self.broken:
            raise SourceError("The server is gone.")
        from aiser_jupyter.catalog import Column, Table

        return (Table("far_orders", (Column("id", "integer", "INT"),)),)

    def keys(self):
        return ()

    def close(self):
        pass

    cancel = close


def wait_for(found):
    until = time.monotonic() + 5
    while not found() and time.monotonic() < until:
        time.sleep(0.01)
    return found()


@pytest.fixture
def ws(tmp_path):
    ws = Workspace(tmp_path)
    yield ws
    ws.close()


def test_typing_never_asks_a_server_and_a_cell_that_ran_does(ws):
    metadata, source = Metadata(), Remote()
    ws.context.sources.add(source)
    assert metadata.of(ws, "far") == ((), ())
    assert source.reads == 0
    metadata.after_cell(ws)
    assert wait_for(lambda: metadata.of(ws, "far")[0])[0].name == "far_orders"
    for _ in range(5):
        metadata.after_cell(ws)
        metadata.of(ws, "far")
    assert source.reads == 1


def test_a_server_that_is_gone_disturbs_no_typing(ws):
    metadata, source = Metadata(), Remote(broken=True)
    ws.context.sources.add(source)
    metadata.after_cell(ws)
    assert wait_for(lambda: source.reads)
    assert metadata.of(ws, "far") == ((), ())


def test_a_local_engine_is_read_again_after_a_change(ws, monkeypatch):
    from aiser_jupyter.magics import known as module

    monkeypatch.setattr(module, "LOCAL_S", 0.0)
    monkeypatch.setattr(module, "QUICK_S", 60.0)
    import pyarrow as pa

    metadata = Metadata()
    ws.add(pa.table({"x": [1]}), name="first")
    assert [table.name for table in metadata.of(ws, "files")[0]] == ["first"]
    ws.add(pa.table({"x": [1]}), name="second")
    assert {table.name for table in metadata.of(ws, "files")[0]} == {"first", "second"}


def test_names_of_the_notebook_are_sorted_into_tables_and_values(shell, ws):
    import pandas as pd
    import polars as pl

    shell.user_ns.update(
        a=pd.DataFrame({"x": [1]}), b=pl.DataFrame({"y": [1]}).lazy(), n=3, _hidden=1, f=len, day=pd.Timestamp("2026-01-01").date()
    )
    found = known(shell, ws, Metadata(), None)
    assert found.frames == {"a": ("x",), "b": ()}
    assert {"n", "day"} <= set(found.values)
    assert not {"_hidden", "f", "a", "In", "Out"} & set(found.values)


@pytest.mark.skipif(bool(postgres.missing()), reason=postgres.missing() or "there")
def test_a_real_server_is_completed_and_explained(cell, shell):
    from aiser_jupyter import workspace
    from aiser_jupyter.magics import matcher

    server = postgres.Postgres()
    try:
        server.execute("CREATE TABLE customers (id int PRIMARY KEY, name text); CREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers, tags int[]);"
                       "INSERT INTO customers VALUES (1, 'Ada'); INSERT INTO orders VALUES (1, 1, '{1,2,3}')")  # fmt: skip
        cell(f"%sql {server.url} --alias pg")
        metadata = Metadata()
        metadata.after_cell(workspace())
        assert wait_for(lambda: metadata.of(workspace(), "pg")[0])
        text = "%%sql\nselect * from customers c join orders o on "
        assert matcher.complete(shell, metadata, text, len(text))[1][0].text == "o.customer_id = c.id"
        cell("least = 1\nwho = 'Ada'")
        cell(
            "%%sql --as found\nselect o.tags[1:2] as first, :who || '::x' as who, '10:30'::time as at from orders o where o.id >= :least and o.id in (:least,:least)"
        )
        row = shell.user_ns["found"].rows()[0]
        assert row["who"] == "Ada::x"
        assert row["first"] in ([1, 2], "{1,2}")
        plan = cell("%%sql --explain\nselect * from orders where customer_id = :least")[-1]
        assert "orders" in plan["text/plain"]
        assert "<table" in plan["text/html"]
        measured = cell("%%sql --profile\nselect count(*) from orders")[-1]
        assert "ms" in measured["text/plain"]
    finally:
        workspace().close()
        server.remove()

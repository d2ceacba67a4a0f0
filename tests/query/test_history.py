from __future__ import annotations

import dataclasses

import pytest

from aiser_jupyter import settings
from aiser_jupyter.errors import QueryError
from aiser_jupyter.query import run
from aiser_jupyter.query.history import masked
from aiser_jupyter.state import State


@pytest.mark.parametrize(
    ("dialect", "sql", "kept"),
    [
        ("duckdb", "SELECT 'x', 1.5e3, $$canary$$, a1 FROM t -- canary", "SELECT ? , ? , ? , a1 FROM t"),
        ("duckdb", "SELECT \"a b\" /* canary */ FROM t WHERE b = 'it''s'", 'SELECT "a b" FROM t WHERE b = ?'),
        ("sqlite", "SELECT x'c0ffee', `a b` FROM t WHERE a = \"canary\"", "SELECT ? , `a b` FROM t WHERE a = ?"),
        ("duckdb", "SELECT 'never closed", ""),
    ],
)
def test_masks_literals(dialect, sql, kept):
    assert masked(sql, dialect) == kept


@pytest.mark.parametrize(("copy", "found"), [("results", True), ("metadata", False), ("none", False)])
def test_a_canary_reaches_the_file_only_where_results_may(context, tmp_path, copy, found):
    folder = tmp_path / ".aiser"
    knobs = settings.Settings(connections={"duck": {"url": "shop.duckdb", "copy": copy}})
    state = State(folder)
    state.create()
    governed = dataclasses.replace(context, settings=knobs, state=state)
    run(governed, "SELECT 'canary4711' AS c FROM customers WHERE name <> 'canary4711'", on="duck").rows()
    with pytest.raises(QueryError):
        run(governed, "SELECT CAST('canary4711' AS DATE)", on="duck").rows()
    assert [entry.status for entry in state.history()] == ["failed", "done"]
    state.close()
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert (b"canary4711" in written) is found

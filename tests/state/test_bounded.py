"""History in memory has a bound, whatever the reason that it is there."""

from __future__ import annotations

import gc
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter import Workspace
from aiser_jupyter.state import Run, State
from aiser_jupyter.state.bounded import MOST, Bounded
from aiser_jupyter.state.run import Entry

RUN = Run(datetime(2026, 11, 20, 12, tzinfo=UTC), "ann", "shop", "user", "SELECT 1", 1, 2.5, "done")


@pytest.mark.parametrize("private", [True, False])
def test_without_a_folder_the_latest_stay(private):
    state = State()
    for number in range(MOST + 50):
        state.record(replace(RUN, sql=f"SELECT {number}"), private=private)
    runs = state.history(2 * MOST)
    assert len(runs) == MOST
    assert {runs[0].sql, runs[-1].sql} == {f"SELECT {MOST + 49}", "SELECT 50"}


def test_memory_does_not_grow_with_what_is_run():
    state = State()
    tracemalloc.start()
    try:
        held = []
        for _ in range(3):
            for number in range(MOST):
                state.record(replace(RUN, sql=f"SELECT {number}, '{'x' * 200}'"))
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert held[2] < held[0] * 1.1


def test_long_statements_have_a_bound_of_their_own():
    state = State()
    for number in range(60):
        state.record(replace(RUN, sql=f"SELECT '{number}{'x' * (1 << 20)}'"))
    assert len(state.history(100)) < 32
    assert state.history(1)[0].sql.startswith("SELECT '59x")


def test_what_was_evicted_may_end_and_favourites_stay():
    state = State()
    first = state.record(replace(RUN, status="running", rows=None))
    starred = state.record(replace(RUN, sql="SELECT 'mine'"))
    state.star(starred.run.id)
    for _ in range(MOST):
        state.record(RUN)
    state.amend(first, rows=1, elapsed_ms=1.0, status="done")
    assert [run.sql for run in state.history(favourites=True)] == ["SELECT 'mine'"]
    assert len(state.history(2 * MOST)) == MOST


def test_a_workspace_that_keeps_nothing_is_bounded(tmp_path, monkeypatch):
    monkeypatch.setenv("AISER_STATE", "false")
    ws = Workspace(tmp_path)
    ws.context.state._waiting = Bounded(most=5)
    for number in range(8):
        ws.sql(f"SELECT {number} AS n").rows()
    assert [row[5] for row in ws.history().rows] == [f"SELECT {number} AS n" for number in range(7, 2, -1)]


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=60))
def test_it_never_holds_more_than_it_may(entries):
    held = Bounded(most=7, most_letters=100)
    for size, favourite in entries:
        held.append(Entry(replace(RUN, sql="x" * size, favourite=favourite), private=False))
        kept = list(held)
        assert len(kept) <= 7
        assert sum(len(entry.run.sql) for entry in kept) <= 100
        assert len(kept[-1].run.sql) == size
    assert len(held) + held.dropped == len(entries)

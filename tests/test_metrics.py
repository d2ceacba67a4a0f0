from __future__ import annotations

import sys
import urllib.error
import urllib.request
from datetime import UTC, datetime

import pytest

from aiser_jupyter import Workspace, metrics
from aiser_jupyter.errors import RefusedError, UsageError
from aiser_jupyter.events import Event, Events
from aiser_jupyter.metrics import BUCKETS, Metrics

AT = datetime(2026, 11, 21, tzinfo=UTC)


def values(text):
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in text.splitlines() if not line.startswith("#")}


def test_counts_what_a_workspace_did(tmp_path):
    ws = Workspace(tmp_path)
    ws.context.sources.engine()
    for _ in range(2):
        ws.sql("SELECT range AS i FROM range(3)", on="files").rows()
    with pytest.raises(RefusedError):
        ws.sql("DELETE FROM x", on="files")
    found = values(metrics.of(ws.context.events).text())
    assert found['aiser_queries_total{connection="files",engine="duckdb",origin="user",status="done"}'] == 2
    assert found['aiser_queries_total{connection="files",engine="duckdb",origin="user",status="refused"}'] == 1
    assert found['aiser_cache_requests_total{connection="files",result="hit"}'] == 1
    assert found['aiser_cache_requests_total{connection="files",result="miss"}'] == 1
    assert found['aiser_query_rows_total{connection="files"}'] == 3
    assert found['aiser_query_bytes_total{connection="files"}'] >= 24
    assert found['aiser_query_seconds_count{connection="files",engine="duckdb"}'] == 1


def test_the_histogram_adds_up():
    counted = Metrics()
    for ms in (1, 5, 6, 400_000):
        counted.hear(Event("query.done", AT, {"source": "s", "engine": "e", "elapsed_ms": ms}))
    found = values(counted.text())
    series = [found[f'aiser_query_seconds_bucket{{connection="s",engine="e",le="{bound}"}}'] for bound in (*BUCKETS, "+Inf")]
    assert series == [2.0, *[3.0] * (len(BUCKETS) - 1), 4.0]
    assert found['aiser_query_seconds_sum{connection="s",engine="e"}'] == pytest.approx(400.012)


def test_names_are_those_of_the_docs():
    from pathlib import Path

    counted = Metrics()
    counted.hear(Event("query.done", AT, {"source": "s", "rows": 1, "bytes": 8, "cpu_ms": 2.0, "elapsed_ms": 1}))
    counted.hear(Event("query.slow", AT, {"source": "s"}))
    counted.hear(Event("extract.refreshed", AT, {"name": "daily"}))
    names = {line.split()[2] for line in counted.text().splitlines() if line.startswith("# TYPE")} - {""}
    page = (Path(__file__).parents[1] / "docs" / "metrics.md").read_text("utf-8")
    assert len(names) == 8
    assert [name for name in sorted(names) if name not in page] == []


def test_serves_this_machine_alone_and_saves(tmp_path):
    counted = Metrics()
    counted.hear(Event("query.done", AT, {"source": "shop"}))
    port, stop = counted.serve()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        assert 'connection="shop"' in answer.read().decode()
    stop()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=2)
    counted.save(tmp_path / "aiser.prom")
    assert "aiser_queries_total" in (tmp_path / "aiser.prom").read_text()


def test_counts_without_the_package_and_says_how_to_read_them(monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    events = Events()
    counted = metrics.of(events)
    assert metrics.of(events) is counted
    events.emit(Event("query.done", AT, {"source": "shop"}))
    with pytest.raises(UsageError, match="prometheus-client") as caught:
        counted.text()
    assert "aiser-jupyter[metrics]" in caught.value.hint

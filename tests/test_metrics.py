from __future__ import annotations

import json
import re
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from aiser_jupyter import Workspace, metrics
from aiser_jupyter.errors import RefusedError, UsageError
from aiser_jupyter.events import Event, Events
from aiser_jupyter.metrics import BUCKETS, Metrics
from aiser_jupyter.sources import hosts
from aiser_jupyter.sources.breaker import Breaker
from aiser_jupyter.sources.pool import Pool

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
    counted = Metrics()
    counted.hear(Event("query.done", AT, {"source": "s", "rows": 1, "bytes": 8, "cpu_ms": 2.0, "elapsed_ms": 1}))
    counted.hear(Event("query.slow", AT, {"source": "s"}))
    counted.hear(Event("extract.refreshed", AT, {"name": "daily"}))
    counted.hear(Event("model.done", AT, {"model": "m", "prompt_tokens": 1, "cost": 1.0, "elapsed_ms": 1}))
    names = {line.split()[2] for line in counted.text().splitlines() if line.startswith("# TYPE")} - {""}
    page = (Path(__file__).parents[1] / "docs" / "metrics.md").read_text("utf-8")
    assert len(names) == 15
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


class _Server:
    """What a source over a server shows of its pool and its breaker."""

    dialect, place, read_only = "postgres", "postgresql://h/x", True

    def __init__(self, name):
        self.name = name
        self.now = 0.0
        self.breaker = Breaker(name, failures=2, cooling_s=30.0, clock=lambda: self.now)
        self.pool = Pool(object, check=lambda _: True, close=lambda _: None, size=2, timeout_s=5.0)

    def ping(self):
        """It answers."""

    def close(self):
        self.pool.dispose()


def test_tells_how_servers_are_used_now(tmp_path):
    ws = Workspace(tmp_path)
    server = _Server("shop")
    ws.context.sources.add(server)
    ws.context.sources.engine()
    leases = [server.pool.acquire(), server.pool.acquire()]
    waiting = Thread(target=lambda: server.pool.acquire().release())
    waiting.start()
    until = time.monotonic() + 5
    while not server.pool.use.waiting and time.monotonic() < until:
        time.sleep(0.01)
    found = values(ws.metrics())
    assert found['aiser_pool_connections{connection="shop",state="busy"}'] == 2
    assert found['aiser_pool_connections{connection="shop",state="idle"}'] == 0
    assert found['aiser_pool_waiting{connection="shop"}'] == 1
    assert found['aiser_breaker_state{connection="shop",state="closed"}'] == 1
    assert not [name for name in found if 'connection="files"' in name and "pool" in name]
    detail = next(check.detail for check in ws.status().checks if check.name == "shop")
    assert "2 of 2 connections open, 2 busy, 1 waiting, breaker closed" in detail
    for lease in leases:
        lease.release()
    waiting.join(5)

    def fails():
        raise OSError("no route")

    for _ in range(2):
        with pytest.raises(OSError, match="no route"):
            server.breaker.call(fails)
    found = values(ws.metrics())
    assert found['aiser_pool_connections{connection="shop",state="idle"}'] == 2
    assert found['aiser_pool_waiting{connection="shop"}'] == 0
    assert found['aiser_breaker_state{connection="shop",state="open"}'] == 1
    assert found['aiser_breaker_state{connection="shop",state="closed"}'] == 0
    assert "breaker open after 2 failures" in next(check.detail for check in ws.status().checks if check.name == "shop")
    server.now = 31.0
    assert values(ws.metrics())['aiser_breaker_state{connection="shop",state="half-open"}'] == 1
    ws.disconnect("shop")
    assert not [name for name in values(ws.metrics()) if "shop" in name]
    ws.close()


NAMED = re.compile(r"\b(aiser_\w+)(\{[^}]*\})?")
GROUPED = re.compile(r"\bby \(([^)]*)\)")


def families():
    """Every sample name that can be read, with the labels that docs/metrics.md gives it."""
    lines = (Path(__file__).parents[1] / "docs" / "metrics.md").read_text("utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `aiser_")]
    return {
        name + suffix: set(labels.split(", ")) | ({"le"} if suffix else set())
        for name, labels in ((row[0].strip("`"), row[1]) for row in rows)
        for suffix in (("_bucket",) if name == "aiser_query_seconds" else ("",))
    }


def test_the_dashboard_asks_for_what_there_is():
    known = families()
    board = json.loads(metrics.dashboard())
    asked = set()
    for panel in board["panels"]:
        assert panel["title"]
        assert panel["description"].endswith(".")
        for target in panel["targets"]:
            expression = target["expr"]
            names = NAMED.findall(expression)
            assert names, panel["title"]
            labels = set().union(*(known[name] for name, _ in names))  # a name that is not there is a KeyError
            for name, braces in names:
                asked.add(name)
                assert set(re.findall(r"(\w+)=", braces)) <= known[name], expression
            for group in GROUPED.findall(expression):
                assert {label.strip() for label in group.split(",")} <= labels, expression
            assert set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"])) <= labels
            assert expression.count("(") == expression.count(")")
    assert asked == set(known), "every count has a place on the dashboard"


def test_the_panels_of_the_dashboard_do_not_overlap():
    taken = {}
    for panel in json.loads(metrics.dashboard())["panels"]:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        for x in range(at["x"], at["x"] + at["w"]):
            for y in range(at["y"], at["y"] + at["h"]):
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]


def test_counts_what_models_took():
    counted = Metrics()
    told = {"model": "openai/x", "prompt_tokens": 800, "completion_tokens": 90, "cost": 0.25, "elapsed_ms": 1500.0}
    for kind in ("model.done", "model.done", "model.failed"):
        counted.hear(Event(kind, AT, told if kind == "model.done" else {"model": "openai/x"}))
    found = values(counted.text())
    assert found['aiser_model_calls_total{model="openai/x",status="done"}'] == 2
    assert found['aiser_model_calls_total{model="openai/x",status="failed"}'] == 1
    assert found['aiser_model_tokens_total{direction="in",model="openai/x"}'] == 1600
    assert found['aiser_model_tokens_total{direction="out",model="openai/x"}'] == 180
    assert found['aiser_model_cost_usd_total{model="openai/x"}'] == 0.5
    assert found['aiser_model_seconds_total{model="openai/x"}'] == 3.0


def test_tells_which_hosts_are_left_alone():
    hosts.forget()
    breaker = hosts.breaker("https://api.example.com")
    for _ in range(5):
        with pytest.raises(OSError, match="refused"):
            breaker.call(_refused)
    found = values(Metrics().text())
    hosts.forget()
    assert found['aiser_breaker_state{connection="https://api.example.com",state="open"}'] == 1
    assert found['aiser_breaker_state{connection="https://api.example.com",state="closed"}'] == 0


def _refused():
    raise ConnectionRefusedError("refused")

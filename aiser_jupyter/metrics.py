"""Counts of what happened, for Prometheus. The names here are a promise: `docs/metrics.md` lists them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from threading import Lock
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from aiser_jupyter.errors import UsageError
from aiser_jupyter.sources import hosts
from aiser_jupyter.sources.server_use import Pooled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from aiser_jupyter.events import Event, Events
    from aiser_jupyter.sources.source import Source

# Upper bounds of the histogram of seconds.
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
_HELP = {
    "aiser_queries": "Queries by how they ended.",
    "aiser_query_rows": "Rows that queries gave and that were read.",
    "aiser_query_bytes": "Bytes of Arrow rows that queries gave and that were read.",
    "aiser_query_cpu_seconds": "CPU seconds of queries, where they are known.",
    "aiser_cache_requests": "Queries by what the cache did: hit, miss, or none where the result may not be kept.",
    "aiser_slow_queries": "Queries slower than slow_query_s.",
    "aiser_refreshes": "Refreshes of materialized extracts by how they ended.",
    "aiser_model_calls": "Calls of language models by how they ended.",
    "aiser_model_tokens": "Tokens that language models read (in) and wrote (out), where they told.",
    "aiser_model_cost_usd": "US dollars that calls of language models cost, where the price is known.",
    "aiser_model_seconds": "Seconds that calls of language models took.",
}
_LABELS = {
    "aiser_queries": ("connection", "engine", "origin", "status"),
    "aiser_query_rows": ("connection",),
    "aiser_query_bytes": ("connection",),
    "aiser_query_cpu_seconds": ("connection",),
    "aiser_cache_requests": ("connection", "result"),
    "aiser_slow_queries": ("connection",),
    "aiser_refreshes": ("extract", "status"),
    "aiser_model_calls": ("model", "status"),
    "aiser_model_tokens": ("model", "direction"),
    "aiser_model_cost_usd": ("model",),
    "aiser_model_seconds": ("model",),
}
_STATES = ("closed", "open", "half-open")
_ENDED = frozenset({"query.done", "query.failed", "query.refused", "query.cancelled", "query.deadline"})


class Metrics:
    """The counts of one workspace, from the moment it was made.

    Counting needs nothing but Python; reading the counts needs the package prometheus-client (extra ``metrics``).
    """

    def __init__(self) -> None:
        self._counts: defaultdict[str, Counter[tuple[str, ...]]] = defaultdict(Counter)
        self._seconds: dict[tuple[str, str], tuple[list[int], list[float]]] = {}
        self._lock = Lock()
        self._sources: Callable[[], Iterable[Source]] = tuple

    def watch(self, sources: Callable[[], Iterable[Source]]) -> None:
        """Tell of the pools and breakers of what ``sources`` gives whenever the counts are read."""
        self._sources = sources

    def hear(self, event: Event) -> None:
        """Count what an event tells."""
        data = event.data
        if event.kind in _ENDED:
            self._query(event.kind.partition(".")[2], data)
        elif event.kind == "query.slow":
            self._count("aiser_slow_queries", (str(data.get("source", "")),))
        elif event.kind.startswith("extract."):
            self._count("aiser_refreshes", (str(data.get("name", "")), event.kind.partition(".")[2]))
        elif event.kind.startswith("model."):
            self._model(event.kind.partition(".")[2], data)

    def text(self) -> str:
        """The counts in Prometheus' text format 0.0.4."""
        return _client().generate_latest(self.registry()).decode()

    def registry(self) -> Any:
        """A registry of prometheus-client with these counts alone, to be served by whatever serves one."""
        registry = _client().CollectorRegistry(auto_describe=False)
        registry.register(self)
        return registry

    def serve(self, port: int = 0) -> tuple[int, Callable[[], None]]:
        """Answer ``http://127.0.0.1:PORT/metrics``, to this machine alone; the port (a free one for 0) and what ends it."""
        server, thread = _client().start_http_server(port, addr="127.0.0.1", registry=self.registry())

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join(5)

        return server.server_port, stop

    def save(self, path: str | Path) -> None:
        """Write the counts to a file, whole or not at all, for the node exporter's textfile collector."""
        _client().write_to_textfile(str(path), self.registry())

    def collect(self) -> Iterator[Any]:
        """The families of metrics, as prometheus-client asks for them."""
        families = _client().metrics_core
        with self._lock:
            for name, labels in _LABELS.items():
                family = families.CounterMetricFamily(name, _HELP[name], labels=labels)
                for values, count in sorted(self._counts[name].items()):
                    family.add_metric(values, count)
                yield family
            seconds = families.HistogramMetricFamily(
                "aiser_query_seconds",
                "Seconds that engines worked on queries; answers from the cache do not count.",
                labels=("connection", "engine"),
            )
            for values, (counts, total) in sorted(self._seconds.items()):
                running = [sum(counts[: index + 1]) for index in range(len(counts))]
                bounds = [*(str(bound) for bound in BUCKETS), "+Inf"]
                seconds.add_metric(values, list(zip(bounds, running, strict=True)), sum_value=total[0])
            yield seconds
        yield from self._servers(families)

    def _servers(self, families: Any) -> Iterator[Any]:
        """How the connections to servers are used now."""
        pools = families.GaugeMetricFamily(
            "aiser_pool_connections", "Connections to a server, open and lent (busy) or open and idle.", labels=("connection", "state")
        )
        waiting = families.GaugeMetricFamily("aiser_pool_waiting", "Queries that wait for a connection.", labels=("connection",))
        breakers = families.GaugeMetricFamily(
            "aiser_breaker_state", "1 for the state a server's breaker is in, 0 for the others.", labels=("connection", "state")
        )
        for source in sorted(self._sources(), key=lambda one: one.name):
            if isinstance(source, Pooled):
                use = source.pool.use
                pools.add_metric((source.name, "busy"), use.busy)
                pools.add_metric((source.name, "idle"), use.open - use.busy)
                waiting.add_metric((source.name,), use.waiting)
                now = source.breaker.state
                for state in _STATES:
                    breakers.add_metric((source.name, state), int(state == now))
        for name, breaker in hosts.known():
            now = breaker.state
            for state in _STATES:
                breakers.add_metric((name, state), int(state == now))
        yield from (pools, waiting, breakers)

    def _model(self, status: str, data: Any) -> None:
        model = str(data.get("model", ""))
        self._count("aiser_model_calls", (model, status))
        for name, labels, value in (
            ("aiser_model_tokens", (model, "in"), data.get("prompt_tokens")),
            ("aiser_model_tokens", (model, "out"), data.get("completion_tokens")),
            ("aiser_model_cost_usd", (model,), data.get("cost")),
            ("aiser_model_seconds", (model,), float(data.get("elapsed_ms") or 0.0) / 1000),
        ):
            if value:
                self._count(name, labels, value)

    def _query(self, status: str, data: Any) -> None:
        connection, engine = str(data.get("source", "")), str(data.get("engine", ""))
        self._count("aiser_queries", (connection, engine, str(data.get("origin", "")), status))
        self._count("aiser_cache_requests", (connection, str(data.get("cache", "none"))))
        if data.get("cached"):
            return
        for name, key, unit in (
            ("aiser_query_rows", "rows", 1),
            ("aiser_query_bytes", "bytes", 1),
            ("aiser_query_cpu_seconds", "cpu_ms", 1000),
        ):
            if data.get(key):
                self._count(name, (connection,), float(data[key]) / unit)
        if status == "refused":
            return
        elapsed = float(data.get("elapsed_ms") or 0.0) / 1000
        with self._lock:
            counts, total = self._seconds.setdefault((connection, engine), ([0] * (len(BUCKETS) + 1), [0.0]))
            counts[bisect_left(BUCKETS, elapsed)] += 1
            total[0] += elapsed

    def _count(self, name: str, labels: tuple[str, ...], by: float = 1) -> None:
        with self._lock:
            self._counts[name][labels] += by  # type: ignore[assignment]  # bytes and seconds count too


_made: WeakKeyDictionary[Events, Metrics] = WeakKeyDictionary()


def of(events: Events) -> Metrics:
    """The counts of what ``events`` tell, from the first time this is called."""
    found = _made.get(events)
    if found is None:
        found = _made.setdefault(events, Metrics())
        events.listen(found.hear)
    return found


def dashboard() -> str:
    """A Grafana dashboard of these counts, as JSON to import."""
    from importlib.resources import files

    return files("aiser_jupyter").joinpath("templates", "grafana.json").read_text("utf-8")


def _client() -> Any:
    try:
        import prometheus_client
    except ModuleNotFoundError:
        raise UsageError(
            "The metrics need the package prometheus-client.", hint='Install it: pip install "aiser-jupyter[metrics]".'
        ) from None
    return prometheus_client

"""HTTP APIs and files: JSON and CSV as tables, page by page."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit, urlunsplit

from aiser_jupyter.catalog import Column, Table
from aiser_jupyter.catalog.types import logical
from aiser_jupyter.errors import AiserError, FileFormatError, QueryError, RefusedError, SourceError
from aiser_jupyter.sources.conditions import Filter, described
from aiser_jupyter.sources.http_auth import Auth, auth
from aiser_jupyter.sources.http_client import Client, Limits, shown
from aiser_jupyter.sources.http_pages import csv, opening, pages
from aiser_jupyter.sources.nested import Shape
from aiser_jupyter.sources.recipe import Recipe
from aiser_jupyter.sources.reference import is_reference, resolve
from aiser_jupyter.sources.rest import Endpoint, endpoints, headers, known
from aiser_jupyter.sources.scanned import ScannedSource, Stop, quoted
from aiser_jupyter.sources.schemes import missing
from aiser_jupyter.sources.version import HERE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pyarrow as pa

    from aiser_jupyter.sources.addresses import Resolver
    from aiser_jupyter.sources.http_client import Answer
    from aiser_jupyter.sources.options import Options
    from aiser_jupyter.sources.scanned import Scan

BATCH = 5_000
_TOLD_S = 10.0  # a copy that is fresh for less may be fetched anew between the question for its version and the query
_LIMITS = {"redirects": 5, "attempts": 5, "total_s": 120.0, "read_s": 60.0, "answer_mb": 256.0}
_BOUNDS = {"max_pages": 1_000, "max_rows": 5_000_000, "fresh_s": 60.0, "proxy": ""}
KNOBS = (
    "endpoints",
    "auth",
    "headers",
    "params",
    "records",
    "paging",
    "filters",
    "format",
    "limit_param",
    "sample_pages",
    *_LIMITS,
    *_BOUNDS,
)


def connect(address: str, name: str, options: Options, *, resolver: Resolver | None = None) -> HTTPSource:
    """The API or file at ``address``, asked once whether it is there.

    ``options.extra`` describes it (`KNOBS`, docs/http.md): endpoints, paging, where the records are, auth by reference, limits. Raises
    `SourceError` where it cannot be reached or may not be, `UsageError` for a description that does not fit.
    """
    if find_spec("httpx") is None:
        raise missing("http", "http")
    if options.write:
        raise RefusedError("An HTTP connection only reads: nothing here sends data to an API.", hint="Connect without write=True.")
    source = HTTPSource(address, name, options, resolver=resolver)
    source.ping()
    return source


@dataclass
class _Copy:
    """The records of an endpoint as they were at a moment, or only what their columns are (``rows`` None)."""

    at: float
    columns: tuple[Column, ...]
    rows: pa.Table | None
    shape: Shape | None
    version: str = ""


class HTTPSource(ScannedSource):
    """An API with its endpoints as tables; requests are GETs alone, to addresses that were judged."""

    def __init__(self, address: str, name: str, options: Options, *, resolver: Resolver | None = None) -> None:
        super().__init__()
        self.name = name
        self.recipe = Recipe(address, name, options)
        url, given = _without_user(address)
        self.place = shown(url)
        extra = options.extra
        known(extra, KNOBS, "An HTTP connection", self.place)
        self._bounds: dict[str, Any] = {**_BOUNDS, **{key: extra[key] for key in _BOUNDS if key in extra}}
        limits = Limits(connect_s=options.connect_timeout_s, **{key: type(value)(extra.get(key, value)) for key, value in _LIMITS.items()})  # pyright: ignore[reportArgumentType]
        signing = given if given.kind and "auth" not in extra else auth(extra.get("auth"), self.place)
        self._sent = headers(extra.get("headers"), self.place)
        self._endpoints = {one.name: one for one in endpoints(url, extra, self.place)}
        self._client = Client(
            signing,
            {key: resolve(value) if is_reference(value) else value for key, value in self._sent.items()},
            limits,
            allow_private=options.allow_private,
            proxy=self._bounds["proxy"] == "env",
            resolver=resolver,
        )
        self._lock = RLock()
        self._copies: dict[str, _Copy] = {}

    def tables(self) -> tuple[Table, ...]:
        """The endpoints, with columns by their records."""
        return tuple(table for name in self._endpoints if (table := self.table(name)) is not None)

    def table(self, name: str) -> Table | None:
        """The endpoint of that name; its records are fetched where they are not here."""
        found = next((one for one in self._endpoints if one.casefold() == name.casefold()), None)
        if found is None:
            return None
        with self._lock:
            copy = self._copies.get(found) or self._fetched(self._endpoints[found], Stop())
        return Table(found, copy.columns)

    def sizes(self) -> dict[str, int]:
        """The records of those endpoints that are here."""
        return {name: copy.rows.num_rows for name, copy in self._copies.items() if copy.rows is not None}

    def version_of(self, table: str) -> str:
        """What the API says tells this state of ``table`` from another (ETag or Last-Modified); empty where it says nothing."""
        copy = self._copies.get(table)
        return copy.version if copy is not None else ""

    def version(self) -> str | None:
        """A word that is another one after each change; None where some endpoint has pages, or an API that does not tell its states apart.

        Copies that will not be fresh for long are asked for anew first, at no cost where the API says they still hold, so that the query that
        follows reads the very copy the word is about.
        """
        fresh_s = float(self._bounds["fresh_s"])
        if fresh_s < _TOLD_S:
            return None
        with self._lock:
            copies = [self._copies.get(name) for name in self._endpoints]
            if any(copy is None or copy.rows is None or not copy.version for copy in copies):
                return None
            try:
                for endpoint, copy in zip(self._endpoints.values(), copies, strict=True):
                    if copy is not None and time.monotonic() - copy.at > fresh_s / 2:
                        self._fetched(endpoint, Stop(), before=copy)
            except AiserError:  # the query says it
                return None
            words = [self._copies[name].version for name in self._endpoints]
        return f"{HERE}{'|'.join(words)}" if all(words) else None

    def ping(self) -> None:
        """Ask for the first endpoint; raises `SourceError` where it is not there, or may not be reached."""
        self.ready()
        endpoint = next(iter(self._endpoints.values()))
        self._client.get(endpoint.url, self._params(endpoint, opening(endpoint)), once=True)

    def scan(self, scan: Scan) -> pa.RecordBatchReader:
        """The records: of the copy where it is fresh, else fetched, with those conditions that the profile maps to parameters."""
        import pyarrow as pa

        endpoint = self._endpoints[scan.table]
        applied = [(one, param) for one in scan.conditions if (param := _parameter(one, endpoint)) is not None]
        with self._lock:
            copy = self._copies.get(scan.table) or self._fetched(endpoint, scan.stop)
            fresh = time.monotonic() - copy.at <= float(self._bounds["fresh_s"])
            if copy.rows is not None and not fresh and not applied:
                copy = self._fetched(endpoint, scan.stop, before=copy)
        if copy.rows is not None and (fresh or not applied or copy.shape is None):
            scan.pushed.append(f"{scan.table}: {copy.rows.num_rows} records as of {round(time.monotonic() - copy.at)} s ago")
            kept = copy.rows.select([name for name in scan.columns if name in copy.rows.column_names])
            return pa.RecordBatchReader.from_batches(kept.schema, kept.to_batches(max_chunksize=1 << 16))
        return self._asked(scan, endpoint, copy, applied)

    def learn(self, table: str, documents: Sequence[Mapping[str, Any]]) -> None:
        """Widen the columns of an endpoint by what these records hold."""
        with self._lock:
            copy = self._copies[table]
            if copy.shape is not None:
                copy.shape.learn(documents)
                self._copies[table] = replace(copy, columns=tuple(one.column for one in copy.shape.fields))

    def _asked(self, scan: Scan, endpoint: Endpoint, copy: _Copy, applied: list[tuple[Any, tuple[str, str]]]) -> pa.RecordBatchReader:
        """Records fetched for one statement alone."""
        import pyarrow as pa

        shape = copy.shape
        assert shape is not None
        fields = [field for name in scan.columns if (field := shape.named(name)) is not None]
        if len(fields) < len(scan.columns):
            raise QueryError(f"The records of {scan.table} have changed their columns.", hint="Look at them again: ws.describe(…).")
        params = dict(param for _, param in applied)
        limit = scan.limit if len(applied) == len(scan.conditions) else None
        if limit is not None and endpoint.limit_param:
            params[endpoint.limit_param] = str(limit)
        told = "; ".join(described(one) for one, _ in applied)
        scan.pushed.append(
            f"{scan.table}: GET {urlsplit(endpoint.url).path}"
            + (f" where {told}" if told else "")
            + (f" limit {limit}" if limit is not None else "")
        )

        def batches() -> Iterator[pa.RecordBatch]:
            count = 0
            for page in pages(self._client, endpoint, self._params(endpoint, params), scan.stop, most=int(self._bounds["max_pages"])):
                records = page.records or []
                for start in range(0, len(records), BATCH):
                    yield shape.batch(records[start : start + BATCH], fields)
                count = self._bounded(count + len(records), endpoint)
                if limit is not None and count >= limit:
                    return

        return pa.RecordBatchReader.from_batches(shape.schema(fields), batches())

    def _fetched(self, endpoint: Endpoint, stop: Stop, before: _Copy | None = None) -> _Copy:
        """The endpoint's records, all of them (or its first pages, to see the columns); ``before`` where the API says they are the same."""
        self.ready()
        sample = endpoint.sample_pages
        paged = endpoint.paging.kind in {"page", "offset", "cursor"}
        first = None
        if before is not None and before.version and not paged:
            first = self._client.get(endpoint.url, self._params(endpoint, {}), stop=stop, version=before.version)
            if first.status == 304:
                return self._kept(endpoint, replace(before, at=time.monotonic()))
        records: list[dict[str, Any]] = []
        texts: list[bytes] = []
        answers: list[Answer] = []
        for page in pages(self._client, endpoint, self._params(endpoint, {}), stop, most=int(self._bounds["max_pages"]), first=first):
            answers.append(page.answer)
            if page.records is None:
                texts.append(page.answer.body)
            else:
                records.extend(page.records)
            self._bounded(len(records), endpoint)
            if sample and len(answers) >= sample:
                break
        # One tag tells the state of one answer, not of several pages.
        version = answers[0].version if len(answers) == 1 else ""
        if texts or (answers and csv(answers[0], endpoint)):
            table = _delimited(texts, endpoint)
            self._bounded(table.num_rows, endpoint)
            return self._kept(endpoint, _Copy(time.monotonic(), _columns(table), table, None, version))
        shape = Shape(dates=True).learn(records)
        if not shape.fields:
            raise SourceError(
                f"The endpoint {endpoint.name} gave no records to see its columns by.",
                where=shown(endpoint.url),
                hint="Check records and params.",
            )
        rows = None if sample else _table(shape, records)
        return self._kept(endpoint, _Copy(time.monotonic(), tuple(one.column for one in shape.fields), rows, shape, version))

    def _kept(self, endpoint: Endpoint, copy: _Copy) -> _Copy:
        self._copies[endpoint.name] = copy
        return copy

    def _params(self, endpoint: Endpoint, more: Mapping[str, str]) -> dict[str, str]:
        """The endpoint's own parameters, each reference filled in, and ``more``."""
        return {key: resolve(value) if is_reference(value) else value for key, value in {**endpoint.params, **more}.items()}

    def _bounded(self, count: int, endpoint: Endpoint) -> int:
        most = int(self._bounds["max_rows"])
        if count > most:
            raise QueryError(
                f"The endpoint {endpoint.name} has more than {most:,} records.",
                where=shown(endpoint.url),
                hint="Ask for less with a filter that it takes, or raise max_rows.",
            )
        return count


def _without_user(address: str) -> tuple[str, Auth]:
    """The address without user and password, and these as a way of signing."""
    parts = urlsplit(address)
    if "@" not in parts.netloc:
        return address, Auth()
    user, _, password = parts.netloc.rpartition("@")[0].partition(":")
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return bare, _Given(unquote(user), unquote(password))


class _Given(Auth):
    """User and password that stood in the address a reference led to."""

    def __init__(self, user: str, password: str) -> None:
        super().__init__("given")
        object.__setattr__(self, "_pair", (user, password))

    def signed(self, post: Any, *, refused: str = "") -> tuple[dict[str, str], dict[str, str], tuple[str, str] | None, str]:  # noqa: ARG002
        return {}, {}, self.__dict__["_pair"], ""


def _parameter(condition: Any, endpoint: Endpoint) -> tuple[str, str] | None:
    """The parameter that applies ``condition``, as the profile maps it."""
    if not isinstance(condition, Filter) or condition.value is None or isinstance(condition.value, tuple):
        return None
    param = endpoint.filters.get((condition.column.casefold(), condition.op))
    if param is None:
        return None
    value = condition.value
    return param, str(value).lower() if isinstance(value, bool) else value.isoformat() if hasattr(value, "isoformat") else str(value)  # pyright: ignore[reportAttributeAccessIssue]


def _table(shape: Shape, records: list[dict[str, Any]]) -> pa.Table:
    import pyarrow as pa

    fields = shape.fields
    batches = [shape.batch(records[start : start + BATCH], fields) for start in range(0, len(records), BATCH)]
    return pa.Table.from_batches(batches, schema=shape.schema(fields))


def _delimited(texts: list[bytes], endpoint: Endpoint) -> pa.Table:
    """Pages of CSV as one table; the header of later pages is the first one's."""
    from aiser_jupyter.sources.duckdb import DuckDBSource
    from aiser_jupyter.sources.files import add

    head = texts[0].partition(b"\n")[0] if texts else b""
    whole = b"\n".join(text.rstrip(b"\r\n") if i == 0 else _headless(text, head) for i, text in enumerate(texts))
    if not whole.strip():
        raise SourceError(f"The endpoint {endpoint.name} gave an empty file.", where=shown(endpoint.url))
    # The reader of delimited files wants a file; this one is the user's alone and gone in a moment.
    engine = DuckDBSource(endpoint.name)
    try:
        with tempfile.TemporaryDirectory(prefix="aiser-") as folder:
            path = Path(folder) / "records.csv"
            path.touch(mode=0o600)
            path.write_bytes(whole + b"\n")
            (table,) = add(engine, path)
            return engine.cursor().run(f"SELECT * FROM {quoted(table)}", {}).read_all()  # noqa: S608  # quoted
    except FileFormatError as error:
        raise SourceError(f"The answer of {endpoint.name} is no CSV that I can read: {error.message}", where=shown(endpoint.url)) from None
    finally:
        engine.close()


def _headless(text: bytes, head: bytes) -> bytes:
    first, _, rest = text.partition(b"\n")
    return (rest if first.strip() == head.strip() else text).rstrip(b"\r\n")


def _columns(table: pa.Table) -> tuple[Column, ...]:
    """The columns of an Arrow table as DuckDB calls them."""
    import duckdb

    with duckdb.connect(":memory:") as engine:
        engine.register("incoming", table.slice(0, 0))
        relation = engine.sql("SELECT * FROM incoming")
        return tuple(Column(name, logical(str(kind)), str(kind)) for name, kind in zip(relation.columns, relation.types, strict=True))

"""BigQuery, by Google's own client: what a query reads is known before it runs, and bounded."""

from __future__ import annotations

import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit
from weakref import WeakSet

import google.auth
import google.auth.exceptions
from google.api_core import exceptions
from google.api_core.retry import Retry
from google.cloud import bigquery

from aiser_jupyter.catalog import Column, Key, Table
from aiser_jupyter.catalog.types import logical
from aiser_jupyter.errors import CancelledError, QueryError, SourceError, UsageError
from aiser_jupyter.sources import dbapi
from aiser_jupyter.sources.recipe import Recipe
from aiser_jupyter.sources.reference import without_secret
from aiser_jupyter.sources.server import KEPT_S
from aiser_jupyter.sources.source import Capabilities

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pyarrow as pa

    from aiser_jupyter.sources.options import Options

LABELS = {"application": "aiser-jupyter"}
# Tables are described one by one; the client's own calls are what takes the time.
AT_ONCE = 16
_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "BOOL"),
    (int, "INT64"),
    (float, "FLOAT64"),
    (Decimal, "BIGNUMERIC"),
    (datetime, "TIMESTAMP"),
    (date, "DATE"),
    (bytes, "BYTES"),
    (str, "STRING"),
)


def connect(address: str, name: str, options: Options) -> BigQuerySource:
    """The dataset behind ``bigquery://PROJECT/DATASET?location=EU``; opened at once, so that a wrong address is said here."""
    source = BigQuerySource(address, name, options)
    source.ping()
    return source


class BigQueryCursor:
    """One query job."""

    def __init__(self, owner: BigQuerySource) -> None:
        self._owner = owner
        self._lock = Lock()
        self._job: bigquery.QueryJob | None = None
        self._stopped = False
        self.bytes_planned: int | None = None

    def run(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Let BigQuery plan ``sql``, which tells its kind and its cost, then run it and stream the pages."""
        if frames:
            raise UsageError("A data frame cannot be joined with tables of BigQuery in one statement of BigQuery's own.")
        text = dbapi.rewritten(sql, "bigquery", params, lambda name: f"@{name}")
        try:
            self.bytes_planned = self._owner.planned(text, params)
            job = self._owner.begin(text, params)
            with self._lock:
                self._job = job
                stopped = self._stopped
            if stopped:
                self.cancel()
            return self._owner.stream(job)
        except exceptions.GoogleAPICallError as error:
            if self._stopped:
                raise CancelledError("The query was cancelled.") from None
            raise self._owner.explained(error) from None

    def cancel(self) -> None:
        """Ask BigQuery to stop the job."""
        with self._lock:
            self._stopped = True
            job = self._job
        if job is not None:
            with suppress(exceptions.GoogleAPICallError):
                job.cancel(timeout=2, retry=_once())

    def close(self) -> None:
        """Stop the job where it still runs."""
        job = self._job
        if job is not None and job.state not in {None, "DONE"}:
            self.cancel()
        self._owner.forget(self)


class BigQuerySource:
    """A BigQuery dataset, and through qualified names every other one of its project.

    Each statement is planned first (a dry run, which costs nothing): one that is no SELECT is refused on a read-only connection, and one that would
    read more than ``maximum_bytes_billed`` (a knob of the connection) is refused with the figure.
    """

    dialect = "bigquery"
    capabilities = Capabilities(local=False)

    def __init__(self, address: str, name: str, options: Options) -> None:
        self.name = name
        self.place = without_secret(address)
        self.read_only = not options.write
        self.recipe: Recipe | None = Recipe(address, name, options)
        parts = urlsplit(address)
        self._knobs: dict[str, Any] = {**options.extra, **dict(parse_qsl(parts.query))}
        self.project, self.dataset = parts.netloc, unquote(parts.path.strip("/"))
        if not self.project or not self.dataset:
            raise SourceError("The address names no dataset.", where=self.place, hint="Write bigquery://PROJECT/DATASET?location=EU.")
        self._limit = int(self._knobs["maximum_bytes_billed"]) if "maximum_bytes_billed" in self._knobs else None
        self._timeout = options.connect_timeout_s
        self._client: bigquery.Client | None = _client(self.project, self._knobs)
        self._cursors: WeakSet[BigQueryCursor] = WeakSet()
        self._books: tuple[float, list[bigquery.Table]] | None = None

    def planned(self, sql: str, params: Mapping[str, object]) -> int:
        """The bytes that BigQuery will read for ``sql``; `QueryError` where it would write, or read more than is allowed."""
        job = self._live().query(sql, job_config=self._config(params, dry_run=True), timeout=self._timeout * 4, retry=_once())
        kind = job.statement_type
        if self.read_only and kind not in {"SELECT", None}:
            raise QueryError(f"This connection is read-only, and BigQuery takes the statement for a {kind}.")
        planned = int(job.total_bytes_processed or 0)
        if self._limit is not None and planned > self._limit:
            raise QueryError(
                f"The query would read {planned / 1e9:,.1f} GB; this connection allows {self._limit / 1e9:,.1f} GB.",
                hint="Filter on the partition column, name fewer columns, or raise maximum_bytes_billed in the connection's settings.",
            )
        return planned

    def begin(self, sql: str, params: Mapping[str, object]) -> bigquery.QueryJob:
        """Start ``sql`` as a job."""
        return self._live().query(sql, job_config=self._config(params, dry_run=False), timeout=self._timeout * 4)

    def stream(self, job: bigquery.QueryJob) -> pa.RecordBatchReader:
        """The rows of a job, page by page, once it is done."""
        import pyarrow as pa

        rows = job.result(page_size=10_000)
        with warnings.catch_warnings():
            # Without the storage API's extra client the pages come by REST, which is what is meant.
            warnings.simplefilter("ignore", UserWarning)
            batches = iter(rows.to_arrow_iterable())
            first = next(batches, None)
            if first is None:
                return rows.to_arrow(create_bqstorage_client=False).schema.empty_table().to_reader()

        def read() -> Iterator[pa.RecordBatch]:
            try:
                yield first
                yield from batches
            except exceptions.GoogleAPICallError as error:
                raise self.explained(error) from None

        return pa.RecordBatchReader.from_batches(first.schema, read())

    def explained(self, error: exceptions.GoogleAPICallError) -> Exception:
        """BigQuery's own sentence, without the address of the request."""
        first = (error.errors or [{}])[0]
        said = str(first.get("message") or error.message or error)
        if isinstance(error, exceptions.Forbidden | exceptions.Unauthorized):
            return SourceError(
                f"BigQuery refuses: {said.rstrip('.')}.", where=self.place, hint="Check the account's rights on the dataset."
            )
        if isinstance(error, exceptions.ServerError):
            return SourceError(f"BigQuery does not answer as it should: {said.rstrip('.')}.", where=self.place, hint="Run it again.")
        self._books = None
        return dbapi.EngineError(said)

    def tables(self) -> tuple[Table, ...]:
        """Tables and views of the dataset."""
        return tuple(_table(table) for table in self._listed())

    def keys(self) -> tuple[Key, ...]:
        """Declared foreign keys; BigQuery does not enforce them."""
        return tuple(key for table in self._listed() for key in _keys(table))

    def sizes(self) -> dict[str, int]:
        """Exact row counts of tables, which BigQuery keeps."""
        return {table.table_id: int(table.num_rows) for table in self._listed() if table.num_rows is not None}

    def cursor(self) -> BigQueryCursor:
        """A place to run one query."""
        self._live()
        cursor = BigQueryCursor(self)
        self._cursors.add(cursor)
        return cursor

    def forget(self, cursor: BigQueryCursor) -> None:
        """Drop a closed cursor from those that ``cancel`` reaches."""
        self._cursors.discard(cursor)

    def ping(self) -> None:
        """Ask for the dataset; raises `SourceError` where it cannot be reached or is not there."""
        self._told(lambda: self._live().get_dataset(f"{self.project}.{self.dataset}", retry=_once(), timeout=self._timeout))

    def cancel(self) -> None:
        """Stop every job of this connection."""
        for cursor in tuple(self._cursors):
            cursor.cancel()

    def close(self) -> None:
        """Stop what runs and close the client."""
        self.cancel()
        client, self._client = self._client, None
        if client is not None:
            client.close()

    def _listed(self) -> list[bigquery.Table]:
        if self._books is None or time.monotonic() - self._books[0] > KEPT_S:
            self._books = (time.monotonic(), self._told(self._read))
        return self._books[1]

    def _read(self) -> list[bigquery.Table]:
        client = self._live()
        items = list(client.list_tables(f"{self.project}.{self.dataset}", timeout=self._timeout * 2))
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="aiser-bigquery") as pool:
            return list(pool.map(lambda item: client.get_table(item.reference, timeout=self._timeout * 2), items))

    def _told(self, call: Callable[[], Any]) -> Any:
        """What ``call`` gives, with the client's errors in our words."""
        try:
            return call()
        except (exceptions.GoogleAPICallError, exceptions.RetryError, google.auth.exceptions.GoogleAuthError, OSError) as error:
            raise SourceError(
                f"BigQuery cannot be reached, or knows no such dataset: {dbapi.first_line(error)[:200].rstrip('.')}.",
                where=self.place,
                hint="Check the project, the dataset and the account (gcloud auth application-default login).",
            ) from None

    def _live(self) -> bigquery.Client:
        if self._client is None:
            raise SourceError(f"The connection {self.name} is closed.", hint="Connect again: ws.connect(…).")
        return self._client

    def _config(self, params: Mapping[str, object], *, dry_run: bool) -> bigquery.QueryJobConfig:
        config = bigquery.QueryJobConfig(
            query_parameters=[parameter(name, value) for name, value in params.items()],
            use_legacy_sql=False,
            labels=LABELS,
            dry_run=dry_run,
            default_dataset=f"{self.project}.{self.dataset}",
        )
        if self._limit is not None:
            config.maximum_bytes_billed = self._limit
        return config


def _once() -> Retry:
    """No second try: a wrong address must be said in time."""
    return Retry(predicate=lambda _error: False)


def parameter(name: str, value: Any) -> bigquery.ScalarQueryParameter | bigquery.ArrayQueryParameter:
    """A value as BigQuery binds it; a list becomes an array. `UsageError` for a value that has no type there."""
    if isinstance(value, list | tuple):
        kinds = {_kind(item, name) for item in value} or {"STRING"}
        if len(kinds) > 1:
            raise UsageError(f"The list :{name} mixes {' and '.join(sorted(kinds))}; BigQuery's arrays hold one type.")
        return bigquery.ArrayQueryParameter(name, kinds.pop(), list(value))
    return bigquery.ScalarQueryParameter(name, _kind(value, name), value)


def _kind(value: object, name: str) -> str:
    if value is None:
        return "STRING"
    if isinstance(value, datetime) and value.tzinfo is None:
        return "DATETIME"
    kind = next((word for type_, word in _TYPES if isinstance(value, type_)), None)
    if kind is None:
        raise UsageError(f"The parameter :{name} is a {type(value).__name__}, which BigQuery cannot bind.")
    return kind


def _client(project: str, knobs: Mapping[str, Any]) -> bigquery.Client:
    """The client with the machine's own credentials, or those of a key file; none for an endpoint of one's own, which is an emulator."""
    from google.api_core.client_options import ClientOptions
    from google.auth.credentials import AnonymousCredentials

    endpoint = knobs.get("api_endpoint")
    location = knobs.get("location")
    try:
        if endpoint:
            return bigquery.Client(project, AnonymousCredentials(), location=location, client_options=ClientOptions(api_endpoint=endpoint))
        if key := knobs.get("credentials_path"):
            return bigquery.Client.from_service_account_json(key, project=project, location=location)
        return bigquery.Client(project, location=location)
    except (google.auth.exceptions.GoogleAuthError, OSError, ValueError) as error:
        raise SourceError(
            f"There are no credentials for BigQuery: {dbapi.first_line(error)[:200].rstrip('.')}.",
            hint="Run gcloud auth application-default login, or name a key file: ?credentials_path=/path/key.json.",
        ) from None


def _table(table: bigquery.Table) -> Table:
    constraints = table.table_constraints
    primary = set(constraints.primary_key.columns) if constraints is not None and constraints.primary_key is not None else set()
    columns = tuple(
        Column(
            field.name,
            logical(kind := f"{field.field_type}[]" if field.mode == "REPEATED" else field.field_type),
            kind,
            field.mode != "REQUIRED",
            field.name in primary,
            unique=primary == {field.name},
            comment=field.description or "",
        )
        for field in table.schema
    )
    return Table(table.table_id, columns, kind="table" if table.table_type == "TABLE" else "view", comment=table.description or "")


def _keys(table: bigquery.Table) -> Iterator[Key]:
    constraints = table.table_constraints
    for key in (constraints.foreign_keys if constraints is not None else None) or ():
        pairs = key.column_references
        there = tuple(pair.referenced_column for pair in pairs)
        yield Key(table.table_id, tuple(pair.referencing_column for pair in pairs), key.referenced_table.table_id, there)

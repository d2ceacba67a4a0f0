"""MongoDB: collections as tables, nested fields as columns; filters and groups run on the server, the rest of a statement here."""

from __future__ import annotations

import os
import time
import uuid
import warnings
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from threading import RLock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiser_jupyter.catalog import Table
from aiser_jupyter.errors import CancelledError, DeadlineError, EngineWordsError, QueryError, RefusedError, SourceError, UsageError
from aiser_jupyter.sources.conditions import described
from aiser_jupyter.sources.nested import MisfitError, Shape
from aiser_jupyter.sources.recipe import Recipe
from aiser_jupyter.sources.scanned import ScannedSource
from aiser_jupyter.sources.schemes import missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pyarrow as pa
    from pymongo import MongoClient
    from pymongo.database import Database

    from aiser_jupyter.sources.grouping import Grouping
    from aiser_jupyter.sources.options import Options
    from aiser_jupyter.sources.scanned import Scan

BATCH = 5_000
KEPT_S = 60.0  # how long the list of collections and what was found in them is believed
KNOBS = {"sample": 1_000, "max_time_s": 300.0, "pushdown": True}
_OVER_TIME, _KILLED = 50, (11601, 237, 43)
_DENIED = (13, 8000)


def connect(address: str, name: str, options: Options) -> MongoSource:
    """The database that ``address`` names, tried once.

    Knobs in ``options.extra``: ``sample`` documents of a collection that settle its columns, ``max_time_s`` that a read may take on the server,
    ``pushdown`` of filters and groups. Raises `SourceError` where the server cannot be reached, `UsageError` for a knob that is not there.
    """
    if find_spec("pymongo") is None:
        raise missing("mongodb", "mongo")
    if options.write:
        raise RefusedError(
            "A MongoDB connection only reads: nothing here writes documents.",
            hint="Connect without write=True; write with your own client.",
        )
    for knob in options.extra:
        if knob not in KNOBS:
            raise UsageError(f"MongoDB has no knob {knob!r}.", hint=f"Knobs: {', '.join(KNOBS)}.")
    source = MongoSource(address, name, options)
    try:
        source.ping()
    except BaseException:
        source.close()
        raise
    return source


class _Known:
    """What is known of a collection."""

    def __init__(self, shape: Shape, kind: str, collation: Mapping[str, Any] | None) -> None:
        self.shape = shape
        self.kind = kind
        self.collation = collation
        self.told: set[str] = set()


class MongoSource(ScannedSource):
    """A MongoDB database; of its commands only those that read are ever sent."""

    def __init__(self, address: str, name: str, options: Options) -> None:
        super().__init__()
        self.name = name
        self.read_only = True
        self.recipe = Recipe(address, name, options)
        self._address = address
        self._options = options
        self._knobs: dict[str, Any] = {**KNOBS, **options.extra}
        self._lock = RLock()
        self._opened: tuple[int, MongoClient[dict[str, Any]]] | None = None
        self._listed: tuple[float, dict[str, dict[str, Any]]] | None = None
        self._known: dict[str, tuple[float, _Known]] = {}
        parts = urlsplit(address)
        self._database = parts.path.strip("/")
        self.place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/{self._database}"
        if not self._database:
            raise SourceError(
                "The address names no database.",
                where=self.place,
                hint="Write it after the host: mongodb://HOST/DATABASE (in env:NAME where it holds a password).",
            )

    def tables(self) -> tuple[Table, ...]:
        """Collections and views with the columns found in a sample; a warning tells of columns that hold several kinds of values."""
        return tuple(table for name in self._collections() if (table := self.table(name)) is not None and table.columns)

    def table(self, name: str) -> Table | None:
        """The collection of that name."""
        listed = self._collections()
        found = name if name in listed else next((one for one in listed if one.casefold() == name.casefold()), None)
        if found is None:
            return None
        known = self._about(found)
        columns = []
        for field in known.shape.fields:
            column = field.column
            if field.path == ("_id",):
                column = replace(column, nullable=False, primary=True, unique=True)
            if field.kind == "mixed" and field.name not in known.told:
                known.told.add(field.name)
                warnings.warn(f"{found}.{field.name} {column.comment}.", UserWarning, stacklevel=2)
            columns.append(column)
        return Table(found, tuple(columns), kind=known.kind)

    def sizes(self) -> dict[str, int]:
        """The documents of each collection by the server's own books."""
        return {
            name: self._asked(lambda name=name: self._db()[name].estimated_document_count())
            for name, told in self._collections().items()
            if told["type"] != "view"
        }

    def ping(self) -> None:
        """Try the server; raises `SourceError` where it does not answer in time."""
        self.ready()
        self._asked(lambda: self._db().command("ping"))

    def scan(self, scan: Scan) -> pa.RecordBatchReader:
        """The documents that meet the conditions the server can apply, with the wanted fields alone."""
        import pyarrow as pa

        from aiser_jupyter.sources.mongo_filters import wanted
        from aiser_jupyter.sources.mongo_types import place

        known = self._about(scan.table)
        fields = [field for name in scan.columns if (field := known.shape.named(name)) is not None]
        if len(fields) < len(scan.columns):
            gone = next(name for name in scan.columns if known.shape.named(name) is None)
            raise QueryError(
                f"{scan.table} has no column {gone!r} any more: some documents hold something else in place of the object it was part of.",
                hint="Look at its columns again: ws.describe(…).",
            )
        applied = [(one, found) for one in scan.conditions if self._knobs["pushdown"] and (found := wanted(one, known.shape)) is not None]
        filters = [found for _, found in applied]
        limit = scan.limit if len(applied) == len(scan.conditions) else None
        paths = {place(field) or "" for field in fields}
        projection = None if "" in paths else dict.fromkeys(sorted(paths | {"_id"}), 1)
        if projection is not None and "_id" not in paths:
            projection["_id"] = 0
        told = "; ".join(described(one) for one, _ in applied)
        scan.pushed.append(
            f"{scan.table}: find {', '.join(scan.columns)}"
            + (f" where {told}" if told else "")
            + (f" limit {limit}" if limit is not None else "")
        )
        tag = _tag()
        cursor = (
            self._db()[scan.table]
            .find(
                {"$and": filters} if filters else {},
                projection,
                batch_size=BATCH,
                limit=limit or 0,
                collation=known.collation,
                comment=tag,
            )
            .max_time_ms(self._time_ms(scan))
        )

        def batches() -> Iterator[pa.RecordBatch]:
            if limit == 0:
                return
            with scan.stop.calling(lambda: self._kill(tag, scan.table, cursor.cursor_id)):
                try:
                    while documents := self._asked(lambda: _chunk(cursor, BATCH), scan):
                        yield known.shape.batch(documents, fields)
                finally:
                    with suppress(Exception):
                        cursor.close()

        return pa.RecordBatchReader.from_batches(known.shape.schema(fields), batches())

    def aggregate(self, grouping: Grouping, scan: Scan) -> pa.Table | None:
        """The groups of one $group; None where the server would make others, or does not know how."""
        from pymongo.errors import OperationFailure

        from aiser_jupyter.sources import mongo_groups

        known = self._about(scan.table)
        stages = mongo_groups.pipeline(grouping, known.shape) if self._knobs["pushdown"] else None
        if stages is None:
            return None
        tag = _tag()

        def groups() -> list[dict[str, Any]]:
            options: dict[str, Any] = {"collation": known.collation} if known.collation else {}
            with self._db()[scan.table].aggregate(
                stages, allowDiskUse=True, maxTimeMS=self._time_ms(scan), comment=tag, batchSize=BATCH, **options
            ) as cursor:
                return list(cursor)

        with scan.stop.calling(lambda: self._kill(tag, scan.table, None)):
            try:
                found = self._asked(groups, scan)
            except EngineWordsError as error:
                if isinstance(error.__cause__, OperationFailure) and error.__cause__.code not in _DENIED:
                    return None
                raise
        made = mongo_groups.table(grouping, known.shape, found)
        if made is not None:
            told = "; ".join(map(described, grouping.conditions))
            parts = ", ".join([*grouping.keys, *(f"{part.how} {part.column}".strip() for part in grouping.parts)])
            scan.pushed.append(f"{scan.table}: group {parts}" + (f" where {told}" if told else ""))
        return made

    def learn(self, table: str, documents: Sequence[Mapping[str, Any]]) -> None:
        """Widen the columns of a collection by what these documents hold, and tell of those that hold several kinds of values now."""
        self._about(table).shape.learn(documents)
        self.table(table)

    def close(self) -> None:
        """Close the cursors and the client."""
        super().close()
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None and opened[0] == os.getpid():
            opened[1].close()

    def _db(self) -> Database[dict[str, Any]]:
        """The database, by a client of this very process: a fork may not use its parent's."""
        from bson.codec_options import CodecOptions, DatetimeConversion
        from pymongo import MongoClient
        from pymongo.errors import PyMongoError

        self.ready()
        with self._lock:
            if self._opened is None or self._opened[0] != os.getpid():
                wait = int(self._options.connect_timeout_s * 1000)
                try:
                    client: MongoClient[dict[str, Any]] = MongoClient(
                        self._address,
                        appname="aiser-jupyter",
                        serverSelectionTimeoutMS=wait,
                        connectTimeoutMS=wait,
                        maxPoolSize=self._options.pool_size + 2,  # room to kill what the others run
                        retryReads=True,
                        retryWrites=False,
                        uuidRepresentation="standard",
                    )
                except (PyMongoError, ValueError) as error:
                    raise self._unreachable(error) from None
                self._opened = (os.getpid(), client)
            codec: CodecOptions[dict[str, Any]] = CodecOptions(
                tz_aware=True, uuid_representation=4, datetime_conversion=DatetimeConversion.DATETIME_AUTO
            )
            return self._opened[1].get_database(self._database, codec_options=codec)

    def _collections(self) -> dict[str, dict[str, Any]]:
        """What listCollections tells, by name; the server's own collections are left out."""
        with self._lock:
            if self._listed is None or time.monotonic() - self._listed[0] > KEPT_S:
                found = self._asked(lambda: list(self._db().list_collections()))
                names = sorted((one for one in found if not one["name"].startswith("system.")), key=lambda one: one["name"])
                self._listed = (time.monotonic(), {one["name"]: {"options": {}, "type": "collection", **one} for one in names})
            return self._listed[1]

    def _about(self, name: str) -> _Known:
        with self._lock:
            kept = self._known.get(name)
            if kept is None or time.monotonic() - kept[0] > KEPT_S:
                before = kept[1] if kept is not None else None
                kept = self._known[name] = (time.monotonic(), self._sampled(name, before))
            return kept[1]

    def _sampled(self, name: str, before: _Known | None) -> _Known:
        """The columns by a sample: the first half in stored order, the other at random, so that old and new documents are seen."""
        from aiser_jupyter.sources.mongo_types import example, read

        told = self._collections()[name]
        options = told["options"]
        collation = options.get("collation") or {}
        # A collection may sort and compare by a language's rules; SQL here compares letter by letter.
        simple = {"locale": "simple"} if collation.get("locale", "simple") != "simple" else None
        known = _Known(before.shape if before is not None else Shape(read), "view" if told["type"] == "view" else "table", simple)
        known.told = before.told if before is not None else set()
        half = max(int(self._knobs["sample"]) // 2, 1)
        collection, limit = self._db()[name], self._time_ms(None)
        documents = self._asked(lambda: list(collection.find({}, limit=half, batch_size=half).max_time_ms(limit)))
        known.shape.learn(documents)
        if len(documents) == half:
            drawn = [{"$sample": {"size": half}}]
            known.shape.learn(self._asked(lambda: list(collection.aggregate(drawn, maxTimeMS=limit))))
        promised = (options.get("validator") or {}).get("$jsonSchema")
        if isinstance(promised, dict):
            known.shape.learn([example(promised)])
        return known

    def _time_ms(self, scan: Scan | None) -> int:
        most = float(self._knobs["max_time_s"])
        given = most if scan is None or scan.timeout_s is None else min(scan.timeout_s, most)
        return max(int(given * 1000), 1)

    def _asked(self, ask: Callable[[], Any], scan: Scan | None = None) -> Any:
        """What ``ask`` gives; the driver's errors in our words."""
        from pymongo.errors import ConfigurationError, ConnectionFailure, ExecutionTimeout, InvalidOperation, OperationFailure, PyMongoError

        try:
            return ask()
        except (MisfitError, SourceError):
            raise
        except PyMongoError as error:
            if scan is not None:
                scan.stop.check()
            if isinstance(error, ExecutionTimeout) or getattr(error, "code", None) == _OVER_TIME:
                raise DeadlineError(
                    "MongoDB stopped the query when its time was over.", hint="Ask for less, or raise max_time_s."
                ) from error
            if getattr(error, "code", None) in _KILLED:
                raise CancelledError("The query was stopped on the server.") from error
            if isinstance(error, ConnectionFailure | ConfigurationError | InvalidOperation) or getattr(error, "code", None) == 18:
                raise self._unreachable(error) from None
            said = error.details.get("errmsg", "") if isinstance(error, OperationFailure) and error.details else str(error)
            raise EngineWordsError(f"MongoDB says: {said[:300]}", where=self.place) from error

    def _unreachable(self, error: Exception) -> SourceError:
        code = getattr(error, "code", None)
        first = str(error).partition(",")[0].partition(": {")[0][:200]
        if self._options.connect_timeout_s and "@" in self._address:
            secret = urlsplit(self._address).netloc.rpartition("@")[0].partition(":")[2]
            first = first.replace(secret, "***") if secret else first
        hint = (
            "Check user and password, and authSource."
            if code == 18
            else "Check host and port, that the server runs, and that TLS is as it wants."
        )
        return SourceError(f"MongoDB cannot be reached: {first}.", where=self.place, hint=hint)

    def _kill(self, tag: str, collection: str, cursor: int | None) -> None:
        """Stop a read on the server: by its cursor where that is known, and by the comment it carries while it is at work."""
        database = self._db()
        if cursor:
            with suppress(Exception):
                database.command("killCursors", collection, cursors=[cursor])
        admin = database.client["admin"]
        with suppress(Exception):
            for told in admin.aggregate([{"$currentOp": {"allUsers": False}}, {"$match": {"command.comment": tag}}], maxTimeMS=1000):
                admin.command("killOp", op=told["opid"])


def _tag() -> str:
    """What marks one read among the server's operations."""
    return f"aiser {uuid.uuid4().hex}"


def _chunk(cursor: Any, size: int) -> list[dict[str, Any]]:
    found = []
    for document in cursor:
        found.append(document)
        if len(found) == size:
            break
    return found

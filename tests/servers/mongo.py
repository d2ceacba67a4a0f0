"""A server that speaks MongoDB's wire protocol (OP_MSG) over mongomock's collections: real pymongo clients, no real mongod."""

from __future__ import annotations

import contextlib
import decimal
import itertools
import socketserver
import struct
import threading
from datetime import datetime
from typing import Self

import bson
import mongomock
from bson.codec_options import CodecOptions, TypeCodec, TypeRegistry
from bson.decimal128 import Decimal128
from mongomock import aggregate, collection, filtering
from pymongo.errors import PyMongoError

_OP_MSG, _OP_REPLY = 2013, 1
_HELLO = {
    "isWritablePrimary": True,
    "helloOk": True,
    "maxBsonObjectSize": 16 << 20,
    "maxMessageSizeBytes": 48_000_000,
    "maxWriteBatchSize": 100_000,
    "minWireVersion": 0,
    "maxWireVersion": 21,
    "logicalSessionTimeoutMinutes": 30,
}
_ALIASES = (
    ("bool", bool),
    ("long", bson.Int64),
    ("int", int),
    ("double", float),
    ("decimal", (decimal.Decimal, Decimal128)),
    ("string", str),
    ("date", datetime),
    ("objectId", bson.ObjectId),
    ("object", dict),
    ("array", (list, tuple)),
    ("binData", bytes),
    ("regex", bson.Regex),
)


class _Decimals(TypeCodec):
    """mongomock adds and compares Python's decimals, not BSON's."""

    python_type = decimal.Decimal
    bson_type = Decimal128

    def transform_python(self, value):
        return Decimal128(value)

    def transform_bson(self, value):
        return value.to_decimal()


CODEC = CodecOptions(type_registry=TypeRegistry([_Decimals()]))


class _Checked:
    """What mongomock tries a document with before it keeps it."""

    @staticmethod
    def encode(document, check_keys=False):
        return bson.encode(document, check_keys, CODEC)


def type_of(value) -> str:
    """The BSON type's name."""
    if value is None:
        return "null"
    return next((name for name, kind in _ALIASES if isinstance(value, kind)), "other")


def _has_type(value, wanted, in_array=False) -> bool:
    names = wanted if isinstance(wanted, list | tuple) else [wanted]
    if type_of(value) in names or ("number" in names and type_of(value) in {"int", "long", "double", "decimal"}):
        return True
    return isinstance(value, list | tuple) and not in_array and any(_has_type(item, names, in_array=True) for item in value)


def _teach_types() -> None:
    """mongomock knows `$type` in a find by one name alone, and not at all as an expression."""
    parse = aggregate._Parser.parse

    def taught(self, expression):
        if isinstance(expression, dict) and list(expression) == ["$type"]:
            try:
                return type_of(parse(self, expression["$type"]))
            except KeyError:
                return "missing"
        return parse(self, expression)

    if parse.__name__ != "taught":
        aggregate._Parser.parse = taught
        collection.BSON = _Checked
        filtering._filterer_inst._operator_map["$type"] = _has_type


class MongoServer:
    """``log`` holds every command; ``delays`` maps a collection to the seconds a read with a comment takes, unless it is killed; ``errors`` a command
    to the (code, message) it gets; ``options`` a collection to its options."""

    def __init__(self, user: str = "") -> None:
        _teach_types()
        self.db = mongomock.MongoClient(tz_aware=True)
        self.log: list[dict] = []
        self.delays: dict[str, float] = {}
        self.errors: dict[str, tuple[int, str]] = {}
        self.options: dict[str, dict] = {}
        self._ids = itertools.count(100)
        self._lock = threading.RLock()
        self._cursors: dict[int, tuple[str, list]] = {}
        self._running: dict[int, tuple[dict, threading.Event]] = {}
        server = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                with contextlib.suppress(ConnectionError, OSError):
                    while True:
                        server._turn(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]

    def url(self, database: str = "shop") -> str:
        return f"mongodb://127.0.0.1:{self.port}/{database}?directConnection=true"

    @property
    def running(self) -> int:
        """How many reads are under way."""
        return len(self._running)

    @property
    def open_cursors(self) -> int:
        return len(self._cursors)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def commands(self, name: str) -> list[dict]:
        return [command for command in self.log if next(iter(command)) == name]

    def _turn(self, client) -> None:
        length, request, _, code = struct.unpack("<iiii", _exactly(client, 16))
        body = _exactly(client, length - 16)
        if code == _OP_MSG:
            (flags,) = struct.unpack_from("<I", body)
            answer = b"\0\0\0\0\0" + bson.encode(self._answer(_message(body, flags)), codec_options=CODEC)
            if flags & 2:  # the client wants no reply
                return
        else:  # the first hello comes as an OP_QUERY
            answer, code = struct.pack("<iqii", 8, 0, 0, 1) + bson.encode(self._answer({"hello": 1})), _OP_REPLY
        client.sendall(struct.pack("<iiii", len(answer) + 16, next(self._ids), request, code) + answer)

    def _answer(self, command: dict) -> dict:
        name = next(iter(command))
        self.log.append(command)
        if name in self.errors:
            code, message = self.errors[name]
            return _failure(code, message)
        wait = self.delays.get(command[name] if isinstance(command[name], str) else "", 0)
        if "comment" in command and wait and (failed := self._wait(command, wait)):
            return failed
        try:
            with self._lock:
                return {**self._do(name, command), "ok": 1.0}
        except (PyMongoError, NotImplementedError, TypeError, ValueError, KeyError) as error:
            return _failure(getattr(error, "code", None) or 2, f"{type(error).__name__}: {error}")

    def _wait(self, command: dict, seconds: float) -> dict | None:
        """Work for so long, unless killed or over time."""
        number, killed = next(self._ids), threading.Event()
        self._running[number] = (command, killed)
        limit = command.get("maxTimeMS", 0) / 1000
        over = bool(limit) and limit < seconds
        try:
            if killed.wait(min(seconds, limit) if limit else seconds):
                return _failure(11601, "operation was interrupted")
        finally:
            del self._running[number]
        return _failure(50, "operation exceeded time limit") if over else None

    def _do(self, name: str, command: dict) -> dict:
        what, database = command[name], command.get("$db", "admin")
        handler = getattr(self, f"_do_{name.lower()}", None)
        if handler is None:
            return _failure(59, f"no such command: '{name}'")
        return handler(what, self.db[database], command)

    def _do_hello(self, *_):
        return _HELLO

    _do_ismaster = _do_hello

    def _do_ping(self, *_):
        return {}

    _do_endsessions = _do_ping

    def _do_buildinfo(self, *_):
        return {"version": "7.0.0", "versionArray": [7, 0, 0, 0]}

    def _do_find(self, name, database, command):
        found = database[name].find(command.get("filter") or {}, command.get("projection"), skip=command.get("skip", 0))
        if command.get("sort"):
            found = found.sort(list(command["sort"].items()))
        if command.get("limit"):
            found = found.limit(abs(command["limit"]))
        return self._first(f"{database.name}.{name}", list(found), command.get("batchSize"))

    def _do_aggregate(self, name, database, command):
        # What is drawn at random on a server is the first of it here, so that tests know what is seen.
        pipeline = [{"$limit": stage["$sample"]["size"]} if "$sample" in stage else stage for stage in command["pipeline"]]
        if pipeline and "$currentOp" in pipeline[0]:
            return self._first("admin.$cmd.aggregate", self._operations(pipeline[1:]), None)
        found = list(database[name].aggregate(pipeline))
        return self._first(f"{database.name}.{name}", found, command.get("cursor", {}).get("batchSize"))

    def _operations(self, rest):
        told = mongomock.MongoClient()["x"]["ops"]
        told.insert_many([{"opid": number, "command": dict(command)} for number, (command, _) in self._running.items()] or [{}])
        return list(told.aggregate(rest))

    def _do_killop(self, _, __, command):
        operation = self._running.get(command["op"])
        if operation is not None:
            operation[1].set()
        return {"info": "attempting to kill op"}

    def _do_killcursors(self, _, __, command):
        return {"cursorsKilled": [number for number in command["cursors"] if self._cursors.pop(number, None)]}

    def _do_getmore(self, number, _, command):
        if number not in self._cursors:
            return _failure(43, f"cursor id {number} not found")
        place, rest = self._cursors.pop(number)
        size = command.get("batchSize") or len(rest)
        if rest[size:]:
            self._cursors[number] = (place, rest[size:])
        return {"cursor": {"nextBatch": rest[:size], "id": bson.Int64(number if rest[size:] else 0), "ns": place}}

    def _do_insert(self, name, database, command):
        database[name].insert_many(command["documents"])
        return {"n": len(command["documents"])}

    def _do_delete(self, name, database, command):
        return {"n": sum(database[name].delete_many(one["q"]).deleted_count for one in command["deletes"])}

    def _do_drop(self, name, database, _):
        database.drop_collection(name)
        return {}

    def _do_count(self, name, database, command):
        return {"n": database[name].count_documents(command.get("query") or {})}

    def _do_listcollections(self, _, database, __):
        told = [
            {"name": name, "type": "collection", "options": self.options.get(name, {}), "info": {"readOnly": False}}
            for name in database.list_collection_names()
        ]
        return self._first(f"{database.name}.$cmd.listCollections", told, None)

    def _do_listdatabases(self, *_):
        return {"databases": [{"name": name, "sizeOnDisk": 0, "empty": False} for name in self.db.list_database_names()], "totalSize": 0}

    def _first(self, place: str, found: list, size: int | None) -> dict:
        size = 101 if size is None else size
        number = next(self._ids) if found[size:] else 0
        if number:
            self._cursors[number] = (place, found[size:])
        return {"cursor": {"firstBatch": found[:size], "id": bson.Int64(number), "ns": place}}


def _failure(code: int, message: str) -> dict:
    return {"ok": 0.0, "code": code, "errmsg": message, "codeName": "Emulated"}


def _exactly(client, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = client.recv(count - len(parts))
        if not part:
            raise ConnectionError
        parts += part
    return bytes(parts)


def _message(body: bytes, flags: int) -> dict:
    """The command of an OP_MSG, with the documents of its sequences."""
    end, at, command, more = len(body) - (4 if flags & 1 else 0), 4, {}, {}
    while at < end:
        kind, (size,) = body[at], struct.unpack_from("<i", body, at + 1)
        part = body[at + 1 : at + 1 + size]
        if kind == 0:
            command = bson.decode(part, codec_options=CODEC)
        else:
            stop = part.index(b"\0", 4)
            more[part[4:stop].decode()] = list(bson.decode_all(part[stop + 1 :], codec_options=CODEC))
        at += 1 + size
    return {**command, **more}

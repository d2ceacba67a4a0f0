"""A team's memory in Redis, by redis-py: one hash a tenant, and one that says which entry a phrase is."""

from __future__ import annotations

import json
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING, Any

from aiser_jupyter.memory.entry import Entry, Owner, moment, stamp
from aiser_jupyter.memory.postgres import unreachable
from aiser_jupyter.memory.store import matching, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from aiser_jupyter.memory.entry import Kind

TIMEOUT_S = 5.0
# Each script is one atomic step: two writers never make two entries of one phrase, nor bring a removed one back.
PUT = """
local id = redis.call('HGET', KEYS[2], ARGV[1])
if not id then
  id = redis.call('INCR', KEYS[3])
  redis.call('HSET', KEYS[2], ARGV[1], id)
end
redis.call('HSET', KEYS[1], id, ARGV[2])
return tonumber(id)
"""
USE = """
local kept = redis.call('HGET', KEYS[1], ARGV[1])
if kept then
  local entry = cjson.decode(kept)
  entry['used_at'] = ARGV[2]
  entry['uses'] = (entry['uses'] or 0) + 1
  redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(entry))
end
return 0
"""
REMOVE = """
redis.call('HDEL', KEYS[2], ARGV[2])
return redis.call('HDEL', KEYS[1], ARGV[1])
"""


class RedisMemory:
    """A store under ``aiser:memory:TENANT:…`` of one Redis; what it keeps lasts as Redis is set to make it last."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = RLock()
        self._client: Any = None

    def put(self, entry: Entry) -> Entry:
        """Keep ``entry``, in the place of one of the same owner, kind and text."""
        keys = self._keys(entry.owner.tenant)
        number = self._call(lambda client: client.eval(PUT, 3, *keys, _name(entry), _packed(entry)))
        return replace(entry, id=int(number))

    def find(self, owner: Owner, kinds: Collection[Kind] = ()) -> list[Entry]:
        """The owner's entries at that place."""
        return matching(self._read(owner.tenant), owner, kinds)

    def all(self, tenant: str, user: str) -> list[Entry]:
        """Every entry that the user may read."""
        return [entry for entry in self._read(tenant) if entry.owner.user in (user, "")]

    def used(self, tenant: str, ids: Collection[int], at: datetime) -> None:
        """Note that entries were used."""
        entries = self._keys(tenant)[0]
        for number in ids:
            self._call(lambda client, number=number: client.eval(USE, 1, entries, number, stamp(at)))

    def remove(self, tenant: str, user: str, ids: Collection[int]) -> int:
        """Take entries away; how many."""
        keys, gone = self._keys(tenant), 0
        for entry in self.all(tenant, user):
            if entry.id in ids:
                gone += int(self._call(lambda client, entry=entry: client.eval(REMOVE, 2, keys[0], keys[1], entry.id, _name(entry))))
        return gone

    def erase(self) -> str:
        """Removed entries are gone from memory; its append-only file and snapshots are its administrator's, who is asked to write them anew."""

        def rewrite(client: Any) -> None:
            if client.config_get("appendonly").get("appendonly") == "yes":
                client.bgrewriteaof()

        import redis  # pyright: ignore[reportMissingImports]  # an extra

        try:
            self._call(rewrite, passed=(redis.ResponseError,))
        except redis.ResponseError:
            return "Redis was not allowed to write its file anew"
        return ""

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _read(self, tenant: str) -> list[Entry]:
        kept = self._call(lambda client: client.hgetall(self._keys(tenant)[0]))
        return sorted((_entry(tenant, int(number), text) for number, text in kept.items()), key=lambda e: e.id)

    @staticmethod
    def _keys(tenant: str) -> tuple[str, str, str]:
        # Braces put all three on one node of a cluster.
        base = f"aiser:memory:{{{tenant}}}"
        return f"{base}:entries", f"{base}:names", f"{base}:number"

    def _call(self, what: Callable[[Any], Any], *, passed: tuple[type[Exception], ...] = ()) -> Any:
        try:
            import redis  # pyright: ignore[reportMissingImports]  # an extra
        except ImportError:
            raise missing("redis") from None
        with self._lock:
            try:
                if self._client is None:
                    self._client = redis.Redis.from_url(
                        self._url, decode_responses=True, socket_timeout=TIMEOUT_S, socket_connect_timeout=TIMEOUT_S
                    )
                return what(self._client)
            except passed:
                raise
            except redis.RedisError as error:
                raise unreachable("Redis", str(error)) from None


def _name(entry: Entry) -> str:
    return json.dumps([entry.owner.user, entry.owner.place, entry.kind, entry.text.casefold()], ensure_ascii=False)


def _packed(entry: Entry) -> str:
    plain = {"user": entry.owner.user, "place": entry.owner.place, "connection": entry.connection, "kind": entry.kind, "text": entry.text}
    return json.dumps(
        plain | {"value": dict(entry.value), "at": stamp(entry.at), "used_at": stamp(entry.used_at), "uses": entry.uses}, ensure_ascii=False
    )


def _entry(tenant: str, number: int, text: str) -> Entry:
    kept = json.loads(text)
    value = kept["value"] or {}  # Lua writes an empty table as an empty list
    owner = Owner(tenant, kept["user"], kept["place"])
    return Entry(
        kept["kind"],
        kept["text"],
        dict(value),
        owner,
        kept["connection"],
        moment(kept["at"]),
        moment(kept["used_at"]),
        int(kept["uses"]),
        number,
    )

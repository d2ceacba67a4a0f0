"""A team's policy in a table of PostgreSQL: read again when its version changes, and not believed for long when the server is away."""

from __future__ import annotations

import hashlib
import os
import time
from dataclasses import dataclass
from threading import Lock, Timer
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import AiserError, CancelledError, SettingsError, SourceError
from aiser_jupyter.policy import Policy, file, signature
from aiser_jupyter.policy.watch import Watched
from aiser_jupyter.sources.open import open_source
from aiser_jupyter.sources.reference import is_reference, without_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime
    from pathlib import Path

    from aiser_jupyter.sources.source import Source

TABLE = "aiser_policy"
_STALL_S = 10.0
EVERY_S = 5.0  # how often the version is asked for
BOUND_S = 300.0  # how long the last policy that was read holds while the server is away
DDL = f"""
-- Owned by an administrator; the logins of analysts may read it, and nobody changes what was published.
CREATE TABLE {TABLE} (
  version bigint PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  by name NOT NULL DEFAULT session_user,
  text text NOT NULL,
  signature text NOT NULL DEFAULT '',
  note text NOT NULL DEFAULT ''
);
CREATE FUNCTION {TABLE}_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'a published policy is not changed: publish a new version'; END $$;
CREATE TRIGGER {TABLE}_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {TABLE} FOR EACH STATEMENT EXECUTE FUNCTION {TABLE}_kept();
REVOKE ALL ON {TABLE} FROM PUBLIC;
-- GRANT SELECT ON {TABLE} TO analysts;
""".strip()
_LATEST = f"SELECT version, text, signature, has_table_privilege('{TABLE}', 'INSERT, UPDATE, DELETE, TRUNCATE') AS writes FROM {TABLE} ORDER BY version DESC LIMIT 1"  # noqa: S608  # our own name
_VERSION = f"SELECT max(version) AS version FROM {TABLE}"  # noqa: S608
_HISTORY = f"SELECT version, at, by::text AS by, signature, note, text FROM {TABLE} ORDER BY version DESC"  # noqa: S608
_PUBLISH = f"INSERT INTO {TABLE} (version, text, signature, note) SELECT coalesce(max(version), 0) + 1, :text, :signature, :note FROM {TABLE} RETURNING version"  # noqa: S608


@dataclass(frozen=True)
class Published:
    """A version of the policy: who put it there and when, whether it is signed, and its fingerprint."""

    version: int
    at: datetime
    by: str
    signed: bool
    note: str
    digest: str


def held(root: Path) -> Callable[[], Policy] | None:
    """What gives the policy of a workspace as it is now, None where nothing is governed; raises SettingsError where it cannot be read."""
    named = os.environ.get("AISER_POLICY", "")
    if not file.MACHINE.is_file() and (is_reference(named) or "://" in named):
        return Kept(named)
    path = file.find(root)
    return None if path is None else Watched(path)


def load(root: Path) -> Policy:
    """The policy of a workspace as it is now, one that governs nothing where there is none."""
    found = held(root)
    return Policy() if found is None else found()


class Kept:
    """The newest policy in a server's table; each call gives it, and raises SettingsError where it is unsigned, wrong, or too long not seen.

    The server is asked for the version at most every ``every_s`` seconds. While it does not answer, the last policy holds for ``bound_s`` after it was last seen to be the newest.
    """

    def __init__(
        self, address: str, *, every_s: float = EVERY_S, bound_s: float = BOUND_S, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._address = address
        self._every_s, self._bound_s, self._clock = every_s, bound_s, clock
        self._lock = Lock()
        self._source: Source | None = None
        self._policy: Policy | None = None
        self._version = 0
        self._asked = self._seen = float("-inf")
        self._trouble: AiserError | None = None

    def __call__(self) -> Policy:
        """The policy as it is now."""
        with self._lock:
            now = self._clock()
            if now - self._asked >= self._every_s or self._policy is None:
                self._asked = now
                self._ask(now)
            if self._policy is None:
                raise self._trouble or SettingsError("There is no policy.")
            if now - self._seen > self._bound_s:
                raise SettingsError(
                    f"The policy's server has not answered for {now - self._seen:.0f} s, and a policy is believed for {self._bound_s:.0f} s.",
                    where=self._place(),
                    hint="Governed connections open again by themselves when the server answers.",
                )
            return self._policy

    def _ask(self, now: float) -> None:
        try:
            if self._source is None:
                self._source = open_source(self._address, "policy")
            version = rows(self._source, _VERSION)[0]["version"]
            if version is None:
                raise SettingsError("No policy was published yet.", where=self._place(), hint="aiser policy publish FILE --to URL")  # noqa: TRY301
            if self._policy is None or version != self._version:
                self._policy = None  # an older one does not stand in for one that is there and wrong
                newest = rows(self._source, _LATEST)[0]
                self._policy, self._version = _read(newest, self._place()), newest["version"]
            self._seen, self._trouble = now, None
        except SettingsError as error:
            self._policy, self._trouble = None, error
        except (SourceError, CancelledError, OSError) as error:
            self._trouble = SettingsError(
                "The policy's server does not answer, and nothing is given without it.",
                where=f"{self._place()}: {_first(error)}",
                hint="Ask whoever governs it.",
            )
        except Exception as error:  # noqa: BLE001  # what a driver raises is no class of ours: a table that is not there, a right that is missing
            self._policy = None
            self._trouble = SettingsError(
                "The policy cannot be read from its table.",
                where=f"{self._place()}: {_first(error)}",
                hint="aiser policy publish --ddl prints the table and its grants.",
            )

    def _place(self) -> str:
        return self._source.place if self._source is not None else without_secret(self._address)


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _read(row: Mapping[str, Any], place: str) -> Policy:
    raw = row["text"].encode("utf-8")
    where = f"{place}, version {row['version']}"
    signature.check(raw, row["signature"], where, place)
    return file.read(raw, where, sealed=not row["writes"])


def publish(address: str, raw: bytes, signed: str, note: str = "") -> int:
    """Check a policy and put it into the table as the newest; its version. Raises SettingsError where it is wrong, SourceError where the table is not there."""
    file.read(raw, "the policy to publish")
    source = open_source(address, "policy", write=True)
    try:
        return int(rows(source, _PUBLISH, text=raw.decode("utf-8"), signature=signed, note=note)[0]["version"])
    except SourceError:
        raise
    except Exception as error:  # noqa: BLE001  # what a driver raises is no class of ours
        raise SourceError(
            "The policy cannot be published.", where=f"{source.place}: {_first(error)}", hint="aiser policy publish --ddl prints the table."
        ) from None
    finally:
        source.close()


def history(address: str) -> list[Published]:
    """Every version that was published, newest first."""
    source = open_source(address, "policy")
    try:
        found = rows(source, _HISTORY)
    except SourceError:
        raise
    except Exception as error:  # noqa: BLE001  # likewise
        raise SourceError(
            "The policy's history cannot be read.",
            where=f"{source.place}: {_first(error)}",
            hint="aiser policy publish --ddl prints the table.",
        ) from None
    finally:
        source.close()
    return [
        Published(
            row["version"], row["at"], row["by"], bool(row["signature"]), row["note"], hashlib.sha256(row["text"].encode()).hexdigest()
        )
        for row in found
    ]


def rows(source: Source, sql: str, **params: object) -> list[dict[str, Any]]:
    """The rows of a statement of ours; a server that stalls is let go after a while."""
    cursor = source.cursor()
    timer = Timer(_STALL_S, cursor.cancel)
    timer.daemon = True
    timer.start()
    try:
        return cursor.run(sql, params).read_all().to_pylist()
    finally:
        timer.cancel()
        cursor.close()

"""The PostgreSQL database that a team keeps what it shares in, by psycopg."""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aiser_jupyter.errors import AiserError

TIMEOUT_S = 5


class TeamPostgres:
    """One connection, made when first needed and again when it broke; one statement a transaction.

    ``prepare`` is given each new connection, ``missing`` is what to raise where psycopg is not installed, ``failed`` where the server does not answer
    or refuses, given its words. A server that did not answer is left alone for ``rest_s`` seconds; ``statement_s`` bounds each statement there.
    """

    def __init__(
        self,
        url: str,
        *,
        prepare: Callable[[Any], None],
        missing: Callable[[], AiserError],
        failed: Callable[[str], AiserError],
        rest_s: float = 0.0,
        statement_s: int | None = None,
    ) -> None:
        self._url = url.replace("postgres://", "postgresql://", 1)
        self._prepare, self._missing, self._failed = prepare, missing, failed
        self._rest_s, self._rest_until = rest_s, 0.0
        self._options = f"-c statement_timeout={statement_s}s" if statement_s else ""
        self._lock = RLock()
        self._connection: Any = None

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement, none where it gives none."""
        with self.open() as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def open(self) -> Iterator[Any]:
        """The connection, for one thread at a time."""
        try:
            import psycopg
        except ImportError:
            raise self._missing() from None
        with self._lock:
            if time.monotonic() < self._rest_until:
                raise self._failed("it did not answer a moment ago")
            try:
                if self._connection is None or self._connection.closed:
                    self._connection = psycopg.connect(self._url, autocommit=True, connect_timeout=TIMEOUT_S, options=self._options)
                    self._prepare(self._connection)
                yield self._connection
            except psycopg.OperationalError as error:
                self._rest_until = time.monotonic() + self._rest_s
                self.close()
                raise self._failed(str(error)) from None
            except psycopg.Error as error:
                raise self._failed(str(error)) from None

    def close(self) -> None:
        """Close the connection; the next statement makes another."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

"""A team's history in PostgreSQL, by psycopg: the runs of one user from all their machines."""

from __future__ import annotations

from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from aiser_jupyter import redact
from aiser_jupyter.errors import SettingsError, StateError, StateNewerError
from aiser_jupyter.state.run import Run
from aiser_jupyter.team_postgres import TIMEOUT_S, TeamPostgres

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

# What turns version n of the tables into n + 1; the list only grows.
MIGRATIONS = (
    """
    CREATE TABLE aiser_history (
        id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tenant TEXT NOT NULL, owner TEXT NOT NULL, at TIMESTAMPTZ NOT NULL,
        connection TEXT NOT NULL, origin TEXT NOT NULL, sql TEXT NOT NULL, rows BIGINT, elapsed_ms DOUBLE PRECISION NOT NULL, status TEXT NOT NULL,
        error TEXT NOT NULL, engine TEXT NOT NULL, route TEXT NOT NULL, bytes BIGINT, cpu_ms DOUBLE PRECISION, memory_bytes BIGINT,
        cached BOOLEAN NOT NULL, statement TEXT NOT NULL, favourite BOOLEAN NOT NULL
    );
    CREATE INDEX aiser_history_latest ON aiser_history (tenant, owner, id DESC);
    """,
)
VERSION = len(MIGRATIONS)
LOCK = 0x61697366  # one key for all who make or migrate the tables at once
REST_S = 30.0  # a server that did not answer is left alone for so long
_COLUMNS = "at, owner, connection, origin, sql, rows, elapsed_ms, status, error, engine, route, bytes, cpu_ms, memory_bytes, cached, statement, favourite"
_MINE = "tenant = %s AND owner = %s"
_values = attrgetter(*_COLUMNS.split(", ")[2:])


class PostgresHistory:
    """The runs of ``user`` of ``tenant`` in the table ``aiser_history`` of one database, which is made when it is not there."""

    def __init__(self, url: str, tenant: str, user: str) -> None:
        self._team = TeamPostgres(url, prepare=self._migrate, missing=_missing, failed=_unreachable, rest_s=REST_S, statement_s=TIMEOUT_S)
        self._mine = (tenant, user)

    def add(self, run: Run) -> int:
        """Keep a run; its number."""
        names = f"tenant, {_COLUMNS}"
        query = f"INSERT INTO aiser_history ({names}) VALUES ({', '.join(['%s'] * len(names.split(', ')))}) RETURNING id"  # noqa: S608  # fixed names
        return int(self._team.rows(query, (self._mine[0], run.at, self._mine[1], *_values(run)))[0][0])

    def amend(self, number: int, run: Run) -> None:
        """Enter how the run of that number ended."""
        told = (run.rows, run.elapsed_ms, run.status, run.error, run.bytes, run.cpu_ms, run.memory_bytes)
        self._team.rows(
            f"UPDATE aiser_history SET rows = %s, elapsed_ms = %s, status = %s, error = %s, bytes = %s, cpu_ms = %s, memory_bytes = %s WHERE id = %s AND {_MINE}",  # noqa: S608  # fixed words
            (*told, number, *self._mine),
        )

    def find(
        self, limit: int, words: Sequence[str], without: Collection[str], on: str | None, status: str | None, *, favourites: bool
    ) -> list[Run]:
        """The latest runs that fit, newest first."""
        where, values = [_MINE, "origin <> ALL(%s)"], [*self._mine, list(without)]
        for clause, value in (("connection = %s", on), ("status = %s", status)):
            if value is not None:
                where.append(clause)
                values.append(value)
        where += ["favourite"] if favourites else []
        for word in words:
            where.append("position(lower(%s) IN lower(sql)) > 0")
            values.append(word)
        query = f"SELECT {_COLUMNS}, id FROM aiser_history WHERE {' AND '.join(where)} ORDER BY id DESC LIMIT %s"  # noqa: S608  # fixed words and places alone
        return list(map(_run, self._team.rows(query, (*values, limit))))

    def get(self, number: int) -> Run | None:
        """The run of that number."""
        rows = self._team.rows(f"SELECT {_COLUMNS}, id FROM aiser_history WHERE id = %s AND {_MINE}", (number, *self._mine))  # noqa: S608  # fixed names
        return _run(rows[0]) if rows else None

    def star(self, number: int, *, favourite: bool) -> None:
        """Make a run a favourite, or no longer one."""
        self._team.rows(f"UPDATE aiser_history SET favourite = %s WHERE id = %s AND {_MINE}", (favourite, number, *self._mine))  # noqa: S608  # fixed names

    def prune(self, before: datetime) -> int:
        """Drop runs from before that moment that are no favourites; how many."""
        query = f"DELETE FROM aiser_history WHERE at < %s AND NOT favourite AND {_MINE} RETURNING id"  # noqa: S608  # fixed names
        return len(self._team.rows(query, (before, *self._mine)))

    def wait(self, seconds: float) -> None:
        """The server waits by itself."""

    def close(self) -> None:
        """Close the connection; the next call makes another."""
        self._team.close()

    @staticmethod
    def _migrate(connection: Any) -> None:
        """Bring the tables to this version, one process at a time; a newer one is refused."""
        with connection.transaction():
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK,))
            connection.execute("CREATE TABLE IF NOT EXISTS aiser_state (version INTEGER NOT NULL)")
            held = connection.execute("SELECT coalesce(max(version), 0) FROM aiser_state").fetchone()[0]
            if held > VERSION:
                raise StateNewerError(
                    f"The team's history has version {held}; this aiser-jupyter knows up to {VERSION}.",
                    where="state_url",
                    hint="Upgrade it: pip install --upgrade aiser-jupyter.",
                )
            for script in MIGRATIONS[held:]:
                connection.execute(script)
            if held < VERSION:
                connection.execute("DELETE FROM aiser_state")
                connection.execute("INSERT INTO aiser_state VALUES (%s)", (VERSION,))


def _run(row: Sequence[Any]) -> Run:
    at, *more, number = row
    return Run(at.astimezone(UTC), *more, id=int(number))


def _missing() -> SettingsError:
    return SettingsError(
        "A history there needs the package psycopg.", where="state_url", hint="Install it: pip install 'aiser-jupyter[memory]'."
    )


def _unreachable(told: str) -> StateError:
    """What to say where the team's server does not answer."""
    return StateError(
        "The team's history in PostgreSQL cannot be used.",
        where=redact.redact(told.strip().splitlines()[0] if told.strip() else ""),
        hint="Check AISER_STATE_URL; until then what you do is kept in memory and written later.",
    )

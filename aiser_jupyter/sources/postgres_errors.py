"""What PostgreSQL and libpq complain of, as typed errors."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiser_jupyter.errors import AiserError, CancelledError, EngineWordsError, QueryError, SourceError

if TYPE_CHECKING:
    from aiser_jupyter.sources.postgres_address import Address

UNKNOWN = {"42P01": "relation", "42703": "column", "42883": "function", "3F000": "schema"}
_LOST_STATES = ("08", "57P01", "57P02", "57P03")
_LOST_WORDS = re.compile(
    r"server closed the connection|connection to server|no connection to the server|could not (?:receive|send) data|SSL (?:SYSCALL|error)|"
    r"terminating connection|PQgetCopyData\(\) failed|connection not open|Connection reset|Broken pipe|lost synchronization|PGRES_FATAL_ERROR\]: $",
    re.IGNORECASE,
)
_NOISE = re.compile(
    r"^(?:[A-Z_]+: )?(?:\[libpq\] )?(?:Failed to \w+(?: \w+)*?(?: '.*?')?(?:: could not begin COPY)?(?:: PGRES_FATAL_ERROR)?:? |Execution error \[\w+\]: )?"
    r"(?:PGRES_FATAL_ERROR )?(?:ERROR|FATAL|PANIC): +",
    re.DOTALL,
)


class PostgresError(Exception):
    """A complaint of the server about a statement, in its own first line; ``state`` is its SQLSTATE."""

    def __init__(self, message: str, state: str) -> None:
        super().__init__(message)
        self.state = state


class LostError(SourceError):
    """The connection broke while something ran on it."""


def lost(error: BaseException) -> bool:
    """Whether the connection is gone, as far as the driver's words say."""
    if isinstance(error, LostError):
        return True
    state = getattr(error, "sqlstate", None) or getattr(error, "state", None) or ""
    return state.startswith(_LOST_STATES) or (not state and bool(_LOST_WORDS.search(str(error))))


def of_query(error: BaseException, address: Address, *, cancelled: bool) -> BaseException:
    """What a failed statement raises: `CancelledError`, `LostError`, `PostgresError` for a name that is not there, else `QueryError`, as `EngineWordsError` where it is in the server's words."""
    if isinstance(error, AiserError | PostgresError) or not isinstance(error, Exception):
        return error
    if cancelled:
        return CancelledError("The query was cancelled.")
    if lost(error):
        return LostError(
            "The server closed the connection while the query ran.",
            where=address.place,
            hint="Run it again: the next query connects anew. If it happens each time, look into the server's log.",
        )
    return _complaint(error, address)


def _complaint(error: Exception, address: Address) -> Exception:
    state = getattr(error, "sqlstate", None) or ""
    words = address.redacted(str(error)).partition("\nQuery was")[0]
    message, position, detail, hint = _told(words)
    if state in UNKNOWN:
        return PostgresError(message, state)
    if state == "57014":
        return CancelledError(f"The server stopped the query: {message}.", hint="Its own time limit or another user ended it.")
    refusal = _REFUSED.get(state)
    if refusal is not None:
        return QueryError(f"{refusal[0]}: {message}.", hint=refusal[1])
    return EngineWordsError(f"{message}{f' ({detail})' if detail else ''}"[:500], where=position, hint=hint)


_REFUSED = {
    "25006": ("The connection is read-only", "Open it for writing: ws.connect(…, write=True)."),
    "42501": ("The database does not allow it", "Ask its owner for the right to read it."),
}


def of_connect(error: BaseException, address: Address, seconds: float) -> SourceError:
    """The `SourceError` for a failed attempt to connect, by what libpq says in English; without any secret."""
    words = address.redacted(str(error)) or type(error).__name__
    first = re.sub(r"\s+", " ", words.replace("[libpq] ", "").removeprefix("IO: ").removeprefix("Failed to connect: ")).strip()
    where = address.place
    for pattern, message, hint in _CONNECT:
        if re.search(pattern, words, re.IGNORECASE):
            return SourceError(message.format(seconds=f"{seconds:g}"), where=f"{where}: {first[:200]}", hint=hint)
    return SourceError("The PostgreSQL server cannot be reached.", where=f"{where}: {first[:300]}", hint="Check host, port and network.")


_CONNECT = (
    (
        r"password authentication failed|no password supplied|SCRAM|authentication failed",
        "The server did not accept the user or the password.",
        "Correct the secret that the reference leads to; it is not tried again by itself.",
    ),
    (r'role ".*" does not exist', "There is no such user on the server.", "Correct the user in the address."),
    (r'database ".*" does not exist', "There is no such database on the server.", "Correct the last part of the address."),
    (
        r"server does not support SSL|sslmode|certificate|SSL error|root\.crt",
        "No encrypted connection as the address asks for could be made.",
        "The address is not downgraded: correct the server's TLS, sslrootcert, or the sslmode you ask for.",
    ),
    (
        r"could not translate host name|Name or service not known|name resolution",
        "The name of the server is not known here.",
        "Correct the host in the address, or check the network (DNS, VPN).",
    ),
    (
        r"too many clients|remaining connection slots|too many connections",
        "The server has no free connection.",
        "Try again later, lower pool_size in the profile, or raise max_connections.",
    ),
    (
        r"starting up|shutting down|recovery mode",
        "The server is starting or stopping.",
        "Try again in a moment.",
    ),
    (r"timeout|TimeoutError", "The server did not answer within {seconds} s.", "Check host and port, or raise connect_timeout_s."),
    (r"refused|No such file or directory", "Nothing listens at that address.", "Check that the server runs, and the port."),
    (
        r"invalid URI|invalid connection option|invalid port|invalid sslmode|missing",
        "The address has a part that PostgreSQL does not know.",
        "Write postgresql://USER@HOST:PORT/DATABASE?sslmode=….",
    ),
)


def _told(words: str) -> tuple[str, str, str, str]:
    """Message, position, detail and hint of a server's report."""
    lines = _NOISE.sub("", words.strip(), count=1).splitlines() or ["The query failed."]
    message = lines[0].removeprefix("ERROR:").strip()
    found = {"LINE": "", "DETAIL": "", "HINT": ""}
    for number, line in enumerate(lines):
        kind, _, rest = line.partition(":")
        if kind in found:
            found[kind] = rest.strip()
        elif kind.startswith("LINE "):
            mark = lines[number + 1] if number + 1 < len(lines) and lines[number + 1].strip() == "^" else ""
            found["LINE"] = f"{line}\n{mark}".rstrip()
    return message, found["LINE"], found["DETAIL"], found["HINT"]

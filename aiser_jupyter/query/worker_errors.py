"""An error of a worker process, told to the one that asked, without any secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from aiser_jupyter import errors
from aiser_jupyter.errors import AiserError, QueryError

if TYPE_CHECKING:
    from aiser_jupyter.sources.recipe import Recipe

_LONGEST = 20_000
_SECRET_KNOB = re.compile(r"(?i)passw|pwd|secret|token|key|credential|passphrase")
# The process could not get what it asked for; the other is an engine that keeps to its own limit.
_FAILED = re.compile(r"(?i)bad.alloc|cannot allocate memory|allocation failure|(?:malloc|realloc) of size \d+ failed")
_LIMITED = re.compile(r"(?i)^out of memory error: (?P<what>[^\n]*)")


class EngineError(Exception):
    """What an engine raised in a worker process: its message, with the ``engine_type`` (``duckdb.BinderException``) and ``sqlstate``."""

    def __init__(self, message: str, engine_type: str = "", sqlstate: str = "") -> None:
        super().__init__(message)
        self.engine_type = engine_type
        self.sqlstate = sqlstate


def told(error: BaseException) -> dict[str, Any]:
    """``error`` as plain data."""
    if isinstance(error, AiserError):
        candidates = list(getattr(error, "candidates", ()))
        return {"aiser": type(error).__name__, "message": error.message, "where": error.where, "hint": error.hint, "candidates": candidates}
    message = str(error)[:_LONGEST]
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None) or ""
    return {
        "type": f"{type(error).__module__.lstrip('_')}.{type(error).__qualname__}",
        "message": message or type(error).__name__,
        "sqlstate": str(state),
        "broken": isinstance(error, MemoryError) or bool(_FAILED.search(message)),
    }


def raised(data: dict[str, Any], secrets: list[str], memory_mb: int) -> Exception:
    """The error that ``data`` tells of, to be raised here."""
    clean = {key: redacted(value, secrets) if isinstance(value, str) else value for key, value in data.items()}
    if clean.get("aiser"):
        kind = getattr(errors, clean["aiser"], QueryError)
        kind = kind if isinstance(kind, type) and issubclass(kind, AiserError) else QueryError
        made = kind(clean["message"], where=clean["where"], hint=clean["hint"])
        if isinstance(made, errors.UnknownNameError):
            made.candidates = tuple(redacted(str(name), secrets) for name in clean["candidates"])
        return made
    if clean.get("broken"):
        return too_much(memory_mb)
    if found := _LIMITED.search(str(clean["message"])):
        return QueryError(
            f"The query needs more memory, and more room on disk to spill to, than it may take: {found['what']}.",
            hint="Ask for less (filter or aggregate first), raise the knob worker_memory_mb or the connection's memory_limit, or make room on disk.",
        )
    return EngineError(str(clean["message"]), str(clean.get("type", "")), str(clean.get("sqlstate", "")))


def too_much(memory_mb: int) -> QueryError:
    """The error of a query that needs more memory than it may have."""
    return QueryError(
        f"The query needs more memory than the {memory_mb:,} MB that a worker process may take.",
        hint="Ask for less (filter or aggregate first, shorter texts), or raise the knob worker_memory_mb.",
    )


def secrets_of(recipe: Recipe | None) -> list[str]:
    """The texts of ``recipe`` that may not be shown, longest first."""
    if recipe is None:
        return []
    parts = urlsplit(recipe.address)
    found = [parts.password or ""]
    found += [value for name, value in parse_qsl(parts.query) if _SECRET_KNOB.search(name)]
    found += [str(value) for name, value in recipe.options.extra.items() if _SECRET_KNOB.search(name)]
    found += [unquote(text) for text in found]
    return sorted({text for text in found if len(text) > 2}, key=len, reverse=True)


def redacted(text: str, secrets: list[str]) -> str:
    """``text`` with each secret as ``***``."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text

"""Parameters of a statement for PostgreSQL: `:name` becomes `$1`, bound by the driver, with the type its value has."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

# What is no parameter comes first: strings, names, comments, casts. The statement is the guard's own rendering, or plain SQL of ours.
_PARTS = re.compile(
    r"""(?P<other>[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|--[^\n]*|/\*.*?\*/|::)|:(?P<name>[^\W\d]\w*)""",
    re.DOTALL,
)
_INT4, _INT8 = 2**31, 2**63


@dataclass(frozen=True)
class Bound:
    """A statement with ``$n`` for its parameters, their values as text in that order, and the numbers of those whose type the server must say."""

    sql: str
    values: tuple[str | None, ...]
    untyped: tuple[int, ...]

    def batch(self) -> pa.RecordBatch:
        """The values as the one row that is bound."""
        import pyarrow as pa

        return pa.record_batch([pa.array([value], pa.string()) for value in self.values], [f"p{i}" for i in range(len(self.values))])

    def typed(self, kinds: Mapping[int, str]) -> str:
        """The statement with the untyped parameters cast to what the server takes them for, by number; text where it has no opinion."""
        return re.sub(r"\x00(\d+)\x00", lambda found: _cast(int(found[1]), kinds.get(int(found[1]), "text")), self.sql)

    @property
    def bare(self) -> str:
        """The statement in which the server is asked what the untyped parameters are."""
        return re.sub(r"\x00(\d+)\x00", r"$\1", self.sql)


def bound(sql: str, params: Mapping[str, object]) -> Bound:
    """``sql`` with each ``:name`` of ``params`` bound; numbers, days and truth values keep their type, text takes the one it is compared with.

    Raises `UsageError` for a value of a kind that cannot be bound.
    """
    order: dict[str, int] = {}
    values: list[str | None] = []
    untyped: list[int] = []

    def place(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None or name not in params:
            return found[0]
        if name not in order:
            order[name] = len(order) + 1
            values.append(_text(params[name], name))
        kind = _kind(params[name])
        if kind:
            return _cast(order[name], kind)
        untyped.append(order[name])
        return f"\x00{order[name]}\x00"

    written = _PARTS.sub(place, sql)
    return Bound(written, tuple(values), tuple(dict.fromkeys(untyped)))


def _cast(number: int, kind: str) -> str:
    return f"CAST(${number}::text AS {kind})" if kind != "text" else f"${number}::text"


# The first that fits; a truth value is an int to Python, and a moment a day.
_KINDS: tuple[tuple[type | tuple[type, ...], Callable[[Any], str], Callable[[Any], str]], ...] = (
    (bool, lambda _: "boolean", lambda value: "true" if value else "false"),
    (int, lambda value: "integer" if -_INT4 <= value < _INT4 else "bigint" if -_INT8 <= value < _INT8 else "numeric", str),
    (float, lambda _: "double precision", repr),
    (Decimal, lambda _: "numeric", str),
    (datetime, lambda value: "timestamp" if value.tzinfo is None else "timestamptz", datetime.isoformat),
    (date, lambda _: "date", date.isoformat),
    (time, lambda value: "time" if value.tzinfo is None else "timetz", time.isoformat),
    (timedelta, lambda _: "interval", lambda value: f"{value.days} days {value.seconds} seconds {value.microseconds} microseconds"),
    (UUID, lambda _: "uuid", str),
    ((bytes, bytearray, memoryview), lambda _: "bytea", lambda value: "\\x" + bytes(value).hex()),
)
_LISTS = (list, tuple, set, frozenset)


def _kind(value: object) -> str:
    """The PostgreSQL type of a value; empty for text and None, which take the type of what they are compared with."""
    if isinstance(value, _LISTS):
        return f"{_common({_kind(item) for item in value if item is not None})}[]"
    return next((kind(value) for python, kind, _ in _KINDS if isinstance(value, python)), "")


def _common(kinds: set[str]) -> str:
    """One type for the items of a list."""
    for numbers in (
        ("integer",),
        ("integer", "bigint"),
        ("integer", "bigint", "numeric"),
        ("integer", "bigint", "numeric", "double precision"),
    ):
        if kinds and kinds <= set(numbers):
            return numbers[-1]
    return next(iter(kinds)) if len(kinds) == 1 and "" not in kinds else "text"


def _text(value: object, name: str) -> str | None:
    """A value as PostgreSQL reads it in a text."""
    if value is None:
        return None
    if isinstance(value, str):
        if "\0" in value:
            raise UsageError(f"The parameter :{name} holds a NUL character, which PostgreSQL keeps in no text.")
        return value
    if isinstance(value, _LISTS):
        return "{" + ",".join(_item(item, name) for item in value) + "}"
    for python, _, text in _KINDS:
        if isinstance(value, python):
            return text(value)
    raise UsageError(
        f"The parameter :{name} is a {type(value).__name__}, which cannot be bound.",
        hint="Give a number, a text, a day, a truth value, bytes, or a list of these.",
    )


def _item(value: object, name: str) -> str:
    text = _text(value, name)
    return "NULL" if text is None else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

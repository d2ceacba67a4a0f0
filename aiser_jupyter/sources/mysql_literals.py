"""Values as MySQL literals of which no letter is the user's: the driver would quote texts by rules that depend on the session's modes."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable


def literal(value: object) -> str:
    """``value`` as a MySQL literal, a text in hexadecimal digits so that nothing in it can end it; `UsageError` for what MySQL has no value for."""
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    raise _none(value)


def _none(value: object) -> UsageError:
    return UsageError(f"MySQL has no value for {type(value).__name__} {value!r:.40}.", hint="Bind a number, a text, a date or None.")


def _truth(value: bool) -> str:  # the value that is written
    return "TRUE" if value else "FALSE"


def _double(value: float) -> str:
    if not math.isfinite(value):
        raise _none(value)
    text = repr(value)
    return text if "e" in text else f"{text}e0"  # without an exponent it would be a decimal


def _decimal(value: Decimal) -> str:
    if not value.is_finite():
        raise _none(value)
    return f"{value:f}"


def _text(value: str) -> str:
    try:
        return f"_utf8mb4 X'{value.encode().hex()}'"
    except UnicodeEncodeError:
        raise UsageError("A parameter holds half a character, which UTF-8 does not have.", hint="Clean the text first.") from None


def _bytes(value: Any) -> str:
    return f"X'{bytes(value).hex()}'"


def _moment(value: datetime) -> str:
    if value.tzinfo is not None:
        raise UsageError(
            "MySQL's moments have no time zone, and this parameter has one.",
            hint="Convert it first: value.astimezone(…).replace(tzinfo=None).",
        )
    return f"TIMESTAMP'{value.isoformat(' ')}'"


def _clock(value: timedelta) -> str:
    sign, rest = ("-", -value) if value < timedelta(0) else ("", value)
    seconds = rest.days * 86400 + rest.seconds
    return f"TIME'{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest.microseconds:06}'"


# In this order: a bool is an int, a datetime is a date.
_WRITERS: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (type(None), lambda _: "NULL"),
    (bool, _truth),
    (int, str),
    (float, _double),
    (Decimal, _decimal),
    (str, _text),
    ((bytes, bytearray, memoryview), _bytes),
    (datetime, _moment),
    (date, lambda value: f"DATE'{value.isoformat()}'"),
    (time, lambda value: f"TIME'{value.isoformat()}'"),
    (timedelta, _clock),
)

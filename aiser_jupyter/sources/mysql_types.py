"""Arrow types behind MySQL's column descriptions, and arrays from the text in which the server sends values."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Protocol

from pymysql.constants import FIELD_TYPE, FLAG

from aiser_jupyter.sources.dbapi import WIDEST, Field, Read, unfit

if TYPE_CHECKING:
    import pyarrow as pa

BINARY = 63  # the number of the character set of what is no text

WHOLE = frozenset({FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.INT24, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG, FIELD_TYPE.YEAR})
_TIME = re.compile(rb"(-?)(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?")

Values = Sequence[bytes | None]


class Description(Protocol):
    """What the server tells of a column."""

    name: str
    type_code: int
    charsetnr: int
    length: int
    scale: int
    flags: int


def fields(descriptions: Sequence[Description], first: Sequence[Sequence[bytes | None]]) -> list[Field]:
    """The columns of a result as Arrow fields.

    Integers are 64 bits wide whatever the column, so that sums and products of them do not overflow later. TINYINT(1) is a truth value unless one
    of the ``first`` rows holds another number. Decimals are exact, with at most 38 digits.
    """
    columns = list(zip(*first, strict=True)) if first else [()] * len(descriptions)
    return [_field(one, column) for one, column in zip(descriptions, columns, strict=True)]


def _field(one: Description, first: Values) -> Field:
    kind = _kind(one, first)
    return Field(one.name, kind, _reader(one, kind))


def _kind(one: Description, first: Values) -> pa.DataType:
    import pyarrow as pa

    code = one.type_code
    if code == FIELD_TYPE.BIT:
        return pa.bool_() if one.length == 1 else pa.uint64()
    if code == FIELD_TYPE.TINY and one.length == 1 and set(first) <= {b"0", b"1", None}:
        return pa.bool_()
    if code in WHOLE:
        return pa.uint64() if code == FIELD_TYPE.LONGLONG and one.flags & FLAG.UNSIGNED else pa.int64()
    if code in {FIELD_TYPE.DECIMAL, FIELD_TYPE.NEWDECIMAL}:
        return _decimal(one)
    # A server tells of JSON that it is binary, and sends UTF-8.
    text = one.charsetnr != BINARY or code == FIELD_TYPE.JSON
    return _simple().get(code) or (pa.string() if text else pa.binary())


@cache
def _simple() -> dict[int, pa.DataType]:
    import pyarrow as pa

    moment = pa.timestamp("us")
    return {
        FIELD_TYPE.NULL: pa.null(),
        FIELD_TYPE.FLOAT: pa.float64(),
        FIELD_TYPE.DOUBLE: pa.float64(),
        FIELD_TYPE.DATE: pa.date32(),
        FIELD_TYPE.NEWDATE: pa.date32(),
        FIELD_TYPE.DATETIME: moment,
        FIELD_TYPE.TIMESTAMP: moment,
        FIELD_TYPE.TIME: pa.duration("us"),  # up to 838 hours, and negative: a span, though it is often used as a time of day
    }


def _reader(one: Description, kind: pa.DataType) -> Read:
    import pyarrow as pa

    name = one.name
    if one.type_code == FIELD_TYPE.BIT:
        return lambda values: pa.array([None if value is None else int.from_bytes(value, "big") for value in values], pa.uint64()).cast(
            kind
        )
    if pa.types.is_boolean(kind):
        return lambda values: _truth(values, name)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return lambda values: _moments(values, name, kind)
    if pa.types.is_duration(kind):
        return _durations
    if pa.types.is_binary(kind) or pa.types.is_null(kind):
        return lambda values: pa.array(values, kind)
    return lambda values: _cast(values, name, kind)


def _cast(values: Values, name: str, kind: pa.DataType) -> pa.Array:
    import pyarrow as pa

    try:
        text = pa.array(values, pa.string())
        return text if pa.types.is_string(kind) else text.cast(kind)
    except pa.ArrowInvalid:
        raise unfit(name, kind) from None


def _decimal(one: Description) -> pa.DataType:
    """Digits from the width that the server tells: a sign and a point count too."""
    import pyarrow as pa

    digits = one.length - (0 if one.flags & FLAG.UNSIGNED else 1) - (1 if one.scale else 0)
    return pa.decimal128(max(1, min(max(digits, one.scale + 1), WIDEST)), min(one.scale, WIDEST - 1))


def _truth(values: Values, name: str) -> pa.Array:
    import pyarrow as pa

    if not set(values) <= {b"0", b"1", None}:
        raise unfit(name, pa.bool_())
    return pa.array([None if value is None else value == b"1" for value in values], pa.bool_())


def _moments(values: Values, name: str, kind: pa.DataType) -> pa.Array:
    """Days and moments; zero dates, which are no days, become empty with a warning."""
    import pyarrow as pa

    try:
        return pa.array(values, pa.string()).cast(kind)
    except pa.ArrowInvalid:
        real = [None if value is not None and (value[:4] == b"0000" or b"-00" in value[4:10]) else value for value in values]
    try:
        array = pa.array(real, pa.string()).cast(kind)
    except pa.ArrowInvalid:
        raise unfit(name, kind) from None
    warnings.warn(
        f"Column {name!r} holds dates that are none, such as 0000-00-00; they are empty in the result. CAST({name} AS CHAR) shows them.",
        UserWarning,
        stacklevel=2,
    )
    return array


def _durations(values: Values) -> pa.Array:
    import pyarrow as pa

    return pa.array([None if value is None else _microseconds(value) for value in values], pa.duration("us"))


def _microseconds(value: bytes) -> int:
    found = _TIME.fullmatch(value)
    assert found is not None, value
    sign, hours, minutes, seconds, part = found.groups()
    whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
    micros = whole * 1_000_000 + int((part or b"0").ljust(6, b"0"))
    return -micros if sign else micros

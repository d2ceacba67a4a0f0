"""What drivers of the Python DB-API have in common: names bound in their own style, and rows as Arrow of declared types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from aiser_jupyter.errors import QueryError

if TYPE_CHECKING:
    import pyarrow as pa

FIRST = 1_000  # rows of the first batch: a page is there at once
BATCH = 20_000
LOOKED = 10_000  # rows that settle the types where a driver declares none
WIDEST = 38  # digits of a decimal that pandas, polars and DuckDB take

T = TypeVar("T")
Fetch = Callable[[int], Sequence[Sequence[Any]]]
Read = Callable[[Sequence[Any]], "pa.Array"]


class EngineError(Exception):
    """What an engine complains of in its own words, without the driver's wrapping; `query.failures` reads it."""


@dataclass(frozen=True)
class Field:
    """A column of a result: its name, its Arrow type, and what makes an array of its raw values."""

    name: str
    type: pa.DataType
    read: Read


def rewritten(sql: str, dialect: str, names: Mapping[str, object], write: Callable[[str], str], *, percent: str = "%") -> str:
    """``sql`` with each ``:name`` (in DuckDB ``$name``) of ``names`` replaced by ``write(name)``, and each ``%`` elsewhere by ``percent``.

    A colon is a parameter where an operand may stand and one of the names follows at once; strings, comments and quoted names stay as they are.
    """
    if not names:
        return sql
    from sqlglot.dialects.dialect import Dialect
    from sqlglot.tokenizer_core import TokenType

    operands = {
        TokenType.VAR, TokenType.IDENTIFIER, TokenType.NUMBER, TokenType.STRING, TokenType.R_PAREN, TokenType.R_BRACKET,
        TokenType.R_BRACE, TokenType.PARAMETER, TokenType.PLACEHOLDER, TokenType.COLON,
    }  # fmt: skip
    tokens = Dialect.get_or_raise(dialect).tokenize(sql)
    parts: list[str] = []
    done = 0
    for index, token in enumerate(tokens[:-1]):
        after = tokens[index + 1]
        if not (token.token_type == TokenType.COLON or token.text == "$") or after.start != token.end + 1 or after.text not in names:
            continue
        if index and tokens[index - 1].token_type in operands:
            continue
        parts += [sql[done : token.start].replace("%", percent), write(after.text)]
        done = after.end + 1
    return "".join([*parts, sql[done:].replace("%", percent)])


def bound(sql: str, dialect: str, params: Mapping[str, object], style: str) -> tuple[str, Any]:
    """``sql`` and ``params`` as a driver of that ``paramstyle`` takes them (PEP 249, and ``numeric_dollar``).

    Without parameters both come back untouched with None, for no driver reads ``%`` in a statement without any.
    """
    if not params:
        return sql, None
    order: list[str] = []

    def numbered(sign: str) -> Callable[[str], str]:
        def write(name: str) -> str:
            if name not in order:
                order.append(name)
            return f"{sign}{order.index(name) + 1}"

        return write

    def placed(text: str) -> Callable[[str], str]:
        return lambda name: order.append(name) or text

    writers: dict[str, tuple[Callable[[str], str], str]] = {
        "named": (lambda name: f":{name}", "%"),
        "pyformat": (lambda name: f"%({name})s", "%%"),
        "qmark": (placed("?"), "%"),
        "format": (placed("%s"), "%%"),
        "numeric": (numbered(":"), "%"),
        "numeric_dollar": (numbered("$"), "%"),
    }
    write, percent = writers[style]
    text = rewritten(sql, dialect, params, write, percent=percent)
    return text, dict(params) if style in {"named", "pyformat"} else tuple(params[name] for name in order)


def batches(
    fields: Sequence[Field], fetch: Fetch, first: Sequence[Sequence[Any]], asked: int, ended: Callable[[], None]
) -> pa.RecordBatchReader:
    """A reader over the rows ``first``, of which ``asked`` were asked for, and those that ``fetch(n)`` still gives.

    ``ended`` is called as soon as fewer rows come than were asked for, so that a short result holds its connection no longer than it must.
    """
    import pyarrow as pa

    schema = pa.schema([pa.field(field.name, field.type) for field in fields])
    short = len(first) < asked
    if short:
        ended()

    def read() -> Iterator[pa.RecordBatch]:
        rows, last = first, short
        while rows:
            columns = zip(*rows, strict=True)
            yield pa.RecordBatch.from_arrays([field.read(column) for field, column in zip(fields, columns, strict=True)], schema=schema)
            if last:
                return
            rows = fetch(BATCH)
            last = len(rows) < BATCH
            if last:
                ended()

    return pa.RecordBatchReader.from_batches(schema, read())


def declared(name: str, kind: pa.DataType) -> Field:
    """A column whose values are Python objects of the type that the driver declares; `QueryError` where one does not fit."""
    return Field(name, kind, lambda values: _array(values, name, kind))


def inferred(names: Sequence[str], fetch: Fetch, ended: Callable[[], None], scales: Sequence[int | None] = ()) -> pa.RecordBatchReader:
    """A reader over ``fetch(n)`` where the driver declares no types: the first 10,000 rows settle them.

    ``scales`` are the digits after the point that the driver tells of its decimals. A column that mixes kinds becomes text; one that was
    empty so far becomes text too. Raises `QueryError` where a later value does not fit.
    """
    rows = [tuple(row) for row in fetch(LOOKED)]
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(names)
    digits = list(scales) or [None] * len(names)
    fields = [declared(name, arrow_type(column, scale)) for name, column, scale in zip(names, columns, digits, strict=True)]
    return batches(fields, fetch, rows, LOOKED, ended)


def arrow_type(values: Sequence[Any], scale: int | None = None) -> pa.DataType:
    """The Arrow type that holds every one of ``values`` without loss; text where they are of several kinds."""
    import pyarrow as pa

    kinds = {type(value) for value in values} - {type(None)}
    if not kinds:
        return pa.string()
    if kinds == {int}:
        return _whole(min(v for v in values if v is not None), max(v for v in values if v is not None))
    if kinds <= {int, Decimal} and all(value.is_finite() for value in values if isinstance(value, Decimal)):
        seen = max((-int(value.as_tuple().exponent) for value in values if isinstance(value, Decimal)), default=0)
        return pa.decimal128(WIDEST, max(seen, scale or 0, 0))
    simple = {
        bool: pa.bool_(),
        float: pa.float64(),
        date: pa.date32(),
        time: pa.time64("us"),
        timedelta: pa.duration("us"),
        bytes: pa.binary(),
        bytearray: pa.binary(),
        memoryview: pa.binary(),
    }
    if len(kinds) == 1 and (kind := simple.get(next(iter(kinds)))) is not None:
        return kind
    if kinds == {datetime}:
        zones = {value.tzinfo is not None for value in values if value is not None}
        return pa.string() if len(zones) > 1 else pa.timestamp("us", "UTC" if zones == {True} else None)
    return pa.string()


def _whole(low: int, high: int) -> pa.DataType:
    import pyarrow as pa

    if low >= -(2**63) and high < 2**63:
        return pa.int64()
    return pa.uint64() if low >= 0 and high < 2**64 else pa.decimal128(WIDEST, 0)


def _array(values: Sequence[Any], name: str, kind: pa.DataType) -> pa.Array:
    import pyarrow as pa

    try:
        if pa.types.is_string(kind):
            return pa.array([as_text(value) for value in values], kind)
        if pa.types.is_binary(kind):
            return pa.array([None if value is None else bytes(value) for value in values], kind)
        return pa.array(values, kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        raise unfit(name, kind) from None


def unfit(name: str, kind: pa.DataType) -> QueryError:
    """The error for a value that its column's type does not hold."""
    return QueryError(
        f"Column {name!r} holds a value that does not fit {kind}.", hint="Read it as text: CAST it to a type of text, or ROUND it."
    )


def as_text(value: Any) -> str | None:
    """A value as text: what is a structure as JSON, bytes in hexadecimal."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return "0x" + bytes(value).hex()
    if isinstance(value, dict | list | tuple):
        import json

        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value) if isinstance(value, UUID | Decimal | date | time | timedelta) else repr(value)


def first_line(error: BaseException) -> str:
    """What a driver says, without codes in brackets before it and without lines after the first."""
    text = str(error.args[-1]) if error.args and isinstance(error.args[-1], str) else str(error)
    return re.sub(r"^\(?\d+, ", "", text.strip()).partition("\n")[0]


def within(seconds: float, work: Callable[[], T]) -> T:
    """What ``work`` gives; `TimeoutError` after ``seconds``, with the thread that waits left behind."""
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
            failed.append(error)

    thread = Thread(target=run, name="aiser-connect", daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise TimeoutError
    return done[0]

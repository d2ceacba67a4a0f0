"""What a broker and its clients say to each other: kinds of frames, and values, tables and errors as JSON; nothing that is said is ever run or unpickled."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from aiser_jupyter import errors
from aiser_jupyter.catalog import Column, Key, Table
from aiser_jupyter.errors import AiserError, QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

VERSION = 1
MOST_BYTES = 1 << 20  # of what a client says: a statement and its values
MOST_ANSWER = 64 << 20  # of what the broker says at once, but for rows: every table with its columns

# From a client, and from the broker.
HELLO, TABLES, QUERY, CANCEL = (bytes([letter]) for letter in b"HTQC")
READY, LISTED, STREAM, DONE, ERROR, PROGRESS = (bytes([letter]) for letter in b"rtsdxp")

_KINDS: dict[str, tuple[type, Callable[[Any], str], Callable[[str], object]]] = {
    "decimal": (Decimal, str, Decimal),
    "uuid": (UUID, str, UUID),
    "bytes": (bytes, lambda value: base64.b64encode(value).decode("ascii"), base64.b64decode),
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "time": (time, time.isoformat, time.fromisoformat),
    "microseconds": (timedelta, lambda value: str(value // timedelta(microseconds=1)), lambda text: timedelta(microseconds=int(text))),
}
_PLAIN = (bool, int, float, str, type(None))


def packed(value: object) -> object:
    """A value of a parameter as JSON has it; raises QueryError for one of a kind that is not sent."""
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, list | tuple):
        return {"list": [packed(one) for one in value]}
    for name, (kind, write, _) in _KINDS.items():
        if isinstance(value, kind):
            return {name: write(value)}
    raise QueryError(f"A value of type {type(value).__name__} cannot be sent to a broker.", hint="Give a text, a number, a date or a list.")


def unpacked(said: object) -> object:
    """The value that `packed` made ``said`` of; raises ValueError for anything else."""
    if isinstance(said, _PLAIN):
        return said
    if isinstance(said, dict) and len(said) == 1:
        ((name, held),) = said.items()
        if name == "list" and isinstance(held, list):
            return [unpacked(one) for one in held]
        if name in _KINDS and isinstance(held, str):
            try:
                return _KINDS[name][2](held)
            except ArithmeticError:
                raise ValueError(name) from None
    raise ValueError("no value")


def written(message: Mapping[str, object]) -> bytes:
    """A message as bytes."""
    return json.dumps(message, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def read(payload: bytes | bytearray) -> dict[str, Any]:
    """The message behind bytes; raises ValueError where they are none."""
    try:
        message = json.loads(payload)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if not isinstance(message, dict):
        raise ValueError("no object")  # noqa: TRY004  # whoever reads catches one error
    return message


def listed(tables: tuple[Table, ...], keys: tuple[Key, ...], sizes: Mapping[str, int]) -> dict[str, object]:
    """Tables, keys and sizes as plain data, without statistics, which are for who computes them."""
    columns = {id(table): [{**asdict(column), "statistics": None} for column in table.columns] for table in tables}
    return {
        "tables": [{**asdict(table), "columns": columns[id(table)]} for table in tables],
        "keys": [asdict(key) for key in keys],
        "sizes": dict(sizes),
    }


def told_of(said: Mapping[str, Any]) -> tuple[tuple[Table, ...], tuple[Key, ...], dict[str, int]]:
    """What `listed` made plain data of."""
    tables = tuple(Table(**{**table, "columns": tuple(Column(**column) for column in table["columns"])}) for table in said["tables"])
    keys = tuple(Key(**{**key, "columns": tuple(key["columns"]), "ref_columns": tuple(key["ref_columns"])}) for key in said["keys"])
    return tables, keys, dict(said["sizes"])


def error(raised: AiserError) -> dict[str, object]:
    """An error as plain data."""
    return {**raised.as_json(), "candidates": list(getattr(raised, "candidates", ()))}


def raised(said: Mapping[str, Any]) -> AiserError:
    """The error that ``said`` tells of, of the type it had where that is one of `errors`."""
    kind = getattr(errors, str(said.get("type")), QueryError)
    kind = kind if isinstance(kind, type) and issubclass(kind, AiserError) else QueryError
    made = kind(str(said.get("message")), where=str(said.get("where") or ""), hint=str(said.get("hint") or ""))
    if isinstance(made, errors.UnknownNameError):
        made.candidates = tuple(map(str, said.get("candidates") or ()))
    return made

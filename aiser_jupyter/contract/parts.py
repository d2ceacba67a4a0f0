"""What schemas are put together from.

Objects are open: a reader skips what it does not know, so that a later version may add a field. A field that is there keeps its name, its type and its meaning as
long as ``v`` is 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
WHOLE: Schema = {"type": "integer"}
FLAG: Schema = {"type": "boolean"}
SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
MOMENT: Schema = {"type": "string", "format": "date-time"}
ANY: Schema = {}
FREE: Schema = {"type": "object"}  # names that the data or a user chose
CELL: Schema = {"description": "Dates as ISO text, NaN as null, whole numbers beyond 2**53 and long decimals as text, bytes in Base64."}


def some(item: Schema, **more: Any) -> Schema:
    """A list of ``item``."""
    return {"type": "array", "items": item, **more}


def maybe(item: Schema) -> Schema:
    """``item`` or null."""
    return {"anyOf": [item, {"type": "null"}]}


def one_of(*words: str) -> Schema:
    """One of these words."""
    return {"enum": list(words)}


def said(item: Schema, description: str) -> Schema:
    """``item`` with what it means."""
    return {**item, "description": description}


def record(fields: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """An object with ``fields``, all there, and those of ``optional`` that there are."""
    return {"type": "object", "properties": {**fields, **(optional or {})}, "required": list(fields)}


def reply(title: str, fields: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None) -> Schema:
    """A whole reply of version 1."""
    return {"title": title, **record({"v": {"const": 1}, **fields}, optional)}


ROWS = some(some(CELL), description="Each row in the order of `columns`.")
ERROR = record({"type": TEXT, "message": TEXT, "where": TEXT, "hint": TEXT})
FACT_FIELDS = {"id": TEXT, "value": CELL, "unit": TEXT, "text": TEXT, "sql": TEXT, "source": TEXT, "as_of": MOMENT}
ROUTE = record({"engine": TEXT, "reason": TEXT, "alternatives": some(TEXT)}, {"pushed": some(FREE)})
CHART = record(
    {
        "kind": TEXT,
        "x": maybe(TEXT),
        "y": some(TEXT),
        "color": maybe(TEXT),
        "title": TEXT,
        "subtitle": TEXT,
        "unit": TEXT,
        "highlight": some(TEXT),
        "band": some(TEXT),
        "reason": TEXT,
        "alternatives": some(TEXT),
    }
)

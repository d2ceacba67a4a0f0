"""What MongoDB's values are as columns, and which of its types may stand in each."""

from __future__ import annotations

from datetime import UTC
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bson import Binary, Code, Decimal128, Int64, ObjectId, Regex, Timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiser_jupyter.sources.nested import Field, Seen

# Every type that a value can have on the server, but for those that mean none is there.
ALL_TYPES = (
    "double", "string", "object", "array", "binData", "objectId", "bool", "date", "regex", "javascript", "int", "timestamp", "long",
    "decimal", "minKey", "maxKey",
)  # fmt: skip
_ALLOWED: dict[str, tuple[str, ...]] = {
    "empty": (),
    "boolean": ("bool",),
    "integer": ("int", "long"),
    "double": ("double", "int", "long"),
    "decimal": ("decimal", "int", "long"),
    "instant": ("date",),
}
# What a validator's `bsonType` promises, as a value of that type.
_EXAMPLES: dict[str, Any] = {
    "int": 0, "long": 0, "double": 0.5, "decimal": Decimal(0), "string": " ", "bool": True, "objectId": ObjectId("0" * 24),
}  # fmt: skip


def read(value: Any) -> tuple[Seen, Any] | None:  # noqa: PLR0911  # one return a type
    """What a value of BSON's own types is, and it as plain Python; None for one that is no such."""
    if isinstance(value, Int64):
        return "integer", int(value)
    if isinstance(value, ObjectId):
        return "id", str(value)
    if isinstance(value, Decimal128):
        return "decimal", value.to_decimal()
    if isinstance(value, Timestamp):
        return "instant", value.as_datetime().astimezone(UTC)
    if isinstance(value, Regex):
        return "other", f"/{value.pattern}/"
    if isinstance(value, Code):
        return "other", str(value)
    return ("binary", bytes(value)) if isinstance(value, Binary) else None


def allowed(field: Field) -> tuple[str, ...] | None:
    """The server's types whose values fit ``field`` and compare there as they do in SQL; None where they cannot be told."""
    if field.kind == "text":
        return {frozenset({"text"}): ("string",), frozenset({"id"}): ("objectId",)}.get(field.seen)
    if field.kind == "instant" and field.seen != frozenset({"instant"}):
        return None
    return _ALLOWED.get(field.kind)


def place(field: Field) -> str | None:
    """``field`` as a dotted path; None where a name in it would be read as something else."""
    plain = all(part and "." not in part and not part.startswith("$") and "\0" not in part for part in field.path)
    return ".".join(field.path) if plain else None


def ancestors(field: Field) -> Iterator[str]:
    """The dotted paths of the objects that hold ``field``."""
    for end in range(1, len(field.path)):
        yield ".".join(field.path[:end])


def example(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A document such as a validator's ``$jsonSchema`` asks for, as far as it names single types."""
    found: dict[str, Any] = {}
    for name, rule in (schema.get("properties") or {}).items():
        kind = rule.get("bsonType") if isinstance(rule, dict) else None
        if kind == "object":
            found[name] = example(rule)
        elif isinstance(kind, str) and kind in _EXAMPLES:
            found[name] = _EXAMPLES[kind]
        else:
            found[name] = None
    return found

"""Documents as rows: nested fields become columns, and each column's type comes from its values."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from aiser_jupyter.catalog import Column
from aiser_jupyter.sources.names import free_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pyarrow as pa

    from aiser_jupyter.catalog import LogicalType

Kind = Literal[
    "empty", "boolean", "integer", "double", "decimal", "text", "date", "timestamp", "instant", "binary", "list", "json", "mixed"
]
Path = tuple[str, ...]
# What a value is beside the kinds of columns: an identifier of the engine's own is text, an object holds other fields.
Seen = Literal["boolean", "integer", "double", "decimal", "text", "id", "date", "timestamp", "instant", "binary", "list", "object", "other"]

MAX_DEPTH = 8  # objects within objects that become columns; what is deeper is JSON text
MAX_FIELDS = 300  # fields of one object: with more, its keys are values, not names
_EXACT = 2**53  # above it a double no longer holds every integer
_DIGITS = 38
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(?P<zone>Z|[+-]\d\d:?\d\d)?")
_SQL: dict[str, tuple[str, LogicalType]] = {
    "empty": ("VARCHAR", "text"),
    "boolean": ("BOOLEAN", "boolean"),
    "integer": ("BIGINT", "integer"),
    "double": ("DOUBLE", "number"),
    "text": ("VARCHAR", "text"),
    "date": ("DATE", "date"),
    "timestamp": ("TIMESTAMP", "timestamp"),
    "instant": ("TIMESTAMP WITH TIME ZONE", "timestamp"),
    "binary": ("BLOB", "other"),
    "json": ("VARCHAR", "text"),
    "mixed": ("VARCHAR", "text"),
}


class MisfitError(Exception):
    """A value of another kind than its column was found to hold; ``documents`` are those that showed it."""

    def __init__(self, column: str, documents: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(column)
        self.column = column
        self.documents = documents


@dataclass
class _Stat:
    """What was seen at one path."""

    kinds: set[Seen] = field(default_factory=set)
    items: set[Seen] = field(default_factory=set)
    children: dict[str, _Stat] = field(default_factory=dict)
    scale: int = 0
    whole: int = 1  # digits before the point
    large: bool = False  # an integer that a double would round
    forms: set[str] = field(default_factory=set)  # how texts that may be days or moments are written


@dataclass(frozen=True)
class Field:
    """A column: its name, where its value stands in a document, and its kind; ``item`` is the kind of a list's members, ``seen`` what was found."""

    name: str
    path: Path
    kind: Kind
    scale: int = 0
    item: str = ""
    seen: frozenset[Seen] = frozenset()

    @property
    def db_type(self) -> str:
        """What DuckDB calls it."""
        if self.kind == "decimal":
            return f"DECIMAL({_DIGITS},{self.scale})"
        return f"{_SQL[self.item][0]}[]" if self.kind == "list" else _SQL[self.kind][0]

    @property
    def column(self) -> Column:
        """The column as the catalog has it."""
        if self.kind in {"decimal", "list"}:
            kind: LogicalType = "other" if self.kind == "list" else "integer" if self.scale == 0 else "number"
        else:
            kind = _SQL[self.kind][1]
        comment = f"holds values of several kinds ({', '.join(sorted(self.seen))}), here as text" if self.kind == "mixed" else ""
        return Column(self.name, kind, self.db_type, comment=comment)

    def arrow(self) -> pa.DataType:
        """Its Arrow type."""
        import pyarrow as pa

        if self.kind == "decimal":
            return pa.decimal128(_DIGITS, self.scale)
        types = {
            "boolean": pa.bool_(), "integer": pa.int64(), "double": pa.float64(), "date": pa.date32(), "timestamp": pa.timestamp("us"),
            "instant": pa.timestamp("us", tz="UTC"), "binary": pa.binary(),
        }  # fmt: skip
        return pa.list_(types.get(self.item, pa.string())) if self.kind == "list" else types.get(self.kind, pa.string())


class Shape:
    """The columns of documents, learnt from those seen so far.

    ``read`` says what a value is where this module does not know it (an engine's own types). With ``dates``, text that is always a day or a
    moment in ISO 8601 is one. Objects are flattened to columns named by their path, joined by ``_``.
    """

    def __init__(self, read: Callable[[Any], tuple[Seen, Any] | None] | None = None, *, dates: bool = False) -> None:
        self._read = read or (lambda _: None)
        self._dates = dates
        self._root = _Stat()
        self._fields: tuple[Field, ...] | None = None

    def learn(self, documents: Iterable[Mapping[str, Any]]) -> Shape:
        """Take note of ``documents``; columns are only ever added, and their kinds only ever widened."""
        for document in documents:
            self._learn_object(self._root, document)
        self._fields = None
        return self

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns in the order their fields were first seen."""
        if self._fields is None:
            found: list[Field] = []
            self._collect(self._root, (), found)
            self._fields = tuple(found)
        return self._fields

    def named(self, name: str) -> Field | None:
        """The column of that name, in any case."""
        wanted = name.casefold()
        return next((one for one in self.fields if one.name.casefold() == wanted), None)

    def schema(self, fields: Sequence[Field]) -> pa.Schema:
        """The Arrow schema of ``fields``."""
        import pyarrow as pa

        return pa.schema([pa.field(one.name, one.arrow()) for one in fields])

    def batch(self, documents: Sequence[Mapping[str, Any]], fields: Sequence[Field]) -> pa.RecordBatch:
        """``documents`` as rows of ``fields``; raises `MisfitError` where a value is of another kind than its column."""
        import pyarrow as pa

        arrays = [self._array(documents, one) for one in fields]
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema(fields))

    def kind_of(self, value: Any) -> tuple[Seen, Any]:  # noqa: PLR0911  # one return a kind of value
        """What ``value`` is, and it as plain Python."""
        kind = _PLAIN.get(type(value))
        if kind is not None:
            return kind, value
        if isinstance(value, datetime):
            return ("instant", value.astimezone(UTC)) if value.tzinfo else ("timestamp", value)
        if isinstance(value, dict):
            return "object", value
        if isinstance(value, list | tuple):
            return "list", list(value)
        known = self._read(value)
        if known is not None:
            return known
        if isinstance(value, UUID):
            return "id", str(value)
        return ("decimal", value) if isinstance(value, Decimal) else ("other", str(value))

    def _learn_object(self, stat: _Stat, document: Mapping[str, Any]) -> None:
        for key, value in document.items():
            if value is not None:
                self._learn(stat.children.setdefault(str(key), _Stat()), value)
            else:
                stat.children.setdefault(str(key), _Stat())

    def _learn(self, stat: _Stat, value: Any) -> None:
        kind, plain = self.kind_of(value)
        if kind == "decimal" and not plain.is_finite():
            kind = "other"
        stat.kinds.add(kind)
        if kind == "object":
            self._learn_object(stat, plain)
        elif kind == "list":
            stat.items.update(self.kind_of(item)[0] if item is not None else "other" for item in plain)
        elif kind == "integer":
            stat.large = stat.large or abs(plain) > _EXACT
            stat.whole = max(stat.whole, len(str(abs(plain))))
        elif kind == "decimal":
            exponent = int(plain.as_tuple().exponent)
            stat.scale = max(stat.scale, -exponent, 0)
            stat.whole = max(stat.whole, len(plain.as_tuple().digits) + exponent)
        elif kind == "text" and self._dates:
            stat.forms.add(_form(plain))

    def _collect(self, stat: _Stat, path: Path, found: list[Field]) -> None:
        for key, child in stat.children.items():
            here = (*path, key)
            if child.kinds == {"object"} and 0 < len(child.children) <= MAX_FIELDS and len(here) < MAX_DEPTH:
                self._collect(child, here, found)
                continue
            kind, item = _kind(child)
            name = free_name("_".join(part.strip() or "field" for part in here), [one.name for one in found])
            found.append(Field(name, here, kind, child.scale if kind == "decimal" else 0, item, frozenset(child.kinds)))

    def _array(self, documents: Sequence[Mapping[str, Any]], one: Field) -> pa.Array:
        import pyarrow as pa

        values = _values(documents, one)
        kinds = set(map(type, values)) - {type(None)}
        fast = _FAST.get(one.kind)
        if fast is not None and kinds <= {fast} and (one.kind != "integer" or all(v is None or -(2**63) <= v < 2**63 for v in values)):
            return pa.array(values, one.arrow())
        try:
            return pa.array([None if value is None else self._cell(value, one) for value in values], one.arrow())
        except (ValueError, TypeError, ArithmeticError, pa.ArrowInvalid, pa.ArrowTypeError):
            raise MisfitError(one.name, documents) from None

    def _cell(self, value: Any, one: Field) -> Any:
        """``value`` as its column holds it; raises ValueError where it does not fit."""
        kind, plain = self.kind_of(value)
        if one.kind in {"mixed", "json"}:
            return plain if isinstance(plain, str) else _text(plain, self)
        if one.kind == "list":
            if kind != "list":
                raise ValueError
            return [None if item is None else self._member(item, one.item) for item in plain]
        if kind == one.kind or (kind == "id" and one.kind == "text"):
            if kind == "decimal" and (not plain.is_finite() or -int(plain.as_tuple().exponent) > one.scale):
                raise ValueError
            return plain
        if kind == "integer" and one.kind == "double" and abs(plain) <= _EXACT:
            return float(plain)
        if kind == "integer" and one.kind == "decimal":
            return Decimal(plain)
        if kind == "text" and one.kind in {"date", "timestamp", "instant"}:
            return _parsed(plain, one.kind)
        raise ValueError

    def _member(self, value: Any, wanted: str) -> Any:
        kind, plain = self.kind_of(value)
        if kind == wanted or (kind == "id" and wanted == "text"):
            return plain
        raise ValueError


_PLAIN: dict[type, Seen] = {
    bool: "boolean", int: "integer", float: "double", str: "text", bytes: "binary", Decimal: "decimal", date: "date",
}  # fmt: skip
_FAST: dict[str, type] = {"boolean": bool, "integer": int, "double": float, "text": str, "binary": bytes}


def _values(documents: Sequence[Mapping[str, Any]], one: Field) -> list[Any]:
    """The values of a column; raises `MisfitError` where something stands in place of an object on the way."""
    if len(one.path) == 1:
        key = one.path[0]
        return [document.get(key) for document in documents]
    values = []
    for document in documents:
        value: Any = document
        for key in one.path:
            if value is None:
                break
            if not isinstance(value, dict) and value is not document:
                raise MisfitError(one.name, documents)
            value = value.get(key)
        values.append(value)
    return values


def _kind(stat: _Stat) -> tuple[Kind, str]:  # noqa: PLR0911  # one return a kind of column
    """The kind of a column in which ``stat`` was seen, and of its members where it is a list."""
    kinds = stat.kinds
    if not kinds:
        return "empty", ""
    if kinds == {"list"}:
        item = next(iter(stat.items)) if len(stat.items) == 1 else ""
        item = "text" if item == "id" else item
        return ("list", item) if item in {"boolean", "integer", "double", "text", "instant"} else ("json", "")
    if kinds <= {"object", "list"}:
        return "json", ""
    if kinds in ({"text"}, {"id"}):
        form = next(iter(stat.forms)) if len(stat.forms) == 1 and kinds == {"text"} else ""
        return (form, "") if form in {"date", "timestamp", "instant"} else ("text", "")  # pyright: ignore[reportReturnType]
    if kinds == {"integer"}:
        return ("integer", "") if stat.whole <= 18 else ("decimal", "") if stat.whole <= _DIGITS else ("mixed", "")
    if kinds == {"integer", "double"} and not stat.large:
        return "double", ""
    if "decimal" in kinds and kinds <= {"integer", "decimal"}:
        return ("decimal", "") if stat.whole + stat.scale <= _DIGITS else ("mixed", "")
    if len(kinds) == 1 and (only := next(iter(kinds))) not in {"other", "object"}:
        return only, ""  # pyright: ignore[reportReturnType]
    return "mixed", ""


def _form(text: str) -> str:
    """``date``, ``timestamp`` (no time zone) or ``instant`` where ``text`` is one in ISO 8601, else ``plain``."""
    if _DATE.fullmatch(text):
        kind = "date"
    elif found := _MOMENT.fullmatch(text):
        kind = "instant" if found["zone"] else "timestamp"
    else:
        return "plain"
    with suppress(ValueError):
        _parsed(text, kind)
        return kind
    return "plain"


def _parsed(text: str, kind: str) -> Any:
    if kind == "date" and _DATE.fullmatch(text):
        return date.fromisoformat(text)
    found = _MOMENT.fullmatch(text)
    if found and bool(found["zone"]) == (kind == "instant"):
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if kind == "instant" else moment
    raise ValueError


def _text(value: Any, shape: Shape) -> str:
    """``value`` as JSON text; what JSON has no word for is its text."""

    def plain(one: Any) -> Any:
        if one is None:
            return None
        kind, known = shape.kind_of(one)
        if kind == "object":
            return {str(key): plain(item) for key, item in known.items()}
        if kind == "list":
            return [plain(item) for item in known]
        if kind == "binary":
            return known.hex()
        if isinstance(known, date | datetime):
            return known.isoformat()
        return str(known) if isinstance(known, Decimal) else known

    done = plain(value)
    return done if isinstance(done, str) else json.dumps(done, ensure_ascii=False, separators=(",", ":"))

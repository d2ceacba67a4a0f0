"""PostgreSQL's types in Arrow: exact, or as text where Arrow has none that is."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from aiser_jupyter.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

# What the driver gives whole, by PostgreSQL's name of the type.
_WHOLE = frozenset(
    """
    bool int2 int4 int8 float4 float8 text varchar bpchar name char bytea date timestamp timestamptz time interval numeric uuid json jsonb citext
    """.split()  # noqa: SIM905  # type names read better as words
)
_WHOLE_ITEMS = frozenset(
    {"bool", "int2", "int4", "int8", "float4", "float8", "text", "varchar", "bpchar", "date", "timestamp", "timestamptz"}
)
_EARLIEST_DAY = -2_440_588  # 24 November 4714 BC, the first day PostgreSQL has; infinity arrives as an earlier one
_DAY_US = 86_400_000_000
_SPARE = 8  # further decimals that later rows of a column without a declared scale may have


def type_of(field: pa.Field) -> str:
    """PostgreSQL's name of a column's type; an array's begins with an underscore."""
    return ((field.metadata or {}).get(b"POSTGRESQL:type") or b"").decode()


def wrapped(sql: str, schema: pa.Schema) -> tuple[str, tuple[int, ...]] | None:
    """``sql`` with the columns that the driver would give raw or wrong cast on the server, and the places of its arrays; None where all come whole.

    The number of dimensions of each array follows as a further column, for the driver flattens an array of arrays without a word.
    """
    casts = [_cast(field) for field in schema]
    arrays = tuple(i for i, field in enumerate(schema) if type_of(field).startswith("_"))
    if not arrays and not any(casts):
        return None
    names = [f"c{i}" for i in range(len(schema))]
    items = [cast.format(f"q.{name}") if cast else f"q.{name}" for name, cast in zip(names, casts, strict=True)]
    items += [f"array_ndims(q.{names[i]})" for i in arrays]
    listed = ", ".join(f"{item} AS d{i}" for i, item in enumerate(items))
    return f"SELECT {listed} FROM ({sql}) AS q({', '.join(names)})", arrays  # noqa: S608  # the statement as it was checked


def _cast(field: pa.Field) -> str:
    """How the column is cast on the server; empty where it comes whole."""
    import pyarrow as pa

    kind = type_of(field)
    if kind.startswith("_"):
        return "" if kind[1:] in _WHOLE_ITEMS else "{}::text[]"
    if kind in _WHOLE or (pa.types.is_string(field.type) and not kind.startswith("unnamed")):  # enums are strings too
        return ""
    if kind == "money":
        return "{}::numeric"
    if kind == "oid":
        return "{}::int8"
    return "to_json({})::text" if pa.types.is_struct(field.type) else "{}::text"


@dataclass(frozen=True)
class Shape:
    """How the driver's columns become those of the result."""

    schema: pa.Schema
    columns: tuple[Callable[[pa.Array], pa.Array], ...]
    arrays: tuple[int, ...]

    def batch(self, raw: pa.RecordBatch) -> pa.RecordBatch:
        """The rows as the result has them; `QueryError` for a value that its column cannot hold."""
        import pyarrow as pa

        count = len(self.schema)
        for place, dimensions in zip(self.arrays, raw.columns[count:], strict=True):
            _one_dimension(dimensions, self.schema.names[place])
        made = [convert(column) for convert, column in zip(self.columns, raw.columns[:count], strict=True)]
        return pa.RecordBatch.from_arrays(made, schema=self.schema)


def shape(names: Sequence[str], raw: pa.Schema, first: pa.RecordBatch | None, arrays: tuple[int, ...] = (), *, more: bool) -> Shape:
    """The columns of a result named ``names``, of what the driver says of them and, for numbers without a declared scale, of the ``first`` rows.

    ``more`` says that further rows follow, whose numbers may have more decimals than the first ones.
    """
    import pyarrow as pa

    fields, columns = [], []
    for place, name in enumerate(names):
        kind, convert = _column(name, raw.field(place), None if first is None else first.column(place), more=more)
        fields.append(pa.field(name, kind))
        columns.append(convert)
    return Shape(pa.schema(fields), tuple(columns), arrays)


def open_numbers(schema: pa.Schema) -> bool:
    """Whether a column is a number without a declared scale, so that its rows must say."""
    return any(type_of(field) == "numeric" and _declared(field) is None for field in schema)


def _column(name: str, field: pa.Field, first: pa.Array | None, *, more: bool) -> tuple[pa.DataType, Callable[[pa.Array], pa.Array]]:
    import pyarrow as pa

    kind = type_of(field)
    if kind == "numeric":
        chosen = _number(field, first, more=more)
        return chosen, lambda column: _as_number(_plain(column), chosen, name)
    if kind == "uuid":
        return pa.string(), lambda column: _as_uuid(_plain(column))
    if kind in {"date", "timestamp", "timestamptz", "_date", "_timestamp", "_timestamptz"}:
        return field.type, lambda column: _finite(column, name)
    plain = field.type.storage_type if isinstance(field.type, pa.BaseExtensionType) else field.type
    if isinstance(plain, pa.ListType):
        plain = pa.list_(plain.value_type)  # without the driver's notes on its items
    return plain, lambda column: _plain(column) if column.type != plain else column


def _plain(column: pa.Array) -> pa.Array:
    import pyarrow as pa

    return column.storage if isinstance(column, pa.ExtensionArray) else column


def _declared(field: pa.Field) -> tuple[int, int] | None:
    """Precision and scale of ``numeric(p, s)``, where Arrow has them."""
    modifier = int((field.metadata or {}).get(b"POSTGRESQL:typmod") or -1) - 4
    if modifier < 0:
        return None
    precision, scale = modifier >> 16 & 0xFFFF, modifier & 0x7FF
    scale = scale - 0x800 if scale & 0x400 else scale  # eleven bits with a sign
    return (precision, scale) if 0 <= scale <= precision <= 76 else None


def _number(field: pa.Field, first: pa.Array | None, *, more: bool) -> pa.DataType:
    """The type of a numeric column: decimal of the declared or needed size; double or text where it holds NaN or infinity, text above 76 digits."""
    import pyarrow as pa

    pc = _compute()

    values = pa.array([], pa.string()) if first is None else _plain(first)
    odd = pc.any(pc.match_substring_regex(values, "[a-z]")).as_py()
    if odd:
        finite = values.filter(pc.invert(pc.match_substring_regex(values, "[a-z]")))
        # A double holds any fifteen digits.
        return pa.float64() if (pc.max(pc.utf8_length(pc.replace_substring_regex(finite, "[-.]", ""))).as_py() or 0) <= 15 else pa.string()
    declared = _declared(field)
    if declared is not None:
        return _decimal(*declared)
    points = pc.find_substring(values, ".")
    lengths = pc.binary_length(values)
    fractions = pc.if_else(pc.equal(points, -1), 0, pc.subtract(pc.subtract(lengths, points), 1))
    scale = pc.max(fractions).as_py() or 0
    whole = pc.max(pc.if_else(pc.equal(points, -1), lengths, points)).as_py() or 1
    if values.null_count == len(values):
        return pa.decimal128(38, 9)
    if whole + scale > 76:
        return pa.string()
    if not more:
        return _decimal(38 if whole + scale <= 38 else 76, scale)
    width = 38 if whole + scale + _SPARE <= 38 else 76
    # Whole numbers stay whole: they are identifiers or counts far more often than they grow decimals.
    return _decimal(width, min(scale + _SPARE, width - whole) if scale else 0)


def _decimal(precision: int, scale: int) -> pa.DataType:
    import pyarrow as pa

    return pa.decimal128(precision, scale) if precision <= 38 else pa.decimal256(precision, scale)


def _as_number(column: pa.Array, kind: pa.DataType, name: str) -> pa.Array:
    import pyarrow as pa

    if column.type == kind:
        return column
    try:
        return column.cast(kind, memory_pool=pa.system_memory_pool())
    except pa.ArrowInvalid:
        raise QueryError(
            f"Column {name!r} holds a number that {kind} cannot hold exactly: it has more digits than those before it, or is NaN or infinite.",
            hint=f'Say how exact it is to be: CAST("{name}" AS numeric(38, 10)), AS double precision, or AS text.',
        ) from None


def _as_uuid(column: pa.Array) -> pa.Array:
    """Sixteen bytes as the text that PostgreSQL writes for them."""
    import pyarrow as pa

    values = [None if value is None else value.hex() for value in column.to_pylist()]
    return pa.array([v if v is None else f"{v[:8]}-{v[8:12]}-{v[12:16]}-{v[16:20]}-{v[20:]}" for v in values], pa.string())


def _finite(column: pa.Array, name: str) -> pa.Array:
    """The column itself, unless it holds infinity, which Arrow has no day for and the driver gives as a wrong one."""
    import pyarrow as pa

    pc = _compute()

    items = column.flatten() if pa.types.is_list(column.type) else column
    days = pa.types.is_date32(items.type)
    lowest = pc.min(items.view(pa.int32() if days else pa.int64())).as_py()
    if lowest is not None and lowest < _EARLIEST_DAY * (1 if days else _DAY_US):
        raise QueryError(
            f"Column {name!r} holds infinity, or a moment later than Arrow can hold.",
            hint=f'Leave it out: NULLIF("{name}", \'infinity\'), or take it as text: CAST("{name}" AS text).',
        )
    return column


def _one_dimension(dimensions: pa.Array, name: str) -> None:
    pc = _compute()

    if (pc.max(dimensions).as_py() or 0) > 1:
        raise QueryError(f"Column {name!r} holds arrays of arrays.", hint=f'Take it as JSON: to_json("{name}").')


def _compute() -> Any:
    """Arrow's functions, whose names are made when it is loaded, so that no type checker knows them."""
    return import_module("pyarrow.compute")

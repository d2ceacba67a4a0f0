"""Single values on their way out: exact as JSON, as text, and as text that no spreadsheet takes for a formula."""

from __future__ import annotations

import json
import math
from datetime import date, datetime, time
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

_EXACT = 2**53  # above it JavaScript rounds integers
# What begins so, also behind blanks and signs that nobody sees and in its compatibility forms (NFKC), a spreadsheet takes for a formula or for the next cell.
_FORMULA = r"^[\t\r\n]|^[\s\p{Z}\p{Cc}\p{Cf}]*[=+\-@;\x{2212}]"


def exact(value: Any) -> Any:  # noqa: PLR0911  # one a kind
    """``value`` as JSON carries it whole: integers beyond 2^53 and decimals that no double equals become text, moments ISO 8601, bytes hexadecimal."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        return value if abs(value) <= _EXACT else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else plain_text(value)
    if isinstance(value, Decimal):
        return float(value) if value.is_finite() and Decimal(repr(float(value))) == value else str(value)
    if isinstance(value, dict):
        return {str(name): exact(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [exact(part) for part in value]
    return plain_text(value)


def plain_text(value: Any) -> str:
    """One value as text that loses nothing; lists and structures are JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, dict | list | tuple):
        return json.dumps(exact(value), ensure_ascii=False)
    return str(value)


def unique(names: Sequence[str]) -> list[str]:
    """``names`` with those that stand twice told apart: the second ``a`` is ``a_2``."""
    taken, found = set(names), []
    for index, name in enumerate(names):
        new, number = name, 2
        while new in found or (new != name and new in taken):
            new, number = f"{name}_{number}", number + 1
        found.append(new if name in names[:index] else name)
    return found


def unformula(column: pa.Array) -> pa.Array:
    """A text column with an apostrophe before each value that looks like a formula, the way spreadsheets mark text."""
    import pyarrow as pa

    pc: Any = import_module("pyarrow.compute")  # its functions are made when it is loaded, unknown to a type checker

    risky = pc.match_substring_regex(pc.utf8_normalize(column, form="NFKC"), _FORMULA)
    if not pc.any(risky).as_py():
        return column
    return pc.if_else(risky, pc.binary_join_element_wise(pa.scalar("'", column.type), column, pa.scalar("", column.type)), column)


def textual(column: pa.Array) -> pa.Array:  # noqa: PLR0911  # one a kind
    """A column as CSV takes it: numbers and truth values as they are, text made safe, moments ISO 8601, everything else as text."""
    import pyarrow as pa

    pc: Any = import_module("pyarrow.compute")  # its functions are made when it is loaded, unknown to a type checker

    types, kind = pa.types, column.type
    if types.is_dictionary(kind):
        return textual(column.dictionary_decode())
    if types.is_string(kind) or types.is_large_string(kind):
        return unformula(column)
    if types.is_string_view(kind):
        return unformula(column.cast(pa.string()))
    if types.is_float16(kind):
        return column.cast(pa.float32())
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) or types.is_date32(kind):
        return column
    if types.is_timestamp(kind):
        written = pc.strftime(column, "%Y-%m-%dT%H:%M:%S" if kind.tz is None else "%Y-%m-%dT%H:%M:%S%z")
        if kind.tz is not None:
            return pc.replace_substring_regex(pc.replace_substring_regex(written, r"\.0+([+-])", r"\1"), r"(\d\d)(\d\d)$", r"\1:\2")
        return pc.replace_substring_regex(written, r"\.0+$", "")
    if types.is_null(kind):
        return column.cast(pa.string())
    return unformula(pa.array([None if value is None else plain_text(value) for value in column.to_pylist()], pa.string()))


def csv_lines(columns: Sequence[pa.Array]) -> bytes:
    """Columns of equal length as lines of CSV, each value quoted only where it must be."""
    import pyarrow as pa

    pc: Any = import_module("pyarrow.compute")  # its functions are made when it is loaded, unknown to a type checker
    if not columns:
        return b""
    written = [_quoted(textual(column)) for column in columns]
    # A line without anything is no row to most readers.
    written = [column.fill_null('""' if len(written) == 1 else "") for column in written]
    lines = pc.binary_join_element_wise(*written, pa.scalar(",", pa.large_string())) if len(written) > 1 else written[0]
    end = pa.scalar("\n", pa.large_string())
    ended = pc.binary_join_element_wise(lines, end, pa.scalar("", pa.large_string()))
    return _bytes(ended)


def _bytes(texts: pa.Array) -> bytes:
    """All texts of an array one after the other: the very buffer it holds them in."""
    first, last = texts.offset, texts.offset + len(texts)
    offsets = memoryview(texts.buffers()[1]).cast("q")
    return texts.buffers()[2].slice(offsets[first], offsets[last] - offsets[first]).to_pybytes()


def _quoted(column: pa.Array) -> pa.Array:
    import pyarrow as pa

    pc: Any = import_module("pyarrow.compute")
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column.cast(pa.string()).cast(pa.large_string())
    text = column.cast(pa.large_string())
    needs = pc.match_substring_regex(text, '[",\r\n]|^ | $|^$')
    if not pc.any(needs).as_py():
        return text
    mark, nothing = pa.scalar('"', pa.large_string()), pa.scalar("", pa.large_string())
    return pc.if_else(needs, pc.binary_join_element_wise(mark, pc.replace_substring(text, '"', '""'), mark, nothing), text)

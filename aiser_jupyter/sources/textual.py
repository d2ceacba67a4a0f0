"""What the text cells of a file mean: each column gets the narrowest type that every one of its cells fits exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

_SAMPLE = 5_000
_MISSING = ("", "NA", "N/A", "#N/A", "null", "NULL", "NaN", "nan", "None")


@dataclass(frozen=True)
class Kind:
    """A type by the SQL test that a cell ``v`` fits it and the SQL that makes it."""

    fits: str
    cast: str


def _matches(pattern: str) -> str:
    return f"regexp_full_match(v, '{pattern}')"


def _dated(pattern: str, form: str, kind: str) -> Kind:
    parsed = f"try_strptime(v, '{form}')"
    return Kind(f"({_matches(pattern)} AND {parsed} IS NOT NULL)", f"{parsed}::{kind}")


_TIME = "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = "[0-9]{1,2}:[0-9]{2}"

# An identifier with a leading zero is text. An integer of more digits than BIGINT holds stays exact. A day such as 03/04/2026 is
# a date only where the whole column settles which number is the month.
KINDS: tuple[Kind, ...] = (
    Kind("lower(v) IN ('true', 'false')", "v::BOOLEAN"),
    Kind(_matches("[-+]?(0|[1-9][0-9]{0,17})"), "v::BIGINT"),
    Kind(_matches("[-+]?(0|[1-9][0-9]{0,37})"), "v::DECIMAL(38, 0)"),
    Kind(_matches("[-+]?((0|[1-9][0-9]{0,15})([.][0-9]*)?|[.][0-9]+)([eE][-+]?[0-9]{1,3})?"), "v::DOUBLE"),
    Kind(f"({_matches(_DAY)} AND try_cast(v AS DATE) IS NOT NULL)", "v::DATE"),
    Kind(f"({_matches(f'{_DAY}[ T]{_TIME}')} AND try_cast(v AS TIMESTAMP) IS NOT NULL)", "v::TIMESTAMP"),
    Kind(
        f"({_matches(f'{_DAY}[ T]{_TIME} ?(Z|[-+][0-9]{{2}}(:?[0-9]{{2}})?)')} AND try_cast(v AS TIMESTAMPTZ) IS NOT NULL)",
        "v::TIMESTAMPTZ",
    ),
    Kind(f"({_matches(_TIME)} AND try_cast(v AS TIME) IS NOT NULL)", "v::TIME"),
    _dated("[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}", "%Y/%m/%d", "DATE"),
    _dated("[0-9]{1,2}[.][0-9]{1,2}[.][0-9]{4}", "%d.%m.%Y", "DATE"),
    _dated(f"[0-9]{{1,2}}[.][0-9]{{1,2}}[.][0-9]{{4}} {_CLOCK}", "%d.%m.%Y %H:%M", "TIMESTAMP"),
)
# Day-first and month-first forms, which only a day above 12 tells apart.
_PAIRS: tuple[tuple[Kind, Kind], ...] = tuple(
    (_dated(pattern, f"%d{mark}%m{mark}%Y{clock}", kind), _dated(pattern, f"%m{mark}%d{mark}%Y{clock}", kind))
    for mark in "/-"
    for clock, more, kind in (("", "", "DATE"), (" %H:%M", f" {_CLOCK}", "TIMESTAMP"), (" %H:%M:%S", f" {_CLOCK}:[0-9]{{2}}", "TIMESTAMP"))
    for pattern in (f"[0-9]{{1,2}}{mark}[0-9]{{1,2}}{mark}[0-9]{{4}}{more}",)
)


def typed(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> str:
    """The SELECT that turns the all-text ``table`` into its types; column names come in as text and are quoted here."""
    return f"SELECT {', '.join(_typed(connection, table, name) for name in columns)} FROM {table}"  # noqa: S608  # names are quoted


def _typed(connection: duckdb.DuckDBPyConnection, table: str, name: str) -> str:
    quoted = '"' + name.replace('"', '""') + '"'
    missing = ", ".join(f"'{token}'" for token in _MISSING)
    cell = f"CASE WHEN trim({quoted}) IN ({missing}) THEN NULL ELSE trim({quoted}) END"
    head = f"(SELECT {cell} AS v FROM {table} LIMIT {_SAMPLE})"  # noqa: S608
    whole = f"(SELECT {cell} AS v FROM {table})"  # noqa: S608

    def holds(kinds: Sequence[Kind], rows: str) -> list[bool]:
        # All kinds share one scan of the rows.
        tests = ", ".join(f"coalesce(bool_and({kind.fits}), false)" for kind in kinds)
        return list(connection.execute(f"SELECT {tests} FROM {rows} WHERE v IS NOT NULL").fetchall()[0])  # noqa: S608

    for kind, likely in zip(KINDS, holds(KINDS, head), strict=True):
        if likely and holds([kind], whole)[0]:
            return f"{_cast(kind, cell)} AS {quoted}"
    flat = [kind for pair in _PAIRS for kind in pair]
    if any(holds(flat, head)):
        for pair in _PAIRS:
            day_first, month_first = holds(pair, whole)
            if day_first != month_first:
                return f"{_cast(pair[0] if day_first else pair[1], cell)} AS {quoted}"
    return quoted


def _cast(kind: Kind, cell: str) -> str:
    return kind.cast.replace("v::", f"({cell})::").replace("(v, ", f"({cell}, ")

"""What the text cells of a file mean: each column gets the narrowest type that every one of its cells fits exactly.

A reading is chosen only where the whole column settles it: a day that could be a month, a mark that could part thousands or fractions
leaves the column text, with a note.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiser_jupyter.sources import meaning, wide
from aiser_jupyter.sources.meaning import PLAIN, SIMPLE, Meaning
from aiser_jupyter.sources.notes import Note

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb
    import pyarrow as pa

_SAMPLE = 5_000  # rows whose cells say which readings are worth trying on all
_CELLS = 2_000_000  # of which at most so many are looked at
_TESTS = 300  # aggregates in one statement
_MISSING = (
    "",
    "NA",
    "N/A",
    "n/a",
    "#N/A",
    "null",
    "NULL",
    "NaN",
    "nan",
    "None",
    "#DIV/0!",
    "#REF!",
    "#VALUE!",
    "#NAME?",
    "#NUM!",
    "#NULL!",
)
_MARKS = ("point", "comma")
_CODE = re.compile(r"\+[0-9]{7,}|0[0-9]+")
_FRACTION = re.compile(r"[.](\d{1,2}|\d{4,})$")


@dataclass(frozen=True)
class Typing:
    """How a table of text gets its types, and what is to be told of it.

    ``select`` gives its rows; ``values`` are the columns' expressions over ``v``, the trimmed cell (empty for text).
    """

    select: str
    notes: tuple[Note, ...] = ()
    table: str = ""
    names: tuple[str, ...] = ()
    values: tuple[str, ...] = ()

    def read(self, connection: duckdb.DuckDBPyConnection, size: int = 1 << 16) -> pa.RecordBatchReader:
        """The rows in batches of at most ``size``."""
        if len(self.names) > wide.WIDE:
            return wide.values(connection, self.table, self.names, _cell("v"), self.values)
        return connection.sql(self.select).to_arrow_reader(size)


@dataclass
class _Column:
    """A column on its way: its cells in the sample, the readings that may hold, those that do, and what the whole column says of its numbers."""

    name: str
    cells: list[str]
    tried: list[Meaning] = field(default_factory=list)
    valid: list[Meaning] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)

    @property
    def cell(self) -> str:
        return _cell(self.name)


def _cell(column: str) -> str:
    """The trimmed cell of ``column`` as SQL, NULL where it is a word for nothing."""
    name = '"' + column.replace('"', '""') + '"'
    return f"nullif(CASE WHEN trim({name}) IN ({', '.join(map(meaning.quoted, _MISSING))}) THEN '' ELSE trim({name}) END, '')"


def typed(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str], *, delimiter: str = "") -> Typing:
    """How the all-text ``table`` becomes typed; column names come in as text and are quoted here.

    ``delimiter`` of the file helps: where a comma parts the cells it is no decimal mark.
    """
    made = _sampled(connection, table, columns)
    for column in made:
        column.tried = _possible(column)
    # Plain readings first: most columns need no other.
    _try_all(connection, table, made, lambda one: not one.family)
    open_ones = [column for column in made if not column.valid]
    _try_all(connection, table, open_ones, lambda one: bool(one.family))
    mark = _mark(made, delimiter)
    if mark == "comma":  # then 1.234 may be a thousand
        _try_all(
            connection,
            table,
            [column for column in made if column not in open_ones and _could_be_grouped(column)],
            lambda one: one.family in _MARKS,
        )
    _try_orders(connection, table, made)
    chosen = [_choose(column, mark) for column in made]
    selected = (_selected(column, expression) for column, (expression, _) in zip(made, chosen, strict=True))
    notes = [Note(column.name, said) for column, (_, said) in zip(made, chosen, strict=True) if said]
    select = f"SELECT {', '.join(selected)} FROM {table}"  # noqa: S608  # names are quoted
    return Typing(select, tuple(notes), table, tuple(columns), tuple(expression for expression, _ in chosen))


def typed_rows(rows: pa.Table, *, names: Sequence[str] = ()) -> tuple[pa.Table, tuple[Note, ...]]:
    """``rows`` with each column of text (or those of ``names``) as what it means."""
    import duckdb
    import pyarrow as pa

    places = [i for i, one in enumerate(rows.schema) if pa.types.is_string(one.type) and (not names or one.name in names)]
    if not places or not rows.num_rows:
        return rows, ()
    with duckdb.connect(":memory:") as connection:
        connection.register("raw", rows.select(places))
        found = typed(connection, "raw", [rows.schema.names[i] for i in places])
        read = found.read(connection).read_all()
    for i, place in enumerate(places):
        rows = rows.set_column(place, rows.schema.names[place], read.column(i))
    return rows, found.notes


def _selected(column: _Column, expression: str) -> str:
    quoted = '"' + column.name.replace('"', '""') + '"'
    return f"{meaning.placed(expression, column.cell)} AS {quoted}" if expression else quoted


def _sampled(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]) -> list[_Column]:
    """The columns with the different cells of the first rows, or of the first that hold anything."""
    rows = max(100, min(_SAMPLE, _CELLS // max(1, len(columns))))
    head = connection.sql(f"SELECT * FROM {table} LIMIT {rows}").to_arrow_table()  # noqa: S608
    made = []
    for i, name in enumerate(columns):
        column = _Column(name, _cells(head.column(i).unique().to_pylist()))
        if not column.cells and head.num_rows == rows and len(columns) <= wide.WIDE:
            later = f"SELECT {column.cell} AS v FROM {table} WHERE {column.cell} IS NOT NULL LIMIT 1000"  # noqa: S608
            column.cells = _cells([row[0] for row in connection.execute(later).fetchall()])
        made.append(column)
    late = [column for column in made if not column.cells] if len(columns) > wide.WIDE and head.num_rows == rows else []
    if late:
        found = wide.cells(connection, table, [column.name for column in late], _cell("v"), 1000)
        for column, cells in zip(late, found, strict=True):
            column.cells = _cells(cells)
    return made


def _cells(values: Sequence[str | None]) -> list[str]:
    return [cell for value in values if value is not None and (cell := value.strip(" ")) not in _MISSING]


def _possible(column: _Column) -> list[Meaning]:
    """The readings that every cell of the sample may have."""
    if not column.cells or _is_code(column):
        return []
    every = (*meaning.compact_days(column.name), *SIMPLE, *(one for mark in _MARKS for one in meaning.numbers(mark)), *meaning.days())
    return [one for one in every if all(map(one.matcher.fullmatch, column.cells))]


def _is_code(column: _Column) -> bool:
    """Whether numbers are none: by their name, by a plus and many digits, by leading zeros."""
    return bool(meaning.CODE_NAME.search(column.name.replace("_", " "))) or any(map(_CODE.fullmatch, column.cells))


def _try_all(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[_Column], wanted: Callable[[Meaning], bool]) -> None:
    """Try each possible reading that is ``wanted`` on every row, many in one statement."""
    part: list[_Test] = []
    for column in columns:
        tried = [one for one in column.tried if wanted(one)]
        part += [_Test(column, f"coalesce(bool_and({one.test('v')}) FILTER (WHERE v IS NOT NULL), false)", one) for one in tried]
        if any(one.family in _MARKS for one in tried):
            part += [_Test(column, expression, name) for name, expression in _TOLD.items()]
    _tell(connection, table, part)


def _try_orders(connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[_Column]) -> None:
    """Whether the days of a column that fit more than one order of day and month are the same in each."""
    part = []
    for column in columns:
        first, *others = [one.value("v") for one in _orders(column).values()] or [""]
        if others:
            same = " AND ".join(f"coalesce(bool_and(({first}) IS NOT DISTINCT FROM ({other})), true)" for other in others)
            part.append(_Test(column, f"({same})", "same days"))
    _tell(connection, table, part)


def _orders(column: _Column) -> dict[str, Meaning]:
    """The readings of a column as days, by the order of day and month."""
    dates = [one for one in column.valid if one.family and one.family not in _MARKS]
    return {one.family: one for one in reversed(dates)}


def _could_be_grouped(column: _Column) -> bool:
    """Whether a column of plain numbers may be whole ones in groups of three."""
    return any(one.name == "number" for one in column.valid) and any("." in cell for cell in column.cells)


# What the whole of a column of numbers says, by the mark before its fraction.
_TOLD = {
    **{f"{mark} digits": f"max(length(regexp_extract({PLAIN[mark]}, '^-?([0-9]*)', 1)))" for mark in _MARKS},
    **{f"{mark} fraction": f"max(length(regexp_extract({PLAIN[mark]}, '[.]([0-9]*)', 1)))" for mark in _MARKS},
    "currencies": f"count(DISTINCT nullif(regexp_extract(v, {meaning.quoted(meaning.CURRENCY)}), ''))",
    "brackets": "coalesce(bool_or(starts_with(v, '(')) AND NOT bool_and(starts_with(v, '(')), false)",
    "parted": "coalesce(bool_or(regexp_matches(v, '[.,]')), false)",
}


@dataclass(frozen=True)
class _Test:
    """One aggregate over a column: ``of`` is the reading it tries, or the name of what it tells."""

    column: _Column
    expression: str
    of: Meaning | str


def _tell(connection: duckdb.DuckDBPyConnection, table: str, tests: Sequence[_Test]) -> None:
    """Keep with each test's column what the test says."""
    if len({id(test.column) for test in tests}) > wide.WIDE:
        _tell_wide(connection, table, tests)
        return
    part: list[_Test] = []
    for test in tests:
        if len(part) >= _TESTS and test.column is not part[-1].column:
            _keep(part, _answers(connection, table, part))
            part = []
        part.append(test)
    if part:
        _keep(part, _answers(connection, table, part))


def _tell_wide(connection: duckdb.DuckDBPyConnection, table: str, tests: Sequence[_Test]) -> None:
    """Columns with the same tests at once, as one column of cells."""
    by_column: dict[int, list[_Test]] = {}
    for test in tests:
        by_column.setdefault(id(test.column), []).append(test)
    alike: dict[tuple[str, ...], list[list[_Test]]] = {}
    for asked in by_column.values():
        alike.setdefault(tuple(test.expression for test in asked), []).append(asked)
    for expressions, group in alike.items():
        rows = wide.told(connection, table, [asked[0].column.name for asked in group], _cell("v"), expressions)
        for asked, row in zip(group, rows, strict=True):
            _keep(asked, row)


def _answers(connection: duckdb.DuckDBPyConnection, table: str, tests: Sequence[_Test]) -> tuple[Any, ...]:
    places: dict[int, str] = {}
    cells = []
    for test in tests:
        if id(test.column) not in places:
            places[id(test.column)] = f"c{len(places)}"
            cells.append(f"{test.column.cell} AS {places[id(test.column)]}")
    asked = ", ".join(meaning.placed(test.expression, places[id(test.column)]) for test in tests)
    # The optimizer's time grows with more than the square of so many aggregates, and there is nothing for it to do.
    connection.execute("PRAGMA disable_optimizer")
    try:
        return connection.execute(f"SELECT {asked} FROM (SELECT {', '.join(cells)} FROM {table})").fetchall()[0]  # noqa: S608
    finally:
        connection.execute("PRAGMA enable_optimizer")


def _keep(tests: Sequence[_Test], row: Sequence[Any]) -> None:
    for test, value in zip(tests, row, strict=True):
        if isinstance(test.of, str):
            test.column.numbers[test.of] = value
        elif value:
            test.column.valid.append(test.of)


def _mark(columns: Sequence[_Column], delimiter: str) -> str:
    """The decimal mark of the file: the one that some column leaves no choice about, else not a comma where commas part the cells; else empty."""
    sure = set()
    for column in columns:
        families = {one.family for one in column.valid if one.family in _MARKS and _is_number(one, column)}
        if len(families) == 1 and column.numbers["parted"]:
            sure |= families
        elif not families and any(one.name == "number" for one in column.valid):
            sure |= {"point"} if any(map(_FRACTION.search, column.cells)) else set()
    if len(sure) == 1:
        return sure.pop()
    return "point" if delimiter == "," or sure else ""


def _is_number(one: Meaning, column: _Column) -> bool:
    """Whether a reading as a number has its reason in the column: one currency, brackets among others."""
    told = column.numbers
    return one.name != "money" or told["currencies"] == 1 or (told["currencies"] == 0 and told["brackets"])


def _choose(column: _Column, mark: str) -> tuple[str, str]:
    """The SQL of the column's values over ``v`` (empty for text) and what is to be told."""
    simple = sorted((one for one in column.valid if not one.family), key=lambda one: one.order)
    for one in simple:
        if one.name == "boolean" and not _both_letters(column):
            continue
        if one.name == "number" and mark == "comma" and any(other.family == "comma" for other in column.valid):
            continue  # 1.234 in a file that writes fractions with a comma
        return one.value("v"), one.note
    numbers = [one for one in column.valid if one.family in _MARKS and _is_number(one, column)]
    if numbers:
        return _number(column, numbers, mark)
    orders = _orders(column)
    if orders:
        if not column.numbers.get("same days", True):
            return "", "kept as text: it cannot be told whether the day or the month comes first"
        one = next(iter(orders.values()))
        return one.value("v"), one.note
    return "", _kept(column)


def _both_letters(column: _Column) -> bool:
    """A single letter says true or false only beside its opposite: a column of Y alone may be a code."""
    letters = {cell.lower() for cell in column.cells}
    return not letters <= {"y", "n"} or len(letters) == 2


def _number(column: _Column, numbers: Sequence[Meaning], mark: str) -> tuple[str, str]:
    name = next(name for name in ("share", "money", "grouped") if any(one.name == name for one in numbers))
    readings = {one.family: one for one in numbers if one.name == name}
    told = column.numbers
    if len(readings) == 2 and told["parted"]:
        family = mark
        if name == "money":  # no price has three digits after its mark: those are thousands
            family = min(_MARKS, key=lambda one: told[f"{one} fraction"] or 0)
        if not family:
            return "", "kept as text: a mark may part thousands or fractions"
    else:
        family = next(iter(readings))
    one = readings[family]
    fraction, digits = told[f"{family} fraction"] or 0, told[f"{family} digits"] or 0
    if name == "share":
        return one.value("v"), one.note
    if digits + fraction > 38:
        return "", "kept as text: more than 38 digits"
    if not fraction and digits <= 18:
        kind = "BIGINT"
    elif name == "grouped" and digits + fraction <= 15:
        kind = "DOUBLE"
    else:
        kind = f"DECIMAL({18 if digits + fraction <= 18 else 38}, {fraction})"
    note = one.note if told["parted"] else one.note.partition(",")[0]
    currency = next((found[0] for cell in column.cells if (found := re.search(meaning.CURRENCY, cell))), "")
    if name == "money" and not currency:
        note = note.replace("money", "number, negative in brackets")
    return f"{one.value('v')}::{kind}", f"{note} ({currency})" if currency else note


def _kept(column: _Column) -> str:  # noqa: PLR0911  # one line a reason
    """Why a column that looks like numbers stays text."""
    cells = column.cells
    if not cells:
        return ""
    if all(re.fullmatch(r"[+0-9 ()./-]+", cell) for cell in cells) and any(re.search(r"\d", cell) for cell in cells):
        if any(re.fullmatch(r"0[0-9]+", cell) for cell in cells):
            return "kept as text: a code with leading zeros"
        if _is_code(column):
            return "kept as text: a code"
    if column.numbers.get("currencies", 0) > 1:
        return "kept as text: more than one currency"
    if all(re.fullmatch(r"[-+]?[0-9]+", cell) for cell in cells):
        return "kept as text: more than 38 digits"
    if all(re.fullmatch(r"[-+]?[0-9]*[.]?[0-9]+([eE][-+]?[0-9]+)?", cell) for cell in cells):
        return "kept as text: beyond what a number holds"
    return ""

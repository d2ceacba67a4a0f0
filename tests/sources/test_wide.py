"""Wide tables: thousands of columns are read as a few are."""

from __future__ import annotations

import random
import time

import duckdb
import pyarrow as pa
import pytest

from aiser_jupyter.sources import wide
from aiser_jupyter.sources.textual import typed

KINDS = {
    "n": ["1", "22", "-3", "NA", ""],
    "big": ["9" * 30, "1", None, "2", "3"],
    "half": ["1.5", "2", "1e3", " 7 ", None],
    "yes": ["Y", "N", "Y", None, "n"],
    "euro": ["1.234,50 €", "2,5 €", None, "-3 €", "4 €"],
    "mixed": ["$5", "€5", "1", "2", "3"],
    "share": ["5 %", "12,5%", None, "0 %", "1%"],
    "day": ["31/12/99", "01/02/10", None, "05/06/07", "01/01/01"],
    "either": ["01/02/2010", "05/06/2007", "02/03/2004", None, "01/12/2011"],
    "same": ["01/01/2010", "02/02/2007", None, "03/03/2004", "04/04/2001"],
    "iso": ["2020-01-31", None, "1999-12-31", "2024-02-29", "2024-01-01"],
    "at": ["2020-01-31 10:00", "2020-01-31T10:00:01.5", None, None, "2020-02-01 00:00"],
    "zoned": ["2020-01-31T10:00:00Z", "2020-01-31 10:00:00+02", None, None, None],
    "zip": ["10115", "80331", "1", "2", "3"],
    "text": [" a", "b", "ü" * 40, None, "NA"],
    "none": [None, "", "NA", None, " "],
    "code": ["007", "1", "2", "3", "4"],
}


def table(repeats: int, *, empty: int = 0) -> pa.Table:
    columns = {f'{name}"{i}': [None] * empty + cells for i in range(repeats) for name, cells in KINDS.items()}
    return pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})


def read(rows: pa.Table):
    with duckdb.connect() as connection:
        connection.register("raw", rows)
        found = typed(connection, "raw", rows.column_names, delimiter=";")
        return found.read(connection).read_all(), [(note.column, note.text) for note in found.notes]


def test_many_columns_are_read_as_few_are():
    few, told_few = read(table(1))
    many, told_many = read(table(40))
    assert many.num_columns == 40 * len(KINDS) > wide.WIDE
    for name in KINDS:
        one = few.column(f'{name}"0')
        for i in (0, 17, 39):
            other = many.column(f'{name}"{i}')
            assert (other.type, other.to_pylist()) == (one.type, one.to_pylist()), name
    assert many.num_rows == 5
    assert [(name.replace('"0', '"39'), text) for name, text in told_few] == told_many[-len(told_few) :]
    assert {str(kind) for kind in few.schema.types} >= {"int64", "double", "bool", "date32[day]", "string"}


def test_columns_that_are_empty_at_first_are_read_by_their_later_rows():
    few, _ = read(table(1, empty=6_000))
    many, _ = read(table(31, empty=6_000))
    assert many.schema.types == few.schema.types * 31
    assert many.slice(6_000).to_pylist()[0]['n"30'] == 1
    assert many.select(few.column_names).equals(few)


def test_rows_keep_their_order_over_batches():
    numbers = list(range(4_500))
    random.Random(7).shuffle(numbers)
    rows = pa.table({f"c{i}": pa.array([str(number + i) for number in numbers]) for i in range(wide.WIDE + 1)})
    found, _ = read(rows)
    for i in (0, 250, wide.WIDE):
        assert found.column(f"c{i}").to_pylist() == [number + i for number in numbers]


@pytest.mark.parametrize("bad", [3, 2_499])
def test_one_cell_that_is_no_number_keeps_its_column_text_alone(bad):
    columns = {f"c{i}": [str(row) for row in range(2_500)] for i in range(wide.WIDE + 5)}
    columns["c503"][bad] = "x"
    found, _ = read(pa.table(columns))
    assert found.schema.field("c503").type == pa.string()
    assert found.column("c503").to_pylist() == columns["c503"]
    assert {str(kind) for kind in found.schema.types} == {"int64", "string"}


def test_twice_the_columns_take_about_twice_the_time():
    def cpu(columns: int) -> float:
        rows = pa.table({f"c{i}": [str(i + row) for row in range(20)] for i in range(columns)})
        began = time.process_time()
        read(rows)
        return time.process_time() - began

    cpu(600)
    assert min(cpu(3_000) for _ in range(2)) < 4 * min(cpu(1_000) for _ in range(2)) + 0.5

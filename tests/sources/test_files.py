# ruff: noqa: DTZ001  # files and tables hold moments without a zone

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aiser_jupyter.errors import FileFormatError, UsageError
from aiser_jupyter.sources.duckdb import DuckDBSource
from aiser_jupyter.sources.files import add


@pytest.fixture
def engine():
    made = DuckDBSource("files")
    yield made
    made.close()


@pytest.fixture
def write(tmp_path):
    def written(name, content, encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return written


def rows(engine, table):
    cursor = engine.cursor()
    found = cursor.run(f'SELECT * FROM "{table}"', {}).read_all()
    cursor.close()
    return found


def test_csv_cells_keep_what_they_mean(engine, write):
    path = write(
        "orders.csv",
        'id,name,zip,day,at,big,price,ok,gone\n1,"Ann, B",00123,2026-01-05,2026-01-05 10:30,123456789012345678901234567890,1.5,true,NA\n'
        "2,Bob,12345,2026-02-05,2026-01-06 11:30:15,-7,,false,3\n",
    )
    assert add(engine, path) == ("orders",)
    table = rows(engine, "orders")
    assert [str(kind) for kind in table.schema.types] == [
        "int64", "string", "string", "date32[day]", "timestamp[us]", "decimal128(38, 0)", "double", "bool", "int64",
    ]  # fmt: skip
    assert table.to_pylist()[0] == {
        "id": 1, "name": "Ann, B", "zip": "00123", "day": dt.date(2026, 1, 5), "at": dt.datetime(2026, 1, 5, 10, 30),
        "big": Decimal(123456789012345678901234567890), "price": 1.5, "ok": True, "gone": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "encoding", "expected"),
    [
        ("Straße;Preis\nMüller;1\n", "cp1252", {"Straße": ["Müller"], "Preis": [1]}),
        ("Straße;Preis\nMüller;1\n", "utf-8", {"Straße": ["Müller"], "Preis": [1]}),
        ("Straße;Preis\nMüller;1\n", "utf-8-sig", {"Straße": ["Müller"], "Preis": [1]}),
        ("Straße\tPreis\r\nMüller\t1\r\n", "utf-16", {"Straße": ["Müller"], "Preis": [1]}),
        ("Straße|Preis\nMüller|1\n", "utf-16-le", {"Straße": ["Müller"], "Preis": [1]}),
    ],
)
def test_csv_encodings_and_delimiters(engine, write, content, encoding, expected):
    add(engine, write("a.csv", content, encoding))
    assert rows(engine, "a").to_pydict() == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a,a,,b\n1,2,3,4\n", {"a": [1], "a_2": [2], "column3": [3], "b": [4]}),
        ("1,2\n3,4\n", {"column1": [1, 3], "column2": [2, 4]}),
        ("Sales report\n\nregion,amount\nN,5\nS,6\n", {"region": ["N", "S"], "amount": [5, 6]}),
        ("name\nx\ny\n", {"name": ["x", "y"]}),
        ("country,2019,2020\nDE,5,6\n", {"country": ["DE"], "2019": [5], "2020": [6]}),
        ("a,b\n", {"a": [], "b": []}),
        ('a,b\n"line\nbreak",1\n', {"a": ["line\nbreak"], "b": [1]}),
    ],
)
def test_csv_header_is_found(engine, write, content, expected):
    add(engine, write("a.csv", content))
    assert rows(engine, "a").to_pydict() == expected


def test_a_day_is_read_only_where_the_column_settles_it(engine, write):
    add(
        engine, write("d.csv", "eu,us,either,dots\n13/01/2026,01/13/2026,01/02/2026,1.2.2026\n02/01/2026,01/02/2026,02/01/2026,13.2.2026\n")
    )
    table = rows(engine, "d").to_pydict()
    assert table["eu"] == table["us"] == [dt.date(2026, 1, 13), dt.date(2026, 1, 2)]
    assert table["either"] == ["01/02/2026", "02/01/2026"]
    assert table["dots"] == [dt.date(2026, 2, 1), dt.date(2026, 2, 13)]


def test_a_type_is_that_of_every_row_not_of_the_first(engine, write):
    add(engine, write("late.csv", "a,b\n" + "1,x\n" * 20_000 + "1.5,x\n"))
    add(engine, write("text.csv", "a,b\n" + "1,x\n" * 20_000 + "n/a?,x\n"))
    assert str(rows(engine, "late").schema.field("a").type) == "double"
    assert rows(engine, "text")["a"][-1].as_py() == "n/a?"


@pytest.mark.parametrize(
    ("name", "content", "message", "where"),
    [
        ("short.csv", "a,b,c\n1,2,3\n1,2\n4,5,6\n", "2 fields where there are 3", "line 3"),
        ("long.csv", "a,b,c\n1,2,3\n4,5,6\n1,2,3,4\n", "4 fields where there are 3", "line 4"),
        ("quote.csv", 'a,b,c\n1,"2,3\n1,2,3\n4,5,6\n', "never closed", "line 2"),
        ("empty.csv", "", "empty", "empty.csv"),
        ("blank.csv", "\n  \n", "empty", "blank.csv"),
        ("binary.csv", b"a,b\x00\x01\x02\xff" * 50, "no text", "binary.csv"),
        ("cut.parquet", b"PAR1" + b"x" * 50, "no whole Parquet", "cut.parquet"),
        ("cut.xlsx", b"PK\x03\x04" + b"x" * 50, "no whole Excel", "cut.xlsx"),
        ("cut.json", '[{"a": 1}, {"a":', "cannot be read as JSON", "cut.json"),
        ("notes.md", "x", "no data file", "notes.md"),
        ("cut.docx", "x", "no whole Word", "cut.docx"),
    ],
)
def test_a_broken_file_is_named_with_the_place(engine, write, name, content, message, where):
    with pytest.raises(FileFormatError) as caught:
        add(engine, write(name, content))
    assert message in caught.value.message
    assert where in caught.value.where
    assert len(str(caught.value).splitlines()) <= 4
    assert engine.tables() == ()


def test_a_missing_file_comes_with_those_that_are_there(engine, write, tmp_path):
    write("orders.csv", "a,b\n1,2\n")
    with pytest.raises(FileFormatError, match="no such file") as caught:
        add(engine, tmp_path / "order.csv")
    assert caught.value.hint == "Did you mean orders.csv?"
    with pytest.raises(FileFormatError) as caught:
        add(engine, tmp_path / "nowhere" / "x.csv")
    assert "no folder" in caught.value.hint


def test_json_of_three_shapes(engine, write):
    add(engine, write("list.json", json.dumps([{"a": 1, "big": 123456789012345678901234567890}, {"a": None, "big": 2}])))
    add(engine, write("lines.jsonl", '{"a": 1, "day": "2026-01-05"}\n{"a": 2, "inner": {"z": 1}}\n'))
    assert rows(engine, "list").to_pydict() == {"a": [1, None], "big": [Decimal(123456789012345678901234567890), Decimal(2)]}
    assert rows(engine, "lines").to_pylist() == [
        {"a": 1, "day": dt.date(2026, 1, 5), "inner_z": None},
        {"a": 2, "day": None, "inner_z": 1},
    ]


def test_excel_sheets_headers_and_types(engine, tmp_path):
    book = openpyxl.Workbook()
    first = book.active
    first.title = "Jan 2026"
    for row in (
        ["Report"],
        [],
        ["id", "day", "amount", "mixed", None],
        [1, dt.datetime(2026, 1, 1), 1.5, "x"],
        [2, dt.datetime(2026, 1, 2), 2, 3],
    ):
        first.append(row)
    second = book.create_sheet("Years")
    second.append(["country", 2025])
    second.append(["DE", 3])
    book.create_sheet("Empty")
    book.save(tmp_path / "q4.xlsx")
    assert add(engine, tmp_path / "q4.xlsx") == ("q4_Jan_2026", "q4_Years")
    assert rows(engine, "q4_Jan_2026").to_pylist() == [
        {"id": 1, "day": dt.date(2026, 1, 1), "amount": 1.5, "mixed": "x"},
        {"id": 2, "day": dt.date(2026, 1, 2), "amount": 2.0, "mixed": "3"},
    ]
    assert rows(engine, "q4_Years").to_pydict() == {"country": ["DE"], "2025": [3]}


def test_a_folder_gives_all_its_files_and_warns_of_the_broken(engine, write, tmp_path):
    write("a.csv", "x,y\n1,2\n")
    write("readme.md", "no data")
    write("bad.csv", "x,y\n1\n")
    pq.write_table(pa.table({"z": [1]}), tmp_path / "b.parquet")
    with pytest.warns(UserWarning, match="bad.csv"):
        assert add(engine, tmp_path) == ("a", "b")
    (tmp_path / "none").mkdir()
    with pytest.raises(FileFormatError, match="no data files"):
        add(engine, tmp_path / "none")


def test_names(engine, write, tmp_path):
    (tmp_path / "other").mkdir()
    assert add(engine, write("Q4 sales.csv", "a,b\n1,2\n")) == ("Q4_sales",)
    assert add(engine, write("other/Q4 sales.csv", "a,b\n5,6\n")) == ("Q4_sales_2",)
    assert add(engine, write("Q4 sales.csv", "a,b\n3,4\n")) == ("Q4_sales",)
    assert rows(engine, "Q4_sales").to_pydict() == {"a": [3], "b": [4]}
    assert add(engine, write("2026[1]*.csv", "a,b\n1,2\n")) == ("t_2026_1",)
    assert add(engine, write("x.csv", "a,b\n1,2\n"), "mine") == ("mine",)


def test_frames_need_a_name(engine):
    frame = pd.DataFrame({"a": [1]})
    assert add(engine, frame, "f") == ("f",)
    assert rows(engine, "f").to_pydict() == {"a": [1]}
    with pytest.raises(UsageError, match="no name"):
        add(engine, frame)

# ruff: noqa: DTZ001  # tables hold moments without a zone
from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import subprocess
import sys
from decimal import Decimal

import duckdb
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiser_jupyter.errors import SourceError, UsageError
from aiser_jupyter.query import run
from aiser_jupyter.query.cells import exact, plain_text, unique
from aiser_jupyter.query.result import Origin, Result

UTC = dt.UTC


def result_of(columns):
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    return Result.of(table, Origin("SELECT 1", "duckdb", "shop"))


ODD = pa.table(
    {
        "f": pa.array([float("nan"), float("inf"), -0.0, 1e-300, None]),
        "d": pa.array([Decimal("12345678901234567890123456789012345.678"), Decimal("0.100"), None, Decimal("-1.5"), Decimal(0)], pa.decimal128(38, 3)),
        "u": pa.array([2**64 - 1, 2**63 + 1, 2**53 + 1, 0, None], pa.uint64()),
        "i": pa.array([-(2**63), 2**53, 7, None, 0], pa.int64()),
        "b": pa.array([b"\x00\xff", b"", None, b"a", b"b"]),
        "z": pa.array([dt.datetime(2026, 1, 2, 3, 4, 5, 600, UTC), None, dt.datetime(9999, 12, 31, tzinfo=UTC), None, None], pa.timestamp("us", "Europe/Berlin")),
        "t": pa.array([dt.datetime(9999, 12, 31, 23, 59, 59), dt.datetime(1, 1, 1), None, dt.datetime(2026, 1, 2), None], pa.timestamp("us")),
        "y": pa.array([dt.date(9999, 12, 31), dt.date(1899, 1, 1), None, dt.date(2026, 1, 2), None]),
        "s": pa.array(["=1+1", "", None, 'a,"b"\nc', "plain"]),
        "l": pa.array([[1, 2**60], [], None, [None], [3]], pa.list_(pa.int64())),
        "o": pa.array([True, False, None, True, None]),
    }
)  # fmt: skip


@pytest.mark.parametrize("ending", [".parquet", ".arrow", ".feather"])
def test_odd_values_come_back_as_they_were(tmp_path, ending):
    path = tmp_path / f"r{ending}"
    assert result_of(ODD).save(path) == 5
    back = pq.read_table(path) if ending == ".parquet" else pa.ipc.open_file(path).read_all()
    assert back.schema.equals(ODD.schema)
    for name in ODD.column_names:
        assert str(back[name].to_pylist()) == str(ODD[name].to_pylist())


def test_csv_holds_odd_values_exactly(tmp_path):
    path = tmp_path / "r.csv"
    assert result_of(ODD).save(path) == 5
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0] == {
        "f": "nan", "d": "12345678901234567890123456789012345.678", "u": str(2**64 - 1), "i": str(-(2**63)), "b": "0x00ff",
        "z": "2026-01-02T04:04:05.000600+01:00", "t": "9999-12-31T23:59:59", "y": "9999-12-31", "s": "'=1+1", "l": f'[1, "{2**60}"]', "o": "true",
    }  # fmt: skip
    assert (rows[1]["y"], rows[1]["t"], rows[3]["t"], rows[3]["s"]) == (
        "1899-01-01",
        "0001-01-01T00:00:00",
        "2026-01-02T00:00:00",
        'a,"b"\nc',
    )
    assert rows[3]["d"] == "-1.500"
    lines = path.read_text("utf-8").splitlines()
    assert ',"",' in lines[2]  # an empty text is one, a missing value is none
    assert lines[0] == "f,d,u,i,b,z,t,y,s,l,o"
    assert lines[-1].endswith(",plain,[3],")
    back = duckdb.connect().read_csv(str(path), header=True, null_padding=False)
    assert len(back.fetchall()) == 5


def test_json_holds_odd_values_exactly(tmp_path):
    assert result_of(ODD).save(tmp_path / "r.json") == 5
    rows = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert rows[0]["f"] == "NaN"
    assert rows[1]["f"] == "Infinity"
    assert (rows[0]["d"], rows[1]["d"]) == ("12345678901234567890123456789012345.678", 0.1)
    assert (rows[0]["u"], rows[1]["i"], rows[2]["u"], rows[3]["u"]) == (str(2**64 - 1), 2**53, str(2**53 + 1), 0)
    assert (rows[0]["z"], rows[0]["t"], rows[0]["y"], rows[0]["b"]) == (
        "2026-01-02T04:04:05.000600+01:00", "9999-12-31T23:59:59", "9999-12-31", "0x00ff",
    )  # fmt: skip
    assert (rows[0]["l"], rows[0]["s"], rows[2]["s"]) == ([1, str(2**60)], "=1+1", None)
    assert result_of(ODD).save(tmp_path / "r.ndjson.gz") == 5
    with gzip.open(tmp_path / "r.ndjson.gz", "rt", encoding="utf-8") as file:
        assert [json.loads(line) for line in file] == rows
    assert result_of(ODD.slice(0, 0)).save(tmp_path / "none.json") == 0
    assert json.loads((tmp_path / "none.json").read_text()) == []


def test_excel_keeps_types_and_rounds_nothing(tmp_path):
    assert result_of(ODD).save(tmp_path / "r.xlsx") == 5
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx").active
    cells = {name: [sheet.cell(row, column + 1) for row in range(2, 7)] for column, name in enumerate(ODD.column_names)}
    assert [cell.value for cell in cells["f"]][:2] == ["NaN", "Infinity"]
    assert cells["d"][0].value == "12345678901234567890123456789012345.678"
    assert (cells["d"][1].value, cells["d"][1].data_type) == (0.1, "n")
    assert cells["u"][0].value == str(2**64 - 1)
    assert cells["z"][0].value == "2026-01-02T04:04:05.000600+01:00"
    assert cells["t"][3].value == dt.datetime(2026, 1, 2)
    assert (cells["y"][1].value, cells["y"][3].is_date) == ("1899-01-01", True)
    assert (cells["s"][0].value, cells["s"][0].data_type) == ("=1+1", "s")
    assert cells["o"][0].value is True


FORMULAS = ["=1+1", "+1", "-1", "@a", "\tx", "\rx", "\nx", " =1", "\u00a0=1", "\uff1d1", "\ufeff=1", ";a", "  \u200b=x"]


@pytest.mark.parametrize("value", FORMULAS)
def test_no_text_and_no_header_is_a_formula(tmp_path, value):
    result_of({value: [value], "n": [-1]}).save(tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(newline="", encoding="utf-8") as file:
        header, row = csv.reader(file)
    assert (header[0], row[0], row[1]) == ("'" + value, "'" + value, "-1")


@given(st.lists(st.text(), max_size=4))
def test_csv_text_comes_back_but_for_the_apostrophe(tmp_path_factory, values):
    path = tmp_path_factory.mktemp("csv") / "r.csv"
    encodable = [value.encode("utf-8", "ignore").decode() for value in values]
    result_of({"n": list(range(len(values))), "s": pa.array(encodable, pa.string())}).save(path)
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))[1:]
    assert [row[1].removeprefix("'") if row[1][1:] == value else row[1] for row, value in zip(rows, encodable, strict=True)] == encodable


def test_what_a_sheet_cannot_hold_is_an_error_and_no_file(tmp_path):
    with pytest.raises(UsageError, match="32,767 characters") as caught:
        result_of({"long": ["x" * 40_000]}).save(tmp_path / "r.xlsx")
    assert ".parquet" in caught.value.hint
    with pytest.raises(UsageError, match="16,384 columns"):
        result_of({f"c{i}": [1] for i in range(16_385)}).save(tmp_path / "r.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_sheet_with_too_many_rows_is_an_error(tmp_path, context):
    with pytest.raises(UsageError, match="1,048,575 rows"):
        run(context, "SELECT range AS i FROM range(1048576)", on="duck").save(tmp_path / "r.xlsx")
    assert list(tmp_path.glob("*r.xlsx*")) == []


def test_control_characters_stay_in_a_sheet(tmp_path):
    result_of({"s": ["a\x01b", "_x0041_"]}).save(tmp_path / "r.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx").active
    assert [sheet["A2"].value, sheet["A3"].value] == ["a_x0001_b", "_x005F_x0041_"]


def test_a_failed_save_leaves_what_was_there(tmp_path):
    result_of({"a": [1]}).save(tmp_path / "r.csv")
    before = (tmp_path / "r.csv").read_bytes()

    def broken():
        yield pa.record_batch({"a": [2]})
        raise OSError(28, "No space left on device")

    from aiser_jupyter.query.export import save

    with pytest.raises(SourceError, match="cannot be written") as caught:
        save(pa.schema([("a", pa.int64())]), broken(), tmp_path / "r.csv")
    assert "No space left" in caught.value.where
    assert (tmp_path / "r.csv").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["r.csv"]


def test_an_unknown_ending_names_those_there_are(tmp_path):
    for name in ("r.doc", "r", "r.parquet.gz", "r.xlsx.gz"):
        with pytest.raises(UsageError, match="cannot be saved") as caught:
            result_of({"a": [1]}).save(tmp_path / name)
        assert ".parquet" in caught.value.hint


def test_intervals_and_twin_columns_are_saved(tmp_path, context):
    sql = "SELECT INTERVAL 3 DAY AS v, 1 AS a, 2 AS a, TIME '10:30:00' AS t, DATE '2026-01-02' - DATE '2026-01-01' AS n"
    for ending in ("parquet", "csv", "json", "arrow", "xlsx"):
        assert run(context, sql, on="duck").save(tmp_path / f"r.{ending}") == 1
    (row,) = json.loads((tmp_path / "r.json").read_text())
    assert (row["a"], row["a_2"], row["t"], row["n"]) == (1, 2, "10:30:00", 1)
    assert pq.read_table(tmp_path / "r.parquet").column_names[:3] == ["v", "a", "a_2"]
    assert run(context, "SELECT 1 AS a, 2 AS a", on="duck").rows() == [{"a": 1, "a_2": 2}]


@given(st.lists(st.sampled_from(["a", "a_2", "b", "a_3"]), max_size=8))
def test_names_are_told_apart_and_first_ones_kept(names):
    found = unique(names)
    assert len(set(found)) == len(names)
    assert all(found[names.index(name)] == name for name in names)


@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False))
def test_json_numbers_are_exact_or_text(value):
    written = json.loads(json.dumps(exact(value)))
    assert Decimal(repr(written) if isinstance(written, float) else written) == Decimal(value)
    assert plain_text(value) == str(value)


EXPORT = """
import sys
from aiser_jupyter import Workspace

def peak():  # its own: what getrusage tells begins with that of the process which started it
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))

ws = Workspace(sys.argv[1])
ws.context.sources.engine()
r = ws.sql("SELECT range AS i, range * 2.5 AS f, 'row ' || range AS s FROM range(6000000)", on="files")
rows = r.arrow().nbytes
before = peak()
assert r.save(sys.argv[2]) == 6_000_000
print((peak() - before) / rows)
"""


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["csv", "parquet", "arrow"])
def test_saving_does_not_hold_the_rows_twice(tmp_path, ending):
    done = subprocess.run(
        [sys.executable, "-c", EXPORT, str(tmp_path), str(tmp_path / f"r.{ending}")], capture_output=True, text=True, check=True
    )
    assert float(done.stdout) < 0.6

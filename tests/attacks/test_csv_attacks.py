"""Cells and headers that a spreadsheet would run come in as text and go out as text, in every format that a spreadsheet opens."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
import zipfile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from defusedxml import ElementTree
from hostile import FORMULAS, HERE, REASON, payloads
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from aiser_jupyter import Workspace
from aiser_jupyter.cli.app import run
from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.query.cells import csv_lines

CASES = list(dict.fromkeys([*payloads("csv"), *FORMULAS]))
INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}


def runs(text):
    """Whether a spreadsheet could take a cell's text for a formula: past blanks and signs that nobody sees, in whatever width."""
    if text[:1] in "\t\r\n" and text:
        return True
    plain = unicodedata.normalize("NFKC", text)
    while plain and (plain[0].isspace() or unicodedata.category(plain[0]) in INVISIBLE):
        plain = plain[1:]
    return plain[:1] in {"=", "+", "-", "@", ";"}


def cells(data):
    return list(csv.reader(io.StringIO(data, newline="")))


@pytest.fixture
def ws(tmp_path):
    space = Workspace(tmp_path)
    yield space
    space.close()


@pytest.fixture
def hostile(ws):
    """A table whose cells and whose headers are the cases: the columns of a frame may be called anything."""
    frame = pd.DataFrame({"number": [1, -2], **{f"{case}x": [case, case] for case in CASES}})
    ws.add(frame, "hostile")
    return CASES


@pytest.mark.parametrize("case", CASES)
def test_a_file_with_such_a_cell_and_header_is_read_as_text_or_refused(ws, tmp_path, case):
    path = tmp_path / "in.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows([["number", f"{case}x"], [1, case], [2, f"a{case}"]])
    try:
        (table,) = ws.add(path)
    except FileFormatError:
        return
    result = ws.sql(f'SELECT * FROM "{table}"')
    got = [list(row.values()) for row in result.rows()]
    assert {type(row[-1]) for row in got} <= {str, type(None)}
    result.save(tmp_path / "out.csv")
    assert [cell for line in cells((tmp_path / "out.csv").read_text("utf-8")) for cell in line if runs(cell)] == []


@pytest.mark.skipif(not HERE, reason=REASON)
def test_the_rows_of_the_corpus_are_tried():
    assert len(payloads("csv")) >= 11
    assert all(runs(payload) for payload in payloads("csv"))


def test_what_comes_in_stays_text_and_no_csv_that_goes_out_runs(ws, hostile, tmp_path):
    result = ws.sql("SELECT * FROM hostile")
    assert len(result.columns) == len(hostile) + 1
    for name in ("out.csv", "out.csv.gz"):
        result.save(tmp_path / name)
    import gzip

    for text in ((tmp_path / "out.csv").read_bytes(), gzip.decompress((tmp_path / "out.csv.gz").read_bytes())):
        head, *body = cells(text.decode())
        assert [name for name in head if runs(name)] == []
        for line in body:
            assert [cell for cell in line[1:] if runs(cell)] == []
        assert [line[0] for line in body] == ["1", "-2"]  # a number is one, whatever its sign


def test_no_workbook_that_goes_out_holds_a_formula(ws, hostile, tmp_path):
    result = ws.sql("SELECT * FROM hostile")
    result.save(tmp_path / "out.xlsx")
    with zipfile.ZipFile(tmp_path / "out.xlsx") as book:
        for name in book.namelist():
            if name.endswith((".xml", ".rels")):
                tree = ElementTree.fromstring(book.read(name))
                assert not [tag for tag in tree.iter() if tag.tag.endswith(("}f", "}hyperlink", "}ddeLink", "}externalReference"))]
                assert b'TargetMode="External"' not in book.read(name)
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    for row in sheet.iter_rows():
        assert {cell.data_type for cell in row} <= {"s", "n"}
    assert [cell.value for cell in sheet["A"]][1:] == [1, -2]
    # A text of a sheet is typed as one, so nothing needs to be written before it; a reader takes back what was there.
    typed = [unescape(cell.value) if isinstance(cell.value, str) else cell.value for cell in sheet[2]][1:]
    assert [one for one, case in zip(typed, hostile, strict=True) if one is not None and one.strip() != case.strip()] == []


def test_a_parquet_and_json_keep_the_text_as_it_is(ws, hostile, tmp_path):
    result = ws.sql("SELECT * FROM hostile WHERE number = 1")
    result.save(tmp_path / "out.parquet")
    result.save(tmp_path / "out.json")
    row = list(pq.read_table(tmp_path / "out.parquet").to_pylist()[0].values())
    assert row[1:] == list(json.loads((tmp_path / "out.json").read_text("utf-8"))[0].values())[1:]
    assert "=1+1" in row


def test_the_command_line_and_the_tool_write_the_same(ws, hostile, tmp_path, monkeypatch, capsys):
    ws.sql("SELECT * FROM hostile").save(tmp_path / "hostile.parquet")
    monkeypatch.chdir(tmp_path)
    assert run(["sql", "SELECT * FROM hostile", "--on", "hostile.parquet", "--to", "cli.csv"]) == 0
    capsys.readouterr()
    text = ws.call_tool("export", {"sql": "SELECT * FROM hostile", "format": "csv"})["text"]
    for written in ((tmp_path / "cli.csv").read_bytes().decode(), text):
        head, *body = cells(written)
        assert [cell for line in (head, *(line[1:] for line in body)) for cell in line if runs(cell)] == []


@given(st.text(max_size=4), st.sampled_from(["=", "+", "-", "@", "＝", "﹢", "－", "＠", "﹫", "﹦", ";", "；"]), st.text(max_size=12))
def test_no_text_runs_whatever_stands_before_it(before, sign, after):
    text = before + sign + after
    (line,) = cells(csv_lines([pa.array([text], pa.string()), pa.array(["x"], pa.string())]).decode())[:1] or [["", ""]]
    assert not runs(line[0]) or "\0" in text


@given(st.text(max_size=20).filter(lambda text: not runs(text) and "−" not in text and "\0" not in text))
def test_text_that_runs_nowhere_is_written_as_it_is(text):
    rows = cells(csv_lines([pa.array([text], pa.string()), pa.array(["x"], pa.string())]).decode())
    assert rows == [[text, "x"]]

"""Each kind of file that becomes tables."""

from __future__ import annotations

import bz2
import datetime as dt
import gzip
import io
import json
import zipfile
from decimal import Decimal

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import feather

from aiser_jupyter import Workspace
from aiser_jupyter.errors import FileFormatError, SourceError
from aiser_jupyter.sources.limits import Limits
from aiser_jupyter.sources.web import download


@pytest.fixture
def ws(tmp_path):
    made = Workspace(tmp_path)
    yield made
    made.close()


def rows(ws, table):
    return ws.sql(f'SELECT * FROM "{table}"').rows()


def notes(ws, table):
    return [str(note) for note in ws.context.sources.get("files").notes[table]]


CSV = b"id,name\n1,Ada\n2,Bob\n"
TWO = [{"id": 1, "name": "Ada"}, {"id": 2, "name": "Bob"}]


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.csv.bz2", "t.csv.zst", "t.tsv", "t.json.gz", "t.ndjson", "t.zip"])
def test_delimited_and_records_packed_or_not(ws, tmp_path, name):
    content = {
        "t.csv": CSV, "t.csv.gz": gzip.compress(CSV), "t.csv.bz2": bz2.compress(CSV), "t.tsv": CSV.replace(b",", b"\t"),
        "t.json.gz": gzip.compress(json.dumps(TWO).encode()), "t.ndjson": "\n".join(map(json.dumps, TWO)).encode(),
    }.get(name)  # fmt: skip
    if name == "t.csv.zst":
        content = pytest.importorskip("zstandard").compress(CSV)
    if name == "t.zip":
        sink = io.BytesIO()
        with zipfile.ZipFile(sink, "w") as archive:
            archive.writestr("folder/inner.csv", CSV)
            archive.writestr("readme.md", "no data")
        content = sink.getvalue()
    (tmp_path / name).write_bytes(content)
    assert ws.add(tmp_path / name) == ("t",)
    assert rows(ws, "t") == TWO


@pytest.mark.parametrize("ending", ["feather", "arrow", "orc", "parquet"])
def test_columnar_files_come_with_their_types(ws, tmp_path, ending):
    table = pa.table({"a": [1, None], "d": [Decimal("1.50"), None], "at": [dt.datetime(2026, 1, 1), None]})  # noqa: DTZ001
    path = tmp_path / f"t.{ending}"
    if ending == "orc":
        from pyarrow import orc

        orc.write_table(table, path)
    elif ending == "parquet":
        import pyarrow.parquet as pq

        pq.write_table(table, path)
    elif ending == "feather":
        feather.write_feather(table, path)
    else:
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
    ws.add(path)
    assert rows(ws, "t")[0] == {"a": 1, "d": Decimal("1.50"), "at": dt.datetime(2026, 1, 1)}  # noqa: DTZ001


def test_files_of_one_folder_with_one_header_are_one_table(ws, tmp_path):
    folder = tmp_path / "sales"
    folder.mkdir()
    for month in (1, 2):
        (folder / f"sales_2026_{month:02}.csv").write_text(f"day,amount\n2026-{month:02}-05,{month}\n")
    (folder / "people.csv").write_text("name,city\nAda,London\n")
    assert set(ws.add(folder)) == {"sales", "people"}
    assert ws.sql("SELECT sum(amount) AS s FROM sales").rows() == [{"s": 3}]
    assert ws.add(folder / "sales_*.csv", "both") == ("both",)


def test_workbooks_of_one_folder_are_one_table(ws, tmp_path):
    for month in (1, 2):
        (tmp_path / "books").mkdir(exist_ok=True)
        pd.DataFrame({"region": ["N", "S"], "amount": [month, month + 0.5]}).to_excel(tmp_path / "books" / f"q_{month}.xlsx", index=False)
    assert ws.add(tmp_path / "books") == ("q",)
    assert ws.sql("SELECT sum(amount) AS s FROM q").rows() == [{"s": 7.0}]


def test_nested_records_are_flat_and_lists_stay(ws, tmp_path):
    (tmp_path / "page.json").write_text(
        json.dumps({"count": 2, "items": [{"a": {"b": 1, "c": {"d": "x"}}, "tags": ["p"]}, {"a": {"b": 2}, "tags": []}]})
    )
    ws.add(tmp_path / "page.json")
    assert rows(ws, "page") == [{"a_b": 1, "a_c_d": "x", "tags": ["p"]}, {"a_b": 2, "a_c_d": None, "tags": []}]
    assert notes(ws, "page") == ["the rows are those of items; left out beside it: count", "the parts of a are columns of their own"]


def test_a_sheet_as_people_make_it(ws, tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["Sales 2026"], [], ["Region", 2025, None, 2026, None], [None, "Q1", "Q2", "Q1", "Q2"],
        ["North", 1, 2, 3, "$4.50"], ["South", 5, 6, "#N/A", "$8.00"], ["Total", 6, 8, 3, None],
    ):  # fmt: skip
        sheet.append(row)
    for area in ("A1:E1", "B3:C3", "D3:E3", "A3:A4"):
        sheet.merge_cells(area)
    down = book.create_sheet("Down")
    for row in (["group", "value"], ["a", 1], [None, 2], ["b", 3], ["Total", 9]):
        down.append(row)
    down.merge_cells("A2:A3")
    book.save(tmp_path / "made.xlsx")
    assert ws.add(tmp_path / "made.xlsx") == ("made_Sheet", "made_Down")
    assert rows(ws, "made_Sheet") == [
        {"Region": "North", "2025 Q1": 1, "2025 Q2": 2, "2026 Q1": 3, "2026 Q2": Decimal("4.50")},
        {"Region": "South", "2025 Q1": 5, "2025 Q2": 6, "2026 Q1": None, "2026 Q2": Decimal("8.00")},
    ]
    told = notes(ws, "made_Sheet")
    assert "1 row above the table left out" in told
    assert "the last row (Total) adds up the others and was left out" in told
    assert [row["group"] for row in rows(ws, "made_Down")] == ["a", "a", "b", "Total"]
    assert notes(ws, "made_Down") == ["the last row (Total) looks like a total but does not add up: it was kept"]


def test_tables_of_a_word_document(ws, tmp_path):
    docx = pytest.importorskip("docx", reason="python-docx is not installed")
    document = docx.Document()
    for cells in ([["Country", "Amount"], ["DE", "1.234,50 €"], ["FR", "2,00 €"]], [["a", "b"], ["1", "2"]]):
        table = document.add_table(len(cells), len(cells[0]))
        for i, row in enumerate(cells):
            for j, cell in enumerate(row):
                table.cell(i, j).text = cell
    document.save(str(tmp_path / "memo.docx"))
    assert ws.add(tmp_path / "memo.docx") == ("memo_1", "memo_2")
    assert rows(ws, "memo_1") == [{"Country": "DE", "Amount": Decimal("1234.50")}, {"Country": "FR", "Amount": Decimal("2.00")}]
    assert notes(ws, "memo_2")[0] == "table 2 of the document"


def _pdf(cells):
    """A page with a ruled table, as the least that a PDF is."""
    lines, texts = [], []
    for i, row in enumerate(cells):
        for j, cell in enumerate(row):
            x, y = 50 + 120 * j, 700 - 30 * i
            lines.append(f"{x} {y} 120 30 re S")
            texts.append(f"BT /F1 12 Tf {x + 5} {y + 10} Td ({cell}) Tj ET")
    stream = "\n".join([*lines, *texts]).encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length " + str(len(stream)).encode() + b" >>\nstream\n" + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    books = b"xref\n0 6\n0000000000 65535 f \n" + b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    return made + books + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n" + str(len(made)).encode() + b"\n%%EOF"


def test_tables_of_a_pdf_with_their_page(ws, tmp_path):
    pytest.importorskip("pdfplumber", reason="pdfplumber is not installed")
    content = _pdf([["Country", "Amount"], ["DE", "$1,234.50"], ["FR", "$2.00"]])
    (tmp_path / "memo.pdf").write_bytes(content)
    assert ws.add(tmp_path / "memo.pdf") == ("memo",)
    assert rows(ws, "memo") == [{"Country": "DE", "Amount": Decimal("1234.50")}, {"Country": "FR", "Amount": Decimal("2.00")}]
    assert notes(ws, "memo")[0] == "table 1 of the PDF, page 1"
    (tmp_path / "cut.pdf").write_bytes(content[:200])
    (tmp_path / "text.pdf").write_bytes(_pdf([["only words"]]))
    for name in ("cut.pdf", "text.pdf"):
        with pytest.raises(FileFormatError) as caught:
            ws.add(tmp_path / name)
        assert name in caught.value.where


def test_lines_of_a_log(ws, tmp_path):
    (tmp_path / "app.log").write_text("started\nstopped: ü\n", encoding="utf-8")
    ws.add(tmp_path / "app.log")
    assert rows(ws, "app") == [{"number": 1, "line": "started"}, {"number": 2, "line": "stopped: ü"}]


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/x.csv",
        "http://169.254.169.254/latest",
        "http://[::1]/x.csv",
        "http://[::ffff:10.0.0.1]/x.csv",
        "http://0x7f000001/x.csv",
    ],
)
def test_a_private_address_is_refused(tmp_path, address):
    with pytest.raises(SourceError, match="private network"):
        download(address, tmp_path, Limits())


def test_a_file_behind_a_url_is_downloaded_and_tried_again(tmp_path):
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("Location", "/t.csv")
                self.end_headers()
            elif len(asked) < 3:
                self.send_response(503)
                self.end_headers()
            else:
                self.send_response(200)
                self.send_header("Content-Length", str(len(CSV)))
                self.end_headers()
                self.wfile.write(CSV)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        place = download(f"http://127.0.0.1:{server.server_port}/moved", tmp_path, Limits(), allow_private=True)
        assert (place.name, place.read_bytes()) == ("t.csv", CSV)
        assert asked.count("/t.csv") >= 2
        with pytest.raises(FileFormatError, match="more than the 0 MB"):
            download(f"http://127.0.0.1:{server.server_port}/t.csv", tmp_path, Limits(file_mb=0.00001), allow_private=True)
    finally:
        server.shutdown()
        server.server_close()


def test_what_was_unpacked_is_gone_afterwards(ws, tmp_path, monkeypatch):
    place = tmp_path / "tmp"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(CSV))
    ws.add(tmp_path / "t.csv.gz")
    import gc

    gc.collect()
    assert [one.name for one in place.iterdir() if not one.name.startswith("aiser-spill")] == []

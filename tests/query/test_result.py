# ruff: noqa: DTZ001  # files and tables hold moments without a zone

from __future__ import annotations

import csv
import html
import re
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from aiser_jupyter.errors import SourceError, UsageError
from aiser_jupyter.query import run
from aiser_jupyter.query.result import Origin, Result


def result_of(columns, preview=20):
    return Result.of(pa.table(columns), Origin("SELECT 1", "duckdb", "shop"), preview=preview)


def test_pulls_only_what_is_asked_for(context):
    result = run(context, "SELECT range AS i FROM range(1000000)", on="duck")
    assert result.rows(3) == [{"i": 0}, {"i": 1}, {"i": 2}]
    assert sum(batch.num_rows for batch in result._batches) < 200_000
    assert result.truncated
    assert result.row_count == len(result) == 1_000_000
    assert result.rows(2) == [{"i": 0}, {"i": 1}]


def test_the_same_rows_in_every_form(context):
    result = run(context, "SELECT order_id, day, amount FROM orders ORDER BY 1", on="duck")
    assert result.columns == ["order_id", "day", "amount"]
    assert result.rows()[0] == {"order_id": 1, "day": date(2026, 1, 5), "amount": Decimal("10.50")}
    assert result.df()["order_id"].tolist() == result.polars()["order_id"].to_list() == result.arrow()["order_id"].to_pylist() == [1, 2, 3]
    assert (result.dialect, result.source, result.cached, result.truncated) == ("duckdb", "duck", False, False)
    assert result.elapsed_ms > 0


def test_whole_numbers_are_integers_and_frames_hold_floats(context):
    result = run(
        context, "SELECT sum(range) AS s, 10::DECIMAL(10, 2) AS d, 123456789012345678901234567890 AS big FROM range(10)", on="duck"
    )
    assert result.rows() == result.rows(1) == [{"s": 45, "d": Decimal(10), "big": Decimal(123456789012345678901234567890)}]
    assert isinstance(result.rows()[0]["s"], int)
    assert [str(kind) for kind in result.df().dtypes] == ["int64", "float64", "float64"]


def test_closing_drops_the_rest(context):
    result = run(context, "SELECT range AS i FROM range(1000000)", on="duck")
    result.rows(1)
    result.close()
    with pytest.raises(UsageError, match="closed after"):
        _ = result.row_count
    assert result.rows(2) == [{"i": 0}, {"i": 1}]
    assert context.state.history(1)[0].status == "done"


def test_html_is_escaped_and_aligned():
    shown = result_of({"<b>": ["<script>alert(1)</script>", None], "n": [1.5, 2]})._repr_html_()
    assert "<script>" not in shown
    assert html.escape("<script>alert(1)</script>") in shown
    assert '<th scope="col">&lt;b&gt;</th><th class="num" scope="col">n</th>' in shown
    assert '<td class="num">1.5</td>' in shown
    assert '<td class="none">NULL</td>' in shown
    assert shown.startswith('<div class="aiser">')
    assert "2 rows · shop" in shown


@pytest.mark.parametrize("wide", [1, 300])
def test_html_of_a_million_rows_is_small(context, wide):
    columns = ", ".join(f"repeat('x', 500) AS c{i}" for i in range(wide))
    result = run(context, f"SELECT range AS i, {columns} FROM range({1_000_000 // wide})", on="duck")
    shown = result._repr_html_()
    assert len(shown.encode()) <= 50_000
    assert len(re.findall("<tr>", shown)) >= 3
    assert ("of more rows" if wide == 1 else "of 3,333 rows") in shown
    assert sum(batch.num_rows for batch in result._batches) < 200_000


def test_wide_deep_and_long_values_stay_small():
    import time

    deep = pa.array([{"a": {"b": {"c": {"d": {"e": 1}}}}}] * 3)
    table = {
        "<deep>": deep,
        "list": pa.array([list(range(1_000_000)), [], None]),
        "text": ["<x>" * 5_000_000, "é" * 400, None],
        "blob": [b"\x00" * 10_000_000, b"", None],
        "map": pa.array([[("k<", 1)], None, []], pa.map_(pa.string(), pa.int64())),
        "far": pa.array([3_000_000, 1, None], pa.int32()).cast(pa.date32()),
    }
    began = time.process_time()
    shown = result_of(table)._repr_html_()
    assert time.process_time() - began < 1
    assert len(shown.encode()) < 20_000
    assert "[0, 1, 2" in shown
    assert "… 1,000,000 in all" in shown
    assert "{a: {b: {c: {d: …}}}}" in shown
    assert "&lt;x&gt;&lt;x&gt;" in shown
    assert "<x>" not in shown
    assert "0x0000" in shown
    wide = pa.table({f"c{i}" + "&" * 300: ["<&>" * 100] * 30 for i in range(5000)})
    shown = result_of(wide)._repr_html_()
    assert len(shown.encode()) <= 50_000
    assert "60 of 5,000 columns" in shown
    assert shown.count("<tr>") >= 2
    assert len(repr(result_of(wide)).splitlines()[0]) <= 160
    assert result_of({})._repr_html_().count("<tr>") <= 1
    assert "0 rows" in repr(result_of({"a": pa.array([], pa.int64())}))


def test_pages_pull_no_more_than_they_need(context):
    result = run(context, "SELECT range AS i FROM range(300000)", on="duck")
    assert result.page(0, 10)["i"].to_pylist() == list(range(10))
    assert result.page(3, 7)["i"].to_pylist() == list(range(21, 28))
    assert sum(batch.num_rows for batch in result._batches) < 200_000
    assert [page.num_rows for page in result.pages(120_000)] == [120_000, 120_000, 60_000]
    assert result.page(9, 120_000).num_rows == 0
    assert sum(batch.num_rows for batch in result.batches()) == 300_000
    with pytest.raises(UsageError, match="no page -1"):
        result.page(-1)


def test_a_half_read_result_is_a_table_and_runs_once(context, sees):
    runs = []
    source = context.sources.get("duck")
    cursor = source.cursor

    def counted():
        made = cursor()
        begin = made.run
        made.run = lambda *args: (runs.append(args[0]), begin(*args))[1]
        return made

    source.cursor = counted
    first = run(context, "SELECT range AS i FROM range(200000)", on="duck")
    first.rows(5)
    notebook = sees(first=first)
    assert run(notebook, "SELECT count(*) AS n, max(i) AS m FROM first", on="duck").rows() == [{"n": 200_000, "m": 199_999}]
    assert run(notebook, "SELECT o.order_id FROM orders o JOIN first f ON f.i = o.order_id ORDER BY 1", on="duck").row_count == 3
    assert len([sql for sql in runs if "range" in sql]) == 1
    # The engine reads the very buffers that the result holds.
    address = first.arrow()["i"].chunk(0).buffers()[1].address
    from aiser_jupyter.sources.frames import readable

    assert readable(first, "first")["i"].chunk(0).buffers()[1].address == address


def test_a_part_read_result_that_was_closed_has_no_more(context):
    result = run(context, "SELECT range AS i FROM range(300000)", on="duck")
    result.rows(1)
    result.close()
    assert result.page(0, 5).num_rows == 5
    assert "of more rows" in repr(result)
    with pytest.raises(UsageError, match="before all were read"):
        list(result.batches())
    with pytest.raises(UsageError, match="before all were read"):
        result.df()


def test_plain_text_keeps_columns_in_line():
    assert repr(result_of({"name": ["Ann", "Bo\nb"], "n": [10, 2]})).splitlines()[:3] == ["name   n", "Ann   10", "Bo b   2"]
    assert "first 1 of 2 rows" in repr(result_of({"a": [1, 2]}, preview=1))
    assert "5 of 9 columns" in repr(result_of({f"column_{i}" + "x" * 20: ["y" * 30] for i in range(9)}))


ROWS = {
    "text": ["=1+1", "-x", "@a", "plain", None],
    "n": [1, -2, 3, 4, 5],
    "big": [10**17, 1, 2, 3, 4],
    "day": [date(2026, 1, 2), None, None, None, None],
    "at": [datetime(2026, 1, 2, 3, 4), None, None, None, None],
}


def test_saves_csv_that_no_spreadsheet_runs(tmp_path):
    assert result_of(ROWS).save(tmp_path / "r.csv") == 5
    with (tmp_path / "r.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == list(ROWS)
    assert rows[1] == ["'=1+1", "1", str(10**17), "2026-01-02", "2026-01-02T03:04:00"]
    assert [row[0] for row in rows[2:]] == ["'-x", "'@a", "plain", ""]
    assert rows[2][1] == "-2"


def test_saves_excel_with_text_as_text(tmp_path):
    assert result_of(ROWS).save(tmp_path / "r.xlsx") == 5
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx").active
    assert (sheet["A2"].value, sheet["A2"].data_type) == ("=1+1", "s")
    assert (sheet["B3"].value, sheet["C2"].value) == (-2, str(10**17))
    assert sheet["D2"].value == datetime(2026, 1, 2)
    assert sheet["E2"].value == datetime(2026, 1, 2, 3, 4)


def test_saves_parquet(tmp_path):
    assert result_of(ROWS).save(tmp_path / "r.parquet") == 5
    assert pq.read_table(tmp_path / "r.parquet").to_pydict() == ROWS


def test_a_save_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(UsageError, match=r"\.doc"):
        result_of(ROWS).save(tmp_path / "r.doc")
    with pytest.raises(SourceError, match="cannot be written"):
        result_of(ROWS).save(tmp_path / "no" / "r.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_notebooks_own_rule_for_tables_does_not_move_texts_to_the_right(browser):
    from aiser_jupyter.format.listing import Listing
    from aiser_jupyter.query import display

    rows = display.html(pa.table({"word": ["a"], "n": [1]}), "1 row")
    listing = Listing("Tables", ("Table", "Rows"), [("orders", 5)])._repr_html_()
    rule = "<style>:not(.jp-RenderedMarkdown).jp-RenderedHTMLCommon :is(td, th) {text-align: right}</style>"
    page = browser.new_page()
    page.set_content(f'{rule}<div class="jp-RenderedHTMLCommon">{rows}{listing}</div>')
    found = page.evaluate("[...document.querySelectorAll('th,td')].map(cell => getComputedStyle(cell).textAlign)")
    page.close()
    assert found == ["left", "right"] * 4

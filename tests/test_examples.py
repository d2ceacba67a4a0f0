"""The notebook of the SQL cell runs from top to bottom on the data that is shipped beside it."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

EXAMPLES = Path(__file__).parents[1] / "examples"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("examples")
    shutil.copytree(EXAMPLES / "data", folder / "data")
    return folder


@pytest.fixture(scope="module")
def cells(folder):
    book = nbformat.read(EXAMPLES / "sql-cell.ipynb", 4)
    NotebookClient(book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    return {cell.source.partition("\n")[0]: cell.outputs for cell in book.cells if cell.cell_type == "code"}


def shown(outputs) -> str:
    return "\n".join(output.get("data", {}).get("text/plain", output.get("text", "")) for output in outputs)


def test_it_is_shipped_without_outputs():
    book = nbformat.read(EXAMPLES / "sql-cell.ipynb", 4)
    nbformat.validate(book)
    assert [cell.outputs or cell.execution_count for cell in book.cells if cell.cell_type == "code"] == [None] * len(
        [cell for cell in book.cells if cell.cell_type == "code"]
    )


def test_a_named_result_is_read_by_a_later_cell_and_drawn(cells):
    assert "first 8 of 177 rows · music" in shown(cells["%%sql music --as sold --limit 8"])
    assert "Rock has the highest revenue, 493" in shown(cells["%%sql --as genres --chart horizontal_bar"])


def test_two_connections_a_file_and_a_frame_are_joined_with_the_parts_shown(cells, folder):
    import duckdb

    table = shown(cells["%%sql both <<"])
    assert "4 rows · files + retail + music" in table
    parts = shown(cells['print(both.route["reason"])'])
    assert 'music  412 rows   SELECT "BillingCountry", "Total" FROM "Invoice"' in parts
    assert "retail   31 rows   SELECT" in parts
    by_hand = f"""
        SELECT round(sum(s.revenue), 2) FROM '{folder}/data/retail/sales.parquet' s JOIN '{folder}/data/regions.csv' r USING (country)
        WHERE r.region = 'West' AND country IN ('France', 'Belgium', 'Netherlands')"""
    with duckdb.connect() as connection:
        (total,) = connection.execute(by_hand).fetchall()[0]
    assert f"West     Bruno    {total}" in table


def test_plan_history_and_workbook_are_there(cells, folder):
    import openpyxl

    assert "full scan: t" in shown(cells["%%sql music --explain"])
    assert "files + retail + music" in shown(cells["%aiser history"])
    sheet = openpyxl.load_workbook(folder / "both.xlsx").active
    assert [cell.value for cell in sheet[1]] == ["region", "manager", "gifts", "songs"]
    assert sheet.max_row == 5

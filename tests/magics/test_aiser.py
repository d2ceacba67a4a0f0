from __future__ import annotations

import pytest

from aiser_jupyter.errors import NotYetError, SourceError, UnknownNameError, UsageError


def test_connect_makes_a_named_read_only_connection(cell, shell, shop):
    cell(f"connected = %aiser connect {shop} --as till")
    assert shell.user_ns["connected"].rows[0][:4] == ("till", "duckdb", "read-only", 2)


def test_add_makes_tables_that_sql_sees(cell, shell, tmp_path):
    (tmp_path / "visits.csv").write_text("day,visits\n2026-01-01,10\n2026-01-02,12\n")
    cell("%aiser add visits.csv")
    cell("%sql total << select sum(visits) as visits from visits")
    assert shell.user_ns["total"].rows() == [{"visits": 22}]


def test_tables_and_describe_say_what_is_there(cell, shell, shop):
    cell(f"%aiser connect {shop} --as till")
    cell("listing = %aiser tables")
    assert [row[:3] for row in shell.user_ns["listing"].rows] == [("products", 3, 3), ("orders", 5, 4)]
    cell("columns = %aiser describe orders")
    rows = {row[0]: row for row in shell.user_ns["columns"].rows}
    assert rows["product_id"][6] == "→ products.id"
    assert rows["id"][6] == "primary"
    assert rows["day"][1:6] == ("date", 0, 5, "2026-01-05", "2026-03-02")


def test_history_holds_what_was_run(cell, shell, shop):
    cell(f"%aiser connect {shop} --as till")
    cell("%sql select count(*) from orders")
    cell("history = %aiser history")
    newest = shell.user_ns["history"].rows[0]
    assert newest[1:3] == ("till", "done")
    assert "count" in newest[5].lower()


def test_status_tries_each_connection(cell, shell, shop):
    cell(f"%aiser connect {shop} --as till")
    cell("status = %aiser status")
    assert shell.user_ns["status"].ok
    assert "till" in repr(shell.user_ns["status"])


def test_help_names_every_way_in(cell, shell):
    cell("help_ = %aiser help")
    assert {"%%ask QUESTION", "%aiser tables"} <= {row[0] for row in shell.user_ns["help_"].rows}


@pytest.mark.parametrize(
    ("line", "error", "says"),
    [
        ("tabels", UsageError, "tables"),
        ("schedule daily", NotYetError, "not there yet"),
        ("connect", UsageError, "path"),
        ("connect missing.duckdb", SourceError, "missing.duckdb"),
        ("describe", UsageError, "table"),
        ("chart nothing", UsageError, "nothing"),
    ],
)
def test_what_does_not_fit_is_said(cell, line, error, says):
    with pytest.raises(error, match=says):
        cell(f"%aiser {line}")


def test_an_unknown_table_is_said_with_the_nearest(cell, shop):
    cell(f"%aiser connect {shop}")
    with pytest.raises(UnknownNameError, match="Did you mean orders"):
        cell("%aiser describe order")

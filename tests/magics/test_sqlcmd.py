from __future__ import annotations

import pytest

from aiser_jupyter.errors import UnknownNameError, UsageError
from aiser_jupyter.magics.sqlcmd import FailedTestError


@pytest.fixture
def given(cell, shell, shop):
    cell(f"%sql duckdb:///{shop} --alias shop")

    def run(line):
        cell(f"answer = %sqlcmd {line}")
        return shell.user_ns["answer"]

    return run


def test_tables_and_columns(given):
    assert [row[0] for row in given("tables").rows] == ["products", "orders"]
    assert given("tables -s nothing").rows == []
    assert [row[:3] for row in given("columns -t products").rows] == [
        ("id", "INTEGER", "integer"),
        ("name", "VARCHAR", "text"),
        ("price", "DECIMAL(8,2)", "number"),
    ]
    assert given("columns --table main.products").rows[0][4] == "primary"


def test_a_profile_can_be_written_as_a_page(given, tmp_path):
    listing = given("profile -t orders -o profile.html")
    assert [row[0] for row in listing.rows] == ["id", "product_id", "quantity", "day"]
    assert "quantity" in (tmp_path / "profile.html").read_text("utf-8")


@pytest.mark.parametrize(
    "line",
    [
        "--column quantity --less-than 6",
        "-c quantity --greater-or-equal 1 --less-than-or-equal 5",
        "-c day --greater 2026-01-01 --less-than 2026-12-31",
        "-c product_id --in 1,2,3",
        "-c id --unique --no-nulls",
    ],
)
def test_a_test_that_holds_gives_true(given, line):
    assert given(f"test -t orders {line}") is True


@pytest.mark.parametrize(
    ("line", "says", "rows"),
    [
        ("-c quantity --less-than 3", "2 rows of orders fail: quantity should be < 3.", 2),
        ("-c quantity --greater 1 --less-than 5", "3 rows of orders fail", 3),
        ("-c product_id --in 1,2", "1 row of orders fails", 1),
        ("-c product_id --unique", "4 rows of orders fail: product_id should be unique.", 4),
        ("-c day --less-than 2026-02-11", "3 rows", 3),
    ],
)
def test_a_test_that_fails_gives_the_rows(given, line, says, rows):
    with pytest.raises(FailedTestError, match=says) as caught:
        given(f"test -t orders {line}")
    assert caught.value.result.row_count == rows


def test_a_bound_is_bound_and_never_pasted(given):
    with pytest.raises(UsageError, match="does not fit a column of kind integer"):
        given("test -t orders -c quantity --less-than '1 OR 1=1'")
    with pytest.raises(FailedTestError):
        given("test -t products -c name --in \"lamp') OR ('1'='1\"")


@pytest.mark.parametrize(
    ("line", "error", "says"),
    [
        ("tabels", UsageError, "%sqlcmd tables"),
        ("", UsageError, "what to do"),
        ("columns", UsageError, "needs a table"),
        ("columns -t ordrs", UnknownNameError, "Did you mean orders"),
        ("test -t orders -c quantty --no-nulls", UnknownNameError, "Did you mean quantity"),
        ("test -t orders -c quantity", UsageError, "what to test"),
        ("snippets nothing", UnknownNameError, "no saved statement"),
    ],
)
def test_what_does_not_fit_is_said(given, line, error, says):
    with pytest.raises(error, match=says):
        given(line)


def test_arguments_may_be_variables(given, shell):
    shell.user_ns.update(table="orders", most=6)
    assert given("test -t {{table}} -c quantity --less-than {{most}}") is True


def test_settings_of_jupysql_are_taken_and_what_differs_is_said_once(cell, shell, capsys):
    cell("%config SqlMagic.style = 'PLAIN_COLUMNS'")
    cell("%config SqlMagic.style = 'MSWORD_FRIENDLY'")
    assert capsys.readouterr().out.count("style is not used") == 1
    cell("%config SqlMagic.autopolars = True")
    cell("frame = %sql select 1 as one")
    assert type(shell.user_ns["frame"]).__module__.startswith("polars")
    cell("%config SqlMagic.autopolars = False")
    cell("%config SqlMagic.displaylimit = 1")
    shown = cell("%sql select * from (values (1), (2)) v(x)")
    assert "first 1 of" in shown[-1]["text/plain"]
    assert shown[-1]["text/html"].count("<td") == 1


def test_a_result_has_the_names_that_others_use(cell, shell, tmp_path):
    cell("result = %sql select * from (values (1, 'a'), (2, 'b')) v(id, name) order by id")
    result = shell.user_ns["result"]
    assert result.keys == ["id", "name"]
    assert list(result) == [(1, "a"), (2, "b")]
    assert (result[0], result[-1], result[0:1]) == ((1, "a"), (2, "b"), [(1, "a")])
    assert result.dict() == {"id": [1, 2], "name": ["a", "b"]}
    assert list(result.dicts()) == [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    assert result.DataFrame()["name"].tolist() == ["a", "b"]
    assert result.PolarsDataFrame().height == 2
    assert result.csv("out") == 2
    assert (tmp_path / "out.csv").read_text("utf-8").splitlines()[0].replace('"', "") == "id,name"


def test_a_magic_that_is_assigned_shows_nothing_and_one_alone_shows_its_rows(cell, shell):
    assert cell("x = %sql select 41 + 1 as answer") == []
    assert "42" in cell("%sql select 41 + 1 as answer")[-1]["text/plain"]


def test_laying_out_replaces_the_cell(cell, shell, monkeypatch):
    replaced = []
    monkeypatch.setattr(shell, "set_next_input", lambda text, replace=False: replaced.append((text, replace)))
    shown = cell("%%sql --format\nselect a,b from t where x=1")
    assert replaced == [("%%sql\nSELECT a, b\nFROM t\nWHERE x = 1", True)]
    assert "SELECT a, b" in str(shown[-1]["text/plain"])

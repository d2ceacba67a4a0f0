from __future__ import annotations

import pytest

from aiser_jupyter.errors import QueryError, RefusedError, UnknownNameError, UsageError
from aiser_jupyter.magics.sql import read


def test_a_cell_is_connection_options_name_and_sql():
    statement = read("shop --as top --limit 3", "select 1", ("shop",))
    assert (statement.on, statement.name, statement.sql.strip(), statement.options.one("limit")) == ("shop", "top", "select 1", "3")


def test_options_may_stand_before_the_connection():
    statement = read("--as top shop", "select 1", ("shop",))
    assert (statement.on, statement.name) == ("shop", "top")


def test_an_arrow_names_the_result_and_a_bit_shift_does_not():
    assert read("top << select 1", None, ()).name == "top"
    shifted = read("select 1 << 2", None, ())
    assert (shifted.name, shifted.sql) == (None, "select 1 << 2")


def test_a_connection_that_is_not_there_is_said_with_the_nearest():
    with pytest.raises(UsageError, match="Did you mean shop"):
        read("shp", "select 1", ("shop",))


def test_no_sql_is_said():
    with pytest.raises(UsageError, match="no SQL"):
        read("--as x", "  ", ())


def test_a_query_with_a_bound_variable_names_its_result_for_later_cells(cell, shell, shop):
    cell(f"%aiser connect {shop}")
    cell("least = 2")
    cell("%%sql --as many\nselect product_id, quantity from orders where quantity >= :least order by quantity")
    assert [row["quantity"] for row in shell.user_ns["many"].rows()] == [2, 3, 5]
    cell("%sql total << select sum(quantity) as all_of_them from many")
    assert shell.user_ns["total"].rows() == [{"all_of_them": 10}]


def test_a_frame_of_the_notebook_is_a_table(cell, shell):
    cell("import pandas as pd\nprices = pd.DataFrame({'item': ['a', 'b'], 'price': [1.5, 2.5]})")
    cell("%sql top << select item from prices where price > 2")
    assert shell.user_ns["top"].rows() == [{"item": "b"}]


def test_a_param_option_wins_over_a_variable(cell, shell, shop):
    cell(f"%aiser connect {shop}")
    cell("name = 'lamp'")
    cell("%sql --param name=rug --as found select price from products where name = :name")
    assert [float(row["price"]) for row in shell.user_ns["found"].rows()] == [75.25]


def test_limit_cuts_what_is_shown_and_nothing_else(cell, shell, shop):
    cell(f"%aiser connect {shop}")
    shown = cell("%%sql --limit 2 --as all_orders\nselect id from orders order by id")
    html = shown[-1]["text/html"]
    assert html.count("<tr") - html.count("<thead") == 2
    assert shell.user_ns["all_orders"].row_count == 5


def test_explain_shows_the_plan(cell, shell, shop):
    cell(f"%aiser connect {shop}")
    cell("%%sql --explain --as plan\nselect * from orders where quantity > 2")
    assert "orders" in str(shell.user_ns["plan"].rows())


@pytest.mark.parametrize(
    ("sql", "error", "says"),
    [
        ("delete from orders", RefusedError, "write"),
        ("select 1; select 2", RefusedError, "one statement"),
        ("select pric from products", UnknownNameError, "price"),
        ("select * from prodcts", UnknownNameError, "products"),
        ("select * from orders where id = :missing_one", UsageError, "missing_one"),
        ("select * form orders", (RefusedError, QueryError), ""),
    ],
)
def test_bad_statements_end_in_one_to_four_lines(cell, shell, shop, sql, error, says):
    cell(f"%aiser connect {shop}")
    with pytest.raises(error) as caught:
        cell(f"%%sql\n{sql}")
    text = str(caught.value)
    assert says in text
    assert 1 <= len(text.splitlines()) <= 4
    assert "Traceback" not in "".join(str(shown) for shown in shell.shown)


def test_a_write_changes_nothing(cell, shell, shop):
    cell(f"%aiser connect {shop}")
    with pytest.raises(RefusedError):
        cell("%sql --write delete from orders")
    cell("%sql left << select count(*) as n from orders")
    assert shell.user_ns["left"].rows() == [{"n": 5}]


def test_a_chart_is_drawn_of_the_kind_asked_for(cell, shell, shop):
    cell(f"%aiser connect {shop}")
    shown = cell("%%sql --chart line\nselect day, sum(quantity) as quantity from orders group by day order by day")[-1]
    assert shown["application/vnd.plotly.v1+json"]["data"][0]["type"] in {"scatter", "scattergl"}
    assert shown["text/html"].lstrip().startswith("<svg")
    assert "line chart" in shown["text/plain"]


def test_a_kind_of_chart_that_does_not_fit_is_said(cell, shop):
    cell(f"%aiser connect {shop}")
    with pytest.raises(UsageError):
        cell("%%sql --chart scatter\nselect name from products")


def test_a_word_of_python_is_no_name_for_a_result(cell):
    with pytest.raises(UsageError, match="'class' cannot be a name"):
        cell("%%sql --as class\nselect 1")


def test_a_list_or_a_column_of_the_notebook_stands_behind_in(cell, shell, shop):
    cell(f"%aiser connect {shop}")
    cell(
        "import numpy, pandas\nids, column, frame = [1, 2], numpy.array([2, 3]), pandas.DataFrame({'id': [3]})\none = numpy.int64(1)\nseries = frame['id']"
    )
    for name, found in (("ids", [1, 2]), ("column", [2, 3]), ("series", [3]), ("one", [1])):
        cell(f"%sql r << select id from products where id in (:{name}) order by id")
        assert [row["id"] for row in shell.user_ns["r"].rows()] == found

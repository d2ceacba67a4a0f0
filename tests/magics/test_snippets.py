from __future__ import annotations

import duckdb
import pytest

from aiser_jupyter.errors import RefusedError, UnknownNameError, UsageError
from aiser_jupyter.magics import snippets
from aiser_jupyter.query.snippets import compose, named


@pytest.fixture(autouse=True)
def _none_saved():
    snippets.clear()
    yield
    snippets.clear()


def composed(sql, dialect="duckdb", **saved):
    return compose(sql, dialect, saved.get)


def rows(sql):
    with duckdb.connect() as con:
        con.execute("create table t as select * from (values (1, 'a'), (2, 'b'), (3, 'c')) v(id, name)")
        return con.execute(sql).fetchall()


def test_each_saved_statement_becomes_a_with_in_the_order_they_need():
    whole = composed("select count(*) from big", big="select * from small where id > 1;", small="select * from t -- all\n;")
    assert whole.used == ("small", "big")
    assert rows(whole.sql) == [(2,)]


@pytest.mark.parametrize(
    "sql",
    [
        "with q as (select * from big) select count(*) from q",
        "with recursive q(n) as (select 1 union all select n + 1 from q where n < 2) select count(*) from q, big where n = 1",
        "select count(*) from (select * from big) x where exists (select 1 from big)",
        "from big select count(*)",
        "-- begins with a comment\nselect count(*) from big",
    ],
)
def test_it_stands_before_whatever_the_statement_begins_with(sql):
    assert rows(composed(sql, big="with i as (select * from t) select * from i where id > 1").sql) == [(2,)]


def test_names_within_do_not_clash():
    # A name that the statement itself defines is its own; a WITH within a saved one is not seen outside.
    assert composed("with big as (select 1 as one) select * from big", big="select 2 as two").used == ()
    whole = composed("with x as (select 5 as id) select big.id, x.id from big, x", big="with x as (select 1 as id) select * from x")
    assert rows(whole.sql) == [(1, 5)]


def test_a_saved_statement_that_is_named_like_its_table_reads_the_table():
    whole = compose("select count(*) from t", "duckdb", {"t": "select * from t where id = 1"}.get, wanted=("t",), taken=("t",))
    assert rows(whole.sql) == [(1,)]
    assert compose("select count(*) from t", "duckdb", {"t": "select 1"}.get, taken=("t",)).used == ()
    with pytest.raises(UsageError, match="Save it as another name"):
        compose("select * from t", "sqlite", {"t": "select * from t"}.get, wanted=("t",))


def test_those_that_need_each_other_are_refused():
    with pytest.raises(UsageError, match="need each other"):
        composed("select * from a", a="select * from b", b="select * from a")


def test_what_cannot_hold_one_says_so():
    with pytest.raises(UsageError, match="part of INSERT"):
        composed("insert into t select * from a", a="select 1")
    with pytest.raises(UsageError, match="tsql"):
        composed("select * from a", "tsql", a="with b as (select 1 as x) select * from b")


def test_places_are_told_as_typed():
    whole = composed("select\n  nme\nfrom big", big="select *\nfrom t")
    lines = whole.sql.split("\n")
    at = next(number for number, line in enumerate(lines, 1) if "nme" in line)
    assert whole.typed(f"line {at}:   nme\n          ^^^") == "line 2:   nme\n          ^^^"
    inside = next(number for number, line in enumerate(lines, 1) if line == "from t")
    assert whole.typed(f"line {inside}: from t\n             ^").startswith("line 2 of big: from t\n")
    assert whole.typed("no place") == "no place"


def test_the_typed_columns_do_not_move():
    sql = "with q as (select * from big) select nme from q"
    assert composed(sql, big="select 1 as name").sql.split("\n")[-1].index("nme") == sql.index("nme")


def test_named_reads_what_is_a_table():
    assert named("with a as (select 1) select * from a, b, s.c where x in (select y from d)", "duckdb") == ("b", "d")
    assert named("select from where", "duckdb") == ()


def test_cells_build_on_saved_ones(cell, shell, shop):
    cell(f"%sql duckdb:///{shop} --alias shop")
    cell("least = 2")
    assert cell("%%sql --save many --no-execute\nselect * from orders where quantity >= :least") == []
    cell("%%sql --save lamps\nselect * from many where product_id = 1")
    cell("%sql total << select sum(quantity) as total from lamps")
    assert shell.user_ns["total"].rows() == [{"total": 7}]
    cell("least = 5")
    cell("%sql total << select sum(quantity) as total from lamps")
    assert shell.user_ns["total"].rows() == [{"total": 5}]


def test_an_error_points_into_what_was_typed(cell, shop):
    cell(f"%sql duckdb:///{shop} --alias shop")
    cell("%%sql --save many --no-execute\nselect * from orders where quantity >= 2")
    with pytest.raises(UnknownNameError) as caught:
        cell("%%sql\nselect id,\n       quantty\nfrom many")
    assert caught.value.where.startswith("line 2:        quantty\n")
    mark = caught.value.where.split("\n")[1]
    assert mark.index("^") == caught.value.where.split("\n")[0].index("quantty")
    cell("%%sql --save broken --no-execute\nselect *\nfrom orders\nwhere quantty > 1")
    with pytest.raises(UnknownNameError) as caught:
        cell("%sql select * from broken")
    assert caught.value.where.startswith("line 3 of broken: where quantty > 1")


def test_an_error_in_a_plan_points_into_what_was_typed(cell, shop):
    cell(f"%sql duckdb:///{shop} --alias shop")
    with pytest.raises(UnknownNameError) as caught:
        cell("%%sql --explain\nselect id,\n  quantty from orders")
    assert caught.value.where == "line 2:   quantty from orders\n          ^^^^^^^"


def test_without_running_it_is_checked_and_shown(cell, shop):
    cell(f"%sql duckdb:///{shop} --alias shop")
    cell("%%sql --save many --no-execute\nselect * from orders")
    assert "many AS (" in cell("%%sql --no-execute\nselect * from many")[-1]["text/plain"]
    with pytest.raises(RefusedError):
        cell("%%sql --no-execute\ndelete from orders")


def test_names_that_cannot_stand_in_sql_are_refused(cell):
    with pytest.raises(UsageError, match="--save my_query"):
        cell("%%sql --save my-query --no-execute\nselect 1")
    with pytest.raises(UnknownNameError, match="no saved statement"):
        cell("%%sql --with nothing\nselect * from nothing")

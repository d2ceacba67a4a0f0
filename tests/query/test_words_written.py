"""A mask is worked out where its column may be read: by its name, or by none, as a star and a whole row do."""

import duckdb
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.query import syntax
from aiser_jupyter.query.written import unread, words

POLICY = """
v = 1
[roles.reader]
members = ["ada"]
[roles.reader.tables.people]
mask = { name = { constant = "?" }, phone = { partial = 2 } }
"""


def found(sql, dialect="duckdb"):
    tokens = syntax.tokens(sql, dialect)
    (tree,) = syntax.parse(tokens, sql, dialect)
    return words(tree, tokens, {"t", "people"}, {"id", "name", "phone"})


def test_names_that_stand_nowhere_are_unread():
    assert unread(["name", "phone"], found("select id from people where Phone is null")) == {"name"}
    assert unread(["name", "phone"], found("select count(*) from people t where t.id * 2 > 1")) == {"name", "phone"}
    assert unread(["name"], found("select id from people join (select 1 as id) x using (id, name)")) == frozenset()
    assert unread(['na"me', "zwölf", "two words"], found("select id from people")) == frozenset()


@pytest.mark.parametrize(
    "sql",
    [
        "select * from people", "select t.* from people t", "from people", "table people", "select people from people", "select to_json(t) from people t",
        "select count(t) from people t", "select (t).id from people t", "select #2 from people", "select columns('n.*') from people", "select x from people as t(x)",
        "select id from people natural join (select 1 as id) x", "select id from (pivot people on id using count(*))", "select a.id from people a positional join people b",
        "create table y as select id from people", "select exists (select * from people)",
    ],
)  # fmt: skip
def test_what_takes_columns_by_no_name_reads_them_all(sql):
    assert found(sql) is None
    assert unread(["name"], found(sql)) == frozenset()


@pytest.mark.parametrize("sql", ["select t.row_to_json from people t", "select p from people t, lateral to_jsonb(t) p"])
def test_postgresql_takes_a_row_by_a_function_s_name(sql):
    assert found(sql, "postgres") is None


def test_rows_are_those_of_the_whole_mask_whatever_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setenv("AISER_USER", "ada")
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "policy.toml").write_text(POLICY)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE people (name VARCHAR, phone VARCHAR); INSERT INTO people VALUES ('Ada', '0123456'), ('Ben', NULL)")
    ws = Workspace(tmp_path)
    ws.connect(tmp_path / "shop.duckdb", "shop")
    rows = lambda sql: ws.sql(sql, on="shop").rows()  # noqa: E731  # said many times below
    assert rows("select count(*) as n from people") == [{"n": 2}]  # where every column is masked, one stays
    assert rows("select phone from people order by 1") == [{"phone": "***56"}, {"phone": None}]
    assert rows("select distinct name from people") == [{"name": "?"}]
    assert rows("select * from people order by phone") == [{"name": "?", "phone": "***56"}, {"name": "?", "phone": None}]
    assert rows("select people as p from people order by phone limit 1") == [{"p": {"name": "?", "phone": "***56"}}]
    assert rows("select #1 as first from people limit 1") == [{"first": "?"}]
    ws.close()

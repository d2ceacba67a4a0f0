"""Thirty ways of writing SQL cells that the documentation of jupysql, magic_duckdb and ipython-sql shows, on data of our own, in a real kernel."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import duckdb
import pytest
from kernels import CellError, Kernel

DOCS = Path(__file__).parents[2] / "docs" / "jupysql.md"


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("idioms")
    with sqlite3.connect(folder / "library.db") as con:
        con.executescript(
            "CREATE TABLE books (id INTEGER PRIMARY KEY, title TEXT, author TEXT, year INTEGER, price REAL);"
            "INSERT INTO books VALUES (1, 'Dunes', 'Ada', 1965, 9.5), (2, 'Tides', 'Ben', 1984, 12), (3, 'Moors', 'Ada', 1999, 7.25),"
            "(4, 'Fens', 'Cleo', 2010, 20);"
        )
    con.close()
    with duckdb.connect(str(folder / "loans.duckdb")) as con:
        con.execute(
            "CREATE TABLE loans AS SELECT i AS id, i % 4 + 1 AS book_id, DATE '2026-01-01' + CAST(i AS INTEGER) AS day FROM range(40) t(i)"
        )
    (folder / "report.sql").write_text("select count(*) as n from books\n")
    (folder / "connections.ini").write_text(
        "[library]\ndrivername = sqlite\ndatabase = library.db\n\n[secret]\ndrivername = postgresql\npassword = x\n"
    )
    kernel = Kernel(folder)
    kernel.run("%load_ext aiser_jupyter")
    kernel.run("%sql sqlite:///library.db --alias library")
    kernel.run("import pandas as pd\nframe = pd.DataFrame({'author': ['Ada', 'Ben'], 'city': ['Oslo', 'Rome']})")
    yield kernel
    kernel.close()


# (number, what it is, cells, expression, its value as Python writes it); without an expression the last cell's output holds the value.
IDIOMS = [
    (1, "connect by a URL", ["%sql sqlite:///library.db"], "", "library"),
    (2, "connect under an alias", ["%sql duckdb:///loans.duckdb --alias loans"], "", "loans"),
    (3, "switch to a connection by its alias", ["%sql loans", "%sql library", "n = %sql select count(*) from books"], "n[0][0]", "4"),
    (4, "list the connections", ["%sql --connections"], "", "sqlite:///library.db"),
    (5, "a line of SQL", ["%sql select title from books where id = 1"], "", "Dunes"),
    (6, "a cell of SQL", ["%%sql\nselect title\nfrom books\nwhere year < 1970"], "", "Dunes"),
    (7, "one statement on another connection", ["%%sql loans\nselect count(*) as n from loans"], "", "40"),
    (8, "assign a line's result", ["result = %sql select id from books order by id"], "[row[0] for row in result]", "[1, 2, 3, 4]"),
    (9, "name a cell's result with <<", ["%%sql cheap <<\nselect id from books where price < 10 order by id"], "cheap.dict()", "{'id': [1, 3]}"),
    (10, "name a line's result with <<", ["%sql dear << select id from books where price > 15"], "len(dear)", "1"),
    (11, "a result as a pandas DataFrame", ["result = %sql select * from books", "df = result.DataFrame()"], "(type(df).__name__, df.shape)", "('DataFrame', (4, 5))"),
    (12, "a result as a polars DataFrame", ["result = %sql select * from books", "df = result.PolarsDataFrame()"], "df.height", "4"),
    (13, "a result's keys and rows", ["result = %sql select id, title from books order by id"], "(result.keys, result[1], [r['id'] for r in result.dicts()][:2])", "(['id', 'title'], (2, 'Tides'), [1, 2])"),
    (14, "write a result as CSV", ["result = %sql select id from books", "n = result.csv('out.csv')"], "open('out.csv').read().replace('\"', '').split()[:2]", "['id', '1']"),
    (15, "a variable by :name", ["year = 1984", "r = %sql select title from books where year >= :year order by id"], "[row[0] for row in r]", "['Tides', 'Moors', 'Fens']"),
    (16, "a variable by {{name}}", ["year = 1984", "%%sql r <<\nselect title from books where year = {{year}}"], "r[0][0]", "'Tides'"),
    (17, "a text by '{{name}}'", ["who = \"Ada' OR 1=1 --\"", "%sql r << select title from books where author = '{{who}}'"], "len(r)", "0"),
    (18, "a variable by $name", ["year = 1999", "%sql r << select title from books where year = $year"], "r[0][0]", "'Moors'"),
    (19, "a whole statement from a variable", ["query = 'select max(year) from books'", "%sql r << {{query}}"], "r[0][0]", "2010"),
    (20, "a table's name by {{name}}", ["table = 'books'", "%sql r << select count(*) from {{table}}"], "r[0][0]", "4"),
    (21, "save a statement and build on it", ["%%sql --save by_ada --no-execute\nselect * from books where author = 'Ada'", "%sql r << select count(*) from by_ada"], "r[0][0]", "2"),
    (22, "say which saved statement is meant", ["%%sql --save recent --no-execute\nselect * from books where year > 1990", "%%sql r << --with recent\nselect count(*) from recent"], "r[0][0]", "2"),
    (23, "saved statements on saved ones", ["%%sql --save recent_ada --no-execute\nselect * from by_ada where year > 1990", "%sql r << select title from recent_ada"], "r[0][0]", "'Moors'"),
    (24, "list, show and delete saved statements", ["%sqlcmd snippets", "text = %sqlcmd snippets recent_ada", "%sqlcmd snippets -d recent_ada"], "text", "'select * from by_ada where year > 1990'"),
    (25, "the tables", ["%sqlcmd tables"], "", "books"),
    (26, "a table's columns", ["%sqlcmd columns -t books"], "", "author"),
    (27, "a table's profile", ["profile = %sqlcmd profile --table books"], "[row[0] for row in profile.rows]", "['id', 'title', 'author', 'year', 'price']"),
    (28, "test a column", ["ok = %sqlcmd test --table books --column year --greater 1900 --less-than-or-equal 2010 --no-nulls"], "ok", "True"),
    (29, "a data frame as a table", ["%sql r << select city from frame where author = 'Ben'"], "r[0][0]", "'Rome'"),
    (30, "keep a data frame as a table", ["%sql --persist frame", "%sql r << select count(*) from frame"], "r[0][0]", "2"),
    (31, "results as pandas at once", ["%config SqlMagic.autopandas = True", "r = %sql library select id from books", "%config SqlMagic.autopandas = False"], "type(r).__name__", "'DataFrame'"),
    (32, "show fewer rows", ["%config SqlMagic.displaylimit = 2", "%sql library select id from books order by id", "%config SqlMagic.displaylimit = None"], "", ""),
    (33, "a statement from a file", ["%sql library --file report.sql"], "", "4"),
    (34, "a connection from a file's section", ["%config SqlMagic.dsn_filename = 'connections.ini'", "%sql --section library", "r = %sql select count(*) from books"], "r[0][0]", "4"),
    (35, "the plan of a statement", ["%sql library --explain select * from books where id = 3"], "", "index lookup"),
    (36, "a statement laid out", ["%sql library --format select id,title from books where id=1"], "", "SELECT id, title\nFROM books\nWHERE id = 1"),
    (37, "close a connection", ["%sql duckdb:// --alias scratch", "%sql --close scratch", "%sql library"], "", "library"),
]  # fmt: skip


@pytest.mark.parametrize(("number", "what", "cells", "expression", "value"), IDIOMS, ids=[f"{one[0]}-{one[1]}" for one in IDIOMS])
def test_an_idiom_runs_and_gives_what_it_should(kernel, number, what, cells, expression, value):
    kernel.run("%sql library")
    shown = [kernel.run(cell) for cell in cells]
    if expression:
        assert kernel.value(expression) == value
    elif value:
        assert value in shown[-1]
    else:
        assert "first 2 of" in shown[1]


DIFFERING = [
    ("a typed password", "%sql postgresql://me:hunter2@localhost/shop", "SecretTypedError", "env:"),
    (
        "a password in a connections file",
        "%config SqlMagic.dsn_filename = 'connections.ini'\n%sql --section secret",
        "SecretTypedError",
        "keyring",
    ),
    ("text pasted as SQL", "column = 'title'\n%sql select {{column}} from books", "UsageError", "| identifier"),
    ("a statement that writes", "%sql create table t (x int)", "RefusedError", "write=True"),
    ("two statements in one cell", "%sql select 1; select 2", "RefusedError", "one statement"),
    ("appending to a table", "%sql --append frame", "NotYetError", "--persist-replace"),
    ("a creator function", "%sql --creator make", "NotYetError", "URL"),
    ("interactive widgets", "%sql --interact year select 1", "NotYetError", "again"),
    ("a failing test", "%sqlcmd test --table books --column year --greater 1970", "FailedTestError", "Dunes"),
    ("deleting what others stand on", "%%sql --save top --no-execute\nselect * from by_ada", "", ""),
]


@pytest.mark.parametrize(("what", "code", "error", "says"), DIFFERING, ids=[one[0] for one in DIFFERING])
def test_what_differs_is_said_with_the_next_step(kernel, what, code, error, says):
    kernel.run("%sql library")
    if not error:
        kernel.run(code)
        code, error, says = "%sqlcmd snippets -d by_ada", "UsageError", "-D by_ada"
    *before, last = code.split("\n")
    for line in before:
        kernel.run(line)
    with pytest.raises(CellError) as caught:
        kernel.run(last)
    assert caught.value.name == error
    assert says in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_the_table_in_the_documentation_lists_these():
    listed = re.findall(r"^\| (\d+) \| ([^|]+) \|", DOCS.read_text("utf-8"), re.MULTILINE)
    assert [(int(number), what.strip().replace("`", "")) for number, what in listed] == [(one[0], one[1]) for one in IDIOMS]

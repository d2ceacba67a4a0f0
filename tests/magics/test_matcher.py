"""Completion in a real kernel, by the message a front end sends."""

from __future__ import annotations

import duckdb
import pytest
from kernels import Kernel

from aiser_jupyter.magics.matcher import where


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completion")
    with duckdb.connect(str(folder / "shop.duckdb")) as con:
        con.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR)")
        con.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), day DATE)")
        con.execute("INSERT INTO customers VALUES (1, 'Secretive')")
    kernel = Kernel(folder)
    kernel.run("%load_ext aiser_jupyter")
    kernel.run("%sql duckdb:///shop.duckdb --alias shop")
    kernel.run("import pandas as pd\nprices = pd.DataFrame({'sku': ['a'], 'price': [1]})\nsince = '2026-01-01'")
    kernel.run("%%sql --save recent --no-execute\nselect * from orders where day >= :since")
    yield kernel
    kernel.close()


def first(reply):
    """The first match and what it replaces."""
    return reply["matches"][0], reply["cursor_start"], reply["cursor_end"]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("%%sql\nselect * from ord|", "orders"),
        ("%%sql shop\nselect cu| from orders", "customer_id"),
        ("%%sql\nselect o.| from orders o", "id"),
        ("%%sql --as x\nselect * from customers c join orders o on |", "o.customer_id = c.id"),
        ("%%sql\nselect * from orders where day >= :|", ":since"),
        ("%%sql\nselect pr| from prices", "price"),
        ("%%sql\nselect strf|", "strftime("),
        ("%%sql\nselect * from rec|", "recent"),
        ("%%sql\nselect * from orders |", "where"),
        ("%sql select * from cust|", "customers"),
        ("x = %sql select na| from customers", "name"),
        ("%%sql --e|", "--explain"),
        ("%%sql sh|\nselect 1", "shop"),
        ("%%sql --chart ba|", "bar"),
        ("%%ask --eng|", "--engine"),
        ("%%ask --engine off|", "offline"),
        ("%aiser des|", "describe"),
        ("%aiser describe ord|", "orders"),
        ("%sqlcmd tes|", "test"),
        ("%sqlcmd columns --table cus|", "customers"),
        ("y = 1\n%sql select * from ord|", "orders"),
    ],
)
def test_a_kernel_completes_magics(kernel, code, wanted):
    reply = kernel.complete(code)
    text, begin, end = first(reply)
    typed = code.partition("|")[0]
    assert text == wanted
    assert end == len(typed)
    assert wanted.casefold().startswith(typed[begin:end].casefold()) or typed[begin:end] == ""


def test_types_are_told_and_python_is_not_offered(kernel):
    reply = kernel.complete("%%sql\nselect | from orders")
    types = {entry["text"]: entry["type"] for entry in reply["metadata"]["_jupyter_types_experimental"]}
    assert types["day"] == "column\u00a0date"
    assert types["orders"].startswith("table")
    assert not {"print", "pd", "%time", "len"} & set(reply["matches"])


def test_no_value_is_offered(kernel):
    kernel.run("%sql select * from customers")
    for code in (
        "%%sql\nselect * from customers where name = 'Sec|",
        "%%sql\nselect * from customers where name = Sec|",
        "%%sql\nselect Sec|",
    ):
        assert not any("Secretive" in match for match in kernel.complete(code)["matches"])


def test_python_cells_are_completed_as_ever(kernel):
    assert "prices" in kernel.complete("pric|")["matches"]
    assert "prices" in kernel.complete("x = 1\nprint(pric|")["matches"]


def test_typing_runs_nothing(kernel):
    kernel.run("from aiser_jupyter import workspace\nbefore = len(workspace().history(1000).rows)")
    for code in ("%%sql\nselect | from orders", "%%sql\nselect * from |", "%sqlcmd columns -t |"):
        kernel.complete(code)
    assert kernel.value("len(workspace().history(1000).rows) - before") == "0"


@pytest.mark.parametrize(
    ("text", "magic", "sql"),
    [
        ("%%sql\nselect |1", "sql", "select 1"),
        ("%%sql shop select |1\nfrom t", "sql", "select 1\nfrom t"),
        ("a = %sql select |1", "sql", "select 1"),
        ("%%sql sh|op\nselect 1", "sql", None),
        ("print('%sql select |1')", None, None),
        ("%%ask\nhow| many", None, None),
        ("%sqlx |", None, None),
        ("%%s|ql\nselect 1", None, None),
    ],
)
def test_the_magic_around_the_cursor_is_found(text, magic, sql):
    spot = where(text.replace("|", ""), text.index("|"))
    if magic is None:
        assert spot is None
    else:
        assert spot is not None
        assert (spot.magic, spot.sql) == (magic, sql)

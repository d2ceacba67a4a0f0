"""Show, write and check: by object, magic and command line."""

import json
import shutil
import stat

import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.catalog.semantic import file
from aiser_jupyter.cli.app import run as main
from aiser_jupyter.errors import SemanticError

SCRIPT = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR, birth_date DATE);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers(id), day DATE, status VARCHAR);
CREATE TABLE lines (order_id INTEGER REFERENCES orders(id), quantity INTEGER, price DOUBLE, discount DOUBLE);
INSERT INTO customers VALUES (1, 'Ada', '1990-01-01'), (2, 'Ben', '1991-01-01');
INSERT INTO orders VALUES (1, 1, '2024-01-05', 'paid'), (2, 2, '2024-02-05', 'open'), (3, 1, '2024-02-06', 'paid'), (4, 1, '2024-02-07', 'paid');
INSERT INTO lines VALUES (1, 2, 10, 0), (2, 1, 30, 0.5), (3, 1, 5, 0), (4, 1, 1, 0.1);
"""


@pytest.fixture
def shop(tmp_path):
    import duckdb

    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute(SCRIPT)
    return tmp_path / "shop.duckdb"


@pytest.fixture
def ws(shop, tmp_path):
    made = Workspace(tmp_path)
    made.connect(shop, "shop")
    yield made
    made.close()


def test_nothing_is_there_until_it_is_written(ws, tmp_path):
    found = ws.semantic()
    assert len(found.show()) == 0
    assert not (tmp_path / ".aiser").exists()
    path = found.write()
    assert path == tmp_path / ".aiser" / "semantic.yaml"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().splitlines()[1:] == [
        "v: 1",
        "tables:",
        "  customers: {}",
        "  orders: {time: orders.day}",
        "  lines: {}",
        "metrics:",
        "  revenue: {sql: sum(lines.quantity * lines.price * (1 - lines.discount)), reason: quantity times price less discount}",
        "  total quantity: {sql: sum(lines.quantity), reason: named as an amount}",
        "  average price: {sql: avg(lines.price), reason: adding it up means nothing}",
        "dimensions:",
        "  name: customers.name",
        "  status: orders.status",
    ]
    assert len(found.check()) == 0
    assert found.model.metric("revenue").place.line == 8


def test_a_written_file_is_used_and_gives_the_figures(ws):
    ws.semantic().write()
    answer = ws.ask("revenue by status")
    assert [tuple(row.values()) for row in answer.result.rows()] == [("paid", 25.9), ("open", 15.0)]
    assert "revenue is sum(lines.quantity * lines.price * (1 - lines.discount)), as defined in semantic.yaml line 8" in answer.assumptions


def test_what_people_wrote_stays_and_what_they_took_out_stays_out(ws):
    path = file.path_in(ws.root)
    path.parent.mkdir()
    mine = "v: 1\n# ours\nmetrics:\n  sales: sum(lines.price)  # net\n\ntables:\n  lines: {}\n"
    path.write_text(mine)
    ws.semantic().write()
    assert path.read_text() == mine.replace("  lines: {}\n", "  lines: {}\n  customers: {}\n  orders: {time: orders.day}\n") + (
        "dimensions:\n  name: customers.name\n  status: orders.status\n"
    )
    again = path.read_text()
    ws.semantic().write()
    assert path.read_text() == again


def test_a_wrong_file_is_not_written_over(ws):
    path = file.path_in(ws.root)
    path.parent.mkdir()
    path.write_text("v: 1\nmetriks: {}\n")
    with pytest.raises(SemanticError, match="no key 'metriks'"):
        ws.semantic().write()
    path.write_text("v: 1\non: till\n")
    assert ws.semantic().write() == path.with_name("semantic.shop.yaml")
    assert path.read_text() == "v: 1\non: till\n"
    assert ws.semantic().model.metric("revenue").place.short == "semantic.shop.yaml line 8"


def test_a_file_of_several_connections_names_its_own(ws, shop, tmp_path):
    ws.connect(shutil.copy(shop, tmp_path / "other.duckdb"), "other")
    ws.semantic("shop").write()
    assert ws.semantic("shop").model.on == ("shop",)
    assert len(ws.semantic("other").show()) == 0
    assert ws.semantic("other").check().rows == [("not used", ".aiser/semantic.yaml", "for other: it is for shop")]


def test_a_definition_that_would_count_rows_twice_is_a_mistake(ws):
    path = file.path_in(ws.root)
    path.parent.mkdir()
    path.write_text(
        "v: 1\nmetrics:\n  a: sum(lines.price)\n  b: sum(orders.id)\n  both: {formula: a + b}\n  n: count(orders)\n  mean: {ratio: [a, n]}\n"
    )
    assert ws.semantic().problems == (
        ".aiser/semantic.yaml, line 5, column 3: metric both: joining lines and orders repeats rows of orders, which would be added up more than once.",
    )


def test_commands(ws, tmp_path, shop, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["semantic", "write", "--on", str(shop), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"v": 1, "path": str(tmp_path / ".aiser" / "semantic.yaml")}
    assert main(["semantic", "show", "--on", str(shop), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["v"], shown["source"], shown["model"]["dimensions"]) == (
        1,
        "data",
        {"name": {"column": "name", "table": "customers"}, "status": {"column": "status", "table": "orders"}},
    )
    assert main(["semantic", "check", "--on", str(shop)]) == 0
    assert "All is well" in capsys.readouterr().out
    with file.path_in(tmp_path).open("a") as held:
        held.write("filters: {late: orders.dya < '2020-01-01'}\n")
    assert main(["semantic", "check", "--on", str(shop), "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "v": 1,
        "ok": False,
        "found": [
            {
                "kind": "mistake",
                "where": ".aiser/semantic.yaml, line 14, column 24",
                "message": "filter late: there is no column orders.dya. Did you mean day?",
            }
        ],
    }
    assert main(["ask", "How many orders are there?", "--on", str(shop), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["where"] == ".aiser/semantic.yaml, line 14, column 24"
    assert main(["semantic", "check", "--json"]) == 0, "without a connection the form alone is checked"


def test_magic(ws, tmp_path):
    from IPython.core.interactiveshell import InteractiveShell

    from aiser_jupyter.magics import aiser

    shell = InteractiveShell()
    assert "revenue" in repr(aiser.run(shell, ws, "semantic write"))
    assert "All is well" in repr(aiser.run(shell, ws, "semantic check shop"))
    assert "sum(lines.quantity" in repr(aiser.run(shell, ws, "semantic"))

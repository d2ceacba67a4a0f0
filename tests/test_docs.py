"""The examples of the pages on sources and the SQL cell run as they stand there, on real servers where those can be had.

A line whose comment speaks of "your own" (account, bucket, server) needs what no test has; it is compiled. Hosts below example.com, which belongs to
documentation, stand for a server of this machine.
"""

from __future__ import annotations

import ast
import doctest
import re
import sqlite3
import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from IPython.core.interactiveshell import InteractiveShell
from servers import mariadb, postgres
from servers.daemon import free_port

from aiser_jupyter import Workspace, trust, workspaces
from aiser_jupyter.answer.answer import Answer
from aiser_jupyter.answer.tools import registry
from aiser_jupyter.cli.mcp import command
from aiser_jupyter.errors import AiserError, SourceError
from aiser_jupyter.mcp import config
from aiser_jupyter.sources import open as opening
from aiser_jupyter.sources.options import Options

ROOT = Path(__file__).parents[1]
ABSENT = re.compile(r"#.*\byour own\b")
PAGES = [
    "sources",
    "sql-cell",
    "completion",
    "explain",
    "jupysql",
    "results",
    "cache",
    "history",
    "memory",
    "materialize",
    "metrics",
    "files",
    "lake",
    "postgresql",
    "mysql",
    "other-databases",
    "warehouses",
    "mongodb",
    "http",
    "cube",
    "routing",
    "worker",
    "guard",
    "semantic",
    "policy",
    "governed",
    "reliability",
    "state",
    "assistants",
    "asking",
]
ORDERS = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR(20), country VARCHAR(2));
INSERT INTO customers VALUES (1, 'Ada', 'de'), (2, 'Ben', 'fr'), (3, 'Cleo', 'it');
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), region VARCHAR(5), country VARCHAR(2), day DATE,
                     amount DECIMAL(10, 2), revenue DECIMAL(10, 2), total DECIMAL(10, 2));
"""
ROWS = ",".join(
    f"({n}, {n % 3 + 1}, '{('north', 'south')[n % 2]}', '{('de', 'fr', 'it')[n % 3]}', '{date(2023, 11, 1) + timedelta(n)}', {n * 10}, {n * 10}, {n})"
    for n in range(1, 121)
)
SHOP = f"{ORDERS}INSERT INTO orders VALUES {ROWS};"


def blocks(page: str, *languages: str) -> list[str]:
    """The code of a page in these languages, in order."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    return [code for language, code in re.findall(r"^```(\w+)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE) if language in languages]


def run(page: str, ws: Workspace, *, changed: dict[str, str] | None = None, **names: object) -> dict[str, object]:
    """Run a page's Python statement by statement; a comment that holds a value below an expression must be its value."""
    space: dict[str, object] = {"ws": ws, **names}
    ran = 0
    for code in blocks(page, "python"):
        for old, new in (changed or {}).items():
            code = code.replace(old, new)  # noqa: PLW2901
        lines = code.splitlines()
        for node in ast.parse(code).body:
            assert node.end_lineno is not None
            written = lines[node.lineno - 1 : node.end_lineno]
            if any(map(ABSENT.search, written)):
                continue
            ran += 1
            if not isinstance(node, ast.Expr):
                exec(compile(ast.Module([node], []), page, "exec"), space)  # our own pages
                continue
            value = eval(compile(ast.Expression(node.value), page, "eval"), space)
            below = lines[node.end_lineno] if node.end_lineno < len(lines) else ""
            if below.startswith("# {"):
                assert value == ast.literal_eval(below[2:]), (page, below)
    assert ran or page == "other-databases"
    return space


@pytest.fixture
def ws(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ws = Workspace(tmp_path)
    yield ws
    ws.close()


@pytest.fixture
def shop(tmp_path, ws):
    """A DuckDB file as the connection `shop`."""
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute(SHOP)
        connection.execute("CREATE TABLE rates AS SELECT DATE '2024-01-01' AS day, 1.1 AS rate")
    (tmp_path / ".aiser").mkdir()
    return ws.connect(tmp_path / "shop.duckdb", "shop")


@pytest.fixture(scope="module")
def pg():
    if reason := postgres.missing():
        pytest.skip(reason)
    server = postgres.Postgres()
    server.execute(SHOP)
    yield server
    server.stop()
    server.remove()


@pytest.fixture(scope="module")
def maria():
    if reason := mariadb.missing():
        pytest.skip(reason)
    server = mariadb.MariaDB()
    server.execute(SHOP, "test")
    yield server
    server.stop()
    server.remove()


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")])
def test_python_is_python(page):
    for code in blocks(page, "python"):
        if not re.search(r"^(>>>|%)", code, re.MULTILINE):
            compile(code, page, "exec")
        assert "…" not in re.sub(r"#.*", "", code), "an ellipsis cannot be run"


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "toml") and page not in ("policy", "governed")])
def test_settings_are_settings(page, tmp_path, monkeypatch):
    texts = [text for text in blocks(page, "toml") if "entry-points" not in text]
    for number, text in enumerate(texts):
        assert tomllib.loads(text)
        place = tmp_path / str(number) / ".aiser"
        place.mkdir(parents=True)
        (place / "settings.toml").write_text(text, encoding="utf-8")
        monkeypatch.chdir(place.parent)
        ws = Workspace(place.parent)
        asked = tomllib.loads(text)
        for knob, value in asked.items():
            if knob != "connections":
                found = getattr(ws.context.settings, knob)
                assert found == value or str(found) == value, knob
        for name in asked.get("connections", {}):
            assert name in str(ws.context.settings)
        ws.close()


@pytest.mark.parametrize("page", ["guard", "routing"])
def test_sessions_of_the_prompt_are_true(page):
    failed, tried = doctest.testfile(str(ROOT / "docs" / f"{page}.md"), module_relative=False)
    assert (failed, tried > 5) == (0, True)


@pytest.mark.parametrize("page", ["sql-cell", "completion", "jupysql"])
def test_cells_run_from_the_root_of_a_clone(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(workspaces, "_own", None)
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    for cell in blocks(page, "python", "sql"):
        shell.run_cell(cell, store_history=False).raise_error()
    if page == "sql-cell":
        assert {row["Total"] > 10 for row in shell.user_ns["big_invoices"].rows()} == {True}
        assert shell.user_ns["big_invoices"].row_count > 5
    InteractiveShell.clear_instance()


def test_sources(ws, shop, tmp_path, monkeypatch):
    ws.disconnect("shop")
    sqlite3.connect(tmp_path / "shop.db").executescript(SHOP).close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_URL", f"sqlite:///{tmp_path}/shop.db")
        import openpyxl

        book = openpyxl.Workbook()
        book.active.append(["id", "amount"])
        book.active.append([1, 2.5])
        book.save(tmp_path / "orders.xlsx")
        space = run("sources", ws, changed={"sqlite:////data/shop.db": f"sqlite:///{tmp_path}/shop.db"}, df=pa.table({"x": [1, 2]}))
    assert space["ws"] is ws
    assert "shop" in ws.connections


def test_results(ws, shop):
    space = run("results", ws)
    assert space["r"].row_count == 120


def test_explain(ws):
    for name, data in (("retail", "retail"), ("chinook", "chinook.sqlite")):
        ws.connect(ROOT / "examples/data" / data, name)
    space = run("explain", ws)
    assert "what stands out is Netherlands" in space["found"].sentence


def test_asking(ws):
    space = run("asking", ws, changed={"examples/data": str(ROOT / "examples/data")})
    checked = 0
    for name, attribute, said in re.findall(r"^(\w+)\.(\w+)  # (.+)$", "\n".join(blocks("asking", "python")), re.MULTILINE):
        value = getattr(space[name], attribute)
        assert said in (value, "; ".join(value) if isinstance(value, tuple) else "") or said in value, (name, attribute, value)
        checked += 1
    assert checked == 8


def test_cache(ws, shop):
    space = run("cache", ws)
    assert space["again"].cached
    assert space["again"].cached_at is not None


def test_history(ws, shop, tmp_path):
    for number in range(12):
        ws.sql(f"select sum(amount) as revenue, day as month from orders where id > {number} group by 2", on="shop").rows()
    run("history", ws)
    assert ws.query("large-orders", {"least": 1000}).row_count == 21
    lines = (tmp_path / ".aiser" / "queries" / "large-orders.sql").read_text(encoding="utf-8").split()
    assert lines == blocks("history", "sql")[0].split()


def test_memory(ws, shop, tmp_path):
    space = run("memory", ws)
    assert space["answer"].result.row_count > 2
    assert "“destination” means country" in space["told"].text
    assert (tmp_path / "memory.json").is_file()


def test_materialize(ws, shop):
    run("materialize", ws)
    assert ws.sql("select count(*) as n, sum(total) as total from daily_sales").rows()[0]["n"] == 120


def test_metrics(ws, shop, tmp_path):
    ws.sql("select count(*) from orders", on="shop").rows()
    space = run("metrics", ws, changed={"9108": str(free_port())})
    assert "aiser_queries_total" in (tmp_path / "aiser.prom").read_text(encoding="utf-8")
    space["stop"]()


def test_files(ws, tmp_path, monkeypatch):
    import openpyxl

    (tmp_path / "orders.csv").write_text("id,amount\n1,10.50\n2,4.25\n")
    (tmp_path / "sales").mkdir()
    for month in (1, 2):
        book = openpyxl.Workbook()
        book.active.title = "sales"
        book.active.append(["day", "amount"])
        book.active.append([date(2026, month, 1), month])
        book.save(tmp_path / "sales" / f"{month}.xlsx")
    monkeypatch.setattr(workspaces, "_own", ws)
    run("files", ws)
    assert float(ws.sql("SELECT sum(amount) AS s FROM orders").rows()[0]["s"]) == 14.75
    assert ws.sql("SELECT sum(amount) AS s FROM sales").rows() == [{"s": 3}]


def test_lake(ws, tmp_path):
    deltalake = pytest.importorskip("deltalake", reason="deltalake is not installed")
    catalog = pytest.importorskip("pyiceberg.catalog.sql", reason="pyiceberg is not installed")
    rows = pa.table({"day": [date(2011, 2, 1), date(2011, 3, 1)], "amount": [1, 2]})
    retail = tmp_path / "data" / "lake" / "retail"
    retail.mkdir(parents=True)
    pq.write_table(rows, retail / "part.parquet")
    deltalake.write_deltalake(str(tmp_path / "data" / "sales"), rows)
    books = catalog.SqlCatalog("books", uri=f"sqlite:///{tmp_path}/books.db", warehouse=f"file://{tmp_path}/data")
    books.create_namespace("shop")
    books.create_table("shop.orders", rows.schema, location=f"file://{tmp_path}/data/orders").append(rows)
    run("lake", ws, changed={":///data": f"://{tmp_path}/data"})
    assert ws.sql("SELECT sum(amount) AS s FROM retail WHERE day >= DATE '2011-03-01'", on="lake").rows() == [{"s": 2}]
    assert [ws.sql(f"SELECT sum(amount) AS s FROM {name}", on=name).rows() for name in ("sales", "orders")] == [[{"s": 3}]] * 2


@pytest.mark.parametrize("page", ["postgresql", "reliability"])
def test_postgresql(page, ws, pg, monkeypatch):
    monkeypatch.setenv("SHOP_URL", pg.url)
    run(page, ws)
    assert ws.sql("SELECT count(*) AS n FROM orders", on="shop").rows() == [{"n": 120}]
    assert ws.ask("top 5 customers by revenue").answered


def test_mysql(ws, maria, monkeypatch):
    monkeypatch.setenv("SHOP_URL", maria.url)
    run("mysql", ws)
    assert ws.sql("SELECT count(*) AS n FROM orders", on="shop").rows() == [{"n": 120}]
    assert ws.ask("top 5 customers by revenue").answered


@pytest.mark.parametrize("name", ["LEDGER_URL", "ERP_URL", "LAKE_URL"])
def test_other_databases_say_what_is_missing(name, ws, monkeypatch):
    (code,) = blocks("other-databases", "python")
    line = next(line for line in code.splitlines() if name in line)
    assert ABSENT.search(line)
    address = line.partition(f"{name}=")[2].replace(":…", "")
    monkeypatch.setenv(name, re.sub(r"@[\w.]+:\d+", f"@127.0.0.1:{free_port()}", address))
    with pytest.raises(SourceError) as caught:
        exec(line, {"ws": ws})
    assert caught.value.hint
    assert issubclass(type(caught.value), AiserError)


@pytest.mark.slow
def test_warehouses(ws):
    from servers import spark

    if reason := spark.missing():
        pytest.skip(reason)
    run("warehouses", ws)
    assert ws.sql("SELECT 1 AS one").rows() == [{"one": 1}]
    assert ws.sql("SELECT 1 AS one").dialect == "spark"


def test_mongodb(ws, monkeypatch):
    pytest.importorskip("mongomock", reason="mongomock is not installed")
    from pymongo import MongoClient
    from servers.mongo import MongoServer

    with MongoServer() as server:
        monkeypatch.setenv("MONGO_URL", server.url())
        people = [
            {"address": {"city": city}, "total": total, "paid": paid}
            for city, total, paid in (("Rom", 1.5, True), ("Ulm", 4.0, True), ("Ulm", 9.0, False))
        ]
        MongoClient(server.url())["shop"]["orders"].insert_many(people)
        run("mongodb", ws)
        sql = ast.parse(blocks("mongodb", "python")[0]).body[1].value.args[0].value
        result = ws.sql(sql)
        assert result.rows() == [{"address_city": "Ulm", "n": 1, "total": 4.0}, {"address_city": "Rom", "n": 1, "total": 1.5}]
        assert result.route["pushed"][0]["sql"] in (ROOT / "docs" / "mongodb.md").read_text(encoding="utf-8")


def test_http(ws, monkeypatch):
    pytest.importorskip("httpx", reason="httpx is not installed")
    from servers.rest import Reply, RestServer

    def open_here(target, name=None, *, write=False, options=None, **given):
        return opened(target, name, options=replace(options or Options(write=write), allow_private=True), **given)

    opened = opening.open_source
    monkeypatch.setattr(opening, "open_source", open_here)
    with RestServer() as server:
        server.routes["/sales.csv"] = Reply(b"day,amount\n2026-01-01,3\n", headers={"Content-Type": "text/csv"})
        server.routes["/v1/orders"] = {"items": [{"region": "n", "amount": 2}, {"region": "s", "amount": 5}]}
        run(
            "http",
            ws,
            changed={"https://data.example.com": server.url("").rstrip("/"), "https://api.example.com": server.url("").rstrip("/")},
        )
        assert ws.sql("SELECT sum(amount) AS s FROM sales").rows() == [{"s": 3}]
        assert ws.sql("SELECT region, sum(amount) AS s FROM orders GROUP BY region ORDER BY 1").rows() == [
            {"region": "n", "s": 2},
            {"region": "s", "s": 5},
        ]


def test_cube(tmp_path, monkeypatch):
    pytest.importorskip("httpx", reason="httpx is not installed")
    from servers.cube import CubeServer

    with CubeServer(secret="s3cret-of-a-cube-server-for-tests") as server:
        monkeypatch.setenv("CUBE_SECRET", "s3cret-of-a-cube-server-for-tests")
        (tmp_path / ".aiser").mkdir()
        profile = blocks("cube", "toml")[0].replace("cubes://cube.example.com", f"cube://127.0.0.1:{server.port}")
        (tmp_path / ".aiser" / "settings.toml").write_text(
            profile.replace("[connections.shop.extra]", "allow_private = true\n\n[connections.shop.extra]")
        )
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
        trust.trust(tmp_path)
        ws = Workspace(tmp_path)
        run("cube", ws)
        assert ws.context.sources.get("shop").semantic_model().metrics
        ws.close()


def test_policy(tmp_path, monkeypatch):
    monkeypatch.setenv("AISER_USER", "ada")
    monkeypatch.setenv("AISER_CLAIMS", '{"region": "north"}')
    monkeypatch.setenv("MASK_SALT", "a pinch of it")
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE customers (id INTEGER, name VARCHAR, ssn VARCHAR, email VARCHAR, phone VARCHAR, born DATE, region VARCHAR)"
        )
        connection.execute(
            "INSERT INTO customers VALUES (1, 'Ada', 's1', 'a@x.org', '555-0101', '1990-05-06', 'north'), (2, 'Ben', 's2', 'b@x.org', '555-0102', '1980-05-06', 'south')"
        )
        connection.execute("CREATE TABLE orders (id INTEGER, customer_id INTEGER); INSERT INTO orders VALUES (1, 1), (2, 2), (3, 1)")
        connection.execute("CREATE TABLE staff AS SELECT i AS id, i * 10 AS salary FROM range(6) t(i)")
    whole, bounds = blocks("policy", "toml")
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "policy.toml").write_text(f"{whole}\n{bounds}", encoding="utf-8")
    ws = Workspace(tmp_path)
    ws.connect(tmp_path / "shop.duckdb", "shop")
    run("policy", ws)
    assert ws.policy("SELECT * FROM customers", on="shop").changes[0][0] == "customers"
    assert [(row["name"], row["phone"], row["born"]) for row in ws.sql("SELECT * FROM customers", on="shop").rows()] == [
        ("Ada", "***0101", date(1990, 1, 1))
    ]
    assert ws.sql("SELECT count(*) AS n FROM orders", on="shop").rows() == [{"n": 2}]
    assert ws.sql("SELECT avg(salary) AS s FROM staff", on="shop").rows() == [{"s": 25.0}]
    ws.close()


def test_semantic(ws, tmp_path):
    northwind = ROOT.parent / "shared" / "data" / "business_qa" / "db" / "northwind.duckdb"
    if not northwind.exists():
        pytest.skip("the Northwind sample is not beside the repository")
    (text,) = blocks("semantic", "yaml")
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "semantic.yaml").write_text(text, encoding="utf-8")
    ws.connect(northwind, "northwind")
    answer = run("semantic", ws)["answer"]
    assert isinstance(answer, Answer)
    assert answer.assumptions[0] == "average order value is revenue / orders, as defined in semantic.yaml line 18"
    assert len(ws.semantic("northwind").check()) == 0


def test_worker(ws, shop, tmp_path):
    with duckdb.connect(str(tmp_path / "till.duckdb")) as connection:
        connection.execute(SHOP)
    space = run("worker", ws)
    assert ws.ask("revenue by region", on="shop").answered
    assert space["result"].route["worker"] is False
    told = next(line for line in blocks("worker", "python")[1].splitlines() if 'route["reason"]' in line).partition("… ; ")[2].strip('"')
    assert told in space["result"].route["reason"]


def test_assistants(ws, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    space = run("assistants", ws)
    code = "\n".join(blocks("assistants", "python"))
    assert space["review"].exhibits[0].text in code
    assert ws.call_tool("query", {"sql": "select count(*) as n from Track", "on": "chinook"})["rows"] == [[3503]]
    assert "# [[3503]]" in code
    names = {tool.name for tool in registry(ws.context).tools()}
    page = (ROOT / "docs" / "assistants.md").read_text(encoding="utf-8")
    assert names == set(re.findall(r"^\| `(\w+)` \|", page.partition("| tool |")[2], re.MULTILINE))


def test_mcp(tmp_path, monkeypatch):
    folder = tmp_path / "aiser"
    folder.mkdir(mode=0o700)
    (folder / "mcp.toml").write_text(blocks("mcp", "toml")[0], encoding="utf-8")
    (folder / "mcp.toml").chmod(0o600)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert {name: server.timeout_s for name, server in config.servers().items()} == {"weather": 20.0, "wiki": 30.0}
    page = (ROOT / "docs" / "mcp.md").read_text(encoding="utf-8")
    for line in re.findall(r"^aiser mcp (.*)$", page, re.MULTILINE):
        options = {option for option in line.split() if option.startswith("--")}
        assert options <= {option for parameter in command.params for option in parameter.opts}

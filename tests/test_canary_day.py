"""A day of use over a server, a governed file and files of one's own: neither the password, nor a cell of the server, nor a masked value is anywhere afterwards."""

from __future__ import annotations

import base64
import importlib.util
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import duckdb
import nbformat
import pytest
from canaries import heard, sings
from servers import postgres
from servers.model import KEY, ModelServer, replied

PASSWORD = "Pw-Canary-51b9e7"
CELL = "CellCanary8842kq"
MASKED = "MaskedCanary3317zz"
CANARIES = {"password": PASSWORD, "cell": CELL, "masked": MASKED, "key": KEY}
SHOP = f"""
CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, city TEXT, since DATE);
INSERT INTO customers SELECT i, '{CELL}' || i, 'city ' || i % 4, DATE '2023-01-01' + i FROM generate_series(1, 60) i;
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), total NUMERIC(10, 2), day DATE);
INSERT INTO orders SELECT i, 1 + i % 60, 10 + i % 37, DATE '2024-01-01' + i % 300 FROM generate_series(1, 900) i;
"""
STAFF = f"CREATE TABLE staff (id INTEGER, dept VARCHAR, iban VARCHAR); INSERT INTO staff SELECT i, 'd' || i % 3, '{MASKED}' || i FROM range(1, 31) t(i)"
POLICY = """
v = 1
connections = ["people"]
[roles.reader]
members = ["ada"]
[roles.reader.tables.staff]
mask = { iban = "null" }
"""
CELLS = [
    "import logging, os, traceback; logging.basicConfig(level=logging.DEBUG, filename=os.path.expanduser('~/debug.log'))",
    "%load_ext aiser_jupyter",
    "%aiser connect env:SHOP_URL --as shop",
    "%aiser connect people.duckdb --as people",
    "%aiser add own.csv",
    "%aiser tables",
    "%aiser describe orders",  # of customers it would show the least and greatest name, on the screen that asked for it
    "%sql shop select city, count(*) as n from customers group by 1 order by 1",
    "import aiser_jupyter as aiser; ws = aiser.workspace()",
    "whole = ws.sql('select * from customers', on='shop'); rows = whole.rows(); frame = whole.df()",
    "one = rows[0]['name']",
    "ws.sql('select count(*) as n from customers where name = :one', params={'one': one}, on='shop').rows()",
    "kept = ws.sql(f\"select count(*) as n from customers where name = '{one}' and city <> 'x'\", on='shop')",
    "asked = ws.ask('how many customers are there', on='shop'); asked.sentence",
    "asked = ws.ask(f'how many customers are named {one}', on='shop')",
    "asked = ws.ask('who are the top customers by total of orders', on='shop')",
    "asked = ws.ask('how many customers are there per city', on='shop', engine='llm')",
    "asked = ws.ask(f'which keen folks are like {one}?', on='shop', engine='llm')",
    "found = ws.discover('orders', on='shop'); found",
    "found = ws.discover('customers', on='shop')",
    "chart = ws.chart(ws.sql('select day, sum(total) as total from orders group by 1 order by 1', on='shop'))",
    "ws.chart(ws.sql('select name, count(*) as n from customers group by 1 limit 9', on='shop')) and None",
    "doc = ws.report('Analyse orders', on='shop'); [doc.save(f'r.{kind}') for kind in ('html', 'deck.html', 'md', 'ipynb')] and None",
    "whole.save('exported/customers.csv'); whole.save('exported/customers.xlsx'); whole.save('exported/customers.parquet')",
    "ws.teach('big spenders', means='orders with total over 40', on='shop') and None",
    "ws.memory.show()",
    "ws.suggest('shop')",
    "ws.catalog('shop') and None",
    "ws.sql('select id, dept, iban from staff', on='people').rows(3)",
    "ws.ask('list staff', on='people') and None",
    "ws.ask('how many staff per dept', on='people') and None",
    "ws.policy('select iban from staff', on='people')",
    "ws.discover('staff', on='people') and None",
    "ws.describe('staff', on='people')",
    "ws.sql('select nowhere from customers', on='shop')",
    "ws.sql('select cast(iban as integer) from staff', on='people').rows()",
    "ws.sql('delete from customers', on='shop')",
    "ws.connect('env:WRONG_URL', 'wrong')",
    "ws.connect('env:GONE_URL', 'gone')",
    "try:\n    ws.sql('select cast(name as integer) from customers', on='shop').rows()\nexcept Exception:\n    pass",
    "try:\n    ws.sql('select 1 / (id - id) from customers where name = :one', params={'one': one}, on='shop').rows()\nexcept Exception:\n    pass",
    "ws.materialize('per_city', 'select city, count(*) as n from customers group by 1', on='people')",
    "ws.sql('select s.dept, count(*) as n from people.staff s join shop.customers c on c.id = s.id group by 1', on='shop').rows()",
    "ws.save_query('cities', 'select city from customers', on='shop') and None",
    "ws.call_tool('query', {'sql': 'select count(*) as n from customers', 'on': 'shop'})",
    "%aiser history",
    "%aiser status",
    "ws.metrics() and None",
    "%aiser memory",
    "del whole, rows, frame, one, kept, asked; ws.close()",
]
RUNNER = """
import json, sys
from IPython import get_ipython
for cell in json.load(open("cells.json")):
    get_ipython().run_cell(cell, store_history=True)
"""


def book(path, *cells):
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata=metadata), path)


@pytest.fixture(scope="module")
def shop_server():
    if why := postgres.missing():
        pytest.skip(why)
    server = postgres.Postgres()
    server.execute(SHOP)
    yield server
    server.stop()


def told_a_model(told):
    """The canaries that a model was told. What somebody types is theirs to send: it goes there as it was typed, and as the word that stands for a value."""
    typed = (f"which keen folks are like {CELL}1?", f'\\"{CELL}1\\" is \\"@value1\\"')
    assert all(words in told for words in typed)
    rest = told.replace(typed[0], "").replace(typed[1], "")
    return [name for name, canary in CANARIES.items() if name != "key" and canary in rest]


@pytest.mark.slow
def test_after_a_day_of_use_no_canary_is_found(shop_server, tmp_path):
    if importlib.util.find_spec("litellm") is None:
        pytest.skip("litellm is not installed (the extra `model`)")
    places = {name: tmp_path / name for name in ("home", "tmp", "work")}
    for place in places.values():
        place.mkdir()
    work = places["work"]
    (work / ".aiser").mkdir()
    (work / "exported").mkdir()
    (work / ".aiser" / "policy.toml").write_text(POLICY)
    (work / "own.csv").write_text("a,b\n1,x\n2,y\n")
    duckdb.connect(str(work / "people.duckdb")).execute(STAFF).close()
    url = f"postgresql://test:{PASSWORD}@127.0.0.1:{shop_server.port}/postgres"
    book(
        work / "good.ipynb",
        "%load_ext aiser_jupyter",
        "%aiser connect env:SHOP_URL --as shop",
        "%sql --chart bar shop select city, count(*) as n from customers group by 1",
        "%%ask\nhow many customers are there",
    )
    book(work / "bad.ipynb", "%load_ext aiser_jupyter", "%aiser connect env:SHOP_URL --as shop", "%sql select nothing from customers")
    (work / "cells.json").write_text(json.dumps(CELLS))
    (work / "day.py").write_text(RUNNER)
    printed = []
    with ModelServer(default=replied(sql="SELECT city, count(*) AS n FROM customers GROUP BY city")) as model:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("AISER_", "XDG_"))},
            "HOME": str(places["home"]), "TMPDIR": str(places["tmp"]), "IPYTHONDIR": str(places["home"] / ".ipython"), "SHOP_URL": url, "AISER_USER": "ada", "AISER_LOG": str(work / ".aiser" / "log.jsonl"),
            "WRONG_URL": url.replace(f":{shop_server.port}", ":1"), "GONE_URL": url.replace("/postgres", "/nowhere"), "AISER_MODEL": "openai/local", "AISER_MODEL_BASE": model.base, "AISER_MODEL_KEY": KEY,
            "PYTHONPATH": os.pathsep.join(part for part in sys.path if part), "LITELLM_LOG": "DEBUG", "AISER_CACHE_TTL_S": "600",
        }  # fmt: skip

        def run(*words, given=None):
            done = subprocess.run(
                [sys.executable, "-W", "ignore", *words],
                cwd=work,
                env=environment,
                input=given,
                capture_output=True,
                text=True,
                timeout=400,
                check=False,
            )
            printed.append(done.stdout + done.stderr)
            return done

        done = run("-m", "IPython", "--colors=NoColor", "day.py")
        cli = ("-c", "from aiser_jupyter.cli import main; main()")
        run(*cli, "sql", "select city, count(*) as n from customers group by 1", "--on", "env:SHOP_URL", "--json")
        run(*cli, "sql", "select oops from customers", "--on", "env:SHOP_URL")
        run(*cli, "ask", "how many customers are there", "--on", "env:SHOP_URL", "--json")
        run(*cli, "discover", "orders", "--on", "env:SHOP_URL")
        run(*cli, "status", "--json")
        run(*cli, "memory", "show")
        run(*cli, "audit", "report")
        run(*cli, "report", "run", "good.ipynb", "--to", "reports", "--formats", "html,deck,md,ipynb")
        run(*cli, "report", "run", "bad.ipynb", "--to", "reports", "--formats", "html")
        messages = [
            {
                "jsonrpc": "2.0",
                "id": 1,
                "method": "initialize",
                "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}},
            },
            {"jsonrpc": "2.0", "method": "notifications/initialized"},
            {
                "jsonrpc": "2.0",
                "id": 2,
                "method": "tools/call",
                "params": {"name": "query", "arguments": {"sql": "select count(*) as n from customers"}},
            },
            {
                "jsonrpc": "2.0",
                "id": 3,
                "method": "tools/call",
                "params": {"name": "query", "arguments": {"sql": "select oops from customers"}},
            },
        ]
        run(*cli, "mcp", "--on", "shop=env:SHOP_URL", given="".join(json.dumps(message) + "\n" for message in messages))
        heard_by_model = model.heard
    said = "\n".join(printed)
    # The day was one: most of it worked, and what should fail did.
    assert "city 1" in said
    assert (places["home"] / ".ipython" / "profile_default" / "history.sqlite").is_file()
    assert (work / "reports" / "report.html").is_file(), "\n".join(line for line in said.splitlines() if "leaked" not in line)[-6000:]
    assert (work / ".aiser" / "state.db").is_file()
    assert (work / ".aiser" / "log.jsonl").stat().st_size > 500
    assert (work / ".aiser" / "audit.jsonl").is_file()
    assert done.returncode == 0, said[-2000:]
    assert sings([work / "exported"], {"cell": CELL}), "a search that finds nothing in the export finds nothing anywhere"
    assert heard_by_model
    found = sings(places.values(), CANARIES, without=[work / "exported", work / "people.duckdb"])
    assert found == []
    assert heard(said, CANARIES) == []
    assert told_a_model(heard_by_model) == []


def test_the_search_finds_what_is_hidden(tmp_path):
    import gzip
    import zipfile

    (tmp_path / "a").write_bytes(CELL.encode("utf-16"))
    (tmp_path / "b").write_bytes(gzip.compress(f"x{CELL}y".encode()))
    (tmp_path / "c").write_bytes(base64.b64encode(f"ab{CELL}cd".encode()))
    (tmp_path / "d").write_text("".join(f"%{byte:02x}" for byte in CELL.encode()).replace("%", ""))
    with zipfile.ZipFile(tmp_path / "e.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/shared.xml", textwrap.dedent(f"<x>{CELL}</x>"))
    (tmp_path / "f").write_text("nothing")
    found = {place.partition(" in ")[2].partition("!")[0] for place in sings([tmp_path], {"cell": CELL})}
    assert {Path(one).name for one in found} == {"a", "b", "c", "d", "e.xlsx"}

"""Nothing that one user may not see comes to them by way of another, in one process or in two, however warm every cache is."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import duckdb
import pytest

from aiser_jupyter import Workspace, memory
from aiser_jupyter.answer.proposals import suggest
from aiser_jupyter.ask.engine import read
from aiser_jupyter.errors import AiserError, RefusedError, UsageError
from aiser_jupyter.identity import Identity
from aiser_jupyter.kept import history, rerun, star
from aiser_jupyter.policy import file
from aiser_jupyter.query import cache, run
from aiser_jupyter.query.complete import Known, complete
from aiser_jupyter.query.governed import under
from aiser_jupyter.query.profile import profile

# Unique words in the rows, columns and tables of each: whatever of the other's turns up was a leak.
OWN = {
    "ada": {"Adaville", "Adaware", "adacode71", "adaval", "ada_notes", "98765.4"},
    "ben": {"Benburg", "Benware", "benval", "ben_notes", "12345.6"},
}
POLICY = """
v = 1
[roles.ada]
members = ["ada"]
[roles.ada.tables.sales]
rows = "city = 'Adaville'"
mask = { bencode72 = "null" }
[roles.ada.tables.ada_notes]
[roles.ben]
members = ["ben"]
[roles.ben.tables.sales]
rows = "city = 'Benburg'"
hide = ["adacode71"]
[roles.ben.tables.ben_notes]
[roles.chief]
members = ["eve"]
auditor = true
"""
ROWS = """
CREATE TABLE sales (id INTEGER, day DATE, city VARCHAR, product VARCHAR, amount DOUBLE, adacode71 VARCHAR, bencode72 VARCHAR);
INSERT INTO sales SELECT i, DATE '2025-01-01' + CAST(i AS INTEGER), CASE WHEN i % 2 = 0 THEN 'Adaville' ELSE 'Benburg' END,
  CASE WHEN i % 2 = 0 THEN 'Adaware' ELSE 'Benware' END, CASE WHEN i % 2 = 0 THEN 98765.4 ELSE 12345.6 END, 'adaval' || i, 'benval' || i FROM range(40) t(i);
CREATE TABLE ada_notes (id INTEGER, note VARCHAR);
CREATE TABLE ben_notes (id INTEGER, note VARCHAR);
"""
STATEMENTS = [
    "SELECT * FROM sales ORDER BY id",
    "SELECT count(*) AS n, sum(amount) AS s, max(product) AS p FROM sales",
    "SELECT DISTINCT city FROM sales",
    "SHOW TABLES",
]
QUESTIONS = ["total amount per city", "How many sales are there per product?", "top 3 products by amount", "show notes"]
WRONG = [
    "SELECT citty FROM sales",
    "SELECT * FROM notes",
    "SELECT CAST(product AS INTEGER) FROM sales",
    "SELECT bencode FROM sales",
    "SELECT adacode FROM sales",
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "policy.toml").write_text(POLICY, encoding="utf-8")
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute(ROWS)
    monkeypatch.setenv("AISER_USER", "ada")
    return tmp_path


@pytest.fixture
def ws(folder):
    made = Workspace(folder)
    made.connect(folder / "shop.duckdb", "shop")
    yield made
    made.close()


def everything(context):
    """All that a user is told in a day: rows, errors, statistics, values, completions, suggestions, answers, memory and history."""
    told = [run(context, sql, on="shop").text(100) for sql in STATEMENTS * 2]
    for sql in WRONG:
        try:
            told.append(run(context, sql, on="shop").text())
        except AiserError as error:
            told.append(str(error))
    catalog = profile(context, "shop")
    told.append(repr(catalog))
    source = context.sources.get("shop")
    known = Known("duckdb", source.tables(), source.keys())
    told += [repr(complete(sql, len(sql), known)) for sql in ("SELECT  FROM sales"[:7], "SELECT * FROM ", "SELECT a FROM sales WHERE a")]
    told.append(repr(suggest(context, "shop")))
    for question in QUESTIONS:
        try:
            told.append(repr(read(context, question, on="shop")))
        except AiserError as error:
            told.append(str(error))
    told += [repr(memory.of(context).everything()), repr(history(context, 500))]
    return "\n".join(told)


def leaks(text, who):
    """The other's words in what somebody was told."""
    return {word for word in OWN["ben" if who == "ada" else "ada"] if word in text}


def test_in_one_process(ws):
    policy = file.load(ws.root)
    seen = {who: under(ws.context, policy, Identity(who)) for who in ("ada", "ben")}
    memory.of(seen["ada"]).learn(memory.of(seen["ada"]).lesson("synonym", "the good one", {"means": "Adaware"}, "shop"))
    for _ in range(2):  # the second time everything is warm
        for who in ("ada", "ben"):
            text = everything(seen[who])
            assert leaks(text, who) == set()
            assert {"ada": "Adaville", "ben": "Benburg"}[who] in text
    assert run(seen["ben"], STATEMENTS[1], on="shop").cached
    assert run(seen["ada"], STATEMENTS[1], on="shop").cached


DAY = """
import sys
sys.path.insert(0, sys.argv[1])
from aiser_jupyter import Workspace
from query.test_isolation import everything
ws = Workspace(sys.argv[2])
ws.connect(sys.argv[2] + "/shop.duckdb", "shop")
for question in ("total amount per city", "top 3 products by amount"):
    print(repr(ws.ask(question, on="shop")))
print(ws.ask("total amount per city", on="shop").as_json())
print(everything(ws.context))
ws.close()
"""


def test_in_two_processes_one_after_the_other(folder):
    tests = os.path.dirname(os.path.dirname(__file__))  # noqa: PTH120  # a path for sys.path
    for who in ("ada", "ben", "ada", "ben"):
        done = subprocess.run(
            [sys.executable, "-c", DAY, tests, str(folder)],
            env={**os.environ, "AISER_USER": who},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        assert leaks(done.stdout, who) == set()
        assert {"ada": "Adaware", "ben": "Benware"}[who] in done.stdout
    for path in (folder / ".aiser").rglob("*"):
        if path.is_file() and path.name != "policy.toml":
            raw = path.read_bytes()
            # Rows, values and figures of either lie nowhere; the log of accesses has what the policy itself says (the two cities).
            assert not [word for word in ("Adaware", "Benware", "adaval", "benval", "98765.4", "12345.6") if word.encode() in raw], path


def test_the_history_is_one_s_own_but_an_auditor_s_is_everybody_s(ws):
    policy = file.load(ws.root)
    ada, ben, eve = (under(ws.context, policy, Identity(who)) for who in ("ada", "ben", "eve"))
    run(ada, "SELECT count(*) AS adas FROM sales", on="shop").rows()
    run(ben, "SELECT count(*) AS bens FROM sales", on="shop").rows()
    number = next(line.id for line in ada.state.history(10) if "adas" in line.sql)
    assert "adas" in repr(history(ada))
    assert "bens" not in repr(history(ada))
    assert "adas" not in repr(history(ben))
    assert "adas" in repr(history(eve))
    assert "bens" in repr(history(eve))
    for do in (rerun, star):
        with pytest.raises(UsageError, match=f"no run {number}"):
            do(ben, number)
    star(ada, number)
    assert rerun(ada, number).rows() == [{"adas": 20}]
    assert "adas" not in repr(history(ben, favourites=True))


def test_a_short_page_of_the_history_is_filled_with_one_s_own(ws):
    policy = file.load(ws.root)
    ada, ben = (under(ws.context, policy, Identity(who)) for who in ("ada", "ben"))
    run(ada, "SELECT 1 AS first", on="shop").rows()
    for number in range(12):
        run(ben, f"SELECT {number} AS other", on="shop").rows()
    assert "first" in repr(history(ada, 1))


def test_memory_is_of_a_role_and_is_shared_by_an_auditor_alone(ws):
    policy = file.load(ws.root)
    two = replace(policy, roles=(*policy.roles, replace(policy.roles[1], name="also", members=frozenset({"ada"}))))
    as_ada = under(ws.context, two, Identity("ada"))
    other = replace(ws.context, settings=ws.context.settings.model_copy(update={"policy_role": "also"}))
    as_also = under(other, two, Identity("ada"))
    memory.of(as_ada).learn(memory.of(as_ada).lesson("synonym", "gold", {"means": "Adaware"}, "shop"))
    assert [entry.text for entry in memory.of(as_ada).entries("shop")] == ["gold"]
    assert memory.of(as_also).entries("shop") == []
    with pytest.raises(RefusedError, match="what you teach everyone"):
        memory.of(as_ada).lesson("synonym", "gold", {"means": "Adaware"}, "shop", everyone=True)
    eve = under(ws.context, two, Identity("eve"))
    assert memory.of(eve).lesson("synonym", "gold", {"means": "x"}, "shop", everyone=True).text == "gold"


def test_governed_rows_lie_in_no_file_of_the_cache(ws):
    slow = "SELECT max(a.id + b.id * c.id) AS m FROM sales a, sales b, sales c, sales d"
    for _ in range(2):
        run(ws.context, slow, on="shop").rows()
    assert len(cache.of(ws.context)) == 1
    assert not list((ws.root / ".aiser").glob("cache/*"))


def test_a_cursor_leads_on_for_who_has_it_alone(ws):
    from aiser_jupyter.answer.tools.pages import pages

    policy = file.load(ws.root)
    ada, ben = (under(ws.context, policy, Identity(who)) for who in ("ada", "ben"))
    page = pages(ada).first(run(ada, "SELECT id FROM sales", on="shop"), 5)
    with pytest.raises(UsageError, match="no rows behind this cursor"):
        pages(ben).next(page.cursor)
    assert len(pages(ada).next(page.cursor)[0].rows) == 15


def test_what_is_known_is_dropped_for_everybody_where_tables_change(ws):
    policy = file.load(ws.root)
    ada, ben = (under(ws.context, policy, Identity(who)) for who in ("ada", "ben"))
    assert profile(ada, "shop").table("sales").row_count == 20
    assert profile(ben, "shop") is not profile(ada, "shop")
    ws.context.catalogs.drop("shop")
    assert ada.catalogs.get("shop") is None
    assert ben.catalogs.get("shop") is None
    assert json.dumps([ada.viewer, ben.viewer, ws.context.viewer]).count(ada.viewer) == 2

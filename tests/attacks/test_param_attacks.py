"""A parameter is a value wherever it stands: it is bound, typed, or a name that is looked up; it never becomes SQL, a template or Python."""

from __future__ import annotations

import json
import shlex
import sqlite3

import duckdb
import nbformat
import pytest
from hostile import HERE, REASON, payloads
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell

from aiser_jupyter import Workspace, workspaces
from aiser_jupyter.cli.app import run
from aiser_jupyter.errors import AiserError, UsageError
from aiser_jupyter.magics.jinja import fill
from aiser_jupyter.report.parameters import checked
from aiser_jupyter.report.run import run_notebook

CANARY = "pw-canary-9b1f"
OWN = [
    "' or '1'='1", "'; drop table t; --", "1; select pw from secret", "' union all select pw from secret --", "\\'; select 1; --", "'' || (select pw from secret) || ''", "$1", ":q", "@q", "%s",
    "%(q)s", "{q}", "{{ q }}", "{{ 7*7 }}", "{{ ''.__class__.__mro__ }}", "{% for x in y %}", "{# x #}", "${q}", "$$select pw from secret$$", "E'\\x27'", "U&'\\0027'", "/*", "*/ select 1 /*", "--",
    "#", ";", "\x00", "a\x00'; drop table t", "\u2019 or 1=1 --", "\uff07 or 1=1 --", "\ue0000\ue001", "NULL", "null", "true", "-1", "1e308", "1e999", "nan", "inf", "0x41", "0b1", "9" * 400,
    "2024-01-01'; drop table t; --", "[1, 2]", '{"a": 1}', "(select pw from secret)", "pw", "secret", "\r\n--\r\n", "\t", " ", "", "x" * 50_000, "%", "_", "\\", '"', "`", "]", "]]>", "\u202e",
]  # fmt: skip
OWN_NAMES = [
    'secret"; drop table t; --', "secret", "main.secret", '"secret"', "t, secret", "t join secret on true", "(select * from secret)", "t where 1=1 union select pw from secret", "t; drop table t", "t--",
    "t/**/", "../t", "t\n", "pg_catalog.pg_authid", "information_schema.tables", "sqlite_master", "duckdb_tables()", "read_text('/etc/passwd')", "'/etc/passwd'", "t]", "`t`", "[t]", "", " ", "*",
]  # fmt: skip
VALUES = list(dict.fromkeys([*payloads("param"), *OWN]))
NAMES = list(dict.fromkeys([*payloads("param", "identifier_injection"), *OWN_NAMES]))
MADE = f"CREATE TABLE t (name VARCHAR, n INTEGER); INSERT INTO t VALUES ('lamp', 1), ('rug', 2); CREATE TABLE secret (pw VARCHAR); INSERT INTO secret VALUES ('{CANARY}');"


@pytest.fixture(params=["duckdb", "sqlite"])
def place(request, tmp_path):
    path = tmp_path / f"shop.{request.param}"
    if request.param == "duckdb":
        duckdb.connect(str(path)).execute(MADE).close()
    else:
        sqlite3.connect(path).executescript(MADE).close()
    return path


def unchanged(path):
    ws = Workspace(path.parent)
    ws.connect(path, "look")
    assert ws.sql("SELECT name, n FROM t ORDER BY n").rows() == [{"name": "lamp", "n": 1}, {"name": "rug", "n": 2}]
    assert ws.sql("SELECT pw FROM secret").rows() == [{"pw": CANARY}]
    ws.close()


@pytest.mark.skipif(not HERE, reason=REASON)
def test_every_row_of_the_corpus_is_tried():
    assert {"param_injection", "identifier_injection", "papermill_param"} == {
        kind for kind in ("param_injection", "identifier_injection", "papermill_param") if payloads("param", kind)
    }
    assert set(payloads("param")) <= set(VALUES)


def test_a_value_is_bound_and_comes_back_as_it_was(place):
    ws = Workspace(place.parent)
    ws.connect(place, "shop")
    for value in VALUES:
        try:
            rows = ws.sql("SELECT :q AS v, count(*) AS c FROM t WHERE name = :q", params={"q": value}).rows()
        except AiserError:
            assert "\0" in value or len(value) > 10_000, value  # an engine that holds no NUL says so
            continue
        assert rows == [{"v": value, "c": 0}], value
    ws.close()
    unchanged(place)


def test_so_it_is_in_a_list_and_in_a_pattern(place):
    ws = Workspace(place.parent)
    ws.connect(place, "shop")
    kept = [value for value in VALUES if "\0" not in value and len(value) < 1000]
    assert ws.sql("SELECT count(*) AS c FROM t WHERE name IN :q", params={"q": [*kept, "rug"]}).rows() == [{"c": 1}]
    for value in kept:
        assert ws.sql("SELECT count(*) AS c FROM t WHERE name LIKE '!' || :q || 'x' ESCAPE '!'" if "!" in value else "SELECT count(*) AS c FROM t WHERE name = :q || 'x'", params={"q": value}).rows() == [{"c": 0}]  # fmt: skip
    ws.close()
    unchanged(place)


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(workspaces, "_own", None)
    InteractiveShell.clear_instance()
    ip = InteractiveShell.instance()
    monkeypatch.setattr(ip.display_pub, "publish", lambda *_, **__: None)
    ip.run_line_magic("load_ext", "aiser_jupyter")
    yield ip
    InteractiveShell.clear_instance()


def told(shell, name):
    return shell.user_ns[name].rows()


def test_a_cell_takes_it_as_a_value_by_each_way(shell, place):
    shell.run_line_magic("aiser", f"connect {place}")
    for value in VALUES:
        if "\0" in value or len(value) > 10_000:
            continue
        shell.user_ns["q"] = value
        for line, cell in (
            ("", "SELECT :q AS v, count(*) AS c FROM t WHERE name = :q"),
            ("", "SELECT '{{ q }}' AS v, count(*) AS c FROM t WHERE name = '{{ q }}'"),
            ("--jinja ", "SELECT {{ q }} AS v, count(*) AS c FROM t WHERE name = {{ q }}"),
        ):
            shell.user_ns.pop("got", None)
            shell.run_cell_magic("sql", f"{line}--as got", cell)
            assert told(shell, "got") == [{"v": value, "c": 0}], value
        # Typed on the line of the magic it is read as a shell reads it, and no further.
        if "\n" not in value and "\r" not in value and value.strip() == value and value:
            shell.user_ns.pop("got", None)
            shell.run_cell_magic(
                "sql",
                f"--as got --param {shlex.quote('w=' + value)}",
                "SELECT CAST(:w AS VARCHAR) AS v, count(*) AS c FROM t WHERE name = CAST(:w AS VARCHAR)",
            )
            assert told(shell, "got")[0]["c"] == 0
            assert CANARY not in str(told(shell, "got"))
    unchanged(place)


def test_the_command_line_takes_it_as_a_value(place, capsys):
    for value in VALUES:
        if "\0" in value or len(value) > 10_000:
            continue
        status = run(["sql", "SELECT :q AS v FROM t WHERE n = 1", "--on", str(place), "--param", f"q={value}", "--json"])
        out = json.loads(capsys.readouterr().out)
        assert (status, out["rows"]) == (0, [[value]])
    unchanged(place)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_looked_up_and_never_read_as_sql(place, name):
    """`{{ name | identifier }}` quotes, and describing or discovering looks it up: what is no table is said to be none."""
    ws = Workspace(place.parent)
    ws.connect(place, "shop")
    found = []
    for attempt in (
        lambda: ws.describe(name).rows,
        lambda: list(ws.discover(name)),
        lambda: ws.sql(fill("SELECT n FROM {{ table }}", {"table": name}, "duckdb").sql).rows(),
        lambda: ws.sql(fill("SELECT {{ table | identifier }} AS v FROM t ORDER BY 1", {"table": name}, "duckdb").sql).rows(),
    ):
        try:
            found.append(attempt())
        except AiserError as error:
            assert CANARY not in str(error)
    assert CANARY not in str(found).replace(CANARY, "", 0) or name.strip('"').lower() in {"secret", "main.secret"}
    ws.close()
    unchanged(place)


def notebook(count):
    declared = "\n".join(f'p{number} = ""' for number in range(count)) + "\nlisted = []\nnumber = 1.5\nwhole = 1\nday = '2024-01-01'"
    look = (
        f"import json\nwith open('seen.json', 'w') as file:\n    json.dump([[globals()[f'p{{i}}'] for i in range({count})], listed], file)"
    )
    cells = [nbformat.v4.new_code_cell(declared, metadata={"tags": ["parameters"]}), nbformat.v4.new_code_cell(look)]
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})


def test_a_notebook_gets_the_very_text_and_runs_none_of_it(tmp_path, monkeypatch):
    (tmp_path / "book").mkdir()
    path = tmp_path / "book" / "n.ipynb"
    nbformat.write(notebook(len(VALUES)), path)
    made = run_notebook(
        path,
        {**{f"p{number}": value for number, value in enumerate(VALUES)}, "listed": VALUES},
        tmp_path / "out",
        ["html", "ipynb"],
        check=False,
    )
    seen = json.loads((path.parent / "seen.json").read_text("utf-8"))
    assert seen == [VALUES, VALUES]
    assert sorted(one.name for one in path.parent.iterdir()) == ["n.ipynb", "seen.json"]
    assert {file.path.name for file in made.files} == {"report.html", "report.ipynb"}


@pytest.mark.parametrize(
    "name",
    [*payloads("param"), "x=1\nimport os\ny", "x; import os", "x = 1 #", "__import__('os')", "a.b", "a[0]", "lambda", "x\n", " x", "x ", "", "ｘ", "_", "*", "**k", "p0:int", "1x", "x-y", "class"],
)  # fmt: skip
def test_the_name_of_a_parameter_is_one_that_the_notebook_declares(name, tmp_path, capsys):
    """Papermill writes names as Python and checks none of them."""
    with pytest.raises(UsageError):
        checked(notebook(1), {name: "1"})
    path = tmp_path / "n.ipynb"
    nbformat.write(notebook(1), path)
    if "\0" not in name:
        assert run(["report", "run", str(path), "-p", name, "1", "--to", str(tmp_path / "out")]) == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "value", [*payloads("param", "papermill_param"), "nan", "inf", "-inf", "1e999", "1_000", "0x27", "1;import os", "__import__('os')", "²"]
)
def test_a_typed_parameter_takes_its_type_alone(value):
    with pytest.raises(UsageError):
        checked(notebook(0), {"whole": value})
    with pytest.raises(UsageError):
        checked(notebook(0), {"day": value})
    if value != "1_000":
        with pytest.raises(UsageError):
            checked(notebook(0), {"number": value})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\ue000\ue001"), max_size=60))
def test_any_text_is_a_value(place, value):
    ws = Workspace(place.parent)
    ws.connect(place, "shop")
    for sql, params in (("SELECT :q AS v", {"q": value}), (fill("SELECT {{ q }} AS v", {"q": value}, "duckdb").sql, {"aiser_1": value})):
        assert ws.sql(sql, params=params).rows() == [{"v": value}]
    ws.close()

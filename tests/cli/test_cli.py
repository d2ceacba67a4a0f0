"""The command line as programs and people call it: output, JSON, exit status."""

from __future__ import annotations

import json
import sqlite3

import pytest

from aiser_jupyter.cli.app import run


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "shop.sqlite"
    with sqlite3.connect(path) as con:
        con.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, country TEXT)")
        con.executemany(
            "INSERT INTO customers VALUES (?, ?, ?)", [(1, "Ada", "Norway"), (2, "Bo", "Sweden"), (3, "Cy", "Norway"), (4, "Di", "Peru")]
        )
    return str(path)


@pytest.fixture
def aiser(capsys):
    def call(*words):
        status = run([str(word) for word in words])
        out, err = capsys.readouterr()
        return status, out, err

    return call


def test_sql_prints_one_json_value(aiser, shop):
    status, out, _ = aiser(
        "sql", "select name from customers where country = :c order by id", "--on", shop, "--param", "c=Norway", "--json"
    )
    reply = json.loads(out)
    assert status == 0
    assert (reply["v"], reply["columns"], reply["rows"], reply["row_count"]) == (1, ["name"], [["Ada"], ["Cy"]], 2)


def test_sql_prints_a_table_for_people(aiser, shop):
    status, out, _ = aiser("sql", "select country, count(*) as customers from customers group by 1 order by 2 desc limit 1", "--on", shop)
    assert status == 0
    assert "Norway" in out
    assert "2" in out


def test_sql_writes_a_file(aiser, shop, tmp_path):
    status, out, _ = aiser("sql", "select name from customers order by id", "--on", shop, "--to", tmp_path / "names.csv")
    assert status == 0
    assert "4 rows" in out
    assert (tmp_path / "names.csv").read_text().split() == ["name", "Ada", "Bo", "Cy", "Di"]


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("sql", "delete from customers"), 4, "RefusedError"),
        (("sql", "select nam from customers"), 1, "UnknownNameError"),
        (("sql", "select :x"), 2, "UsageError"),
        (("sqll", "select 1"), 2, "UsageError"),
        (("sql",), 2, "UsageError"),
    ],
)
def test_each_failure_has_its_exit_status_and_type(aiser, shop, words, status, says):
    on = ("--on", shop) if len(words) > 1 and words[0] == "sql" else ()
    got, out, _ = aiser(*words, *on, "--json")
    assert got == status
    assert json.loads(out)["error"]["type"] == says


def test_a_failure_for_people_goes_to_standard_error(aiser, shop):
    status, out, err = aiser("sql", "select nam from customers", "--on", shop)
    assert (status, out) == (1, "")
    assert "Did you mean" in err
    assert "Traceback" not in err


def test_a_command_of_a_later_version_says_so(aiser):
    status, _, err = aiser("schedule", "list")
    assert status == 2
    assert "not there yet" in err


def test_status_is_a_health_check(aiser, shop, tmp_path):
    status, out, _ = aiser("status", "--on", shop, "--json")
    assert (status, json.loads(out)["ok"]) == (0, True)
    status, out, _ = aiser("status", "--on", tmp_path / "missing.duckdb", "--json")
    assert status == 1
    assert "missing.duckdb" in out


def test_ask_answers_with_sql_that_runs_on_the_raw_source(aiser, shop):
    status, out, _ = aiser("ask", "how many customers are there", "--on", shop, "--json")
    reply = json.loads(out)
    assert status == 0
    assert reply["answered"] is True
    assert sqlite3.connect(shop).execute(reply["sql"]).fetchall() == [(4,)]
    assert {
        "v",
        "question",
        "intent",
        "dialect",
        "columns",
        "rows",
        "row_count",
        "restated",
        "sentence",
        "confidence",
        "assumptions",
    } <= set(reply)


def test_ask_refuses_with_a_reason_and_its_own_status(aiser, shop):
    status, out, _ = aiser("ask", "did rain hurt sales in september", "--on", shop, "--json")
    reply = json.loads(out)
    assert (status, reply["answered"]) == (3, False)
    assert reply["reason"]


def test_a_batch_writes_a_line_for_each_line_in_order(aiser, shop, tmp_path):
    lines = [
        {"id": "a", "question": "how many customers are there", "on": shop},
        {"id": "b", "question": "how many customers are there", "on": str(tmp_path / "none.duckdb")},
        "this is no JSON",
        {"id": "d", "question": "how many customers are in Norway", "on": shop, "today": "2026-10-05"},
    ]
    source = tmp_path / "in.jsonl"
    source.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines))
    status, _, _ = aiser("ask", "--batch", source, "--to", tmp_path / "out.jsonl")
    replies = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert status == 0
    assert [reply.get("id") for reply in replies] == ["a", "b", None, "d"]
    assert replies[0]["rows"] == [[4]]
    assert replies[1]["error"]["type"] == "SourceError"
    assert replies[2]["error"]["type"] == "UsageError"
    assert replies[3]["rows"] == [[2]]


def test_discover_prints_a_list(aiser, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "flat.csv").write_text("n\n" + "\n".join(str(7 * i % 5) for i in range(40)))
    status, out, _ = aiser("discover", "flat.csv", "--json")
    assert status == 0
    assert json.loads(out) == []


def test_an_answer_for_people_is_a_sentence_rows_and_the_sql(aiser, shop):
    status, out, _ = aiser("ask", "how many customers are there per country", "--on", shop)
    assert status == 0
    assert "Norway" in out
    assert "SELECT" in out
    assert "Confidence" in out


def test_a_refusal_for_people_says_why_and_what_can_be_asked(aiser, shop):
    status, out, _ = aiser("ask", "did rain hurt sales in september", "--on", shop)
    assert status == 3
    assert out.startswith("I can't answer this:")


def test_a_reply_without_a_query_is_its_sentence_alone(aiser, shop):
    status, out, _ = aiser("ask", "what can you do?", "--on", shop)
    assert status == 0
    assert "SELECT" not in out


def test_discover_and_status_speak_to_people_too(aiser, shop, tmp_path):
    (tmp_path / "flat.csv").write_text("n\n" + "\n".join(str(7 * i % 5) for i in range(40)))
    status, out, _ = aiser("discover", tmp_path / "flat.csv")
    assert (status, bool(out.strip())) == (0, True)
    status, out, _ = aiser("status", "--on", shop)
    assert status == 0
    assert "read-only" in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("ask",), "no question"),
        (("discover", "nowhere.csv"), "no file"),
        (("sql", "select 1", "--param", "x"), "NAME=VALUE"),
        (("ask", "how many", "--today", "yesterday"), "yesterday"),
        (("report", "ask", "sales"), "can't be written"),
        (("nonsense",), "no command"),
    ],
)
def test_wrong_usage_ends_with_two_and_words(aiser, shop, words, says):
    status, out, err = aiser(*words)
    assert (status, out) == (2, "")
    assert says in err


def test_help_lists_every_command(aiser):
    status, out, _ = aiser("--help")
    assert status == 0
    assert all(name in out for name in ("demo", "ask", "sql", "discover", "report", "status"))


def test_a_fault_of_one_line_does_not_cost_the_next(aiser, shop, tmp_path, monkeypatch):
    from aiser_jupyter.workspaces import Workspace

    ask = Workspace.ask

    def faulty(self, question, **options):
        if question == "break":
            raise ZeroDivisionError("a fault of ours")
        return ask(self, question, **options)

    monkeypatch.setattr(Workspace, "ask", faulty)
    lines = [
        {"id": 1, "question": "break", "on": shop},
        {"id": 2, "question": "how many customers are there", "on": shop, "today": "no day"},
    ]
    lines.append({"id": 3, "question": "how many customers are there", "on": shop})
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)))
    status, out, _ = aiser("ask", "--batch", tmp_path / "in.jsonl")
    replies = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert "ZeroDivisionError" in replies[0]["error"]["message"]
    assert "no date" in replies[1]["error"]["message"]
    assert replies[2]["rows"] == [[4]]

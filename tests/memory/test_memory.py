"""What is taught holds for another process, is said, is bounded, and is gone when forgotten."""

import json
import os
import sqlite3
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aiser_jupyter import Workspace, memory
from aiser_jupyter.clock import Clock
from aiser_jupyter.errors import FileFormatError, RefusedError, SettingsError, UsageError
from aiser_jupyter.memory.bm25 import relevances
from aiser_jupyter.memory.masking import hidden
from aiser_jupyter.state import VERSION, State

OTHER = """
import json, sys
from aiser_jupyter import Workspace
ws = Workspace({folder!r})
ws.connect({shop!r}, name="another name")
a = ws.ask({question!r})
rows = a.result.rows() if a.result is not None else []
print(json.dumps([a.answered, a.sql, list(a.assumptions), rows], default=str))
"""


def elsewhere(tmp_path, shop, question):
    """The answer of another process."""
    script = OTHER.format(folder=str(tmp_path), shop=str(shop), question=question)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**os.environ, "AISER_USER": "ada"}
    )
    return json.loads(done.stdout.splitlines()[-1])


def on_disk(folder, phrase):
    """The files below a folder that hold a phrase, in any case, in UTF-8 or UTF-16."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes().lower()
            if phrase.lower().encode() in content or phrase.lower().encode("utf-16-le") in content:
                found.append(path.name)
    return found


def test_a_taught_word_holds_in_another_process_until_forgotten(ws, tmp_path, shop):
    assert not ws.ask("zaster by country").answered
    offer = ws.ask("zaster means revenue")
    assert "Nothing is kept yet" in offer.sentence
    assert "%aiser memory keep 1" in offer.sentence
    assert on_disk(tmp_path / ".aiser", "zaster") == []
    assert not ws.ask("zaster by country").answered
    kept = ws.memory.keep(1)
    assert (kept.kind, kept.text, kept.value["means"]) == ("synonym", "zaster", "revenue")

    answered, _, assumptions, rows = elsewhere(tmp_path, shop, "zaster by country")
    assert answered
    assert {(r["country"], r[next(k for k in r if k != "country")]) for r in rows} == {("Germany", 10.0), ("France", 140.0)}
    assert any(a.startswith("“zaster” means revenue, as you taught on ") for a in assumptions)
    assert on_disk(tmp_path / ".aiser", "zaster") != []

    gone = ws.memory.forget("zaster")
    assert (gone.left, gone.entries >= 2) == ("", True)  # the word, and the episode of the other process that held it
    assert not elsewhere(tmp_path, shop, "zaster by country")[0]
    ws.ask("revenue by country")
    assert on_disk(tmp_path / ".aiser", "zaster") == []
    ws.close()
    ws.context.state.close()
    assert on_disk(tmp_path / ".aiser", "zaster") == []


def test_forgetting_cleans_backups_of_the_file(ws, tmp_path):
    ws.teach("zaster", means="revenue")
    with sqlite3.connect(tmp_path / ".aiser" / "state.db") as source, sqlite3.connect(tmp_path / ".aiser" / f"state.v{VERSION}.db") as copy:
        source.backup(copy)
    assert f"state.v{VERSION}.db" in on_disk(tmp_path / ".aiser", "zaster")
    ws.memory.forget("zaster")
    assert on_disk(tmp_path / ".aiser", "zaster") == []


def test_teaching_by_call(ws):
    entry = ws.teach("zaster", means="revenue")
    answer = ws.ask("total zaster")
    assert [list(row.values()) for row in answer.result.rows()] == [[150.0]]
    assert answer.question == "total zaster"
    assert ws.memory.forget(entry.id).entries >= 1
    assert not ws.ask("total zaster").answered


def test_teaching_needs_one_meaning(ws):
    with pytest.raises(UsageError, match="Say what the phrase means"):
        ws.teach("zaster")
    with pytest.raises(RefusedError):
        ws.teach("gone", sql="DELETE FROM orders")
    with pytest.raises(UsageError, match="at most five words"):
        ws.teach("a phrase that is far too long", means="revenue")


def test_a_meaning_without_place_is_refused(ws):
    answer = ws.ask("zaster means glorp")
    assert not answer.answered
    assert "“glorp”" in answer.reason
    assert ws.memory.show().rows == []


def test_a_correction_offers_a_synonym(ws):
    first = ws.ask("revenue by country")
    answer = ws.ask("no, I meant ship country", follows=first)
    assert {tuple(row.values()) for row in answer.result.rows()} == {("Germany", 10.0), ("Italy", 60.0), ("France", 80.0)}
    offer = next(a for a in answer.assumptions if "to keep that:" in a)
    assert offer.startswith("“country” is meant as ship country here")
    ws.memory.keep(1)
    again = ws.ask("revenue by country")
    assert again.result.row_count == 3
    assert "ship_country" in again.sql


def test_by_x_i_mean_y_answers_and_offers(ws):
    first = ws.ask("revenue by country")
    answer = ws.ask("by country I mean ship country", follows=first)
    assert "ship_country" in answer.sql
    assert any("ws.memory.keep(1)" in a for a in answer.assumptions)


def test_a_verified_query_answers_its_question(ws):
    sql = "SELECT 7 AS magic"
    ws.teach("what is the magic figure?", sql=sql)
    answer = ws.ask("What is the magic figure")
    assert answer.result.rows() == [{"magic": 7}]
    assert answer.assumptions[0].startswith("answered by the query kept on ")
    assert memory.of(ws.context).verified()[0]["sql"] == sql


def test_remember_this_keeps_the_answer_before(ws):
    first = ws.ask("revenue by country")
    ws.ask("remember this", follows=first)
    kept = ws.memory.keep(1)
    assert (kept.kind, kept.text, kept.value["sql"]) == ("verified", "revenue by country", first.sql)
    again = ws.ask("revenue by country")
    assert again.confidence >= 0.98
    assert ws.ask("only France", follows=again).result.row_count == 1
    assert not ws.ask("remember this").answered


def test_switched_off(ws, monkeypatch):
    ws.teach("zaster", means="revenue")
    monkeypatch.setenv("AISER_ENABLE_MEMORY", "false")
    assert not ws.ask("zaster by country").answered
    with pytest.raises(SettingsError, match="switched off"):
        ws.teach("x", means="revenue")
    assert ws.memory.show().title == "Memory (switched off)"
    monkeypatch.setenv("AISER_ENABLE_MEMORY", "true")
    assert ws.ask("zaster by country").answered


def test_nothing_is_written_before_something_is_kept(tmp_path, shop, monkeypatch):
    (tmp_path / "fresh").mkdir()
    ws = Workspace(tmp_path / "fresh")
    ws.connect(shop, name="shop")
    ws.ask("revenue by country")
    ws.ask("zaster means revenue")
    assert list((tmp_path / "fresh").iterdir()) == []
    ws.memory.keep(1)
    assert (tmp_path / "fresh" / ".aiser" / "state.db").is_file()
    assert (tmp_path / "fresh" / ".aiser" / "state.db").stat().st_mode & 0o077 == 0


def settings(folder, text):
    (folder / ".aiser").mkdir(exist_ok=True)
    (folder / ".aiser" / "settings.toml").write_text(text)


@pytest.mark.parametrize("copy", ["none", "metadata", "results"])
def test_no_cell_value_is_kept_where_none_may_be(tmp_path, shop, copy):
    settings(tmp_path, f'[connections.shop]\nurl = "{shop}"\ncopy = "{copy}"\n')
    ws = Workspace(tmp_path)
    ws.ask("revenue of customers from France since 2023-02-01", on="shop")
    ws.ask("revenue of French customers by ship country", on="shop")
    held = on_disk(tmp_path / ".aiser", "France")
    assert bool([f for f in held if f.startswith("state.db")]) == (copy == "results")
    episodes = [e for e in ws.memory.entries("shop") if e.kind == "episode"]
    assert len(episodes) == {"none": 0, "metadata": 2, "results": 2}[copy]
    if copy == "metadata":
        assert episodes[0].text == "revenue of customers from … since …"
        assert "France" not in json.dumps([e.as_json() for e in episodes])


def test_what_is_taught_under_copy_none_stays_in_the_process(tmp_path, shop):
    settings(tmp_path, f'[connections.shop]\nurl = "{shop}"\ncopy = "none"\n')
    ws = Workspace(tmp_path)
    ws.teach("zaster", means="revenue", on="shop")
    assert ws.ask("zaster by country", on="shop").answered
    assert on_disk(tmp_path / ".aiser", "zaster") == []
    assert Workspace(tmp_path).memory.entries("shop") == []


def test_hiding_values():
    assert hidden("orders from Brazil above 300", ["Brazil"]) == "orders from … above …"
    assert hidden("Brazilian orders of “X”", ["Brazil"]) == "… orders of …"
    assert hidden("revenue by country", []) == "revenue by country"


def test_episodes_expire_and_make_room(tmp_path, shop):
    settings(tmp_path, "memory_days = 10\nmemory_items = 3\n")
    start = datetime(2026, 11, 1, tzinfo=UTC)
    ws = Workspace(tmp_path, clock=Clock(start))
    ws.connect(shop, name="shop")
    for question in ("revenue by country", "number of orders", "revenue in 2023", "number of customers"):
        ws.ask(question)
    kept = [e.text for e in ws.memory.entries()]
    assert kept == ["number of orders", "revenue in 2023", "number of customers"]
    later = Workspace(tmp_path, clock=Clock(start + timedelta(days=11)))
    later.connect(shop, name="shop")
    assert memory.of(later.context).entries() == []
    later.ask("number of orders by day")
    assert [e.text for e in later.memory.entries()] == ["number of orders by day"]


def test_what_was_taught_is_not_dropped_to_make_room(tmp_path, shop):
    settings(tmp_path, "memory_items = 2\n")
    ws = Workspace(tmp_path)
    ws.connect(shop, name="shop")
    ws.teach("aaa", means="revenue")
    ws.teach("bbb", means="revenue")
    ws.teach("bbb", means="number of orders")
    with pytest.raises(UsageError, match="takes no more"):
        ws.teach("ccc", means="revenue")
    ws.ask("revenue by country")
    assert {e.text for e in ws.memory.entries()} == {"aaa", "bbb"}


def test_relevance_is_bounded_and_deterministic():
    texts = ["revenue by country", "number of orders per month", "revenue by country and year", "", "weather"]
    scores = relevances("revenue per country", texts)
    assert scores == relevances("revenue per country", texts)
    assert all(0 <= s <= 1 for s in scores)
    assert max(scores) == scores[0] > scores[2] > scores[1]
    assert scores[3] == scores[4] == 0


def test_search_has_a_floor(ws):
    ws.ask("revenue by country")
    ws.ask("number of orders")
    found = ws.memory.search("revenue of each country")
    assert [row[2] for row in found.rows] == ["revenue by country"]
    assert ws.memory.search("weather in Paris").rows == []


def test_recall_fits_its_budget_and_says_what_it_left_out(ws):
    ws.teach("zaster", means="revenue")
    ws.memory.prefer("amounts in thousands")
    for year in range(2000, 2012):
        ws.ask(f"revenue by country in {year}")
    whole = memory.recall(ws.context, "zaster by country", 10_000)
    assert whole.parts[:2] == ("Preference: amounts in thousands", "Word: “zaster” means revenue")
    assert whole.omitted == 0
    small = memory.recall(ws.context, "zaster by country", 120)
    assert small.tokens <= 120
    assert small.omitted == len(whole.parts) - len(small.parts) > 0
    assert f"({small.omitted} more left out" in small.text
    assert memory.recall(ws.context, "zaster by country", 0).parts == ()


def test_export_and_import(ws, tmp_path, shop):
    ws.teach("zaster", means="revenue")
    ws.ask("zaster by country")
    told = ws.memory.export(tmp_path / "memory.json")
    assert [e["kind"] for e in told["entries"]] == ["synonym", "episode"]
    assert (tmp_path / "memory.json").stat().st_mode & 0o077 == 0
    ws.memory.forget(everything=True)
    assert ws.memory.entries() == []
    assert ws.memory.load(tmp_path / "memory.json") == 2
    assert ws.ask("zaster by country").answered


@pytest.mark.parametrize("text", ["", "[]", '{"v": 2, "entries": []}', '{"v": 1}', "\x00"])
def test_another_file_is_refused(ws, tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(FileFormatError, match="no exported memory"):
        ws.memory.load(tmp_path / "x.json")


@pytest.mark.parametrize("item", [{}, {"kind": "spell"}, {"kind": "synonym", "text": "x", "value": {}, "at": "", "used_at": ""}])
def test_a_bad_entry_is_refused_with_its_place(ws, tmp_path, item):
    (tmp_path / "x.json").write_text(json.dumps({"v": 1, "entries": [item]}))
    with pytest.raises(UsageError):
        ws.memory.load(tmp_path / "x.json")
    assert ws.memory.entries() == []


def test_forget_teaches(ws):
    with pytest.raises(UsageError, match="Say what to forget"):
        ws.memory.forget()
    with pytest.raises(UsageError, match="no entry 99"):
        ws.memory.forget(99)
    with pytest.raises(UsageError, match="holds nothing"):
        ws.memory.forget("nothing of the kind")
    with pytest.raises(UsageError, match="under number 9"):
        ws.memory.keep(9)


def test_a_workspace_file_may_not_name_an_address(tmp_path):
    settings(tmp_path, 'memory_url = "redis://attacker.example/0"\n')
    with pytest.raises(SettingsError, match="may not hold the memory's address"):
        Workspace(tmp_path)


@pytest.mark.parametrize("kind", ["team_url", "redis_url"])
def test_a_team_shares_what_is_for_everyone(request, tmp_path, shop, monkeypatch, kind):
    monkeypatch.setenv("AISER_MEMORY_URL", request.getfixturevalue(kind))
    monkeypatch.setenv("AISER_TENANT", f"team {kind} {os.getpid()}")
    made = {}
    for user in ("ada", "ben"):
        monkeypatch.setenv("AISER_USER", user)
        (tmp_path / user).mkdir()
        made[user] = Workspace(tmp_path / user)
        made[user].connect(shop, name="shop")
    made["ada"].teach("zaster", means="revenue", everyone=True)
    made["ada"].teach("moos", means="revenue")
    answer = made["ben"].ask("zaster by country")
    assert answer.answered
    assert any("as your team taught on" in a for a in answer.assumptions)
    assert not made["ben"].ask("moos by country").answered
    assert made["ada"].ask("moos by country").answered
    assert list((tmp_path / "ada").iterdir()) == []
    made["ben"].memory.forget("zaster")
    assert not made["ada"].ask("zaster by country").answered


def test_a_store_that_fails_costs_no_answer(tmp_path, shop, monkeypatch):
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    monkeypatch.setenv("AISER_MEMORY_URL", "postgresql://u:hush@127.0.0.1:1/x")
    ws = Workspace(tmp_path)
    ws.connect(shop, name="shop")
    answer = ws.ask("revenue by country")
    assert answer.answered
    assert any("memory was not used" in a for a in answer.assumptions)
    assert "hush" not in repr(answer)


def test_the_file_of_an_older_version_is_brought_on(tmp_path):
    from aiser_jupyter import state as states

    folder = tmp_path / ".aiser"
    folder.mkdir()
    before = next(n for n, script in enumerate(states.MIGRATIONS) if "CREATE TABLE memory" in script)
    with sqlite3.connect(folder / "state.db") as old:
        for script in states.MIGRATIONS[:before]:
            old.executescript(script)
        old.execute(f"PRAGMA user_version = {before}")
    state = State(folder)
    with state.store() as db:
        assert db.execute("SELECT count(*) FROM memory").fetchone() == (0,)
    state.close()
    assert (folder / f"state.v{before}.db").is_file()


def test_short_term_memory_is_bounded(ws):
    answer = ws.ask("revenue by country")
    for _ in range(80):
        ws.memory.heard(replace(answer, question="again", reading=None))
    assert len(ws.memory.turns) == 50

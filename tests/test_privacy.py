"""What a workspace holds of somebody is found, written down and erased, so that no file holds it any more."""

from __future__ import annotations

import json
import stat

import pytest
from canaries import sings

from aiser_jupyter import Workspace, privacy
from aiser_jupyter.cli.app import run
from aiser_jupyter.errors import UsageError

MAIL = "ada.lovelace@example.org"
OTHER = "bob@example.org"


@pytest.fixture
def used(tmp_path, monkeypatch):
    """A workspace that two users asked in, over a file that was added, with results kept."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "people.csv").write_text(f"id,email,n\n1,{MAIL},5\n2,{OTHER},6\n3,x{MAIL},7\n")
    for user in ("ada", "bob"):
        monkeypatch.setenv("AISER_USER", user)
        ws = Workspace(tmp_path)
        ws.context.state.create()
        ws.add(tmp_path / "in" / "people.csv", "people" if user == "ada" else "others", copy="results")
        ws.sql(f"SELECT * FROM people WHERE email = '{MAIL}' AND '{user}' <> ''").rows()
        ws.sql(f"SELECT * FROM people WHERE email = '{OTHER}'").rows()
        ws.history(search=MAIL)  # which fills the index of words
        ws.teach(f"the keen {user}", means=f"people with email {MAIL}", on="files")
        ws.save_query(f"of-{user}", f"SELECT n FROM people WHERE email = '{MAIL}'")
        ws.close()
        ws.context.state.close()
    return tmp_path


def held(folder, text):
    return sings([folder / ".aiser"], {"it": text})


def test_a_value_is_found_wherever_it_was_copied(used):
    context = Workspace(used).context
    kinds = {one.kind for one in privacy.find(context, MAIL)}
    assert {"history", "memory", "added", "query"} <= kinds
    rows = [row for one in privacy.find(context, MAIL) if one.where.startswith("data/") for row in one.data]
    assert rows == [{"id": 1, "email": MAIL, "n": 5}] * 2  # the word itself, and not another address that ends so
    assert privacy.find(context, "nobody@example.org") == []


def test_a_value_is_erased_for_good_and_nothing_else(used):
    assert held(used, MAIL)
    done = privacy.erase(Workspace(used).context, MAIL)
    assert done.left == ""
    # What is left is the other person whose address ends in the same letters.
    ws = Workspace(used)
    assert ws.sql("SELECT email FROM people ORDER BY id").rows() == [{"email": OTHER}, {"email": f"x{MAIL}"}]
    assert [row for row in ws.history().rows if MAIL in str(row) and f"x{MAIL}" not in str(row)] == []
    assert any(OTHER in str(row) for row in ws.history().rows)
    assert privacy.find(ws.context, MAIL) == []
    ws.close()


def test_no_page_of_any_file_holds_it_afterwards(used):
    context = Workspace(used).context
    privacy.erase(context, f"x{MAIL}")
    done = privacy.erase(context, MAIL)
    assert done.left == ""
    context.state.close()
    assert held(used, MAIL) == []
    assert held(used, OTHER)


def test_a_user_is_erased_and_the_other_stays(used, capsys):
    context = Workspace(used).context
    assert [name for name, _ in privacy.users(context)] == ["ada", "bob"]
    done = privacy.erase(context, "ada")
    assert {one.kind for one in done.gone} >= {"history", "memory", "added"}
    assert [name for name, _ in privacy.users(context)] == ["bob"]
    ws = Workspace(used)
    assert [row[0] for row in ws.tables("files").rows] == ["others"]
    assert held(used, "the keen ada") == []
    assert held(used, "the keen bob")
    ws.close()


def test_lines_of_the_audit_log_are_kept_and_said(used, capsys):
    log = used / ".aiser" / "audit.jsonl"
    log.write_text(json.dumps({"user": "ada", "sql": MAIL}) + "\n")
    before = log.read_bytes()
    assert run(["privacy", "erase", MAIL, "--yes", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert [one["where"] for one in said["kept"]] == ["audit.jsonl"]
    assert "proves those before it" in said["kept"][0]["why"]
    assert log.read_bytes() == before


def test_the_commands(used, capsys):
    assert run(["privacy", "report", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {one["user"]: one["memory"] for one in found["users"]} == {"ada": 1, "bob": 1}
    assert run(["privacy", "export", MAIL, "--to", "mine.json"]) == 0
    written = json.loads((used / "mine.json").read_text("utf-8"))
    assert written["subject"] == MAIL
    assert {one["kind"] for one in written["held"]} >= {"history", "memory", "added", "query"}
    assert stat.S_IMODE((used / "mine.json").stat().st_mode) == 0o600
    capsys.readouterr()
    assert run(["privacy", "erase", MAIL, "--json"]) == 2
    assert run(["privacy", "erase", "no", "--yes"]) == 2
    assert held(used, MAIL)


def test_nobody_and_too_short_a_value_are_refused(tmp_path):
    context = Workspace(tmp_path).context
    for subject in ("", " ", "ab"):
        with pytest.raises(UsageError):
            privacy.find(context, subject)
    assert privacy.find(context, "somebody") == []
    assert not (tmp_path / ".aiser").exists()

"""The history does the same in a file and in a team's PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from servers import postgres

from aiser_jupyter import Workspace, settings
from aiser_jupyter.errors import SettingsError, StateError, StateNewerError, UnknownNameError, UsageError
from aiser_jupyter.state import Run, State
from aiser_jupyter.state import postgres as team
from aiser_jupyter.status import status

RUN = Run(datetime(2026, 11, 20, 12, tzinfo=UTC), "ann", "shop", "user", "SELECT 1", 1, 2.5, "done")


@pytest.fixture(params=["file", "team"])
def make(request, tmp_path):
    """Make the state of one more process of the same user."""
    if request.param == "file":
        made = lambda **more: State(tmp_path / ".aiser", **more)  # noqa: E731  # two short ways to make one
        made().create()
        return made
    url = request.getfixturevalue("team_url")
    tenant = request.node.name
    return lambda **more: State(tmp_path / ".aiser", team=lambda: team.PostgresHistory(url, tenant, "ann"), **more)


def test_what_one_process_records_another_finds(make):
    entry = make().record(replace(RUN, status="running", rows=None, engine="duckdb", route="asked for", cached=True, statement="ab"))
    first = make()
    assert first.history() == [entry.run]
    amended = make().record(replace(RUN, sql="SELECT 2", status="running"))
    state = make()
    (found, _) = state.history()
    assert found.sql == "SELECT 2"
    writer = make()
    entry = writer.record(replace(RUN, sql="SELECT 3", status="running"))
    writer.amend(entry, rows=1 << 40, elapsed_ms=1.5, status="done", error="", bytes=24, cpu_ms=0.5, memory_bytes=1 << 41)
    run = make().history()[0]
    assert (run.sql, run.rows, run.status, run.bytes, run.cpu_ms, run.memory_bytes) == ("SELECT 3", 1 << 40, "done", 24, 0.5, 1 << 41)
    assert make().get(run.id) == run
    assert amended.run.id > 0


def test_words_connections_status_origins_and_favourites(make):
    state = make()
    for sql in ("SELECT sum(Revenue) FROM sales", "SELECT net_revenue FROM q4_100%", 'SELECT "a""b"', "SELECT 'Ünïcode'"):
        state.record(replace(RUN, sql=sql))
    state.record(replace(RUN, connection="bank", status="failed"))
    state.record(replace(RUN, origin="profile"))
    assert [run.sql for run in state.history(search="REVENUE")] == ["SELECT net_revenue FROM q4_100%", "SELECT sum(Revenue) FROM sales"]
    assert [run.sql for run in state.history(search="sales revenue")] == ["SELECT sum(Revenue) FROM sales"]
    assert [run.sql for run in state.history(search="100%")] == ["SELECT net_revenue FROM q4_100%"]
    assert [run.sql for run in state.history(search='a""b')] == ['SELECT "a""b"']
    assert state.history(search="t_x") == []
    assert [run.connection for run in state.history(status="failed")] == ["bank"]
    assert len(state.history(on="shop", without=("profile",))) == 4
    assert len(state.history(3)) == 3
    starred = state.star(state.history(search="sum")[0].id)
    assert make().history(favourites=True) == [starred]
    state.star(starred.id, favourite=False)
    assert make().history(favourites=True) == []
    with pytest.raises(UsageError, match="no run 99999999"):
        state.get(99999999)


def test_old_runs_go_and_private_ones_stay_here(make):
    state = make()
    state.record(replace(RUN, sql="SELECT 'old'"))
    kept = state.record(replace(RUN, sql="SELECT 'starred'"))
    state.star(kept.run.id)
    later = make(keep_days=30)
    later.record(replace(RUN, sql="SELECT 'new'", at=RUN.at + timedelta(days=31)))
    later.record(replace(RUN, sql="SELECT 'private'", at=RUN.at + timedelta(days=32)), private=True)
    assert [run.sql for run in later.history()] == ["SELECT 'private'", "SELECT 'new'", "SELECT 'starred'"]
    assert [run.sql for run in make().history()] == ["SELECT 'new'", "SELECT 'starred'"]


# A team


def test_users_and_tenants_do_not_see_each_other(team_url):
    ann, ben, other = (team.PostgresHistory(team_url, tenant, user) for tenant, user in (("t", "ann"), ("t", "ben"), ("u", "ann")))
    number = ann.add(RUN)
    assert (ben.find(9, (), (), None, None, favourites=False), other.find(9, (), (), None, None, favourites=False)) == ([], [])
    assert ben.get(number) is None
    ben.star(number, favourite=True)
    other.amend(number, replace(RUN, status="failed"))
    assert ben.prune(datetime.now(UTC)) == 0
    found = ann.get(number)
    assert found is not None
    assert (found.favourite, found.status) == (False, "done")


def test_machines_write_at_once_and_make_the_tables_once():
    if reason := postgres.missing():
        pytest.skip(reason)
    server = postgres.Postgres()
    code = """
import sys
from datetime import UTC, datetime
from aiser_jupyter.state import Run, State
from aiser_jupyter.state.postgres import PostgresHistory
state = State(team=lambda: PostgresHistory(sys.argv[1], "", "ann"))
for number in range(50):
    entry = state.record(Run(datetime.now(UTC), "ann", "shop", "user", f"SELECT {sys.argv[2]}{number:03}", None, 0.0, "running"))
    state.amend(entry, rows=number, elapsed_ms=1.0, status="done")
assert state.trouble is None, state.trouble
"""
    try:
        machines = [subprocess.Popen([sys.executable, "-c", code, server.url, str(i)], stderr=subprocess.PIPE) for i in (1, 2, 3)]
        assert [(machine.communicate(timeout=120)[1], machine.returncode) for machine in machines] == [(b"", 0)] * 3
        runs = team.PostgresHistory(server.url, "", "ann").find(1000, (), (), None, None, favourites=False)
        assert sorted(run.sql for run in runs) == sorted(f"SELECT {i}{n:03}" for i in (1, 2, 3) for n in range(50))
        assert {run.status for run in runs} == {"done"}
        server.execute("UPDATE aiser_state SET version = 99")
        with pytest.raises(StateNewerError, match="version 99"):
            team.PostgresHistory(server.url, "", "ann").add(RUN)
    finally:
        server.stop()
        server.remove()


def test_a_server_that_is_away_costs_no_query_and_no_run(tmp_path, monkeypatch):
    if reason := postgres.missing():
        pytest.skip(reason)
    monkeypatch.setattr(team, "REST_S", 0.0)
    server = postgres.Postgres()
    monkeypatch.setenv("TEAM_HISTORY", server.url)
    monkeypatch.setenv("AISER_USER", "ann")
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "settings.toml").write_text('state_url = "env:TEAM_HISTORY"\n', "utf-8")
    ws = Workspace(tmp_path)
    try:
        ws.sql("SELECT 'before' AS x").rows()
        server.stop()
        assert ws.sql("SELECT 'away' AS x").rows() == [{"x": "away"}]
        assert isinstance(ws.context.state.trouble, StateError)
        assert "AISER_STATE_URL" in ws.context.state.trouble.hint
        server.start()
        ws.sql("SELECT 'back' AS x").rows()
        assert ws.context.state.trouble is None
        ws.close()
        other = Workspace(tmp_path)
        assert [run.sql for run in other.context.state.history()] == [f"SELECT '{word}' AS x" for word in ("back", "away", "before")]
        other.teach("turnover", means="revenue")  # what else is kept stays in the file
        other.close()
        assert (tmp_path / ".aiser" / "state.db").exists()
    finally:
        server.stop()
        server.remove()


def test_hosts_of_a_team_share_the_history_and_each_keeps_its_own_tables(tmp_path, team_url, monkeypatch):
    monkeypatch.setenv("TEAM_HISTORY", team_url)
    monkeypatch.setenv("AISER_USER", "ann")
    hosts = []
    for name in ("one", "two"):
        folder = tmp_path / name
        (folder / ".aiser").mkdir(parents=True)
        (folder / ".aiser" / "settings.toml").write_text(f'state_url = "env:TEAM_HISTORY"\ntenant = "{tmp_path.name}"\n', "utf-8")
        (folder / "visits.csv").write_text("day,visits\n2026-01-01,10\n2026-01-02,12\n")
        hosts.append(Workspace(folder))
    one, two = hosts
    one.add(tmp_path / "one" / "visits.csv", copy="results")
    one.materialize("total", "SELECT sum(visits) AS n FROM visits", on="files")
    assert one.sql("SELECT n FROM total", on="files").rows() == [{"n": 22}]
    assert [table.name for table in two.context.sources.engine().tables()] == []
    assert list((tmp_path / "two" / ".aiser").glob("data/*")) == []
    with pytest.raises(UnknownNameError):
        two.sql("SELECT n FROM total", on="files").rows()
    # the same name there is a table of its own
    (tmp_path / "two" / "visits.csv").write_text("day,visits\n2026-01-03,5\n")
    two.add(tmp_path / "two" / "visits.csv", copy="results")
    assert two.sql("SELECT sum(visits) AS n FROM visits", on="files").rows() == [{"n": 5}]
    assert one.sql("SELECT sum(visits) AS n FROM visits", on="files").rows() == [{"n": 22}]
    assert "SELECT n FROM total" in [run.sql for run in two.context.state.history() if run.origin == "user"]
    told = {check.name: check.detail for check in status(two.context).checks}
    assert told["history"] == "the team's PostgreSQL (state_url)"
    for ws in hosts:
        ws.close()


def test_a_folder_sends_no_history_to_an_address_of_its_own(tmp_path, monkeypatch):
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "settings.toml").write_text('state_url = "postgresql://attacker.example/x"\n', "utf-8")
    with pytest.raises(SettingsError, match="history's address"):
        settings.load(tmp_path)
    (tmp_path / ".aiser" / "settings.toml").write_text('state_url = "env:TEAM_HISTORY"\n', "utf-8")
    monkeypatch.setenv("TEAM_HISTORY", "redis://127.0.0.1/0")
    ws = Workspace(tmp_path)
    assert ws.sql("SELECT 1 AS one").rows() == [{"one": 1}]
    assert "PostgreSQL alone" in ws.context.state.trouble.message
    ws.close()
    monkeypatch.delenv("TEAM_HISTORY")
    ws = Workspace(tmp_path)
    assert ws.sql("SELECT 1 AS one").rows() == [{"one": 1}]
    assert "TEAM_HISTORY" in ws.context.state.trouble.message
    assert ws.history().title.startswith("History of this session alone")
    ws.close()

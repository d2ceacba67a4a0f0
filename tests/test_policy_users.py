"""Users of mixed roles at once on real engines: each gets their own rows and no others (the whole of it is benchmarks/policy_users.py)."""

import sys
from pathlib import Path

import pytest
from servers import postgres

BENCHMARKS = str(Path(__file__).parents[1] / "benchmarks")
sys.path.append(BENCHMARKS)

import policy_users as users  # noqa: E402  # the line above must come first
from policy_crowd import POLICY, Crowd  # noqa: E402

sys.path.remove(BENCHMARKS)


@pytest.fixture(params=["duckdb", "postgres"])
def engine(request):
    if request.param == "postgres" and (reason := postgres.missing()):
        pytest.skip(reason)
    server = postgres.Postgres() if request.param == "postgres" else None
    yield request.param, server
    if server is not None:
        server.remove()


@pytest.mark.parametrize("way", [users.in_kernel, users.through_broker])
def test_nobody_gets_a_row_of_another(engine, way, tmp_path, monkeypatch):
    monkeypatch.setenv("CROWD_SALT", "")
    crowd = Crowd(25)
    tally = way(tmp_path / "place", users.fill(crowd, tmp_path, *engine), crowd, 5, 6)
    assert (tally.foreign, tally.wrong) == (0, [])
    assert [what for what in tally.errors if not what.startswith("(pressed)")] == []
    assert (len(tally.times), tally.log) == (125, "verifies")
    assert tally.lines > 250
    assert tally.at_once <= 3
    assert tally.refused > 0


def test_the_check_sees_rows_of_others(tmp_path, monkeypatch):
    monkeypatch.setattr(users, "POLICY", POLICY.replace('rows = "owner = :user"', ""))
    monkeypatch.setenv("CROWD_SALT", "")
    crowd = Crowd(8)
    tally = users.in_kernel(tmp_path / "place", users.fill(crowd, tmp_path, "duckdb", None), crowd, 5, 4, pressed=False)
    assert tally.foreign > 0
    assert {line.split()[0] for line in tally.wrong} == {"u0", "u3", "u4", "u7"}

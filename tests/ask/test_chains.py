"""Chains of follow-ups: after each edit the rows are those of the whole question, written by hand as SQL before the rules were."""

import json
import math
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import pytest

import aiser_jupyter as aiser

HERE = Path(__file__).parent
SHARED = HERE.parents[2] / "shared" / "data" / "business_qa" / "db"
CHAINS = [json.loads(line) for line in (HERE / "chains.jsonl").read_text(encoding="utf-8").splitlines()]
TODAY = date(2025, 3, 15)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    star = tmp_path_factory.mktemp("star") / "star.duckdb"
    with duckdb.connect(str(star)) as connection:
        connection.execute((HERE / "star.sql").read_text(encoding="utf-8"))
    return {"star": star, **{name: SHARED / f"{name}.duckdb" for name in ("northwind", "chinook")}}


@pytest.fixture(scope="module")
def workspaces(files, tmp_path_factory):
    opened = {}

    def get(name):
        if not files[name].exists():
            pytest.skip(f"no {name} database beside the project (../shared)")
        if name not in opened:
            opened[name] = aiser.Workspace(tmp_path_factory.mktemp("work"))
            opened[name].connect(str(files[name]), name="data")
        return opened[name]

    yield get
    for workspace in opened.values():
        workspace.close()


def value(cell):
    if cell is None or isinstance(cell, (str, bool)):
        return str(cell)
    if hasattr(cell, "isoformat"):
        return cell.isoformat()[:10]
    return f"{float(cell):.4g}" if not math.isclose(cell, round(cell), abs_tol=5e-3) else str(round(cell))


def rows(result):
    """The rows as texts, the cells of each sorted, so that the order of columns does not count."""
    return [
        tuple(sorted(value(cell) for cell in row)) for row in zip(*(column.to_pylist() for column in result.arrow().columns), strict=True)
    ]


def sorting(gold, sql):
    """What the wanted rows are sorted by, row by row."""
    place = sql.rpartition("ORDER BY ")[2].split()[0]
    return gold.arrow().column(int(place) - 1).to_pylist() if place.isdigit() else list(range(gold.row_count))


def in_order(got, wanted, keys):
    """Whether the rows come in the order wanted; rows that are equal by what sorts them may change places."""
    if len(got) != len(wanted):
        return False
    runs = {}
    for number, key in enumerate(keys):
        runs.setdefault(key, []).append(number)
    return all(Counter(got[i] for i in run) == Counter(wanted[i] for i in run) for run in runs.values())


def steps(ws, chain):
    """For each step of a chain: what was said, the answer, the rows got and those wanted."""
    answer = None
    for step in chain["steps"]:
        answer = ws.ask(step["say"], today=TODAY, follows=answer)
        gold = ws.sql(step["sql"])
        wanted = rows(gold)
        got = rows(answer.result) if answer.answered and answer.result is not None else None
        same = got is not None and (
            in_order(got, wanted, sorting(gold, step["sql"])) if step.get("ordered") else Counter(got) == Counter(wanted)
        )
        yield step, answer, got, wanted, same
        if not answer.answered:
            return


@pytest.fixture(scope="module")
def told(workspaces):
    """The steps of a chain, gone through once for all that is asked about them."""
    gone = {}

    def get(chain):
        if chain["id"] not in gone:
            gone[chain["id"]] = list(steps(workspaces(chain["db"]), chain))
        return gone[chain["id"]]

    return get


@pytest.mark.parametrize("chain", CHAINS, ids=[chain["id"] for chain in CHAINS])
def test_chain(chain, told):
    seen = [(step["say"], answer.sql or answer.reason) for step, answer, _, _, same in told(chain) if not same]
    assert not seen


@pytest.mark.parametrize("chain", CHAINS, ids=[chain["id"] for chain in CHAINS])
def test_wanted_rows_are_there(chain, workspaces):
    ws = workspaces(chain["db"])
    assert all(rows(ws.sql(step["sql"])) for step in chain["steps"])


def parts(plan):
    """What a plan asks for, however it is written: the order of its items, tests and values does not count."""
    where = frozenset((c.item, c.operator, frozenset(c.values), c.plan) for c in plan.where)
    return frozenset(plan.select), where, frozenset(plan.group), frozenset(plan.having), plan.limit


@pytest.mark.slow
def test_the_plan_is_that_of_the_whole_question(told, workspaces):
    """Where the engine reads the whole question rightly too, both plans are one; a value stored in two columns may be read in the other."""
    same = compared = 0
    for chain in CHAINS:
        ws = workspaces(chain["db"])
        for step, answer, _, wanted, _ in told(chain):
            whole = ws.ask(step["full"], today=TODAY) if "full" in step else None
            if whole is not None and whole.answered and whole.reading.plan is not None and Counter(rows(whole.result)) == Counter(wanted):
                compared += 1
                same += parts(whole.reading.plan) == parts(answer.reading.plan)
    assert compared >= 45
    assert same >= 0.94 * compared

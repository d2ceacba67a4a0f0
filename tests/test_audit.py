"""Every access leaves a line, no line can be changed unseen, and what cannot be written down does not run."""

import json
import resource
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.audit import FIRST, Audit, AuditError, Verified, fingerprint
from aiser_jupyter.errors import QueryError, RefusedError

POLICY = """
v = 1
[roles.reader]
members = ["*"]
quota = { rows = 50, concurrent = 2, per_minute = 8 }
[roles.reader.tables.orders]
rows = "id <= 60"
"""


@pytest.fixture
def log(tmp_path):
    return Audit(tmp_path / "logs" / "audit.jsonl")


def changed(log, edit):
    lines = log.path.read_text(encoding="utf-8").splitlines()
    log.path.write_text("\n".join(edit(lines)) + "\n", encoding="utf-8")
    return log.verify()


def fill(log, count=4):
    for number in range(count):
        log.append("access", user="ada", role="reader", connection="shop", tables=["orders"], sql=f"SELECT {number}")


def test_lines_are_numbered_and_bound_to_each_other(log):
    assert log.verify() == Verified(0, FIRST)
    fill(log)
    lines = list(log.lines())
    assert [line["seq"] for line in lines] == [1, 2, 3, 4]
    assert [line["prev"] for line in lines] == [FIRST, *(line["hash"] for line in lines[:-1])]
    assert log.verify() == Verified(4, lines[-1]["hash"])
    assert log.path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("edit", "lines", "said"),
    [
        (lambda lines: [*lines[:1], lines[1].replace("SELECT 1", "SELECT 9"), *lines[2:]], 1, "Line 2 was changed"),
        (lambda lines: [*lines[:1], *lines[2:]], 1, "Line 2 does not follow"),
        (lambda lines: [lines[1], lines[0], *lines[2:]], 0, "Line 1 does not follow"),
        (lambda lines: [*lines, lines[-1]], 4, "Line 5 does not follow"),
        (lambda lines: [*lines[:3], lines[3][:40]], 3, "Line 4 cannot be read"),
        (lambda lines: [*lines[:2], json.dumps({**json.loads(lines[2]), "user": "eve"}), lines[3]], 2, "Line 3 was changed"),
    ],
)
def test_a_changed_log_is_seen(log, edit, lines, said):
    fill(log)
    found = changed(log, edit)
    assert (found.ok, found.lines) == (False, lines)
    assert said in found.problem


def test_a_cut_off_end_is_seen_by_a_fingerprint_noted_before(log):
    fill(log)
    noted = log.verify().last
    assert changed(log, lambda lines: lines[:-1]).ok
    assert "cut off" in log.verify(until=noted).problem


def test_processes_share_one_chain(log):
    code = f"from pathlib import Path; from aiser_jupyter.audit import Audit; log = Audit(Path({str(log.path)!r})); [log.append('access', n=n) for n in range(25)]"
    children = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    assert [child.wait() for child in children] == [0] * 4
    assert log.verify().lines == 100
    assert log.verify().ok


def test_a_line_that_was_broken_off_is_told_apart_and_noted_by_the_next(log):
    fill(log, 2)
    whole = log.verify().last
    with log.path.open("a", encoding="utf-8") as file:
        file.write('{"v":1,"user":"é')
    assert log.verify() == Verified(2, whole, torn=17)
    assert len(list(log.lines())) == 2
    assert fill(log, 1) is None
    torn, access = list(log.lines())[2:]
    assert (torn["event"], torn["bytes"], torn["text"], torn["prev"]) == ("torn", 17, '{"v":1,"user":"é', whole)
    assert (access["event"], access["seq"]) == ("access", 4)
    assert log.verify().ok
    assert log.verify().torn == 0


def test_a_log_that_is_one_broken_line_begins_anew(log):
    log.path.parent.mkdir(parents=True)
    log.path.write_text("x" * 9000, encoding="utf-8")
    assert log.verify() == Verified(0, FIRST, torn=9000)
    assert log.append("access", user="ada") == 2
    assert log.verify().lines == 2


def test_a_broken_line_in_the_middle_is_a_change(log):
    fill(log)
    found = changed(log, lambda lines: [*lines[:2], lines[2][:50], lines[3]])
    assert (found.ok, found.lines) == (False, 2)


@pytest.mark.skipif(sys.platform == "win32", reason="sizes of files are not bounded there")
def test_a_full_disk_writes_no_half_line(log):
    fill(log, 2)
    size = log.path.stat().st_size
    code = (
        "import resource, signal; from pathlib import Path; from aiser_jupyter.audit import Audit, AuditError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({size + 100}, {size + 100}))\n"
        f"try: Audit(Path({str(log.path)!r})).append('access', sql='x' * 500)\n"
        "except AuditError as error: print(error.message)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "cannot be written" in done.stdout
    assert log.path.stat().st_size == size
    fill(log, 1)
    assert log.verify().lines == 3
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != size + 100


@pytest.fixture
def shop(tmp_path, monkeypatch, request):
    # Bounds are counted by user for the whole process.
    monkeypatch.setenv("AISER_USER", f"user of {request.node.name}")
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "policy.toml").write_text(POLICY, encoding="utf-8")
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE orders AS SELECT i AS id, i * 2 AS total FROM range(1, 101) t(i)")
        connection.execute("CREATE TABLE vault AS SELECT 'x' AS code")
    ws = Workspace(tmp_path)
    ws.connect(tmp_path / "shop.duckdb", "shop")
    yield ws
    ws.close()


def written(ws):
    return [json.loads(line) for line in (Path(ws.context.state.folder) / "audit.jsonl").read_text(encoding="utf-8").splitlines()]


def test_an_access_says_who_what_and_how_much(shop):
    assert shop.sql("SELECT sum(total) AS t FROM orders WHERE id > 5", on="shop").rows() == [{"t": sum(2 * i for i in range(6, 61))}]
    assert shop.sql("SELECT sum(total) AS t FROM orders WHERE id > 5", on="shop").cached
    with pytest.raises(RefusedError):
        shop.sql("SELECT * FROM vault", on="shop").rows()
    access, outcome, cached, *rest = written(shop)
    assert (access["event"], access["user"], access["role"], access["origin"], access["connection"], access["tables"]) == (
        "access",
        shop.context.identity.user,
        "reader",
        "user",
        "shop",
        ["orders"],
    )
    assert 'FROM (SELECT "id", "total" FROM "orders" WHERE ("id" <= 60)) AS "orders"' in access["sql"]
    assert access["applied"] == ["orders: only rows where id <= 60"]
    assert (outcome["event"], outcome["of"], outcome["status"], outcome["rows"]) == ("outcome", access["seq"], "done", 1)
    assert (cached["event"], cached["rows"]) == ("cached", 1)
    assert [line["event"] for line in rest] == ["refused"]
    assert Audit(Path(shop.context.state.folder) / "audit.jsonl").verify().ok


def test_account_is_kept_though_history_is_not(shop, monkeypatch):
    monkeypatch.setenv("AISER_STATE", "false")
    root = shop.context.sources.root
    ws = Workspace(root)
    ws.connect(root / "shop.duckdb", "shop")
    ws.sql("SELECT count(*) AS n FROM orders", on="shop").rows()
    ws.close()
    assert [line["event"] for line in Audit(root / ".aiser" / "audit.jsonl").lines()] == ["access", "outcome"]


def test_a_statement_that_fails_is_said_to_have_failed(shop):
    with pytest.raises(QueryError):
        shop.sql("SELECT error('no') FROM orders", on="shop").rows()
    assert [line.get("status") for line in written(shop)] == [None, "failed"]


def test_no_extract_shows_everybody_what_one_role_sees(shop):
    with pytest.raises(RefusedError, match="read by every user"):
        shop.materialize("mine", "SELECT * FROM orders WHERE id < 5", on="shop")
    assert len(shop.materialized()) == 0


def test_what_cannot_be_written_down_does_not_run(shop):
    place = Path(shop.context.state.folder) / "audit.jsonl"
    place.mkdir()
    with pytest.raises(AuditError, match=r"cannot be written|does not run"):
        shop.sql("SELECT sum(total) FROM orders", on="shop").rows()


def test_a_role_s_bounds_hold(shop):
    with pytest.raises(RefusedError, match="more than the 50 rows"):
        shop.sql("SELECT * FROM orders", on="shop").rows(1000)
    for number in range(7):
        shop.sql(f"SELECT count(*) + {number} AS n FROM orders", on="shop").rows()
    with pytest.raises(RefusedError, match="8 queries a minute"):
        shop.sql("SELECT count(*) + 100 AS n FROM orders", on="shop").rows()


def test_the_report_counts_by_user_and_table(log):
    first = log.append("access", user="ada", role="reader", connection="shop", tables=["orders", "customers"])
    log.append("outcome", of=first, status="done", rows=7)
    log.append("refused", user="ben", role="nobody", connection="shop", why="no table")
    log.append("cached", user="ada", role="reader", connection="shop", tables=["orders"], rows=3)
    assert log.report() == [
        ("ada", "reader", "shop", "customers", 1, 0, 7),
        ("ada", "reader", "shop", "orders", 2, 0, 10),
        ("ben", "nobody", "shop", "", 1, 1, 0),
    ]


# --- how long lines are kept ----------------------------------------------------------------------------------------------------------------


def dated(log, days):
    """A log with a line of each of those days of January 2026; the chain is right."""
    log.path.parent.mkdir(parents=True, exist_ok=True)
    before = "0" * 64
    for number, day in enumerate(days, 1):
        line = {
            "v": 1,
            "at": f"2026-01-{day:02}T12:00:00.000+00:00",
            "event": "access",
            "user": "ada",
            "seq": number,
            "prev": before,
            "tables": ["t"],
        }
        before = fingerprint(line)
        with log.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({**line, "hash": before}, sort_keys=True, separators=(",", ":")) + "\n")
    log.path.chmod(0o600)
    assert log.verify().problem == ""


def test_old_lines_go_to_an_archive_and_both_verify(log, tmp_path):
    dated(log, [1, 2, 3, 10, 20])
    noted, archive = log.verify().last, tmp_path / "archive.jsonl"
    done = log.retire(datetime(2026, 1, 5, tzinfo=UTC), archive, by="root")
    assert (done.lines, done.first, done.archive) == (3, 4, archive)
    assert [line["event"] for line in log.lines()] == ["retired", "access", "access"]
    assert next(log.lines())["by"] == "root"
    assert (log.verify(noted).ok, log.verify().lines) == (True, 5)
    assert (Audit(archive).verify().ok, Audit(archive).verify().lines) == (True, 3)
    assert log.append("access", user="eve") == 6
    # what goes later goes on from there
    assert log.retire(datetime(2026, 1, 15, tzinfo=UTC), archive).lines == 1
    assert (Audit(archive).verify().ok, Audit(archive).verify().lines) == (True, 4)
    assert (log.verify().ok, log.verify().lines) == (True, 6)
    assert log.path.stat().st_mode & 0o777 == archive.stat().st_mode & 0o777 == 0o600


def test_a_line_that_was_changed_or_taken_out_after_that_is_seen(log):
    dated(log, [1, 2, 10, 11, 12])
    log.retire(datetime(2026, 1, 5, tzinfo=UTC), None)
    whole = log.path.read_text(encoding="utf-8")
    assert "does not follow" in changed(log, lambda lines: [lines[0], *lines[2:]]).problem
    log.path.write_text(whole, encoding="utf-8")
    assert changed(log, lambda lines: [lines[0].replace('"lines":2', '"lines":1'), *lines[1:]]).problem
    log.path.write_text(whole, encoding="utf-8")
    assert changed(log, lambda lines: lines[1:]).problem  # the mark itself


def test_the_last_line_stays_and_nothing_happens_twice(log):
    dated(log, [1, 2, 3])
    late = datetime(2026, 3, 1, tzinfo=UTC)
    assert log.retire(late, None).lines == 2
    assert log.retire(late, None).lines == 0
    assert [line["seq"] for line in log.lines()] == [2, 3]
    assert log.append("access", user="ada") == 4
    assert log.verify().ok


def test_a_changed_log_is_not_shortened(log):
    dated(log, [1, 2, 3])
    changed(log, lambda lines: [line.replace("ada", "eve") for line in lines])
    before = log.path.read_bytes()
    with pytest.raises(AuditError, match="changed"):
        log.retire(datetime(2026, 3, 1, tzinfo=UTC), None)
    assert log.path.read_bytes() == before


def test_an_archive_that_cannot_be_written_leaves_the_log(log, tmp_path):
    dated(log, [1, 2, 3])
    before = log.path.read_bytes()
    with pytest.raises(AuditError, match="cannot be shortened"):
        log.retire(datetime(2026, 3, 1, tzinfo=UTC), tmp_path / "nowhere" / "archive.jsonl")
    assert log.path.read_bytes() == before


def test_the_command(shop, capsys, monkeypatch):
    from aiser_jupyter.cli.app import run

    monkeypatch.chdir(shop.root)
    path = shop.root / ".aiser" / "audit.jsonl"
    dated(Audit(path), [1, 2, 3])
    assert run(["audit", "retire", "--days", "30"]) == 0
    assert "2 lines are in" in capsys.readouterr().out
    assert Audit(path.with_name("audit.archive.jsonl")).verify().lines == 2
    assert run(["audit", "verify"]) == 0
    assert run(["audit", "retire", "--days", "30", "--drop", "--to", "x"]) == 2


def test_a_question_is_kept_with_what_ran_for_it(shop):
    shop.connect(shop.root / "shop.duckdb", "shop")
    shop.ask("how many orders", on="shop")
    lines = [line for line in Audit(shop.root / ".aiser" / "audit.jsonl").lines() if line["event"] == "access"]
    assert {line.get("question") for line in lines} <= {None, "how many orders"}
    kept = shop.context.copy_for("shop") == "results"
    assert any(line.get("question") for line in lines if line["origin"] != "profile") == kept

"""Adding data: kept once, seen everywhere, announced."""

from __future__ import annotations

import datetime as dt
import json
import os
import stat
import subprocess
import sys
import threading
from decimal import Decimal

import pandas as pd
import pyarrow as pa
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.errors import CancelledError, FileFormatError, UsageError


@pytest.fixture
def ws(tmp_path):
    made = Workspace(tmp_path)
    yield made
    made.close()


@pytest.fixture
def kept(tmp_path):
    (tmp_path / ".aiser").mkdir()
    made = Workspace(tmp_path)
    yield made
    made.close()


def csv(folder, name="orders.csv", text="id,amount\n1,$5.00\n2,$7.50\n"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def data(folder):
    return sorted(path.name for path in (folder / ".aiser" / "data").glob("*"))


def test_without_a_folder_nothing_is_written(ws, tmp_path):
    assert ws.add(csv(tmp_path)) == ("orders",)
    assert ws.sql("SELECT sum(amount) AS s FROM orders").rows() == [{"s": Decimal("12.50")}]
    assert not (tmp_path / ".aiser").exists()


def test_with_a_folder_it_is_kept_as_parquet_that_only_the_user_reads(kept, tmp_path):
    kept.add(csv(tmp_path))
    (name,) = data(tmp_path)
    path = tmp_path / ".aiser" / "data" / name
    assert (name[:7], stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == ("orders-", 0o600, 0o700)
    assert kept.sql("SELECT sum(amount) AS s FROM orders").rows() == [{"s": Decimal("12.50")}]
    assert [(table.name, table.kind) for table in kept.context.sources.get("files").tables()] == [("orders", "table")]


def test_copy_says_where(ws, kept, tmp_path):
    kept.add(csv(tmp_path), copy="none")
    assert data(tmp_path) == []
    assert kept.sql("SELECT count(*) AS n FROM orders").rows() == [{"n": 2}]
    kept.add(csv(tmp_path))
    assert len(data(tmp_path)) == 1
    with pytest.raises(UsageError, match="not copied as 'all'"):
        kept.add(csv(tmp_path), copy="all")


def test_copy_results_makes_the_folder(ws, tmp_path):
    ws.add(csv(tmp_path), copy="results")
    assert len(data(tmp_path)) == 1


def test_settings_forbid_to_keep_values(tmp_path):
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "settings.toml").write_text('[connections.files]\nurl = "memory"\ncopy = "metadata"\n')
    ws = Workspace(tmp_path)
    ws.add(csv(tmp_path, text="id,name\n1,CANARY77\n"))
    assert ws.sql("SELECT name FROM orders").rows() == [{"name": "CANARY77"}]
    for path in (tmp_path / ".aiser").rglob("*"):
        assert path.is_dir() or b"CANARY77" not in path.read_bytes()
    ws.close()


def test_another_notebook_and_process_see_it_at_once(kept, tmp_path):
    other = Workspace(tmp_path)
    assert other.connections == ()
    kept.add(csv(tmp_path))
    assert other.sql("SELECT count(*) AS n FROM orders").rows() == [{"n": 2}]
    assert [row[0] for row in other.tables().rows] == ["orders"]
    code = (
        "from aiser_jupyter import Workspace; import json; ws = Workspace('.'); "
        "print(json.dumps(ws.sql('SELECT count(*) AS n, CAST(sum(amount) AS DOUBLE) AS s FROM orders').rows())); "
        "ws.add('more.csv')"
    )
    csv(tmp_path, "more.csv", "a,b\n1,2\n")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [{"n": 2, "s": 12.5}]
    assert kept.sql("SELECT b FROM more").rows() == other.sql("SELECT b FROM more").rows() == [{"b": 2}]
    assert {row[0] for row in kept.tables().rows} == {row[0] for row in other.tables().rows} == {"orders", "more"}
    other.close()


def test_adding_again_replaces_for_everyone(kept, tmp_path):
    other = Workspace(tmp_path)
    kept.add(csv(tmp_path))
    before = other.sql("SELECT count(*) AS n FROM orders").rows()
    other.catalog("files")
    assert kept.add(csv(tmp_path, text="id,amount\n1,5\n2,7\n3,9\n")) == ("orders",)
    assert (before, other.sql("SELECT count(*) AS n FROM orders").rows()) == ([{"n": 2}], [{"n": 3}])
    assert other.catalog("files").table("orders").row_count == 3
    assert other.add(csv(tmp_path)) == ("orders",)  # by its place, though another process added it
    assert kept.sql("SELECT count(*) AS n FROM orders").rows() == [{"n": 2}]
    other.close()


def test_a_query_begun_before_goes_on_with_what_it_read(kept, tmp_path):
    kept.add(pa.table({"a": range(500_000)}), "big")
    result = kept.sql("SELECT a FROM big")
    assert result.head(1).num_rows == 1
    kept.add(pa.table({"a": [1]}), "big")
    assert result.row_count == 500_000
    assert kept.sql("SELECT count(*) AS n FROM big").rows() == [{"n": 1}]


def test_files_nobody_needs_go_after_a_while(kept, tmp_path):
    kept.add(pa.table({"a": [1]}), "t")
    (old,) = data(tmp_path)
    kept.add(pa.table({"a": [2]}), "t")
    assert old in data(tmp_path)
    path = tmp_path / ".aiser" / "data" / old
    os.utime(path, (1, 1))
    kept.add(pa.table({"a": [3]}), "t")
    assert old not in data(tmp_path)
    assert kept.sql("SELECT a FROM t").rows() == [{"a": 3}]


def test_memory_alone_takes_a_kept_table_off_the_disk(kept, tmp_path):
    kept.add(csv(tmp_path))
    kept.add(csv(tmp_path, text="id,amount\n1,1\n"), copy="none")
    assert kept.sql("SELECT count(*) AS n FROM orders").rows() == [{"n": 1}]
    other = Workspace(tmp_path)
    assert other.connections == ()
    other.close()


def test_events_tell_progress_and_what_was_read_as_what(ws, tmp_path):
    seen = []
    ws.context.events.listen(lambda event: seen.append((event.kind, dict(event.data))))
    ws.add(csv(tmp_path, "big.csv", "id,amount,share\n" + "".join(f'{i},"$1,{i % 900 + 100}.50",5 %\n' for i in range(600_000))))
    fractions = [data["fraction"] for kind, data in seen if kind == "add.progress"]
    assert len(fractions) >= 3
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    (added,) = [data for kind, data in seen if kind == "table.added"]
    assert (added["table"], added["rows"], added["kept"]) == ("big", 600_000, False)
    assert added["notes"] == ["amount: money, decimal point ($)", "share: share of one, from per cent"]


def test_cancel_leaves_no_table_and_no_file(kept, tmp_path):
    path = csv(tmp_path, "big.csv", "a,b\n" + "1,2\n" * 1_500_000)
    source = kept.context.sources.engine()
    kept.context.events.listen(lambda event: source.cancel() if event.kind == "add.progress" else None)
    with pytest.raises(CancelledError, match="Adding was stopped"):
        kept.add(path)
    assert source.tables() == ()
    assert data(tmp_path) == []
    assert kept.add(csv(tmp_path)) == ("orders",)


def test_cancel_stops_the_reading_itself(ws, tmp_path):
    path = csv(tmp_path, "big.csv", "a,b,c\n" + "1,2,text\n" * 3_000_000)
    source = ws.context.sources.engine()
    timer = threading.Timer(0.4, source.cancel)
    timer.start()
    with pytest.raises(CancelledError):
        ws.add(path)
    timer.join()
    assert source.tables() == ()


def test_a_file_too_large_names_the_knob(tmp_path, monkeypatch):
    monkeypatch.setenv("AISER_MAX_FILE_MB", "1")
    ws = Workspace(tmp_path)
    with pytest.raises(FileFormatError, match="more than the 1 MB") as caught:
        ws.add(csv(tmp_path, text="a,b\n" + "1,2\n" * 400_000))
    assert "AISER_MAX_FILE_MB" in caught.value.hint
    ws.close()


def test_describe_shows_what_was_changed(kept, tmp_path):
    kept.add(csv(tmp_path, text="ID,,Amount\n007,x,$5.00\n008,y,$7.00\n"))
    other = Workspace(tmp_path)
    for ws in (kept, other):
        listing = ws.describe("orders")
        place = listing.columns.index("Read as")
        assert {row[0]: row[place] for row in listing.rows} == {
            "ID": "kept as text: a code with leading zeros",
            "column2": "written blank in the header",
            "Amount": "money, decimal point ($)",
        }
    other.close()


def test_frames_are_kept_too(kept, tmp_path):
    frame = pd.DataFrame({"a": [1, 2], "at": pd.to_datetime(["2026-01-01", None]), "who": ["x", None]})
    kept.add(frame, "f")
    other = Workspace(tmp_path)
    assert other.sql("SELECT * FROM f").rows() == [
        {"a": 1, "at": dt.datetime(2026, 1, 1), "who": "x"},  # noqa: DTZ001
        {"a": 2, "at": None, "who": None},
    ]
    with pytest.raises(UsageError, match="no columns"):
        kept.add(pd.DataFrame(), "empty")
    other.close()


def test_several_tables_share_a_given_name(ws, tmp_path):
    csv(tmp_path, "a.csv", "x,y\n1,2\n")
    csv(tmp_path, "b.csv", "z,w\n1,2\n")
    assert ws.add([tmp_path / "a.csv", tmp_path / "b.csv"]) == ("a", "b")
    (tmp_path / "f").mkdir()
    csv(tmp_path / "f", "a.csv", "x,y\n1,2\n")
    csv(tmp_path / "f", "b.csv", "z,w\n1,2\n")
    assert ws.add(tmp_path / "f", "mine") == ("mine_a", "mine_b")
    assert ws.add(tmp_path / "f" / "*a.csv", "one") == ("one",)


def test_first_findings_come_by_themselves(tmp_path, monkeypatch):
    monkeypatch.setenv("AISER_FINDINGS_ON_ADD", "true")
    ws = Workspace(tmp_path)
    told = threading.Event()
    seen = []

    def listen(event):
        if event.kind.startswith("finding."):
            seen.append(event)
            told.set()

    ws.context.events.listen(listen)
    days = pd.date_range("2024-01-01", periods=300)
    ws.add(pd.DataFrame({"day": days, "sales": [100.0 + 3 * i + (i * 7919) % 13 for i in range(300)]}), "sales")
    assert told.wait(60)
    assert seen[0].data["table"] == "sales"
    assert seen[0].data["kind"] in {"trend", "change_point", "seasonality", "correlation"}
    assert "sales" in str(seen[0].data["statement"]).lower()
    ws.close()

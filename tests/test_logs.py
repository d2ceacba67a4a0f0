from __future__ import annotations

import io
import json
import logging
import stat
from datetime import UTC, datetime

import pytest

from aiser_jupyter import Workspace, assemble, logs
from aiser_jupyter.errors import QueryError, RefusedError, SettingsError
from aiser_jupyter.events import Event, Events
from aiser_jupyter.settings import Settings


@pytest.fixture
def heard():
    events, stream = Events(), io.StringIO()
    stop = logs.to(events, logging.StreamHandler(stream))
    yield events, lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    stop()


def test_each_event_is_a_line(heard):
    events, lines = heard
    events.emit(Event("query.done", datetime(2026, 11, 21, tzinfo=UTC), {"source": "shop", "rows": 3, "hints": ("a", "b")}))
    events.emit(Event("query.progress", datetime(2026, 11, 21, tzinfo=UTC), {"share": 0.5}))
    events.emit(Event("query.slow", datetime(2026, 11, 21, tzinfo=UTC), {"at": "not the moment"}))
    first, second = lines()
    assert first == {
        "v": 1, "at": "2026-11-21T00:00:00+00:00", "level": "info", "logger": "aiser_jupyter.events", "kind": "query.done", "source": "shop", "rows": 3,
        "hints": ["a", "b"],
    }  # fmt: skip
    assert (second["level"], second["at"]) == ("warning", "2026-11-21T00:00:00+00:00")


def test_what_the_package_logs_is_a_line_without_secrets(heard):
    _, lines = heard
    try:
        int("canary4711")
    except ValueError:
        logging.getLogger("aiser_jupyter.cache").exception("could not reach %s", "postgresql://a:hunter2@db/x")
    (line,) = lines()
    assert line["message"] == "could not reach postgresql://a:***@db/x"
    assert (line["error"], line["level"]) == ("ValueError", "error")
    assert line["raised"].startswith("test_logs.py:")
    assert "canary4711" not in line["message"]
    assert "canary4711" not in json.dumps(line)


def test_the_settings_name_a_file_of_the_owner(tmp_path):
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser" / "settings.toml").write_text('log = ".aiser/log.jsonl"\n[connections.files]\nurl = "x"\ncopy = "metadata"\n')
    ws = Workspace(tmp_path)
    ws.context.sources.engine()
    ws.sql("SELECT 'canary4711' AS c", on="files").rows()
    with pytest.raises(QueryError):
        ws.sql("SELECT CAST('canary4711' AS DATE)", on="files").rows()
    with pytest.raises(RefusedError):
        ws.sql("DELETE FROM canary4711", on="files")
    ws.context.state.close()
    path = tmp_path / ".aiser" / "log.jsonl"
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [line["kind"] for line in lines if line["kind"] != "query.slow"] == ["query.done", "query.failed", "query.refused"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    written = b"".join(part.read_bytes() for part in (tmp_path / ".aiser").rglob("*") if part.is_file())
    assert b"'canary4711'" not in written
    assert written.count(b"canary4711") == 0 or b"FROM canary4711" in written  # a name is no value


def test_a_log_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be written"):
        logs.to_file(Events(), tmp_path / "file" / "log.jsonl")


def test_nothing_is_logged_after_it_was_stopped(tmp_path):
    events = Events()
    stop = logs.to_file(events, tmp_path / "log.jsonl")
    events.emit(Event("a", datetime.now(UTC)))
    stop()
    events.emit(Event("b", datetime.now(UTC)))
    assert [json.loads(line)["kind"] for line in (tmp_path / "log.jsonl").read_text().splitlines()] == ["a"]
    assert assemble.context(tmp_path, clock=None, resolver=None).settings.log is None
    assert Settings().log is None

from __future__ import annotations

import datetime as dt

from aiser_jupyter import Workspace
from aiser_jupyter.cli.progress import queries
from aiser_jupyter.events import Event


def progress(share):
    return Event("query.progress", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), {"source": "shop", "share": share})


def test_what_queries_tell_is_drawn_on_standard_error_alone(tmp_path, capsys):
    ws = Workspace(tmp_path)
    with queries(ws):
        ws.context.events.emit(progress(0.25))
        ws.context.events.emit(progress(0.5))
    ws.context.events.emit(progress(0.75))
    out = capsys.readouterr()
    assert out.out == ""
    assert "75" not in out.err


def test_a_quiet_run_draws_nothing(tmp_path, capsys):
    ws = Workspace(tmp_path)
    with queries(ws, quiet=True):
        ws.context.events.emit(progress(0.5))
    assert capsys.readouterr().err == ""

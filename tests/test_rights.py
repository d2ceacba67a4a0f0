"""Whatever a workspace writes into its folder is for its owner's eyes alone, however open the umask is."""

from __future__ import annotations

import os
import stat
import sys

import duckdb
import pytest

from aiser_jupyter import Workspace
from aiser_jupyter.query import cache


@pytest.mark.skipif(sys.platform == "win32", reason="rights are another matter there")
def test_files_are_0600_and_folders_0700_after_a_day_of_use(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "WORTH_S", 0.0)
    monkeypatch.setenv("AISER_USER", "ada")
    monkeypatch.setenv("AISER_LOG", str(tmp_path / ".aiser" / "log.jsonl"))
    duckdb.connect(str(tmp_path / "shop.duckdb")).execute("CREATE TABLE t AS SELECT range AS a FROM range(2000)").close()
    (tmp_path / "own.csv").write_text("a,b\n1,2\n3,4\n")
    before = os.umask(0o022)
    try:
        first = Workspace(tmp_path)
        first.context.state.create()
        first.close()
        (tmp_path / ".aiser" / "policy.toml").write_text('v = 1\nconnections = ["shop"]\n[roles.r]\nmembers = ["ada"]\ndefault = "allow"\n')
        (tmp_path / ".aiser" / "policy.toml").chmod(0o600)  # the user's own file
        ws = Workspace(tmp_path)
        ws.connect(tmp_path / "shop.duckdb", "shop")
        ws.add(tmp_path / "own.csv", copy="results")
        ws.sql("SELECT a, sum(b) AS s FROM own GROUP BY a", on="files").rows()
        ws.sql("SELECT count(*) AS n FROM t", on="shop").rows()
        ws.ask("how many own are there", on="files")
        ws.materialize("kept", "SELECT a FROM own", on="files")
        ws.save_query("q", "SELECT 1", on="files")
        ws.save_connection("shop", "shop.duckdb")
        ws.teach("mine", means="own with a over 2", on="files")
        ws.history(search="own")
        ws.close()
    finally:
        os.umask(before)
    made = sorted((tmp_path / ".aiser").rglob("*"))
    names = {path.name for path in made}
    assert {"state.db", "settings.toml", "audit.jsonl", "log.jsonl", "q.sql", "data"} <= names
    assert any(path.suffix == ".parquet" for path in made)
    wrong = {
        str(path.relative_to(tmp_path)): oct(stat.S_IMODE(path.stat().st_mode))
        for path in [tmp_path / ".aiser", *made]
        if stat.S_IMODE(path.stat().st_mode) != (0o700 if path.is_dir() else 0o600)
    }
    assert wrong == {}

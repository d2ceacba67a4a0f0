"""The example of docs/state.md runs as it stands there."""

from test_docs import run

from aiser_jupyter import Workspace


def test_the_page_is_true(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.csv").write_text("id,amount\n1,2.5\n", encoding="utf-8")
    ws = Workspace(tmp_path)
    space = run("state", ws)
    made = space["made"]
    assert made.manifest.find("state.db") is not None
    assert made.file.parent == tmp_path
    ws.close()

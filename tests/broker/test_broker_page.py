"""The example of the page on making a policy hold runs as it stands there, through a broker."""

import os
import sys
import threading
from pathlib import Path

import duckdb

from aiser_jupyter import Workspace
from aiser_jupyter.audit import Audit
from aiser_jupyter.broker import serve
from aiser_jupyter.broker.broker import Broker
from aiser_jupyter.broker.people import load
from aiser_jupyter.policy import signature
from aiser_jupyter.policy.watch import Watched

sys.path.append(str(Path(__file__).parents[1]))

from test_docs import SHOP, blocks, run  # the line above must come first

sys.path.remove(str(Path(__file__).parents[1]))


def test_governed(tmp_path, monkeypatch):
    (people,) = blocks("governed", "toml")
    (tmp_path / "broker").mkdir()
    (tmp_path / "broker" / "hub.pub").write_bytes(signature.keys()[1])
    (tmp_path / "broker" / "people.toml").write_text(people.replace("uids.1001", f"uids.{os.getuid()}"), encoding="utf-8")
    policy = tmp_path / "broker" / "policy.toml"
    policy.write_text(
        'v = 1\n[roles.sales]\nmembers = ["group:sales"]\n[roles.sales.tables.orders]\nrows = "region = :region"\n', encoding="utf-8"
    )
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute(SHOP)
    holder = Workspace(tmp_path / "broker")
    holder.connect(tmp_path / "shop.duckdb", "shop")
    over = threading.Event()
    broker = Broker(holder.context, Watched(policy), lambda: load(tmp_path / "broker" / "people.toml"))
    serving = threading.Thread(target=serve.serve, args=(broker, serve.opened(tmp_path / "b.sock"), over.is_set))
    serving.start()
    ws = Workspace(tmp_path)
    try:
        run("governed", ws, changed={"/run/aiser/b.sock": str(tmp_path / "b.sock")})
        assert ws.sql("SELECT DISTINCT region FROM orders", on="shop").rows() == [{"region": "north"}]
        assert next(iter(Audit(tmp_path / "broker" / ".aiser" / "audit.jsonl").lines()))["by"] == f"uid {os.getuid()}"
    finally:
        ws.close()
        over.set()
        serving.join(20)
        holder.close()

"""Users of the operating system: the broker has credentials and data that its clients cannot read, and knows by the kernel who they are."""

import json
import os
import shutil
import time

import duckdb
import pytest
from clients import ADA, BEN, BROKER, Running, client, missing, private, said
from servers import postgres

from aiser_jupyter.audit import Audit

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "it can")

PASSWORD = "canary-pw-5e1c"
POLICY = """
v = 1
connections = ["shop"]
[roles.north]
members = ["ada"]
[roles.north.tables.orders]
rows = "region = :region"
[roles.south]
members = ["group:south"]
[roles.south.tables.orders]
rows = "region = 'S'"
columns = ["id", "region"]
[roles.boss]
members = ["boss"]
default = "allow"
"""
PEOPLE = f"""
v = 1
[uids.{ADA}]
user = "ada"
claims = {{ region = "N" }}
[uids.{BEN}]
user = "ben"
groups = ["south"]
"""
ASK = """
import json, os, sys
from aiser_jupyter import Workspace
ws = Workspace(".")
ws.connect(os.environ["BROKER"], name="shop")
def ask(sql):
    try:
        return ws.sql(sql, on="shop").rows()
    except Exception as error:
        return type(error).__name__ + ": " + str(error).splitlines()[0]
"""


def home(**files):
    """A folder of the broker's user with these files, which nobody else may read."""
    folder = private(BROKER)
    for name, text in files.items():
        path = folder / f"{name}.toml"
        path.write_text(text, encoding="utf-8")
        os.chown(path, BROKER, BROKER)
        path.chmod(0o600)
    return folder


@pytest.fixture(scope="module")
def broker():
    folder = home(policy=POLICY, people=PEOPLE)
    with duckdb.connect(str(folder / "shop.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE orders AS SELECT i AS id, CASE WHEN i % 2 = 0 THEN 'N' ELSE 'S' END AS region, i * 10 AS total FROM range(1, 101) t(i)"
        )
        connection.execute("CREATE TABLE secrets AS SELECT 'crown jewels' AS label")
    os.chown(folder / "shop.duckdb", BROKER, BROKER)
    (folder / "shop.duckdb").chmod(0o600)
    running = Running(folder, "--policy", "policy.toml", "--people", "people.toml", "--on", f"shop={folder}/shop.duckdb", SECRET=PASSWORD)
    yield running
    running.stop()


def test_each_user_gets_their_own_rows(broker):
    code = ASK + (
        "print(json.dumps([[(t.name, [c.name for c in t.columns]) for t in ws.context.sources.get('shop').tables()],"
        " ask('SELECT count(*) AS n, min(region) AS a, max(region) AS b FROM orders'), ask('SELECT sum(total) AS t FROM orders'),"
        " ask('SELECT * FROM secrets')]))"
    )
    started = [client(uid, code, BROKER=broker.address()) for uid in (ADA, BEN)]
    ada, ben = (json.loads(said(process)[0]) for process in started)
    assert ada == [
        [["orders", ["id", "region", "total"]]],
        [{"n": 50, "a": "N", "b": "N"}],
        [{"t": sum(i * 10 for i in range(2, 101, 2))}],
        "RefusedError: There is no table secrets that you may read.",
    ]
    assert ben[:2] == [[["orders", ["id", "region"]]], [{"n": 50, "a": "S", "b": "S"}]]
    assert ben[2].startswith("UnknownNameError: There is no column 'total'")
    assert ben[3] == ada[3]


def test_nobody_can_say_that_they_are_another(broker):
    code = ASK + (
        "from aiser_jupyter.sources import broker_words as words\n"
        "from aiser_jupyter.sources.broker import Line\n"
        "line = Line(os.environ['SOCKET'], 5, lambda _: None)\n"
        "line.greet({'v': 1, 'connection': 'shop', 'user': 'boss', 'uid': 0, 'identity': {'user': 'boss'}, 'token': 'boss'})\n"
        "print(json.dumps([ws.context.identity.user, line.ready['user'], line.ready['role'], ask('SELECT count(*) AS n FROM secrets')]))\n"
        "try:\n    ws.connect(os.environ['BROKER'] + '&role=boss', name='more')\nexcept Exception as error:\n    print(error)\n"
    )
    variables = {
        "AISER_USER": "boss",
        "JUPYTERHUB_USER": "boss",
        "AISER_GROUPS": "south",
        "USER": "boss",
        "LOGNAME": "boss",
        "SOCKET": str(broker.socket),
    }
    lines = said(client(ADA, code, BROKER=broker.address(), **variables))
    assert json.loads(lines[0]) == ["boss", "ada", "north", "RefusedError: There is no table secrets that you may read."]
    assert lines[1] == "The role boss is not yours."


def test_what_the_broker_holds_is_out_of_reach(broker):
    places = [broker.home, broker.home / "shop.duckdb", broker.home / "policy.toml", broker.home / ".aiser" / "audit.jsonl"]
    places += [f"/proc/{broker.process.pid}/environ", f"/proc/{broker.process.pid}/mem", f"/proc/{broker.process.pid}/fd"]
    code = ASK + (
        "ask('SELECT count(*) FROM orders')\n"
        "for place in json.loads(os.environ['PLACES']):\n"
        "    try:\n"
        "        held = os.listdir(place) if os.path.isdir(place) else open(place, 'rb').read(1)\n"
        "        print('read', place)\n"
        "    except OSError as error:\n"
        "        print(type(error).__name__)\n"
        "os.kill(int(os.environ['PID']), 0)\n"
    )
    process = client(ADA, code, BROKER=broker.address(), PLACES=json.dumps([str(place) for place in places]), PID=str(broker.process.pid))
    out, err = process.communicate(timeout=120)
    assert out.splitlines() == ["PermissionError"] * len(places)
    assert "PermissionError: [Errno 1]" in err  # nor can it be stopped
    assert (broker.home / ".aiser" / "audit.jsonl").exists()


def test_the_socket_is_for_its_group_alone(broker):
    code = "import socket, os\ns = socket.socket(socket.AF_UNIX)\ntry:\n    s.connect(os.environ['SOCKET'])\n    print('in')\nexcept OSError as error:\n    print(type(error).__name__)"
    assert said(client(ADA, code, group=False, SOCKET=str(broker.socket))) == ["PermissionError"]
    assert broker.socket.stat().st_mode & 0o777 == 0o660


def test_who_is_not_named_gets_nothing(broker):
    code = "import os\nfrom aiser_jupyter import Workspace\ntry:\n    Workspace('.').connect(os.environ['BROKER'])\nexcept Exception as error:\n    print(type(error).__name__, *str(error).splitlines()[:2])"
    assert said(client(64044, code, BROKER=broker.address())) == ["RefusedError The broker does not know you. uid 64044"]


def test_the_account_names_who_the_operating_system_says_it_was(broker):
    said(client(BEN, ASK + "ask('SELECT max(id) AS newest FROM orders')", BROKER=broker.address(), AISER_USER="boss"))
    log = Audit(broker.home / ".aiser" / "audit.jsonl")
    assert log.verify().ok
    line = next(line for line in log.lines() if "newest" in line.get("sql", ""))
    assert (line["user"], line["by"], line["role"], line["origin"]) == ("ben", f"uid {BEN}", "south", "broker")


def test_a_server_s_password_stays_with_the_broker_and_a_killed_client_frees_its_query():
    if reason := postgres.missing():
        pytest.skip(reason)
    server = postgres.Postgres()
    try:
        server.execute(
            f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'; CREATE TABLE orders (id int, region text); GRANT SELECT ON orders TO reader;"
        )
        server.execute("INSERT INTO orders SELECT i, CASE WHEN i % 2 = 0 THEN 'N' ELSE 'S' END FROM generate_series(1, 4000) i;")
        url = server.url.replace("test@", f"reader:{PASSWORD}@")
        running = Running(
            home(policy=POLICY, people=PEOPLE),
            "--policy",
            "policy.toml",
            "--people",
            "people.toml",
            "--on",
            "shop=env:SHOP_URL",
            SHOP_URL=url,
        )
        try:
            code = (
                ASK
                + "print(json.dumps(ask('SELECT count(*) AS n FROM orders')), repr(ws.context.sources.get('shop').place), dict(os.environ))"
            )
            lines = said(client(ADA, code, BROKER=running.address()))
            assert lines[0].startswith('[{"n": 2000}]')
            assert PASSWORD not in lines[0]
            slow = ASK + "print('ready', flush=True)\nask('SELECT count(*) FROM orders a, orders b, orders c WHERE a.id + b.id > c.id')"
            process = client(ADA, slow, BROKER=running.address())
            assert process.stdout.readline() == "ready\n"
            _until(lambda: _running(server) == 1)
            process.kill()
            _until(lambda: _running(server) == 0)
            process.communicate()
            lines = said(client(ADA, code, BROKER=running.address()))
            assert lines[0].startswith('[{"n": 2000}]')
            events = [line for line in Audit(running.home / ".aiser" / "audit.jsonl").lines() if line["event"] == "outcome"]
            assert "failed" in {event["status"] for event in events}
        finally:
            running.stop()
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


def _running(server):
    return int(server.execute("SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader' AND state = 'active';"))


def _until(holds, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)

"""Sessions of a broker in this process: what passes through, what ends what, and that one bad client stops nobody else."""

import os
import socket
import struct
import threading
import time

import duckdb
import pytest

from aiser_jupyter import Workspace, pipe
from aiser_jupyter.audit import Audit
from aiser_jupyter.broker import serve, tokens
from aiser_jupyter.broker.broker import Broker, Limits
from aiser_jupyter.broker.people import People, load
from aiser_jupyter.errors import CancelledError, DeadlineError, QueryError, RefusedError, SettingsError, SourceError, UsageError
from aiser_jupyter.identity import Identity
from aiser_jupyter.policy.watch import Watched
from aiser_jupyter.sources import broker_words as words
from aiser_jupyter.sources.broker import BrokerSource, Line, connect
from aiser_jupyter.sources.open import open_source
from aiser_jupyter.sources.options import Options

POLICY = """
v = 1
salt = "env:MASK_SALT"
[roles.north]
members = ["ada"]
[roles.north.tables.orders]
rows = "region = :region"
mask = {{ name = "hash" }}
[roles.south]
members = ["ben", "claim:desk=south"]
quota = {{ concurrent = {at_once}, rows = 100000 }}
[roles.south.tables.orders]
rows = "region = 'S'"
"""
LONG = "SELECT count(*) AS n FROM orders a, orders b, orders c, orders d WHERE a.id + b.id + c.id + d.id > 7"
ADA = Identity("ada", (), (("region", "N"),), "uid 1")
BEN = Identity("ben", (), (), "uid 2")


class Door:
    """A broker on threads of this process; ``who`` is who comes next."""

    def __init__(self, folder, limits=None, people=None, at_once=2):
        self.who = ADA
        self.policy = folder / "policy.toml"
        self.policy.write_text(POLICY.format(at_once=at_once), encoding="utf-8")
        with duckdb.connect(str(folder / "shop.duckdb")) as connection:
            connection.execute(
                "CREATE TABLE orders AS SELECT i AS id, 'n' || i AS name, CASE WHEN i % 2 = 0 THEN 'N' ELSE 'S' END AS region, i * 1.5::DOUBLE AS total FROM range(1, 2001) t(i)"
            )
            connection.execute("CREATE TABLE secrets AS SELECT 1 AS code")
        self.ws = Workspace(folder)
        self.ws.connect(folder / "shop.duckdb", "shop")
        self.log = Audit(folder / ".aiser" / "audit.jsonl")
        self.broker = Broker(self.ws.context, Watched(self.policy), people or (lambda: People({os.getuid(): self.who})), limits)
        self.place = folder / "b.sock"
        self.over = threading.Event()
        self.thread = threading.Thread(target=serve.serve, args=(self.broker, serve.opened(self.place), self.over.is_set))
        self.thread.start()

    def source(self, who=ADA, **options):
        self.who = who
        return connect(f"broker://{self.place}?connection=shop", "shop", Options(**options))

    def close(self):
        self.over.set()
        self.thread.join(20)
        self.ws.close()
        assert not self.thread.is_alive()


@pytest.fixture
def door(tmp_path, monkeypatch):
    monkeypatch.setenv("MASK_SALT", "a pinch")
    made = Door(tmp_path)
    yield made
    made.close()


def rows(source, sql, params=None):
    cursor = source.cursor()
    try:
        return cursor.run(sql, params or {}).read_all().to_pylist()
    finally:
        cursor.close()


def until(holds, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_workspace_uses_it_as_any_connection(door, tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    ws = Workspace(tmp_path / "mine")
    source = ws.connect(f"broker://{door.place}?connection=shop")
    assert (source.name, source.dialect, source.role, source.read_only) == ("shop", "duckdb", "north", True)
    assert ws.sql("SELECT count(*) AS n, min(id) AS a FROM orders WHERE id > :least", params={"least": 100}).rows() == [
        {"n": 950, "a": 102}
    ]
    assert [list(row.values()) for row in ws.ask("How many orders are there?").result.rows()] == [[1000]]
    import pandas as pd

    assert ws.sql(
        "SELECT o.id, f.x FROM shop.orders o JOIN f ON f.id = o.id", frames={"f": pd.DataFrame({"id": [3, 4], "x": [5, 6]})}
    ).rows() == [{"id": 4, "x": 6}]
    ws.close()


def test_rows_come_whole_and_of_their_types(door):
    reader = door.source(BEN).cursor().run("SELECT * FROM orders ORDER BY id", {})
    assert str(reader.schema.field("total").type) == "double"
    table = reader.read_all()
    assert table.num_rows == 1000
    assert table.column("id").to_pylist() == list(range(1, 2001, 2))


def test_more_rows_than_fit_in_memory_at_once_come_in_batches(door):
    cursor = door.source().cursor()
    count = sum(batch.num_rows for batch in cursor.run("SELECT a.id, b.name FROM orders a, orders b LIMIT 700000", {}))
    cursor.close()
    assert count == 700_000


@pytest.mark.parametrize(
    ("sql", "error", "said"),
    [
        ("SELECT * FROM secrets", RefusedError, "no table secrets"),
        ("DELETE FROM orders", RefusedError, "."),
        ("SELECT * FROM read_csv('/etc/passwd')", RefusedError, "."),
        ("COPY orders TO '/tmp/x.csv'", RefusedError, "."),
        ("SELECT 1; SELECT 2", RefusedError, "."),
        ("SELECT * FROM duckdb_tables()", RefusedError, "."),
        ("SELECT nothing FROM orders", QueryError, "no column 'nothing'"),
        ("SELECT", RefusedError, "."),
    ],
)
def test_the_guard_and_the_policy_stand_on_the_broker_s_side(door, sql, error, said):
    with pytest.raises(error, match=said):
        rows(door.source(), sql)
    assert rows(door.source(), "SELECT 1 AS x") == [{"x": 1}]


def test_the_engine_s_own_lists_show_what_the_role_sees(door):
    assert rows(door.source(), "SELECT table_name AS t FROM information_schema.tables") == [{"t": "orders"}]


def test_the_salt_is_never_given(door):
    assert len(rows(door.source(), "SELECT name FROM orders")[0]["name"]) == 64
    for name in ("aiser_salt", "AISER_SALT"):
        with pytest.raises(RefusedError):
            rows(door.source(), f"SELECT ${name} AS s, name FROM orders", {name: ""})


def test_a_cancel_passes_through(door):
    cursor = door.source().cursor()
    caught = []

    def work():
        try:
            cursor.run(LONG, {}).read_all()
        except CancelledError as error:
            caught.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    until(lambda: door.broker._running)
    time.sleep(0.5)
    cursor.cancel()
    thread.join(20)
    assert len(caught) == 1
    until(lambda: not door.broker._running)
    cursor.close()
    assert rows(door.source(), "SELECT 1 AS x") == [{"x": 1}]


def test_a_deadline_passes_through(door, tmp_path):
    cursor = door.source().cursor()
    cursor.timeout_s = 0.6
    with pytest.raises(DeadlineError):
        cursor.run(LONG, {}).read_all()
    cursor.close()
    (tmp_path / "mine").mkdir()
    ws = Workspace(tmp_path / "mine")
    ws.connect(f"broker://{door.place}?connection=shop")
    with pytest.raises(DeadlineError):
        ws.sql(LONG, timeout=0.6).rows()
    ws.close()
    until(lambda: not door.broker._running)


def test_a_client_that_goes_frees_its_query(door):
    cursor = door.source().cursor()
    reader = cursor.run("SELECT a.id, b.name FROM orders a, orders b, orders c", {})
    reader.read_next_batch()
    until(lambda: door.broker._running)
    cursor.close()
    until(lambda: not door.broker._running and not door.broker._sessions)
    assert [line["status"] for line in door.log.lines() if line["event"] == "outcome"][-1] in ("closed", "failed")


def raw(door):
    line = socket.socket(socket.AF_UNIX)
    line.connect(str(door.place))
    line.settimeout(20)
    return line


def head(kind, length):
    return struct.pack("<cQ", kind, length)


HELLO = words.written({"v": 1, "connection": "shop"})


@pytest.mark.parametrize(
    "sent",
    [
        b"GET / HTTP/1.1\r\n\r\n" * 10,
        b"\x00" * 4096,
        head(b"H", 1 << 62),
        head(b"H", 5) + b"{{{{{",
        head(b"H", 2) + b"[]",
        head(b"H", 200_000) + b"[" * 200_000,
        head(b"H", len(HELLO)) + HELLO + head(b"Q", 1 << 40),
        head(b"H", len(HELLO)) + HELLO + head(b"Z", 0),
        head(b"Q", 2) + b"{}",
    ],
    ids=["http", "zeros", "endless", "no JSON", "no object", "nested", "long statement", "unknown", "no greeting"],
)
def test_what_is_no_client_is_let_go_and_others_are_served(door, sent):
    line = raw(door)
    line.sendall(sent)
    line.shutdown(socket.SHUT_WR)
    received = b""
    try:
        while piece := line.recv(65536):
            received += piece
    except ConnectionResetError:
        pass
    assert b"Traceback" not in received
    assert rows(door.source(), "SELECT 1 AS x") == [{"x": 1}]
    until(lambda: not door.broker._sessions)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"sql": 5, "params": {}},
        {"sql": "SELECT 1", "params": []},
        {"sql": "SELECT $x", "params": {"x": {"pickle": "gASVB"}}},
        {"sql": "SELECT $x", "params": {"x": {"decimal": "x"}}},
    ],
)
def test_a_wrong_message_gets_an_error_and_the_line_lives(door, asked):
    source = door.source()
    with source.line() as line:
        line.say(words.QUERY, asked)
        with pytest.raises(UsageError, match="does not know"):
            line.hear(words.DONE)
        line.say(words.TABLES, {})
        assert [table.name for table in words.told_of(line.hear(words.LISTED))[0]] == ["orders"]


def test_who_does_not_read_holds_up_nobody_and_is_dropped(tmp_path, monkeypatch):
    monkeypatch.setenv("MASK_SALT", "a pinch")
    door = Door(tmp_path, Limits(at_once=2, user_at_once=1, stall_s=1.0, hello_s=1.0))
    try:
        silent = raw(door)
        lazy = door.source(BEN).cursor()
        lazy.run("SELECT a.name, b.name FROM orders a, orders b", {})
        until(lambda: door.broker._running)
        assert rows(door.source(ADA), "SELECT count(*) AS n FROM orders") == [{"n": 1000}]
        until(lambda: not door.broker._running)
        assert silent.recv(1) == b""
    finally:
        door.close()


def test_statements_wait_for_a_place_and_every_one_is_answered(tmp_path, monkeypatch):
    monkeypatch.setenv("MASK_SALT", "a pinch")
    door = Door(tmp_path, Limits(at_once=2, user_at_once=1))
    try:
        source, found = door.source(ADA), []
        threads = [threading.Thread(target=lambda: found.extend(rows(source, "SELECT count(*) AS n FROM orders"))) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert found == [{"n": 1000}] * 12
    finally:
        door.close()


def test_a_user_has_so_many_sessions(tmp_path, monkeypatch):
    monkeypatch.setenv("MASK_SALT", "a pinch")
    door = Door(tmp_path, Limits(user_sessions=2))
    try:
        source = door.source(ADA)
        until(lambda: not door.broker._sessions)
        held = [source.line(), source.line()]
        with pytest.raises(RefusedError, match="2 connections"):
            source.line()
        for line in held:
            line.close()
        until(lambda: not door.broker._sessions)
        assert rows(source, "SELECT 1 AS x") == [{"x": 1}]
    finally:
        door.close()


def test_the_policy_is_the_one_that_is_written_now(door):
    source = door.source(BEN)
    assert rows(source, "SELECT count(*) AS n FROM orders") == [{"n": 1000}]
    text = door.policy.read_text(encoding="utf-8")
    door.policy.write_text(text.replace("region = 'S'", "region = 'S' AND id < 10"), encoding="utf-8")
    assert rows(source, "SELECT count(*) AS n FROM orders") == [{"n": 5}]
    door.policy.write_text("v = 1\n[roles", encoding="utf-8")
    with pytest.raises(SettingsError, match="no valid TOML"):
        rows(source, "SELECT count(*) AS n FROM orders")
    door.policy.unlink()
    with pytest.raises(SettingsError, match="nothing is given without it"):
        rows(source, "SELECT count(*) AS n FROM orders")
    door.policy.write_text(text, encoding="utf-8")
    assert rows(source, "SELECT count(*) AS n FROM orders") == [{"n": 1000}]


def test_bounds_of_the_role_hold_over_all_of_a_user_s_lines(door):
    first, second = door.source(BEN), door.source(BEN)
    held = [first.cursor(), second.cursor()]
    for cursor in held:
        # Rows so wide that nothing but the first of them is under way until somebody reads: at its bound of rows a query would end and give its place back.
        cursor.run("SELECT repeat(a.name, 300) AS wide, b.name FROM orders a, orders b", {})
    with pytest.raises(RefusedError, match="2 queries at once"):
        rows(door.source(BEN), "SELECT 1 AS x FROM orders")
    for cursor in held:
        cursor.close()
    until = time.monotonic() + 60  # the broker gives a place back once it sees that nobody reads any more
    while True:
        with pytest.raises(RefusedError) as caught:
            rows(door.source(BEN), "SELECT a.id FROM orders a, orders b")
        if "2 queries at once" not in caught.value.message or time.monotonic() > until:
            break
        time.sleep(0.05)
    assert "100,000 rows" in caught.value.message


def test_account_is_kept_of_everything(door):
    rows(door.source(ADA), "SELECT count(*) AS n FROM orders")
    rows(door.source(BEN), "SELECT count(*) AS n FROM orders")
    with pytest.raises(RefusedError):
        rows(door.source(BEN), "SELECT * FROM secrets")
    told = [
        (line["event"], line.get("user"), line.get("by"), line.get("origin")) for line in door.log.lines() if line["event"] != "outcome"
    ]
    assert told == [("access", "ada", "uid 1", "broker"), ("access", "ben", "uid 2", "broker"), ("refused", "ben", "uid 2", "broker")]
    assert door.log.verify().ok


def test_what_is_not_served_is_said(door, tmp_path):
    for address, said in (
        (f"broker://{door.place}", "names its socket"),
        (f"broker://{door.place}?connection=shop&user=boss", "names its socket"),
        ("broker://host/x?connection=shop", "names its socket"),
        (f"broker://{tmp_path}/none.sock?connection=shop", "does not answer"),
    ):
        with pytest.raises(SourceError, match=said):
            open_source(address)
    with pytest.raises(UsageError, match="no connection 'other'"):
        open_source(f"broker://{door.place}?connection=other")
    with pytest.raises(SourceError, match="read-only"):
        open_source(f"broker://{door.place}?connection=shop", write=True)
    with pytest.raises(RefusedError, match="shows you nothing"):
        door.source(Identity("eve"))
    with pytest.raises(UsageError, match="Another broker"):
        serve.opened(door.place)
    with pytest.raises(UsageError, match="something else"):
        serve.opened(door.policy)


def test_a_connection_that_is_not_governed_is_not_served(tmp_path, monkeypatch):
    monkeypatch.setenv("MASK_SALT", "a pinch")
    policy = tmp_path / "policy.toml"
    policy.write_text('v = 1\nconnections = ["other"]\n[roles.all]\nmembers = ["*"]\n', encoding="utf-8")
    duckdb.connect(str(tmp_path / "shop.duckdb")).close()
    ws = Workspace(tmp_path)
    ws.connect(tmp_path / "shop.duckdb", "shop")
    with pytest.raises(UsageError, match="does not govern the connection shop"):
        Broker(ws.context, Watched(policy), People)
    ws.close()


def keys():
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()), public


def test_people_who_share_a_user_of_the_system_show_a_token(tmp_path, monkeypatch):
    monkeypatch.setenv("MASK_SALT", "a pinch")
    private, public = keys()
    (tmp_path / "hub.pub").write_bytes(public)
    (tmp_path / "people.toml").write_text(f'v = 1\n[tokens]\nkey = "hub.pub"\nuids = [{os.getuid()}]\n', encoding="utf-8")
    door = Door(tmp_path, people=lambda: load(tmp_path / "people.toml"))
    try:
        for token, said in (
            ("", "needs a token"),
            ("x.y.z", "not signed"),
            (tokens.made("ben", key=keys()[0], seconds=60), "not signed"),
            (tokens.made("ben", key=private, seconds=-1), "too old"),
            (tokens.made("ada", key=private, seconds=60), "shows rows by region"),
        ):
            monkeypatch.setenv("AISER_BROKER_TOKEN", token)
            with pytest.raises(RefusedError, match=said):
                rows(door.source(), "SELECT count(*) AS n FROM orders")
        monkeypatch.setenv("AISER_BROKER_TOKEN", tokens.made("ada", claims={"region": "N"}, key=private, seconds=60))
        assert rows(door.source(), "SELECT DISTINCT region FROM orders") == [{"region": "N"}]
        monkeypatch.setenv("AISER_BROKER_TOKEN", tokens.made("x", claims={"desk": ["south"]}, key=private, seconds=60))
        assert rows(door.source(), "SELECT DISTINCT region FROM orders") == [{"region": "S"}]
        monkeypatch.delenv("AISER_BROKER_TOKEN")
        monkeypatch.setenv("MY_TOKEN", tokens.made("ben", key=private, seconds=60))
        assert rows(door.source(extra={"token": "env:MY_TOKEN"}), "SELECT DISTINCT region FROM orders") == [{"region": "S"}]
        with pytest.raises(SourceError, match="by reference"):
            door.source(extra={"token": "eyJhbGciOi"})
    finally:
        door.close()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("v = 2", "v: Input should be 1"),
        ("v = 1\n[uids.x]\nuser = 'a'", "uids"),
        ("v = 1\n[uids.5]\nuser = ''", "uids"),
        ("v = ", "cannot be read"),
        ('v = 1\n[tokens]\nkey = "none"\nuids = [1]', "cannot be read"),
    ],
)
def test_a_wrong_file_of_people_lets_nobody_in(tmp_path, text, said):
    (tmp_path / "people.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=said):
        load(tmp_path / "people.toml")


def test_a_line_that_is_cut_says_so(door):
    source = door.source()
    assert isinstance(source, BrokerSource)
    line = Line(str(door.place), 5, lambda _: None)
    line.close()
    with pytest.raises(SourceError, match="ended the connection"):
        line.say(words.HELLO, {})
    ours, theirs = socket.socketpair()
    ours.sendall(struct.pack("<cQ", b"x", 1 << 30))
    with pytest.raises(pipe.TooLong):
        pipe.receive(pipe.Wired(theirs), 100)

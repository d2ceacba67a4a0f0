"""What a workspace keeps of values is encrypted where its settings say so: no file holds a value, and a lost key is said."""

from __future__ import annotations

import base64
import os
import pickle
import secrets
import sqlite3
import traceback
import warnings

import duckdb
import keyring
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from canaries import sings
from filelock import FileLock
from keyring.backends.fail import Keyring as NoKeyring
from ring import Memory

from aiser_jupyter import Workspace, preserving, privacy, redact
from aiser_jupyter.cli.app import run as aiser
from aiser_jupyter.errors import EncryptionError, QueryError, SettingsError, StateError
from aiser_jupyter.query import cache, failures
from aiser_jupyter.sources import encryption, kept_file, rekey, sealed, spill, workspace_key
from aiser_jupyter.sources.duckdb import DuckDBSource
from aiser_jupyter.sources.shelf import Kept, Shelf
from aiser_jupyter.sources.workspace_key import Key

CANARY = "Zanzibarquartz-7731"
CLIENTS = "SELECT * FROM client ORDER BY id"
ASKED = "SELECT * FROM people ORDER BY id"


def a_key():
    return base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def ring():
    before = keyring.get_keyring()
    keyring.set_keyring(Memory())
    yield keyring.get_keyring()
    keyring.set_keyring(before)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A project with a file, the machine's temporary folder in it, results kept however quick, and a key in the environment."""
    (tmp_path / "temp").mkdir()
    (tmp_path / "project").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    monkeypatch.setattr(cache, "WORTH_S", 0.0)
    monkeypatch.setenv("DATA_KEY", a_key())
    spill.spill_folder.cache_clear()
    path = tmp_path / "project" / "people.csv"
    path.write_text("id,name,n\n" + "".join(f"{i},{CANARY if i == 3 else f'name {i}'},{i % 5}\n" for i in range(200)))
    with sqlite3.connect(tmp_path / "shop.sqlite") as shop:
        shop.execute("CREATE TABLE client (id INTEGER, name TEXT)")
        shop.executemany("INSERT INTO client VALUES (?, ?)", [(3, CANARY), (4, "other")])
    shop.close()
    yield path.parent
    spill.spill_folder.cache_clear()


SHOP = '[connections.shop]\nurl = "sqlite:///../shop.sqlite"\n'


def opened(folder, *, encrypt=True, reference="env:DATA_KEY", more="", shop=SHOP):
    (folder / ".aiser").mkdir(exist_ok=True)
    key = f'encrypt_key = "{reference}"\n' if reference else ""
    (folder / ".aiser" / "settings.toml").write_text(f"encrypt = {str(encrypt).lower()}\n{key}{more}{shop}")
    return Workspace(folder)


def used(ws):
    """Put a table, an extract and a result where the workspace keeps them; the rows of each."""
    ws.add(ws.root / "people.csv", copy="results")
    ws.materialize("few", "SELECT id, name FROM people WHERE n = 3", on="files")
    ws.sql(CLIENTS, on="shop").df()
    return ws.sql(ASKED).rows(), ws.sql("SELECT * FROM few ORDER BY id").rows()


def found(folder):
    """Where the canary is, of all that the workspace wrote and the temporary folder."""
    return sings([folder / ".aiser", folder.parent / "temp"], {"it": CANARY})


def kinds(folder):
    return sorted({path.parent.name for path in (folder / ".aiser").rglob("*") if path.suffix in {".parquet", ".arrows"}})


def test_no_file_holds_a_value_that_one_holds_without_encryption(folder):
    plain = used(opened(folder, encrypt=False, reference=""))
    assert kinds(folder) == ["cache", "data"]
    places = {place.split(" in ")[1].partition("!")[0].rpartition("/")[0] for place in found(folder)}
    assert {str(folder / ".aiser" / "cache"), str(folder / ".aiser" / "data")} <= places
    for path in (folder / ".aiser").rglob("*.*"):
        path.unlink()
    assert used(opened(folder)) == plain
    assert kinds(folder) == ["cache", "data"]
    assert found(folder) == []


def test_what_is_kept_is_read_again_by_another_process_and_by_a_worker(folder):
    rows = used(opened(folder))
    again = opened(folder, more='worker = "always"\n')
    answer = again.sql(CLIENTS, on="shop")
    assert (answer.cached, answer.rows()) == (True, [{"id": 3, "name": CANARY}, {"id": 4, "name": "other"}])
    assert again.sql(ASKED).rows() == rows[0]
    assert again.sql("SELECT count(*) AS n FROM people JOIN few USING (id)").rows() == [{"n": 40}]
    assert {table.name: len(table.columns) for table in again.context.sources.get("files").tables()} == {"people": 3, "few": 2}


def test_extracts_go_on_from_where_they_ended(folder):
    ws = opened(folder)
    used(ws)
    ws.materialize("grown", "SELECT id, name FROM people", on="files", watermark="id", key="id")
    (folder / "people.csv").write_text("id,name,n\n198,other,1\n199,name 199,4\n200,late,0\n")
    ws.add(folder / "people.csv", "people")
    done = ws.refresh("grown")
    assert (done.status, done.rows) == ("refreshed", 201)
    assert ws.sql("SELECT name FROM grown WHERE id IN (3, 199, 200) ORDER BY id").rows() == [
        {"name": CANARY},
        {"name": "name 199"},
        {"name": "late"},
    ]
    assert ws.refresh("grown").status == "unchanged"
    assert found(folder) == []


def test_every_type_comes_back_as_without_encryption(folder):
    table = pa.table(
        {
            "decimal": pa.array([None, "12.345"], pa.string()).cast(pa.decimal128(38, 3)),
            "moment": pa.array([0, 1_700_000_000_123_456], pa.timestamp("us", tz="UTC")),
            "day": pa.array([0, 20_000], pa.date32()),
            "clock": pa.array([0, 1_000_000], pa.time64("us")),
            "raw": pa.array([b"\x00\xff", None], pa.binary()),
            "real": [float("nan"), float("-inf")],
            "wide": pa.array([2**63, 0], pa.uint64()),
            "list": [[1, None], []],
            "struct": [{"a": 1, "b": "x"}, None],
            "flag": [True, None],
        }
    )
    told = []
    for encrypt in (False, True):
        here = folder / str(encrypt)
        here.mkdir()
        ws = opened(here, encrypt=encrypt)
        ws.add(table, "t", copy="results")
        types = [(column.name, column.db_type) for column in ws.context.sources.get("files").tables()[0].columns]
        nan = ws.sql("SELECT count(*) AS n FROM t WHERE isnan(real)", fresh=True).rows()
        told.append((types, nan, repr(ws.sql("SELECT * FROM t", fresh=True).rows())))
    assert told[0] == told[1]


def test_switching_it_on_rewrites_what_lay_there_and_says_so(folder):
    plain = used(opened(folder, encrypt=False))
    assert found(folder)
    ws = opened(folder)
    with pytest.warns(UserWarning, match=r"2 kept table\(s\) written anew \(people, few\), 1 kept result\(s\) dropped"):
        assert ws.sql(ASKED).rows() == plain[0]
    assert ws.sql("SELECT * FROM few ORDER BY id").rows() == plain[1]
    assert found(folder) == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert opened(folder).sql(ASKED).rows() == plain[0]


def test_the_environment_switches_it_on(folder, monkeypatch):
    monkeypatch.setenv("AISER_ENCRYPT", "true")
    monkeypatch.setenv("AISER_ENCRYPT_KEY", "env:DATA_KEY")
    (folder / ".aiser").mkdir()
    (folder / ".aiser" / "settings.toml").write_text(SHOP)
    used(Workspace(folder))
    assert found(folder) == []


def test_once_encrypted_it_stays_so_whatever_the_settings_say(folder):
    used(opened(folder))
    spill._encrypting.clear()
    ws = opened(folder, encrypt=False)
    assert spill.encrypted() is False
    assert ws.context.sources.engine().spills_encrypted
    ws.add(folder / "people.csv", "more")
    assert ws.sql("SELECT name FROM more WHERE id = 3", fresh=True).rows() == [{"name": CANARY}]
    assert found(folder) == []


def test_a_lost_key_is_said_and_nothing_is_read_again_behind_ones_back(folder, monkeypatch):
    used(opened(folder))
    files = sorted(path.name for path in (folder / ".aiser" / "data").iterdir())
    was = os.environ["DATA_KEY"]
    fingerprint = Key.read(was, "").fingerprint
    for value, said in ((None, "no variable 'DATA_KEY'"), (a_key(), "another key"), ("hunter2", "no 32 bytes in base64")):
        monkeypatch.delenv("DATA_KEY") if value is None else monkeypatch.setenv("DATA_KEY", value)
        ws = opened(folder)
        with pytest.raises(EncryptionError, match=fingerprint):
            ws.sql(CLIENTS, on="shop").rows()
        with pytest.raises(EncryptionError, match=fingerprint) as caught:
            ws.sql(ASKED).rows()
        assert said in caught.value.where
        assert "aiser state rekey --drop" in caught.value.hint
        assert sorted(path.name for path in (folder / ".aiser" / "data").iterdir()) == files
    monkeypatch.setenv("DATA_KEY", was)
    assert len(opened(folder).sql(ASKED).rows()) == 200


def test_the_check_says_whether_the_key_is_there(folder, monkeypatch):
    ws = opened(folder)
    used(ws)

    def said():
        return {item.name: item for item in preserving.check(folder).items}.get("encryption")

    fingerprint = Key.read(os.environ["DATA_KEY"], "").fingerprint
    assert said().ok
    assert fingerprint in said().detail
    (folder / ".aiser" / "data" / "left-0123456789ab.parquet").write_bytes(b"PAR1")
    assert "left-0123456789ab.parquet: not encrypted" in said().detail
    monkeypatch.delenv("DATA_KEY")
    assert not said().ok
    assert "no variable 'DATA_KEY'" in said().detail


def test_a_lost_key_stops_no_connection_of_which_nothing_is_kept(folder, monkeypatch):
    used(opened(folder))
    monkeypatch.delenv("DATA_KEY")
    ws = opened(folder, shop=SHOP + 'copy = "metadata"\n')
    assert len(ws.sql(CLIENTS, on="shop").rows()) == 2


def test_what_a_lost_key_locks_can_be_dropped(folder, monkeypatch, capsys):
    ws = opened(folder)
    used(ws)
    ws.context.state.close()
    monkeypatch.setenv("DATA_KEY", a_key())
    monkeypatch.chdir(folder)
    assert aiser(["state", "rekey", "--drop", "--yes"]) == 0
    assert "people, few" in capsys.readouterr().out
    assert kinds(folder) == []
    ws = opened(folder)
    ws.add(folder / "people.csv")
    assert ws.refresh("few").rows == 40
    assert ws.sql("SELECT * FROM few WHERE id = 3").rows() == [{"id": 3, "name": CANARY}]
    assert found(folder) == []


def test_the_key_comes_from_the_keyring_and_is_made_there(folder, ring):
    rows = used(opened(folder, reference=""))
    ((_, name), text) = next(iter(ring.kept.items()))
    assert name == f"encryption-{Key.read(text, '').fingerprint}"
    assert opened(folder, reference="").sql(ASKED).rows() == rows[0]
    assert sings([folder / ".aiser"], {"key": text}) == []


def test_without_a_keyring_nothing_is_kept_in_plain_form(folder):
    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    try:
        ws = opened(folder, reference="")
        with pytest.raises(EncryptionError, match="no keyring to keep a key in") as caught:
            ws.add(folder / "people.csv", copy="results")
        assert "encrypt_key" in caught.value.hint
        assert found(folder) == []
    finally:
        keyring.set_keyring(before)


def test_a_key_in_the_workspaces_own_env_file_is_none(folder, monkeypatch):
    (folder / ".env").write_text(f"DATA_KEY={os.environ['DATA_KEY']}\n")
    monkeypatch.delenv("DATA_KEY")
    with pytest.raises(EncryptionError, match=r"no variable 'DATA_KEY'") as caught:
        used(opened(folder))
    assert ".env" in caught.value.hint


def test_the_settings_take_a_reference_and_no_key(folder):
    with pytest.raises(SettingsError, match="encrypt_key"):
        opened(folder, reference=os.environ["DATA_KEY"])


def test_no_text_of_ours_shows_the_key(folder, caplog):
    text = os.environ["DATA_KEY"]
    raw = base64.b64decode(text)
    ws = opened(folder)
    used(ws)
    preserving.rekey(ws.context, "env:DATA_KEY")
    key = Key.read(text, "")
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(key)
    error = QueryError(f"{text} {raw!r} {raw.hex()} {base64.urlsafe_b64encode(raw).decode()}")
    said = "".join(traceback.format_exception(error))
    shown = " ".join([repr(key), repr(encryption.of(ws.context.state).__dict__), repr(ws.context), caplog.text, said])
    for form in (text, raw.hex(), repr(raw)[2:-1], base64.urlsafe_b64encode(raw).decode()):
        assert form not in shown
        assert redact.known(form) == redact.MASK
    assert sings([folder / ".aiser", folder.parent / "temp"], {"key": text}) == []


def test_rekey_writes_everything_anew_and_the_old_key_opens_nothing(folder, monkeypatch, capsys):
    ws = opened(folder)
    rows = used(ws)
    old = Key.read(os.environ["DATA_KEY"], "")
    ws.context.state.close()
    monkeypatch.setenv("NEXT_KEY", a_key())
    monkeypatch.chdir(folder)
    assert aiser(["state", "rekey", "--to", "env:NEXT_KEY"]) == 0
    new = Key.read(os.environ["NEXT_KEY"], "")
    said = capsys.readouterr().out
    assert new.fingerprint in said
    assert old.fingerprint in said
    assert {kept_file.key_named(path.name) for path in (folder / ".aiser" / "data").glob("*.parquet")} == {new.fingerprint}
    for path in (folder / ".aiser" / "data").glob("*.parquet"):
        with pytest.raises(Exception, match=r"InvalidTag|^$"):
            kept_file.KeptFile(path, old).open()
    monkeypatch.delenv("DATA_KEY")
    again = opened(folder, reference="env:DATA_KEY")  # the settings lag behind; the books know where the key is
    assert again.sql(ASKED).rows() == rows[0]
    assert again.sql("SELECT * FROM few ORDER BY id").rows() == rows[1]


def test_a_notebook_that_is_open_goes_on_after_a_rekey(folder, monkeypatch):
    monkeypatch.setenv("NEXT_KEY", a_key())
    one, other = opened(folder), opened(folder)
    rows = used(one)
    assert other.sql(ASKED, fresh=True).rows() == rows[0]
    preserving.rekey(one.context, "env:NEXT_KEY")
    assert other.sql(ASKED, fresh=True).rows() == rows[0]
    assert one.sql("SELECT * FROM few ORDER BY id", fresh=True).rows() == rows[1]


def test_a_table_written_under_the_key_of_before_is_refused(folder, monkeypatch):
    monkeypatch.setenv("NEXT_KEY", a_key())
    ws = opened(folder)
    used(ws)
    shelf = Shelf(ws.context.state)
    file, count, size = shelf.write("late", pa.table({"n": [1]}).to_reader())
    preserving.rekey(ws.context, "env:NEXT_KEY")
    with pytest.raises(StateError, match="was changed while"):
        shelf.put(Kept("late", "frame", file, count, size, ws.context.clock.now(), "ada"))
    assert not (shelf.folder / file).exists()


def test_a_table_written_under_a_key_that_was_taken_back_is_refused(folder):
    ws = opened(folder)
    used(ws)
    shelf = Shelf(ws.context.state)
    file, count, size = shelf.write("late", pa.table({"n": [1]}).to_reader())
    preserving.rekey(ws.context, how="plain")
    with pytest.raises(StateError, match="was changed while"):
        shelf.put(Kept("late", "frame", file, count, size, ws.context.clock.now(), "ada"))
    assert {kept.name for kept in shelf.kept()} == {"people", "few"}


def test_a_file_that_is_lost_while_the_key_changes_is_written_once_more(folder, monkeypatch):
    monkeypatch.setenv("NEXT_KEY", a_key())
    ws = opened(folder)
    rows = used(ws)
    copied, lost = rekey._copied, []

    def losing(shelf, kept, key):
        made = copied(shelf, kept, key)
        if not lost:
            lost.append(made[0])
            (shelf.folder / made[0]).unlink()
        return made

    monkeypatch.setattr(rekey, "_copied", losing)
    preserving.rekey(ws.context, "env:NEXT_KEY")
    assert lost
    assert ws.sql(ASKED, fresh=True).rows() == rows[0]


def test_who_opens_a_workspace_leaves_the_files_of_a_change_that_goes_on(folder):
    used(opened(folder))
    going = folder / ".aiser" / "data" / f"people-0123456789ab.{Key.made().fingerprint}.parquet"
    going.write_bytes(b"PARE")
    with FileLock(folder / ".aiser" / "rekey.lock"):
        assert len(opened(folder).sql(ASKED).rows()) == 200
        assert going.exists()
    assert len(opened(folder).sql(ASKED).rows()) == 200
    assert not going.exists()


def test_it_can_be_taken_back(folder):
    ws = opened(folder)
    rows = used(ws)
    done = preserving.rekey(ws.context, how="plain")
    assert (done.now, done.tables) == ("", ("people", "few"))
    for path in (folder / ".aiser" / "data").glob("*.parquet"):
        assert pq.read_table(path).num_rows in {200, 40}
    ws.context.state.close()
    assert opened(folder, encrypt=False).sql(ASKED).rows() == rows[0]


def test_erasing_and_a_backup_keep_it_encrypted(folder):
    ws = opened(folder)
    used(ws)
    made = ws.backup(folder.parent / "saved.zip")
    assert sum(member.path.startswith("data/") for member in made.manifest.files) == 2
    assert sings([folder.parent], {"it": CANARY}, without=[folder / "people.csv", folder.parent / "shop.sqlite"]) == []
    assert {one.kind for one in privacy.find(ws.context, CANARY)} >= {"added", "cache"}
    assert privacy.erase(ws.context, CANARY).left == ""
    assert ws.sql("SELECT count(*) AS n, count(DISTINCT name) AS d FROM people").rows() == [{"n": 199, "d": 199}]
    assert {kept_file.key_named(path.name) for path in (folder / ".aiser" / "data").glob("*.parquet")} == {
        Key.read(os.environ["DATA_KEY"], "").fingerprint
    }


def test_a_changed_byte_is_no_result():
    key = Key.made()
    whole = sealed.seal(key, b"rows", b"a.arrows")
    assert sealed.unseal(key, whole, b"a.arrows") == b"rows"
    for broken, name in (
        (whole[:-1] + bytes([whole[-1] ^ 1]), b"a.arrows"),
        (whole, b"b.arrows"),
        (whole[:20], b"a.arrows"),
        (b"", b"a.arrows"),
    ):
        with pytest.raises(ValueError, match=r"changed|present key"):
            sealed.unseal(key, broken, name)
    with pytest.raises(ValueError, match="present key"):
        sealed.unseal(Key.made(), whole, b"a.arrows")


def test_a_key_is_read_in_the_ways_it_is_written():
    raw = secrets.token_bytes(32)
    forms = [base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode(), raw.hex(), f" {raw.hex().upper()}\n"]
    assert len({Key.read(form, "").fingerprint for form in forms}) == 1
    for wrong in ("", "hunter2", raw.hex()[2:], "ä" * 32):
        with pytest.raises(EncryptionError, match="no 32 bytes"):
            Key.read(wrong, "env:X")


def test_rows_that_do_not_fit_into_memory_are_never_on_disk_in_plain_form(tmp_path):
    rows = "SELECT 'Zanzibarquartz' || hash(i) || repeat('x', 40) AS c, i FROM range(2000000) t(i)"
    seen = {}
    for name in ("plain", "encrypted"):
        place = tmp_path / name
        owner = type("Owner", (), {})()
        if name == "encrypted":
            spill.encrypt(owner)
        engine = DuckDBSource("t", write=True, config={"memory_limit": "80MB", "threads": "1", "temp_directory": str(place)})
        cursor = engine.cursor()
        try:
            cursor.run(f"CREATE TABLE t AS {rows}", {})
            failed = None
        except duckdb.Error as error:
            failed = failures.explain(error, rows, engine, (), ())
        seen[name] = (failed, any(b"Zanzibarquartz" in path.read_bytes() for path in place.glob("*")))
        engine.close()
        del owner
    assert seen["plain"] == (None, True)
    failed, plain = seen["encrypted"]
    assert not plain
    assert failed is None or "do not go to disk in plain form" in str(failed)  # a DuckDB that can encrypt has no reason to fail


def test_what_encrypts_ends_with_its_workspace(folder):
    assert not spill.encrypted()
    ws = opened(folder)
    assert spill.encrypted()
    assert workspace_key.entry("ab") == "encryption-ab"
    assert rekey.settle(Shelf(ws.context.state)) is None
    del ws


@pytest.fixture(autouse=True)
def _nothing_encrypts_afterwards():
    yield
    spill._encrypting.clear()

from __future__ import annotations

import sqlite3

import duckdb
import pytest

from aiser_jupyter import assemble
from aiser_jupyter.errors import AiserError, FileFormatError, SecretTypedError, SourceError, UsageError
from aiser_jupyter.sources.open import open_source
from aiser_jupyter.sources.reference import without_secret
from aiser_jupyter.sources.registry import Registry


@pytest.fixture
def folder(tmp_path, monkeypatch):
    with sqlite3.connect(tmp_path / "lite.db") as connection:
        connection.execute("CREATE TABLE t (a INTEGER)")
    connection.close()
    duckdb.connect(str(tmp_path / "duck.duckdb")).execute("CREATE TABLE t (a INTEGER)").close()
    (tmp_path / "orders.csv").write_text("a,b\n1,2\n")
    (tmp_path / "fake.db").write_text("hello")
    (tmp_path / "notes.md").write_text("hello")
    (tmp_path / "a#b?c.db").write_bytes((tmp_path / "lite.db").read_bytes())
    (tmp_path / "noending").write_bytes((tmp_path / "lite.db").read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("target", "name", "dialect", "tables"),
    [
        ("lite.db", "lite", "sqlite", ["t"]),
        ("sqlite:///lite.db", "lite", "sqlite", ["t"]),
        ("noending", "noending", "sqlite", ["t"]),
        ("a#b?c.db", "a_b_c", "sqlite", ["t"]),
        ("duck.duckdb", "duck", "duckdb", ["t"]),
        ("duckdb:///duck.duckdb", "duck", "duckdb", ["t"]),
        ("duckdb:///:memory:", "memory", "duckdb", []),
        ("orders.csv", "orders", "duckdb", ["orders"]),
    ],
)
def test_opens_what_is_there(folder, target, name, dialect, tables):
    source = open_source(target)
    assert (source.name, source.dialect, source.read_only) == (name, dialect, True)
    assert [table.name for table in source.tables()] == tables
    source.close()


def test_absolute_addresses_and_references(folder, monkeypatch):
    monkeypatch.setenv("SHOP_URL", f"sqlite:///{folder}/lite.db")
    for target in ("env:SHOP_URL", f"sqlite:///{folder}/lite.db", folder / "lite.db"):
        source = open_source(target, "shop")
        assert (source.name, len(source.tables())) == ("shop", 1)
        source.close()


def test_a_folder_is_a_connection(folder):
    source = open_source(folder, "all")
    assert [table.name for table in source.tables()] == ["orders"]
    source.close()


def test_a_name_taken_gets_a_number(folder):
    source = open_source("lite.db", taken=("lite",))
    assert source.name == "lite_2"
    source.close()


@pytest.mark.parametrize(
    ("target", "error", "message", "hint"),
    [
        ("lit.db", SourceError, "no such file", "Did you mean lite.db"),
        ("sqlite:///lit.db", SourceError, "no such file", "Did you mean lite.db"),
        ("order.csv", FileFormatError, "no such file", "Did you mean orders.csv"),
        ("sqlite://lite.db", SourceError, "three slashes", "sqlite:///"),
        ("fake.db", SourceError, "neither a SQLite nor a DuckDB", "copied whole"),
        ("notes.md", SourceError, "no kind I can read", "What works"),
        ("foo://h/x", SourceError, "no source of kind 'foo'", "What works"),
        ("", SourceError, "nothing to connect", "What works"),
        ("env:SHOP_URLS", SourceError, "'SHOP_URLS'", "Did you mean env:SHOP_URL?"),
        ("env:", SourceError, "no variable", ""),
    ],
)
def test_what_cannot_be_opened_says_what_to_do(folder, monkeypatch, target, error, message, hint):
    monkeypatch.setenv("SHOP_URL", "x")
    with pytest.raises(error) as caught:
        open_source(target)
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert len(str(caught.value).splitlines()) <= 4


@pytest.mark.parametrize(
    "target",
    [
        "postgresql://ann:hunter2@h/x",
        "mysql+pymysql://ann:hunter2@h",
        "duckdb:///md:x?motherduck_token=hunter2",
        "foo://h/x?password=hunter2",
    ],
)
def test_a_typed_password_is_refused_and_not_repeated(target):
    with pytest.raises(SecretTypedError) as caught:
        open_source(target)
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in without_secret(target)
    assert "env:SHOP_URL" in caught.value.hint


def test_a_secret_behind_a_reference_stays_out_of_errors(monkeypatch):
    monkeypatch.setenv("SHOP_URL", "foo://ann:hunter2@h/x")
    with pytest.raises(AiserError) as caught:
        open_source("env:SHOP_URL")
    assert "hunter2" not in str(caught.value)


def test_registry_knows_default_and_near_names(folder):
    sources = Registry()
    with pytest.raises(SourceError, match="no connection yet"):
        sources.get()
    first, second = sources.add(open_source("lite.db")), sources.add(open_source("duck.duckdb"))
    assert (sources.names(), sources.default, sources.get()) == (("lite", "duck"), "duck", second)
    sources.default = "lite"
    assert sources.get() is first
    with pytest.raises(UsageError) as caught:
        sources.get("lit")
    assert caught.value.hint == "Did you mean 'lite'?"
    assert sources.engine() is sources.engine()
    assert (sources.names(), sources.default) == (("files", "lite", "duck"), "lite")
    sources.remove("lite")
    assert sources.default == "duck"
    sources.close()
    assert sources.names() == ()


def test_connections_of_the_settings_open_when_asked_for(folder):
    (folder / ".aiser").mkdir()
    (folder / ".aiser" / "settings.toml").write_text(
        'default = "shop"\n[connections.shop]\nurl = "lite.db"\n[connections.gone]\nurl = "gone.db"\n'
    )
    sources = assemble.context(folder, clock=None, resolver=None).sources
    assert (sources.names(), sources.default) == ((), "shop")
    assert sources.get().place == f"sqlite:///{folder}/lite.db"
    assert sources.names() == ("shop",)
    with pytest.raises(SourceError, match="no such file"):
        sources.get("gone")
    with pytest.raises(UsageError, match="shp"):
        sources.get("shp")
    sources.close()

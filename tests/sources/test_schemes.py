from __future__ import annotations

import sys
from importlib import import_module
from importlib.metadata import EntryPoint

import pytest

from aiser_jupyter.errors import SecretTypedError, SourceError
from aiser_jupyter.sources import schemes
from aiser_jupyter.sources.open import open_source, reopen
from aiser_jupyter.sources.options import Options
from aiser_jupyter.sources.recipe import Recipe

ACME = """
from aiser_jupyter.sources.duckdb import DuckDBSource

def connect(address, name, options):
    source = DuckDBSource(name, write=options.write)
    source.place = address
    return source
"""


@pytest.fixture
def acme(tmp_path, monkeypatch):
    """A package of somebody else that brings a source."""
    (tmp_path / "acme_source.py").write_text(ACME)
    monkeypatch.syspath_prepend(tmp_path)
    point = EntryPoint("acme", "acme_source:connect", schemes.GROUP)
    monkeypatch.setattr(schemes, "entry_points", lambda group: [point] if group == schemes.GROUP else [])
    schemes._brought.cache_clear()
    yield
    schemes._brought.cache_clear()


def test_another_package_brings_a_source(acme):
    source = open_source("acme://host/shop")
    assert (source.name, source.place) == ("shop", "acme://host/shop")
    source.close()


def test_without_it_the_scheme_is_unknown_and_a_near_one_is_offered():
    with pytest.raises(SourceError, match="no source of kind 'acme'"):
        open_source("acme://host/shop")
    with pytest.raises(SourceError) as caught:
        open_source("postgre://host/shop")
    assert caught.value.hint == "Did you mean postgres://?"


@pytest.mark.parametrize(
    ("scheme", "module", "package", "extra"),
    [
        ("postgresql", "postgres", "adbc_driver_postgresql", "postgres"),
        ("mysql", "mysql", "pymysql", "mysql"),
        ("oracle", "oracle", "oracledb", "oracle"),
        ("snowflake", "snowflake", "snowflake.connector", "snowflake"),
    ],
)
def test_a_driver_that_is_not_there_comes_with_what_installs_it(monkeypatch, scheme, module, package, extra):
    for name in [
        name for name in sys.modules if name == f"aiser_jupyter.sources.{module}" or name.startswith(f"aiser_jupyter.sources.{module}_")
    ]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SourceError) as caught:
        open_source(f"{scheme}://127.0.0.1/shop").ping()
    assert f'pip install "aiser-jupyter[{extra}]"' in caught.value.hint


def test_every_module_of_the_table_is_there():
    for kind in schemes.SCHEMES:
        assert callable(import_module(f"aiser_jupyter.sources.{kind.module}").connect), kind.names


def test_a_recipe_opens_what_may_not_be_typed(acme):
    with pytest.raises(SecretTypedError):
        open_source("acme://ann:hunter2@host/shop")
    source = reopen(Recipe("acme://ann:hunter2@host/shop", "shop", Options(write=True)))
    assert (source.name, source.read_only) == ("shop", False)
    source.close()

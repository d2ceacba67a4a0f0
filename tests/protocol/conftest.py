from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

import pytest

from aiser_jupyter.mcp.library import there

ROOT = Path(__file__).parents[2]


@pytest.fixture
def no_library():
    """For tests of what needs no library; all others are skipped without it."""


@pytest.fixture(autouse=True)
def _library(request):
    if "no_library" not in request.fixturenames and not there():
        pytest.skip("the package mcp is not installed")


@pytest.fixture
def shop(tmp_path):
    path = tmp_path / "shop.sqlite"
    with sqlite3.connect(path) as con:
        con.execute("CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT, country TEXT)")
        con.executemany("INSERT INTO customers VALUES (?, ?, ?)", [(i, f"name {i}", ("de", "fr")[i % 2]) for i in range(1, 1501)])
    return path


@pytest.fixture
def command():
    """The server as its own program: the arguments that start it."""
    return [sys.executable, "-c", "from aiser_jupyter.cli import main; main()", "mcp"]

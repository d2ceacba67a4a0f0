"""Connections to an HTTP API of this machine and what is read over them, for the tests of that source."""

from __future__ import annotations

from aiser_jupyter.sources.open import open_source
from aiser_jupyter.sources.options import Options

ROWS = [{"i": i} for i in range(25)]


def source_of(server, path="/", **extra):
    return open_source(server.url(path), "api", options=Options(allow_private=True, extra=extra))


def run(source, sql, **params):
    cursor = source.cursor()
    try:
        return cursor.run(sql, params).read_all().to_pylist(), list(cursor.pushed)
    finally:
        cursor.close()

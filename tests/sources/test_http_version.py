"""Answers of an API are kept while it says that nothing changed, and never longer."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("httpx")

from servers.rest import Reply, RestServer

from aiser_jupyter import Workspace
from aiser_jupyter.sources.source import Versioned


class Data:
    """A resource that says which state it is in."""

    def __init__(self, header, words):
        self.header, self.words, self.state, self.held = header, words, 0, 0

    def __call__(self, request):
        word = self.words[self.state]
        asked = request.headers.get("if-none-match") or request.headers.get("if-modified-since")
        if word and asked == word:
            self.held += 1
            return Reply(b"", 304, {self.header: word})
        return Reply([{"n": self.state}], 200, {self.header: word} if word else {})


@pytest.fixture
def server():
    with RestServer() as server:
        yield server


@pytest.fixture
def ws(tmp_path):
    ws = Workspace(tmp_path)
    yield ws
    ws.close()


def aged(source, seconds=100.0):
    """Let the copies be as old as that."""
    source._copies = {name: replace(copy, at=copy.at - seconds) for name, copy in source._copies.items()}


@pytest.mark.parametrize(
    ("header", "words"),
    [("ETag", ['"a"', '"b"']), ("Last-Modified", ["Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:09 GMT"])],
)
def test_unchanged_is_kept_and_changed_is_read(ws, server, header, words):
    data = server.routes["/orders"] = Data(header, words)
    source = ws.connect(server.url("/orders"), "api", allow_private=True)
    assert isinstance(source, Versioned)

    def ask():
        result = ws.sql("SELECT n FROM orders", on="api")
        return result.rows()[0]["n"], result.cached

    assert ask() == (0, False)
    assert ask() == (0, True)
    before = source.version()
    aged(source)
    assert ask() == (0, True)
    assert data.held == 1
    data.state = 1
    aged(source)
    assert ask() == (1, False)
    assert source.version() != before
    assert ask() == (1, True)
    server.routes["/orders"] = Reply({"error": "gone"}, 404)
    aged(source)
    assert source.version() is None


def test_nothing_is_kept_where_one_endpoint_says_nothing(ws, server):
    server.routes["/a"] = Data("ETag", ['"a"'])
    server.routes["/b"] = silent = Data("ETag", ["", ""])
    source = ws.connect(server.url(), "api", allow_private=True, extra={"endpoints": {"a": "/a", "b": "/b"}})
    for expected in (0, 0):
        result = ws.sql("SELECT n FROM b", on="api")
        assert (result.rows()[0]["n"], result.cached) == (expected, False)
    assert source.version() is None
    silent.state = 1
    aged(source)
    assert ws.sql("SELECT n FROM b", on="api").rows() == [{"n": 1}]


def test_nothing_is_kept_where_a_copy_is_fresh_for_a_moment_alone(ws, server):
    server.routes["/orders"] = data = Data("ETag", ['"a"', '"b"'])
    source = ws.connect(server.url("/orders"), "api", allow_private=True, extra={"fresh_s": 0.0})
    assert ws.sql("SELECT n FROM orders", on="api").rows() == [{"n": 0}]
    assert source.version() is None
    data.state = 1
    assert ws.sql("SELECT n FROM orders", on="api").rows() == [{"n": 1}]

"""One breaker for a host, whoever asks it: a host that is down is left alone, one that is busy is not."""

from __future__ import annotations

import pytest

pytest.importorskip("httpx")

from http_api import run, source_of
from servers.daemon import free_port
from servers.rest import Reply, RestServer

from aiser_jupyter.errors import AiserError, SourceError
from aiser_jupyter.sources import hosts, remote


@pytest.fixture(autouse=True)
def _fresh():
    hosts.forget()
    yield
    hosts.forget()


@pytest.fixture
def server():
    with RestServer() as server:
        yield server


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("https://ada:secret@API.example.com/v1/orders?key=secret", "https://api.example.com"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"),
        ("http://[::1]:8080/x", "http://[::1]:8080"),
        ("s3://bucket/path/*.parquet", "s3://bucket"),
    ],
)
def test_a_host_is_named_without_path_user_or_secret(address, host):
    assert hosts.host(address) == host


def test_two_connections_to_one_host_have_one_breaker(server):
    server.routes["/a"] = server.routes["/b"] = [{"a": 1}]
    first, second = source_of(server, "/a"), source_of(server, "/b")
    server.routes["/a"] = server.routes["/b"] = Reply(b"", 503)
    failed = 0
    while hosts.state(hosts.host(server.url("/"))) == "closed":
        failed += 1
        assert failed < 10
        with pytest.raises(AiserError, match="status 503"):
            run(first, "SELECT a FROM a")
    asked = len(server.log)
    with pytest.raises(SourceError, match="did not answer 5 times in a row"):
        run(second, "SELECT a FROM b")
    assert len(server.log) == asked


def test_a_busy_host_is_no_broken_one(server):
    server.routes["/a"] = [{"a": 1}]
    source = source_of(server, "/a")
    server.routes["/a"] = Reply(b"", 429, headers={"retry-after": "0"})
    for _ in range(4):
        with pytest.raises(AiserError, match="status 429"):
            run(source, "SELECT a FROM a")
    assert hosts.state(hosts.host(server.url("/"))) == "closed"


def test_a_store_that_cannot_be_reached_is_left_alone():
    address = f"s3://127.0.0.1:{free_port()}/x"
    tried = []

    def work():
        tried.append(1)
        raise ConnectionRefusedError("refused")

    with pytest.raises(SourceError, match="cannot be reached"):
        remote.tried(work, address, deadline_s=0.1)
    for _ in range(9):
        with pytest.raises(SourceError):
            remote.tried(work, address, deadline_s=0.1)
    assert hosts.state(hosts.host(address)) == "open"
    assert len(tried) == 5

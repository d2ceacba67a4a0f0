"""What an HTTP API is asked for and when: signing in, tries and refusals, addresses, what is kept, what goes along with a request."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import contract
import pytest

pytest.importorskip("httpx")

from http_api import ROWS, run, source_of
from servers.daemon import free_port
from servers.rest import Reply, RestServer

from aiser_jupyter.errors import (
    AiserError,
    CancelledError,
    DeadlineError,
    QueryError,
    RefusedError,
    SecretTypedError,
    SourceError,
    UsageError,
)
from aiser_jupyter.sources.addresses import RefusedAddressError
from aiser_jupyter.sources.http import connect
from aiser_jupyter.sources.open import open_source
from aiser_jupyter.sources.options import Options


@pytest.fixture
def server():
    with RestServer() as server:
        yield server


class TestAuth:
    @pytest.fixture(autouse=True)
    def _secrets(self, monkeypatch):
        monkeypatch.setenv("API_TOKEN", "tok-3n")
        monkeypatch.setenv("API_SECRET", "s3-cret")

    def test_ways_of_signing(self, server):
        server.routes["/t"] = [{"a": 1}]
        for auth, seen in [
            ({"kind": "bearer", "token": "env:API_TOKEN"}, lambda r: r.headers["authorization"] == "Bearer tok-3n"),
            (
                {"kind": "basic", "user": "ada", "password": "env:API_SECRET"},
                lambda r: r.headers["authorization"] == "Basic YWRhOnMzLWNyZXQ=",
            ),
            ({"kind": "key", "value": "env:API_TOKEN"}, lambda r: r.headers["x-api-key"] == "tok-3n"),
            ({"kind": "key", "value": "env:API_TOKEN", "header": "X-Key"}, lambda r: r.headers["x-key"] == "tok-3n"),
            ({"kind": "key", "value": "env:API_TOKEN", "query": "key"}, lambda r: r.query["key"] == "tok-3n"),
        ]:
            source_of(server, "/t", auth=auth)
            assert seen(server.log[-1]), auth

    def test_user_and_password_of_an_address(self, server, monkeypatch):
        server.routes["/t"] = [{"a": 1}]
        monkeypatch.setenv("API_URL", server.url("/t").replace("//", "//ada:s3-cret@"))
        source = open_source("env:API_URL", options=Options(allow_private=True))
        assert server.log[-1].headers["authorization"] == "Basic YWRhOnMzLWNyZXQ="
        assert "s3-cret" not in source.place + repr(source.recipe)

    def test_a_token_is_had_kept_and_renewed(self, server):
        given = []

        def token(request):
            given.append(request.form())
            return {"access_token": f"t{len(given)}", "token_type": "Bearer", "expires_in": 3600}

        good = {"Bearer t1"}
        server.routes["/token"] = token
        server.routes["/t"] = lambda r: [{"a": 1}] if r.headers.get("authorization") in good else Reply({}, 401)
        auth = {"kind": "oauth2", "token_url": server.url("/token"), "client_id": "me", "client_secret": "env:API_SECRET", "in_body": True}
        source = source_of(server, "/t", auth=auth, fresh_s=0.0)
        run(source, "SELECT a FROM t")
        assert given == [{"grant_type": "client_credentials", "client_id": "me", "client_secret": "s3-cret"}]
        good.clear()
        good.add("Bearer t2")  # taken back by the API before its time
        assert run(source, "SELECT a FROM t")[0] == [{"a": 1}]
        assert len(given) == 2

    def test_a_secret_itself_is_refused(self, server):
        for extra in (
            {"auth": {"kind": "bearer", "token": "tok-3n"}},
            {"headers": {"X-Api-Key": "tok-3n"}},
            {"params": {"access_token": "tok-3n"}},
        ):
            with pytest.raises(SecretTypedError) as caught:
                source_of(server, "/t", **extra)
            assert "tok-3n" not in str(caught.value)
        with pytest.raises(SecretTypedError):
            open_source("https://api.example.com/t?api_key=tok-3n")

    def test_nothing_secret_is_shown(self, server, caplog):
        caplog.set_level(logging.DEBUG)
        server.routes["/t"] = Reply({"error": "bad token tok-3n"}, 403)
        auth = {"kind": "key", "value": "env:API_TOKEN", "query": "key"}
        with pytest.raises(SourceError, match="refuses access") as caught:
            source_of(server, "/t", auth=auth)
        error: BaseException | None = caught.value
        while error is not None:
            assert "tok-3n" not in str(error) + repr(error)
            error = error.__cause__
        ours = [record for record in caplog.records if record.name.startswith(("aiser", "stamina"))]
        assert not any("tok-3n" in record.getMessage() for record in ours)
        assert not any("tok-3n" in record.getMessage() for record in caplog.records), [r.name for r in caplog.records]

    def test_another_origin_gets_nothing_secret(self, server):
        with RestServer() as other:
            other.routes["/t"] = [{"a": 1}]
            server.routes["/t"] = Reply(b"", 302, {"location": other.url("/t")})
            for auth in (
                {"kind": "bearer", "token": "env:API_TOKEN"},
                {"kind": "key", "value": "env:API_TOKEN"},
                {"kind": "key", "value": "env:API_TOKEN", "query": "key"},
            ):
                source_of(server, "/t", auth=auth, headers={"X-Secret": "env:API_SECRET"})
                seen = str(other.log[-1])
                assert "tok-3n" not in seen
                assert "s3-cret" not in seen

    def test_what_does_not_fit_is_told(self, server):
        for extra, words in [
            ({"auth": {"kind": "magic"}}, "no kind that I know"),
            ({"auth": {"kind": "basic", "user": "x"}}, "needs password"),
            ({"pagin": "page"}, "Did you mean 'paging'"),
            ({"paging": {"kind": "cursor", "param": "c"}}, "where the next cursor is"),
            ({"endpoints": {"a": "https://other.example.com/x"}}, "another host"),
            ({"endpoints": {"a": {"recods": "/x"}}}, "Did you mean 'records'"),
            ({"records": "data"}, "no JSON pointer"),
            ({"filters": {"a b c": "x"}}, "cannot be read"),
            ({"format": "xml"}, "cannot read"),
        ]:
            with pytest.raises(UsageError, match=words):
                source_of(server, "/t", **extra)


class TestTroubles:
    def test_it_is_tried_again_as_the_server_asks(self, server):
        answers = [
            Reply({}, 429, {"retry-after": "0"}),
            Reply({}, 503, {"retry-after": format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)}),
            Reply([{"a": 1}]),
        ]
        server.routes["/t"] = [{"a": 0}]
        source = source_of(server, "/t")
        server.routes["/t"] = lambda _: answers.pop(0)
        assert run(source, "SELECT a FROM t")[0] == [{"a": 1}]

    def test_a_wait_that_is_too_long_is_no_wait(self, server):
        server.routes["/t"] = [{"a": 0}]
        source = source_of(server, "/t", total_s=2.0)
        server.routes["/t"] = Reply({}, 429, {"retry-after": "3600"})
        began = time.monotonic()
        with pytest.raises(QueryError, match="cannot answer now"):
            source.tables()
        assert time.monotonic() - began < 2

    def test_what_will_not_pass_is_not_tried_again(self, server):
        server.routes["/t"] = [{"a": 0}]
        source = source_of(server, "/t")
        del server.routes["/t"]
        before = len(server.log)
        with pytest.raises(SourceError, match="nothing there"):
            source.tables()
        assert len(server.log) == before + 1

    def test_redirects_are_bounded_and_stay_safe(self, server):
        server.routes["/a"] = Reply(b"", 301, {"location": "/b"})
        server.routes["/b"] = [{"a": 1}]
        assert run(source_of(server, "/a"), "SELECT a FROM a")[0] == [{"a": 1}]
        server.routes["/c"] = Reply(b"", 302, {"location": "/c"})
        with pytest.raises(SourceError, match="more than 5 times"):
            source_of(server, "/c")
        server.routes["/d"] = Reply(b"", 302, {"location": "file:///etc/passwd"})
        with pytest.raises(SourceError, match="not safe"):
            source_of(server, "/d")
        server.routes["/e"] = Reply(b"", 302, {"location": "http://169.254.169.254/latest/meta-data/"})
        with pytest.raises(RefusedAddressError, match="link-local"):
            source_of(server, "/e")

    def test_private_addresses_are_refused_unless_allowed(self, server, monkeypatch):
        server.routes["/t"] = [{"a": 1}]
        for host in ("127.0.0.1", "localhost"):
            with pytest.raises(RefusedAddressError, match="allow_private"):
                open_source(f"http://{host}:{server.port}/t")
        with pytest.raises(RefusedAddressError):
            connect(f"http://public.example.com:{server.port}/t", "api", Options(), resolver=lambda *_: ["127.0.0.1"])
        monkeypatch.setenv("HTTP_PROXY", server.url())  # a proxy of the environment would connect for us
        monkeypatch.setenv("ALL_PROXY", server.url())
        with pytest.raises(RefusedAddressError):
            connect(f"http://public.example.com:{server.port}/t", "api", Options(), resolver=lambda *_: ["127.0.0.1"])
        assert server.log == []

    def test_a_proxy_is_used_only_where_it_is_asked_for_and_names_are_judged_all_the_same(self, server, monkeypatch):
        server.routes["/t"] = [{"a": 1}]
        monkeypatch.setenv("http_proxy", server.url())
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        options = Options(extra={"proxy": "env"})
        source = connect("http://public.example.com/t", "api", options, resolver=lambda *_: ["8.8.8.8"])
        assert run(source, "SELECT a FROM t")[0] == [{"a": 1}]
        assert {request.headers["host"] for request in server.log} == {"public.example.com"}
        with pytest.raises(RefusedAddressError):
            connect("http://inner.example.com/t", "api", options, resolver=lambda *_: ["10.0.0.1"])

    def test_a_public_name_that_sends_on_to_this_machine_is_stopped(self, server):
        server.routes["/t"] = Reply(b"", 302, {"location": f"http://inner.example.com:{server.port}/admin"})
        names = {"outer.example.com": ["127.0.0.1"], "inner.example.com": ["169.254.169.254"]}
        with pytest.raises(RefusedAddressError):
            connect(f"http://outer.example.com:{server.port}/t", "api", Options(allow_private=True), resolver=lambda host, _: names[host])
        assert [request.headers["host"] for request in server.log] == [f"outer.example.com:{server.port}"]

    def test_addresses_that_lead_nowhere(self):
        contract.refuses(f"http://127.0.0.1:{free_port()}/t", within=3, allow_private=True, connect_timeout_s=1)
        contract.refuses("https://nowhere.invalid/t", within=6)

    def test_plain_http_where_tls_is_asked_for(self, server):
        with pytest.raises(SourceError):
            open_source(server.url("/t").replace("http:", "https:"), options=Options(allow_private=True))
        assert server.log == []

    def test_it_only_reads(self, server):
        server.routes["/t"] = [{"a": 1}]
        with pytest.raises(RefusedError, match="only reads"):
            open_source(server.url("/t"), write=True, options=Options(allow_private=True))
        run(source_of(server, "/t"), "SELECT a FROM t")
        assert {request.method for request in server.log} == {"GET"}

    def test_a_request_that_hangs_is_stopped(self, server):
        server.routes["/t"] = [{"a": 1}]
        source = source_of(server, "/t", sample_pages=1, paging="none")
        source.tables()
        server.routes["/t"] = lambda _: time.sleep(20)
        failed = []

        def wait():
            try:
                run(source, "SELECT a FROM t")
            except AiserError as error:
                failed.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.5)
        began = time.monotonic()
        source.cancel()
        thread.join(5)
        assert time.monotonic() - began < 1.5
        assert isinstance(failed[0], CancelledError | DeadlineError)


class TestFreshness:
    def test_records_are_kept_for_a_while_and_asked_for_by_their_tag(self, server):
        def route(request):
            tag = '"v1"'
            return Reply(b"", 304) if request.headers.get("if-none-match") == tag else Reply([{"a": 1}], headers={"etag": tag})

        server.routes["/t"] = route
        source = source_of(server, "/t")
        for _ in range(3):
            run(source, "SELECT a FROM t")
        assert len(server.log) == 2  # the ping and one fetch
        assert source.version_of("t") == '"v1"'
        source._bounds["fresh_s"] = 0.0
        assert run(source, "SELECT a FROM t")[0] == [{"a": 1}]
        assert server.log[-1].headers["if-none-match"] == '"v1"'

    def test_stale_records_are_fetched_anew(self, server):
        server.routes["/t"] = [{"a": 1}]
        source = source_of(server, "/t", fresh_s=0.0)
        run(source, "SELECT a FROM t")
        server.routes["/t"] = [{"a": 2}, {"a": 3}]
        assert run(source, "SELECT count(*) AS n, max(a) AS a FROM t")[0] == [{"n": 2, "a": 3}]

    def test_filters_go_along_where_the_profile_maps_them(self, server):
        server.routes["/t"] = lambda r: [row for row in ROWS if row["i"] >= int(r.query.get("least", 0))][: int(r.query.get("limit", 100))]
        source = source_of(server, "/t", filters={"i >=": "least"}, limit_param="limit", sample_pages=1, paging="none")
        rows, pushed = run(source, "SELECT i FROM t WHERE i >= 20 AND i % 2 = 0")
        assert [row["i"] for row in rows] == [20, 22, 24]
        assert pushed == ["t: GET /t where i >= 20"]
        assert server.log[-1].query == {"least": "20"}
        assert run(source, "SELECT i FROM t WHERE i >= $least LIMIT 3", least=5)[0] == [{"i": 5}, {"i": 6}, {"i": 7}]
        assert server.log[-1].query == {"least": "5", "limit": "3"}
        run(source, "SELECT i FROM t WHERE i > 20 LIMIT 3")
        assert server.log[-1].query == {}

    def test_an_api_that_ignores_a_filter_does_no_harm(self, server):
        server.routes["/t"] = ROWS
        source = source_of(server, "/t", filters={"i >=": "least"}, sample_pages=1, paging="none")
        assert [row["i"] for row in run(source, "SELECT i FROM t WHERE i >= 23")[0]] == [23, 24]

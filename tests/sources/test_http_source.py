"""HTTP APIs, over a real server of this machine."""

from __future__ import annotations

import gzip
import logging
import threading
import time
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime

import contract
import pytest

pytest.importorskip("httpx")

from servers.daemon import free_port
from servers.rest import Reply, RestServer

from aiser_jupyter import Workspace
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


def source_of(server, path="/", **extra):
    return open_source(server.url(path), "api", options=Options(allow_private=True, extra=extra))


def run(source, sql, **params):
    cursor = source.cursor()
    try:
        return cursor.run(sql, params).read_all().to_pylist(), list(cursor.pushed)
    finally:
        cursor.close()


def plain(value):
    return (
        value.isoformat() if isinstance(value, date) else None if value is None else float(value) if hasattr(value, "as_tuple") else value
    )


@pytest.mark.support("HTTP/REST APIs", "real server")
class TestContract(contract.SourceContract):
    slow = "SELECT count(*) AS n FROM glacier"
    has_keys = False

    @pytest.fixture
    def source(self, server):
        names = ["id", "customer_id", "day", "placed", "amount", "share", "paid", "note"]
        self.pages = 0
        server.routes["/orders"] = {"data": [dict(zip(names, map(plain, order), strict=True)) for order in contract.ORDERS]}
        server.routes["/customers"] = [dict(zip(["id", "name", "country"], customer, strict=True)) for customer in contract.CUSTOMERS]
        server.routes["/glacier"] = self.glacier
        source = source_of(
            server,
            endpoints={"orders": "/orders", "customers": "/customers", "glacier": {"paging": "page", "sample_pages": 1}},
        )
        yield source
        source.close()

    def glacier(self, request):
        page = int(request.query["page"])
        if page > 1:
            self.pages += 1
            time.sleep(30)
        return [{"i": page}]

    def running(self, source):
        return 0


class TestRecords:
    @pytest.mark.parametrize(
        "body",
        [
            [{"a": 1}, {"a": 2}],
            {"data": [{"a": 1}, {"a": 2}], "total": 2},
            {"items": [{"a": 1}, {"a": 2}], "errors": []},
            {"things": [{"a": 1}, {"a": 2}], "n": 2},
            {"data": {"rows": [{"a": 1}, {"a": 2}]}},
            [1, 2],
        ],
    )
    def test_are_found_in_the_body(self, server, body):
        server.routes["/t"] = body
        assert run(source_of(server, "/t"), "SELECT sum(COLUMNS(*)) AS s FROM t")[0] == [{"s": 3}]

    def test_stand_where_the_profile_says(self, server):
        server.routes["/t"] = {"a/b": {"rows": [{"x": 1}]}, "data": [{"y": 1}]}
        assert run(source_of(server, "/t", records="/a~1b/rows"), "SELECT * FROM t")[0] == [{"x": 1}]
        with pytest.raises(SourceError, match="nothing at /nowhere"):
            source_of(server, "/t", records="/nowhere").tables()

    def test_are_flattened_and_typed(self, server):
        server.routes["/t"] = [
            {
                "id": "007",
                "at": "2024-01-02T10:00:00Z",
                "day": "2024-01-02",
                "place": {"city": "Rome"},
                "big": 2**70,
                "tags": ["a"],
                "n": 1,
            },
            {"id": "12", "at": "2024-01-02T12:00:00+01:00", "day": None, "place": None, "big": 1, "n": 2.5},
        ]
        rows, _ = run(source_of(server, "/t"), "SELECT * FROM t")
        assert rows[0]["id"] == "007"
        assert [row["at"] for row in rows] == [datetime(2024, 1, 2, 10, tzinfo=UTC), datetime(2024, 1, 2, 11, tzinfo=UTC)]
        assert (rows[0]["day"], rows[0]["place_city"], rows[0]["tags"], rows[1]["n"]) == (date(2024, 1, 2), "Rome", ["a"], 2.5)
        assert int(rows[0]["big"]) == 2**70

    def test_csv_and_lines_of_json(self, server):
        server.routes["/sales.csv"] = Reply("day,amount\n2024-01-02,10.50\n2024-01-03,1.25\n")
        server.routes["/t"] = Reply(b'{"a": 1}\n\n{"a": 2}\n', headers={"content-type": "application/x-ndjson"})
        rows, _ = run(source_of(server, "/sales.csv"), "SELECT day, amount FROM sales ORDER BY day")
        assert [(row["day"], float(row["amount"])) for row in rows] == [(date(2024, 1, 2), 10.5), (date(2024, 1, 3), 1.25)]
        assert run(source_of(server, "/t"), "SELECT sum(a) AS s FROM t")[0] == [{"s": 3}]

    def test_pages_of_csv_have_one_header(self, server):
        server.routes["/t"] = lambda request: Reply("a,b\n" + {"1": "1,x\n2,y\n", "2": "3,z\n"}.get(request.query["page"], ""))
        assert run(source_of(server, "/t", paging="page"), "SELECT sum(a) AS s, max(b) AS b FROM t")[0] == [{"s": 6, "b": "z"}]

    def test_what_is_no_json_is_told(self, server):
        server.routes["/t"] = Reply(b"<html>sign in</html>", headers={"content-type": "text/html"})
        with pytest.raises(SourceError, match=r"no JSON \(it calls itself text/html\)"):
            source_of(server, "/t").tables()

    def test_a_gzipped_answer_is_unpacked_and_a_bomb_is_not(self, server):
        server.routes["/t"] = Reply(gzip.compress(b'[{"a": 1}]'), headers={"content-encoding": "gzip", "content-type": "application/json"})
        assert run(source_of(server, "/t"), "SELECT a FROM t")[0] == [{"a": 1}]
        bomb = gzip.compress(b"[" + b" " * 50_000_000 + b"]")
        assert len(bomb) < 100_000
        server.routes["/bomb"] = Reply(bomb, headers={"content-encoding": "gzip", "content-type": "application/json"})
        with pytest.raises(SourceError, match="larger than 5 MB"):
            source_of(server, "/bomb", answer_mb=5.0)


ROWS = [{"i": i} for i in range(25)]


class TestPaging:
    def count(self, source):
        return run(source, "SELECT count(*) AS n, sum(i) AS s FROM t")[0]

    def test_by_page_number(self, server):
        server.routes["/t"] = lambda r: ROWS[(int(r.query["p"]) - 1) * int(r.query["n"]) :][: int(r.query["n"])]
        paging = {"kind": "page", "param": "p", "size_param": "n", "size": 10}
        assert self.count(source_of(server, "/t", paging=paging)) == [{"n": 25, "s": 300}]

    def test_by_offset(self, server):
        server.routes["/t"] = lambda r: {"items": ROWS[int(r.query["skip"]) :][:10]}
        assert self.count(source_of(server, "/t", paging={"kind": "offset", "param": "skip"})) == [{"n": 25, "s": 300}]

    def test_by_cursor(self, server):
        def route(request):
            start = int(request.query.get("after", 0))
            return {"items": ROWS[start : start + 10], "meta": {"next": str(start + 10) if start + 10 < 25 else None}}

        server.routes["/t"] = route
        assert self.count(source_of(server, "/t", paging={"kind": "cursor", "param": "after", "next": "/meta/next"})) == [
            {"n": 25, "s": 300}
        ]

    @pytest.mark.parametrize("place", ["header", "body", "odata"])
    def test_by_what_the_answer_says(self, server, place):
        def route(request):
            start = int(request.query.get("start", 0))
            onward = f"/t?start={start + 10}" if start + 10 < 25 else None
            if place == "header":
                link = {"link": f'<{onward}>; rel="next", </t?start=0>; rel="first"'} if onward else {}
                return Reply(ROWS[start : start + 10], headers=link)
            key = "next" if place == "body" else "@odata.nextLink"
            return {"value": ROWS[start : start + 10], key: server.url(onward) if onward else None}

        server.routes["/t"] = route
        assert self.count(source_of(server, "/t")) == [{"n": 25, "s": 300}]

    def test_circles_and_endless_pages_end(self, server):
        server.routes["/t"] = [{"i": 1}]
        with pytest.raises(QueryError, match="same page again"):
            source_of(server, "/t", paging="page").tables()
        server.routes["/t"] = lambda r: {"items": [{"i": 1}], "next": "/t?a=1"}
        with pytest.raises(QueryError, match="same page again"):
            source_of(server, "/t").tables()
        server.routes["/t"] = lambda r: [{"i": int(r.query["page"])}]
        with pytest.raises(QueryError, match="more than 7 pages"):
            source_of(server, "/t", paging="page", max_pages=7).tables()
        with pytest.raises(QueryError, match="more than 3 records"):
            source_of(server, "/t", paging="page", max_rows=3).tables()

    def test_a_next_page_elsewhere_gets_nothing(self, server):
        with RestServer() as other:
            server.routes["/t"] = {"items": [{"i": 1}], "next": other.url("/t")}
            with pytest.raises(SourceError, match="at another host"):
                source_of(server, "/t").tables()
            assert other.log == []


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


def test_in_a_workspace(server, tmp_path):
    server.routes["/v1/orders"] = {
        "data": [{"region": "NS"[i % 2], "amount": i + 0.5, "day": f"2024-01-{1 + i % 28:02}"} for i in range(60)]
    }
    (tmp_path / ".aiser").mkdir()
    (tmp_path / ".aiser/settings.toml").write_text(
        f"""
[connections.api]
url = "{server.url("/v1")}"
allow_private = true
[connections.api.extra.endpoints.orders]
path = "/orders"
records = "/data"
"""
    )
    ws = Workspace(tmp_path)
    rows = ws.sql(
        "SELECT region, sum(amount) AS total FROM orders WHERE day >= :since GROUP BY region ORDER BY 1",
        on="api",
        params={"since": date(2024, 1, 1)},
    ).rows()
    assert rows == [{"region": "N", "total": 885.0}, {"region": "S", "total": 915.0}]
    assert "orders" in str(ws.tables("api"))
    assert "region" in str(ws.describe("orders", on="api"))
    assert ws.discover("orders", on="api") is not None
    assert len(server.log) == 2

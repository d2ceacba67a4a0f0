"""HTTP APIs, over a real server of this machine: what a source must do, the records of an answer, its pages."""

from __future__ import annotations

import gzip
import time
from datetime import UTC, date, datetime

import contract
import pytest

pytest.importorskip("httpx")

from http_api import ROWS, run, source_of
from servers.rest import Reply, RestServer

from aiser_jupyter import Workspace
from aiser_jupyter.errors import QueryError, SourceError


@pytest.fixture
def server():
    with RestServer() as server:
        yield server


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

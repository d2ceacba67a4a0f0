"""What Cube's REST API answers, in the shapes that its documentation shows, worked out by DuckDB over a few rows. It is no Cube."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

import duckdb

from servers.rest import Reply, RestServer

ROWS = """
CREATE TABLE orders AS SELECT * FROM (VALUES
  (1, 'paid', true, TIMESTAMP '2024-01-05 10:00:00', 10.10, 2),
  (2, 'paid', true, TIMESTAMP '2024-01-31 23:59:59.999', 0.20, 1),
  (3, 'open', false, TIMESTAMP '2024-02-01 00:00:00', 5.00, NULL),
  (4, NULL, NULL, TIMESTAMP '2024-02-10 08:00:00', 7.00, 3),
  (5, 'open', false, TIMESTAMP '2024-03-01 00:00:00', NULL, 3)) AS t(id, status, paid, created_at, amount, size)
"""
MEASURES = {"count": "count(*)", "total": "sum(amount)", "average": "avg(amount)", "largest": "max(amount)"}
DIMENSIONS = {"status": "string", "paid": "boolean", "created_at": "time", "size": "number"}
META = {
    "cubes": [
        {
            "name": "orders",
            "title": "Orders",
            "type": "cube",
            "isVisible": True,
            "measures": [
                {
                    "name": "orders.count",
                    "title": "Orders Count",
                    "shortTitle": "Count",
                    "type": "number",
                    "aggType": "count",
                    "isVisible": True,
                },
                {
                    "name": "orders.total",
                    "title": "Orders Total",
                    "shortTitle": "Total",
                    "type": "number",
                    "aggType": "sum",
                    "format": "currency",
                    "isVisible": True,
                },
                {
                    "name": "orders.average",
                    "title": "Orders Average",
                    "shortTitle": "Average",
                    "type": "number",
                    "aggType": "avg",
                    "isVisible": True,
                },
                {
                    "name": "orders.largest",
                    "title": "Orders Largest",
                    "shortTitle": "Largest",
                    "type": "number",
                    "aggType": "max",
                    "isVisible": True,
                },
                {
                    "name": "orders.hidden",
                    "title": "Hidden",
                    "shortTitle": "Hidden",
                    "type": "number",
                    "aggType": "sum",
                    "isVisible": False,
                },
            ],
            "dimensions": [
                {"name": f"orders.{name}", "title": f"Orders {name}", "shortTitle": name.title(), "type": kind, "isVisible": True}
                for name, kind in DIMENSIONS.items()
            ],
            "segments": [],
        }
    ]
}


class CubeServer(RestServer):
    """``waits`` is how often an answer is not ready yet; ``secret`` makes a signed token needed; ``most`` rows are given at once."""

    def __init__(self, secret: str = "") -> None:
        super().__init__()
        self.secret, self.waits, self.most = secret, 0, 50_000
        self.queries: list[dict[str, Any]] = []
        self._data = duckdb.connect(":memory:")
        self._data.execute(ROWS)
        self.routes["/cubejs-api/v1/meta"] = self._checked(lambda _: META)
        self.routes["/cubejs-api/v1/load"] = self._checked(self._load)
        self.routes["/cubejs-api/v1/sql"] = self._checked(lambda r: {"sql": {"sql": [self._sql(json.loads(r.query["query"]))[0], []]}})

    def _checked(self, answer):
        def route(request):
            token = request.headers.get("authorization", "").removeprefix("Bearer ")
            if self.secret and not self._signed(token):
                return Reply({"error": "Invalid token"}, 403)
            return answer(request)

        return route

    def _signed(self, token: str) -> bool:
        head, _, sign = token.rpartition(".")
        made = hmac.new(self.secret.encode(), head.encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode() == sign

    def _load(self, request):
        query = json.loads(request.body)["query"]
        self.queries.append(query)
        if self.waits:
            self.waits -= 1
            return {"error": "Continue wait"}
        try:
            sql, keys = self._sql(query)
        except KeyError as error:
            return Reply({"error": f"'{error.args[0]}' not found for path 'orders.{error.args[0]}'"}, 400)
        rows = [dict(zip(keys, map(_given, row), strict=True)) for row in self._data.cursor().execute(sql).fetchall()]
        return {"query": query, "data": rows, "annotation": {}}

    def _sql(self, query):
        columns = {name: f'"{_dimension(name)}"' for name in query.get("dimensions", [])}
        for one in query.get("timeDimensions", []):
            columns[f"{one['dimension']}.{one['granularity']}"] = f"date_trunc('{one['granularity']}', \"{_dimension(one['dimension'])}\")"
        measures = {name: MEASURES[name.partition(".")[2]] for name in query.get("measures", [])}
        where = " AND ".join(map(_filter, query.get("filters", []))) or "true"
        items = ", ".join(f'{sql} AS "{key}"' for key, sql in {**columns, **measures}.items())
        group = f" GROUP BY {', '.join(columns.values())}" if columns else ""
        order = f" ORDER BY {', '.join(str(i + 1) for i in range(len(columns)))}" if columns else ""
        limit = f" LIMIT {min(query.get('limit', 10_000), self.most)} OFFSET {query.get('offset', 0)}"
        return f"SELECT {items} FROM orders WHERE {where}{group}{order}{limit}", [*columns, *measures]


def _dimension(path: str) -> str:
    name = path.partition(".")[2]
    DIMENSIONS[name]
    return name


def _filter(one: dict[str, Any]) -> str:
    for word in ("and", "or"):
        if word in one:
            return "(" + f" {word} ".join(map(_filter, one[word])) + ")"
    column = f'"{_dimension(one["member"])}"'
    values = [str(value).replace("'", "''") for value in one.get("values", [])]
    listed = ", ".join(f"'{value}'" for value in values)
    return {
        "equals": f"{column} IN ({listed})",
        # A missing value is different too.
        "notEquals": f"({column} NOT IN ({listed}) OR {column} IS NULL)",
        "set": f"{column} IS NOT NULL",
        "notSet": f"{column} IS NULL",
        "gt": f"{column} > {listed}",
        "gte": f"{column} >= {listed}",
        "lt": f"{column} < {listed}",
        "lte": f"{column} <= {listed}",
        "afterOrOnDate": f"{column} >= {listed}",
        "beforeDate": f"{column} < {listed}",
    }[one["operator"]]


def _given(value: Any) -> Any:
    """Numbers come as text, moments without a time zone."""
    if value is None or isinstance(value, bool | str):
        return value
    return value.isoformat(timespec="milliseconds") if isinstance(value, datetime) else str(value)

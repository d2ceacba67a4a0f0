"""A stand-in for BigQuery's REST API (v2): jobs answered from DuckDB, in the shapes that Google's reference describes."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import duckdb
import sqlglot

TYPES = {
    "BIGINT": "INTEGER",
    "DOUBLE": "FLOAT",
    "VARCHAR": "STRING",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "TIMESTAMP": "DATETIME",
    "HUGEINT": "NUMERIC",
}


class BigQueryStub:
    """Answers one project and one dataset; ``planned`` are the bytes each dry run tells, ``jobs`` what was asked."""

    def __init__(self, script: str) -> None:
        self.database = duckdb.connect()
        self.database.execute(script)
        self.planned = 1_000
        self.jobs: dict[str, dict] = {}
        self.cancelled: list[str] = []
        stub = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                self.answer(*stub.get(urlsplit(self.path).path))

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
                self.answer(*stub.post(urlsplit(self.path).path, body))

            def answer(self, status, body):
                text = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"bigquery://acme/sales?api_endpoint=http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def get(self, path):
        if found := re.search(r"/queries/([^/]+)$", path):
            return 200, self._result(self.jobs[found[1]])
        if found := re.search(r"/jobs/([^/]+)$", path):
            return 200, self._job(self.jobs[found[1]])
        if found := re.search(r"/tables/([^/]+)$", path):
            return 200, self._table(found[1])
        if path.endswith("/tables"):
            names = [row[0] for row in self.database.cursor().execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
            return 200, {"tables": [{"tableReference": self._reference(name), "type": "TABLE"} for name in names], "totalItems": len(names)}
        if path.endswith("/datasets/sales"):
            return 200, {"datasetReference": {"projectId": "acme", "datasetId": "sales"}}
        return 404, {"error": {"code": 404, "message": f"Not found: {path}", "errors": [{"reason": "notFound", "message": "Not found"}]}}

    def post(self, path, body):
        if path.endswith("/cancel"):
            self.cancelled.append(path.split("/")[-2])
            return 200, {"job": self._job(self.jobs[path.split("/")[-2]])}
        configuration = body["configuration"]
        query = configuration["query"]
        kind = query["query"].split(None, 1)[0].upper()
        job = {
            "id": body.get("jobReference", {}).get("jobId", "dry"),
            "body": body,
            "kind": "SELECT" if kind in {"SELECT", "WITH"} else kind,
            "rows": [],
            "names": [],
        }
        self.jobs[job["id"]] = job
        try:
            if job["kind"] == "SELECT":
                self._run(job, query, dry=bool(configuration.get("dryRun")))
        except duckdb.Error as error:
            return 400, {"error": {"code": 400, "message": _said(error), "errors": [{"reason": "invalidQuery", "message": _said(error)}]}}
        return 200, self._job(job)

    def _run(self, job, query, *, dry):
        values = {p["name"]: _value(p) for p in query.get("queryParameters", [])}
        text = sqlglot.transpile(query["query"], read="bigquery", write="duckdb")[0]
        for name in values:
            text = re.sub(rf"[@$]{name}\b", f"${name}", text)
        cursor = self.database.cursor()
        found = cursor.execute(f"SELECT * FROM ({text}) LIMIT 0" if dry else text, values or None)
        job["names"] = [(d[0], str(d[1])) for d in found.description]
        job["rows"] = found.fetchall()

    def _job(self, job):
        statistics = {
            "query": {"statementType": job["kind"], "totalBytesProcessed": str(self.planned)},
            "totalBytesProcessed": str(self.planned),
        }
        return {
            "jobReference": {"projectId": "acme", "jobId": job["id"], "location": "US"},
            "status": {"state": "DONE"},
            "statistics": statistics,
            "configuration": job["body"]["configuration"],
        }

    def _result(self, job):
        fields = [{"name": name, "type": _type(kind), "mode": "NULLABLE"} for name, kind in job["names"]]
        rows = [{"f": [{"v": _wire(value)} for value in row]} for row in job["rows"]]
        reference = {"projectId": "acme", "jobId": job["id"], "location": "US"}
        return {"jobComplete": True, "jobReference": reference, "schema": {"fields": fields}, "rows": rows, "totalRows": str(len(rows))}

    def _table(self, name):
        columns = (
            self.database.cursor()
            .execute("SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index", [name])
            .fetchall()
        )
        rows = self.database.cursor().execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
        table = {
            "tableReference": self._reference(name),
            "type": "TABLE",
            "numRows": str(rows),
            "schema": {"fields": [{"name": column, "type": _type(kind), "mode": "NULLABLE"} for column, kind in columns]},
            "tableConstraints": {"primaryKey": {"columns": ["id"]}},
        }
        if name == "orders":
            pair = {"referencingColumn": "customer_id", "referencedColumn": "id"}
            table["tableConstraints"]["foreignKeys"] = [
                {"name": "fk", "referencedTable": self._reference("customers"), "columnReferences": [pair]}
            ]
        return table

    def _reference(self, name):
        return {"projectId": "acme", "datasetId": "sales", "tableId": name}


def _type(kind):
    return "NUMERIC" if kind.startswith("DECIMAL") else TYPES.get(kind, "STRING")


def _wire(value):
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _value(parameter):
    value, kind = parameter["parameterValue"].get("value"), parameter["parameterType"]["type"]
    if value is None:
        return None
    return {"INT64": int, "FLOAT64": float, "BOOL": lambda v: str(v).lower() == "true"}.get(kind, str)(value)


def _said(error):
    found = re.search(r'Referenced column "([^"]+)"', str(error))
    if found:
        return f"Unrecognized name: {found[1]} at [1:8]"
    found = re.search(r"Table with name (\S+) does not exist", str(error))
    return f"Not found: Table acme:sales.{found[1]} was not found in location US" if found else str(error)

"""Cube: cubes and views as tables whose columns are dimensions and measures, asked by its REST API."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import datetime
from decimal import Decimal, InvalidOperation
from importlib.util import find_spec
from threading import RLock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiser_jupyter.catalog import Column, Table
from aiser_jupyter.catalog.semantic import Dimension, Metric, SemanticModel
from aiser_jupyter.errors import DeadlineError, EngineWordsError, QueryError, RefusedError, SourceError, UnknownNameError, UsageError
from aiser_jupyter.sources.http_auth import Auth, refuse_typed
from aiser_jupyter.sources.http_client import Client, Limits
from aiser_jupyter.sources.recipe import Recipe
from aiser_jupyter.sources.reference import resolve
from aiser_jupyter.sources.rest import known
from aiser_jupyter.sources.scanned import BATCH, Scan, ScannedCursor, ScannedSource, Stop, engine_of_its_own, quoted, read_only_tree
from aiser_jupyter.sources.schemes import missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from sqlglot import exp

    from aiser_jupyter.catalog import LogicalType
    from aiser_jupyter.sources.addresses import Resolver
    from aiser_jupyter.sources.cube_query import CubeQuery, Member, Wanted
    from aiser_jupyter.sources.options import Options

KNOBS = {"token": "", "secret": "", "claims": {}, "base_path": "/cubejs-api", "wait_s": 300.0, "page_rows": 10_000}
KEPT_S = 60.0
_LOGICAL: dict[str, LogicalType] = {"string": "text", "number": "number", "time": "timestamp", "boolean": "boolean"}
_COUNTS = frozenset({"count", "countDistinct", "countDistinctApprox"})
_AGGREGATES = {"countDistinct": "count_distinct", "countDistinctApprox": "approx_count_distinct", "runningTotal": "running_total"}


def connect(address: str, name: str, options: Options, *, resolver: Resolver | None = None) -> CubeSource:
    """The deployment at ``cube://HOST:PORT`` (http) or ``cubes://HOST`` (https), asked once for its model.

    Knobs in ``options.extra``: ``token`` (a JWT) or ``secret`` (to sign one with ``claims``), both by reference; ``base_path``; ``wait_s``, how long
    an answer is waited for; ``page_rows`` of one request. Raises `SourceError` where it cannot be reached or refuses.
    """
    if find_spec("httpx") is None:
        raise missing("cube", "http")
    if options.write:
        raise RefusedError("A Cube connection only reads: a semantic layer takes no rows.", hint="Connect without write=True.")
    source = CubeSource(address, name, options, resolver=resolver)
    source.ping()
    return source


def sql_api_address(host: str, port: int = 15432, database: str = "cube") -> str:
    """The address under which the PostgreSQL source reaches Cube's SQL API; user and password come by references into it."""
    return f"postgresql://${{CUBE_SQL_USER}}:${{CUBE_SQL_PASSWORD}}@{host}:{port}/{database}"


class _Token(Auth):
    """The header that Cube wants: a token as it is, or one signed anew for each request (JWT by HMAC-SHA256, RFC 7519)."""

    def signed(self, post: Any, *, refused: str = "") -> tuple[dict[str, str], dict[str, str], tuple[str, str] | None, str]:  # noqa: ARG002
        """The header, and nothing else."""
        if self.given.get("token"):
            token = resolve(str(self.given["token"]))
        elif self.given.get("secret"):
            token = jwt({**self.given["claims"], "exp": int(time.time()) + 3600}, resolve(str(self.given["secret"])))
        else:
            return {}, {}, None, ""
        return {"Authorization": token}, {}, None, token


class CubeSource(ScannedSource):
    """A Cube deployment; a statement over one cube becomes one query of Cube's own."""

    # There is nothing to count rows of: a profile knows the members from the model alone.
    has_rows = False

    def __init__(self, address: str, name: str, options: Options, *, resolver: Resolver | None = None) -> None:
        super().__init__()
        self.name = name
        self.recipe = Recipe(address, name, options)
        parts = urlsplit(address)
        self.place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        known(options.extra, tuple(KNOBS), "A Cube connection", self.place)
        if "@" in parts.netloc:
            raise UsageError(
                "A Cube address takes no user and password.",
                where=self.place,
                hint='Give token = "env:CUBE_TOKEN" in the profile\'s extra.',
            )
        self._knobs: dict[str, Any] = {**KNOBS, **options.extra}
        for knob in ("token", "secret"):
            if self._knobs[knob]:
                refuse_typed(knob, self._knobs[knob], self.place)
        scheme = "https" if parts.scheme == "cubes" else "http"
        base = parts.path.rstrip("/") or str(self._knobs["base_path"]).rstrip("/")
        self._base = f"{scheme}://{parts.netloc}{base}/v1"
        self._client = Client(
            _Token("cube", self._knobs),
            {},
            Limits(connect_s=options.connect_timeout_s),
            allow_private=options.allow_private,
            resolver=resolver,
        )
        self._lock = RLock()
        self._model: tuple[float, dict[str, dict[str, Member]], dict[str, dict[str, Any]]] | None = None

    def tables(self) -> tuple[Table, ...]:
        """Cubes and views with their dimensions, then their measures."""
        cubes, told = self._members()
        return tuple(
            Table(
                name,
                tuple(map(_as_column, members.values())),
                kind="view" if told[name].get("type") == "view" else "table",
                comment=_said(told[name]),
            )
            for name, members in cubes.items()
        )

    def scan(self, scan: Scan) -> pa.RecordBatchReader:
        """Refused: a measure has no rows, only groups, so that Cube is asked whole statements (`CubeCursor.run`)."""
        raise UsageError(f"Cube gives no rows of {scan.table}, only groups.", hint="Name the measures and the dimensions to group by.")

    def semantic_model(self) -> SemanticModel:
        """What the measures and dimensions mean, as Cube's model says."""
        metrics: list[Metric] = []
        dimensions: list[Dimension] = []
        moments: list[Dimension] = []
        for cube, members in self._members()[0].items():
            for one in members.values():
                if one.role == "measure":
                    words = (one.title, _AGGREGATES.get(one.aggregate, one.aggregate), one.format, one.description)
                    # In a statement over the cube, a measure is its name.
                    metrics.append(
                        Metric(name=one.name, table=cube, sql=quoted(one.name), reason="; ".join(word for word in words if word))
                    )
                else:
                    (moments if one.type == "time" else dimensions).append(Dimension(name=one.name, table=cube, column=one.name))
        return SemanticModel(source=self.name, metrics=tuple(metrics), dimensions=tuple(dimensions), time=tuple(moments))

    def ping(self) -> None:
        """Ask for the model; raises `SourceError` where Cube cannot be reached or refuses."""
        self.ready()
        self._meta(once=True)

    def cursor(self) -> CubeCursor:
        """A place to run one query."""
        cursor = CubeCursor(self)
        self._cursors.add(cursor)
        return cursor

    def members(self, cube: str) -> dict[str, Member]:
        """The members of a cube, by short name in lower case; `UnknownNameError` where there is no such cube."""
        from difflib import get_close_matches

        cubes, _ = self._members()
        found = next((name for name in cubes if name.casefold() == cube.casefold()), None)
        if found is None:
            near = tuple(get_close_matches(cube, cubes, n=3))
            hint = f"Did you mean {near[0]}?" if near else f"Cubes: {', '.join(list(cubes)[:12])}."
            raise UnknownNameError(f"There is no table {cube!r}.", hint=hint, candidates=near)
        return {name.casefold(): member for name, member in cubes[found].items()}

    def sql_of(self, query: CubeQuery) -> str:
        """The SQL that Cube would send to its database for ``query``."""
        answer = self._client.get(f"{self._base}/sql", {"query": json.dumps(query.body)})
        said = json.loads(answer.body).get("sql", {}).get("sql") or [""]
        return str(said[0])

    def groups(self, query: CubeQuery, stop: Stop, limit: int | None) -> list[dict[str, Any]]:
        """All groups of ``query`` (``limit`` of them), page by page: Cube gives no more than its own limit at once, and says nothing of it."""
        size = int(self._knobs["page_rows"])
        rows: list[dict[str, Any]] = []
        order = [[one.member.path, "asc"] for one in query.columns if one.member.role == "dimension"]
        while True:
            most = size if limit is None else min(size, limit - len(rows))
            body = {**query.body, "limit": most, "offset": len(rows), **({"order": order} if order else {})}
            page = self._loaded(body, stop)
            rows.extend(page)
            if len(page) < most or (limit is not None and len(rows) >= limit) or not order:
                return rows

    def _loaded(self, body: Mapping[str, Any], stop: Stop) -> list[dict[str, Any]]:
        """One answer; while Cube still works on it, it says so and is asked again."""
        until = time.monotonic() + float(self._knobs["wait_s"])
        while True:
            said = self._json(self._client.get(f"{self._base}/load", stop=stop, json={"query": body}).body)
            if said.get("error") == "Continue wait":
                if time.monotonic() > until:
                    raise DeadlineError(f"Cube has no answer after {self._knobs['wait_s']:g} s.", hint="Ask for less, or raise wait_s.")
                stop.wait(0.2)
                continue
            if "error" in said:
                raise EngineWordsError(f"Cube says: {str(said['error'])[:300]}", where=self.place)
            results = said.get("results")
            data = results[0].get("data") if isinstance(results, list) and len(results) == 1 else said.get("data")
            if not isinstance(data, list):
                raise SourceError("Cube's answer holds no data.", where=self.place)
            return data

    def _meta(self, *, once: bool = False) -> dict[str, Any]:
        return self._json(self._client.get(f"{self._base}/meta", once=once).body)

    def _json(self, body: bytes) -> dict[str, Any]:
        try:
            said = json.loads(body)
        except ValueError:
            said = None
        if not isinstance(said, dict):
            raise SourceError("What answers there is no Cube.", where=self.place, hint="Check host, port and base_path.")
        return said

    def _members(self) -> tuple[dict[str, dict[str, Member]], dict[str, dict[str, Any]]]:
        self.ready()
        with self._lock:
            if self._model is None or time.monotonic() - self._model[0] > KEPT_S:
                cubes = [one for one in self._meta().get("cubes") or [] if one.get("isVisible", one.get("public", True))]
                self._model = (time.monotonic(), {str(one["name"]): _read(one) for one in cubes}, {str(one["name"]): one for one in cubes})
            return self._model[1], self._model[2]


class CubeCursor(ScannedCursor):
    """One statement as one query of Cube's, and what is left of it over the groups that come back."""

    def __init__(self, owner: CubeSource) -> None:
        super().__init__(owner)
        self._cube = owner

    def run(self, sql: str, params: Mapping[str, object], frames: Mapping[str, object] | None = None) -> pa.RecordBatchReader:
        """Ask Cube, and stream the rows."""
        import pyarrow as pa
        from sqlglot import exp

        from aiser_jupyter.sources.cube_query import translated

        if frames:
            raise UsageError(
                "A data frame cannot be joined with a cube.", hint="Read the cube first (r = ws.sql(…)), then join r with the frame."
            )
        self._owner.ready()
        tree = read_only_tree(sql, self._owner.name)
        table = tree.find(exp.Table)
        engine = self._engine = engine_of_its_own()
        if table is None:
            reader = engine.sql(sql, params=dict(params) or None)
            return reader.to_arrow_reader(BATCH)
        query = translated(tree, self._cube.members(table.name), params)
        rows = self._cube.groups(query, self._stop, _limit(tree))
        self.pushed.append(f"{table.name}: cube query {json.dumps(query.body, ensure_ascii=False)}")
        arrays = {one.column: _array([row.get(one.key, row.get(one.member.path)) for row in rows], one) for one in query.columns}
        engine.register("groups", pa.table(arrays))
        given = {name: value for name, value in params.items() if name in query.params}
        return (engine.sql(query.sql, params=given) if given else engine.sql(query.sql)).to_arrow_reader(BATCH)


def jwt(claims: Mapping[str, Any], secret: str) -> str:
    """A JSON Web Token signed with HMAC-SHA256."""

    def packed(raw: bytes) -> bytes:
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    head = packed(json.dumps({"alg": "HS256", "typ": "JWT"}, separators=(",", ":")).encode())
    body = packed(json.dumps(dict(claims), separators=(",", ":")).encode())
    sign = packed(hmac.new(secret.encode(), head + b"." + body, hashlib.sha256).digest())
    return b".".join((head, body, sign)).decode()


def _limit(tree: exp.Expr) -> int | None:
    """How many groups are enough: a LIMIT, where nothing sorts or drops groups before it."""
    from aiser_jupyter.sources.scanned import row_limit

    return None if any(tree.args.get(key) for key in ("having", "order", "offset", "distinct")) else row_limit(tree)


def _read(cube: Mapping[str, Any]) -> dict[str, Member]:
    """The members of a cube, dimensions first, by short name."""
    from aiser_jupyter.sources.cube_query import Member

    found: dict[str, Member] = {}
    for role, key in (("dimension", "dimensions"), ("measure", "measures")):
        for one in cube.get(key) or []:
            if not one.get("isVisible", one.get("public", True)):
                continue
            path = str(one["name"])
            short = path.partition(".")[2] or path
            told = one.get("format")
            found.setdefault(
                short,
                Member(
                    path,
                    short,
                    role,  # pyright: ignore[reportArgumentType]
                    str(one.get("type", "string")),
                    str(one.get("aggType", "")) if role == "measure" else "",
                    str(one.get("shortTitle") or one.get("title") or ""),
                    str(one.get("description") or ""),
                    told if isinstance(told, str) else "",
                ),
            )
    return found


def _as_column(member: Member) -> Column:
    kind: LogicalType = "integer" if member.aggregate in _COUNTS else _LOGICAL.get(member.type, "other")
    words = [f"measure ({member.aggregate or member.type})" if member.role == "measure" else "", member.title, member.description]
    return Column(member.name, kind, member.aggregate or member.type, comment="; ".join(word for word in words if word))


def _said(cube: Mapping[str, Any]) -> str:
    return str(cube.get("description") or cube.get("title") or "")


def _array(values: list[Any], wanted: Wanted) -> pa.Array:
    """A column of the groups, typed by the model: Cube gives numbers as text so that none is rounded."""
    import pyarrow as pa

    member = wanted.member
    if member.type == "time":
        return pa.array([None if value is None else _moment(str(value)) for value in values], pa.timestamp("us"))
    if member.type == "boolean":
        return pa.array([None if value is None else str(value).lower() in {"true", "1", "t"} for value in values], pa.bool_())
    if member.type == "number" or member.aggregate in _COUNTS:
        return _numbers(values, wanted)
    return pa.array([None if value is None else value if isinstance(value, str) else json.dumps(value) for value in values], pa.string())


def _numbers(values: list[Any], wanted: Wanted) -> pa.Array:
    import pyarrow as pa

    try:
        exact = [None if value is None else Decimal(str(value)) for value in values]
    except InvalidOperation:
        raise QueryError(f"Cube gives something else than numbers for {wanted.member.name}, which its model calls a number.") from None
    present = [value for value in exact if value is not None]
    if all(value.is_finite() for value in present):
        scale = max((max(-int(value.as_tuple().exponent), 0) for value in present), default=0)
        whole = max((len(value.as_tuple().digits) + int(value.as_tuple().exponent) for value in present), default=1)
        if scale == 0 and (wanted.member.aggregate in _COUNTS or all(abs(value) < 2**63 for value in present)):
            return pa.array([None if value is None else int(value) for value in exact], pa.int64())
        if max(whole, 1) + scale <= 38:
            return pa.array(exact, pa.decimal128(38, scale))
    return pa.array([None if value is None else float(value) for value in exact], pa.float64())


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=None)

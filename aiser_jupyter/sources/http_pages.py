"""The pages of an endpoint, one after the other: where each next one is, when there is none, and when an API goes round in circles."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from aiser_jupyter.errors import QueryError, SourceError
from aiser_jupyter.sources.http_client import origin, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from aiser_jupyter.sources.http_client import Answer, Client
    from aiser_jupyter.sources.rest import Endpoint
    from aiser_jupyter.sources.scanned import Stop

_LISTS = ("data", "items", "results", "value", "records", "rows", "entries", "result")
_NEXT = ("/next", "/links/next", "/_links/next/href", "/paging/next", "/@odata.nextLink", "/meta/next", "/pagination/next", "/next_url")
_LINK = re.compile(r"<(?P<url>[^>]*)>(?P<rest>[^,<]*(?:,(?!\s*<)[^,<]*)*)")
_REL = re.compile(r"""rel\s*=\s*(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s;,]+))""", re.IGNORECASE)


@dataclass(frozen=True)
class Page:
    """What one request gave: the answer, and its records (None where it is CSV)."""

    answer: Answer
    records: list[dict[str, Any]] | None


def pages(
    client: Client, endpoint: Endpoint, params: Mapping[str, str], stop: Stop, *, most: int = 1000, first: Answer | None = None
) -> Iterator[Page]:
    """The pages of ``endpoint``, with ``params`` beside its own; ``first`` is the first one where that is here already.

    Raises `QueryError` where there are more than ``most`` (nothing is left out in silence) or where pages repeat.
    """
    url, asked = endpoint.url, {**opening(endpoint), **params}
    seen: set[tuple[str, str]] = set()
    before, rows = b"", 0
    for number in range(1, most + 1):
        answer = first if number == 1 and first is not None else client.get(url, asked, stop=stop)
        body = hashlib.sha256(answer.body).digest()
        page = Page(answer, *_records(answer, endpoint))
        count = len(page.records) if page.records is not None else answer.body.count(b"\n")
        if number > 1 and count and body == before:
            raise _circle(endpoint)
        before, rows = body, rows + count
        yield page
        onward = _next(endpoint, answer, page.records, number, rows)
        if onward is None:
            return
        url, more = onward
        asked = {**opening(endpoint), **params, **more} if url == endpoint.url else {}
        mark = (url, json.dumps(asked, sort_keys=True))
        if mark in seen:
            raise _circle(endpoint)
        seen.add(mark)
    raise QueryError(
        f"The endpoint {endpoint.name} has more than {most:,} pages.",
        where=shown(endpoint.url),
        hint="Ask for less with a filter that it takes, or raise max_pages.",
    )


def opening(endpoint: Endpoint) -> dict[str, str]:
    """The parameters of the first page."""
    return {**endpoint.params, **_sized(endpoint), **_counted(endpoint, 0, 0)}


def csv(answer: Answer, endpoint: Endpoint) -> bool:
    """Whether an answer is CSV: by what the profile says, its content type, or the address' ending."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    path = endpoint.url.partition("?")[0].lower()
    if endpoint.format != "auto":
        return endpoint.format == "csv"
    return kind in {"text/csv", "application/csv", "text/tab-separated-values"} or (
        "json" not in kind and path.endswith((".csv", ".tsv", ".txt"))
    )


def pointed(value: Any, pointer: str) -> Any:
    """What stands at a JSON pointer (RFC 6901); None where nothing does."""
    for raw in pointer.split("/")[1:]:
        key = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key)
        elif isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        else:
            return None
    return value


def _records(answer: Answer, endpoint: Endpoint) -> tuple[list[dict[str, Any]] | None]:
    if csv(answer, endpoint):
        return (None,)
    body = _body(answer, endpoint)
    found = pointed(body, endpoint.records) if endpoint.records else _list(body)
    if endpoint.records and found is None:
        raise SourceError(
            f"The answer of {endpoint.name} has nothing at {endpoint.records}.",
            where=shown(answer.url),
            hint=f"Its first level holds: {', '.join(map(str, body))[:200]}."
            if isinstance(body, dict)
            else "It is a list itself: leave records out.",
        )
    rows = found if isinstance(found, list) else [found]
    return ([row if isinstance(row, dict) else {"value": row} for row in rows],)


def _body(answer: Answer, endpoint: Endpoint) -> Any:
    try:
        text = answer.body.decode("utf-8-sig")
        kind = answer.headers.get("content-type", "").lower()
        lines = (
            endpoint.format == "ndjson"
            or "ndjson" in kind
            or "jsonl" in kind
            or endpoint.url.partition("?")[0].endswith((".ndjson", ".jsonl"))
        )
        if lines:
            return [json.loads(line, parse_constant=_no_number) for line in text.splitlines() if line.strip()]
        return json.loads(text, parse_constant=_no_number) if text.strip() else []
    except (ValueError, RecursionError):
        kind = answer.headers.get("content-type", "nothing").partition(";")[0]
        raise SourceError(
            f"The answer of {endpoint.name} is no JSON (it calls itself {kind[:40]}).",
            where=shown(answer.url),
            hint='Say what it is: format = "csv".',
        ) from None


def _no_number(name: str) -> None:
    """NaN and Infinity are no JSON; as missing they are at least not taken for text."""
    del name


def _list(body: Any) -> Any:
    """The list of records in a body that says nothing of where it is."""
    if not isinstance(body, dict):
        return body
    for key in _LISTS:
        if isinstance(body.get(key), list):
            return body[key]
    inner = [body[key] for key in ("data", "result", "response", "_embedded") if isinstance(body.get(key), dict)]
    lists = [value for value in body.values() if isinstance(value, list) and (not value or isinstance(value[0], dict))]
    if len(lists) == 1:
        return lists[0]
    if len(inner) == 1 and not lists:
        return _list(inner[0])
    return body


def _sized(endpoint: Endpoint) -> dict[str, str]:
    paging = endpoint.paging
    return {paging.size_param: str(paging.size)} if paging.size_param and paging.size else {}


def _counted(endpoint: Endpoint, done: int, rows: int) -> dict[str, str]:
    """The parameter of a counted page, after ``done`` pages of ``rows`` records."""
    paging = endpoint.paging
    if paging.kind == "page":
        return {paging.param: str(paging.start + done)}
    return {paging.param: str(paging.start + rows)} if paging.kind == "offset" else {}


def _next(
    endpoint: Endpoint, answer: Answer, records: list[dict[str, Any]] | None, done: int, rows: int
) -> tuple[str, dict[str, str]] | None:
    """Where the next page is; None at the end."""
    paging = endpoint.paging
    if paging.kind in {"page", "offset"}:
        count = len(records) if records is not None else max(answer.body.count(b"\n") - 1, 0)
        if count == 0 or (paging.size and count < paging.size):
            return None
        return endpoint.url, _counted(endpoint, done, rows)
    if paging.kind == "cursor":
        cursor = pointed(_body(answer, endpoint), paging.next)
        return (endpoint.url, {paging.param: str(cursor)}) if cursor not in (None, "", False) else None
    if paging.kind == "none":
        return None
    target = _linked(answer.headers.get("link", ""))
    if not target and paging.kind == "auto" and records is not None:
        body = _body(answer, endpoint)
        target = next((found for at in _NEXT if isinstance(found := pointed(body, at), str) and found.startswith(("http", "/", "?"))), "")
    if not target:
        return None
    onward = urljoin(answer.url, target)
    if origin(onward) != origin(endpoint.url):
        raise SourceError(
            f"The next page of {endpoint.name} is at another host, which gets none of this connection's keys.",
            where=f"{shown(endpoint.url)} to {shown(onward)}",
        )
    return onward, {}


def _linked(header: str) -> str:
    """The address that a Link header (RFC 8288) calls next."""
    for link in _LINK.finditer(header):
        rel = _REL.search(link["rest"])
        if rel is not None and "next" in (rel["quoted"] or rel["bare"] or "").lower().split():
            return link["url"]
    return ""


def _circle(endpoint: Endpoint) -> QueryError:
    return QueryError(
        f"The endpoint {endpoint.name} gives the same page again and again.",
        where=shown(endpoint.url),
        hint="Its paging is another than described: look at param and start, or next.",
    )

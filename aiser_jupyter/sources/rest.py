"""What a profile says of an API: its endpoints, where their records are, how they are paged, and which filters they take."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aiser_jupyter.errors import UsageError
from aiser_jupyter.sources.http_auth import refuse_typed
from aiser_jupyter.sources.names import table_name

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGING = {
    "auto": (),
    "none": (),
    "link": (),
    "page": ("param", "start", "size_param", "size"),
    "offset": ("param", "start", "size_param", "size"),
    "cursor": ("param", "next", "size_param", "size"),
}
_ENDPOINT = ("path", "records", "params", "paging", "filters", "format", "limit_param", "sample_pages")
_FORMATS = ("auto", "json", "ndjson", "csv")
_SECRET_NAME = re.compile(r"(?i)auth|key|token|secret|cookie|password|session|credential")
_FILTER = re.compile(r"(?P<column>\S+)(?: (?P<op>=|<=|>=|<|>))?")


@dataclass(frozen=True)
class Paging:
    """How the next page is asked for.

    ``auto`` follows a Link header or an address in the body, ``link`` the header alone; ``page`` and ``offset`` count by ``param`` from ``start``;
    ``cursor`` sends what the body holds at ``next`` (a JSON pointer) as ``param``. ``size_param`` asks for ``size`` records a page.
    """

    kind: str = "auto"
    param: str = ""
    start: int = 0
    next: str = ""
    size_param: str = ""
    size: int = 0


@dataclass(frozen=True)
class Endpoint:
    """One table of an API: where it is, and how it is read.

    ``records`` is a JSON pointer (RFC 6901) to the list of records, empty where it is to be found; ``filters`` maps a column and an operator to
    the parameter that applies it; ``sample_pages`` is how many pages settle the columns (0: all, which are then kept for a while).
    """

    name: str
    url: str
    records: str = ""
    params: Mapping[str, str] = field(default_factory=dict, repr=False)
    paging: Paging = field(default_factory=Paging)
    filters: Mapping[tuple[str, str], str] = field(default_factory=dict)
    format: str = "auto"
    limit_param: str = ""
    sample_pages: int = 0


def endpoints(url: str, extra: Mapping[str, Any], where: str) -> tuple[Endpoint, ...]:
    """The endpoints that ``extra`` describes under the base ``url``; ``url`` itself, named after its path, where it describes none.

    Raises `UsageError` for what does not fit, with what would.
    """
    given = extra.get("endpoints")
    if given is None:
        here = {key: extra[key] for key in _ENDPOINT if key in extra and key != "path"}
        parts = urlsplit(url)
        last = parts.path.rstrip("/").rpartition("/")[2].partition(".")[0]
        return (_endpoint(table_name(last or parts.hostname or "data"), url, here, where),)
    if not isinstance(given, dict) or not given:
        raise UsageError(
            "endpoints is no table of endpoints.", where=where, hint='[connections.api.extra.endpoints.orders] path = "/orders"'
        )
    base = url.partition("?")[0].rstrip("/")
    found = []
    for name, told in given.items():
        described = {"path": told} if isinstance(told, str) else told
        if not isinstance(described, dict):
            raise UsageError(f"The endpoint {name} is no table.", where=where, hint=f'{name} = {{path = "/{name}"}}')
        path = str(described.get("path", f"/{name}"))
        if "://" in path or path.startswith("//"):
            raise UsageError(f"The path of {name} leads to another host.", where=where, hint="Make a connection of its own for that host.")
        rest = {key: value for key, value in described.items() if key != "path"}
        found.append(_endpoint(table_name(str(name)), f"{base}/{path.lstrip('/')}", rest, where))
    return tuple(found)


def headers(given: object, where: str) -> dict[str, str]:
    """Headers to send, each plain or behind a reference; one whose name tells of a secret must be a reference."""
    return _texts(given, "headers", where)


def known(given: Mapping[str, Any], names: tuple[str, ...], what: str, where: str) -> None:
    """Raise `UsageError` for a name in ``given`` that is none of ``names``."""
    for name in given:
        if name not in names:
            near = difflib.get_close_matches(str(name), names, n=1)
            raise UsageError(
                f"{what} has no {name!r}.", where=where, hint=f"Did you mean {near[0]!r}?" if near else f"It has: {', '.join(names)}."
            )


def _endpoint(name: str, url: str, given: Mapping[str, Any], where: str) -> Endpoint:
    known(given, _ENDPOINT, f"The endpoint {name}", where)
    kind = str(given.get("format", "auto"))
    records = str(given.get("records", ""))
    if kind not in _FORMATS:
        raise UsageError(
            f"The endpoint {name} has a format that I cannot read: {kind}.", where=where, hint=f"One of: {', '.join(_FORMATS)}."
        )
    if records and not records.startswith("/"):
        raise UsageError(f"records of {name} is no JSON pointer.", where=where, hint=f'It begins with a slash: records = "/{records}".')
    return Endpoint(
        name,
        url,
        records,
        _texts(given.get("params"), "params", where),
        _paging(given.get("paging"), name, where),
        _filters(given.get("filters"), name, where),
        kind,
        str(given.get("limit_param", "")),
        int(given.get("sample_pages", 0)),
    )


def _paging(given: object, name: str, where: str) -> Paging:
    told: Any = {"kind": given} if isinstance(given, str) else given or {"kind": "auto"}
    kind = told.get("kind") if isinstance(told, dict) else None
    if kind not in PAGING:
        raise UsageError(f"The paging of {name} is of no kind that I know.", where=where, hint=f"One of: {', '.join(PAGING)}.")
    known({key: value for key, value in told.items() if key != "kind"}, PAGING[kind], f"Paging of kind {kind}", where)
    if kind == "cursor" and not str(told.get("next", "")).startswith("/"):
        raise UsageError(
            f"The paging of {name} does not say where the next cursor is.",
            where=where,
            hint='next is a JSON pointer: next = "/meta/next_cursor".',
        )
    defaults = {"page": ("page", 1), "offset": ("offset", 0), "cursor": ("cursor", 0)}
    param, start = defaults.get(kind, ("", 0))
    size = int(told.get("size", 0))
    if kind == "offset" and told.get("size_param") and not size:
        raise UsageError(f"The paging of {name} names size_param without a size.", where=where, hint="size = 100")
    return Paging(
        kind, str(told.get("param", param)), int(told.get("start", start)), str(told.get("next", "")), str(told.get("size_param", "")), size
    )


def _filters(given: object, name: str, where: str) -> dict[tuple[str, str], str]:
    if given is None:
        return {}
    found: dict[tuple[str, str], str] = {}
    for key, param in given.items() if isinstance(given, dict) else ():
        parts = _FILTER.fullmatch(str(key))
        if parts is None or not isinstance(param, str):
            raise UsageError(
                f"The filter {key!r} of {name} cannot be read.", where=where, hint='Write "day >=" = "since", or status = "status".'
            )
        found[parts["column"].casefold(), parts["op"] or "="] = param
    return found


def _texts(given: object, what: str, where: str) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise UsageError(f"{what} is no table.", where=where, hint=f'{what} = {{name = "value"}}')
    for name, value in given.items():
        if _SECRET_NAME.search(str(name)):
            refuse_typed(str(name), value, where)
    return {str(name): str(value) for name, value in given.items()}

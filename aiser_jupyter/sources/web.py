"""Data files behind a URL: downloaded from public addresses alone, each redirect checked anew."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from aiser_jupyter.errors import FileFormatError, SourceError
from aiser_jupyter.sources import addresses, schemes
from aiser_jupyter.sources.limits import MB, Limits, too_large
from aiser_jupyter.sources.reference import without_secret

if TYPE_CHECKING:
    import httpx

_REDIRECTS = 5
_TIMEOUT_S = 30.0
_ENDINGS = {
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/json": ".json",
    "application/x-ndjson": ".ndjson",
    "application/vnd.apache.parquet": ".parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.ms-excel": ".xls",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "text/plain": ".txt",
}


def download(address: str, folder: Path, limits: Limits, *, allow_private: bool = False) -> Path:
    """The file behind ``address``, in ``folder``, named as it is there.

    Raises `SourceError` for an address on a private network (unless ``allow_private``), one that cannot be reached or answers with an error,
    `FileFormatError` for a file that is too large.
    """
    from aiser_jupyter.sources.remote import tried

    try:
        import httpx
    except ImportError:
        raise schemes.missing("http://", "http") from None
    with httpx.Client(timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False) as client:
        return tried(lambda: _followed(client, address, folder, limits, allow_private=allow_private), address)


def _followed(client: httpx.Client, address: str, folder: Path, limits: Limits, *, allow_private: bool) -> Path:
    place = address
    for _ in range(_REDIRECTS + 1):
        request = _request(client, place, allow_private=allow_private)
        response = client.send(request, stream=True)
        try:
            if response.is_redirect:
                place = urljoin(place, response.headers["location"])
                continue
            if response.status_code >= 500:
                raise ConnectionError(f"the server answers {response.status_code}")  # tried again
            if response.status_code >= 400:
                raise SourceError(
                    f"The server answers {response.status_code}.", where=without_secret(place), hint="Open the address in a browser."
                )
            return _saved(response, place, folder, limits)
        finally:
            response.close()
    raise SourceError("The address leads from one to the next without end.", where=without_secret(address), hint="Give the last one.")


def _request(client: httpx.Client, place: str, *, allow_private: bool) -> httpx.Request:
    """The request to the address that the host's name led to when it was checked: what it leads to a moment later does not count."""
    url = urlsplit(place)
    host = url.hostname
    if url.scheme not in {"http", "https"} or not host:
        raise SourceError("The address leads to no web server.", where=without_secret(place), hint="It begins with https://.")
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = addresses.resolved(host, port, allow_private=allow_private)
    except addresses.RefusedAddressError:
        raise SourceError(
            "The address lies in a private network.",
            where=without_secret(place),
            hint="Download the file, and add it from where it then lies.",
        ) from None
    chosen = min(found, key=lambda one: ":" in one)
    direct = url._replace(netloc=f"[{chosen}]:{port}" if ":" in chosen else f"{chosen}:{port}", fragment="").geturl()
    name = host if url.port is None else f"{host}:{port}"
    return client.build_request("GET", direct, headers={"Host": name, "Accept-Encoding": "identity"}, extensions={"sni_hostname": host})


def _saved(response: httpx.Response, place: str, folder: Path, limits: Limits) -> Path:
    from aiser_jupyter.sources import files

    name = re.sub(r"[^\w.-]+", "_", unquote(urlsplit(place).path.rpartition("/")[2])) or "table"
    if not files.is_data_file(Path(name)):
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in _ENDINGS:
            raise FileFormatError(
                "What the address gives is no data file I can read.",
                where=f"{without_secret(place)}: {kind}",
                hint="Give the address of the file itself.",
            )
        name += _ENDINGS[kind]
    target = folder / name
    size = 0
    with target.open("wb") as file:
        for part in response.iter_bytes(1 << 20):
            limits.stop.check()
            size += len(part)
            if size > limits.file_mb * MB:
                raise too_large(without_secret(place), "The file has more", limits.file_mb)
            file.write(part)
    expected = response.headers.get("content-length")
    if expected is not None and size < int(expected):
        raise ConnectionError("the file came only in part")
    return target

"""Files at an address (s3, gs, az, http …): brought here under limits, tried again where the network stumbles."""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from aiser_jupyter.errors import AiserError, SourceError
from aiser_jupyter.sources import hosts
from aiser_jupyter.sources.limits import MB, Limits, too_large
from aiser_jupyter.sources.reference import resolve, without_secret

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from fsspec import AbstractFileSystem

STORES = frozenset({"s3", "gs", "gcs", "az", "abfs", "abfss", "memory"})
WEB = frozenset({"http", "https"})
_PART = 1 << 20
_DEADLINE_S = 60.0  # of all tries of one step together
_GLOB = re.compile(r"[*?\[]")
T = TypeVar("T")


@dataclass
class Places:
    """Local paths of data, and where those that were brought here come from."""

    paths: list[str | Path]
    origins: dict[str, str] = field(default_factory=dict)

    def origin(self, place: str) -> str:
        """``place`` with the address in place of the local copy."""
        for local, address in self.origins.items():
            if place.startswith(local):
                return address + place.removeprefix(local)
        return place


def scheme(data: object) -> str:
    """The scheme of an address that this module brings here; empty for a path."""
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]+)://", data) if isinstance(data, str) else None
    return found[1].lower() if found and found[1].lower() in STORES | WEB else ""


@contextmanager
def here(
    data: str | Path | Sequence[str | Path], limits: Limits, options: dict[str, Any] | None = None, skip: Collection[str] = ()
) -> Iterator[Places]:
    """``data`` with what lies elsewhere as local copies, for as long as it is read.

    Raises `SourceError` where an address cannot be reached in a minute, `FileFormatError` where a file is too large.
    """
    wanted = [data] if isinstance(data, str | Path) else list(data)
    places = Places([])
    with tempfile.TemporaryDirectory(prefix="aiser-") as folder:
        for number, one in enumerate(wanted):
            address = resolve(one) if isinstance(one, str) and (one.startswith(("env:", "keyring:")) or "://" in one) else one
            if isinstance(address, str) and address.startswith("file://"):
                places.paths.append(address.removeprefix("file://"))
            elif not scheme(address):
                places.paths.append(one)
            else:
                assert isinstance(address, str)
                target = Path(folder) / str(number)
                target.mkdir()
                places.paths.append(_brought(address, target, limits, places, options, skip))
        yield places


def _brought(address: str, folder: Path, limits: Limits, places: Places, options: dict[str, Any] | None, skip: Collection[str]) -> Path:
    from aiser_jupyter.sources import files, web

    if scheme(address) in WEB:
        local = web.download(address, folder, limits)
        places.origins[str(local)] = without_secret(address)
        return local
    system, path = filesystem(address, options)
    found = tried(lambda: listing(system, path), address)
    data = [one for one in found if files.is_data_file(Path(one)) and one not in skip]
    if not data:
        raise SourceError(
            "There are no data files at the address.", where=without_secret(address), hint="Check the path and the rights to list it."
        )
    total = sum(tried(lambda one=one: int(system.info(one)["size"] or 0), address) for one in data)
    if total > limits.file_mb * MB:
        raise too_large(without_secret(address), f"The files have {total / MB:,.0f} MB", limits.file_mb)
    single = data == [path]
    pattern = _GLOB.search(path)
    base = path[: pattern.start()].rpartition("/")[0] if pattern else path.rstrip("/")
    root = folder / (base.rpartition("/")[2] or "files")
    for one in data:
        target = root if single else root / one.removeprefix(base).lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        tried(lambda one=one, target=target: _copy(system, one, target, limits), address)
    places.origins[str(root)] = without_secret(address)
    return root


def filesystem(address: str, options: dict[str, Any] | None = None) -> tuple[AbstractFileSystem, str]:
    """The file system of an address and the path in it; `SourceError` with the command that installs what is missing."""
    from aiser_jupyter.sources import schemes

    try:
        import fsspec

        # Made anew: fsspec keeps one for the same options, and what the environment said of its credentials then may not hold now.
        made, path = fsspec.core.url_to_fs(address, skip_instance_cache=True, **(options or {}))
    except ImportError:
        raise schemes.missing(f"{urlsplit(address).scheme}://", "lake") from None
    except ValueError as error:
        raise SourceError("The address cannot be read.", where=f"{without_secret(address)}: {error}", hint="Check it.") from None
    return made, path


def tried(work: Callable[[], T], address: str, deadline_s: float = _DEADLINE_S) -> T:
    """What ``work`` gives, tried again with longer and longer waits where the network stumbles, for ``deadline_s`` in all.

    Raises `SourceError` where it stays out of reach; what is not there or not allowed is not tried again.
    """
    import stamina

    breaker = hosts.breaker(hosts.host(address))
    try:
        for attempt in stamina.retry_context(on=_may_pass, attempts=None, timeout=deadline_s, wait_initial=0.2, wait_max=5.0):
            with attempt:
                return breaker.call(work, down=_may_pass)
    except AiserError:
        raise
    except FileNotFoundError:
        raise SourceError(
            "There is nothing at the address.", where=without_secret(address), hint="Check bucket, path and rights."
        ) from None
    except PermissionError as error:
        raise SourceError(
            "The address may not be read.", where=without_secret(f"{address}: {_first(error)}"), hint="Check the credentials of this store."
        ) from None
    except Exception as error:  # noqa: BLE001  # each store has errors of its own
        raise SourceError(
            "The address cannot be reached.",
            where=without_secret(f"{address}: {_first(error)}"),
            hint="Check network and credentials, then try again.",
        ) from None
    raise AssertionError  # the loop returns or raises


def _may_pass(error: Exception) -> bool:
    """Whether an error is one of the network, which may be gone a moment later."""
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError | NotADirectoryError | AiserError):
        return False
    return isinstance(error, OSError | TimeoutError) or "timeout" in type(error).__name__.lower()


def _first(error: BaseException) -> str:
    return str(error).partition("\n")[0][:200] or type(error).__name__


def listing(system: AbstractFileSystem, path: str) -> list[str]:
    """The files at a path, under it, or that it is a pattern of."""
    if _GLOB.search(path):
        return sorted(map(str, system.glob(path)))
    if system.isfile(path):
        return [path]
    return sorted(map(str, system.find(path)))


def _copy(system: AbstractFileSystem, path: str, target: Path, limits: Limits) -> None:
    with system.open(path, "rb") as source, target.open("wb") as file:
        while part := source.read(_PART):
            limits.stop.check()
            file.write(part if isinstance(part, bytes) else part.encode())

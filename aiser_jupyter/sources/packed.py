"""Compressed files: what they hold, unpacked under limits into a folder that goes when nobody needs it."""

from __future__ import annotations

import bz2
import gzip
import lzma
import tempfile
import zipfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from aiser_jupyter.errors import FileFormatError
from aiser_jupyter.sources.limits import MB, Limits, too_large

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDINGS = frozenset({".gz", ".zst", ".bz2"})
_PART = 1 << 20
_SMALL = 50 * MB  # below it no ratio is too good to be true
_WIDEST = 1032  # times that deflate can shrink anything


def inner(path: Path) -> str:
    """The ending of what ``path`` holds: ``.csv`` of ``orders.csv.gz``."""
    return Path(path.stem).suffix.lower() if path.suffix.lower() in ENDINGS else path.suffix.lower()


def unpacked(path: Path, limits: Limits) -> tuple[Path, tempfile.TemporaryDirectory[str]]:
    """What ``path`` (.gz, .zst, .bz2) holds, as a file in a folder of its own.

    Raises `FileFormatError` where it is cut off, or holds more than the limits allow.
    """
    folder = tempfile.TemporaryDirectory(prefix="aiser-")
    target = Path(folder.name) / path.stem
    size, packed = 0, max(1, path.stat().st_size)
    try:
        with _opened(path) as source, target.open("wb") as file:
            while part := source.read(_PART):
                size += len(part)
                if size > limits.unpacked_mb * MB:
                    raise too_large(path, "The file unpacks to more", limits.unpacked_mb)  # noqa: TRY301  # the folder goes with it
                if size > _SMALL and size > packed * _WIDEST * 0.9:
                    raise bomb(path)  # noqa: TRY301
                file.write(part)
    except FileFormatError:
        folder.cleanup()
        raise
    except (EOFError, OSError, zlib.error, lzma.LZMAError, RuntimeError) as error:
        folder.cleanup()
        if isinstance(error, OSError) and error.errno:
            raise
        raise FileFormatError(
            "The compressed file is not whole: it may be cut off.", where=f"{path}: {error}", hint="Copy it again."
        ) from None
    except Exception as error:
        folder.cleanup()
        if type(error).__name__ != "ZstdError":
            raise
        raise FileFormatError(
            "The compressed file is not whole: it may be cut off.", where=f"{path}: {error}", hint="Copy it again."
        ) from None
    return target, folder


def members(path: Path, limits: Limits) -> Iterator[tuple[str, Path, tempfile.TemporaryDirectory[str]]]:
    """The files in a .zip, each unpacked into a folder of its own, by their names in it; links, folders and hidden ones are left out."""
    with checked(path, limits) as archive:
        for entry in archive.infolist():
            name = Path(entry.filename.replace("\\", "/")).name  # never its folders: they may lead out of ours
            if entry.is_dir() or not name or name.startswith((".", "__", "~$")) or entry.filename.startswith("__MACOSX"):
                continue
            folder = tempfile.TemporaryDirectory(prefix="aiser-")
            target = Path(folder.name) / name
            try:
                with archive.open(entry) as source, target.open("wb") as file:
                    while part := source.read(_PART):
                        file.write(part)
            except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
                folder.cleanup()
                raise _no_archive(path, f"{entry.filename}: {error}") from None
            yield entry.filename, target, folder


def checked(path: Path, limits: Limits, what: str = "archive") -> zipfile.ZipFile:
    """The archive (``what`` to the user) at ``path`` where its books fit the limits and each other; raises `FileFormatError` for a bomb before anything is unpacked."""
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, EOFError, OSError, ValueError) as error:
        raise _no_archive(path, str(error), what) from None
    entries, packed = archive.infolist(), path.stat().st_size
    size = sum(entry.file_size for entry in entries)
    overlapping = sum(entry.compress_size for entry in entries) > packed
    if len(entries) > limits.entries or overlapping or (size > _SMALL and size > packed * limits.ratio):
        archive.close()
        raise bomb(path)
    if size > limits.unpacked_mb * MB:
        archive.close()
        raise too_large(path, f"The file unpacks to {size / MB:,.0f} MB", limits.unpacked_mb)
    return archive


def bomb(path: Path) -> FileFormatError:
    """The error for a file that is made to fill memory."""
    return FileFormatError(
        "The file unpacks to far more than its size, as files do that are made to do harm.",
        where=str(path),
        hint="If you trust it, unpack it yourself and add what is in it.",
    )


def _opened(path: Path) -> IO[bytes] | Any:
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rb")
    if path.suffix.lower() == ".bz2":
        return bz2.open(path, "rb")
    import pyarrow as pa

    return pa.CompressedInputStream(pa.OSFile(str(path)), "zstd")


def _no_archive(path: Path, why: str, what: str = "archive") -> FileFormatError:
    return FileFormatError(
        f"The file is no whole {what}: it may be cut off, encrypted or of another kind.", where=f"{path}: {why}", hint="Copy it again."
    )

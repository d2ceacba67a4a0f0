"""Kept results as files: Arrow with a checksum, for the owner's eyes alone."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from aiser_jupyter import files

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

_MAGIC = b"AISERC1\n"
_SUM = 32
_HEAD = len(_MAGIC) + _SUM
_ENDING = ".arrows"
_log = logging.getLogger("aiser_jupyter.cache")


class Files:
    """Results in ``folder``, at most ``max_bytes`` of them and none older than ``oldest_s``, the oldest going first; any number of processes may share it.

    Nothing is written where the folder's parent is not there. A file that is not what was written is dropped, and the log says so.
    """

    def __init__(self, folder: Path, max_bytes: int, oldest_s: float) -> None:
        self.folder = folder
        self._oldest = oldest_s
        self._max = max_bytes

    def read(self, digest: str) -> tuple[pa.Table, datetime] | None:
        """The rows kept under ``digest`` and since when."""
        import pyarrow as pa

        path = self._path(digest)
        try:
            raw = path.read_bytes()
        except OSError:
            return None
        body = memoryview(raw)[_HEAD:]
        try:
            if raw[: len(_MAGIC)] != _MAGIC or raw[len(_MAGIC) : _HEAD] != _sum(body):
                raise ValueError("its checksum differs")  # noqa: TRY301  # one place drops whatever is wrong with it
            moment = datetime.fromtimestamp(int.from_bytes(body[:8], "big") / 1e6, UTC)
            with pa.ipc.open_stream(pa.py_buffer(body[8:])) as reader:
                return reader.read_all(), moment
        except (ValueError, OSError, OverflowError, pa.ArrowException) as error:
            _log.warning("A kept result was dropped: %s (%s). The query runs again.", path.name, error)
            self.drop(digest)
            return None

    def write(self, digest: str, table: pa.Table, at: datetime) -> None:
        """Keep the rows; where they cannot be written the log says so and nothing else happens."""
        import pyarrow as pa

        sink = pa.BufferOutputStream()
        sink.write(int(at.timestamp() * 1e6).to_bytes(8, "big"))
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        body = sink.getvalue()
        try:
            if not self.folder.parent.is_dir():
                return
            self.folder.mkdir(mode=0o700, exist_ok=True)
            # What a crash loses is asked for again.
            with files.whole(self._path(digest), files.PRIVATE, lasting=False) as file:
                file.write(_MAGIC + _sum(memoryview(body)))
                file.write(body)
            self._bound()
        except OSError as error:
            _log.warning("A result could not be kept: %s", error.strerror or error)

    def drop(self, digest: str) -> None:
        """Forget what is kept under ``digest``."""
        with suppress(OSError):
            self._path(digest).unlink(missing_ok=True)

    def clear(self) -> None:
        """Forget everything."""
        for path in self._all():
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _path(self, digest: str) -> Path:
        return self.folder / f"{digest}{_ENDING}"

    def _all(self) -> list[Path]:
        with suppress(OSError):
            return list(self.folder.glob(f"*{_ENDING}"))
        return []

    def _bound(self) -> None:
        """Drop what is too old to be given again, then the oldest until the rest fits."""
        seen = []
        for path in self._all():
            with suppress(OSError):  # another process may have dropped it
                seen.append((path.stat().st_mtime_ns, path.stat().st_size, path))
        size = sum(each[1] for each in seen)
        too_old = (time.time() - self._oldest) * 1e9
        for written, length, path in sorted(seen):
            if size <= self._max and written > too_old:
                break
            with suppress(OSError):
                path.unlink(missing_ok=True)
            size -= length


def _sum(body: memoryview) -> bytes:
    return blake2b(body, digest_size=_SUM).digest()

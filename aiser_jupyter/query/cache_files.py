"""Kept results as files: Arrow with a checksum, for the owner's eyes alone."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING

from aiser_jupyter import files
from aiser_jupyter.errors import EncryptionError, StateError
from aiser_jupyter.sources import sealed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pyarrow as pa

    from aiser_jupyter.sources.workspace_key import Key

_MAGIC = b"AISERC1\n"
_SUM = 32
_HEAD = len(_MAGIC) + _SUM
_ENDING = ".arrows"
_log = logging.getLogger("aiser_jupyter.cache")


class Files:
    """Results in ``folder``, at most ``max_bytes`` of them and none older than ``oldest_s``, the oldest going first; any number of processes may share it.

    Nothing is written where the folder's parent is not there. A file that is not what was written is dropped, and the log says so.
    ``key`` gives what they are encrypted with, None where they are plain; then no plain file is given again, and without its key none is written.
    """

    def __init__(self, folder: Path, max_bytes: int, oldest_s: float, key: Callable[[], Key | None] = lambda: None) -> None:
        self.folder = folder
        self._oldest = oldest_s
        self._max = max_bytes
        self._key = key

    def read(self, digest: str) -> tuple[pa.Table, datetime] | None:
        """The rows kept under ``digest`` and since when; raises EncryptionError where there are some and their key cannot be had."""
        import pyarrow as pa

        path = self._path(digest)
        try:
            key = self._key()
            raw = path.read_bytes()
        except (OSError, StateError):  # where the books cannot be read now, nobody can say under which key
            return None
        try:
            if key is not None:
                raw = sealed.unseal(key, raw, path.name.encode("ascii"))
            body = memoryview(raw)[_HEAD:]
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
            key = self._key()
            whole = b"".join((_MAGIC, _sum(memoryview(body)), body))
            if key is not None:
                whole = sealed.seal(key, whole, self._path(digest).name.encode("ascii"))
            self.folder.mkdir(mode=0o700, exist_ok=True)
            # What a crash loses is asked for again.
            with files.whole(self._path(digest), files.PRIVATE, lasting=False) as file:
                file.write(whole)
            self._bound()
        except OSError as error:
            _log.warning("A result could not be kept: %s", error.strerror or error)
        except (StateError, EncryptionError) as error:
            _log.warning("A result could not be kept: %s", error.message)

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

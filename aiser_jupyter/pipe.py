"""Frames of a kind, a length and their bytes, through a pipe or a socket between two processes."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from typing import BinaryIO

_HEAD = struct.Struct("<cQ")
_SMALL = 1 << 16
_PIECE = 1 << 22  # no frame is longer, so that the memory of either side stays small


class Closed(Exception):  # noqa: N818  # the other side went; whoever reads decides whether that is an error
    """The other process is gone."""


class TooLong(Closed):
    """The other process sent a frame longer than may be sent: it is not heard any further."""


class Wired(io.RawIOBase):
    """A socket as a raw file; one whose time to send or receive is over raises OSError, where `socket.makefile` gives None."""

    def __init__(self, line: socket.socket) -> None:
        super().__init__()
        self._line = line

    def readinto(self, place: Any) -> int:
        """Take what has come, at least one byte; 0 at the end."""
        return self._line.recv_into(place)

    def write(self, data: Any) -> int:
        """Send what fits."""
        return self._line.send(data)


if TYPE_CHECKING:
    Line = BinaryIO | Wired


def send(pipe: Line, kind: bytes, payload: bytes | memoryview = b"") -> None:
    """Write one frame; raises `Closed` where nobody reads any more."""
    try:
        _all(pipe, _HEAD.pack(kind, len(payload)))
        _all(pipe, payload)
    except (OSError, ValueError):
        raise Closed from None


def receive(pipe: Line, most: int | None = None) -> tuple[bytes, bytearray]:
    """Read one frame; raises `Closed` at the end of the pipe, `TooLong` for a frame of more than ``most`` bytes, of which nothing is read."""
    kind, length = head(pipe)
    if most is not None and length > most:
        raise TooLong
    payload = bytearray(length)
    fill(pipe, memoryview(payload))
    return kind, payload


def head(pipe: Line) -> tuple[bytes, int]:
    """The kind and length of the next frame."""
    found = bytearray(_HEAD.size)
    fill(pipe, memoryview(found))
    return _HEAD.unpack(found)


def fill(pipe: Line, place: memoryview) -> None:
    """Read exactly as many bytes as ``place`` has."""
    have = 0
    try:
        while have < len(place):
            count = pipe.readinto(place[have:])  # type: ignore[attr-defined]  # a raw file has it
            if not count:
                raise Closed
            have += count
    except (OSError, ValueError):
        raise Closed from None


def _all(pipe: Line, payload: bytes | memoryview) -> None:
    """Write everything: a raw file may take less at a time."""
    view = memoryview(payload)
    while view:
        view = view[pipe.write(view) or 0 :]


class Sink(io.RawIOBase):
    """A file that Arrow writes its stream to: small writes are gathered, large ones go out as they are."""

    def __init__(self, write: Callable[[bytes | memoryview], None]) -> None:
        super().__init__()
        self._write = write
        self._small = bytearray()

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, data: Any) -> int:
        """Take what Arrow wrote."""
        view = memoryview(data).cast("B")
        if len(view) < _SMALL:
            self._small += view
            if len(self._small) >= _SMALL:
                self.flush()
            return len(view)
        self.flush()
        for start in range(0, len(view), _PIECE):
            self._write(view[start : start + _PIECE])
        return len(view)

    def flush(self) -> None:
        """Send what was gathered."""
        if self._small:
            small, self._small = self._small, bytearray()
            self._write(bytes(small))


class Feed(io.RawIOBase):
    """A file that Arrow reads a stream from, made of the frames that ``more`` gives: the length of the next one, and how to read it."""

    def __init__(self, more: Callable[[], int], take: Callable[[memoryview], None]) -> None:
        super().__init__()
        self._more = more
        self._take = take
        self._left = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def read_buffer(self, size: int) -> Any:
        """The next ``size`` bytes in memory of Arrow's own, copied once."""
        import pyarrow as pa

        place = pa.allocate_buffer(size)
        have = self.readinto(memoryview(place).cast("B"))
        return place if have == size else place.slice(0, have)

    def read(self, size: int = -1) -> Any:
        """The next ``size`` bytes."""
        return self.read_buffer(size)

    def readinto(self, place: Any) -> int:
        """Fill ``place`` as far as there are bytes."""
        view = memoryview(place).cast("B")
        have = 0
        while have < len(view):
            if not self._left:
                self._left = self._more()
                if not self._left:
                    break
            step = min(self._left, len(view) - have)
            self._take(view[have : have + step])
            self._left -= step
            have += step
        return have

    def skip(self) -> None:
        """Drop what is left of the frame that was begun."""
        while self._left:
            step = min(self._left, _SMALL)
            self._take(memoryview(bytearray(step)))
            self._left -= step

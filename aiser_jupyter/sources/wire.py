"""The socket under a driver's connection, found so that a stalled one can be cut and a forked child can let go of it."""

from __future__ import annotations

import os
import socket
import stat
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

T = TypeVar("T")

# While one connection is made no other is: the sockets that are new after it are its own.
_one_at_a_time = threading.Lock()
_claimed: set[int] = set()  # inodes of sockets that belong to a connection already


def _forked() -> None:
    global _one_at_a_time  # noqa: PLW0603  # a lock held by a thread of the parent is never given back
    _one_at_a_time = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


class Wire:
    """A second handle on the socket of a connection whose driver shows none: it stays the same socket whatever the driver does."""

    def __init__(self, number: int, inode: int) -> None:
        self._number = number
        self._inode = inode
        self._socket = socket.socket(fileno=os.dup(number))
        _claimed.add(inode)

    def cut(self) -> None:
        """End the connection under whoever waits on it, from any thread."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def abandon(self) -> None:
        """In a forked child: put nothing in the socket's place, so that no farewell of this process reaches the parent's server."""
        with suppress(OSError):
            if os.fstat(self._number).st_ino == self._inode:
                nothing = os.open(os.devnull, os.O_RDWR)
                os.dup2(nothing, self._number)
                os.close(nothing)
        self.close()

    def close(self) -> None:
        """Give the handle back; the connection itself is the driver's to close."""
        _claimed.discard(self._inode)
        self._socket.close()


def wired(make: Callable[[], T], drop: Callable[[T], None], seconds: float, ports: Collection[int]) -> tuple[T, Wire | None]:
    """What ``make`` gives, on a thread of its own, and the wire under it; None where that cannot be told (Windows).

    Raises `TimeoutError` after ``seconds``: the sockets it had opened to ``ports`` are cut, and what it makes all the same is given to ``drop``.
    """
    locked = _one_at_a_time.acquire(timeout=seconds)
    try:
        before = _sockets()
        maker = _Maker(make, drop)
        try:
            ended = maker.done.wait(seconds)
        except BaseException:
            maker.abandon()
            raise
        fresh = {inode: number for inode, number in _sockets().items() if inode not in before and inode not in _claimed}
        mine = {inode: number for inode, number in fresh.items() if _leads_to(number, ports)}
        if not ended and maker.abandon():
            if locked:
                for number in mine.values():
                    _shut(number)
            raise TimeoutError
        made = maker.result()
        wire = None
        if locked and len(mine) == 1:
            with suppress(OSError):
                wire = Wire(*next((number, inode) for inode, number in mine.items()))
        return made, wire
    finally:
        if locked:
            _one_at_a_time.release()


class _Maker(Generic[T]):
    """Runs ``make`` on a daemon thread."""

    def __init__(self, make: Callable[[], T], drop: Callable[[T], None]) -> None:
        self.done = threading.Event()
        self._lock = threading.Lock()
        self._abandoned = False
        self._made: list[T] = []
        self._error: BaseException | None = None
        threading.Thread(target=self._run, args=(make, drop), name="aiser-connect", daemon=True).start()

    def _run(self, make: Callable[[], T], drop: Callable[[T], None]) -> None:
        try:
            made = make()
        except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
            self._error = error
            self.done.set()
            return
        with self._lock:
            if not self._abandoned:
                self._made.append(made)
                self.done.set()
                return
        with suppress(Exception):
            drop(made)

    def abandon(self) -> bool:
        """Say that nobody waits any more; False where it ended meanwhile."""
        with self._lock:
            if not self.done.is_set():
                self._abandoned = True
            return self._abandoned

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._made[0]


def _sockets() -> dict[int, int]:
    """The open sockets of this process: inode -> descriptor; empty where the system does not list them."""
    found: dict[int, int] = {}
    for folder in ("/proc/self/fd", "/dev/fd"):
        if os.path.isdir(folder):  # noqa: PTH112  # as light as can be: asked for at each connect
            for name in os.listdir(folder):  # noqa: PTH208
                with suppress(OSError, ValueError):
                    seen = os.fstat(int(name))
                    if stat.S_ISSOCK(seen.st_mode):
                        found.setdefault(seen.st_ino, int(name))
            break
    return found


def _leads_to(number: int, ports: Collection[int]) -> bool:
    try:
        with socket.socket(fileno=os.dup(number)) as probe:
            peer = probe.getpeername()
    except OSError:
        return False
    if isinstance(peer, tuple):
        return peer[1] in ports
    return str(peer).rpartition(".")[2].isdigit() and int(str(peer).rpartition(".")[2]) in ports


def _shut(number: int) -> None:
    with suppress(OSError), socket.socket(fileno=os.dup(number)) as probe:
        probe.shutdown(socket.SHUT_RDWR)

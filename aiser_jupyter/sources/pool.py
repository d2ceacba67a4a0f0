"""A pool of connections to one server: few, shared, checked, and never those of another process."""

from __future__ import annotations

import os
import time
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Condition
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakSet, finalize

from aiser_jupyter.errors import CancelledError, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")

IDLE_S = 3.0  # a connection unused for longer is tried before it is given out
_SLICE_S = 0.1


class BusyError(SourceError):
    """All connections of a pool stayed in use for as long as was waited."""


@dataclass(eq=False)
class _Member(Generic[T]):
    """A connection of the pool: when it was made and when it was last used, by the pool's clock."""

    connection: T
    made: float
    used: float


class Lease(Generic[T]):
    """A connection lent out: ``connection`` is the borrower's own until ``release`` or ``discard``; forgotten, it is closed."""

    def __init__(self, pool: Pool[T], member: _Member[T]) -> None:
        self.connection = member.connection
        self._back: Callable[[bool], None] = _Return(pool, member)
        self._forgotten = finalize(self, pool.lost.append, member)
        self._forgotten.atexit = False

    def release(self) -> None:
        """Give the connection back in order: usable, with nothing running on it."""
        self._forgotten.detach()
        self._back(False)  # noqa: FBT003  # one private callable

    def discard(self) -> None:
        """Give it back as broken: it is closed, and its place is free."""
        self._forgotten.detach()
        self._back(True)  # noqa: FBT003


@dataclass
class _Return(Generic[T]):
    """Gives a member back once, and to nobody in a forked child."""

    pool: Pool[T]
    member: _Member[T]
    done: bool = False

    def __call__(self, broken: bool) -> None:
        if not self.done:
            self.done = True
            self.pool.take_back(self.member, broken=broken)


@dataclass(frozen=True)
class Use:
    """How a pool is used now: connections ``open``, of them ``busy``, and threads ``waiting`` for one."""

    open: int
    busy: int
    waiting: int


@dataclass(eq=False)
class Pool(Generic[T]):
    """At most ``size`` connections made by ``connect``, lent to one borrower each.

    ``check`` says whether a connection still answers: asked before one that lay idle for ``idle_s`` is lent. ``close`` must not raise for a
    broken one. A borrower waits up to ``timeout_s`` seconds; a connection older than ``recycle`` seconds is replaced. ``name`` is what errors
    call the connection. In a forked child the pool begins empty: what it held belongs to the parent and is not closed, since a farewell on the
    shared socket would end the parent's session; ``abandon`` may take the child's hands off it.
    """

    connect: Callable[[], T]
    check: Callable[[T], bool] = field(kw_only=True)
    close: Callable[[T], None] = field(kw_only=True)
    size: int = field(default=5, kw_only=True)
    timeout_s: float = field(default=30.0, kw_only=True)
    recycle: float = field(default=1800.0, kw_only=True)
    idle_s: float = field(default=IDLE_S, kw_only=True)
    name: str = field(default="the connection", kw_only=True)
    abandon: Callable[[T], None] | None = field(default=None, kw_only=True)
    clock: Callable[[], float] = field(default=time.monotonic, kw_only=True)

    def __post_init__(self) -> None:
        self._renew()
        _pools.add(self)

    def acquire(self, given_up: Callable[[], bool] | None = None, *, timeout_s: float | None = None) -> Lease[T]:
        """A connection of one's own, waited for ``timeout_s`` seconds at most (None: the pool's own).

        Raises `BusyError` where all stayed in use, `CancelledError` where ``given_up()``, and what ``connect`` raises.
        """
        until = self.clock() + (self.timeout_s if timeout_s is None else timeout_s)
        while True:
            member = self._idle_or_place(until, given_up)
            if member is None:
                return Lease(self, self._made())
            if self._usable(member):
                return Lease(self, member)
            self.take_back(member, broken=True)

    @contextmanager
    def checkout(self) -> Iterator[T]:
        """A connection for the block; given back after it, and closed where the block raised: it may be in the middle of something."""
        lease = self.acquire()
        try:
            yield lease.connection
        except BaseException:
            lease.discard()
            raise
        lease.release()

    @property
    def use(self) -> Use:
        """How many connections are open, busy, and waited for."""
        with self._changed:
            return Use(len(self._idle) + len(self._busy), len(self._busy), self._waiting)

    def clear(self) -> None:
        """Close the idle connections; busy ones are closed when they come back."""
        with self._changed:
            idle, self._idle = self._idle, []
            for member in self._busy:
                member.made = float("-inf")
            self._places -= len(idle)
            self._changed.notify_all()
        for member in idle:
            self._shut(member)

    def dispose(self) -> None:
        """Close the idle connections and lend no more."""
        self._closed = True
        self.clear()

    def take_back(self, member: _Member[T], *, broken: bool) -> None:
        """Put a member back, or close it: where it is ``broken``, too old, or the pool is closed; one of a parent process is left alone."""
        with self._changed:
            if member not in self._busy:
                return
            self._busy.discard(member)
            now = self.clock()
            keep = not broken and not self._closed and now - member.made < self.recycle
            if keep:
                member.used = now
                self._idle.append(member)
            else:
                self._places -= 1
            self._changed.notify()
        if not keep:
            self._shut(member)

    def _idle_or_place(self, until: float, given_up: Callable[[], bool] | None) -> _Member[T] | None:
        """An idle member, or None with a place reserved to make one."""
        with self._changed:
            self._waiting += 1
            try:
                while True:
                    self._reap()
                    if self._closed:
                        raise SourceError(f"The connection {self.name} is closed.", hint="Connect again: ws.connect(…).")
                    if given_up is not None and given_up():
                        raise CancelledError("The query was cancelled before it had a connection.")
                    if self._idle:
                        member = self._idle.pop()  # the one used last: it is the likeliest to answer
                        self._busy.add(member)
                        return member
                    if self._places < self.size:
                        self._places += 1
                        return None
                    left = until - self.clock()
                    if left <= 0:
                        raise self._exhausted()
                    self._changed.wait(min(left, _SLICE_S))
            finally:
                self._waiting -= 1

    def _made(self) -> _Member[T]:
        """A new member in the place reserved for it."""
        before = self._changed
        try:
            connection = self.connect()
        except BaseException:
            if self._changed is before:
                with before:
                    self._places -= 1
                    before.notify()
            raise
        now = self.clock()
        member = _Member(connection, now, now)
        with self._changed:
            self._busy.add(member)
        return member

    def _usable(self, member: _Member[T]) -> bool:
        now = self.clock()
        if now - member.made >= self.recycle:
            return False
        return now - member.used < self.idle_s or self.check(member.connection)

    def _reap(self) -> None:
        """Close what borrowers forgot; the lock is held."""
        while self.lost:
            member = self.lost.popleft()
            if member in self._busy:
                self._busy.discard(member)
                self._places -= 1
                self._shut(member)

    def _shut(self, member: _Member[T]) -> None:
        with suppress(Exception):  # a broken connection may complain of anything while it is closed
            self.close(member.connection)

    def _exhausted(self) -> BusyError:
        count = f"all {self.size} connections are" if self.size > 1 else "its one connection is"
        return BusyError(
            f"{self.name} is busy: {count} in use, and none came free within {self.timeout_s:g} s.",
            hint="Close results that were not read to the end (result.close()), wait for the other queries, or raise pool_size in the profile.",
        )

    def _renew(self) -> None:
        """Begin empty, with a lock of this process's own."""
        self._changed = Condition()
        self._idle: list[_Member[T]] = []
        self._busy: set[_Member[T]] = set()
        self._places = 0  # connections open or being opened
        self._waiting = 0
        self._closed = False
        self.lost: deque[_Member[T]] = deque()

    def forget(self) -> None:
        """In a forked child: hands off all the parent's connections, and begin empty."""
        closed = self._closed
        members = [*self._idle, *self._busy, *self.lost]
        _parents.extend(members)  # kept for ever, so that no destructor says farewell
        for member in members:
            if self.abandon is not None:
                with suppress(Exception):
                    self.abandon(member.connection)
        self._renew()
        self._closed = closed


_pools: WeakSet[Pool[Any]] = WeakSet()
_parents: list[_Member[Any]] = []


def _forked() -> None:
    for pool in _pools:
        pool.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)
